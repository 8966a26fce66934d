#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Prints the mutants of the library, or checks that each fits the code.

The mutants are data, tests/mutants/mutants.bzl: the library with one thing broken, and the
tests and models that must kill it. With words, only those with one of them in their row.

    mutants.py [WORD...]     prints the table
    mutants.py --check       fails if a text is not in its file exactly once, a test or a model
                             does not exist, or a count in docs/verification.md is old
    mutants.py --fix         also updates the file of a text that has moved to another one
    mutants.py --self-test   tests itself on each kind of fault
"""

import argparse
import fnmatch
import pathlib
import re
import runpy
import sys
import textwrap

import checking

TABLE = "tests/mutants/mutants.bzl"
TESTS = "tests/mutants/tests.bzl"
VERIFICATION = "docs/verification.md"
HERD = "tests/models/herd.py"
KILLERS = ("tests", "models", "herd")
SOURCES = ("atomic", "pointer", "value", "tests")
TEST = re.compile(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
COUNT = re.compile(r"(\d+) mutants \((\d+) killed by tests, (\d+) by models\)")

mutate = runpy.run_path(str(pathlib.Path(__file__).resolve().parent.parent /
                            "tests" / "mutants" / "mutate.py"))


class Checker:
    """Collects the faults of the project in the folder `root`."""

    def __init__(self, root, fix=False):
        self.root = pathlib.Path(root)
        self.fix = fix
        self.faults = []
        data = runpy.run_path(str(self.root / TABLE))
        self.mutants, self.spin = data["MUTANTS"], data["SPIN_MODELS"]
        self.herd = data["HERD_MODELS"]
        self.tests = runpy.run_path(str(self.root / TESTS))["TESTS"]
        self.moved = {}  # (file, original) -> the file where it stands now

    def check(self):
        names = set()
        for mutant in self.mutants:
            if mutant["name"] in names:
                self.fault(mutant, "another mutant has this name")
            names.add(mutant["name"])
            self.check_edits(mutant)
            if not any(mutant.get(killer) for killer in KILLERS):
                self.fault(mutant, "nothing kills it")
            for source, test_filter in mutant.get("tests", {}).items():
                self.check_test(mutant, source, test_filter)
            for models, model in mutant.get("models", {}).items():
                self.check_model(mutant, models, model)
            for protocol, processors in mutant.get("herd", {}).items():
                self.check_herd(mutant["name"], protocol, processors)
        for name, mutants in self.spin.items():
            text = self.text(f"tests/models/{name}.pml")
            for number in mutants:
                if not re.search(rf"BUG\s*[!=]=\s*{number}\b", text):
                    self.faults.append(f"{TABLE}: {name}.pml has no BUG {number}")
        for protocol, mutants in self.herd.items():
            for number, (what, processors) in mutants.items():
                self.check_herd(what, protocol, processors, number)
        self.check_counts()
        if self.moved and self.fix:
            self.write_moved()
        return self.faults

    def fault(self, mutant, message):
        self.faults.append(f"{TABLE}: {mutant['name']}: {message}")

    def text(self, path):
        path = self.root / path
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def check_edits(self, mutant):
        files = {file for file, _, _ in mutant["edits"]}
        if mutant.get("tests") and len(files) > 1:
            self.fault(mutant, f"tests kill mutants of one file, and not {', '.join(sorted(files))}")
        texts = {}
        for file, original, mutated in mutant["edits"]:
            text = texts.get(file, self.text(file))
            try:
                texts[file] = mutate["mutate"](text, original, mutated)
            except ValueError as error:
                found = [path for path in self.sources() if self.is_in(original, path)]
                if len(found) == 1 and file not in texts and found != [file]:
                    self.moved[file, original] = found[0]
                    if not self.fix:
                        self.fault(mutant, f"{file}: {error}; it is in {found[0]} now: --fix")
                    continue
                self.fault(mutant, f"{file}: {error}")

    def sources(self):
        for folder in SOURCES[:3]:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in (".h", ".cc"):
                    yield str(path.relative_to(self.root))

    def is_in(self, original, path):
        return len(mutate["pattern_of"](original).findall(self.text(path))) == 1

    def check_test(self, mutant, source, test_filter):
        if source not in self.tests:
            self.fault(mutant, f"{TESTS} has no {source}")
            return
        path = source.replace("//", "", 1).replace(":", "/")
        known = TEST.findall(self.text(path))
        for pattern in test_filter.split(":"):
            # A typed or parametrised test has more around its name: Kinds/ATest/0.Works/Case.
            suite, _, name = pattern.partition(".")
            suites = [part for part in suite.split("/") if part.strip("*")]
            if not any(fnmatch.fnmatchcase(test, name.partition("/")[0]) and
                       any(fnmatch.fnmatchcase(in_suite, part) for part in suites)
                       for in_suite, test in known):
                self.fault(mutant, f"{path} has no {pattern}")

    def check_model(self, mutant, models, model):
        path = f"tests/models/{models}_model.cc"
        if f"SYNC_ATOMIC_MODEL({model.partition('/')[0]}," not in self.text(path):
            self.fault(mutant, f"{path} has no model {model}")

    def check_herd(self, name, protocol, processors, number=None):
        """That there are such a protocol, such processors and such a mutant."""
        text = self.text(HERD)
        found = re.search(rf'"{protocol}": Protocol\(\s*"(\w+)"|^HEAVY_FENCE = "{protocol}"',
                          text, re.MULTILINE)
        if not found:
            self.faults.append(f"{TABLE}: {name}: {HERD} has no {protocol}")
            return
        for processor in processors.split():
            if f'"{processor}": (' not in text:
                self.faults.append(f"{TABLE}: {name}: {HERD} has no {processor}")
        sources = "".join(self.text(f"tests/models/herd/{source}")
                          for source in (f"{found[1]}.cc", "herd.h"))
        if number and not re.search(rf"BUG\s*[!=]=\s*{number}\b", sources):
            self.faults.append(f"{TABLE}: {name}: {found[1]}.cc has no BUG {number}")

    def check_counts(self):
        """docs/verification.md says how many there are."""
        bugs = sum(len(bugs) for models in (self.spin, self.herd) for bugs in models.values())
        counts = (len(self.mutants) + bugs,
                  sum(1 for mutant in self.mutants if mutant.get("tests")),
                  bugs + sum(1 for mutant in self.mutants
                             if mutant.get("models") or mutant.get("herd")))
        text = self.text(VERIFICATION)
        said = COUNT.search(text)
        right = "{} mutants ({} killed by tests, {} by models)".format(*counts)
        if said and said[0] != right and self.fix:
            (self.root / VERIFICATION).write_text(text.replace(said[0], right))
        elif not said or said[0] != right:
            self.faults.append(f"{VERIFICATION}: it should say: {right}")

    def write_moved(self):
        text = self.text(TABLE)
        for (file, original), now in self.moved.items():
            quoted = original.replace("\\", "\\\\").replace('"', '\\"')
            text = re.sub(rf'"{re.escape(file)}",(\s+)"{re.escape(quoted)}"',
                          lambda match, q=quoted, to=now: f'"{to}",{match[1]}"{q}"', text)
        (self.root / TABLE).write_text(text)

    # --- The table ------------------------------------------------------------

    def rows(self):
        for mutant in self.mutants:
            what = mutant.get("what") or mutant["name"].replace("_", " ")
            killers = [f"{source.rpartition(':')[2]} {test_filter}"
                       for source, test_filter in mutant.get("tests", {}).items()]
            killers += [f"{models}_model.cc {model}"
                        for models, model in mutant.get("models", {}).items()]
            killers += [f"herd {protocol} ({processors})"
                        for protocol, processors in mutant.get("herd", {}).items()]
            changes = [f"{file}: {shortened(original)} -> {shortened(mutated)}"
                       for file, original, mutated in mutant["edits"]]
            yield mutant["name"], what, changes, killers
        for name, mutants in self.spin.items():
            for number, what in mutants.items():
                yield f"{name}.pml BUG={number}", what, [], [f"{name}.pml"]
        for protocol, mutants in self.herd.items():
            for number, (what, processors) in mutants.items():
                yield f"herd {protocol} BUG={number}", what, [], [f"herd {protocol} ({processors})"]


def shortened(code):
    code = " ".join(code.split()) or "nothing"
    return code if len(code) <= 70 else code[:67] + "..."


def show(root, words):
    shown = 0
    for name, what, changes, killers in Checker(root).rows():
        row = "\n  ".join([f"{name}: {what}", *changes, *(f"killed by {each}" for each in killers)])
        if not words or any(word in row for word in words):
            print(row)
            shown += 1
    print(f"{shown} mutants")
    return 0 if shown else 1


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    "pointer/a.h": "int F() {\n  return\n      1;\n}\n",
    "pointer/b.h": "int G() { return 2; }\n",
    TABLE: textwrap.dedent("""\
        MUTANTS = [
            dict(
                name = "one",
                edits = [(
                    "pointer/a.h",
                    "return 1;",
                    "return 0;",
                )],
                tests = {"//tests/a:a_test.cc": "ATest.Works:Kinds/BTest/*.Works"},
                models = {"a": "AModel/full"},
            ),
            dict(name = "two", edits = [("pointer/b.h", "2", "3"), ("pointer/b.h", "3", "4")],
                 models = {"a": "AModel"}),
            dict(name = "three", edits = [("pointer/b.h", "2", "7")], herd = {"pin": "arm"}),
        ]
        SPIN_MODELS = {"s": {1: "no fence"}}
        HERD_MODELS = {"pin": {1: ("no pin", "arm riscv"), 2: ("no unpin", "riscv")}}
        """),
    TESTS: 'CORE = []\nTESTS = {"//tests/a:a_test.cc": dict(deps = CORE)}\n',
    "tests/a/a_test.cc": "TEST(ATest, Works) {}\nTYPED_TEST(BTest, Works) {}\n",
    "tests/models/a_model.cc": "SYNC_ATOMIC_MODEL(AModel, 2, kBothFences);\n",
    "tests/models/s.pml": "#if BUG != 1\n#endif\n",
    HERD: 'PROTOCOLS = {"pin": Protocol("pins", "")}\nKINDS = {"arm": (), "riscv": ()}\n',
    "tests/models/herd/pins.cc": "#if BUG == 2\n#endif\n",
    "tests/models/herd/herd.h": "#if BUG != 1\n#endif\n",
    VERIFICATION: "There are 6 mutants (1 killed by tests, 6 by models).\n",
}

# The file to change, what to replace in it by what, and the fault expected.
FAULTS = [
    ("pointer/a.h", "1;", "7;", "one: pointer/a.h: this stands there 0 times"),
    ("pointer/a.h", "}", "}\nint H() { return 1; }", "one: pointer/a.h: this stands there 2 times"),
    (TABLE, '0;",\n        )]', '0;",\n        ), ("pointer/b.h", "2", "3")]',
     "one: tests kill mutants of one file"),
    ("pointer/b.h", "2", "5", "two: pointer/b.h: this stands there 0 times"),
    (TABLE, "pointer/a.h", "pointer/b.h", "it is in pointer/a.h now: --fix"),
    (TABLE, '"two"', '"one"', "one: another mutant has this name"),
    (TABLE, 'models = {"a": "AModel"}', "", "two: nothing kills it"),
    (TABLE, "//tests/a:a_test.cc", "//tests/a:b_test.cc", "one: " + TESTS + " has no //tests/a:b"),
    ("tests/a/a_test.cc", "(ATest, Works)", "(ATest, Sleeps)", "a_test.cc has no ATest.Works"),
    ("tests/a/a_test.cc", "(BTest", "(CTest", "a_test.cc has no Kinds/BTest/*.Works"),
    ("tests/models/a_model.cc", "AModel", "BModel", "one: tests/models/a_model.cc has no model"),
    ("tests/models/s.pml", "1", "2", "s.pml has no BUG 1"),
    (TABLE, 'herd = {"pin"', 'herd = {"unpin"', "three: tests/models/herd.py has no unpin"),
    (TABLE, 'herd = {"pin": "arm"', 'herd = {"pin": "x86"', "three: tests/models/herd.py has no x86"),
    ("tests/models/herd/pins.cc", "2", "3", "no unpin: pins.cc has no BUG 2"),
    ("tests/models/herd/herd.h", "1", "3", "no pin: pins.cc has no BUG 1"),
    (VERIFICATION, "6 mutants", "4 mutants", "it should say: 6 mutants"),
]


def check(root, fix=False):
    return Checker(root, fix).check()


def self_test():
    failures = checking.missed(check, GOOD, FAULTS)
    moved = {**GOOD, TABLE: GOOD[TABLE].replace("pointer/a.h", "pointer/b.h"),
             VERIFICATION: GOOD[VERIFICATION].replace("6 mutants", "9 mutants")}
    with checking.project(moved) as root:
        faults = check(root, fix=True) + check(root)
        fixed = pathlib.Path(root, TABLE).read_text()
    if faults or fixed != GOOD[TABLE]:
        failures.append(f"--fix wrote: {fixed!r} {faults}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="verify that each fits the code")
    parser.add_argument("--fix", action="store_true", help="also update the files of texts that have moved")
    parser.add_argument("--self-test", action="store_true", help="test this checker on faults that it plants")
    parser.add_argument("words", nargs="*", metavar="WORD", help="print only mutants with one of these")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    if arguments.self_test:
        faults = self_test()
    elif arguments.check or arguments.fix:
        faults = check(root, arguments.fix)
    else:
        return show(root, arguments.words)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
