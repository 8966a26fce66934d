# SPDX-License-Identifier: Apache-2.0

"""That the machine code stays the same: units are compiled at -O2 before and after, and their
functions compared by objdump.

Both are compiled below the same path, as copies, so that no name differs. Addresses of
constants are not compared, nor are their values.
"""

import bisect
import dataclasses
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from facts import source_on_disk

OPTIONS = ("-O2", "-g0", "-w", "-ffunction-sections", "-fno-lto")
PADDING = re.compile(r"(cs |data16 )*(nop.*|int3|xchg +%ax,%ax)")
LINE = "-D__LINE__=0"
DROPPED = re.compile(r"-Werror.*|-O.*|-g.*|-flto.*|-W(?!p,|a,|l,).*|-fsanitize=.*|--coverage|-fprofile.*|-save-temps.*")
PATHS = re.compile(r"(-I|-isystem|-iquote|-idirafter|-include|-imacros|-isysroot|--sysroot=|-B)(.+)")


# x86-64's general registers, by the names of their parts; a register's name is the compiler's
# choice, and not what code does.
REGISTERS = {}
for number, letters in enumerate(("ax", "bx", "cx", "dx", "si", "di", "bp", "sp")):
    low = letters[0] + "l" if letters[1] == "x" else letters + "l"
    for part, name in (("q", "r" + letters), ("d", "e" + letters), ("w", letters), ("b", low)):
        REGISTERS[name] = number, part
for number in range(8, 16):
    for part, name in (("q", ""), ("d", "d"), ("w", "w"), ("b", "b")):
        REGISTERS[f"r{number}{name}"] = number, part
REGISTER = re.compile(r"%(\w+)")
# Instructions that other threads notice, but for loads and stores.
SHARED = re.compile(r"^(lock .*|xchg +(?!%ax,%ax$).*|[ms]fence|lfence|dmb.*|ldaxr.*|stlxr.*|cas\w*|ld(add|set|clr|eor)\w*|swp\w*)")


OTHER_LOCKED = "with other locked instructions"


@dataclasses.dataclass
class Compared:
    unit: str
    functions: int = 0
    different: list = dataclasses.field(default_factory=list)  # (name, what is the same all the same)
    note: str = ""
    refused: tuple = ()  # (file, line, column, what the compiler says afterwards and did not before)


def instructions(object_file, renamed):
    """Function -> its instructions, for each of its copies. An address within the function is the
    number of the instruction there, and what only fills up is left out."""
    listing = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", "-C", object_file], check=True,
                             stdout=subprocess.PIPE, text=True, errors="replace").stdout
    functions, code = {}, None
    for line in listing.splitlines():
        if start := re.fullmatch(r"[0-9a-f]+ <(.+)>:", line):
            code = []  # (address, text); a relocation has no address
            functions.setdefault(normal(start[1], renamed), []).append(code)
        elif code is None:
            continue
        elif relocation := re.match(r"\s+[0-9a-f]+: (R_\w+)\s+(.*)", line):
            code.append((None, f"{relocation[1]} {normal(target(relocation[2]), renamed)}"))
        elif instruction := re.fullmatch(r"\s*([0-9a-f]+):\s*(.*\S)\s*", line):
            if not PADDING.fullmatch(instruction[2]):
                code.append((int(instruction[1], 16), re.sub(r"\s*#.*", "", instruction[2])))
    return {name: [numbered(code) for code in copies] for name, copies in functions.items()}


def numbered(code):
    addresses = [address for address, _ in code if address is not None]

    def number(match):
        return f"@{bisect.bisect_left(addresses, int(match[1], 16))}"

    return [re.sub(r"\b([0-9a-f]+) <.*>", number, text) if address is not None else text for address, text in code]


def renumbered(code):
    """The instructions with registers named in the order of their first use."""
    names = {}

    def name(match):
        if match[1] not in REGISTERS or match[1] in ("rsp", "esp"):
            return match[0]
        number, part = REGISTERS[match[1]]
        return f"%{names.setdefault(number, len(names))}{part}"

    return [REGISTER.sub(name, line) for line in code]


def difference(before, after):
    """None if the copies of a function are the same, else a few words."""
    if sorted(before) == sorted(after):
        return None
    if not before or not after:
        return "there only before" if before else "there only afterwards"
    if sorted(map(renumbered, before)) == sorted(map(renumbered, after)):
        return None
    shared = [sorted([match[1].split()[:2] for line in code if (match := SHARED.match(line))] for code in copies)
              for copies in (before, after)]
    if shared[0] == shared[1]:
        return "with the same locked instructions"
    calls = [sorted(line for code in copies for line in code if line.startswith("R_") and "PLT" in line)
             for copies in (before, after)]
    return OTHER_LOCKED if calls[0] == calls[1] else "calls what was inlined, or the reverse"


def target(text):
    """What a relocation refers to; not where in a section of constants."""
    if text.startswith((".rodata", ".LC", ".data", ".bss", ".text", ".gcc_except_table")):
        return re.match(r"\.\w+", text)[0]
    return text


def normal(name, renamed):
    name = re.sub(r" +>", ">", name)
    for old, new in renamed:
        name = name.replace(old, new)
    return re.sub(r"\{lambda\((.*?)\)#\d+\}", r"{lambda}", name)


def with_old_lines(old, new):
    """The new text with #line where lines moved, so that __LINE__ is what it was."""
    before, after = old.decode("latin-1").split("\n"), new.decode("latin-1").split("\n")
    result, shift, depth = [], 0, 0
    for tag, i, i_end, j, j_end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal" and i - j != shift and depth == 0 and not (result and result[-1].endswith("\\")):
            result.append(f"#line {i + 1}")
            shift = i - j
        result += after[j:j_end]
        depth = sum(line.count("(") - line.count(")") for line in result)
    return "\n".join(result).encode("latin-1")


def copy(paths, root, tree, contents):
    """Puts the project's files below `tree`, those of `contents` with their new data."""
    for path in paths:
        to = pathlib.Path(tree, os.path.relpath(path, root))
        to.parent.mkdir(parents=True, exist_ok=True)
        if path in contents:
            to.write_bytes(contents[path])
        else:
            shutil.copyfile(path, to)
            # (For g++, two files that #pragma once guards are one if their times and texts are.)
            times = os.stat(path)
            os.utime(to, ns=(times.st_atime_ns, times.st_mtime_ns))


def moved(option, directory, root, tree):
    """An option whose path is below the root, with that below `tree`."""
    def there(path):
        full = os.path.realpath(os.path.join(directory, path))
        if full == root or full.startswith(root.rstrip("/") + "/"):
            return os.path.join(tree, os.path.relpath(full, root))
        return full

    match = PATHS.fullmatch(option)
    if match and not option.startswith("-include-"):
        return match[1] + there(match[2])
    if not option.startswith("-") and os.path.exists(os.path.join(directory, option)):
        return there(option)
    return option


def compile_unit(unit, root, tree, extra, more):
    """(object file or None, what the compiler said)."""
    options = [moved(option, unit.directory, root, tree) for option in unit.options if not DROPPED.fullmatch(option)]
    file = os.path.join(tree, os.path.relpath(unit.file, root))
    directory = moved(unit.directory + "/", unit.directory, root, tree)
    os.makedirs(directory, exist_ok=True)
    output = os.path.join(tree, "object.o")
    run = subprocess.run([unit.compiler, *options, *extra, *OPTIONS, *more, "-c", file, "-o", output], cwd=directory,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    return (output if run.returncode == 0 else None), run.stderr


def first_error(said, tree, root):
    """(file, line, column, text) of the first error that a compiler printed."""
    match = re.search(r"^(.+?):(\d+):(\d+): (?:fatal )?error: (.*)$", said, re.MULTILINE)
    if not match:
        return "", 0, 0, (said.strip().splitlines() or ["it failed"])[-1]
    return match[1].replace(tree, root), int(match[2]), int(match[3]), match[4]


def compare(unit, root, files, contents, extra, renamed):
    """Compares one unit. `files`: those of the project that it reads."""
    result = Compared(unit.file)
    if not shutil.which(unit.compiler) or not shutil.which("objdump"):
        result.note = f"not compared: there is no {unit.compiler} or no objdump here"
        return result
    more = [] if "clang" in os.path.basename(unit.compiler) else ["-fno-ipa-icf"]
    contents = {path: with_old_lines(source_on_disk(path).data, data) for path, data in contents.items()}
    for attempt in ([], [LINE, "-Wno-builtin-macro-redefined"]):
        with tempfile.TemporaryDirectory() as folder:
            tree = os.path.join(folder, "tree")
            code = []
            for changed in ({}, contents):
                copy(files, root, tree, changed)
                output, said = compile_unit(unit, root, tree, extra, [*more, *attempt])
                if output is None:
                    if attempt:
                        return result  # what the first attempt found
                    error = first_error(said, tree, root)
                    if changed:
                        result.refused = error
                    else:
                        result.note = f"not compared: the compiler does not take it as it is: {error[3]}"
                    return result
                code.append(instructions(output, renamed))
        before, after = code
        result.functions = len(before)
        result.different = [(name, how) for name in sorted(before.keys() | after.keys())
                            if (how := difference(before.get(name, []), after.get(name, [])))]
        if not result.different:
            break
        # Perhaps only the numbers of lines differ, in the middle of an expression.
    return result
