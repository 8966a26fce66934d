# SPDX-License-Identifier: Apache-2.0

"""Finds values that threads share as wholes: std::atomic of a shared_ptr, std::atomic_load and the
others on one, a shared_ptr below a mutex, double buffers. They are described, never changed."""

import dataclasses
import re

from clang_access import Kind, TypeKind

SHARED = re.compile(r"std::(?:\w+::)*shared_ptr<")
ATOMIC_SHARED = re.compile(r"std::(?:\w+::)*atomic<std::(?:\w+::)*shared_ptr<")
WEAK = re.compile(r"std::(?:\w+::)*weak_ptr<(.*)>$")
LOCK = re.compile(r"\b(lock_guard|unique_lock|scoped_lock|shared_lock|MutexLock|ReaderMutexLock|WriterMutexLock)\b")
FUNCTION = re.compile(r"atomic_(load|store|exchange|compare_exchange_weak|compare_exchange_strong)(_explicit)?$")
BODIES = (Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.FUNCTION_TEMPLATE, Kind.CONSTRUCTOR, Kind.DESTRUCTOR,
          Kind.LAMBDA_EXPR)

SHAPES = {
    "atomic": "a std::atomic<std::shared_ptr>",
    "functions": "a shared_ptr, read and written by std::atomic_load and the others",
    "mutex": "a shared_ptr that is copied while a mutex is locked",
    "buffers": "two buffers, and an atomic index that says which is valid",
}


@dataclasses.dataclass
class Cell:
    key: tuple
    place: tuple
    name: str
    kind: str  # of SHAPES
    pointee: str = ""
    is_mutable: bool = False
    destructor: bool = False
    nulls: set = dataclasses.field(default_factory=set)  # places
    weak: set = dataclasses.field(default_factory=set)
    orders: set = dataclasses.field(default_factory=set)
    reads: set = dataclasses.field(default_factory=set)
    writes: set = dataclasses.field(default_factory=set)

    @property
    def shape(self):
        return SHAPES[self.kind]

    @property
    def holds(self):
        """Whether there is enough to speak of."""
        return self.kind != "mutex" or self.reads and self.writes

    def proposal(self, has_shared_ptr):
        """What it might become. `has_shared_ptr`: whether the library has AtomicSharedPtr."""
        if self.kind == "buffers":
            return "a `ValueOf` of the buffer, if a buffer is written once and then only read"
        value = f"`ValueOf<{re.sub(r'^const ', '', self.pointee)}>`"
        if self.is_mutable or self.nulls or self.weak or self.destructor:
            later = f"{value} once what is said below is dealt with"
            return f"`AtomicSharedPtr<{self.pointee}>`, or {later}" if has_shared_ptr else later
        return value

    def described(self, where, has_shared_ptr):
        lines = []
        if self.kind == "buffers":
            lines.append("readers of the other buffer are not waited for: with `ValueOf` the old buffer lives"
                         " until its last reader is done")
        if self.is_mutable:
            lines.append(f"the pointee is no const {self.pointee}: who has it may change it, which `ValueOf` does"
                         " not allow")
        if self.nulls:
            lines.append("null is stored, which is `Clear()` of a `ValueOf`: "
                         + ", ".join(where(place) for place in sorted(self.nulls)))
        weak = {order for order in self.orders if order and "seq_cst" not in order}
        if weak:
            lines.append(f"orders are named ({', '.join(sorted(weak))}), which the calls of `ValueOf` do not take"
                         + (", and those of `AtomicSharedPtr` do" if has_shared_ptr else ""))
        if self.weak:
            lines.append(f"there is a weak_ptr to {self.pointee}, which would expire later: "
                         + ", ".join(where(place) for place in sorted(self.weak)))
        if self.destructor:
            lines.append(f"the destructor of {self.pointee} does something, and would do it later, perhaps on another"
                         " thread")
        if self.kind == "mutex":
            lines.append("what else the mutex protects stays with it")
        return lines

    def merge(self, other):
        for name in ("nulls", "weak", "orders", "reads", "writes"):
            getattr(self, name).update(getattr(other, name))
        self.is_mutable = self.is_mutable or other.is_mutable
        self.destructor = self.destructor or other.destructor


class Finder:
    """Looks at each node of one unit."""

    def __init__(self, analysis):
        self.analysis = analysis
        self.weak = {}  # pointee -> places
        self.cells = {}

    def visit(self, node):
        kind = node.kind
        if kind in (Kind.VAR_DECL, Kind.FIELD_DECL, Kind.PARM_DECL):
            spelling = node.type
            if match := WEAK.search(spelling.removeprefix("const ")):
                self.weak.setdefault(match[1], set()).add(self.analysis.node_place(node))
            if ATOMIC_SHARED.match(spelling):
                cell = self.cell(node.cursor, "atomic", node.cursor.type.get_canonical().get_template_argument_type(0))
                if cell:
                    cell.reads.add(cell.place)
        elif kind == Kind.CALL_EXPR:
            self.call(node)
        elif kind == Kind.MEMBER_REF_EXPR:
            self.member(node)
        elif kind == Kind.ARRAY_SUBSCRIPT_EXPR:
            self.subscript(node)

    def done(self):
        for cell in self.cells.values():
            for pointee, places in self.weak.items():
                if pointee.removeprefix("const ") == cell.pointee.removeprefix("const "):
                    cell.weak |= places
        return {key: cell for key, cell in self.cells.items()}

    def cell(self, cursor, kind, pointer):
        """The cell of a declaration; `pointer`: its shared_ptr type."""
        file, offset = self.analysis.declared_at(cursor)
        if file is None or not self.analysis.project.editable(file):
            return None
        cell = self.cells.get((file, offset))
        if cell is None:
            cell = Cell((file, offset), self.analysis.place(file, offset), self.analysis.qualified(cursor), kind)
            self.cells[cell.key] = cell
        cell.kind = kind if cell.kind == "mutex" else cell.kind
        if pointer is not None:
            pointee = pointer.get_canonical().get_template_argument_type(0).get_canonical()
            cell.pointee = pointee.spelling
            cell.is_mutable = not pointee.is_const_qualified()
            cell.destructor = any(child.kind == Kind.DESTRUCTOR and not child.is_default_method()
                                  for child in pointee.get_declaration().get_children())
        return cell

    @staticmethod
    def skip_casts(node):
        while node.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR) and len(node.children) == 1:
            node = node.children[0]
        return node

    def call(self, node):
        name = node.cursor.spelling
        match = FUNCTION.match(name)
        if match and len(node.children) > 1:
            target = self.skip_casts(node.children[1])
            kind = node.children[1].cursor.type.get_canonical()
            if kind.kind != TypeKind.POINTER or not SHARED.match(kind.get_pointee().spelling.removeprefix("const ")):
                return
            if target.kind == Kind.UNARY_OPERATOR:
                target = self.skip_casts(target.children[0])
            declared = target.cursor.referenced
            if declared is None or declared.kind not in (Kind.VAR_DECL, Kind.FIELD_DECL):
                return
            cell = self.cell(declared, "functions", kind.get_pointee())
            if cell is None:
                return
            place = self.analysis.node_place(node)
            (cell.reads if match[1] == "load" else cell.writes).add(place)
            if match[2]:
                cell.orders |= {self.analysis.text_of(child) for child in node.children[2:]
                                if "memory_order" in child.type}
            if match[1] != "load" and len(node.children) > 2 and self.is_null(node.children[2]):
                cell.nulls.add(place)
        elif name in ("store", "exchange", "operator=", "load") and node.children:
            self.method(node, name)

    def method(self, node, name):
        """cell.store(p) of a std::atomic<std::shared_ptr>; p = q of a shared_ptr below a mutex."""
        first = self.skip_casts(node.children[0])
        if first.kind == Kind.MEMBER_REF_EXPR and name != "operator=" and first.children:
            first = self.skip_casts(first.children[0])
        declared = first.cursor.referenced
        if declared is None or declared.kind not in (Kind.VAR_DECL, Kind.FIELD_DECL):
            return
        spelling = declared.type.get_canonical().spelling
        place = self.analysis.node_place(node)
        if ATOMIC_SHARED.match(spelling):
            cell = self.cell(declared, "atomic", None)
            if cell is None:
                return
            (cell.reads if name == "load" else cell.writes).add(place)
            cell.orders |= {self.analysis.text_of(child) for child in node.children[1:]
                            if "memory_order" in child.type and child.span[0]}
            stored = -1 if name == "operator=" else 1
            if name != "load" and len(node.children) > 1 and self.is_null(node.children[stored]):
                cell.nulls.add(place)
        elif name == "operator=" and SHARED.match(spelling) and self.locked(node):
            cell = self.cell(declared, "mutex", declared.type)
            if cell is not None:
                cell.writes.add(place)
                if self.is_null(node.children[-1]):
                    cell.nulls.add(place)

    def is_null(self, node):
        stack = [node]
        while stack:
            one = stack.pop()
            if one.kind == Kind.CXX_NULL_PTR_LITERAL_EXPR:
                return True
            if one.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR) or one.kind == Kind.CALL_EXPR \
                    and one.cursor.spelling == "shared_ptr":
                stack += one.children
                if one.kind == Kind.CALL_EXPR and not any(child.kind.is_expression() for child in one.children):
                    return True
        return False

    def locked(self, node):
        """Whether a lock is held here: one that a statement before has declared."""
        current = node
        while current.parent is not None and current.kind not in BODIES:
            parent = current.parent
            if parent.kind == Kind.COMPOUND_STMT:
                for sibling in parent.children[: current.index]:
                    if sibling.kind == Kind.DECL_STMT and any(
                            child.kind == Kind.VAR_DECL and LOCK.search(child.type) for child in sibling.children):
                        return True
            current = parent
        return False

    def member(self, node):
        """return p_; or auto p = p_; below a lock."""
        declared = node.cursor.referenced
        if declared is None or declared.kind != Kind.FIELD_DECL or not SHARED.match(node.type.removeprefix("const ")):
            return
        around = node.parent
        while around is not None and (around.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR) or
                                      around.kind == Kind.CALL_EXPR and around.cursor.spelling == "shared_ptr"):
            around = around.parent
        copied = around is not None and (
            around.kind == Kind.RETURN_STMT
            or around.kind == Kind.VAR_DECL and SHARED.match(around.type.removeprefix("const "))
            or around.kind == Kind.CALL_EXPR and around.cursor.spelling == "operator="
            and self.skip_casts(around.children[0]).cursor != node.cursor)
        if copied and self.locked(node):
            cell = self.cell(declared, "mutex", declared.type)
            if cell is not None:
                cell.reads.add(self.analysis.node_place(node))

    def subscript(self, node):
        """buffers_[current_.load()], of two buffers."""
        base = self.skip_casts(node.children[0])
        declared = base.cursor.referenced
        if declared is None or declared.kind not in (Kind.FIELD_DECL, Kind.VAR_DECL):
            return
        kind = declared.type.get_canonical()
        if kind.kind != TypeKind.CONSTANTARRAY or kind.element_count != 2 or "atomic" in kind.spelling:
            return
        stack = [node.children[-1]]
        while stack:
            one = stack.pop()
            if one.kind in (Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR) and "std::atomic<" in one.type:
                cell = self.cell(declared, "buffers", None)
                if cell is not None:
                    cell.reads.add(self.analysis.node_place(node))
                return
            stack += one.children
