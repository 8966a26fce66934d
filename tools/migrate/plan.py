# SPDX-License-Identifier: Apache-2.0

"""From what all units say: groups of declarations that change together, and what is refused."""

import collections
import dataclasses
import functools
import os
import re

import words
from facts import CLASS, Edit, source_on_disk

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*[<"]([^">\n]+)', re.MULTILINE)


@dataclasses.dataclass
class Group:
    """Declarations that change together, or not at all."""

    name: str = ""
    entities: list = dataclasses.field(default_factory=list)
    uses: list = dataclasses.field(default_factory=list)
    edits: list = dataclasses.field(default_factory=list)  # with the class's name in place
    reasons: list = dataclasses.field(default_factory=list)  # (place, why)
    notes: list = dataclasses.field(default_factory=list)
    kind: str = ""
    mentions: set = dataclasses.field(default_factory=set)  # files that name its type

    @property
    def place(self):
        return self.main.place

    @property
    def main(self):
        order = {"member": 0, "variable": 1, "type": 2, "result": 3, "parameter": 4, "expression": 5}
        named = [entity for entity in self.entities if entity.name] or self.entities
        named = [entity for entity in named if entity.edits] or named
        return min(named, key=lambda entity: (order[entity.what], entity.place))

    @property
    def files(self):
        return sorted({edit.file for edit in self.edits})


class Sets:
    """Disjoint sets."""

    def __init__(self):
        self.parents = {}

    def find(self, item):
        path = []
        while self.parents.get(item, item) != item:
            path.append(item)
            item = self.parents[item]
        for passed in path:
            self.parents[passed] = item
        return item

    def join(self, a, b):
        self.parents[self.find(a)] = self.find(b)


def unique_edits(edits):
    found = {}
    for edit in edits:
        found[edit.file, edit.start, edit.end, edit.text, edit.rank] = edit
    return [found[key] for key in sorted(found)]


def merged_entities(all_facts):
    """Key -> one entity, of what each unit says of it."""
    result = {}
    for facts in all_facts:
        for key, entity in facts.entities.items():
            known = result.get(key)
            if known is None:
                result[key] = dataclasses.replace(entity, edits=list(entity.edits), reasons=list(entity.reasons),
                                                  usrs=set(entity.usrs))
                continue
            known.edits = unique_edits(known.edits + entity.edits)
            known.reasons += [reason for reason in entity.reasons if reason not in known.reasons]
            known.usrs |= entity.usrs
            known.declared = known.declared or entity.declared
            known.zeroed = known.zeroed or entity.zeroed
            if entity.kind and known.kind and (entity.kind, entity.size) != (known.kind, known.size):
                known.reasons.append((known.place, f"the units disagree on its type: {known.value}, {entity.value}"))
            known.kind, known.value = known.kind or entity.kind, known.value or entity.value
    return result


class Plan:
    def __init__(self, all_facts, project, namespace, available=lambda header: True, paths=()):
        self.project = project
        self.namespace = namespace
        self.facts = all_facts
        self.entities = merged_entities(all_facts)
        self.uses = self.merged_uses()
        self.groups = self.grouped()
        self.refuse_unseen()
        for group in self.groups:
            self.finish(group, available)
        self.refuse_overlaps()
        inside = [os.path.realpath(path) for path in paths]
        if inside:
            self.groups = [group for group in self.groups if any(
                project.is_below(entity.key[0], path) for entity in group.entities for path in inside)]
        self.groups.sort(key=lambda group: group.place)
        self.name_groups()

    def merged_uses(self):
        """One use for each place and operation; where units disagree, its entity is refused."""
        found = {}
        for facts in self.facts:
            for use in facts.uses:
                found.setdefault((use.key, use.span, use.operation), []).append(use)
        result = []
        for (key, _, _), same in sorted(found.items(), key=lambda item: repr(item[0])):
            edits = {tuple((e.file, e.start, e.end, e.text) for e in unique_edits(use.edits)) for use in same}
            if len(edits) > 1:
                self.entities[key].reasons.append((same[0].place, "the units disagree on what this would become"))
            result.append(same[0])
        return result

    def grouped(self):
        sets = Sets()
        for facts in self.facts:
            for a, b in sorted(facts.links, key=repr):
                sets.join(a, b)
        # Declarators of one declaration share its type: `std::atomic<int> a, b;`
        by_mention = {}
        for key in sorted(self.entities):
            for edit in self.entities[key].edits:
                if edit.text.startswith(CLASS + "type:"):
                    other = by_mention.setdefault((edit.file, edit.start), key)
                    sets.join(key, other)
        groups = collections.defaultdict(Group)
        for key in sorted(self.entities):
            groups[sets.find(key)].entities.append(self.entities[key])
        for use in self.uses:
            groups[sets.find(use.key)].uses.append(use)
        return [group for group in groups.values()
                if any(entity.family != "ours" for entity in group.entities)
                and any(entity.edits or entity.reasons for entity in group.entities)
                and self.in_sight(group)]

    def in_sight(self, group):
        """Whether there is something to say of it: others' files are not spoken of."""
        return any(entity.editable for entity in group.entities)

    def finish(self, group, available):
        """Decides the class, and writes its name into the edits; or says what is refused."""
        for entity in group.entities:
            group.reasons += entity.reasons
            if not entity.declared and not entity.reasons:
                group.reasons.append((entity.place, "a template's argument decides the type of"
                                      f" {entity.what} {entity.name}"))
        kinds = sorted({(entity.kind, entity.size) for entity in group.entities if entity.kind})
        names = sorted({kind for kind, _ in kinds})
        edits = [edit for entity in group.entities for edit in entity.edits]
        arguments = {argument_of(edit) for edit in edits if argument_of(edit) is not None}
        if any(re.search(r"\buintptr_t\b", argument) for argument in arguments) and names and \
                set(names) <= {"Uint64", "Uint32"}:
            names = ["Uintptr"]
        if len(names) > 1:
            group.reasons.append((group.place, f"what is linked has several types: {', '.join(names)}"))
        elif not names and not group.reasons:
            group.reasons.append((group.place, "its value's type was not found"))
        elif names:
            group.kind = names[0]
            header = words.HEADERS[group.kind][0]
            if not available(header):
                group.reasons.append((group.place, f"the library has no {header}: it may be too old"))
        if not any(argument_of(edit) is not None for edit in edits) and not group.reasons:
            group.reasons.append((group.place, "the place that names its type was not found"))
        for use in group.uses:
            edits += use.edits
        group.reasons = sorted(set(group.reasons))
        if group.reasons:
            return
        for entity in group.entities:
            if entity.zeroed:
                group.notes.append((entity.place, f"{entity.name} has no initialiser here: if no constructor sets it,"
                                    " its value was undefined before C++20, and is zero now"))
        value = next((entity.value for entity in group.entities if entity.value), "")
        written = next((argument for argument in sorted(arguments) if argument), value)
        self.check_nested(group, [edit.file for edit in edits if argument_of(edit) is not None])
        if group.reasons:
            return
        for edit in unique_edits(edits):
            argument = argument_of(edit)
            if argument is not None:
                group.mentions.add(edit.file)
                text = self.class_name(group.kind, argument, value)
            else:
                text = edit.text.replace(f"{CLASS}class{CLASS}", self.class_name(group.kind, "", value))
                text = text.replace(f"{CLASS}value{CLASS}", written)
            group.edits.append(Edit(edit.file, edit.start, edit.end, text, edit.rank))

    def check_nested(self, group, files):
        """A file that is included inside of a namespace cannot include our header, unless that has
        been included before."""
        header = words.HEADERS[group.kind][0]
        for facts in self.facts:
            for path in sorted(set(files) & facts.nested.keys()):
                reason = (facts.nested[path], f"a namespace includes {self.project.relative(path)} here, which would"
                          f" include our header: include {header} in front of the namespace")
                if header not in facts.ours and reason not in group.reasons:
                    group.reasons.append(reason)

    def refuse_overlaps(self):
        """Groups whose edits overlap, with each other's or their own."""
        by_file = {}
        for group in self.groups:
            if not group.reasons:
                for edit in group.edits:
                    by_file.setdefault(edit.file, []).append((edit, group))
        for path, edits in sorted(by_file.items()):
            last = None
            for edit, group in sorted(edits, key=lambda item: item[0].sorting):
                if last is not None and edit.start < last[0].end and edit != last[0]:
                    place = (path, *source_on_disk(path).line_column(edit.start))
                    for each in (group, last[1]):
                        each.reasons.append((place, "two changes would overlap here"))
                if last is None or edit.end > last[0].end:
                    last = edit, group

    def class_name(self, kind, argument, value):
        name = f"{self.namespace}::{kind}"
        if kind == "Pointer":
            argument = argument or value
            pointee = re.fullmatch(r"(.*?)\s*\*", argument, re.DOTALL)
            return f"{name}<{pointee[1] if pointee else f'std::remove_pointer_t<{argument}>'}>"
        if kind in ("Enum", "Word"):
            return f"{name}<{argument or value}>"
        return name

    # ---- What no unit compiles ---------------------------------------------------

    def refuse_unseen(self):
        inactive = self.inactive_names()
        from_c = {path for facts in self.facts if facts.unit.is_c for path in facts.files}
        seen = {path for facts in self.facts for path in facts.files}
        main_files = {facts.unit.file for facts in self.facts}
        unseen = self.unseen_files(seen, main_files)
        dependent = {}
        for facts in self.facts:
            for name, place in facts.dependent.items():
                dependent.setdefault(name, place)
        old = {path: facts.unit for facts in self.facts if facts.unit.old_standard for path in facts.files}
        for group in self.groups:
            for path in sorted({entity.key[0] for entity in group.entities} & old.keys()):
                group.reasons.append(((old[path].file, 1, 1), f"this unit is compiled as {old[path].old_standard},"
                                      " and the library needs C++17"))
            for entity in group.entities:
                path, _ = entity.key
                if path in from_c:
                    entity.reasons.append((entity.place, "C includes its header"))
                if not entity.name or entity.what == "expression":
                    continue
                for other, offset in inactive.get(entity.name, ()):
                    if self.may_mean(entity, other, offset):
                        place = (other, *source_on_disk(other).line_column(offset))
                        entity.reasons.append((place, f"an inactive #if branch mentions {entity.name}"))
                        break
                if entity.scope or path in main_files:
                    continue
                for other, source, included in unseen:
                    offset = next((offset for offset in source.names.get(entity.name, ())
                                   if self.may_mean(entity, other, offset)), None)
                    if offset is not None and os.path.basename(path) in included:
                        place = (other, *source.line_column(offset))
                        entity.reasons.append((place, f"no unit compiles this file, which mentions {entity.name}"))
                        break
                if entity.what == "member" and entity.name in dependent:
                    group.notes.append((dependent[entity.name], "a template uses a member of this name"
                                        f" ({entity.name}), of a type that its argument decides"))

    @staticmethod
    def may_mean(entity, path, offset):
        """Whether a name in code that no unit compiles may be this entity."""
        if entity.scope:
            return path == entity.key[0] and entity.scope[0] <= offset < entity.scope[1]
        if entity.what != "member" or path == entity.key[0]:
            return True
        source = source_on_disk(path)
        before = source.all_tokens[source.before(offset)].text if source.before(offset) >= 0 else ""
        # Without an object only in members of its class, or of one derived from it.
        return before in (".", "->", "::") or entity.shown.split("::")[-2] in source.names

    def unseen_files(self, seen, main_files):
        """The files that no unit reads, and that include a header with a declaration, perhaps by way
        of others: [(path, source, names of the headers)]."""
        headers = {os.path.basename(path) for path, _ in self.entities} - {
            os.path.basename(path) for path in main_files}
        if not headers:
            return []
        unseen = list(self.project.unseen(seen))
        included = collections.defaultdict(set)  # a file's name -> those that it includes
        for path in [*seen, *unseen]:
            included[os.path.basename(path)] |= included_by(path)
        result = []
        for path in unseen:
            found, new = set(), included_by(path)
            while new:
                found |= new
                new = set().union(*(included.get(name, ()) for name in new)) - found
            if found & headers:
                result.append((path, source_on_disk(path), found))
        return result

    def inactive_names(self):
        """Name -> [(file, offset)] of what is active in no unit that reads the file."""
        ranges = {}
        cpp = {path for facts in self.facts if not facts.unit.is_c for path in facts.files}
        for facts in self.facts:
            for path, skipped in facts.files.items():
                active = set()
                for start, end in skipped:
                    active.add((start, end))
                ranges.setdefault(path, []).append(active)
        names = {}
        for path, of_units in ranges.items():
            if not all(of_units) or path not in cpp:
                continue  # a unit that skips nothing; what only C reads
            for start, end in sorted(set().union(*of_units)):
                for token in source_on_disk(path).tokens(start, end):
                    if token.kind == "name" and all(any(a <= token.start < b for a, b in unit) for unit in of_units):
                        names.setdefault(token.text, []).append((path, token.start))
        return names

    def name_groups(self):
        taken = collections.Counter()
        for group in self.groups:
            name = group.main.shown
            taken[name] += 1
            group.name = name if taken[name] == 1 else f"{name}#{taken[name]}"


@functools.lru_cache(None)
def included_by(path):
    """The names, without folders, of the files that a file includes."""
    try:
        with open(path, "rb") as file:
            return frozenset(os.path.basename(match[1].decode("latin-1")) for match in INCLUDE.finditer(file.read()))
    except OSError:
        return frozenset()


def argument_of(edit):
    """The template's argument in an edit that names the type; None for other edits."""
    if edit.text.startswith(CLASS + "type:"):
        return edit.text[len(CLASS + "type:") : -1]
    return None
