#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if a workflow in .github/workflows calls something that is not there.

Workflows run on the hosting platform alone. What they call is compared with this project:
each `run` is `.ci/run` or a command that `./dev` has, with the words that its help names,
or installs git, which a container lacks; one step of ci.yml is `.ci/run`; a word of a
matrix is tried with each of its values. Each job has a time limit, and the forms for
issues have what the platform asks of one.

    check_workflows.py               checks the project that it is in
    check_workflows.py --self-test   tests itself on each kind of fault
"""

import itertools
import pathlib
import re

import checking
import yaml

WORKFLOWS = ".github/workflows"
FORMS = ".github/ISSUE_TEMPLATE"
MAIN = f"{WORKFLOWS}/ci.yml"
INSTALL_GIT = (
    "apt-get update && apt-get install -y git ca-certificates"
    " && git config --global --add safe.directory '*'"
)
MATRIX = re.compile(r"\$\{\{ *matrix\.(\w+) *\}\}")
HELP = re.compile(r"((?:^#.*\n)+)^cmd_(\w+)\(\)", re.MULTILINE)
FORM_FIELDS = {"name", "description", "body"}
FORM_TYPES = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


class Checker:
    """Collects the faults of the project in the folder `root`."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.faults = []
        # The words in the help of each command.
        dev = self.root / "dev"
        self.commands = {
            name: set(re.findall(r"\w[\w-]*", text))
            for text, name in HELP.findall(dev.read_text() if dev.exists() else "")
        }

    def check(self):
        workflows = sorted((self.root / WORKFLOWS).glob("*.y*ml"))
        if self.root / MAIN not in workflows:
            self.fault(self.root / MAIN, "there is no such workflow")
        for path in workflows:
            self.check_file(path, self.check_workflow)
        for path in sorted((self.root / FORMS).glob("*.y*ml")):
            if path.stem != "config":
                self.check_file(path, self.check_form)
        return self.faults

    def fault(self, path, message):
        self.faults.append(f"{path.relative_to(self.root)}:1: {message}")

    def check_file(self, path, check):
        try:
            content = yaml.safe_load(path.read_text())
        except yaml.YAMLError as error:
            self.fault(path, f"no YAML: {error}")
            return
        if not isinstance(content, dict):
            self.fault(path, "it is empty")
            return
        check(path, content)

    def check_workflow(self, path, workflow):
        runs = []
        for name, job in (workflow.get("jobs") or {}).items():
            if "timeout-minutes" not in job:
                self.fault(path, f"{name}: there is no timeout-minutes")
            # YAML 1.1 reads the key `on` as a truth value.
            matrix = (job.get("strategy") or {}).get("matrix") or {}
            steps = job.get("steps") or []
            if "actions/checkout" not in "".join(step.get("uses", "") for step in steps):
                self.fault(path, f"{name}: nothing checks out the project")
            commands = [step["run"].strip() for step in steps if "run" in step]
            if set(commands) <= {INSTALL_GIT}:
                self.fault(path, f"{name}: it runs nothing")
            for command in commands:
                for expanded in self.expansions(path, name, command, matrix):
                    self.check_command(path, name, expanded)
            runs += commands
        if "on" not in workflow and True not in workflow:
            self.fault(path, "nothing starts it: there is no `on`")
        if path == self.root / MAIN and ".ci/run" not in runs:
            self.fault(path, "no step is .ci/run")

    def expansions(self, path, job, command, matrix):
        names = MATRIX.findall(command)
        for name in names:
            if not matrix.get(name):
                self.fault(path, f"{job}: the matrix has no {name}")
                return
        for values in itertools.product(*(matrix[name] for name in names)):
            chosen = dict(zip(names, values))
            yield MATRIX.sub(lambda found: str(chosen[found[1]]), command)

    def check_command(self, path, job, command):
        if command == INSTALL_GIT:
            return
        program, *words = command.split()
        if program == ".ci/run" and not words:
            if not (self.root / program).exists():
                self.fault(path, f"{job}: there is no {program}")
            return
        if program != "./dev" or not words:
            self.fault(path, f"{job}: neither .ci/run nor a command of ./dev: {command}")
            return
        name, *words = words
        if name not in self.commands:
            self.fault(path, f"{job}: ./dev has no command {name}")
            return
        for word in words:
            if word.lstrip("-") not in self.commands[name]:
                self.fault(path, f"{job}: the help of ./dev {name} does not name {word}")

    def check_form(self, path, form):
        for field in sorted(FORM_FIELDS - form.keys()):
            self.fault(path, f"a form has a {field}")
        for part in form.get("body") or []:
            if part.get("type") not in FORM_TYPES:
                self.fault(path, f"a form has no part of type {part.get('type')}")
            attributes = part.get("attributes") or {}
            wanted = "value" if part.get("type") == "markdown" else "label"
            if wanted not in attributes:
                self.fault(path, f"a {part.get('type')} has a {wanted}")
            if part.get("type") == "dropdown" and not attributes.get("options"):
                self.fault(path, "a dropdown has options")


# ---- Self-test -------------------------------------------------------------------

A = f"{WORKFLOWS}/a.yml"
FORM = f"{FORMS}/bug.yml"
JOB = f"""\
    timeout-minutes: 10
    steps:
      - run: {INSTALL_GIT}
      - uses: actions/checkout@v4
"""
GOOD = {
    ".ci/run": "exec ./dev ci\n",
    "dev": "# test [asan|tsan] [--quick]\n#   Tests.\ncmd_test() {\n}\n\n# Not a help.\nhelp() {\n}\n",
    MAIN: f"on: push\njobs:\n  ci:\n{JOB}      - run: .ci/run\n",
    A: "on: push\njobs:\n  tests:\n    strategy:\n      matrix:\n        kind: [asan, tsan]\n"
    f"{JOB}      - run: ./dev test ${{{{ matrix.kind }}}} --quick\n",
    FORM: "name: A\ndescription: A\nbody:\n  - type: markdown\n    attributes:\n"
    "      value: A\n  - type: dropdown\n    attributes:\n      label: A\n"
    "      options: [a]\n",
}

# The file to change, what to replace in it by what, and the fault expected.
FAULTS = [
    (MAIN, "- run: .ci/run", "- run: ./dev test", f"{MAIN}:1: no step is .ci/run"),
    (MAIN, ".ci/run", ".ci/run fast", f"{MAIN}:1: ci: neither .ci/run nor"),
    (MAIN, "jobs:", "jobs: [", f"{MAIN}:1: no YAML"),
    (MAIN, GOOD[MAIN], "# Empty.\n", f"{MAIN}:1: it is empty"),
    (A, "./dev test", "./dev tset", f"{A}:1: tests: ./dev has no command tset"),
    (A, "./dev test", "./dev help", f"{A}:1: tests: ./dev has no command help"),
    (A, "./dev test", "bazel test", f"{A}:1: tests: neither .ci/run nor"),
    (A, "tsan]", "msan]", f"{A}:1: tests: the help of ./dev test does not name msan"),
    (A, "--quick", "--slow", f"{A}:1: tests: the help of ./dev test does not name --slow"),
    (A, "kind:", "sort:", f"{A}:1: tests: the matrix has no kind"),
    (A, "    timeout-minutes: 10\n", "", f"{A}:1: tests: there is no timeout-minutes"),
    (A, "actions/checkout", "actions/cache", f"{A}:1: tests: nothing checks out"),
    (A, "- run: ./dev", "- name: ./dev", f"{A}:1: tests: it runs nothing"),
    (A, "on: push\n", "", f"{A}:1: nothing starts it"),
    (FORM, "name: A\n", "", f"{FORM}:1: a form has a name"),
    (FORM, "dropdown", "menu", f"{FORM}:1: a form has no part of type menu"),
    (FORM, "      value: A\n", "", f"{FORM}:1: a markdown has a value"),
    (FORM, "options: [a]", "options: []", f"{FORM}:1: a dropdown has options"),
]


def check(root):
    return Checker(root).check()


def self_test():
    failures = checking.missed(check, GOOD, FAULTS)
    without = {name: text for name, text in GOOD.items() if name not in (MAIN, ".ci/run")}
    with checking.project(without) as root:
        if not any("there is no such workflow" in fault for fault in check(root)):
            failures.append(f"not found: that there is no {MAIN}")
    with checking.project({**without, MAIN: GOOD[MAIN]}) as root:
        if not any("ci: there is no .ci/run" in fault for fault in check(root)):
            failures.append("not found: that there is no .ci/run")
    return failures


if __name__ == "__main__":
    checking.main(__doc__, check, self_test)
