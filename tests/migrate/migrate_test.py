#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Tests tools/migrate: what it rewrites, what it refuses, what its proof rejects, and that it
writes all or nothing.

golden/ has files before and after; refused/ has files with a comment "refused: text" in each line
that must be named. --update writes golden/*.after anew: read them then.
"""

import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent
PROJECT = HERE.parent.parent
TOOL = PROJECT / "tools" / "migrate"


def have_libclang(python):
    return subprocess.run([python, "-c", "import clang.cindex; clang.cindex.conf.lib"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def copied(folder, to):
    """Copies a folder of test files; x.cc.before becomes x.cc."""
    for path in sorted(folder.rglob("*.before")):
        target = to / path.relative_to(folder).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def write_database(folder, at=None, options=(), skip=()):
    """A compile_commands.json for all C and C++ files of a folder."""
    entries = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".cc", ".c") and path.name not in skip:
            standard = ["-std=c11"] if path.suffix == ".c" else \
                ["-std=c++20" if "C++20" in path.read_text() else "-std=c++17"]
            compiler = "gcc" if path.suffix == ".c" else "g++"
            entries.append({"directory": str(folder), "file": str(path),
                            "arguments": [compiler, *standard, *options, "-c", str(path), "-o", "x.o"]})
    at = at or folder
    at.mkdir(exist_ok=True)
    (at / "compile_commands.json").write_text(json.dumps(entries))


def migrate(folder, *options, build=None, **more):
    """(exit code, what it printed) of a run of the command."""
    build = build or folder
    run = subprocess.run([sys.executable, str(TOOL), "-p", str(build), "--root", str(folder),
                          "--out", str(folder) + ".out", *map(str, options)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    return run.returncode, run.stdout


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file()}


class MigrateTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="migrate-"))
        self.work = self.folder / "work"
        self.work.mkdir()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, files, **database):
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        write_database(self.work, **database)

    def assert_unchanged(self, expected, before, code, said):
        """The exit code, and that all files are as they were."""
        after = tree(self.work)
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        self.assertEqual((code, changed), (expected, []), said)

    def library(self, of_value, without=()):
        """A library with this one's words and pointers, and these headers of value/."""
        library = pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "sync_atomic"
        (library / "value").mkdir(parents=True)
        for name in ("atomic", "pointer"):
            (library / name).mkdir()
            for path in (PROJECT / name).iterdir():
                if path.name not in without:
                    (library / name / path.name).symlink_to(path)
        for name in of_value:
            (library / "value" / name).touch()
        return library.parent

    def report(self):
        return json.loads((self.folder / "work.out" / "report.json").read_text())


SIMPLE = """\
#include <atomic>

struct Counts {
  std::atomic<int> first{0};
  std::atomic<long> second{0};
  int Next() { return first++; }
  void Add(long n) { second.fetch_add(n, std::memory_order_relaxed); }
};

int Next(Counts* counts) {
  counts->Add(3);
  return counts->Next();
}
"""


class GoldenTest(MigrateTest):
    def compile_all(self):
        """g++ takes what libclang has parsed."""
        library = self.folder / "library"
        library.mkdir()
        (library / "sync_atomic").symlink_to(PROJECT)
        for entry in json.loads((self.work / "compile_commands.json").read_text()):
            run = subprocess.run([*entry["arguments"], "-fsyntax-only", "-I", library], stderr=subprocess.PIPE, text=True,
                                 check=False)
            self.assertEqual(run.returncode, 0, run.stderr)

    def golden(self, folder):
        copied(folder, self.work)
        write_database(self.work)
        code, said = migrate(self.work, "--apply", "--no-objects")
        self.assertEqual(code, 0, said)
        self.compile_all()
        for path in sorted(folder.glob("*.before")):
            with self.subTest(path.name):
                made = (self.work / path.stem).read_text()
                after = path.with_suffix(".after")
                if UPDATE:
                    after.write_text(made)
                self.assertEqual(made, after.read_text())
        return said

    def test_each_row_of_the_rewrite_and_twice_is_once(self):
        self.golden(HERE / "golden")
        before = tree(self.work)
        code, said = migrate(self.work, "--apply", "--no-objects")
        self.assert_unchanged(0, before, code, said)
        self.assertIn("0 declarations moved", said)


class RefusedTest(MigrateTest):
    def test_each_reason_is_named_with_its_place_and_nothing_else_is_refused(self):
        copied(HERE / "refused", self.work)
        write_database(self.work)
        code, said = migrate(self.work, "--apply", "--no-objects")
        self.assertEqual(code, 1, said)
        left = said.splitlines()
        for path in sorted((HERE / "refused").rglob("*.before")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if expected := re.search(r"refused: (.*)", line):
                    place = f"{path.relative_to(HERE / 'refused').with_suffix('')}:{number}:"
                    found = [one for one in left if one.startswith(place) and expected[1] in one]
                    self.assertTrue(found, f"{place} {expected[1]}\n{said}")
                    left = [one for one in left if not one.startswith(place)]
        self.assertEqual([one for one in left if "is refused" in one], [])

    def test_a_file_inside_a_namespace_moves_once_its_header_is_in_front(self):
        source = (HERE / "refused/nested.cc.before").read_text().partition("\n\n")[2]
        self.write({"nested.h": (HERE / "refused/nested.h.before").read_text(),
                    "nested.cc": '#include "sync_atomic/atomic/int32.h"\n' + source})
        code, said = migrate(self.work, "--apply", "--no-objects")
        self.assertEqual(code, 0, said)
        self.assertIn("sync_atomic::Int32 inside{0};", (self.work / "nested.h").read_text())

    def test_files_with_nothing_but_refusals_stay_as_they_are(self):
        copied(HERE / "refused", self.work)
        write_database(self.work)
        before = tree(self.work)
        migrate(self.work, "--apply", "--no-objects")
        after = tree(self.work)
        for name in ("types.cc", "from_c.h", "third_party/lib.h", "generated.h", "others.cc", "no_unit.inc"):
            self.assertEqual(after[name], before[name], name)


class ReportTest(MigrateTest):
    def setUp(self):
        super().setUp()
        copied(HERE / "cells", self.work)
        write_database(self.work)
        _, self.said = migrate(self.work, "--no-objects", "--library", self.library(["atomic_shared_ptr.h"]))

    def test_shared_values_are_described(self):
        cells = {cell["name"]: cell for cell in self.report()["cells"]}
        self.assertEqual(sorted(cells), ["Owner::buffers_", "Owner::current_", "Owner::loud_", "by_functions",
                                         "of_atomic"], self.said)
        self.assertEqual({name: cell["shape"] for name, cell in cells.items()}, {
            "Owner::buffers_": "two buffers, and an atomic index that says which is valid",
            "Owner::current_": "a shared_ptr that is copied while a mutex is locked",
            "Owner::loud_": "a shared_ptr, read and written by std::atomic_load and the others",
            "by_functions": "a shared_ptr, read and written by std::atomic_load and the others",
            "of_atomic": "a std::atomic<std::shared_ptr>",
        })
        self.assertEqual(cells["by_functions"]["proposal"], "`ValueOf<Config>`")
        self.assertEqual(cells["by_functions"]["changes"], [])
        self.assertEqual(cells["of_atomic"]["proposal"], "`AtomicSharedPtr<const Config>`, or `ValueOf<Config>` once"
                         " what is said below is dealt with")
        self.assertEqual(cells["of_atomic"]["changes"], [
            "null is stored, which is `Clear()` of a `ValueOf`: cells.cc:24:16",
            "orders are named (std::memory_order_acquire), which the calls of `ValueOf` do not take, and those of"
            " `AtomicSharedPtr` do",
        ])
        self.assertEqual(cells["Owner::current_"]["changes"], [
            "the pointee is no const Config: who has it may change it, which `ValueOf` does not allow",
            "what else the mutex protects stays with it",
        ])
        self.assertEqual(cells["Owner::loud_"]["changes"], [
            "the pointee is no const Loud: who has it may change it, which `ValueOf` does not allow",
            "null is stored, which is `Clear()` of a `ValueOf`: cells.cc:40:17",
            "orders are named (std::memory_order_acquire), which the calls of `ValueOf` do not take, and those of"
            " `AtomicSharedPtr` do",
            "there is a weak_ptr to Loud, which would expire later: cells.cc:49:3",
            "the destructor of Loud does something, and would do it later, perhaps on another thread",
        ])

    def test_what_the_library_lacks_is_not_proposed(self):
        migrate(self.work, "--no-objects", "--library", self.library([]))
        self.assertNotIn("AtomicSharedPtr", (self.folder / "work.out" / "report.md").read_text())
        cells = {cell["name"]: cell for cell in self.report()["cells"]}
        self.assertEqual(cells["of_atomic"]["proposal"], "`ValueOf<Config>` once what is said below is dealt with")

    def test_shared_values_are_not_changed(self):
        self.assertIn("of_atomic is refused: its value is a shared_ptr, which the report describes", self.said)
        self.assertNotIn("of_atomic", [one["name"] for one in self.report()["moved"]])

    def test_counters_are_named(self):
        counters = [one["name"] for one in self.report()["moved"] if one["counter"]]
        self.assertEqual(counters, ["only_added"])
        text = (self.folder / "work.out" / "report.md").read_text()
        self.assertIn("## Candidates for Counter", text)

    def test_what_was_not_initialised_is_noted(self):
        self.write({"a.cc": "#include <atomic>\n\nstruct S {\n  std::atomic<int> none;\n"
                            "  std::atomic<int> some{0};\n};\nstd::atomic<int> global;\n"
                            "int Get(S* s) {\n  std::atomic<int> local;\n  static std::atomic<int> once;\n"
                            "  return s->none + s->some + global + local + once;\n}\n"})
        migrate(self.work, "--no-objects")
        notes = [note["place"] for one in self.report()["moved"] for note in one["notes"]]
        self.assertEqual(notes, ["a.cc:4:20", "a.cc:9:20"])

    def test_what_to_link_is_named(self):
        self.assertEqual(self.report()["link"], [
            {"cmake": "sync_atomic::int32", "bazel": "@sync_atomic//atomic:int32"},
            {"cmake": "sync_atomic::int64", "bazel": "@sync_atomic//atomic:int64"},
        ])


class ProofTest(MigrateTest):
    """A broken rewrite, planted in the tool, is rejected: its declaration stays as it is."""

    def broken(self, plant, *options, source=SIMPLE):
        """Runs the command with a fault in it."""
        self.write({"a.cc": source})
        program = f"""
import sys
sys.path.insert(0, {str(TOOL)!r})
import analysis, objects, rewrite, store, words
{plant}
import command
sys.exit(command.main(sys.argv[1:]))
"""
        run = subprocess.run([sys.executable, "-c", program, "-p", self.work, "--root", self.work, "--out",
                              str(self.work) + ".out", "--apply", *options],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return run.returncode, run.stdout, (self.work / "a.cc").read_text()

    def changed_text(self, old, new):
        return (f"real = rewrite.apply_edits\n"
                f"rewrite.apply_edits = lambda *a: (real(*a)[0].replace({old!r}, {new!r}), real(*a)[1])")

    def test_without_a_fault_both_are_moved(self):
        code, said, text = self.broken("", "--no-objects")
        self.assertEqual(code, 0, said)
        self.assertIn("first.FetchAdd(1)", text)
        self.assertIn("second.FetchAdd(n, std::memory_order_relaxed)", text)

    def test_another_operation(self):
        code, said, text = self.broken('words.METHODS["fetch_add"] = ("add", "Or", "")', "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("a.cc:5:21: Counts::second is refused: second: accesses before: 1 add (memory_order_relaxed);"
                      " after: 1 or (memory_order_relaxed)", said)
        self.assertIn("std::atomic<long> second", text)
        self.assertIn("sync_atomic::Int32 first", text)

    def test_another_order(self):
        code, said, text = self.broken(self.changed_text("memory_order_relaxed", "memory_order_acquire"), "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("after: 1 add (memory_order_acquire)", said)
        self.assertIn("n, std::memory_order_relaxed", text)

    def test_a_lost_order(self):
        code, said, _ = self.broken(self.changed_text("n, std::memory_order_relaxed", "n"), "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("after: 1 add (default)", said)

    def test_a_lost_access(self):
        code, said, text = self.broken(self.changed_text("return first.FetchAdd(1)", "return 0"), "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("Counts::first is refused: first: accesses before: 1 add (default); after: none", said)
        self.assertIn("return first++", text)

    def test_an_access_too_many(self):
        code, said, _ = self.broken(self.changed_text("first.FetchAdd(1)", "first.FetchAdd(1) + first.Load()"),
                                    "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("after: 1 add (default), 1 load (default)", said)

    def test_a_value_that_goes_to_another_function(self):
        more = "void Note(int);\nvoid Note(long);\nvoid Look(Counts* counts) { Note(counts->first); }\n"
        plant = self.changed_text("Note(counts->first.Load())", "Note(long(counts->first.Load()))")
        code, said, text = self.broken(plant, "--no-objects", source=SIMPLE + more)
        self.assertEqual(code, 1, said)
        self.assertIn("1 load (default) for Note(int); after: 1 add (default), 1 load (default)\n", said)
        self.assertIn("Note(counts->first);", text)

    def test_what_does_not_compile(self):
        code, said, text = self.broken(self.changed_text("first.FetchAdd(1)", "first.FetchAndAdd(1)"), "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("a.cc:6:29: Counts::first is refused: afterwards the compiler says: no member named"
                      " 'FetchAndAdd'", said)
        self.assertIn("std::atomic<int> first", text)

    def test_what_only_the_compiler_of_the_project_refuses(self):
        # libclang does not look at code for g++ alone.
        plant = self.changed_text("return first.FetchAdd(1)", "\n#ifndef __clang__\nbad\n#endif\nreturn first.FetchAdd(1)")
        code, said, text = self.broken(plant)
        self.assertEqual(code, 1, said)
        self.assertIn("a.cc:6:16: Counts::first is refused: afterwards g++ says: 'bad' was not declared"
                      if "'bad'" in said else "afterwards g++ says: ‘bad’ was not declared in this scope", said)
        self.assertIn("std::atomic<int> first", text)
        self.assertIn("sync_atomic::Int64 second", text)

    def test_a_missed_use(self):
        code, said, text = self.broken("analysis.Analysis.rewrite_operator = lambda *a: None", "--no-objects")
        self.assertEqual(code, 1, said)
        self.assertIn("Counts::first is refused", said)
        self.assertIn("std::atomic<int> first", text)

    def test_other_machine_code_is_listed(self):
        code, said, _ = self.broken(self.changed_text("first.FetchAdd(1)", "first.FetchAdd(2)"))
        self.assertEqual(code, 0, said)
        objects = self.report()["objects"]
        self.assertEqual([one["name"] for one in objects[0]["different"]], ["Next(Counts*)"], objects)

    def test_the_same_machine_code_is_not_listed(self):
        self.broken("")
        objects = self.report()["objects"]
        self.assertEqual((objects[0]["different"], objects[0]["note"], objects[0]["functions"]), ([], "", 1), objects)


class CommandTest(MigrateTest):
    def test_without_apply_nothing_changes_and_patches_apply(self):
        self.write({"a.cc": SIMPLE})
        before = tree(self.work)
        code, said = migrate(self.work)
        self.assert_unchanged(1, before, code, said)
        report = self.report()
        self.assertEqual([one["name"] for one in report["moved"]], ["Counts::first", "Counts::second"])
        for one in report["moved"]:
            subprocess.run(["patch", "-p1", "--dry-run", "-i", self.folder / "work.out" / one["patch"]],
                           cwd=self.work, check=True, stdout=subprocess.DEVNULL)
        self.assertIn("`Counts::first`", (self.folder / "work.out" / "report.md").read_text())

    def test_revert_restores_everything(self):
        copied(HERE / "golden", self.work)
        write_database(self.work)
        before = tree(self.work)
        migrate(self.work, "--apply", "--no-objects")
        self.assertNotEqual(tree(self.work), before)
        code, said = migrate(self.work, "--revert")
        self.assert_unchanged(0, before, code, said)

    def test_revert_of_two_steps(self):
        self.write({"a.cc": SIMPLE})
        before = tree(self.work)
        migrate(self.work, "--apply", "--no-objects", "--only", "Counts::first")
        text = (self.work / "a.cc").read_text()
        self.assertIn("sync_atomic::Int32 first", text)
        self.assertIn("std::atomic<long> second", text)
        migrate(self.work, "--apply", "--no-objects")
        self.assertNotIn("std::atomic", (self.work / "a.cc").read_text())
        code, said = migrate(self.work, "--revert")
        self.assert_unchanged(0, before, code, said)

    def test_revert_does_not_overwrite_what_was_changed_since(self):
        self.write({"a.cc": SIMPLE})
        migrate(self.work, "--apply", "--no-objects", "--only", "Counts::first")
        migrate(self.work, "--apply", "--no-objects")
        with open(self.work / "a.cc", "a") as file:
            file.write("// more\n")
        before = tree(self.work)
        code, said = migrate(self.work, "--revert")
        self.assert_unchanged(2, before, code, said)
        self.assertIn("a.cc:1:1: was changed since; nothing was reverted", said)
        subprocess.run(["patch", "-R", "-p1", "-i", self.folder / "work.out" / "applied.patch"], cwd=self.work,
                       check=True, stdout=subprocess.DEVNULL)
        self.assertEqual((self.work / "a.cc").read_text(), SIMPLE + "// more\n")

    def test_after_a_revert_there_is_no_patch_to_take_back(self):
        self.write({"a.cc": SIMPLE})
        migrate(self.work, "--apply", "--no-objects")
        self.assertTrue((self.folder / "work.out" / "applied.patch").exists())
        migrate(self.work, "--revert")
        self.assertFalse((self.folder / "work.out" / "applied.patch").exists())

    def test_paths_select_declarations_and_uses_follow(self):
        self.write({"one/a.h": "#include <atomic>\n\nextern std::atomic<int> one;\n",
                    "two/b.cc": '#include "../one/a.h"\n\nstd::atomic<int> one;\nstd::atomic<int> two;\n'
                                "int Sum() { return one + two; }\n"})
        code, said = migrate(self.work, "--apply", "--no-objects", self.work / "one")
        self.assertEqual(code, 0, said)
        self.assertEqual((self.work / "two/b.cc").read_text(),
                         '#include "../one/a.h"\n#include "sync_atomic/atomic/int32.h"\n\n'
                         "sync_atomic::Int32 one;\nstd::atomic<int> two;\n"
                         "int Sum() { return one.Load() + two; }\n")

    def test_a_second_configuration_covers_what_is_inactive_in_the_first(self):
        copied(HERE / "refused", self.work)
        for path in self.work.rglob("*"):
            if path.is_file() and path.name not in ("inactive.h", "inactive.cc"):
                path.unlink()
        write_database(self.work, self.work / "build1")
        write_database(self.work, self.work / "build2", options=["-DOTHER_CONFIGURATION"])
        code, said = migrate(self.work, "--no-objects", build=self.work / "build1")
        self.assertIn("Inactive::hidden is refused", said)
        code, said = migrate(self.work, "--apply", "--no-objects", "-p", self.work / "build2",
                             build=self.work / "build1")
        self.assertEqual(code, 0, said)
        self.assertIn("return hidden.FetchAdd(1);", (self.work / "inactive.h").read_text())
        self.assertIn("return seen.Load() + hidden_not;", (self.work / "inactive.h").read_text())

    def test_configurations_that_disagree_on_the_type_are_refused(self):
        self.write({"a.cc": "#include <atomic>\n\nstatic std::atomic<Number> x;\nlong Get() { return x; }\n"})
        write_database(self.work, self.work / "build1", options=["-DNumber=int"])
        write_database(self.work, self.work / "build2", options=["-DNumber=long"])
        code, said = migrate(self.work, "--no-objects", "-p", self.work / "build2", build=self.work / "build1")
        self.assertEqual(code, 1)
        self.assertIn("a.cc:3:28: x is refused: the units disagree on its type: int, long", said)

    def test_configurations_that_disagree_on_what_a_line_becomes_are_refused(self):
        self.write({"a.cc": "#include <atomic>\n\nstatic std::atomic<int> x;\nint Get() { KEEP x++; return 3; }\n"})
        write_database(self.work, self.work / "build1", options=["-DKEEP="])
        write_database(self.work, self.work / "build2", options=["-DKEEP=return"])
        code, said = migrate(self.work, "--no-objects", "-p", self.work / "build2", build=self.work / "build1")
        self.assertEqual(code, 1)
        self.assertIn("a.cc:4:18: x is refused: the units disagree on what this would become", said)

    def test_what_the_library_is_too_old_for_is_refused(self):
        self.write({"a.cc": "#include <atomic>\n\nstatic std::atomic<char> x;\nchar Get() { return x; }\n"})
        code, said = migrate(self.work, "--no-objects", "--library", self.library([], without=["word.h"]))
        self.assertEqual(code, 1)
        self.assertIn("a.cc:3:26: x is refused: the library has no sync_atomic/atomic/word.h", said)

    def test_the_same_tree_gives_the_same_report_and_patches(self):
        copied(HERE / "golden", self.work)
        copied(HERE / "refused", self.work)
        copied(HERE / "cells", self.work)
        write_database(self.work)
        out = pathlib.Path(str(self.work) + ".out")
        migrate(self.work, "--no-objects", "-j1")
        first = tree(out)
        self.assertGreater(len(first), 50)
        database = self.work / "compile_commands.json"
        database.write_text(json.dumps(json.loads(database.read_text())[::-1]))
        migrate(self.work, "--no-objects", "-j3", env={**os.environ, "PYTHONHASHSEED": "7"})
        second = tree(out)
        self.assertEqual(sorted(first), sorted(second))
        for name, data in first.items():
            self.assertEqual(data.decode(), second[name].decode(), name)

    def test_only_changed_lines_are_formatted(self):
        self.write({".clang-format": "BasedOnStyle: Google\n",
                    "a.cc": "#include <atomic>\n\nstd::atomic<int> x;\nint   Other( ) {return 3;}\n"
                            "int Get() { return x++ + x++ + x++ + x++ + x++ + x++ + x++; }\n"})
        code, said = migrate(self.work, "--apply", "--no-objects")
        self.assertEqual(code, 0, said)
        if not any(shutil.which(name) for name in ("clang-format", "clang-format-14", "clang-format-19")):
            self.skipTest("there is no clang-format here")
        self.assertEqual((self.work / "a.cc").read_text(),
                         '#include "sync_atomic/atomic/int32.h"\n\nsync_atomic::Int32 x;\nint   Other( ) {return 3;}\n'
                         "int Get() {\n  return x.FetchAdd(1) + x.FetchAdd(1) + x.FetchAdd(1) + x.FetchAdd(1) +\n"
                         "         x.FetchAdd(1) + x.FetchAdd(1) + x.FetchAdd(1);\n}\n")

    def test_includes_are_not_sorted(self):
        self.write({".clang-format": "BasedOnStyle: Google\n",
                    "a.cc": '#include <vector>\n#include <atomic>\n#include <array>\n\n#include "b.h"\n'
                            '#include "a.h"\n\nstd::atomic<int> x;\nint Get() { return x; }\n',
                    "a.h": "", "b.h": ""})
        code, said = migrate(self.work, "--apply", "--no-objects")
        self.assertEqual(code, 0, said)
        self.assertEqual((self.work / "a.cc").read_text(),
                         '#include <vector>\n#include <array>\n\n#include "b.h"\n#include "a.h"\n'
                         '#include "sync_atomic/atomic/int32.h"\n\nsync_atomic::Int32 x;\n'
                         "int Get() { return x.Load(); }\n")

    def test_the_short_name(self):
        self.write({"a.cc": SIMPLE})
        migrate(self.work, "--apply", "--no-objects", "--short-name")
        self.assertIn("  atomic::Int32 first{0};", (self.work / "a.cc").read_text())

    def test_line_ends_are_kept(self):
        self.write({"a.cc": ""})
        (self.work / "a.cc").write_bytes(SIMPLE.replace("\n", "\r\n").encode())
        migrate(self.work, "--apply", "--no-objects")
        data = (self.work / "a.cc").read_bytes()
        self.assertIn(b'#include "sync_atomic/atomic/int32.h"\r\n', data)
        self.assertEqual(data.count(b"\n"), data.count(b"\r\n"))

    def test_an_include_goes_with_a_blank_line(self):
        self.write({"b.h": "#pragma once\n\n#include <atomic>\n\n#include \"c.h\"\n\nextern std::atomic<int> x;\n",
                    "c.h": "#pragma once\n", "a.cc": '#include "b.h"\n\nint Get() { return x; }\n'})
        migrate(self.work, "--apply", "--no-objects")
        self.assertEqual((self.work / "b.h").read_text(), '#pragma once\n\n#include "c.h"\n'
                         '#include "sync_atomic/atomic/int32.h"\n\nextern sync_atomic::Int32 x;\n')

    def test_help(self):
        run = subprocess.run([sys.executable, TOOL, "--help"], stdout=subprocess.PIPE, text=True, check=True)
        for word in ("--apply", "--revert", "compile_commands.json", "Exit codes"):
            self.assertIn(word, run.stdout)

    def test_progress_on_a_terminal_alone(self):
        self.write({"a.cc": SIMPLE})
        _, said = migrate(self.work, "--no-objects")
        self.assertNotIn("[1/1]", said)
        leader, follower = os.openpty()
        subprocess.run([sys.executable, str(TOOL), "-p", self.work, "--root", self.work, "--out",
                        str(self.work) + ".out", "--no-objects"], stdout=subprocess.DEVNULL, stderr=follower, check=False)
        os.close(follower)
        said = os.read(leader, 10000).decode()
        os.close(leader)
        self.assertIn("[1/1] reading", said)
        self.assertIn("[1/1] proving", said)


class FailureTest(MigrateTest):
    """It cannot go on: exit code 2, a message with the place, and no file changed."""

    def fails(self, *expected, options=("--apply",), **more):
        before = tree(self.work)
        code, said = migrate(self.work, *options, **more)
        self.assert_unchanged(2, before, code, said)
        for text in expected:
            self.assertIn(text, said)
        self.assertNotIn("Traceback", said)
        return said

    def database(self, text):
        self.write({"a.cc": SIMPLE})
        (self.work / "compile_commands.json").write_text(text)

    def test_no_database(self):
        self.fails("compile_commands.json: there is no such file", "CMAKE_EXPORT_COMPILE_COMMANDS")

    def test_a_module_without_its_library(self):
        self.write({"a.cc": SIMPLE})
        (self.folder / "clang").mkdir()
        (self.folder / "clang/__init__.py").touch()
        (self.folder / "clang/cindex.py").write_text(
            "class LibclangError(Exception):\n    pass\nclass Conf:\n    @property\n    def lib(self):\n"
            "        raise LibclangError('libclang.so: no such file')\nconf = Conf()\n")
        self.fails("not the library: libclang.so: no such file", env={**os.environ, "PYTHONPATH": str(self.folder)})

    def test_a_database_that_is_no_json(self):
        self.database('[{"directory": "/",\n "file" }]')
        self.fails("compile_commands.json:2:9: is not JSON: Expecting ':' delimiter")

    def test_a_database_that_is_no_list(self):
        self.database('{"file": "a.cc"}')
        self.fails("compile_commands.json:1:1: is not a list of entries")

    def test_an_entry_without_a_command(self):
        self.database(json.dumps([{"directory": str(self.work), "file": "a.cc"}]))
        self.fails('compile_commands.json:1:2: entry 0: has neither "command" nor "arguments"')

    def test_an_entry_whose_file_is_gone(self):
        self.database(json.dumps([{"directory": str(self.work), "file": file, "command": f"g++ -c {file}"}
                                  for file in ("a.cc", "b.cc")], indent=1))
        self.fails("compile_commands.json:7:2: entry 1: the file", "b.cc does not exist")

    def test_a_database_without_units(self):
        self.database("[]")
        self.fails("compile_commands.json:1:1: has no C++ unit")

    def test_a_unit_that_does_not_parse(self):
        self.write({"a.cc": SIMPLE, "b.cc": "#include <atomic>\n\nint Broken( {\n"})
        self.fails("b.cc:3:14: expected expression", "1 of 2 units do not parse", "nothing was written")

    def test_a_header_that_is_missing(self):
        self.write({"a.cc": SIMPLE, "b.cc": '#include "missing.h"\n'})
        self.fails("b.cc:1:10: 'missing.h' file not found")

    def test_a_unit_of_an_older_language_is_refused(self):
        self.write({"a.cc": SIMPLE})
        path = self.work / "compile_commands.json"
        path.write_text(path.read_text().replace("c++17", "c++11"))
        before = tree(self.work)
        code, said = migrate(self.work, "--apply")
        self.assert_unchanged(1, before, code, said)
        self.assertIn("this unit is compiled as c++11, and the library needs C++17", said)

    def test_an_unknown_name_and_path(self):
        self.write({"a.cc": SIMPLE})
        self.fails("--only: there is no declaration Counts::third", options=("--apply", "--only", "Counts::third"))
        self.fails("nowhere: there is no such file or folder", options=("--apply", "nowhere"))

    def test_nothing_to_revert(self):
        self.write({"a.cc": SIMPLE})
        self.fails("nothing was applied from here", options=("--revert",))

    def test_another_run_at_the_same_time(self):
        self.write({"a.cc": SIMPLE})
        out = pathlib.Path(str(self.work) + ".out")
        out.mkdir()
        with open(out / "lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.fails("another run uses this folder")

    def test_a_report_that_may_not_be_written(self):
        self.write({"a.cc": SIMPLE})
        (self.folder / "work.out").write_text("a file, where a folder should be")
        self.fails("work.out", "--out names another folder")

    def test_a_file_that_may_not_be_written(self):
        self.write({"a.cc": SIMPLE, "b.h": "#include <atomic>\nextern std::atomic<int> other;\n",
                    "b.cc": '#include "b.h"\nint Get() { return other; }\n'})
        more = {}
        if os.getuid() == 0:  # who may write all
            try:
                for path in (self.folder, self.work, *self.work.iterdir()):
                    os.chown(path, 65534, 65534)
            except OSError:
                self.skipTest("this is the only user here, and may write all")
            more = {"user": 65534, "env": {**os.environ, "HOME": str(self.folder)}}
        os.chmod(self.work / "b.h", 0o444)
        os.chmod(self.folder, 0o755)
        self.fails("b.h:1:1: cannot be written", "nothing was written", **more)

    def test_a_file_that_the_system_says_may_not_be_written(self):
        code, said, before = self.interrupted("", "os.access = lambda path, _: not path.endswith('b.cc')")
        self.assert_unchanged(2, before, code, said)
        self.assertIn("b.cc:1:1: cannot be written: this user may not write the file; nothing was written", said)

    def interrupted(self, how, plant=""):
        """Runs with `how` called when the second file is about to be replaced."""
        self.write({"a.cc": SIMPLE, "b.cc": SIMPLE, "c.cc": SIMPLE})
        program = f"""
import errno, os, signal, sys
sys.path.insert(0, {str(TOOL)!r})
import store
{plant}
real = store.write_whole
def write_whole(path, *more):
    if str(path).endswith("b.cc"):
        {how or "pass"}
    real(path, *more)
store.write_whole = write_whole
import command
sys.exit(command.main(sys.argv[1:]))
"""
        before = tree(self.work)
        run = subprocess.run([sys.executable, "-c", program, "-p", self.work, "--root", self.work, "--out",
                              str(self.work) + ".out", "--apply", "--no-objects"],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return run.returncode, run.stdout, before

    def test_a_signal_while_files_are_written(self):
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            with self.subTest(name):
                code, said, before = self.interrupted(f"os.kill(os.getpid(), signal.{name})")
                self.assert_unchanged(2, before, code, said)
                self.assertIn("interrupted; all files are as they were", said)

    def test_a_full_disk_while_files_are_written(self):
        code, said, before = self.interrupted('raise OSError(errno.ENOSPC, "No space left on device", path)')
        self.assert_unchanged(2, before, code, said)
        self.assertFalse(self.report()["applied"])
        self.assertFalse((self.folder / "work.out" / "applied.patch").exists())
        self.assertIn("b.cc:1:1: No space left on device; all files were restored", said)

    def test_killed_while_files_are_written_and_the_next_run_restores_them(self):
        code, _, before = self.interrupted("os.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(code, -signal.SIGKILL)
        self.assertNotEqual(tree(self.work), before)
        code, said = migrate(self.work, "--no-objects")
        self.assert_unchanged(1, before, code, said)
        self.assertIn("an earlier run was interrupted while it wrote: 1 files were restored", said)


UPDATE = "--update" in sys.argv

if __name__ == "__main__":
    if not have_libclang(sys.executable):
        if sys.executable != "/usr/bin/python3" and have_libclang("/usr/bin/python3"):
            os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
        print("SKIPPED: there is no libclang for Python here (python3-clang)")
        sys.exit(0)
    unittest.main(argv=[argument for argument in sys.argv if argument != "--update"], verbosity=2)
