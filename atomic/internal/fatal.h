// SPDX-License-Identifier: Apache-2.0

// Fatal: how misuse ends. One clear line on stderr, then abort().

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_FATAL_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_FATAL_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sync_atomic {
namespace internal {

// Allocates nothing, so that it can also report that memory has run out.
[[noreturn]] inline void Fatal(std::string_view message) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()),
               message.data());
  std::abort();
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_FATAL_H_
