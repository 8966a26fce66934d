#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a fast path executes more instructions than instruction_counts.txt says.

    instruction_counts_test.py PROGRAM [--write]

PROGRAM is instruction_counts.cc, which is run under callgrind; the table is compared with
what was counted. Fewer are a fault as well: the table is to be true. With --write the
table is made anew.

What a compiler makes of the code is its own affair, so that the table is for one build;
with another the test skips itself, and says so.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TABLE = pathlib.Path(__file__).absolute().parent / "instruction_counts.txt"

# Stores reclaim now and then, by the clock.
TOLERANCE = {"Emplace": 0.04, "Retire": 0.04}


def skip(why):
    print(f"instruction_counts_test: skipped: {why}")
    sys.exit(0)


def fail(why):
    print(f"instruction_counts_test: {why}")
    sys.exit(1)


def read_table():
    """The build that the table is for, and path -> instructions."""
    build, counts = "", {}
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if line.startswith("build: "):
            build = line
        elif match := re.fullmatch(r" *([0-9]+\.[0-9])  (\S.*)", line):
            counts[match[2]] = float(match[1])
        elif line and not line.startswith("#"):
            fail(f"{TABLE.name}:{number}: neither a count and a path nor a comment: {line}")
    if not build or not counts:
        fail(f"{TABLE.name}: says no build, or no path")
    return build, counts


def write_table(build, counts):
    comments = [line for line in TABLE.read_text().splitlines() if line.startswith("#")]
    lines = [f"{count:7.1f}  {name}" for name, count in counts.items()]
    TABLE.write_text("\n".join([*comments, "", build, "", *lines, ""]))


def count(program):
    """Path -> the instructions of one time."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            fail(f"valgrind: exit code {run.returncode}\n{run.stderr}")
        times = int(re.search(r"^times: ([0-9]+)$", run.stdout, re.MULTILINE)[1])
        build = re.search(r"^build: .*$", run.stdout, re.MULTILINE)[0]
        totals = {}
        dumps = sorted(pathlib.Path(folder).glob("out.*"), key=lambda dump: int(dump.suffix[1:]))
        for dump in dumps:
            text = dump.read_text()
            name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
            if name:
                total = re.search(r"^summary: ([0-9]+)$", text, re.MULTILINE)
                totals[name[1]] = int(total[1]) / times
    if "nothing" not in totals:
        skip("the program was built without valgrind's headers")
    loop = totals.pop("nothing")
    return build, {name: round(total - loop, 1) for name, total in totals.items()}


def difference(expected, counted):
    """What is wrong, a line each."""
    for name in sorted(expected.keys() | counted.keys()):
        if name not in counted:
            yield f"{name}: in the table, and not counted"
            continue
        if name not in expected:
            yield f"{name}: {counted[name]}, and not in the table"
            continue
        share = max((share for word, share in TOLERANCE.items() if word in name), default=0)
        if abs(counted[name] - expected[name]) > max(0.1, share * expected[name]):
            yield f"{name}: {counted[name]} instructions, and {expected[name]} in the table"


def check_that_this_test_can_fail(expected):
    """Each kind of difference is seen."""
    name = next(iter(expected))
    slower = {**expected, name: expected[name] + 1}
    missing = {key: value for key, value in expected.items() if key != name}
    for other in (slower, missing):
        if not list(difference(expected, other)) or not list(difference(other, expected)):
            fail("does not see a difference")
    if list(difference(expected, expected)):
        fail("sees a difference where there is none")


def main():
    program = pathlib.Path(sys.argv[1]).absolute()
    if not shutil.which("valgrind"):
        skip("valgrind is not here")
    if "UBSAN_OPTIONS" in os.environ:
        skip("a sanitizer adds code of its own")
    run = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True)
    found = run.stdout.splitlines()[0]
    build, expected = read_table()
    check_that_this_test_can_fail(expected)
    if "--write" in sys.argv:
        write_table(*count(program))
        return
    if found != build:
        skip(f"the table is for another build\n  table {build}\n  here  {found}")
    _, counted = count(program)
    faults = list(difference(expected, counted))
    if faults:
        now = "\n".join(f"{count:7.1f}  {name}" for name, count in counted.items())
        fail("\n".join(faults) + f"\nIf that is meant, {TABLE.name} is now\n{now}")
    for name, number in counted.items():
        print(f"{number:7.1f}  {name}")


if __name__ == "__main__":
    main()
