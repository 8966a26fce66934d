#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Runs the models of the core, and requires them to kill mutants of it.

Usage: run.py [WORD...]

Builds the models into .dev/models, runs them, and then runs them on the mutants
(tests/mutants/mutants.bzl) that models must kill; each model that is run with
several kinds of fence counts once for each. Also runs the checks of herd.py,
where herd7 is installed. With words, only models and mutants with one of them in
their names. The last line is "N passed, N failed", with ", N skipped" if some
are.
"""

import concurrent.futures
import os
import pathlib
import re
import runpy
import shutil
import sys

import herd
from herd import Failed, must, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "models"
OUT = ROOT / ".dev" / "models"
MUTANTS = runpy.run_path(str(ROOT / "tests/mutants/mutants.bzl"))
SPIN_MODELS = MUTANTS["SPIN_MODELS"]

# Relacy's models, by file, and how often each is run. Most mutants need
# less than a tenth of that; none may need more than it is given below.
RELACY_MODELS = ["slots", "pins", "lists", "cell", "map"]
EXECUTIONS = 20_000
MUTANT_EXECUTIONS = 400_000

COMPILE = ["g++", "-std=c++17", "-w", "-c"]
# The calls before each plain access are answered by machine.cc.
CHECKED = ["-O1", "-fsanitize=thread"]


# ---- Relacy ---------------------------------------------------------------------


def build_machine():
    must(COMPILE + ["-O2", "-I", OUT / "include", HERE / "machine.cc",
                    "-o", OUT / "machine.o"])


def compile_models(name, folder, changed=()):
    """The object file of the models in NAME_model.cc."""
    compiled = folder / f"{name}.o"
    includes = [flag for path in (*changed, OUT / "include")
                for flag in ("-I", path)]
    must(COMPILE + CHECKED + includes +
         [HERE / f"{name}_model.cc", "-o", compiled])
    return compiled


def link_models(objects, program):
    must(["g++", OUT / "machine.o", *objects, "-o", program])
    return program


def names_in(name):
    """The models in a file, each with each kind of fence."""
    fences = {"kBothFences": ["membarrier", "full"],
              "kEvenWithoutFences": ["none", "membarrier", "full"]}
    text = (HERE / f"{name}_model.cc").read_text(encoding="utf-8")
    for model, kinds in re.findall(
            r"^SYNC_ATOMIC_MODEL\((\w+), \d+, (\w+)\)", text, re.MULTILINE):
        for kind in fences[kinds]:
            yield f"{model}/{kind}"


def run_model(program, name):
    status, output = run([program, f"--executions={EXECUTIONS}", name])
    return status == 0, output.strip() or f"{name}: no output"


def run_mutant(mutant):
    """Runs a model on a mutant. Returns whether it was killed, and how."""
    try:
        return mutate_and_run(mutant)
    except Failed as failure:
        return False, str(failure), ""


def mutate_and_run(mutant):
    (models, model), = mutant["models"].items()
    folder = OUT / "mutants" / mutant["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, original, mutated in mutant["edits"]:
        copy = folder / "sync_atomic" / file
        source = copy if copy.exists() else ROOT / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        must([sys.executable, ROOT / "tests/mutants/mutate.py", source, copy,
              original, mutated])
    compiled = compile_models(models, folder, changed=(folder,))
    program = link_models([compiled], folder / "models")
    _, output = run([program, f"--executions={MUTANT_EXECUTIONS}", model])
    found = re.search(r"^FOUND \S+ after (\d+) executions: (.*)$", output,
                      re.MULTILINE)
    if not found:
        return False, f"not killed in {MUTANT_EXECUTIONS:,} executions", ""
    return True, f"{int(found[1]):,} executions", found[2]


# ---- Spin -----------------------------------------------------------------------


def run_spin(name, bug):
    """Explores a model. Returns its errors, its states and what was violated."""
    folder = OUT / "spin" / f"{name}.{bug}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    must(["spin", "-a", f"-DBUG={bug}", HERE / f"{name}.pml"], cwd=folder)
    must(["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DVECTORSZ=2048",
          "-o", "pan", "pan.c"], cwd=folder)
    output = must(["./pan", "-m1000000", "-w22"], cwd=folder)
    if "max search depth too small" in output or "out of memory" in output:
        raise Failed(f"{name}: not everything was explored\n{output}")
    errors = int(re.search(r"errors: (\d+)", output)[1])
    states = int(float(re.search(r"^\s*(\S+) states, stored", output,
                                 re.MULTILINE)[1]))
    violated = re.search(r"pan:1: (.*) \(at depth", output)
    return errors, states, violated[1] if violated else ""


def explore(name):
    errors, states, violated = run_spin(name, 0)
    result = f"all {states:,} states explored"
    return errors == 0, result + (f": {violated}" if errors else "")


def run_spin_mutant(name, bug):
    errors, states, violated = run_spin(name, bug)
    return errors > 0, f"{states:,} states", violated


# ---- All of it ------------------------------------------------------------------


def main():
    words = sys.argv[1:]
    if "-h" in words or "--help" in words:
        print(__doc__)
        return 0

    def chosen(name):
        return not words or any(word in name for word in words)

    (OUT / "include").mkdir(parents=True, exist_ok=True)
    link = OUT / "include" / "sync_atomic"
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)

    passed = failed = 0

    def report(good, line):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(("ok    " if good else "FAIL  ") + line, flush=True)

    herd_jobs, skipped = herd.jobs(words), 0
    if herd_jobs and herd.why_not():
        print(f"skipped: {herd.why_not()}: {len(herd_jobs)} checks of herd.py")
        herd_jobs, skipped = [], len(herd_jobs)
    elif herd_jobs:
        herd.include()

    workers = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        relacy_mutants = [mutant for mutant in MUTANTS["MUTANTS"]
                          if "models" in mutant and chosen(mutant["name"])]
        machine = pool.submit(build_machine) if relacy_mutants or any(
            chosen(model) for name in RELACY_MODELS for model in names_in(name)) else None
        compiled = {name: pool.submit(compile_models, name, OUT)
                    for name in RELACY_MODELS
                    if any(chosen(model) for model in names_in(name))}
        spins = {name: pool.submit(explore, name)
                 for name in SPIN_MODELS if chosen(f"{name}.pml")}
        if machine:
            machine.result()
        runs = {}
        if compiled:
            program = link_models([o.result() for o in compiled.values()],
                                  OUT / "models")
            runs = {model: pool.submit(run_model, program, model)
                    for name in compiled for model in names_in(name)
                    if chosen(model)}
        mutants = [(mutant, pool.submit(run_mutant, mutant))
                   for mutant in relacy_mutants]
        spin_mutants = [
            (name, number, what, pool.submit(run_spin_mutant, name, number))
            for name, bugs in SPIN_MODELS.items()
            for number, what in bugs.items() if chosen(f"{name}.pml {what}")]
        herd_runs = [pool.submit(job) for job in herd_jobs]

        for name, future in spins.items():
            good, result = future.result()
            report(good, f"{name}.pml: {result}")
        for name, future in runs.items():
            good, result = future.result()
            report(good, re.sub(r"^(OK|FOUND) +", "", result))
        for mutant, future in mutants:
            good, after, how = future.result()
            model, = mutant["models"].values()
            report(good, f"mutant {mutant['name']}: {model}, {after}"
                         + (f": {how}" if how else ""))
        for name, number, what, future in spin_mutants:
            good, after, how = future.result()
            report(good, f"mutant {name}.pml BUG={number} ({what}): {after}"
                         + (f": {how}" if how else ""))
        for future in herd_runs:
            report(*future.result())

    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if failed == 0 and passed + skipped > 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"models: {failure}")
