// SPDX-License-Identifier: Apache-2.0

// Waits for a cell that end at a point of time, or by a request to stop.
// wait_steps_test.cc has the request at each step of a waiter.

#include "sync_atomic/value/stop.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/tests/support/await_sleep.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AwaitSleep;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::ThreadNumber;
using Clock = std::chrono::steady_clock;

// Each way to wait until a cell changes that will not: its arguments after the
// snapshot are those of `wait`.
template <class... A>
bool ChangesAnyhow(const A&... arguments) {
  const Value value(1);
  const ValueOf<int> cell(1);
  const Value empty;
  bool changes = value.WaitForChange(value.Load(), arguments...);
  changes |= value.WaitForChange(value.Load<int>(), arguments...);
  changes |= cell.WaitForChange(cell.Load(), arguments...);
  changes |= empty.WaitForChange(Snapshot(), arguments...);
  return changes;
}
// The same of one that has changed.
template <class... A>
bool SeesTheChange(const A&... arguments) {
  const Value value(1);
  const ValueOf<int> cell(1);
  return value.WaitForChange(Snapshot(), arguments...) &&
         value.WaitForChange(SnapshotOf<int>(), arguments...) &&
         cell.WaitForChange(SnapshotOf<int>(), arguments...);
}

TEST(TimePointTest, IsUntilWhenAWaitLasts) {
  const Clock::time_point time = Clock::now() + std::chrono::milliseconds(5);
  EXPECT_FALSE(ChangesAnyhow(time));
  EXPECT_GE(Clock::now(), time);
  EXPECT_FALSE(ChangesAnyhow(time));
  EXPECT_FALSE(ChangesAnyhow(Clock::time_point()));
  EXPECT_FALSE(ChangesAnyhow((Clock::time_point::min)()));
  EXPECT_TRUE(SeesTheChange(Clock::time_point()));
  EXPECT_TRUE(SeesTheChange((Clock::time_point::max)()));
}

TEST(StopTest, ARequestEndsWaits) {
  StopSource source;
  const StopToken stop = source.token();
  EXPECT_FALSE(stop.stop_requested());
  EXPECT_FALSE(ChangesAnyhow(std::chrono::milliseconds(1), stop));
  source.RequestStop();
  EXPECT_TRUE(stop.stop_requested());
  EXPECT_TRUE(source.stop_requested());
  EXPECT_TRUE(source.token().stop_requested());
  EXPECT_FALSE(ChangesAnyhow(absl::InfiniteDuration(), stop));
  EXPECT_FALSE(ChangesAnyhow((Clock::time_point::max)(), stop));
}

TEST(StopTest, AChangeIsSeenAllTheSame) {
  StopSource source;
  EXPECT_TRUE(SeesTheChange(absl::InfiniteDuration(), source.token()));
  source.RequestStop();
  EXPECT_TRUE(SeesTheChange(absl::InfiniteDuration(), source.token()));
}

TEST(StopTest, WithoutASourceNobodyAsks) {
  const StopToken none;
  EXPECT_FALSE(none.stop_requested());
  EXPECT_FALSE(ChangesAnyhow(std::chrono::milliseconds(1), none));
}

TEST(StopTest, TokensAndSourcesShareOneRequest) {
  StopToken stop;
  {
    StopSource source;
    stop = source.token();
    const StopToken copy = stop;
    StopSource other = source;
    other.RequestStop();
    EXPECT_TRUE(copy.stop_requested());
  }
  EXPECT_TRUE(stop.stop_requested());
  EXPECT_FALSE(StopSource().stop_requested());
}

// Runs `wait` on a thread, and `end` once that sleeps; whether it changed.
bool Sleeps(const std::function<bool()>& wait,
            const std::function<void()>& end) {
  std::atomic<long> number{0};
  bool changed = false;
  std::thread waiter([&] {
    number.store(ThreadNumber());
    changed = wait();
  });
  AwaitSleep(number);
  end();
  waiter.join();
  return changed;
}

TEST(StopTest, ARequestWakesWhoSleeps) {
  StopSource source;
  const ValueOf<int> cell(1);
  EXPECT_FALSE(Sleeps(
      [&] {
        return cell.WaitForChange(cell.Load(), absl::InfiniteDuration(),
                                  source.token());
      },
      [&] { source.RequestStop(); }));
}

TEST(StopTest, AStoreWakesWhoSleeps) {
  StopSource source;
  ValueOf<int> cell(1);
  EXPECT_TRUE(Sleeps(
      [&] {
        return cell.WaitForChange(cell.Load(), absl::InfiniteDuration(),
                                  source.token());
      },
      [&] { cell.Store(2); }));
}

// Who waits without the token sleeps again.
TEST(StopTest, ARequestEndsNoOtherWait) {
  StopSource source, other;
  Value value;
  EXPECT_TRUE(Sleeps(
      [&] {
        return value.WaitForChange(Snapshot(), absl::InfiniteDuration(),
                                   source.token());
      },
      [&] {
        other.RequestStop();
        value.Store(1);
      }));
}

// As a service ends: each thread waits for its cell, and none is left behind.
TEST(StopStressTest, OneRequestEndsAllWaits) {
  constexpr int kThreads = 4;
  for (int round = 0; round < Effort(500); ++round) {
    StopSource source;
    ValueOf<int> cells[kThreads];
    std::string message;  // not atomic
    RunTogether(kThreads, [&](int thread) {
      if (thread == 0) {
        cells[1].Store(1);
        message = "stopped";
        source.RequestStop();
        return;
      }
      const StopToken stop = source.token();
      SnapshotOf<int> seen;
      while (
          cells[thread].WaitForChange(seen, absl::InfiniteDuration(), stop)) {
        seen = cells[thread].Load();
      }
      ASSERT_EQ(message, "stopped");
    });
  }
}

#if defined(__cpp_lib_jthread)
TEST(StopTest, AStdStopTokenIsTaken) {
  std::stop_source source;
  EXPECT_FALSE(ChangesAnyhow(std::chrono::milliseconds(1), source.get_token()));
  EXPECT_TRUE(SeesTheChange(absl::InfiniteDuration(), source.get_token()));
  EXPECT_FALSE(ChangesAnyhow(std::chrono::milliseconds(1), std::stop_token()));
  source.request_stop();
  EXPECT_FALSE(ChangesAnyhow(absl::InfiniteDuration(), source.get_token()));
}

TEST(StopTest, TheEndOfAJthreadWakesIt) {
  const ValueOf<int> cell(1);
  std::atomic<long> number{0};
  bool changed = true;
  {
    const std::jthread waiter([&](const std::stop_token& stop) {
      number.store(ThreadNumber());
      changed = cell.WaitForChange(cell.Load(), absl::InfiniteDuration(), stop);
    });
    AwaitSleep(number);
  }
  EXPECT_FALSE(changed);
}
#endif

}  // namespace
}  // namespace sync_atomic
