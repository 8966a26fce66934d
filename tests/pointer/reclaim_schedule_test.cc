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

  // Retires an object of so many bytes; true if that reclaims.
  bool Retire(std::size_t bytes = 1, bool reclaiming = false) {
    ++count_;
    bytes_ += bytes;
    const bool due = schedule_.MayBeDue(count_, bytes_, limits_) &&
                     schedule_.IsDue(count_, bytes_, limits_, reclaiming);
    if (due) count_ = bytes_ = 0;
    return due;
  }

  // How many retirements there are until one reclaims, itself included.
  std::size_t RetireUntilDue() {
    for (std::size_t n = 1; n <= 2 * kObjects; ++n) {
      if (Retire()) return n;
    }
    return 0;
  }

  RetireLimits<FakePolicy> limits_;
  ReclaimSchedule<FakePolicy> schedule_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

TEST_F(ReclaimScheduleTest, AThreadThatIsQuietReclaimsAtOnce) {
  EXPECT_EQ(RetireUntilDue(), 1u);
  FakePolicy::now += 10;
  EXPECT_EQ(RetireUntilDue(), 1u);
}

TEST_F(ReclaimScheduleTest, BatchesDoubleWhileReclaimsFollowEachOther) {
  EXPECT_EQ(RetireUntilDue(), 1u);
  for (const std::size_t batch :
       {1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u, 256u, 512u, 1000u, 1000u}) {
    EXPECT_EQ(RetireUntilDue(), batch);
  }
}

TEST_F(ReclaimScheduleTest, ABurstEndsWithTheNextRetirementAfterAWhile) {
  for (int i = 0; i < 7; ++i) RetireUntilDue();
  EXPECT_FALSE(Retire());
  FakePolicy::now += 9;
  EXPECT_FALSE(Retire());
  FakePolicy::now += 1;
  EXPECT_TRUE(Retire());
  // And batches begin small again.
  EXPECT_EQ(RetireUntilDue(), 1u);
  EXPECT_EQ(RetireUntilDue(), 2u);
}

TEST_F(ReclaimScheduleTest, LooksAtTheClockAtLeastAtEachSixteenthRetirement) {
  while (schedule_.threshold < kObjects) RetireUntilDue();
  EXPECT_FALSE(Retire());
  FakePolicy::now += 10;
  EXPECT_LE(RetireUntilDue(), 16u);
}

TEST_F(ReclaimScheduleTest, BytesAreALimitToo) {
  for (int i = 0; i < 8; ++i) RetireUntilDue();
  EXPECT_FALSE(Retire(kBytes - 1));
  EXPECT_TRUE(Retire(1));
}

TEST_F(ReclaimScheduleTest, NeverReclaimsInAReclaim) {
  for (std::size_t i = 0; i < 2 * kObjects; ++i) {
    EXPECT_FALSE(Retire(kBytes, true));
  }
  EXPECT_TRUE(Retire());
}

TEST_F(ReclaimScheduleTest, ALimitOfNoObjectsIsOne) {
  limits_.Set(0, kBytes);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(RetireUntilDue(), 1u);
}

TEST_F(ReclaimScheduleTest, TheNextOwnerBeginsAfresh) {
  for (int i = 0; i < 8; ++i) RetireUntilDue();
  schedule_.Reset();
  EXPECT_EQ(RetireUntilDue(), 1u);
}

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
