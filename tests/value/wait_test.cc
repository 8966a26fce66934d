// SPDX-License-Identifier: Apache-2.0

// WaitForChange: threads that sleep until somebody stores.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::RunTogether;

constexpr absl::Duration kForEver = absl::InfiniteDuration();

#if defined(RUSAGE_THREAD)
// A waiter is woken by stores to cells of the same bucket. Cells at one place
// in each of several large objects must not share one.
TEST(WaitTest, StoresToACellAtADistanceWakeNobody) {
  for (const std::size_t distance :
       {std::size_t{1} << 16, std::size_t{1} << 20, std::size_t{3} << 16}) {
    const std::unique_ptr<char[]> memory(
        new char[distance + 2 * sizeof(ValueOf<int>)]);
    auto* const cell = new (memory.get()) ValueOf<int>;
    auto* const other = new (memory.get() + distance) ValueOf<int>;
    cell->Store(0);
    std::atomic<bool> ready{false};
    std::atomic<bool> done{false};
    long sleeps = 0;
    std::thread waiter([&] {
      const auto seen = cell->Load();
      ready = true;
      EXPECT_TRUE(cell->WaitForChange(seen, kForEver));
      rusage usage;
      getrusage(RUSAGE_THREAD, &usage);
      sleeps = usage.ru_nvcsw;
      done = true;
    });
    while (!ready) std::this_thread::yield();
    for (int i = 0; i < 50'000; ++i) other->Store(i);
    EXPECT_FALSE(done);
    cell->Store(1);
    waiter.join();
    EXPECT_LT(sleeps, 20) << distance;
    other->~ValueOf<int>();
    cell->~ValueOf<int>();
  }
}
#endif

TEST(WaitTest, ReturnsAtOnceIfTheCellHasChangedAlready) {
  Value value;
  value.Store(1);
  const Snapshot one = value.Load();
  const SnapshotOf<int> one_too = value.Load<int>();
  value.Store(2);
  EXPECT_TRUE(value.WaitForChange(one, kForEver));
  EXPECT_TRUE(value.WaitForChange(one_too, kForEver));
  EXPECT_TRUE(value.WaitForChange(Snapshot(), kForEver));
  value.Clear();
  EXPECT_TRUE(value.WaitForChange(one, kForEver));

  ValueOf<int> typed;
  typed.Store(1);
  const SnapshotOf<int> first = typed.Load();
  typed.Store(1);  // equal, and yet another
  EXPECT_TRUE(typed.WaitForChange(first, kForEver));
  EXPECT_TRUE(typed.WaitForChange(SnapshotOf<int>(), kForEver));
}

TEST(WaitTest, GivesUpAfterTheTimeout) {
  Value value;
  ValueOf<int> typed;
  value.Store(1);
  for (const absl::Duration timeout :
       {-absl::InfiniteDuration(), -absl::Seconds(1), absl::ZeroDuration(),
        absl::Microseconds(1), absl::Milliseconds(20)}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(value.WaitForChange(value.Load(), timeout));
    EXPECT_FALSE(typed.WaitForChange(typed.Load(), timeout));
    EXPECT_GE(absl::FromChrono(std::chrono::steady_clock::now() - start),
              2 * timeout);
  }
}

// Far enough for the clock to overflow, if it were added.
TEST(WaitTest, ALongTimeoutIsNotTheShortest) {
  ValueOf<int> typed;
  for (const absl::Duration timeout :
       {absl::Hours(24 * 365 * 290), absl::Hours(24 * 365 * 49)}) {
    const SnapshotOf<int> seen = typed.Load();
    std::thread storer([&typed] { typed.Store(1); });
    EXPECT_TRUE(typed.WaitForChange(seen, timeout));
    storer.join();
  }
}

TEST(WaitTest, TakesDurationsOfTheStandardLibrary) {
  Value value;
  ValueOf<int> typed;
  value.Store(1);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(value.WaitForChange(value.Load(), std::chrono::milliseconds(5)));
  EXPECT_FALSE(value.WaitForChange(value.Load<int>(),
                                   std::chrono::duration<double>(0.005)));
  EXPECT_FALSE(typed.WaitForChange(typed.Load(), std::chrono::microseconds(5)));
  EXPECT_GE(std::chrono::steady_clock::now() - start,
            std::chrono::milliseconds(10));
  EXPECT_FALSE(value.WaitForChange(value.Load(), (std::chrono::hours::min)()));

  const SnapshotOf<int> seen = typed.Load();
  std::thread storer([&typed] { typed.Store(1); });
  EXPECT_TRUE(typed.WaitForChange(seen, (std::chrono::hours::max)()));
  storer.join();
}

TEST(WaitTest, AnEmptySnapshotWaitsForAFirstValue) {
  Value value;
  ValueOf<std::string> typed;
  std::thread storer([&] {
    value.Clear();  // is no value
    value.Store(1);
    typed.Store("a");
  });
  EXPECT_TRUE(value.WaitForChange(Snapshot(), kForEver));
  EXPECT_EQ(*value.Load<int>(), 1);
  EXPECT_TRUE(typed.WaitForChange(SnapshotOf<std::string>(), kForEver));
  EXPECT_EQ(*typed.Load(), "a");
  storer.join();
}

TEST(WaitTest, ATypeThatIsKnownIsNoValue) {
  Value value;
  ValueOf<int> typed;
  value.Store(1);
  typed.Store(1);
  value.Clear();
  typed.Clear();
  EXPECT_FALSE(value.WaitForChange(Snapshot(), absl::ZeroDuration()));
  EXPECT_FALSE(typed.WaitForChange(SnapshotOf<int>(), absl::ZeroDuration()));
}

// A wake-up that is lost stops both for ever.
TEST(WaitStressTest, TwoThreadsTakeTurns) {
  constexpr int kTurns = 5'000;
  ValueOf<int> ping, pong;
  RunTogether(2, [&](int thread) {
    ValueOf<int>& mine = thread == 0 ? ping : pong;
    ValueOf<int>& other = thread == 0 ? pong : ping;
    SnapshotOf<int> seen;
    for (int turn = 1; turn <= kTurns; ++turn) {
      if (thread == 0) mine.Store(turn);
      ASSERT_TRUE(other.WaitForChange(seen, kForEver));
      seen = other.Load();
      ASSERT_EQ(*seen, turn);
      if (thread == 1) mine.Store(turn);
    }
  });
}

TEST(WaitStressTest, AllWaitersAreWokenByEachChange) {
  constexpr int kWaiters = 4, kChanges = 500;
  Value value;
  value.Store(0);
  std::atomic<int> arrived{0};
  RunTogether(kWaiters + 1, [&](int thread) {
    for (int change = 1; change <= kChanges; ++change) {
      if (thread < kWaiters) {
        for (;;) {
          const SnapshotOf<int> seen = value.Load<int>();
          if (*seen >= change) break;
          ASSERT_TRUE(value.WaitForChange(seen, kForEver));
        }
        arrived.fetch_add(1);
      } else {
        value.Update<int>([](int n) { return n + 1; });
        while (arrived.load() < kWaiters * change) std::this_thread::yield();
      }
    }
  });
}

// Cells share the counters of those who wait.
TEST(WaitTest, AnotherCellsChangeIsNone) {
  std::vector<ValueOf<int>> cells(200);
  std::atomic<bool> changed{false};
  std::thread storer([&] {
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 1; i < cells.size(); ++i) cells[i].Store(round);
    }
    changed.store(true);
    cells[0].Store(1);
  });
  EXPECT_TRUE(cells[0].WaitForChange(SnapshotOf<int>(), kForEver));
  EXPECT_TRUE(changed.load());
  storer.join();
}

TEST(WaitTest, TheChildOfAForkStoresAndWaits) {
  ValueOf<int> cell;
  std::thread waiter([&cell] {
    EXPECT_TRUE(cell.WaitForChange(SnapshotOf<int>(), kForEver));
  });
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    cell.Store(1);
    const SnapshotOf<int> one = cell.Load();
    const bool timed_out = !cell.WaitForChange(one, absl::Milliseconds(1));
    cell.Store(2);
    _exit(timed_out && cell.WaitForChange(one, kForEver) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  cell.Store(1);
  waiter.join();
}

}  // namespace
}  // namespace sync_atomic
