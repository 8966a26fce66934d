# SPDX-License-Identifier: Apache-2.0

"""What is done to an atomic: methods, operators, conversions, std::atomic_load and the others; and
what each becomes."""

import re

import clang_access
import words
from clang_access import Kind
from evaluation import Evaluation
from facts import FUNCTIONS, LITERALS, Refused, insertion, prefix, qualified, replacement, shape
from source import Source

POSTFIX = {Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR, Kind.ARRAY_SUBSCRIPT_EXPR, Kind.PAREN_EXPR,
           Kind.CXX_THIS_EXPR}
COMPOUND = {"+=": ("add", "Add"), "-=": ("sub", "Sub"), "&=": ("and", "And"), "|=": ("or", "Or"),
            "^=": ("xor", "Xor")}


class Operations(Evaluation):
    """A part of Analysis."""

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
