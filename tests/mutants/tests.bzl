# SPDX-License-Identifier: Apache-2.0

"""What the tests that kill mutants are made of."""

# The core's own code. That of the domain decides on the fences at the start of the program,
# which a test of the fences alone goes without.
FENCE_CORE = ["//pointer:platform/fence.cc"]
CORE = FENCE_CORE + ["//pointer:reclaim/std_policy.cc"]

CHECKED_CORE = [
    "//pointer:internal/checked.cc",
    "//pointer:reclaim/std_policy.cc",
    "//pointer:reclaim/executor.cc",
    "//pointer:platform/fence.cc",
    "//pointer:preemption.cc",
    "//pointer:platform/processor.cc",
    "//pointer:pin.cc",
    "//pointer:stats.cc",
]

# The source of a test: its deps; `core`, if it is another than CORE; `own_main`, if the test
# has a main() of its own; `plugins`, if it opens libraries (tests/support/dlopen_program.bzl).
TESTS = {
    "//tests/value:strangers_test.cc": dict(
        deps = [
            "//atomic:enum",
            "//pointer",
            "//pointer:pin",
            "//pointer:protect",
            "//pointer:retire",
            "//tests/support:canary",
            "//value",
            "//value:snapshot",
            "//value:value_of",
        ],
    ),
    "//tests/value:operator_new_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:pin",
            "//pointer:retire",
            "//value:snapshot",
            "//value:value_of",
            "@com_google_absl//absl/base:core_headers",
        ],
    ),
    "//tests/pointer:thread_ends_inside_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//pointer:stats",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:exceptions",
            "//value:value_of",
        ],
    ),
    "//tests/pointer:owned_bytes_test.cc": dict(
        deps = [
            "//pointer:domain",
            "//pointer:owned_bytes",
            "//pointer:pin",
            "//pointer:retire",
            "//pointer:stats",
            "//tests/support:counting_allocator",
            "//value",
            "//value:value_of",
            "@com_google_absl//absl/container:btree",
            "@com_google_absl//absl/container:fixed_array",
            "@com_google_absl//absl/container:flat_hash_map",
            "@com_google_absl//absl/container:flat_hash_set",
            "@com_google_absl//absl/container:inlined_vector",
            "@com_google_absl//absl/container:node_hash_map",
            "@com_google_absl//absl/container:node_hash_set",
            "@com_google_absl//absl/hash",
            "@com_google_absl//absl/strings:cord",
            "@com_google_absl//absl/types:span",
        ],
    ),
    "//tests/pointer:executor_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
        ],
    ),
    "//tests/atomic:bool_test.cc": dict(
        deps = [
            "//atomic",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/atomic:enum_test.cc": dict(
        deps = [
            "//atomic",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/atomic:float64_test.cc": dict(
        deps = [
            "//atomic",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/atomic:history_test.cc": dict(
        deps = [
            "//tests/atomic:word_operations",
            "//tests/conformance:kinds",
            "//tests/support:check_histories",
            "//tests/support:effort",
            "//tests/support:linearizability",
            "//tests/support:seed",
        ],
    ),
    "//tests/atomic:integer_stress_test.cc": dict(
        deps = [
            "//atomic:int64",
            "//tests/support:run_together",
        ],
    ),
    "//tests/atomic:integer_test.cc": dict(
        deps = [
            "//atomic",
        ],
    ),
    "//tests/atomic:property_test.cc": dict(
        deps = [
            "//tests/atomic:word_operations",
            "//tests/conformance:kinds",
            "//tests/support:effort",
            "//tests/support:seed",
        ],
    ),
    "//tests/atomic:wait_test.cc": dict(
        core = ["//atomic:internal/process_waiters.cc"],
        deps = [
            "//atomic",
            "//atomic:waiters",
            "//tests/support:await_sleep",
            "//tests/support:effort",
            "//tests/support:run_together",
            "@com_google_absl//absl/time",
        ],
    ),
    "//tests/atomic:word_test.cc": dict(
        deps = [
            "//atomic",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/atomic:widened_test.cc": dict(
        deps = [
            "//atomic",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/conformance:atomic_address_test.cc": dict(
        deps = [
            "//pointer",
            "//tests/conformance:kinds",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/conformance:atomic_hammer_test.cc": dict(
        deps = [
            "//pointer",
            "//tests/conformance:kinds",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/conformance:atomic_order_test.cc": dict(
        deps = [
            "//pointer",
            "//tests/conformance:kinds",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/conformance:atomic_test.cc": dict(
        deps = [
            "//pointer",
            "//tests/conformance:kinds",
        ],
    ),
    "//tests/conformance:value_test.cc": dict(
        deps = [
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value",
        ],
    ),
    "//tests/pointer:checked_death_test.cc": dict(
        core = CHECKED_CORE,
        deps = [
            "//pointer",
            "//pointer:checked",
            "//pointer:pin",
            "//pointer:retire",
            "//pointer:stats",
            "//tests/support:run_together",
            "//value",
            "//value:status",
            "//value:value_of",
            "@com_google_absl//absl/base:core_headers",
            "@com_google_absl//absl/time",
        ],
    ),
    "//tests/pointer:counter_test.cc": dict(
        deps = [
            "//pointer:counter",
            "//pointer:processor",
            "//pointer:sharded_sum",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//tests/support:without_rseq",
            "@com_google_absl//absl/base:core_headers",
        ],
    ),
    "//tests/pointer:sharded_sum_test.cc": dict(
        deps = [
            "//pointer:processor",
            "//pointer:sharded_sum",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//tests/support:single_step",
            "//tests/support:without_rseq",
        ],
    ),
    "//tests/pointer:failing_fence_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:protect",
            "//tests/support:interleave",
        ],
    ),
    "//tests/pointer:fence_test.cc": dict(
        core = FENCE_CORE,
        deps = [
            "//pointer:fence",
            "//tests/support:run_together",
        ],
    ),
    "//tests/pointer:full_fences_build_test.cc": dict(
        core = FENCE_CORE,
        deps = [
            "//pointer:fence",
            "//tests/support:run_together",
        ],
    ),
    "//tests/pointer:riscv_fence_test.cc": dict(
        core = FENCE_CORE,
        deps = [
            "//pointer:fence",
            "@com_google_absl//absl/base:core_headers",
        ],
    ),
    "//tests/pointer:pin_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:processor",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//tests/support:single_step",
        ],
    ),
    "//tests/pointer:refused_fence_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:run_together",
            "//value",
        ],
        own_main = True,
    ),
    "//tests/pointer:background_reclaimer_test.cc": dict(
        core = CORE + ["//pointer:background_reclaimer.cc"],
        deps = [
            "//pointer:background_reclaimer",
            "//pointer:domain",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:interleave",
            "//value:value_of",
        ],
    ),
    "//tests/pointer:hazard_pointer_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:domain",
            "//pointer:hazard_pointer",
            "//pointer:protect",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:interleave",
            "//tests/support:run_together",
        ],
    ),
    "//tests/pointer:rcu_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:domain",
            "//pointer:pin",
            "//pointer:protect",
            "//pointer:rcu",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:exceptions",
            "//tests/support:interleave",
            "//tests/support:run_together",
        ],
    ),
    "//tests/pointer:reclaim_bounds_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:pin",
            "//pointer:protect",
            "//pointer:stats",
            "//tests/support:canary",
            "//tests/support:interleave",
            "//tests/support:run_together",
        ],
    ),
    "//tests/pointer:retire_test.cc": dict(
        deps = [
            "//pointer",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/pointer:stats_test.cc": dict(
        deps = [
            "//pointer:fence",
            "//pointer:pin",
            "//pointer:retire",
            "//pointer:stats",
            "//tests/support:canary",
            "//tests/support:run_together",
            "//value",
            "@com_google_absl//absl/time",
        ],
    ),
    "//tests/pointer:synchronize_test.cc": dict(
        deps = [
            "//pointer:fence",
            "//tests/support:run_together",
        ],
    ),
    "//tests/support:linearizability_test.cc": dict(
        deps = [
            "//tests/support:effort",
            "//tests/support:linearizability",
            "//tests/support:run_together",
            "//tests/support:seed",
        ],
    ),
    "//tests/support:seed_test.cc": dict(
        deps = [
            "//tests/support:seed",
        ],
    ),
    "//tests/value:free_list_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//value",
        ],
    ),
    "//tests/value:coroutine_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
            "//value",
        ],
    ),
    "//tests/value:dlopen_test.cc": dict(plugins = True),
    "//tests/value:rolling_back_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value",
            "//value:snapshot",
            "//value:status",
            "//value:value_of",
            "@com_google_absl//absl/time",
        ],
    ),
    "//tests/value:snapshot_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//value",
            "//value:snapshot",
            "//value:value_of",
            "@com_google_absl//absl/hash",
        ],
    ),
    "//tests/value:stop_test.cc": dict(
        deps = [
            "//tests/support:await_sleep",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value",
            "//value:snapshot",
            "//value:stop",
            "//value:value_of",
            "@com_google_absl//absl/time",
        ],
    ),
    "//tests/value:store_and_wait_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:await_sleep",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value",
            "//value:snapshot",
            "//value:value_of",
        ],
    ),
    "//tests/value:update_or_init_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:exceptions",
            "//tests/support:run_together",
            "//value",
            "//value:snapshot",
            "//value:status",
            "//value:value_of",
            "@com_google_absl//absl/status",
            "@com_google_absl//absl/status:statusor",
        ],
    ),
    "//tests/value:emplace_read_update_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
            "//tests/support:run_together",
            "//value",
        ],
    ),
    "//tests/value:exception_safety_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
            "//value",
            "//value:status",
        ],
    ),
    "//tests/value:fast_path_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:processor",
            "//tests/support:effort",
            "//tests/support:single_step",
            "//value",
        ],
    ),
    "//tests/value:fork_steps_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:protect",
            "//tests/support:canary",
            "//tests/support:interleave",
            "//value:cell",
        ],
    ),
    "//tests/value:fork_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:stats",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value",
        ],
    ),
    "//tests/conformance:map_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//tests/support:seed",
            "//value:map",
            "//value:snapshot",
        ],
    ),
    "//tests/map:map_interleaving_test.cc": dict(
        deps = [
            "//tests/support:canary",
            "//tests/support:interleave",
            "//value:map_operations",
        ],
    ),
    "//tests/map:map_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:exceptions",
            "//tests/support:run_together",
            "//tests/support:seed",
            "//value:map",
            "//value:snapshot",
            "@com_google_absl//absl/base:core_headers",
        ],
    ),
    "//tests/value:history_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:check_histories",
            "//tests/support:effort",
            "//tests/support:linearizability",
            "//tests/support:seed",
            "//tests/value:value_operations",
            "//value:snapshot",
        ],
    ),
    "//tests/value:interleaving_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:protect",
            "//tests/support:canary",
            "//tests/support:interleave",
            "//value:cell",
        ],
    ),
    "//tests/value:other_unix_test.cc": dict(
        deps = [
            "//pointer:counter",
            "//pointer:fence",
            "//pointer:pin",
            "//pointer:processor",
            "//pointer:retire",
            "//pointer:sharded_sum",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value:value_of",
            "@com_google_absl//absl/time",
        ],
    ),
    "//tests/value:project_share_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
            "//value",
        ],
    ),
    "//tests/value:property_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:seed",
            "//tests/value:value_operations",
            "//value:snapshot",
        ],
    ),
    "//tests/value:reader_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
            "//value:value_of",
            "@com_google_absl//absl/status",
            "@com_google_absl//absl/status:statusor",
        ],
    ),
    "//tests/value:signal_steps_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:protect",
            "//tests/support:canary",
            "//tests/support:interleave",
            "//value:cell",
        ],
    ),
    "//tests/value:signal_test.cc": dict(
        deps = [
            "//pointer",
            "//tests/support:canary",
            "//tests/support:effort",
            "//value",
        ],
    ),
    "//tests/value:thread_end_test.cc": dict(
        deps = [
            "//pointer",
            "//pointer:domain",
            "//pointer:pin",
            "//pointer:protect",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value",
            "//value:snapshot",
            "//value:value_of",
            "@com_google_absl//absl/base:core_headers",
        ],
    ),
    "//tests/value:try_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:exceptions",
            "//value",
            "//value:status",
            "@com_google_absl//absl/status",
            "@com_google_absl//absl/status:statusor",
        ],
    ),
    "//tests/pointer:reclaim_schedule_test.cc": dict(
        core = [],
        deps = ["//pointer:domain"],
    ),
    "//tests/value:type_identity_test.cc": dict(plugins = True),
    "//tests/value:value_of_stress_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value:value_of",
        ],
    ),
    "//tests/value:value_of_test.cc": dict(
        deps = [
            "//pointer:checked",
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:counting_allocator",
            "//tests/support:exceptions",
            "//value:status",
            "//value:value_of",
            "@com_google_absl//absl/status",
            "@com_google_absl//absl/status:statusor",
        ],
    ),
    "//tests/value:value_stress_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:run_together",
            "//value",
        ],
    ),
    "//tests/value:value_test.cc": dict(
        deps = [
            "//pointer:checked",
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:counting_allocator",
            "//tests/support:exceptions",
            "//value",
        ],
    ),
    "//tests/pointer:histogram_test.cc": dict(
        core = ["//pointer:histogram.cc"],
        deps = [
            "//pointer:histogram",
            "//tests/support:effort",
            "//tests/support:run_together",
        ],
    ),
    "//tests/value:atomic_shared_ptr_test.cc": dict(
        deps = [
            "//pointer:retire",
            "//tests/support:await_sleep",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:run_together",
            "//value:atomic_shared_ptr",
        ],
    ),
    "//tests/value:watcher_test.cc": dict(
        core = CORE + ["//value:internal/watches.cc"],
        deps = [
            "//pointer:retire",
            "//tests/support:await_sleep",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:exceptions",
            "//tests/support:run_together",
            "//value",
            "//value:snapshot",
            "//value:value_of",
            "//value:watcher",
        ],
    ),
    "//tests/value:derived_test.cc": dict(
        core = CORE + ["//value:internal/watches.cc"],
        deps = [
            "//pointer:pin",
            "//pointer:retire",
            "//tests/support:canary",
            "//tests/support:effort",
            "//tests/support:exceptions",
            "//tests/support:run_together",
            "//value:derived",
            "//value:snapshot",
            "//value:value_of",
            "//value:watcher",
            "@com_google_absl//absl/status",
            "@com_google_absl//absl/status:statusor",
        ],
    ),
    "//tests/value:wait_steps_test.cc": dict(
        deps = [
            "//pointer:pin",
            "//pointer:protect",
            "//tests/support:canary",
            "//tests/support:interleave",
            "//value:cell",
        ],
    ),
    "//tests/value:wait_test.cc": dict(
        deps = [
            "//tests/support:run_together",
            "//value",
            "//value:value_of",
            "@com_google_absl//absl/time",
        ],
    ),
}
