#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if an atomic operation is a call of libatomic, which may lock.

    no_library_calls_test.py              no_library_calls.cc, by each compiler here
    no_library_calls_test.py NM FILE...   programs and libraries, by that nm

The compilers are the machine's, and those for other machines that are installed.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).absolute().parent.parent.parent
SOURCE = "sync_atomic/tests/atomic/no_library_calls.cc"

# Compiler -> its nm.
COMPILERS = {"g++": "nm", "clang++": "nm"} | {
    f"{machine}-g++": f"{machine}-nm"
    for machine in (
        "aarch64-linux-gnu",
        "arm-linux-gnueabihf",
        "i686-linux-gnu",
        "riscv64-linux-gnu",
    )
}

# libatomic's functions. Not gcc's own __aarch64_..., which choose an instruction.
CALL = re.compile(r" U (__(?:atomic|sync)_\w+)")


def calls(nm, path):
    """The functions of libatomic that a file lacks."""
    dynamic = ["--dynamic"] if ".o" not in path.suffix and path.suffix != ".a" else []
    done = subprocess.run(
        [nm, *dynamic, path], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return sorted(set(CALL.findall(done.stdout)))


def check_files(nm, paths):
    faults = 0
    for path in paths:
        for call in calls(nm, pathlib.Path(path)):
            print(f"{path} calls {call}")
            faults += 1
    print(f"{len(paths)} files call libatomic {faults} times")
    return not faults


def check_compilers(folder):
    (folder / "sync_atomic").symlink_to(PROJECT)
    object_file = folder / "no_library_calls.o"
    compiled, faults = 0, 0
    for compiler, nm in COMPILERS.items():
        if not shutil.which(compiler) or not shutil.which(nm):
            print(f"SKIPPED: there is no {compiler} with its {nm} here")
            continue
        for wrong in (False, True):
            options = ["-DWRONG"] if wrong else []
            subprocess.run(
                [compiler, "-std=c++17", "-O2", "-w", *options, "-I", folder,
                 "-c", folder / SOURCE, "-o", object_file],
                check=True,
            )
            found = calls(nm, object_file)
            print(f"{compiler}{' -DWRONG' if wrong else ''}: calls {', '.join(found) or 'nothing'}")
            compiled += 1
            faults += bool(found) != wrong
    return compiled and not faults


def main():
    if len(sys.argv) > 2:
        sys.exit(not check_files(sys.argv[1], sys.argv[2:]))
    with tempfile.TemporaryDirectory() as name:
        sys.exit(not check_compilers(pathlib.Path(name)))


if __name__ == "__main__":
    main()
