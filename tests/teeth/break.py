"""Copies a source file with one text in it replaced.

Usage: break.py SOURCE COPY ORIGINAL BROKEN

ORIGINAL must stand in the source exactly once, white space aside: when the
source changes, what breaks it has to be looked at again.
"""

import re
import sys


def main():
    source, copy, original, broken = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    pattern = r"\s+".join(re.escape(word) for word in original.split())
    found = len(re.findall(pattern, text))
    if found != 1:
        sys.exit(f"{source}: this stands there {found} times and not once: {original}")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(re.sub(pattern, lambda _: broken, text))


if __name__ == "__main__":
    main()
