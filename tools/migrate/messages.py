# SPDX-License-Identifier: Apache-2.0

"""What the tool says while it runs: progress on a terminal, and why it cannot go on."""

import sys


class Problem(Exception):
    """Why nothing was written. The text is for the user, with a place where there is one."""


class Progress:
    """A line on a terminal that says how far a step is; elsewhere nothing."""

    def __init__(self, stream=sys.stderr):
        self.stream = stream
        self.shown = stream.isatty()

    def step(self, what, done, total, name=""):
        if self.shown:
            line = f"[{done}/{total}] {what} {name}"
            self.stream.write(f"\r\033[K{line[:100]}")
            self.stream.flush()

    def clear(self):
        if self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()


def place(path, line, column):
    return f"{path}:{line}:{column}"
