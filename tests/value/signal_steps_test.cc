// SPDX-License-Identifier: Apache-2.0

// A signal handler that pins and loads, at each step of each operation of the
// thread that it interrupts: the same record, in the middle of anything.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::StepPolicy;

using Cell = internal::Cell<StepPolicy>;
using BoxRef = internal::BoxRef<StepPolicy>;
using Pin = internal::BasicPin<StepPolicy>;
using CanaryBox = internal::BoxOf<StepPolicy, Canary>;
using BoxCell = StepPolicy::Atomic<CanaryBox*>;
using Protected = internal::BasicProtected<StepPolicy, CanaryBox>;

class SignalStepsTest : public ::testing::Test {
 protected:
  void Prepare() {
    cell_ = std::make_unique<Cell>();
    current_ = std::make_unique<BoxCell>(new CanaryBox(1));
    cell_->StoreFirst(new CanaryBox(1));
    StepPolicy::domain().Self();
  }

  // On the interrupted thread. While it is pinned, another thread replaces and
  // reclaims what it reads.
  void Handle() {
    if (StepPolicy::this_record() == nullptr) return;  // the thread has ended
    StepPolicy::Record& self = internal::SelfInHandler<StepPolicy>();
    StepPolicy::domain().Pin(self);
    const auto* const box = static_cast<const CanaryBox*>(cell_->LoadPinned());
    const CanaryBox* const other = current_->load();
    StepPolicy::As(1, [this] {
      cell_->Store(new CanaryBox(2), *cell_->type());
      current_->exchange(new CanaryBox(2))->Retire();
      StepPolicy::domain().Reclaim();
    });
    EXPECT_TRUE(box == nullptr || box->value.Sings());
    EXPECT_TRUE(other->value.Sings());
    const std::int64_t before = Canary::alive();
    StepPolicy::domain().UnpinInHandler(self);
    EXPECT_EQ(Canary::alive(), before) << "a handler ran destructors";
  }

  void InterruptEachStepOf(const std::function<void()>& run) {
    Interleave([this] { Prepare(); }, run,
               [this] { StepPolicy::As(0, [this] { Handle(); }); },
               [this] {
                 // Whoever lets go next looks after what waited for the
                 // handler.
                 { const BoxRef hold = cell_->Load(); }
                 // What was retired after that waits on the thread's own list.
                 const auto waiting = static_cast<std::int64_t>(
                     StepPolicy::domain().Self().retire_list.count());
                 EXPECT_EQ(Canary::alive() - waiting,
                           cell_->Load().box() == nullptr ? 1 : 2);
                 cell_.reset();
                 current_->load()->Retire();
                 StepPolicy::domain().Reclaim();
                 EXPECT_EQ(Canary::alive(), 0);
                 // Nothing is left open.
                 const auto& self = StepPolicy::domain().Self();
                 EXPECT_EQ(self.pin.nested(), 0u);
                 EXPECT_EQ(self.pin.since(), 0u);
                 EXPECT_FALSE(self.run.reclaiming);
               });
  }

  std::unique_ptr<Cell> cell_;
  std::unique_ptr<BoxCell> current_;
};

TEST_F(SignalStepsTest, APinIsInterrupted) {
  InterruptEachStepOf([this] {
    const Pin pin(StepPolicy::domain());
    const CanaryBox* const box = current_->load();
    StepPolicy::Step();
    EXPECT_TRUE(box->value.Sings());
  });
}

TEST_F(SignalStepsTest, ALoadAndADropAreInterrupted) {
  InterruptEachStepOf([this] {
    const BoxRef hold = cell_->Load();
    StepPolicy::Step();
    EXPECT_TRUE(static_cast<const CanaryBox*>(hold.box())->value.Sings());
  });
}

TEST_F(SignalStepsTest, ALoadWithoutASlotIsInterrupted) {
  InterruptEachStepOf([this] {
    std::vector<BoxRef> holds;
    for (int i = 0; i <= internal::HazardSlots<StepPolicy>::kSlots; ++i) {
      holds.push_back(cell_->Load());
    }
    for (const BoxRef& hold : holds) {
      EXPECT_TRUE(static_cast<const CanaryBox*>(hold.box())->value.Sings());
    }
  });
}

TEST_F(SignalStepsTest, AProtectIsInterrupted) {
  InterruptEachStepOf([this] {
    const Protected one(StepPolicy::domain(), *current_);
    StepPolicy::Step();
    EXPECT_TRUE(one.get()->value.Sings());
  });
}

TEST_F(SignalStepsTest, StoresAreInterrupted) {
  InterruptEachStepOf([this] {
    cell_->Store(new CanaryBox(3), *cell_->type());
    StepPolicy::domain().Self().schedule.SpendTokens(100);
    cell_->Store(new CanaryBox(4), *cell_->type());
    cell_->Swap(new CanaryBox(5), *cell_->type());
    cell_->Clear();
  });
}

TEST_F(SignalStepsTest, AReclaimIsInterrupted) {
  InterruptEachStepOf([this] {
    StepPolicy::domain().Self().schedule.SpendTokens(100);
    cell_->Store(new CanaryBox(3), *cell_->type());
    cell_->Store(new CanaryBox(4), *cell_->type());
    StepPolicy::domain().Reclaim();
    StepPolicy::domain().Synchronize();
  });
}

TEST_F(SignalStepsTest, TheEndOfAThreadIsInterrupted) {
  InterruptEachStepOf([this] {
    StepPolicy::domain().Self().schedule.SpendTokens(100);
    cell_->Store(new CanaryBox(3), *cell_->type());
    StepPolicy::domain().Unregister(StepPolicy::domain().Self());
  });
}

}  // namespace
}  // namespace sync_atomic
