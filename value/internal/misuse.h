// DieOfMisuse: how a wrong call of Value or Snapshot ends.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_

#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/die.h"

namespace sync_atomic {
namespace internal {

// Says what was wrong, in Go's words, and then both types. `held` is empty
// where nothing was stored yet.
[[noreturn]] ABSL_ATTRIBUTE_NOINLINE inline void DieOfMisuse(
    std::string_view what, std::string_view held, std::string_view given) {
  // By std::string: an installed Abseil may have a string_view of its own.
  std::string message("sync/atomic: ");
  message.append(what).append(" (holds ");
  message.append(held.empty() ? "nothing" : held);
  Die(message.append(", given ").append(given).append(")"));
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_
