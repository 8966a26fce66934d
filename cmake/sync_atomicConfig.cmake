# SPDX-License-Identifier: Apache-2.0

# find_package(sync_atomic) reads this.
#
# The typed atomics need nothing. What needs Abseil and threads names them, and CMake
# says so where it is linked without them: hence no REQUIRED here.

if(NOT TARGET absl::core_headers)
  find_package(absl CONFIG QUIET)
endif()
find_package(Threads QUIET)
if(NOT TARGET absl::core_headers AND NOT sync_atomic_FIND_QUIETLY)
  message(NOTICE "sync_atomic: no Abseil here, so only the typed atomics can be linked")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/sync_atomicTargets.cmake)
