#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a source file does not name its license in its first line.

    // SPDX-License-Identifier: Apache-2.0

Below a "#!" line it is the second line. COMMENTS says which files are sources, and how
a comment looks in them; NONE says which are not. A file of any other kind is a fault.

    check_license.py               checks the project that it is in
    check_license.py --fix         inserts the line
    check_license.py --self-test   tests itself on each kind of fault
"""

import fnmatch
import pathlib
import subprocess

import checking

LICENSE = "SPDX-License-Identifier: Apache-2.0"

# The line, for the files whose name or path matches one of the patterns.
COMMENTS = {
    f"// {LICENSE}": ("*.cc", "*.go", "*.h", "*.rs"),
    f"/* {LICENSE} */": ("*.pml",),
    f"# {LICENSE}": (
        "*.bazel",
        "*.bzl",
        "*.cmake",
        "*.pc.in",
        "*.py",
        "*.sh",
        "*.toml",
        "*.yml",
        ".bazelrc",
        ".ci/run",
        "CMakeLists.txt",
        "cmake/sync-atomic-migrate.in",
        "WORKSPACE",
        "dev",
    ),
}

# Text, data and settings.
NONE = (
    "*.html",
    "*.json",
    "*.md",
    "*.svg",
    "*.txt",
    ".bazelignore",
    ".clang-format",
    ".clang-tidy",
    ".editorconfig",
    ".gitignore",
    "LICENSE",
    "tests/examples/data/*",
    "tests/migrate/*/*",
)


def files(root):
    """The project's files: those in git and new ones, or all where there is no git."""
    if not (root / ".git").exists():
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return sorted({name for name in listed.stdout.split("\0") if (root / name).is_file()})


def matches(name, patterns):
    return any(
        fnmatch.fnmatchcase(name, pattern)
        or fnmatch.fnmatchcase(name.rpartition("/")[2], pattern)
        for pattern in patterns
    )


def check(root, fix=False):
    root = pathlib.Path(root)
    faults = []
    for name in files(root):
        line = next((line for line, patterns in COMMENTS.items() if matches(name, patterns)), None)
        if not line:
            if not matches(name, NONE):
                faults.append(f"{name}:1: COMMENTS in tools/check_license.py has no such file")
            continue
        text = (root / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        place = 1 if text.startswith("#!") else 0
        if lines[place] == line:
            continue
        if fix:
            # An empty line keeps it apart from the file's own first comment.
            lines[place:place] = [line, ""] if lines[place] else [line]
            (root / name).write_text("\n".join(lines), encoding="utf-8")
        else:
            faults.append(f"{name}:{place + 1}: this line should be: {line}")
    return faults


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    "a.h": f"// {LICENSE}\n\n// A.\n",
    "a.pml": f"/* {LICENSE} */\n\n/* A. */\n",
    "a/BUILD.bazel": f"# {LICENSE}\n\nload(...)\n",
    "a/CMakeLists.txt": f"# {LICENSE}\n\nproject(a)\n",
    "a.py": f'#!/usr/bin/env python3\n# {LICENSE}\n\n"""A."""\n',
    "dev": f"#!/bin/sh\n# {LICENSE}\n\n# A.\n",
    "README.md": "# A\n",
    "counts.txt": "1\n",
}

# The file to change, what to replace in it by what, and the fault expected.
FAULTS = [
    ("a.h", f"// {LICENSE}\n\n", "", "a.h:1: this line should be: // SPDX"),
    ("a.h", "//", "\n//", "a.h:1: "),
    ("a.h", "2.0", "1.1", "a.h:1: "),
    ("a.pml", " */", " */ //", "a.pml:1: "),
    ("a/BUILD.bazel", f"# {LICENSE}\n\n", "", "a/BUILD.bazel:1: this line should be: # SPDX"),
    ("a/CMakeLists.txt", f"# {LICENSE}\n\n", "", "a/CMakeLists.txt:1: "),
    ("a.py", f"# {LICENSE}\n\n", "", "a.py:2: "),
    ("dev", f"# {LICENSE}\n\n", "", "dev:2: "),
]


def self_test():
    failures = checking.missed(check, GOOD, FAULTS)
    for name, old, new, _ in FAULTS:
        with checking.project({**GOOD, name: GOOD[name].replace(old, new, 1)}) as root:
            check(root, fix=True)
            left, fixed = check(root), (root / name).read_text()
        if left or (not new and fixed != GOOD[name]):
            failures.append(f"{name}, {old!r} -> {new!r}: --fix wrote {fixed!r}; {left}")
    with checking.project({**GOOD, "a.java": "// A.\n"}) as root:
        if not any("a.java:1: " in fault for fault in check(root)):
            failures.append("a.java: a kind of file that is not known was not found")
    return failures


if __name__ == "__main__":
    checking.main(__doc__, check, self_test, "insert the line")
