# SPDX-License-Identifier: Apache-2.0

# One line, and no build system: README.md prints it.
# shellcheck disable=SC2046,SC2148  # words, for the shell that run.sh starts
g++ -std=c++17 -o program program.cc $(pkg-config --cflags --libs sync_atomic)
