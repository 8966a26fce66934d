#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a benchmark program lacks what a report is made from.

    programs_test.py PROGRAM...

Runs each program with windows that are too short to measure anything: all lines are there,
with their counters, and what is unknown or wrong on the command line is refused.
"""

import copy
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

WINDOW = "0.002"

CORES = len(os.sched_getaffinity(0))
THREADS = [f"threads:{n}" for n in sorted({CORES, *(2**i for i in range(CORES.bit_length()))})
           if n <= CORES]

SUBJECTS = ["Value", "ValueOf", "PinGuard", "Protected"]


def lines(series, middles, ends, counters):
    """Names SERIES/MIDDLE/END, with what each line counts."""
    ends = [f"/{end}" for end in ends] or [""]
    return {f"{series}/{middle}{end}": counters for middle in middles for end in ends}


def if_two_cores(expected):
    return expected if CORES > 1 else {}


# Program -> line -> its counters. There may be more lines.
EXPECTED = {
    "atomic_benchmark": {
        name: counters
        for operation in "Load Store Swap CompareAndSwap CompareExchange Add Sub FetchAdd And "
        "Or Xor Max Min Update".split()
        for name, counters in lines(operation, ["Int64", "std"], THREADS, ["op_ns"]).items()
    }
    | lines("Add", ["Counter", "CounterAny", "SpreadCounter"], THREADS, ["op_ns"]),
    "map_benchmark": {
        **{name: counters for n in (1000, 100000, 1000000)
           for name, counters in lines(f"M1/Map/number/{n}", THREADS, [], ["load_ns"]).items()},
        **lines("M4/Map/number", [100000, 1000000], ["threads:1"], ["insert_ns", "entry_bytes"]),
        **lines("M4/PlainMap/number", [100000, 1000000], ["threads:1"], ["insert_ns"]),
        **lines("Growth", ["Map"], ["number"], ["p50_ns", "p999_ns", "max_ns"]),
        **if_two_cores({
            **lines("M2/Map/number", [1000, 100000], ["threads:2"], ["op_ns"]),
            **lines("M3/Map/number", [1000, 100000], ["threads:2"], ["op_ns"]),
            **lines("M5/Map/number", [100000], ["threads:2"], ["store_ns", "entry_ns"]),
            **lines("M6/Map/number", [1000], ["threads:2"], ["load_ns", "store_ns"]),
        }),
    },
    "pointer_benchmark": {
        **lines("Pin", ["PinGuard", "ProcPin", "rcu_domain"], THREADS, ["op_ns"]),
        **lines("Protect", ["Pointer", "hazard_pointer", "make_hazard_pointer"], THREADS,
                ["op_ns"]),
        **lines("Retire", ["Bare", "Pointer", "Retirable", "hazard_pointer", "rcu_retire"],
                THREADS, ["op_ns"]),
        **lines("FirstLoad", ["Bare", "Value"], [], ["ns"]),
        **lines("ThreadExit", ["Bare", "Value"], [], ["ns"]),
        **lines("Parked", ["Retire"], [0, 1, 10, 100, 1000], ["op_ns"]),
        **lines("Parked", ["Value"], [0, 1, 10, 100, 1000], ["load_ns", "store_ns"]),
    },
    "reclamation_benchmark": {
        **lines("W1", ["Bare", "ValueOf::Reader", "ValueUnderPin", *SUBJECTS], THREADS,
                ["load_ns"]),
        **if_two_cores(lines("W2", ["Bare", "ValueOf::Reader", *SUBJECTS], ["threads:2"],
                             ["load_ns", "store_ns"])),
        **lines("W3a", ["Bare", "BareDelete", "Retirable", *SUBJECTS], ["threads:1"],
                ["store_ns"]),
        **if_two_cores(lines("W3b", ["Bare", "BareDelete", "Retirable", *SUBJECTS],
                             ["threads:2"], ["store_ns"])),
        **if_two_cores(lines("W4", ["Bare", *SUBJECTS], ["threads:2"], ["op_ns"])),
        **if_two_cores(lines("W5", SUBJECTS, ["threads:2"], ["op_ns"])),
    },
    "value_benchmark": {
        **lines("Size", ["Bare", "Value", "ValueOf"], [8, 64, 512, 4096, 65536],
                ["load_ns", "store_ns"]),
        **lines("Cells", ["Bare", "Value", "ValueOf"], [1, 10, 100, 1000], ["load_ns"]),
        **lines("Snapshots", ["Value"], [1, 4, 7, 8, 12, 16, 20], ["load_ns"]),
        **if_two_cores(lines("ReclaimLatency", ["Value", "ValueOf"], ["paced", "full"],
                             ["p50_ns", "p99_ns", "max_ns"])),
    },
    "tails_benchmark": {
        **lines("Tail", ["Clock"], ["quiet"], ["p50_ns", "p999_ns", "max_ns"]),
        **lines("Tail", ["Load", "Drop", "Store", "Unpin"], ["quiet", "pin", "threads:1000"],
                ["p50_ns", "p999_ns", "max_ns"]),
        **if_two_cores(lines("Tail", ["Load", "Drop", "Store", "Unpin"], ["burst"],
                             ["p50_ns", "p999_ns", "max_ns"])),
    },
    "waiting_benchmark": if_two_cores(
        lines("Waiting", SUBJECTS, ["threads:2"], ["mean_bytes", "max_bytes"])),
}


def faults(output, expected):
    """What is wrong with a program's JSON."""
    found = []
    lines = {}
    for line in output["benchmarks"]:
        name = line["name"]
        if name in lines:
            found.append(f"{name}: twice")
        lines[name] = line
        if "error_message" in line:
            found.append(f"{name}: {line['error_message']}")
        for counter in "disturbed", "ours":
            if line.get(counter) not in (0, 1):
                found.append(f"{name}: {counter} = {line.get(counter)}")
        if name.startswith(("W", "Waiting")) and not line.get("label", "").startswith("frees: "):
            found.append(f"{name}: label = {line.get('label')}")
    for name, counters in expected.items():
        if name not in lines:
            found.append(f"{name}: missing")
            continue
        for counter in counters:
            value = lines[name].get(counter, math.nan)
            # Nothing takes no time; but nothing may wait.
            if not (value > 0 if counter.endswith("ns") else value >= 0):
                found.append(f"{name}: {counter} = {value}")
    return found


def unnoticed(output, expected):
    """Faults put into what is right, that faults() doesn't find."""
    name, counters = next(iter(expected.items()))
    index = [line["name"] for line in output["benchmarks"]].index(name)
    counter = counters[-1]
    plants = {
        f"no {name}": lambda lines: lines.pop(index),
        f"{name} twice": lambda lines: lines.append(lines[index]),
        f"{name}: error": lambda lines: lines[index].update(error_message="lost"),
        f"{name}: no {counter}": lambda lines: lines[index].pop(counter),
        f"{name}: {counter} = -1": lambda lines: lines[index].update({counter: -1}),
        f"{name}: no disturbed": lambda lines: lines[index].pop("disturbed"),
        f"{name}: ours = 2": lambda lines: lines[index].update(ours=2),
    }
    missed = []
    for plant, change in plants.items():
        changed = copy.deepcopy(output)
        change(changed["benchmarks"])
        if not faults(changed, expected):
            missed.append(f"put in and not found: {plant}")
    return missed


def refused(program, option):
    run = subprocess.run([program, option, "--benchmark_list_tests"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    return run.returncode == 1 and option in run.stderr and not run.stdout


def check(program, folder):
    name = pathlib.Path(program).name.removeprefix("sync_atomic_")
    expected = EXPECTED[name]
    found = [f"{option}: not refused" for option in ("--unknown", "--window=x", "--window=0")
             if not refused(program, option)]
    out = pathlib.Path(folder) / f"{name}.json"
    run = subprocess.run([program, f"--window={WINDOW}", f"--benchmark_out={out}",
                          "--benchmark_out_format=json"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        return [f"{name}: ended with {run.returncode}\n{run.stderr}"]
    output = json.loads(out.read_text())
    found += faults(output, expected)
    if not found and expected:
        found = unnoticed(output, expected)
    return [f"{name}: {fault}" for fault in found]


def main():
    programs = sys.argv[1:]
    if len(programs) != len(EXPECTED):
        sys.exit(f"programs_test: give these programs: {', '.join(EXPECTED)}")
    with tempfile.TemporaryDirectory() as folder:
        found = [fault for program in programs for fault in check(os.path.abspath(program), folder)]
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
