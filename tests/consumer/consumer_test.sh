#!/usr/bin/env bash
# consumer_test.sh FOLDER CMAKE COMPILER BUILD: builds and runs the project in FOLDER,
# which is outside of this one and uses it. BUILD is where this one is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly consumer=$1 cmake=$2 compiler=$3 build=$4
readonly made=$TEST_TMPDIR/made installed=$TEST_TMPDIR/installed

# make NAME OPTION...: without GTest, which our own tests would need: they are off.
make() {
  "$cmake" -S "$consumer" -B "$made/$1" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$installed" -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON "${@:2}"
  "$cmake" --build "$made/$1"
}

rm -rf "$TEST_TMPDIR"
mkdir -p "$made"
if [ "$consumer" = cmake_find_package ]; then
  "$cmake" --install "$build" --prefix "$installed"

  # What is installed serves those without CMake, too.
  PKG_CONFIG_PATH=$(dirname "$(find "$installed" -name sync_atomic.pc)")
  export PKG_CONFIG_PATH
  read -ra options < <(pkg-config --cflags --libs sync_atomic)
  "$compiler" -std=c++17 value.cc "${options[@]}" -o "$made/with_pkg_config"
  "$made/with_pkg_config"
fi

make all
"$made/all/int64"
"$made/all/value"

# An integer needs neither Abseil nor threads.
make int64 -DWITH_VALUE=OFF \
  -DCMAKE_DISABLE_FIND_PACKAGE_absl=ON -DCMAKE_DISABLE_FIND_PACKAGE_Threads=ON
"$made/int64/int64"
