#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Writes this version's entry for the Bazel Central Registry.

    bcr_entry.py FOLDER --archive FILE --url URL --repository github:OWNER/NAME
        --homepage URL --maintainer "NAME,EMAIL,GITHUB_USER"...

FOLDER is a checkout of the registry. FILE is the source archive as it is published at
--url: its checksum is computed, and its MODULE.bazel must be the one here. What only the
publisher knows is not in this repository, and is passed as an option.

    bcr_entry.py              checks that .bcr/ has no placeholder
    bcr_entry.py --self-test  writes an entry, and tests itself on placeholders
"""

import argparse
import base64
import hashlib
import io
import json
import pathlib
import re
import shutil
import sys
import tarfile
import tempfile

import checking

ROOT = pathlib.Path(__file__).resolve().parent.parent
# ${{ platform }} and the like are the presubmit's own variables.
PLACEHOLDER = re.compile(r"INSERT_|YOUR_|OWNER|REPO\b|(?<![\${])\{[A-Z]+\}|<[A-Za-z_ -]+>|TODO")


def check(root):
    """What in .bcr/ still waits for somebody to fill it in."""
    return [
        f"{path.relative_to(root)}:{number}: a placeholder: {found[0]}"
        for path in sorted((root / ".bcr").glob("*"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (found := PLACEHOLDER.search(line))
    ]


def module_field(module, field):
    return re.search(rf'^module\((?:[^)]*\W)?{field} = "([^"]+)"', module, re.MULTILINE)[1]


def write(root, folder, arguments):
    """Writes the entry; returns what is wrong with the arguments."""
    texts = [arguments.url, arguments.repository, arguments.homepage, *arguments.maintainer]
    faults = [f"a placeholder: {text}" for text in texts if PLACEHOLDER.search(text)]
    maintainers = [text.split(",") for text in arguments.maintainer]
    if not all(len(fields) == 3 and all(fields) for fields in maintainers):
        faults.append("a maintainer is NAME,EMAIL,GITHUB_USER")
    module = (root / "MODULE.bazel").read_text()
    archive = pathlib.Path(arguments.archive).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        prefix = tar.getnames()[0].partition("/")[0]
        try:
            published = tar.extractfile(f"{prefix}/MODULE.bazel").read().decode()
        except KeyError:
            published = None
    if published != module:
        faults.append(f"{prefix}/MODULE.bazel of the archive is another one than here")
    if faults:
        return faults
    name, version = module_field(module, "name"), module_field(module, "version")
    entry = pathlib.Path(folder, "modules", name, version)
    entry.mkdir(parents=True)
    shutil.copy(root / "MODULE.bazel", entry)
    shutil.copy(root / ".bcr/presubmit.yml", entry)
    checksum = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    dump(
        entry / "source.json",
        {"integrity": f"sha256-{checksum}", "strip_prefix": prefix, "url": arguments.url},
    )
    metadata = entry.parent / "metadata.json"
    old = json.loads(metadata.read_text()) if metadata.exists() else {}
    dump(
        metadata,
        {
            "homepage": arguments.homepage,
            "maintainers": [
                dict(zip(("name", "email", "github"), fields)) for fields in maintainers
            ],
            "repository": [arguments.repository],
            "versions": [*old.get("versions", []), version],
            "yanked_versions": old.get("yanked_versions", {}),
        },
    )
    return []


def dump(path, content):
    path.write_text(json.dumps(content, indent=4) + "\n")


# ---- Self-test -------------------------------------------------------------------

GOOD = {
    "MODULE.bazel": 'module(\n    name = "a",\n    version = "1.2",\n)\n',
    ".bcr/presubmit.yml": "tasks:\n  a:\n    platform: ${{ platform }}\n",
}
PRESUBMIT = ".bcr/presubmit.yml"
FAULTS = [
    (PRESUBMIT, "tasks:", text + ":", f"{PRESUBMIT}:1: a placeholder: ")
    for text in ("INSERT_NAME", "YOUR_NAME", "github/OWNER", "{TAG}", "<name>", "TODO")
]


def self_test():
    failures = checking.missed(check, GOOD, FAULTS)
    with checking.project(GOOD) as root, tempfile.TemporaryDirectory() as folder:
        archive = pathlib.Path(folder, "a.tar.gz")
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(root / "MODULE.bazel", "a-1.2/MODULE.bazel")
        good = dict(
            archive=archive,
            url="https://example.org/a.tar.gz",
            repository="github:example/a",
            homepage="https://example.org",
            maintainer=["Ann,ann@example.org,ann"],
        )
        for change in (
            {"repository": "github:OWNER/REPO"},
            {"maintainer": ["Ann,ann@example.org"]},
            {"url": "https://example.org/{TAG}.tar.gz"},
        ):
            if not write(root, folder, argparse.Namespace(**{**good, **change})):
                failures.append(f"not refused: {change}")
        failures += write(root, folder, argparse.Namespace(**good))
        entry = pathlib.Path(folder, "modules/a/1.2")
        source = json.loads((entry / "source.json").read_text())
        digest = base64.b64decode(source["integrity"].removeprefix("sha256-"))
        if digest != hashlib.sha256(archive.read_bytes()).digest():
            failures.append(f"a false checksum: {source}")
        if source["strip_prefix"] != "a-1.2":
            failures.append(f"a false prefix: {source}")
        if json.loads((entry.parent / "metadata.json").read_text())["versions"] != ["1.2"]:
            failures.append("a false list of versions")
        if {path.name for path in entry.iterdir()} != {
            "MODULE.bazel",
            "presubmit.yml",
            "source.json",
        }:
            failures.append("files are missing")
        (root / "MODULE.bazel").write_text(GOOD["MODULE.bazel"].replace("1.2", "1.3"))
        if not write(root, folder, argparse.Namespace(**good)):
            failures.append("not refused: an archive with another MODULE.bazel")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="a checkout of the registry")
    for name in ("archive", "url", "repository", "homepage"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--maintainer", required=True, action="append")
    arguments = parser.parse_args()
    faults = write(ROOT, arguments.folder, arguments)
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    if sys.argv[1:] in ([], ["--self-test"]):
        checking.main(__doc__, check, self_test)
    main()
