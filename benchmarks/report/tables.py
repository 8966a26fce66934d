# SPDX-License-Identifier: Apache-2.0

"""The tables of a report, but for that of targets: results in, text out.

Cells are Markdown of the simplest kind: **bold**, `code`. What was not measured is "–".
"""

import dataclasses
import re

from measurements import ENOUGH, subject_of

NOT_MEASURED = "–"
NUMBER = re.compile(rf"\**([\d.,]+|{NOT_MEASURED})( \(\d+\))?\**")

# Unprotected pointers: not safe, but the limit of all others.
LIMITS = ("Bare", "BareDelete", "PlainMap")

# The subjects of docs/performance.md, as users know them. Further variants of these are in
# docs/internals/performance.md, by the names that the programs have for them.
NAMES = {
    "Bare": "unprotected pointer (unsafe)",
    "Value": "`Value`",
    "ValueOf": "`ValueOf<T>`",
    "ValueOf::Reader": "`ValueOf<T>::Reader`",
    "PinGuard": "`Pointer<T>`, `PinGuard`",
    "Protected": "`Pointer<T>`, `Protect`",
    "StdAtomicSharedPtr": "`std::atomic<std::shared_ptr<T>>`",
    "BoostAtomicSharedPtr": "`boost::atomic_shared_ptr<T>`",
    "StdSharedMutex": "`std::shared_mutex`, `shared_ptr`",
    "StdMutex": "`std::mutex`, `shared_ptr`",
    "AbslMutex": "`absl::Mutex`, `shared_ptr`",
    "StdMutexInPlace": "`std::mutex`, object in place",
    "UrcuCall": "liburcu memb, `call_rcu`",
    "UrcuDefer": "liburcu memb, `defer_rcu`",
    "UrcuQsbr": "liburcu QSBR, `call_rcu`",
    "CkHazard": "Concurrency Kit, hazard pointers",
    "CkEpoch": "Concurrency Kit, epochs",
    "CdsHazard": "libcds, hazard pointers",
    "GoPointer": "Go `atomic.Pointer`",
    "GoValue": "Go `atomic.Value`",
    "ArcSwap": "Rust `arc_swap`",
    "ArcSwapCache": "Rust `arc_swap` `Cache`",
    "CrossbeamEpoch": "Rust `crossbeam_epoch`",
}


# The maps of benchmarks/map_workloads.h, as users know them.
MAPS = {
    "PlainMap": "`absl::flat_hash_map` (unsafe)",
    "Map": "`Map`",
    "UrcuMap": "liburcu `rculfhash`",
    "TbbUnorderedMap": "oneTBB `concurrent_unordered_map` (no erase)",
    "TbbHashMap": "oneTBB `concurrent_hash_map`",
    "CuckooMap": "libcuckoo `cuckoohash_map`",
    "AbslMutexMap": "`absl::Mutex`, `flat_hash_map`",
    "ShardedMap": "64 of `absl::Mutex`, `flat_hash_map`",
    "StdSharedMutexMap": "`std::shared_mutex`, `unordered_map`",
    "GoSyncMap": "Go `sync.Map`",
}


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


def titled(results, subject):
    """A subject's name, which is bold if it is ours."""
    return f"**{subject}**" if results["subjects"][subject]["ours"] else subject


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


WAITING = ("Waiting/{}/threads:2", "max_bytes", 1 / 1024)


def columns_of(results, names, workloads_and_more):
    """Cells {title: {subject: cell}} of what was measured, with the best in bold."""
    columns = {}
    for title, (line, *counter) in workloads_and_more.items():
        values = {subject: number(results, line.format(subject), counter[0]) for subject in names}
        values = {subject: value for subject, value in values.items() if value is not None}
        if not values:
            continue
        columns[title] = {subject: cell(results, line.format(subject), *counter)
                          for subject in names}
        best = min((subject for subject in values if subject not in LIMITS), key=values.get,
                   default=None)
        if best:
            columns[title][best] = f"**{columns[title][best]}**"
    return columns


def peers_table(results):
    """The subjects that users know, in all workloads, and what waits; the best is marked."""
    there = subjects(results)
    names = [subject for subject in NAMES if subject in there]
    columns = columns_of(results, names, {**workloads(results), "KiB": WAITING})
    rows = [[f"**{NAMES[subject]}**" if results["subjects"][subject]["ours"] else NAMES[subject],
             *(cells[subject] for cells in columns.values())] for subject in names]
    context = results["context"]
    return Table("workloads", "Ours and others, by workload",
                 f"Nanoseconds per operation and thread: {context['cpu']}, {context['cores']} cores,"
                 f" {context['kernel']}, {context['date']}. This library is in bold, and so is the"
                 f" best of each column, except for the unprotected pointer.",
                 ["", *columns], rows)


def maps_table(results):
    """All maps, in all workloads."""
    maps = [subject for subject in MAPS if subject in results["subjects"]]
    columns = {f"M1 {size}, {n}T": (f"M1/{{}}/number/{count}/threads:{n}", "load_ns")
               for size, count in (("10³", 1000), ("10⁵", 100000), ("10⁶", 1000000))
               for n in sorted({1, most_threads(results)})}
    columns.update({
        "M2": ("M2/{}/number/1000/threads:2", "op_ns"),
        "M3": ("M3/{}/number/1000/threads:2", "op_ns"),
        "M4 10⁵": ("M4/{}/number/100000/threads:1", "insert_ns"),
        "M4 10⁶": ("M4/{}/number/1000000/threads:1", "insert_ns"),
        "bytes": ("M4/{}/number/1000000/threads:1", "entry_bytes"),
        "M5": ("M5/{}/number/100000/threads:2", "store_ns"),
        "M6": ("M6/{}/number/1000/threads:2", "load_ns"),
        "growth p99.9": ("Growth/{}/number", "p999_ns"),
        "growth max": ("Growth/{}/number", "max_ns"),
    })
    cells = columns_of(results, maps, columns)
    rows = [[f"**{MAPS[subject]}**" if results["subjects"][subject]["ours"] else MAPS[subject],
             *(column[subject] for column in cells.values())] for subject in maps]
    return Table("maps", "Maps", "Nanoseconds for an operation and thread, with keys and values of"
                 " 8 bytes; `bytes`, what the heap gave for an entry of a map of a million."
                 + results["context"].get("maps", ""), ["", *cells], rows)


def variants_table(results):
    """The same of all other subjects."""
    names = [subject for subject in subjects(results) if subject not in NAMES]
    columns = {title: {subject: cell(results, line.format(subject), counter) for subject in names}
               for title, (line, counter) in workloads(results).items()
               if any(line.format(subject) in results["lines"] for subject in names)}
    rows = [[titled(results, subject), *(cells[subject] for cells in columns.values())]
            for subject in names]
    return Table("variants", "Further variants", "Nanoseconds per operation and thread.",
                 ["", *columns], rows)


def progress_table(results):
    """What each subject promises."""
    about = {subject: results["subjects"][subject] for subject in subjects(results)}
    rows = [[titled(results, subject), NAMES.get(subject, ""), each["frees"], each["progress"]]
            for subject, each in about.items() if "frees" in each]
    return Table("progress", "When each frees, and its progress", "",
                 ["", "in docs/performance.md", "frees", "progress"], rows)


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


def measured(results, series):
    """Those of which there is a line."""
    return [name for name in series
            if any(line.startswith(f"{name}/") for line in results["lines"])]


def series_tables(results):
    """What ours cost by size, number, threads; and how much waits, with others."""
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
        " `SpreadCounter` has its shards before it is measured; what is added to `CounterAny` is"
        " no constant.", "",
        {f"{operation}, {n}T": (f"{operation}/{{}}/threads:{n}", "op_ns")
         for operation in ("Add", "Load") for n in threads},
        ["std", "Int64", "Counter", "CounterAny", "SpreadCounter"])
    add("pins", "Pins, protection, retirement", "Nanoseconds for an operation, by the number of"
        " threads. To retire is to make an object, retire and free it; `Retire/Bare` makes and"
        " deletes it.", "",
        {f"{n}T": (f"{{}}/threads:{n}", "op_ns") for n in threads},
        measured(results, [
            "Pin/PinGuard", "Pin/rcu_domain", "Pin/ProcPin", "Protect/Pointer",
            "Protect/hazard_pointer", "Protect/make_hazard_pointer", "Retire/Bare",
            "Retire/Pointer", "Retire/Retirable", "Retire/hazard_pointer", "Retire/rcu_retire"]))
    kinds = ("Bare", "Value", "ValueOf")
    add("sizes", "Sizes", "Nanoseconds for an operation of one thread, by the bytes of the value,"
        " which a store copies. `Bare` is an atomic pointer: new, exchange, delete.", "bytes",
        {f"{kind} {operation}": (f"Size/{kind}/{{}}", f"{operation}_ns")
         for operation in ("load", "store") for kind in kinds})
    add("cells", "Cells", "Nanoseconds for a load, from so many cells in random order.", "cells",
        {kind: (f"Cells/{kind}/{{}}", "load_ns") for kind in kinds})
    add("snapshots", "Snapshots held", "Nanoseconds for a load and its drop, on a thread that"
        " keeps so many other snapshots.", "snapshots",
        {"Value": ("Snapshots/Value/{}", "load_ns")})
    add("latency", "Reclaim latency", "Microseconds from a store to the destructor of what it"
        " replaced, while another thread loads: with a store each 100 µs (paced), and at full"
        " speed.", "",
        {title: ("ReclaimLatency/{}", f"{title}_ns", 1e-3) for title in ("p50", "p99", "max")},
        [f"{kind}/{speed}" for kind in kinds[1:] for speed in ("paced", "full")])
    add("tails", "Tails", "Nanoseconds for one operation: what half of them take at most, what 999"
        " of 1000 do, and the longest; what the clock takes is in all. Operations in which the"
        " system gave the core to another thread, or this one waited for the heap's lock, are left"
        " out. `Drop` is the end of the last"
        " snapshot of a value that has been replaced and found in use, and `Unpin` that of a pin"
        " for which one waits: both destroy it, where nothing else holds it. `pin`: while another thread has a pin that does not end, with 100,000"
        " objects behind it. `burst`: while another one stores 2000 times in a row, every half"
        " millisecond. `threads:1000`: while so many sleep that have used the library."
        + results["context"].get("tails", ""), "",
        {title: ("Tail/{}", f"{key}_ns")
         for title, key in (("p50", "p50"), ("p99.9", "p999"), ("max", "max"))},
        ["Clock/quiet", *(f"{operation}/{condition}"
                          for operation in ("Load", "Drop", "Store", "Unpin")
                          for condition in ("quiet", "pin", "burst", "threads:1000"))])
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


def waiting_subjects(results):
    return [subject_of(name) for name in results["lines"] if name.startswith("Waiting/")]


def waiting_table(results):
    line, *most = WAITING
    rows = [[titled(results, subject), cell(results, line.format(subject), "mean_bytes", 1 / 1024),
             cell(results, line.format(subject), *most)] for subject in waiting_subjects(results)]
    seconds = results["context"]["waiting_window_s"]
    return Table("waiting", "Memory waiting",
                 f"KiB of objects of 64 bytes that have been replaced and not yet freed, while"
                 f" one thread stores and one loads at full speed, for {seconds:g} s: the mean"
                 f" over time, and the most at any store, in the repetition whose most is the"
                 f" median.",
                 ["", "mean", "most"], rows)


# ---- Where it was measured -------------------------------------------------------


def machine_table(results):
    """Where and how it was measured."""
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
