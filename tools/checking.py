# SPDX-License-Identifier: Apache-2.0

"""What the checkers in this folder share: how they are called, and how each tests itself.

A checker tests itself on GOOD, a project {path: text} that has no fault, in which it then
plants FAULTS: tuples (path, text in that file, what replaces it, a part of what must be said).
"""

import argparse
import contextlib
import pathlib
import sys
import tempfile


@contextlib.contextmanager
def project(tree):
    """A temporary folder with the files {path: text}."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in tree.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        yield pathlib.Path(root)


def missed(check, good, faults):
    """What is wrong with check(root), which should find the fault put in, and nothing else."""
    with project(good) as root:
        failures = [f"the good tree: unexpected: {fault}" for fault in check(root)]
    for name, old, new, expected in faults:
        faulty = good[name].replace(old, new, 1)
        with project({**good, name: faulty}) as root:
            found = check(root)
        if faulty == good[name] or not any(expected in fault for fault in found):
            failures.append(f"{name}, {old!r} -> {new!r}: expected {expected!r}, found {found}")
    return failures


def main(description, check, self_test, fix_help=None):
    """Prints what check(root) finds or, with --fix, what check(root, fix=True) leaves."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    if fix_help:
        parser.add_argument("--fix", action="store_true", help=fix_help)
    parser.add_argument("--self-test", action="store_true", help="test this checker on faults that it plants")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    if arguments.self_test:
        faults = self_test()
    elif fix_help:
        faults = check(root, arguments.fix)
    else:
        faults = check(root)
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)
