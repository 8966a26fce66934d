# SPDX-License-Identifier: Apache-2.0

# Included by this project when tools/cross.sh builds it for another machine: Abseil,
# GoogleTest and Benchmark are then built with it, from the sources in
# SYNC_ATOMIC_SOURCES, and our own code with the warnings that Bazel has.

set(ABSL_PROPAGATE_CXX_STD ON)
set(BENCHMARK_ENABLE_TESTING OFF)
set(BENCHMARK_ENABLE_WERROR OFF)
foreach(library abseil benchmark googletest)
  add_subdirectory(${SYNC_ATOMIC_SOURCES}/${library} ${library} EXCLUDE_FROM_ALL SYSTEM)
endforeach()

# The warnings of .bazelrc.
file(STRINGS .bazelrc lines REGEX "^build --per_file_copt=\\^\\(atomic")
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".*@" "" options ${line})
  string(REPLACE "," ";" options "${options}")
  add_compile_options(${options})
endforeach()
