// SPDX-License-Identifier: Apache-2.0

// RetireLimits and ReclaimSchedule: when a thread that retires is to reclaim.
//
// A heavy fence is expensive, so while reclaims follow each other closely each
// has twice as many objects to pay for it, up to the limits. A thread that has
// not reclaimed lately reclaims at once. (F45 to F48 in docs/reclamation.md)
//
// Threads:   limits on any threads; a schedule is one thread's.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SCHEDULE_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SCHEDULE_H_

#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"

namespace sync_atomic {
namespace internal {

// How much a thread lets wait before it reclaims.
template <class Policy>
class RetireLimits {
 public:
  void Set(std::size_t objects, std::size_t bytes) {
    objects_.store(objects == 0 ? 1 : objects);
    bytes_.store(bytes);
  }
  std::size_t objects() const { return objects_.load(); }
  std::size_t bytes() const { return bytes_.load(); }

 private:
  typename Policy::template Atomic<std::size_t> objects_{2048};
  typename Policy::template Atomic<std::size_t> bytes_{std::size_t{256} << 10};
};

template <class Policy>
class ReclaimSchedule {
 public:
  using Limits = RetireLimits<Policy>;

  // For a record's next owner.
  void Reset() { *this = ReclaimSchedule(); }

  // To be called at each retirement, with what the thread's list then holds.
  // False: no reclaim is due.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool MayBeDue(std::size_t count,
                                             std::size_t bytes,
                                             const Limits& limits) {
    return --until_look_ == 0 || count >= limits.objects() ||
           bytes >= limits.bytes();
  }

  // What is to be called if that may be: true if one is due, and the caller
  // then reclaims. `reclaiming`: it can't, since it does so already.
  bool IsDue(std::size_t count, std::size_t bytes, const Limits& limits,
             bool reclaiming) {
    const std::size_t limit = Min(threshold, limits.objects());
    const bool full = count >= limit || bytes >= limits.bytes();
    // The next time is when the clock is to be read, or the limit is reached.
    const std::size_t until_clock = threshold / kThresholdPerClock;
    until_look_ =
        full ? 1 : Min(until_clock == 0 ? 1 : until_clock, limit - count);
    if (reclaiming) return false;
    const std::uint64_t now = Policy::Milliseconds();
    const bool quiet = now - last_reclaim_ms >= kQuietMs;
    if (!full && !quiet) return false;
    threshold = quiet ? 1 : Min(2 * threshold, limits.objects());
    last_reclaim_ms = now;
    until_look_ = 1;
    return true;
  }

  // The next retirement is to look.
  void LookNext() { until_look_ = 1; }

  // A reclaim is due when the list is this long.
  std::size_t threshold = 1;
  std::uint64_t last_reclaim_ms = 0;

 private:
  // A thread that hasn't reclaimed for so long reclaims at once again.
  static constexpr std::uint64_t kQuietMs = 10;
  // How often it looks at the clock for that: at each retirement while its
  // threshold is below twice this, and at each (threshold / this)th otherwise:
  // each 16th with the default limits.
  static constexpr std::size_t kThresholdPerClock = 128;

  // Without <algorithm>, which is twelve thousand lines.
  static std::size_t Min(std::size_t a, std::size_t b) { return a < b ? a : b; }

  // After so many more retirements the thread looks whether a reclaim is due.
  std::size_t until_look_ = 1;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SCHEDULE_H_
