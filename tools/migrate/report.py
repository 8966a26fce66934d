# SPDX-License-Identifier: Apache-2.0

"""report.md, for people, and report.json, with the same in it."""

import collections
import json
import re

import words


def counts(group):
    found = collections.Counter(use.operation for use in group.uses if use.operation)
    return dict(sorted(found.items()))


def target_names(groups):
    """What to link: [(CMake's name, Bazel's)]."""
    targets = sorted({words.HEADERS[group.kind][1] for group in groups})
    return [("sync_atomic::" + target.rpartition(":")[2], "@sync_atomic//" + target) for target in targets]


def is_counter(group):
    """Whether all that is done to it is adding, with the sum unused, and loading."""
    if group.kind not in ("Int64", "Uint64", "Int32", "Uint32"):
        return False
    operations = counts(group)
    adds = [use for use in group.uses if use.operation in ("add", "sub")]
    return (bool(adds) and set(operations) <= {"add", "sub", "load"} and "load" in operations
            and all(use.note == "unused" for use in adds))


class Report:
    def __init__(self, project, moved, refused, cells, compared, units, applied, has_shared_ptr):
        self.project = project
        self.moved = moved
        self.refused = refused  # groups with reasons
        self.cells = cells
        self.compared = compared
        self.units = units
        self.applied = applied
        self.has_shared_ptr = has_shared_ptr

    def where(self, place):
        path, line, column = place
        name = self.project.relative(path) if path else "?"
        return f"{name}:{line}:{column}" if line else name

    def as_json(self):
        def of_group(group):
            return {
                "name": group.name,
                "place": self.where(group.place),
                "class": group.kind or None,
                "declarations": [{"name": entity.shown, "what": entity.what, "place": self.where(entity.place)}
                                 for entity in group.entities if entity.name],
                "uses": counts(group),
                "notes": [{"place": self.where(place), "text": text} for place, text in sorted(set(group.notes))],
            }

        return {
            "applied": self.applied,
            "units": self.units,
            "moved": [{**of_group(group), "patch": group.patch, "counter": is_counter(group),
                       "files": [self.project.relative(path) for path in group.files]} for group in self.moved],
            "refused": [{**of_group(group), "reasons": [{"place": self.where(place), "why": why}
                                                        for place, why in group.reasons]}
                        for group in self.refused],
            "cells": [{"place": self.where(cell.place), "name": cell.name, "shape": cell.shape,
                       "proposal": cell.proposal(self.has_shared_ptr),
                       "changes": cell.described(self.where, self.has_shared_ptr),
                       "reads": len(cell.reads), "writes": len(cell.writes)} for cell in self.cells],
            "link": [{"cmake": cmake, "bazel": bazel} for cmake, bazel in target_names(self.moved)],
            "objects": [{"unit": self.project.relative(one.unit), "functions": one.functions,
                         "different": [{"name": name, "how": how} for name, how in one.different],
                         "note": one.note} for one in self.compared],
        }

    def as_markdown(self):
        lines = ["# From std::atomic to sync_atomic", ""]
        done = "moved" if self.applied else "can be moved"
        uses = sum(sum(counts(group).values()) for group in self.moved)
        lines += [f"{len(self.moved)} {plural(self.moved, 'declaration')} {done}, with {uses} accesses;"
                  f" {len(self.refused)} {'is' if len(self.refused) == 1 else 'are'} refused. {self.units} units"
                  " were read.", ""]
        if self.moved:
            lines += [f"## {done[0].upper()}{done[1:]}", "", "| declaration | becomes | accesses | patch |",
                      "|---|---|---|---|"]
            for group in self.moved:
                ways = ", ".join(f"{number} {name}" for name, number in counts(group).items())
                others = len([entity for entity in group.entities if entity.name]) - 1
                more = f" and {others} linked" if others > 0 else ""
                lines.append(f"| `{group.name}`{more}, {self.where(group.place)} | `{group.kind}` | {ways} |"
                             f" {group.patch} |")
            lines += ["", "Link: " + ", ".join(f"`{cmake}` (CMake) or `{bazel}` (Bazel)"
                                               for cmake, bazel in target_names(self.moved)) + ".", ""]
            notes = sorted({(self.where(place), text) for group in self.moved for place, text in group.notes})
            if notes:
                lines += ["To look at:", "", *(f"- {place}: {text}" for place, text in notes), ""]
            candidates = [group for group in self.moved if is_counter(group)]
            if candidates:
                lines += ["## Candidates for Counter", "", "Only added to, without using the sum, and read: a `Counter`"
                          " has a part for each processor. Its adding is faster where many threads add, its reading"
                          " slower, and it is larger.", ""]
                lines += [f"- `{group.name}`, {self.where(group.place)}: {counts(group).get('load', 0)} places read it"
                          for group in candidates] + [""]
        if self.refused:
            lines += ["## Refused", ""]
            for group in self.refused:
                lines.append(f"- `{group.name}`, {self.where(group.place)}")
                lines += [f"  - {self.where(place)}: {why}" for place, why in group.reasons]
            lines.append("")
        if self.cells:
            both = "`AtomicSharedPtr` has the interface of `std::atomic<std::shared_ptr<T>>`; " \
                if self.has_shared_ptr else ""
            lines += ["## Shared values", "", f"Never changed by this tool. {both}`ValueOf` holds values that do not"
                      " change.", ""]
            for cell in self.cells:
                lines.append(f"- `{cell.name}`, {self.where(cell.place)}: {cell.shape}. Proposal:"
                             f" {cell.proposal(self.has_shared_ptr)}.")
                lines += [f"  - {change}" for change in cell.described(self.where, self.has_shared_ptr)]
            lines.append("")
        if self.compared:
            functions = sum(one.functions for one in self.compared)
            different = [(one, name, how) for one in self.compared for name, how in one.different]
            lines += ["## Machine code", "",
                      f"{functions} functions of {len(self.compared)} units were compared at -O2;"
                      f" {len(different)} {'differs' if len(different) == 1 else 'differ'}.", ""]
            lines += [f"- {self.project.relative(one.unit)}: `{escaped(name)}`, {how}" for one, name, how in different]
            lines += [f"- {self.project.relative(one.unit)}: {one.note}" for one in self.compared if one.note]
            lines.append("")
        return "\n".join(lines).rstrip("\n") + "\n"

    def json_text(self):
        return json.dumps(self.as_json(), indent=1) + "\n"


def plural(items, word):
    return word if len(items) == 1 else word + "s"


def escaped(text):
    return re.sub(r"[`|]", "'", text)
