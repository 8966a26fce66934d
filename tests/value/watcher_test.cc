// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/value/watcher.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): pthread_sigmask
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/await_sleep.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AwaitSleep;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::ThreadNumber;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

using Ints = SnapshotOf<int>;

static_assert(!std::is_copy_constructible_v<Watcher<int>> &&
              !std::is_move_constructible_v<Watcher<int>> &&
              !std::is_copy_assignable_v<Watcher<int>>);
static_assert(!std::is_constructible_v<Watcher<int>, ValueOf<int>,
                                       void (*)(const Ints&, const Ints&)>);

// Waits, as long as it takes on a busy machine.
template <class F>
void Await(const F& done) {
  while (!done()) std::this_thread::yield();
}

// Runs what it is given when it is told to.
struct Queue {
  auto executor() {
    return [this](std::function<void()> call) {
      calls.push_back(std::move(call));
      size.store(static_cast<int>(calls.size()));
    };
  }
  // The next call, which is only offered once the previous is done or dropped.
  std::function<void()> Next() {
    Await([this] { return size.load() != 0; });
    std::function<void()> call = std::move(calls.back());
    calls.clear();
    size.store(0);
    return call;
  }
  std::vector<std::function<void()>> calls;
  std::atomic<int> size{0};
};

// What a watcher was called with; -1: empty.
struct Seen {
  auto Function() {
    return [this](const Ints& old, const Ints& now) {
      all.emplace_back(old ? *old : -1, now ? *now : -1);
      last.store(now ? *now : -1);
    };
  }
  std::vector<std::pair<int, int>> all;
  std::atomic<int> last{-2};
};
using Pairs = std::vector<std::pair<int, int>>;

TEST(WatcherTest, IsFirstCalledWithWhatIsThere) {
  const ValueOf<int> cell(1);
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function());
  EXPECT_EQ(seen.all, (Pairs{{-1, 1}}));
}

TEST(WatcherTest, IsCalledAfterEachStore) {
  ValueOf<int> cell;
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function());
  EXPECT_TRUE(seen.all.empty());
  for (int i = 0; i < 100; ++i) {
    cell.Store(i);
    Await([&] { return seen.last.load() == i; });
  }
  cell.Clear();
  Await([&] { return seen.last.load() == -1; });
  cell.Store(5);
  Await([&] { return seen.last.load() == 5; });
  ASSERT_EQ(seen.all.size(), 102u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(seen.all[static_cast<std::size_t>(i)], std::make_pair(i - 1, i));
  }
  EXPECT_EQ(seen.all[100], std::make_pair(99, -1));
  EXPECT_EQ(seen.all[101], std::make_pair(-1, 5));
}

TEST(WatcherTest, AStoreWakesTheThreadThatSleeps) {
  ValueOf<int> cell(0);
  std::atomic<long> number{0};
  std::atomic<int> last{0};
  const Watcher<int> watcher(cell, [&](const Ints& old, const Ints& now) {
    if (old) number.store(ThreadNumber());
    last.store(*now);
  });
  for (int i = 1; i < 20; ++i) {
    cell.Store(i);
    Await([&] { return last.load() == i; });
    AwaitSleep(number);
  }
  EXPECT_NE(number.load(), ThreadNumber());
}

TEST(WatcherTest, ItsThreadTakesNoSignals) {
  ValueOf<int> cell;
  std::atomic<int> blocks{-1};
  const Watcher<int> watcher(cell, [&](const Ints&, const Ints&) {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    blocks.store(sigismember(&blocked, SIGINT));
  });
  cell.Store(1);
  Await([&] { return blocks.load() != -1; });
  EXPECT_EQ(blocks.load(), 1);
}

TEST(WatcherTest, WatchesAValue) {
  Value cell;
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function());
  cell.Store(1);
  Await([&] { return seen.last.load() == 1; });
  cell.Clear();
  Await([&] { return seen.last.load() == -1; });
  EXPECT_EQ(seen.all, (Pairs{{-1, 1}, {1, -1}}));
}

// --- By an executor ----------------------------------------------------------

TEST(WatcherTest, WhatIsStoredInARowComesTogether) {
  ValueOf<int> cell(0);
  Queue queue;
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function(), queue.executor());
  cell.Store(1);
  const std::function<void()> call = queue.Next();
  cell.Store(2);
  cell.Store(3);
  call();
  EXPECT_EQ(seen.all, (Pairs{{-1, 0}, {0, 3}}));
  cell.Store(4);
  queue.Next()();
  EXPECT_EQ(seen.all.back(), std::make_pair(3, 4));
}

TEST(WatcherTest, WhatIsStoredDuringACallComesNext) {
  ValueOf<int> cell(0);
  Queue queue;
  Seen seen;
  const Watcher<int> watcher(
      cell,
      [&, f = seen.Function()](const Ints& old, const Ints& now) {
        if (*now == 1) cell.Store(2);
        f(old, now);
      },
      queue.executor());
  cell.Store(1);
  queue.Next()();
  queue.Next()();
  EXPECT_EQ(seen.all, (Pairs{{-1, 0}, {0, 1}, {1, 2}}));
}

TEST(WatcherTest, WhatIsPutBackIsNoChange) {
  ValueOf<int> cell(0);
  Queue queue;
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function(), queue.executor());
  const Ints zero = cell.Load();
  cell.Store(1);
  cell.Store(zero);
  queue.Next()();
  EXPECT_EQ(seen.all, (Pairs{{-1, 0}}));
  cell.Store(2);
  queue.Next()();
  EXPECT_EQ(seen.all.back(), std::make_pair(0, 2));
}

TEST(WatcherTest, CopiesOfACallRunItOnce) {
  ValueOf<int> cell(0);
  Queue queue;
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function(), queue.executor());
  cell.Store(1);
  const std::function<void()> call = queue.Next();
  const std::function<void()> copy = call;
  copy();
  const std::size_t calls = seen.all.size();
  cell.Store(2);
  call();
  EXPECT_EQ(seen.all.size(), calls);
  queue.Next()();
  EXPECT_EQ(seen.all.back(), std::make_pair(1, 2));
}

TEST(WatcherTest, ACallThatIsDroppedComesWithTheNextChange) {
  ValueOf<int> cell(0);
  Queue queue;
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function(), queue.executor());
  cell.Store(1);
  queue.Next() = nullptr;
  cell.Store(2);
  queue.Next()();
  EXPECT_EQ(seen.all, (Pairs{{-1, 0}, {0, 2}}));
}

TEST(WatcherTest, ACallAfterTheEndDoesNothing) {
  std::function<void()> call;
  Seen seen;
  {
    ValueOf<int> cell(0);
    Queue queue;
    const Watcher<int> watcher(cell, seen.Function(), queue.executor());
    cell.Store(1);
    call = queue.Next();
  }
  call();
  EXPECT_EQ(seen.all.size(), 1u);
}

TEST(WatcherTest, AnExecutorMayRunItAtOnce) {
  ValueOf<int> cell(0);
  Seen seen;
  {
    const Watcher<int> watcher(cell, seen.Function(),
                               [](const auto& call) { call(); });
    cell.Store(1);
    Await([&] { return seen.last.load() == 1; });
  }
  EXPECT_EQ(seen.all, (Pairs{{-1, 0}, {0, 1}}));
}

TEST(WatcherTest, AnExecutorMayWaitForTheCall) {
  ValueOf<int> cell(0);
  std::optional<Watcher<int>> watcher;
  std::atomic<bool> ended{false};
  watcher.emplace(
      cell,
      [&](const Ints& old, const Ints&) {
        if (!old) return;
        watcher.reset();
        ended.store(true);
      },
      [](const auto& call) { std::thread(call).join(); });
  cell.Store(1);
  Await([&] { return ended.load(); });
}

// --- The end -----------------------------------------------------------------

TEST(WatcherEndTest, WaitsForARunningCall) {
  ValueOf<int> cell(0);
  std::atomic<bool> runs{false};
  std::atomic<long> number{0};
  bool done = false;
  // The thread stays for the other one.
  const Watcher<int> other(cell, [](const Ints&, const Ints&) {});
  {
    const Watcher<int> watcher(cell, [&](const Ints& old, const Ints&) {
      if (!old) return;
      runs.store(true);
      AwaitSleep(number);
      done = true;
    });
    cell.Store(1);
    Await([&] { return runs.load(); });
    number.store(ThreadNumber());
  }
  EXPECT_TRUE(done);
}

TEST(WatcherEndTest, IsCalledNoMore) {
  ValueOf<int> cell(0);
  for (int round = 0; round < 100; ++round) {
    bool ended = false;
    {
      const Watcher<int> watcher(
          cell, [&](const Ints&, const Ints&) { EXPECT_FALSE(ended); });
      cell.Store(round);
    }
    ended = true;
    cell.Store(round);
  }
}

TEST(WatcherEndTest, DestroysTheFunction) {
  ValueOf<int> cell(0);
  {
    const Watcher<int> watcher(cell, [token = std::make_shared<Canary>(1)](
                                         const Ints&, const Ints&) {});
    EXPECT_EQ(Canary::alive(), 1);
  }
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(WatcherEndTest, MayComeFromItsOwnCall) {
  for (int others = 0; others < 2; ++others) {
    ValueOf<int> cell(0), other(0);
    std::optional<Watcher<int>> stays;
    if (others == 1) stays.emplace(other, [](const Ints&, const Ints&) {});
    std::atomic<int> calls{0};
    std::atomic<bool> was_alive{false};
    std::optional<Watcher<int>> watcher;
    watcher.emplace(cell, [&, token = std::make_shared<Canary>(1)](
                              const Ints& old, const Ints&) {
      if (!old) return;
      watcher.reset();
      cell.Store(2);
      was_alive.store(token->Sings());
      calls.fetch_add(1);
    });
    cell.Store(1);
    Await([] { return Canary::alive() == 0; });
    EXPECT_EQ(calls.load(), 1);
    EXPECT_TRUE(was_alive.load());
  }
}

// As they come, the watchers of what a call ends.
TEST(WatcherEndTest, ACallMayEndAndMakeOthers) {
  ValueOf<int> cell(0);
  std::optional<Watcher<int>> others[3];
  std::atomic<int> calls{0}, last{0};
  const auto count = [&](const Ints&, const Ints&) { calls.fetch_add(1); };
  const Watcher<int> first(cell, [&](const Ints&, const Ints& now) {
    for (auto& other : others) {
      other.reset();
      if (*now % 2 == 0) other.emplace(cell, count);
    }
    last.store(*now);
  });
  for (int i = 1; i < 100; ++i) {
    cell.Store(i);
    Await([&] { return last.load() == i; });
  }
  EXPECT_GE(calls.load(), 150);
}

TEST(WatcherEndTest, ItsThreadEndsWithTheLast) {
  ValueOf<int> cell(0);
  std::atomic<long> number{0};
  std::atomic<int> last{0};
  const auto see = [&](const Ints& old, const Ints& now) {
    if (old) number.store(ThreadNumber());
    last.store(*now);
  };
  const auto path = [&] {
    return "/proc/self/task/" + std::to_string(number.load());
  };
  for (int i = 0; i < 5; ++i) {
    {
      const Watcher<int> watcher(cell, see);
      const Watcher<int> other(cell, see);
      cell.Store(i);
      Await([&] { return last.load() == i && number.load() != 0; });
      EXPECT_EQ(access(path().c_str(), F_OK), 0);
    }
    // The kernel takes it from the list after it has said that it ended.
    Await([&] { return access(path().c_str(), F_OK) != 0; });
    number.store(0);
    last.store(-1);
  }
}

TEST(WatcherEndTest, AStoreToWhatWasWatchedWakesNobody) {
  ValueOf<int> cell(0);
  {
    const Watcher<int> watcher(cell, [](const Ints&, const Ints&) {});
  }
  // No waiter is left in the cell's bucket, or this would wait.
  EXPECT_FALSE(cell.WaitForChange(cell.Load(), std::chrono::seconds(0)));
}

// --- Exceptions --------------------------------------------------------------

TEST(WatcherExceptionTest, OfTheFirstCallGoesToTheCaller) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  ValueOf<int> cell(0);
  int calls = 0;
  EXPECT_TRUE(Throws<std::runtime_error>([&] {
    const Watcher<int> watcher(cell, [&, token = std::make_shared<Canary>(1)](
                                         const Ints&, const Ints&) {
      ++calls;
      Throw(std::runtime_error("first"));
    });
  }));
  EXPECT_EQ(Canary::alive(), 0);
  cell.Store(1);
  Seen seen;
  const Watcher<int> watcher(cell, seen.Function());
  cell.Store(2);
  Await([&] { return seen.last.load() == 2; });
  EXPECT_EQ(calls, 1);
}

TEST(WatcherDeathTest, AnExceptionOfALaterCallEndsTheProgram) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  EXPECT_DEATH(
      {
        ValueOf<int> cell;
        const Watcher<int> watcher(cell, [](const Ints&, const Ints&) {
          Throw(std::runtime_error("later"));
        });
        cell.Store(1);
        Await([] { return false; });
      },
      "the function of a Watcher or Derived threw an exception on another "
      "thread: later");
}

// --- Forks -------------------------------------------------------------------

TEST(WatcherForkTest, AChildHasNoneUntilItMakesOne) {
  if (kThreadSanitizer) GTEST_SKIP() << "it knows no threads of a child";
  ValueOf<int> cell(0);
  Seen seen;
  auto inherited = std::make_unique<Watcher<int>>(cell, seen.Function());
  const pid_t child = fork();
  if (child == 0) {
    // Nobody is woken, and nobody waited for.
    cell.Store(1);
    Seen anew;
    {
      const Watcher<int> watcher(cell, anew.Function());
      cell.Store(2);
      Await([&] { return anew.last.load() == 2; });
      inherited.reset();
      cell.Store(3);
      Await([&] { return anew.last.load() == 3; });
    }
    _exit(seen.all == Pairs{{-1, 0}} ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  cell.Store(7);
  Await([&] { return seen.last.load() == 7; });
}

TEST(WatcherForkTest, AChildDoesNotWaitForAParentsCall) {
  ValueOf<int> cell(0);
  std::atomic<bool> runs{false}, end{false};
  std::optional<Watcher<int>> watcher;
  watcher.emplace(cell, [&](const Ints& old, const Ints&) {
    if (!old) return;
    runs.store(true);
    Await([&] { return end.load(); });
  });
  cell.Store(1);
  Await([&] { return runs.load(); });
  const pid_t child = fork();
  if (child == 0) {
    watcher.reset();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  end.store(true);
}

// --- Together ----------------------------------------------------------------

// Whatever the others do, the last value comes, and each call gets what the one
// before did.
TEST(WatcherStressTest, TheLastValueComes) {
  const int stores = Effort(5'000);
  {
    ValueOf<Canary> cells[4];
    RunTogether(4, [&](int thread) {
      ValueOf<Canary>& cell = cells[thread];
      ValueOf<Canary>& next = cells[(thread + 1) % 4];
      std::atomic<std::uint64_t> last{0};
      std::uint64_t before = 0;  // not atomic
      const Watcher<Canary> watcher(cell, [&](const SnapshotOf<Canary>& old,
                                              const SnapshotOf<Canary>& now) {
        ASSERT_TRUE(now->Sings());
        ASSERT_EQ(old ? old->number() : 0, before);
        ASSERT_LT(before, now->number());
        before = now->number();
        last.store(before);
      });
      for (int i = 1; i <= stores; ++i) {
        cell.Emplace(static_cast<std::uint64_t>(i));
        if (i % 8 == 0) {
          // Comes and goes.
          const Watcher<Canary> other(next, [](const SnapshotOf<Canary>&,
                                               const SnapshotOf<Canary>& now) {
            ASSERT_TRUE(now->Sings());
          });
        }
      }
      Await([&] { return last.load() == static_cast<std::uint64_t>(stores); });
    });
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(WatcherStressTest, AnExecutorOfThreadsLosesNothing) {
  const int stores = Effort(2'000);
  ValueOf<int> cell(0);
  std::atomic<int> last{0}, inside{0}, running{0};
  {
    const Watcher<int> watcher(
        cell,
        [&](const Ints&, const Ints& now) {
          EXPECT_EQ(inside.fetch_add(1), 0);
          std::this_thread::yield();
          last.store(*now);
          inside.fetch_sub(1);
        },
        [&](const std::function<void()>& call) {
          running.fetch_add(1);
          std::thread([call, &running] {
            call();
            running.fetch_sub(1);
          }).detach();
        });
    for (int i = 1; i <= stores; ++i) {
      cell.Store(i);
      if (i % 16 == 0) Await([&] { return last.load() == i; });
    }
    Await([&] { return last.load() == stores; });
  }
  Await([&] { return running.load() == 0; });
}

}  // namespace
}  // namespace sync_atomic
