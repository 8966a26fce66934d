# SPDX-License-Identifier: Apache-2.0

"""The text of a file, as far as the parser says too little: tokens, brackets, directives.

Text is latin-1, so that an index of the text is an offset in the file, whatever its encoding.
"""

import bisect
import functools
import re

TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n\v\f]+|\\\r?\n)
  | (?P<comment>//(?:\\\r?\n|[^\n])*|/\*.*?\*/)
  | (?P<raw>(?:u8|u|U|L)?R"(?P<tag>[^ ()\\\t\r\n\v\f]*)\(.*?\)(?P=tag)")
  | (?P<string>(?:u8|u|U|L)?"(?:\\.|[^"\\\n])*")
  | (?P<char>(?:u8|u|U|L)?'(?:\\.|[^'\\\n])*')
  | (?P<name>[A-Za-z_\x80-\xff$][\w\x80-\xff$]*)
  | (?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)
  | (?P<sign><<=|->\*|\.\.\.|<=>|::|->|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=|==|!=|<=|&&|\|\||\#\#|<<|.)
""", re.VERBOSE | re.DOTALL)

OPEN, CLOSE = "([{", ")]}"


class Token:
    __slots__ = ("kind", "text", "start", "end")

    def __init__(self, match):
        self.kind = "string" if match.lastgroup in ("raw", "tag") else match.lastgroup
        self.text = match[0]
        self.start, self.end = match.span()

    def __repr__(self):
        return f"{self.text!r}@{self.start}"


class Source:
    def __init__(self, data):
        self.data = data
        self.text = data.decode("latin-1")

    @functools.cached_property
    def line_starts(self):
        return [0] + [match.end() for match in re.finditer("\n", self.text)]

    def line_column(self, offset):
        line = bisect.bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    @property
    def newline(self):
        return "\r\n" if "\r\n" in self.text else "\n"

    def tokens(self, start, end=None):
        """The tokens from `start`, without spaces and comments."""
        end = len(self.text) if end is None else end
        position = start
        while position < end:
            match = TOKEN.match(self.text, position)
            position = match.end()
            if match.lastgroup not in ("space", "comment"):
                yield Token(match)

    def token(self, start):
        """The first token at or after `start`, if there is one."""
        return next(self.tokens(start), None)

    @functools.cached_property
    def all_tokens(self):
        return list(self.tokens(0))

    @functools.cached_property
    def starts(self):
        return [token.start for token in self.all_tokens]

    def before(self, offset):
        """The index of the last token that begins before `offset`; -1 if none does."""
        return bisect.bisect_left(self.starts, offset) - 1

    def at(self, offset):
        """The index of the token that begins at `offset`, or None."""
        index = bisect.bisect_left(self.starts, offset)
        return index if index < len(self.starts) and self.starts[index] == offset else None

    def closing(self, index):
        """The index of the bracket that closes the one at `index`, or None."""
        depth = 0
        for i in range(index, len(self.all_tokens)):
            text = self.all_tokens[i].text
            if text in OPEN:
                depth += 1
            elif text in CLOSE:
                depth -= 1
                if depth == 0:
                    return i
        return None

    def closing_angle(self, index):
        """The index of the `>` that closes the `<` at `index`, or None."""
        depth = brackets = 0
        for i in range(index, min(len(self.all_tokens), index + 400)):
            text = self.all_tokens[i].text
            if text in OPEN:
                brackets += 1
            elif text in CLOSE:
                brackets -= 1
            elif brackets == 0 and text == "<":
                depth += 1
            elif brackets == 0 and text == ">":
                depth -= 1
                if depth == 0:
                    return i
            if brackets < 0 or text == ";":
                return None
        return None

    @functools.cached_property
    def names(self):
        """Identifier -> where it stands, outside of comments and strings."""
        found = {}
        for token in self.all_tokens:
            if token.kind == "name":
                found.setdefault(token.text, []).append(token.start)
        return found

    @functools.cached_property
    def directives(self):
        """The directives: (start, end of the line with its newline, word, rest, depth). The depth
        counts the #if around, but not an include guard."""
        result = []
        for match in re.finditer(r"^[ \t]*#[ \t]*(\w+)((?:\\\r?\n|[^\n])*)\n?", self.text, re.MULTILINE):
            index = self.before(match.end())
            inside = self.inside_comment(match.start())
            if index >= 0 and not inside:
                result.append([match.start(), match.end(), match[1], match[2].strip(), 0])
        guard = (len(result) > 1 and result[0][2] == "ifndef" and result[1][2] == "define"
                 and result[1][3].split()[:1] == result[0][3].split()[:1])
        depth = -1 if guard else 0
        for directive in result:
            if directive[2] in ("if", "ifdef", "ifndef"):
                directive[4] = max(depth, 0)
                depth += 1
            elif directive[2] == "endif":
                depth -= 1
                directive[4] = max(depth, 0)
            else:
                directive[4] = max(depth, 0)
        return [tuple(directive) for directive in result]

    def brace_depth(self, offset):
        """How many braces are open there; those of directives do not count."""
        spans = [(start, end) for start, end, *_ in self.directives if start < offset]
        depth = i = 0
        for token in self.all_tokens:
            if token.start >= offset:
                break
            while i < len(spans) and spans[i][1] <= token.start:
                i += 1
            if i == len(spans) or token.start < spans[i][0]:
                depth += (token.text == "{") - (token.text == "}")
        return depth

    @functools.cached_property
    def comments(self):
        """Where comments and raw strings are, which may hold what looks like a directive."""
        spans, position = [], 0
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            position = match.end()
            if match.lastgroup in ("comment", "raw", "tag"):
                spans.append(match.span())
        return spans

    def inside_comment(self, offset):
        index = bisect.bisect_right(self.comments, (offset, len(self.text))) - 1
        return index >= 0 and self.comments[index][0] < offset < self.comments[index][1]
