#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# expect_killed.sh PROGRAM FILTER[:FILTER...]: passes if PROGRAM, a GoogleTest, fails
# with each filter.
#
# It may also crash or hang, as broken programs do. Threads are not dealt the
# same cards each time, so it is asked again for some minutes. A test that skips
# itself, since it cannot show anything on this machine, need not fail.
set -uo pipefail
readonly program=$1 seconds=200 enough_skipped=10

expect_killed() {
  local filter=$1 output=$TEST_TMPDIR/output skipped=0 status try
  "$program" --gtest_list_tests --gtest_filter="$filter" | grep -q '^  ' ||
    { echo "no test matches $filter"; return 1; }
  for ((try = 1; try == 1 || SECONDS < seconds; ++try)); do
    timeout --signal=KILL 60 "$program" --gtest_filter="$filter" >"$output" 2>&1
    status=$?
    if [ $status != 0 ]; then
      echo "$filter was caught at try $try, exit status $status:"
      head -n 20 "$output"
      return 0
    fi
    if grep -q '^\[  SKIPPED \]' "$output" && ! grep -q '^\[       OK \]' "$output"; then
      ((++skipped < enough_skipped)) && continue
      echo "$filter skipped itself $skipped times:"
      head -n 20 "$output"
      return 0
    fi
  done
  echo "$filter passed $((try - 1 - skipped)) times, although the library is mutated: the mutant survives"
  return 1
}

IFS=: read -ra filters <<<"$2"
for filter in "${filters[@]}"; do
  expect_killed "$filter" || exit 1
done
