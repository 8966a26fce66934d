// SPDX-License-Identifier: Apache-2.0

// RetireLimits and ReclaimSchedule: when a thread that retires is to reclaim.
//
// At once, while it has tokens: a few stores in a row leave nothing behind. It
// gets one back for so much time that reclaims at once take a fiftieth of it,
// by the measured price of a heavy fence and a look at all announcements. Where
// they are used up, it reclaims a batch at a time, as long as it takes for that
// price to be small for each object. (F46 to F49 in docs/reclamation.md)
//
// Threads:   limits on any threads; a schedule is one thread's.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SCHEDULE_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SCHEDULE_H_

#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"

namespace sync_atomic {
namespace internal {

// How much a thread lets wait before it reclaims, and how many objects of
// others it takes in one call.
template <class Policy>
class RetireLimits {
 public:
  void Set(std::size_t objects, std::size_t bytes) {
    objects_.store(objects == 0 ? 1 : objects);
    bytes_.store(bytes);
  }
  std::size_t objects() const { return objects_.load(); }
  std::size_t bytes() const { return bytes_.load(); }
  bool AreReached(std::size_t objects, std::size_t bytes) const {
    return objects >= objects_.load() || bytes >= bytes_.load();
  }

  void SetForOthers(std::size_t objects) {
    for_others_.store(objects == 0 ? 1 : objects);
  }
  std::size_t for_others() const { return for_others_.load(); }

 private:
  typename Policy::template Atomic<std::size_t> objects_{2048};
  typename Policy::template Atomic<std::size_t> bytes_{std::size_t{256} << 10};
  typename Policy::template Atomic<std::size_t> for_others_{1024};
};

template <class Policy>
class ReclaimSchedule {
 public:
  using Limits = RetireLimits<Policy>;

  static constexpr std::uint32_t kMostTokens = 16;

  // For a record's next owner.
  void Reset() { *this = ReclaimSchedule(); }

  // To be called at each retirement, with what the thread's list then holds.
  // False: no reclaim is due, and the list held something before.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool MayBeDue(std::size_t count,
                                             std::size_t bytes,
                                             const Limits& limits) {
    return --until_look_ == 0 || count == 1 || limits.AreReached(count, bytes);
  }

  // What is to be called if that may be. 0: no reclaim is due; otherwise the
  // caller reclaims, and again while destructors have retired so many.
  std::size_t IsDue(std::size_t count, std::size_t bytes,
                    const Limits& limits) {
    until_look_ = 1;
    const std::size_t full = Min(batch_, limits.objects());
    if (count >= full || limits.AreReached(count, bytes)) return full;
    if (TakeToken()) return 1;
    until_look_ = Min(full - count, kLooks);
    return 0;
  }

  // The next retirement is to look.
  void LookNext() { until_look_ = 1; }

  // What a reclaim's heavy fence took, and how many records it looked at.
  void NotePrice(std::uint64_t fence_nanoseconds, std::size_t records) {
    fences_[next_fence_++ % kFences] = fence_nanoseconds;
    // The least of several: what disturbed one of them was not its price.
    std::uint64_t least = fence_nanoseconds;
    for (const std::uint64_t fence : fences_) {
      if (fence != 0 && fence < least) least = fence;
    }
    price_ = least + kPriceOfTheRest + records * kPriceOfARecord;
    batch_ = Max(static_cast<std::uint32_t>(price_ / kPriceOfOne), kLeastBatch);
  }

  // From now on it reclaims when so many wait, until the clock moves. For
  // tests.
  void SpendTokens(std::size_t batch) {
    tokens_ = 0;
    until_look_ = 1;
    refilled_ms_ = Policy::Milliseconds();
    batch_ = batch;
  }

 private:
  // What a reclaim may cost for each object, in nanoseconds.
  static constexpr std::uint64_t kPriceOfOne = 2;
  static constexpr std::size_t kLeastBatch = 16;
  // A token for so many times the price of a reclaim.
  static constexpr std::uint64_t kPricesOfAToken = 50;
  // Without tokens it looks at the clock at each such retirement.
  static constexpr std::size_t kLooks = 16;
  static constexpr std::size_t kFences = 8;
  // What else there is to a reclaim, in nanoseconds.
  static constexpr std::uint64_t kPriceOfTheRest = 200;
  static constexpr std::uint64_t kPriceOfARecord = 4;

  // Without <algorithm>, which is twelve thousand lines.
  static std::size_t Min(std::size_t a, std::size_t b) { return a < b ? a : b; }
  static std::size_t Max(std::size_t a, std::size_t b) { return a < b ? b : a; }

  bool TakeToken() {
    const std::uint64_t now = Policy::Milliseconds();
    const std::uint64_t refill =
        (now - refilled_ms_) * 1'000'000 / (kPricesOfAToken * price_);
    if (refill != 0) {
      tokens_ = refill + tokens_ < kMostTokens
                    ? tokens_ + static_cast<std::uint32_t>(refill)
                    : kMostTokens;
      refilled_ms_ = now;
    }
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
  }

  // After so many more retirements the thread looks whether a reclaim is due.
  std::size_t until_look_ = 1;
  std::size_t batch_ = 128;
  std::uint32_t tokens_ = kMostTokens;
  std::uint32_t next_fence_ = 0;
  std::uint64_t refilled_ms_ = 0;
  std::uint64_t price_ = 1000;
  std::uint64_t fences_[kFences] = {};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SCHEDULE_H_
