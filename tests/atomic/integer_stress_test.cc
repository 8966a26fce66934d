// SPDX-License-Identifier: Apache-2.0

// The integer classes, several threads at once.

#include <cstdint>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::RunTogether;

constexpr int kThreads = 4;
constexpr int kRounds = 100;
constexpr std::int64_t kEach = 10'000;

// Many short rounds, because threads overlap most surely just after their
// common start.
TEST(Int64StressTest, ConcurrentAddsLoseNoUpdate) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    Int64 sum;
    RunTogether(kThreads, [&sum](int) {
      for (std::int64_t i = 0; i < kEach; ++i) sum.Add(1);
    });
    ASSERT_EQ(sum.Load(), kThreads * kEach);
  }
}

TEST(Int64StressTest, ConcurrentUpdatesLoseNoUpdate) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    Int64 sum;
    RunTogether(kThreads, [&sum](int) {
      for (std::int64_t i = 0; i < kEach; ++i) {
        sum.Update([](std::int64_t old) { return old + 1; });
      }
    });
    ASSERT_EQ(sum.Load(), kThreads * kEach);
  }
}

}  // namespace
}  // namespace sync_atomic
