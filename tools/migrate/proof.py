# SPDX-License-Identifier: Apache-2.0

"""That the files say the same afterwards: each unit is parsed again, and its accesses counted."""

import collections
import difflib

from analysis import Analysis
from facts import source_on_disk


def accesses(facts):
    """File -> [(name, what, {(operation, orders, where to): how many})] of its declarations, in their order."""
    counts = collections.defaultdict(collections.Counter)
    for use in facts.uses:
        if use.operation:
            counts[use.key][use.operation, use.orders, use.goes_to] += 1
    result = {}
    for key in sorted(facts.entities):
        entity = facts.entities[key]
        if entity.what == "expression" or entity.family == "other":
            continue
        result.setdefault(key[0], []).append((entity.name, entity.what, dict(counts[key])))
    return result


def described(counts):
    return ", ".join(f"{number} {operation} ({', '.join(order or 'default' for order in orders)})"
                     + (f" for {goes_to}" if goes_to else "")
                     for (operation, orders, goes_to), number in sorted(counts.items())) or "none"


def differences(before, after):
    """What the accesses of a unit before and after do not share: [(file, index, text)]."""
    result = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path, []), after.get(path, [])
        if [item[:2] for item in old] != [item[:2] for item in new]:
            result.append((path, None, "the declarations found are not the same: "
                           f"{[item[0] for item in old]} before, {[item[0] for item in new]} after"))
            continue
        for index, (one, other) in enumerate(zip(old, new)):
            if one[2] != other[2]:
                result.append((path, index, f"{one[0]}: accesses before: {described(one[2])};"
                               f" after: {described(other[2])}"))
    return result


def look_again(unit, project, overlay, extra, before):
    """(errors, differences) of a unit with the files of `overlay`."""
    facts = Analysis(unit, project, overlay, extra).run()
    if facts.errors:
        return facts.errors, []
    return [], differences(before, accesses(facts))


class Proof:
    """Drops groups until every unit agrees."""

    def __init__(self, project, writer, pool, extra, before, progress):
        self.project = project
        self.writer = writer
        self.pool = pool
        self.extra = extra
        self.before = before  # unit -> Facts
        self.accesses = {unit: accesses(facts) for unit, facts in before.items()}
        self.progress = progress
        self.parsed = 0

    def affected(self, contents):
        return [unit for unit, facts in self.before.items() if not unit.is_c and facts.files.keys() & contents.keys()]

    def check(self, groups):
        """(groups that hold, {id of a refused group: (place, why)})."""
        groups, refused = list(groups), {}
        good = {}  # unit -> the data with which it was fine
        while groups:
            contents = self.writer.contents(groups)
            units = []
            for unit in self.affected(contents):
                overlay = self.overlay(unit, contents)
                if good.get(unit) != overlay:
                    units.append(unit)
            results = self.look(units, [contents] * len(units), "proving")
            dropped = False
            for unit, (errors, wrong) in zip(units, results):
                if not errors and not wrong:
                    good[unit] = self.overlay(unit, contents)
                    continue
                if dropped:
                    continue  # perhaps for what another unit has rejected
                for group, reason in self.blame(unit, groups, contents, errors, wrong):
                    refused[id(group)] = reason
                    groups = [other for other in groups if other is not group]
                    dropped = True
            if not dropped:
                break
        return groups, refused

    def overlay(self, unit, contents):
        return {path: data for path, data in contents.items() if path in self.before[unit].files}

    def look(self, units, contents, what):
        jobs = [(unit, self.project, self.overlay(unit, content), self.extra, self.accesses[unit])
                for unit, content in zip(units, contents)]
        self.parsed += len(jobs)
        return self.pool.run(look_again, jobs, what, [unit.file for unit in units])

    def blame(self, unit, groups, contents, errors, wrong):
        """The groups that a unit rejects, each with the reason."""
        files = self.before[unit].files
        there = [group for group in groups if set(group.files) & files.keys()]
        first = self.suspects(there, contents, errors, wrong)
        for candidates in (first, [group for group in there if group not in first]):
            results = self.look([unit] * len(candidates),
                                [self.writer.contents([group]) for group in candidates], "finding what fails in")
            guilty = [(group, self.reason(unit, group, self.writer.contents([group]), *result))
                      for group, result in zip(candidates, results) if result[0] or result[1]]
            if guilty:
                return guilty
        return [(group, self.reason(unit, group, contents, errors, wrong, "together with others: "))
                for group in there]

    @staticmethod
    def before_change(reason, contents):
        """The reason with the line that the file has today."""
        (file, line, column), why = reason
        if line and file in contents:
            old = source_on_disk(file).text.split("\n")
            new = contents[file].decode("latin-1").split("\n")
            for tag, i, i_end, j, j_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
                if j < line <= j_end:
                    line = min(i + line - j, i_end) if tag != "insert" else i + 1
                    break
        return (file, line, column), why

    def check_compiler(self, groups, compare):
        """What check() does, and that the project's compiler takes each unit as before. Returns also
        what comparing its machine code gave. `compare`(units, contents of each) compares."""
        refused = {}
        while True:
            groups, more = self.check(groups)
            refused.update(more)
            contents = self.writer.contents(groups)
            units = self.affected(contents)
            compared = compare(units, [contents] * len(units))
            failed = [(unit, one) for unit, one in zip(units, compared) if one.refused]
            if not failed:
                return groups, refused, compared
            unit, one = failed[0]
            there = [group for group in groups if set(group.files) & self.before[unit].files.keys()]
            alone = compare([unit] * len(there), [self.writer.contents([group]) for group in there])
            guilty = [(group, result.refused) for group, result in zip(there, alone) if result.refused]
            for group, (file, line, column, text) in guilty or [(group, one.refused) for group in there]:
                place = (file, line, column) if self.project.contains(file) else (unit.file, 1, 1)
                name = unit.compiler.rpartition("/")[2]
                refused[id(group)] = self.before_change(
                    (place, f"afterwards {name} says: {text}"), self.writer.contents([group]) if guilty else contents)
                groups = [other for other in groups if other is not group]

    def reason(self, unit, group, contents, errors, wrong, before=""):
        """(place, why) of a group that a unit rejects with these contents."""
        if errors:
            file, line, column, text = errors[0]
            more = ""
            if not self.project.contains(file):
                # The place in the project from which the template was used.
                more = f" ({file}:{line})" if file else ""
                notes = [note for note in errors[1:32] if note[3].startswith("note: ")
                         and self.project.contains(note[0])]
                notes.sort(key=lambda note: "requested here" not in note[3])
                file, line, column = notes[0][:3] if notes else (unit.file, 1, 1)
            if "reference to 'atomic' is ambiguous" in text:
                more += ("; define SYNC_ATOMIC_NO_SHORT_NAME in the build, and here by"
                         " --extra-arg=-DSYNC_ATOMIC_NO_SHORT_NAME")
            return self.before_change(((file, line, column), f"{before}afterwards the compiler says: {text}{more}"),
                                      contents)
        return group.place, f"{before}{wrong[0][2]}"

    def suspects(self, groups, contents, errors, wrong):
        """The groups of which a failing line speaks, by name."""
        texts = []
        for file, line, _, _ in errors:
            if file in contents:
                lines = contents[file].decode("latin-1").split("\n")
                texts += lines[max(line - 1, 0) : line]
        texts += [text for _, _, text in wrong]
        text = "\n".join(texts)
        return [group for group in groups if any(entity.name and entity.name in text for entity in group.entities)]


