// SPDX-License-Identifier: Apache-2.0

// Counter and the processor that it shards by.

#include "sync_atomic/pointer/counter.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::RunTogether;

ABSL_CONST_INIT Counter global;

TEST(CounterTest, IsZeroAtFirstAndSumsUp) {
  EXPECT_EQ(global.Load(), 0);
  global.Add(5);
  global.Add(-7);
  EXPECT_EQ(global.Load(), -2);
}

TEST(CounterTest, SumsWrapAround) {
  Counter counter;
  counter.Add(std::numeric_limits<std::int64_t>::max());
  counter.Add(1);
  EXPECT_EQ(counter.Load(), std::numeric_limits<std::int64_t>::min());
}

TEST(CounterStressTest, ConcurrentAddsLoseNoUpdate) {
  constexpr int kThreads = 4;
  constexpr std::int64_t kAddsEach = 10'000;
  for (int round = 0; round < 50; ++round) {
    SCOPED_TRACE(round);
    Counter counter;
    RunTogether(kThreads, [&counter](int thread) {
      for (std::int64_t i = 0; i < kAddsEach; ++i) {
        counter.Add(thread == 0 ? -1 : 2);
      }
    });
    ASSERT_EQ(counter.Load(), (2 * (kThreads - 1) - 1) * kAddsEach);
  }
}

// What was added before a Load is in it.
TEST(CounterStressTest, ALoadMissesNothingThatWasAddedBefore) {
  for (int round = 0; round < 50; ++round) {
    SCOPED_TRACE(round);
    constexpr std::int64_t kAdds = 5'000;
    Counter counter;
    std::atomic<int> adding{2};
    std::int64_t least[3] = {};
    RunTogether(3, [&](int thread) {
      if (thread == 2) {
        while (adding.load() != 0) {
          const std::int64_t sum = counter.Load();
          ASSERT_GE(sum, least[2]);
          least[2] = sum;
        }
      } else {
        for (std::int64_t i = 1; i <= kAdds; ++i) {
          counter.Add(1);
          ASSERT_GE(counter.Load(), i);
        }
        adding.fetch_sub(1);
      }
    });
    ASSERT_EQ(counter.Load(), 2 * kAdds);
  }
}

TEST(ProcessorTest, IsWithinTheLimit) {
  const int limit = internal::ProcessorLimit();
  ASSERT_GE(limit, 1);
  RunTogether(4, [limit](int) {
    for (int i = 0; i < 10'000; ++i) {
      const int processor = internal::CurrentProcessor();
      ASSERT_GE(processor, 0);
      ASSERT_LT(processor, limit);
    }
  });
  EXPECT_EQ(internal::ProcessorLimit(), limit);
}

}  // namespace
}  // namespace sync_atomic
