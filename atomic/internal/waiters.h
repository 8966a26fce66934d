// SPDX-License-Identifier: Apache-2.0

// Waiters: threads that sleep until a word changes.
//
//   waiter                                who changes the word
//   `waiting` += 1                        change the word
//   look at the word                      if `waiting` != 0:
//   sleep, unless `changes` moved           `changes` += 1, wake all
//
// All are seq_cst: either the waiter sees the change, or the changer sees the
// waiter; and a wake-up between the look and the sleep has moved `changes`.
// While nobody waits, a change costs one load of a line that nobody writes.
//
// Words share the counters by their address, so that they need none of their
// own; a waiter may be woken for another word, and looks again. So a
// thread that wakes one wakes all of a bucket: one of them might wait for
// another word.
//
// Threads:   all members on any threads.
// Progress:  Wake never waits. Wait does, and is for nothing else.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_WAITERS_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_WAITERS_H_

#include <cstddef>
#include <cstdint>

#include "sync_atomic/atomic/internal/hash.h"
#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class Waiters {
 public:
  constexpr Waiters() = default;
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;

  // To be called after the word at `address` was changed.
  [[gnu::always_inline]] void Wake(const void* address) {
    Bucket& bucket = Of(address);
    if (__builtin_expect(bucket.waiting.load() != 0, false)) WakeAll(bucket);
  }

  // The same after a change of any order, also relaxed. A load might come
  // before the change: then neither side sees the other. Of two
  // read-modify-writes of `waiting` one is first, and what is before it the
  // other sees.
  void Notify(const void* address) { NotifyBucket(Of(address)); }

  // The same after a change that anybody may wait for, whatever the word.
  void NotifyEverybody() {
    for (Bucket& bucket : buckets_) NotifyBucket(bucket);
  }

  // Waits until changed(), which looks at the word at `address`; false if that
  // did not come about before `deadline`.
  template <class Changed>
  bool Wait(const void* address, Deadline deadline, Changed changed) {
    if (changed()) return true;
    Bucket& bucket = Of(address);
    bucket.waiting.fetch_add(1);
    bool is_changed = false;
    for (bool in_time = true;;) {
      const std::uint32_t changes = bucket.changes.load();
      is_changed = changed();
      if (is_changed || !in_time) break;
      in_time = Policy::SleepOn(bucket.changes, changes, deadline);
    }
    bucket.waiting.fetch_sub(1);
    return is_changed;
  }

  // In the child of a fork nobody waits.
  void AfterFork() {
    for (Bucket& bucket : buckets_) bucket.waiting.store(0);
  }

 private:
  static constexpr int kBucketBits = 6;
  static constexpr std::size_t kCacheLine = 64;

  struct alignas(kCacheLine) Bucket {
    typename Policy::template Atomic<std::uint32_t> waiting{0};
    typename Policy::template Atomic<std::uint32_t> changes{0};
  };

  Bucket& Of(const void* address) {
    // Neighbours, and cells at any equal distance, come to different buckets.
    return buckets_[HashOf(address, kBucketBits)];
  }

  static void NotifyBucket(Bucket& bucket) {
    if (bucket.waiting.fetch_add(0) != 0) WakeAll(bucket);
  }

  [[gnu::noinline]] static void WakeAll(Bucket& bucket) {
    bucket.changes.fetch_add(1);
    Policy::WakeAll(bucket.changes);
  }

  Bucket buckets_[std::size_t{1} << kBucketBits];
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_WAITERS_H_
