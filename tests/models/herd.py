#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Checks the core's protocols in all executions that other processors allow.

Usage: herd.py [WORD...]
       herd.py --self-test

Compiles the functions in tests/models/herd, which call the core's own headers, for AArch64
and RISC-V, takes their instructions from the assembly (litmus.py), and has herd7 look for a
bad outcome. membarrier is an interrupt of the reader, and is tried in front of each of its
accesses to memory. Mutants (tests/mutants/mutants.bzl) must be found.

All files are in .dev/models/herd. `./dev models` runs this as well, where herd7 is
installed. With words, only checks with one of them in their names. The last line is
"N passed, N failed".
"""

import concurrent.futures
import dataclasses
import functools
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest.mock

import litmus

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "models" / "herd"
OUT = ROOT / ".dev" / "models" / "herd"


class Failed(Exception):
    """A command that should have worked didn't."""


class NoFence(Failed):
    """A path through HeavyFence() lacks a fence."""


# ---- What is checked --------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Protocol:
    """Reader() and Writer() in a file of tests/models/herd, and what is bad."""

    source: str
    parameters: str  # of both
    bad: str  # {reader} and {writer} stand for their results
    defines: tuple = ()
    kinds: tuple = ("membarrier",)  # of fences
    values: tuple = ()  # what variables hold at first, if not what VARIABLES says
    edits: tuple = ()  # of headers: (file, original, changed)


# What variables hold at first. Old() is in the cell and in `objects`; New() has yet to be
# made.
VARIABLES = ("int64_t slots=0", "int64_t pin[2]={0,0}", "int64_t clock=1", "int32_t help=1",
             "int64_t cell=8", "int64_t deferred=0", "int64_t objects[3]={0,1,0}")
# FenceMode.
FENCE_MODE = {"membarrier": "int32_t fence_mode=1", "full": "int32_t fence_mode=2"}

FREED_OR_NOT_MADE = "{reader}=2 \\/ {reader}=0"
NOBODY_LOOKS = "{reader}=0 /\\ {writer}=0"
BOTH = ("membarrier", "full")

PROTOCOLS = {
    "hazard": Protocol("hazard", "slots cell objects", FREED_OR_NOT_MADE),
    "slow_hazard": Protocol("hazard", "slots cell objects", FREED_OR_NOT_MADE,
                            ("LIGHT_FENCE",), BOTH),
    # The second look is seq_cst for the users' sake, and on these processors that orders it
    # after the hazard by itself. If it is relaxed, only the fences do.
    "hazard_by_fences": Protocol("hazard", "slots cell objects", FREED_OR_NOT_MADE,
                                 ("LIGHT_FENCE",), BOTH, edits=((
                                     "pointer/reclaim/hazard_slots.h",
                                     "std::exchange(guess, cell.load());",
                                     "std::exchange(guess, "
                                     "cell.load(std::memory_order_relaxed));"),)),
    "pin": Protocol("pin", "pin clock cell objects", FREED_OR_NOT_MADE),
    "slow_pin": Protocol("pin", "pin clock cell objects", FREED_OR_NOT_MADE, ("LIGHT_FENCE",),
                         BOTH),
    "hand_over": Protocol("hand_over", "pin slots clock cell objects", FREED_OR_NOT_MADE,
                          kinds=BOTH),
    "release": Protocol("release", "slots help", NOBODY_LOOKS, values=("int64_t slots=8",)),
    "unpin": Protocol("release", "pin help", NOBODY_LOOKS, ("UNPIN",),
                      values=("int64_t pin[2]={1,0}",)),
    "slow_release": Protocol("release", "slots help", NOBODY_LOOKS, ("CONFIRM",), BOTH,
                             values=("int64_t slots=8", "int32_t help=0")),
    "help": Protocol("help", "help deferred", "{reader}=0", kinds=BOTH,
                     values=("int32_t help=0",)),
}
# Not a litmus test: see check_heavy_fence().
HEAVY_FENCE = "heavy_fence"

# herd7 tries all ways through a function, and a scan has two for each slot. One will do.
ONE_SLOT = ("pointer/reclaim/hazard_slots.h", "static constexpr int kSlots = 8;",
            "static constexpr int kSlots = 1;")


@dataclasses.dataclass(frozen=True)
class Target:
    """What is compiled for, and how."""

    name: str
    architecture: str
    command: tuple


def targets():
    """By their names: with g++, and with clang++ if that is here."""
    found = {}
    for kind, (architecture, *options) in {
        "armv8": ("aarch64", "-march=armv8-a"),
        # With atomic instructions.
        "armv8.3": ("aarch64", "-march=armv8.3-a"),
        "riscv64": ("riscv64", "-march=rv64gc"),
    }.items():
        triple = f"{architecture}-linux-gnu"
        if architecture == "aarch64":
            options += ["-mno-outline-atomics", "-mgeneral-regs-only"]
        commands = {"g++": [f"{triple}-g++"]}
        if shutil.which("clang++") and kind != "armv8":
            commands["clang++"] = ["clang++", f"--target={triple}"]
        for compiler, command in commands.items():
            name = f"{kind} {compiler}"
            found[name] = Target(name, architecture, (*command, *options))
    return found


# ---- Compiling --------------------------------------------------------------------------


def run(command, **options):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    return done.returncode, done.stdout


def must(command, **options):
    status, output = run(command, **options)
    if status != 0:
        raise Failed(" ".join(map(str, command)) + "\n" + output)
    return output


@functools.lru_cache(maxsize=None)
def include():
    """The folder with the project's headers, and Abseil's."""
    folder = OUT / "include"
    folder.mkdir(parents=True, exist_ok=True)
    for name, to in (("sync_atomic", ROOT), ("absl", pathlib.Path("/usr/include/absl"))):
        if not to.is_dir():
            raise Failed(f"there is no {to} here")
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(to, target_is_directory=True)
    return folder


def compiled(folder, source, target, defines=(), edits=()):
    """The functions in tests/models/herd/SOURCE.cc."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, original, changed in (ONE_SLOT, *edits):
        copy = folder / "sync_atomic" / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        before = copy if copy.exists() else ROOT / file
        must([sys.executable, ROOT / "tests/mutants/mutate.py", before, copy, original, changed])
    assembly = folder / f"{source}.s"
    must([*target.command, "-std=c++17", "-O2", "-S", "-w", "-fno-pic", "-fno-exceptions",
          "-fno-asynchronous-unwind-tables", "-I", folder, "-I", include(),
          *(f"-D{define}" for define in defines), HERE / f"{source}.cc", "-o", assembly])
    return litmus.functions(os.path.relpath(assembly, ROOT), assembly.read_text(encoding="utf-8"))


# ---- herd7 ------------------------------------------------------------------------------

# What one test may take; those here take some seconds.
MEMORY_KIB = 4 << 20
SECONDS = 900


def outcomes(path, retries=()):
    """What herd7 says of a litmus test: whether the bad outcome can be, and how many states
    at the end there can be at all."""
    shown = os.path.relpath(path, ROOT)
    try:
        # Both processors' models forbid what -optace leaves out: that a thread contradicts
        # itself about one location.
        status, output = run(["sh", "-c", f'ulimit -v {MEMORY_KIB} && exec "$@"', "sh", "herd7",
                              "-variant", "success", "-optace", "true", path], timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{shown}: herd7 takes too long") from late
    for line in output.splitlines():
        loop = re.search(r"unrolling limit exceeded at (\w+)", line)
        if line.startswith(("Warning", "Fatal")) and not (loop and loop[1] in retries):
            raise Failed(f"{shown}: {line}")
    states = re.search(r"^States (\d+)$", output, re.MULTILINE)
    observed = re.search(r"^Observation \S+ (Never|Sometimes|Always) \d+ \d+$", output,
                         re.MULTILINE)
    if status != 0 or not states or not observed:
        raise Failed(f"{shown}: herd7 says:\n{output}")
    return observed[1] != "Never", int(states[1])


@dataclasses.dataclass
class Found:
    """What was found out about a protocol."""

    places: int = 0  # of the interrupt
    reached: int = 0  # those that it can come to
    kinds: tuple = ()  # of fences
    bad: str = ""  # where the bad outcome can be; empty: nowhere


def explore(folder, name, target, defines=(), edits=()):
    """Has herd7 look for the bad outcome of a protocol, until it finds one."""
    protocol = PROTOCOLS[name]
    translate = litmus.ARCHITECTURES[target.architecture]
    found = Found(kinds=protocol.kinds)
    for kind in protocol.kinds:
        kind_folder = folder / kind
        code = compiled(kind_folder, protocol.source, target,
                        (*protocol.defines, *defines, *(["FULL_FENCES"] if kind == "full" else [])),
                        (*protocol.edits, *edits))
        declarations = (*VARIABLES, *protocol.values, FENCE_MODE[kind])
        variables = {re.match(r"\w+ (\w+)", declaration)[1]: declaration
                     for declaration in declarations}

        def threads(code=code):
            return [translate(function[0], code[function], protocol.parameters)
                    for function in ("Reader", "Writer")]

        reader, writer = threads()
        places = [None]
        if any(step.membarrier for step in writer.steps):
            places = [i for i, step in enumerate(reader.steps) if step.access or step.ends]
            found.places += len(places)
        states = 0
        for place in places:
            reader, writer = threads()
            path = kind_folder / (f"{name}.litmus" if place is None else f"{name}.{place}.litmus")
            path.write_text(litmus.litmus(path.stem, reader, writer, variables, protocol.bad,
                                          place), encoding="utf-8")
            bad, now = outcomes(path, reader.retries | writer.retries)
            states += now
            if place is not None:
                found.reached += now > 0
            if bad:
                found.bad = "with full fences" if kind == "full" else "without an interrupt"
                if place is not None:
                    line = reader.steps[place].line
                    found.bad = ("with an interrupt in front of "
                                 f"{' '.join(line.text.split())} (line {line.number})")
                return found
        if states == 0:
            raise Failed(f"{os.path.relpath(kind_folder, ROOT)}: no execution gets to the end")
    return found


# ---- The heavy fence --------------------------------------------------------------------


class Walk:
    """Follows each path through HeavyFence(), with all that it calls in the same file."""

    REGISTER, EXPEDITED, QUERY = 16, 8, 0
    # What it calls elsewhere. None has a fence that we would count.
    CALLS = ("__errno_location", "sched_yield", "FullFencesAreForced", "SayThatFencesAreRefused")
    # Where a path is, and where a fence and each command of membarrier take it.
    STEPS = {
        "start": {"fence": "fenced", REGISTER: "registered", EXPEDITED: None},
        "registered": {"fence": "fenced", REGISTER: "registered", EXPEDITED: "registered"},
        "fenced": {"fence": "fenced", REGISTER: "called", EXPEDITED: "called"},
        "called": {"fence": "done", REGISTER: "called", EXPEDITED: "called"},
        "done": {"fence": "done", REGISTER: "called", EXPEDITED: "called"},
    }

    def __init__(self, code, architecture):
        self.code = code
        self.aarch64 = architecture == "aarch64"
        self.ends = {}  # of functions: (name, state before) -> states after

    def check(self, function):
        """Raises NoFence if a path lacks one."""
        for state in sorted(self.after(function, ("start", None))):
            if state not in ("fenced", "done"):
                after = "membarrier" if state == "called" else "all else"
                raise NoFence(f"{self.code[function][0].path}: no full fence comes after {after} "
                              "on some path")

    def after(self, function, entry):
        """The states in which a function may return."""
        if (function, entry) in self.ends:
            return self.ends[function, entry]
        self.ends[function, entry] = set()  # of a recursion: no others than these
        lines = self.code[function]
        labels = {line.label: i for i, line in enumerate(lines) if line.label}
        ends, seen, todo = set(), set(), [(0, entry)]
        while todo:
            i, state = todo.pop()
            if (i, state) in seen:
                continue
            seen.add((i, state))
            if i == len(lines):
                raise litmus.Refused(lines[-1], "the function goes on after this")
            for to, then in self.next(lines[i], state):
                if to == "return":
                    ends.add(then[0])
                elif to is None:
                    todo.append((i + 1, then))
                else:
                    todo.append((self.target(labels, lines, i, to), then))
        self.ends[function, entry] = ends
        return ends

    @staticmethod
    def target(labels, lines, i, to):
        if re.fullmatch(r"\d+[fb]", to):
            order = range(i, len(lines)) if to[-1] == "f" else range(i, -1, -1)
            return next(j for j in order if lines[j].label == to[:-1])
        return labels[to]

    def next(self, line, state):
        """Where a line may lead: (a label, "return" or None for the next line, the state)."""
        if line.label:
            return [(None, state)]
        name, operands = line.name, line.operands
        where, command = state
        if self.is_fence(name, operands):
            return [(None, (self.STEPS[where]["fence"], command))]
        if name == "ret" or line.text.split() == ["jr", "ra"]:
            return [("return", state)]
        if name in ("bl", "call"):
            return [(None, (after, None)) for after in self.called(line, operands[0], state)]
        jump = name in ("b", "j", "tail")
        if jump and not re.match(r"\.L|\d+[fb]", operands[0]):
            return [("return", (after, None)) for after in self.called(line, operands[0], state)]
        if jump:
            return [(operands[0], state)]
        if name in ("br", "blr", "jr", "jalr", "jal"):
            raise litmus.Refused(line, "not a known jump")
        if operands and re.fullmatch(r"\.L\w+|\d+[fb]", operands[-1]):
            return [(operands[-1], state), (None, state)]
        if operands and operands[0] in ("w1", "x1", "a1"):
            number = re.fullmatch(r"#?(\d+)", operands[-1])
            known = name in ("mov", "li") and number
            return [(None, (where, int(number[1]) if known else None))]
        return [(None, state)]

    def is_fence(self, name, operands):
        if self.aarch64:
            return name == "dmb" and operands == ["ish"]
        return name == "fence" and (not operands or
                                    all({"r", "w"} <= set(order) for order in operands))

    def called(self, line, function, state):
        """The states after a call."""
        function = function.partition("@")[0]
        where, command = state
        if function == "syscall":
            if command == self.QUERY:
                return [where]
            if command not in (self.REGISTER, self.EXPEDITED):
                raise litmus.Refused(line, "a system call with a command that is not known")
            after = self.STEPS[where][command]
            if after is None:
                raise NoFence(f"{line.path}:{line.number}: no full fence comes before membarrier")
            return [after]
        if function in self.code:
            return self.after(function, state)
        if not any(known in function for known in self.CALLS):
            raise litmus.Refused(line, "not a known function")
        return [where]


def check_heavy_fence(folder, target, edits=()):
    Walk(compiled(folder, HEAVY_FENCE, target, (), edits), target.architecture).check("HeavyFence")


# ---- All of it --------------------------------------------------------------------------


def folder_of(*words):
    return OUT / re.sub(r"[^\w.+-]+", "_", "-".join(words))


def check(name, target):
    """Runs one check. Returns whether it is well, and a line about it."""
    title = f"herd {name}, {target.name}: "
    folder = folder_of(name, target.name)
    try:
        if name == HEAVY_FENCE:
            check_heavy_fence(folder, target)
            return True, title + "on each path a full fence on both sides of membarrier"
        found = explore(folder, name, target)
    except (Failed, litmus.Refused) as failure:
        return False, title + str(failure)
    if found.bad:
        return False, f"{title}goes wrong {found.bad}"
    how = f"with an interrupt at {found.places} places" if found.places else "without an interrupt"
    if found.places > found.reached:
        how += f" ({found.places - found.reached} of them unreachable)"
    if "full" in found.kinds:
        how += ", nor with full fences"
    return True, f"{title}never goes wrong {how}"


def check_mutant(title, name, target, defines=(), edits=()):
    """Runs a check on a mutant, which must be found."""
    folder = folder_of("mutant", title.partition(" (")[0], name, target.name)
    title = f"mutant {title}: herd {name}, {target.name}, "
    try:
        if name == HEAVY_FENCE:
            check_heavy_fence(folder, target, edits)
            return False, title + "not found"
        found = explore(folder, name, target, defines, edits)
    except (Failed, litmus.Refused) as failure:
        return isinstance(failure, NoFence), title + str(failure)
    return bool(found.bad), title + (found.bad or "not found")


def mutants():
    """Those of tests/mutants/mutants.bzl: title, protocol, defines, edits and targets."""
    data = runpy.run_path(str(ROOT / "tests/mutants/mutants.bzl"))
    for name, bugs in data["HERD_MODELS"].items():
        for number, (what, where) in bugs.items():
            yield f"{name} BUG={number} ({what})", name, (f"BUG={number}",), (), where
    for mutant in data["MUTANTS"]:
        for name, where in mutant.get("herd", {}).items():
            yield mutant["name"], name, (), mutant["edits"], where


def why_not():
    """Why nothing can be checked here, or an empty string."""
    if not shutil.which("herd7"):
        return "herd7 is not installed (Debian unstable has it, in herdtools7)"
    missing = [compiler for compiler in ("aarch64-linux-gnu-g++", "riscv64-linux-gnu-g++")
               if not shutil.which(compiler)]
    return f"there is no {' and no '.join(missing)} here" if missing else ""


def jobs(words=()):
    """What is to be run: functions that each return whether it is well, and a line about it.
    With words, only those with one of them in their names."""
    found, here = [], targets()
    for name in (*PROTOCOLS, HEAVY_FENCE):
        for target in here.values():
            found.append((f"herd {name} {target.name}", functools.partial(check, name, target)))
    for title, name, defines, edits, where in mutants():
        for kind in where.split():
            target = here[f"{kind} g++"]
            found.append((f"mutant {title} herd {name} {kind} g++",
                          functools.partial(check_mutant, title, name, target, defines, edits)))
    return [job for name, job in found if not words or any(word in name for word in words)]


def main():
    arguments = sys.argv[1:]
    if "-h" in arguments or "--help" in arguments:
        print(__doc__)
        return 0
    if arguments == ["--self-test"]:
        failures = self_test()
        for failure in failures:
            print(failure, file=sys.stderr)
        return 1 if failures else 0
    if why_not():
        raise Failed(why_not())
    include()
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for future in [pool.submit(job) for job in jobs(arguments)]:
            good, line = future.result()
            passed, failed = passed + good, failed + (not good)
            print(("ok    " if good else "FAIL  ") + line, flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


# ---- Self-test --------------------------------------------------------------------------


# A line of assembly, and what is said of it.
REFUSED = {
    "aarch64": {
        "bl\tfoo": "not a known instruction: bl foo",
        "b\tfoo": "not a known operand, foo",
        "ldp\tx0, x1, [x2]": "not a known instruction",
        "stlr\tx0, [sp]": "not a known operand, [sp]",
        "ldr\tx0, [x1], 8": "not a known instruction",
        "ldr\tx0, [x1, :lo12:foo]": "not a known variable, foo",
        "adrp\tx0, foo": "not a known variable, foo",
        "add\tx0, x1, x2, lsl 3": "not a known instruction",
        "dmb\tsy": "not a known instruction",
        "mov\tx29, sp": "not a known operand, sp",
    },
    "riscv64": {
        "call\tfoo": "not a known instruction: call foo",
        "j\tfoo": "not a known operand, foo",
        "sd\tra,8(sp)": "not a known operand, ra",
        "ld\ta0,8(sp)": "not a known operand, 8(sp)",
        "lui\ta0,%hi(foo)": "not a known variable, foo",
        "lw\ta0,%lo(foo)(a1)": "not a known variable, foo",
        "amomax.d\ta0,a1,(a2)": "not a known instruction",
        "fence.i": "not a known instruction",
        "jr\ta5": "not a known instruction",
    },
}

# A Reader() and a Writer(), and what becomes of them with an interrupt in front of the load.
TRANSLATED = {
    "aarch64": ("""
Reader:
	mov	x2, 8
	stlr	x2, [x0]
.L1:	ldxr	x3, [x1]
	stxr	w4, x2, [x1]	// a comment
	cbnz	w4, .L1
	adrp	x5, _ZN11sync_atomic8internal10fence_modeE
	ldr	w0, [x5, #:lo12:_ZN11sync_atomic8internal10fence_modeE]
	blo	.L2
.L2:
	ret
	.size	Reader, .-Reader
Writer:
	dmb	ish
	.set membarrier, 0
	dmb	ish
	ret
""", """
mov x2, #8         | dmb ish
stlr x2, [x0]      | str W26, [X28]
LR1:               | ldr W25, [X27]
ldxr x3, [x1]      | dmb ish
stxr w4, x2, [x1]  | b LWend
nop                | LWend:
mov x5, x28        |
ldr W24, [X27]     |
dmb ish            |
str W25, [X26]     |
ldr w0, [x5]       |
b.cc LR2           |
LR2:               |
b LRend            |
LRend:             |"""),
    "riscv64": ("""
Reader:
	li	a5,8
	fence iorw,ow;  1: lr.d.aq a3,0(a1); sc.d a4,a5,0(a1); bnez a4,1b	# a comment
	lui	a2,%hi(_ZN11sync_atomic8internal10fence_modeE)
	lw	a0,%lo(_ZN11sync_atomic8internal10fence_modeE)(a2)
	bltu	a0,a5,.L2
.L2:
	ret
	.size	Reader, .-Reader
Writer:
	fence
#APP
	membarrier = 0
#NO_APP
	fence	iorw,iorw
	ret
""", """
li x15,8           | fence rw,rw
fence rw,w         | sw x29,0(x31)
LR1at2:            | lw x28,0(x30)
lr.d.aq x13,0(x11) | fence rw,rw
sc.d x14,x15,0(x11) | j LWend
bne x14,x0,LR1at2  | LWend:
ori x12,x31,0      |
lw x27,0(x7)       |
fence rw,rw        |
sw x5,0(x6)        |
lw x10,0(x12)      |
xor x29,x10,x30    |
xor x28,x15,x30    |
blt x29,x28,LR2    |
LR2:               |
j LRend            |
LRend:             |"""),
}

# HeavyFence(), and what is said of it; "": nothing.
WALKED = [
    ("aarch64", "dmb ish; mov w1, 8; bl syscall; cbnz x0, .L1; dmb ish; ret; .L1: dmb ish; ret", ""),
    ("aarch64", "mov w1, 8; bl syscall; dmb ish; ret", "no full fence comes before membarrier"),
    ("aarch64", "dmb ish; mov w1, 8; bl syscall; ret", "after membarrier"),
    ("aarch64", "dmb ish; mov w1, 8; bl syscall; cbz x0, .L1; dmb ish; .L1: ret", "after membarrier"),
    ("aarch64", "cbz x0, .L1; dmb ish; .L1: ret", "after all else"),
    ("aarch64", "dmb ishld; ret", "after all else"),
    ("aarch64", "bl other; dmb ish; ret; .size HeavyFence; other: mov w1, 16; bl syscall; "
     "mov w1, 8; bl syscall; ret", ""),
    ("aarch64", "dmb ish; b other; .size HeavyFence; other: mov w1, 8; bl syscall; ret",
     "after membarrier"),
    ("aarch64", "dmb ish; mov w1, w3; bl syscall; dmb ish; ret", "a command that is not known"),
    ("aarch64", "dmb ish; bl strangers; ret", "not a known function"),
    ("aarch64", "dmb ish; br x3", "not a known jump"),
    ("riscv64", "fence iorw,iorw; li a1,8; call syscall; beq a0,zero,1f; 1: fence rw,rw; ret", ""),
    ("riscv64", "li a1,8; call syscall; fence; jr ra", "no full fence comes before membarrier"),
    ("riscv64", "fence rw,w; ret", "after all else"),
]

# What herd7 prints, and what outcomes() makes of it.
ANSWERS = [
    ("States 2\n0:X0=1;\nObservation pin Never 0 2", (False, 2)),
    ("States 2\n0:X0=1;\nObservation pin Sometimes 1 1", (True, 2)),
    ("States 1\n0:X0=2;\nObservation pin Always 1 0", (True, 1)),
    ("States 0\nObservation pin Never 0 0", (False, 0)),
    ("Warning: unrolling limit exceeded at LR1at2, legal outcomes may be missing.\n"
     "States 1\nObservation pin Never 0 1", (False, 1)),
    ("Warning: unrolling limit exceeded at LR7, legal outcomes may be missing.\n"
     "States 1\nObservation pin Never 0 1", "unrolling limit exceeded at LR7"),
    ("Warning: File \"a.litmus\": unexpected 'x' (User error)", "User error"),
    ("", "herd7 says"),
    ("exit 2", "herd7 says"),
]


def self_test():
    """What is wrong with this program; needs neither herd7 nor a compiler."""
    failures = []

    def expect(what, expected, function, *arguments):
        try:
            got = function(*arguments)
        except (Failed, litmus.Refused) as failure:
            got = str(failure)
        if got != expected and not (isinstance(expected, str) and expected and
                                    expected in " ".join(str(got).split())):
            failures.append(f"{what}: {got!r} and not {expected!r}")

    def translated(architecture, text, place=None):
        code = litmus.functions("a.s", text)
        threads = [litmus.ARCHITECTURES[architecture](name[0], code[name], "slots cell")
                   for name in ("Reader", "Writer")]
        if place is not None:
            place = [i for i, step in enumerate(threads[0].steps) if step.access][place]
        return litmus.litmus("a", *threads, {}, "{reader}=0", place)

    def ready(folder, *_):
        folder.mkdir(parents=True, exist_ok=True)
        return litmus.functions("a.s", TRANSLATED[target.architecture][0])

    target = targets()["riscv64 g++"]
    for architecture, lines in REFUSED.items():
        for line, expected in lines.items():
            text = f"Reader:\n\tnop\n\t{line}\n\tret\nWriter:\n\tret\n"
            expect(line, expected, translated, architecture, text)
            expect(line, "a.s:3: ", translated, architecture, text)
    for architecture, (text, expected) in TRANSLATED.items():
        found = re.search(r"P1 ;\n(.*)\nfilter", translated(architecture, text, -1), re.DOTALL)
        rows = [re.sub(r"\s+", " ", row.strip(" ;")) for row in found[1].split("\n")]
        expect(architecture, [re.sub(r"\s+", " ", row).strip() for row in
                              expected.strip().split("\n")], lambda rows=rows: rows)
        expect("no interrupt", True, lambda text=text, architecture=architecture:
               "filter" not in translated(architecture, text))
    for architecture, text, expected in WALKED:
        code = litmus.functions("a.s", "HeavyFence:\n" + text.replace("; ", "\n"))
        expect(text, expected or None, Walk(code, architecture).check, "HeavyFence")
    with tempfile.TemporaryDirectory() as folder:
        herd7 = pathlib.Path(folder, "herd7")
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{folder}:{path}"
        for answer, expected in ANSWERS:
            script = "exit 2" if answer == "exit 2" else f"cat <<'END'\n{answer}\nEND\n"
            herd7.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
            herd7.chmod(0o755)
            expect(answer, expected, outcomes, ROOT / "a.litmus", {"LR1at2"})
            # A check is well where herd7 says never, and a mutant where it says otherwise.
            said = isinstance(expected, tuple)
            with unittest.mock.patch.dict(globals(), OUT=pathlib.Path(folder), compiled=ready):
                expect(f"check: {answer}", said and not expected[0] and expected[1] > 0,
                       lambda: check("help", target)[0])
                expect(f"mutant: {answer}", said and expected[0],
                       lambda: check_mutant("a", "help", target)[0])
        os.environ["PATH"] = path
    return failures


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as stopped:
        sys.exit(f"herd.py: {stopped}")
