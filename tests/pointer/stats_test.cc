// SPDX-License-Identifier: Apache-2.0

// What the statistics count, and whom they name.

#include "sync_atomic/pointer/stats.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::RunTogether;

TEST(ReclaimStatsTest, CountsWhatIsRetiredAndFreed) {
  Reclaim();
  const ReclaimStats before = GetReclaimStats();
  EXPECT_EQ(before.pending, 0u);
  EXPECT_EQ(before.pending_bytes, 0u);
  constexpr int kThreads = 3;
  constexpr std::uint64_t kEach = 1'000;
  auto pin = std::make_unique<PinGuard>();
  RunTogether(kThreads, [](int) {
    for (std::uint64_t i = 0; i < kEach; ++i) Retire(new Canary(i));
  });
  ReclaimStats stats = GetReclaimStats();
  EXPECT_EQ(stats.retired - before.retired, kThreads * kEach);
  EXPECT_EQ(stats.freed, before.freed);
  EXPECT_EQ(stats.pending, kThreads * kEach);
  EXPECT_GE(stats.pending_bytes, kThreads * kEach * sizeof(Canary));
  EXPECT_GT(stats.reclaims, before.reclaims);
  EXPECT_EQ(stats.leaked, 0u);

  pin.reset();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  stats = GetReclaimStats();
  EXPECT_EQ(stats.freed - before.freed, kThreads * kEach);
  EXPECT_EQ(stats.pending, 0u);
  EXPECT_EQ(stats.pending_bytes, 0u);
}

// What a snapshot keeps is freed once, and counted once.
TEST(ReclaimStatsTest, SaysWhatOneCallTookAtMost) {
  constexpr std::uint64_t kMany = 10'000;
  const ReclaimStats before = GetReclaimStats();
  ASSERT_LT(before.most_freed_in_one_call, kMany / 2);
  {
    const PinGuard pin;
    RunTogether(1, [](int) {
      for (std::uint64_t i = 0; i < kMany; ++i) Retire(new Canary(i));
    });
  }
  Reclaim();  // all but what the end of the pin was allowed to take
  const ReclaimStats stats = GetReclaimStats();
  EXPECT_GE(stats.most_freed_in_one_call, kMany / 2);
  EXPECT_LE(stats.most_freed_in_one_call, kMany);
  EXPECT_GT(stats.longest_reclaim, absl::ZeroDuration());
}

TEST(ReclaimStatsTest, CountsWhatSnapshotsKeptOnce) {
  Reclaim();
  const ReclaimStats before = GetReclaimStats();
  {
    Value value;
    value.Store(Canary(1));
    Snapshot copy;
    {
      const Snapshot first = value.Load();
      copy = first;
    }
    value.Store(Canary(2));
    Reclaim();  // gives up the cell's count; the copy has another
    EXPECT_EQ(Canary::alive(), 2);
  }
  Reclaim();
  const ReclaimStats after = GetReclaimStats();
  EXPECT_EQ(Canary::alive(), 0);
  EXPECT_EQ(after.retired - before.retired, 2u);
  EXPECT_EQ(after.freed - before.freed, 2u);
}

TEST(ReclaimStatsTest, CountsSnapshotsWithoutASlot) {
  Value value;
  value.Store(1);
  const std::uint64_t before = GetReclaimStats().counted_snapshots;
  std::vector<Snapshot> held;
  for (int i = 0; i < 20; ++i) held.push_back(value.Load());
  EXPECT_EQ(GetReclaimStats().counted_snapshots - before, 12u);
}

TEST(ReclaimStatsTest, TimesTheHeavyFences) {
  const ReclaimStats before = GetReclaimStats();
  for (std::uint64_t i = 0; i < 100; ++i) {
    Retire(new Canary(i));
    Reclaim();
  }
  const ReclaimStats after = GetReclaimStats();
  EXPECT_GE(after.heavy_fences - before.heavy_fences, 100u);
  EXPECT_GT(after.heavy_fence_time, before.heavy_fence_time);
}

TEST(ReclaimStatsTest, NamesTheOldestPin) {
  Reclaim();  // this thread's record is older than the other's
  EXPECT_FALSE(GetReclaimStats().oldest_pin);
  std::atomic<std::int64_t> thread{-1};
  std::atomic<bool> done{false};
  std::thread stuck([&] {
    const PinGuard pin;
#if defined(__linux__)
    thread.store(syscall(SYS_gettid));
#else
    thread.store(0);
#endif
    while (!done.load()) std::this_thread::yield();
  });
  while (thread.load() == -1) std::this_thread::yield();
  const absl::Time begin = absl::Now();
  Retire(new Canary(1));
  Reclaim();
  {
    const PinGuard later;
    // The clock behind it is coarse.
    for (absl::Duration age; age < absl::Milliseconds(40);) {
      ASSERT_LT(absl::Now() - begin, absl::Seconds(30));
      const auto pin = GetReclaimStats().oldest_pin;
      ASSERT_TRUE(pin);
      EXPECT_EQ(pin->thread, thread.load());
      EXPECT_GE(pin->age, age);
      age = pin->age;
    }
    EXPECT_GE(absl::Now() - begin, absl::Milliseconds(20));
  }
  done.store(true);
  stuck.join();
  EXPECT_FALSE(GetReclaimStats().oldest_pin);
}

// A thread that is pinned again and again is not taken for one that is stuck.
TEST(ReclaimStatsTest, TellsPinsOfOneThreadApart) {
  int young = 0, old = 0;  // a busy machine makes a few of them old
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < absl::Milliseconds(100)) {
    const PinGuard pin;
    const auto oldest = GetReclaimStats().oldest_pin;
    ASSERT_TRUE(oldest);
    ++(oldest->age < absl::Milliseconds(20) ? young : old);
  }
  EXPECT_GT(young, old);
}

TEST(ReclaimStatsTest, SaysWhichFencesAreInUseAndWhy) {
  const ReclaimStats stats = GetReclaimStats();
  const bool membarrier =
      internal::DecideFenceMode() == internal::FenceMode::kMembarrier;
  EXPECT_EQ(stats.fences.find("membarrier:") == 0, membarrier) << stats.fences;
  if (membarrier) {
    EXPECT_EQ(stats.fence_errno, 0);
  }
}

}  // namespace
}  // namespace sync_atomic
