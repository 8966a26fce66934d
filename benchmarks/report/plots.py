"""The plots of a report, as SVG that takes its colours from the page around it."""

import io
import math
import re

import matplotlib
import tables
import targets
from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from tables import LIMITS, number

# What stands for the page's colours while a plot is made.
INK, GRID, OTHER, LIMIT, OURS, OURS_2, OURS_3 = (f"#0{i}0{i}0{i}" for i in range(1, 8))
STYLES = {INK: "currentColor", GRID: "var(--grid)", OTHER: "var(--other)",
          LIMIT: "var(--limit)", OURS: "var(--ours)", OURS_2: "var(--ours-2)",
          OURS_3: "var(--ours-3)"}

SMALL = 8  # points, of labels; 72 are an inch
WIDTH = 10  # inches, of each plot

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "sync_atomic",  # the same names in each run
    "svg.fonttype": "none",  # text stays text
    "font.family": "DejaVu Sans",
    "font.size": SMALL + 1,
    "axes.titlesize": SMALL + 2,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
})


# ---- Parts -----------------------------------------------------------------------


def svg(figure, name):
    """The SVG element of a figure."""
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, bbox_inches="tight")
    pyplot.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    # As wide as it is in points, and less where the page is narrower.
    text = re.sub(r' height="[\d.]+pt"', "", text, count=1)
    text = re.sub(r' width="([\d.]+)pt"', lambda match:
                  f' style="max-width: {float(match[1]) * 1.45:.0f}px"', text, count=1)
    # Of several in one page, each needs names of its own.
    text = re.sub(r'(\bid="|"#|url\(#)', rf"\g<1>{name}-", text)
    for color, style in STYLES.items():
        text = text.replace(color, style)
    return re.sub(r"^\s+", "", text, flags=re.MULTILINE)


def color_of(results, subject):
    if subject in LIMITS:
        return LIMIT
    return OURS if results["subjects"][subject]["ours"] else OTHER


def weight_of(color):
    return "bold" if color in (OURS, OURS_2, OURS_3) else "normal"


class Ticks(LogLocator):
    """Some ticks on a logarithmic axis, however short it is."""

    def tick_values(self, vmin, vmax):
        decades = math.log10(vmax / vmin)
        self.set_params(subs=(1, 2, 5) if decades < 1.3 else (1, 3) if decades < 2.3 else (1,))
        return super().tick_values(vmin, vmax)


def logarithmic(axes, names):
    """Makes axes logarithmic, with plain numbers."""
    for name in names:
        getattr(axes, f"set_{name}scale")("log")
        axis = getattr(axes, f"{name}axis")
        axis.set_major_locator(Ticks())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_locator(NullLocator())


def spread(positions, gap, least, most):
    """Positions, moved as little as may be so that they are `gap` apart, and between the two."""
    gap = min(gap, (most - least) / max(len(positions) - 1, 1))
    order = sorted(range(len(positions)), key=positions.__getitem__)
    groups = []  # of neighbours, [their wish for the first one's place, how many]
    for rank, i in enumerate(order):
        groups.append([positions[i] - rank * gap, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            wish, count = groups.pop()
            groups[-1] = [(groups[-1][0] * groups[-1][1] + wish * count) / (groups[-1][1] + count),
                          groups[-1][1] + count]
    places = [min(max(wish, least), most - gap * (len(order) - 1))
              for wish, count in groups for _ in range(count)]
    moved = {i: place + rank * gap for rank, (i, place) in enumerate(zip(order, places))}
    return [moved[i] for i in range(len(positions))]


def curves(axes, series, x_label, title):
    """Lines with their names at their ends: {name: (xs, ys, color)}."""
    for xs, ys, color in series.values():
        front = color in (OURS, OURS_2, OURS_3)
        axes.plot(xs, ys, color=color, linewidth=2 if front else 1.1, zorder=3 if front else 2,
                  marker="o" if len(xs) < 10 else "", markersize=3.5)
    axes.set_xlabel(x_label)
    axes.set_title(title)
    axes.autoscale_view()
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform((xs[-1], ys[-1])) for xs, ys, _ in series.values()]
    height = axes.get_window_extent().height * 72 / axes.figure.dpi
    places = spread([y for _, y in ends], 1.15 * SMALL / height, 0, 1)
    for (name, (_, _, color)), (x, y), place in zip(series.items(), ends, places):
        axes.annotate(name, (x, y), (1.035, place), xycoords="axes fraction", color=color,
                      textcoords="axes fraction", va="center", fontsize=SMALL,
                      fontweight=weight_of(color), annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.5,
                                  "relpos": (0, 0.5), "shrinkA": 0, "shrinkB": 2})


def line_series(results, columns):
    """For curves(): columns {name: (line, counter, color)}, with {} for a number."""
    found = {}
    for name, (line, counter, color) in columns.items():
        before, after = line.split("{}")
        points = sorted((int(key[len(before):len(key) - len(after)]), number(results, key, counter))
                        for key in results["lines"] if key.startswith(before)
                        and key.endswith(after) and key[len(before):len(key) - len(after)].isdigit())
        points = [point for point in points if point[1] is not None]
        if points:
            found[name] = ([x for x, _ in points], [y for _, y in points], color)
    return found


# ---- Plots -----------------------------------------------------------------------
#
# Each returns an SVG element, or "" if nothing of it was measured.


def bars(results, titles, name):
    """Nanoseconds of each subject, in a panel for each of the workloads."""
    columns = tables.workloads(results)
    titles = [title for title in titles if title in columns]
    values = {title: {subject: number(results, columns[title][0].format(subject),
                                      columns[title][1])
                      for subject in tables.subjects(results)} for title in titles}
    rows = [subject for subject in tables.subjects(results)
            if any(values[title][subject] is not None for title in titles)]
    if not rows:
        return ""
    all_values = [value for each in values.values() for value in each.values() if value]
    # With place for numbers behind the bars.
    limits = min(all_values) / 2, max(all_values) * (max(all_values) / min(all_values) * 2) ** 0.3
    figure, panels = pyplot.subplots(1, len(titles), sharey=True, squeeze=False,
                                     figsize=(WIDTH, 0.9 + 0.2 * len(rows)))
    for axes, title in zip(panels[0], titles):
        measured = {row: values[title][row] for row in rows if values[title][row] is not None}
        axes.set_title(title)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(*limits)
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
        logarithmic(axes, "x")
        for row, value in measured.items():
            color = color_of(results, row)
            axes.barh(rows.index(row), value, color=color, height=0.66)
            axes.annotate(tables.shown(value), (value, rows.index(row)), (2, 0), va="center",
                          textcoords="offset points", fontsize=SMALL - 0.5, color=color,
                          fontweight=weight_of(color))
    panels[0][0].set_yticks(range(len(rows)), rows)
    for label, row in zip(panels[0][0].get_yticklabels(), rows):
        label.set_color(color_of(results, row))
        label.set_fontweight(weight_of(color_of(results, row)))
    figure.tight_layout()
    return svg(figure, name)


def throughput(results, name):
    """Loads a second of all threads together, by their number."""
    series = line_series(results, {
        subject: (f"W1/{subject}/threads:{{}}", "load_ns", color_of(results, subject))
        for subject in tables.subjects(results)})
    if not series:
        return ""
    series = {subject: (xs, [1000 * x / y for x, y in zip(xs, ys)], color)
              for subject, (xs, ys, color) in series.items()}
    figure, axes = pyplot.subplots(figsize=(WIDTH * 0.75, 1.5 + 0.17 * len(series)))
    logarithmic(axes, "y")
    threads = sorted({x for xs, _, _ in series.values() for x in xs})
    axes.set_ylim(min(min(ys) for _, ys, _ in series.values()) / 1.3,
                  max(max(ys) for _, ys, _ in series.values()) * 1.3)
    axes.set_xlim(threads[0] - 0.05, threads[-1] + 0.05)
    curves(axes, series, "threads", "million loads per second, all threads together")
    axes.set_xticks(threads)
    return svg(figure, name)


def scatter(results, name):
    """W2: what a load and a store take, at the same time."""
    points = {}
    for subject in tables.subjects(results):
        line = f"W2/{subject}/threads:2"
        if number(results, line, "load_ns") is not None:
            points[subject] = (number(results, line, "load_ns"), number(results, line, "store_ns"))
    if not points:
        return ""
    figure, axes = pyplot.subplots(figsize=(WIDTH * 0.8, 5.6))
    logarithmic(axes, "xy")
    for subject, (x, y) in points.items():
        axes.plot(x, y, "o", color=color_of(results, subject), markersize=6, zorder=3)
    axes.margins(0.12)
    axes.autoscale_view()
    axes.set_xlabel("nanoseconds for a load")
    axes.set_title("nanoseconds for a store, while another thread loads: lower left is better")
    place_labels(results, axes, points)
    return svg(figure, name)


def place_labels(results, axes, points):
    """Names beside points, where they cover neither points nor each other."""
    scale = 72 / axes.figure.dpi
    at = {name: axes.transData.transform(point) * scale for name, point in points.items()}
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in at.values()]
    offsets = [(side * right, up) for up in (0, 8, -8, 14, -14, 22, -22, 30, -30)
               for side, right in ((1, 7), (-1, 7))]
    for name, (x, y) in at.items():
        color = color_of(results, name)
        width = 0.64 * SMALL * len(name)

        def box(offset):
            left = x + offset[0] - (width if offset[0] < 0 else 0)
            return left, y + offset[1] - SMALL / 2, left + width, y + offset[1] + SMALL / 2

        def overlap(offset):
            a = box(offset)
            return sum(max(0, min(a[2], b[2]) - max(a[0], b[0])) *
                       max(0, min(a[3], b[3]) - max(a[1], b[1])) for b in taken)

        best = min(offsets, key=overlap)
        taken.append(box(best))
        axes.annotate(name, points[name], best, textcoords="offset points", va="center",
                      ha="left" if best[0] > 0 else "right", fontsize=SMALL, color=color,
                      fontweight=weight_of(color),
                      arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.5,
                                  "shrinkA": 0, "shrinkB": 3} if best[1] else None)


def waiting(results, name):
    """Memory that waits, over time."""
    series = {}
    for subject in tables.waiting_subjects(results):
        # A logarithmic axis has no 0: one object stands for none.
        sizes = [max(size, 64) / 1024 for size in tables.samples(results, subject)]
        step = results["context"]["waiting_window_s"] * 1000 / max(len(sizes), 1)
        if sizes:
            color = {"Value": OURS_2, "ValueOf": OURS_3}.get(subject, color_of(results, subject))
            series[subject] = ([step * (i + 1) for i in range(len(sizes))], sizes, color)
    if not series:
        return ""
    figure, axes = pyplot.subplots(figsize=(WIDTH * 0.75, 1.8 + 0.17 * len(series)))
    logarithmic(axes, "y")
    axes.set_ylim(min(min(ys) for _, ys, _ in series.values()) / 1.5,
                  max(max(ys) for _, ys, _ in series.values()) * 1.5)
    axes.set_xlim(0, results["context"]["waiting_window_s"] * 1000)
    axes.axhline(targets.MAY_WAIT / 1024, color=OURS, linewidth=1, linestyle="--")
    curves(axes, series, "milliseconds", "KiB that wait to be freed")
    return svg(figure, name)


def growth(results, name):
    """What grows, and what does not: by size, cells, snapshots held."""
    colors = {"Bare": LIMIT, "Value": OURS, "ValueOf": OURS_2}

    def of(line, counter, which=tuple(colors)):
        return line_series(results, {cell: (line.format(cell), counter, colors[cell])
                                     for cell in which})

    panels = [
        ("a load, by the value's bytes", of("Size/{}/{{}}", "load_ns"), "bytes"),
        ("a store, by the value's bytes", of("Size/{}/{{}}", "store_ns"), "bytes"),
        ("a load, by the number of cells", of("Cells/{}/{{}}", "load_ns"), "cells"),
        ("a load, by the snapshots held", of("Snapshots/{}/{{}}", "load_ns", ["Value"]),
         "snapshots"),
    ]
    return panels_of(panels, name)


def parked(results, name):
    columns = {"load": ("Parked/Value/{}", "load_ns", OURS),
               "store": ("Parked/Value/{}", "store_ns", OURS_2),
               "retire": ("Parked/Retire/{}", "op_ns", OURS_3)}
    series = line_series(results, columns)
    # A logarithmic axis has no 0: it is left out, and is in the table.
    series = {key: (xs[xs[0] == 0:], ys[xs[0] == 0:], color)
              for key, (xs, ys, color) in series.items()}
    return panels_of([("an operation, by the number of parked threads", series, "threads")], name,
                     WIDTH * 0.6)


def panels_of(panels, name, width=WIDTH):
    """Panels of curves of nanoseconds, two in a row: (title, series, what x is)."""
    panels = [panel for panel in panels if panel[1]]
    if not panels:
        return ""
    across = min(len(panels), 2)
    down = (len(panels) + 1) // 2
    figure, grid = pyplot.subplots(down, across, squeeze=False, figsize=(width, 2.6 * down))
    figure.subplots_adjust(hspace=0.5, wspace=0.35)
    for axes in grid.flat[len(panels):]:
        axes.remove()
    for axes, (title, series, what) in zip(grid.flat, panels):
        xs = [x for each, _, _ in series.values() for x in each]
        ys = [y for _, each, _ in series.values() for y in each]
        if max(xs) >= 100:
            logarithmic(axes, "x")
            axes.set_xlim(min(xs) / 1.15, max(xs) * 1.15)
            axes.set_xticks(sorted(set(xs)))
        if max(ys) >= 10 * min(ys):
            logarithmic(axes, "y")
            axes.set_ylim(min(ys) / 1.6, max(ys) * 1.6)
        else:
            axes.set_ylim(0, max(ys) * 1.2)
        curves(axes, series, what, f"ns for {title}")
    return svg(figure, name)


def atomics(results, name):
    """Int64 beside std::atomic, on one thread and on all."""
    threads = sorted({1, tables.most_threads(results)})
    rows = sorted({line.split("/")[0] for line in results["lines"] if "/Int64/threads:1" in line})
    if not rows:
        return ""
    figure, panels = pyplot.subplots(1, len(threads), sharey=True, squeeze=False,
                                     figsize=(WIDTH * 0.9, 0.9 + 0.24 * len(rows)))
    for axes, n in zip(panels[0], threads):
        axes.set_title(f"ns for an operation, {n} thread{'s' * (n > 1)}")
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
        logarithmic(axes, "x")
        for word, color, shift in (("Int64", OURS, -0.2), ("std", OTHER, 0.2)):
            for i, row in enumerate(rows):
                value = number(results, f"{row}/{word}/threads:{n}", "op_ns")
                if value is not None:
                    axes.barh(i + shift, value, color=color, height=0.36)
                    axes.annotate(tables.shown(value), (value, i + shift), (2, 0), va="center",
                                  textcoords="offset points", fontsize=SMALL - 2, color=color)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0.1, None)
        axes.margins(x=0.15)
    panels[0][0].set_yticks(range(len(rows)), rows)
    figure.tight_layout()
    return svg(figure, name)
