# SPDX-License-Identifier: Apache-2.0

"""What is known of a unit: declarations (Entity), their uses, and the edits of each."""

import dataclasses
import functools
import re

import words
from clang_access import Kind, TypeKind
from source import Source

DECLARATIONS = {Kind.VAR_DECL, Kind.FIELD_DECL, Kind.PARM_DECL}
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.FUNCTION_TEMPLATE, Kind.CONVERSION_FUNCTION,
             Kind.CONSTRUCTOR, Kind.DESTRUCTOR}
ALIASES = {Kind.TYPEDEF_DECL, Kind.TYPE_ALIAS_DECL}
RECORDS = {Kind.STRUCT_DECL, Kind.CLASS_DECL, Kind.CLASS_TEMPLATE, Kind.UNION_DECL,
           Kind.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION}
LITERALS = {Kind.INTEGER_LITERAL, Kind.FLOATING_LITERAL, Kind.CXX_BOOL_LITERAL_EXPR,
            Kind.CXX_NULL_PTR_LITERAL_EXPR, Kind.CHARACTER_LITERAL}
ARRAYS = {TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY,
          TypeKind.DEPENDENTSIZEDARRAY}

# The name of the class, with the template's argument as written in this place.
CLASS = "\0"


@dataclasses.dataclass
class Entity:
    key: tuple  # (file, offset of the name)
    name: str
    shown: str  # with its classes and namespaces
    what: str  # variable, member, parameter, result, type, expression
    place: tuple  # (file, line, column)
    family: str = "std"  # or "ours"
    level: object = 0  # how many pointers or arrays lead to the atomic; None in a container
    kind: str = ""  # the class of ours that it becomes
    value: str = ""  # the canonical value type
    size: int = 0
    local: bool = False
    scope: tuple = ()  # (start, end) of its function, if it is local or a parameter
    zeroed: bool = False  # a member or local variable without an initialiser where it is declared
    declared: bool = False  # seen as a declaration, not only by its references
    editable: bool = True
    edits: list = dataclasses.field(default_factory=list)
    reasons: list = dataclasses.field(default_factory=list)  # (place, why it is refused)
    usrs: set = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Use:
    key: tuple  # of its entity
    place: tuple  # (file, line, column)
    span: tuple  # (file, start, end)
    operation: str  # as words.METHODS counts it; empty where it is none
    orders: tuple = ()
    edits: tuple = ()
    note: str = ""  # used, unused
    goes_to: str = ""  # the function that a load's value is passed to


@dataclasses.dataclass
class Edit:
    file: str
    start: int
    end: int
    text: str
    rank: tuple

    @property
    def sorting(self):
        return self.start, self.rank, self.end, self.text


@dataclasses.dataclass
class Facts:
    unit: object
    errors: list
    entities: dict = dataclasses.field(default_factory=dict)
    links: set = dataclasses.field(default_factory=set)
    uses: list = dataclasses.field(default_factory=list)
    files: dict = dataclasses.field(default_factory=dict)  # project file -> skipped ranges
    dependent: dict = dataclasses.field(default_factory=dict)  # member name -> place
    nested: dict = dataclasses.field(default_factory=dict)  # file that a namespace includes -> place
    ours: set = dataclasses.field(default_factory=set)  # headers of the library that it includes
    cells: dict = dataclasses.field(default_factory=dict)


class Refused(Exception):
    """Why a use cannot be rewritten."""


def insertion(file, offset, text, start):
    """What goes behind an expression that begins at `start`: behind what an inner one gets."""
    return Edit(file, offset, offset, text, (0, -start))


def prefix(file, offset, text, end):
    """What goes before an expression that ends at `end`: before what an inner one gets."""
    return Edit(file, offset, offset, text, (1, -end))


def replacement(file, start, end, text):
    return Edit(file, start, end, text, (2, 0))


@functools.lru_cache(None)
def source_on_disk(path):
    with open(path, "rb") as file:
        return Source(file.read())


def strip_qualifiers(spelling):
    return re.sub(r"^(?:const |volatile )+", "", spelling)


def shape(kind):
    """(family, level, value type or None) of a type, or None where no atomic is in it. The family
    is "other" where the tool cannot see how the atomic is reached."""
    kind = kind.get_canonical()
    if not words.MAYBE.search(kind.spelling):
        return None
    level = 0
    while True:
        if kind.kind in (TypeKind.LVALUEREFERENCE, TypeKind.RVALUEREFERENCE):
            kind = kind.get_pointee()
        elif kind.kind == TypeKind.POINTER:
            kind, level = kind.get_pointee(), level + 1
        elif kind.kind in ARRAYS:
            kind, level = kind.element_type, level + 1
        else:
            break
    spelling = strip_qualifiers(kind.spelling)
    for family, pattern in (("std", words.STD), ("ours", words.OURS)):
        if pattern.fullmatch(spelling) and balanced(spelling) and ("::" in spelling.partition("<")[0]
                                                                   or kind.kind != TypeKind.RECORD):
            return family, level, kind
    if words.CONTAINERS.match(spelling):
        return ("std" if re.search(r"\batomic(<|_flag\b)", spelling) else "ours"), None, kind
    return "other", level, kind


def is_reference(kind):
    return kind.get_canonical().kind in (TypeKind.LVALUEREFERENCE, TypeKind.RVALUEREFERENCE)


def balanced(spelling):
    """Whether the first < is closed by the last >."""
    depth = 0
    for i, sign in enumerate(spelling):
        depth += (sign == "<") - (sign == ">")
        if sign == ">" and depth == 0:
            return i == len(spelling) - 1
    return True


def atomic_in(spelling):
    """The first std::atomic in a type's spelling."""
    start = re.search(r"std::(?:\w+::)*atomic(<|_flag\b)", spelling)
    if not start:
        return None
    if start[1] == "_flag":
        return start[0]
    depth = 0
    for i in range(start.end() - 1, len(spelling)):
        depth += (spelling[i] == "<") - (spelling[i] == ">")
        if depth == 0:
            return spelling[start.start() : i + 1]
    return None


def qualified(cursor):
    """The name with its classes and namespaces."""
    names = []
    while cursor is not None and cursor.kind != Kind.TRANSLATION_UNIT:
        if cursor.spelling and cursor.kind not in (Kind.LINKAGE_SPEC,) and "(anonymous" not in cursor.spelling:
            names.append(cursor.spelling)
        cursor = cursor.semantic_parent
    return "::".join(reversed(names))
