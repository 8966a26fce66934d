#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails unless files link with those alone that are built as they are: checked or not, for
the shared library or not.

    mixed_build.py COMPILER USER LIBRARY... -- FLAG...

USER is a source with one use of the library for each USE_ macro that it asks for. Each use
must link with the library's sources LIBRARY where both are of one kind. Else the linker
must miss a symbol that names the kind which it was told to look for. The flags say where
the headers are.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

CHECKED, SHARED = "-DSYNC_ATOMIC_CHECKED", "-DSYNC_ATOMIC_SHARED"
KINDS = {
    "plain": [],
    "checked": [CHECKED],
    "shared": [SHARED],
    "checked_shared": [CHECKED, SHARED],
}


def run(*command):
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def main():
    if sys.argv[2:].count("--") != 1:
        sys.exit(__doc__)
    end = sys.argv.index("--")
    compiler, user, library, flags = sys.argv[1], sys.argv[2], sys.argv[3:end], sys.argv[end + 1 :]
    with open(user, encoding="utf-8") as file:
        uses = re.findall(r"defined\((USE_\w+)\)", file.read())
    faults = [] if uses else [f"{user}: no use"]
    with tempfile.TemporaryDirectory() as folder:
        pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

        def compile_(kind, source, name, *more):
            made = os.path.join(folder, f"{kind}.{name}.o")
            job = pool.submit(
                run, compiler, "-c", "-O2", source, "-o", made, *flags, *KINDS[kind], *more
            )
            return made, job

        objects = {}
        for kind in KINDS:
            for source in library:
                objects[kind, source] = compile_(kind, source, os.path.basename(source))
            for use in uses:
                objects[kind, use] = compile_(kind, user, use, f"-D{use}")
        for (kind, name), (_, job) in objects.items():
            status, said = job.result()
            if status != 0:
                sys.exit(f"{name} does not compile {kind}:\n{said}")
        links = {}
        for use in uses:
            for theirs in KINDS:
                for ours in KINDS:
                    made = os.path.join(folder, f"{use}.{theirs}.{ours}")
                    parts = [objects[theirs, use][0]]
                    parts += [objects[ours, source][0] for source in library]
                    command = (compiler, *parts, "-o", made, "-lstdc++", "-pthread")
                    links[use, theirs, ours] = pool.submit(run, *command)
        for (use, theirs, ours), job in links.items():
            status, said = job.result()
            what = f"{use}: {theirs} code with a {ours} library"
            if theirs == ours:
                if status != 0:
                    faults.append(f"{what} does not link:\n{said}")
            elif status == 0:
                faults.append(f"{what} links")
            elif not re.search(rf"undefined.*::{theirs}_build::", said):
                faults.append(f"{what}: no symbol names {theirs}_build:\n{said}")
            print(what)
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
