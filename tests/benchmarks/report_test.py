#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Tests benchmarks/report: what is kept of the programs' output, and what is said of it."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROJECT = pathlib.Path(__file__).absolute().parent.parent.parent
REPORT = PROJECT / "benchmarks" / "report"
sys.path.insert(0, str(REPORT))

import measurements
import plot
import report
import run
import tables
import targets
from measurements import Wrong

# As Google Benchmark writes it, with what nobody needs.
GOOGLE = {"context": {"num_cpus": 2}, "benchmarks": [
    {"name": "W2/Value/threads:2", "family_index": 0, "run_name": "W2/Value/threads:2",
     "run_type": "iteration", "repetitions": 1, "iterations": 1, "real_time": 2.0e8,
     "cpu_time": 1.0e5, "time_unit": "ns", "disturbed": 0.0, "load_ns": 2.5, "ours": 1.0,
     "store_ns": 90.0, "label": "frees: at 2048 objects; at once when quiet; progress: wait-free"},
    {"name": "W2/Value/threads:2_median", "run_type": "aggregate", "load_ns": 1.0},
]}
# As a program in another language does.
OTHER = {"context": {"compiler": "go1"}, "benchmarks": [
    {"name": "W1/GoPointer/threads:1", "run_type": "iteration", "label": "frees: GC; progress: x",
     "real_time": 1, "time_unit": "ns", "load_ns": 0.29, "disturbed": 0}]}


CONTEXT = {key: 1 for key in measurements.CONTEXT} | {"filter": measurements.ALL}


def lines(*entries):
    """A program's JSON, of (name, disturbed, counters)."""
    return json.dumps({"context": {}, "benchmarks": [
        {"name": name, "run_type": "iteration", "disturbed": disturbed, **counters}
        for name, disturbed, counters in entries]})


def made_up(subjects, counters):
    """Results, with the subjects {name: ours} and the medians {line: counters}."""
    return {"context": CONTEXT,
            "subjects": {name: {"ours": ours} for name, ours in subjects.items()},
            "lines": {name: {"undisturbed": 7, "disturbed": 0, "median": values, "min": values}
                      for name, values in counters.items()}}


class CollectorTest(unittest.TestCase):

    def test_both_kinds_of_programs_are_understood(self):
        collector = measurements.Collector()
        self.assertEqual(collector.add(json.dumps(GOOGLE), "a"), ["W2/Value/threads:2"])
        self.assertEqual(collector.add(json.dumps(OTHER), "b"), ["W1/GoPointer/threads:1"])
        self.assertEqual(collector.subjects, {
            "Value": {"ours": True, "frees": "at 2048 objects; at once when quiet",
                      "progress": "wait-free"},
            "GoPointer": {"ours": False, "frees": "GC", "progress": "x"}})
        self.assertEqual(collector.repetitions, {
            "W2/Value/threads:2": [{"load_ns": 2.5, "store_ns": 90.0}],
            "W1/GoPointer/threads:1": [{"load_ns": 0.29}]})
        self.assertEqual(list(collector.compilers), ["go1"])

    def test_what_was_not_asked_for_does_not_count(self):
        collector = measurements.Collector()
        text = lines(("A/B/1", 0, {"op_ns": 1}), ("A/B/10", 0, {"op_ns": 1}))
        self.assertEqual(collector.add(text, "a", "^(A/B/1)$"), ["A/B/1"])
        self.assertEqual(list(collector.repetitions), ["A/B/1"])

    def test_what_was_disturbed_does_not_count(self):
        collector = measurements.Collector()
        for disturbed, value in (0, 3), (1, 100), (0, 1), (1, 0.1), (0, 8), (0, 4):
            collector.add(lines(("A/B/1", disturbed, {"op_ns": value})), "a")
        line = collector.results({})["lines"]["A/B/1"]
        self.assertEqual(line["median"], {"op_ns": 3.5})
        self.assertEqual(line["min"], {"op_ns": 1})
        self.assertEqual((line["undisturbed"], line["disturbed"]), (4, 2))
        self.assertEqual(line["repetitions"], [{"op_ns": value} for value in (3, 1, 8, 4)])

    def test_what_waits_is_kept_of_one_repetition(self):
        collector = measurements.Collector()
        for most in 30, 10, 20:
            collector.add(lines(("Waiting/B/1", 0, {"mean_bytes": most - 1, "max_bytes": most})),
                          "a")
        self.assertEqual(collector.results({})["lines"]["Waiting/B/1"]["median"],
                         {"mean_bytes": 19, "max_bytes": 20})

    def test_a_line_that_was_disturbed_each_time_has_no_numbers(self):
        collector = measurements.Collector()
        collector.add(lines(("A/B/1", 1, {"op_ns": 1})), "a")
        results = collector.results({})
        self.assertEqual(results["lines"]["A/B/1"]["median"], {})
        self.assertIsNone(tables.number(results, "A/B/1", "op_ns"))

    def test_what_is_malformed_gives_one_message(self):
        good = ("A/B/1", 0, {"op_ns": 1})
        for text, message in (
                ("", "p: not JSON"),
                ("{", "p: not JSON"),
                ("[]", "p: not a benchmark's JSON"),
                ("{}", "p: not a benchmark's JSON: KeyError('benchmarks')"),
                ('{"benchmarks": []}', "p: not a benchmark's JSON: KeyError('context')"),
                ('{"context": {}, "benchmarks": [{"name": "A/B/1"}]}', "p: not a benchmark's JSON"),
                (lines(good).replace("disturbed", "calm"), "KeyError('disturbed')"),
                (lines(good).replace("A/B/1", "A"), "p: not a benchmark's JSON"),
                (lines(good).replace("op_ns", "op"), "p: A/B/1: no numbers"),
                (lines(("A/B/1", 0, {"op_ns": float("nan")})), "p: A/B/1: no numbers"),
                (lines(("A/B/1", 0, {"op_ns": 0})), "p: A/B/1: no numbers"),
                (lines(("A/B/1", 0, {"op_ns": "1"})), "p: not a benchmark's JSON: TypeError"),
                (lines(("A/B/1", 0, {"error_message": "lost"})), "p: A/B/1: lost")):
            with self.subTest(text), self.assertRaises(Wrong) as raised:
                measurements.Collector().add(text, "p")
            self.assertIn(message, str(raised.exception))
            self.assertNotIn("\n", str(raised.exception))


class FileTest(unittest.TestCase):

    def test_what_is_committed_is_read_back(self):
        collector = measurements.Collector()
        collector.add(lines(("A/B/1", 0, {"op_ns": 1.23456})), "a")
        collector.add(lines(("A/C/1", 0, {"op_ns": 1.23456})), "a")
        collector.add(lines(("Waiting/B/1", 0, {"mean_bytes": 7.0, "max_bytes": 123456})), "a")
        compact = measurements.compact(collector.results({"cpu": "é", **CONTEXT}), {"A/B/1"})
        self.assertEqual(compact["lines"], {
            "A/B/1": {"undisturbed": 1, "disturbed": 0, "median": {"op_ns": 1.235},
                      "min": {"op_ns": 1.235}},
            "A/C/1": {"undisturbed": 1, "disturbed": 0, "median": {"op_ns": 1.235}},
            "Waiting/B/1": {"undisturbed": 1, "disturbed": 0,
                            "median": {"mean_bytes": 7, "max_bytes": 123456}}})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "results.json")
            path.write_text(measurements.dump(compact))
            self.assertEqual(measurements.load(path), compact)
            self.assertEqual(measurements.compact(compact, {"A/B/1"}), compact)

    def test_times_keep_four_digits_and_counts_all(self):
        for value, expected in (0.123449, 0.1234), (98765.4, 98770), (3.0, 3):
            self.assertEqual(measurements.rounded("load_ns", value), expected)
        self.assertEqual(measurements.rounded("max_bytes", 131072.0), 131072)


class MeasureTest(unittest.TestCase):
    """The passes, with programs that are made up."""

    def measure(self, program, budget=1e9, pattern=measurements.ALL, programs=("p",)):
        """program(call, only) gives the lines, by the number of the call; takes 1 s a call."""
        self.calls = []

        def fake(name, window, only):
            self.calls.append((name, only))
            return program(len(self.calls), only)

        return run.measure(programs, 0.01, budget, pattern, run=fake,
                           clock=lambda: float(len(self.calls)))

    def test_lines_that_lack_repetitions_are_measured_again_alone(self):
        def program(call, only):
            both = [("A/B/1", 0, {"op_ns": call}), ("A/B.C/1", call < 3, {"op_ns": call})]
            return lines(*(both if call <= 7 else both[1:]))

        collector, passes = self.measure(program)
        self.assertEqual(passes, 9)
        self.assertEqual({name: len(each) for name, each in collector.repetitions.items()},
                         {"A/B/1": 7, "A/B.C/1": 7})
        self.assertEqual([only for _, only in self.calls],
                         [".", *[r"^(A/B/1|A/B\.C/1)$"] * 6, *[r"^(A/B\.C/1)$"] * 2])

    def test_programs_take_turns(self):
        def program(call, only):
            return lines((f"A/{self.calls[-1][0]}/1", 0, {"op_ns": 1}))

        self.measure(program, programs=("p", "q"))
        self.assertEqual([name for name, _ in self.calls], ["p", "q"] * 7)

    def test_it_ends_where_the_next_pass_would_take_too_long(self):
        _, passes = self.measure(lambda *_: lines(("A/B/1", 1, {"op_ns": 1})), budget=5)
        self.assertEqual(passes, 5)

    def test_it_ends_after_so_many_passes(self):
        collector, passes = self.measure(lambda *_: lines(("A/B/1", 1, {"op_ns": 1})))
        self.assertEqual(passes, run.PASSES)
        self.assertEqual(collector.disturbed, {"A/B/1": run.PASSES})

    def test_a_filter_that_matches_nothing_is_wrong(self):
        with self.assertRaisesRegex(Wrong, "no line matches XYZ"):
            self.measure(lambda *_: "", pattern="XYZ")

    def test_what_waits_is_never_looked_at_in_a_short_window(self):
        self.assertEqual(run.window_of("a/waiting_benchmark", 0.01), run.WAITING_WINDOW)
        self.assertEqual(run.window_of("a/waiting_benchmark", 0.5), 0.5)
        self.assertEqual(run.window_of("a/value_benchmark", 0.01), 0.01)


class ProgramTest(unittest.TestCase):
    """run.py as it is called, with programs that are scripts."""

    COMPILATION = json.dumps({"actions": [{"arguments": [
        sys.executable, "-Wall", "-std=c++0x", "-O2", "-std=c++17", "-Ix", "-c", "x"]}]})

    def run_py(self, name, script, compiled=COMPILATION):
        """The status, stderr, and results of a run of one program."""
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, name)
            program.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
            program.chmod(0o755)
            out = pathlib.Path(folder, "results.json")
            compilation = pathlib.Path(folder, "compilation.json")
            compilation.write_text(compiled)
            if script is None:
                program.unlink()
            done = subprocess.run([sys.executable, REPORT / "run.py", f"--out={out}", "--window=1",
                                   f"--compilation={compilation}", program],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            return done.returncode, done.stderr, json.loads(out.read_text()) if out.exists() else None

    WRITE = """
out, = [a.partition("=")[2] for a in sys.argv if a.startswith("%s=")]
assert "--window=1.0" in sys.argv
open(out, "w").write(%r)"""

    def test_other_languages_get_lists_of_names_alone(self):
        script = self.WRITE % ("--out", lines(("A/B/1", 0, {"op_ns": 2})))
        script += """
filters = [a for a in sys.argv if a.startswith("--filter=")]
first = %r
assert filters == ([] if first else ["--filter=^(A/B/1)$"]), filters"""
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "go")
            for pattern, first in (".", True), ("A|B", True), ("^(A/B/1)$", False):
                program.write_text(f"#!{sys.executable}\nimport sys\n{script % first}\n")
                program.chmod(0o755)
                self.assertIn("A/B/1", run.run_program(program, 1.0, pattern))

    def test_each_kind_of_program_gets_its_options(self):
        for name, option in ("a_benchmark", "--benchmark_out"), ("go", "--out"):
            with self.subTest(name):
                status, _, results = self.run_py(
                    name, self.WRITE % (option, lines(("A/B/1", 0, {"op_ns": 2}))))
                self.assertEqual(status, 0)
                self.assertEqual(results["lines"]["A/B/1"]["median"], {"op_ns": 2})
                self.assertEqual(results["context"]["flags"], "-std=c++17 -O2")

    def test_what_goes_wrong_is_one_line_and_status_1(self):
        good = self.COMPILATION
        for script, compiled, message in (
                (self.WRITE % ("--out", "{"), good, "bench: go: not JSON"),
                (self.WRITE % ("--out", lines(("A/B/1", 0, {}))), good,
                 "bench: go: A/B/1: no numbers"),
                ("sys.exit('no luck')", good, "bench: go: ended with 1: no luck"),
                ("", good, "bench: no line matches"),
                (None, good, "go: No such file or directory"),
                ("", "", "compilation.json: not JSON"),
                ("", "{}", "compilation.json: not a compilation: KeyError('actions')"),
                ("", good.replace("-c", "-S"), "compilation.json: not a compilation: ValueError")):
            with self.subTest(message):
                status, stderr, results = self.run_py("go", script, compiled)
                self.assertEqual(status, 1)
                self.assertIn(message, stderr)
                self.assertTrue(stderr.startswith("bench: "))
                self.assertEqual(stderr.count("\n"), 1)
                self.assertIsNone(results)


class TargetTest(unittest.TestCase):

    def results(self, ours):
        return made_up({"Value": True, "Bare": False, "CkEpoch": False},
                       {"A/Value/1": {"op_ns": ours}, "A/Bare/1": {"op_ns": 2},
                        "A/CkEpoch/1": {"op_ns": 4}})

    def target(self, **options):
        return targets.Target("it", 1.5, "× bare", [
            targets.Measured("Value", "A/Value/1", "op_ns", ("A/Bare/1",))], **options)

    def test_a_ratio_is_met_up_to_its_limit(self):
        for ours, shown, verdict in ((3, "1.50", "met"), (3.01, "1.505", "**not met**"),
                                     (0.1, "0.05", "met")):
            self.assertEqual(self.target().row(self.results(ours)),
                             ["it", "≤ 1.5 × bare", f"Value {shown}", verdict])

    def test_others_are_met_from_their_limit_on(self):
        for ours, verdict in (3, "met"), (2.99, "**not met**"):
            row = self.target(at_least=True).row(self.results(ours))
            self.assertEqual(row[1:2] + row[3:], ["≥ 1.5 × bare", verdict])

    def test_all_subjects_must_meet_it(self):
        target = self.target()
        target.measured.append(targets.Measured("CkEpoch", "A/CkEpoch/1", "op_ns", ("A/Bare/1",)))
        self.assertEqual(target.row(self.results(1))[2:],
                         ["Value 0.50, CkEpoch 2.00", "**not met**"])

    def test_what_was_not_measured_is_not_met(self):
        results = self.results(1)
        del results["lines"]["A/Bare/1"]
        self.assertEqual(self.target().row(results)[2:], ["Value –", "not measured"])
        results = self.results(1)
        results["lines"]["A/Value/1"]["median"] = {}
        self.assertEqual(self.target().row(results)[2:], ["Value –", "not measured"])
        self.assertEqual(targets.Target("it", 1, "", []).verdict(results), "not measured")

    def test_the_best_of_several_is_named(self):
        several = targets.Measured("Value", "A/Value/1", "op_ns",
                                  ("A/CkEpoch/1", "A/Bare/1", "A/None/1"))
        self.assertEqual(several.value(self.results(3)), (1.5, "A/Bare/1"))
        self.assertEqual(targets.Target("it", 1, "", [several]).row(self.results(3))[2],
                         "Value 1.50 (Bare)")
        # What was disturbed each time might be better.
        results = self.results(3)
        results["lines"]["A/CkEpoch/1"]["median"] = {}
        self.assertEqual(several.value(results), (None, None))
        several.below = ()
        self.assertEqual(several.value(self.results(3)), (None, None))

    def test_of_many_the_ends_are_said(self):
        results = self.results(3)
        measured = []
        for i in 3, 1, 7, 2, 6, 5, 4:
            results["lines"][f"A/V{i}/1"] = {"median": {"op_ns": i}}
            measured.append(targets.Measured(f"V{i}", f"A/V{i}/1", "op_ns"))
        self.assertEqual(targets.Target("it", 7, "", measured).row(results)[2:],
                         ["V1 1.00 to V7 7.00", "met"])

    def test_what_is_compared_with_nothing_is_scaled(self):
        alone = targets.Measured("Value", "A/Value/1", "op_ns", scale=1e-3)
        self.assertEqual(alone.value(self.results(3000)), (3, None))

    def test_throughput_is_that_of_all_threads(self):
        results = made_up({"Value": True}, {"W1/Value/threads:1": {"load_ns": 3},
                                            "W1/Value/threads:2": {"load_ns": 4}})
        target, = [each for each in targets.all_targets(results) if "throughput" in each.what]
        self.assertEqual(target.measured[0].value(results)[0], 1.5)

    def test_of_a_filtered_run_only_what_was_measured_is_said(self):
        results = made_up({"Value": True}, {"FirstLoad/Value": {"ns": 1999}})
        self.assertGreater(len(targets.table(results).rows), 1)
        results["context"] = results["context"] | {"filter": "FirstLoad"}
        self.assertEqual(targets.table(results).rows,
                         [["a thread's first `Load`", "≤ 2 µs", "Value 1.999", "met"]])

    def test_a_bare_load_is_taken_at_its_best(self):
        results = made_up({"Value": True, "Bare": False},
                          {"W1/Value/threads:1": {"load_ns": 1}, "W1/Bare/threads:1": {"load_ns": 5}})
        results["lines"]["W1/Bare/threads:1"]["min"] = {"load_ns": 0.25}
        target, = [each for each in targets.all_targets(results) if each.what == "`Load`, read, drop"]
        self.assertEqual(target.measured[0].value(results)[0], 4)


class TableTest(unittest.TestCase):

    def test_the_best_is_marked_but_for_bare_pointers(self):
        table = tables.peers_table(made_up(
            {"GoValue": False, "Bare": False, "Value": True},
            {"W1/GoValue/threads:1": {"load_ns": 2}, "W1/Bare/threads:1": {"load_ns": 0.5},
             "W1/Value/threads:1": {"load_ns": 1.25}, "W3a/GoValue/threads:1": {"store_ns": 3},
             "Waiting/Value/threads:2": {"mean_bytes": 1024, "max_bytes": 2048}}))
        self.assertEqual(table.header, ["", "W1 1T", "W3a", "KiB"])
        self.assertEqual(table.rows, [
            ["unprotected pointer (unsafe)", "0.50", "–", "–"],
            ["**`Value`**", "**1.25**", "–", "**2.00**"], ["Go `atomic.Value`", "2.00", "**3.00**", "–"]])

    def test_each_subject_is_in_one_table(self):
        results = made_up({"Value": True, "Value::Read": True},
                          {"W1/Value/threads:1": {"load_ns": 2},
                           "W1/Value::Read/threads:1": {"load_ns": 3}})
        self.assertEqual(tables.peers_table(results).rows, [["**`Value`**", "**2.00**"]])
        self.assertEqual(tables.variants_table(results).rows, [["**Value::Read**", "3.00"]])

    def test_what_a_subject_promises_is_said(self):
        results = made_up({"Value": True, "Other": False},
                          {"W1/Value/threads:1": {"load_ns": 2}, "W1/Other/threads:1": {"load_ns": 3}})
        self.assertFalse(tables.progress_table(results).has_numbers())
        results["subjects"]["Other"].update(frees="now", progress="locks")
        self.assertEqual(tables.progress_table(results).rows, [["Other", "", "now", "locks"]])

    def test_what_waits_is_said_in_kib(self):
        table = tables.waiting_table(made_up({"Value": True}, {"Waiting/Value/threads:2": {
            "mean_bytes": 2048, "max_bytes": 4096}}))
        self.assertEqual(table.rows, [["**Value**", "2.00", "4.00"]])

    def test_few_repetitions_are_said(self):
        results = made_up({"Value": True}, {"A/Value/1": {"op_ns": 2}})
        for kept, expected in (8, "2.00"), (7, "2.00"), (6, "2.00 (6)"), (0, "2.00"):
            results["lines"]["A/Value/1"]["undisturbed"] = kept
            self.assertEqual(tables.cell(results, "A/Value/1", "op_ns"), expected)
            self.assertTrue(tables.NUMBER.fullmatch(f"**{expected}**"))

    def test_rows_are_in_the_order_of_numbers(self):
        results = made_up({"Value": True}, {f"Cells/Value/{n}": {"load_ns": n}
                                            for n in (1000, 8, 64)})
        self.assertEqual(tables.pivot(results, {"x": ("Cells/Value/{}", "load_ns")}),
                         [["8", "8.00"], ["64", "64.0"], ["1000", "1,000"]])

    def test_numbers_have_three_digits(self):
        for value, expected in (0.256, "0.26"), (12.34, "12.3"), (123.4, "123"), (None, "–"), (
                45678, "45,678"):
            self.assertEqual(tables.shown(value), expected)

    def test_columns_of_numbers_are_aligned_to_the_right(self):
        table = tables.Table("a", "", "", ["what", "ns", "frees"],
                             [["x", "**1.5**", "2 s"], ["y", "–", ""]])
        self.assertEqual(table.markdown().splitlines()[1], "| --- | ---: | --- |")


class ReportTest(unittest.TestCase):

    def test_a_report_without_results_is_one_line_and_status_1(self):
        for arguments in ["/nowhere/results.json"], ["--update", "/nowhere/results.json"]:
            done = subprocess.run([sys.executable, REPORT / "report.py", *arguments],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (
                1, "", "bench: /nowhere/results.json: No such file or directory\n"))

    def test_an_update_is_what_the_check_wants_and_the_same_each_time(self):
        tree = report.good()
        with report.checking.project(tree) as root:
            results = measurements.load(root / report.DATA)
            for name in report.PAGES:
                (root / name).write_text(tree[name].replace("5", "6"))
            (root / report.PLOT).unlink()
            written = []
            for _ in range(2):
                report.update(root, results)
                self.assertEqual(report.check(root), [])
                written.append([(root / name).read_text() for name in tree])
            self.assertEqual(*written)


class PlotTest(unittest.TestCase):

    def test_what_was_not_measured_has_no_bar(self):
        results = made_up({"Value": True, "CkEpoch": False, "Bare": False},
                          {"W1/Value/threads:1": {"load_ns": 1}, "W4/Value/threads:2": {"op_ns": 10},
                           "W1/CkEpoch/threads:1": {"load_ns": 100}})
        image = plot.svg(results)
        svg = xml.etree.ElementTree.fromstring(image)
        bars = [each for each in svg.iter("{http://www.w3.org/2000/svg}rect")
                if each.get("class") != "paper"]
        self.assertEqual([each.get("class") for each in bars], ["ours", "other", "ours"])
        widths = [int(each.get("width")) for each in bars]
        self.assertEqual(sorted(widths), [widths[0], widths[2], widths[1]])
        self.assertNotIn("unprotected", image)

    def test_without_loads_there_is_none(self):
        self.assertEqual(plot.svg(made_up({"Value": True}, {"FirstLoad/Value": {"ns": 1}})), "")


if __name__ == "__main__":
    unittest.main()
