// SPDX-License-Identifier: Apache-2.0

// Enum<E>: what each operation returns and leaves.

#include "sync_atomic/atomic/enum.h"

#include <atomic>
#include <cstdint>
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

enum class State { kIdle, kRunning, kStopped };
enum class Letter : char { kA = 'a' };  // nothing is 0
enum class Answer : bool { kNo, kYes };
enum class Huge : std::uint64_t { kMost = ~std::uint64_t{0} };
enum Unscoped { kZero, kOne };
enum class Flags : std::uint8_t { kNone = 0, kA = 1, kB = 2, kC = 0x80 };
enum Fixed : int { kFixedNone = 0, kFixedA = 1, kFixedB = 2 };

static_assert(sizeof(Enum<State>) == sizeof(State));
static_assert(sizeof(Enum<Letter>) == 1 ||
              !std::atomic<Letter>::is_always_lock_free);
static_assert(sizeof(Enum<Huge>) == 8 && alignof(Enum<Huge>) == 8);
static_assert(std::is_standard_layout_v<Enum<State>>);
static_assert(std::is_trivially_destructible_v<Enum<State>>);
static_assert(!std::is_copy_constructible_v<Enum<State>>);
static_assert(!std::is_copy_assignable_v<Enum<State>>);
static_assert(!std::is_convertible_v<State, Enum<State>>);
static_assert(!std::is_convertible_v<Enum<State>, State>);
static_assert(!std::is_constructible_v<Enum<State>, int>);
static_assert(!std::is_constructible_v<State, Enum<State>>);
static_assert(!std::is_assignable_v<Enum<State>&, State>);
static_assert(!internal::kHasFixedType<Unscoped>);
static_assert(internal::kHasFixedType<Fixed>);
static_assert(internal::kHasFixedType<Answer>);
static_assert(internal::kHasFixedType<Huge>);
static_assert(!std::is_convertible_v<Enum<State>&, Enum<Letter>&>);
static_assert(Enum<State>::is_always_lock_free);
static_assert(Enum<Letter>::is_always_lock_free);
static_assert(Enum<Huge>::is_always_lock_free);

TEST(EnumTest, IsTheOneWhoseValueIsZeroAtFirst) {
  static constexpr Enum<State> zero;
  EXPECT_EQ(zero.Load(), State::kIdle);
  EXPECT_EQ(Enum<State>(State::kRunning).Load(), State::kRunning);
  EXPECT_EQ(Enum<Letter>().Load(), Letter{});
  EXPECT_EQ(Enum<Unscoped>().Load(), kZero);
}

TEST(EnumTest, StoreSetsAndSwapReturnsTheOldValue) {
  Enum<State> x;
  x.Store(State::kRunning);
  EXPECT_EQ(x.Swap(State::kStopped), State::kRunning);
  EXPECT_EQ(x.Load(), State::kStopped);
}

TEST(EnumTest, CompareAndSwapWantsTheExpectedValue) {
  Enum<State> x;
  EXPECT_FALSE(x.CompareAndSwap(State::kRunning, State::kStopped));
  EXPECT_EQ(x.Load(), State::kIdle);
  EXPECT_TRUE(x.CompareAndSwap(State::kIdle, State::kRunning));
  EXPECT_EQ(x.Load(), State::kRunning);
}

TEST(EnumTest, CompareExchangeRefreshesWhatWasExpected) {
  Enum<State> x(State::kStopped);
  State expected = State::kIdle;
  EXPECT_FALSE(x.CompareExchange(expected, State::kRunning));
  EXPECT_EQ(expected, State::kStopped);
}

TEST(EnumTest, HoldsTheWholeRangeOfItsType) {
  Enum<Huge> x(Huge::kMost);
  EXPECT_EQ(x.Load(), Huge::kMost);
}

TEST(EnumTest, FlagsAreSetClearedAndToggled) {
  Enum<Flags> x(Flags::kA);
  EXPECT_EQ(x.Or(Flags::kC), Flags::kA);
  EXPECT_EQ(x.Load(), Flags{0x81});
  EXPECT_EQ(x.Xor(Flags::kB, std::memory_order_acq_rel), Flags{0x81});
  EXPECT_EQ(x.Load(), Flags{0x83});
  EXPECT_EQ(x.And(Flags{0x7f}, std::memory_order_relaxed), Flags{0x83});
  EXPECT_EQ(x.Load(), Flags{3});
}

TEST(EnumTest, FlagsMayBeUnscoped) {
  Enum<Fixed> x(kFixedA);
  EXPECT_EQ(x.Or(kFixedB), kFixedA);
  EXPECT_EQ(x.Load(), Fixed{3});
}

TEST(EnumTest, FlagsMayBeBools) {
  Enum<Answer> x(Answer::kNo);
  EXPECT_EQ(x.Or(Answer::kYes), Answer::kNo);
  EXPECT_EQ(x.Xor(Answer::kYes), Answer::kYes);
  EXPECT_EQ(x.Load(), Answer::kNo);
}

TEST(EnumTest, UpdateStartsAgainIfTheValueChangedMeanwhile) {
  Enum<Unscoped> x;
  bool interrupted = false;
  EXPECT_EQ(x.Update([&](Unscoped old) {
    if (!std::exchange(interrupted, true)) x.Store(kOne);
    return old == kOne ? kZero : kOne;
  }),
            kZero);
  EXPECT_EQ(x.Load(), kZero);
}

TEST(EnumTest, PrintsItsNumber) {
  EXPECT_EQ(::testing::PrintToString(Enum<State>(State::kStopped)), "2");
  EXPECT_EQ(::testing::PrintToString(Enum<Letter>(Letter::kA)), "97");
  EXPECT_EQ(::testing::PrintToString(Enum<Answer>(Answer::kYes)), "true");
  EXPECT_EQ(::testing::PrintToString(Enum<Huge>(Huge::kMost)),
            "18446744073709551615");
  std::ostringstream os;
  os << Enum<State>(State::kRunning);
  EXPECT_EQ(os.str(), "1");
}

TEST(EnumStressTest, OneThreadWinsEachTransition) {
  constexpr int kThreads = 4;
  constexpr int kMachines = 10'000;
  for (int round = 0; round < Effort(100); ++round) {
    SCOPED_TRACE(round);
    static Enum<State> machines[kMachines];
    for (Enum<State>& machine : machines) machine.Store(State::kIdle);
    std::atomic<int> started{0};
    RunTogether(kThreads, [&](int) {
      int mine = 0;
      for (Enum<State>& machine : machines) {
        if (machine.CompareAndSwap(State::kIdle, State::kRunning)) ++mine;
      }
      started.fetch_add(mine);
    });
    ASSERT_EQ(started.load(), kMachines);
  }
}

}  // namespace
}  // namespace sync_atomic
