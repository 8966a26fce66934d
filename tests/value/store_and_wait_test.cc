// SPDX-License-Identifier: Apache-2.0

// StoreAndWait and SwapAndWait: they return once nobody reads the old value.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/await_sleep.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AwaitSleep;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::ThreadNumber;
using Clock = std::chrono::steady_clock;

constexpr auto kAMoment = std::chrono::milliseconds(2);

template <class Cell>
class StoreAndWaitTest : public ::testing::Test {
 protected:
  void TearDown() override {
    cell_.Clear();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
  auto Load() {
    if constexpr (std::is_same_v<Cell, Value>) {
      return cell_.template Load<Canary>();
    } else {
      return cell_.Load();
    }
  }
  Cell cell_;
};
using Cells = ::testing::Types<ValueOf<Canary>, Value>;
TYPED_TEST_SUITE(StoreAndWaitTest, Cells);

TYPED_TEST(StoreAndWaitTest, DestroysWhatNobodyReads) {
  EXPECT_TRUE(this->cell_.StoreAndWait(Canary(1)));
  for (std::uint64_t i = 2; i < 100; ++i) {
    EXPECT_TRUE(this->cell_.StoreAndWait(Canary(i)));
    EXPECT_EQ(Canary::alive(), 1);
    EXPECT_EQ(this->Load()->number(), i);
  }
  EXPECT_TRUE(this->cell_.StoreAndWait(Empty()));
  EXPECT_EQ(Canary::alive(), 0);
}

TYPED_TEST(StoreAndWaitTest, StoresAlsoIfSomebodyReads) {
  this->cell_.Store(Canary(1));
  const auto held = this->Load();
  EXPECT_FALSE(this->cell_.StoreAndWait(Canary(2), kAMoment));
  EXPECT_EQ(this->Load()->number(), 2u);
  EXPECT_EQ(held->number(), 1u);
  const auto held_too = this->Load();
  EXPECT_FALSE(this->cell_.StoreAndWait(Canary(3), Clock::now()));
  EXPECT_EQ(this->Load()->number(), 3u);
  EXPECT_EQ(held_too->number(), 2u);
}

TYPED_TEST(StoreAndWaitTest, WaitsForASnapshotOfAnotherThread) {
  this->cell_.Store(Canary(1));
  std::atomic<long> number{0};
  std::atomic<bool> holds{false}, released{false};
  std::thread reader([&] {
    auto held = this->Load();
    holds.store(true);
    AwaitSleep(number);
    EXPECT_TRUE(held->Sings());
    released.store(true);
    held = {};
  });
  while (!holds.load()) std::this_thread::yield();
  number.store(ThreadNumber());
  EXPECT_TRUE(this->cell_.StoreAndWait(Canary(2)));
  EXPECT_TRUE(released.load());
  EXPECT_EQ(Canary::alive(), 1);
  reader.join();
}

TYPED_TEST(StoreAndWaitTest, WaitsForAPinOfAnotherThread) {
  this->cell_.Store(Canary(1));
  std::atomic<bool> pinned{false}, end{false};
  std::thread reader([&] {
    const PinGuard pin;
    pinned.store(true);
    while (!end.load()) std::this_thread::yield();
  });
  while (!pinned.load()) std::this_thread::yield();
  EXPECT_FALSE(this->cell_.StoreAndWait(Canary(2), kAMoment));
  end.store(true);
  reader.join();
  EXPECT_TRUE(this->cell_.StoreAndWait(Canary(3)));
}

TYPED_TEST(StoreAndWaitTest, ReturnsWhatNobodyElseReads) {
  this->cell_.Store(Canary(1));
  auto alone = this->cell_.SwapAndWait(Canary(2));
  EXPECT_TRUE(alone.is_unread);
  EXPECT_EQ(Canary::alive(), 2);
  alone.old = {};
  EXPECT_EQ(Canary::alive(), 1);

  const auto held = this->Load();
  const auto shared = this->cell_.SwapAndWait(Canary(3), kAMoment);
  EXPECT_FALSE(shared.is_unread);
  EXPECT_TRUE(shared.old != nullptr);

  EXPECT_TRUE(this->cell_.SwapAndWait(Empty()).is_unread);
  const auto empty = this->cell_.SwapAndWait(Canary(4));
  EXPECT_TRUE(empty.is_unread);
  EXPECT_TRUE(empty.old == nullptr);
}

// Each way to keep a value alive is reading it.
TEST(StoreAndWaitTest, WaitsForAllWhoKeepItAlive) {
  struct Whole {
    int part = 1;
  };
  ValueOf<Whole> cell(std::in_place);
  const auto is_read_by = [&](const auto& keep) {
    const auto kept = keep();
    EXPECT_FALSE(cell.StoreAndWait(Whole(), kAMoment));
  };
  is_read_by([&] { return cell.Load(); });
  is_read_by([&] { return SnapshotOf<Whole>(cell.Load()); });
  is_read_by([&] { return cell.Load().Share(); });
  is_read_by([&] { return cell.Load().Project(&Whole::part); });
  is_read_by([&] {
    auto reader = std::make_unique<ValueOf<Whole>::Reader>(cell);
    reader->Load();
    return reader;
  });
  // More than a thread has slots.
  is_read_by([&] {
    std::vector<SnapshotOf<Whole>> many;
    for (int i = 0; i < 20; ++i) many.push_back(cell.Load());
    return many;
  });
  // In another cell.
  is_read_by([&] { return std::make_unique<ValueOf<Whole>>(cell.Load()); });
  EXPECT_TRUE(cell.StoreAndWait(Whole()));
}

// What was rolled back is read by whoever had it before, too.
TEST(StoreAndWaitTest, WaitsForReadersOfWhatWasRolledBack) {
  ValueOf<int> cell(1);
  SnapshotOf<int> first = cell.Load();
  cell.Store(2);
  cell.Store(first);
  EXPECT_FALSE(cell.StoreAndWait(3, kAMoment));
  first = {};
  EXPECT_TRUE(cell.StoreAndWait(4));
  first = cell.Load();
  cell.Store(5);
  cell.Store(std::move(first));
  first = {};
  EXPECT_TRUE(cell.StoreAndWait(6));
}

TEST(StoreAndWaitDeathTest, APinnedCallerDies) {
  EXPECT_DEATH(
      {
        ValueOf<int> cell(1);
        const PinGuard pin;
        cell.StoreAndWait(2);
      },
      "sync/atomic: StoreAndWait or SwapAndWait while pinned");
  EXPECT_DEATH(
      {
        Value value;
        const PinGuard pin;
        value.SwapAndWait(2, kAMoment);
      },
      "sync/atomic: StoreAndWait or SwapAndWait while pinned");
}

// What a value refers to, and does not own, is closed once nobody reads it.
TEST(StoreAndWaitStressTest, NobodyReadsWhatIsClosed) {
  constexpr int kFiles = 64;
  const int stores = Effort(2'000);
  std::atomic<bool> open[kFiles] = {};
  std::atomic<bool> done{false};
  ValueOf<std::size_t> current;
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < stores; ++i) {
        const std::size_t file = static_cast<std::size_t>(i) % kFiles;
        open[file].store(true);
        const Swapped<SnapshotOf<std::size_t>> swapped =
            current.SwapAndWait(file);
        ASSERT_TRUE(swapped.is_unread);
        if (swapped.old) open[*swapped.old].store(false);
      }
      done.store(true);
      return;
    }
    while (!done.load()) {
      const SnapshotOf<std::size_t> file = current.Load();
      if (file == nullptr) continue;
      ASSERT_TRUE(open[*file].load());
      std::this_thread::yield();
      ASSERT_TRUE(open[*file].load());
    }
  });
}

}  // namespace
}  // namespace sync_atomic
