"""The tables of a report, and whether targets are met: results in, text out.

Cells are Markdown of the simplest kind: **bold**, `code`. What was not measured is "–".
"""

import dataclasses
import html
import re

from measurements import ALL, ENOUGH, Wrong, subject_of

NOT_MEASURED = "–"
UNKNOWN = "not measured"  # whether a target is met
NUMBER = re.compile(rf"\**([\d.,]+|{NOT_MEASURED})( \(\d+\))?\**")

# Bare pointers, which nobody may use so: the limit of all others.
LIMITS = ("Bare", "BareDelete")

# Those that targets name.
HAZARD = "CkHazard"
EPOCH = "CkEpoch"
MEMBARRIER = "UrcuCall"
SHARED_PTR = "StdAtomicSharedPtr"
IN_PLACE = "StdMutexInPlace"


def inline_html(text):
    """The Markdown of a cell or a note, as HTML."""
    text = html.escape(text, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", text)


@dataclasses.dataclass
class Table:
    name: str
    title: str
    note: str
    header: list
    rows: list

    def of_numbers(self):
        """Whether each column has numbers alone."""
        return [all(NUMBER.fullmatch(cell) for cell in column) for column in zip(*self.rows)]

    def has_numbers(self):
        return any(cell != NOT_MEASURED for row in self.rows for cell in row[1:])

    def html(self):
        classes = [' class="number"' if numbers else "" for numbers in self.of_numbers()]

        def row(kind, cells):
            return "<tr>" + "".join(f"<{kind}{name}>{inline_html(each)}</{kind}>"
                                    for each, name in zip(cells, classes)) + "</tr>"

        head = f"<thead>{row('th', self.header)}</thead>\n" if any(self.header) else ""
        body = "\n".join(row("td", cells) for cells in self.rows)
        return f'<div class="scroll"><table>\n{head}<tbody>\n{body}\n</tbody></table></div>\n'

    def markdown(self):
        line = ["---:" if numbers else "---" for numbers in self.of_numbers()]
        return "\n".join("| " + " | ".join(row) + " |" for row in (self.header, line, *self.rows))


# ---- Numbers ---------------------------------------------------------------------


def number(results, line, counter, of="median", scale=1):
    """What a line counted, times `scale`; None if it was not measured."""
    value = results["lines"].get(line, {}).get(of, {}).get(counter)
    return None if value is None else value * scale


def shown(value):
    """A number, with about three digits."""
    if value is None:
        return NOT_MEASURED
    if value >= 1000:
        return f"{value:,.0f}"
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}"


def cell(results, line, counter, scale=1):
    """A line's number, and how many repetitions it is the median of if these are few."""
    text = shown(number(results, line, counter, scale=scale))
    kept = results["lines"].get(line, {}).get("undisturbed", 0)
    return f"{text} ({kept})" if 0 < kept < ENOUGH else text


def most_threads(results):
    """The largest N of the lines W1/.../threads:N; 1 if there are none."""
    return max((int(name.rpartition(":")[2]) for name in results["lines"]
                if name.startswith("W1/")), default=1)


def subjects(results):
    """Those that lines of workloads name, the limits first, then ours, then others."""
    found = dict.fromkeys(subject_of(name) for name in results["lines"]
                          if name.startswith("W") and not name.startswith("Waiting"))

    def rank(subject):
        return 0 if subject in LIMITS else 1 if results["subjects"][subject]["ours"] else 2

    return sorted(found, key=rank)


# ---- Workloads -------------------------------------------------------------------


def workloads(results):
    """Title -> line, with {} for the subject, and counter."""
    most = most_threads(results)
    columns = {"W1 1T": ("W1/{}/threads:1", "load_ns")}
    if most > 1:
        columns[f"W1 {most}T"] = (f"W1/{{}}/threads:{most}", "load_ns")
    return {
        **columns,
        "W2 load": ("W2/{}/threads:2", "load_ns"),
        "W2 store": ("W2/{}/threads:2", "store_ns"),
        "W3a": ("W3a/{}/threads:1", "store_ns"),
        "W3b": ("W3b/{}/threads:2", "store_ns"),
        "W4": ("W4/{}/threads:2", "op_ns"),
        "W5": ("W5/{}/threads:2", "op_ns"),
    }


def peers_table(results):
    columns = {}  # title -> subject -> its cell
    for title, (line, counter) in workloads(results).items():
        values = {subject: number(results, line.format(subject), counter)
                  for subject in subjects(results)}
        values = {subject: value for subject, value in values.items() if value is not None}
        best = min((subject for subject in values if subject not in LIMITS), key=values.get,
                   default=None)
        cells = {subject: cell(results, line.format(subject), counter)
                 for subject in subjects(results)}
        if best:
            cells[best] = f"**{cells[best]}**"
        if values:
            columns[title] = cells
    rows = []
    for subject in subjects(results):
        about = results["subjects"][subject]
        name = f"**{subject}**" if about["ours"] else subject
        rows.append([name, *(cells[subject] for cells in columns.values()),
                     about.get("frees", ""), about.get("progress", "")])
    return Table("workloads", "Ours and others, by workload",
                 "Nanoseconds for an operation of a thread. Ours are in bold, and so is the"
                 " best in each column, but for the bare pointers, which are a limit and not safe.",
                 ["", *columns, "frees", "progress"], rows)


# ---- Targets ---------------------------------------------------------------------


# Bytes of objects that may wait for a thread that stores: 2048 of 64 bytes.
MAY_WAIT = 2048 * 64


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
        above = number(results, self.line, self.counter, self.of)
        if above is None:
            return None, None
        if self.below is None:
            return above * self.scale, None
        below = {line: number(results, line, self.counter, self.of) for line in self.below}
        below = {line: value for line, value in below.items() if value is not None}
        if not below:
            return None, None
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
            cells.append((-1 if value is None else value, f"{each.what} {shown(value)}{which}"))
        if len(cells) > 6:
            cells = [min(cells), max(cells)]
        sign = "≥" if self.at_least else "≤"
        return [self.what, f"{sign} {self.limit:g} {self.unit}",
                (" to " if len(self.measured) > 6 else ", ").join(text for _, text in cells),
                self.verdict(results)]


def targets(results):
    """What we aim at: ratios within one run."""
    owners = ("Value", "ValueOf")
    others = [subject for subject in subjects(results)
              if subject not in LIMITS and not results["subjects"][subject]["ours"]]

    def against(what, limit, unit, title, other, which=owners, of="median"):
        """A workload's ratio to that of another subject, or the best of several."""
        line, counter = workloads(results)[title]
        several = [other] if isinstance(other, str) else other
        below = tuple(line.format(each) for each in several)
        return Target(what, limit, unit, [
            Measured(subject, line.format(subject), counter, below, of=of) for subject in which])

    def bare(what, limit, which):
        # A bare load has two speeds on some machines: compare the best.
        return against(what, limit, "× a bare load", "W1 1T", "Bare", which, "min")

    words = sorted({name.split("/")[0] for name in results["lines"] if "/Int64/threads:1" in name})
    waiting = [subject for subject in subjects(results) if results["subjects"][subject]["ours"]
               and f"Waiting/{subject}/threads:2" in results["lines"]]
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


def targets_table(results):
    rows = [target.row(results) for target in targets(results)]
    if results["context"]["filter"] != ALL:
        rows = [row for row in rows if row[-1] != UNKNOWN]
    return Table("targets", "What we aim at",
                 "Ratios of medians within this run; those to a bare load and to `std::atomic`,"
                 " of the best repetitions. A target is met if each number beside it meets it.",
                 ["what", "target", "measured", ""],
                 rows)


# ---- Series ----------------------------------------------------------------------


def natural(text):
    """Sorts names as they are and numbers by size."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


def pivot(results, columns, rows=None):
    """Rows from columns {title: (line, counter)}, with {} for the row's key.

    Without `rows`, there is one for each key that a line has, in the order of numbers.
    """
    if rows is None:
        rows = set()
        for line, *_ in columns.values():
            before, after = line.split("{}")
            rows.update(name[len(before):len(name) - len(after)] for name in results["lines"]
                        if name.startswith(before) and name.endswith(after))
        rows = sorted(rows, key=natural)
    return [[row, *(cell(results, line.format(row), *counter)
                    for line, *counter in columns.values())] for row in rows]


def series_tables(results):
    most = most_threads(results)
    threads = [1] if most == 1 else [1, most]
    tables = []

    def add(name, title, note, corner, columns, rows=None):
        tables.append(Table(name, title, note, [corner, *columns], pivot(results, columns, rows)))

    add("atomics", "Typed atomics", "Nanoseconds for an operation, on one word that all threads"
        " share.", "operation",
        {f"{kind}, {n}T": (f"{{}}/{word}/threads:{n}", "op_ns") for n in threads
         for word, kind in (("Int64", "`Int64`"), ("std", "`std::atomic`"))})
    add("counter", "Counter", "Nanoseconds for an operation, by the number of threads. A"
        " `Counter` counts in one word until threads meet in it, and is then spread over a line"
        " for each processor.", "",
        {f"{operation}, {n}T": (f"{operation}/{{}}/threads:{n}", "op_ns")
         for operation in ("Add", "Load") for n in threads},
        ["std", "Int64", "Counter", "SpreadCounter"])
    add("pins", "Pins, protection, retirement", "Nanoseconds for an operation, by the number of"
        " threads. To retire is to make an object, retire and free it; `Retire/Bare` makes and"
        " deletes it.", "",
        {f"{n}T": (f"{{}}/threads:{n}", "op_ns") for n in threads},
        ["Pin/PinGuard", "Pin/ProcPin", "Protect/Pointer", "Retire/Bare", "Retire/Pointer",
         "Retire/Retirable"])
    cells = ("Bare", "Value", "ValueOf")
    add("sizes", "Sizes", "Nanoseconds for an operation of one thread, by the bytes of the value,"
        " which a store copies. `Bare` is an atomic pointer: new, exchange, delete.", "bytes",
        {f"{cell} {operation}": (f"Size/{cell}/{{}}", f"{operation}_ns")
         for operation in ("load", "store") for cell in cells})
    add("cells", "Cells", "Nanoseconds for a load, from so many cells in random order.", "cells",
        {cell: (f"Cells/{cell}/{{}}", "load_ns") for cell in cells})
    add("snapshots", "Snapshots held", "Nanoseconds for a load and its drop, on a thread that"
        " keeps so many other snapshots.", "snapshots",
        {"Value": ("Snapshots/Value/{}", "load_ns")})
    add("latency", "Reclaim latency", "Microseconds from a store to the destructor of what it"
        " replaced, while another thread loads: with a store each 100 µs (paced), and at full"
        " speed.", "",
        {title: ("ReclaimLatency/{}", f"{title}_ns", 1e-3) for title in ("p50", "p99", "max")},
        [f"{cell}/{speed}" for cell in cells[1:] for speed in ("paced", "full")])
    tables.append(waiting_table(results))
    add("threads", "First load and exit of a thread", "Nanoseconds. `Bare` is what the clock"
        " costs, which is in both.", "",
        {"first load": ("FirstLoad/{}", "ns"), "exit": ("ThreadExit/{}", "ns")},
        ["Bare", "Value"])
    add("parked", "Parked threads", "Nanoseconds for an operation of one thread, while so many"
        " others sleep that have used the library. To retire is to make an object, retire and"
        " free it.", "threads",
        {"retire": ("Parked/Retire/{}", "op_ns"), "Value load": ("Parked/Value/{}", "load_ns"),
         "Value store": ("Parked/Value/{}", "store_ns")})
    return tables


def samples(results, subject):
    """Bytes that wait, at equal steps of time; [] if that was not measured."""
    median = results["lines"].get(f"Waiting/{subject}/threads:2", {}).get("median", {})
    return [value for key, value in sorted(median.items()) if key[1:].isdigit()]


def waiting_subjects(results):
    return [subject_of(name) for name in results["lines"]
            if name.startswith("Waiting/") and subject_of(name) not in LIMITS]


def waiting_table(results):
    rows = []
    for subject in waiting_subjects(results):
        about = results["subjects"][subject]
        series = samples(results, subject)
        rows.append([f"**{subject}**" if about["ours"] else subject,
                     shown(sum(series) / len(series) / 1024 if series else None),
                     cell(results, f"Waiting/{subject}/threads:2", "max_bytes", 1 / 1024), about.get("frees", "")])
    seconds = results["context"]["waiting_window_s"]
    return Table("waiting", "Memory waiting",
                 f"KiB of objects of 64 bytes that have been replaced and not yet freed, while"
                 f" one thread stores and one loads at full speed, for {seconds:g} s: the mean"
                 f" over time, and the most at any store, in the repetition whose most is the"
                 f" median.",
                 ["", "mean", "most", "frees"], rows)


# ---- Where it was measured -------------------------------------------------------


def machine_table(results):
    context = results["context"]
    kept = [line["undisturbed"] for line in results["lines"].values()]
    thrown_away = sum(line["disturbed"] for line in results["lines"].values())
    few = sum(count < ENOUGH for count in kept)
    rows = [
        ["CPU", f"{context['cpu']}, {context['cores']} cores"],
        ["kernel", context["kernel"]],
        ["compiler", context["compiler"]],
        ["flags", f"`{context['flags']}`"],
        ["commit", context["commit"]],
        ["date", context["date"]],
        ["measured", f"{len(kept)} lines, each for {context['window_s']:g} s at a time, in"
                     f" {context['passes']} passes"],
        ["repetitions", f"{sum(kept):,} kept; {thrown_away:,} thrown away, in which something"
                        f" else ran on the threads' cores"],
        [f"fewer than {ENOUGH}", f"of {few} lines, which say so: 1.23 (4) is the median of 4"
                                 if few else "of no line"],
    ]
    return Table("machine", "The machine", "", ["", ""], rows)


# ---- All -------------------------------------------------------------------------


def all_tables(results):
    """Those that have rows."""
    tables = [machine_table(results), peers_table(results), targets_table(results),
              *series_tables(results)]
    return [table for table in tables if table.has_numbers()]


def must_be_complete(results):
    """Raises Wrong if there is no number for a target of ours, or none for a table."""
    for target in targets(results):
        for each in target.measured:
            if each.line not in results["lines"]:
                raise Wrong(f"no line {each.line}")
            if number(results, each.line, each.counter, each.of) is None:
                raise Wrong(f"{each.line}: no undisturbed repetition")
    there = {table.name for table in all_tables(results)}
    for table in series_tables(results):
        if table.name not in there:
            raise Wrong(f"no undisturbed repetition for the table '{table.title}'")
