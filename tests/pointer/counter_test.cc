// SPDX-License-Identifier: Apache-2.0

// Counter, and the processor that it shards by. What it has its shards from is
// tested in sharded_sum_test.cc.

#include "sync_atomic/pointer/counter.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <thread>
#include <vector>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/pointer/platform/sharded_sum.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/without_rseq.h"

#if defined(__linux__)
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#endif

namespace sync_atomic {
namespace {

using internal::ShardedSum;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kAddressSanitizer;
using ::sync_atomic::testing::kEmulated;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::PassesWithoutRseq;
using ::sync_atomic::testing::RunRoundsTogether;
using ::sync_atomic::testing::RunTogether;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// More than a Counter counts in one word.
constexpr int kMany = 100;

void AddOnes(Counter& counter, int times) {
  for (int i = 0; i < times; ++i) counter.Add(1);
}

ABSL_CONST_INIT Counter global;

TEST(CounterTest, IsZeroAtFirstAndSumsUp) {
  EXPECT_EQ(global.Load(), 0);
  global.Add(5);
  global.Add(-7);
  EXPECT_EQ(global.Load(), -2);
  AddOnes(global, kMany);
  global.Sub(kMany);
  EXPECT_EQ(global.Load(), -2);
}

TEST(CounterTest, SumsWrapAround) {
  for (const int times : {0, kMany}) {
    SCOPED_TRACE(times);
    Counter counter;
    AddOnes(counter, times);
    counter.Sub(times);
    counter.Add(kMax);
    counter.Add(1);
    EXPECT_EQ(counter.Load(), kMin);
    counter.Sub(kMin);
    EXPECT_EQ(counter.Load(), 0);
    counter.Add(kMax);
    counter.Add(kMax);
    EXPECT_EQ(counter.Reset(), -2);
    EXPECT_EQ(counter.Load(), 0);
  }
}

TEST(CounterTest, ResetReturnsWhatWasAddedSinceTheLast) {
  Counter counter;
  EXPECT_EQ(counter.Reset(), 0);
  counter.Add(3);
  EXPECT_EQ(counter.Reset(), 3);
  EXPECT_EQ(counter.Load(), 0);
  EXPECT_EQ(counter.Reset(), 0);
  AddOnes(counter, kMany);
  EXPECT_EQ(counter.Reset(), kMany);
  EXPECT_EQ(counter.Load(), 0);
  counter.Sub(2);
  EXPECT_EQ(counter.Load(), -2);
  EXPECT_EQ(counter.Reset(), -2);
  EXPECT_EQ(counter.Reset(), 0);
}

// ---- Memory ----

TEST(CounterMemoryTest, AFewAdditionsNeedOneWord) {
  if (!ShardedSum::HasOwners()) GTEST_SKIP() << "it may need no more at all";
  std::vector<Counter> counters(1000);  // more than there ever were before
  const std::uint32_t made = ShardedSum::made();
  for (Counter& counter : counters) AddOnes(counter, 63);
  EXPECT_EQ(ShardedSum::made(), made);
  for (Counter& counter : counters) AddOnes(counter, 1);
  EXPECT_GT(ShardedSum::made(), made);
  for (Counter& counter : counters) EXPECT_EQ(counter.Load(), 64);
}

TEST(CounterMemoryTest, ShardsAreReused) {
  AddOnes(global, kMany);  // there may be one more from now on
  global.Sub(kMany);
  { Counter().Add(1); }
  std::uint32_t made = 0;
  for (int i = 0; i < 100; ++i) {
    Counter counter;
    AddOnes(counter, kMany);
    ASSERT_EQ(counter.Load(), kMany);
    if (i == 0) made = ShardedSum::made();
    ASSERT_EQ(ShardedSum::made(), made);
  }
}

// ---- Threads ----

TEST(CounterStressTest, ConcurrentAddsLoseNoUpdate) {
  constexpr int kThreads = 4;
  constexpr std::int64_t kAddsEach = 10'000;
  for (int round = 0; round < 50; ++round) {
    SCOPED_TRACE(round);
    Counter counter;
    RunTogether(kThreads, [&counter](int thread) {
      for (std::int64_t i = 0; i < kAddsEach; ++i) {
        counter.Add(thread == 0 ? -1 : 2);
      }
    });
    ASSERT_EQ(counter.Load(), (2 * (kThreads - 1) - 1) * kAddsEach);
  }
}

// While it is one word, and as that gets shards.
TEST(CounterStressTest, ConcurrentFirstAddsLoseNoUpdate) {
  constexpr int kThreads = 2;
  const int rounds = Effort(20'000);
  std::vector<Counter> counters(static_cast<std::size_t>(rounds));
  RunRoundsTogether(kThreads, rounds, [&counters](int, int round) {
    AddOnes(counters[static_cast<std::size_t>(round)], kMany / kThreads);
  });
  for (const Counter& counter : counters) ASSERT_EQ(counter.Load(), kMany);
}

// What was added before a Load is in it.
TEST(CounterStressTest, ALoadMissesNothingThatWasAddedBefore) {
  for (int round = 0; round < 50; ++round) {
    SCOPED_TRACE(round);
    constexpr std::int64_t kAdds = 5'000;
    Counter counter;
    std::atomic<int> adding{2};
    std::int64_t least[3] = {};
    RunTogether(3, [&](int thread) {
      if (thread == 2) {
        while (adding.load() != 0) {
          const std::int64_t sum = counter.Load();
          ASSERT_GE(sum, least[2]);
          least[2] = sum;
        }
      } else {
        for (std::int64_t i = 1; i <= kAdds; ++i) {
          counter.Add(1);
          ASSERT_GE(counter.Load(), i);
        }
        adding.fetch_sub(1);
      }
    });
    ASSERT_EQ(counter.Load(), 2 * kAdds);
  }
}

// An Add is a release, and a Load that counts it an acquire.
TEST(CounterStressTest, WhatWasDoneBeforeACountedAddIsSeen) {
  constexpr int kAdds = 10'000;
  for (int round = 0; round < Effort(20); ++round) {
    Counter counter;
    std::vector<int> done(kAdds, 0);
    RunTogether(2, [&](int thread) {
      if (thread == 0) {
        for (int& each : done) {
          each = 1;
          counter.Add(1);
        }
        return;
      }
      for (std::int64_t sum = 0; sum < kAdds;) {
        sum = counter.Load();
        if (sum == 0) continue;
        ASSERT_EQ(done[static_cast<std::size_t>(sum - 1)], 1);
      }
    });
  }
}

TEST(CounterStressTest, EachAddIsInOneReset) {
  constexpr int kThreads = 3;
  constexpr int kAdds = 3;
  const int resets = Effort(400'000);
  Counter counter;
  std::atomic<std::int64_t> returned{0};
  RunTogether(kThreads, [&](int thread) {
    std::int64_t here = 0;
    for (int i = 0; i < resets; ++i) {
      AddOnes(counter, kAdds);
      if (thread == 0) continue;
      const std::int64_t since = counter.Reset();
      here += since;
      // Less only if two have returned the same.
      EXPECT_GE(since, 0);
      EXPECT_GE(counter.Load(), 0);
      if (::testing::Test::HasFailure()) return;
    }
    returned.fetch_add(here);
  });
  const std::int64_t added = std::int64_t{kThreads} * kAdds * resets;
  EXPECT_EQ(returned.load() + counter.Load(), added);
  EXPECT_EQ(returned.load() + counter.Reset(), added);
  EXPECT_EQ(counter.Load(), 0);
}

TEST(CounterStressTest, ALoadIsOfOneSideOfAReset) {
  constexpr int kAtMost = 10;
  Counter counter;
  AddOnes(counter, kMany);
  counter.Reset();
  std::atomic<bool> done{false};
  RunTogether(2, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < Effort(100'000); ++i) {
        AddOnes(counter, kAtMost);
        EXPECT_EQ(counter.Reset(), kAtMost);
      }
      done.store(true);
      return;
    }
    while (!done.load()) {
      const std::int64_t sum = counter.Load();
      ASSERT_GE(sum, 0);
      ASSERT_LE(sum, kAtMost);
    }
  });
}

TEST(CounterStressTest, CountersThatComeAndGoAreApart) {
  RunTogether(4, [](int thread) {
    for (int round = 0; round < Effort(2'000); ++round) {
      Counter counter;
      Counter other;
      AddOnes(counter, kMany + thread);
      AddOnes(other, kMany);
      ASSERT_EQ(counter.Load(), kMany + thread);
      ASSERT_EQ(other.Reset(), kMany);
    }
  });
}

// ---- Signals, forks, and the end of the process ----

#if defined(__linux__)

ABSL_CONST_INIT std::atomic<Counter*> in_handler{nullptr};
ABSL_CONST_INIT std::atomic<std::int64_t> handled{0};

void AddInHandler(int) {
  if (Counter* const counter = in_handler.load()) {
    counter->Add(1);
    handled.fetch_add(1);
  }
}

TEST(CounterStressTest, AHandlerMayAddAnywhere) {
  if (kThreadSanitizer) GTEST_SKIP() << "it puts handlers off";
  std::signal(SIGUSR1, AddInHandler);
  std::atomic<bool> done{false};
  const pthread_t interrupted = pthread_self();
  std::thread interrupter([&] {
    while (!done.load()) pthread_kill(interrupted, SIGUSR1);
  });
  for (int round = 0; round < Effort(20'000); ++round) {
    Counter counter;
    handled.store(0);
    in_handler.store(&counter);
    AddOnes(counter, 2 * kMany);
    in_handler.store(nullptr);
    EXPECT_EQ(counter.Load(), 2 * kMany + handled.load());
  }
  done.store(true);
  interrupter.join();
  std::signal(SIGUSR1, SIG_DFL);
}

// Runs f() in a child, and says whether it returned true.
template <class F>
bool IsTrueInChild(F f) {
  const pid_t child = fork();
  if (child == 0) _exit(f() ? 0 : 1);
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

TEST(CounterForkTest, TheChildCountsOn) {
  if (kThreadSanitizer) GTEST_SKIP() << "it forks no process with threads";
  Counter counter;
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> added{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      std::int64_t here = 0;
      for (; !done.load(); ++here) counter.Add(1);
      added.fetch_add(here);
    });
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(IsTrueInChild([&] {
      const std::int64_t before = counter.Load();
      counter.Add(7);
      AddOnes(counter, kMany);
      Counter other;
      AddOnes(other, kMany);
      return counter.Load() == before + 7 + kMany && other.Load() == kMany &&
             counter.Reset() == before + 7 + kMany && counter.Load() == 0;
    }));
  }
  done.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.Load(), added.load());
}

TEST(CounterMemoryTest, WithoutItCountsInOneWord) {
  if (kAddressSanitizer || kThreadSanitizer || kEmulated) {
    GTEST_SKIP() << "sanitizers need memory, and emulators set no limit";
  }
  EXPECT_TRUE(IsTrueInChild([] {
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_AS, &none);
    while (ShardedSum::Make() != nullptr) {
    }
    Counter counter;
    AddOnes(counter, 10 * kMany);
    return counter.Load() == 10 * kMany;
  }));
}

// Ends after the Counter that it adds to.
struct Late {
  ~Late() {
    counter->Add(1);
    _exit(counter->Load() == kMany + 1 ? 0 : 1);
  }
  Counter* counter = nullptr;
};

TEST(CounterTest, DestructorsOfStaticsMayAddAfterItsEnd) {
  EXPECT_TRUE(IsTrueInChild([] {
    static Late late;
    static Counter counter;
    late.counter = &counter;
    AddOnes(counter, kMany);
    std::exit(1);
    return false;
  }));
}

TEST(CounterSystemTest, AllOfThisHoldsWithoutRseq) {
  if (!ShardedSum::HasOwners()) GTEST_SKIP() << "no shard has an owner here";
  EXPECT_TRUE(PassesWithoutRseq());
}

#endif

TEST(ProcessorTest, IsWithinTheLimit) {
  const int limit = internal::ProcessorLimit();
  ASSERT_GE(limit, 1);
  RunTogether(4, [limit](int) {
    for (int i = 0; i < 10'000; ++i) {
      const int processor = internal::CurrentProcessor();
      ASSERT_GE(processor, 0);
      ASSERT_LT(processor, limit);
    }
  });
  EXPECT_EQ(internal::ProcessorLimit(), limit);
}

}  // namespace
}  // namespace sync_atomic
