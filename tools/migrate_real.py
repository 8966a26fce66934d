#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""migrate_real.py FOLDER NAME...: moves code bases that nobody of this project wrote.

Of each, Debian's source package is unpacked in FOLDER, built, and its own tests run; then
tools/migrate moves a copy, which is built and tested in the same way. Prints what was moved and
refused, and the tests before and after. Fails if a test does that passed before.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent


@dataclasses.dataclass
class CodeBase:
    package: str
    options: tuple  # for CMake; the library needs C++17
    targets: tuple = ("all",)
    exclude: tuple = ()


CODE_BASES = {
    "leveldb": CodeBase("leveldb", ("-DCMAKE_CXX_STANDARD=17", "-DLEVELDB_BUILD_BENCHMARKS=OFF")),
    "prometheus-cpp": CodeBase("prometheus-cpp", (
        "-DOVERRIDE_CXX_STANDARD_FLAGS=OFF", "-DCMAKE_CXX_STANDARD=17", "-DUSE_THIRDPARTY_LIBRARIES=OFF")),
    "spdlog": CodeBase("spdlog", (
        "-DCMAKE_CXX_STANDARD=17", "-DSPDLOG_BUILD_TESTS=ON", "-DSPDLOG_BUILD_EXAMPLE=OFF",
        "-DSPDLOG_FMT_EXTERNAL=ON")),
}


def run(*command, log, check=True, **more):
    """Runs a command; what it prints goes to a file, the end of which is shown if it fails."""
    with open(log, "w") as file:
        done = subprocess.run([str(word) for word in command], stdout=file, stderr=subprocess.STDOUT, check=False,
                              **more)
    if check and done.returncode != 0:
        print("".join(open(log, errors="replace").readlines()[-30:]), file=sys.stderr)
        sys.exit(f"failed: {' '.join(str(word) for word in command)}; {log}")
    return done.returncode


def say(text):
    print(text, flush=True)


class Real:
    def __init__(self, name, folder, jobs):
        self.name = name
        self.base = CODE_BASES[name]
        self.folder = folder / name
        self.prefix = folder / "prefix"
        self.jobs = jobs

    def log(self, name):
        return self.folder / f"{name}.log"

    def unpack(self):
        """The source as Debian has it, its patches applied."""
        shutil.rmtree(self.folder, ignore_errors=True)
        package = self.folder / "package"
        package.mkdir(parents=True)
        run(HERE / "debian_sources.sh", package, self.base.package, log=self.log("source"))
        unpacked = [path for path in package.iterdir() if path.is_dir()]
        assert len(unpacked) == 1, unpacked
        shutil.copytree(unpacked[0], self.folder / "before", symlinks=True)
        shutil.copytree(unpacked[0], self.folder / "after", symlinks=True)
        return unpacked[0].name

    def configure(self, which):
        found = {**os.environ, "PKG_CONFIG_PATH": str(next(self.prefix.rglob("*.pc")).parent)}
        libraries = subprocess.run(["pkg-config", "--libs", "--static", "sync_atomic"], check=True,
                                   stdout=subprocess.PIPE, text=True, env=found).stdout
        run("cmake", "-S", self.folder / which, "-B", self.folder / f"build-{which}", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", f"-DCMAKE_CXX_FLAGS=-idirafter {self.prefix}/include",
            f"-DCMAKE_CXX_STANDARD_LIBRARIES={libraries.strip()}", *self.base.options,
            log=self.log(f"configure-{which}"))

    def test(self, which):
        """Builds, and runs the tests: (how many of ctest's passed, how many failed, cases within)."""
        build = self.folder / f"build-{which}"
        run("cmake", "--build", build, "--parallel", self.jobs, "--target", *self.base.targets,
            log=self.log(f"build-{which}"))
        log = self.log(f"test-{which}")
        run("ctest", "-V", log=log, check=False, cwd=build)
        text = log.read_text(errors="replace")
        total = re.search(r"(\d+)% tests passed, (\d+) tests failed out of (\d+)", text)
        if not total:
            sys.exit(f"{self.name}: no test was run; {log}")
        cases = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) tests?", text))
        cases += sum(int(n) for n in re.findall(r"All tests passed \(\d+ assertions in (\d+) test cases?\)", text))
        return int(total[3]) - int(total[2]), int(total[2]), cases

    def migrate(self):
        out = self.folder / "report"
        excludes = [f"--exclude={pattern}" for pattern in self.base.exclude]
        code = run(sys.executable, HERE / "migrate", "-p", self.folder / "build-after", "--root", self.folder / "after",
                   "--out", out, "--library", self.prefix / "include", "--apply", "-j", self.jobs, *excludes,
                   log=self.log("migrate"), check=False)
        if code not in (0, 1):
            print(self.log("migrate").read_text(), file=sys.stderr)
            sys.exit(f"{self.name}: the command failed")
        report = json.loads((out / "report.json").read_text())
        again = run(sys.executable, HERE / "migrate", "-p", self.folder / "build-after",
                    "--root", self.folder / "after", "--out", self.folder / "again",
                    "--library", self.prefix / "include", "--no-objects", "-j", self.jobs, *excludes,
                    log=self.log("again"), check=False)
        assert again in (0, 1), again
        left = json.loads((self.folder / "again" / "report.json").read_text())["moved"]
        assert not left, left
        return report

    def main(self):
        say(f"{self.name}: unpacking, configuring")
        version = self.unpack()
        self.configure("before")
        self.configure("after")
        say(f"{self.name}: building and testing it as it is")
        before = self.test("before")
        say(f"{self.name}: moving it")
        report = self.migrate()
        say(f"{self.name}: building and testing it afterwards")
        after = self.test("after")
        figures = {
            "version": version,
            "units": report["units"],
            "moved": len(report["moved"]),
            "accesses": sum(sum(one["uses"].values()) for one in report["moved"]),
            "refused": len(report["refused"]),
            "functions": sum(one["functions"] for one in report["objects"]),
            "different": sum(len(one["different"]) for one in report["objects"]),
            "other_locked": sum(how["how"] == "with other locked instructions" for one in report["objects"]
                                for how in one["different"]),
            "before": before,
            "after": after,
        }
        (self.folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        say(f"{version}: {figures['moved']} {'declaration' if figures['moved'] == 1 else 'declarations'} with {figures['accesses']} accesses moved,"
            f" {figures['refused']} refused, in {figures['units']} units; {figures['functions']} functions compared,"
            f" {figures['different']} differ, {figures['other_locked']} in their locked instructions;"
            f" tests before: {before[0]} passed, {before[1]} failed, {before[2]} cases;"
            f" after: {after[0]} passed, {after[1]} failed, {after[2]} cases")
        for one in report["refused"]:
            for reason in one["reasons"]:
                say(f"  refused: {one['name']}, {reason['place']}: {reason['why']}")
        return before == after


def install_library(prefix, folder, jobs):
    """The library as CMake installs it."""
    build = folder / "library"
    run("cmake", "-S", PROJECT, "-B", build, "-DSYNC_ATOMIC_BUILD_TESTS=OFF", f"-DCMAKE_INSTALL_PREFIX={prefix}",
        log=folder / "library.log")
    run("cmake", "--build", build, "--parallel", jobs, log=folder / "library.log")
    run("cmake", "--install", build, log=folder / "library.log")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="+", choices=sorted(CODE_BASES))
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    install_library(folder / "prefix", folder, arguments.jobs)
    good = [Real(name, folder, arguments.jobs).main() for name in arguments.names]
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
