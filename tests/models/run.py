#!/usr/bin/env python3
"""Runs the models of the core, and shows that each would see a bug.

Usage: run.py [--table] [WORD...]

Builds the models into .dev/models, runs them, and then runs them on a library
with a bug planted in it, which must be found; each model that is run with
several kinds of fence counts once for each. With words, only what has one of
them in its name. Ends with "N passed, N failed".

--table also writes what was found into docs/verification.md, between its two
marks.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

from planted_bugs import PLANTED_BUGS, SPIN_MODELS

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "models"
OUT = ROOT / ".dev" / "models"
REPORT = ROOT / "docs" / "verification.md"
MARKS = ("<!-- tests/models/run.py writes from here -->", "<!-- to here -->")

# Relacy's models, by file, and how often each is run. Most planted bugs need
# less than a tenth of that; none may need more than it is given below.
RELACY_MODELS = ["slots", "pins", "lists", "cell"]
EXECUTIONS = 20_000
PLANTED_EXECUTIONS = 400_000

COMPILE = ["g++", "-std=c++17", "-w", "-c"]
# The calls before each plain access are answered by machine.cc.
CHECKED = ["-O1", "-fsanitize=thread"]


class Failed(Exception):
    """A command that should have worked didn't."""


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          **options)
    return done.returncode, done.stdout


def must(command, **options):
    status, output = run(command, **options)
    if status != 0:
        raise Failed(" ".join(map(str, command)) + "\n" + output)
    return output


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


def run_planted(bug):
    """Plants a bug and looks for it. Returns whether it was found, and how."""
    try:
        return plant_and_run(bug)
    except Failed as failure:
        return False, str(failure), ""


def plant_and_run(bug):
    folder = OUT / "planted" / bug.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, original, broken in bug.edits:
        copy = folder / "sync_atomic" / file
        source = copy if copy.exists() else ROOT / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        must([sys.executable, ROOT / "tests/teeth/break.py", source, copy,
              original, broken])
    compiled = compile_models(bug.models, folder, changed=(folder,))
    program = link_models([compiled], folder / "models")
    _, output = run([program, f"--executions={PLANTED_EXECUTIONS}", bug.model])
    found = re.search(r"^FOUND \S+ after (\d+) executions: (.*)$", output,
                      re.MULTILINE)
    if not found:
        return False, f"not found in {PLANTED_EXECUTIONS:,} executions", ""
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


def run_planted_spin(name, bug):
    errors, states, violated = run_spin(name, bug)
    return errors > 0, f"{states:,} states", violated


# ---- All of it ------------------------------------------------------------------


def write_table(rows, models):
    lines = ["", "| model | explored |", "|---|---|"]
    lines += [f"| {name} | {result} |" for name, result in models]
    lines += ["", "| planted bug | found by | after | as |", "|---|---|---|---|"]
    lines += [f"| {what} | {model} | {after} | {how} |"
              for what, model, after, how in rows]
    text = REPORT.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    REPORT.write_text(before + MARKS[0] + "\n" + "\n".join(lines) + "\n\n" +
                      MARKS[1] + after, encoding="utf-8")


def main():
    arguments = sys.argv[1:]
    if "-h" in arguments or "--help" in arguments:
        print(__doc__)
        return 0
    table = "--table" in arguments
    words = [word for word in arguments if word != "--table"]

    def chosen(name):
        return not words or any(word in name for word in words)

    (OUT / "include").mkdir(parents=True, exist_ok=True)
    link = OUT / "include" / "sync_atomic"
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)

    passed = failed = 0
    models, rows = [], []

    def report(good, line):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(("ok    " if good else "FAIL  ") + line, flush=True)

    workers = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        machine = pool.submit(build_machine)
        compiled = {name: pool.submit(compile_models, name, OUT)
                    for name in RELACY_MODELS
                    if any(chosen(model) for model in names_in(name))}
        spins = {name: pool.submit(explore, name)
                 for name in SPIN_MODELS if chosen(f"{name}.pml")}
        machine.result()
        runs = {}
        if compiled:
            program = link_models([o.result() for o in compiled.values()],
                                  OUT / "models")
            runs = {model: pool.submit(run_model, program, model)
                    for name in compiled for model in names_in(name)
                    if chosen(model)}
        planted = [(bug, pool.submit(run_planted, bug)) for bug in PLANTED_BUGS
                   if chosen(bug.name)]
        planted_spin = [
            (name, number, what, pool.submit(run_planted_spin, name, number))
            for name, bugs in SPIN_MODELS.items()
            for number, what in bugs.items() if chosen(f"{name}.pml {what}")]

        for name, future in spins.items():
            good, result = future.result()
            models.append((f"{name}.pml", result))
            report(good, f"{name}.pml: {result}")
        for name, future in runs.items():
            good, result = future.result()
            models.append((name, f"{EXECUTIONS:,} executions"))
            report(good, re.sub(r"^(OK|FOUND) +", "", result))
        for bug, future in planted:
            good, after, how = future.result()
            rows.append((bug.what, bug.model, after, how))
            report(good, f"planted {bug.name}: {bug.model}, {after}"
                         + (f": {how}" if how else ""))
        for name, number, what, future in planted_spin:
            good, after, how = future.result()
            rows.append((what, f"{name}.pml", after, how))
            report(good, f"planted {name}.pml BUG={number} ({what}): {after}"
                         + (f": {how}" if how else ""))

    if table and not words:
        write_table(rows, models)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"models: {failure}")
