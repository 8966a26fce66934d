# SPDX-License-Identifier: Apache-2.0

"""libclang: how a unit is parsed, where things stand in files, and trees with parents."""

import ctypes
import enum
import functools
import os
import re
import sys

from messages import Problem

APT_PYTHON = "/usr/bin/python3"

try:
    from clang import cindex
except ImportError:
    # Debian's package is for Debian's Python, whichever comes first in PATH.
    if os.path.realpath(sys.executable) != os.path.realpath(APT_PYTHON) and os.path.exists(APT_PYTHON):
        os.execv(APT_PYTHON, [APT_PYTHON, *sys.argv])
    print("sync-atomic-migrate: there is no libclang for Python here: please install what Debian"
          " calls python3-clang", file=sys.stderr)
    sys.exit(2)

try:
    cindex.conf.lib  # loads the library
except cindex.LibclangError as error:
    print(f"sync-atomic-migrate: Python's module for libclang is here, but not the library: {error}",
          file=sys.stderr)
    sys.exit(2)

Kind = cindex.CursorKind
TypeKind = cindex.TypeKind


def without_name(enumeration, number):
    """A member of an enum.Enum that its class does not have."""
    member = object.__new__(enumeration)
    member._name_, member._value_ = f"KIND_{number}", number
    enumeration._value2member_map_[number] = member
    return member


# Python's names are fewer than the library's kinds. One without a name is a kind of its own, of
# which the tool says that it does not know it.
for enumeration, last in ((Kind, 800), (TypeKind, 250)):
    if issubclass(enumeration, enum.Enum):  # since LLVM 17
        enumeration._missing_ = classmethod(without_name)
        continue
    for number in range(1, last):
        try:
            enumeration.from_id(number)
        except ValueError:
            setattr(enumeration, f"KIND_{number}", enumeration(number))

# Errors that say that libclang knows an option less than the compiler does.
UNKNOWN_OPTION = re.compile(r"unknown argument: '([^']+)'|unsupported (?:option|argument) '([^']+)'")


class SourceRanges(ctypes.Structure):
    _fields_ = [("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange))]


@functools.lru_cache(None)
def library():
    lib = cindex.conf.lib
    out = [ctypes.POINTER(kind) for kind in (cindex.c_object_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint)]
    lib.clang_getFileLocation.argtypes = [cindex.SourceLocation, *out]
    lib.clang_getAllSkippedRanges.argtypes = [cindex.TranslationUnit]
    lib.clang_getAllSkippedRanges.restype = ctypes.POINTER(SourceRanges)
    lib.clang_disposeSourceRangeList.argtypes = [ctypes.POINTER(SourceRanges)]
    return lib


def file_place(location):
    """(file or None, offset) of a location; that of a macro's argument is where it is written."""
    file, line, column, offset = cindex.c_object_p(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    library().clang_getFileLocation(location, ctypes.byref(file), ctypes.byref(line),
                                    ctypes.byref(column), ctypes.byref(offset))
    return (cindex.File(file).name if file else None), offset.value


@functools.lru_cache(None)
def real(path, directory):
    return os.path.realpath(os.path.join(directory, path))


def parse(unit, overlay, extra=()):
    """(translation unit, errors [(file, line, column, text)]). `overlay`: path -> data."""
    options = [option for option in unit.options if not option.startswith("-Werror")]
    if not unit.is_c and not any(option.startswith(("-std=", "--std=")) for option in options):
        options.insert(0, "-std=gnu++17")  # what g++ 12 and clang 16 take; libclang may be older
    options = [*options, *extra, "-w", "-ferror-limit=0"]
    unsaved = [(path, data) for path, data in overlay.items()]
    index = cindex.Index.create()
    keep = os.getcwd()
    os.chdir(unit.directory)
    try:
        for _ in range(2):
            try:
                tu = index.parse(unit.file, args=options, unsaved_files=unsaved,
                                 options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
            except cindex.TranslationUnitLoadError:
                raise Problem(f"{unit.file}: libclang cannot parse this unit at all; its options are:"
                              f" {' '.join(unit.options)}") from None
            unknown = set()
            for diagnostic in tu.diagnostics:
                match = UNKNOWN_OPTION.search(diagnostic.spelling)
                if match and diagnostic.severity >= diagnostic.Error:
                    unknown.add(match[1] or match[2])
            if not unknown:
                break
            options = [option for option in options if option not in unknown]
        errors = []
        for diagnostic in tu.diagnostics:
            if diagnostic.severity >= diagnostic.Error:
                errors.append(described(diagnostic, unit.directory))
                for note in diagnostic.children:
                    errors.append(described(note, unit.directory, "note: "))
        return tu, errors
    finally:
        os.chdir(keep)


def described(diagnostic, directory, before=""):
    location = diagnostic.location
    file = real(location.file.name, directory) if location.file else None
    return file, location.line, location.column, before + diagnostic.spelling


def skipped(tu, directory):
    """Real path -> [(start, end)] of what no active #if includes."""
    result = {}
    ranges = library().clang_getAllSkippedRanges(tu)
    try:
        for i in range(ranges.contents.count):
            found = ranges.contents.ranges[i]
            file, start = file_place(found.start)
            if file:
                result.setdefault(real(file, directory), []).append((start, file_place(found.end)[1]))
    finally:
        library().clang_disposeSourceRangeList(ranges)
    return result


class Node:
    """A cursor with its parent."""

    __slots__ = ("cursor", "parent", "index", "kind", "_children", "_type", "_span")

    def __init__(self, cursor, parent=None, index=0):
        self.cursor = cursor
        self.parent = parent
        self.index = index
        self.kind = cursor.kind
        self._children = self._type = self._span = None

    @property
    def children(self):
        if self._children is None:
            self._children = [Node(child, self, i) for i, child in enumerate(self.cursor.get_children())]
        return self._children

    @property
    def type(self):
        """The canonical type's spelling."""
        if self._type is None:
            self._type = self.cursor.type.get_canonical().spelling
        return self._type

    @property
    def span(self):
        """(file, start, end) as written, macros' arguments included."""
        if self._span is None:
            extent = self.cursor.extent
            file, start = file_place(extent.start)
            self._span = file, start, file_place(extent.end)[1]
        return self._span

    @property
    def name_place(self):
        return file_place(self.cursor.location)

    def up(self, *kinds):
        """The nearest node around of one of the kinds."""
        node = self.parent
        while node is not None and node.kind not in kinds:
            node = node.parent
        return node
