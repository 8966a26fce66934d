#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a CMakeLists.txt does not match the BUILD.bazel beside it.

Each library, binary and test has its twin, a call of a function of cmake/rules.cmake,
that names the same files and targets in the same order:

    cc_library(                             sync_atomic_cc_library(
        name = "int64",                       NAME int64
        hdrs = ["int64.h"],                   HDRS int64.h
        visibility = ["//visibility:public"], PUBLIC
        deps = [                              DEPS
            ":integer",                         sync_atomic::internal_integer
            ":names",                           sync_atomic::internal_names
        ],                                  )
    )

Other parts of the files are not compared: a genrule's twin is written by hand. The versions
in MODULE.bazel and CMakeLists.txt must be equal.

    check_cmake.py               checks the project that it is in
    check_cmake.py --fix         rewrites the calls that differ
    check_cmake.py --self-test   tests itself on each kind of fault
"""

import dataclasses
import os
import pathlib
import re
import textwrap

import checking

# Rules without a twin: what prepares others, and tests that stay Bazel's.
WITHOUT_TWIN = {
    "bool_setting",
    "config_setting",
    "dlopen_test",
    "filegroup",
    "genrule",
    "mixed_build_test",
    "mutant_tests",
    "peer_library",
}
WITH_TWIN = {"cc_binary", "cc_library", "cc_test", "compile_fail_test", "core_test", "sh_test"}

# Attributes that CMake does not need, or has by itself.
IGNORED = {
    "data",
    "include_prefix",
    "linkstatic",
    "name",
    "size",
    "testonly",
    "timeout",
    "visibility",
}

# Abseil's other targets are called the same in both.
EXTERNAL = {
    "@com_github_google_benchmark//:benchmark": "benchmark::benchmark",
    "@com_github_google_benchmark//:benchmark_main": "benchmark::benchmark_main",
    "@com_google_absl//absl/algorithm:container": "absl::algorithm_container",
    "@com_google_absl//absl/flags:flag": "absl::flags",
    "@com_google_absl//absl/flags:parse": "absl::flags_parse",
    "@com_google_absl//absl/flags:reflection": "absl::flags_reflection",
    "@com_google_absl//absl/flags:usage": "absl::flags_usage",
    "@com_google_googletest//:gtest": "GTest::gmock",
    "@com_google_googletest//:gtest_main": "GTest::gmock_main",
}

CALL = re.compile(r"^sync_atomic_\w+\(\n(?:  .*\n)*\)\n", re.MULTILINE)


@dataclasses.dataclass
class Rule:
    kind: str  # cc_library
    folder: str  # of its BUILD.bazel, from the root
    attributes: dict

    @property
    def name(self):
        return self.attributes["name"]

    @property
    def label(self):
        return f"//{self.folder}:{self.name}"

    @property
    def has_twin(self):
        """What `//...` leaves out, CMake leaves out too."""
        return self.kind in WITH_TWIN and "manual" not in self.attributes.get("tags", [])

    @property
    def public(self):
        return "//visibility:public" in self.attributes.get("visibility", [])


class BuildFile(dict):
    """The names that a BUILD.bazel file uses; running it collects its rules."""

    def __init__(self, path, folder):
        self.folder = folder
        self.rules = []
        exec(compile(path.read_text(), path, "exec"), self)  # Starlark is Python enough

    def __missing__(self, function):
        def record(*_, **attributes):
            if "name" in attributes:
                self.rules.append(Rule(function, self.folder, attributes))

        return record


class Checker:
    """Collects the faults of the project in the folder `root`."""

    def __init__(self, root, fix=False):
        self.root = pathlib.Path(root)
        self.fix = fix
        self.faults = []
        self.rules = {}  # label -> Rule

    def check(self):
        folders = sorted(self.packages())
        rules = {}
        for folder in folders:
            name = "" if folder == pathlib.Path() else str(folder)
            rules[folder] = BuildFile(self.root / folder / "BUILD.bazel", name).rules
            self.rules.update((rule.label, rule) for rule in rules[folder])
        for folder in folders:
            self.check_folder(folder, rules[folder])
        self.check_version()
        return self.faults

    def packages(self):
        """The folders that have a BUILD.bazel, but for those that Bazel is to ignore."""
        ignored = {self.root / line for line in lines(self.root / ".bazelignore")}
        for folder, subfolders, files in os.walk(self.root):
            folder = pathlib.Path(folder)
            subfolders[:] = [name for name in subfolders if folder / name not in ignored]
            if "BUILD.bazel" in files:
                yield folder.relative_to(self.root)

    def check_folder(self, folder, rules):
        for rule in rules:
            if rule.kind not in WITH_TWIN | WITHOUT_TWIN:
                self.faults.append(f"{rule.label}: is there a twin of a {rule.kind}?")
        expected = [self.twin(rule) for rule in rules if rule.has_twin]
        path = self.root / folder / "CMakeLists.txt"
        text = path.read_text() if path.exists() else ""
        found = CALL.findall(text)
        if found == expected:
            return
        if self.fix:
            path.write_text(fixed(text, expected))
            return
        name = path.relative_to(self.root)
        for call in expected:
            if call not in found:
                self.faults.append(f"{name} lacks\n{call}")
        for call in found:
            if call not in expected:
                self.faults.append(f"{name} has, unlike BUILD.bazel,\n{call}")
        if sorted(found) == sorted(expected):
            self.faults.append(f"{name} has another order than BUILD.bazel")

    def twin(self, rule):
        lists = {"deps": [self.target(rule, label) for label in rule.attributes.get("deps", [])]}
        for attribute, value in rule.attributes.items():
            if attribute in ("srcs", "hdrs"):
                lists[attribute] = [source(label) for label in value]
            elif attribute == "program":
                lists["program"] = [source(value)]
            elif attribute == "args":
                lists["args"] = [self.argument(rule, argument) for argument in value]
            elif attribute == "linkopts" and value == ["-pthread"]:
                lists["deps"].append("Threads::Threads")
            elif attribute == "copts" and rule.kind != "cc_library":
                standard = [option for option in value if option.startswith("-std=c++")]
                lists["features"] = [option.replace("-std=c++", "cxx_std_") for option in standard]
                lists["copts"] = [option for option in value if option not in standard]
            elif attribute == "defines" and value is None:
                pass  # a select's twin is an option, and is written by hand
            elif attribute not in IGNORED | lists.keys():
                self.faults.append(f"{rule.label}: {attribute} = {value!r} has no twin")

        lines = [f"sync_atomic_{rule.kind}(", f"  NAME {rule.name}"]
        if rule.kind == "cc_library" and rule.folder.startswith(("tests", "benchmarks")):
            lines.append("  TESTONLY")
        for attribute in ("program", "srcs", "hdrs", "args", "copts", "features"):
            lines += listed(attribute, lists.get(attribute, []))
        if rule.kind == "cc_library" and rule.public:
            lines.append("  PUBLIC")
        lines += listed("deps", lists["deps"])
        return "\n".join(lines + [")", ""])

    def target(self, rule, label):
        """The CMake target of a label that stands in `rule`."""
        if label in EXTERNAL:
            return EXTERNAL[label]
        if label.startswith(":"):
            label = f"//{rule.folder}{label}"
        repository, _, path = label.partition("//")
        folder, _, name = path.partition(":")
        name = name or folder.rpartition("/")[2]
        if repository == "@com_google_absl":
            return f"absl::{name}"
        dependency = self.rules.get(f"{repository}//{folder}:{name}")
        if not dependency:
            self.faults.append(f"{rule.label}: {label} has no twin")
            return label
        return f"sync_atomic::{name}" if dependency.public else f"sync_atomic::internal_{name}"

    def argument(self, rule, text):
        path = re.fullmatch(r"\$\(rootpath [\w/]*:(\w+)\)", text)
        if not path and "$" in text:
            self.faults.append(f"{rule.label}: {text} has no twin")
        return f"$<TARGET_FILE:sync_atomic_{path[1]}>" if path else text

    def check_version(self):
        versions = [
            re.search(pattern, (self.root / name).read_text())
            for name, pattern in (
                ("MODULE.bazel", r'\bversion = "([^"]+)"'),
                ("CMakeLists.txt", r"\n  VERSION (\S+)"),
            )
        ]
        if not all(versions) or versions[0][1] != versions[1][1]:
            self.faults.append("MODULE.bazel and CMakeLists.txt name different versions")


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def source(label):
    """The file of a label: as it is, or in another folder."""
    if not label.startswith("//"):
        return label
    return "${sync_atomic_SOURCE_DIR}/" + label[2:].replace(":", "/")


def listed(attribute, values):
    """Lines: on one line a single value, else a line for each, as buildifier has them."""
    if not values:
        return []
    if len(values) == 1:
        return [f"  {attribute.upper()} {values[0]}"]
    return [f"  {attribute.upper()}"] + [f"    {value}" for value in values]


def fixed(text, expected):
    """The text with the expected calls in place of what calls it has."""
    between = CALL.split(text)
    calls = iter(expected)
    text = between[0]
    for piece in between[1:]:
        text += next(calls, "") + piece
    for call in calls:
        text = f"{text.rstrip()}\n\n{call}".lstrip()
    return text


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    ".bazelignore": ".dev\nothers/a\n",
    "others/a/BUILD.bazel": 'py_test(name = "a")\n',
    "MODULE.bazel": 'module(name = "sync_atomic", version = "1.2.3")\n',
    "CMakeLists.txt": "project(sync_atomic\n  VERSION 1.2.3\n)\nadd_subdirectory(tests/a)\n",
    "BUILD.bazel": "licenses(['notice'])\n",
    "tests/a/BUILD.bazel": textwrap.dedent("""\
        load("@rules_cc//cc:defs.bzl", "cc_library")
        HDRS = ["a.h"]
        cc_library(
            name = "a",
            hdrs = HDRS + ["b.h"],
            linkopts = ["-pthread"],
            visibility = ["//visibility:public"],
            deps = [":b", "//tests/b", "@com_google_absl//absl/hash"],
        )
        genrule(name = "c")
        cc_binary(name = "e", srcs = ["e.cc"], linkopts = ["-le"], tags = ["manual"])
        [cc_library(name = name) for name in ["b"]]
        cc_test(
            name = "d",
            srcs = ["d.cc"],
            copts = ["-std=c++20", "-O2"],
            args = ["--x", "$(rootpath :a)", "$(rootpath //tests/b:b)"],
            deps = [":a", "@com_google_googletest//:gtest_main"],
        )
        """),
    "tests/b/BUILD.bazel": 'cc_library(name = "b", hdrs = ["b.h"])\n',
    "tests/a/CMakeLists.txt": textwrap.dedent("""\
        find_package(absl)
        sync_atomic_cc_library(
          NAME a
          TESTONLY
          HDRS
            a.h
            b.h
          PUBLIC
          DEPS
            sync_atomic::internal_b
            sync_atomic::internal_b
            absl::hash
            Threads::Threads
        )

        sync_atomic_cc_library(
          NAME b
          TESTONLY
        )
        # D.
        sync_atomic_cc_test(
          NAME d
          SRCS d.cc
          ARGS
            --x
            $<TARGET_FILE:sync_atomic_a>
            $<TARGET_FILE:sync_atomic_b>
          COPTS -O2
          FEATURES cxx_std_20
          DEPS
            sync_atomic::a
            GTest::gmock_main
        )
        """),
    "tests/b/CMakeLists.txt": textwrap.dedent("""\
        sync_atomic_cc_library(
          NAME b
          TESTONLY
          HDRS b.h
        )
        """),
}

# The file to change, what to replace in it by what, and the fault expected.
BAZEL = "tests/a/BUILD.bazel"
CMAKE = "tests/a/CMakeLists.txt"
FAULTS = [
    (BAZEL, '"b.h"', '"c.h"', f"{CMAKE} lacks\nsync_atomic_cc_library(\n  NAME a\n"),
    (BAZEL, 'name = "d"', 'name = "e"', f"{CMAKE} has, unlike BUILD.bazel,\nsync_atomic_cc_test("),
    (BAZEL, '"//tests/b", ', "", f"{CMAKE} lacks\nsync_atomic_cc_library(\n  NAME a\n"),
    (BAZEL, '"//tests/b"', '"//tests/c"', "//tests/a:a: //tests/c has no twin"),
    (BAZEL, "googletest//:gtest_main", "protobuf//:lite", "//tests/a:d: @com_google_protobuf"),
    (BAZEL, '"//visibility:public"', "", f"{CMAKE} has, unlike BUILD.bazel,\nsync_atomic_cc_lib"),
    (BAZEL, "copts", "defines", "//tests/a:d: defines = ['-std=c++20', '-O2'] has no twin"),
    (BAZEL, '["manual"]', "[]", "//tests/a:e: linkopts = ['-le'] has no twin"),
    (BAZEL, "-O2", "-O3", f"{CMAKE} lacks\nsync_atomic_cc_test(\n  NAME d\n"),
    (BAZEL, "-pthread", "-lm", "//tests/a:a: linkopts = ['-lm'] has no twin"),
    (BAZEL, "rootpath", "location", "//tests/a:d: $(location :a) has no twin"),
    (BAZEL, "cc_test(", "core_test(", f"{CMAKE} lacks\nsync_atomic_core_test(\n  NAME d\n"),
    (BAZEL, '"d.cc"', '"//tests/b:d.cc"', "  SRCS ${sync_atomic_SOURCE_DIR}/tests/b/d.cc\n"),
    (BAZEL, "cc_test(", "py_test(", "//tests/a:d: is there a twin of a py_test?"),
    (".bazelignore", "others/a", "others/b", "//others/a:a: is there a twin of a py_test?"),
    (CMAKE, " b.h", " c.h", f"{CMAKE} lacks\nsync_atomic_cc_library(\n  NAME a\n"),
    (CMAKE, "DEPS\n    sync_atomic::a\n    ", "DEPS ", f"{CMAKE} lacks\nsync_atomic_cc_test("),
    ("tests/b/CMakeLists.txt", "NAME b", "NAME c", "tests/b/CMakeLists.txt has, unlike BUILD"),
    ("CMakeLists.txt", "1.2.3", "1.2.4", "MODULE.bazel and CMakeLists.txt name different"),
]


def check(root, fix=False):
    return Checker(root, fix).check()


def self_test():
    failures = checking.missed(check, GOOD, FAULTS)
    for name, old, new, _ in FAULTS:
        with checking.project({**GOOD, name: GOOD[name].replace(old, new, 1)}) as root:
            check(root, fix=True)
            left = check(root)
        if any("CMakeLists.txt lacks" in fault for fault in left):
            failures.append(f"{name}, {old!r} -> {new!r}: --fix left {left}")
    return failures


if __name__ == "__main__":
    checking.main(__doc__, check, self_test, "make the calls what they should be")
