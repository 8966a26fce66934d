#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# debian_sources.sh FOLDER: puts the upstream tarballs of Debian's Abseil, GoogleTest and
# Benchmark into FOLDER: of Debian 12's if this is one, or else the newest.
#
# debian_sources.sh FOLDER PACKAGE...: unpacks the named source packages there, with Debian's
# patches applied.
#
# The machine's own apt entries say where from, each turned into its deb-src twin; apt
# checks what it gets. Needs no root.
set -euo pipefail

apt=$(mktemp -d)
trap 'rm -r "$apt"' EXIT
mkdir -p "$apt"/{entries,lists/partial,cache/archives/partial} "$1"
for entry in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -e "$entry" ] || sed -n 's/^deb /deb-src /p' "$entry" >"$apt/entries/${entry##*/}.list"
done
for entry in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$entry" ] || sed 's/^Types:.*/Types: deb-src/' "$entry" >"$apt/entries/${entry##*/}"
done
options=(-qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/entries"
  -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
cd "$1"
release=
! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release || release=/bookworm
packages=("${@:2}")
if [ ${#packages[@]} = 0 ]; then
  packages=(abseil googletest benchmark)
  options+=(--download-only)
fi
apt-get "${options[@]}" source "${packages[@]/%/$release}"
