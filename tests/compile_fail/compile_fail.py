#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails unless each case in the sources is refused by the compiler, for its reason.

    compile_fail.py COMPILER SOURCE... -- FLAG...
    compile_fail.py --self-test COMPILER

A case is what must not compile, and its twin, which must, so that it is really the
difference that is refused:

    #ifdef an_atomic_is_copied
      // error: deleted
      atomic::Int64 copy(x);
    #else
      atomic::Int64 copy(x.Load());
    #endif

Each source is compiled once as it is, with all twins; and once for each case, with the
case's name defined. Then one of the compiler's errors must match the case's regular
expression, and some line that it prints the regular expression of a line "// note: ..."
below that, if there is one. The flags say where the headers are, and which C++ is meant.

A source that is not for the compiler that builds the rest names those that it is for, each
in a line, with flags of its own; it is skipped where none of them is here:

    // Compiler: clang++ -Werror=dangling
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

IFDEF = re.compile(r"\s*#\s*ifdef\s+(?P<name>\w+)\s*")
EXPECTED = re.compile(r"\s*// error: (?P<pattern>.+)")
NOTE = re.compile(r"\s*// note: (?P<pattern>.+)")
COMPILER = re.compile(r"^// Compiler: (?P<program>\S+)(?P<flags>.*)$", re.MULTILINE)


def cases(path):
    """Returns the cases of a source, name -> (pattern, None or the note's pattern), and what
    is wrong with them."""
    found, faults = {}, []
    text = pathlib.Path(path).read_text()
    for section in re.findall(r"^\s*#\s*ifdef.*?^\s*#\s*endif", text, re.MULTILINE | re.DOTALL):
        first, second, *rest = section.lstrip("\n").split("\n")
        name = IFDEF.fullmatch(first)
        expected = EXPECTED.fullmatch(second)
        if not name or not expected:
            faults.append(f"{path}: below {first.strip()!r} stands no '// error: PATTERN'")
        elif name["name"] in found:
            faults.append(f"{path}: there are two cases {name['name']}")
        elif "#else" not in (line.strip() for line in rest):
            faults.append(f"{path}: {name['name']} has no twin")
        else:
            note = NOTE.fullmatch(rest[0])
            found[name["name"]] = expected["pattern"], note and note["pattern"]
    if not found and not faults:
        faults.append(f"{path}: no case")
    return found, faults


def compilers_of(path, compiler, flags):
    """Returns what the source is compiled by, as far as that is here, each with its flags."""
    named = list(COMPILER.finditer(pathlib.Path(path).read_text()))
    if not named:
        return [(compiler, flags)]
    return [
        (program, flags + one["flags"].split())
        for one in named
        if (program := shutil.which(one["program"]))
    ]


def compile_(compiler, flags, path, name=None):
    """Returns the exit status and what the compiler said."""
    command = [compiler, "-fsyntax-only", *flags, *([f"-D{name}"] if name else []), path]
    environment = {**os.environ, "LC_ALL": "C"}  # the patterns are English
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def check(compiler, flags, paths):
    """Returns the names of all cases, the faults, and the sources that were skipped."""
    names, faults, skipped = [], [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for path in paths:
            found, wrong = cases(path)
            faults += wrong
            named = compilers_of(path, compiler, flags)
            if not named:
                skipped.append(path)
            for command in named:
                jobs.append((path, None, None, pool.submit(compile_, *command, path)))
                for name, patterns in found.items():
                    names.append(f"{path}: {name}")
                    job = pool.submit(compile_, *command, path, name)
                    jobs.append((path, name, patterns, job))
        for path, name, patterns, job in jobs:
            status, said = job.result()
            lines = said.splitlines()
            errors = [line for line in lines if "error:" in line]
            if name is None:
                if status != 0:
                    faults.append(f"{path}: the twins do not compile:\n{said}")
            elif status == 0:
                faults.append(f"{path}: {name}: compiles, and must not")
            elif not any(re.search(patterns[0], line) for line in errors):
                faults.append(f"{path}: {name}: no error like {patterns[0]!r}, but:\n{said}")
            elif patterns[1] and not any(re.search(patterns[1], line) for line in lines):
                faults.append(f"{path}: {name}: no line like {patterns[1]!r}, but:\n{said}")
    return names, faults, skipped


# ---- Self-test -------------------------------------------------------------------

GOOD = """\
struct Whole {
  explicit Whole(int);
};
#ifdef a_number_is_converted
// error: conver
// note: whole = 1
Whole whole = 1;
#else
Whole whole(1);
#endif
"""

# What to replace by what in the good source, and the fault that must be found.
FAULTS = [
    ("explicit ", "", "a_number_is_converted: compiles, and must not"),
    ("error: conver", "error: deleted", "a_number_is_converted: no error like 'deleted'"),
    ("note: whole", "note: part", "a_number_is_converted: no line like 'part = 1'"),
    ("Whole whole = 1", "Missing whole = 1", "a_number_is_converted: no error like 'conver'"),
    ("Whole whole(1)", "Whole whole", "the twins do not compile"),
    ("// error", "// fails", "stands no '// error: PATTERN'"),
    ("#else\nWhole whole(1);\n", "", "a_number_is_converted has no twin"),
    ("#endif\n", "#endif\n" + GOOD[GOOD.index("#ifdef") :], "there are two cases"),
    (GOOD[GOOD.index("#ifdef") :], "", "no case"),
    # The compiler and the flags that a source names are those that are used.
    ("struct", "// Compiler: false\nstruct", "the twins do not compile"),
    ("struct", "// Compiler: COMPILER -Da_number_is_converted\nstruct", "the twins do not compile"),
    ("struct", "// Compiler: COMPILER\n// Compiler: false\nstruct", "the twins do not compile"),
]

# A source whose compiler is nowhere: no fault.
SKIPPED = "// Compiler: no-such-compiler\n" + GOOD


def self_test(compiler):
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "source.cc")

        def faults_of(text):
            pathlib.Path(path).write_text(text)
            return check(compiler, [], [path])[1]

        for text in GOOD, SKIPPED:
            failures += [f"the good source: unexpected: {fault}" for fault in faults_of(text)]
        for old, new, expected in FAULTS:
            found = faults_of(GOOD.replace(old, new.replace("COMPILER", compiler), 1))
            if not any(expected in fault for fault in found):
                failures.append(f"{old!r} -> {new!r}: expected {expected!r}, found {found}")
    return failures


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 2 and arguments[0] == "--self-test":
        faults = self_test(arguments[1])
    elif "--" in arguments and arguments.index("--") >= 2:
        end = arguments.index("--")
        names, faults, skipped = check(arguments[0], arguments[end + 1 :], arguments[1:end])
        print("\n".join(names + [f"SKIPPED {path}: its compiler is not here" for path in skipped]))
        print(f"{len(names)} cases")
    else:
        sys.exit(__doc__)
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
