// DeadlineAfter: until when somebody waits who waits for so long.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_DEADLINE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_DEADLINE_H_

#include <algorithm>
#include <chrono>

#include "absl/time/time.h"
#include "sync_atomic/pointer/internal/policy.h"

namespace sync_atomic {
namespace internal {

inline Deadline DeadlineAfter(absl::Duration timeout) {
  // Further ahead the clock would overflow, and where a long has 32 bits the
  // seconds that SleepOn() hands to the kernel.
  constexpr absl::Duration kForEver = absl::Hours(24 * 365 * 50);
  if (timeout >= kForEver) return Deadline();
  return std::chrono::steady_clock::now() +
         absl::ToChronoNanoseconds((std::max)(timeout, absl::ZeroDuration()));
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_DEADLINE_H_
