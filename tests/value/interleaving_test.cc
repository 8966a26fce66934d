// SPDX-License-Identifier: Apache-2.0

// Each protocol of the core, interrupted at each of its steps by another.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
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

// A cell and what its readers hold.
class InterleavingTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kFirst = 1, kSecond = 2;

  void NewCell() { cell_ = std::make_unique<Cell>(); }
  void NewCellWithAValue() {
    NewCell();
    StoreFirst(kFirst);
    ASSERT_EQ(Canary::alive(), 1);
  }

  // As Value::Store does.
  void StoreFirst(std::uint64_t number) {
    auto* const box = new CanaryBox(number);
    const auto* type = cell_->type();
    if (type == nullptr) {
      if (cell_->StoreFirst(box)) return;
      type = cell_->type();
    }
    cell_->Store(box, *type);
  }
  void Store(std::uint64_t number) {
    cell_->Store(new CanaryBox(number), *cell_->type());
  }

  static void ExpectSings(const BoxRef& hold) {
    ASSERT_NE(hold.box(), nullptr);
    EXPECT_TRUE(static_cast<const CanaryBox*>(hold.box())->value.Sings());
  }

  static void Reclaim() { StepPolicy::domain().Reclaim(); }

  // Nobody holds anything, and nobody reclaims: what was replaced must have
  // been destroyed by whoever let go last.
  void ExpectNothingWaits() {
    EXPECT_EQ(Canary::alive(), 1);
    cell_.reset();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }

  std::unique_ptr<Cell> cell_;
};

TEST_F(InterleavingTest, ALoadSurvivesAStoreAtEachStep) {
  std::optional<BoxRef> hold;
  Interleave([this] { NewCellWithAValue(); },
             [&] {
               hold = cell_->Load();
               ExpectSings(*hold);
             },
             [this] { Store(kSecond); },
             [&] {
               // The reader holds one object and not the one that it had in its
               // slot for a moment.
               ExpectSings(*hold);
               EXPECT_EQ(Canary::alive(),
                         hold->box() == cell_->Load().box() ? 1 : 2);
               hold.reset();
               ExpectNothingWaits();
             });
}

TEST_F(InterleavingTest, ALoadWithoutASlotSurvivesAStoreAtEachStep) {
  std::vector<BoxRef> others;
  Interleave(
      [&] {
        NewCellWithAValue();
        for (int i = 0; i < internal::HazardSlots<StepPolicy>::kSlots; ++i) {
          others.push_back(cell_->Load());
        }
      },
      [&] {
        const BoxRef hold = cell_->Load();
        others.clear();  // from here on the count alone keeps it alive
        ExpectSings(hold);
      },
      [this] { Store(kSecond); }, [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, AStoreMeetsADropAtEachStep) {
  std::optional<BoxRef> held;
  Interleave(
      [&] {
        NewCellWithAValue();
        StepPolicy::As(1, [&] { held = cell_->Load(); });
      },
      [this] { Store(kSecond); },
      [&] {
        ExpectSings(*held);
        held.reset();
      },
      [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, ADropMeetsAStoreAtEachStep) {
  std::optional<BoxRef> held;
  Interleave(
      [&] {
        NewCellWithAValue();
        held = cell_->Load();
      },
      [&] { held.reset(); }, [this] { Store(kSecond); },
      [this] { ExpectNothingWaits(); });
}

// A holder that lets go of something else meanwhile still answers for this.
TEST_F(InterleavingTest, AStoreMeetsADropOfAnotherObjectAtEachStep) {
  std::unique_ptr<Cell> other;
  std::optional<BoxRef> held, held_of_other;
  Interleave(
      [&] {
        NewCellWithAValue();
        other = std::make_unique<Cell>();
        other->StoreFirst(new CanaryBox(kFirst));
        StepPolicy::As(1, [&] {
          held = cell_->Load();
          held_of_other = other->Load();
        });
      },
      [this] { Store(kSecond); }, [&] { held_of_other.reset(); },
      [&] {
        StepPolicy::As(1, [&] { held.reset(); });
        EXPECT_EQ(Canary::alive(), 2);
        other.reset();
        ExpectNothingWaits();
      });
}

// Whoever lets go looks at the record whose slot it was, on any thread.
TEST_F(InterleavingTest, AStoreMeetsADropOnAnotherThreadAtEachStep) {
  std::optional<BoxRef> held;
  Interleave(
      [&] {
        NewCellWithAValue();
        StepPolicy::As(2, [&] { held = cell_->Load(); });
      },
      [this] { Store(kSecond); }, [&] { held.reset(); },
      [this] { ExpectNothingWaits(); });
}

// What is deferred for a holder while it helps is not forgotten.
TEST_F(InterleavingTest, ADropMeetsAStoreToAnotherCellAtEachStep) {
  std::unique_ptr<Cell> other;
  std::optional<BoxRef> held, held_of_other;
  Interleave(
      [&] {
        NewCellWithAValue();
        other = std::make_unique<Cell>();
        other->StoreFirst(new CanaryBox(kFirst));
        held = cell_->Load();
        held_of_other = other->Load();
        StepPolicy::As(1, [this] { Store(kSecond); });  // deferred
        ASSERT_EQ(Canary::alive(), 3);
      },
      [&] { held.reset(); }, [&] { other->Clear(); },
      [&] {
        held_of_other.reset();
        ExpectNothingWaits();
      });
}

// The copy's count and the cell's: whoever gives up the last one destroys.
TEST_F(InterleavingTest, ADropOfACopyMeetsAStoreAtEachStep) {
  std::optional<BoxRef> copy;
  Interleave(
      [&] {
        NewCellWithAValue();
        const BoxRef original = cell_->Load();
        copy = original;
      },
      [&] {
        ExpectSings(*copy);
        copy.reset();
      },
      [this] { Store(kSecond); }, [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, APinnedReadSurvivesARetireAtEachStep) {
  std::unique_ptr<BoxCell> current;
  Interleave(
      [&] { current = std::make_unique<BoxCell>(new CanaryBox(kFirst)); },
      [&] {
        const Pin pin(StepPolicy::domain());
        const CanaryBox* const box = current->load();
        StepPolicy::Step();
        EXPECT_TRUE(box->value.Sings());
      },
      [&] { current->exchange(new CanaryBox(kSecond))->Retire(); },
      [&] {
        EXPECT_EQ(Canary::alive(), 1);
        current->load()->Unref();
      });
}

TEST_F(InterleavingTest, AStoreMeetsAnUnpinAtEachStep) {
  std::optional<Pin> pin;
  Interleave(
      [&] {
        NewCellWithAValue();
        StepPolicy::As(1, [&] { pin.emplace(StepPolicy::domain()); });
      },
      [this] { Store(kSecond); }, [&] { pin.reset(); },
      [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, AnUnpinMeetsAStoreAtEachStep) {
  std::optional<Pin> pin;
  Interleave(
      [&] {
        NewCellWithAValue();
        pin.emplace(StepPolicy::domain());
      },
      [&] { pin.reset(); }, [this] { Store(kSecond); },
      [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, AProtectSurvivesARetireAtEachStep) {
  std::unique_ptr<BoxCell> current;
  std::optional<Protected> held;
  Interleave(
      [&] { current = std::make_unique<BoxCell>(new CanaryBox(kFirst)); },
      [&] {
        held.emplace(StepPolicy::domain(), *current);
        StepPolicy::Step();
        EXPECT_TRUE(held->get()->value.Sings());
      },
      [&] { current->exchange(new CanaryBox(kSecond))->Retire(); },
      [&] {
        EXPECT_EQ(Canary::alive(), held->get() == current->load() ? 1 : 2);
        held.reset();
        EXPECT_EQ(Canary::alive(), 1);
        current->load()->Unref();
      });
}

// The same with the cell replaced again and again, so that neither a Load nor a
// Protect ever finds what it announced: they pin at last.
TEST_F(InterleavingTest, LoadsAndProtectsSurviveRetiresAtAllSteps) {
  for (int period = 1; period <= 12; ++period) {
    SCOPED_TRACE(period);
    StepPolicy::NewWorld();
    StepPolicy::World& world = StepPolicy::world();
    NewCellWithAValue();
    BoxCell current(new CanaryBox(kFirst));
    int left = 100;  // the reader's own reclaims are lock-free, not wait-free
    world.interruption = [&] {
      Store(kSecond);
      current.exchange(new CanaryBox(kSecond))->Retire();
      if (--left > 0) world.steps_left = period;
    };
    for (int load = 0; load < 2 * internal::HazardSlots<StepPolicy>::kSlots;
         ++load) {
      world.steps_left = period;
      const BoxRef hold = cell_->Load();
      const Protected held(StepPolicy::domain(), current);
      world.steps_left = 0;
      StepPolicy::As(1, Reclaim);
      ExpectSings(hold);
      EXPECT_TRUE(held.get()->value.Sings());
    }
    EXPECT_EQ(Canary::alive(), 2);
    current.load()->Unref();
    ExpectNothingWaits();
  }
}

// More at once than a record has slots, ended on another thread.
TEST_F(InterleavingTest, AnyNumberOfProtectsAtOnce) {
  StepPolicy::NewWorld();
  BoxCell current(new CanaryBox(0));
  std::deque<Protected> held;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    held.emplace_back(StepPolicy::domain(), current);
    StepPolicy::As(1, [&] { current.exchange(new CanaryBox(i))->Retire(); });
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 101);
  for (const Protected& one : held) EXPECT_TRUE(one.get()->value.Sings());
  StepPolicy::As(2, [&] { held.clear(); });
  EXPECT_EQ(Canary::alive(), 1);
  current.load()->Unref();
}

// An object whose end does something.
struct Actor {
  explicit Actor(std::function<void()> f) : at_the_end(std::move(f)) {}
  ~Actor() { at_the_end(); }
  std::function<void()> at_the_end;
};

// A Protect that announced an object, and then found null, disposes of that
// object. What the destructor loads may stay in the slot that the Protect had.
TEST_F(InterleavingTest, AProtectThatFindsNullGivesItsSlotAwayForGood) {
  using ActorBox = internal::BoxOf<StepPolicy, Actor>;
  std::unique_ptr<StepPolicy::Atomic<ActorBox*>> current;
  std::optional<BoxRef> loaded;
  Interleave(
      [&] {
        NewCellWithAValue();
        auto* const actor = new ActorBox([&] { loaded = cell_->Load(); });
        current = std::make_unique<StepPolicy::Atomic<ActorBox*>>(actor);
      },
      [&] {
        const internal::BasicProtected<StepPolicy, ActorBox> held(
            StepPolicy::domain(), *current);
      },
      [&] { current->exchange(nullptr)->Retire(); },
      [&] {
        ASSERT_TRUE(loaded.has_value());
        Store(kSecond);
        EXPECT_EQ(Canary::alive(), 2);
        ExpectSings(*loaded);
        loaded.reset();
        ExpectNothingWaits();
      });
}

// A pin of another thread began before; this one begins somewhere in between,
// and the older one ends: the newer must not have to answer for the object.
TEST_F(InterleavingTest, OverlappingPinsHoldNothingForEver) {
  std::optional<Pin> older;
  Interleave(
      [&] {
        NewCellWithAValue();
        StepPolicy::As(2, [&] { older.emplace(StepPolicy::domain()); });
      },
      [this] { Store(kSecond); },
      [&] {
        std::optional<Pin> newer;
        newer.emplace(StepPolicy::domain());
        StepPolicy::As(2, [&] { older.reset(); });
        newer.reset();
      },
      [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, AFirstStoreMeetsAnotherAtEachStep) {
  Interleave([this] { NewCell(); }, [this] { StoreFirst(kFirst); },
             [this] {
               StoreFirst(kSecond);
               const BoxRef hold = cell_->Load();
               ExpectSings(hold);
             },
             [this] {
               EXPECT_EQ(Canary::alive(), 1);
               ExpectSings(cell_->Load());
               ExpectNothingWaits();
             });
}

TEST_F(InterleavingTest, AFirstStoreMeetsAStoreAndAClearAtEachStep) {
  Interleave([this] { NewCell(); }, [this] { StoreFirst(kFirst); },
             [this] {
               StoreFirst(kSecond);
               cell_->Clear();
             },
             [this] {
               // Cleared last or not: a whole value or none.
               const BoxRef hold = cell_->Load();
               EXPECT_EQ(Canary::alive(), hold.box() != nullptr ? 1 : 0);
               if (hold.box() != nullptr) ExpectSings(hold);
               cell_.reset();
             });
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(InterleavingTest, AFirstStoreMeetsALoadAtEachStep) {
  Interleave([this] { NewCell(); }, [this] { StoreFirst(kFirst); },
             [this] {
               const BoxRef hold = cell_->Load();
               if (hold.box() != nullptr) ExpectSings(hold);
             },
             [this] { ExpectNothingWaits(); });
}

TEST_F(InterleavingTest, ALoadMeetsAFirstStoreAtEachStep) {
  Interleave([this] { NewCell(); },
             [this] {
               const BoxRef hold = cell_->Load();
               if (hold.box() != nullptr) ExpectSings(hold);
             },
             [this] { StoreFirst(kFirst); }, [this] { ExpectNothingWaits(); });
}

// While an owner is adding to its list, others leave that list alone.
TEST_F(InterleavingTest, ReclaimLeavesTheListOfABusyOwner) {
  int left = 0, taken = 0;
  Interleave(
      [this] {
        NewCellWithAValue();
        Store(kSecond);  // reclaims at once; the next two do not
        StepPolicy::domain().Self().schedule.SpendTokens(100);
        Store(3);
        ASSERT_EQ(Canary::alive(), 2);
      },
      [this] { Store(4); },
      [&] {
        const auto before = Canary::alive();
        Reclaim();
        ++(Canary::alive() < before ? taken : left);
      },
      [this] {
        Reclaim();
        ExpectNothingWaits();
      });
  EXPECT_GT(taken, 0);
  EXPECT_GT(left, 0);
}

// More objects are held, by more threads, than a reclaim can remember at once.
TEST_F(InterleavingTest, AReclaimMeetsDropsOfManyObjectsAtEachStep) {
  constexpr int kOthers = StepPolicy::kThreads - 1;
  std::deque<Cell> cells;
  std::vector<std::vector<BoxRef>> held;
  Interleave(
      [&] {
        cells.clear();
        held.assign(StepPolicy::kThreads, {});
        for (int i = 0; i < 2 * kOthers; ++i) {
          cells.emplace_back().StoreFirst(new CanaryBox(kFirst));
          const int thread = 1 + i % kOthers;
          StepPolicy::As(thread,
                         [&] { held[thread].push_back(cells.back().Load()); });
        }
        StepPolicy::domain().Self().schedule.SpendTokens(100);
        for (Cell& cell : cells) cell.Clear();
        ASSERT_EQ(Canary::alive(), 2 * kOthers);
      },
      [] { Reclaim(); },
      [&] {
        for (const std::vector<BoxRef>& holds : held) {
          for (const BoxRef& hold : holds) ExpectSings(hold);
        }
        held[1].clear();
        held[2].pop_back();
      },
      [&] {
        EXPECT_EQ(Canary::alive(), 3);
        for (int thread = 2; thread < StepPolicy::kThreads; ++thread) {
          StepPolicy::As(thread, [&] { held[thread].clear(); });
        }
        EXPECT_EQ(Canary::alive(), 0);
      });
}

// While an owner takes its own list, others leave that list alone.
TEST_F(InterleavingTest, AReclaimComesWhereAnOwnerTakesItsList) {
  std::deque<Counted> objects;
  const auto retire = [&] {
    StepPolicy::domain().Retire(&objects.emplace_back());
  };
  for (const bool memory : {true, false}) {
    SCOPED_TRACE(memory ? "in arrays" : "linked through themselves");
    Interleave(
        [&] {
          if (!memory) StepPolicy::world().mallocs_left = 0;
          retire();  // reclaims at once; the next does not
          StepPolicy::domain().Self().schedule.SpendTokens(100);
          retire();
          ASSERT_EQ(objects.back().disposed, 0);
          StepPolicy::domain().Self().schedule.SpendTokens(2);
        },
        retire, Reclaim,
        [&] {
          Reclaim();
          for (const Counted& object : objects) EXPECT_EQ(object.disposed, 1);
        });
  }
}

// Two threads retire, reclaim and let go in turn: nothing is lost or freed
// twice, whoever holds the deferred list.
TEST_F(InterleavingTest, AReclaimMeetsAReclaimAtEachStep) {
  std::optional<BoxRef> held;
  Interleave(
      [&] {
        NewCellWithAValue();
        StepPolicy::As(2, [&] { held = cell_->Load(); });
        Store(kSecond);  // defers what thread 2 holds
        ASSERT_EQ(Canary::alive(), 2);
      },
      [] { Reclaim(); },
      [&] {
        StepPolicy::As(2, [&] { held.reset(); });
        Reclaim();
      },
      [this] { ExpectNothingWaits(); });
}

}  // namespace
}  // namespace sync_atomic
