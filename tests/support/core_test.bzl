# SPDX-License-Identifier: Apache-2.0

"""Tests of the core, which has two kinds of fences to be right with."""

load("@rules_cc//cc:defs.bzl", "cc_test")
load("@rules_shell//shell:sh_test.bzl", "sh_test")

def core_test(name, **kwargs):
    """A cc_test that is run twice: with the fences found here, and with full ones.

    Args:
      name: the cc_test's; with "_full_fences", that of the second run.
      **kwargs: the cc_test's.
    """
    cc_test(name = name, **kwargs)
    sh_test(
        name = name + "_full_fences",
        size = kwargs.get("size"),
        srcs = ["//tests/support:full_fences.sh"],
        args = ["$(rootpath :%s)" % name],
        data = [":" + name],
    )
