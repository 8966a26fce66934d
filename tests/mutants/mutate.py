# SPDX-License-Identifier: Apache-2.0

"""Copies a source file with some texts in it replaced.

Usage: mutate.py SOURCE COPY ORIGINAL MUTATED [ORIGINAL MUTATED...]

Each ORIGINAL must stand exactly once, white space aside, in the source with the replacements
before it: when the source changes, its mutants have to be looked at again.
"""

import re
import sys


def pattern_of(original):
    return re.compile(r"\s+".join(re.escape(word) for word in original.split()))


def mutate(text, original, mutated):
    """The text with the one replacement. ValueError: `original` is not there once."""
    pattern = pattern_of(original)
    found = len(pattern.findall(text))
    if found != 1:
        raise ValueError(f"this stands there {found} times and not once: {original}")
    return pattern.sub(lambda _: mutated, text)


def main():
    source, copy, *texts = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for original, mutated in zip(texts[::2], texts[1::2]):
        try:
            text = mutate(text, original, mutated)
        except ValueError as error:
            sys.exit(f"{source}: {error}")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
