"""A program and the libraries that it opens, each with a copy of this library."""

load("@rules_cc//cc:defs.bzl", "cc_binary")

# The libraries are plugin.cc with all of the core's code, so that nothing comes from elsewhere.
CORE = [
    "//pointer:internal/domain.cc",
    "//pointer:internal/executor.cc",
    "//pointer:internal/fence.cc",
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

def plugins(name, srcs = CORE, copts = []):
    """The libraries that dlopen_test.cc, built as `name`, finds next to itself.

    Args:
      name: the program's.
      srcs: the core's code.
      copts: what it is compiled with.

    Returns:
      their labels.
    """
    labels = []
    for suffix, visibility in [("hidden", "hidden"), ("shown", "default"), ("shown_too", "default")]:
        library = "%s.%s.so" % (name, suffix)
        cc_binary(
            name = library,
            testonly = True,
            srcs = ["//tests/value:plugin.cc"] + srcs,
            copts = ["-fvisibility=" + visibility] + copts,
            linkopts = ["-pthread"],
            linkshared = True,
            deps = DEPS,
        )
        labels.append(":" + library)
    return labels
