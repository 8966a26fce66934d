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

TEST(WidenedTest, SumsWrapAroundAsTheTypeDoes) {
  Widened<std::int8_t> x(127);
  EXPECT_EQ(x.fetch_add(1), 127);
  EXPECT_EQ(x.load(), -128);
  EXPECT_EQ(x.fetch_sub(2, std::memory_order_acq_rel), -128);
  EXPECT_EQ(x.load(), 126);
  Widened<std::uint16_t> y(0);
  EXPECT_EQ(y.fetch_sub(1, std::memory_order_relaxed), 0);
  EXPECT_EQ(y.load(), 65535);
  EXPECT_EQ(y.fetch_add(2), 65535);
  EXPECT_EQ(y.load(), 1);
  // As it would be compared had it not wrapped around.
  std::uint16_t expected = 1;
  EXPECT_TRUE(y.compare_exchange_strong(expected, 0));
}

TEST(WidenedTest, BitOperationsReturnTheOldValue) {
  Widened<std::int8_t> x(-1);
  EXPECT_EQ(x.fetch_and(0x0f), -1);
  EXPECT_EQ(x.fetch_or(-128), 0x0f);
  EXPECT_EQ(x.fetch_xor(-1), -113);
  EXPECT_EQ(x.load(), 112);
  std::int8_t expected = 112;
  EXPECT_TRUE(x.compare_exchange_strong(expected, 0));
  Widened<std::uint8_t> y(0xf0);
  EXPECT_EQ(y.fetch_xor(0xff), 0xf0);
  EXPECT_EQ(y.load(), 0x0f);
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

TEST(WidenedStressTest, ConcurrentSumsLoseNone) {
  constexpr int kThreads = 4, kEach = 10'000;
  for (int round = 0; round < Effort(10); ++round) {
    SCOPED_TRACE(round);
    Widened<std::uint16_t> sum(0);
    RunTogether(kThreads, [&sum](int) {
      for (int i = 0; i < kEach; ++i) sum.fetch_add(1);
    });
    ASSERT_EQ(sum.load(), kThreads * kEach);
  }
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
