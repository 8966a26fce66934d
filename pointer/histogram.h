// SPDX-License-Identifier: Apache-2.0

// Histogram: how many observations fell into each of some ranges, sharded by
// processor: many threads observe, few collect. As Prometheus has them.
//
//   atomic::Histogram latency({0.001, 0.01, 0.1, 1});  // seconds
//   void Handle(double seconds) { latency.Observe(seconds); }
//   std::uint64_t Fast() { return latency.Collect().CountUpTo(1); }  // <= 0.01
//
// Do not use it for a sum alone: a Counter is smaller and faster.
//
// Threads:   every member except the destructor may run on any threads at once,
//            Observe also in signal handlers, Collect not.
// Order:     seq_cst. Collect counts each Observe that happens before it, none
//            that it happens before, and each of the others wholly or not at
//            all: count is the sum of counts, and sum is that of what they
//            count. Of two observations on two processors it may count the
//            later alone.
// Progress:  Observe never waits for a Collect, and takes four atomic
//            read-modify-writes, of which that of the sum is lock-free and the
//            others wait-free, on cache lines of its processor. To count each
//            wholly takes two of these. Collect blocks while another one runs,
//            and until each Observe that had begun has ended.
// Ownership: two sets of counts for each processor, allocated by the
//            constructor. In the child of a fork Collect blocks forever if
//            another thread was in Observe or Collect at the fork.
// Errors:    bounds that are not finite and strictly increasing terminate the
//            program (message, abort()). The constructor and Collect may throw
//            std::bad_alloc; nothing is lost then. A NaN is above all bounds,
//            and makes the sum a NaN.

#ifndef SYNC_ATOMIC_POINTER_HISTOGRAM_H_
#define SYNC_ATOMIC_POINTER_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

// What a Histogram had observed at one time.
struct HistogramData {
  // What falls into the range i is at most bounds[i], and above bounds[i - 1].
  // There is one more range, of all above.
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
  std::uint64_t count = 0;
  double sum = 0;

  // How many fell into the ranges up to i, that is, are at most bounds[i]; all,
  // if i is bounds.size().
  std::uint64_t CountUpTo(std::size_t i) const {
    std::uint64_t sum_of_counts = 0;
    for (std::size_t range = 0; range <= i; ++range) {
      sum_of_counts += counts[range];
    }
    return sum_of_counts;
  }
};

class SYNC_ATOMIC_INTERNAL_EXPORT Histogram {
 public:
  // Of ranges with these inclusive upper bounds, and of one more, of all above.
  explicit Histogram(std::vector<double> bounds);
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;
  ~Histogram();

  void Observe(double value) noexcept;

  // Returns what was observed until now.
  HistogramData Collect() const;

  const std::vector<double>& bounds() const { return bounds_; }

 private:
  struct Shards;

  const std::vector<double> bounds_;
  Shards* const shards_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_HISTOGRAM_H_
