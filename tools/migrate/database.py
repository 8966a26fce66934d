# SPDX-License-Identifier: Apache-2.0

"""compile_commands.json: which units there are, and how each is compiled."""

import dataclasses
import json
import os
import pathlib
import re
import shlex

from messages import Problem

# Options that only say what is written and where, and the argument that follows each.
OUTPUT = {"-c": 0, "-M": 0, "-MM": 0, "-MD": 0, "-MMD": 0, "-MP": 0, "-MG": 0, "-S": 0, "-E": 0,
          "-o": 1, "-MF": 1, "-MT": 1, "-MQ": 1, "-MJ": 1}
C_SUFFIXES = {".c"}
CXX_SUFFIXES = {".cc", ".cpp", ".cxx", ".c++", ".C", ".cp"}
COMPILER = re.compile(r"(^|[-/])(c\+\+|cc|g\+\+|gcc|clang|clang\+\+)(-[\d.]+)?(\.exe)?$")


@dataclasses.dataclass(frozen=True)
class Unit:
    file: str  # real path
    directory: str
    compiler: str
    options: tuple  # without the compiler, the file and what is written

    @property
    def is_c(self):
        language = [b for a, b in zip(self.options, self.options[1:]) if a == "-x"]
        if language:
            return language[-1] == "c"
        return pathlib.PurePath(self.file).suffix in C_SUFFIXES

    @property
    def old_standard(self):
        """The language, if it is older than C++17."""
        found = [option.partition("=")[2] for option in self.options if option.startswith(("-std=", "--std="))]
        if not self.is_c and found and re.search(r"\+\+(98|03|0x|11|1y|14)$", found[-1]):
            return found[-1]
        return None


def expanded(arguments, directory):
    """The arguments, with those of response files in their places."""
    result = []
    for argument in arguments:
        if argument.startswith("@"):
            try:
                text = pathlib.Path(directory, argument[1:]).read_text()
            except OSError:
                result.append(argument)
                continue
            result += shlex.split(text)
        else:
            result.append(argument)
    return result


def place_of(text, number):
    """The line and column of an entry in the list that the text is."""
    decoder, between = json.JSONDecoder(), re.compile(r"[\s,]*")
    start = text.index("[") + 1
    while True:
        start = between.match(text, start).end()
        if number == 0:
            return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        start = decoder.raw_decode(text, start)[1]
        number -= 1


def unit_of(entry, number, path, text):
    def wrong(what):
        line, column = place_of(text, number)
        raise Problem(f"{path}:{line}:{column}: entry {number}: {what}")

    if not isinstance(entry, dict):
        wrong("is not an object")
    for name in ("file", "directory"):
        if not isinstance(entry.get(name), str):
            wrong(f'has no "{name}"')
    directory = entry["directory"]
    if not os.path.isabs(directory):
        directory = os.path.join(os.path.dirname(os.path.abspath(path)), directory)
    if isinstance(entry.get("arguments"), list) and all(isinstance(a, str) for a in entry["arguments"]):
        arguments = list(entry["arguments"])
    elif isinstance(entry.get("command"), str):
        try:
            arguments = shlex.split(entry["command"])
        except ValueError as error:
            wrong(f'its "command" cannot be split into words: {error}')
    else:
        wrong('has neither "command" nor "arguments"')
    file = os.path.realpath(os.path.join(directory, entry["file"]))
    if not os.path.isdir(directory):
        wrong(f"the folder {directory} does not exist")
    if not os.path.isfile(file):
        wrong(f"the file {file} does not exist")
    arguments = expanded(arguments, directory)
    # A launcher, such as ccache, may stand before the compiler.
    while len(arguments) > 1 and not COMPILER.search(arguments[0]) and COMPILER.search(arguments[1]):
        arguments.pop(0)
    if not arguments:
        wrong("its command is empty")
    options, skip = [], 0
    for argument in arguments[1:]:
        if skip:
            skip -= 1
        elif argument in OUTPUT:
            skip = OUTPUT[argument]
        elif argument.startswith(("-MF", "-MT", "-MQ", "-o")) and not argument.startswith("-openmp"):
            pass
        elif not argument.startswith("-") and os.path.realpath(os.path.join(directory, argument)) == file:
            pass
        elif argument == "--":
            pass
        else:
            options.append(argument)
    return Unit(file, os.path.realpath(directory), arguments[0], tuple(options))


def read(folder):
    """The C and C++ units of a build folder, or of a compile_commands.json."""
    path = pathlib.Path(folder)
    if path.is_dir():
        path = path / "compile_commands.json"
    try:
        text = path.read_text()
        entries = json.loads(text)
    except FileNotFoundError:
        raise Problem(f"{path}: there is no such file. CMake writes it with"
                      " -DCMAKE_EXPORT_COMPILE_COMMANDS=ON; for other build systems see bear(1)") from None
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{path}: is not UTF-8 text: {error.reason}") from None
    except json.JSONDecodeError as error:
        raise Problem(f"{path}:{error.lineno}:{error.colno}: is not JSON: {error.msg}") from None
    if not isinstance(entries, list):
        raise Problem(f"{path}:1:1: is not a list of entries")
    units = [unit_of(entry, number, path, text) for number, entry in enumerate(entries)]
    known = {unit: None for unit in units
             if pathlib.PurePath(unit.file).suffix in C_SUFFIXES | CXX_SUFFIXES or "-x" in unit.options}
    if not known:
        raise Problem(f"{path}:1:1: has no C++ unit")
    return list(known)
