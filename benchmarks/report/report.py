#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Makes the report on speed: tables in Markdown, and a plot.

    report.py RESULTS [--plot FILE]  prints the tables of what run.py wrote; FILE is an SVG
    report.py --update RESULTS       writes the tables into the pages, the plot, and what
                                     both are made from: PAGES, PLOT and DATA below
    report.py --check                fails if pages and plot are not what the data says
    report.py --self-test            tests itself on faults that it plants

The pages are written by hand but for what is between two marks, which name a table:

    <!-- benchmarks/report/report.py writes machine from here -->
    <!-- to here -->
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).absolute().parents[2]
sys.path.append(str(ROOT / "tools"))

import checking
import measurements
import plot
import tables
import targets
from measurements import Wrong

PAGES = ("docs/performance.md", "docs/internals/performance.md")  # for users; all of it
PLOT = "docs/performance.svg"
DATA = "benchmarks/report/results.json"

REGION = re.compile(r"(?P<begin><!-- benchmarks/report/report\.py writes (?P<name>\w+) from here"
                    r" -->\n)(?P<text>.*?)(?P<end><!-- to here -->)", re.DOTALL)


def all_tables(results):
    """Those that have numbers."""
    each = [tables.machine_table(results), tables.peers_table(results), tables.maps_table(results),
            tables.variants_table(results), tables.progress_table(results),
            targets.table(results), *tables.series_tables(results)]
    return [table for table in each if table.has_numbers()]


def must_be_complete(results):
    """Raises Wrong if a target of ours, or all of a table, was not measured."""
    targets.must_be_measured(results)
    there = {table.name for table in all_tables(results)}
    for table in tables.series_tables(results):
        if table.name not in there:
            raise Wrong(f"no undisturbed repetition for the table '{table.title}'")


def markdown(results):
    """All tables, under their titles."""
    return "\n".join(f"## {table.title}\n\n{section(table)}" for table in all_tables(results))


def section(table):
    note = f"{table.note}\n\n" if table.note else ""
    return f"{note}{table.markdown()}\n"


def filled(pages, results):
    """The pages {path: text}, with what is between their marks made anew."""
    of_name = {table.name: table for table in all_tables(results)}
    found = [match["name"] for text in pages.values() for match in REGION.finditer(text)]
    for name in of_name:
        if found.count(name) != 1:
            raise Wrong(f"{' and '.join(PAGES)} have {found.count(name)} places for the table"
                        f" {name}, not 1")
    for name in found:
        if name not in of_name:
            raise Wrong(f"{' and '.join(PAGES)}: there is no table {name}")

    def region(match):
        return f"{match['begin']}\n{section(of_name[match['name']])}\n{match['end']}"

    return {path: REGION.sub(region, text) for path, text in pages.items()}


def made(root, results):
    """What is made from results, {path: text}."""
    return {**filled({path: read(root / path) for path in PAGES}, results),
            PLOT: plot.svg(results)}


def check(root):
    """The faults of the committed report in the project `root`."""
    root = pathlib.Path(root)
    try:
        results = measurements.load(root / DATA)
        must_be_complete(results)
        return [f"{path}: is not what {DATA} says: benchmarks/report/report.py --update {DATA}"
                for path, text in made(root, results).items() if read(root / path) != text]
    except Wrong as wrong:
        return [str(wrong).replace(f"{root}/", "")]


def read(path):
    try:
        return path.read_text()
    except OSError as error:
        raise Wrong(f"{path}: {error.strerror}") from error


def update(root, results):
    results = measurements.compact(results, targets.best_lines(results))
    must_be_complete(results)
    for path, text in {**made(root, results), DATA: measurements.dump(results)}.items():
        (root / path).write_text(text)


# ---- Self-test -------------------------------------------------------------------


def good():
    """A small project, whose results are made up."""
    others = ("Bare", "BareDelete", targets.HAZARD)
    ours = ("Value", "ValueOf", "ValueOf::Reader", "ValueUnderPin", "ValueOfUnderPin", "PinGuard")
    counters = {}
    for subject in others + ours:
        for threads in 1, 2:
            counters[f"W1/{subject}/threads:{threads}"] = {"load_ns": threads}
        counters[f"W2/{subject}/threads:2"] = {"load_ns": 4, "store_ns": 5}
        counters[f"W3a/{subject}/threads:1"] = {"store_ns": 6}
        counters[f"W3b/{subject}/threads:2"] = {"store_ns": 7}
        counters[f"W4/{subject}/threads:2"] = {"op_ns": 8}
        counters[f"W5/{subject}/threads:2"] = {"op_ns": 9}
    for name in "Add/Int64", "Add/std", "Load/Counter", "Pin/PinGuard":
        counters[f"{name}/threads:1"] = {"op_ns": 10}
    for name in "FirstLoad/Value", "ThreadExit/Value":
        counters[name] = {"ns": 11}
    for name in "Size/Value/8", "Cells/Value/8", "Snapshots/Value/8", "Parked/Value/8":
        counters[name] = {"load_ns": 12, "store_ns": 13}
    counters["ReclaimLatency/Value/full"] = {"p50_ns": 14, "p99_ns": 15, "max_ns": 16}
    counters["Tail/Load/quiet"] = {"p50_ns": 17, "p999_ns": 18, "max_ns": 19}
    counters["Waiting/Value/threads:2"] = {"mean_bytes": 2048, "max_bytes": 4096}
    subjects = {measurements.subject_of(name): {"ours": False} for name in counters}
    subjects.update({name: {"ours": name in ours, "frees": "now", "progress": "wait-free"}
                     for name in others + ours})
    data = measurements.dump({
        "context": {"cpu": "A", "cores": 2, "kernel": "B", "compiler": "C", "flags": "-O2",
                    "commit": "D", "date": "E", "filter": measurements.ALL, "window_s": 1,
                    "waiting_window_s": 1, "passes": 7},
        "subjects": subjects,
        "lines": {name: {"undisturbed": 7, "disturbed": 0, "median": values, "min": values}
                  for name, values in counters.items()}})
    with checking.project({DATA: data}) as root:
        results = measurements.load(root / DATA)
    places = [f"<!-- benchmarks/report/report.py writes {table.name} from here -->\n"
              "<!-- to here -->\n\n" for table in all_tables(results)]
    pages = dict(zip(PAGES, ("# Performance\n\n" + places[1], places[0] + "".join(places[2:]))))
    return {DATA: data, **filled(pages, results), PLOT: plot.svg(results)}


# The file to change, what to replace in it by what, and the fault expected.
PAGE, INTERNALS = PAGES
STALE = f"is not what {DATA} says"
PLACES = f"{PAGE} and {INTERNALS}"
FAULTS = [
    (DATA, '"load_ns": 4', '"load_ns": 41', f"{PAGE}: {STALE}"),
    (DATA, '"op_ns": 8', '"op_ns": 81', f"{PLOT}: {STALE}"),
    (DATA, '"cpu": "A"', '"cpu": "B"', f"{INTERNALS}: {STALE}"),
    (DATA, '"undisturbed": 7', '"undisturbed": 6', f"{PAGE}: {STALE}"),
    (DATA, "{", "", f"{DATA}: not JSON"),
    (DATA, '"lines"', '"line"', f"{DATA}: not results of ./dev bench: KeyError('lines')"),
    (DATA, '"median"', '"mean"', f"{DATA}: not results of ./dev bench: KeyError('median')"),
    (DATA, "W1/Value/", "W6/Value/", "no line W1/Value/threads:1"),
    (DATA, "Snapshots/", "Snaps/", "no undisturbed repetition for the table 'Snapshots held'"),
    (DATA, '"median": {"ns": 11}', '"median": {}', "FirstLoad/Value: no undisturbed repetition"),
    (PAGE, "**`Value`**", "`Value`", f"{PAGE}: {STALE}"),
    (INTERNALS, "not met", "met", f"{INTERNALS}: {STALE}"),
    (INTERNALS, "writes machine", "writes the", f"{PLACES} have 0 places for the table machine"),
    (INTERNALS, "writes sizes", "writes cells", f"{PLACES} have 0 places for the table sizes"),
    (PAGE, "# Performance", "<!-- benchmarks/report/report.py writes size from here -->\n"
     "<!-- to here -->", f"{PLACES}: there is no table size"),
    (DATA, '"passes": 7', '"passed": 7', f"{DATA}: not results of ./dev bench: KeyError('passes')"),
    (DATA, '"ns": 11', '"ns": 0', f"{DATA}: FirstLoad/Value: ns = 0"),
    (DATA, '"ns": 11', '"ns": "1"', f"{DATA}: not results of ./dev bench: TypeError"),
    (PLOT, "<title>", "<title>Other: ", f"{PLOT}: {STALE}"),
]


def self_test():
    tree = good()
    failures = checking.missed(check, tree, FAULTS)
    for name in tree:
        with checking.project({path: text for path, text in tree.items() if path != name}) as root:
            found = check(root)
        if found != [f"{name}: No such file or directory"]:
            failures.append(f"without {name}: {found}")
    return failures


# ---- The command line ------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs="?", help="the output of run.py")
    parser.add_argument("--plot", help="an SVG file to write")
    parser.add_argument("--update", action="store_true", help="write pages, plot and data")
    parser.add_argument("--check", action="store_true", help="compare pages and plot with the data")
    parser.add_argument("--self-test", action="store_true", help="test this checker on faults that it plants")
    options = parser.parse_args()
    if options.check or options.self_test:
        faults = self_test() if options.self_test else check(ROOT)
        sys.exit("\n".join(faults) or 0)
    if not options.results:
        parser.error("which results?")
    try:
        results = measurements.load(options.results)
        if options.update:
            update(ROOT, results)
            return
        print(markdown(results), end="")
        if options.plot:
            pathlib.Path(options.plot).write_text(plot.svg(results))
    except Wrong as wrong:
        sys.exit(f"bench: {wrong}")


if __name__ == "__main__":
    main()
