#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a printed C++ example is not part of a file that is compiled.

Markdown: a C++ fence stands below a line that names a region of an example,

    <!-- tests/examples/torn_write.cc publish -->
    ```cpp
    current.Store(Pair{1, 1});
    ```

and equals the lines between `// [publish]` and `// [/publish]` in that file, but for
the indentation of the whole.

A table whose rows are code, one way beside another, stands below a line

    <!-- tests/examples/migrating_test.cc calls: rows -->

and each piece of code in the first two columns occurs in that region, up to white
space. Only prose is left out: a cell that names a C++ standard which the project is not
built with, as in "(C++26)", and a row whose second cell says that there is none. With
`: second column` in place of `: rows` the first one is another language's.

A build file (starlark, cmake, ini, text) or a command that is marked stands below a line
with the file alone, one of a project in tests/consumer that is built and run, and equals
some lines of it that follow each other:

    <!-- tests/consumer/value/CMakeLists.txt -->

In README.md all build files, and commands that call a compiler, are so marked.

Public headers carry no such marks: an indented block in a header's first comment is a
run of lines somewhere in tests/examples/*.cc.

    check_examples.py               checks the project that it is in
    check_examples.py --self-test   tests itself on each kind of fault
"""

import itertools
import pathlib
import re
import textwrap

import checking

EXAMPLES = "tests/examples"
MARKDOWN = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**/*.md")
HEADERS = ("atomic/*.h", "pointer/*.h", "value/*.h")

FENCE = re.compile(r"(?P<indent> *)```+(?P<language>[^`]*)")
CONSUMERS = "tests/consumer"
BUILD = {"starlark", "python", "bazel", "bzl", "cmake", "text", "ini"}
FILE = re.compile(r"\s*<!-- (?P<file>\S+) -->\s*")
CPP = {"c", "c++", "cc", "cpp", "cxx"}
REFERENCE = re.compile(r"\s*<!-- (?P<file>\S+) (?P<region>\S+) -->\s*")
ROWS = re.compile(r"\s*<!-- (?P<file>\S+) (?P<region>\S+): (?P<columns>rows|second column) -->\s*")
CODE = re.compile(r"`([^`]+)`")
MARK = re.compile(r"\s*// \[(?P<close>/?)(?P<region>[\w-]+)\]\s*")


class Checker:
    """Collects the faults of the project in the folder `root`."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.faults = []
        self.examples = {}  # path from the root -> its lines, without marks
        self.regions = {}  # (path from the root, region) -> its lines, dedented

    def check(self):
        for path in self.files(f"{EXAMPLES}/*.cc"):
            self.read_example(path)
        for path in self.files(*MARKDOWN):
            self.check_markdown(path)
        for path in self.files(*HEADERS):
            self.check_header(path)
        return self.faults

    def files(self, *patterns):
        return [path for pattern in patterns for path in sorted(self.root.glob(pattern))]

    def fault(self, path, line, message):
        self.faults.append(f"{path.relative_to(self.root)}:{line}: {message}")

    def read_example(self, path):
        """Learns a file's lines and regions, which may nest and overlap."""
        name = str(path.relative_to(self.root))
        build = path.with_name("BUILD.bazel")
        if not build.exists() or f'"{path.name}"' not in build.read_text():
            self.fault(path, 1, f"{EXAMPLES}/BUILD.bazel does not compile this file")
        lines = self.examples[name] = []
        opened = {}  # region -> (line of its mark, its lines so far)
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            mark = MARK.fullmatch(line)
            if not mark:
                lines.append(line)
                for _, content in opened.values():
                    content.append(line)
                continue
            region = mark["region"]
            if mark["close"]:
                if region not in opened:
                    self.fault(path, number, f"region {region} ends before it begins")
                else:
                    self.regions[name, region] = dedent(opened.pop(region)[1])
            elif region in opened or (name, region) in self.regions:
                self.fault(path, number, f"there are two regions {region}")
            else:
                opened[region] = (number, [])
        for region, (number, _) in opened.items():
            self.fault(path, number, f"region {region} does not end")

    def check_markdown(self, path):
        lines = path.read_text().splitlines()
        start = None  # the line of the open fence, counted from 0
        for number, line in enumerate(lines):
            fence = FENCE.fullmatch(line)
            if not fence:
                if start is None and (reference := ROWS.fullmatch(line)):
                    self.check_rows(path, number + 1, reference, lines[number + 1 :])
                continue
            if start is None:
                start = number
                language = fence["language"].strip().lower()
            else:
                above = lines[start - 1] if start > 0 else ""
                printed = dedent(lines[start + 1 : number])
                if language in CPP:
                    self.check_fence(path, start + 1, above, printed)
                elif (reference := FILE.fullmatch(above)) or (
                    path.name == "README.md"
                    and (language in BUILD or any("g++" in text for text in printed))
                ):
                    self.check_build(path, start + 1, reference, printed)
                start = None
        if start is not None:
            self.fault(path, start + 1, "this fence does not end")

    def check_fence(self, path, line, above, printed):
        reference = REFERENCE.fullmatch(above)
        if not reference:
            self.fault(path, line, f"say above what it shows: <!-- {EXAMPLES}/FILE.cc REGION -->")
            return
        name, region = reference["file"], reference["region"]
        if name not in self.examples:
            self.fault(path, line - 1, f"there is no example {name}")
        elif (name, region) not in self.regions:
            self.fault(path, line - 1, f"{name} has no region {region}")
        else:
            compiled = self.regions[name, region]
            for i in range(max(len(printed), len(compiled))):
                here, there = ("".join(lines[i : i + 1]) for lines in (printed, compiled))
                if here != there:
                    self.fault(path, line + 1 + i, f"{name} has here, in {region}: {there!r}")
                    return

    def check_build(self, path, line, reference, printed):
        if not reference:
            self.fault(path, line, f"say above what it shows: <!-- {CONSUMERS}/PROJECT/FILE -->")
            return
        name = reference["file"]
        built = self.root / name
        if not name.startswith(f"{CONSUMERS}/") or not built.is_file():
            self.fault(path, line - 1, f"{CONSUMERS} has no file {name}")
            return
        lines = built.read_text().splitlines()
        size = len(printed)
        if not printed or not any(
            lines[i : i + size] == printed for i in range(len(lines) - size + 1)
        ):
            self.fault(path, line, f"{name} has no such lines: {printed[:1]} ...")

    def check_rows(self, path, line, reference, lines):
        name, region = reference["file"], reference["region"]
        if (name, region) not in self.regions:
            self.fault(path, line, f"{name} has no region {region}")
            return
        compiled = squeezed("\n".join(self.regions[name, region]))
        rows = list(itertools.takewhile(lambda text: text.startswith("|"), lines))[2:]
        if not rows:
            self.fault(path, line, "there is no table below")
        for number, row in enumerate(rows, start=line + 3):
            cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")][:2]
            if len(cells) > 1 and re.match(r"none\b|\(none\)", cells[1]):
                continue
            for cell in cells[reference["columns"] != "rows" :]:
                for code in [] if "(C++" in cell else CODE.findall(cell):
                    if squeezed(code) not in compiled:
                        self.fault(path, number, f"{name} has nowhere in {region}: {code}")

    def check_header(self, path):
        for line, block in header_blocks(path.read_text().splitlines()):
            printed = normalised(block)
            if not any(contains(lines, printed) for lines in self.examples.values()):
                self.fault(path, line, f"no {EXAMPLES}/*.cc has these lines: {printed[0]} ...")


def header_blocks(lines):
    """Yields the indented blocks of the first comment: (line of the first, lines).

    The line that names the license is none. A block is a paragraph of its own. Indented
    lines below other text continue it.
    """
    starts = (i for i, line in enumerate(lines) if re.match(r"//(?! SPDX-)", line))
    start = next(starts, len(lines))
    first, block = 0, []
    paragraph_is_text = False
    for number, line in enumerate(lines[start:] + ["end"], start=start + 1):
        text = line[2:] if line.startswith("//") else None
        if text is not None and not text.strip():
            paragraph_is_text = False
            if block:
                block.append("")
        elif text is not None and text.startswith("   ") and not paragraph_is_text:
            first = first if block else number
            block.append(text)
        else:
            if block:
                yield first, "\n".join(block).rstrip("\n").split("\n")
                block = []
            paragraph_is_text = True
        if text is None:
            return


def contains(lines, printed):
    size = len(printed)
    return any(normalised(lines[i : i + size]) == printed for i in range(len(lines) - size + 1))


def normalised(lines):
    """The lines without the indentation of the whole and the distance of // comments."""
    return [re.sub(r"(?<=\S)\s+//", " //", line) for line in dedent(lines)]


def squeezed(text):
    """Without white space and with the words of comments in one line."""
    return re.sub(r"\s+|(?<=\n)\s*//", "", text)


def dedent(lines):
    return textwrap.dedent("\n".join(line.rstrip() for line in lines)).split("\n") if lines else []


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    "tests/examples/BUILD.bazel": 'cc_test(name = "a_test", srcs = ["a_test.cc"])\n',
    "tests/examples/a_test.cc": textwrap.dedent("""\
        int F() {
          // [all]
          int n = 0;  // zero
          // [part]
          if (n == 0) {
            ++n;
          }
          // [/part]

          return n;
          // [/all]
        }
        """),
    "README.md": textwrap.dedent("""\
        ```sh
        ./dev test
        ```
        <!-- tests/examples/a_test.cc part -->
        ```cpp
        if (n == 0) {
          ++n;
        }
        ```
        <!-- tests/examples/a_test.cc part: rows -->
        | before | after | |
        |---|---|---|
        | `n == 0` | `++n` | `anything` |
        | `n.max()` (C++26) | `++n;` | |
        | `n.wait()` | none: a loop | |

        <!-- tests/consumer/a/CMakeLists.txt -->
        ```cmake
        add_subdirectory(a)
        target(b)
        ```

        1. In a list:
           <!-- tests/examples/a_test.cc all -->
           ```cpp
           int n = 0;  // zero
           if (n == 0) {
             ++n;
           }

           return n;
           ```
        """),
    "value/a.h": textwrap.dedent("""\
        // SPDX-License-Identifier: Apache-2.0

        // A: a thing.
        //
        //   int n = 0;       // zero
        //   if (n == 0) {
        //     ++n;
        //   }
        //
        //   return n;
        //
        // Threads: any, and
        //          any other.

        //   Not in the first comment.
        """),
    "tests/consumer/a/CMakeLists.txt": "project(a)\nadd_subdirectory(a)\ntarget(b)\nend()\n",
    "value/internal/b.h": "// B.\n//\n//   not(checked);\n",
}

# The file to change, what to replace in it by what, and the fault expected.
README = "README.md"
EXAMPLE = "tests/examples/a_test.cc"
HEADER = "value/a.h"
FAULTS = [
    (README, "++n;\n}", "n++;\n}", f"README.md:7: {EXAMPLE} has here, in part: '  ++n;'"),
    (README, "}\n```", "}\nn;\n```", f"README.md:9: {EXAMPLE} has here, in part: ''"),
    (README, "if (n == 0) {\n  ++n;\n}\n", "", f"README.md:6: {EXAMPLE} has here, in part: 'if"),
    (README, f"<!-- {EXAMPLE} part -->", "", "README.md:5: say above what it shows"),
    (README, f"<!-- {EXAMPLE} part -->\n```cpp", "```C++", "README.md:4: say above what it"),
    (README, "a_test.cc part", "b.cc part", "README.md:4: there is no example tests/examples/b.cc"),
    (README, "a_test.cc part", "a_test.cc bit", f"README.md:4: {EXAMPLE} has no region bit"),
    (README, "./dev test\n```\n", "./dev test\n", "README.md:31: this fence does not end"),
    (README, "`++n` |", "`--n` |", f"README.md:13: {EXAMPLE} has nowhere in part: --n"),
    (README, "`n == 0` |", "`n == 1` |", f"README.md:13: {EXAMPLE} has nowhere in part: n == 1"),
    (README, "`++n;` |", "`n++;` |", f"README.md:14: {EXAMPLE} has nowhere in part: n++;"),
    (README, "part: rows -->\n| before | after | |\n|---|---|---|\n| `n == 0` | `++n`",
     "part: second column -->\n| Go | after | |\n|---|---|---|\n| `n := 0` | `n++`",
     f"README.md:13: {EXAMPLE} has nowhere in part: n++"),
    (README, "target(b)", "target(c)", "README.md:18: tests/consumer/a/CMakeLists.txt has no such"),
    (README, "<!-- tests/consumer/a/CMakeLists.txt -->", "", "README.md:18: say above what it"),
    (README, "a/CMakeLists.txt -->", "b/CMakeLists.txt -->", "README.md:17: tests/consumer has no"),
    (README, "./dev test\n", "g++ a.cc\n", "README.md:1: say above what it shows"),
    ("tests/consumer/a/CMakeLists.txt", "target(b)", "other()\ntarget(b)", "README.md:18: tests/"),
    (README, "part: rows -->", "bit: rows -->", f"README.md:10: {EXAMPLE} has no region bit"),
    (README, "part: rows -->\n", "part: rows -->\n\n", "README.md:10: there is no table below"),
    ("tests/examples/BUILD.bazel", "a_test.cc", "b.cc", f"{EXAMPLE}:1: tests/examples/BUILD.bazel"),
    (EXAMPLE, "// [/part]", "", f"{EXAMPLE}:4: region part does not end"),
    (EXAMPLE, "// [part]", "", f"{EXAMPLE}:8: region part ends before it begins"),
    (EXAMPLE, "// [part]", "// [all]", f"{EXAMPLE}:4: there are two regions all"),
    (HEADER, "++n;", "n++;", "value/a.h:5: no tests/examples/*.cc has these lines: int n = 0;"),
    (HEADER, "     ++n;", "   ++n;", "value/a.h:5: no tests/examples/*.cc has these lines"),
    (HEADER, "// zero", "// one", "value/a.h:5: no tests/examples/*.cc has these lines"),
]


def check(root):
    return Checker(root).check()


if __name__ == "__main__":
    checking.main(__doc__, check, lambda: checking.missed(check, GOOD, FAULTS))
