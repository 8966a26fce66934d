# SPDX-License-Identifier: Apache-2.0

"""Writes files so that either all are changed or none is, and takes that back.

Before the first file is replaced, the old and the new data of all are in the state folder, and
a journal beside them. Who finds a journal finishes or undoes what it says.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal

from messages import Problem

SUFFIX = ".sync-atomic-migrate"


def digest(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write_whole(path, data, mode=None):
    """Writes a file under another name first, so that it is never half there."""
    temporary = f"{path}{SUFFIX}"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        os.chmod(temporary, mode)
    os.replace(temporary, path)


class Store:
    def __init__(self, folder, project):
        self.folder = pathlib.Path(folder)
        self.project = project
        self.journal = self.folder / "journal.json"
        self.applied = self.folder / "applied"
        self.patch = self.folder / "applied.patch"
        self.locked = None

    def lock(self):
        """Keeps other runs away from this folder, until the process ends."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.locked = open(self.folder / "lock", "w")
            fcntl.flock(self.locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"{self.folder}: another run uses this folder") from None
        except OSError as error:
            raise Problem(f"{error.filename or self.folder}: {error.strerror}; --out names another folder") from None

    # ---- An interrupted run ------------------------------------------------------

    def recover(self):
        """Undoes a run that was interrupted while it wrote; says what it did, or None."""
        if not self.journal.exists():
            self.remove_pending()
            return None
        entries = json.loads(self.journal.read_text())
        restored = 0
        for entry in entries["files"]:
            path = entry["path"]
            pathlib.Path(path + SUFFIX).unlink(missing_ok=True)
            if os.path.exists(path) and digest(read(path)) == entry["new"]:
                write_whole(path, read(self.folder / "pending" / entry["old"]), os.stat(path).st_mode & 0o7777)
                restored += 1
        self.journal.unlink()
        self.remove_pending()
        return f"an earlier run was interrupted while it wrote: {restored} files were restored"

    def remove_pending(self):
        shutil.rmtree(self.folder / "pending", ignore_errors=True)

    # ---- Writing -----------------------------------------------------------------

    def check_permissions(self, paths):
        for path in paths:
            for what, which in (("file", path), ("folder", os.path.dirname(path))):
                if not os.access(which, os.W_OK):
                    raise Problem(f"{path}:1:1: cannot be written: this user may not write the {what}"
                                  + (f" {which}" if which != path else "") + "; nothing was written")

    def write(self, contents, before, patch=b""):
        """Replaces all files, or none. `before`: path -> the data that they had when they were read;
        `patch`: what changes, to keep."""
        self.check_permissions(contents)
        for path in contents:
            if read(path) != before[path]:
                raise Problem(f"{path}:1:1: was changed while this ran; nothing was written")
        pending = self.folder / "pending"
        pending.mkdir(parents=True, exist_ok=True)
        entries = []
        for number, (path, data) in enumerate(sorted(contents.items())):
            old = f"{number}.old"
            (pending / old).write_bytes(before[path])
            entries.append({"path": path, "old": old, "was": digest(before[path]), "new": digest(data)})
        handlers = {}

        def stop(number, _):
            raise KeyboardInterrupt(number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            handlers[number] = signal.signal(number, stop)
        try:
            write_whole(self.journal, json.dumps({"files": entries}).encode())
            for path, data in sorted(contents.items()):
                write_whole(path, data, os.stat(path).st_mode & 0o7777)
            self.keep(entries)
            if patch:
                # The newest first, so that patch -R takes back one after the other.
                write_whole(self.patch, patch + (read(self.patch) if self.patch.exists() else b""))
            self.journal.unlink()
        except BaseException as error:
            for number in handlers:
                signal.signal(number, signal.SIG_IGN)
            self.recover()
            if isinstance(error, OSError):
                raise Problem(f"{error.filename or self.folder}:1:1: {error.strerror}; all files were restored") \
                    from None
            raise
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        self.remove_pending()

    def keep(self, entries):
        """Remembers what was written, for --revert. Of a file that was written before, the first
        data stay the ones to go back to."""
        self.applied.mkdir(parents=True, exist_ok=True)
        index = self.applied / "files.json"
        known = json.loads(index.read_text()) if index.exists() else {}
        for entry in entries:
            path = entry["path"]
            if path in known and known[path]["new"] == entry["was"]:
                known[path]["new"] = entry["new"]
                continue
            name = f"{entry['was']}.old"
            shutil.copyfile(self.folder / "pending" / entry["old"], self.applied / name)
            known[path] = {"old": name, "was": entry["was"], "new": entry["new"]}
        write_whole(index, json.dumps(known, indent=1, sort_keys=True).encode())

    # ---- Going back --------------------------------------------------------------

    def revert(self):
        """Restores what --apply wrote; how many files that were."""
        index = self.applied / "files.json"
        if not index.exists():
            raise Problem(f"{self.folder}: nothing was applied from here, so there is nothing to revert")
        known = json.loads(index.read_text())
        for path, entry in sorted(known.items()):
            if not os.path.exists(path):
                raise Problem(f"{path}: is gone; nothing was reverted")
            if digest(read(path)) not in (entry["new"], entry["was"]):
                raise Problem(f"{path}:1:1: was changed since; nothing was reverted. To take back only what"
                              f" the tool did: patch -R -p1 <{self.patch}")
        contents, before = {}, {}
        for path, entry in known.items():
            before[path] = read(path)
            old = read(self.applied / entry["old"])
            if before[path] != old:
                contents[path] = old
        self.write(contents, before)
        shutil.rmtree(self.applied)
        self.patch.unlink(missing_ok=True)
        return len(contents)
