# SPDX-License-Identifier: Apache-2.0

"""Declarations with an atomic in their type, the places that name the type, and initialisers."""

import words
from clang_access import Kind, TypeKind, file_place
from facts import (ALIASES, ARRAYS, CLASS, DECLARATIONS, FUNCTIONS, LITERALS, Entity, Refused, Use, atomic_in,
                   insertion, is_reference, prefix, qualified, replacement, shape, strip_qualifiers)


class Declarations:
    """A part of Analysis."""

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
        goes_to = self.goes_to(node) if operation == "load" else ""
        self.facts.uses.append(Use(entity.key, place, (path, start, end), operation, tuple(orders),
                                   tuple(edits), note, goes_to))

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
            if around.kind == Kind.CXX_NEW_EXPR:
                self.placed(entity, around)
            self.climb(around, entity, entity.level)
        elif around.kind == Kind.CXX_UNARY_EXPR:
            self.sizes.append(entity)
        else:
            self.refuse(entity, entity.place, "its type is named in an expression"
                        f" ({around.kind.name.lower()})")
        return entity

    def placed(self, entity, new):
        """An atomic that is constructed in given memory goes with what is known to be there."""
        path = self.path(new.span[0])
        tokens = self.source(path).tokens(new.span[1])
        first = next(tokens, None)
        while first is not None and first.text == "::":
            first = next(tokens, None)
        bracket, inside = next(tokens, None), next(tokens, None)
        if bracket is None or bracket.text != "(":
            return
        if inside is not None and inside.text == "std" and [next(tokens).text, next(tokens).text][1] == "nothrow":
            return
        for child in new.children:
            while child.kind == Kind.UNEXPOSED_EXPR and len(child.children) == 1 and not shape(child.cursor.type):
                child = child.children[0]
            found = shape(child.cursor.type) if child.kind.is_expression() else None
            if found and found[1]:
                self.link(entity.key, self.join(new))
                return
        self.refuse(entity, entity.place, "it is constructed in memory of which the tool does not know what it is")

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
