#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# run.sh FOLDER [WAY...]: builds and runs projects of someone else's that use this one, in
# FOLDER. The ways to depend on it, all of which it tries unless some are named:
#
#   integer_bazel   this project in third_party/, without Abseil and GoogleTest
#   value_bazel     this project in third_party/, without GoogleTest
#   integer_cmake   this project in third_party/, without Abseil and threads
#   value_cmake     this project in third_party/
#   find_package    installed
#   pkg_config      installed, and no build system
#   shared          as one shared library that hides what it does not export, for a program
#                   that hides everything
#   plugin          the static libraries in a module that Python opens
#   unity, lto      the library built as a unity build; with link-time optimization
#   static          a program without any shared library
#   tsan            a program under ThreadSanitizer, which the library is built without
#   options         the library checked and with full fences, static and shared
#   presets         each of CMakePresets.json, configured; and its library built
#   migrate         a program with std::atomic, moved by the installed sync-atomic-migrate
#
# BAZEL in the environment is the Bazel to call, BAZELRC a file with options for it (if
# there is one), which may say where to find repositories without the internet. A Bazel of
# today reads the MODULE.bazel files in place of the WORKSPACE files.
# Prints how each went, as Bazel does of a test.
set -euo pipefail
self=$(realpath "${BASH_SOURCE[0]}")
folder=$(realpath -m "$1")
readonly self folder
cd "$(dirname "$self")"

# Copies the project $1 to the folder $2, with this one in third_party/sync_atomic.
take_in() {
  local here=$2/third_party/sync_atomic
  rm -rf "$2"
  mkdir -p "$here"
  cp -r "$1/." "$2"
  tar -c -C ../.. --exclude=./.git --exclude=./.dev --exclude=./build . | tar -x -C "$here"
}

# with_bazel PROJECT FOLDER UNNEEDED...: runs the project's program, after it has seen that
# nothing in the project needs the repositories UNNEEDED, and that it is built without them.
with_bazel() {
  local call=("${BAZEL:-bazel}" --batch --bazelrc=bazelrc) found name
  take_in "$1" "$2"
  cd "$2"
  echo "build --symlink_prefix=/ --nosandbox_debug" >bazelrc
  [ ! -e "${BAZELRC:-}" ] || cat "$BAZELRC" >>bazelrc
  found=$("${call[@]}" query --noshow_progress 'deps(//...)')
  for name in "${@:3}"; do
    sed -i "/override_repository=$name=/d" bazelrc  # modules are always resolved
    ! grep -E "^@+$name\b" <<<"$found" || exit 1
  done
  "${call[@]}" run --noshow_progress //:program
}

# What WORKSPACE and MODULE.bazel call these.
readonly absl=(com_google_absl abseil-cpp bazel_skylib)
readonly ours_only=(com_google_googletest googletest com_github_google_benchmark google_benchmark)

# with_cmake SOURCE BUILD OPTION...: without GTest, which our own tests would need.
with_cmake() {
  cmake -S "$1" -B "$2" -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON "${@:3}"
  cmake --build "$2" --parallel "$(nproc)"
}

# An integer needs neither Abseil nor threads.
readonly bare=(-DCMAKE_DISABLE_FIND_PACKAGE_absl=ON -DCMAKE_DISABLE_FIND_PACKAGE_Threads=ON)

# What CMake may be told of how the library works.
readonly both=(-DSYNC_ATOMIC_CHECKED=ON -DSYNC_ATOMIC_FULL_FENCES=ON)

# Installs this project in the folder $1, unlike what CMake was told when it built it.
install_in() {
  with_cmake ../.. "$folder/library" -DSYNC_ATOMIC_BUILD_TESTS=OFF
  rm -rf "$1"
  cmake --install "$folder/library" --prefix "$1"
}

# protects WAY FOLDER [CMAKE OPTION...] -- [OPTION OF THE COMPILER...]: installs the library,
# built with the options, compiles protects.cc against it, and leaves that as FOLDER/program.
protects() {
  local options=() found
  while [ "$3" != -- ]; do
    options+=("$3")
    set -- "$1" "$2" "${@:4}"
  done
  with_cmake ../.. "$2/library" -DCMAKE_INSTALL_PREFIX="$2/prefix" "${options[@]}"
  cmake --install "$2/library"
  found=$(dirname "$(find "$2/prefix" -name sync_atomic.pc)")
  # shellcheck disable=SC2046  # each word is an option
  g++ -std=c++17 -O2 installed/protects.cc -o "$2/program" "${@:4}" \
    $(PKG_CONFIG_PATH=$found pkg-config --cflags --libs $(only_if_static "$@") sync_atomic)
  export LD_LIBRARY_PATH
  LD_LIBRARY_PATH=$(dirname "$found")
}

# under_tsan PREFIX FOLDER: fails if ThreadSanitizer has something to say of races.cc. Linux
# may lay out memory in ways that it does not know, unless it is asked not to.
under_tsan() {
  local found run=()
  found=$(dirname "$(find "$1" -name sync_atomic.pc)")
  setarch -R true 2>/dev/null && run=(setarch -R)
  # shellcheck disable=SC2046  # each word is an option
  g++ -std=c++17 -g -O1 -fsanitize=thread installed/races.cc -o "$2/races" \
    $(PKG_CONFIG_PATH=$found pkg-config --cflags --libs sync_atomic)
  LD_LIBRARY_PATH=$(dirname "$found") "${run[@]}" "$2/races"
}

# What a program without shared libraries asks pkg-config for as well.
only_if_static() {
  [[ " $* " != *" -static "* ]] || echo --static
}

# The compiler, with our warnings, for a line that calls g++.
# shellcheck disable=SC2317  # compile.sh calls it
g++() { command "${CXX:-g++}" -Wall -Wextra -Werror "$@"; }
export -f g++

# with_pkg_config PREFIX FOLDER: the line of g++ that README.md prints.
with_pkg_config() {
  local found
  found=$(realpath "$(dirname "$(find "$1" -name sync_atomic.pc)")")
  cp installed/compile.sh "$2"
  cp installed/everything.cc "$2/program.cc"
  cd "$2"
  PKG_CONFIG_PATH=$found bash -e compile.sh
  ./program
}

# with_presets FOLDER: configures each preset, and builds its library, without the tests.
with_presets() {
  local presets preset
  cd ../..
  presets=$(cmake --list-presets | sed -nE 's/^ *"([^"]+)".*/\1/p')
  for preset in release debug shared tests asan tsan checked full-fences; do
    grep -qx "$preset" <<<"$presets"
  done
  for preset in $presets; do
    cmake --preset "$preset" -B "$1/$preset"
    cmake --preset "$preset" -B "$1/$preset" -DSYNC_ATOMIC_BUILD_TESTS=OFF
    cmake --build "$1/$preset" --parallel "$(nproc)"
  done
}

# moved_by PREFIX FOLDER: builds and runs the program, moves it by the installed command, and
# builds and runs it again; then moves it back.
moved_by() {
  local tool=$1/bin/sync-atomic-migrate
  cp -r moved "$2/source"
  cmake -S "$2/source" -B "$2/build" -DCMAKE_PREFIX_PATH="$1"
  cmake --build "$2/build"
  "$2/build/program"
  "$tool" -p "$2/build" --root "$2/source" --apply
  ! grep -r 'std::atomic' "$2/source" --include='*.cc' --include='*.h' || exit 1
  grep -q 'sync_atomic::Int64 done{0};' "$2/source/work.h"
  cmake --build "$2/build"
  "$2/build/program"
  "$tool" -p "$2/build" --root "$2/source" --revert
  diff -r moved "$2/source"
}

# Tries one way, in the folder $2.
try() {
  case $1 in
    integer_bazel) with_bazel integer "$2" "${absl[@]}" "${ours_only[@]}" ;;
    value_bazel) with_bazel value "$2" "${ours_only[@]}" ;;
    integer_cmake)
      take_in integer "$2"
      with_cmake "$2" "$2/build" "${bare[@]}"
      "$2/build/program" ;;
    value_cmake)
      take_in value "$2"
      with_cmake "$2" "$2/build"
      "$2/build/program" ;;
    find_package)
      install_in "$2/prefix"
      with_cmake installed "$2/all" -DCMAKE_PREFIX_PATH="$2/prefix"
      "$2/all/int64"
      "$2/all/everything"
      "$2/all/stack"
      with_cmake installed "$2/bare" -DCMAKE_PREFIX_PATH="$2/prefix" -DWITH_ABSEIL=OFF "${bare[@]}"
      "$2/bare/int64" ;;
    pkg_config)
      install_in "$2/prefix"
      with_pkg_config "$2/prefix" "$2" ;;
    shared)
      protects shared "$2" -DBUILD_SHARED_LIBS=ON -- -fvisibility=hidden \
        -fvisibility-inlines-hidden
      [ "$(find "$2/prefix" -name 'lib*.so' -o -name 'lib*.a' | wc -l)" = 1 ]
      objdump -p "$2/prefix"/lib*/libsync_atomic.so | grep -E 'SONAME +libsync_atomic.so.[0-9]'
      "$2/program" ;;
    plugin)
      protects plugin "$2" -- -shared -fPIC -DAS_PLUGIN -fvisibility=hidden
      python3 -c "import ctypes, sys; sys.exit(ctypes.CDLL('$2/program').Protects())" ;;
    unity)
      protects unity "$2" -DCMAKE_UNITY_BUILD=ON --
      "$2/program" ;;
    lto)
      protects lto "$2" -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON -- -flto
      "$2/program" ;;
    tsan)
      protects tsan "$2" --
      protects tsan_shared "$2/shared" -DBUILD_SHARED_LIBS=ON --
      under_tsan "$2/prefix" "$2"
      under_tsan "$2/shared/prefix" "$2/shared" ;;
    static)
      protects static "$2" -- -static
      "$2/program" ;;
    options)
      protects options "$2" "${both[@]}" --
      "$2/program"
      protects options "$2/shared" "${both[@]}" -DBUILD_SHARED_LIBS=ON -- -fvisibility=hidden
      "$2/shared/program" ;;
    presets) with_presets "$2" ;;
    migrate)
      install_in "$2/prefix"
      rm -rf "$2/source" "$2/build"
      moved_by "$2/prefix" "$2" ;;
    *)
      echo "no such way to depend on this: $1"
      exit 1 ;;
  esac
}

if [ "${2:-}" = --try ]; then
  try "$3" "$folder/$3"
  exit
fi

ways=("${@:2}")
[ ${#ways[@]} -gt 0 ] ||
  ways=(integer_bazel value_bazel integer_cmake value_cmake find_package pkg_config
    shared plugin unity lto static tsan options presets migrate)
mkdir -p "$folder"
status=0
for way in "${ways[@]}"; do
  result=PASSED
  "$self" "$folder" --try "$way" >"$folder/$way.log" 2>&1 || result=FAILED
  if [ $result = FAILED ]; then
    cat "$folder/$way.log"
    status=1
  fi
  printf '%-60s %s\n' "//tests/consumer:$way" $result
done
exit $status
