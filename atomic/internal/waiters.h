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
// A watcher is a thread that waits for many words at once, for as long as it
// watches them. It counts itself in the bucket of each, and sleeps on a counter
// that a change of any watched bucket moves:
//
//   watcher, for each word, once: `watched` += 1, `waiting` += 1
//   read the counter, look at all words, sleep unless the counter moved
//
// Threads:   all members on any threads.
// Progress:  Wake never waits. Wait and SleepAsWatcher do, and are for nothing
//            else.

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
    if (__builtin_expect(bucket.waiting.load() != 0, false)) {
      WakeAll(bucket, address);
    }
  }

  // The same after a change of any order, also relaxed. A load might come
  // before the change: then neither side sees the other. Of two
  // read-modify-writes of `waiting` one is first, and what is before it the
  // other sees.
  void Notify(const void* address) { NotifyBucket(Of(address), address); }

  // The same after a change that anybody may wait for, whatever the word.
  void NotifyEverybody() {
    for (Bucket& bucket : buckets_) NotifyBucket(bucket, nullptr);
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

  // From Watch to Unwatch a change of the word at `address` wakes watchers. A
  // watcher that looks at the word afterwards misses no change.
  void Watch(const void* address) {
    // In this order: a change that sees the second sees the first.
    Of(address).watched.fetch_add(1);
    Of(address).waiting.fetch_add(1);
  }
  void Unwatch(const void* address) {
    Of(address).waiting.fetch_sub(1);
    Of(address).watched.fetch_sub(1);
  }
  // To be read before all words are looked at.
  std::uint32_t watched_changes() const { return watched_changes_.load(); }
  // Sleeps unless there were changes since.
  void SleepAsWatcher(std::uint32_t watched_changes) {
    Policy::SleepOn(watched_changes_, watched_changes, Deadline());
  }
  // Has watchers look. `address` is that of the word that changed; null: any.
  void WakeWatchers(const void* address) {
    watched_changes_.fetch_add(1);
    Policy::WakeWatchers(watched_changes_, address);
  }

  // In the child of a fork nobody waits.
  void AfterFork() {
    for (Bucket& bucket : buckets_) {
      bucket.waiting.store(0);
      bucket.watched.store(0);
    }
  }

 private:
  static constexpr int kBucketBits = 6;
  static constexpr std::size_t kCacheLine = 64;

  struct alignas(kCacheLine) Bucket {
    typename Policy::template Atomic<std::uint32_t> waiting{0};
    typename Policy::template Atomic<std::uint32_t> changes{0};
    // How many of those that wait are watchers.
    typename Policy::template Atomic<std::uint32_t> watched{0};
  };

  Bucket& Of(const void* address) {
    // Neighbours, and cells at any equal distance, come to different buckets.
    return buckets_[HashOf(address, kBucketBits)];
  }

  void NotifyBucket(Bucket& bucket, const void* address) {
    if (bucket.waiting.fetch_add(0) != 0) WakeAll(bucket, address);
  }

  [[gnu::noinline]] void WakeAll(Bucket& bucket, const void* address) {
    bucket.changes.fetch_add(1);
    Policy::WakeAll(bucket.changes);
    if (bucket.watched.load() != 0) WakeWatchers(address);
  }

  Bucket buckets_[std::size_t{1} << kBucketBits];
  typename Policy::template Atomic<std::uint32_t> watched_changes_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_WAITERS_H_
