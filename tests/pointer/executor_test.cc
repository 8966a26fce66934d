// SPDX-License-Identifier: Apache-2.0

// SetReclaimExecutor: who runs destructors and deleters, when an executor that
// was replaced is gone, and what becomes of what one was given.

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/exceptions.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

using Jobs = std::vector<std::function<void()>>;

// Whatever a test leaves behind is destroyed by its end, here.
class ReclaimExecutorTest : public ::testing::Test {
 protected:
  void TearDown() override {
    SetReclaimExecutor(nullptr);
    Synchronize();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
};

// Has an executor called with the deleter of one object.
void RetireOne() {
  Retire(new Canary(1));
  Reclaim();
}

TEST_F(ReclaimExecutorTest, RunsTheDeleters) {
  Jobs queued;
  SetReclaimExecutor(
      [&](std::function<void()> f) { queued.push_back(std::move(f)); });
  for (std::uint64_t i = 0; i < 10; ++i) Retire(new Canary(i));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 10);
  std::thread([&] {
    for (const auto& f : std::exchange(queued, {})) f();
  }).join();
  EXPECT_EQ(Canary::alive(), 0);
  SetReclaimExecutor([](const std::function<void()>& f) { f(); });
  RetireOne();
  EXPECT_EQ(Canary::alive(), 0);
  SetReclaimExecutor(nullptr);
  RetireOne();
  EXPECT_EQ(Canary::alive(), 0);
  EXPECT_TRUE(queued.empty());
}

TEST_F(ReclaimExecutorTest, IsDestroyedOnceItIsReplaced) {
  const auto owned = std::make_shared<int>(0);
  SetReclaimExecutor([owned](const std::function<void()>& f) { f(); });
  RetireOne();
  EXPECT_EQ(owned.use_count(), 2);
  SetReclaimExecutor([](const std::function<void()>& f) { f(); });
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(ReclaimExecutorTest, IsInNoCallOnceItIsReplaced) {
  std::atomic<bool> called{false}, go_on{false}, returned{false}, set{false};
  SetReclaimExecutor([&](const std::function<void()>& f) {
    called.store(true);
    while (!go_on.load()) std::this_thread::yield();
    f();
    returned.store(true);
  });
  std::thread caller(RetireOne);
  while (!called.load()) std::this_thread::yield();
  std::thread setter([&] {
    SetReclaimExecutor(nullptr);
    EXPECT_TRUE(returned.load());
    set.store(true);
  });
  // It can't end before the call does. (It may not have begun to wait.)
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(set.load());
    std::this_thread::yield();
  }
  go_on.store(true);
  setter.join();
  caller.join();
}

// Threads that retire all the time, while executors come and go. Each knows
// whether it is alive.
TEST_F(ReclaimExecutorTest, IsReplacedWhileOthersRetire) {
  struct Alive {
    ~Alive() { sings.store(false); }
    std::atomic<bool> sings{true};
  };
  std::atomic<bool> stop{false};
  std::atomic<int> dead_calls{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!stop.load()) RetireOne();
    });
  }
  for (int i = 0; i < 300; ++i) {
    // Not owned by the executor: only its absence from all calls protects it.
    Alive alive;
    SetReclaimExecutor([&alive, &dead_calls](const std::function<void()>& f) {
      if (!alive.sings.load()) dead_calls.fetch_add(1);
      f();
      if (!alive.sings.load()) dead_calls.fetch_add(1);
    });
    std::this_thread::yield();
    SetReclaimExecutor(nullptr);
  }
  stop.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(dead_calls.load(), 0);
}

TEST_F(ReclaimExecutorTest, MayBeReplacedFromInside) {
  const auto owned = std::make_shared<int>(0);
  int calls = 0;
  SetReclaimExecutor([&calls, owned](const std::function<void()>& f) {
    ++calls;
    SetReclaimExecutor(nullptr);  // doesn't wait for this very call
    EXPECT_EQ(owned.use_count(), 2);
    f();
  });
  RetireOne();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(owned.use_count(), 1);  // its last call has ended
  RetireOne();
  EXPECT_EQ(calls, 1);
}

TEST_F(ReclaimExecutorTest, ADestructorOfOneMaySetAnother) {
  struct SetsAnother {
    ~SetsAnother() {
      SetReclaimExecutor([](const std::function<void()>& f) { f(); });
    }
  };
  SetReclaimExecutor([owned = std::make_shared<SetsAnother>()](
                         const std::function<void()>& f) { f(); });
  SetReclaimExecutor(nullptr);
  RetireOne();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ReclaimExecutorTest, WhatItWasGivenRunsOnceThoughItIsGone) {
  Jobs queued;
  SetReclaimExecutor(
      [&](std::function<void()> f) { queued.push_back(std::move(f)); });
  RetireOne();
  SetReclaimExecutor(nullptr);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);  // still the queue's
  ASSERT_EQ(queued.size(), 1u);
  queued.push_back(queued[0]);
  for (const auto& f : queued) f();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ReclaimExecutorTest, WhatNobodyCanRunAnyMoreIsPutBack) {
  Jobs queued;
  SetReclaimExecutor(
      [&](std::function<void()> f) { queued.push_back(std::move(f)); });
  RetireOne();
  SetReclaimExecutor(nullptr);
  queued.clear();
  EXPECT_EQ(Canary::alive(), 1);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ReclaimExecutorTest, WhatItWasGivenIsPutBackIfItThrows) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  Jobs queued;
  SetReclaimExecutor([&](std::function<void()> f) {
    queued.push_back(std::move(f));
    Throw(std::runtime_error("no"));
  });
  EXPECT_TRUE(Throws<std::runtime_error>(RetireOne));
  SetReclaimExecutor(nullptr);
  EXPECT_EQ(Canary::alive(), 1);
  Synchronize();  // nobody is in the middle of anything
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  for (const auto& f : queued) f();  // has nothing to do any more
  RetireOne();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ReclaimExecutorTest, WhatItWasGivenIsPutBackIfItEndsItsThread) {
  Jobs queued;
  SetReclaimExecutor([&](std::function<void()> f) {
    queued.push_back(std::move(f));
    pthread_exit(nullptr);
  });
  std::thread([] { Retire(new Canary(1)); }).join();
  SetReclaimExecutor(nullptr);  // doesn't wait for a thread that is gone
  Synchronize();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  for (const auto& f : queued) f();
}

// With an executor the end of a thread hands over what it leaves.
TEST_F(ReclaimExecutorTest, GetsWhatAThreadLeaves) {
  Jobs queued;
  std::thread([&] {
    for (std::uint64_t i = 0; i < 100; ++i) Retire(new Canary(i));
    SetReclaimExecutor(
        [&](std::function<void()> f) { queued.push_back(std::move(f)); });
  }).join();
  EXPECT_GT(Canary::alive(), 0);
  for (const auto& f : std::exchange(queued, {})) f();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
