// SPDX-License-Identifier: Apache-2.0

// A thread that stops for ever, at any step of any operation, holds up nobody:
// for each step one thread is parked there while three others complete 100,000
// operations each, and what waits to be freed stays within its bound.
//
// Prints a table: operation, its steps, and the most objects that ever waited.
// Parked within a pin, everything that is retired after it waits: those steps
// are counted apart.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::StepPolicy;

using Cell = internal::Cell<StepPolicy>;
using BoxRef = internal::BoxRef<StepPolicy>;
using Pin = internal::BasicPin<StepPolicy>;
using CanaryBox = internal::BoxOf<StepPolicy, Canary>;
using BoxCell = StepPolicy::Atomic<CanaryBox*>;
using Protected = internal::BasicProtected<StepPolicy, CanaryBox>;

constexpr int kOthers = 3;
constexpr int kOperations = testing::Effort(100'000);
// Each thread may let 2048 objects wait (retire.h), the parked one too; what
// it had in its hands, and what slots hold, comes on top.
constexpr std::int64_t kBound = (kOthers + 1) * 2048 + 100;

class ParkedThreadTest : public ::testing::Test {
 protected:
  void Store(Cell& cell) {
    auto* const box = new CanaryBox(1);
    const auto* type = cell.type();
    if (type == nullptr) {
      if (cell.StoreFirst(box)) return;
      type = cell.type();
    }
    cell.Store(box, *type);
  }

  // One of the things that other threads do.
  void Operate(int i) {
    switch (i % 8) {
      case 0: {
        const BoxRef hold = cell_->Load();
        if (hold.box() != nullptr) {
          ASSERT_TRUE(static_cast<CanaryBox*>(hold.box())->value.Sings());
        }
        break;
      }
      case 1: {
        const Protected held(StepPolicy::domain(), *current_);
        ASSERT_TRUE(held.get()->value.Sings());
        break;
      }
      case 2:
        if (cell_->type() != nullptr) {
          cell_->Swap(new CanaryBox(2), *cell_->type());
        }
        break;
      case 3: {
        const Pin pin(StepPolicy::domain());
        ASSERT_TRUE(current_->load()->value.Sings());
        break;
      }
      case 4:
        current_->exchange(new CanaryBox(3))->Retire();
        break;
      case 5:
        if (i % 8192 == 5) StepPolicy::domain().Reclaim();
        break;
      default:
        Store(*cell_);
    }
  }

  // Parks thread 0 at each step of `run`, after prepare().
  void Park(const char* name, const std::function<void()>& prepare,
            const std::function<void()>& run) {
    std::int64_t most = 0, most_pinned = 0;
    int steps = 0, pinned_steps = 0;
    for (bool parked = true; parked; ++steps) {
      parked = false;
      StepPolicy::NewWorld();
      cell_ = std::make_unique<Cell>();
      current_ = std::make_unique<BoxCell>(new CanaryBox(0));
      prepare();
      StepPolicy::World& world = StepPolicy::world();
      world.interruption = [&] {
        parked = true;
        const StepPolicy::Record* const victim = world.this_record[0];
        const bool pinned = victim != nullptr && victim->pin.since() != 0;
        std::int64_t alive = 0;
        for (int i = 0; i < kOperations; ++i) {
          for (int thread = 1; thread <= kOthers; ++thread) {
            StepPolicy::As(thread, [&] { Operate(i); });
          }
          alive = std::max(alive, Canary::alive());
        }
        (pinned ? most_pinned : most) =
            std::max(pinned ? most_pinned : most, alive);
        pinned_steps += pinned ? 1 : 0;
        if (!pinned) {
          ASSERT_LE(alive, kBound) << name << ", step " << steps;
        }
      };
      world.steps_left = steps + 1;
      run();
      world.steps_left = 0;
      // The parked thread went on at last: nothing is lost.
      cell_.reset();
      current_->load()->Retire();
      for (int thread = 0; thread <= kOthers; ++thread) {
        StepPolicy::As(thread, [] { StepPolicy::domain().Reclaim(); });
      }
      ASSERT_EQ(Canary::alive(), 0) << name << ", step " << steps;
    }
    std::printf("| %-24s | %5d | %12d | %12d |", name, steps - 1, pinned_steps,
                static_cast<int>(most));
    if (pinned_steps != 0) {
      std::printf(" %12d |\n", static_cast<int>(most_pinned));
    } else {
      std::printf(" %12s |\n", "");
    }
  }

  std::unique_ptr<Cell> cell_;
  std::unique_ptr<BoxCell> current_;
};

TEST_F(ParkedThreadTest, HoldsUpNobodyAtAnyStepOfAnyOperation) {
  std::printf("| %-24s | %5s | %12s | %12s | %12s |\n", "parked in", "steps",
              "pinned steps", "most waited", "when pinned");
  std::printf("|---|---|---|---|---|\n");
  const auto filled = [this] { Store(*cell_); };
  std::optional<BoxRef> held;
  std::optional<Pin> pin;
  std::optional<Protected> protect;

  Park("Load and drop", filled, [this] { const BoxRef hold = cell_->Load(); });
  std::vector<internal::HazardSlot<StepPolicy>*> occupied;
  Park(
      "Load without a slot",
      [&] {
        filled();
        auto& hazards = StepPolicy::domain().Self().hazards;
        while (auto* const slot = hazards.FindFree()) {
          slot->store(this);
          occupied.push_back(slot);
        }
      },
      [&] {
        const BoxRef hold = cell_->Load();
        for (auto* const slot : std::exchange(occupied, {})) {
          slot->store(nullptr);
        }
      });
  Park(
      "first Store", [] {}, filled);
  Park("Store that reclaims", filled, filled);
  Park(
      "Store in a burst",
      [&] {
        filled();
        StepPolicy::domain().Self().schedule.SpendTokens(100);
      },
      filled);
  Park("Swap", filled,
       [this] { cell_->Swap(new CanaryBox(2), *cell_->type()); });
  Park("Clear", filled, [this] { cell_->Clear(); });
  Park("Protect and drop", filled,
       [this] { const Protected one(StepPolicy::domain(), *current_); });
  Park("pin and unpin", filled, [] { const Pin one(StepPolicy::domain()); });
  Park(
      "Reclaim",
      [&] {
        filled();
        filled();
      },
      [] { StepPolicy::domain().Reclaim(); });
  Park(
      "release with help request",
      [&] {
        filled();
        held = cell_->Load();
        StepPolicy::As(1, filled);
      },
      [&] { held.reset(); });
  Park(
      "unpin with a help request",
      [&] {
        filled();
        pin.emplace(StepPolicy::domain());
        StepPolicy::As(1, filled);
      },
      [&] { pin.reset(); });
  Park(
      "end of a thread",
      [&] {
        filled();
        StepPolicy::domain().Self().schedule.SpendTokens(100);
        filled();
      },
      [] { StepPolicy::domain().Unregister(StepPolicy::domain().Self()); });
}

}  // namespace
}  // namespace sync_atomic
