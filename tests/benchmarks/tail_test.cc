// SPDX-License-Identifier: Apache-2.0

// What the benchmark of tails makes of its samples. No clock is looked at.

#include "sync_atomic/benchmarks/tail.h"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace sync_atomic {
namespace benchmarks {
namespace {

std::vector<std::int64_t> Backwards(std::size_t count) {
  std::vector<std::int64_t> samples(count);
  std::iota(samples.rbegin(), samples.rend(), 1);
  return samples;
}

TEST(QuantileTest, IsTheSmallestThatSoManyDoNotExceed) {
  EXPECT_EQ(Quantile(Backwards(1), 0.5), 1);
  EXPECT_EQ(Quantile(Backwards(2), 0.5), 1);
  EXPECT_EQ(Quantile(Backwards(3), 0.5), 2);
  EXPECT_EQ(Quantile(Backwards(1000), 0.5), 500);
  EXPECT_EQ(Quantile(Backwards(1000), 0.999), 999);
  EXPECT_EQ(Quantile(Backwards(1001), 0.999), 1000);
  EXPECT_EQ(Quantile(Backwards(1000), 1), 1000);
  EXPECT_EQ(Quantile(Backwards(100), 0.999), 100);
  EXPECT_EQ(Quantile({}, 0.5), 0);
}

TEST(TailTest, HasTheQuantilesOfItsSamples) {
  Tail tail([] { return 7; });
  constexpr std::size_t kBlocks = 64;
  std::size_t count = 0;
  for (const std::int64_t sample : Backwards(kBlocks * Tail::kBlock)) {
    tail.Add(sample);
    // In whole blocks.
    EXPECT_EQ(tail.kept(), ++count / Tail::kBlock * Tail::kBlock);
  }
  EXPECT_EQ(tail.dropped(), 0u);
  EXPECT_EQ(tail.median(), 512);
  EXPECT_EQ(tail.p999(), 1023);
  EXPECT_EQ(tail.most(), 1024);
}

// The block in which the thread lost its core is dropped, and no other.
TEST(TailTest, DropsWhatWasInterrupted) {
  std::int64_t interruptions = 3;
  Tail tail([&] { return interruptions; });
  const auto add_block = [&](std::int64_t sample) {
    for (std::size_t i = 0; i < Tail::kBlock; ++i) tail.Add(sample);
  };
  ++interruptions;
  add_block(3000);
  EXPECT_EQ(tail.most(), 3000);  // there is nothing else
  add_block(1);
  ++interruptions;
  add_block(1000);
  add_block(2);
  interruptions += 5;
  add_block(2000);
  EXPECT_EQ(tail.kept(), 2 * Tail::kBlock);
  EXPECT_EQ(tail.dropped(), 3 * Tail::kBlock);
  EXPECT_EQ(tail.median(), 1);
  EXPECT_EQ(tail.most(), 2);
}

}  // namespace
}  // namespace benchmarks
}  // namespace sync_atomic
