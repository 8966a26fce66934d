# SPDX-License-Identifier: Apache-2.0

"""What we aim at, and whether that is met."""

import dataclasses

import tables
from measurements import ALL, Wrong, subject_of

UNKNOWN = "not measured"  # whether a target is met

# Those that targets name.
HAZARD = "CkHazard"
EPOCH = "CkEpoch"
MEMBARRIER = "UrcuCall"
SHARED_PTR = "StdAtomicSharedPtr"
IN_PLACE = "StdMutexInPlace"

# Bytes of objects that may wait for a thread that stores: 2048 of 64 bytes.
MAY_WAIT = 2048 * 64


def beside(limit, value):
    """A number, with as many digits as tell it from the limit."""
    text = tables.shown(value)
    return text if value == limit or text != tables.shown(limit) else f"{value:.5g}"


@dataclasses.dataclass
class Measured:
    """A line's counter, times `scale`, for one of a target's subjects.

    Divided by the same counter of the line in `below`, or the smallest of several.
    """

    what: str
    line: str
    counter: str
    below: tuple = None
    scale: float = 1
    of: str = "median"

    def value(self, results):
        """The number, and the line of `below` that it was divided by; None for what is not."""
        above = tables.number(results, self.line, self.counter, self.of)
        if above is None:
            return None, None
        if self.below is None:
            return above * self.scale, None
        below = {line: tables.number(results, line, self.counter, self.of)
                 for line in self.below if line in results["lines"]}
        if not below or None in below.values():
            return None, None  # what was disturbed each time might be the smallest
        least = min(below, key=below.get)
        return above * self.scale / below[least], least


@dataclasses.dataclass
class Target:
    what: str
    limit: float
    unit: str  # follows numbers
    measured: list
    at_least: bool = False

    def verdict(self, results):
        values = [each.value(results)[0] for each in self.measured]
        if not values or None in values:
            return UNKNOWN
        met = all(value >= self.limit if self.at_least else value <= self.limit
                  for value in values)
        return "met" if met else "**not met**"

    def row(self, results):
        cells = []
        for each in self.measured:
            value, below = each.value(results)
            which = f" ({subject_of(below)})" if below and len(each.below) > 1 else ""
            text = f"{each.what} {beside(self.limit, value)}{which}"
            cells.append((-1 if value is None else value, text))
        if len(cells) > 6:
            cells = [min(cells), max(cells)]
        sign = "≥" if self.at_least else "≤"
        return [self.what, f"{sign} {self.limit:g} {self.unit}",
                (" to " if len(self.measured) > 6 else ", ").join(text for _, text in cells),
                self.verdict(results)]


def all_targets(results):
    """What we aim at: ratios within one run."""
    owners = ("Value", "ValueOf")
    others = [subject for subject in tables.subjects(results)
              if subject not in tables.LIMITS and not results["subjects"][subject]["ours"]]

    def against(what, limit, unit, title, other, which=owners, of="median"):
        """A workload's ratio to that of another subject, or the best of several."""
        line, counter = tables.workloads(results)[title]
        several = [other] if isinstance(other, str) else other
        below = tuple(line.format(each) for each in several)
        return Target(what, limit, unit, [
            Measured(subject, line.format(subject), counter, below, of=of) for subject in which])

    def bare(what, limit, which):
        # A bare load has two speeds on some machines: compare the best.
        return against(what, limit, "× a bare load", "W1 1T", "Bare", which, "min")

    words = sorted({name.split("/")[0] for name in results["lines"] if "/Int64/threads:1" in name})
    waiting = [subject for subject in tables.waiting_subjects(results)
               if results["subjects"][subject]["ours"]]
    several = [subject for subject in others if subject != IN_PLACE]
    best_of = f"× the best of {len(several)} others" + (
        f" but {IN_PLACE}" if IN_PLACE in others else "")
    rest = [
        bare("`Load`, read, drop", 3.3, owners),
        against("", 0.45, f"× {HAZARD}", "W1 1T", HAZARD),
        against("", 0.5, f"× {MEMBARRIER}", "W1 1T", MEMBARRIER),
        bare("`Reader`", 2.0, ["ValueOf::Reader"]),
        bare("load under a held pin", 1.15, ["ValueOfUnderPin"]),
        bare("", 1.3, ["ValueUnderPin"]),
        against("pin, load, unpin", 0.7, f"× {MEMBARRIER}", "W1 1T", MEMBARRIER, ["PinGuard"]),
        Target("W1: 2 threads' throughput", 1.95, "× one thread's", [
            Measured(subject, f"W1/{subject}/threads:1", "load_ns",
                     (f"W1/{subject}/threads:2",), scale=2)
            for subject in (*owners, "ValueOf::Reader")], at_least=True),
        against("W2: loads", 0.5, f"× {HAZARD}", "W2 load", HAZARD),
        against("W2: stores, meanwhile", 1.4, f"× {HAZARD}", "W2 store", HAZARD),
        against("W3a: stores", 0.85, "× new, exchange, delete", "W3a", "BareDelete"),
        against("", 0.7, f"× {SHARED_PTR}", "W3a", SHARED_PTR),
        against("W3b: stores, while a reader spins", 1.5, f"× {EPOCH}", "W3b", EPOCH),
        against("W4: loads and stores", 0.8, f"× {EPOCH}", "W4", EPOCH),
        against("", 1, best_of, "W4", several),
        against("W5: increments", 1, best_of, "W5", several),
        Target("memory waiting at full-speed stores", MAY_WAIT / 1024, "KiB, 2048 objects", [
            Measured(subject, f"Waiting/{subject}/threads:2", "max_bytes", scale=1 / 1024)
            for subject in waiting]),
        Target("a thread's first `Load`", 2, "µs",
               [Measured("Value", "FirstLoad/Value", "ns", scale=1e-3)]),
        Target("a thread's end, with nothing to free", 5, "µs",
               [Measured("Value", "ThreadExit/Value", "ns", scale=1e-3)]),
    ]
    return [
        # Noise is larger than no difference at all; tests/atomic/same_instructions_test.py
        # shows that there is none.
        Target("each operation of `Int64`, 1 thread", 1.05, "× `std::atomic`", [
            Measured(word, f"{word}/Int64/threads:1", "op_ns", (f"{word}/std/threads:1",),
                     of="min") for word in words]),
        *rest,
    ]


def table(results):
    """Targets, and what was measured of them."""
    rows = [target.row(results) for target in all_targets(results)]
    if results["context"]["filter"] != ALL:
        rows = [row for row in rows if row[-1] != UNKNOWN]
    return tables.Table("targets", "What we aim at",
                        "Ratios of medians within this run; those to a bare load and to"
                        " `std::atomic`, of the best repetitions. A target is met if each number"
                        " beside it meets it.", ["what", "target", "measured", ""], rows)


def must_be_measured(results):
    """Raises Wrong if a number of ours is missing for a target."""
    for target in all_targets(results):
        for each in target.measured:
            if each.line not in results["lines"]:
                raise Wrong(f"no line {each.line}")
            if tables.number(results, each.line, each.counter, each.of) is None:
                raise Wrong(f"{each.line}: no undisturbed repetition")


def best_lines(results):
    """The lines whose best repetition a target asks for."""
    return {line for target in all_targets(results) for each in target.measured
            if each.of == "min" for line in (each.line, *each.below)}
