#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a header brings along more than it should, or makes more code.

    size_test.py COMPILER stored_types.cc -- FLAG...
    size_test.py --self-test COMPILER

Counted are the lines that g++ has left of a file that includes the header and nothing else
(g++ -E -P), and the bytes that each further type takes that is stored to a cell and loaded
from it. The numbers that depend on the standard library are looked at with the g++ that they
were set for; the others with any. FLAGs say where the headers are.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# For which g++ the absolute numbers are.
VERSION = "12"
MAX_LINES = {"value/value.h": 30_000, "value/value_of.h": 30_000}
# What needs no more than a word: as many as int64.h and these.
WORD = "atomic/int64.h"
MAX_LINES_BESIDE = {"pointer/counter.h": 2_000, "pointer/functions.h": 2_000}
# With -O2, of text, tables and what else the system maps read-only.
MAX_BYTES = {"Value": 1_000, "ValueOf": 1_000}
CELL_FLAGS = {"Value": [], "ValueOf": ["-DVALUE_OF"]}
# How many types the source has more with -DMANY.
MORE_TYPES = 50


def run(command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def lines_of(compiler, flags, header):
    source = f'#include "sync_atomic/{header}"\n'
    text = run([compiler, *flags, "-E", "-P", "-x", "c++", "-"], input=source)
    return text.count("\n")


def bytes_a_type(compiler, flags, source):
    sizes = []
    with tempfile.TemporaryDirectory() as folder:
        for many in ([], ["-DMANY"]):
            program = os.path.join(folder, "types.o")
            run([compiler, *flags, "-O2", "-DNDEBUG", *many, "-c", source, "-o", program])
            sizes.append(int(run(["size", program]).splitlines()[1].split()[0]))
    return (sizes[1] - sizes[0]) // MORE_TYPES


def faults_of(limits, numbers):
    """What is wrong, a line each; prints all numbers."""
    for name, limit in limits.items():
        print(f"{numbers[name]:6} of {limit:6}  {name}")
        if numbers[name] > limit:
            yield f"{name}: {numbers[name]}, and no more than {limit} are allowed"


def check_lines_beside(compiler, flags, limits):
    word = lines_of(compiler, flags, WORD)
    return list(faults_of(
        {header: word + more for header, more in limits.items()},
        {header: lines_of(compiler, flags, header) for header in limits},
    ))


def main():
    if sys.argv[1] == "--self-test":
        self_test()
        return
    separator = sys.argv.index("--")
    source = sys.argv[2]
    flags = [flag for flag in sys.argv[separator + 1 :] if flag.startswith(("-I", "-std="))]
    compiler = shutil.which("g++")
    if not compiler:
        print("SKIPPED: there is no g++ here")
        return
    faults = check_lines_beside(compiler, flags, MAX_LINES_BESIDE)
    version = run([compiler, "-dumpversion"]).split(".")[0]
    if re.match(VERSION + r"\b", version):
        faults += faults_of(
            MAX_LINES, {header: lines_of(compiler, flags, header) for header in MAX_LINES}
        )
        faults += faults_of(
            MAX_BYTES,
            {
                cell: bytes_a_type(compiler, [*flags, *CELL_FLAGS[cell]], source)
                for cell in MAX_BYTES
            },
        )
    else:
        print(f"SKIPPED all but {', '.join(MAX_LINES_BESIDE)}: this is not g++ {VERSION}")
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(bool(faults))


def self_test():
    """What must be found is found."""
    compiler = shutil.which("g++")
    if not compiler:
        return
    with tempfile.TemporaryDirectory() as name:
        flags = [f"-I{name}"]
        word = pathlib.Path(name, "sync_atomic", WORD)
        other = word.with_name("other.h")
        word.parent.mkdir(parents=True)
        word.write_text("int word;\n")
        limits = {"atomic/other.h": 100}
        other.write_text('#include "int64.h"\n' + "int more;\n" * 100)
        assert not check_lines_beside(compiler, flags, limits)
        other.write_text('#include "int64.h"\n' + "int more;\n" * 101)
        assert check_lines_beside(compiler, flags, limits)

        source = pathlib.Path(name, "types.cc")
        function = "int F%d(int* p) { return p[%d]; }\n"
        source.write_text(
            "#ifdef MANY\n" + "".join(function % (n, n) for n in range(50)) + "#endif\n"
        )
        a_type = bytes_a_type(compiler, [], str(source))
        assert a_type > 0
        assert not list(faults_of({"types": a_type}, {"types": a_type}))
        assert list(faults_of({"types": a_type - 1}, {"types": a_type}))


if __name__ == "__main__":
    main()
