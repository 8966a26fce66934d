// SPDX-License-Identifier: Apache-2.0

// How soon what was retired is destroyed, and how much of it in one call.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <thread>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Counted;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::OnAnotherThread;
using ::sync_atomic::testing::StepPolicy;

TEST(ReclaimBoundsTest, SixteenRetirementsInARowAreDestroyedAtOnce) {
  OnAnotherThread([] {
    for (std::uint64_t i = 0; i < 16; ++i) {
      Retire(new Canary(i));
      EXPECT_EQ(Canary::alive(), 0);
    }
  });
  Reclaim();
}

// A thread that ends its pin has others' objects to destroy, but not all of
// them at once.
TEST(ReclaimBoundsTest, TheEndOfAPinDestroysABoundedNumber) {
  constexpr std::int64_t kBudget = 100, kMany = 5000;
  SetReclaimBudget(kBudget);
  {
    std::optional<PinGuard> pin(std::in_place);
    OnAnotherThread([] {
      for (std::uint64_t i = 0; i < kMany; ++i) Retire(new Canary(i));
    });
    ASSERT_EQ(Canary::alive(), kMany);
    std::int64_t before = Canary::alive();
    int calls = 0;
    while (Canary::alive() != 0 && calls < kMany) {
      pin.reset();
      EXPECT_LE(before - Canary::alive(), kBudget);
      before = Canary::alive();
      pin.emplace();
      ++calls;
    }
    EXPECT_EQ(Canary::alive(), 0);
    EXPECT_LE(calls, 2 * kMany / kBudget);
  }
  SetReclaimBudget(1024);
}

TEST(ReclaimBoundsTest, ReclaimIsNotBounded) {
  constexpr std::int64_t kMany = 5000;
  SetReclaimBudget(1);
  {
    std::optional<PinGuard> pin(std::in_place);
    OnAnotherThread([] {
      for (std::uint64_t i = 0; i < kMany; ++i) Retire(new Canary(i));
    });
    pin.reset();
  }
  EXPECT_GE(Canary::alive(), kMany - 2);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  SetReclaimBudget(1024);
}

// Retires many objects as it is destroyed.
struct Burst {
  static constexpr std::uint64_t kMany = 20'000;

  ~Burst() {
    for (std::uint64_t i = 0; i < kMany; ++i) {
      Retire(new Canary(i));
      most = std::max(most, Canary::alive());
    }
  }
  inline static std::int64_t most = 0;
};

TEST(ReclaimBoundsTest, LimitsHoldInsideADestructor) {
  OnAnotherThread([] { Retire(new Burst); });
  EXPECT_LE(Burst::most, 2049);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// Each retires two of the next kind, and the limit is one object: destructors
// nest as deep as they may, and then wait.
struct Tree {
  explicit Tree(int of) : depth(of) { ++alive; }
  ~Tree() {
    --alive;
    for (int i = 0; depth != 0 && i < 2; ++i) Retire(new Tree(depth - 1));
  }
  int depth;
  inline static int alive = 0;
};

TEST(ReclaimBoundsTest, NestedDestructorsLoseNothing) {
  SetRetireLimits(1, 1 << 18);
  OnAnotherThread([] {
    Retire(new Tree(12));
    Reclaim();
  });
  Reclaim();
  EXPECT_EQ(Tree::alive, 0);
  SetRetireLimits(2048, 256 << 10);
}

// Blocks as it is destroyed.
struct Blocking {
  ~Blocking() {
    entered = true;
    while (!may_end) std::this_thread::yield();
  }
  static void Reset() { entered = may_end = false; }

  inline static std::atomic<bool> entered{false};
  inline static std::atomic<bool> may_end{false};
};

// What a thread has taken and not yet destroyed is not held up by a destructor
// that blocks.
TEST(ReclaimBoundsTest, AReclaimTakesOverFromADestructorThatBlocks) {
  const auto retire = [] {
    for (std::uint64_t i = 0; i < 50; ++i) Retire(new Canary(i));
    Retire(new Blocking);
    for (std::uint64_t i = 0; i < 50; ++i) Retire(new Canary(i));
    Reclaim();
  };
  for (const bool pinned : {false, true}) {
    SCOPED_TRACE(pinned);
    Blocking::Reset();
    std::thread blocked([&] {
      std::optional<PinGuard> pin;
      if (pinned) pin.emplace();
      retire();
      pin.reset();
    });
    while (!Blocking::entered) std::this_thread::yield();
    OnAnotherThread([] { Reclaim(); });
    EXPECT_EQ(Canary::alive(), 0);
    Blocking::may_end = true;
    blocked.join();
    EXPECT_EQ(Canary::alive(), 0);
    EXPECT_EQ(GetReclaimStats().pending, 0);
  }
}

// --- At each step, and without memory ----------------------------------------

class ReclaimBoundsStepsTest : public ::testing::Test {
 protected:
  using Pin = internal::BasicPin<StepPolicy>;
  using Protected = internal::BasicProtected<StepPolicy, Counted>;

  static void Reclaim() { StepPolicy::domain().Reclaim(); }
  void Retire() { StepPolicy::domain().Retire(&objects_.emplace_back()); }

  // Thread 0 is pinned, and others have retired so many objects in so many
  // batches.
  void PinAndRetire(int batches, int objects) {
    objects_.clear();
    pin_.emplace(StepPolicy::domain());
    for (int batch = 0; batch < batches; ++batch) {
      StepPolicy::As(2, [&] {
        for (int i = 0; i < objects; ++i) {
          StepPolicy::domain().Self().schedule.SpendTokens(100);
          Retire();
        }
        Reclaim();
      });
    }
    EXPECT_EQ(disposed(), 0);
  }

  int disposed() const {
    int sum = 0;
    for (const Counted& object : objects_) {
      EXPECT_LE(object.disposed, 1);
      sum += object.disposed;
    }
    return sum;
  }
  int count() const { return static_cast<int>(objects_.size()); }

  std::deque<Counted> objects_;
  std::optional<Pin> pin_;
};

// What waits for a pin is nothing that a reader of something else looks at.
TEST_F(ReclaimBoundsStepsTest, WhatAPinHoldsIsOutOfTheWay) {
  StepPolicy::NewWorld();
  PinAndRetire(3, 5);
  EXPECT_TRUE(StepPolicy::domain().deferred().empty());
  EXPECT_FALSE(StepPolicy::domain().Self().pin_waiters.empty());
  pin_.reset();
  EXPECT_TRUE(StepPolicy::domain().Self().pin_waiters.empty());
  EXPECT_EQ(disposed(), count());
}

// It goes on to the next pin as it is.
TEST_F(ReclaimBoundsStepsTest, ABatchIsPassedOnToTheNextPin) {
  StepPolicy::NewWorld();
  std::optional<Pin> next;
  internal::ThreadRecord<StepPolicy>* other = nullptr;
  pin_.emplace(StepPolicy::domain());
  StepPolicy::As(1, [&] {
    other = &StepPolicy::domain().Self();
    next.emplace(StepPolicy::domain());
  });
  PinAndRetire(2, 40);
  pin_.reset();
  EXPECT_EQ(disposed(), 0);
  EXPECT_FALSE(other->pin_waiters.empty());
  StepPolicy::As(1, [&] { next.reset(); });
  EXPECT_EQ(disposed(), count());
}

// What a call may not take goes on with whatever its thread releases next.
TEST_F(ReclaimBoundsStepsTest, WhatIsTooMuchForOneCallMeetsAReclaim) {
  const auto prepare = [this] {
    StepPolicy::domain().limits().SetForOthers(3);
    PinAndRetire(3, 20);
  };
  const auto check = [this] {
    const Counted one;
    StepPolicy::Atomic<const Counted*> cell(&one);
    for (int i = 0; i < 2 * count() && disposed() != count(); ++i) {
      const internal::BasicProtected<StepPolicy, const Counted> held(
          StepPolicy::domain(), cell);
    }
    EXPECT_EQ(disposed(), count());
  };
  Interleave(
      prepare, [this] { pin_.reset(); }, Reclaim, check);
  Interleave(
      prepare, [this] { pin_.reset(); }, [this] { Retire(); },
      [&] {
        StepPolicy::As(1, Reclaim);
        check();
      });
  Interleave(
      prepare,
      [this] {
        const int before = disposed();
        pin_.reset();
        EXPECT_LE(disposed() - before, 3);
      },
      [] {}, check);
}

// Wherever memory ends, what is retired is disposed of once.
TEST_F(ReclaimBoundsStepsTest, NothingIsLostWithoutMemory) {
  for (int mallocs = 0; mallocs < 12; ++mallocs) {
    SCOPED_TRACE(mallocs);
    StepPolicy::NewWorld();
    StepPolicy::world().mallocs_left = mallocs;
    PinAndRetire(3, 20);
    pin_.reset();
    EXPECT_EQ(disposed(), count());
    Reclaim();
    EXPECT_EQ(disposed(), count());
  }
}

// Wherever another thread takes over what is being disposed of, and wherever it
// is then, each object is disposed of once.
TEST_F(ReclaimBoundsStepsTest, ATakeoverMeetsItsOwnerAtEachStep) {
  const auto prepare = [this] {
    objects_.clear();
    for (int i = 0; i < 4; ++i) {
      StepPolicy::domain().Self().schedule.SpendTokens(100);
      Retire();
    }
  };
  const auto check = [this] {
    // What neither of the two took is disposed of with what is retired next.
    Retire();
    Retire();
    EXPECT_GE(disposed(), 4);
    Reclaim();
    EXPECT_EQ(disposed(), count());
  };
  Interleave(prepare, Reclaim, Reclaim, check);
}

TEST_F(ReclaimBoundsStepsTest, ABudgetHoldsWithoutMemoryAsFarAsItCan) {
  for (int mallocs = 0; mallocs < 12; ++mallocs) {
    SCOPED_TRACE(mallocs);
    StepPolicy::NewWorld();
    StepPolicy::domain().limits().SetForOthers(3);
    StepPolicy::world().mallocs_left = mallocs;
    PinAndRetire(3, 20);
    pin_.reset();
    Reclaim();
    EXPECT_EQ(disposed(), count());
  }
}

}  // namespace
}  // namespace sync_atomic
