// SPDX-License-Identifier: Apache-2.0

// The library as another Unix has it, without membarrier, rseq and futexes: all
// of its files are built here anew, by a compiler that knows of no Linux.

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <thread>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/pointer/platform/sharded_sum.h"
#include "sync_atomic/pointer/preemption.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value_of.h"

#if defined(__linux__)
#error "to be compiled with -U__linux__"
#endif

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::RunTogether;

TEST(OtherUnixTest, FencesFully) {
  unsetenv("SYNC_ATOMIC_FENCES");
  EXPECT_EQ(internal::DecideFenceMode(), internal::FenceMode::kFull);
  EXPECT_TRUE(internal::HeavyFence());
}

TEST(OtherUnixTest, EachThreadHasANumberOfItsOwn) {
  constexpr int kThreads = 4;
  unsigned numbers[kThreads];
  RunTogether(kThreads, [&](int thread) {
    numbers[thread] = internal::CurrentProcessorUnbounded();
    EXPECT_EQ(internal::CurrentProcessorUnbounded(), numbers[thread]);
    EXPECT_LT(internal::CurrentProcessor(), internal::ProcessorLimit());
  });
  EXPECT_EQ(std::set<unsigned>(numbers, numbers + kThreads).size(),
            std::size_t{kThreads});
}

TEST(OtherUnixTest, CountersLoseNothing) {
  EXPECT_FALSE(internal::ShardedSum::HasOwners());
  Counter counter;
  internal::ShardedSum* const sum = internal::ShardedSum::Make();
  RunTogether(3, [&](int) {
    for (int i = 0; i < 10'000; ++i) {
      counter.Add(2);
      sum->Add(1);
    }
  });
  EXPECT_EQ(counter.Reset(), 60'000);
  EXPECT_EQ(counter.Load(), 0);
  EXPECT_EQ(sum->Load(), 30'000);
  internal::ShardedSum::Delete(sum);
}

TEST(OtherUnixTest, HintsAreCounted) {
  EXPECT_EQ(GetPreemptionSupport().backend, PreemptionSupport::kCounting);
  { const PinGuard pin(PreemptionHint::kShortSection); }
  EXPECT_EQ(GetThreadPreemptionStats().requested, 1u);
}

TEST(OtherUnixTest, WhoWaitsLooksUntilTheDeadline) {
  constexpr std::chrono::milliseconds kWhile(20);
  ValueOf<int> value;
  value.Store(1);
  const SnapshotOf<int> one = value.Load();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(value.WaitForChange(one, absl::FromChrono(kWhile)));
  EXPECT_GE(std::chrono::steady_clock::now() - start, kWhile);
  std::thread storer([&] {
    std::this_thread::sleep_for(kWhile);
    value.Store(2);
  });
  EXPECT_TRUE(value.WaitForChange(one, absl::InfiniteDuration()));
  storer.join();
}

TEST(OtherUnixTest, ReadersSeeNothingThatIsDeadAndNothingIsLeft) {
  {
    ValueOf<Canary> value;
    value.Store(Canary(1));
    RunTogether(3, [&](int thread) {
      for (int i = 0; i < 1000; ++i) {
        if (thread == 0) value.Store(Canary(2));
        ASSERT_TRUE(value.Load()->Sings());
        const PinGuard pin;
        ASSERT_TRUE(value.LoadPinned(pin)->Sings());
      }
    });
  }
  Synchronize();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
