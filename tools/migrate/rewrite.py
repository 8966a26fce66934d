# SPDX-License-Identifier: Apache-2.0

"""The files as groups would change them: edits, includes, and the format of what changed."""

import difflib
import functools
import os
import pathlib
import re
import shutil
import subprocess

import words
from facts import source_on_disk
from database import CXX_SUFFIXES
from messages import Problem
from source import Source

# Names that need <atomic>.
OF_ATOMIC = re.compile(r"atomic|atomic_\w+|memory_order\w*|ATOMIC_\w+|kill_dependency")


def conflict(edits):
    """The first two edits that overlap, or None."""
    last = None
    for edit in sorted(edits, key=lambda edit: edit.sorting):
        if last is not None and edit.start < last.end:
            return last, edit
        if last is None or edit.end > last.end:
            last = edit
    return None


def apply_edits(text, edits):
    """The text after the edits, and the spans in it that they changed."""
    result, spans, position, length = [], [], 0, 0
    for edit in sorted(edits, key=lambda edit: edit.sorting):
        result.append(text[position : edit.start])
        length += edit.start - position
        result.append(edit.text)
        spans.append((length, length + len(edit.text)))
        length += len(edit.text)
        position = edit.end
    result.append(text[position:])
    return "".join(result), spans


def include_edits(path, source, headers, text_after, first):
    """What changes in the includes: (start, end, text). `text_after`: the file after all else;
    `first`: where it first needs one of the headers."""
    newline = source.newline
    includes = [(start, end, rest.split("//")[0].strip()) for start, end, word, rest, depth in source.directives
                if word == "include" and depth == 0]
    everywhere = {rest.split("//")[0].strip() for _, _, word, rest, _ in source.directives if word == "include"}
    wanted = [f'"{header}"' for header in sorted(headers)
              if f'"{header}"' not in everywhere and f"<{header}>" not in everywhere]
    atomic = [span for span in includes if span[2] == "<atomic>"]
    after = Source(text_after.encode("latin-1"))
    lines = [(start, end) for start, end, word, _, _ in after.directives if word == "include"]
    # A header that gets none of ours may be where others have <atomic> from.
    is_header = pathlib.PurePath(path).suffix not in CXX_SUFFIXES
    goes = bool(atomic) and not (is_header and not headers) and not any(
        OF_ATOMIC.fullmatch(name) and any(not any(a <= offset < b for a, b in lines) for offset in offsets)
        for name, offsets in after.names.items())
    edits = []
    if goes:
        for start, end, _ in atomic:
            # Of two blank lines around it one goes along.
            blank = re.match(r"\r?\n", source.text[end:])
            if blank and re.search(r"\n\r?\n$", source.text[:start]):
                end += blank.end()
            edits.append((start, end, ""))
    if not wanted:
        return edits
    block = "".join(f"#include {header}{newline}" for header in wanted)
    # Not one in a namespace, nor one that comes too late.
    left = [span for span in includes if not (goes and span[2] == "<atomic>") and span[1] <= first
            and source.brace_depth(span[0]) == 0]
    quoted = [span for span in left if span[2].startswith('"')]
    if quoted and not (len(quoted) == 1 and quoted[0] is left[0] and len(left) > 1):
        at = quoted[-1][1]
        # Beside ours, if there are some.
        ours = [span for span in quoted if span[2].startswith('"sync_atomic/')]
        if ours:
            at = ours[-1][1]
    elif left:
        at = left[-1][1]
        block = newline + block
    elif atomic and atomic[0][1] <= first and source.brace_depth(atomic[0][0]) == 0:
        start, end, _ = atomic[0]
        return [edit for edit in edits if edit[0] != start] + [(start, end if goes else start, block)]
    else:
        at = first_line(source)
        block += newline
    if at and source.text[at - 1 : at] != "\n":
        block = newline + block
    following = source.text[at:]
    if following and not re.match(r"\s*\n|\s*#\s*include\b", following) and not block.endswith(newline * 2):
        block += newline
    return edits + [(at, at, block)]


def first_line(source):
    """Where the first include of a file goes: behind its guard, or its opening comment."""
    directives = source.directives
    if len(directives) > 1 and directives[0][2] == "ifndef" and directives[1][2] == "define":
        return directives[1][1]
    if directives and directives[0][2] == "pragma" and directives[0][3] == "once":
        return directives[0][1]
    first = source.token(0)
    return source.line_starts[source.line_column(first.start)[0] - 1] if first else 0


@functools.lru_cache(None)
def clang_format():
    for name in ("clang-format", "clang-format-14", "clang-format-19"):
        if shutil.which(name):
            return name
    return None


@functools.lru_cache(None)
def has_style(folder, root):
    while True:
        if any(os.path.exists(os.path.join(folder, name)) for name in (".clang-format", "_clang-format")):
            return True
        if folder == root or os.path.dirname(folder) == folder:
            return False
        folder = os.path.dirname(folder)


def formatted(path, text, spans, root):
    """The text with the lines of the spans formatted, if the project has a style."""
    program = clang_format()
    if not spans or not program or not has_style(os.path.dirname(path), root):
        return text
    source = Source(text.encode("latin-1"))
    lines = sorted({(source.line_column(start)[0], source.line_column(max(start, end - 1))[0])
                    for start, end in spans})
    run = subprocess.run([program, "--style=file", "--sort-includes=false", "--fallback-style=none", f"--assume-filename={path}",
                          *(f"--lines={first}:{last}" for first, last in lines)],
                         input=text.encode("latin-1"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return run.stdout.decode("latin-1") if run.returncode == 0 else text


def lines_of(text):
    """The lines with their ends. (splitlines() also splits where C++ does not.)"""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


class Writer:
    """Makes the new contents of files."""

    def __init__(self, project, with_format=True):
        self.project = project
        self.with_format = with_format
        self.made = {}

    def content(self, path, edits, headers):
        """The new data of a file."""
        key = (path, tuple((e.start, e.end, e.text, e.rank) for e in edits), tuple(sorted(headers)))
        if key in self.made:
            return self.made[key]
        source = source_on_disk(path)
        overlap = conflict(edits)
        if overlap:
            line, column = source.line_column(overlap[1].start)
            raise Problem(f"{path}:{line}:{column}: two changes meet here; please report this")
        changed, _ = apply_edits(source.text, edits)
        extra = include_edits(path, source, headers, changed, min(edit.start for edit in edits))
        all_edits = list(edits)
        for start, end, text in extra:
            all_edits.append(type(edits[0])(path, start, end, text, (-1, 0)))
        text, spans = apply_edits(source.text, all_edits)
        if self.with_format:
            # A removed line leaves nothing to format, and includes stand where they were put.
            spans = [span for span in spans if span[0] < span[1]
                     and not text[slice(*span)].lstrip().startswith("#include")]
            text = formatted(path, text, spans, self.project.root)
        self.made[key] = text.encode("latin-1")
        return self.made[key]

    def contents(self, groups):
        """Path -> data, of all files that the groups change."""
        edits, headers = {}, {}
        for group in groups:
            for edit in group.edits:
                edits.setdefault(edit.file, {})[edit.start, edit.end, edit.text, edit.rank] = edit
            for path in group.mentions:
                headers.setdefault(path, set()).add(words.HEADERS[group.kind][0])
        return {path: self.content(path, [found[key] for key in sorted(found)], headers.get(path, ()))
                for path, found in sorted(edits.items())}

    def patch(self, contents):
        """A unified diff from the files on disk."""
        return b"".join(self.file_patch(path, data) for path, data in sorted(contents.items()))

    def file_patch(self, path, data):
        relative = self.project.relative(path)
        old = lines_of(source_on_disk(path).text)
        new = lines_of(data.decode("latin-1"))
        lines = []
        for line in difflib.unified_diff(old, new, f"a/{relative}", f"b/{relative}"):
            lines.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
        return "".join(lines).encode("latin-1")
