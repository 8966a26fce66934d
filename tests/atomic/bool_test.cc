// SPDX-License-Identifier: Apache-2.0

// Bool: what each operation returns and leaves.

#include "sync_atomic/atomic/bool.h"

#include <atomic>
#include <sstream>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

static_assert(sizeof(Bool) == 1 || !std::atomic<bool>::is_always_lock_free);
static_assert(std::is_standard_layout_v<Bool>);
static_assert(std::is_trivially_destructible_v<Bool>);
static_assert(!std::is_copy_constructible_v<Bool>);
static_assert(!std::is_copy_assignable_v<Bool>);
static_assert(!std::is_convertible_v<bool, Bool>);
static_assert(!std::is_convertible_v<Bool, bool>);
static_assert(!std::is_constructible_v<bool, Bool>);
static_assert(!std::is_assignable_v<Bool&, bool>);
static_assert(Bool::is_always_lock_free);

TEST(BoolTest, IsFalseAtFirst) {
  static constexpr Bool zero;
  EXPECT_FALSE(zero.Load());
  EXPECT_TRUE(Bool(true).Load());
}

TEST(BoolTest, StoreSetsAndSwapReturnsTheOldValue) {
  Bool x;
  x.Store(true);
  EXPECT_TRUE(x.Swap(true));
  EXPECT_TRUE(x.Swap(false));
  EXPECT_FALSE(x.Swap(false));
}

TEST(BoolTest, CompareAndSwapWantsTheExpectedValue) {
  Bool x;
  EXPECT_FALSE(x.CompareAndSwap(true, true));
  EXPECT_FALSE(x.Load());
  EXPECT_TRUE(x.CompareAndSwap(false, true));
  EXPECT_TRUE(x.Load());
}

TEST(BoolTest, CompareExchangeRefreshesWhatWasExpected) {
  Bool x(true);
  bool expected = false;
  EXPECT_FALSE(x.CompareExchange(expected, true));
  EXPECT_TRUE(expected);
  while (!x.CompareExchange(expected, false)) {
  }
  EXPECT_FALSE(x.Load());
}

TEST(BoolTest, ToggleTurnsItOverAndReturnsTheOldValue) {
  Bool x;
  EXPECT_FALSE(x.Toggle());
  EXPECT_TRUE(x.Load());
  EXPECT_TRUE(x.Toggle());
  EXPECT_FALSE(x.Load());
}

TEST(BoolTest, BitOperationsReturnTheOldValue) {
  for (const bool old : {false, true}) {
    for (const bool mask : {false, true}) {
      Bool x(old);
      EXPECT_EQ(x.Or(mask), old);
      EXPECT_EQ(x.Load(), old || mask);
      x.Store(old);
      EXPECT_EQ(x.And(mask, std::memory_order_acq_rel), old);
      EXPECT_EQ(x.Load(), old && mask);
      x.Store(old);
      EXPECT_EQ(x.Xor(mask, std::memory_order_relaxed), old);
      EXPECT_EQ(x.Load(), old != mask);
    }
  }
}

TEST(BoolTest, UpdateStartsAgainIfTheValueChangedMeanwhile) {
  Bool x;
  bool interrupted = false;
  int calls = 0;
  EXPECT_FALSE(x.Update([&](bool old) {
    ++calls;
    if (!std::exchange(interrupted, true)) x.Store(true);
    return !old;
  }));
  EXPECT_FALSE(x.Load());
  EXPECT_EQ(calls, 2);
}

TEST(BoolTest, PrintsItsValue) {
  EXPECT_EQ(::testing::PrintToString(Bool(true)), "true");
  EXPECT_EQ(::testing::PrintToString(Bool(false)), "false");
  std::ostringstream os;
  os << Bool(true);
  EXPECT_EQ(os.str(), "true");
}

// An even number of toggles changes nothing, and as many of them turned it on
// as off.
TEST(BoolStressTest, ConcurrentTogglesLoseNone) {
  constexpr int kThreads = 4, kEach = 10'000;
  for (int round = 0; round < Effort(100); ++round) {
    SCOPED_TRACE(round);
    Bool x;
    std::atomic<int> turned_on{0};
    RunTogether(kThreads, [&](int) {
      int mine = 0;
      for (int i = 0; i < kEach; ++i) mine += x.Toggle() ? 0 : 1;
      turned_on.fetch_add(mine);
    });
    ASSERT_FALSE(x.Load());
    ASSERT_EQ(turned_on.load(), kThreads * kEach / 2);
  }
}

}  // namespace
}  // namespace sync_atomic
