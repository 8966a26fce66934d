# SPDX-License-Identifier: Apache-2.0

"""Libraries that benchmarks compare with ours, each where it is installed."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def peer_library(name, linkopts = [], hdrs = None):
    """The subjects in NAME.h, or in the files named, if Bazel is told that the library is installed.

    It is told so with --define=NAME=yes. Without that this is an empty library,
    and the macro SYNC_ATOMIC_BENCHMARK_NAME is not defined.

    Args:
      name: of the header, and of the definition.
      linkopts: what the library is linked with.
      hdrs: the headers, if there are several.
    """
    native.config_setting(
        name = name + "_is_installed",
        define_values = {name: "yes"},
    )
    cc_library(
        name = name,
        testonly = True,
        hdrs = hdrs or [name + ".h"],
        defines = select({
            ":%s_is_installed" % name: ["SYNC_ATOMIC_BENCHMARK_" + name.upper()],
            "//conditions:default": [],
        }),
        include_prefix = "sync_atomic/benchmarks/peers",
        linkopts = select({
            ":%s_is_installed" % name: linkopts,
            "//conditions:default": [],
        }),
        tags = ["manual"],
        deps = [
            "//benchmarks:subject",
            "@com_google_absl//absl/base:core_headers",
            "@com_google_absl//absl/hash",
        ],
    )
