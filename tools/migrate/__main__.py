# SPDX-License-Identifier: Apache-2.0

"""sync-atomic-migrate: from std::atomic to sync_atomic, checked. docs/migrate.md says how to use it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import command  # noqa: E402

if __name__ == "__main__":
    sys.exit(command.main())
