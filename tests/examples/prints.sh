#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# prints.sh PROGRAM SOURCE: a test that passes if PROGRAM prints what SOURCE, a file
# beside this one, says at its end, as in Go: in a comment that begins "// Output:".
set -euo pipefail
readonly program=$1 source=${BASH_SOURCE[0]%/*}/$2

expected=$(sed -n '/^\/\/ Output:$/,$ s|^// ||p' "$source" | tail -n +2)
[ -n "$expected" ] || { echo "$source says no output"; exit 1; }
diff <(echo "$expected") <("$program") || { echo "not as $source says"; exit 1; }
