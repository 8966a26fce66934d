#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Fails if the written proof of the core and the code do not agree.

Edges: in atomic/, pointer/ and value/ a comment stands directly above each statement
that names an order weaker than seq_cst. Where something depends on the order, it is

    // EDGE drop: release: what was read through the slot has been read. Pairs with
    // Scan(). Weaker: an object is freed while it is read. Model: ADropMeetsAStore.

It says which order, with which functions it pairs, what breaks if it were weaker, and
which test (Test: Suite.Name) or model (Model: Name) shows that. Those functions have a
comment of the same edge, which names this one in turn:

    // EDGE drop: the other side of Release().

The last two need only stand on one of the sides. A comment may name several edges:
"EDGE pin, unpin: ...". Where nothing depends on the order, the comment says why:

    // Relaxed: a guess, which CompareExchange() confirms or replaces.
    // Caller's order: it is only passed on.

Facts: docs/reclamation.md is a list of facts, **F1.**, **F2.** and so on. Each refers to
earlier facts alone, or names what shows it; and the tests, models, mutants and functions
that it names exist, as do those in docs/memory_model.md.

docs/memory_model.md has a table of the edges.

    check_edges.py               checks the project that it is in
    check_edges.py --fix         writes the table
    check_edges.py --self-test   tests itself on each kind of fault
"""

import collections
import dataclasses
import pathlib
import re
import runpy
import textwrap

import checking

SOURCES = ("atomic", "pointer", "value")
MEMORY_MODEL = "docs/memory_model.md"
RECLAMATION = "docs/reclamation.md"
MUTANTS = "tests/mutants/mutants.bzl"
MARKS = ("<!-- tools/check_edges.py --fix writes from here -->", "<!-- to here -->")

WEAKER = re.compile(r"memory_order(?:_|::)(relaxed|consume|acquire|release|acq_rel)\b"
                    r"|__ATOMIC_(RELAXED|CONSUME|ACQUIRE|RELEASE|ACQ_REL)\b")
EDGE = re.compile(r"EDGE (?P<names>[\w-]+(?:, [\w-]+)*): (?P<text>.*)", re.DOTALL)
RELAXED = re.compile(r"\b[Rr]elaxed: \w")
CALLERS = re.compile(r"\b[Cc]aller's order: \w")
FUNCTION = re.compile(r"(\w+)\(\)")
NO_FUNCTION = {"if", "for", "while", "switch", "catch", "alignas", "decltype", "sizeof"}
NAME_OF_A_TEST = r"[\w/*]+\.[\w/*]+"


@dataclasses.dataclass
class Edge:
    """What one comment says of one edge."""

    name: str
    path: str
    line: int
    function: str  # in which it stands
    others: list  # the functions with which it pairs
    other_side: bool
    weaker: str
    tests: list
    models: list


def blanked(text):
    """The code without comments and strings, everything else at its place."""
    token = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'"
                       r"|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
    return token.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def function_at(code, position):
    """The name of the function whose body has this position; empty outside of all."""
    opened = []
    start = 0  # of what may be a function's head
    for match in re.finditer(r"[{};]", code[:position]):
        if match[0] == "{":
            opened.append(code[start : match.start()])
        elif match[0] == "}" and opened:
            opened.pop()
        start = match.end()
    for head in opened:
        names = [name for name in re.findall(r"(\w+)\s*\(", head) if name not in NO_FUNCTION]
        if names and not re.search(r"\b(class|struct|namespace|enum)\s[^()]*$", head):
            return names[0]
    return ""


def sentence(text, label):
    """What follows a label, to the next label."""
    match = re.search(label + r":? (.*?)(?=\s(?:Weaker|Test|Model|Pairs with)\b|$)", text)
    return match[1].strip() if match else ""


class Checker:
    """Collects the faults of the project in the folder `root`."""

    def __init__(self, root, fix=False):
        self.root = pathlib.Path(root)
        self.fix = fix
        self.faults = []
        self.edges = collections.defaultdict(list)  # name -> its Edges
        self.functions = set()  # whatever the sources call or define

    def check(self):
        self.read_names()
        paths = [path for folder in SOURCES for pattern in ("*.h", "*.cc")
                 for path in sorted((self.root / folder).rglob(pattern))]
        codes = {path: blanked(path.read_text()) for path in paths}
        for code in codes.values():
            self.functions.update(re.findall(r"(\w+)\s*\(", code))
        for path, code in codes.items():
            self.read_source(path, code)
        self.check_edges()
        self.check_names(MEMORY_MODEL)
        self.check_names(RECLAMATION)
        self.check_facts()
        self.check_table(MEMORY_MODEL, self.table_of_edges())
        return self.faults

    def fault(self, path, line, message):
        self.faults.append(f"{path}:{line}: {message}")

    # --- What there is --------------------------------------------------------

    def read_names(self):
        """Learns the names of tests, models, and mutants."""
        self.tests, self.models, self.mutants = set(), set(), set()
        for path in sorted((self.root / "tests").rglob("*_test.cc")):
            self.tests.update(".".join(names) for names in re.findall(
                r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE))
        models = self.root / "tests" / "models"
        for path in sorted(models.glob("*_model.cc")):
            self.models.update(re.findall(r"^SYNC_ATOMIC_MODEL\((\w+)", path.read_text(),
                                          re.MULTILINE))
        self.models.update(path.name for path in models.glob("*.pml"))
        if (self.root / MUTANTS).exists():
            table = runpy.run_path(str(self.root / MUTANTS))["MUTANTS"]
            self.mutants.update(mutant["name"] for mutant in table)

    def read_source(self, path, code):
        name = str(path.relative_to(self.root))
        lines = path.read_text().splitlines()
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)

        covered = {}  # the line of a statement's end -> the comment that covers it
        for match in WEAKER.finditer(code):
            before = max(code.rfind(mark, 0, match.start()) for mark in ";{}") + 1
            before += len(code[before:]) - len(code[before:].lstrip())
            first = code.count("\n", 0, before)
            end = code.count("\n", 0, code.find(";", match.end()))
            comment = comment_above(lines, first) or covered.get(first - 1, "")
            covered[end] = comment
            order = (match[1] or match[2]).lower()
            line = code.count("\n", 0, match.start()) + 1
            if "EDGE" in comment:
                if order not in comment.lower():
                    self.fault(name, line, f"{order}: its EDGE comment speaks of another order")
            elif not CALLERS.search(comment) and not (
                    order == "relaxed" and RELAXED.search(comment)):
                self.fault(name, line, f"{order}: no EDGE comment above this statement"
                                       + ', and no "Relaxed: why"' * (order == "relaxed"))

        number = 0
        while number < len(lines):
            if not re.match(r"\s*// EDGE\b", lines[number]):
                number += 1
                continue
            end = number + 1
            while end < len(lines) and re.match(r"\s*//(?! EDGE\b)", lines[end]):
                end += 1
            self.read_edge(name, number + 1, function_at(code, starts[end]),
                           text_of(lines[number:end]))
            number = end

    def read_edge(self, path, line, function, text):
        edge = EDGE.fullmatch(text)
        if not edge:
            self.fault(path, line, "an edge looks so: // EDGE name: ...")
            return
        text = edge["text"]
        pairs = re.search(r"\b(?:[Pp]airs with|the other side of) (.*?)(?=, which|\. |\.$|: |; |$)", text)
        others = FUNCTION.findall(pairs[1]) if pairs else []
        weaker = sentence(text, "Weaker")
        if not others:
            self.fault(path, line, 'say "Pairs with F()" or "the other side of F()"')
        tests = re.findall(NAME_OF_A_TEST, sentence(text, "Tests?"))
        models = re.findall(r"\w+(?:\.pml)?", sentence(text, "Models?"))
        models = [model for model in models if model != "and"]
        for test in tests:
            if test not in self.tests:
                self.fault(path, line, f"there is no test {test}")
        for model in models:
            if model not in self.models:
                self.fault(path, line, f"there is no model {model}")
        for name in edge["names"].split(", "):
            self.edges[name].append(Edge(name, path, line, function, others,
                                         text.startswith("the other side of"), weaker, tests,
                                         models))

    # --- Edges ----------------------------------------------------------------

    def check_edges(self):
        for name, sides in self.edges.items():
            functions = {side.function for side in sides}
            for side in sides:
                for other in side.others:
                    if other not in self.functions:
                        self.fault(side.path, side.line, f"there is no function {other}()")
                    elif other not in functions:
                        self.fault(side.path, side.line,
                                   f"{name}: {other}() has no comment of this edge")
                    elif not any(side.function in there.others for there in sides
                                 if there.function == other):
                        self.fault(side.path, side.line,
                                   f"{name}: {other}() doesn't name {side.function}()")
            first = sides[0]
            if not any(side.weaker for side in sides):
                self.fault(first.path, first.line, f"{name}: say what breaks: Weaker: ...")
            if not any(side.tests or side.models for side in sides):
                self.fault(first.path, first.line, f"{name}: name what shows it: Test: or Model:")

    def table_of_edges(self):
        rows = [["edge", "where", "pairs with", "if it were weaker", "shown by"]]
        for name, sides in self.edges.items():
            weak = [side for side in sides if not side.other_side] or sides
            others = list(dict.fromkeys(f"`{other}()`" for side in weak for other in side.others))
            where = dict.fromkeys(f"`{side.function}()`, {side.path}" for side in weak)
            shown = dict.fromkeys(f"`{shown}`" for side in sides
                                  for shown in side.tests + side.models)
            weaker = " ".join(side.weaker for side in sides if side.weaker)
            rows.append([name, "; ".join(where), ", ".join(others), weaker,
                         ", ".join(shown)])
        return rows

    # --- Documents ------------------------------------------------------------

    def check_names(self, document):
        """Fails on `code` that names a test, mutant, model or function that isn't there."""
        path = self.root / document
        if not path.exists():
            return
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for name in re.findall(r"`([^`]+)`", line):
                for pattern, known, what in (
                        (r"(\w+Test\.\w+)", self.tests, "test"),
                        (r"mutant:(\w+)", self.mutants, "mutant"),
                        (r"model:(\w+)", self.models, "model"),
                        (r"(\w+\.pml)", self.models, "model"),
                        (r"(?:\w+::)*~?(\w+)\(\)", self.functions, "function")):
                    match = re.fullmatch(pattern, name)
                    if match and match[1] not in known:
                        self.fault(document, number, f"there is no {what} {match[1]}")

    def check_facts(self):
        path = self.root / RECLAMATION
        if not path.exists():
            return
        last = 0
        for block in re.finditer(r"^\*\*F(\d+)\.\*\*(?:.+\n)+", path.read_text(), re.MULTILINE):
            line = path.read_text().count("\n", 0, block.start()) + 1
            fact = int(block[1])
            if fact != last + 1:
                self.fault(RECLAMATION, line, f"F{fact} follows F{last}")
            last = fact
            reasons = [int(reason) for reason in re.findall(r"\bF(\d+)\b", block[0])[1:]]
            for reason in reasons:
                if reason >= fact:
                    self.fault(RECLAMATION, line, f"F{fact} takes F{reason} for granted")
            if not reasons and not re.search(
                    r"`(\w+Test\.\w+|(mutant|model):\w+|\w+\.pml)`", block[0]):
                self.fault(RECLAMATION, line, f"what shows F{fact}?")

    def check_table(self, document, rows):
        path = self.root / document
        if not path.exists():
            return
        rows[1:1] = [["---"] * len(rows[0])]
        table = "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n"
                        for row in rows)
        text = path.read_text()
        before, start, rest = text.partition(MARKS[0] + "\n")
        _, end, after = rest.partition(MARKS[1])
        if not start or not end:
            self.fault(document, 1, f"here belongs a table between {MARKS[0]} and {MARKS[1]}")
            return
        current = f"{before}{start}\n{table}\n{end}{after}"
        if current != text and self.fix:
            path.write_text(current)
        elif current != text:
            self.fault(document, before.count("\n") + 1,
                       "the table is not current: tools/check_edges.py --fix")


def comment_above(lines, number):
    """The comment whose last line is right above line `number`, counted from 0."""
    start = number
    while start > 0 and lines[start - 1].lstrip().startswith("//"):
        start -= 1
    return text_of(lines[start:number])


def text_of(lines):
    """What a comment's lines say."""
    return " ".join(line.strip()[3:] for line in lines)


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    "pointer/a.h": textwrap.dedent("""\
        template <class T>
        class A {
         public:
          void Write() {
            // EDGE word: release: the other word is there. Pairs with Read(), which
            // loads acquire. Weaker: a reader sees half. Test: ATest.IsWhole.
            word_.store(1, std::memory_order_release);
            Again([&](int i) {
              // Relaxed: a guess.
              int n = word_.load(std::memory_order_relaxed);
              word_.store(n, std::memory_order_relaxed);
            });
          }
          int Read() {
            if (true) {
              // EDGE word: the other side of Write(): acquire.
              return word_.load(std::memory_order_acquire);
            }
          }
          int Count() {
            // EDGE count: relaxed. Pairs with Count(). Weaker: it is lost. Model: AModel.
            return count_.load(std::memory_order_relaxed);
          }
          int F(std::memory_order order) {
            // Caller's order: it is only passed on.
            return order == std::memory_order_release;
          }
        };
        """),
    "tests/a_test.cc": "TEST(ATest, IsWhole) {}\n",
    "tests/models/a_model.cc": "SYNC_ATOMIC_MODEL(AModel, 2, kBothFences);\n",
    MUTANTS: 'MUTANTS = [dict(name = "a_b")]\n',
    MEMORY_MODEL: textwrap.dedent(f"""\
        {MARKS[0]}

        | edge | where | pairs with | if it were weaker | shown by |
        | --- | --- | --- | --- | --- |
        | word | `Write()`, pointer/a.h | `Read()` | a reader sees half. | `ATest.IsWhole` |
        | count | `Count()`, pointer/a.h | `Count()` | it is lost. | `AModel` |

        {MARKS[1]}
        """),
    RECLAMATION: textwrap.dedent("""\
        **F1.** It is so. Shown by `ATest.IsWhole`, `model:AModel`, `mutant:a_b`
        and `A::Write()`.

        **F2.** By F1.
        """),
}

# The file to change, what to replace in it by what, and the fault expected.
A = "pointer/a.h"
FAULTS = [
    (A, "    // EDGE word: release: the other word is there. Pairs with Read(), which\n"
        "    // loads acquire. Weaker: a reader sees half. Test: ATest.IsWhole.\n", "",
     f"{A}:5: release: no EDGE comment above this statement"),
    (A, "      // EDGE word: the other side of Write(): acquire.\n", "",
     f"{A}:16: acquire: no EDGE comment"),
    (A, "      // EDGE word: the other side of Write(): acquire.\n", "",
     f"{A}:5: word: Read() has no comment of this edge"),
    (A, "side of Write()", "side of Read()", f"{A}:5: word: Read() doesn't name Write()"),
    (A, "Pairs with Read()", "Pairs with Raed()", f"{A}:5: there is no function Raed()"),
    (A, "Pairs with Read(), which", "", f'{A}:5: say "Pairs with F()"'),
    (A, "EDGE word:", "EDGE:", f"{A}:5: an edge looks so"),
    (A, "Weaker: a reader sees half.", "", f"{A}:5: word: say what breaks"),
    (A, "Pairs with Count()", "Pairs with nothing", f'{A}:21: say "Pairs with F()"'),
    (A, "Test: ATest.IsWhole.", "", f"{A}:5: word: name what shows it"),
    (A, "Model: AModel", "Model: BModel", f"{A}:21: there is no model BModel"),
    (A, "Test: ATest.IsWhole", "Test: ATest.IsHalf", f"{A}:5: there is no test ATest.IsHalf"),
    (A, "Relaxed: a guess.", "A guess.", f"{A}:10: relaxed: no EDGE comment"),
    (A, "Relaxed: a guess.", "Relaxed:", f"{A}:10: relaxed: no EDGE comment"),
    (A, "word_.load(std::memory_order_relaxed)", "word_.load(std::memory_order_acquire)",
     f"{A}:10: acquire: no EDGE comment"),
    (A, "Caller's order: it is only passed on.", "Passes it on.",
     f"{A}:26: release: no EDGE comment"),
    (A, "word_.store(n, std", "\n      word_.store(n, std", f"{A}:12: relaxed: no EDGE comment"),
    (A, "std::memory_order_acquire", "std::memory_order::relaxed", f"{A}:17: relaxed: its EDGE"),
    (A, "sees half", "sees a half", f"{MEMORY_MODEL}:1: the table is not current"),
    (MUTANTS, "a_b", "a_c", f"{RECLAMATION}:1: there is no mutant a_b"),
    (MEMORY_MODEL, MARKS[1], "", f"{MEMORY_MODEL}:1: here belongs a table"),
    (RECLAMATION, "ATest.IsWhole", "ATest.IsHalf", f"{RECLAMATION}:1: there is no test"),
    (RECLAMATION, "model:AModel", "model:BModel", f"{RECLAMATION}:1: there is no model BModel"),
    (RECLAMATION, "Write()", "Wirte()", f"{RECLAMATION}:2: there is no function Wirte"),
    (RECLAMATION, "By F1.", "By F2.", f"{RECLAMATION}:4: F2 takes F2 for granted"),
    (RECLAMATION, "By F1.", "So it is.", f"{RECLAMATION}:4: what shows F2?"),
    (RECLAMATION, "**F2.**", "**F3.**", f"{RECLAMATION}:4: F3 follows F1"),
]


def check(root, fix=False):
    return Checker(root, fix).check()


def self_test():
    failures = checking.missed(check, GOOD, FAULTS)
    for name in (MEMORY_MODEL,):
        with checking.project({**GOOD, name: "\n".join(MARKS) + "\n"}) as root:
            faults = check(root, fix=True)
            fixed = pathlib.Path(root, name).read_text()
        if faults or fixed != GOOD[name]:
            failures.append(f"--fix wrote into {name}: {fixed!r} {faults}")
    return failures


if __name__ == "__main__":
    checking.main(__doc__, check, self_test, "write the table")
