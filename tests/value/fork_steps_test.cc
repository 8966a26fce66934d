// SPDX-License-Identifier: Apache-2.0

// A fork by one thread while another is at any step of any operation: the child
// has the first thread alone, and the other never goes on. Each step is tested
// in a child of its own, forked there.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
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
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Counted;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::StepPolicy;

using Cell = internal::Cell<StepPolicy>;
using BoxRef = internal::BoxRef<StepPolicy>;
using Pin = internal::BasicPin<StepPolicy>;
using CanaryBox = internal::BoxOf<StepPolicy, Canary>;
using BoxCell = StepPolicy::Atomic<CanaryBox*>;
using Protected = internal::BasicProtected<StepPolicy, CanaryBox>;

// Thread 0 is interrupted, and thread 1 forks. Thread 2 holds a snapshot, and
// is pinned for longer than the objects wait that it and thread 1 retired.
class ForkStepsTest : public ::testing::Test {
 protected:
  static constexpr int kRetired = 3;
  enum class InHand { kOwn, kAll };  // what thread 0 may have taken

  static void Retire(std::deque<Counted>& objects) {
    StepPolicy::domain().Self().schedule.SpendTokens(100);
    StepPolicy::domain().Retire(&objects.emplace_back());
  }

  void Prepare() {
    for (auto& objects : retired_) objects.clear();
    cell_ = std::make_unique<Cell>();
    current_ = std::make_unique<BoxCell>(new CanaryBox(1));
    cell_->StoreFirst(new CanaryBox(1));
    for (int thread = 2; thread >= 0; --thread) {
      StepPolicy::As(thread, [&] {
        if (thread == 2) {
          held_.emplace(cell_->Load());
          pin_.emplace(StepPolicy::domain());
        }
        auto& self = StepPolicy::domain().Self();
        records_[thread] = &self;
        self.schedule.SpendTokens(100);
        for (int i = 0; i < kRetired; ++i) Retire(retired_[thread]);
      });
    }
    cell_->Store(new CanaryBox(2), *cell_->type());  // what is held waits
  }

  // What the child does on thread 1, and on a new thread.
  void GoOn(InHand in_hand) {
    StepPolicy::World& world = StepPolicy::world();
    StepPolicy::Record* const gone[] = {records_[0], records_[2]};
    StepPolicy::domain().AfterFork(world.this_record[1]);
    for (StepPolicy::Record* const record : gone) {
      EXPECT_EQ(record->pin.nested(), 0u);
      EXPECT_EQ(record->pin.since(), 0u);
    }
    world.this_record[0] = world.this_record[2] = nullptr;

    const auto work = [this] {
      StepPolicy::domain().Synchronize();
      cell_->Store(new CanaryBox(3), *cell_->type());
      const BoxRef hold = cell_->Load();
      ASSERT_NE(hold.box(), nullptr);
      EXPECT_TRUE(static_cast<CanaryBox*>(hold.box())->value.Sings());
      const Protected one(StepPolicy::domain(), *current_);
      EXPECT_TRUE(one.get()->value.Sings());
      const Pin pin(StepPolicy::domain());
      Retire(retired_[1]);
      StepPolicy::domain().Reclaim();
    };
    work();
    // A new thread, which takes over a record.
    StepPolicy::As(3, [&] {
      auto* const self = &StepPolicy::domain().Self();
      EXPECT_TRUE(self == gone[0] || self == gone[1]);
      work();
    });
    StepPolicy::domain().Synchronize();
    StepPolicy::domain().Reclaim();
    EXPECT_TRUE(StepPolicy::domain().Self().retire_list.empty());

    for (int thread = 0; thread <= 2; ++thread) {
      for (const Counted& object : retired_[thread]) {
        EXPECT_LE(object.disposed, 1);
        if (thread != 0 && in_hand == InHand::kOwn) {
          EXPECT_EQ(object.disposed, 1) << "of thread " << thread;
        }
      }
    }
    EXPECT_TRUE(static_cast<CanaryBox*>(held_->box())->value.Sings());
  }

  // Forks as thread 1 at each step of run().
  void ForkAtEachStepOf(InHand in_hand, const std::function<void()>& run) {
    Interleave([this] { Prepare(); }, run,
               [&] {
                 std::fflush(nullptr);
                 const pid_t child = fork();
                 if (child == 0) {
                   GoOn(in_hand);
                   std::fflush(nullptr);
                   _exit(HasFailure() ? 1 : 0);
                 }
                 int status = 0;
                 ASSERT_EQ(waitpid(child, &status, 0), child);
                 ASSERT_EQ(status, 0);
               },
               [this] {
                 StepPolicy::As(2, [&] {
                   held_.reset();
                   pin_.reset();
                 });
                 cell_.reset();
                 current_->load()->Retire();
                 StepPolicy::domain().Reclaim();
                 for (const auto& objects : retired_) {
                   for (const Counted& object : objects) {
                     ASSERT_EQ(object.disposed, 1);
                   }
                 }
                 ASSERT_EQ(Canary::alive(), 0);
               });
  }

  std::unique_ptr<Cell> cell_;
  std::unique_ptr<BoxCell> current_;
  std::optional<BoxRef> held_;
  std::optional<Pin> pin_;
  StepPolicy::Record* records_[3] = {};
  std::deque<Counted> retired_[3];
};

TEST_F(ForkStepsTest, NothingIsLostOrFreedTwiceAtAnyStep) {
  ForkAtEachStepOf(InHand::kOwn, [this] { Retire(retired_[0]); });
  ForkAtEachStepOf(InHand::kOwn, [this] {
    StepPolicy::domain().Self().schedule.SpendTokens(1);
    StepPolicy::domain().Retire(&retired_[0].emplace_back());
  });
}

TEST_F(ForkStepsTest, AReaderMayBeGoneAtAnyStep) {
  ForkAtEachStepOf(InHand::kOwn, [this] {
    const BoxRef hold = cell_->Load();
    const Pin pin(StepPolicy::domain());
    const Protected one(StepPolicy::domain(), *current_);
  });
}

TEST_F(ForkStepsTest, AWriterMayBeGoneAtAnyStep) {
  ForkAtEachStepOf(InHand::kOwn,
                   [this] { cell_->Swap(new CanaryBox(4), *cell_->type()); });
}

// What it has taken to reclaim is leaked at worst.
TEST_F(ForkStepsTest, AReclaimMayBeGoneAtAnyStep) {
  ForkAtEachStepOf(InHand::kAll, [] { StepPolicy::domain().Reclaim(); });
}

TEST_F(ForkStepsTest, AThreadMayBeGoneAtAnyStepOfItsEnd) {
  ForkAtEachStepOf(InHand::kOwn, [] {
    StepPolicy::domain().Unregister(StepPolicy::domain().Self());
  });
}

// The thread that forks may hold anything.
TEST_F(ForkStepsTest, TheForkingThreadKeepsItsPinsAndSlots) {
  StepPolicy::NewWorld();
  Prepare();
  const Pin pin(StepPolicy::domain());
  std::deque<Protected> held;  // more than a record has slots
  for (int i = 0; i < 20; ++i) {
    held.emplace_back(StepPolicy::domain(), *current_);
  }
  StepPolicy::As(1, [this] { current_->exchange(new CanaryBox(5))->Retire(); });
  if (const pid_t child = fork(); child != 0) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    held.clear();
    StepPolicy::As(2, [&] {
      held_.reset();
      pin_.reset();
    });
    current_->load()->Unref();
    return;
  }
  StepPolicy::World& world = StepPolicy::world();
  StepPolicy::domain().AfterFork(world.this_record[0]);
  EXPECT_NE(StepPolicy::domain().Self().pin.since(), 0u);
  world.this_record[1] = world.this_record[2] = nullptr;
  StepPolicy::As(1, [&] {
    Protected more(StepPolicy::domain(), *current_);
    EXPECT_NE(&StepPolicy::domain().Self(), world.this_record[0]);
    StepPolicy::domain().Reclaim();
  });
  for (const Protected& one : held) EXPECT_TRUE(one.get()->value.Sings());
  std::fflush(nullptr);
  _exit(HasFailure() ? 1 : 0);
}

}  // namespace
}  // namespace sync_atomic
