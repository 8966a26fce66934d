"""The report as one HTML page, which needs no other file."""

import html as escaping

import plots
import tables

CSS = """\
:root { color-scheme: light dark; --ink: #1d232b; --paper: #fff; --grid: #d9dde2;
  --ours: #0b62c4; --ours-2: #00857a; --ours-3: #7a4fc0; --other: #7b8490; --limit: #b3591b; --shade: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --paper: #14181d; --grid: #363d46; --ours: #6db3ff;
    --ours-2: #45d0c0; --ours-3: #c0a0ff; --other: #98a2ae; --limit: #f0a060; --shade: #1d232a; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.8rem; } h2 { margin-top: 2.5rem; font-size: 1.3rem; }
p { max-width: 46rem; }
figure { margin: 1.5rem 0; overflow-x: auto; }
figcaption { font-size: 0.9rem; color: var(--other); max-width: 46rem; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; color: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--grid); text-align: left;
  vertical-align: top; }
tbody tr:hover { background: var(--shade); }
.number { text-align: right; white-space: nowrap; } td:not(.number) { min-width: 8rem; }
td:first-child strong { color: var(--ours); }
.ours { color: var(--ours); } .other { color: var(--other); }
.limit { color: var(--limit); }
code { font-size: 0.95em; }
"""

# Of each table, the plots above it: name, caption, and what draws it.
PLOTS = {
    "workloads": [
        ("reads", "Reads: nanoseconds for an operation, by way and workload, on a logarithmic"
         " axis, the same in each. Shorter is better. In W2 another thread stores; W4 has 19 loads to a store.",
         lambda results, name: plots.bars(results, [
             *[title for title in tables.workloads(results) if title.startswith("W1")],
             "W2 load", "W4"], name)),
        ("writes", "Writes: nanoseconds for an operation, by way and workload, on a logarithmic"
         " axis, the same in each. Shorter is better. In W2 another thread loads; in W3b it only runs.",
         lambda results, name: plots.bars(results, ["W2 store", "W3a", "W3b", "W5"], name)),
        ("threads", "W1, loads alone: million loads per second of all threads together, by their"
         " number, on a logarithmic axis. Higher is better.", plots.throughput),
        ("scatter", "W2, one thread loads and one stores: what each operation takes, on"
         " logarithmic axes. Both must be read together, for a slow writer makes a reader look"
         " fast.", plots.scatter),
    ],
    "waiting": [("waiting", "KiB of objects that were replaced and not yet freed, at 40 instants of"
                 " one repetition, on a logarithmic axis. Dashed: what ours may have waiting.",
                 plots.waiting)],
    "atomics": [("atomics", "Each operation of Int64, beside the same on std::atomic, on one"
                 " thread and on all, on a logarithmic axis.", plots.atomics)],
    "sizes": [("growth", "Nanoseconds for a load and for a store by the size of a value, and for"
               " a load by the number of cells and of snapshots held.", plots.growth)],
    "parked": [("parked", "Nanoseconds for an operation of one thread, by the number of others"
                " that have used the library and sleep.", plots.parked)],
}

TITLE = "The speed of sync_atomic"
INTRODUCTION = """\
<p>Made by <code>./dev bench</code>. Compare numbers within this page only: on another machine,
and on another day, all of them are different.
<span class="ours">Blue is ours</span>, <span class="other">grey are others</span>, and
<span class="limit">orange is the limit</span>: bare pointers, which nobody may use so.
docs/performance.md says more, and how to repeat this.</p>
<p>In each workload threads share one cell with an object of 64 bytes. <b>W1</b>: load, read a
number, drop. <b>W2</b>: one thread loads, another one stores. <b>W3a</b>: one thread stores,
alone. <b>W3b</b>: the same, while another thread that has loaded once does something else.
<b>W4</b>: 19 loads to a store, on two threads. <b>W5</b>: increments by compare-and-swap, on two
threads. 1T is one thread, 2T are two.</p>
"""


def figure(results, name, caption, draw):
    image = draw(results, name)
    if not image:
        return ""
    label = escaping.escape(caption)
    image = image.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return f"<figure>\n{image}<figcaption>{label}</figcaption>\n</figure>\n"


def page(results, all_tables, made_from="this run"):
    """The page, with plots above the tables; and in it what it is made from."""
    parts = [f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="source" content="{made_from}">
<title>{TITLE}</title>
<style>
{CSS}</style>
</head>
<body>
<h1>{TITLE}</h1>
{INTRODUCTION}"""]
    for table in all_tables:
        parts.append(f"<h2>{table.title}</h2>\n")
        parts += [figure(results, *plot) for plot in PLOTS.get(table.name, [])]
        parts.append(f"<p>{tables.inline_html(table.note)}</p>\n" if table.note else "")
        parts.append(table.html())
    return "".join([*parts, "</body>\n</html>\n"])
