// SPDX-License-Identifier: Apache-2.0

// SingleWriterCounter and Statistics: what a thread counts for
// GetReclaimStats() and GetPreemptionStats(). A record keeps the counts of all
// its owners.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_STATISTICS_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_STATISTICS_H_

#include <atomic>
#include <cstdint>

namespace sync_atomic {
namespace internal {

// A number that one thread adds to, and that others may read.
template <class Policy>
class SingleWriterCounter {
 public:
  void Add(std::uint64_t n) {
    // Relaxed: only the owner writes it, and nothing else depends on it.
    count_.store(count_.load(std::memory_order_relaxed) + n,
                 std::memory_order_relaxed);
  }
  std::uint64_t Load() const { return count_.load(); }

 private:
  typename Policy::template Atomic<std::uint64_t> count_{0};
};

// The greatest of the numbers that one thread gave, and that others may read.
template <class Policy>
class SingleWriterMaximum {
 public:
  void Note(std::uint64_t n) {
    // Relaxed: only the owner writes it, and nothing else depends on it.
    const std::uint64_t most = most_.load(std::memory_order_relaxed);
    // Relaxed: as above.
    if (n > most) most_.store(n, std::memory_order_relaxed);
  }
  std::uint64_t Load() const { return most_.load(); }

 private:
  typename Policy::template Atomic<std::uint64_t> most_{0};
};

template <class Policy>
struct Statistics {
  SingleWriterCounter<Policy> retired;
  SingleWriterCounter<Policy> retired_bytes;
  SingleWriterCounter<Policy> freed;
  SingleWriterCounter<Policy> freed_bytes;
  // In one run.
  SingleWriterMaximum<Policy> most_freed;
  SingleWriterMaximum<Policy> longest_run;  // in nanoseconds
  // Loads that counted the box: no hazard slot was free, or too many stores
  // came in between.
  SingleWriterCounter<Policy> counted_loads;
  // Preemption hints: PreemptionStats.
  struct {
    SingleWriterCounter<Policy> requested, granted, yielded, revoked;
  } hints;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_STATISTICS_H_
