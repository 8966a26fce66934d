# SPDX-License-Identifier: Apache-2.0

"""What one unit says of atomics: declarations, their uses, and what each use would become.

A declaration (Entity) is known by where its name stands. A use is found from the reference
to a declaration upwards: through parentheses, &, * and subscripts, to the operation. What
the reference meets instead (another declaration that it initialises, a call that it is passed
to) links two declarations, or is a reason to refuse.
"""

import re

import cells
import clang_access
from clang_access import Kind, Node, TypeKind, file_place, real
from declarations import Declarations
from facts import (ALIASES, ARRAYS, CLASS, DECLARATIONS, FUNCTIONS, RECORDS, Facts, Refused, qualified, shape,
                   source_on_disk)
from operations import Operations
from source import Source


class Analysis(Declarations, Operations):
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
        if kind == Kind.CXX_NEW_EXPR and level and shape(parent.cursor.type):
            self.link(entity.key, self.join(parent))
            return
        if kind in (Kind.CXX_DELETE_EXPR,) or self.unused(current):
            return
        if level and (kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT, Kind.DO_STMT)
                      or kind == Kind.CONDITIONAL_OPERATOR and current.index == 0):
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
