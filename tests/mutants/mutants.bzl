# SPDX-License-Identifier: Apache-2.0

"""The mutants: the library with one thing broken, and what must notice.

Plain data: mutant.bzl makes a test of each that tests kill, tests/models/run.py tries those
that models kill, and ./dev mutants checks and prints them.

    name    says what is broken
    what    the same in words, where the name is not enough
    edits   (file, original, mutated): the text `original` must stand in the file exactly
            once, white space aside; of several edits of a file each sees the ones before
    tests   the source of a test (tests.bzl) and which of its tests must fail, a filter of
            GoogleTest; of several, with colons between them, each must
    models  a file of models (tests/models/NAME_model.cc) and which of its models must find it
    herd    a protocol of tests/models/herd.py, and the processors whose instructions show it
    copts   what the test and the library's own code are compiled with
"""

# The rows that tests kill come first, in the order of the tests, and then those that only
# models kill.
MUTANTS = [
    dict(
        name = "add_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/integer.h",
            "return this->word_.fetch_add(delta, order);",
            "T old = this->Load(); this->Store(old + delta); return old;",
        )],
        tests = {"//tests/atomic:integer_stress_test.cc": "Int64StressTest.ConcurrentAddsLoseNoUpdate"},
    ),
    dict(
        name = "update_does_not_compare",
        edits = [(
            "atomic/internal/word_base.h",
            "if (CompareExchange(old, updated))",
            "this->Store(updated);",
        )],
        tests = {"//tests/atomic:integer_test.cc": "IntegerTest/*.UpdateStartsAgainIfTheValueChangedMeanwhile"},
    ),
    dict(
        name = "updates_overwrite_each_other",
        edits = [(
            "atomic/internal/word_base.h",
            "if (CompareExchange(old, updated))",
            "for (volatile int i = 0; i < 1000;) i = i + 1; this->Store(updated);",
        )],
        tests = {"//tests/atomic:integer_stress_test.cc": "Int64StressTest.ConcurrentUpdatesLoseNoUpdate"},
    ),
    dict(
        name = "and_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/bitwise.h",
            "return this->word_.fetch_and(mask, order);",
            "const T old = this->Load(); this->Store(old & mask); return old;",
        )],
        tests = {"//tests/conformance:atomic_hammer_test.cc": "GoHammerBitsTest/*Method.TestHammerAndOr"},
    ),
    dict(
        name = "add_returns_the_old_value",
        edits = [(
            "atomic/internal/integer.h",
            "Wrapped(Unsigned(FetchAdd(delta, order)) + Unsigned(delta));",
            "FetchAdd(delta, order);",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoIntegerTest/*Method.TestAdd"},
    ),
    dict(
        name = "integers_start_at_one",
        edits = [(
            "atomic/internal/word_base.h",
            "word_(T()) {}",
            "word_([] { if constexpr (std::is_integral<T>::value) return T{1}; else return T(); }()) {}",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoAtomicTest/*Method.TestZeroValue"},
    ),
    dict(
        name = "loads_are_zero",
        edits = [(
            "atomic/internal/word_base.h",
            "word_.load(order);",
            "word_.load(order), T();",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoAtomicTest/*Method.TestLoad"},
    ),
    dict(
        name = "swap_returns_the_new_value",
        edits = [(
            "atomic/internal/word_base.h",
            "return word_.exchange(value, order);",
            "word_.store(value, order); return value;",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoAtomicTest/*Method.TestSwap"},
    ),
    dict(
        name = "compare_and_swap_does_not_compare",
        edits = [(
            "atomic/internal/word_base.h",
            "return CompareExchangeStrong(expected, desired, order);",
            "word_.store(desired); return true;",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoAtomicTest/*Method.TestCompareAndSwap"},
    ),
    dict(
        name = "compare_and_swap_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/word_base.h",
            "return CompareExchangeStrong(expected, desired, order);",
            "if (Load() != expected) return false; for (volatile int i = 0; i < 1000;) i = i + 1; Store(desired); return true;",
        )],
        tests = {"//tests/conformance:atomic_hammer_test.cc": "GoHammer64Test/*Method.TestHammer64"},
    ),
    dict(
        name = "stores_are_releases",
        edits = [(
            "atomic/internal/word_base.h",
            "word_.store(value, order);",
            "word_.store(value, std::memory_order_release);",
        )],
        tests = {"//tests/conformance:atomic_order_test.cc": "GoOrder64Test/*Method.TestStoreLoadSeqCst64"},
    ),
    dict(
        name = "enum_compare_and_swap_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/word_base.h",
            "return CompareExchangeStrong(expected, desired, order);",
            "if (Load() != expected) return false; for (volatile int i = 0; i < 1000;) i = i + 1; Store(desired); return true;",
        )],
        tests = {"//tests/atomic:enum_test.cc": "EnumStressTest.OneThreadWinsEachTransition"},
    ),
    dict(
        name = "widened_compare_exchange_refreshes_nothing",
        edits = [(
            "atomic/internal/widened.h",
            "if (word_.compare_exchange_strong(found, Wide(desired), orders...)) { return true; } expected = Narrow(found); return false;",
            "return word_.compare_exchange_strong(found, Wide(desired), orders...);",
        )],
        tests = {"//tests/atomic:widened_test.cc": "WidenedTest.CompareExchangeRefreshesWhatWasExpected"},
    ),
    dict(
        name = "widened_exchange_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/widened.h",
            "return Narrow(word_.exchange(Wide(value), order));",
            "const T old = load(); for (volatile int i = 0; i < 1000;) i = i + 1; store(value); return old;",
        )],
        tests = {"//tests/atomic:widened_test.cc": "WidenedStressTest.OneThreadTakesEachFlag"},
    ),
    dict(
        name = "toggle_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/bool_word.h",
            "return this->Xor(true, order);",
            "const bool old = this->Load(); for (volatile int i = 0; i < 1000;) i = i + 1; this->Store(!old); return old;",
        )],
        tests = {"//tests/atomic:bool_test.cc": "BoolStressTest.ConcurrentTogglesLoseNone"},
    ),
    dict(
        name = "fetch_sub_adds",
        edits = [(
            "atomic/internal/integer.h",
            "return this->word_.fetch_sub(delta, order);",
            "return FetchAdd(delta, order);",
        )],
        tests = {"//tests/atomic:integer_test.cc": "IntegerTest/*.AddAndSubReturnTheNewValueAndFetchAddTheOld"},
    ),
    dict(
        name = "compare_exchange_strong_refreshes_nothing",
        edits = [(
            "atomic/internal/word_base.h",
            "return word_.compare_exchange_strong(expected, desired, order);",
            "T found = expected; return word_.compare_exchange_strong(found, desired, order);",
        )],
        tests = {"//tests/atomic:integer_test.cc": "IntegerTest/*.CompareExchangeStrongNeverFailsForNothing"},
    ),
    dict(
        name = "updates_of_bools_do_not_compare",
        edits = [(
            "atomic/internal/word_base.h",
            "if (CompareExchange(old, updated))",
            "Store(updated);",
        )],
        tests = {"//tests/atomic:bool_test.cc": "BoolTest.UpdateStartsAgainIfTheValueChangedMeanwhile"},
    ),
    dict(
        name = "or_toggles",
        edits = [(
            "atomic/internal/bitwise.h",
            "return this->word_.fetch_or(mask, order);",
            "return this->word_.fetch_xor(mask, order);",
        )],
        tests = {"//tests/atomic:bool_test.cc": "BoolTest.BitOperationsReturnTheOldValue"},
    ),
    dict(
        name = "flags_are_not_cleared",
        edits = [(
            "atomic/internal/enum_word.h",
            "return Base::And(mask, order);",
            "return Base::Or(mask, order);",
        )],
        tests = {"//tests/atomic:enum_test.cc": "EnumTest.FlagsAreSetClearedAndToggled"},
    ),
    dict(
        name = "a_structs_bits_are_not_refreshed",
        edits = [(
            "atomic/internal/bits.h",
            "const bool done = word_.compare_exchange_strong(found, bits, orders...);",
            "const bool done = word_.compare_exchange_strong(found, bits, orders...) || (found = internal::ToBits(expected), false);",
        )],
        tests = {"//tests/atomic:word_test.cc": "WordTest.HoldsAStruct"},
    ),
    dict(
        name = "updates_of_structs_overwrite_each_other",
        edits = [(
            "atomic/internal/word_base.h",
            "if (CompareExchange(old, updated))",
            "for (volatile int i = 0; i < 1000;) i = i + 1; Store(updated);",
        )],
        tests = {"//tests/atomic:word_test.cc": "WordStressTest.UpdatesOfAStructLoseNone"},
    ),
    dict(
        name = "widened_sums_do_not_wrap_around",
        edits = [(
            "atomic/internal/widened.h",
            "return Replace([delta](T old) { return old + delta; }, order);",
            "return Narrow(word_.fetch_add(Wide(delta), order));",
        )],
        tests = {"//tests/atomic:widened_test.cc": "WidenedTest.SumsWrapAroundAsTheTypeDoes"},
    ),
    dict(
        name = "widened_sums_do_not_compare",
        edits = [(
            "atomic/internal/widened.h",
            "for (Backoff backoff; !word_.compare_exchange_weak( old, Wide(static_cast<T>(f(Narrow(old)))), order); backoff.Pause()) { }",
            "for (volatile int i = 0; i < 1000;) i = i + 1; word_.store(Wide(static_cast<T>(f(Narrow(old)))));",
        )],
        tests = {"//tests/atomic:widened_test.cc": "WidenedStressTest.ConcurrentSumsLoseNone"},
    ),
    dict(
        name = "max_keeps_a_nan",
        edits = [(
            "atomic/internal/floating.h",
            "return old < value || (IsNan(old) && !IsNan(value));",
            "return old < value;",
        )],
        tests = {"//tests/atomic:float64_test.cc": "Float64Test.MaxAndMinIgnoreANan"},
    ),
    dict(
        name = "min_takes_a_nan",
        edits = [(
            "atomic/internal/floating.h",
            "return value < old || (IsNan(old) && !IsNan(value));",
            "return !(old <= value);",
        )],
        tests = {"//tests/atomic:float64_test.cc": "Float64Test.MaxAndMinIgnoreANan"},
    ),
    dict(
        name = "float_sub_adds",
        edits = [(
            "atomic/internal/floating.h",
            "return old - delta;",
            "return old + delta;",
        )],
        tests = {"//tests/atomic:float64_test.cc": "Float64Test.SubReturnsTheNewValue"},
    ),
    dict(
        name = "pointers_move_the_wrong_way",
        edits = [(
            "pointer/internal/pointer.h",
            "return this->word_.fetch_sub(n, order);",
            "return this->word_.fetch_add(n, order);",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Pointer.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "words_are_notified_of_nothing",
        what = "a notification of a word wakes nobody, and no sleep ends by itself",
        edits = [
            (
                "atomic/internal/process_waiters.cc",
                "std::min(SteadyNanoseconds() + patience, deadline.steady_nanoseconds)",
                "deadline.steady_nanoseconds",
            ),
            (
                "atomic/internal/process_waiters.cc",
                "process_waiters.Notify(address);",
                "",
            ),
        ],
        tests = {"//tests/atomic:wait_test.cc": "WordWaitTest/*.TwoThreadsTakeTurns:WaitStressTest.AllWaitersAreWokenByNotifyAll:WaitStressTest.NotifyOneLetsOneThreadOn:WaitTest.WordsShareABucket"},
    ),
    dict(
        name = "sleeps_of_words_do_not_end_by_themselves",
        edits = [(
            "atomic/internal/process_waiters.cc",
            "std::min(SteadyNanoseconds() + patience, deadline.steady_nanoseconds)",
            "deadline.steady_nanoseconds",
        )],
        tests = {"//tests/atomic:wait_test.cc": "WaitTest.AChangeWithoutANotificationIsSeenAfterAWhile"},
    ),
    dict(
        name = "a_sleep_of_a_word_is_the_whole_wait",
        edits = [(
            "atomic/internal/process_waiters.cc",
            "if (look.steady_nanoseconds == deadline.steady_nanoseconds) return false;",
            "return false;",
        )],
        tests = {"//tests/atomic:wait_test.cc": "WordWaitTest/*.GivesUpAfterTheTimeout"},
    ),
    dict(
        name = "words_are_waited_for_by_numbers",
        edits = [(
            "atomic/internal/word_base.h",
            "return internal::ToBits(Load(order)) != internal::ToBits(old);",
            "if constexpr (std::is_arithmetic_v<T>) return Load(order) != old; else return internal::ToBits(Load(order)) != internal::ToBits(old);",
        )],
        tests = {"//tests/atomic:wait_test.cc": "WaitTest.ComparesBitsAsCompareAndSwapDoes"},
    ),
    dict(
        name = "long_timeouts_overflow",
        edits = [(
            "atomic/internal/deadline.h",
            "return __builtin_mul_overflow(ticks, kTick, &nanoseconds) ||",
            "return (nanoseconds = static_cast<std::int64_t>(static_cast<std::uint64_t>(ticks) * static_cast<std::uint64_t>(kTick)), false) ||",
        )],
        tests = {"//tests/atomic:wait_test.cc": "DeadlineTest.TicksAreExactWhereTheyCanBe:WaitTest.ALongTimeoutIsNotTheShortest"},
    ),
    dict(
        name = "long_deadlines_are_past",
        edits = [(
            "atomic/internal/deadline.h",
            "if (nanoseconds >= kForever) return Deadline();",
            "if (nanoseconds >= kForever / 2) return Deadline{0};",
        )],
        tests = {"//tests/atomic:wait_test.cc": "WaitTest.ALongTimeoutIsNotTheShortest"},
    ),
    dict(
        name = "float_add_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/floating.h",
            "if (this->CompareExchange(old, updated, order)) return updated;",
            "for (volatile int i = 0; i < 1000;) i = i + 1; this->Store(updated, order); return updated;",
        )],
        tests = {"//tests/atomic:float64_test.cc": "Float64StressTest.ConcurrentAddsLoseNoUpdate"},
    ),
    dict(
        name = "no_alignment_check",
        edits = [(
            "atomic/internal/plain.h",
            "Fatal(\"unaligned 64-bit atomic operation\");",
            "",
        )],
        tests = {"//tests/conformance:atomic_address_test.cc": "GoAlignmentDeathTest/*.TestUnaligned64"},
    ),
    dict(
        name = "narrow_words_must_be_aligned_as_wide_ones",
        edits = [(
            "atomic/internal/plain.h",
            "(sizeof(T) == 8",
            "(sizeof(T) >= 4",
        )],
        tests = {"//tests/conformance:atomic_address_test.cc": "GoNarrowAlignmentTest.TestUnaligned64LeavesNarrowWordsAlone"},
    ),
    dict(
        name = "plain_loads_of_null_are_zero",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_load_n(addr,",
            "addr == nullptr ? T() : __atomic_load_n(addr,",
        )],
        tests = {"//tests/conformance:atomic_address_test.cc": "GoAtomicDeathTest/*Function.TestNilDeref"},
    ),
    dict(
        name = "null_dies_with_a_message",
        edits = [(
            "atomic/internal/plain.h",
            "return __atomic_add_fetch(addr,",
            "if (addr == nullptr) Fatal(\"null\"); return __atomic_add_fetch(addr,",
        )],
        tests = {"//tests/conformance:atomic_address_test.cc": "GoIntegerDeathTest/*Function.TestNilDeref"},
    ),
    dict(
        name = "plain_stores_are_too_wide",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_store_n(addr, value, __ATOMIC_SEQ_CST);",
            "volatile auto next = reinterpret_cast<std::uintptr_t>(addr + 1); __atomic_store_n(addr, value, __ATOMIC_SEQ_CST); *reinterpret_cast<volatile T*>(next) = value;",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoAtomicTest/*Function.TestStore"},
    ),
    dict(
        name = "plain_stores_are_torn",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_store_n(addr, value, __ATOMIC_SEQ_CST);",
            "const auto* const from = reinterpret_cast<const char*>(&value); auto* const to = reinterpret_cast<volatile char*>(addr); for (unsigned i = 0; i < sizeof(T); ++i) to[i] = from[i];",
        )],
        tests = {"//tests/conformance:atomic_hammer_test.cc": "GoHammerStoreLoadTest/*Function.TestHammerStoreLoad"},
    ),
    dict(
        name = "plain_stores_are_releases",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_store_n(addr, value, __ATOMIC_SEQ_CST);",
            "__atomic_store_n(addr, value, __ATOMIC_RELEASE);",
        )],
        tests = {"//tests/conformance:atomic_order_test.cc": "GoOrder32Test/*Function.TestStoreLoadSeqCst32"},
    ),
    dict(
        name = "plain_and_changes_nothing",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_fetch_and(addr, mask, __ATOMIC_SEQ_CST);",
            "LoadPlain(addr);",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoIntegerTest/*Function.TestAnd"},
    ),
    dict(
        name = "plain_or_returns_the_new_value",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_fetch_or(addr,",
            "__atomic_or_fetch(addr,",
        )],
        tests = {"//tests/conformance:atomic_test.cc": "GoIntegerTest/*Function.TestOr"},
    ),
    dict(
        name = "plain_add_is_a_load_and_a_store",
        edits = [(
            "atomic/internal/plain.h",
            "return __atomic_add_fetch(addr, delta, __ATOMIC_SEQ_CST);",
            "const T sum = LoadPlain(addr) + delta; for (volatile int i = 0; i < 1000;) i = i + 1; StorePlain(addr, sum); return sum;",
        )],
        tests = {"//tests/conformance:atomic_hammer_test.cc": "GoHammer32Test/*Function.TestHammer32"},
    ),
    dict(
        name = "riscv_trusts_each_membarrier",
        what = "on RISC-V a kernel need not offer SYNC_CORE",
        edits = [(
            "pointer/platform/fence.h",
            "return (offered & kMembarrierPrivateExpeditedSyncCore) != 0;",
            "return true;",
        )],
        tests = {"//tests/pointer:riscv_fence_test.cc": "RiscvFenceTest.AKernelWithoutIsNot"},
    ),
    dict(
        name = "riscv_does_not_ask_for_membarrier",
        what = "on RISC-V a kernel is not asked whether its membarrier is sound",
        edits = [(
            "pointer/platform/fence.h",
            "return MembarrierIsSound() && Membarrier(",
            "return Membarrier(",
        )],
        tests = {"//tests/pointer:riscv_fence_test.cc": "RiscvFenceTest.AKernelWithoutIsNot"},
    ),
    dict(
        name = "no_fence_before_membarrier",
        what = "a heavy fence executes none of its own before membarrier",
        edits = [(
            "pointer/platform/fence.h",
            "FullFence(); const bool fenced",
            "const bool fenced",
        )],
        herd = {"heavy_fence": "armv8 armv8.3"},
    ),
    dict(
        name = "no_fence_after_membarrier",
        what = "a heavy fence executes none of its own after membarrier",
        edits = [(
            "pointer/platform/fence.h",
            "FullFence(); if (!fenced)",
            "if (!fenced)",
        )],
        herd = {"heavy_fence": "armv8.3 riscv64"},
    ),
    dict(
        name = "heavy_fence_decides_nothing",
        edits = [(
            "pointer/platform/fence.h",
            "(DecideFenceMode()",
            "(fence_mode.load()",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.TheFirstHeavyFenceDecides"},
    ),
    dict(
        name = "readers_start_light",
        edits = [(
            "pointer/platform/fence.h",
            "SYNC_ATOMIC_INTERNAL_INITIALLY({FenceMode::kUndecided});",
            "SYNC_ATOMIC_INTERNAL_INITIALLY({FenceMode::kMembarrier});",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.ReadersFenceFullyUntilTheModeIsDecided"},
    ),
    dict(
        name = "decisions_are_not_final",
        edits = [(
            "pointer/platform/fence.h",
            "(mode == FenceMode::kUndecided)",
            "(true)",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.ADecisionIsFinal"},
    ),
    dict(
        name = "full_in_the_environment_is_ignored",
        edits = [(
            "pointer/platform/fence.cc",
            "if (asked == \"full\") return true;",
            "(void)0;",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.TheEnvironmentForcesFullFences"},
    ),
    dict(
        name = "the_environment_is_not_read",
        edits = [(
            "pointer/platform/fence.cc",
            "std::getenv(\"SYNC_ATOMIC_FENCES\");",
            "nullptr;",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.WhatTheEnvironmentCannotMeanIsSaidOnceAndChangesNothing"},
    ),
    dict(
        name = "the_build_option_is_ignored",
        edits = [(
            "pointer/platform/fence.cc",
            "#ifdef SYNC_ATOMIC_FULL_FENCES",
            "#if 0",
        )],
        tests = {"//tests/pointer:full_fences_build_test.cc": "FullFencesBuildTest.NeedsNothingFromTheEnvironment"},
        copts = ["-DSYNC_ATOMIC_FULL_FENCES"],
    ),
    dict(
        name = "a_refusal_is_ignored",
        edits = [(
            "pointer/platform/fence.h",
            "return fenced;",
            "return true;",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.ALateRefusalIsReturnedAndSaidOnce"},
    ),
    dict(
        name = "a_refusal_is_said_each_time",
        edits = [(
            "pointer/platform/fence.cc",
            "if (said_refused.test_and_set()) return;",
            "",
        )],
        tests = {"//tests/pointer:fence_test.cc": "FenceTest.ALateRefusalIsReturnedAndSaidOnce"},
    ),
    dict(
        name = "a_refusal_frees_all_the_same",
        edits = [(
            "pointer/platform/fence.h",
            "return fenced;",
            "return true;",
        )],
        tests = {"//tests/pointer:refused_fence_test.cc": "UnregisteredTest.LateRefusalLeaksWhatIsRetiredAndSaysSoOnce"},
    ),
    dict(
        name = "a_failed_fence_is_ignored",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (!Policy::HeavyFence()) { Leak(self, batch); return; }", "Policy::HeavyFence();")],
        tests = {"//tests/pointer:failing_fence_test.cc": "FailingFenceTest.AProtectMeetsARetireAtEachStep"},
    ),
    dict(
        name = "a_failed_fence_loses_objects",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (!Policy::HeavyFence()) { Leak(self, batch);", "if (!Policy::HeavyFence()) {")],
        tests = {"//tests/pointer:failing_fence_test.cc": "FailingFenceTest.AProtectMeetsARetireAtEachStep"},
    ),
    dict(
        name = "leaked_bytes_are_not_counted",
        edits = [("pointer/reclaim/deferred.h", "leaked_bytes_.fetch_add(objects.bytes());", "")],
        tests = {"//tests/pointer:failing_fence_test.cc": "FailingFenceTest.AProtectMeetsARetireAtEachStep"},
    ),
    dict(
        name = "what_is_leaked_is_deferred_too",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (!Policy::HeavyFence()) { Leak(self, batch);", "if (!Policy::HeavyFence()) { RetiredList all = batch.list; while (RetiredArray* const array = batch.PopArray()) { array->TakeNodes<Policy>([&all](Retired* object) { all.Push(object); }); } members_.deferred.Leak(all); members_.deferred.Push(all);")],
        tests = {"//tests/pointer:failing_fence_test.cc": "FailingFenceTest.FencesThatSucceedAgainFreeAgain"},
    ),
    dict(
        name = "a_failed_second_fence_is_ignored",
        edits = [("pointer/reclaim/deferred.h", "fenced = Policy::HeavyFence();", "Policy::HeavyFence(); fenced = true;")],
        tests = {"//tests/pointer:failing_fence_test.cc": "FailingFenceTest.WhatWasDeferredIsLeakedAtOnceIfTheSecondFenceFails"},
    ),
    dict(
        name = "drainers_touch_lists_without_a_fence",
        edits = [("pointer/reclaim/retire_list.h", "(fenced && !list.owner_pushing_.load())", "(!list.owner_pushing_.load())")],
        tests = {"//tests/pointer:failing_fence_test.cc": "FailingFenceTest.ARefusedTakerLeavesTheListsOfOthers"},
    ),
    dict(
        name = "pins_are_not_looked_at",
        what = "pins are not looked at",
        edits = [("pointer/reclaim/registry.h", "(since != 0 && since < oldest.since)", "(false)")],
        tests = {"//tests/pointer:retire_test.cc": "PinStressTest.NothingIsFreedUnderAPin"},
        models = {"pins": "APinMeetsARetire"},
    ),
    dict(
        name = "pins_hold_one_epoch_too_few",
        what = "a pin of the epoch before the stamp is not waited for",
        edits = [("pointer/reclaim/scan.h", "(oldest_.since < of)", "(oldest_.since + 1 < of)")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.APinnedReadSurvivesARetireAtEachStep"},
        models = {"pins": "APinMeetsARetire"},
    ),
    dict(
        name = "unpin_ignores_help_requests",
        what = "an unpin doesn't look at the help request",
        edits = [("pointer/reclaim/domain.h", "if (self.pin.End()) HelpAfterUnpin(self); // what waited for the pin", "(void)self.pin.End();")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AnUnpinMeetsAStoreAtEachStep"},
        models = {"pins": "AnUnpinMeetsARetire"},
    ),
    dict(
        name = "synchronize_leaves_a_list_to_its_drainer",
        edits = [("pointer/reclaim/retire_list.h", "for (; wait && !mine; mine = claim()) Policy::Pause(0, true);", "")],
        tests = {"//tests/pointer:synchronize_test.cc": "SynchronizeScriptTest.TakesAListThatOthersLeaveToABusyOwner"},
    ),
    dict(
        name = "the_end_of_a_thread_is_missed",
        edits = [
            (
                "pointer/reclaim/reclaim_loop.h",
                "HandOverAll(self); self.free_list",
                "self.free_list",
            ),
            (
                "pointer/reclaim/reclaim_loop.h",
                "members_.ReleaseRecord(self);",
                "Registry<Policy>::Release(self);",
            ),
        ],
        tests = {"//tests/value:thread_end_test.cc": "*WhatAThreadLeavesTest.IsDestroyedByWhoeverIsNext*"},
    ),
    dict(
        name = "the_retire_list_is_taken_twice",
        edits = [("pointer/reclaim/retire_list.h", "KeepDrainersOut([&] { if (size().count >= at_least) taken = TakeAll(); });", "taken.list = list_; if (size().count >= at_least && array_ != nullptr) taken.arrays = array_; (void)drainer_.load(); list_ = RetiredList(); array_ = nullptr;")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AReclaimComesWhereAnOwnerTakesItsList"},
    ),
    dict(
        name = "owners_do_not_look_for_a_drainer",
        what = "an owner doesn't look whether its list is being taken",
        edits = [("pointer/reclaim/retire_list.h", "drainer_.load() == nullptr; if (ABSL_PREDICT_TRUE(mine))", "true; if (mine)")],
        tests = {"//tests/pointer:retire_test.cc": "RetireStressTest.NothingIsLostWhenListsAreTakenByOthers"},
        models = {"lists": "ReclaimsTakeTheListsOfOthers"},
    ),
    dict(
        name = "what_only_looks_held_is_kept",
        edits = [("pointer/reclaim/scan.h", "table.Drain(sort_by_pins);", "table.Drain([&](Retired* object) { in_slots.Push(object); });")],
        tests = {"//tests/pointer:retire_test.cc": "RetireTest.WhatOnlyLooksHeldIsDeleted"},
    ),
    dict(
        name = "protected_objects_are_freed",
        edits = [("pointer/reclaim/hazard_slots.h", "if (address != nullptr) f(slot, address);", "")],
        tests = {"//tests/pointer:retire_test.cc": "ProtectStressTest.ProtectedObjectsAreNotFreed"},
    ),
    dict(
        name = "slots_are_not_looked_at",
        edits = [("pointer/reclaim/hazard_slots.h", "if (address != nullptr) f(slot, address);", "")],
        tests = {"//tests/value:value_stress_test.cc": "ValueStressTest.ReadersNeverSeeAFreedObject"},
    ),
    dict(
        name = "copies_are_not_counted",
        what = "a copy inherits what the original has",
        edits = [(
            "value/internal/cell.h",
            "if (box_ != nullptr) box_->AddRef();",
            "",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.ADropOfACopyMeetsAStoreAtEachStep"},
        models = {"slots": "CountsMeetAStore"},
    ),
    dict(
        name = "free_while_counted",
        what = "what leaves the cell is freed while it is counted",
        edits = [(
            "value/internal/box.h",
            "if (!box->DropCount()) return;",
            "",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.ALoadWithoutASlotSurvivesAStoreAtEachStep"},
        models = {"slots": "CountsMeetAStore"},
    ),
    dict(
        name = "moves_forget_the_slot",
        edits = [(
            "value/internal/cell.h",
            "slot_(std::exchange(other.slot_,",
            "slot_((other.slot_ =",
        )],
        tests = {"//tests/value:value_test.cc": "SnapshotTest.TheEndOfAMovedOneLeavesTheCellWhatItHolds"},
    ),
    dict(
        name = "swap_by_value_does_not_compare",
        edits = [(
            "value/internal/cell.h",
            "if (!data_.compare_exchange_strong(expected, box)) return false;",
            "data_.store(box);",
        )],
        tests = {"//tests/value:value_test.cc": "ValueTest.CompareAndSwapByValueFailsIfTheCellChangedMeanwhile"},
    ),
    dict(
        name = "swap_by_value_is_spurious",
        edits = [(
            "value/internal/operations.h",
            "if (internal::Replaced(cell, type, std::move(held), box)) return true;",
            "return internal::Replaced(cell, type, std::move(held), box);",
        )],
        tests = {"//tests/value:value_test.cc": "ValueTest.CompareAndSwapByValueSucceedsIfAnEqualValueCameMeanwhile"},
    ),
    dict(
        name = "the_result_of_swap_is_not_counted",
        edits = [(
            "value/internal/cell.h",
            "old->AddRef();",
            "",
        )],
        tests = {"//tests/value:value_test.cc": "ValueTest.SwapKeepsThePreviousContentAlive"},
    ),
    dict(
        name = "the_empty_box_is_retired",
        what = "the static box that stands for empty is retired",
        edits = [(
            "value/internal/cell.h",
            "if (old != empty)",
            "",
        )],
        tests = {"//tests/value:value_test.cc": "ValueTest.ClearEmptiesAndKeepsTheType"},
        models = {"cell": "FirstStoresMeetAClear"},
    ),
    dict(
        name = "only_the_first_store_stores",
        edits = [(
            "value/internal/cell.h",
            "Box* const old = data_.exchange(box); Changed(); if (old != empty) old->Retire(type.AtMost(*old));",
            "static_cast<void>(box); static_cast<void>(empty);",
        )],
        tests = {"//tests/conformance:value_test.cc": "GoValueTest.TestValue:GoValueTest.TestValueLarge"},
    ),
    dict(
        name = "swaps_return_nothing",
        edits = [(
            "value/internal/cell.h",
            "if (old == empty)",
            "",
        )],
        tests = {"//tests/conformance:value_test.cc": "GoValueTest.TestValue_Swap"},
    ),
    dict(
        name = "a_swap_is_a_load_and_a_store",
        edits = [(
            "value/internal/cell.h",
            "data_.exchange(box); Changed(); if (old ==",
            "data_.load(); for (volatile int i = 0; i < 1000;) i = i + 1; data_.store(box); if (old ==",
        )],
        tests = {"//tests/conformance:value_test.cc": "GoValueTest.TestValueSwapConcurrent"},
    ),
    dict(
        name = "swaps_into_an_empty_cell_do_not_look",
        edits = [(
            "value/internal/cell.h",
            "if (!data_.compare_exchange_strong(empty, box)) return false;",
            "data_.store(box);",
        )],
        tests = {"//tests/conformance:value_test.cc": "GoValueTest.TestValue_CompareAndSwap"},
    ),
    dict(
        name = "misuse_is_reported_without_the_types",
        edits = [(
            "value/internal/misuse.cc",
            "message.append(\", given \").append(given).append(\")\");",
            "message;",
        )],
        tests = {"//tests/conformance:value_test.cc": "GoValueDeathTest.TestValuePanic:GoValueDeathTest.TestValue_Swap:GoValueDeathTest.TestValue_CompareAndSwap"},
    ),
    dict(
        name = "first_stores_overwrite_each_other",
        what = "first stores overwrite each other",
        edits = [(
            "value/internal/cell.h",
            "const bool stored = data_.compare_exchange_strong(first, box);",
            "data_.store(box); const bool stored = true;",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AFirstStoreMeetsAnotherAtEachStep"},
        models = {"cell": "FirstStoresMeetALoad"},
    ),
    dict(
        name = "derived_classes_are_sliced",
        edits = [(
            "value/internal/object_cell.h",
            "InPlaceBox<V>(std::forward<U>(value)));",
            "InPlaceBox<std::conditional_t<std::is_abstract_v<T>, V, T>>(std::forward<U>(value)));",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.ADerivedClassStaysWhatItIs"},
    ),
    dict(
        name = "an_adopted_object_is_copied",
        edits = [(
            "value/internal/object_cell.h",
            "return NewBox(new AdoptingBox<V>(V(std::forward<U>(value))));",
            "using D = typename V::element_type; if constexpr (std::is_copy_constructible_v<D>) { return NewBox(new InPlaceBox<D>(*V(std::forward<U>(value)))); } else { return NewBox(new AdoptingBox<V>(V(std::forward<U>(value)))); }",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.AUniquePtrIsAdoptedWithItsObject"},
    ),
    dict(
        name = "an_adopted_object_is_leaked",
        edits = [(
            "value/internal/object_cell.h",
            "return NewBox(new AdoptingBox<V>(V(std::forward<U>(value))));",
            "NewBox box(new AdoptingBox<V>(V(std::forward<U>(value)))); box->AddRef(); return box;",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.AnAdoptedObjectIsDeletedOnce:ValueOfTest.ASharedPtrIsAdoptedWithItsShare"},
    ),
    dict(
        name = "a_null_pointer_is_adopted",
        edits = [(
            "value/internal/object_cell.h",
            "(value == nullptr)",
            "(false)",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfDeathTest.ANullPointerToAdoptDies:ValueOfTest.TheTryFormsRefuseANullPointerToAdopt"},
    ),
    dict(
        name = "the_result_of_swap_is_not_counted_for_a_value_of",
        what = "the result of Swap inherits the cell's count",
        edits = [(
            "value/internal/cell.h",
            "old->AddRef();",
            "",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.SwapKeepsThePreviousContentAlive"},
        models = {"slots": "CountsMeetAStore"},
    ),
    dict(
        name = "a_value_of_swaps_by_value_without_comparing",
        edits = [(
            "value/internal/cell.h",
            "if (!data_.compare_exchange_strong(expected, box)) return false;",
            "data_.store(box);",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.CompareAndSwapByValueFailsIfTheCellChangedMeanwhile"},
    ),
    dict(
        name = "a_value_of_gives_up_on_an_equal_replacement",
        edits = [(
            "value/internal/operations.h",
            "if (internal::Replaced(cell, type, std::move(held), box)) return true;",
            "return internal::Replaced(cell, type, std::move(held), box);",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.CompareAndSwapByValueSucceedsIfAnEqualValueCameMeanwhile"},
    ),
    dict(
        name = "read_does_not_protect",
        edits = [(
            "value/value.h",
            "SnapshotOf<T> snapshot = Load<T>(); return internal::Invoke(std::forward<F>(f), snapshot.get());",
            "T* const value = Load<T>().get(); return internal::Invoke(std::forward<F>(f), value);",
        )],
        tests = {"//tests/value:emplace_read_update_test.cc": "ReadTest.ProtectsTheValueMeanwhile"},
    ),
    dict(
        name = "an_update_gives_up",
        edits = [(
            "value/internal/operations.h",
            ": internal::Replaced(cell, type, std::move(held), box)) { return stored; }",
            ": internal::Replaced(cell, type, std::move(held), box)) { return stored; } return StdBoxRef();",
        )],
        tests = {"//tests/value:emplace_read_update_test.cc": "UpdateTest.TriesAgainIfAnotherStoreCameInBetween"},
    ),
    dict(
        name = "an_init_overwrites",
        edits = [(
            "value/internal/operations.h",
            "is_empty ? internal::StoreIfEmpty(cell, type, box)",
            "is_empty ? (cell.Store(box.release(), type), true)",
        )],
        tests = {"//tests/value:update_or_init_test.cc": "UpdateTest/*.UpdatesWhatAnotherThreadStoredMeanwhile"},
    ),
    dict(
        name = "a_function_that_declines_is_not_heard",
        edits = [(
            "value/status.h",
            "if (!declined.ok()) status = std::move(declined);",
            "",
        )],
        tests = {"//tests/value:update_or_init_test.cc": "UpdateTest/*.AFunctionMayDecline:UpdateTest/*.AnInitMayDecline"},
    ),
    dict(
        name = "a_store_does_not_wait_for_readers",
        edits = [(
            "value/internal/operations.h",
            "if (box->count.load() == 1 && root.count.load() == 1) return true;",
            "return true;",
        )],
        tests = {"//tests/value:store_and_wait_test.cc": "StoreAndWaitTest/*.StoresAlsoIfSomebodyReads:StoreAndWaitStressTest.NobodyReadsWhatIsClosed"},
    ),
    dict(
        name = "a_store_does_not_wait_for_who_rolled_back",
        edits = [(
            "value/internal/operations.h",
            "if (box->count.load() == 1 && root.count.load() == 1) return true;",
            "if (box->count.load() == 1) return true;",
        )],
        tests = {"//tests/value:store_and_wait_test.cc": "StoreAndWaitTest.WaitsForReadersOfWhatWasRolledBack"},
    ),
    dict(
        name = "a_store_that_waits_does_not_reclaim",
        edits = [(
            "value/internal/operations.h",
            "for (int round = 0;; ++round) { StdPolicy::domain().Reclaim();",
            "for (int round = 0;; ++round) {",
        )],
        tests = {"//tests/value:store_and_wait_test.cc": "StoreAndWaitTest/*.DestroysWhatNobodyReads"},
    ),
    dict(
        name = "a_pinned_thread_waits_for_readers",
        edits = [(
            "value/internal/operations.h",
            "if (StdPolicy::domain().Self().pin.since() != 0) {",
            "if (false) {",
        )],
        tests = {"//tests/value:store_and_wait_test.cc": "StoreAndWaitDeathTest.APinnedCallerDies"},
    ),
    dict(
        name = "a_request_to_stop_wakes_nobody",
        edits = [(
            "value/stop.h",
            "requested_->store(true); internal::NotifyEverybody();",
            "requested_->store(true);",
        )],
        tests = {"//tests/value:stop_test.cc": "StopTest.ARequestWakesWhoSleeps"},
    ),
    dict(
        name = "a_request_to_stop_is_a_change",
        edits = [(
            "value/internal/cell.h",
            "return is_changed || token.stop_requested();",
            "return is_changed = is_changed || token.stop_requested();",
        )],
        tests = {"//tests/value:stop_test.cc": "StopTest.ARequestEndsWaits"},
    ),
    dict(
        name = "a_notification_of_everybody_is_of_one",
        edits = [(
            "atomic/internal/waiters.h",
            "for (Bucket& bucket : buckets_) NotifyBucket(bucket, nullptr);",
            "Notify(this);",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitersTest.AWaitMeetsANotificationOfEverybodyAtEachStep"},
    ),
    dict(
        name = "an_alias_does_not_keep_its_root_alive",
        edits = [(
            "value/internal/alias_box.h",
            "counted.AddRef();",
            "",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.TheCellKeepsItAlive"},
    ),
    dict(
        name = "aliases_of_aliases_have_another_root",
        edits = [(
            "value/internal/alias_box.h",
            "root(Counted(box.type->root(box)))",
            "root(Counted(box))",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.AgainAndAgain"},
    ),
    dict(
        name = "what_is_rolled_back_is_another",
        edits = [(
            "value/internal/box.h",
            "return &a.type->root(a) == &b.type->root(b);",
            "return &a == &b;",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.TheVeryObjectIsBack"},
    ),
    dict(
        name = "what_is_rolled_back_is_not_exchanged",
        edits = [(
            "value/internal/object_cell.h",
            "(type.weights->has_aliases() && ReplaceAlias(type, *old, object, box));",
            "false;",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.IsComparedAsTheVeryObject"},
    ),
    dict(
        name = "parts_of_one_object_are_one",
        edits = [(
            "value/internal/object_cell.h",
            "held.box() == nullptr || ObjectIn(*held.box()) != object ||",
            "held.box() == nullptr ||",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.APartIsNotTheOther"},
    ),
    dict(
        name = "what_is_rolled_back_is_a_change",
        edits = [(
            "value/internal/object_cell.h",
            "(type.weights->has_aliases() && Load() == seen);",
            "false;",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.IsNoChange"},
    ),
    dict(
        name = "a_cells_aliases_are_not_noted",
        edits = [(
            "value/internal/object_cell.h",
            "type.weights->NoteAlias();",
            "",
        )],
        tests = {"//tests/value:rolling_back_test.cc": "RollingBackTest.IsNoChange:RollingBackTest.IsComparedAsTheVeryObject"},
    ),
    dict(
        name = "snapshots_are_compared_by_address",
        edits = [(
            "value/internal/identity.h",
            "internal::AreSame(SnapshotAccess::Box(a), SnapshotAccess::Box(b));",
            "true;",
        )],
        tests = {"//tests/value:snapshot_test.cc": "SnapshotTest.AnAddressIsNotAnIdentity"},
    ),
    dict(
        name = "taking_out_does_not_compare",
        edits = [(
            "value/internal/value_cell.h",
            "NewBox box(held->empty); return internal::ReplaceSame(cell_, *held, old, box);",
            "cell_.Clear(); return true;",
        )],
        tests = {"//tests/value:update_or_init_test.cc": "TakingOutTest/1.CompareAndSwapTakesOutTheVeryObject"},
    ),
    dict(
        name = "the_result_of_values_update_is_not_held",
        edits = [(
            "value/internal/operations.h",
            "StdBoxRef::Hold(*box);",
            "StdBoxRef(box.get(), nullptr);",
        )],
        tests = {"//tests/value:emplace_read_update_test.cc": "UpdateTest.WhatItReturnsStaysAlive"},
    ),
    dict(
        name = "the_result_of_update_is_not_counted",
        what = "where no slot is free",
        edits = [(
            "value/internal/cell.h",
            "box.AddRef(); } else {",
            "} else {",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.UpdateKeepsItsResultAliveWhereNoSlotIsFree"},
    ),
    dict(
        name = "the_result_of_update_is_not_announced",
        edits = [(
            "value/internal/cell.h",
            "Domain<Policy>::Slots::SetProtected(*slot, &box);",
            "",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.UpdateKeepsItsResultAlive"},
    ),
    dict(
        name = "the_result_of_update_is_not_held",
        edits = [(
            "value/internal/operations.h",
            "StdBoxRef::Hold(*box);",
            "StdBoxRef(box.get(), nullptr);",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.UpdateKeepsItsResultAlive"},
    ),
    dict(
        name = "what_a_box_holds_weighs_nothing",
        edits = [(
            "value/internal/box.h",
            "FreeList::Footprint(sizeof(InPlaceBox)) - sizeof(D) +",
            "FreeList::Footprint(sizeof(InPlaceBox));",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.HeavyValuesAreNotLeftWaiting"},
    ),
    dict(
        name = "what_is_adopted_weighs_nothing",
        edits = [(
            "value/internal/box.h",
            "+ internal::FootprintOfValue(owner.get());",
            ";",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.NorAreHeavyObjectsThatWereAdopted"},
    ),
    dict(
        name = "values_do_not_weigh_what_they_own",
        edits = [(
            "pointer/reclaim/footprint.h",
            "} else { return sizeof(T) + internal::OwnedBy(*object); }",
            "} else { return sizeof(T); }",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.LargeVectorsAreNotLeftWaiting:ValueOfTest.NorAreLargeVectorsThatWereAdopted"},
    ),
    dict(
        name = "what_is_known_of_a_type_comes_before_what_it_says",
        edits = [(
            "pointer/reclaim/footprint.h",
            "} else if constexpr (kHasRetiredBytes<T>) { return static_cast<std::size_t>(RetiredBytes(object)); } else {",
            "} else if constexpr (kHasRetiredBytes<T> && Owned<T>::kNothing) { return static_cast<std::size_t>(RetiredBytes(object)); } else {",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "OwnedBytesTest.AreWhatRetiredBytesSays"},
    ),
    dict(
        name = "retire_asks_what_is_known_of_a_type",
        edits = [(
            "pointer/reclaim/footprint.h",
            "} else if constexpr (kHasRetiredBytes<T>) { return sizeof(T) + internal::OwnedBy(*object); } else { return sizeof(T); }",
            "} else { return sizeof(T) + internal::OwnedBy<T>(*object); }",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "OwnedBytesTest.DoNotCountForRetire"},
    ),
    dict(
        name = "small_strings_weigh_as_if_they_were_elsewhere",
        edits = [(
            "pointer/reclaim/footprint.h",
            "return elements - object < sizeof(T);",
            "return elements == object;",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "OwnedBytesTest.OfElementsInTheObjectAreNone"},
    ),
    dict(
        name = "what_a_reference_is_to_is_owned",
        edits = [(
            "pointer/reclaim/footprint.h",
            "std::is_reference_v<T> || (!kHasRetiredBytes<T> && Owned<T>::kNothing);",
            "!kHasRetiredBytes<T> && Owned<std::remove_reference_t<T>>::kNothing;",
        ), (
            "pointer/reclaim/footprint.h",
            "return Owned<T>::By(object);",
            "return Owned<std::remove_reference_t<T>>::By(object);",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "OwnedBytesTest.OfReferencesAreNone"},
    ),
    dict(
        name = "inline_namespaces_are_part_of_a_name",
        edits = [(
            "pointer/reclaim/container.h",
            "name.substr(name.rfind(\"::\") + 2)",
            "name.substr(name.find(\"::\") + 2)",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "ContainerTest.IsKnownByItsName"},
    ),
    dict(
        name = "any_namespace_has_containers",
        edits = [(
            "pointer/reclaim/container.h",
            "name.substr(0, container.space.size()) == container.space &&",
            "name.rfind(\"::\") != std::string_view::npos &&",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "ContainerTest.IsKnownByItsName"},
    ),
    dict(
        name = "members_of_containers_are_taken_for_containers",
        edits = [(
            "pointer/reclaim/container.h",
            "kIsSpecialization<T> == (kFound.storage != Storage::kRope)",
            "true",
        )],
        tests = {"//tests/pointer:owned_bytes_test.cc": "OwnedBytesTest.AreKnownToBeNoneAtCompileTime"},
    ),
    dict(
        name = "objects_are_asked_for_their_address",
        edits = [(
            "value/internal/box.h",
            "std::addressof(value);",
            "&value;",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.AnAddressOperatorOfItsOwnIsNotAsked"},
    ),
    dict(
        name = "values_are_asked_for_their_address",
        edits = [(
            "value/internal/value_cell.h",
            "std::addressof(ValueIn<V>(*held.box()));",
            "&ValueIn<V>(*held.box());",
        )],
        tests = {"//tests/value:value_test.cc": "ValueTest.AnAddressOperatorOfItsOwnIsNotAsked"},
    ),
    dict(
        name = "a_zero_means_empty",
        edits = [(
            "value/snapshot.h",
            "std::is_null_pointer_v<T>;",
            "std::is_null_pointer_v<T> || std::is_same_v<T, int>;",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.CompareAndSwapTakesAZeroForANumber"},
    ),
    dict(
        name = "sharing_writes_to_the_object",
        edits = [(
            "value/snapshot.h",
            "T>(std::move(hold), object_);",
            "T>( object_, [hold = ref_](const T*) mutable { hold = BoxRef(); });",
        )],
        tests = {"//tests/value:value_of_test.cc": "ValueOfTest.SharingDoesNotWriteToTheObject"},
    ),
    dict(
        name = "a_reader_does_not_look_at_the_cell",
        edits = [(
            "value/value_of.h",
            "(ABSL_PREDICT_FALSE(cell_->cell_.current() != current_))",
            "(ABSL_PREDICT_FALSE(current_ == nullptr))",
        )],
        tests = {"//tests/value:reader_test.cc": "ReaderTest.SeesEachStore"},
    ),
    dict(
        name = "a_release_keeps",
        edits = [(
            "value/value_of.h",
            "object_ = nullptr; current_ = nullptr; held_ = SnapshotOf<T>();",
            "",
        )],
        tests = {"//tests/value:reader_test.cc": "ReaderTest.ReleaseLetsGo:ReaderTest.LoadsAgainAfterARelease"},
    ),
    dict(
        name = "a_reader_remembers_what_it_does_not_hold",
        edits = [(
            "value/value_of.h",
            "current_ = cell_->cell_.CurrentOf(held_);",
            "current_ = cell_->cell_.CurrentOf(held_); held_ = SnapshotOf<T>();",
        )],
        tests = {"//tests/value:reader_test.cc": "ReaderTest.KeepsAliveWhatItLoadedLast"},
    ),
    dict(
        name = "an_assignment_lets_go_first",
        edits = [(
            "value/snapshot.h",
            "mutable const T* object_ = nullptr; BoxRef ref_;",
            "BoxRef ref_; mutable const T* object_ = nullptr;",
        )],
        tests = {"//tests/value:project_share_test.cc": "SnapshotAssignmentTest.IsWholeWhenADestructorLooks"},
    ),
    dict(
        name = "a_release_remembers_the_address",
        edits = [(
            "value/value_of.h",
            "object_ = nullptr; current_ = nullptr;",
            "",
        )],
        tests = {"//tests/value:reader_test.cc": "ReaderTest.IsNotFooledByAnotherObjectAtTheSameAddress"},
    ),
    dict(
        name = "slots_are_not_looked_at_for_a_value_of",
        edits = [("pointer/reclaim/hazard_slots.h", "if (address != nullptr) f(slot, address);", "")],
        tests = {"//tests/value:value_of_stress_test.cc": "ValueOfStressTest.ReadersNeverSeeAFreedObject"},
    ),
    dict(
        name = "compare_and_swap_overwrites_what_came_meanwhile",
        edits = [(
            "value/internal/cell.h",
            "if (!data_.compare_exchange_strong(expected, box)) return false;",
            "data_.store(box);",
        )],
        tests = {"//tests/value:value_of_stress_test.cc": "ValueOfStressTest.UpdatesLoseNothing"},
    ),
    dict(
        name = "a_pointer_is_emptied_before_there_is_memory",
        edits = [(
            "value/internal/object_cell.h",
            "return NewBox(new AdoptingBox<V>(V(std::forward<U>(value))));",
            "V adopted(std::forward<U>(value)); return NewBox(new AdoptingBox<V>(std::move(adopted)));",
        )],
        tests = {"//tests/value:exception_safety_test.cc": "ValueOfExceptionSafetyTest/*.MemoryMayRunOutAtEachAllocation"},
    ),
    dict(
        name = "a_value_of_has_the_box_before_it_is_made",
        edits = [(
            "value/internal/object_cell.h",
            "NewBox box = MakeDesired(type, std::forward<U>(value)); internal::Store(",
            "cell_.Clear(); NewBox box = MakeDesired(type, std::forward<U>(value)); internal::Store(",
        )],
        tests = {"//tests/value:exception_safety_test.cc": "ValueOfExceptionSafetyTest/*.AnyConstructorCopyMoveOrComparisonMayThrow"},
    ),
    dict(
        name = "a_reader_looks_with_a_locked_instruction",
        edits = [(
            "value/value_of.h",
            "if (ABSL_PREDICT_FALSE(cell_->cell_.current()",
            "asm volatile(\"mfence\"); if (ABSL_PREDICT_FALSE(cell_->cell_.current()",
        )],
        tests = {"//tests/value:fast_path_test.cc": "FastPathTest.ExecutesNoLockedInstruction/*"},
    ),
    dict(
        name = "a_refused_value_is_gone",
        edits = [(
            "value/internal/value_cell.h",
            "if (const Refusal refusal = CheckValue<V>(held, value)) return refusal; return internal::StoreChecked(",
            "return internal::StoreChecked(",
        )],
        tests = {"//tests/value:try_test.cc": "TryTest.WhatIsRefusedIsNotLost"},
    ),
    dict(
        name = "a_projection_holds_nothing",
        edits = [(
            "value/snapshot.h",
            "SnapshotOf<U>(std::move(ref_),",
            "SnapshotOf<U>(BoxRef(),",
        )],
        tests = {"//tests/value:project_share_test.cc": "ProjectShareTest.AProjectionKeepsTheWholeAlive"},
    ),
    dict(
        name = "a_share_holds_nothing",
        edits = [(
            "value/snapshot.h",
            "new BoxRef(ref_)",
            "new BoxRef()",
        )],
        tests = {"//tests/value:project_share_test.cc": "ProjectShareTest.AShareKeepsTheValueAliveAfterItWasReplaced"},
    ),
    dict(
        name = "changes_wake_nobody",
        what = "a change doesn't look for who waits",
        edits = [(
            "atomic/internal/waiters.h",
            "if (__builtin_expect(bucket.waiting.load() != 0, false)) { WakeAll(bucket, address); }",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitStepsTest.AWaitMeetsTheChangeAtEachStep/*"},
        models = {"cell": "WaitsMeetChanges"},
    ),
    dict(
        name = "a_wake_up_moves_nothing",
        what = "a wake-up does not change the word that waiters sleep on",
        edits = [(
            "atomic/internal/waiters.h",
            "bucket.changes.fetch_add(1);",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitStepsTest.AWaitMeetsTheChangeAtEachStep/*"},
        models = {"cell": "WaitsMeetChanges"},
    ),
    dict(
        name = "waiters_look_too_early",
        what = "a waiter looks at the cell before it reads the word that it sleeps on",
        edits = [(
            "atomic/internal/waiters.h",
            "const std::uint32_t changes = bucket.changes.load(); is_changed = changed();",
            "is_changed = changed(); const std::uint32_t changes = bucket.changes.load();",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitStepsTest.AWaitMeetsTheChangeAtEachStep/*"},
        models = {"cell": "WaitsMeetChanges"},
    ),
    dict(
        name = "waiters_stay_counted",
        edits = [(
            "atomic/internal/waiters.h",
            "bucket.waiting.fetch_sub(1);",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitStepsTest.AWaitMeetsTheChangeAtEachStep/*"},
    ),
    dict(
        name = "first_stores_wake_nobody",
        what = "a first store wakes nobody",
        edits = [(
            "value/internal/cell.h",
            "Changed(); return stored;",
            "return stored;",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitStepsTest.AWaitMeetsTheChangeAtEachStep/AFirstStore"},
        models = {"cell": "WaitsMeetAFirstStore"},
    ),
    dict(
        name = "stores_look_at_the_cell_again",
        edits = [(
            "value/internal/cell.h",
            "empty) old->Retire(type.AtMost(*old));",
            "this->type()->empty) old->Retire(type.AtMost(*old));",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitStepsTest.WhoSeesTheChangeMayDestroyTheCell/*"},
    ),
    dict(
        name = "waiters_do_not_look_first",
        edits = [(
            "atomic/internal/waiters.h",
            "if (changed()) return true;",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitersTest.WhoFindsTheChangeDoesNotCountItself"},
    ),
    dict(
        name = "waiters_time_out_early",
        edits = [(
            "atomic/internal/deadline.h",
            "SteadyNanoseconds() + nanoseconds",
            "SteadyNanoseconds()",
        )],
        tests = {"//tests/value:wait_test.cc": "WaitTest.GivesUpAfterTheTimeout"},
    ),
    dict(
        name = "another_unix_gives_up_at_once",
        edits = [("atomic/platform/futex.cc", "deadline.is_never() || SteadyNanoseconds() < deadline.steady_nanoseconds;", "false;")],
        tests = {"//tests/value:other_unix_test.cc": "OtherUnixTest.WhoWaitsLooksUntilTheDeadline"},
        copts = ["-U__linux__"],
    ),
    dict(
        name = "sleepers_are_not_woken",
        edits = [("atomic/platform/futex.cc", "syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, std::numeric_limits<int>::max(), nullptr, nullptr, 0);", "")],
        tests = {"//tests/value:wait_test.cc": "WaitStressTest.TwoThreadsTakeTurns"},
    ),
    dict(
        name = "an_unpin_takes_any_pin",
        edits = [(
            "pointer/pin.cc",
            "self->proc_pins ==",
            "self->pin.since() ==",
        )],
        tests = {"//tests/pointer:pin_test.cc": "ProcPinDeathTest.UnpinNeedsItsPin"},
    ),
    dict(
        name = "a_hint_yields_while_it_protects",
        edits = [(
            "pointer/pin.cc",
            "if (!last) return; // granted or not: never yield while protecting",
            "",
        )],
        tests = {"//tests/pointer:pin_test.cc": "PreemptionHintTest.DoesAsTheTableSays/*"},
    ),
    dict(
        name = "each_nested_hint_asks",
        edits = [(
            "pointer/preemption.cc",
            "if (hint.depth++ != 0) return;",
            "hint.depth++;",
        )],
        tests = {"//tests/pointer:pin_test.cc": "PreemptionHintTest.DoesAsTheTableSays/*"},
    ),
    dict(
        name = "a_grant_is_forgotten",
        edits = [(
            "pointer/preemption.cc",
            "(hint.words->slice_granted != 0)",
            "(false)",
        )],
        tests = {"//tests/pointer:pin_test.cc": "PreemptionHintTest.DoesAsTheTableSays/*"},
    ),
    dict(
        name = "a_late_grant_is_missed",
        edits = [(
            "pointer/preemption.cc",
            "0; hint.words->slice_request",
            "0; if (!taken && hint.words->slice_granted == 0) { hint.words->slice_request = 0; return false; } hint.words->slice_request",
        )],
        tests = {"//tests/pointer:pin_test.cc": "PreemptionHintStepsTest.AGrantBeforeAnyInstructionIsYielded"},
    ),
    dict(
        name = "a_grant_is_forgotten_late",
        edits = [(
            "pointer/preemption.cc",
            "(hint.words->slice_granted",
            "(!taken && hint.words->slice_granted",
        )],
        tests = {"//tests/pointer:pin_test.cc": "PreemptionHintStepsTest.AGrantBeforeAnyInstructionIsYielded"},
    ),
    dict(
        name = "synchronize_sleeps_for_who_will_be_brief",
        edits = [("pointer/reclaim/grace_period.h", "is_brief());", "false);")],
        tests = {"//tests/pointer:synchronize_test.cc": "SynchronizeScriptTest.KnowsWhoWillBeBrief"},
    ),
    dict(
        name = "others_lists_are_not_counted",
        edits = [(
            "pointer/stats.cc",
            "+= record.statistics.retired.Load();",
            "= record.statistics.retired.Load();",
        )],
        tests = {"//tests/pointer:stats_test.cc": "ReclaimStatsTest.CountsWhatIsRetiredAndFreed"},
    ),
    dict(
        name = "what_a_count_kept_is_freed_twice",
        edits = [("pointer/reclaim/reclaim_loop.h", "object->stamp = Retired::kNotRetired;", "")],
        tests = {"//tests/pointer:stats_test.cc": "ReclaimStatsTest.CountsWhatSnapshotsKeptOnce"},
    ),
    dict(
        name = "any_pin_is_the_oldest",
        edits = [("pointer/reclaim/registry.h", "(since != 0 && since < oldest.since)", "(since != 0)")],
        tests = {"//tests/pointer:stats_test.cc": "ReclaimStatsTest.NamesTheOldestPin"},
    ),
    dict(
        name = "pins_are_not_told_apart",
        edits = [("pointer/reclaim/domain.h", "clock_.Advance(); // tells", "// tells")],
        tests = {"//tests/pointer:stats_test.cc": "ReclaimStatsTest.TellsPinsOfOneThreadApart"},
    ),
    dict(
        name = "checked_moved_pin_is_not_seen",
        edits = [(
            "pointer/pin.h",
            "if (self_ != internal::StdPolicy::this_record()) {",
            "if (false) {",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.APinGuardEndsOnAnotherThread"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_stuck_pin_is_not_seen",
        edits = [("pointer/reclaim/reclaim_loop.h", "CheckBlocker(oldest, scan.in_pins, stamp);", "")],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.AStuckPinIsNamed"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_pins_are_added_up",
        edits = [(
            "pointer/internal/checked.h",
            "objects_.store(0); bytes_.store(0);",
            "",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.APinThatIsNotStuckIsFine"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_second_thread_of_a_reader_is_not_seen",
        edits = [(
            "value/value_of.h",
            "one_thread_.Check();",
            "",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.AReaderIsUsedByTwoThreads:CheckedDeathTest.AReaderMayChangeHandsOnceReleased"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_release_keeps_the_thread",
        edits = [(
            "value/value_of.h",
            "one_thread_.Forget();",
            "",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.AReaderMayChangeHandsOnceReleased"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_retired_objects_are_forgotten",
        edits = [(
            "pointer/internal/checked.cc",
            "(entry.load() & ~kDeleted) == key) return &entry;",
            "(entry.load() & ~kDeleted) == key) return nullptr;",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.WhatWaitsIsRetiredTwice:CheckedDeathTest.WhatIsDeletedIsRetiredAgain:CheckedDeathTest.ARetiredRetirableIsDeleted"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_deleted_memory_is_not_kept",
        edits = [(
            "pointer/internal/checked.cc",
            "if (!place.busy.exchange(true)) {",
            "if (false) {",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.WhatIsDeletedIsRetiredAgain"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_deleted_objects_stay_retired",
        edits = [(
            "pointer/internal/checked.cc",
            "ForgetRetired(key); ::operator delete(memory);",
            "::operator delete(memory);",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.AnAddressMayBeRetiredAgainOnceItIsAnotherObjects"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_stack_looks_like_the_heap",
        edits = [(
            "pointer/internal/checked.cc",
            "return bounds.low <= frame && frame <= at && at < bounds.high;",
            "return false;",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.WhatIsNotOnTheHeapIsRetired"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_static_memory_looks_like_the_heap",
        edits = [(
            "pointer/internal/checked.cc",
            "return _dl_find_object(const_cast<void*>(address), &found) == 0;",
            "return false;",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.WhatIsNotOnTheHeapIsRetired:CheckedDeathTest.AStaticCellReadsAsEmptyAfterItsEnd"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_a_deleter_of_ones_own_is_watched",
        edits = [(
            "pointer/retire.h",
            "if (p == nullptr) return; using Policy = internal::StdPolicy;",
            "if (p == nullptr) return; using Policy = internal::StdPolicy; internal::CheckRetire(p, p, __PRETTY_FUNCTION__);",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.WithADeleterOfOnesOwnAnythingGoes"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_deleted_retirable_is_not_seen",
        edits = [(
            "pointer/retire.h",
            "~Retirable() { internal::CheckNotRetired(this); }",
            "~Retirable() {}",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.ARetiredRetirableIsDeleted"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "checked_ended_cell_is_not_seen",
        edits = [(
            "value/internal/cell.h",
            "life_.Check();",
            "",
        )],
        tests = {"//tests/pointer:checked_death_test.cc": "CheckedDeathTest.AValueIsUsedAfterItsEnd:CheckedDeathTest.AValueOfIsUsedAfterItsEnd"},
        copts = ["-DSYNC_ATOMIC_CHECKED"],
    ),
    dict(
        name = "counts_alone_are_not_compared",
        edits = [(
            "pointer/counter.cc",
            "!one_word_.CompareAndSwap(sum, Plus(sum, delta))",
            "(one_word_.Store(Plus(sum, delta)), false)",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.ConcurrentFirstAddsLoseNoUpdate"},
    ),
    dict(
        name = "an_add_that_makes_shards_is_lost",
        edits = [(
            "pointer/counter.cc",
            "shards->Add(delta);",
            "static_cast<void>(shards);",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.ConcurrentFirstAddsLoseNoUpdate"},
    ),
    dict(
        name = "shards_are_made_twice",
        edits = [(
            "pointer/counter.cc",
            "while (state <= kFewAdds) {",
            "while (true) {",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.ConcurrentFirstAddsLoseNoUpdate"},
    ),
    dict(
        name = "shards_are_not_summed",
        edits = [(
            "pointer/counter.cc",
            "Plus(before, shards->Load());",
            "before;",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.ConcurrentAddsLoseNoUpdate"},
    ),
    dict(
        name = "shards_are_made_at_once",
        edits = [(
            "pointer/counter.cc",
            "state < kFewAdds",
            "state == kFewAdds",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterMemoryTest.AFewAdditionsNeedOneWord"},
    ),
    dict(
        name = "shards_are_never_made_by_one_thread",
        edits = [(
            "pointer/counter.cc",
            "state < kFewAdds",
            "(state_.Store(0), true)",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterMemoryTest.AFewAdditionsNeedOneWord"},
    ),
    dict(
        name = "shards_are_not_given_back",
        edits = [(
            "pointer/counter.cc",
            "Shards::Delete(ShardsIn(state));",
            "",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterMemoryTest.ShardsAreReused"},
    ),
    dict(
        name = "the_last_sum_is_lost",
        edits = [(
            "pointer/counter.cc",
            "one_word_.Store(Load());",
            "",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterTest.DestructorsOfStaticsMayAddAfterItsEnd"},
    ),
    dict(
        name = "sub_adds",
        edits = [(
            "pointer/counter.h",
            "Add(Minus(0, delta));",
            "Add(delta);",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterTest.IsZeroAtFirstAndSumsUp"},
    ),
    dict(
        name = "resets_do_not_compare",
        edits = [(
            "pointer/counter.cc",
            "if (one_word_.CompareExchange(before, Minus(0, in_shards)))",
            "one_word_.Add(Minus(0, Plus(before, in_shards)));",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.EachAddIsInOneReset"},
    ),
    dict(
        name = "a_reset_reads_twice",
        edits = [(
            "pointer/counter.cc",
            "return Plus(before, in_shards);",
            "return Plus(before, state <= kFewAdds ? 0 : ShardsIn(state)->Load());",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.EachAddIsInOneReset"},
    ),
    dict(
        name = "loads_do_not_see_resets",
        edits = [(
            "pointer/counter.cc",
            "if (after == before) return sum;",
            "return sum;",
        )],
        tests = {"//tests/pointer:counter_test.cc": "CounterStressTest.ALoadIsOfOneSideOfAReset"},
    ),
    dict(
        name = "the_sequence_is_not_announced",
        what = "threads that were descheduled go on where they were",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "\"movq %%rax, %c[descriptor](%[rseq])\\n\"",
            "",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumStepsTest.AnInterruptedAdditionIsCountedOnce:ShardedSumTest.ThreadsThatMoveLoseNothing"},
    ),
    dict(
        name = "the_sequence_begins_late",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "\"2:\\n\\t\" \"movl %c[processor](%[rseq]), %%eax\\n\\t\"",
            "\"movl %c[processor](%[rseq]), %%eax\\n\" \"2:\\n\\t\"",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumStepsTest.AnInterruptedAdditionIsCountedOnce"},
    ),
    dict(
        name = "the_sequence_ends_late",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "\"addq %[delta], (%%rax)\\n\"",
            "\"addq %[delta], (%%rax)\\n\\t\" \"nop\\n\"",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumStepsTest.AnInterruptedAdditionIsCountedOnce:ShardedSumStepsTest.ASignalHandlerAddsAtEachStep"},
    ),
    dict(
        name = "the_announcement_is_left",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "rseq->rseq_cs = 0; return true;",
            "return true;",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumTest.LeavesNothingToTheKernel"},
    ),
    dict(
        name = "interrupted_additions_are_lost",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "rseq->rseq_cs = 0; return false;",
            "rseq->rseq_cs = 0; return true;",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumStepsTest.AnInterruptedAdditionIsCountedOnce:ShardedSumTest.AThreadThatIsNotRegisteredAddsToTheCommonShard"},
    ),
    dict(
        name = "any_processor_has_a_shard",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "\"jae %l[not_here]\\n\\t\"",
            "",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumTest.AThreadThatIsNotRegisteredAddsToTheCommonShard"},
    ),
    dict(
        name = "the_common_shard_is_not_summed",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "for (auto* shard = Shard(kCommon); shard != end;",
            "for (auto* shard = Shard(0); shard != end;",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumTest.AThreadThatIsNotRegisteredAddsToTheCommonShard"},
    ),
    dict(
        name = "deleted_sums_keep_their_counts",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "if (LoadInt64(shard) != 0) StoreInt64(shard, 0);",
            "",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumMemoryTest.IsReused"},
    ),
    dict(
        name = "new_sums_count_what_linked_them",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "StoreInt64(common, 0);",
            "",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumMemoryTest.IsReused"},
    ),
    dict(
        name = "deleted_sums_are_not_reused",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "while ((free & kTop) != 0) {",
            "while (false) {",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumMemoryTest.IsReused"},
    ),
    dict(
        name = "free_sums_are_not_counted",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "((free & ~kTop) + kTop + 1)",
            "(free & ~kTop)",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumStressTest.NoTwoThreadsGetTheSameFreeOne"},
    ),
    dict(
        name = "numbers_are_given_twice",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "while (!numbers.compare_exchange_weak(number, number + 1));",
            "while (numbers.store(number + 1), false);",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumStressTest.NoTwoThreadsGetTheSameNewOne"},
    ),
    dict(
        name = "blocks_overlap",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "number -= sums;",
            "number = 0;",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumMemoryTest.EachHasWordsOfItsOwn"},
    ),
    dict(
        name = "no_memory_is_not_seen",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "if (made == MAP_FAILED) return nullptr;",
            "",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumMemoryTest.MakeSaysThatThereIsNone"},
    ),
    dict(
        name = "a_failure_shows_in_errno",
        edits = [(
            "pointer/platform/sharded_sum.cc",
            "errno = kept;",
            "",
        )],
        tests = {"//tests/pointer:sharded_sum_test.cc": "ShardedSumMemoryTest.MakeSaysThatThereIsNone"},
    ),
    dict(
        name = "the_cache_has_no_bound",
        edits = [(
            "pointer/reclaim/free_list.h",
            "ABSL_PREDICT_TRUE(bytes_ + RoundedUp(size) <= quota_) || HasMoreQuota() || MadeRoomFor(size);",
            "true;",
        )],
        tests = {"//tests/value:free_list_test.cc": "CacheTest.KeepsAtMostItsBound"},
    ),
    dict(
        name = "threads_that_only_free_have_a_cache",
        edits = [("pointer/reclaim/free_list.h", "if (!allocates_ || quota_ == kMaxBytes) return false;", "if (quota_ == kMaxBytes) return false;")],
        tests = {"//tests/value:free_list_test.cc": "BoxCacheThreadTest.AThreadThatOnlyFreesKeepsNothing"},
    ),
    dict(
        name = "all_caches_have_no_bound",
        edits = [("pointer/reclaim/free_list.h", "free_list_quotas.fetch_add(step) + step > kMaxBytesInAll", "free_list_quotas.fetch_add(step) == ~step")],
        tests = {"//tests/value:free_list_test.cc": "CacheTest.AllTogetherKeepAtMostTheirBound"},
    ),
    dict(
        name = "a_cache_never_gives_up_its_part",
        edits = [("pointer/reclaim/free_list.h", "free_list_quotas.fetch_sub(quota_); quota_ = 0;", "quota_ = 0;")],
        tests = {"//tests/value:free_list_test.cc": "CacheTest.AllTogetherKeepAtMostTheirBound"},
    ),
    dict(
        name = "a_full_cache_takes_no_other_size",
        edits = [(
            "pointer/reclaim/free_list.h",
            "passed < kClasses;)",
            "false;)",
        )],
        tests = {"//tests/value:free_list_test.cc": "CacheTest.TakesABlockOfAnotherSizeWhenItIsFull"},
    ),
    dict(
        name = "boxes_bypass_the_cache",
        edits = [(
            "value/internal/box.h",
            "Policy::domain().Self().free_list.Deallocate(memory, size);",
            "::operator delete(memory);",
        )],
        tests = {"//tests/value:free_list_test.cc": "BoxCacheTest/*.SteadyStoresNeitherAllocateNorFree"},
    ),
    dict(
        name = "threads_take_their_free_list_along",
        edits = [("pointer/reclaim/reclaim_loop.h", "self.free_list.Clear();", "")],
        tests = {"//tests/value:free_list_test.cc": "BoxCacheThreadTest.AThreadThatEndsGivesItsBlocksBack"},
    ),
    dict(
        name = "a_load_announces_with_a_locked_instruction",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.store(guess, std::memory_order_release);", "slot.exchange(guess);")],
        tests = {"//tests/value:fast_path_test.cc": "FastPathTest.ExecutesNoLockedInstruction/*"},
    ),
    dict(
        name = "a_pin_announces_with_a_locked_instruction",
        edits = [("pointer/reclaim/epoch_pin.h", "since_.store(clock.Now(), std::memory_order_release);", "since_.exchange(clock.Now());")],
        tests = {"//tests/value:fast_path_test.cc": "FastPathTest.ExecutesNoLockedInstruction/*"},
    ),
    dict(
        name = "the_fast_path_is_enabled_in_any_mode",
        what = "a reader takes the fast path where fences are not free",
        edits = [("pointer/reclaim/domain.h", "if (Policy::fast_record() != &self && Policy::LightFenceIsCompilerOnly())", "")],
        tests = {"//tests/value:fast_path_test.cc": "FastPathTest.FencesTwiceWhereThatIsNotFree/*"},
        models = {"slots": "LoadsMeetStores/full"},
        copts = ["-DSYNC_ATOMIC_FULL_FENCES"],
    ),
    dict(
        name = "no_help_is_requested_in_any_mode",
        what = "the help request says no where the fence is not free",
        edits = [("pointer/reclaim/help_request.h", "State::kMaybe && Policy::LightFenceIsCompilerOnly())", "State::kMaybe)")],
        tests = {"//tests/value:fast_path_test.cc": "FastPathTest.FencesTwiceWhereThatIsNotFree/*"},
        models = {"slots": "ADropMeetsAStore/full"},
        copts = ["-DSYNC_ATOMIC_FULL_FENCES"],
    ),
    dict(
        name = "a_load_writes_to_the_box",
        edits = [(
            "value/internal/cell.h",
            "// Where there is a type there is a box. The compiler so needs no more // questions to find its way through ~BoxRef().",
            "box->bytes = 1;",
        )],
        tests = {"//tests/value:fast_path_test.cc": "FastPathTest.WritesNothingThatIsShared/*"},
    ),
    dict(
        name = "loads_are_not_validated",
        what = "the cell is not read again after the announcement",
        edits = [("pointer/reclaim/hazard_slots.h", "return guess == announced;", "guess = announced; return true;")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.ALoadSurvivesAStoreAtEachStep"},
        models = {"slots": "LoadsMeetStores"},
        herd = {"hazard": "armv8.3 riscv64"},
    ),
    dict(
        name = "a_load_that_retried_forgets_what_it_held",
        what = "a load that retried doesn't look at the help request",
        edits = [(
            "value/internal/cell.h",
            "if (retried) domain.HelpIfRequested(self);",
            "",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.ALoadSurvivesAStoreAtEachStep"},
        models = {"slots": "AKeptLoadMeetsAStore"},
    ),
    dict(
        name = "release_ignores_help_requests",
        what = "a release doesn't look at the help request",
        edits = [("pointer/reclaim/domain.h", "HelpIfRequested(holder); // what waited for the slot", "")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AStoreMeetsADropAtEachStep:InterleavingTest.ALoadSurvivesAStoreAtEachStep"},
        models = {"slots": "ADropMeetsAStore"},
    ),
    dict(
        name = "no_second_look_at_the_holders",
        what = "no second look at the blockers",
        edits = [("pointer/reclaim/deferred.h", "if (fenced && !blocker.Released()) continue;", "if (fenced) continue;")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AStoreMeetsADropAtEachStep:InterleavingTest.AStoreMeetsAnUnpinAtEachStep"},
        models = {"slots": "ADropMeetsAStore"},
    ),
    dict(
        name = "help_is_requested_before_the_list",
        edits = [("pointer/reclaim/deferred.h", "Push(scan.in_slots); if (!scan.in_pins.empty()) { PushPinned(*scan.blockers[scan.blocker_count - 1].record, scan.in_pins, stamp); } for (std::size_t i = 0; i < scan.blocker_count; ++i) { const Blocker<Policy>& blocker = scan.blockers[i]; HelpRequestOf(blocker).Request(); }", "for (std::size_t i = 0; i < scan.blocker_count; ++i) { const Blocker<Policy>& blocker = scan.blockers[i]; HelpRequestOf(blocker).Request(); } Push(scan.in_slots); if (!scan.in_pins.empty()) { PushPinned(*scan.blockers[scan.blocker_count - 1].record, scan.in_pins, stamp); }")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AStoreMeetsADropOfAnotherObjectAtEachStep"},
    ),
    dict(
        name = "release_looks_at_the_record_of_its_caller",
        edits = [("pointer/reclaim/domain.h", "HelpIfRequested(holder); // what waited for the slot", "HelpIfRequested(Self());")],
        tests = {"//tests/value:coroutine_test.cc": "CoroutineTest.SnapshotsAndProtectedsGoOnOnAnotherThread"},
        copts = ["-std=c++20"],
    ),
    dict(
        name = "release_looks_at_its_own_record",
        what = "a release looks at its own record, and not at the slot's",
        edits = [("pointer/reclaim/domain.h", "HelpIfRequested(holder); // what waited for the slot", "HelpIfRequested(Self());")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AStoreMeetsADropOnAnotherThreadAtEachStep"},
        models = {"slots": "ASlotChangesHands/membarrier"},
    ),
    dict(
        name = "help_takes_the_list_first",
        edits = [("pointer/reclaim/reclaim_loop.h", "holder.help_request.Clear();", "self.run.budget = 1024; const RetiredBatch early = TakeHeld(self); holder.help_request.Clear(); ReclaimLoop(self, [&] { return early; }, 1); return;")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.ADropMeetsAStoreToAnotherCellAtEachStep"},
    ),
    dict(
        name = "the_epoch_starts_at_0",
        what = "the epoch starts at 0, which means not pinned",
        edits = [("pointer/reclaim/epoch_pin.h", "epoch_{1}", "epoch_{0}")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.APinnedReadSurvivesARetireAtEachStep"},
        models = {"pins": "APinMeetsARetire"},
    ),
    dict(
        name = "the_stamp_is_the_current_epoch",
        what = "the stamp is the epoch before the increment",
        edits = [("pointer/reclaim/epoch_pin.h", "return epoch_.fetch_add(1) + 1;", "return epoch_.fetch_add(1);")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.APinnedReadSurvivesARetireAtEachStep"},
        models = {"pins": "APinMeetsARetire"},
        herd = {"pin": "armv8.3 riscv64"},
    ),
    dict(
        name = "drainers_do_not_look_at_owner_pushing",
        what = "a drainer doesn't look whether the owner is pushing",
        edits = [("pointer/reclaim/retire_list.h", "(fenced && !list.owner_pushing_.load())", "(fenced)")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.ReclaimLeavesTheListOfABusyOwner"},
        models = {"lists": "ReclaimsTakeTheListsOfOthers"},
    ),
    dict(
        name = "first_stores_are_not_helped",
        what = "a claimed first store is not helped",
        edits = [(
            "value/internal/cell.h",
            "type_.compare_exchange_strong(none, stored ? box->type : first->type);",
            "if (stored) type_.compare_exchange_strong(none, box->type);",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AFirstStoreMeetsAnotherAtEachStep"},
        models = {"cell": "FirstStoresMeetALoad"},
    ),
    dict(
        name = "the_type_is_written_first",
        what = "the first store writes the type before the data",
        edits = [(
            "value/internal/cell.h",
            "Box* first =",
            "type_.store(box->type); Box* first =",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AFirstStoreMeetsAnotherAtEachStep"},
        models = {"cell": "FirstStoresMeetALoad"},
    ),
    dict(
        name = "slots_are_not_looked_at_for_protects",
        what = "slots are not looked at",
        edits = [("pointer/reclaim/hazard_slots.h", "if (address != nullptr) f(slot, address);", "")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AProtectSurvivesARetireAtEachStep"},
        models = {"slots": "ADropMeetsAStore"},
    ),
    dict(
        name = "a_protect_that_pinned_keeps_no_slot",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.store(object, std::memory_order_release);", "")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.LoadsAndProtectsSurviveRetiresAtAllSteps"},
    ),
    dict(
        name = "a_counted_load_does_not_count",
        edits = [(
            "value/internal/cell.h",
            "if (box != nullptr) box->AddRef();",
            "",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.LoadsAndProtectsSurviveRetiresAtAllSteps"},
    ),
    dict(
        name = "extra_slots_are_handed_out_twice",
        edits = [("pointer/reclaim/registry.h", "if (HazardSlot* const free = extra->hazards.FindFree()) return *free;", "return extra->hazards.first();")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AnyNumberOfProtectsAtOnce"},
    ),
    dict(
        name = "blockers_beyond_the_array_are_forgotten",
        edits = [("pointer/reclaim/scan.h", "batch.list.Push(object);", "in_slots.Push(object);")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AReclaimMeetsDropsOfManyObjectsAtEachStep"},
    ),
    dict(
        name = "a_protect_of_null_clears_its_slot_last",
        edits = [("pointer/reclaim/domain.h", "return {object, object == nullptr ? nullptr : slot}; } // The rest", "if (object == nullptr) slot->store(nullptr); return {object, object == nullptr ? nullptr : slot}; } // The rest")],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AProtectThatFindsNullGivesItsSlotAwayForGood"},
    ),
    dict(
        name = "a_fork_loses_what_others_retired",
        edits = [("pointer/reclaim/thread_record.h", "RetiredBatch adopted = retire_list.Adopt();", "retire_list.Adopt(); RetiredBatch adopted;")],
        tests = {"//tests/value:fork_steps_test.cc": "ForkStepsTest.NothingIsLostOrFreedTwiceAtAnyStep"},
    ),
    dict(
        name = "a_fork_leaves_drainers_that_are_gone",
        edits = [("pointer/reclaim/retire_list.h", "if (drainer_.load() != survivor) drainer_.exchange(nullptr);", "")],
        tests = {"//tests/value:fork_steps_test.cc": "ForkStepsTest.AReclaimMayBeGoneAtAnyStep"},
    ),
    dict(
        name = "a_fork_leaves_pins_that_are_gone",
        edits = [("pointer/reclaim/thread_record.h", "ClearPins(); executor", "delay_asked_ms.store(0); proc_pins = 0; executor")],
        tests = {"//tests/value:fork_steps_test.cc": "ForkStepsTest.AReaderMayBeGoneAtAnyStep"},
    ),
    dict(
        name = "a_fork_leaves_reclaims_that_are_gone",
        edits = [("pointer/reclaim/reclaim_run.h", "seq_.store(seq + seq % 2);", "seq_.store(seq);")],
        tests = {"//tests/value:fork_steps_test.cc": "ForkStepsTest.AReclaimMayBeGoneAtAnyStep"},
    ),
    dict(
        name = "a_fork_takes_the_own_record",
        edits = [("pointer/reclaim/membership.h", "if (own == &record) return true;", "return own == nullptr;")],
        tests = {"//tests/value:fork_steps_test.cc": "ForkStepsTest.TheForkingThreadKeepsItsPinsAndSlots"},
    ),
    dict(
        name = "forks_are_not_noticed",
        edits = [("pointer/reclaim/std_policy.cc", "if (pthread_atfork(nullptr, nullptr, AfterFork) != 0)", "const auto AfterFork = [] {}; if (false)")],
        tests = {"//tests/value:fork_test.cc": "ForkTest.TheChildCanDoEverything"},
    ),
    dict(
        name = "a_child_does_not_register",
        edits = [(
            "pointer/platform/fence.h",
            "RegisterMembarrier());",
            "false);",
        )],
        tests = {"//tests/value:fork_test.cc": "ForkedFenceTest.IsGrantedInAChildThatWasLeftUnregistered"},
        copts = ["-DSYNC_ATOMIC_FULL_FENCES"],
    ),
    dict(
        name = "handlers_run_destructors",
        edits = [("pointer/reclaim/domain.h", "std::exchange(self.run.reclaiming, true);", "self.run.reclaiming;")],
        tests = {"//tests/value:signal_steps_test.cc": "SignalStepsTest.APinIsInterrupted:SignalStepsTest.ALoadAndADropAreInterrupted:SignalStepsTest.StoresAreInterrupted"},
    ),
    dict(
        name = "handlers_run_destructors_by_signal",
        edits = [("pointer/reclaim/domain.h", "std::exchange(self.run.reclaiming, true);", "self.run.reclaiming;")],
        tests = {"//tests/value:signal_test.cc": "SignalStressTest.HandlersReadWholeValuesAndRunNoDestructors"},
    ),
    dict(
        name = "the_cell_has_the_box_before_it_is_made",
        edits = [(
            "value/internal/value_cell.h",
            "return internal::StoreChecked(cell_, held, new BoxOf<V>(std::forward<T>(value)));",
            "cell_.Clear(); return internal::StoreChecked(cell_, held, new BoxOf<V>(std::forward<T>(value)));",
        )],
        tests = {"//tests/value:exception_safety_test.cc": "ExceptionSafetyTest/*.MemoryMayRunOutAtEachAllocation:ExceptionSafetyTest/*.AnyConstructorCopyMoveOrComparisonMayThrow"},
    ),
    dict(
        name = "a_protect_always_claims_a_record",
        edits = [("pointer/reclaim/domain.h", "if (slot == nullptr) slot = &members_.", "slot = &members_.")],
        tests = {"//tests/value:exception_safety_test.cc": "NoMemoryTest.ReadersNeedNone"},
    ),
    dict(
        name = "a_block_found_after_all_is_too_small",
        edits = [(
            "value/internal/box.h",
            "new(FreeList::Footprint(size));",
            "new(size);",
        )],
        tests = {"//tests/value:exception_safety_test.cc": "NoMemoryTest.ABlockThatTheHeapFindsAfterAllIsWhole"},
    ),
    dict(
        name = "handing_over_dies_without_memory",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (job == nullptr) return false;",
            "",
        )],
        tests = {"//tests/value:exception_safety_test.cc": "NoMemoryTest.WhatCannotBeHandedOverIsDisposedOf"},
    ),
    dict(
        name = "records_need_no_memory",
        edits = [("pointer/reclaim/std_policy.cc", "count * sizeof(Record)) != 0", "count * sizeof(Record)) == -1")],
        tests = {"//tests/value:exception_safety_test.cc": "NoMemoryDeathTest.AThreadsFirstUseDies"},
    ),
    dict(
        name = "records_are_not_given_back",
        edits = [("pointer/reclaim/registry.h", "record.owner.store(0); record.owned.store(false);", "record.owner.store(0);")],
        tests = {"//tests/value:thread_end_test.cc": "ThreadEndTest.ManyShortThreadsReuseFewRecordsAndLeaveNothing"},
    ),
    dict(
        name = "the_slots_of_a_record_are_wiped",
        edits = [("pointer/reclaim/membership.h", "self->schedule.Reset();", "self->schedule.Reset(); new (&self->hazards) HazardSlots<Policy>();")],
        tests = {"//tests/value:thread_end_test.cc": "ThreadEndTest.SnapshotsAndProtectedsOutliveTheirThreadAndItsRecordsOwner"},
    ),
    dict(
        name = "a_pinned_record_is_left_for_good",
        edits = [("pointer/platform/thread_end.cc", "if (!AtThreadEnd(record)) CallAtThreadEnd(record);", "AtThreadEnd(record);")],
        tests = {"//tests/value:thread_end_test.cc": "ThreadEndTest.DestructorsOfKeysMayUseEverythingAndEndGuards"},
    ),
    dict(
        name = "domains_are_not_told_apart",
        edits = [(
            "value/internal/type.h",
            "(ABSL_PREDICT_FALSE(domain != &Policy::domain))",
            "(false)",
        )],
        tests = {"//tests/value:dlopen_test.cc": "DlopenDeathTest.UseOfAnotherCopysValueDies:DlopenDeathTest.SoDoesUseOfWhatAnotherCopyHasStoredFirst"},
    ),
    dict(
        name = "empty_is_what_the_reader_calls_empty",
        edits = [(
            "value/internal/object_cell.h",
            "internal::LoadConstructed(cell_, held)",
            "(internal::IsConstructed(held) ? cell_.Load(EmptyType::type) : StdHazard())",
        )],
        tests = {"//tests/value:dlopen_test.cc": "DlopenTest.AHiddenClassIsTheSameInLibrariesThatShareTheDomain"},
    ),
    dict(
        name = "domains_of_a_value_of_are_not_told_apart",
        edits = [(
            "value/internal/operations.h",
            "type->CheckDomain(); return true;",
            "return true;",
        )],
        tests = {"//tests/value:dlopen_test.cc": "DlopenDeathTest.UseOfAnotherCopysValueOfDies"},
    ),
    dict(
        name = "the_key_outlives_its_library",
        edits = [("pointer/platform/thread_end.cc", "if (made >= 0) pthread_key_delete(static_cast<pthread_key_t>(made));", "")],
        tests = {"//tests/value:dlopen_test.cc": "DlopenTest.ThreadsMayEndAfterTheLibraryThatTheyUsed"},
    ),
    dict(
        name = "two_libraries_share_a_record_and_no_domain",
        edits = [("pointer/reclaim/process_domain.h", "SYNC_ATOMIC_INTERNAL_PROCESS Domain<StdPolicy> process_domain;", "static Domain<StdPolicy> process_domain;")],
        tests = {"//tests/value:dlopen_test.cc": "DlopenTest.LibrariesThatShowEverythingShareAllOrNothing"},
    ),
    dict(
        name = "types_are_compared_by_name",
        edits = [(
            "value/internal/type.h",
            "a.info != nullptr && b.info != nullptr && *a.info == *b.info;",
            "a.name == b.name;",
        )],
        tests = {"//tests/value:type_identity_test.cc": "TypeIdentityTest.WhatIsInAnUnnamedNamespaceIsATypeOfEachLibrary:TypeIdentityTest.WhatLibrariesHideIsATypeOfEachWithoutRtti"},
    ),
    dict(
        name = "rtti_is_not_asked",
        edits = [(
            "value/internal/type.h",
            "a.info != nullptr && b.info != nullptr && *a.info == *b.info;",
            "false;",
        )],
        tests = {"//tests/value:type_identity_test.cc": "TypeIdentityTest.WhatLibrariesHideIsOneTypeToRtti"},
    ),
    dict(
        name = "executors_are_not_asked",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (executor_ == nullptr) return false;",
            "return false;",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.RunsTheDeleters"},
    ),
    dict(
        name = "histories_of_a_split_add",
        edits = [(
            "atomic/internal/integer.h",
            "return this->word_.fetch_add(delta, order);",
            "const T old = this->Load(); std::this_thread::yield(); this->Store(Wrapped(Unsigned(old) + Unsigned(delta))); return old;",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Int64.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_max_that_does_not_retry",
        edits = [(
            "atomic/internal/word_base.h",
            "for (Backoff backoff; replace(old) && !CompareExchange(old, value, order, LoadOrder(order)); backoff.Pause()) {",
            "if (replace(old)) { std::this_thread::yield(); T seen = old; CompareExchange(seen, value, order, LoadOrder(order));",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Int32.IsLinearizable"},
    ),
    dict(
        name = "histories_of_an_update_that_does_not_compare",
        edits = [(
            "atomic/internal/word_base.h",
            "if (CompareExchange(old, updated))",
            "std::this_thread::yield(); this->Store(updated);",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Uint32.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_split_compare_and_swap",
        edits = [(
            "atomic/internal/word_base.h",
            "return CompareExchangeStrong(expected, desired, order);",
            "if (Load() != expected) return false; std::this_thread::yield(); Store(desired); return true;",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Enum.IsLinearizable:WordHistoryTest/Pointer.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_split_toggle",
        edits = [(
            "atomic/internal/bool_word.h",
            "return this->Xor(true, order);",
            "const bool old = this->Load(); std::this_thread::yield(); this->Store(!old); return old;",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Bool.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_split_float_add",
        edits = [(
            "atomic/internal/floating.h",
            "if (this->CompareExchange(old, updated, order)) return updated;",
            "std::this_thread::yield(); this->Store(updated, order); return updated;",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Float64.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_split_plain_swap",
        edits = [(
            "atomic/internal/plain.h",
            "return __atomic_exchange_n(addr, value, __ATOMIC_SEQ_CST);",
            "const T old = LoadPlain(addr); std::this_thread::yield(); StorePlain(addr, value); return old;",
        )],
        tests = {"//tests/atomic:history_test.cc": "WordHistoryTest/Int32Function.IsLinearizable:WordHistoryTest/PointerFunction.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_split_value_swap",
        edits = [(
            "value/internal/operations.h",
            "return cell.Swap(box.release(), *held);",
            "StdBoxRef old = cell.Load(); std::this_thread::yield(); cell.Store(box.release(), *held); return old;",
        )],
        tests = {"//tests/value:history_test.cc": "ValueHistoryTest/Value_*.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_spurious_swap_by_value",
        edits = [(
            "value/internal/operations.h",
            "if (internal::Replaced(cell, type, std::move(held), box)) return true;",
            "std::this_thread::yield(); return internal::Replaced(cell, type, std::move(held), box);",
        )],
        tests = {"//tests/value:history_test.cc": "ValueHistoryTest/Value_*.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_swap_by_value_that_does_not_compare",
        edits = [(
            "value/internal/operations.h",
            "if (internal::Replaced(cell, type, std::move(held), box)) return true;",
            "std::this_thread::yield(); held = StdBoxRef(); cell.Store(box.release(), type); return true;",
        )],
        tests = {"//tests/value:history_test.cc": "ValueHistoryTest/Value_*.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_split_store_if_empty",
        edits = [(
            "value/internal/cell.h",
            "Box* empty = type.empty; type.NoteWeight(*box); if (!data_.compare_exchange_strong(empty, box)) return false; Changed();",
            "if (data_.load() != type.empty) return false; std::this_thread::yield(); Store(box, type);",
        )],
        tests = {"//tests/value:history_test.cc": "ValueHistoryTest/Value_*.IsLinearizable:ValueHistoryTest/ValueOf_*.IsLinearizable"},
    ),
    dict(
        name = "histories_of_a_spurious_swap_in_a_value_of",
        edits = [(
            "value/internal/operations.h",
            "if (internal::Replaced(cell, type, std::move(held), box)) return true;",
            "std::this_thread::yield(); return internal::Replaced(cell, type, std::move(held), box);",
        )],
        tests = {"//tests/value:history_test.cc": "ValueHistoryTest/ValueOf_*.IsLinearizable"},
    ),
    dict(
        name = "histories_of_updates_that_overwrite_a_value_of",
        edits = [(
            "value/internal/operations.h",
            "if (is_empty ? internal::StoreIfEmpty(cell, type, box) : internal::Replaced(cell, type, std::move(held), box)) {",
            "std::this_thread::yield(); held = StdBoxRef(); cell.Store(box.release(), type); {",
        )],
        tests = {"//tests/value:history_test.cc": "ValueHistoryTest/ValueOf_*.IsLinearizable"},
    ),
    dict(
        name = "the_checker_ignores_time",
        edits = [(
            "tests/support/linearizability.h",
            "nullptr || next->begin > first_end)",
            "nullptr)",
        )],
        tests = {"//tests/support:linearizability_test.cc": "LinearizabilityTest.AStaleReadIsNot"},
    ),
    dict(
        name = "the_checker_forgets_the_state",
        edits = [(
            "tests/support/linearizability.h",
            "Model::Key(state))",
            "0)",
        )],
        tests = {"//tests/support:linearizability_test.cc": "LinearizabilityTest.OneSetOfOperationsMayLeadToSeveralStates"},
    ),
    dict(
        name = "the_checker_gives_up_early",
        edits = [(
            "tests/support/linearizability.h",
            "if (Search(after)) return true;",
            "return Search(after);",
        )],
        tests = {"//tests/support:linearizability_test.cc": "LinearizabilityPropertyTest.AgreesWithASearchThroughAllOrders"},
    ),
    dict(
        name = "a_seed_is_for_one_round",
        edits = [(
            "tests/support/seed.h",
            "differ_ = false;",
            "",
        )],
        tests = {"//tests/support:seed_test.cc": "SeedTest.IsTheSameInEachRoundIfANumberIsGiven"},
    ),
    dict(
        name = "sub_returns_the_old_value",
        edits = [(
            "atomic/internal/integer.h",
            "Wrapped(Unsigned(FetchSub(delta, order)) - Unsigned(delta));",
            "FetchSub(delta, order);",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Uint64.DoesWhatAPlainVariableDoes:WordPropertyTest/Uintptr.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "max_compares_without_the_sign",
        edits = [(
            "atomic/internal/integer.h",
            "old < value;",
            "Unsigned(old) < Unsigned(value);",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Int32.DoesWhatAPlainVariableDoes:WordPropertyTest/Int64.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "compare_exchange_refreshes_nothing",
        edits = [(
            "atomic/internal/word_base.h",
            "word_.compare_exchange_weak(expected, desired, success,",
            "word_.compare_exchange_weak(const_cast<T&>(static_cast<const T&>(T(expected))), desired, success,",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Uint32.DoesWhatAPlainVariableDoes:WordPropertyTest/Enum.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "floats_are_compared_as_numbers",
        edits = [(
            "atomic/internal/word_base.h",
            "CompareExchangeStrong(expected, desired, order);",
            "Load() == expected && (Store(desired), true);",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Float64.DoesWhatAPlainVariableDoes:WordPropertyTest/WordOfPoint.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "toggle_returns_the_new_value",
        edits = [(
            "atomic/internal/bool_word.h",
            "return this->Xor(true, order);",
            "return !this->Xor(true, order);",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Bool.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "swap_stores_null",
        edits = [(
            "atomic/internal/word_base.h",
            "word_.exchange(value,",
            "word_.exchange(T(),",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Pointer.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "plain_and_is_or",
        edits = [(
            "atomic/internal/plain.h",
            "__atomic_fetch_and(addr,",
            "__atomic_fetch_or(addr,",
        )],
        tests = {"//tests/atomic:property_test.cc": "WordPropertyTest/Int32Function.DoesWhatAPlainVariableDoes:WordPropertyTest/Uint64Function.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "value_swap_returns_the_new_value",
        edits = [(
            "value/internal/operations.h",
            "return cell.Swap(box.release(), *held);",
            "cell.Store(box.release(), *held); return cell.Load();",
        )],
        tests = {"//tests/value:property_test.cc": "ValuePropertyTest/Value_*.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "snapshots_are_not_compared",
        edits = [(
            "value/internal/operations.h",
            "if (!cell.Replace(old, box.get(), type)) return false; box.release(); old->Retire();",
            "cell.Store(box.release(), type);",
        )],
        tests = {"//tests/value:property_test.cc": "ValuePropertyTest/Value_*.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "clear_leaves_what_is_there",
        edits = [(
            "value/internal/cell.h",
            "Store(type->empty, *type);",
            "",
        )],
        tests = {"//tests/value:property_test.cc": "ValuePropertyTest/*.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "load_pinned_knows_nothing_of_empty",
        edits = [(
            "value/internal/cell.h",
            "ABSL_PREDICT_TRUE(box != type.empty) ? box : nullptr;",
            "box;",
        )],
        tests = {"//tests/value:property_test.cc": "ValuePropertyTest/*.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "waits_know_nothing_of_empty",
        edits = [(
            "value/internal/cell.h",
            "LoadPinned() !=",
            "data_.load() !=",
        )],
        tests = {"//tests/value:wait_test.cc": "WaitTest.ATypeThatIsKnownIsNoValue"},
    ),
    dict(
        name = "readers_load_once",
        edits = [(
            "value/value_of.h",
            "(ABSL_PREDICT_FALSE(cell_->cell_.current() != current_))",
            "(current_ == nullptr)",
        )],
        tests = {"//tests/value:property_test.cc": "ValuePropertyTest/ValueOf_*.DoesWhatAPlainVariableDoes"},
    ),
    dict(
        name = "stats_without_the_most_of_one_call",
        edits = [("pointer/reclaim/reclaim_run.h", "statistics.most_freed.Note(disposed_in_run_);", "")],
        tests = {"//tests/pointer:stats_test.cc": "ReclaimStatsTest.SaysWhatOneCallTookAtMost"},
    ),
    dict(
        name = "stats_without_the_longest_call",
        edits = [("pointer/reclaim/reclaim_run.h", "statistics.longest_run.Note(Policy::Nanoseconds() - began_);", "")],
        tests = {"//tests/pointer:stats_test.cc": "ReclaimStatsTest.SaysWhatOneCallTookAtMost"},
    ),
    dict(
        name = "the_budget_is_not_kept",
        what = "a call that helps takes all there is",
        edits = [(
            "pointer/reclaim/deferred.h",
            "if (count <= budget) {",
            "if (true) {",
        )],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsTest.TheEndOfAPinDestroysABoundedNumber"},
    ),
    dict(
        name = "what_is_too_much_is_lost",
        what = "what a call may not take is not given back",
        edits = [(
            "pointer/reclaim/deferred.h",
            "if (!chain.empty()) { left_.GiveBack(chain);",
            "if (!chain.empty()) {",
        )],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsStepsTest.WhatIsTooMuchForOneCallMeetsAReclaim"},
    ),
    dict(
        name = "nobody_goes_on_with_the_rest",
        what = "a thread is not asked to go on with what it left",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "members_.deferred.RequestHelpOf(self);",
            "",
        )],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsStepsTest.WhatIsTooMuchForOneCallMeetsAReclaim"},
    ),
    dict(
        name = "a_retirement_does_not_wake_the_background",
        what = "the first object on a thread's list wakes nobody",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "repeat_at); } else { reclaim_signal().Raise(); } }",
            "repeat_at); } }",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ARetirementWakesItAtEachStep"},
        models = {"lists": "ARetireMeetsTheBackground"},
    ),
    dict(
        name = "a_destructor_does_not_wake_the_background",
        what = "what a destructor retires, and its reclaim leaves, wakes nobody",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "self.retire_list.Take(1)); } else { reclaim_signal().Raise(); }",
            "self.retire_list.Take(1)); }",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ItLooksAtEachStepOfAReclaim"},
    ),
    dict(
        name = "the_background_forgets_a_list_that_it_left",
        what = "a list that its owner kept is not looked at again",
        edits = [(
            "pointer/reclaim/retire_list.h",
            "} else { left = true; } list.drainer_",
            "} list.drainer_",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ItLooksAtEachStepOfARetirement"},
        models = {"lists": "ARetireMeetsTheBackground"},
    ),
    dict(
        name = "the_background_forgets_a_list_of_another_drainer",
        what = "a list that another drains is not looked at again",
        edits = [(
            "pointer/reclaim/retire_list.h",
            "!= this) { left = true; return; }",
            "!= this) { return; }",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ItLooksAtEachStepOfAReclaim"},
    ),
    dict(
        name = "the_first_on_a_list_is_not_looked_at",
        what = "a thread does not look when its list was empty",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "--until_look_ == 0 || count == 1 || limits",
            "--until_look_ == 0 || limits",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ARetirementWakesItAtEachStep"},
    ),
    dict(
        name = "what_is_left_does_not_wake_the_background",
        what = "who leaves objects to others wakes nobody",
        edits = [(
            "pointer/reclaim/deferred.h",
            "registry.ForEach([](Record& record) { RequestHelpOf(record); }); reclaim_signal.Raise();",
            "registry.ForEach([](Record& record) { RequestHelpOf(record); });",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.WhatIsLeftToOthersWakesIt"},
    ),
    dict(
        name = "the_rest_does_not_wake_the_background",
        what = "what was too much for one call wakes nobody",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "members_.deferred.RequestHelpOf(self); reclaim_signal().Raise();",
            "members_.deferred.RequestHelpOf(self);",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ItLooksWhereACallLeavesTheRest"},
    ),
    dict(
        name = "the_background_never_sleeps",
        what = "a thread that reclaims in the background does not say that it is asleep",
        edits = [(
            "pointer/reclaim/reclaim_signal.h",
            "asleep_.store(1);",
            "",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerStepsTest.ItSleepsIfThereIsNothing"},
    ),
    dict(
        name = "the_background_takes_signals",
        what = "the background thread blocks no signals",
        edits = [(
            "pointer/platform/service_thread.h",
            "sigfillset(&all);",
            "sigemptyset(&all);",
        )],
        tests = {"//tests/pointer:background_reclaimer_test.cc": "BackgroundReclaimerTest.ItsThreadTakesNoSignals"},
    ),
    dict(
        name = "hazards_are_taken_for_none",
        what = "a scan that found hazards keeps no object for them",
        edits = [(
            "pointer/reclaim/scan.h",
            "empty_ = false;",
            "",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerHolderTest.ResetProtectionProtectsAnObject"},
    ),
    dict(
        name = "the_end_of_a_protection_is_not_told",
        what = "who waits for a hazard_pointer is left there as it is reset",
        edits = [(
            "pointer/reclaim/domain.h",
            "void ResetSlot(HazardSlot& slot) { Slots::Release(slot); LeaveHeldIfRequested(slot); }",
            "void ResetSlot(HazardSlot& slot) { Slots::Release(slot); }",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerStepsTest.AResetMeetsARetirementAtEachStep"},
    ),
    dict(
        name = "a_further_protection_is_not_told",
        what = "who waits for a hazard_pointer is left there as it protects something else",
        edits = [(
            "pointer/reclaim/domain.h",
            "if (ABSL_PREDICT_FALSE(!set)) Slots::Release(slot); LeaveHeldIfRequested(slot);",
            "if (ABSL_PREDICT_FALSE(!set)) Slots::Release(slot);",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerStepsTest.AFurtherProtectionMeetsARetirementAtEachStep"},
    ),
    dict(
        name = "an_unvalidated_protection_is_not_told",
        what = "the same where the new object needs no second look",
        edits = [(
            "pointer/reclaim/domain.h",
            "Policy::CompilerFence(); // as in Release() LeaveHeldIfRequested(slot);",
            "Policy::CompilerFence();",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerStepsTest.AFurtherProtectionMeetsARetirementAtEachStep"},
    ),
    dict(
        name = "what_slots_held_is_left_to_nobody",
        what = "what a hazard_pointer held is not left to the next that retires",
        edits = [(
            "pointer/reclaim/deferred.h",
            "others_in_held_.store(true); left_to_others_.store(true);",
            "left_to_others_.store(true);",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerStepsTest.AResetMeetsARetirementAtEachStep"},
    ),
    dict(
        name = "the_end_of_a_protection_disposes",
        what = "a hazard_pointer runs deleters as it ends",
        edits = [(
            "pointer/reclaim/domain.h",
            "if (ABSL_PREDICT_FALSE(holder.help_request.MayBeSet())) { members_.LeaveHeld(holder); }",
            "HelpIfRequested(holder);",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerStepsTest.EndsDisposeOfNothing"},
    ),
    dict(
        name = "a_wrong_guess_stays_protected",
        what = "a try_protect() that fails leaves the guess in the slot",
        edits = [(
            "pointer/reclaim/domain.h",
            "if (ABSL_PREDICT_FALSE(!set)) Slots::Release(slot); LeaveHeldIfRequested(slot);",
            "LeaveHeldIfRequested(slot);",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerHolderTest.TryProtectProtectsNothingAfterAWrongGuess"},
    ),
    dict(
        name = "slots_are_lost_with_their_threads",
        what = "what an ended thread kept for its hazard_pointers is not used again",
        edits = [(
            "pointer/reclaim/registry.h",
            "record.own_slots.GiveBackAll([](HazardSlot& slot) { GiveBack(slot); });",
            "",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerThreadsTest.SlotsAreUsedAgain"},
    ),
    dict(
        name = "a_fork_gives_away_the_slots_of_hazard_pointers",
        what = "in the child of a fork a thread gets a record whose slots are in use",
        edits = [(
            "pointer/reclaim/thread_record.h",
            "owned.store(is_divided.load());",
            "owned.store(false);",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerThreadsTest.KeepsItsSlotInTheChildOfAFork"},
    ),
    dict(
        name = "slots_of_the_pool_are_not_taken_out",
        what = "two threads get the same slots",
        edits = [(
            "pointer/reclaim/registry.h",
            "record->pooled.exchange(0)",
            "record->pooled.load()",
        )],
        tests = {"//tests/pointer:hazard_pointer_test.cc": "HazardPointerStepsTest.TwoThreadsNeverGetTheSameSlot"},
    ),
    dict(
        name = "a_barrier_waits_for_one_phase",
        what = "rcu_barrier() misses a thread that had read the other phase",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "for (int turn = 0; turn < 2; ++turn) {",
            "for (int turn = 0; turn < 1; ++turn) {",
        )],
        tests = {"//tests/pointer:rcu_test.cc": "RcuStepsTest.ABarrierMeetsACountAtEachStep"},
    ),
    dict(
        name = "a_barrier_waits_for_the_lists_alone",
        what = "rcu_barrier() reclaims once, and waits for nobody",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "ReclaimInBackground(); if (AllAreEvaluated(phase)) break;",
            "ReclaimInBackground(); break;",
        )],
        tests = {"//tests/pointer:rcu_test.cc": "RcuFunctionsTest.BarrierWaitsForADeleterThatRuns"},
    ),
    dict(
        name = "an_evaluation_ends_as_it_begins",
        what = "rcu_barrier() does not wait for a deleter that runs",
        edits = [(
            "pointer/internal/object_base.h",
            "self_.evaluations.Begin(phase_); }",
            "self_.evaluations.Begin(phase_); self_.evaluations.EndAll(); }",
        )],
        tests = {"//tests/pointer:rcu_test.cc": "RcuFunctionsTest.BarrierWaitsForADeleterThatRuns"},
    ),
    dict(
        name = "a_fork_leaves_evaluations_open",
        what = "in the child rcu_barrier() waits for threads that are gone",
        edits = [(
            "pointer/reclaim/thread_record.h",
            "evaluations.EndAll();",
            "",
        )],
        tests = {"//tests/pointer:rcu_test.cc": "RcuFunctionsTest.BarrierEndsInTheChildOfAFork"},
    ),
    dict(
        name = "rcu_synchronize_evaluates",
        what = "rcu_synchronize() runs deleters",
        edits = [(
            "pointer/rcu.h",
            "domain.WaitForReaders();",
            "domain.Synchronize(); domain.Reclaim();",
        )],
        tests = {"//tests/pointer:rcu_test.cc": "RcuFunctionsTest.SynchronizeEvaluatesNothing"},
    ),
    dict(
        name = "without_memory_nobody_looks",
        what = "what there is no batch for is looked for by nobody",
        edits = [(
            "pointer/reclaim/deferred.h",
            "Push(objects.list); others_in_held_.store(true);",
            "Push(objects.list);",
        )],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsStepsTest.NothingIsLostWithoutMemory"},
    ),
    dict(
        name = "reclaims_do_not_nest",
        edits = [(
            "pointer/reclaim/reclaim_run.h",
            "return depth_ + 1 < kMaxReclaimDepth;",
            "return false;",
        )],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsTest.LimitsHoldInsideADestructor"},
    ),
    dict(
        name = "nothing_is_offered",
        edits = [("pointer/reclaim/reclaim_run.h", "if (own.has_many()) list.Offer(depth, own);", "")],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsTest.AReclaimTakesOverFromADestructorThatBlocks"},
    ),
    dict(
        name = "nobody_takes_over",
        edits = [("pointer/reclaim/retire_list.h", "for (Reclaimable& offered : list.offered_) reclaimable.Take(offered);", "")],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsTest.AReclaimTakesOverFromADestructorThatBlocks"},
    ),
    dict(
        name = "owners_offer_without_a_look",
        edits = [(
            "pointer/reclaim/retire_list.h",
            "Enter([&] { offered_[depth].Take(own); has_offered_ = true; });",
            "offered_[depth].Take(own); has_offered_ = true;",
        )],
        models = {"lists": "ATakeoverMeetsItsOwner"},
    ),
    dict(
        name = "owners_dispose_without_a_look",
        what = "what is offered is taken out while a drainer takes it over",
        edits = [(
            "pointer/reclaim/retire_list.h",
            "Enter([&]() ABSL_ATTRIBUTE_ALWAYS_INLINE { popped = offered_[depth].PopEntry(entry, bytes); });",
            "popped = offered_[depth].PopEntry(entry, bytes);",
        )],
        models = {"lists": "ATakeoverMeetsItsOwner"},
    ),
    dict(
        name = "nobody_looks_for_what_is_left_of_a_takeover",
        edits = [(
            "pointer/reclaim/reclaim_loop.h",
            "members_.deferred.is_left_to_others() || self.retire_list.has_offered())",
            "members_.deferred.is_left_to_others())",
        )],
        models = {"lists": "ATakeoverMeetsItsOwner"},
    ),
    dict(
        name = "what_an_ended_run_offered_is_lost",
        edits = [("pointer/reclaim/reclaim_run.h", "list.Withdraw(depth_, reclaimable());", "")],
        tests = {"//tests/pointer:thread_ends_inside_test.cc": "ThreadEndsInsideTest.TheRestGoesToTheNextThread"},
    ),
    dict(
        name = "what_an_ended_run_took_over_is_lost",
        edits = [("pointer/reclaim/reclaim_run.h", "if (depth_ == 0) reclaimable().Take(taken_over);", "")],
        tests = {"//tests/pointer:thread_ends_inside_test.cc": "ThreadEndsInsideTest.ADeleterInATakeover"},
    ),
    dict(
        name = "synchronize_waits_for_no_takeover",
        edits = [("pointer/reclaim/reclaim_loop.h", "round < 3", "round < 1")],
        models = {"lists": "ASynchronizeMeetsATakeover"},
    ),
    dict(
        name = "batches_wait_with_the_slots",
        what = "what a pin reaches is left to all",
        edits = [(
            "pointer/reclaim/deferred.h",
            "PushTo(record.pin_waiters, objects, stamp);",
            "PushTo(left_, objects, stamp);",
        )],
        tests = {"//tests/pointer:reclaim_bounds_test.cc": "ReclaimBoundsStepsTest.WhatAPinHoldsIsOutOfTheWay"},
    ),
    dict(
        name = "help_for_a_pin_is_requested_of_the_slots",
        edits = [(
            "pointer/reclaim/deferred.h",
            "return blocker.slot == nullptr ? blocker.record->pin_help_request : blocker.record->help_request;",
            "return blocker.record->help_request;",
        )],
        tests = {"//tests/value:interleaving_test.cc": "InterleavingTest.AStoreMeetsAnUnpinAtEachStep"},
    ),
    dict(
        name = "a_quiet_thread_waits_for_its_batch",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "if (TakeToken()) return 1;",
            "",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.AQuietThreadReclaimsAtOnceSixteenTimesInARow"},
    ),
    dict(
        name = "batches_have_one_length",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "Max(static_cast<std::uint32_t>(price_ / kPriceOfOne), kLeastBatch)",
            "100",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.ABatchIsAsLongAsThePriceOfItsReclaimAsks"},
    ),
    dict(
        name = "tokens_never_come_back",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "if (refill != 0) {",
            "if (false) {",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.TokensComeBackAsThePriceAllows"},
    ),
    dict(
        name = "tokens_are_never_used_up",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "--tokens_;",
            "",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.ABatchIsAsLongAsThePriceOfItsReclaimAsks"},
    ),
    dict(
        name = "the_latest_fence_is_the_price",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "if (fence != 0 && fence < least) least = fence;",
            "",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.WhatDisturbsAFenceIsNotItsPrice"},
    ),
    dict(
        name = "records_cost_nothing",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "records * kPriceOfARecord",
            "0 * records",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.ABatchIsAsLongAsThePriceOfItsReclaimAsks"},
    ),
    dict(
        name = "a_batch_is_gone_on_with_at_once",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "limits.AreReached(count, bytes)) return full;",
            "limits.AreReached(count, bytes)) return 1;",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.AReclaimAtOnceGoesOnWithWhatDestructorsRetire"},
    ),
    dict(
        name = "the_clock_is_looked_at_when_a_batch_is_full",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "Min(full - count, kLooks)",
            "full - count",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.LooksAtTheClockAtLeastAtEachSixteenthRetirement"},
    ),
    dict(
        name = "bytes_are_no_limit",
        edits = [(
            "pointer/reclaim/reclaim_schedule.h",
            "objects >= objects_.load() || bytes >= bytes_.load()",
            "objects >= objects_.load() && bytes + 1 != 0",
        )],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.BytesAreALimitToo"},
    ),
    dict(
        name = "the_next_owner_inherits_the_batch",
        edits = [("pointer/reclaim/reclaim_schedule.h", "void Reset() { *this = ReclaimSchedule(); }", "void Reset() {}")],
        tests = {"//tests/pointer:reclaim_schedule_test.cc": "ReclaimScheduleTest.TheNextOwnerBeginsAfresh"},
    ),
    dict(
        name = "no_heavy_fence",
        what = "no heavy fence between the unlink and the scan",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (!Policy::HeavyFence()) { Leak(self, batch); return; }", "")],
        models = {"slots": "LoadsMeetStores/membarrier"},
    ),
    dict(
        name = "no_light_fence",
        what = "no light fence between the announcement and the second read",
        edits = [("pointer/reclaim/hazard_slots.h", "std::memory_order_release); fence();", "std::memory_order_release);")],
        models = {"slots": "LoadsMeetStores/full"},
        herd = {"hazard_by_fences": "armv8.3 riscv64"},
    ),
    dict(
        name = "slot_store_relaxed",
        what = "a slot is occupied by a relaxed store",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.store(guess, std::memory_order_release);", "slot.store(guess, std::memory_order_relaxed);")],
        models = {"slots": "ASlotChangesHands/none"},
    ),
    dict(
        name = "slot_clear_relaxed",
        what = "a slot is let go of by a relaxed store",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.store(nullptr, std::memory_order_release);", "slot.store(nullptr, std::memory_order_relaxed);")],
        models = {"slots": "ASlotChangesHands/none"},
        herd = {"hazard": "armv8.3 riscv64"},
    ),
    dict(
        name = "slot_clear_relaxed_with_fences",
        what = "the same, with membarrier",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.store(nullptr, std::memory_order_release);", "slot.store(nullptr, std::memory_order_relaxed);")],
        models = {"slots": "ASlotChangesHands/membarrier"},
    ),
    dict(
        name = "free_slot_found_relaxed",
        what = "a free slot is found by a relaxed load",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.load() ==", "slot.load(std::memory_order_relaxed) ==")],
        models = {"slots": "ASlotChangesHands/none"},
    ),
    dict(
        name = "slots_scanned_relaxed",
        what = "slots are scanned by relaxed loads",
        edits = [("pointer/reclaim/hazard_slots.h", "slot.load(); if (address", "slot.load(std::memory_order_relaxed); if (address")],
        models = {"slots": "ASlotChangesHands/none"},
    ),
    dict(
        name = "no_second_heavy_fence",
        what = "no heavy fence between the help request and the second look",
        edits = [("pointer/reclaim/deferred.h", "fenced = Policy::HeavyFence();", "fenced = true;")],
        models = {"slots": "ADropMeetsAStore"},
    ),
    dict(
        name = "second_look_puts_back",
        what = "the second look takes the list and puts it back",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (members_.deferred.WaitForBlockers(scan, stamp, fenced, pin)) continue; batch.Append(TakeHeld(self));", "if (members_.deferred.WaitForBlockers(scan, stamp, fenced, pin)) { const RetiredBatch again = TakeHeld(self); members_.deferred.Push(again.list); continue; } batch.Append(TakeHeld(self));")],
        models = {"slots": "ADropMeetsAStore"},
    ),
    dict(
        name = "second_look_for_an_empty_slot",
        what = "the second look asks whether the slot is empty, and not whether it still holds the object",
        edits = [("pointer/reclaim/scan.h", "slot->load() != object", "slot->load() == nullptr")],
        models = {"slots": "AReloadMeetsAStore"},
    ),
    dict(
        name = "help_is_requested_before_the_list_in_models",
        what = "the help request is set before the object is on the list",
        edits = [("pointer/reclaim/deferred.h", "Push(scan.in_slots); if (!scan.in_pins.empty()) { PushPinned(*scan.blockers[scan.blocker_count - 1].record, scan.in_pins, stamp); } for", "for"), ("pointer/reclaim/deferred.h", "fenced = Policy::HeavyFence();", "Push(scan.in_slots); if (!scan.in_pins.empty()) { PushPinned(*scan.blockers[scan.blocker_count - 1].record, scan.in_pins, stamp); } fenced = Policy::HeavyFence();")],
        models = {"slots": "TwoDropsMeetAStore"},
    ),
    dict(
        name = "help_takes_the_list_first_in_models",
        what = "help takes the list and then clears the help request",
        edits = [("pointer/reclaim/reclaim_loop.h", "holder.help_request.Clear(); ReclaimLoop( self, [&] { return TakeHeld(self); }, 1);", "ReclaimLoop( self, [&] { const RetiredBatch taken = TakeHeld(self); holder.help_request.Clear(); return taken; }, 1);")],
        models = {"slots": "AHelpMeetsAStore"},
    ),
    dict(
        name = "help_request_read_without_a_fence",
        what = "a release looks at the help request without a fence where that is not free",
        edits = [("pointer/reclaim/help_request.h", "Policy::LightFence(); State", "State")],
        models = {"slots": "ADropMeetsAStore/full"},
    ),
    dict(
        name = "a_slow_load_does_not_look_at_what_it_let_go_of",
        what = "a load that goes the slow way doesn't look at the help request",
        edits = [(
            "value/internal/cell.h",
            "domain.Release(*let_go);",
            "let_go->store(nullptr);",
        )],
        models = {"slots": "AKeptLoadMeetsAStore"},
    ),
    dict(
        name = "count_given_up_relaxed",
        what = "a count is given up by a relaxed decrement",
        edits = [(
            "value/internal/box.h",
            "count.fetch_sub(1)",
            "count.fetch_sub(1, std::memory_order_relaxed)",
        )],
        models = {"slots": "CountsMeetAStore"},
    ),
    dict(
        name = "a_last_count_found_relaxed",
        what = "a count that is found to be the last one is found by a relaxed load",
        edits = [(
            "value/internal/box.h",
            "count.load()",
            "count.load(std::memory_order_relaxed)",
        )],
        models = {"slots": "CountsMeetAStore"},
    ),
    dict(
        name = "counted_load_without_a_pin",
        what = "a counted load is not pinned",
        edits = [(
            "value/internal/cell.h",
            "const BasicPin<Policy> pin(Policy::domain()); Policy::domain().Self().statistics.counted_loads.Add(1);",
            "",
        )],
        models = {"slots": "ACountedLoadMeetsStores"},
    ),
    dict(
        name = "no_light_fence_in_pin",
        what = "no light fence after a pin",
        edits = [("pointer/reclaim/domain.h", "Policy::LightFence(); // a handler may have come before the first pin's", "")],
        models = {"pins": "APinMeetsARetire/full"},
    ),
    dict(
        name = "no_heavy_fence_against_pins",
        what = "no heavy fence between the unlink and the look at pins",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (!Policy::HeavyFence()) { Leak(self, batch); return; }", "")],
        models = {"pins": "APinMeetsARetire/membarrier"},
    ),
    dict(
        name = "pin_relaxed",
        what = "a pin is announced by a relaxed store",
        edits = [("pointer/reclaim/epoch_pin.h", "since_.store(clock.Now(), std::memory_order_release);", "since_.store(clock.Now(), std::memory_order_relaxed);")],
        models = {"pins": "APinnedRecordChangesHands/none"},
    ),
    dict(
        name = "renewal_relaxed",
        what = "a pin is renewed by a relaxed store",
        edits = [("pointer/reclaim/epoch_pin.h", "since_.store(now, std::memory_order_release);", "since_.store(now, std::memory_order_relaxed);")],
        models = {"pins": "ARenewalMeetsARetire"},
    ),
    dict(
        name = "an_inner_pin_is_renewed",
        what = "a nested pin is renewed, and with it the outer one",
        edits = [("pointer/reclaim/epoch_pin.h", "nested_.load(std::memory_order_relaxed) != 0 || since_", "since_")],
        tests = {"//tests/pointer:pin_test.cc": "PinRenewTest.LeavesAnOuterPinAsItIs"},
    ),
    dict(
        name = "renewals_ignore_help_requests",
        edits = [("pointer/reclaim/domain.h", "if (ABSL_PREDICT_FALSE(self.pin.Renew(clock_))) HelpAfterUnpin(self);", "(void)self.pin.Renew(clock_);")],
        tests = {"//tests/pointer:pin_test.cc": "PinRenewTest.EndsAndBeginsThePin"},
    ),
    dict(
        name = "unpin_relaxed",
        what = "a pin is ended by a relaxed store",
        edits = [("pointer/reclaim/epoch_pin.h", "since_.store(0, std::memory_order_release);", "since_.store(0, std::memory_order_relaxed);")],
        models = {"pins": "AnUnpinMeetsARetire"},
        herd = {"pin": "armv8.3 riscv64"},
    ),
    dict(
        name = "pins_scanned_relaxed",
        what = "pins are scanned by relaxed loads",
        edits = [("pointer/reclaim/epoch_pin.h", "return since_.load(); }", "return since_.load(std::memory_order_relaxed); }")],
        models = {"pins": "AnUnpinMeetsARetire"},
    ),
    dict(
        name = "epoch_read_relaxed",
        what = "a pin reads the epoch by a relaxed load",
        edits = [("pointer/reclaim/epoch_pin.h", "return epoch_.load();", "return epoch_.load(std::memory_order_relaxed);")],
        models = {"pins": "AnEpochShowsWhatWasUnlinked/none"},
        herd = {"pin": "armv8.3 riscv64"},
    ),
    dict(
        name = "epoch_read_relaxed_with_fences",
        what = "the same, with membarrier",
        edits = [("pointer/reclaim/epoch_pin.h", "return epoch_.load();", "return epoch_.load(std::memory_order_relaxed);")],
        models = {"pins": "APinMeetsARetire/membarrier"},
    ),
    dict(
        name = "epoch_raised_relaxed",
        what = "a reclaim raises the epoch by a relaxed increment",
        edits = [("pointer/reclaim/epoch_pin.h", "return epoch_.fetch_add(1) + 1;", "return epoch_.fetch_add(1, std::memory_order_relaxed) + 1;")],
        models = {"pins": "AnEpochShowsWhatWasUnlinked/none"},
        herd = {"pin": "armv8.3 riscv64"},
    ),
    dict(
        name = "slots_before_pins",
        what = "slots are looked at before pins",
        edits = [("pointer/reclaim/scan.h", "oldest_ = registry.OldestPin();", ""), ("pointer/reclaim/scan.h", "return oldest_.of;", "oldest_ = registry.OldestPin(); return oldest_.of;")],
        models = {"pins": "APinHandsOverToASlot"},
    ),
    dict(
        name = "pins_and_slots_in_one_pass",
        what = "each record's pin and slots are looked at before the next record",
        edits = [("pointer/reclaim/scan.h", "oldest_ = registry.OldestPin();", "oldest_ = {};"), ("pointer/reclaim/scan.h", "registry.ForEachHazard( [this](ThreadRecord<Policy>&, const HazardSlot<Policy>&, const void* address) { hazards_.Add(address); });", "registry.ForEach([&](ThreadRecord<Policy>& record) { const std::uint64_t since = record.pin.since(); if (since != 0 && since < oldest_.since) { oldest_.record = &record; oldest_.since = since; } record.hazards.ForEachSet([&](const HazardSlot<Policy>&, const void* address) { hazards_.Add(address); }); });")],
        models = {"pins": "APinHandsOverToAFurtherSlot"},
    ),
    dict(
        name = "synchronize_without_a_fence",
        what = "Synchronize looks at pins without a heavy fence",
        edits = [("pointer/reclaim/reclaim_loop.h", "(!Policy::HeavyFence()) { Fatal(\"sync/atomic:", "(false) { Fatal(\"sync/atomic:")],
        models = {"pins": "ASynchronizeMeetsPins/membarrier"},
    ),
    dict(
        name = "drainers_do_not_fence",
        what = "no heavy fence before the look at `owner_pushing`",
        edits = [("pointer/reclaim/retire_list.h", "Policy::HeavyFence();", "true;")],
        models = {"lists": "ReclaimsTakeTheListsOfOthers/membarrier"},
    ),
    dict(
        name = "owners_do_not_fence",
        what = "no light fence after `owner_pushing`",
        edits = [("pointer/reclaim/retire_list.h", "std::memory_order_relaxed); Policy::LightFence();", "std::memory_order_relaxed);")],
        models = {"lists": "ReclaimsTakeTheListsOfOthers/full"},
    ),
    dict(
        name = "owner_pushing_ended_relaxed",
        what = "an owner says by a relaxed store that it is no longer pushing",
        edits = [("pointer/reclaim/retire_list.h", "owner_pushing_.store(false, std::memory_order_release);", "owner_pushing_.store(false, std::memory_order_relaxed);")],
        models = {"lists": "ReclaimsTakeTheListsOfOthers"},
    ),
    dict(
        name = "drainer_ended_relaxed",
        what = "a drainer says by a relaxed store that it is done",
        edits = [("pointer/reclaim/retire_list.h", "list.drainer_.store(nullptr);", "list.drainer_.store(nullptr, std::memory_order_relaxed);")],
        models = {"lists": "ReclaimsTakeTheListsOfOthers"},
    ),
    dict(
        name = "owner_is_not_looked_after",
        what = "an owner that finds a drainer at its list doesn't say so",
        edits = [("pointer/reclaim/retire_list.h", "drain_again_.store(true);", "")],
        models = {"lists": "APromptRetireMeetsAReclaim"},
    ),
    dict(
        name = "drainer_does_not_look_again",
        what = "a drainer doesn't ask whether the owner missed something",
        edits = [("pointer/reclaim/retire_list.h", "if (list.drain_again_.load()) missed = true;", "")],
        models = {"lists": "ALeaveMeetsAReclaim"},
    ),
    dict(
        name = "drain_again_is_cleared_too_late",
        what = "`drain_again` is cleared by who has left the list, and not by who comes",
        edits = [("pointer/reclaim/retire_list.h", "list.drain_again_.exchange(false);", ""), ("pointer/reclaim/retire_list.h", "if (list.drain_again_.load()) missed = true;", "if (list.drain_again_.exchange(false)) missed = true;")],
        models = {"lists": "ATakeMeetsTwoDrainers"},
    ),
    dict(
        name = "deferred_list_is_not_exchanged",
        what = "the deferred list is taken by a load and a store",
        edits = [("pointer/reclaim/deferred.h", "RetiredList held(held_.exchange(nullptr));", "Retired* const all = held_.load(); held_.store(nullptr); RetiredList held(all);")],
        models = {"lists": "ReclaimsMeetADrop"},
    ),
    dict(
        name = "deferred_relaxed",
        what = "objects come onto the deferred list by a relaxed exchange",
        edits = [("pointer/reclaim/deferred.h", "objects.head()));", "objects.head(), std::memory_order_relaxed));")],
        models = {"lists": "ReclaimsMeetADrop"},
    ),
    dict(
        name = "record_left_relaxed",
        what = "a record is given back by a relaxed store",
        edits = [("pointer/reclaim/registry.h", "record.owner.store(0); record.owned.store(false);", "record.owner.store(0); record.owned.store(false, std::memory_order_relaxed);")],
        models = {"lists": "ALeavingThreadLeavesNothing"},
    ),
    dict(
        name = "first_stores_are_not_pinned",
        what = "the loser of two first stores is not pinned",
        edits = [(
            "value/internal/cell.h",
            "const BasicPin<Policy> pin(Policy::domain()); box->type->NoteWeight(*box);",
            "box->type->NoteWeight(*box);",
        )],
        models = {"cell": "FirstStoresMeetAStore"},
    ),
    dict(
        name = "data_published_relaxed",
        what = "a store publishes its box by a relaxed exchange",
        edits = [(
            "value/internal/cell.h",
            "data_.exchange(box); Changed(); if (old !=",
            "data_.exchange(box, std::memory_order_relaxed); Changed(); if (old !=",
        )],
        models = {"slots": "LoadsMeetStores"},
    ),
    dict(
        name = "first_data_published_relaxed",
        what = "the first store publishes its box by a relaxed exchange",
        edits = [(
            "value/internal/cell.h",
            "data_.compare_exchange_strong(first, box);",
            "data_.compare_exchange_strong(first, box, std::memory_order_relaxed);",
        )],
        models = {"cell": "FirstStoresMeetALoad"},
    ),
    dict(
        name = "clear_writes_null",
        what = "Clear writes null",
        edits = [(
            "value/internal/cell.h",
            "Store(type->empty, *type);",
            "Store(nullptr, *type);",
        )],
        models = {"cell": "FirstStoresMeetAClear"},
    ),
    dict(
        name = "replace_does_not_compare",
        what = "a replace by value doesn't compare",
        edits = [(
            "value/internal/cell.h",
            "if (!data_.compare_exchange_strong(expected, box)) return false;",
            "data_.exchange(box);",
        )],
        models = {"cell": "ReplacesMeetReplaces"},
    ),
    dict(
        name = "loads_acquire",
        what = "a load ends with an acquire, and so cells have no order in common",
        edits = [("pointer/reclaim/hazard_slots.h", "cell.load());", "cell.load(std::memory_order_acquire));")],
        models = {"cell": "AllCellsHaveOneOrder/membarrier"},
    ),
    dict(
        name = "waiting_read_relaxed",
        what = "a change looks for who waits by a relaxed load",
        edits = [(
            "atomic/internal/waiters.h",
            "bucket.waiting.load()",
            "bucket.waiting.load(std::memory_order_relaxed)",
        )],
        models = {"cell": "WaitsMeetChanges"},
    ),
    dict(
        name = "notifications_look_by_a_load",
        what = "a notification of a word looks for who waits by a load",
        edits = [(
            "atomic/internal/waiters.h",
            "bucket.waiting.fetch_add(0) != 0",
            "bucket.waiting.load() != 0",
        )],
        models = {"cell": "WaitsMeetANotification"},
    ),
    dict(
        name = "waiters_are_counted_too_late",
        what = "a waiter counts itself after its last look",
        edits = [
            (
                "atomic/internal/waiters.h",
                "bucket.waiting.fetch_add(1);",
                "",
            ),
            (
                "atomic/internal/waiters.h",
                "in_time = Policy::SleepOn(bucket.changes, changes, deadline);",
                "bucket.waiting.fetch_add(1); in_time = Policy::SleepOn(bucket.changes, changes, deadline); bucket.waiting.fetch_sub(1);",
            ),
            (
                "atomic/internal/waiters.h",
                "bucket.waiting.fetch_sub(1); return is_changed;",
                "return is_changed;",
            ),
        ],
        models = {"cell": "WaitsMeetChanges"},
    ),
    dict(
        name = "the_end_of_a_thread_runs_destructors",
        edits = [("pointer/reclaim/reclaim_loop.h", "HandOverAll(self); self.free_list", "self.run.ending = false; ReclaimLoop(self, [&] { return self.retire_list.Take(1); }, 1); self.free_list")],
        tests = {"//tests/value:thread_end_test.cc": "*WhatAThreadLeavesTest.IsDestroyedByWhoeverIsNext*"},
    ),
    dict(
        name = "late_keys_run_destructors",
        edits = [("pointer/reclaim/membership.h", "self->run.ending = Policy::ThreadIsEnding();", "self->run.ending = false;")],
        tests = {"//tests/value:thread_end_test.cc": "ThreadEndTest.KeysThatStoreLateRunNoDestructors"},
    ),
    dict(
        name = "nobody_is_asked_for_help",
        edits = [("pointer/reclaim/deferred.h", "if (!record.help_request.IsRequested()) record.help_request.Request(); if (!record.pin_help_request.IsRequested()) { record.pin_help_request.Request(); }", "(void)record;")],
        tests = {"//tests/value:thread_end_test.cc": "*WhatAThreadLeavesTest.IsDestroyedByWhoeverIsNext*"},
        models = {"lists": "ALeaveMeetsAReclaim"},
    ),
    dict(
        name = "who_retires_does_not_help",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (ABSL_PREDICT_FALSE(members_.deferred.is_left_to_others() || self.retire_list.has_offered()))", "if (false)")],
        tests = {"//tests/pointer:retire_test.cc": "RetireTest.WhatAThreadLeavesGoesToTheNextThatRetires"},
    ),
    dict(
        name = "newcomers_are_not_asked_for_help",
        what = "a record that is made as a thread ends is not asked for help",
        edits = [("pointer/reclaim/deferred.h", "if (!left_to_others_.load()) return;", "return;")],
        models = {"lists": "ALeaveMeetsANewcomer"},
    ),
    dict(
        name = "what_is_left_is_noted_after_all_were_asked",
        what = "the note for newcomers comes after the others were asked",
        edits = [
            ("pointer/reclaim/deferred.h", "PushTo(left_, objects, 0); left_to_others_.store(true);", "PushTo(left_, objects, 0);"),
            ("pointer/reclaim/deferred.h", "Leave(objects); RequestHelpOfAll(registry);", "Leave(objects); RequestHelpOfAll(registry); left_to_others_.store(true);"),
        ],
        models = {"lists": "ALeaveMeetsANewcomer"},
    ),
    dict(
        name = "what_was_to_be_disposed_of_is_lost",
        edits = [("pointer/reclaim/membership.h", "LeaveToOthers(RetiredBatch(left.reclaimable));", "")],
        tests = {"//tests/pointer:thread_ends_inside_test.cc": "ThreadEndsInsideTest.ADeleterWithoutUnwinding"},
    ),
    dict(
        name = "a_run_that_ended_early_is_waited_for",
        edits = [("pointer/reclaim/reclaim_run.h", "if (seq % 2 != 0) seq_.store(seq + 1);", "")],
        tests = {"//tests/pointer:thread_ends_inside_test.cc": "ThreadEndsInsideTest.ADeleterByPthreadExit"},
    ),
    dict(
        name = "what_an_ended_run_freed_is_not_counted",
        edits = [("pointer/reclaim/reclaim_run.h", "Left Abandon(RetireList<Policy>& list, Statistics<Policy>& statistics) { Count(statistics);", "Left Abandon(RetireList<Policy>& list, Statistics<Policy>& statistics) { disposed_ = disposed_bytes_ = 0;")],
        tests = {"//tests/pointer:thread_ends_inside_test.cc": "ThreadEndsInsideTest.ADeleterByPthreadExit"},
    ),
    dict(
        name = "a_pin_outlives_its_thread",
        edits = [("pointer/reclaim/membership.h", "record.ClearPins(); LeavePinWaiters(record); record.watched", "record.delay_asked_ms.store(0); record.watched")],
        tests = {"//tests/value:thread_end_test.cc": "ThreadEndDeathTest.ALeakedGuardEndsSomeTimeAfterItsThread"},
    ),
    dict(
        name = "executors_are_not_waited_for",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (undestroyed.load() <= 0) return;",
            "return;",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.IsInNoCallOnceItIsReplaced"},
    ),
    dict(
        name = "executors_are_destroyed_while_called",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (IsCalled(executor)) {",
            "if (false) {",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.IsInNoCallOnceItIsReplaced"},
    ),
    dict(
        name = "executors_are_called_unannounced",
        edits = [(
            "pointer/reclaim/executor.cc",
            "self.executor.store(found); // and then",
            "// and then",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.IsInNoCallOnceItIsReplaced"},
    ),
    dict(
        name = "an_executor_that_is_replaced_from_inside_is_waited_for",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (self.executor.load() != nullptr) return; // in a call",
            "// in a call",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.MayBeReplacedFromInside"},
    ),
    dict(
        name = "an_executor_that_is_replaced_from_inside_stays",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (replaced.load() != nullptr) DestroyReplaced(self_);",
            "",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.MayBeReplacedFromInside"},
    ),
    dict(
        name = "what_an_ended_executor_was_given_is_lost",
        edits = [(
            "pointer/reclaim/executor.cc",
            "if (!returned) handed->PutBack();",
            "if (!returned) handed->Take();",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.WhatItWasGivenIsPutBackIfItEndsItsThread"},
    ),
    dict(
        name = "what_an_executor_drops_is_lost",
        edits = [(
            "pointer/reclaim/executor.cc",
            "~Handed() { PutBack(); }",
            "~Handed() {}",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.WhatNobodyCanRunAnyMoreIsPutBack"},
    ),
    dict(
        name = "each_copy_disposes",
        edits = [(
            "pointer/reclaim/executor.cc",
            "return chain_.exchange(nullptr);",
            "return chain_.load();",
        )],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.WhatItWasGivenRunsOnceThoughItIsGone"},
    ),
    dict(
        name = "an_executor_gets_nothing_of_a_thread_that_ends",
        edits = [("pointer/reclaim/reclaim_loop.h", "if (Policy::HasExecutor()) {", "if (false) {")],
        tests = {"//tests/pointer:executor_test.cc": "ReclaimExecutorTest.GetsWhatAThreadLeaves"},
    ),
    dict(
        name = "deleters_may_throw",
        edits = [(
            "pointer/reclaim/no_throw.h",
            "if constexpr (noexcept(f())) {",
            "if constexpr (true) {",
        )],
        tests = {"//tests/pointer:thread_ends_inside_test.cc": "ThrowingDeathTest.ADeleterThatThrowsEndsTheProgram:ThrowingDeathTest.ADestructorThatThrowsEndsTheProgram"},
    ),
    dict(
        name = "a_want_of_memory_is_a_refusal",
        edits = [(
            "pointer/platform/fence.h",
            "if (errno != ENOMEM) {",
            "{",
        )],
        tests = {"//tests/pointer:refused_fence_test.cc": "WantOfMemoryTest.IsNoRefusal"},
    ),
    dict(
        name = "an_early_value_of_is_read",
        edits = [(
            "value/internal/operations.h",
            "if (type == nullptr) return false;",
            "",
        )],
        tests = {"//tests/value:value_of_test.cc": "EarlyValueOfTest.ReadsAsEmptyBeforeItsConstructorHasRun"},
    ),
    dict(
        name = "records_come_from_operator_new",
        edits = [(
            "pointer/reclaim/std_policy.cc",
            "if (posix_memalign(&memory, alignof(Record), count * sizeof(Record)) != 0) {",
            "memory = ::operator new(count * sizeof(Record), std::align_val_t{alignof(Record)}, std::nothrow); if (memory == nullptr) {",
        )],
        tests = {"//tests/value:operator_new_test.cc": "OperatorNewTest.MayReadCellsOnAThreadsFirstUse"},
    ),
    dict(
        name = "deleters_are_not_aligned",
        edits = [(
            "pointer/retire.h",
            "return ::operator new(size, alignment, nothrow);",
            "return static_cast<char*>(::operator new(size + 8, alignment, nothrow)) + 8;",
        )],
        tests = {"//tests/value:strangers_test.cc": "StrangersTest.ADeleterIsAsAlignedAsItAsks"},
    ),
    dict(
        name = "waiters_share_counters_at_round_distances",
        edits = [(
            "atomic/internal/waiters.h",
            "return buckets_[HashOf(address, kBucketBits)];",
            "const auto word = reinterpret_cast<std::uintptr_t>(address) >> 4; return buckets_[(word ^ (word >> 6)) % 64];",
        )],
        tests = {"//tests/value:wait_test.cc": "WaitTest.StoresToACellAtADistanceWakeNobody"},
    ),
    dict(
        name = "watchers_are_not_woken",
        edits = [(
            "atomic/internal/waiters.h",
            "if (bucket.watched.load() != 0) WakeWatchers(address);",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitersTest.AWatcherMeetsAChangeAtEachStep"},
    ),
    dict(
        name = "a_wake_up_of_watchers_moves_nothing",
        edits = [(
            "atomic/internal/waiters.h",
            "watched_changes_.fetch_add(1);",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitersTest.AWatcherMeetsAChangeAtEachStep:WaitersTest.AChangeOfWhatIsNotWatchedWakesNoWatcher"},
    ),
    dict(
        name = "all_changes_wake_watchers",
        edits = [
            (
                "atomic/internal/waiters.h",
                "if (bucket.watched.load() != 0) WakeWatchers(address);",
                "WakeWatchers(address);",
            ),
            (
                "atomic/internal/waiters.h",
                "if (__builtin_expect(bucket.waiting.load() != 0, false)) {",
                "if (true) {",
            ),
        ],
        tests = {"//tests/value:wait_steps_test.cc": "WaitersTest.AChangeOfWhatIsNotWatchedWakesNoWatcher"},
    ),
    dict(
        name = "watchers_stay_counted",
        edits = [(
            "atomic/internal/waiters.h",
            "Of(address).waiting.fetch_sub(1);",
            "",
        )],
        tests = {"//tests/value:wait_steps_test.cc": "WaitersTest.AWatcherMeetsAChangeAtEachStep"},
    ),
    dict(
        name = "a_watchers_end_does_not_wait",
        edits = [(
            "value/internal/watches.cc",
            "while (watch.is_running || watch.is_submitting) {",
            "while (false) {",
        )],
        tests = {"//tests/value:watcher_test.cc": "WatcherEndTest.WaitsForARunningCall"},
    ),
    dict(
        name = "calls_of_a_watcher_overlap",
        edits = [
            (
                "value/internal/watches.cc",
                "watch->looked_at == this_round || watch->is_offered ||",
                "watch->looked_at == this_round ||",
            ),
            (
                "value/internal/watches.cc",
                "watch->is_running || !watch->kind.is_due(*watch)",
                "!watch->kind.is_due(*watch)",
            ),
        ],
        tests = {"//tests/value:watcher_test.cc": "WatcherStressTest.AnExecutorOfThreadsLosesNothing"},
    ),
    dict(
        name = "copies_of_a_call_run_it_again",
        edits = [(
            "value/internal/watches.cc",
            "if (offer_->is_called.exchange(true)) return;",
            "offer_->is_called.store(true);",
        )],
        tests = {"//tests/value:watcher_test.cc": "WatcherTest.CopiesOfACallRunItOnce"},
    ),
    dict(
        name = "a_call_runs_after_the_end",
        edits = [(
            "value/internal/watches.cc",
            "if (!watch.is_listed) return; WatchService::RunNoThrow(lock, watch);",
            "WatchService::RunNoThrow(lock, watch);",
        )],
        tests = {"//tests/value:watcher_test.cc": "WatcherTest.ACallAfterTheEndDoesNothing"},
    ),
    dict(
        name = "what_is_put_back_is_a_change",
        edits = [(
            "value/watcher.h",
            "if (now != self.cell_.seen())",
            "",
        )],
        tests = {"//tests/value:watcher_test.cc": "WatcherTest.WhatIsPutBackIsNoChange"},
    ),
    dict(
        name = "a_watcher_that_could_not_start_is_watched",
        edits = [(
            "value/internal/watches.cc",
            "service.Unlist(*watch); --watch->refs;",
            "--watch->refs;",
        )],
        tests = {"//tests/value:watcher_test.cc": "WatcherExceptionTest.OfTheFirstCallGoesToTheCaller"},
    ),
    dict(
        name = "a_derived_is_of_different_times",
        what = "the sources are read once, whatever changes meanwhile",
        edits = [
            (
                "value/derived.h",
                "} while (HasChanged());",
                "} while (false);",
            ),
            (
                "value/derived.h",
                "(cell.See(cell.Load()), ...);",
                "((cell.See(cell.Load()), [] { for (int i = 0; i < 100; ++i) sched_yield(); }()), ...);",
            ),
        ],
        tests = {"//tests/value:derived_test.cc": "DerivedStressTest.ComputesOfWhatWasThereAtOneTime"},
    ),
    dict(
        name = "a_wait_for_a_derived_ends_with_an_old_call",
        edits = [(
            "value/internal/watches.cc",
            "const std::uint64_t begun = watch.runs_begun;",
            "const std::uint64_t begun = watch.runs_done;",
        )],
        tests = {"//tests/value:derived_test.cc": "DerivedTest.WaitUntilCurrentWaitsForARunningCall"},
    ),
    dict(
        name = "a_derived_computes_of_nothing",
        edits = [(
            "value/derived.h",
            "if ((cell.seen() && ...))",
            "if ((cell.seen() || ...))",
        )],
        tests = {"//tests/value:derived_test.cc": "DerivedTest.IsEmptyUntilAllSourcesHoldSomething"},
    ),
    dict(
        name = "a_call_forgets_what_it_forbids",
        what = "what the function of a Derived may not do, its thread may never do",
        edits = [(
            "value/internal/watches.cc",
            "ForbidChanges(forbidden_before);",
            "",
        )],
        tests = {"//tests/value:derived_test.cc": "DerivedTest.TheFunctionMayStoreElsewhere"},
    ),
    dict(
        name = "an_observation_is_in_pieces",
        edits = [(
            "pointer/histogram.cc",
            "while (cold.done().Load() != all) std::this_thread::yield();",
            "",
        )],
        tests = {"//tests/pointer:histogram_test.cc": "HistogramStressTest.EachObservationIsWhollyInOrOut"},
    ),
    dict(
        name = "collects_flip_together",
        edits = [(
            "pointer/histogram.cc",
            "const std::lock_guard<std::mutex> lock(shards_->collecting);",
            "",
        )],
        tests = {"//tests/pointer:histogram_test.cc": "HistogramStressTest.CollectsMeet"},
    ),
    dict(
        name = "a_collect_takes_the_counts_away",
        edits = [(
            "pointer/histogram.cc",
            "hot.count(range).Add(count);",
            "",
        )],
        tests = {"//tests/pointer:histogram_test.cc": "HistogramTest.CollectTakesNothingAway"},
    ),
    dict(
        name = "bounds_are_exclusive",
        edits = [(
            "pointer/histogram.cc",
            "return !(value <= bound);",
            "return !(value < bound);",
        )],
        tests = {"//tests/pointer:histogram_test.cc": "HistogramTest.BoundsAreInclusive"},
    ),
    dict(
        name = "a_nan_is_below_all_bounds",
        edits = [(
            "pointer/histogram.cc",
            "return !(value <= bound);",
            "return bound < value;",
        )],
        tests = {"//tests/pointer:histogram_test.cc": "HistogramTest.TakesWhatIsNoNumber"},
    ),
    dict(
        name = "shared_ptrs_are_compared_without_their_owners",
        edits = [(
            "value/atomic_shared_ptr.h",
            "return held.get() == other.get() && !held.owner_before(other) && !other.owner_before(held);",
            "return held.get() == other.get();",
        )],
        tests = {"//tests/value:atomic_shared_ptr_test.cc": "AtomicSharedPtrTest/*.ComparesThePointerAndTheOwner"},
    ),
    dict(
        name = "an_exchange_of_shared_ptrs_does_not_compare",
        edits = [(
            "value/atomic_shared_ptr.h",
            ": cell_.CompareAndSwap(now.held_, desired)) {",
            ": (cell_.Store(desired), true)) {",
        )],
        tests = {"//tests/value:atomic_shared_ptr_test.cc": "AtomicSharedPtrTest/*.LosesNoIncrement"},
    ),
    dict(
        name = "floats_print_six_digits",
        edits = [(
            "atomic/internal/float_text.h",
            "const auto end = std::to_chars(chars, chars + size, value).ptr;",
            "const auto end = chars + std::snprintf(chars, size, \"%g\", value);",
        )],
        tests = {"//tests/atomic:float64_test.cc": "Float64Test.PrintsTheShortestDecimalThatReadsBack"},
    ),
    dict(
        name = "map_tag_before_entry",
        edits = [(
            "value/internal/map_core.h",
            "Word none = 0; if (!place.row->words[place.i].compare_exchange_strong(none, entry.word())) {",
            "Word none = 0; place.row->ShowTag(place.i, entry.hash); if (!place.row->words[place.i].compare_exchange_strong(none, entry.word())) {",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.TwoKeysThatAreNotThere"},
        models = {"map": "MapNewKeysMeet"},
    ),
    dict(
        name = "map_word_back_to_null",
        edits = [(
            "value/internal/map_core.h",
            "if (!place.Replace(MapWord::kDead)) return false;",
            "if (!place.Replace(0)) return false;",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.OneKeyThatIsThere"},
        models = {"map": "MapNewKeyMeetsADelete"},
    ),
    dict(
        name = "map_moved_too_early",
        edits = [(
            "value/internal/map_move.h",
            "bucket.row.FreezeAll(); Block* const chain",
            "bucket.row.FreezeAll(); bucket.row.control.fetch_or(MapTags::kMoved); Block* const chain",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.AResizeThatBegins"},
        models = {"map": "MapLooksMeetAMove"},
    ),
    dict(
        name = "map_compare_and_delete_is_not_atomic",
        edits = [(
            "value/internal/map_operations.h",
            "if (ReplaceSame(held, entry)) return true;",
            "if (entry == nullptr) return Delete(key); if (ReplaceSame(held, entry)) return true;",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.OneKeyThatIsThere"},
        models = {"map": "MapComparedDeleteMeetsAStore"},
    ),
    dict(
        name = "map_null_words_are_not_frozen",
        edits = [(
            "value/internal/map_bucket.h",
            "word.fetch_or(MapWord::kFrozen);",
            "if (word.load() != 0) word.fetch_or(MapWord::kFrozen);",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.OneKeyThatIsNotThere"},
    ),
    dict(
        name = "map_next_is_not_frozen",
        edits = [(
            "value/internal/map_move.h",
            "Bucket::BlockIn(bucket.next.fetch_or(MapWord::kFrozen));",
            "Bucket::BlockIn(bucket.next.load());",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.AFullBucket"},
    ),
    dict(
        name = "map_tags_decide_for_changes",
        edits = [(
            "value/internal/map_core.h",
            "if (its_tag != 0 && its_tag != tag) continue;",
            "if (its_tag != tag) continue;",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.OneKeyThatIsNotThere"},
    ),
    dict(
        name = "map_entries_stay_without_a_tag",
        edits = [(
            "value/internal/map_core.h",
            "if (its_tag == 0) row.ShowTag(i, hash);",
            "",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.WhatWasSeenStays"},
    ),
    dict(
        name = "map_blocks_are_never_given_back",
        edits = [(
            "value/internal/map_core.h",
            "place.dead_in_chain * 2 >= place.in_chain",
            "false",
        )],
        tests = {"//tests/map:map_test.cc": "MapTest.ChurnOfFreshKeysStaysBounded"},
    ),
    dict(
        name = "map_replaces_what_it_did_not_compare",
        edits = [(
            "value/internal/map_operations.h",
            "if (!core_.ReplaceSame(operation, old, entry.get())) return false;",
            "if (entry == nullptr ? core_.Take(operation, old.hash, Matches(In(old).key)) == nullptr : core_.Put(operation, *entry, Matches(entry->key)) == nullptr) return false;",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.OneKeyThatIsThere"},
    ),
    dict(
        name = "map_bucket_read_before_its_state",
        edits = [(
            "value/internal/map_core.h",
            "Bucket* bucket = &table->BucketOf(hash); std::uint64_t control = bucket->row.control.load(); if (ABSL_PREDICT_FALSE((control & MapTags::kMoved) != 0)) { bucket = &table->next_table.load()->BucketOf(hash); control = bucket->row.control.load(); }",
            "Bucket* bucket = &table->BucketOf(hash); Table* const ahead = table->next_table.load(); const std::uint64_t early = ahead == nullptr ? 0 : ahead->BucketOf(hash).row.control.load(); std::uint64_t control = bucket->row.control.load(); if (ABSL_PREDICT_FALSE((control & MapTags::kMoved) != 0)) { bucket = &table->next_table.load()->BucketOf(hash); control = early; }",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.AKeyThatStaysIsFound"},
        models = {"map": "MapLooksMeetAMove"},
    ),
    dict(
        name = "map_range_begins_with_the_bucket",
        edits = [(
            "value/internal/map_core.h",
            "const Block* block = Bucket::BlockIn(bucket->next.load()); for (; block != nullptr; block = block->down) { visit(",
            "visit(bucket->row, control); control = 0; const Block* block = Bucket::BlockIn(bucket->next.load()); for (; block != nullptr; block = block->down) { visit(",
        )],
        tests = {"//tests/map:map_interleaving_test.cc": "MapInterleavingTest/*.RangeShowsAKeyOnce"},
    ),
    dict(
        name = "map_larger_table_has_one_pair",
        edits = [(
            "value/internal/map_move.h",
            "found = next.IndexOf(entry.hash) / 2 == pair; return !found;",
            "found = true; return !found;",
        )],
        tests = {"//tests/map:map_test.cc": "MapTest.ReserveKeepsWhatIsThere"},
    ),
    dict(
        name = "map_third_table",
        edits = [(
            "value/internal/map_core.h",
            "if (root_.load() != &table || table.next_table.load() != nullptr) {",
            "if (table.next_table.load() != nullptr) {",
        )],
        tests = {"//tests/map:map_test.cc": "MapTest.AClearInAResizeLeavesNothing"},
    ),
    dict(
        name = "map_snapshots_have_no_slot",
        edits = [(
            "value/internal/map_operation.h",
            "Domain<Policy>::Slots::SetProtected(first, entry); return {entry, &first};",
            "return {entry, &first};",
        )],
        models = {"map": "MapEntryIsWhole"},
    ),
    dict(
        name = "map_load_or_store_says_it_stored",
        edits = [(
            "value/internal/map_operations.h",
            "return {std::move(loaded), true};",
            "return {std::move(loaded), false};",
        )],
        tests = {"//tests/conformance:map_test.cc": "GoMapTest/*.LoadOrStore"},
    ),
]

# What SPIN explores: a model, tests/models/NAME.pml, and its mutants, by the number for -DBUG.
SPIN_MODELS = {
    "fence": {
        1: "no heavy fence",
        2: "the heavy fence comes before the unlink",
        3: "no second heavy fence",
        4: "the scan comes before the heavy fence",
        5: "the help request is set before the object is on the list",
        6: "no second look at the holder",
        7: "help takes the list and then clears the help request",
        8: "slots are looked at before pins",
        9: "an unpin doesn't look at the help request",
        10: "the second look takes the list and puts it back",
        11: "the cell is not read again after the announcement",
        12: "the heavy fence leaves out one thread",
        13: "the stamp is taken before the unlink",
        14: "a release doesn't look at the help request",
    },
    "retire_list": {
        1: "no heavy fence before the look at `owner_pushing`",
        2: "an owner doesn't look for a drainer",
        3: "a drainer doesn't look at `owner_pushing`",
        4: "an owner that finds a drainer at its list doesn't say so",
        5: "`drain_again` is cleared by who has left the list",
    },
}

# What herd7 checks: a protocol of tests/models/herd.py and its mutants, by the number for -DBUG,
# each with the processors whose instructions show it.
HERD_MODELS = {
    "hazard_by_fences": {
        1: ("no membarrier", "armv8.3 riscv64"),
        2: ("the scan comes before the heavy fence", "armv8.3 riscv64"),
    },
    "pin": {
        1: ("no membarrier", "armv8.3 riscv64"),
        2: ("the look at the pin comes before the heavy fence", "armv8.3 riscv64"),
        3: ("the stamp is taken before the unlink", "armv8.3 riscv64"),
    },
    "slow_pin": {
        4: ("no light fence", "armv8.3 riscv64"),
    },
    "hand_over": {
        1: ("no membarrier", "armv8.3 riscv64"),
        2: ("slots are looked at before the pin", "armv8.3 riscv64"),
    },
    "release": {
        1: ("no membarrier", "armv8.3 riscv64"),
        2: ("the second look comes before the heavy fence", "armv8.3 riscv64"),
        3: ("no second look", "armv8.3 riscv64"),
    },
    "unpin": {
        1: ("no membarrier", "armv8.3 riscv64"),
        2: ("the second look comes before the heavy fence", "armv8.3 riscv64"),
        3: ("no second look", "armv8.3 riscv64"),
    },
    "help": {
        1: ("help is requested before the object is on the list", "armv8.3 riscv64"),
    },
}
