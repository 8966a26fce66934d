# SPDX-License-Identifier: Apache-2.0

"""What one unit says of atomics: declarations, their uses, and what each use would become.

A declaration (Entity) is known by where its name stands. A use is found from the reference
to a declaration upwards: through parentheses, &, * and subscripts, to the operation. What
the reference meets instead (another declaration that it initialises, a call that it is passed
to) links two declarations, or is a reason to refuse.
"""

import dataclasses
import functools
import os
import re

import cells
import clang_access
import words
from clang_access import Kind, Node, TypeKind, file_place, real
from source import Source

DECLARATIONS = {Kind.VAR_DECL, Kind.FIELD_DECL, Kind.PARM_DECL}
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.FUNCTION_TEMPLATE, Kind.CONVERSION_FUNCTION,
             Kind.CONSTRUCTOR, Kind.DESTRUCTOR}
ALIASES = {Kind.TYPEDEF_DECL, Kind.TYPE_ALIAS_DECL}
RECORDS = {Kind.STRUCT_DECL, Kind.CLASS_DECL, Kind.CLASS_TEMPLATE, Kind.UNION_DECL,
           Kind.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION}
STATEMENTS = {Kind.COMPOUND_STMT, Kind.LABEL_STMT, Kind.DEFAULT_STMT}
LOOPS = {Kind.FOR_STMT, Kind.WHILE_STMT, Kind.DO_STMT, Kind.CXX_FOR_RANGE_STMT}
POSTFIX = {Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR, Kind.ARRAY_SUBSCRIPT_EXPR, Kind.PAREN_EXPR,
           Kind.CXX_THIS_EXPR}
LITERALS = {Kind.INTEGER_LITERAL, Kind.FLOATING_LITERAL, Kind.CXX_BOOL_LITERAL_EXPR,
            Kind.CXX_NULL_PTR_LITERAL_EXPR, Kind.CHARACTER_LITERAL}
ARRAYS = {TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY,
          TypeKind.DEPENDENTSIZEDARRAY}
COMPOUND = {"+=": ("add", "Add"), "-=": ("sub", "Sub"), "&=": ("and", "And"), "|=": ("or", "Or"),
            "^=": ("xor", "Xor")}

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


class Analysis:
    """Reads one unit. `project` says which files may be read and which changed."""

    def __init__(self, unit, project, overlay=None, extra=()):
        self.unit = unit
        self.project = project
        self.overlay = overlay or {}
        self.tu, errors = clang_access.parse(unit, self.overlay, extra)
        self.facts = Facts(unit, errors)
        self.sources = {}
        self.sizes = []  # entities that stand for a type in sizeof, or before ::is_always_lock_free
        self.entities = self.facts.entities

    # ---- Files -------------------------------------------------------------------

    def source(self, path):
        if path not in self.sources:
            data = self.overlay.get(path)
            self.sources[path] = Source(data) if data is not None else source_on_disk(path)
        return self.sources[path]

    def path(self, name):
        return real(name, self.unit.directory) if name else None

    def in_project(self, name):
        return name is not None and self.project.contains(self.path(name))

    def place(self, path, offset):
        return (path, *self.source(path).line_column(offset))

    def node_place(self, node):
        file, start, _ = node.span
        path = self.path(file)
        return self.place(path, start) if path and self.project.contains(path) else (path, 0, 0)

    def text_of(self, node):
        file, start, end = node.span
        path = self.path(file)
        return self.text(path, start, end) if path is not None and self.project.contains(path) else ""

    def declared_at(self, cursor):
        file, offset = file_place(cursor.location)
        path = self.path(file)
        return (path, offset) if path is not None and self.project.contains(path) else (None, 0)

    @staticmethod
    def qualified(cursor):
        return qualified(cursor)

    def text(self, path, start, end):
        return self.source(path).text[start:end]

    # ---- The walk ----------------------------------------------------------------

    def run(self):
        if self.facts.errors:
            return self.facts
        skipped = clang_access.skipped(self.tu, self.unit.directory)
        names = {self.tu.spelling} | {include.include.name for include in self.tu.get_includes()}
        for name in names:
            path = self.path(name)
            if match := re.search(r"sync_atomic/(atomic|pointer|value)/\w+\.h$", name):
                self.facts.ours.add(match[0])
            if self.project.contains(path):
                self.facts.files[path] = skipped.get(path, [])
        if self.unit.is_c or not any("atomic" in self.source(path).text or "shared_ptr" in self.source(path).text
                                     for path in self.facts.files):
            return self.facts
        self.finder = cells.Finder(self)
        for cursor in self.tu.cursor.get_children():
            if cursor.kind.is_preprocessing():
                continue
            file = cursor.location.file
            if file is not None and self.in_project(file.name):
                self.walk(Node(cursor))
        self.facts.cells = self.finder.done()
        self.link_sizes()
        return self.facts

    def link_sizes(self):
        """sizeof(std::atomic<T>) and the like go with a declaration of the same file whose type is written so."""
        written = {}
        for key in sorted(self.entities):
            entity = self.entities[key]
            if entity.what != "expression" and entity.kind:
                for edit in entity.edits:
                    if edit.text.startswith(f"{CLASS}type:"):
                        written.setdefault((edit.file, "".join(edit.text.split())), entity)
        for entity in self.sizes:
            found = next((written[edit.file, "".join(edit.text.split())] for edit in entity.edits
                          if (edit.file, "".join(edit.text.split())) in written), None)
            if found is None:
                self.refuse(entity, entity.place, "its type is asked something, and no declaration here has this type")
            else:
                entity.kind, entity.value, entity.size, entity.level = found.kind, found.value, found.size, 0
                self.link(entity.key, found.key)

    def walk(self, node):
        stack = [node]
        while stack:
            node = stack.pop()
            self.visit(node)
            self.finder.visit(node)
            stack += reversed(node.children)

    def visit(self, node):
        kind = node.kind
        if kind in DECLARATIONS:
            if shape(node.cursor.type):
                self.declaration(node)
        elif kind in FUNCTIONS:
            if kind not in (Kind.CONSTRUCTOR, Kind.DESTRUCTOR) and shape(node.cursor.result_type):
                self.declaration(node)
        elif kind in ALIASES:
            if shape(node.cursor.underlying_typedef_type):
                self.declaration(node)
        elif kind in (Kind.NAMESPACE, Kind.LINKAGE_SPEC):
            self.included_inside(node)
        elif kind == Kind.TEMPLATE_REF:
            if node.cursor.spelling == "atomic" and self.is_std(node.cursor.referenced):
                self.mention(node)
        elif kind == Kind.TYPE_REF:
            self.type_reference(node)
        elif kind in (Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR):
            self.reference(node)
        elif kind == Kind.VARIABLE_REF:
            found = node.cursor.referenced
            if found is not None and shape(found.type):
                entity = self.entity(found)
                if entity:
                    entity.declared = True
                    if file_place(found.location) == node.name_place:  # [&name = what]
                        self.walk(Node(found, node.parent, node.index))
        elif kind == Kind.INIT_LIST_EXPR:
            self.aggregate(node)

    def included_inside(self, node):
        """Notes the files that are included between the braces of a namespace."""
        own = node.name_place[0]
        for child in node.children:
            file = child.name_place[0]
            if file != own and self.in_project(file):
                self.facts.nested.setdefault(self.path(file), self.node_place(node))

    @staticmethod
    def is_std(cursor):
        while cursor is not None and cursor.semantic_parent is not None:
            cursor = cursor.semantic_parent
            if cursor.kind == Kind.NAMESPACE and cursor.spelling == "std":
                return True
        return False

    # ---- Declarations ------------------------------------------------------------

    def entity(self, cursor):
        """The entity of a declaration with an atomic in its type; None if it is no declaration
        of the project's files."""
        if cursor.kind in FUNCTIONS:
            kind, what = cursor.result_type, "result"
        elif cursor.kind in ALIASES:
            kind, what = cursor.underlying_typedef_type, "type"
        elif cursor.kind in DECLARATIONS:
            kind = cursor.type
            what = {Kind.VAR_DECL: "variable", Kind.FIELD_DECL: "member", Kind.PARM_DECL: "parameter"}[cursor.kind]
        else:
            return None
        file, offset = file_place(cursor.location)
        path = self.path(file)
        if path is None or not self.project.contains(path):
            return None
        if cursor.spelling.startswith(("__begin", "__end", "__range")):
            return None  # a loop's own
        key = (path, offset)
        entity = self.entities.get(key)
        if entity is None:
            entity = Entity(key, cursor.spelling, qualified(cursor), what, self.place(path, offset))
            self.entities[key] = entity
            entity.editable = self.project.editable(path)
            parent = cursor.semantic_parent
            entity.local = parent is not None and parent.kind in FUNCTIONS and cursor.kind == Kind.VAR_DECL
            if (entity.local or cursor.kind == Kind.PARM_DECL) and parent is not None:
                extent = parent.extent
                entity.scope = file_place(extent.start)[1], file_place(extent.end)[1]
            if not entity.editable:
                self.refuse(entity, entity.place, "its file is left alone: " + self.project.why_not(path))
            elif cursor.spelling and not self.text(*key, offset + len(cursor.spelling)) == cursor.spelling \
                    and not cursor.spelling.startswith("operator"):
                self.refuse(entity, entity.place, "a macro's body declares it")
        usr = cursor.get_usr()
        if usr and cursor.kind != Kind.PARM_DECL and usr not in entity.usrs:
            entity.usrs.add(usr)
            if not entity.local:
                self.link(key, ("usr", usr))
        self.learn(entity, kind)
        return entity

    def learn(self, entity, kind):
        """Adds what the type says: which class of ours it becomes."""
        family, level, atomic = shape(kind)
        entity.family, entity.level = family, level
        if family == "other":
            self.refuse(entity, entity.place, f"std::atomic is an argument of {strip_qualifiers(atomic.spelling)}")
            return
        if family == "ours":
            return
        if level is None:
            found = atomic_in(atomic.spelling)
            size = None
            value = None
            if found and not found.endswith("_flag"):
                value = self.value_inside(atomic)
            elif found:
                entity.kind, entity.value = "Bool", "atomic_flag"
                return
        elif strip_qualifiers(atomic.spelling).endswith("atomic_flag"):
            entity.kind, entity.value = "Bool", "atomic_flag"
            if atomic.is_volatile_qualified():
                self.refuse(entity, entity.place, "it is volatile")
            return
        else:
            value = atomic.get_template_argument_type(0)
            if atomic.is_volatile_qualified():
                self.refuse(entity, entity.place, "it is volatile")
        if value is None or value.kind == TypeKind.INVALID:
            self.refuse(entity, entity.place, "its value has a type that a template's argument decides")
            return
        value = value.get_canonical()
        size = value.get_size()
        name, why = words.kind_of(value, size)
        if why:
            self.refuse(entity, entity.place, why)
        elif "type-parameter-" in value.spelling:
            self.refuse(entity, entity.place, "its value is a type that a template's argument decides")
        else:
            entity.kind, entity.value, entity.size = name, value.spelling, size

    @classmethod
    def value_inside(cls, kind):
        """The value type of the first atomic among a type's template arguments."""
        for i in range(max(kind.get_num_template_arguments(), 0)):
            argument = kind.get_template_argument_type(i).get_canonical()
            found = shape(argument) if argument.kind != TypeKind.INVALID else None
            if found and found[0] == "std":
                if found[1] is not None:
                    return found[2].get_template_argument_type(0)
                return cls.value_inside(found[2])
        return None

    def declaration(self, node):
        entity = self.entity(node.cursor)
        if entity is None:
            return
        entity.declared = True
        if node.kind == Kind.CXX_METHOD and node.cursor.is_virtual_method():
            self.refuse(entity, entity.place, "a virtual function's result")
        if node.kind == Kind.PARM_DECL:
            self.parameter(node, entity)
        if node.kind in (Kind.VAR_DECL, Kind.FIELD_DECL) and entity.family == "std" and entity.editable:
            self.initialiser(node, entity)

    def parameter(self, node, entity):
        function = node.up(*FUNCTIONS, Kind.LAMBDA_EXPR)
        if function is None:
            self.refuse(entity, entity.place, "a parameter of a function type")
            return
        if function.kind == Kind.CXX_METHOD and function.cursor.is_virtual_method():
            self.refuse(entity, entity.place, "a virtual function's parameter")
        if function.kind != Kind.LAMBDA_EXPR:
            usr = function.cursor.get_usr()
            index = [child.cursor for child in function.children if child.kind == Kind.PARM_DECL].index(node.cursor)
            self.link(entity.key, ("parameter", usr, index))

    def refuse(self, entity, place, why):
        if (place, why) not in entity.reasons:
            entity.reasons.append((place, why))

    def link(self, a, b):
        self.facts.links.add((a, b))

    def initialiser(self, node, entity):
        """`= v` becomes `{v}`, and the macros for initialisers go."""
        if entity.level is None or is_reference(node.cursor.type):
            return
        path, offset = entity.key
        source = self.source(path)
        index = source.at(offset)
        end = node.span[2]
        if index is None:
            return
        index += 1
        tokens = source.all_tokens
        while index < len(tokens) and tokens[index].text == "[":
            index = source.closing(index) + 1
        while index + 1 < len(tokens) and tokens[index].kind == "name" and tokens[index].end <= end:
            # An attribute, such as GUARDED_BY(mutex_).
            index += 1
            if tokens[index].text == "(":
                index = source.closing(index) + 1
        if index >= len(tokens) or entity.level:  # a pointer's or an array's
            return
        token = tokens[index]
        if token.text not in ("{", "(", "="):
            self.uninitialised(node, entity)
            return
        if token.text in ("{", "("):
            self.initialiser_macros(entity, path, index)
            return
        if token.text != "=" or index + 1 >= len(tokens):
            return
        if not self.is_initialised(node):
            return
        first = tokens[index + 1]
        last_end = tokens[index].end
        name_end = tokens[index - 1].end
        value_end = end
        text = self.text(path, first.start, value_end)
        if first.text == "ATOMIC_FLAG_INIT":
            entity.edits.append(replacement(path, name_end, first.end, ""))
        elif first.text == "ATOMIC_VAR_INIT":
            closing = source.closing(index + 2)
            if closing is None:
                return
            entity.edits.append(replacement(path, name_end, tokens[index + 2].end, "{"))
            entity.edits.append(replacement(path, tokens[closing].start, tokens[closing].end, "}"))
        elif first.text == "{":
            entity.edits.append(replacement(path, name_end, first.start, ""))
        elif self.constructs(node):
            return  # auto x = std::atomic<int>(0)
        else:
            before, after = "{", "}"
            value = self.initial_value(node)
            if value is not None and self.narrows(value, entity):
                before, after = f"{{static_cast<{CLASS}value{CLASS}>(", ")}"
            if not text.strip() or last_end > first.start:
                return
            entity.edits.append(replacement(path, name_end, first.start, before))
            entity.edits.append(insertion(path, value_end, after, name_end))

    def uninitialised(self, node, entity):
        """Before C++20 std::atomic leaves its value undefined, where ours is zero."""
        is_static = node.cursor.storage_class.name in ("STATIC", "EXTERN") or not entity.local \
            and node.kind == Kind.VAR_DECL
        if not is_static and not any(option.endswith(("++20", "++2a", "++23", "++2b")) for option in self.unit.options):
            entity.zeroed = True

    def constructs(self, node):
        """Whether what initialises is written as an atomic, and not converted to one."""
        for child in node.children:
            if child.kind in (Kind.CALL_EXPR, Kind.UNEXPOSED_EXPR):
                inner = child
                while inner.kind == Kind.UNEXPOSED_EXPR and inner.children:
                    inner = inner.children[0]
                if inner.kind == Kind.CXX_FUNCTIONAL_CAST_EXPR:
                    return True
                return any(deep.kind == Kind.TEMPLATE_REF for deep in inner.children)
            if child.kind == Kind.CXX_FUNCTIONAL_CAST_EXPR:
                return True
        return False

    @staticmethod
    def is_initialised(node):
        return any(child.kind.is_expression() for child in node.children)

    def initial_value(self, node):
        """The expression that initialises, below the constructor and implicit casts."""
        value = None
        for child in node.children:
            if child.kind in (Kind.CALL_EXPR, Kind.UNEXPOSED_EXPR):
                value = child
        while value is not None and value.kind in (Kind.UNEXPOSED_EXPR, Kind.CALL_EXPR):
            if value.kind == Kind.CALL_EXPR and value.cursor.spelling not in ("atomic", "atomic_flag"):
                break
            value = next((child for child in value.children if child.kind.is_expression()), None)
        return value

    def narrows(self, value, entity):
        """Whether braces would refuse the conversion of this value."""
        kind = value.cursor.type.get_canonical()
        if strip_qualifiers(kind.spelling) == entity.value or entity.kind in ("Pointer", "Enum"):
            return False
        deep = value
        while deep.kind in (Kind.UNARY_OPERATOR, Kind.PAREN_EXPR, Kind.UNEXPOSED_EXPR) and deep.children:
            deep = deep.children[0]
        if deep.kind in LITERALS:
            text = self.text(self.path(value.span[0]), *value.span[1:]) if value.span[0] else ""
            return entity.kind.startswith("U") and text.startswith("-")
        return True

    def initialiser_macros(self, entity, path, index):
        """In {...} or (...): ATOMIC_VAR_INIT(v) is v, and ATOMIC_FLAG_INIT false."""
        source = self.source(path)
        closing = source.closing(index)
        if closing is None:
            return
        tokens = source.all_tokens
        for i in range(index + 1, closing):
            if tokens[i].text == "ATOMIC_FLAG_INIT":
                entity.edits.append(replacement(path, tokens[i].start, tokens[i].end, "false"))
            elif tokens[i].text == "ATOMIC_VAR_INIT" and (end := source.closing(i + 1)):
                entity.edits.append(replacement(path, tokens[i].start, tokens[i + 1].end, ""))
                entity.edits.append(replacement(path, tokens[end].start, tokens[end].end, ""))

    def aggregate(self, node):
        """Elements of arrays, and members of aggregates, are converted: explicitly from now on."""
        kind = node.cursor.type.get_canonical()
        if kind.kind in ARRAYS:
            found = shape(kind)
            if not found or found[:2] != ("std", 1):
                return
            owner = node.parent
            while owner is not None and owner.kind in (Kind.INIT_LIST_EXPR, Kind.UNEXPOSED_EXPR):
                owner = owner.parent
            entity = self.entity(owner.cursor) if owner is not None and owner.kind in DECLARATIONS \
                and shape(owner.cursor.type) else None
            for child in node.children:
                if entity and entity.level is not None:
                    self.wrap(child, entity)
            return
        if kind.kind != TypeKind.RECORD or not node.children:
            return
        fields = list(kind.get_fields())
        for i, child in enumerate(node.children):
            if i >= len(fields):
                return
            found = shape(fields[i].type)
            if found and found[:2] == ("std", 0) and not is_reference(fields[i].type):
                entity = self.entity(fields[i])
                if entity:
                    self.wrap(child, entity)

    def wrap(self, node, entity):
        file, start, end = node.span
        path = self.path(file)
        if path is None or start >= end:
            return
        text = self.text(path, start, end)
        if text.startswith("."):
            self.refuse(entity, self.place(path, start), "a designated initialiser")
        elif "atomic" in text.partition("(")[0].partition("{")[0]:
            return  # std::atomic<int>(5): the mention is rewritten
        elif node.kind == Kind.INIT_LIST_EXPR:
            self.use(entity, node, "", edits=[prefix(path, start, f"{CLASS}class{CLASS}", end)])
        else:
            self.use(entity, node, "", edits=[prefix(path, start, f"{CLASS}class{CLASS}(", end),
                                              insertion(path, end, ")", start)])

    def use(self, entity, node, operation, orders=(), edits=(), note=""):
        file, start, end = node.span
        path = self.path(file)
        if path is not None and edits and not self.project.editable(path):
            self.refuse(entity, self.place(path, start), "used in a file that is left alone: "
                        + self.project.why_not(path))
        place = self.place(path, start) if path and self.project.contains(path) else (path, 0, 0)
        self.facts.uses.append(Use(entity.key, place, (path, start, end), operation, tuple(orders),
                                   tuple(edits), note))

    # ---- Mentions of the type ----------------------------------------------------

    def type_reference(self, node):
        found = node.cursor.referenced
        if found is None:
            return
        if found.kind in ALIASES:
            if not shape(found.underlying_typedef_type):
                return
            entity = self.entity(found)
            if entity is not None:
                self.mention(node, entity)
            elif self.is_std(found) or found.semantic_parent.kind == Kind.TRANSLATION_UNIT:
                self.mention(node)
        elif found.spelling == "atomic_flag" and self.is_std(found):
            self.mention(node)

    def mention(self, node, alias=None):
        """std::atomic<...>, one of std's names for it, or an alias of the project's."""
        file, offset = node.name_place
        path = self.path(file)
        if path is None or not self.project.contains(path):
            return
        owner = self.owner(node, path, offset)
        if owner is None:
            return
        if alias is not None:
            self.link(owner.key, alias.key)
            return
        if owner.family == "ours":
            return
        try:
            owner.edits.append(self.mention_edit(node, path, offset))
        except Refused as why:
            self.refuse(owner, self.place(path, offset), str(why))

    def mention_edit(self, node, path, offset):
        source = self.source(path)
        index = source.at(offset)
        name = node.cursor.spelling.split("::")[-1].split(" ")[-1]
        tokens = source.all_tokens
        if index is None or tokens[index].text != name:
            raise Refused("a macro's body names its type")
        first = index
        while first >= 1 and tokens[first - 1].text == "::":
            first -= 1
            if first >= 1 and tokens[first - 1].kind == "name" and tokens[first - 1].end == tokens[first].start:
                first -= 1
        last, argument = index, ""
        if index + 1 < len(tokens) and tokens[index + 1].text == "<":
            closing = source.closing_angle(index + 1)
            if closing is None:
                raise Refused("the end of its type was not found")
            last = closing
            argument = self.text(path, tokens[index + 1].end, tokens[closing].start).strip()
        if name == "atomic_uintptr_t":
            argument = "std::uintptr_t"
        start, end = tokens[first].start, tokens[last].end
        return replacement(path, start, end, f"{CLASS}type:{argument}{CLASS}")

    def owner(self, node, path, offset):
        """The entity whose type a mention is a part of."""
        parent = node.parent
        if parent is not None and parent.kind == Kind.CXX_BASE_SPECIFIER:
            return self.expression_entity(path, offset, "a class derives from it")
        around = parent
        while around is not None and not around.kind.is_expression() and around.kind not in DECLARATIONS \
                and around.kind not in FUNCTIONS and around.kind not in ALIASES:
            around = around.parent
        if around is None:
            return self.expression_entity(path, offset, "its type is named where no declaration is")
        if around.kind in DECLARATIONS and shape(around.cursor.type) \
                or around.kind in ALIASES and shape(around.cursor.underlying_typedef_type) \
                or around.kind in FUNCTIONS and around.kind not in (Kind.CONSTRUCTOR, Kind.DESTRUCTOR) \
                and shape(around.cursor.result_type):
            return self.entity(around.cursor)
        if not around.kind.is_expression():
            return self.expression_entity(path, offset, "its type is named where no declaration is")
        if around.kind == Kind.DECL_REF_EXPR and around.cursor.spelling == "is_always_lock_free":
            entity = self.expression_entity(path, offset, None)
            self.sizes.append(entity)
            return entity
        # new std::atomic<int>(0), std::make_unique<std::atomic<int>>(0), std::atomic<int>(0)
        while around.kind in (Kind.DECL_REF_EXPR, Kind.UNEXPOSED_EXPR, Kind.MEMBER_REF_EXPR) \
                and around.parent is not None and around.parent.kind.is_expression():
            around = around.parent
        entity = self.expression_entity(path, offset, None)
        if around.kind in (Kind.CXX_NEW_EXPR, Kind.CALL_EXPR, Kind.CXX_FUNCTIONAL_CAST_EXPR) \
                and shape(around.cursor.type):
            self.learn(entity, around.cursor.type)
            entity.declared = True
            self.climb(around, entity, entity.level)
        elif around.kind == Kind.CXX_UNARY_EXPR:
            self.sizes.append(entity)
        else:
            self.refuse(entity, entity.place, "its type is named in an expression"
                        f" ({around.kind.name.lower()})")
        return entity

    def expression_entity(self, path, offset, why):
        key = (path, offset)
        entity = self.entities.get(key)
        if entity is None:
            entity = Entity(key, "", "std::atomic", "expression", self.place(path, offset), declared=True)
            entity.editable = self.project.editable(path)
            self.entities[key] = entity
        if why:
            self.refuse(entity, entity.place, why)
        return entity

    # ---- References --------------------------------------------------------------

    def reference(self, node):
        found = node.cursor.referenced
        if found is None:
            self.dependent_member(node)
            return
        if found.kind in DECLARATIONS:
            if not shape(found.type):
                return
            entity = self.entity(found)
            if entity is not None and entity.family != "other":
                self.climb(node, entity, entity.level)
        elif found.kind in FUNCTIONS and found.kind not in (Kind.CONSTRUCTOR, Kind.DESTRUCTOR):
            self.function_reference(node, found)

    def function_reference(self, node, found):
        result = shape(found.result_type)
        parameters = [parameter for parameter in found.get_arguments() if shape(parameter.type)]
        if not result and not parameters or self.is_std(found):
            return
        callee = node
        while callee.parent is not None and callee.parent.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR):
            callee = callee.parent
        call = callee.parent
        called = call is not None and call.kind == Kind.CALL_EXPR and call.cursor.referenced == found
        if called:
            entity = self.entity(found) if result else None
            if entity is not None:
                self.climb(call, entity, entity.level)
            return
        for cursor in [*parameters, *([found] if result else [])]:
            entity = self.entity(cursor)
            if entity is not None:
                self.refuse(entity, self.node_place(node), "the address of its function is taken")

    def dependent_member(self, node):
        """A member of a type that a template's argument decides."""
        if node.kind != Kind.MEMBER_REF_EXPR:
            return
        file, start, end = node.span
        path = self.path(file)
        if path is None or not self.project.contains(path) or start >= end:
            return
        tokens = [token for token in self.source(path).tokens(start, end) if token.kind == "name"]
        if not tokens:
            return
        name = tokens[-1].text
        if node.children and node.children[0].kind == Kind.CXX_THIS_EXPR:
            record = node.up(*RECORDS) or self.record_around(node)
            for field in (record.cursor if isinstance(record, Node) else record).get_children() if record else ():
                if field.kind in DECLARATIONS | {Kind.VAR_DECL} and field.spelling == name and shape(field.type):
                    entity = self.entity(field)
                    if entity:
                        self.climb(node, entity, entity.level)
                    return
        self.facts.dependent.setdefault(name, self.place(path, start))

    @staticmethod
    def record_around(node):
        function = node
        while function is not None and function.kind not in FUNCTIONS:
            function = function.parent
        parent = function.cursor.semantic_parent if function is not None else None
        return parent if parent is not None and parent.kind in RECORDS else None

    def climb(self, node, entity, level):
        """From a reference to the operation that uses it."""
        try:
            self.follow(node, entity, level)
        except Refused as why:
            self.refuse(entity, self.node_place(node), str(why))

    def follow(self, node, entity, level):
        current = node
        shown = node  # the expression without implicit casts
        while True:
            parent = current.parent
            if parent is None:
                return
            kind = parent.kind
            if kind == Kind.UNEXPOSED_EXPR and len(parent.children) == 1:
                current = parent
            elif kind == Kind.PAREN_EXPR:
                current = shown = parent
            elif kind == Kind.UNARY_OPERATOR and level is not None:
                found = shape(parent.cursor.type)
                if found is None:
                    if level == 0 and "dependent" in parent.type:
                        self.dependent_unary(entity, parent, shown)
                    elif level == 0:
                        raise Refused("used in a way that the tool does not know")
                    return  # whether a pointer is null
                level = found[1]
                current = shown = parent
            elif kind == Kind.ARRAY_SUBSCRIPT_EXPR and current.index == 0 and level:
                level -= 1
                current = shown = parent
            elif kind == Kind.MEMBER_REF_EXPR:
                following = self.member(entity, parent, shown, level)
                if following is None:
                    return
                current = shown = following[0]
                level = following[1]
            elif kind == Kind.CALL_EXPR:
                following = self.call(entity, parent, current, shown, level)
                if following is None:
                    return
                current = following[0]
                level = following[1]
                if parent.cursor.spelling != "operator->":
                    shown = current
            elif kind == Kind.CONDITIONAL_OPERATOR and current.index > 0 and shape(parent.cursor.type):
                self.link(entity.key, self.join(parent))
                current = shown = parent
            else:
                self.end(entity, parent, current, shown, level)
                return

    def join(self, node):
        """What links all that meet in one expression."""
        file, start, end = node.span
        return ("join", self.path(file), start, end)

    def end(self, entity, parent, current, shown, level):
        """What a reference meets that is neither an operation nor a part of its object."""
        kind = parent.kind
        if kind in (Kind.VAR_DECL, Kind.FIELD_DECL):
            if shape(parent.cursor.type):
                other = self.entity(parent.cursor)
                if other is not None:
                    self.link(entity.key, other.key)
                    return
            if "dependent" in parent.type or parent.cursor.type.get_canonical().kind == TypeKind.UNEXPOSED:
                raise Refused("initialises what a template's argument decides")
            raise Refused(f"its address becomes a {parent.cursor.type.spelling}" if level else
                          f"initialises a {parent.cursor.type.spelling}")
        if kind == Kind.RETURN_STMT:
            function = parent.up(*FUNCTIONS, Kind.LAMBDA_EXPR)
            if function is not None and function.kind != Kind.LAMBDA_EXPR and shape(function.cursor.result_type):
                other = self.entity(function.cursor)
                if other is not None:
                    self.link(entity.key, other.key)
                    return
            raise Refused("returned, where the result's type is not seen")
        if kind == Kind.INIT_LIST_EXPR:
            self.element(entity, parent, current, shown, level)
            return
        if kind == Kind.BINARY_OPERATOR:
            if level == 0:
                self.dependent_binary(entity, parent, current, shown)
                return
            operator = self.operator_between(parent)
            if operator in ("=", ","):
                self.link(entity.key, self.join(parent))
                if operator == "=" and not self.unused(parent):
                    raise Refused("the result of an assignment of pointers is used")
                if operator == "," and not self.unused(parent):
                    raise Refused("a comma stands behind it")
                return
            if operator in ("==", "!=", "<", ">", "<=", ">=", "&&", "||", "-"):
                return
            if operator in ("+",) and level and shape(parent.cursor.type):
                self.follow(parent, entity, level)
                return
            raise Refused("used in a way that the tool does not know")
        if kind == Kind.COMPOUND_ASSIGNMENT_OPERATOR and level == 0 and current.index == 0:
            self.dependent_binary(entity, parent, current, shown)
            return
        if kind == Kind.CONSTRUCTOR:
            previous = parent.children[current.index - 1] if current.index else None
            if previous is not None and previous.kind == Kind.MEMBER_REF and shape(previous.cursor.referenced.type):
                other = self.entity(previous.cursor.referenced)
                if other is not None:
                    self.link(entity.key, other.key)
                    return
            raise Refused("initialises a member whose type is not seen")
        if kind == Kind.CXX_FOR_RANGE_STMT:
            variable = next((child for child in parent.children if child.kind == Kind.VAR_DECL), None)
            if variable is not None and shape(variable.cursor.type):
                other = self.entity(variable.cursor)
                if other is not None:
                    self.link(entity.key, other.key)
                    return
            raise Refused("a loop whose variable's type is not seen")
        if kind == Kind.LAMBDA_EXPR:
            previous = parent.children[current.index - 1] if current.index else None
            if previous is not None and previous.kind == Kind.VARIABLE_REF and previous.cursor.referenced is not None \
                    and shape(previous.cursor.referenced.type):
                other = self.entity(previous.cursor.referenced)
                if other is not None:
                    self.link(entity.key, other.key)
                    return
            raise Refused("captured in a way that the tool does not know")
        if kind in (Kind.CXX_DELETE_EXPR,) or self.unused(current):
            return
        if kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT, Kind.DO_STMT) and level:
            return
        if kind == Kind.CSTYLE_CAST_EXPR and parent.type == "void":
            return
        if kind == Kind.CXX_UNARY_EXPR:
            return  # sizeof
        raise Refused(f"used in a way that the tool does not know ({kind.name.lower()})")

    def element(self, entity, parent, current, shown, level):
        """In braces, which the parser shows before conversions."""
        kind = parent.cursor.type.get_canonical()
        target = kind
        other = None
        if kind.kind == TypeKind.RECORD:
            fields = list(kind.get_fields())
            if current.index >= len(fields) or self.text(self.path(current.span[0]), *current.span[1:])[:1] == ".":
                raise Refused("initialises a member that was not found")
            target = fields[current.index].type
            other = fields[current.index]
        else:
            if kind.kind in ARRAYS:
                target = kind.element_type
            owner = parent.parent
            while owner is not None and owner.kind in (Kind.INIT_LIST_EXPR, Kind.UNEXPOSED_EXPR):
                owner = owner.parent
            other = owner.cursor if owner is not None and owner.kind in DECLARATIONS else None
        if shape(target):
            other = self.entity(other) if other is not None and shape(other.type) else None
            if other is None:
                raise Refused("initialises what the tool cannot follow")
            self.link(entity.key, other.key)
        elif level == 0 and target.get_canonical().kind not in (TypeKind.UNEXPOSED, TypeKind.DEPENDENT,
                                                                TypeKind.RECORD):
            self.load(entity, shown)
        else:
            raise Refused("initialises what the tool cannot follow")

    # ---- Operations --------------------------------------------------------------

    def member(self, entity, node, shown, level):
        """A member of the atomic, or of the container around it."""
        found = node.cursor.referenced
        call = node.parent
        while call is not None and call.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR):
            call = call.parent
        if level is None:
            name = node.cursor.spelling
            if found is not None and found.kind == Kind.FIELD_DECL:  # a pair's first or second
                inner = shape(node.cursor.type)
                return (node, inner[1]) if inner else None
            if call is None or call.kind != Kind.CALL_EXPR:
                raise Refused(f"the member {name} of its container is used without a call")
            inner = shape(call.cursor.type)
            if inner and inner[0] != "other":
                if inner[1] is None and self.unused(call):
                    self.link(entity.key, self.join(call))
                    return None
                return call, inner[1]
            if inner:
                if self.unused(call):
                    self.link(entity.key, self.join(call))
                    return None
                raise Refused(f"{name}() of its container gives an iterator")
            self.link(entity.key, self.join(call))
            return None
        if call is None or call.kind != Kind.CALL_EXPR or level > 1:
            raise Refused("a member of it is used without a call")
        name = node.cursor.spelling or self.called_name(shown)
        if name.startswith("operator "):
            if node.cursor.location.line:
                raise Refused("its conversion function is called by its name")
            self.conversion(entity, shown, level)
            return None
        self.method(entity, call, shown, name)
        return None

    def called_name(self, shown):
        """The method that is called on an expression, where a template's argument decides the rest."""
        path, _, end = self.written(shown)
        tokens = self.source(path).tokens(end)
        return next(tokens).text in (".", "->") and next(tokens).text or ""

    def written(self, node):
        """(path, start, end) of an expression that stands so in a file, in no macro's body."""
        file, start, end = node.span
        path = self.path(file)
        if path is None or not self.project.contains(path):
            raise Refused("written in a file outside of the project")
        text = self.text(path, start, end)
        kind = node.kind
        good = bool(text)
        if kind == Kind.PAREN_EXPR:
            good = text.startswith("(") and text.endswith(")")
        elif kind == Kind.UNARY_OPERATOR:
            good = text[:1] in "*&"
        elif kind == Kind.ARRAY_SUBSCRIPT_EXPR:
            good = text.endswith("]")
        elif kind in (Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR):
            name = node.cursor.spelling or re.split(r"\W+", text)[-1]
            good = text.endswith(name)
        elif kind == Kind.CALL_EXPR:
            good = text.endswith((")", "]", "}")) or text[:1] == "*"
        if not good:
            raise Refused("a macro's body uses it")
        return path, start, end

    def receiver(self, node):
        """How a method is called on this expression: (path, start, end, edits, "." or "->")."""
        path, start, end = self.written(node)
        if node.kind == Kind.PAREN_EXPR and self.text(path, start, end).startswith("(*"):
            # (*p)++ becomes p->Add(1)
            inner_path, inner_start, inner_end, edits, connector = self.receiver(node.children[0])
            if connector == "->" and inner_path == path and not self.tokens_in(self.text(path, inner_end, end - 1)):
                return path, start, end, [replacement(path, start, edits[0].end, ""),
                                          replacement(path, inner_end, end, "")], "->"
        if node.kind == Kind.UNARY_OPERATOR or node.kind == Kind.CALL_EXPR and self.text(path, start, end)[0] == "*":
            inner = node.children[0]
            while inner.kind == Kind.UNEXPOSED_EXPR:
                inner = inner.children[0]
            if self.text(path, start, end)[0] == "*" and self.is_postfix(inner):
                _, inner_start, inner_end = self.written(inner)
                return path, start, inner_end, [replacement(path, start, inner_start, "")], "->"
        if self.is_postfix(node):
            return path, start, end, [], "."
        return path, start, end, [prefix(path, start, "(", end), insertion(path, end, ")", start)], "."

    def is_postfix(self, node):
        if node.kind == Kind.CALL_EXPR:
            file, start, end = node.span
            return self.text(self.path(file), start, end)[:1] not in "*+-!~&"
        return node.kind in POSTFIX

    def in_text(self, shown):
        """The expression below parentheses that a macro's body has."""
        while shown.kind == Kind.PAREN_EXPR:
            file, start, end = shown.span
            path = self.path(file)
            if path and self.project.contains(path) and self.text(path, start, end).startswith("("):
                return shown
            shown = shown.children[0]
        return shown

    def conversion(self, entity, shown, level):
        if level:
            raise Refused("used in a way that the tool does not know")
        self.load(entity, shown)

    def arguments(self, call):
        """The arguments as written, without those by default."""
        return [child for child in call.children[1:] if child.span[0] is not None and child.span[1] < child.span[2]]

    def orders(self, arguments, operation):
        found = []
        for argument in arguments[words.BEFORE_ORDERS[operation] :]:
            file, start, end = argument.span
            text = "".join(token.text for token in self.source(self.path(file)).tokens(start, end))
            text = re.sub(r"(::)?\bstd::", "", text)
            found.append(re.sub(r"memory_order::", "memory_order_", text))
        return tuple(found) or ("",)

    def method(self, entity, call, shown, name):
        """x.load(order) and the others, of std or of ours."""
        if entity.family == "ours":
            operation = words.OUR_METHODS.get(name, name)
            if operation in words.BEFORE_ORDERS:
                arguments = self.arguments(call)
                orders = self.orders(arguments, operation)
                self.use(entity, call, operation, orders)
            return
        if name == "operator=" or name.startswith("operator"):
            raise Refused(f"{name} is called by its name")
        if name not in words.METHODS:
            raise Refused(f"{name}() has no counterpart")
        path, start, end = self.written(shown)
        source = self.source(path)
        index = source.before(end) + 1
        tokens = source.all_tokens
        if index + 2 >= len(tokens) or tokens[index].text not in (".", "->") or tokens[index + 1].text != name:
            raise Refused("a macro's body uses it")
        token, bracket = tokens[index + 1], tokens[index + 2]
        operation, ours, first = words.METHODS[name]
        arguments = self.arguments(call)
        orders = self.flag_orders(name, arguments) or self.orders(arguments, operation)
        if operation == "cas_strong":
            if arguments and self.dead(arguments[0], call):
                ours = "CompareAndSwap"
        ours = self.of_class(entity, ours, call)
        edits = [replacement(path, token.start, token.end, ours)]
        if first:
            if bracket.text != "(":
                raise Refused("a macro's body uses it")
            edits.append(replacement(path, bracket.start, bracket.end, f"({first}{', ' if arguments else ''}"))
        self.use(entity, call, operation, orders, edits, "unused" if self.unused(call) else "used")

    def flag_orders(self, name, arguments):
        """atomic_flag's operations have the order alone."""
        if name in ("test_and_set", "clear", "test"):
            return self.orders(arguments, "load")
        return None

    def of_class(self, entity, ours, call):
        """The method, as far as the class of ours has it: floating ones have no FetchAdd."""
        if ours in ("FetchAdd", "FetchSub") and (entity.kind == "Float64" or entity.value == "float"):
            if not self.unused(call):
                raise Refused(f"the old value is used, and a {entity.value} has no {ours}")
            return ours[len("Fetch") :]
        return ours

    def call(self, entity, node, current, shown, level):
        """A call with the reference in it: an operator, an argument, or std::atomic_load and so on.
        Returns where to go on: (node, level), or None."""
        found = node.cursor.referenced
        name = node.cursor.spelling
        object_first = node.children and node.children[0] is current
        if found is not None and found.kind in (Kind.CXX_METHOD, Kind.CONVERSION_FUNCTION) and object_first \
                and name.startswith("operator"):
            if level == 0:
                self.operator(entity, node, shown, name[len("operator") :])
                return None
            inner = shape(node.cursor.type)
            if level is None:
                self.link(entity.key, self.join(node))
                if inner and inner[0] != "other" and name in ("operator[]", "operator*", "operator->"):
                    return node, inner[1]
                if name == "operator=" or not inner:
                    return None
                raise Refused(f"{name} of its container gives what the tool cannot follow")
        if found is None:
            raise Refused("passed to a function that a template's argument decides")
        if found.kind == Kind.CONSTRUCTOR:
            return self.constructor(entity, node, current, level, found)
        if self.is_std(found):
            if name.startswith("atomic_") and level == 1 and current is node.children[1]:
                self.function(entity, node, shown, name)
                return None
            if name in ("move", "forward", "as_const", "addressof") and level is None:
                return node, level
            if name == "addressof" and level == 0:
                return node, 1
            if name in ("as_const",) and level == 0:
                return node, 0
            if level is None and name.startswith("operator"):
                self.link(entity.key, self.join(node))
                if name in ("operator=", "operator==", "operator!=", "operator<"):
                    return None
            if node.children and node.children[0].kind == Kind.MEMBER_REF_EXPR and node.children[0].children and (
                    owner := shape(node.children[0].children[0].cursor.type)) and owner[1] is None:
                self.link(entity.key, self.join(node))  # v.swap(w), p.reset(new ...)
                return None
        if level == 0 and qualified(found).startswith("testing::"):
            # A comparison of GoogleTest's, which takes what it compares by reference.
            shown = self.in_text(shown)
            path, start, end, edits, connector = self.receiver(shown)
            text = f"{connector}Load()"
            if entity.family == "ours":
                raise Refused("passed on by reference")
            self.use(entity, shown, "load", ("",), [*edits, insertion(path, end, text, start)])
            return None
        self.argument(entity, node, current, found)
        return None

    def constructor(self, entity, node, current, level, found):
        if shape(node.cursor.type) and level is None and self.is_std(found):
            return node, None  # a copy or a move of the container
        if shape(node.cursor.type) and level and self.is_std(found):
            inner = shape(node.cursor.type)  # unique_ptr<std::atomic<int>>(new ...)
            self.link(entity.key, self.join(node))
            return node, inner[1]
        self.argument(entity, node, current, found)
        return None

    def argument(self, entity, node, current, found):
        """Links to the parameter that the reference is passed to."""
        pattern = self.pattern(found)
        for i, (argument, parameter) in enumerate(zip(node.cursor.get_arguments(), found.get_arguments())):
            if argument.data[1] == current.cursor.data[1]:
                if pattern is not None and self.is_dependent(pattern, i):
                    raise Refused(f"passed to {qualified(found)}, a template whose argument decides the type")
                if shape(parameter.type):
                    other = self.entity(parameter)
                    if other is not None:
                        self.link(entity.key, other.key)
                        return
                break
        raise Refused(f"passed to {qualified(found) or 'a function'}, whose code is not seen")

    @staticmethod
    def pattern(function):
        """The template that a function was made from, or None."""
        found = clang_access.cindex.conf.lib.clang_getSpecializedCursorTemplate(function)
        return found if found is not None and found.kind in FUNCTIONS else None

    @staticmethod
    def is_dependent(pattern, index):
        """Whether an argument of the template decides the type of a parameter."""
        parameters = [child for child in pattern.get_children() if child.kind == Kind.PARM_DECL]
        if index >= len(parameters):
            return True
        found = shape(parameters[index].type)
        return found is None or "type-parameter-" in parameters[index].type.get_canonical().spelling

    def operator(self, entity, call, shown, sign):
        """x++ and the others."""
        if entity.family == "ours":
            raise Refused("an operator")
        children = call.children
        signs = [child for child in children if child.kind == Kind.UNEXPOSED_EXPR and child is not children[0]
                 and child.cursor.spelling == call.cursor.spelling]
        if not signs:
            raise Refused("its operator was not found")
        file, sign_start, sign_end = signs[0].span
        path = self.path(file)
        if path is None or not self.project.contains(path) or self.text(path, sign_start, sign_end) != sign:
            raise Refused("a macro's body uses it")
        self.rewrite_operator(entity, call, shown, sign, sign_start, sign_end, children[-1])

    def rewrite_operator(self, entity, call, shown, sign, sign_start, sign_end, right):
        path, start, end, edits, connector = self.receiver(shown)
        unused = self.unused(call)
        note = "unused" if unused else "used"
        _, call_start, call_end = call.span
        pointer = entity.kind == "Pointer"
        if sign_start >= end:
            between = self.text(path, end, sign_start)
        else:
            between = self.text(path, sign_end, start)
        if self.tokens_in(between):
            raise Refused("a macro stands between it and its operator")
        if sign in ("++", "--"):
            operation, new, old = ("add", "Add", "FetchAdd") if sign == "++" else ("sub", "Sub", "FetchSub")
            after = ""
            if sign_start >= end:  # x++
                method = new if unused and not pointer else old
                edits.append(replacement(path, end, sign_end, f"{connector}{method}(1)"))
            else:
                method = old if pointer else new
                if pointer and not unused:
                    after = f" {sign[0]} 1"
                    if not self.parenthesised(call):
                        edits.append(prefix(path, start, "(", end + 1))
                        after += ")"
                edits.append(replacement(path, sign_start, self.first_start(path, sign_end), ""))
                edits.append(insertion(path, end, f"{connector}{method}(1){after}", call_start))
            self.use(entity, call, operation, ("",), edits, note)
            return
        right_path, right_start, right_end = self.expression(right)
        if right_path != path or right_start < sign_end or self.tokens_in(self.text(path, sign_end, right_start)):
            raise Refused("a macro's body uses it")
        self.check_order(shown, right)
        if sign == "=":
            if not unused:
                raise Refused("the result of = is used")
            operation, method, after = "store", "Store", ")"
        elif sign in COMPOUND:
            operation, method = COMPOUND[sign]
            after = ")"
            if operation in ("and", "or", "xor") and not unused:
                text = self.text(path, right_start, right_end)
                mask = right
                while mask.kind == Kind.UNEXPOSED_EXPR and mask.children:
                    mask = mask.children[0]
                if mask.kind == Kind.UNARY_OPERATOR and text.startswith("~"):
                    mask = mask.children[0]
                    while mask.kind == Kind.UNEXPOSED_EXPR and mask.children:
                        mask = mask.children[0]
                if not re.fullmatch(r"~?\w+", text) or mask.kind not in LITERALS | {Kind.DECL_REF_EXPR}:
                    raise Refused(f"the result of {sign} is used, and {method} gives the old value")
                after = f") {sign[0]} {text}"
                if not self.parenthesised(call):
                    edits.append(prefix(path, start, "(", call_end + 1))
                    after += ")"
            if pointer:
                method = "Fetch" + method
                if not unused:
                    raise Refused(f"the result of {sign} on a pointer is used")
        else:
            raise Refused(f"operator{sign} is not known")
        between = self.text(path, end, sign_start), self.text(path, sign_end, right_start)
        if any(part.strip() for part in between) or "\n" in between[1]:
            # A comment or a new line stays.
            edits.append(replacement(path, end, sign_start if not between[0].strip() else end, f"{connector}{method}("))
            edits.append(replacement(path, sign_start, sign_end, ""))
        else:
            edits.append(replacement(path, end, right_start, f"{connector}{method}("))
        edits.append(insertion(path, right_end, after, call_start))
        self.use(entity, call, operation, ("",), edits, note)

    def check_order(self, left, right):
        """An operator evaluates its right side first, and a method's call its object. Refuses what
        might notice."""
        changed = self.effects(right)
        if not changed:
            return
        if self.effects(left):
            raise Refused("both sides have effects, whose order would change")
        stack = [left]
        while stack:
            node = stack.pop()
            stack += node.children
            if node.kind not in (Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR) or node.parent is None or node is left:
                continue
            declared = node.cursor.referenced
            if declared is None or declared.kind not in DECLARATIONS:
                continue
            if declared.type.get_canonical().kind in ARRAYS or not self.decides(node, left):
                continue
            is_local = declared.kind != Kind.FIELD_DECL and declared.semantic_parent is not None \
                and declared.semantic_parent.kind in FUNCTIONS and declared.storage_class.name != "STATIC"
            if declared.spelling in changed or "()" in changed and not is_local:
                raise Refused(f"the right side may change {declared.spelling}, and would be evaluated later")

    @staticmethod
    def decides(node, left):
        """Whether the value of this part of the left side says which object it is: an index or a
        pointer."""
        while node is not left:
            parent = node.parent
            if parent.kind == Kind.ARRAY_SUBSCRIPT_EXPR or parent.kind == Kind.UNARY_OPERATOR:
                return node.index > 0 or node.type.endswith("*") or node.type.endswith("*const")
            if parent.kind == Kind.CALL_EXPR:
                return True
            if parent.kind == Kind.MEMBER_REF_EXPR and node.type.rstrip().endswith(("*", "*const")):
                return node.kind != Kind.CXX_THIS_EXPR
            node = parent
        return False

    def effects(self, node):
        """What an expression changes: names of variables, and "()" for what a call might."""
        found = set()
        stack = [node]
        while stack:
            one = stack.pop()
            stack += one.children
            if one.kind == Kind.LAMBDA_EXPR:
                continue
            if one.kind in (Kind.UNARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR, Kind.BINARY_OPERATOR):
                file, start, end = one.span
                text = self.text(self.path(file), start, end) if self.in_project(file) else "++"
                sign = text[:2] if one.kind == Kind.UNARY_OPERATOR else self.operator_between(one)
                if one.kind == Kind.UNARY_OPERATOR and sign not in ("++", "--"):
                    sign = text[-2:]
                if sign in ("++", "--") or sign is None or sign.endswith("=") and sign not in ("==", "!=", "<=", ">="):
                    target = one.children[0]
                    while target.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR) and target.children:
                        target = target.children[0]
                    found.add(target.cursor.spelling or "()")
            elif one.kind == Kind.CALL_EXPR:
                called = one.cursor.referenced
                if called is None:
                    found.add("()")
                elif called.kind == Kind.CONSTRUCTOR or called.kind == Kind.CONVERSION_FUNCTION \
                        or called.kind == Kind.CXX_METHOD and called.is_const_method():
                    continue
                elif self.is_std(called) and (called.kind != Kind.CXX_METHOD or called.spelling in (
                        "operator[]", "at", "front", "back", "operator*", "operator->", "load")):
                    continue
                else:
                    found.add("()")
        return found

    @staticmethod
    def parenthesised(node):
        while node.parent is not None and node.parent.kind == Kind.UNEXPOSED_EXPR:
            node = node.parent
        return node.parent is not None and node.parent.kind == Kind.PAREN_EXPR

    @staticmethod
    def tokens_in(text):
        """Whether there is more than space and comments."""
        return next(Source(text.encode("latin-1")).tokens(0), None) is not None

    def first_start(self, path, offset):
        token = self.source(path).token(offset)
        return token.start if token else offset

    def expression(self, node):
        """(path, start, end) of any expression, as written."""
        file, start, end = node.span
        path = self.path(file)
        if path is None or not self.project.contains(path) or start >= end:
            raise Refused("a macro's body uses it")
        return path, start, end

    def operator_between(self, node):
        """The operator of a binary expression, from the text between its operands."""
        left, right = node.children[0], node.children[-1]
        file, _, end = left.span
        path = self.path(file)
        if path is None or not self.project.contains(path):
            return None
        token = self.source(path).token(end)
        return token.text if token and token.start < right.span[1] else None

    def dependent_unary(self, entity, node, shown):
        file, start, end = node.span
        path = self.path(file)
        token = self.source(path).token(start)
        if token.text in ("++", "--"):
            self.rewrite_operator(entity, node, shown, token.text, token.start, token.end, None)
        elif (last := self.source(path).token(shown.span[2])) and last.text in ("++", "--"):
            self.rewrite_operator(entity, node, shown, last.text, last.start, last.end, None)
        else:
            self.load(entity, shown)

    def load(self, entity, shown):
        if entity.family == "ours":
            raise Refused("converted")
        path, start, end, edits, connector = self.receiver(self.in_text(shown))
        self.use(entity, shown, "load", ("",), [*edits, insertion(path, end, f"{connector}Load()", start)])

    def dependent_binary(self, entity, node, current, shown):
        """In a template: an operand's type is not known, so neither is the operator's."""
        if entity.family == "ours":
            raise Refused("an operator")
        path, start, end = self.written(self.in_text(shown))
        left = current.index == 0
        token = self.source(path).token(end) if left else None
        if left and token is not None and (token.text == "=" or token.text in COMPOUND):
            self.rewrite_operator(entity, node, shown, token.text, token.start, token.end, node.children[-1])
            return
        self.load(entity, shown)

    def function(self, entity, call, shown, name):
        """std::atomic_load(&x) and the others: methods of x."""
        if entity.family == "ours":
            raise Refused("a function of std")
        short = name[len("atomic_") :]
        explicit = short.endswith("_explicit")
        short = short[: -len("_explicit")] if explicit else short
        if short not in words.FUNCTIONS:
            raise Refused(f"{name}() has no counterpart")
        method = words.FUNCTIONS[short]
        operation, ours, first = words.METHODS[method]
        path, call_start, call_end = self.written(call)
        callee = call.children[0].span
        if not re.search(rf"\b{name}$", self.text(path, callee[1], callee[2])):
            raise Refused("a macro's body uses it")
        shown = self.in_text(shown)
        written = self.written(shown)
        if shown.kind == Kind.UNARY_OPERATOR:
            inner = shown.children[0]
            while inner.kind == Kind.UNEXPOSED_EXPR:
                inner = inner.children[0]
            _, start, end, edits, connector = self.receiver(inner)
            edits = [*edits, replacement(path, call_start, start, "")]
        else:
            _, start, end = written
            connector = "->"
            edits = [replacement(path, call_start, start, "")]
            if not self.is_postfix(shown):
                edits += [prefix(path, start, "(", end), insertion(path, end, ")", start)]
        arguments = self.arguments(call)[1:]
        rest = arguments[0].span[1] if arguments else call_end - 1
        orders = self.flag_orders(method, arguments) or self.orders(arguments, operation)
        if operation in ("cas_weak", "cas_strong"):
            expected = arguments[0]
            while expected.kind == Kind.UNEXPOSED_EXPR:
                expected = expected.children[0]
            _, e_start, e_end = self.expression(expected)
            if self.text(path, e_start, e_end).startswith("&"):
                edits.append(replacement(path, e_start, self.first_start(path, e_start + 1), ""))
                if operation == "cas_strong" and self.dead(expected.children[0], call):
                    ours = "CompareAndSwap"
            elif self.is_postfix(expected):
                edits.append(prefix(path, e_start, "*", e_end))
            else:
                edits += [prefix(path, e_start, "*(", e_end), insertion(path, e_end, ")", e_start)]
        ours = self.of_class(entity, ours, call)
        between = f"{connector}{ours}({first}{', ' if first and arguments else ''}"
        edits.append(replacement(path, written[2], rest, between))
        self.use(entity, call, operation, orders, edits, "unused" if self.unused(call) else "used")

    # ---- Whether values are used -------------------------------------------------

    def unused(self, node):
        """Whether nothing uses the value of this expression. In doubt it is used."""
        while True:
            parent = node.parent
            if parent is None:
                return False
            kind = parent.kind
            if kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR):
                node = parent
            elif kind == Kind.COMPOUND_STMT:
                around = parent.parent
                return not (around is not None and around.kind == Kind.StmtExpr and parent.children[-1] is node)
            elif kind in (Kind.LABEL_STMT, Kind.DEFAULT_STMT):
                return True
            elif kind == Kind.CASE_STMT:
                return node.index > 0
            elif kind == Kind.CSTYLE_CAST_EXPR:
                return parent.type == "void"
            elif kind == Kind.DO_STMT:
                return node.index == 0
            elif kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT, Kind.CXX_FOR_RANGE_STMT, Kind.SWITCH_STMT):
                return self.behind_header(parent, node)
            elif kind == Kind.BINARY_OPERATOR and self.operator_between(parent) == ",":
                if node.index == 0:
                    return True
                node = parent
            else:
                return False

    def behind_header(self, statement, node):
        """Whether `node` is the body of the statement, or what a for does after each turn."""
        file, start, _ = statement.span
        path = self.path(file)
        if path is None or not self.project.contains(path):
            return False
        source = self.source(path)
        index = source.at(start)
        tokens = source.all_tokens
        if index is None or tokens[index].text not in ("if", "while", "for", "switch"):
            # A macro's body has the header.
            if statement.kind in (Kind.FOR_STMT, Kind.CXX_FOR_RANGE_STMT):
                return node is statement.children[-1]
            return len(statement.children) == 2 and node.index == 1
        while index < len(tokens) and tokens[index].text != "(":
            index += 1
        closing = source.closing(index)
        if closing is None:
            return False
        begin = node.span[1]
        if begin >= tokens[closing].end:
            return True
        if statement.kind != Kind.FOR_STMT:
            return False
        depth, semicolons = 0, []
        for i in range(index, closing):
            text = tokens[i].text
            depth += (text in "([{") - (text in ")]}")
            if text == ";" and depth == 1:
                semicolons.append(tokens[i].start)
        return len(semicolons) == 2 and (begin > semicolons[1] or begin < semicolons[0])

    def dead(self, expected, call):
        """Whether `expected` of a compare-and-exchange is a local variable that nothing reads
        afterwards. In doubt it is read."""
        while expected.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR) and expected.children:
            expected = expected.children[0]
        if expected.kind != Kind.DECL_REF_EXPR:
            return False
        variable = expected.cursor.referenced
        if variable is None or variable.kind not in (Kind.VAR_DECL, Kind.PARM_DECL):
            return False
        if variable.storage_class.name == "STATIC" or variable.semantic_parent.kind not in FUNCTIONS:
            return False
        if variable.type.get_canonical().kind in (TypeKind.LVALUEREFERENCE, TypeKind.RVALUEREFERENCE):
            return False
        function = call.up(*FUNCTIONS, Kind.LAMBDA_EXPR)
        if function is None or function.kind == Kind.LAMBDA_EXPR:
            return False
        declared, references, jumps = None, [], False
        stack = [function]
        while stack:
            node = stack.pop()
            if node.kind in (Kind.VAR_DECL, Kind.PARM_DECL) and node.cursor == variable:
                declared = node
            elif node.kind in (Kind.DECL_REF_EXPR, Kind.VARIABLE_REF) and node.cursor.referenced == variable:
                references.append(node)
            elif node.kind in (Kind.GOTO_STMT, Kind.INDIRECT_GOTO_STMT):
                jumps = True
            stack += node.children
        if declared is None or jumps:
            return False
        loop = call.up(*LOOPS)
        if loop is not None and not self.is_inside(declared, loop):
            return False
        for node in references:
            if node.cursor.data[1] == expected.cursor.data[1]:
                continue
            if node.up(*FUNCTIONS, Kind.LAMBDA_EXPR).kind == Kind.LAMBDA_EXPR or node.span[1] > call.span[1]:
                return False
            parent = node.parent
            read = parent.kind == Kind.UNEXPOSED_EXPR and parent.type == node.type
            written = parent.kind == Kind.BINARY_OPERATOR and node.index == 0 \
                and self.operator_between(parent) == "="
            if not read and not written:
                return False
        return True

    @staticmethod
    def is_inside(node, around):
        while node is not None:
            if node is around:
                return True
            node = node.parent
        return False


def qualified(cursor):
    """The name with its classes and namespaces."""
    names = []
    while cursor is not None and cursor.kind != Kind.TRANSLATION_UNIT:
        if cursor.spelling and cursor.kind not in (Kind.LINKAGE_SPEC,) and "(anonymous" not in cursor.spelling:
            names.append(cursor.spelling)
        cursor = cursor.semantic_parent
    return "::".join(reversed(names))
