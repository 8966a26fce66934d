#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a typed atomic costs an instruction more than std::atomic.

same_instructions.cc has pairs of functions, one that calls our class and one that calls
std::atomic. What each compiler here makes of them at -O2 is compared, by objdump; and
for clang the intermediate code too, where orders show that x86 has no instructions for.

A Bool is a byte, of which g++ knows that it is 0 or 1, and not of std::atomic<bool>'s: its
operations may take fewer instructions.
"""

import difflib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).absolute().parent.parent.parent
SOURCE = "sync_atomic/tests/atomic/same_instructions.cc"

# -w: std::atomic's own warnings. Each function keeps its own code: by itself, g++ has
# only one copy of two that are the same.
COMPILERS = {
    "g++": ["-O2", "-DNDEBUG", "-w", "-fno-ipa-icf"],
    "clang++": ["-O2", "-DNDEBUG", "-w"],
}
# Whose code may be shorter, with the same atomic instructions.
MAY_BE_SHORTER = "Bool_"
ATOMIC = re.compile(r"(lock \w+|xchg|mfence)\b")

# What follows a function, up to the next one's start.
PADDING = re.compile(r"(cs |data16 )*(nop.*|int3|xchg +%ax,%ax)")


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def instructions(compiler, folder):
    """Function -> its instructions, without addresses."""
    object_file = folder / "same_instructions.o"
    run(*compiler, "-c", folder / SOURCE, "-o", object_file)
    functions = {}
    for line in run("objdump", "-dr", "--no-show-raw-insn", object_file).splitlines():
        if start := re.fullmatch(r"[0-9a-f]+ <(\w+)>:", line):
            code = functions[start[1]] = []
        elif instruction := re.fullmatch(r"\s*[0-9a-f]+:\s*(.*\S)\s*", line):
            # A jump's target is how far it is from the function's start.
            code.append(re.sub(r"\b[0-9a-f]+ <\w+(\+\w+)?>", r"start\1", instruction[1]))
    for code in functions.values():
        while code and PADDING.fullmatch(code[-1]):
            code.pop()
    return functions


def orders(compiler, folder):
    """Function -> its atomic operations in LLVM's intermediate code."""
    functions = {}
    for line in run(*compiler, "-S", "-emit-llvm", "-o", "-", folder / SOURCE).splitlines():
        if found := re.match(r"define .* @(\w+)\(", line):
            start = found
            operations = functions[start[1]] = []
        elif re.search(r" (atomic|atomicrmw|cmpxchg) ", line):
            line = re.sub(r"%\d+", "%", line.strip())
            # A field may be volatile.
            operations.append(line.replace(" volatile", "") if "_field" in start[1] else line)
    return functions


def no_longer(ours, std):
    return len(ours) <= len(std) and atomic(ours) == atomic(std)


def atomic(code):
    """The atomic instructions, without their operands."""
    return [found[0] for found in map(ATOMIC.match, code) if found]


def compare(functions, wrong, may_be_shorter):
    """Returns how many pairs there are, and the faults: a pair that differs, if its name
    does not match `wrong`, and else one that does not."""
    ours, std = (
        {name[len(prefix) :]: code for name, code in functions.items() if name.startswith(prefix)}
        for prefix in ("ours_", "std_")
    )
    if not ours or ours.keys() != std.keys() or not all(ours.values()):
        return 0, ["The pairs were not found."]
    faults = []
    for name in ours:
        difference = list(difflib.unified_diff(std[name], ours[name], "std", "ours", lineterm=""))
        if re.match(may_be_shorter, name) and no_longer(ours[name], std[name]):
            difference = []
        if bool(difference) != bool(re.search(wrong, name)):
            faults.append(f"{name}: {'differ' if difference else 'do not differ, as they must'}")
            faults += difference
    return len(ours), faults


def main():
    compared = failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "sync_atomic").symlink_to(PROJECT)
        for program, options in COMPILERS.items():
            if not shutil.which(program):
                print(f"SKIPPED: there is no {program} here")
                continue
            compiler = [program, "-std=c++17", *options, "-I", folder]
            views = [(instructions, "WRONG_(order|result)", MAY_BE_SHORTER)]
            if program == "clang++":
                views.append((orders, "WRONG_.*order", "none"))
            for view, *how in views:
                pairs, faults = compare(view(compiler, folder), *how)
                print(f"{program}: {view.__name__} of {pairs} pairs compared")
                for fault in faults:
                    print(fault)
                compared = True
                failed = failed or bool(faults)
    sys.exit(failed or not compared)


if __name__ == "__main__":
    main()
