// SPDX-License-Identifier: Apache-2.0

// Waiting for a change of a cell or a word, interrupted by the change at each
// step: no wake-up is lost.

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
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
using CanaryBox = internal::BoxOf<StepPolicy, Canary>;
using CanaryType = internal::TypeOf<StepPolicy, Canary>;

struct Change {
  std::string name;
  std::function<void(Cell&)> prepare;
  std::function<void(Cell&)> change;
};

void StoreFirst(Cell& cell) { cell.StoreFirst(new CanaryBox(1)); }

const Change kChanges[] = {
    {"AFirstStore", [](Cell&) {}, StoreFirst},
    {"AStore", StoreFirst,
     [](Cell& cell) { cell.Store(new CanaryBox(2), *cell.type()); }},
    {"ASwap", StoreFirst,
     [](Cell& cell) { cell.Swap(new CanaryBox(2), *cell.type()); }},
    {"AReplace", StoreFirst,
     [](Cell& cell) {
       const BoxRef held = cell.Load();
       ASSERT_TRUE(cell.Replace(held.box(), new CanaryBox(2), *cell.type()));
       held.box()->Retire();
     }},
    {"AClear", StoreFirst, [](Cell& cell) { cell.Clear(); }},
    {"AStoreAfterAClear",
     [](Cell& cell) {
       StoreFirst(cell);
       cell.Clear();
     },
     [](Cell& cell) {
       ASSERT_TRUE(cell.StoreIfEmpty(new CanaryBox(2), *cell.type()));
     }},
};

class WaitStepsTest : public ::testing::TestWithParam<Change> {};

TEST_P(WaitStepsTest, AWaitMeetsTheChangeAtEachStep) {
  std::unique_ptr<Cell> cell;
  std::optional<BoxRef> seen;
  bool changed = false;
  Interleave(
      [&] {
        cell = std::make_unique<Cell>();
        GetParam().prepare(*cell);
        seen = cell->Load();
      },
      [&] { changed = cell->WaitForChange(seen->box(), internal::Deadline()); },
      [&] { GetParam().change(*cell); },
      [&] {
        const StepPolicy::World& world = StepPolicy::world();
        EXPECT_TRUE(changed || !world.slept);
        EXPECT_EQ(world.slept_for_ever, 0);
        // Nobody is left to be woken.
        const int wakes = world.wakes;
        cell->Clear();
        EXPECT_EQ(world.wakes, wakes);
        seen.reset();
        cell.reset();
        StepPolicy::domain().Reclaim();
        EXPECT_EQ(Canary::alive(), 0);
      });
}

// Whoever waits for a cell of its own may destroy it when it sees the change,
// while the other thread is still in the operation that brought it.
TEST_P(WaitStepsTest, WhoSeesTheChangeMayDestroyTheCell) {
  alignas(Cell) unsigned char memory[sizeof(Cell)];
  Cell* cell = nullptr;
  const internal::Box<StepPolicy>* before = nullptr;
  const auto destroy = [&] {
    cell->~Cell();
    std::memset(memory, 0xff, sizeof(memory));
    cell = nullptr;
  };
  Interleave(
      [&] {
        cell = new (memory) Cell;
        GetParam().prepare(*cell);
        before = cell->LoadPinned();
      },
      [&] { GetParam().change(*cell); },
      [&] {
        if (cell->LoadPinned() != before) destroy();
      },
      [&] {
        if (cell != nullptr) destroy();
        StepPolicy::domain().Reclaim();
        EXPECT_EQ(Canary::alive(), 0);
      });
}

INSTANTIATE_TEST_SUITE_P(, WaitStepsTest, ::testing::ValuesIn(kChanges),
                         [](const auto& c) { return c.param.name; });

TEST(WaitersTest, WhoFindsTheChangeDoesNotCountItself) {
  StepPolicy::NewWorld();
  StepPolicy::World& world = StepPolicy::world();
  constexpr int kFar = 1000;
  world.steps_left = kFar;
  EXPECT_TRUE(StepPolicy::waiters().Wait(&world, {}, [] { return true; }));
  EXPECT_EQ(world.steps_left, kFar);
}

TEST(WaitersTest, AWaitMeetsANotificationAtEachStep) {
  std::unique_ptr<StepPolicy::Atomic<std::uint32_t>> word;
  bool changed = false;
  Interleave(
      [&] { word = std::make_unique<StepPolicy::Atomic<std::uint32_t>>(0); },
      [&] {
        changed = StepPolicy::waiters().Wait(word.get(), {},
                                             [&] { return word->load() != 0; });
      },
      [&] {
        word->store(1);
        StepPolicy::waiters().Notify(word.get());
      },
      [&] {
        const StepPolicy::World& world = StepPolicy::world();
        EXPECT_TRUE(changed || !world.slept);
        EXPECT_EQ(world.slept_for_ever, 0);
        const int wakes = world.wakes;
        StepPolicy::waiters().Notify(word.get());
        EXPECT_EQ(world.wakes, wakes);
      });
}

// A change that is not the word's, as a request to stop.
TEST(WaitersTest, AWaitMeetsANotificationOfEverybodyAtEachStep) {
  std::unique_ptr<StepPolicy::Atomic<std::uint32_t>> stop;
  bool changed = false;
  Interleave(
      [&] { stop = std::make_unique<StepPolicy::Atomic<std::uint32_t>>(0); },
      [&] {
        changed = StepPolicy::waiters().Wait(&changed, {},
                                             [&] { return stop->load() != 0; });
      },
      [&] {
        stop->store(1);
        StepPolicy::waiters().NotifyEverybody();
      },
      [&] {
        const StepPolicy::World& world = StepPolicy::world();
        EXPECT_TRUE(changed || !world.slept);
        EXPECT_EQ(world.slept_for_ever, 0);
        const int wakes = world.wakes;
        StepPolicy::waiters().NotifyEverybody();
        EXPECT_EQ(world.wakes, wakes);
      });
}

// A thread that waits for two words at once, from the start: it sees the change
// of each, or is woken for it.
TEST(WaitersTest, AWatcherMeetsAChangeAtEachStep) {
  using Word = StepPolicy::Atomic<std::uint32_t>;
  for (const bool notified : {false, true}) {
    std::unique_ptr<Word> words[2];
    bool seen = false;
    Interleave(
        [&] {
          for (auto& word : words) word = std::make_unique<Word>(0);
          seen = false;
        },
        [&] {
          auto& waiters = StepPolicy::waiters();
          for (auto& word : words) waiters.Watch(word.get());
          for (int look = 0; look < 2 && !seen; ++look) {
            const std::uint32_t changes = waiters.watched_changes();
            seen = words[0]->load() != 0 || words[1]->load() != 0;
            if (!seen) waiters.SleepAsWatcher(changes);
          }
          for (auto& word : words) waiters.Unwatch(word.get());
        },
        [&] {
          words[1]->store(1);
          if (notified) {
            StepPolicy::waiters().Notify(words[1].get());
          } else {
            StepPolicy::waiters().Wake(words[1].get());
          }
        },
        [&] {
          const StepPolicy::World& world = StepPolicy::world();
          EXPECT_TRUE(seen || !world.slept);
          EXPECT_EQ(world.slept_for_ever, 0);
          // Nobody is left to be woken.
          const int wakes = world.wakes;
          StepPolicy::waiters().Notify(words[1].get());
          EXPECT_EQ(world.wakes, wakes);
        });
  }
}

// Who waits for one word is not a watcher, and its change wakes none.
TEST(WaitersTest, AChangeOfWhatIsNotWatchedWakesNoWatcher) {
  StepPolicy::NewWorld();
  auto& waiters = StepPolicy::waiters();
  const int watched = 0, waited_for = 0;
  waiters.Watch(&watched);
  const std::uint32_t changes = waiters.watched_changes();
  waiters.Wake(&waited_for);
  EXPECT_EQ(waiters.watched_changes(), changes);
  waiters.Wake(&watched);
  EXPECT_NE(waiters.watched_changes(), changes);
}

TEST(WaitersTest, ANotificationThatNobodyWaitsForIsOneOperation) {
  StepPolicy::NewWorld();
  StepPolicy::World& world = StepPolicy::world();
  constexpr int kFar = 1000;
  world.steps_left = kFar;
  StepPolicy::waiters().Notify(&world);
  EXPECT_EQ(world.steps_left, kFar - 1);
  EXPECT_EQ(world.wakes, 0);
}

TEST(WaitersTest, AChangeThatNobodyWaitsForIsOneLoad) {
  StepPolicy::NewWorld();
  StepPolicy::World& world = StepPolicy::world();
  constexpr int kFar = 1000;
  world.steps_left = kFar;
  StepPolicy::waiters().Wake(&world);
  EXPECT_EQ(world.steps_left, kFar - 1);
  EXPECT_EQ(world.wakes, 0);
}

}  // namespace
}  // namespace sync_atomic
