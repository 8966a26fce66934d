# SPDX-License-Identifier: Apache-2.0

"""A program and the libraries that it opens, each with a copy of this library."""

load("@rules_cc//cc:defs.bzl", "cc_binary")

# Per program, what its libraries are made of, and what each is compiled with.
LIBRARIES = {
    "//tests/value:dlopen_test.cc": ("//tests/value:plugin.cc", {
        "hidden": ["-fvisibility=hidden"],
        "shown": ["-fvisibility=default"],
        "shown_too": ["-fvisibility=default"],
    }),
    "//tests/value:type_identity_test.cc": ("//tests/value:type_plugin.cc", {
        "no_rtti": ["-fno-rtti"],
        "no_rtti_too": ["-fno-rtti"],
        "rtti": ["-frtti"],
        "rtti_too": ["-frtti"],
    }),
}

# They have all of the core's code, so that nothing comes from elsewhere.
CORE = [
    "//atomic:internal/process_waiters.cc",
    "//atomic:platform/futex.cc",
    "//pointer:internal/checked.cc",
    "//pointer:platform/clock.cc",
    "//pointer:platform/fence.cc",
    "//pointer:platform/thread_end.cc",
    "//pointer:reclaim/executor.cc",
    "//pointer:reclaim/std_policy.cc",
]
DEPS = [
    "//pointer:domain",
    "//pointer:pin",
    "//pointer:retire",
    "//tests/support:canary",
    "//tests/support:effort",
    "//tests/support:plugin",
    "//tests/support:run_together",
    "//value",
    "//value:value_of",
]

def plugins(name, test, srcs = CORE, copts = []):
    """The libraries that a program, built as `name`, finds next to itself.

    Args:
      name: the program's.
      test: the label of the program's source.
      srcs: the core's code.
      copts: what it is compiled with.

    Returns:
      their labels.
    """
    labels = []
    source, variants = LIBRARIES[test]
    for suffix, options in variants.items():
        library = "%s.%s.so" % (name, suffix)
        cc_binary(
            name = library,
            testonly = True,
            srcs = [source] + srcs,
            copts = options + copts,
            linkopts = ["-pthread"],
            linkshared = True,
            deps = DEPS,
        )
        labels.append(":" + library)
    return labels
