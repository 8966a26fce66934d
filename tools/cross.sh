#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# cross.sh ARCHITECTURE [TEST...]: builds the tests for another processor with Debian's cross
# compiler, and runs them: all but those left out below, or those whose names match.
#
# CMake makes all of it in .dev/cross, GoogleTest and Abseil included. The programs run under
# qemu-user as if they were this machine's, and so do those that tests start: the kernel
# calls qemu for them, in namespaces that end with the tests. `./dev cross` calls this, once
# it has installed the packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly sources=$PWD/.dev/cross/sources

die() {
  echo "cross: $*" >&2
  exit 1
}

# The tests that do without, by the start of their names, and why.
left_out() {
  cat <<'END'
atomic/same_instructions_test  compares what this machine's compilers make
benchmarks/                    counts and measures what this machine does
value/dlopen_test              only Bazel builds its libraries
value/type_identity_test       only Bazel builds its libraries
END
  if [ "$architecture" = riscv64 ]; then
    echo "examples/migrating_test  exchanges a std::atomic<bool>, which is in libatomic"
  fi
}

# ---- The processor -------------------------------------------------------------------

# What Debian and qemu call it, and the numbers by which ELF files say whose they are.
readonly architecture=${1:-}
case $architecture in
  aarch64) triple=aarch64-linux-gnu qemu=qemu-aarch64 class=2 machine='\xb7' ;;
  armhf) triple=arm-linux-gnueabihf qemu=qemu-arm class=1 machine='\x28' ;;
  i686) triple=i686-linux-gnu qemu=qemu-i386 class=1 machine='\x03' ;;
  riscv64) triple=riscv64-linux-gnu qemu=qemu-riscv64 class=2 machine='\xf3' ;;
  *) die "no such architecture: $architecture" ;;
esac
shift
readonly build=$PWD/.dev/cross/$architecture compiler=$triple-g++

# Which tests, as regular expressions.
wanted='[^ ]*'
[ $# = 0 ] || wanted="[^ ]*($(IFS='|'; echo "$*"))"
unwanted="($(left_out | sed 's/ .*//' | paste -sd '|'))"
readonly wanted unwanted

# Programs find the C library of the cross compiler by themselves.
libraries=/usr/$triple/lib
linker=$(echo "$libraries"/ld-linux*.so.*)
readonly link="-Wl,--dynamic-linker,$linker,--disable-new-dtags,-rpath,$libraries"

# Runs a command with a kernel that knows whom to ask for programs of this processor.
with_qemu() {
  local zeros='\x00\x00\x00\x00\x00\x00\x00\x00' any='\x00\x00\x00\x00\x00\x00\x00\x00'
  local program="\x7fELF\x0$class\x01\x01\x00$zeros\x02\x00$machine\x00"
  local mask="\xff\xff\xff\xff\xff\xff\xff\x00$any\xfe\xff\xff\xff"
  # shellcheck disable=SC2016  # the shell inside replaces them
  unshare --user --map-root-user --mount bash -ec '
    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    echo "$1" >/proc/sys/fs/binfmt_misc/register
    shift
    exec "$@"' - ":$qemu:M::$program:$mask:$(type -P "$qemu"):" "$@"
}

# ---- Building ------------------------------------------------------------------------

# What CMake adds to the project: cmake/cross.cmake.
get_sources() {
  [ ! -e "$sources" ] || return 0
  rm -rf "$sources.new"
  tools/debian_sources.sh "$sources.new"
  local name tarball
  for name in abseil benchmark googletest; do
    mkdir "$sources.new/$name"
    tarball=$(echo "$sources.new/$name"_*.orig.tar.gz)
    tar -xf "$tarball" --strip-components=1 -C "$sources.new/$name"
  done
  mv "$sources.new" "$sources"
}

# The programs of the tests, as ninja calls them.
targets() {
  find "$build/tests" -name CTestTestfile.cmake -exec grep -hE "^add_test\($wanted" {} + |
    grep -vE "^add_test\($unwanted" | grep -oE '/sync_atomic_\w+' | tr -d / | sort -u
}

# Fails if a program needs libatomic, or if the check would not notice.
check_calls() {
  local check=(tests/atomic/no_library_calls_test.py "$triple-nm") programs
  "$compiler" -std=c++17 -w -DWRONG -I "$build/include" -c tests/atomic/no_library_calls.cc \
    -o "$build/wrong.o"
  ! "${check[@]}" "$build/wrong.o" >/dev/null || die "no_library_calls_test.py sees no calls"
  mapfile -t programs < <(find "$build/tests" -type f -name 'sync_atomic_*' -perm -u+x)
  "${check[@]}" "${programs[@]}"
}

# Says what tests skipped themselves, and why.
report_skipped() {
  awk '
    /: Skipped$/ { getline why }
    /^\[  SKIPPED \] .* ms\)$/ {
      sub("/[^/.]*$", "", $4)  # the parameter
      if (!seen[why, $4]++) tests[why] = tests[why] " " $4
    }
    END { for (why in tests) print "skipped: " why ":" tests[why] }
  ' "$build/Testing/Temporary/LastTest.log" | sort
}

quietly() {
  "$@" >"$build/log" 2>&1 || { cat "$build/log" >&2; die "failed: $*"; }
}

# i686's programs are this processor's own, if it may run them.
mkdir -p "$build"
echo 'int main() {}' | "$compiler" -x c++ - "$link" -o "$build/hello"
run='env'
if ! "$build/hello" 2>/dev/null; then
  run=with_qemu
  if ! with_qemu "$build/hello" 2>"$build/log"; then
    cat "$build/log" >&2
    echo "skipped: its programs do not run here: that needs namespaces, and Linux 6.7"
    exit 0
  fi
fi
readonly run

get_sources
flags=-O1
[ "$run" = env ] || flags+=" -DSYNC_ATOMIC_EMULATED"
quietly cmake -S . -B "$build" -G Ninja -DSYNC_ATOMIC_BUILD_TESTS=ON -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$architecture" \
  -DCMAKE_C_COMPILER="$triple-gcc" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_EXE_LINKER_FLAGS="$link" \
  -DCMAKE_PROJECT_sync_atomic_INCLUDE=cmake/cross.cmake \
  -DSYNC_ATOMIC_SOURCES="$sources" -DSYNC_ATOMIC_INSTALL=OFF
mapfile -t names < <(targets)
[ ${#names[@]} -gt 0 ] || die "no test has such a name: $wanted"
quietly cmake --build "$build" --parallel "$(nproc)" --target "${names[@]}"
check_calls
left_out | sed 's/^\([^ ]*\) *\(.*\)/left out: \1: \2/'
status=0
(cd "$build" && "$run" ctest --output-on-failure --no-tests=error --timeout 900 \
  --tests-regex "^$wanted" --exclude-regex "^$unwanted") | tee "$build/log" || status=$?
report_skipped
sed -nE 's/.*, ([0-9]+) tests? failed out of ([0-9]+)/\1 \2/p' "$build/log" |
  { read -r failed all; echo "$((all - failed)) passed, $failed failed"; }
exit "$status"
