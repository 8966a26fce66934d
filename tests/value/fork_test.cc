// SPDX-License-Identifier: Apache-2.0

// A real fork of a process with several threads, and without exec: its child
// uses everything. Steps in between are for fork_steps_test.cc.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::kEmulated;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::RunTogether;

// Runs f in a child, and says whether it ended well, with no failure. A child
// that hangs is ended.
bool InChild(const std::function<void()>& f) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    f();
    std::fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

// Threads of which some are pinned, some hold snapshots, and all have retired
// objects that wait.
class ForkTest : public ::testing::Test {
 protected:
  static constexpr int kOthers = 4;
  static constexpr int kRetired = 10;

  void SetUp() override {
    // ThreadSanitizer's own child may not start threads, among other things.
    if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer is of no use here";
    value_.Store(Canary(1));
    pointer_.Store(new Canary(1));
    for (int i = 0; i < kOthers; ++i) {
      others_.emplace_back([this, i] {
        std::optional<PinGuard> pin;
        if (i % 2 == 0) pin.emplace();
        const SnapshotOf<Canary> held = value_.Load<Canary>();
        const Protected<Canary> protect = pointer_.Protect();
        for (std::uint64_t n = 0; n < kRetired; ++n) Retire(new Canary(n));
        ready_.fetch_add(1);
        while (!done_.load()) std::this_thread::yield();
      });
    }
    while (ready_.load() != kOthers) std::this_thread::yield();
  }
  void TearDown() override {
    done_.store(true);
    for (std::thread& other : others_) other.join();
    delete pointer_.Swap(nullptr);
    value_.Clear();
    Synchronize();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }

  void UseEverything() {
    value_.Store(Canary(2));
    Retire(pointer_.Swap(new Canary(2)));
    EXPECT_TRUE(value_.Load<Canary>()->Sings());
    {
      const PinGuard pin;
      EXPECT_TRUE(value_.LoadPinned<Canary>(pin)->Sings());
    }
    const Protected<Canary> protect = pointer_.Protect();
    EXPECT_TRUE(protect->Sings());
    const Snapshot old = value_.Swap(Canary(3));
    EXPECT_TRUE(old.Get<Canary>().Sings());
    Reclaim();
  }
  void UseAndSynchronize() {
    UseEverything();
    Synchronize();
    Reclaim();
  }

  Value value_;
  Pointer<Canary> pointer_;
  std::atomic<int> ready_{0};
  std::atomic<bool> done_{false};
  std::vector<std::thread> others_;
};

TEST_F(ForkTest, TheChildCanDoEverything) {
  if (kEmulated) GTEST_SKIP() << "qemu itself fails in a child with threads";
  EXPECT_TRUE(InChild([this] {
    UseEverything();
    // The two in the cells, and the two that threads hold which are gone. Their
    // pins are over already, and need not be waited for.
    EXPECT_EQ(Canary::alive(), 4);
    UseAndSynchronize();
    EXPECT_EQ(Canary::alive(), 4);
    RunTogether(2, [this](int) { UseEverything(); });
    Synchronize();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 4);
  }));
}

TEST_F(ForkTest, TheChildKeepsThePinsAndSnapshotsOfItsThread) {
  const SnapshotOf<Canary> held = value_.Load<Canary>();
  const Protected<Canary> protect = pointer_.Protect();
  EXPECT_TRUE(InChild([&] {
    {
      const PinGuard pin;
      const Canary* const borrowed = value_.LoadPinned<Canary>(pin);
      EXPECT_TRUE(InChild([&] {
        value_.Store(Canary(4));
        Reclaim();
        EXPECT_TRUE(borrowed->Sings());
      }));
    }
    UseAndSynchronize();
    EXPECT_TRUE(held->Sings());
    EXPECT_TRUE(protect->Sings());
  }));
}

TEST_F(ForkTest, AThreadWithoutARecordCanFork) {
  std::thread([this] {
    EXPECT_TRUE(InChild([this] { UseAndSynchronize(); }));
  }).join();
}

TEST_F(ForkTest, AChildOfAChildCanDoEverything) {
  EXPECT_TRUE(InChild([this] {
    EXPECT_TRUE(InChild([this] { UseAndSynchronize(); }));
    UseAndSynchronize();
  }));
}

// Forks that come at any moment of what others do.
TEST_F(ForkTest, AChildOfABusyProcessCanDoEverything) {
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&] {
      while (!done.load()) {
        // What waits for the pins of others is the child's to destroy.
        if (GetReclaimStats().pending < 10'000) UseEverything();
      }
    });
  }
  for (int i = 0; i < testing::Effort(50); ++i) {
    ASSERT_TRUE(InChild([this] { UseAndSynchronize(); }));
  }
  done.store(true);
  for (std::thread& one : busy) one.join();
}

// --- The fence ---------------------------------------------------------------

TEST(ForkedFenceTest, IsGrantedInTheChild) {
  const internal::FenceMode mode = internal::DecideFenceMode();
  EXPECT_TRUE(InChild([&] {
    EXPECT_EQ(internal::DecideFenceMode(), mode);
    EXPECT_TRUE(internal::HeavyFence());
  }));
}

// Where a kernel keeps the registration from the child: played by a process
// that takes itself for registered, and is not.
TEST(ForkedFenceTest, IsGrantedInAChildThatWasLeftUnregistered) {
  if (internal::DecideFenceMode() != internal::FenceMode::kFull) {
    GTEST_SKIP() << "this process is registered for good";
  }
  if (!InChild([] { EXPECT_TRUE(internal::RegisterMembarrier()); })) {
    GTEST_SKIP() << "there is no membarrier here";
  }
  EXPECT_TRUE(InChild([] {
    internal::fence_mode.store(internal::FenceMode::kMembarrier);
    EXPECT_TRUE(InChild([] { EXPECT_TRUE(internal::HeavyFence()); }));
    EXPECT_TRUE(internal::HeavyFence());
  }));
}

}  // namespace
}  // namespace sync_atomic
