// SPDX-License-Identifier: Apache-2.0

// Widened<T>, also where the typed atomics do without.

#include "sync_atomic/atomic/internal/widened.h"

#include <atomic>
#include <cstdint>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace internal {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

enum class Sign : signed char {
  kLeast = -128,
  kMinus = -1,
  kZero,
  kMost = 127
};
enum class Port : std::uint16_t { kNone, kMost = 65535 };

static_assert(sizeof(Widened<bool>) == sizeof(std::int32_t));
static_assert(Widened<bool>::is_always_lock_free);

TEST(WidenedTest, HoldsTheWholeRangeOfItsType) {
  for (const Sign sign :
       {Sign::kLeast, Sign::kMinus, Sign::kZero, Sign::kMost}) {
    EXPECT_EQ(Widened<Sign>(sign).load(), sign);
  }
  EXPECT_EQ(Widened<Port>(Port::kMost).load(), Port::kMost);
  EXPECT_TRUE(Widened<bool>(true).load());
}

TEST(WidenedTest, StoreSetsAndExchangeReturnsTheOldValue) {
  static Widened<Sign> x(Sign::kZero);
  x.store(Sign::kLeast, std::memory_order_release);
  EXPECT_EQ(x.exchange(Sign::kMost, std::memory_order_acq_rel), Sign::kLeast);
  EXPECT_EQ(x.exchange(Sign::kMinus), Sign::kMost);
  EXPECT_EQ(x.load(std::memory_order_acquire), Sign::kMinus);
}

TEST(WidenedTest, CompareExchangeRefreshesWhatWasExpected) {
  Widened<Sign> x(Sign::kMinus);
  Sign expected = Sign::kMost;
  EXPECT_FALSE(x.compare_exchange_strong(expected, Sign::kZero));
  EXPECT_EQ(expected, Sign::kMinus);
  EXPECT_TRUE(x.compare_exchange_strong(expected, Sign::kLeast,
                                        std::memory_order_acq_rel));
  EXPECT_EQ(expected, Sign::kMinus);
  EXPECT_FALSE(x.compare_exchange_weak(expected, Sign::kZero));
  EXPECT_EQ(expected, Sign::kLeast);
  while (!x.compare_exchange_weak(expected, Sign::kMost,
                                  std::memory_order_release,
                                  std::memory_order_relaxed)) {
  }
  EXPECT_EQ(x.load(), Sign::kMost);
}

TEST(WidenedStressTest, OneThreadTakesEachFlag) {
  constexpr int kThreads = 4, kFlags = 10'000;
  for (int round = 0; round < Effort(100); ++round) {
    SCOPED_TRACE(round);
    struct Flag : Widened<bool> {
      Flag() : Widened(false) {}
    };
    static Flag flags[kFlags];
    for (Flag& flag : flags) flag.store(false);
    std::atomic<int> taken{0};
    RunTogether(kThreads, [&](int) {
      int mine = 0;
      for (Flag& flag : flags) mine += flag.exchange(true) ? 0 : 1;
      taken.fetch_add(mine);
    });
    ASSERT_EQ(taken.load(), kFlags);
  }
}

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
