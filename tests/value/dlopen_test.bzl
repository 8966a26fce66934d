# SPDX-License-Identifier: Apache-2.0

"""A test of libraries that are opened at run time."""

load("//tests/support:core_test.bzl", "core_test")
load("//tests/support:dlopen_program.bzl", "DEPS", "plugins")

def dlopen_test(name, src):
    """A core_test with the libraries that it opens.

    Args:
      name: the core_test's.
      src: the core_test's.
    """
    core_test(
        name = name,
        srcs = [src],
        data = plugins(name, "//tests/value:" + src),
        linkopts = ["-ldl"],
        linkstatic = True,  # else the libraries would find the program's copy
        deps = DEPS + ["@com_google_googletest//:gtest"],
    )
