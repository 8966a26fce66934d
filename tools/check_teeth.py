#!/usr/bin/env python3
"""Fails if a comment names a tooth that does not bite there, or a tooth has no comment.

A tooth is a broken_library_test or a broken_plugin_test of tests/teeth/BUILD.bazel: a library
with one thing broken, and the test that must notice. The comment above that test names it, or more of them:

    // Rejects: teeth:add_is_a_load_and_a_store, teeth:update_does_not_compare.
    TEST(Int64StressTest, ConcurrentAddsLoseNoUpdate) {

So each tooth selects tests that name it, each test names teeth that select it, and what else
is written of teeth, in code or in Markdown, names some that exist.

    check_teeth.py               checks the project that it is in
    check_teeth.py --self-test   plants each kind of fault and sees it found
"""

import dataclasses
import fnmatch
import pathlib
import re
import textwrap

import checking

TEETH = "tests/teeth/BUILD.bazel"
CODE = ("atomic/**/*", "pointer/**/*", "value/**/*", "tests/**/*")
MARKDOWN = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md")

TOOTH = re.compile(r"\bteeth:([a-z0-9]\w*)")
REJECTS = re.compile(r"Rejects: (teeth:\w+(?:, teeth:\w+)*)\.")
TEST = re.compile(
    r"(?P<comment>(?:^//.*\n)*)"
    r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P)\(\s*(?P<suite>\w+),\s*(?P<name>\w+)\)",
    re.MULTILINE,
)


@dataclasses.dataclass
class Test:
    suite: str
    name: str
    line: int
    rejects: list  # the teeth that its comment names

    def selected_by(self, test_filter):
        """Whether a GoogleTest filter selects it, for any of its types or parameters."""
        for pattern in test_filter.split(":"):
            suite, _, name = pattern.partition(".")
            suite, name = suite.partition("/")[0], name.partition("/")[0]
            if fnmatch.fnmatchcase(self.suite, suite) and fnmatch.fnmatchcase(self.name, name):
                return True
        return False


class BuildFile(dict):
    """The names that a BUILD.bazel file uses; running it collects its teeth."""

    def __init__(self, path):
        self.teeth = {}  # name -> attributes
        exec(compile(path.read_text(), path, "exec"), self)  # Starlark is Python enough

    def __missing__(self, function):
        def record(*_, **attributes):
            if function in ("broken_library_test", "broken_plugin_test"):
                self.teeth[attributes["name"]] = attributes

        return record


class Checker:
    """Collects the faults of the project in the folder `root`."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.faults = []
        self.teeth = BuildFile(self.root / TEETH).teeth
        self.tests = {}  # path from the root -> its tests

    def check(self):
        for pattern in CODE + MARKDOWN:
            for path in sorted(self.root.glob(pattern)):
                if path.suffix in (".cc", ".h", ".md"):
                    self.read(str(path.relative_to(self.root)), path.read_text())
        for path, tests in self.tests.items():
            for test in tests:
                self.check_test(path, test)
        for tooth in self.teeth.values():
            self.check_tooth(tooth)
        return self.faults

    def read(self, path, text):
        """Learns a file's tests, and sees that the teeth that it names exist."""
        self.tests[path] = []
        for number, line in enumerate(text.splitlines(), start=1):
            for name in TOOTH.findall(line):
                if name not in self.teeth:
                    self.faults.append(f"{path}:{number}: {TEETH} has no {name}")
        for test in TEST.finditer(text):
            comment = " ".join(test["comment"].replace("//", "").split())
            rejects = [tooth for found in REJECTS.findall(comment) for tooth in TOOTH.findall(found)]
            line = text.count("\n", 0, test.start("suite")) + 1
            self.tests[path].append(Test(test["suite"], test["name"], line, rejects))
            if len(rejects) != len(TOOTH.findall(comment)):
                self.faults.append(f"{path}:{line}: write 'Rejects: teeth:NAME, teeth:NAME.'")

    def check_test(self, path, test):
        for name in test.rejects:
            tooth = self.teeth.get(name)
            if tooth and (file_of(tooth) != path or not test.selected_by(tooth["test_filter"])):
                self.faults.append(f"{path}:{test.line}: {name} is for {tooth['test_filter']}")

    def check_tooth(self, tooth):
        name, path = tooth["name"], file_of(tooth)
        tests = self.tests.get(path, [])
        for pattern in tooth["test_filter"].split(":"):
            if not any(test.selected_by(pattern) for test in tests):
                self.faults.append(f"{TEETH}: {name}: {path} has no {pattern}")
        for test in tests:
            if test.selected_by(tooth["test_filter"]) and name not in test.rejects:
                fault = f"say above {test.name}: Rejects: teeth:{name}."
                self.faults.append(f"{path}:{test.line}: {fault}")


def file_of(tooth):
    """The path of the test's source, from its label."""
    return tooth["test"].replace("//", "", 1).replace(":", "/")


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    "CONTRIBUTING.md": "`Rejects: teeth:NAME` says which, as teeth:one does.\n",
    TEETH: textwrap.dedent("""\
        load(":teeth.bzl", "broken_library_test")
        licenses(["notice"])
        broken_library_test(
            name = "one",
            test = "//tests/a:a_test.cc",
            test_filter = "ATest.Works",
        )
        broken_library_test(
            name = "two",
            test = "//tests/a:a_test.cc",
            test_filter = "ATest.Works",
        )
        broken_library_test(
            name = "three",
            test = "//tests/a:a_test.cc",
            test_filter = "TypedTest/*Method.Works:OtherTest.Works/Three",
        )
        """),
    "tests/a/a_test.cc": textwrap.dedent("""\
        // A test. Those of teeth:one and others are below.

        // It works. Rejects: teeth:one,
        // teeth:two.
        TEST(ATest, Works) {}

        // Rejects: teeth:three. Nobody knows more.
        TYPED_TEST(TypedTest,
                   Works) {}

        // Rejects: teeth:three.
        TEST_F(OtherTest, Works) {}

        TEST_F(OtherTest, Runs) {}
        """),
    "tests/a/b_test.cc": "TEST(ATest, Works) {}\n",
}

# The file to change, what to replace in it by what, and the fault expected.
A = "tests/a/a_test.cc"
FAULTS = [
    ("CONTRIBUTING.md", "teeth:one", "teeth:four", f"CONTRIBUTING.md:1: {TEETH} has no four"),
    (A, "teeth:one and", "teeth:four and", f"{A}:1: {TEETH} has no four"),
    (A, "teeth:two", "teeth:four", f"{A}:4: {TEETH} has no four"),
    (A, "teeth:two", "teeth:four", f"{A}:5: say above Works: Rejects: teeth:two."),
    (A, ",\n// teeth:two", "", f"{A}:4: say above Works: Rejects: teeth:two."),
    (A, "// Rejects: teeth:three.", "//", f"{A}:8: say above Works: Rejects: teeth:three."),
    (A, "teeth:three. N", "teeth:three n", f"{A}:8: write 'Rejects: teeth:NAME"),
    (A, "Rejects: teeth:one", "Finds: teeth:one", f"{A}:5: write 'Rejects: teeth:NAME"),
    (A, "TEST_F", "// Rejects: teeth:one.\nTEST_F", f"{A}:13: one is for ATest.Works"),
    (A, "OtherTest, Works", "OtherTest, Sleeps", f"{TEETH}: three: {A} has no OtherTest.Works"),
    (A, "TEST(ATest, Works)", "TEST(ATest, Runs)", f"{TEETH}: one: {A} has no ATest.Works"),
    (TEETH, "ATest.Works", "ATest.Runs", f"{TEETH}: one: {A} has no ATest.Runs"),
    (TEETH, "a_test.cc", "b_test.cc", "tests/a/b_test.cc:1: say above Works: Rejects: teeth:one."),
    (TEETH, "a_test.cc", "b_test.cc", f"{A}:5: one is for ATest.Works"),
    (TEETH, '"TypedTest/', '"UntypedTest/', f"{TEETH}: three: {A} has no UntypedTest/*Method"),
    (TEETH, '"two"', '"2"', f"{A}:4: {TEETH} has no two"),
    ("tests/a/b_test.cc", "TEST", "// Rejects: teeth:one.\nTEST", "b_test.cc:2: one is for ATest"),
]


def check(root):
    return Checker(root).check()


if __name__ == "__main__":
    checking.main(__doc__, check, lambda: checking.missed(check, GOOD, FAULTS))
