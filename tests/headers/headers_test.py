#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if our headers warn, or break, in files that are not ours.

    headers_test.py COMPILER everything.cc macros.cc -- FLAG...
    headers_test.py --self-test COMPILER

sync_atomic.h includes every public header, and everything.cc uses them. Each g++ and clang++ that is here
compiles it, where no warning may come,
  - with many warnings, at each level of optimization as C++17, and as C++20 and 23;
  - the same as users of the shared library compile it (SYNC_ATOMIC_SHARED), each with
    default and with hidden visibility;
  - after macros of other libraries (macros.cc). The macros that it calls UNBEARABLE are
    tried one by one, and must still break what they are said to break;
  - where the namespace of its own types has a deleted template of every name that our
    headers call without a namespace, so that none of these calls is found by argument.
Of FLAGs, those that name include folders are used: our own by -I, others' by -isystem.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WARNINGS = "-Wall -Wextra -Wshadow -Wconversion -Wpedantic -Wold-style-cast".split()
EVERYTHING = "-Weverything -Wno-padded -Wno-c++98-compat -Wno-c++98-compat-pedantic".split()
STANDARDS = ("-std=c++17", "-std=c++20", "-std=c++2b")
SHARED = ["-DSYNC_ATOMIC_SHARED"]
SHARED_USERS = (SHARED, SHARED + ["-fvisibility=hidden", "-fvisibility-inlines-hidden"])
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")

# A call: a name without a namespace or an object before it.
CALL = re.compile(r"(?<![\w.>:~])([A-Za-z]\w*)(?:<[^<>;()]*>)?\(")
# What is meant to be found by argument, and what no namespace can have: keywords, macros.
NOT_HOSTILE = re.compile(
    r"AbslStringify|PrintTo|RetiredBytes|ToChronoNanoseconds|[A-Z]|[A-Z]+_[A-Z_]+"
    r"|alignas|alignof|asm|bool|const_cast|decltype|default|defined|delete|explicit|for|if"
    r"|new|noexcept|operator|reinterpret_cast|return|sizeof|static_assert|static_cast|switch"
    r"|typeid|void|volatile|while|offsetof|catch"
)

# Each as good a match as ours can be: what is ambiguous does not compile either.
PARAMETERS = {
    "class... A": ["A&&..."],
    "class T, class... A": ["A&&..."],
    "class T": ["T&&", "const T&", "T*"],
    "class T, class U": ["T&&, U&&", "const T&, U&&", "T*, U&&", "T*, U", "U&&"],
    "class T, class U, class V": ["T&&, U&&, V&&", "T*, U&&, V&&"],
}


def compilers():
    found = {}
    for program in ("g++", "clang++"):
        path = shutil.which(program)
        if path:
            version = subprocess.run([path, "-dumpversion"], stdout=subprocess.PIPE, text=True)
            found[program] = int(version.stdout.split(".")[0])
        else:
            print(f"SKIPPED: there is no {program} here")
    return found


def missing_headers(text, folders):
    """The public headers in the folders that a file doesn't include."""
    public = set()
    for folder in folders:
        for part in ("atomic", "pointer", "value"):
            headers = (pathlib.Path(folder) / "sync_atomic" / part).glob("*.h")
            public.update(f"sync_atomic/{part}/{header.name}" for header in headers)
    included = re.findall(r'^#include "(.*?)"', text, re.MULTILINE)
    return sorted(public.difference(included))


def compile_file(command):
    """Returns what is wrong, or an empty text."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode == 0 and not done.stdout:
        return ""
    return " ".join(command) + "\n" + done.stdout[:3000]


def include_flags(flags):
    """Ours by -I, others' by -isystem. Not what the compiler finds by itself: it would come
    before the standard library's headers then, which look for it behind them."""
    result = []
    for flag in flags:
        folder = pathlib.Path(flag[2:])
        if flag.startswith("-I") and folder not in map(pathlib.Path, (".", "/usr/include")):
            ours = (folder / "sync_atomic").exists()
            result += ["-I", str(folder)] if ours else ["-isystem", str(folder)]
    return result


def hostile_names(folders):
    names = set()
    for folder in folders:
        for header in (pathlib.Path(folder) / "sync_atomic").glob("[apv]*/**/*.h"):
            if {"tests", "benchmarks"} & set(header.parts):
                continue
            text = re.sub(r"//.*|\"(\\.|[^\"\\\n])*\"", "", header.read_text())
            names.update(CALL.findall(re.sub(r"^\s*#.*", "", text, flags=re.MULTILINE)))
    return sorted(name for name in names if not NOT_HOSTILE.fullmatch(name))


def hostile_header(names):
    templates = "".join(
        f"template <{template}>\nvoid {name}({parameters}) = delete;\n"
        for name in names
        for template, lists in PARAMETERS.items()
        for parameters in lists
    )
    return f"namespace strangers {{\n{templates}}}  // namespace strangers\n"


def unbearable(macros):
    return re.findall(r"^// UNBEARABLE (\w+): (\S+)$", macros.read_text(), re.MULTILINE)


def main():
    if sys.argv[1] == "--self-test":
        self_test()
        return
    separator = sys.argv.index("--")
    everything, macros = (pathlib.Path(path) for path in sys.argv[2:separator])
    includes = include_flags(sys.argv[separator + 1 :])
    ours = [includes[i + 1] for i in range(len(includes)) if includes[i] == "-I"]
    output = ["-c", "-o", os.devnull]
    must, must_not = [], []
    [umbrella] = {
        path.read_text()
        for path in (pathlib.Path(folder, "sync_atomic", "sync_atomic.h") for folder in ours)
        if path.exists()
    }
    missing = missing_headers(umbrella, ours)
    for header in missing:
        print(f"sync_atomic/sync_atomic.h lacks {header}")
    with tempfile.TemporaryDirectory() as name:
        names = hostile_names(ours)
        print(f"{len(names)} names are hostile")
        hostile = pathlib.Path(name, "hostile.h")
        hostile.write_text(hostile_header(names))
        for compiler, version in compilers().items():
            call = [compiler, *includes, *output]
            warnings = WARNINGS + (["-Wuseless-cast"] if compiler == "g++" else [])
            must += [
                [*call, standard, level, *warnings, str(everything)]
                for standard in STANDARDS
                for level in (LEVELS if standard == STANDARDS[0] else ["-O2"])
            ]
            must += [
                [*call, standard, "-O2", *warnings, *user, str(everything)]
                for standard in STANDARDS
                for user in SHARED_USERS
            ]
            if compiler == "clang++" and version == 14:
                must += [
                    [*call, s, "-O1", *EVERYTHING, *user, str(everything)]
                    for s in STANDARDS
                    for user in ([], SHARED)
                ]
            must.append([*call, "-std=c++17", *warnings, str(macros)])
            must.append([*call, "-std=c++17", "-include", str(hostile), str(everything)])
            for macro, header in unbearable(macros):
                source = pathlib.Path(name, macro + ".cc")
                source.write_text(f'#define {macro} int\n#include "{header}"\n')
                must_not.append([*call, "-std=c++17", "-w", str(source)])
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            faults = [fault for fault in pool.map(compile_file, must) if fault]
            faults += [
                " ".join(command) + "\ncompiles, which it is said not to"
                for command, fault in zip(must_not, pool.map(compile_file, must_not))
                if not fault
            ]
    for fault in faults:
        print(fault)
    print(f"{len(must)} + {len(must_not)} compiled, {len(faults)} faults")
    sys.exit(bool(faults or missing) or not must or not names)


def self_test():
    """What must be found is found."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        header = folder / "sync_atomic" / "value" / "header.h"
        header.parent.mkdir(parents=True)
        header.write_text(
            "namespace ours {\n"
            "template <class T> void Make(T&&) {}\n"
            "template <class T> void Use(T t) { Make(t); }\n"
            "inline int Narrow(long number) { return number; }\n"
            "}\n"
        )
        source = folder / "source.cc"
        source.write_text(
            '#include "sync_atomic/value/header.h"\n'
            "namespace strangers { struct Type {}; }\n"
            "template void ours::Use(strangers::Type);\n"
        )
        assert missing_headers('#include "sync_atomic/value/header.h"', [folder]) == []
        assert missing_headers("", [folder]) == ["sync_atomic/value/header.h"]
        hostile = folder / "hostile.h"
        hostile.write_text(hostile_header(hostile_names([folder])))
        assert include_flags([f"-I{folder}", "-I/opt/a", "-I/usr/include", "-I.", "-O2"]) == [
            "-I", str(folder), "-isystem", "/opt/a",
        ]
        for compiler in compilers():
            call = [compiler, "-std=c++17", "-fsyntax-only", "-I", name, str(source)]
            assert not compile_file(call)
            assert "header.h" in compile_file([*call, *WARNINGS])
            assert "hostile.h" in compile_file([*call, "-include", str(hostile)])


if __name__ == "__main__":
    main()
