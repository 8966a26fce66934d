// SPDX-License-Identifier: Apache-2.0

// What becomes of retired objects when heavy fences begin to fail: at each
// fence of each protocol in turn, interrupted at each step by another thread.
// Nothing is freed that somebody may read, nothing twice, and what is not freed
// is counted as leaked.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/tests/support/interleave.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::StepPolicy;

using Pin = internal::BasicPin<StepPolicy>;

// An object that counts how often it was disposed of, and stays, so that a
// second time is seen as well.
struct Object : internal::Retired {
  explicit Object(std::size_t weight) {
    address = this;
    bytes = weight;
    dispose = [](internal::Retired* retired) {
      ++static_cast<Object*>(retired)->disposed;
    };
  }
  int disposed = 0;
};

using Pointer = StepPolicy::Atomic<Object*>;
using Protected = internal::BasicProtected<StepPolicy, Object>;

class FailingFenceTest : public ::testing::Test {
 protected:
  void NewWorld() {
    objects_.clear();
    retired_ = 0;
    current_ = std::make_unique<Pointer>(New());
  }

  // Each weighs another power of two: a sum says which ones it is of.
  Object* New() {
    objects_.emplace_back(std::size_t{1} << objects_.size());
    return &objects_.back();
  }

  void Replace() {
    Object* const old = current_->exchange(New());
    ++retired_;
    StepPolicy::domain().Retire(old);
  }

  // Leaves what was replaced on the own list.
  void ReplaceWithoutAReclaim() {
    StepPolicy::Record& self = StepPolicy::domain().Self();
    Replace();  // reclaims at once; the next one doesn't
    self.schedule.SpendTokens(100);
    const std::size_t before = self.retire_list.count();
    Replace();
    EXPECT_EQ(self.retire_list.count(), before + 1);
  }

  std::optional<Protected> Protect() {
    return std::make_optional<Protected>(StepPolicy::domain(), *current_);
  }

  static void ExpectAlive(const Protected& held) {
    EXPECT_EQ(held.get()->disposed, 0);
  }

  static std::size_t LeakedObjects() {
    return StepPolicy::domain().deferred().leaked_objects();
  }

  static void Reclaim() { StepPolicy::domain().Reclaim(); }

  int disposed() const {
    int sum = 0;
    for (const Object& object : objects_) sum += object.disposed;
    return sum;
  }

  // To be called when nobody reads any more. Each thread looks after its own
  // list.
  void ExpectThatAllIsFreedOrLeaked() {
    for (int thread = 0; thread < StepPolicy::kThreads; ++thread) {
      StepPolicy::As(thread, Reclaim);
    }
    const auto& deferred = StepPolicy::domain().deferred();
    std::size_t kept_bytes = 0;
    for (const Object& object : objects_) {
      ASSERT_LE(object.disposed, 1);
      if (object.disposed == 0) kept_bytes += object.bytes;
    }
    EXPECT_EQ(current_->load()->disposed, 0);
    EXPECT_EQ(deferred.leaked_bytes(), kept_bytes - current_->load()->bytes);
    EXPECT_EQ(deferred.leaked_objects() + static_cast<std::size_t>(disposed()),
              static_cast<std::size_t>(retired_));
  }

  // Interleaves with fences that fail from the first on, from the second on,
  // and so on, until there are that many no more.
  void InterleaveWhileFencesFail(const std::function<void()>& prepare,
                                 const std::function<void()>& run,
                                 const std::function<void()>& interruption,
                                 const std::function<void()>& check) {
    bool failed = true;
    int disposed_before = 0;
    for (int fences = 0; failed; ++fences) {
      SCOPED_TRACE(::testing::Message() << fences << " fences");
      failed = false;
      Interleave(
          [&] {
            NewWorld();
            prepare();
            disposed_before = disposed();
            StepPolicy::world().fences_left = fences;
          },
          run, interruption,
          [&] {
            check();
            ExpectThatAllIsFreedOrLeaked();
            failed = failed || StepPolicy::world().fences_left == 0;
            if (fences == 0) {
              // None of them may be freed: no reader was ever seen.
              EXPECT_EQ(disposed(), disposed_before);
            }
          });
    }
  }

  std::deque<Object> objects_;
  int retired_ = 0;
  std::unique_ptr<Pointer> current_;
};

const auto kNothing = [] {};

TEST_F(FailingFenceTest, AProtectMeetsARetireAtEachStep) {
  std::optional<Protected> held;
  InterleaveWhileFencesFail(
      kNothing,
      [&] {
        held = Protect();
        ExpectAlive(*held);
      },
      [this] { Replace(); },
      [&] {
        ExpectAlive(*held);
        held.reset();
      });
}

TEST_F(FailingFenceTest, ARetireMeetsADropAtEachStep) {
  std::optional<Protected> held;
  InterleaveWhileFencesFail(
      [&] { StepPolicy::As(1, [&] { held = Protect(); }); },
      [this] { Replace(); },
      [&] {
        ExpectAlive(*held);
        held.reset();
      },
      kNothing);
}

TEST_F(FailingFenceTest, ADropMeetsARetireAtEachStep) {
  std::optional<Protected> held;
  InterleaveWhileFencesFail([&] { held = Protect(); }, [&] { held.reset(); },
                            [this] { Replace(); }, kNothing);
}

TEST_F(FailingFenceTest, ARetireMeetsAnUnpinAtEachStep) {
  std::optional<Pin> pin;
  const Object* read = nullptr;
  InterleaveWhileFencesFail(
      [&] {
        StepPolicy::As(1, [&] {
          pin.emplace(StepPolicy::domain());
          read = current_->load();
        });
      },
      [this] { Replace(); },
      [&] {
        EXPECT_EQ(read->disposed, 0);
        pin.reset();
      },
      kNothing);
}

TEST_F(FailingFenceTest, AnUnpinMeetsARetireAtEachStep) {
  std::optional<Pin> pin;
  InterleaveWhileFencesFail([&] { pin.emplace(StepPolicy::domain()); },
                            [&] { pin.reset(); }, [this] { Replace(); },
                            kNothing);
}

// Own lists, the deferred list and a taker who may touch no list of others.
TEST_F(FailingFenceTest, AReclaimMeetsARetireAtEachStep) {
  std::optional<Protected> held;
  InterleaveWhileFencesFail(
      [&] {
        StepPolicy::As(2, [&] { held = Protect(); });
        Replace();  // deferred
        Replace();
        StepPolicy::As(1, [this] { ReplaceWithoutAReclaim(); });
      },
      Reclaim,
      [&] {
        Replace();
        StepPolicy::As(2, [&] { held.reset(); });
      },
      kNothing);
}

TEST_F(FailingFenceTest, AReclaimMeetsAReclaimAtEachStep) {
  InterleaveWhileFencesFail(
      [this] {
        ReplaceWithoutAReclaim();
        StepPolicy::As(1, [this] { ReplaceWithoutAReclaim(); });
      },
      Reclaim, Reclaim, kNothing);
}

// What a thread leaves behind goes to the next owner of its record.
TEST_F(FailingFenceTest, AReclaimMeetsTheEndOfAThreadAtEachStep) {
  const auto leave = [] {
    StepPolicy::Domain& domain = StepPolicy::domain();
    ASSERT_TRUE(domain.Unregister(domain.Self()));
  };
  InterleaveWhileFencesFail(
      [this] {
        ReplaceWithoutAReclaim();
        StepPolicy::As(1, [this] { ReplaceWithoutAReclaim(); });
      },
      Reclaim, leave, kNothing);
  InterleaveWhileFencesFail(
      [this] {
        ReplaceWithoutAReclaim();
        StepPolicy::As(1, [this] { ReplaceWithoutAReclaim(); });
      },
      leave, Reclaim, kNothing);
}

// More objects in slots than one look can deal with, and the second fence of
// the first look fails: those that waited for a further look are not lost.
TEST_F(FailingFenceTest, ManyHeldObjectsAreLeakedTogether) {
  constexpr int kMany = 10;
  for (int fences = 0; fences < 6; ++fences) {
    SCOPED_TRACE(fences);
    StepPolicy::NewWorld();
    NewWorld();
    std::vector<std::optional<Protected>> held;
    StepPolicy::As(1, [&] {
      for (int i = 0; i < kMany; ++i) {
        held.push_back(Protect());
        StepPolicy::domain().Self().schedule.SpendTokens(2 * kMany);
        current_->exchange(New());
      }
    });
    StepPolicy::domain().Self().schedule.SpendTokens(2 * kMany);
    for (int i = 0; i < kMany; ++i) {
      objects_[static_cast<std::size_t>(i)].bytes = 1;
      StepPolicy::domain().Retire(&objects_[static_cast<std::size_t>(i)]);
    }
    StepPolicy::world().fences_left = fences;
    Reclaim();
    EXPECT_EQ(disposed(), 0);
    for (auto& one : held) one.reset();
    Reclaim();
    EXPECT_EQ(LeakedObjects() + static_cast<std::size_t>(disposed()),
              static_cast<std::size_t>(kMany));
    EXPECT_EQ(StepPolicy::domain().deferred().leaked_bytes(), LeakedObjects());
  }
}

TEST_F(FailingFenceTest, WhatWasDeferredIsLeakedAtOnceIfTheSecondFenceFails) {
  StepPolicy::NewWorld();
  NewWorld();
  std::optional<Protected> held;
  StepPolicy::As(1, [&] { held = Protect(); });
  StepPolicy::world().fences_left = 1;
  Replace();
  EXPECT_EQ(LeakedObjects(), 1u);
  ExpectAlive(*held);
  held.reset();
  EXPECT_EQ(disposed(), 0);
}

// A thread that is refused leaks what it retires; its list stays bounded.
TEST_F(FailingFenceTest, OwnListsStayBounded) {
  constexpr std::size_t kLimit = 16, kMany = 1000;
  StepPolicy::NewWorld();
  NewWorld();
  StepPolicy::domain().limits().Set(kLimit, std::size_t{1} << 30);
  StepPolicy::world().fences_left = 0;
  std::deque<Object> many;
  for (std::size_t i = 0; i < kMany; ++i) {
    many.emplace_back(1);
    StepPolicy::domain().Retire(&many.back());
    ASSERT_LE(StepPolicy::domain().Self().retire_list.count(), kLimit);
  }
  EXPECT_GE(LeakedObjects(), kMany - kLimit);
  Reclaim();
  EXPECT_EQ(LeakedObjects(), kMany);
  EXPECT_EQ(StepPolicy::domain().deferred().leaked_bytes(), kMany);
  for (const Object& object : many) EXPECT_EQ(object.disposed, 0);
}

// Nobody knows whether the owner is adding to it.
TEST_F(FailingFenceTest, ARefusedTakerLeavesTheListsOfOthers) {
  StepPolicy::NewWorld();
  NewWorld();
  const StepPolicy::Record* other = nullptr;
  StepPolicy::As(1, [&] {
    ReplaceWithoutAReclaim();
    other = &StepPolicy::domain().Self();
  });
  StepPolicy::world().fences_left = 0;
  Reclaim();
  EXPECT_EQ(other->retire_list.count(), 1u);
  EXPECT_EQ(LeakedObjects(), 0u);
  StepPolicy::As(1, Reclaim);  // the owner needs no fence to take it
  EXPECT_EQ(other->retire_list.count(), 0u);
  EXPECT_EQ(LeakedObjects(), 1u);
}

// A fence that succeeds after others failed is as good as any: what is retired
// then is freed. What was leaked stays so.
TEST_F(FailingFenceTest, FencesThatSucceedAgainFreeAgain) {
  StepPolicy::NewWorld();
  NewWorld();
  StepPolicy::world().fences_left = 0;
  Replace();
  EXPECT_EQ(LeakedObjects(), 1u);
  StepPolicy::world().fences_left = -1;
  Replace();
  Reclaim();
  EXPECT_EQ(LeakedObjects(), 1u);
  EXPECT_EQ(disposed(), 1);
  EXPECT_EQ(objects_[0].disposed, 0);
}

}  // namespace
}  // namespace sync_atomic
