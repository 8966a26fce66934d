// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/histogram.h"

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;
using Counts = std::vector<std::uint64_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(HistogramTest, BoundsAreInclusive) {
  Histogram histogram({-1, 0.5, 2});
  for (const double value : {-5.0, -1.0, -0.999, 0.5, 0.75, 2.0, 2.001}) {
    histogram.Observe(value);
  }
  const HistogramData data = histogram.Collect();
  EXPECT_EQ(data.bounds, (std::vector<double>{-1, 0.5, 2}));
  EXPECT_EQ(data.counts, (Counts{2, 2, 2, 1}));
  EXPECT_EQ(data.count, 7u);
  EXPECT_DOUBLE_EQ(data.sum, -5.0 - 1.0 - 0.999 + 0.5 + 0.75 + 2.0 + 2.001);
  EXPECT_EQ(data.CountUpTo(0), 2u);
  EXPECT_EQ(data.CountUpTo(2), 6u);
  EXPECT_EQ(data.CountUpTo(3), data.count);
}

TEST(HistogramTest, IsEmptyAtFirst) {
  const Histogram histogram({1});
  const HistogramData data = histogram.Collect();
  EXPECT_EQ(data.counts, (Counts{0, 0}));
  EXPECT_EQ(data.count, 0u);
  EXPECT_EQ(data.sum, 0.0);
}

TEST(HistogramTest, NeedsNoBounds) {
  Histogram histogram({});
  histogram.Observe(3);
  EXPECT_EQ(histogram.Collect().counts, (Counts{1}));
}

TEST(HistogramTest, TakesWhatIsNoNumber) {
  Histogram histogram({0});
  histogram.Observe(-kInfinity);
  histogram.Observe(kInfinity);
  histogram.Observe(kNaN);
  const HistogramData data = histogram.Collect();
  EXPECT_EQ(data.counts, (Counts{1, 2}));
  EXPECT_TRUE(std::isnan(data.sum));
}

TEST(HistogramTest, CollectTakesNothingAway) {
  Histogram histogram({1, 10});
  for (int i = 1; i <= 20; ++i) {
    histogram.Observe(i);
    for (int again = 0; again < 3; ++again) {
      const HistogramData data = histogram.Collect();
      ASSERT_EQ(data.count, static_cast<std::uint64_t>(i));
      ASSERT_EQ(data.CountUpTo(2), data.count);
      ASSERT_EQ(data.sum, i * (i + 1) / 2);
    }
  }
  EXPECT_EQ(histogram.Collect().counts, (Counts{1, 9, 10}));
}

TEST(HistogramDeathTest, BoundsAreFiniteAndIncrease) {
  EXPECT_DEATH(Histogram({0, kInfinity}), "a bound that is not finite");
  EXPECT_DEATH(Histogram({kNaN}), "a bound that is not finite");
  EXPECT_DEATH(Histogram({1, 1}), "bounds that do not increase strictly");
  EXPECT_DEATH(Histogram({2, 1}), "bounds that do not increase strictly");
}

// Each observation is wholly in what is collected or not at all: what falls
// into a range is of one value.
TEST(HistogramStressTest, EachObservationIsWhollyInOrOut) {
  const int collects = Effort(20'000);
  constexpr int kThreads = 3;
  Histogram histogram({1, 10, 100});
  std::atomic<int> collected{0};
  std::atomic<std::uint64_t> all{0};
  RunTogether(kThreads + 1, [&](int thread) {
    if (thread < kThreads) {
      while (collected.load() < collects) {
        histogram.Observe(1);
        histogram.Observe(10);
        histogram.Observe(1000);
        all.fetch_add(1);
      }
      return;
    }
    struct Done {
      ~Done() { count.store(1 << 30); }
      std::atomic<int>& count;
    };
    const Done done{collected};  // also after a failure
    HistogramData before = histogram.Collect();
    while (collected.fetch_add(1) < collects) {
      const HistogramData now = histogram.Collect();
      ASSERT_EQ(now.count, now.CountUpTo(3));
      ASSERT_EQ(now.sum,
                static_cast<double>(now.counts[0] + 10 * now.counts[1] +
                                    1000 * now.counts[3]));
      for (std::size_t i = 0; i < now.counts.size(); ++i) {
        ASSERT_LE(before.counts[i], now.counts[i]);
      }
      before = now;
    }
  });
  EXPECT_EQ(histogram.Collect().counts, (Counts{all, all, 0, all}));
}

// Collects that meet see each what was observed before.
TEST(HistogramStressTest, CollectsMeet) {
  const int rounds = Effort(20'000);
  constexpr int kThreads = 4;
  Histogram histogram({0.5});
  RunTogether(kThreads, [&](int) {
    std::uint64_t mine = 0;
    for (int i = 0; i < rounds; ++i) {
      histogram.Observe(1);
      ++mine;
      const HistogramData data = histogram.Collect();
      ASSERT_LE(mine, data.count);
      ASSERT_EQ(data.sum, static_cast<double>(data.count));
    }
  });
  EXPECT_EQ(histogram.Collect().count,
            static_cast<std::uint64_t>(rounds * kThreads));
}

}  // namespace
}  // namespace sync_atomic
