#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs benchmark programs in turn, and keeps undisturbed repetitions: see measurements.py.

    run.py --out=FILE [OPTION...] PROGRAM...

In each pass every program runs once, and measures each of its lines once; from the second
pass on only lines that lack undisturbed repetitions. So compared numbers were measured at
nearly the same times. ./dev bench calls this.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

import measurements
from measurements import ALL, ENOUGH, Wrong

PASSES = 100  # at most

# Seconds: each line's window, and all passes together.
THOROUGH = {"window": 0.2, "budget": 1500.0}
QUICK = {"window": 0.02, "budget": 200.0}
# What waits is looked at many times in a window, which disturbs a shorter one.
WAITING_WINDOW = 0.1  # at least

# What Bazel adds to each compilation and what changes no code.
NO_FLAG_OF_INTEREST = re.compile(r"-[UWIM].*|-D__\w+__=.*|-DBENCHMARK_.*|-frandom-seed=.*"
                                 r"|-iquote|-f(no-canonical-system-headers|stack-protector)|-g0")


# ---- Programs --------------------------------------------------------------------


def run_program(program, window, pattern):
    """Runs a program for the lines that match, or more, and returns its JSON; "" for none."""
    name = pathlib.Path(program).name
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out.json")
        # What is written in C++ takes Google Benchmark's options.
        if name.endswith("_benchmark"):
            options = [f"--benchmark_filter={pattern}", f"--benchmark_out={out}",
                       "--benchmark_out_format=json"]
        else:
            options = [f"--out={out}", "--repetitions=1"]
            if pattern.startswith("^("):  # a list of names: not all know regular expressions
                options.append(f"--filter={pattern}")
        try:
            done = subprocess.run([program, f"--window={window}", *options], text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        except OSError as error:
            raise Wrong(f"{program}: {error.strerror}") from error
        if done.returncode != 0:
            raise Wrong(f"{name}: ended with {done.returncode}: {done.stderr.strip()}")
        return out.read_text() if out.exists() else ""


def window_of(program, window):
    return max(window, WAITING_WINDOW) if "waiting" in pathlib.Path(program).name else window


def measure(programs, window, budget, pattern, say=lambda text: None, run=run_program,
            clock=time.monotonic):
    """Returns the Collector of all lines, and how many passes there were."""
    collector = measurements.Collector()
    lacking = {}  # program -> its lines that lack repetitions
    begin = clock()
    for number in range(1, PASSES + 1):
        started = clock()
        for program in programs:
            names = lacking.get(program, [])
            if number > 1 and not names:
                continue
            only = pattern if number == 1 else f"^({'|'.join(map(re.escape, names))})$"
            text = run(program, window_of(program, window), only)
            if text:
                names = collector.add(text, pathlib.Path(program).name, only)
            lacking[program] = collector.lacking(names, ENOUGH)
        if not collector.repetitions:
            raise Wrong(f"no line matches {pattern}")
        left = sum(map(len, lacking.values()))
        say(f"pass {number}: {left} of {len(collector.repetitions)} lines"
            f" lack undisturbed repetitions")
        now = clock()
        if left == 0 or now - begin + (now - started) > budget:
            break
    return collector, number


# ---- Where it was measured -------------------------------------------------------


def output(*command):
    """What a command prints; "" if it fails or is not there."""
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def compilation(path):
    """The compiler, and its flags, from what `bazel aquery --output=jsonproto` wrote."""
    try:
        program, *arguments = measurements.parsed(pathlib.Path(path).read_text(),
                                                  path)["actions"][0]["arguments"]
        arguments = arguments[:arguments.index("-c")]
    except OSError as error:
        raise Wrong(f"{path}: {error.strerror}") from error
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise Wrong(f"{path}: not a compilation: {error!r}") from error
    flags = [flag for flag in arguments if flag.startswith("-")
             and not NO_FLAG_OF_INTEREST.fullmatch(flag)]
    standard = [flag for flag in flags if flag.startswith("-std=")][-1:]  # the last one counts
    flags = standard + [flag for flag in flags if not flag.startswith("-std=")]
    return output(program, "--version").partition("\n")[0] or program, " ".join(flags)


def cpu():
    """The processor's name."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    name = re.search(r"^model name\s*: (.*)", text, re.MULTILINE)
    return name[1] if name else platform.machine()


def commit():
    """The commit that was measured, and whether anything but the report had been changed."""
    git = ["git", "-C", str(pathlib.Path(__file__).absolute().parents[2])]
    name = output(*git, "rev-parse", "--short=12", "HEAD") or "unknown"
    changed = output(*git, "status", "--porcelain", "--", ".", ":!docs",
                     ":!benchmarks/report/results.json")
    return f"{name}, with changes" if changed else name


def context(options):
    compiler, flags = compilation(options.compilation)
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {re.match(r'[0-9.]*', platform.release())[0]}",
        "compiler": compiler,
        "flags": flags,
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "filter": options.filter,
        "window_s": options.window,
        "waiting_window_s": max(options.window, WAITING_WINDOW),
    }


# ---- The command line ------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", required=True, help="the file of results to write")
    parser.add_argument("--compilation", required=True, help="the output of bazel aquery for it")
    parser.add_argument("--quick", action="store_true", help="short windows")
    parser.add_argument("--window", type=float, help="seconds that a line is measured each time")
    parser.add_argument("--budget", type=float, help="seconds after which no pass begins")
    parser.add_argument("--filter", default=ALL, help="a regular expression for names of lines")
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    options = parser.parse_args()
    for name, value in (QUICK if options.quick else THOROUGH).items():
        if getattr(options, name) is None:
            setattr(options, name, value)

    def say(text):
        print(f"bench: {text}", file=sys.stderr)

    try:
        about = context(options)
        collector, passes = measure(options.programs, options.window, options.budget,
                                    options.filter, say)
    except Wrong as wrong:
        sys.exit(f"bench: {wrong}")
    for name in collector.lacking(collector.repetitions, 1):
        say(f"{name}: disturbed in each pass: no numbers")
    about["compiler"] = "; ".join((about["compiler"], *collector.compilers))
    measured = collector.results({**about, "passes": passes})
    pathlib.Path(options.out).write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
