// SPDX-License-Identifier: Apache-2.0

// Cells that are given back what a snapshot holds: the very object again.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

class RollingBackTest : public ::testing::Test {
 protected:
  void TearDown() override {
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
};

TEST_F(RollingBackTest, TheVeryObjectIsBack) {
  ValueOf<Canary> cell(std::in_place, 1);
  const SnapshotOf<Canary> first = cell.Load();
  cell.Store(Canary(2));
  cell.Store(first);
  EXPECT_EQ(cell.Load().get(), first.get());
  EXPECT_TRUE(cell.Load() == first);
  EXPECT_FALSE(cell.Load() != first);
  EXPECT_EQ(std::hash<SnapshotOf<Canary>>()(cell.Load()),
            std::hash<SnapshotOf<Canary>>()(first));
  EXPECT_EQ(cell.Read([](const Canary* c) { return c; }), first.get());
  const PinGuard pin;
  EXPECT_EQ(cell.LoadPinned(pin), first.get());
}

TEST_F(RollingBackTest, TheCellKeepsItAlive) {
  ValueOf<Canary> cell(std::in_place, 1);
  SnapshotOf<Canary> held = cell.Load();
  cell.Store(Canary(2));
  cell.Store(std::move(held));
  held = SnapshotOf<Canary>();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_TRUE(cell.Load()->Sings());
  EXPECT_EQ(cell.Load()->number(), 1u);
  held = cell.Load();
  cell.Clear();
  Reclaim();
  EXPECT_TRUE(held->Sings());
  held = SnapshotOf<Canary>();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(RollingBackTest, AnEmptySnapshotEmptiesTheCell) {
  ValueOf<int> cell(1);
  cell.Store(SnapshotOf<int>());
  EXPECT_FALSE(cell.Load());
  cell.Store(2);
  EXPECT_EQ(*cell.Swap(SnapshotOf<int>()), 2);
  EXPECT_FALSE(cell.Load());
  EXPECT_TRUE(cell.TryStore(SnapshotOf<int>()).ok());
}

TEST_F(RollingBackTest, AgainAndAgain) {
  ValueOf<Canary> cell(std::in_place, 1);
  const SnapshotOf<Canary> first = cell.Load();
  cell.Store(Canary(2));
  const SnapshotOf<Canary> second = cell.Load();
  for (int i = 0; i < 100; ++i) {
    cell.Store(i % 2 == 0 ? first : second);
    EXPECT_TRUE(cell.Load() == (i % 2 == 0 ? first : second));
    // Of what was rolled back before, too.
    const SnapshotOf<Canary> again = cell.Load();
    cell.Store(again);
    EXPECT_TRUE(cell.Load() == again);
    EXPECT_TRUE(cell.Load() == (i % 2 == 0 ? first : second));
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 2);
}

TEST_F(RollingBackTest, InSeveralCellsAtOnce) {
  Value value(std::in_place_type<Canary>, 1);
  ValueOf<Canary> left(value.Load<Canary>());
  ValueOf<Canary> right(left.Load());
  EXPECT_TRUE(left.Load() == value.Load<Canary>());
  EXPECT_TRUE(right.Load() == left.Load());
  value.Clear();
  left.Clear();
  Reclaim();
  EXPECT_TRUE(right.Load()->Sings());
}

TEST_F(RollingBackTest, OfAPartOrAsABaseClass) {
  struct Whole {
    Canary canary{1};
    std::string text = "part";
  };
  ValueOf<Whole> whole(std::in_place);
  ValueOf<std::string> text(whole.Load().Project(&Whole::text));
  EXPECT_TRUE(text.Load() == whole.Load().Project(&Whole::text));
  whole.Clear();
  Reclaim();
  EXPECT_EQ(*text.Load(), "part");
  EXPECT_EQ(Canary::alive(), 1);

  struct Base {
    virtual ~Base() = default;
  };
  struct Derived : virtual Base {};
  const ValueOf<Derived> derived(std::in_place);
  ValueOf<Base> base(derived.Load());
  EXPECT_TRUE(base.Load() == derived.Load());
  EXPECT_TRUE(base.CompareAndSwap(derived.Load(), SnapshotOf<Derived>()));
  EXPECT_FALSE(base.Load());
}

TEST_F(RollingBackTest, SwapReturnsWhatWasThere) {
  ValueOf<Canary> cell(std::in_place, 1);
  const SnapshotOf<Canary> first = cell.Load();
  EXPECT_TRUE(cell.Swap(Canary(2)) == first);
  EXPECT_EQ(cell.Swap(first)->number(), 2u);
  EXPECT_TRUE(cell.Swap(Empty()) == first);
}

TEST_F(RollingBackTest, IsComparedAsTheVeryObject) {
  ValueOf<int> cell(1);
  const SnapshotOf<int> first = cell.Load();
  cell.Store(2);
  const SnapshotOf<int> second = cell.Load();
  EXPECT_FALSE(cell.CompareAndSwap(first, 3));
  cell.Store(first);
  EXPECT_FALSE(cell.CompareAndSwap(second, 3));
  EXPECT_TRUE(cell.CompareAndSwap(first, second));
  EXPECT_TRUE(cell.Load() == second);
  // One rolled back for another of the same object.
  const SnapshotOf<int> again = cell.Load();
  cell.Store(second);
  EXPECT_TRUE(cell.CompareAndSwap(again, 4));
  EXPECT_EQ(*cell.Load(), 4);
  EXPECT_TRUE(cell.CompareAndSwap(4, first));
  EXPECT_TRUE(cell.CompareAndSwap(first, Empty()));
  EXPECT_TRUE(cell.CompareAndSwap(Empty(), second));
  EXPECT_FALSE(cell.CompareAndSwap(Empty(), first));
  EXPECT_EQ(*cell.Load(), 2);
}

// The parts of an object share its box.
TEST_F(RollingBackTest, APartIsNotTheOther) {
  struct Pair {
    int first = 1, second = 2;
  };
  const ValueOf<Pair> pair(std::in_place);
  const SnapshotOf<int> first = pair.Load().Project(&Pair::first);
  const SnapshotOf<int> second = pair.Load().Project(&Pair::second);
  ValueOf<int> cell(first);
  EXPECT_FALSE(cell.CompareAndSwap(second, 3));
  EXPECT_TRUE(cell.WaitForChange(second, absl::InfiniteDuration()));
  EXPECT_TRUE(cell.CompareAndSwap(first, second));
  EXPECT_EQ(*cell.Load(), 2);
}

TEST_F(RollingBackTest, UpdateGoesOnFromIt) {
  ValueOf<int> cell(1);
  const SnapshotOf<int> first = cell.Load();
  cell.Store(5);
  cell.Store(first);
  EXPECT_EQ(*cell.Update([](int n) { return n + 1; }), 2);
}

TEST_F(RollingBackTest, AReaderSeesIt) {
  ValueOf<int> cell(1);
  ValueOf<int>::Reader reader(cell);
  const int* const first = reader.Load();
  const SnapshotOf<int> held = cell.Load();
  cell.Store(2);
  EXPECT_EQ(*reader.Load(), 2);
  cell.Store(held);
  EXPECT_EQ(reader.Load(), first);
}

// Who waits for a change from what is back waits on.
TEST_F(RollingBackTest, IsNoChange) {
  ValueOf<int> cell(1);
  const SnapshotOf<int> first = cell.Load();
  cell.Store(2);
  EXPECT_TRUE(cell.WaitForChange(first, absl::ZeroDuration()));
  const SnapshotOf<int> second = cell.Load();
  cell.Store(first);
  EXPECT_FALSE(cell.WaitForChange(first, absl::Milliseconds(1)));
  EXPECT_TRUE(cell.WaitForChange(second, absl::InfiniteDuration()));
  EXPECT_TRUE(cell.WaitForChange(SnapshotOf<int>(), absl::InfiniteDuration()));
  std::thread storer([&] { cell.Store(3); });
  EXPECT_TRUE(cell.WaitForChange(first, absl::InfiniteDuration()));
  storer.join();
}

TEST_F(RollingBackTest, SharedItOutlivesTheCell) {
  std::shared_ptr<const Canary> shared;
  {
    ValueOf<Canary> cell(std::in_place, 1);
    cell.Store(cell.Load());
    shared = cell.Load().Share();
  }
  Reclaim();
  EXPECT_TRUE(shared->Sings());
}

// A destructor that stores and rolls back: nothing is locked then.
TEST_F(RollingBackTest, InADestructor) {
  static ValueOf<int> other(1);
  struct Storer {
    ~Storer() {
      const SnapshotOf<int> held = other.Load();
      other.Store(2);
      other.Store(held);
    }
  };
  ValueOf<Storer> cell(std::in_place);
  cell.Store(cell.Load());
  cell.Clear();
  Reclaim();
  EXPECT_EQ(*other.Load(), 1);
}

// Threads that roll back to what they have seen, store and load. What is lost
// or destroyed too early does not sing.
TEST(RollingBackStressTest, WhatIsHeldIsAlive) {
  constexpr int kThreads = 3;
  const int steps = Effort(5'000);
  {
    ValueOf<Canary> cells[2];
    RunTogether(kThreads, [&](int thread) {
      std::vector<SnapshotOf<Canary>> seen(4);
      for (int i = 0; i < steps; ++i) {
        ValueOf<Canary>& cell = cells[i % 3 == 0];
        SnapshotOf<Canary>& one = seen[static_cast<std::size_t>(i) % 4];
        switch (i % 7) {
          case 0:
            cell.Store(Canary(static_cast<std::uint64_t>(i)));
            break;
          case 1:
          case 4:
            cell.Store(one);
            break;
          case 2:
            one = cell.Swap(seen[0]);
            break;
          case 3:
            cell.CompareAndSwap(seen[1], one);
            break;
          default:
            one = cell.Load();
            break;
        }
        for (const SnapshotOf<Canary>& held : seen) {
          ASSERT_TRUE(held == nullptr || held->Sings()) << thread;
        }
      }
    });
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// Of threads that exchange two objects one is in turn.
TEST(RollingBackStressTest, OneWinsEachExchange) {
  constexpr int kThreads = 3;
  const int rounds = Effort(2'000);
  ValueOf<int> cell(0);
  const SnapshotOf<int> ping = cell.Load();
  cell.Store(1);
  const SnapshotOf<int> pong = cell.Load();
  std::atomic<std::int64_t> won{0};
  RunTogether(kThreads, [&](int) {
    for (int i = 0; i < rounds; ++i) {
      if (cell.CompareAndSwap(pong, ping)) won.fetch_add(1);
      if (cell.CompareAndSwap(ping, pong)) won.fetch_sub(1);
    }
  });
  EXPECT_EQ(won.load(), cell.Load() == ping ? 1 : 0);
}

}  // namespace
}  // namespace sync_atomic
