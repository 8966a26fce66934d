// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/latency_histogram.h"

#include <cstddef>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace hot_reload {
namespace {

TEST(LatencyHistogramTest, BucketsFollowEachOtherWithoutGapOrOverlap) {
  std::uint64_t shortest = 0;
  for (std::size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
    SCOPED_TRACE(i);
    const std::uint64_t longest = LatencyHistogram::LongestIn(i);
    ASSERT_LE(shortest, longest);
    ASSERT_EQ(LatencyHistogram::BucketOf(shortest), i);
    ASSERT_EQ(LatencyHistogram::BucketOf(longest), i);
    // No wider than a sixteenth of what is in it.
    ASSERT_LE((longest - shortest) * 16, shortest);
    shortest = longest + 1;
  }
}

TEST(LatencyHistogramTest, WhatTakesLongerThanTheLastBucketCountsThere) {
  EXPECT_EQ(LatencyHistogram::BucketOf(std::uint64_t{1} << 40),
            LatencyHistogram::kBuckets - 1);
  EXPECT_EQ(
      LatencyHistogram::BucketOf(std::numeric_limits<std::uint64_t>::max()),
      LatencyHistogram::kBuckets - 1);
}

TEST(LatenciesTest, PercentilesOfAllHistogramsIncluded) {
  LatencyHistogram low;
  LatencyHistogram high;
  for (std::uint64_t i = 1; i <= 98; ++i) low.Add(3);
  high.Add(10);
  high.Add(15);
  Latencies all;
  all.Include(low);
  all.Include(high);
  EXPECT_EQ(all.Percentile(50), 3u);
  EXPECT_EQ(all.Percentile(98), 3u);
  EXPECT_EQ(all.Percentile(99), 10u);
  EXPECT_EQ(all.Percentile(100), 15u);
}

TEST(LatenciesTest, ExcludeLeavesWhatCameLater) {
  LatencyHistogram histogram;
  histogram.Add(15);
  Latencies earlier;
  earlier.Include(histogram);
  histogram.Add(2);
  Latencies later;
  later.Include(histogram);
  ASSERT_EQ(later.Percentile(100), 15u);
  later.Exclude(earlier);
  EXPECT_EQ(later.Percentile(100), 2u);
}

TEST(LatenciesTest, WithoutTimesAllPercentilesAreZero) {
  const Latencies none;
  EXPECT_EQ(none.Percentile(50), 0u);
  EXPECT_EQ(none.Percentile(100), 0u);
}

}  // namespace
}  // namespace hot_reload
