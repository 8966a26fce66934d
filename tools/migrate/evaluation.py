# SPDX-License-Identifier: Apache-2.0

"""What an expression's place says: whether its value is used, what is evaluated first, and
whether a variable is read afterwards. In doubt the answer is the one that refuses more."""

import re

from clang_access import Kind, TypeKind
from facts import ARRAYS, DECLARATIONS, FUNCTIONS, Refused, qualified, shape, strip_qualifiers

LOOPS = {Kind.FOR_STMT, Kind.WHILE_STMT, Kind.DO_STMT, Kind.CXX_FOR_RANGE_STMT}


class Evaluation:
    """A part of Analysis."""

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

    def goes_to(self, node):
        """The function that a loaded value is passed to, as text; empty if it is not passed on. A
        conversion may have chosen another overload than a Load() would."""
        while node.parent is not None:
            parent = node.parent
            if parent.kind == Kind.CALL_EXPR:
                found = parent.cursor.referenced
                if found is None:
                    return ""
                if found.kind not in (Kind.CONVERSION_FUNCTION, Kind.CONSTRUCTOR) or \
                        found.kind == Kind.CONSTRUCTOR and parent.type != strip_qualifiers(node.type):
                    return self.signature(found) if node.index or found.kind == Kind.CONSTRUCTOR else ""
            elif parent.kind not in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR, Kind.MEMBER_REF_EXPR):
                return ""
            node = parent
        return ""

    @staticmethod
    def signature(function):
        """A function's name and parameters, with those left out that have an atomic in them. Empty for
        atomics' own methods, and GoogleTest's functions, which take an atomic by reference."""
        name = qualified(function)
        if re.match(r"testing::|sync_atomic::|std::(\w+::)*(__)?atomic", name):
            return ""
        types = [argument.type for argument in function.get_arguments()]
        return f"{name}({', '.join('...' if shape(kind) else kind.get_canonical().spelling for kind in types)})"

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

    def operator_between(self, node):
        """The operator of a binary expression, from the text between its operands."""
        left, right = node.children[0], node.children[-1]
        file, _, end = left.span
        path = self.path(file)
        if path is None or not self.project.contains(path):
            return None
        token = self.source(path).token(end)
        return token.text if token and token.start < right.span[1] else None
