// SPDX-License-Identifier: Apache-2.0

// When a reclaim is due, by a clock that stands still until a test moves it.

#include "sync_atomic/pointer/reclaim/reclaim_schedule.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"

namespace sync_atomic {
namespace internal {
namespace {

struct FakePolicy {
  template <class T>
  using Atomic = std::atomic<T>;
  static std::uint64_t Milliseconds() { return now; }
  inline static std::uint64_t now = 0;
};

constexpr std::size_t kObjects = 1000;
constexpr std::size_t kBytes = 64'000;

class ReclaimScheduleTest : public ::testing::Test {
 protected:
  ReclaimScheduleTest() {
    FakePolicy::now = 1'000'000;
    limits_.Set(kObjects, kBytes);
  }

  // Retires an object of so many bytes. If that reclaims, returns how many
  // further ones a destructor must retire for another round; else 0.
  std::size_t Retire(std::size_t bytes = 1) {
    ++count_;
    bytes_ += bytes;
    if (!schedule_.MayBeDue(count_, bytes_, limits_)) return 0;
    const std::size_t repeat_at = schedule_.IsDue(count_, bytes_, limits_);
    if (repeat_at != 0) count_ = bytes_ = 0;
    return repeat_at;
  }

  // How many retirements there are until one reclaims, itself included.
  std::size_t RetireUntilDue() {
    for (std::size_t n = 1; n <= 2 * kObjects; ++n) {
      if (Retire() != 0) return n;
    }
    return 0;
  }

  void SpendAllTokens() {
    for (int i = 0; i < kTokens; ++i) EXPECT_EQ(RetireUntilDue(), 1u);
  }

  static constexpr int kTokens = ReclaimSchedule<FakePolicy>::kMostTokens;

  RetireLimits<FakePolicy> limits_;
  ReclaimSchedule<FakePolicy> schedule_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

TEST_F(ReclaimScheduleTest, AQuietThreadReclaimsAtOnceSixteenTimesInARow) {
  EXPECT_EQ(kTokens, 16);
  for (int i = 0; i < kTokens; ++i) {
    EXPECT_EQ(Retire(), 1u);
    schedule_.NotePrice(1000, 1);
  }
  EXPECT_EQ(Retire(), 0u);
  FakePolicy::now += 100;
  EXPECT_LE(RetireUntilDue(), 16u);
  for (int i = 1; i < kTokens; ++i) EXPECT_EQ(Retire(), 1u);
  EXPECT_GT(RetireUntilDue(), 16u);
}

TEST_F(ReclaimScheduleTest, ABatchIsAsLongAsThePriceOfItsReclaimAsks) {
  SpendAllTokens();
  schedule_.NotePrice(1000, 1);
  const std::size_t cheap = RetireUntilDue();
  EXPECT_EQ(RetireUntilDue(), cheap);
  for (int i = 0; i < 8; ++i) schedule_.NotePrice(1400, 1);
  const std::size_t dear = RetireUntilDue();
  EXPECT_GT(dear, cheap);
  EXPECT_LT(dear, 2 * cheap);
  for (int i = 0; i < 8; ++i) schedule_.NotePrice(1000, 500);
  EXPECT_GT(RetireUntilDue(), dear);  // many records are a price, too
  for (int i = 0; i < 8; ++i) schedule_.NotePrice(1'000'000, 1);
  EXPECT_EQ(RetireUntilDue(), kObjects);
  for (int i = 0; i < 8; ++i) schedule_.NotePrice(0, 0);
  EXPECT_GE(RetireUntilDue(), 16u);
}

TEST_F(ReclaimScheduleTest, WhatDisturbsAFenceIsNotItsPrice) {
  SpendAllTokens();
  schedule_.NotePrice(1000, 1);
  const std::size_t batch = RetireUntilDue();
  for (int i = 0; i < 7; ++i) schedule_.NotePrice(1'000'000, 1);
  EXPECT_EQ(RetireUntilDue(), batch);
  schedule_.NotePrice(1'000'000, 1);
  EXPECT_EQ(RetireUntilDue(), kObjects);
}

TEST_F(ReclaimScheduleTest, TokensComeBackAsThePriceAllows) {
  for (int i = 0; i < 8; ++i) schedule_.NotePrice(999'000 / 50, 0);
  SpendAllTokens();
  // One for fifty times the price, which is a millisecond and a little.
  FakePolicy::now += 1;
  EXPECT_EQ(Retire(), 0u);
  FakePolicy::now += 1;
  EXPECT_LE(RetireUntilDue(), 16u);
  EXPECT_EQ(Retire(), 0u);
}

TEST_F(ReclaimScheduleTest, LooksAtTheClockAtLeastAtEachSixteenthRetirement) {
  for (int i = 0; i < 8; ++i) schedule_.NotePrice(1'000'000, 1);
  SpendAllTokens();
  EXPECT_EQ(Retire(), 0u);
  FakePolicy::now += 1000;
  EXPECT_LE(RetireUntilDue(), 16u);
}

TEST_F(ReclaimScheduleTest, AReclaimAtOnceGoesOnWithWhatDestructorsRetire) {
  EXPECT_EQ(Retire(), 1u);
  schedule_.SpendTokens(100);
  std::size_t repeat_at = 0;
  while (repeat_at == 0) repeat_at = Retire();
  EXPECT_EQ(repeat_at, 100u);
}

TEST_F(ReclaimScheduleTest, BytesAreALimitToo) {
  schedule_.SpendTokens(100);
  EXPECT_EQ(Retire(kBytes - 1), 0u);
  EXPECT_NE(Retire(1), 0u);
}

TEST_F(ReclaimScheduleTest, ALimitOfNoObjectsIsOne) {
  limits_.Set(0, kBytes);
  SpendAllTokens();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(RetireUntilDue(), 1u);
}

TEST_F(ReclaimScheduleTest, TheNextOwnerBeginsAfresh) {
  schedule_.SpendTokens(100);
  schedule_.Reset();
  EXPECT_EQ(RetireUntilDue(), 1u);
}

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
