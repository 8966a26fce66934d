#!/usr/bin/env python3
"""clang_tidy.py BUILD: clang-tidy, on what is compiled in BUILD, a folder of CMake's.

It takes some seconds a file. What it has found faultless is noted in BUILD, and not looked
at again before the file, a header of ours in it or a .clang-tidy changes.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(rb'^#include "sync_atomic/(.*)"', re.MULTILINE)


def with_headers(file, found):
    """Adds the file and the headers of ours that it includes, and these, to `found`."""
    if file not in found:
        found[file] = file.read_bytes()
        for header in INCLUDE.findall(found[file]):
            with_headers(PROJECT / header.decode(), found)
    return found


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    notes = build / "clang_tidy"
    notes.mkdir(exist_ok=True)
    program = shutil.which("clang-tidy-14") or "clang-tidy"
    configuration = [(PROJECT / name).read_bytes() for name in (".clang-tidy", "tests/.clang-tidy")]

    def faultless(file):
        contents = b"".join([*configuration, *with_headers(file, {}).values()])
        note = notes / hashlib.sha256(contents).hexdigest()
        if note.exists():
            return True
        # C++17 is also for a compiler that has it by itself, and so no option that says so.
        command = [program, "--quiet", "-p", build, "--extra-arg-before=-std=c++17", file]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode == 0:
            note.touch()
        else:
            print(result.stdout)
        return result.returncode == 0

    commands = json.loads((build / "compile_commands.json").read_text())
    files = sorted({pathlib.Path(command["file"]) for command in commands})
    files = [file for file in files if build not in file.parents]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        sys.exit(not all(list(pool.map(faultless, files))))


if __name__ == "__main__":
    main()
