# SPDX-License-Identifier: Apache-2.0

"""The plot of a report: an SVG of its own, for pages that are light or dark."""

import html
import math

import tables
from tables import LIMITS, NAMES, number

ROW, NAME, PANEL, VALUE, TOP = 17, 225, 200, 45, 42  # pixels

STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #1d232b }
.paper { fill: #fff } .other { fill: #7b8490 } .ours { fill: #0b62c4 } .limit { fill: #b3591b }
.bold { font-weight: bold } .value { font-size: 11px } .right { text-anchor: end }
path { stroke: #d9dde2 }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb }
.paper { fill: #14181d } .other { fill: #98a2ae } .ours { fill: #6db3ff } .limit { fill: #f0a060 }
path { stroke: #363d46 }
}"""


def panels(results):
    """What is shown of each subject: caption -> line, with {} for the subject, and counter."""
    most = tables.most_threads(results)
    columns = tables.workloads(results)
    first = f"W1 {most}T" if most > 1 else "W1 1T"
    loads = f"a load, on {most} threads" if most > 1 else "a load"
    shown = {loads: columns[first], "19 loads to a store, on 2 threads": columns["W4"]}
    return {caption: column for caption, column in shown.items()
            if any(number(results, column[0].format(subject), column[1]) for subject in NAMES)}


def svg(results):
    """Bars on a logarithmic axis, a panel each; "" if nothing of it was measured."""
    shown = panels(results)
    values = {caption: {subject: number(results, line.format(subject), counter)
                        for subject in NAMES} for caption, (line, counter) in shown.items()}
    rows = [subject for subject in NAMES if any(each[subject] for each in values.values())]
    if not rows:
        return ""
    every = [value for each in values.values() for value in each.values() if value]
    least = math.floor(math.log10(min(every) * 0.99))
    decades = math.log10(max(every)) - least
    width = NAME + len(shown) * (PANEL + VALUE)
    height = TOP + ROW * len(rows) + 8
    bottom = height - 6

    def text(x, y, classes, content):
        return f'<text x="{x:.0f}" y="{y}" class="{classes}">{html.escape(content)}</text>'

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
             f' width="{width}" height="{height}" role="img">',
             "<title>Nanoseconds per operation and thread, on a logarithmic axis</title>",
             f"<style>\n{STYLE}\n</style>",
             f'<rect class="paper" width="{width}" height="{height}"/>',
             text(NAME - 8, 16, "right bold", "ns, logarithmic")]
    for i, subject in enumerate(rows):
        parts.append(text(NAME - 8, TOP + ROW * i + 12, f"right {kind(results, subject)}",
                          NAMES[subject].replace("`", "")))
    for panel, (caption, each) in enumerate(values.items()):
        left = NAME + panel * (PANEL + VALUE)
        parts.append(text(left, 16, "bold", caption))
        for decade in range(math.ceil(decades)):
            x = left + PANEL * decade / decades
            parts.append(f'<path d="M{x:.0f} {TOP}V{bottom}"/>')
            parts.append(text(x, 34, "value", f"{10.0 ** (least + decade):,g}"))
        for i, subject in enumerate(rows):
            if not each[subject]:
                continue
            y = TOP + ROW * i
            bar = PANEL * (math.log10(each[subject]) - least) / decades
            parts.append(f'<rect class="{kind(results, subject)}" x="{left}" y="{y + 2}"'
                         f' width="{bar:.0f}" height="{ROW - 5}"/>')
            parts.append(text(left + bar + 4, y + 12, f"value {kind(results, subject)}",
                              tables.shown(each[subject])))
    return "\n".join([*parts, "</svg>"]) + "\n"


def kind(results, subject):
    """The class of a subject's bars and names."""
    if subject in LIMITS:
        return "limit"
    return "ours" if results["subjects"][subject]["ours"] else "other"
