# SPDX-License-Identifier: Apache-2.0

"""The command line."""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import database
from analysis import Analysis
from facts import source_on_disk
from messages import Problem, Progress
from objects import compare
from plan import Plan
from pool import Pool
from project import Project
from proof import Proof
from report import Report, plural, target_names
from rewrite import Writer
from store import Store, write_whole

DESCRIPTION = """\
Moves uses of std::atomic to the types of sync_atomic, and proves that the code says the same.

Without --apply it changes no source file. It writes report.md, report.json and a patch for each
declaration, and prints what it refuses and why.

Exit codes: 0 nothing is left to do; 1 something is: refused, or not applied; 2 it could not run, and
wrote nothing: a unit does not parse, compile_commands.json is wrong, a file may not be written.
"""


def parser():
    result = argparse.ArgumentParser(
        prog="sync-atomic-migrate", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("-p", metavar="BUILD", action="append", required=True, dest="builds",
                        help="a build folder with compile_commands.json; repeat it for further configurations")
    result.add_argument("paths", metavar="PATH", nargs="*",
                        help="move declarations in these files and folders alone (uses are changed everywhere)")
    result.add_argument("--apply", action="store_true", help="change the files")
    result.add_argument("--revert", action="store_true", help="restore what --apply changed")
    result.add_argument("--only", metavar="NAME", action="append", default=[],
                        help="move this declaration alone, named as in the report; may be repeated")
    result.add_argument("--root", metavar="DIR", help="the project: files outside are never changed"
                        " (default: the git work tree around this folder, or this folder)")
    result.add_argument("--exclude", metavar="PATTERN", action="append", default=[],
                        help="leave these files alone: a path below the root, * allowed. third_party, build folders"
                        " and generated files always are")
    result.add_argument("--out", metavar="DIR", help="where the report goes, and what --revert needs"
                        " (default: BUILD/sync-atomic-migrate)")
    result.add_argument("--library", metavar="DIR", help="the folder that has sync_atomic/atomic/int64.h (default:"
                        " that of this tool)")
    result.add_argument("--short-name", action="store_true", help="write atomic::Int64, not sync_atomic::Int64")
    result.add_argument("--extra-arg", metavar="OPTION", action="append", default=[],
                        help="a compiler option for each unit, after all others")
    result.add_argument("--no-format", action="store_true", help="do not run clang-format on changed lines")
    result.add_argument("--no-objects", action="store_true", help="do not compare machine code")
    result.add_argument("-j", metavar="N", type=int, default=os.cpu_count(), dest="jobs",
                        help="how many processes (default: one for each processor)")
    return result


def default_root():
    try:
        run = subprocess.run(["git", "rev-parse", "--show-toplevel"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, check=False)
    except OSError:
        return os.getcwd()
    return run.stdout.strip() if run.returncode == 0 and run.stdout.strip() else os.getcwd()


def library_folder(given, stack):
    """The folder that is searched for sync_atomic/...: the given one, that of an installed tool,
    or one made for the project's own tree."""
    here = pathlib.Path(__file__).resolve().parent
    if given:
        if not (pathlib.Path(given) / "sync_atomic/atomic/int64.h").exists():
            raise Problem(f"{given}: has no sync_atomic/atomic/int64.h")
        return os.path.realpath(given)
    for folder in here.parents:
        if (folder / "include/sync_atomic/atomic/int64.h").exists():
            return str(folder / "include")
    tree = here.parent.parent
    if not (tree / "atomic/int64.h").exists():
        raise Problem("the library's headers were not found; --library says where they are")
    folder = tempfile.mkdtemp(prefix="sync-atomic-migrate-")
    stack.append(folder)
    os.symlink(tree, os.path.join(folder, "sync_atomic"))
    return folder


def analyse(unit, project, extra):
    return Analysis(unit, project, None, extra).run()


def names_of_types(groups):
    """(std's name, ours) of the types that moved, as functions' names show them."""
    result = set()
    for group in groups:
        for entity in group.entities:
            value = entity.value
            if not value:
                continue
            old = "std::atomic_flag" if value == "atomic_flag" else f"std::atomic<{value}>"
            new = f"sync_atomic::{group.kind}"
            if group.kind in ("Enum", "Word"):
                new += f"<{value}>"
            elif group.kind == "Pointer":
                new += f"<{value[:-1].rstrip()}>"
            result.add((old, new))
    return sorted(result)


def merged_cells(facts):
    result = {}
    for one in facts:
        for key, cell in one.cells.items():
            if key in result:
                result[key].merge(cell)
            else:
                result[key] = cell
    return sorted((cell for cell in result.values() if cell.holds), key=lambda cell: cell.place)


def file_name(name):
    return re.sub(r"[^\w.+-]+", "-", name).strip("-")[:80] or "declaration"


class Run:
    def __init__(self, options, out=sys.stdout):
        self.options = options
        self.out = out
        self.progress = Progress()
        self.folders = []  # to remove at the end

    def say(self, text):
        self.progress.clear()
        print(text, file=self.out, flush=True)

    def main(self):
        options = self.options
        root = os.path.realpath(options.root or default_root())
        if not os.path.isdir(root):
            raise Problem(f"{root}: is no folder")
        builds = [build if os.path.isdir(build) else os.path.dirname(build) or "." for build in options.builds]
        project = Project(root, builds, options.exclude)
        folder = options.out or os.path.join(builds[0], "sync-atomic-migrate")
        store = Store(os.path.realpath(folder), project)
        store.lock()
        if message := store.recover():
            self.say(message)
        if options.revert:
            self.say(f"{store.revert()} files restored")
            return 0
        for path in options.paths:
            if not os.path.exists(path):
                raise Problem(f"{path}: there is no such file or folder")
        units = list(dict.fromkeys(unit for build in options.builds for unit in database.read(build)))
        library = library_folder(options.library, self.folders)
        # Behind all other folders: what the project itself finds comes first.
        extra = (*options.extra_arg, "-idirafter" + library)
        try:
            with Pool(max(options.jobs, 1), self.progress) as pool:
                return self.migrate(project, store, units, library, extra, pool)
        finally:
            self.progress.clear()

    def migrate(self, project, store, units, library, extra, pool):
        options = self.options
        facts = pool.run(analyse, [(unit, project, extra) for unit in units], "reading",
                         [unit.file for unit in units])
        self.check_parsed(facts)
        before = dict(zip(units, facts))

        def available(header):
            return os.path.exists(os.path.join(library, header))

        plan = Plan(facts, project, "atomic" if options.short_name else "sync_atomic", available, options.paths)
        groups = plan.groups
        if options.only:
            unknown = set(options.only) - {group.name for group in groups}
            if unknown:
                raise Problem(f"--only: there is no declaration {', '.join(sorted(unknown))} to move")
            groups = [group for group in groups if group.name in options.only]
        writer = Writer(project, not options.no_format)
        proof = Proof(project, writer, pool, extra, before, self.progress)
        provable = [group for group in groups if not group.reasons]
        if options.apply:
            store.check_permissions(writer.contents(provable))
        if options.no_objects:
            (moved, refused_by_proof), compared = proof.check(provable), []
        else:
            renamed = names_of_types(provable)

            def compare_units(units, contents):
                jobs = [(unit, project.root, sorted(before[unit].files), changed, extra, renamed)
                        for unit, changed in zip(units, contents)]
                return pool.run(compare, jobs, "comparing the code of", [job[0].file for job in jobs])

            moved, refused_by_proof, compared = proof.check_compiler(provable, compare_units)
        for group in groups:
            if id(group) in refused_by_proof:
                group.reasons = [refused_by_proof[id(group)]]
        refused = [group for group in groups if group.reasons]
        contents = writer.contents(moved)
        cells = merged_cells(facts)
        patches = {}
        for number, group in enumerate(moved, 1):
            group.patch = f"patches/{number:04}-{file_name(group.name)}.patch"
            patches[group.patch] = writer.patch(writer.contents([group]))
        report = Report(project, moved, refused, cells, compared, len(units), options.apply,
                        available("sync_atomic/value/atomic_shared_ptr.h"))
        self.write_report(store.folder, report, patches)
        if options.apply and contents:
            try:
                store.write(contents, {path: source_on_disk(path).data for path in contents}, writer.patch(contents))
            except BaseException:
                report.applied = False
                self.write_report(store.folder, report, patches)
                raise
        self.summary(report, store.folder, contents)
        return 1 if refused or moved and not options.apply else 0

    def check_parsed(self, facts):
        failed = [one for one in facts if one.errors]
        if not failed:
            return
        lines = []
        for one in failed:
            for file, line, column, text in one.errors[:3]:
                lines.append(f"{file or one.unit.file}:{line or 1}:{column or 1}: {text}")
        lines.append(f"{len(failed)} of {len(facts)} units do not parse, and what they do is not known;"
                     " nothing was written")
        raise Problem("\n".join(dict.fromkeys(lines)))

    def write_report(self, folder, report, patches):
        try:
            shutil.rmtree(folder / "patches", ignore_errors=True)
            for name, data in patches.items():
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
            write_whole(str(folder / "report.md"), report.as_markdown().encode())
            write_whole(str(folder / "report.json"), report.json_text().encode())
        except OSError as error:
            raise Problem(f"{error.filename}:1:1: {error.strerror}; nothing was changed") from None

    def summary(self, report, folder, contents):
        for group in report.refused:
            for place, why in group.reasons:
                self.say(f"{report.where(place)}: {group.name} is refused: {why}")
        what = "moved" if report.applied else "can be moved"
        self.say(f"{len(report.moved)} {plural(report.moved, 'declaration')} {what}, {len(report.refused)} refused;"
                 f" {len(contents)} {plural(contents, 'file')}; {folder / 'report.md'}")
        if report.moved and report.applied:
            self.say("link: " + " ".join(cmake for cmake, _ in target_names(report.moved)) + " (CMake), "
                     + " ".join(bazel for _, bazel in target_names(report.moved)) + " (Bazel)")


def main(arguments=None):
    options = parser().parse_args(arguments)
    run = Run(options)
    try:
        return run.main()
    except Problem as problem:
        run.progress.clear()
        print(f"sync-atomic-migrate: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        run.progress.clear()
        print("sync-atomic-migrate: interrupted; all files are as they were", file=sys.stderr)
        return 2
    finally:
        for folder in run.folders:
            shutil.rmtree(folder, ignore_errors=True)
