#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Draws docs/architecture.svg: a value from Store to its destructor.

    architecture.py           writes the picture
    architecture.py --check   fails if the file is not what this draws
    architecture.py --dark    prints the dark variant, for programs that know one scheme

The numbers in it are those of the steps in docs/architecture.md.
"""

import pathlib
import sys

PICTURE = pathlib.Path(__file__).resolve().parent.parent / "docs/architecture.svg"
WIDTH, HEIGHT = 980, 640

# Each scheme gives a colour to each class.
LIGHT = {
    "page": "#ffffff", "ink": "#1f2328", "quiet": "#59636e", "line": "#59636e",
    "group": "#f6f8fa", "plain": "#ffffff", "reader": "#ddf4ff", "reader-line": "#0969da",
    "writer": "#fff8c5", "writer-line": "#9a6700", "end": "#dafbe1", "end-line": "#1a7f37",
}
DARK = {
    "page": "#0d1117", "ink": "#f0f6fc", "quiet": "#9198a1", "line": "#9198a1",
    "group": "#151b23", "plain": "#212830", "reader": "#10233f", "reader-line": "#4493f8",
    "writer": "#33270a", "writer-line": "#d29922", "end": "#12301c", "end-line": "#3fb950",
}


def style(colour):
    """The rules that differ between the schemes."""
    rules = [
        f".page {{ fill: {colour['page']}; }}",
        f"text {{ fill: {colour['ink']}; }}",
        f".quiet {{ fill: {colour['quiet']}; }}",
        f".group {{ fill: {colour['group']}; stroke: {colour['line']}; }}",
        f".plain {{ fill: {colour['plain']}; stroke: {colour['line']}; }}",
        f".arrow {{ stroke: {colour['line']}; }}",
        f".head {{ fill: {colour['line']}; }}",
        f".number {{ fill: {colour['ink']}; }}",
        f".digit {{ fill: {colour['page']}; }}",
    ]
    for kind in ("reader", "writer", "end"):
        rules.append(f".{kind} {{ fill: {colour[kind]}; stroke: {colour[kind + '-line']}; }}")
        rules.append(f".{kind}-arrow {{ stroke: {colour[kind + '-line']}; }}")
        rules.append(f".{kind}-head {{ fill: {colour[kind + '-line']}; }}")
    return rules


SHAPES = [
    "text { font: 13px 'DejaVu Sans', Verdana, Helvetica, sans-serif; }",
    ".title { font-weight: bold; }",
    ".small { font-size: 11.5px; }",
    ".middle, .digit { text-anchor: middle; }",
    ".digit { font-size: 11px; font-weight: bold; }",
    ".group { stroke-dasharray: 5 4; }",
    ".arrow, .reader-arrow, .writer-arrow, .end-arrow { fill: none; stroke-width: 1.6; }",
    ".dashed { stroke-dasharray: 5 4; }",
]


class Picture:
    def __init__(self):
        self.parts = []

    def box(self, kind, x, y, width, height, title="", *lines):
        """A rectangle with a title and lines of text, in its upper left corner."""
        self.parts.append(
            f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>')
        if title:
            self.text(x + 12, y + 21, title, "title")
        for number, line in enumerate(lines):
            self.text(x + 12, y + 40 + 17 * number, line, "small")

    def text(self, x, y, text, kind=""):
        self.parts.append(f'<text class="{kind}" x="{x}" y="{y}">{text}</text>')

    def arrow(self, kind, *points, dashed=False):
        """A line through the points, with a head at the last one."""
        path = " L ".join(f"{x} {y}" for x, y in points)
        prefix = "" if kind == "" else kind + "-"
        classes = prefix + "arrow" + (" dashed" if dashed else "")
        self.parts.append(f'<path class="{classes}" d="M {path}"/>')
        (x0, y0), (x1, y1) = points[-2:]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        dx, dy = (x1 - x0) / length, (y1 - y0) / length
        left = (x1 - 9 * dx + 4.5 * dy, y1 - 9 * dy - 4.5 * dx)
        right = (x1 - 9 * dx - 4.5 * dy, y1 - 9 * dy + 4.5 * dx)
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in ((x1, y1), left, right))
        self.parts.append(f'<polygon class="{prefix}head" points="{corners}"/>')

    def number(self, n, x, y):
        self.parts.append(f'<circle class="number" cx="{x}" cy="{y}" r="9"/>')
        self.text(x, y + 4, str(n), "digit")

    def svg(self, rules):
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' width="{WIDTH}" height="{HEIGHT}" role="img"'
            ' aria-labelledby="title description">',
            '<title id="title">A value from Store to its destructor</title>',
            '<desc id="description">A cell points to a box. Readers announce boxes in hazard'
            " slots and by pins. A replaced box goes to a retire list, a scan compares it with"
            " all announcements, and it is destroyed, or deferred until its reader releases"
            " it.</desc>",
            "<style>",
            *SHAPES,
            *rules,
            "</style>",
            f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
            *self.parts,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"


def draw():
    picture = Picture()
    box, text, arrow, number = picture.box, picture.text, picture.arrow, picture.number

    # The reader.
    box("group", 20, 40, 290, 250)
    text(32, 62, "ThreadRecord of a reader", "title")
    box("reader", 36, 78, 258, 92, "hazard slots", "one object each")
    for slot in range(8):
        kind = "reader" if slot == 0 else "plain"
        picture.parts.append(
            f'<rect class="{kind}" x="{48 + 29 * slot}" y="132" width="25" height="25" rx="3"/>')
    picture.parts.append('<circle class="reader-head" cx="60.5" cy="144.5" r="5"/>')
    box("reader", 36, 186, 258, 56, "pin", "all objects reachable since this epoch")
    text(36, 262, "announce: release store, light fence;", "quiet small")
    text(36, 279, "a slot then reads the cell again", "quiet small")

    # The cell and its boxes.
    box("plain", 400, 40, 180, 58, "cell", "Value, ValueOf, Pointer")
    box("plain", 400, 142, 180, 40, "new box")
    box("plain", 400, 226, 180, 40, "old box")
    arrow("", (490, 98), (490, 142))
    text(502, 125, "one word", "quiet small")

    # The writer.
    box("group", 670, 40, 290, 250)
    text(682, 62, "ThreadRecord of a writer", "title")
    box("writer", 686, 78, 258, 40, "Store: exchange")
    box("writer", 686, 214, 258, 56, "retire list", "up to 2048 objects or 256 KiB")
    arrow("writer", (686, 98), (640, 98), (640, 69), (580, 69))
    number(1, 620, 56)
    arrow("writer", (815, 118), (815, 214))
    number(3, 833, 150)
    text(848, 155, "Retire", "small")
    arrow("writer", (580, 246), (686, 246))
    text(592, 238, "unlinked", "quiet small")

    # What readers announce.
    arrow("reader", (60, 157), (60, 178), (345, 178), (345, 238), (400, 238), dashed=True)
    arrow("reader", (294, 214), (330, 214), (330, 254), (400, 254), dashed=True)
    number(2, 366, 222)
    text(318, 274, "protects", "quiet small")

    # The scan.
    box("writer", 336, 336, 376, 108, "scan", "begin an epoch, the batch's stamp",
        "heavy fence (membarrier)", "read all pins, then all hazard slots",
        "sort the batch")
    arrow("writer", (815, 270), (815, 372), (712, 372))
    number(4, 833, 320)
    text(848, 325, "batch", "small")
    arrow("reader", (165, 290), (165, 372), (336, 372), dashed=True)
    text(178, 362, "read by the scan", "quiet small")

    # What becomes of the batch.
    box("end", 686, 512, 258, 90, "destructor", "on this thread, without anything",
        "held; or on the executor", "(SetReclaimExecutor)")
    arrow("end", (640, 444), (640, 556), (686, 556))
    number(5, 622, 478)
    text(540, 503, "not announced", "small")
    box("reader", 36, 512, 258, 90, "deferred list", "waits for one blocker: a slot, or",
        "the oldest pin; sets the help", "request in the blocker's record")
    arrow("reader", (400, 444), (400, 540), (294, 540))
    number(6, 418, 478)
    text(432, 482, "announced", "small")
    arrow("reader", (294, 578), (520, 578), (520, 444))
    number(8, 350, 596)
    text(364, 600, "help: scan again", "small")
    arrow("reader", (90, 290), (90, 512))
    number(7, 72, 400)
    text(32, 424, "release", "small")
    text(32, 439, "finds the", "small")
    text(32, 454, "request", "small")
    return picture


def main():
    picture = draw()
    light = style(LIGHT)
    dark = ["@media (prefers-color-scheme: dark) {", *style(DARK), "}"]
    drawn = picture.svg(light + dark)
    if sys.argv[1:] == ["--dark"]:
        sys.stdout.write(picture.svg(style(DARK)))
    elif sys.argv[1:] == ["--check"]:
        if not PICTURE.exists() or PICTURE.read_text() != drawn:
            sys.exit("docs/architecture.svg is not what tools/architecture.py draws: run that")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PICTURE.write_text(drawn)


if __name__ == "__main__":
    main()
