# SPDX-License-Identifier: Apache-2.0

"""Stands in for rules_shell where Bazel is too old for it, and has sh_test built in."""

def sh_test(**kwargs):
    native.sh_test(**kwargs)  # buildifier: disable=native-sh-test
