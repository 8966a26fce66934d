# SPDX-License-Identifier: Apache-2.0

"""What was measured: the programs' JSON, what is kept of it, and the files it is kept in.

A program writes what Google Benchmark does; those in other languages write the same shape:

    {"context": {"compiler": "only of other languages"},
     "benchmarks": [{"name": "W1/Value/threads:2", "run_type": "iteration", "ours": 1,
                     "label": "frees: ...; progress: ...", "load_ns": 1.2, "disturbed": 0}]}

Of that, results are

    {"context": {"cpu": "...", ...},
     "subjects": {"Value": {"ours": true, "frees": "...", "progress": "..."}},
     "lines": {"W1/Value/threads:2": {"undisturbed": 7, "disturbed": 2, "median": {"load_ns": 1.2},
                                      "min": {"load_ns": 1.1}, "repetitions": [...]}}}

where all numbers are of undisturbed repetitions alone, and a line that has none of these
has no numbers. Committed results are without "repetitions", and have "min" only where a
target asks for it.
"""

import json
import math
import pathlib
import re
import statistics

ALL = "."  # the filter, a regular expression, that leaves no line out
ENOUGH = 7  # undisturbed repetitions of a line
CONTEXT = {"cpu", "cores", "kernel", "compiler", "flags", "commit", "date", "filter", "window_s",
           "waiting_window_s", "passes"}
COUNTER = re.compile(r"(\w+_)?(ns|bytes)")
LABEL = re.compile(r"frees: (?P<frees>.*); progress: (?P<progress>.*)")


class Wrong(Exception):
    """What is wrong, in one line for people."""


def parsed(text, where):
    try:
        return json.loads(text)
    except ValueError as error:
        raise Wrong(f"{where}: not JSON: {error}") from error


def subject_of(name):
    """"Value" of "W1/Value/threads:2"."""
    return name.split("/")[1]


def is_measured(counter, value):
    """Whether the value can be what was measured: nothing takes no time, but nothing may wait."""
    return math.isfinite(value) and (value > 0 or value == 0 and not counter.endswith("ns"))


class Collector:
    """Gathers the repetitions of all lines."""

    def __init__(self):
        self.subjects = {}
        self.repetitions = {}  # line -> the counters of each undisturbed repetition
        self.disturbed = {}  # line -> how many were thrown away
        self.compilers = {}  # of programs that say so; in order

    def add(self, text, where, pattern=ALL):
        """Takes those of a program's lines that match, and returns their names.

        Not all languages come with regular expressions, to leave out the others.
        """
        names = []
        try:
            output = parsed(text, where)
            lines = [line for line in output["benchmarks"] if line["run_type"] == "iteration"]
            if "compiler" in output["context"]:
                self.compilers[output["context"]["compiler"]] = True
            for line in lines:
                if not re.search(pattern, line["name"]):
                    continue
                names.append(line["name"])
                self.add_line(line, where)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise Wrong(f"{where}: not a benchmark's JSON: {error!r}") from error
        return names

    def add_line(self, line, where):
        name = line["name"]
        if "error_message" in line:
            raise Wrong(f"{where}: {name}: {line['error_message']}")
        counters = {key: value for key, value in line.items() if COUNTER.fullmatch(key)}
        if not counters or not all(map(is_measured, counters, counters.values())):
            raise Wrong(f"{where}: {name}: no numbers, or bad ones: {counters}")
        subject = self.subjects.setdefault(subject_of(name), {"ours": bool(line.get("ours", 0))})
        if label := LABEL.fullmatch(line.get("label", "")):
            subject.update(label.groupdict())
        repetitions = self.repetitions.setdefault(name, [])
        self.disturbed.setdefault(name, 0)
        if line["disturbed"]:
            self.disturbed[name] += 1
        else:
            repetitions.append(counters)

    def lacking(self, names, enough):
        """Those of the lines that have not so many undisturbed repetitions."""
        return [name for name in names if len(self.repetitions[name]) < enough]

    def results(self, context):
        lines = {}
        for name, repetitions in self.repetitions.items():
            lines[name] = {"undisturbed": len(repetitions), "disturbed": self.disturbed[name],
                           **summary(repetitions), "repetitions": repetitions}
        return {"context": context, "subjects": self.subjects, "lines": lines}


def summary(repetitions):
    """The median and the least of each counter.

    What waits is all of one repetition: that whose most is the median.
    """
    if not repetitions:
        return {"median": {}, "min": {}}
    if "max_bytes" in repetitions[0]:
        ordered = sorted(repetitions, key=lambda repetition: repetition["max_bytes"])
        return {"median": ordered[(len(ordered) - 1) // 2], "min": {}}
    return {name: {key: function(repetition[key] for repetition in repetitions)
                   for key in repetitions[0]}
            for name, function in (("median", statistics.median), ("min", min))}


def rounded(counter, value):
    """A time to four digits, which is more than is ever true; bytes as they are."""
    value = float(f"{value:.4g}" if counter.endswith("ns") else value)
    return int(value) if value.is_integer() else value


def compact(results, best):
    """What is committed: enough for all tables and the plot. `best` are lines that keep "min"."""
    lines = {}
    for name, line in results["lines"].items():
        kept = {key: line[key] for key in ("undisturbed", "disturbed")}
        for part in ("median", "min") if name in best else ("median",):
            kept[part] = {key: rounded(key, value) for key, value in line[part].items()}
        lines[name] = kept
    return {**results, "lines": lines}


def dump(results):
    """JSON with a line for each line, for diffs."""
    parts = []
    for part, entries in results.items():
        rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
                          for key, value in entries.items())
        parts.append(f"{json.dumps(part)}: {{\n{rows}\n}}")
    return "{" + ",\n".join(parts) + "}\n"


def load(path):
    """The results in a file."""
    try:
        text = pathlib.Path(path).read_text()
    except OSError as error:
        raise Wrong(f"{path}: {error.strerror}") from error
    results = parsed(text, path)
    try:
        for part in "context", "subjects", "lines":
            results[part].items()
        for key in CONTEXT:
            results["context"][key]
        for name, line in results["lines"].items():
            for key in "undisturbed", "disturbed":
                line[key] + 0
            for key, value in (*line["median"].items(), *line.get("min", {}).items()):
                if not is_measured(key, value):
                    raise Wrong(f"{path}: {name}: {key} = {value}")
            results["subjects"][subject_of(name)]["ours"]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise Wrong(f"{path}: not results of ./dev bench: {error!r}") from error
    return results
