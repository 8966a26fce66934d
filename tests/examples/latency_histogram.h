// SPDX-License-Identifier: Apache-2.0

// LatencyHistogram: how long things took, counted by one thread and read by
// another while it goes on.
//
//   LatencyHistogram mine;                     // one for each reader
//   mine.Add(nanoseconds);                     // on the reader's thread
//   Latencies all;                             // on the reporter's thread
//   all.Include(mine);
//   all.Percentile(99);
//
// The buckets grow with the times: sixteen for each power of two, so a figure
// is at most one part in sixteen above the truth, and never below it.

#ifndef SYNC_ATOMIC_TESTS_EXAMPLES_LATENCY_HISTOGRAM_H_
#define SYNC_ATOMIC_TESTS_EXAMPLES_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "absl/numeric/bits.h"
#include "sync_atomic/atomic/uint64.h"

namespace hot_reload {

class LatencyHistogram {
 public:
  // Up to 2^40 ns, some 18 minutes. What takes longer counts as that.
  static constexpr std::size_t kBuckets = std::size_t{16} * (40 - 3);

  // Exact below 16 ns. Above, the bucket is the place of the highest bit and
  // the four bits after it.
  static constexpr std::size_t BucketOf(std::uint64_t nanoseconds) {
    if (nanoseconds < 16) return static_cast<std::size_t>(nanoseconds);
    const int shift = static_cast<int>(absl::bit_width(nanoseconds)) - 5;
    return std::min(static_cast<std::size_t>(shift) * 16 +
                        static_cast<std::size_t>(nanoseconds >> shift),
                    kBuckets - 1);
  }

  // The longest time that falls into the bucket.
  static constexpr std::uint64_t LongestIn(std::size_t bucket) {
    if (bucket < 16) return bucket;
    const std::size_t shift = bucket / 16 - 1;
    return ((std::uint64_t{16} + bucket % 16 + 1) << shift) - 1;
  }

  void Add(std::uint64_t nanoseconds) {
    buckets_[BucketOf(nanoseconds)].Add(1);
  }

  std::uint64_t Count(std::size_t bucket) const {
    return buckets_[bucket].Load();
  }

 private:
  std::array<atomic::Uint64, kBuckets> buckets_;
};

// The sum of several histograms, or what was added to it in a while.
class Latencies {
 public:
  void Include(const LatencyHistogram& histogram) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      buckets_[i] += histogram.Count(i);
    }
  }

  void Include(const Latencies& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      buckets_[i] += other.buckets_[i];
    }
  }

  void Exclude(const Latencies& earlier) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      buckets_[i] -= earlier.buckets_[i];
    }
  }

  // In nanoseconds: `percent` of the times are not longer; 100 gives the
  // longest of all. 0 when there are none.
  std::uint64_t Percentile(double percent) const {
    std::uint64_t count = 0;
    for (const std::uint64_t bucket : buckets_) count += bucket;
    const auto rank = static_cast<std::uint64_t>(
        std::ceil(percent / 100 * static_cast<double>(count)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > 0 && seen >= rank) return LatencyHistogram::LongestIn(i);
    }
    return 0;
  }

 private:
  std::array<std::uint64_t, LatencyHistogram::kBuckets> buckets_ = {};
};

}  // namespace hot_reload

#endif  // SYNC_ATOMIC_TESTS_EXAMPLES_LATENCY_HISTOGRAM_H_
