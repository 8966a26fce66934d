// SPDX-License-Identifier: Apache-2.0

// Value, four readers and two writers at once.

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::RunTogether;

constexpr int kReaders = 4;
constexpr int kWriters = 2;
constexpr int kRounds = 20;
constexpr std::uint64_t kStores = 2'000;

// Runs read() on four threads until two others have called write(i) kStores
// times each.
template <class Read, class Write>
void ReadWhileWriting(Read read, Write write) {
  std::atomic<int> writing{kWriters};
  RunTogether(kReaders + kWriters, [&](int thread) {
    if (thread < kWriters) {
      for (std::uint64_t i = 0; i < kStores; ++i) write(i);
      writing.fetch_sub(1);
    } else {
      while (writing.load() != 0) read();
    }
  });
}

TEST(ValueStressTest, ReadersNeverSeeAFreedObject) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    {
      Value value;
      value.Store(Canary(0));
      std::atomic<std::uint64_t> dead{0};
      ReadWhileWriting(
          [&] {
            // More at once than a thread has slots, and a few copies.
            std::vector<SnapshotOf<Canary>> held;
            for (int i = 0; i < 12; ++i) held.push_back(value.Load<Canary>());
            for (int i = 0; i < 4; ++i) held.push_back(held.front());
            for (int look = 0; look < 4; ++look) {
              for (const SnapshotOf<Canary>& canary : held) {
                if (!canary->Sings()) dead.fetch_add(1);
              }
            }
          },
          [&](std::uint64_t i) {
            if (i % 8 == 0) {
              const Snapshot previous = value.Swap(Canary(i));
              if (!previous.Get<Canary>().Sings()) dead.fetch_add(1);
            } else {
              value.Store(Canary(i));
            }
          });
      ASSERT_EQ(dead.load(), 0u);
    }
    Reclaim();
    ASSERT_EQ(Canary::alive(), 0);
  }
}

TEST(ValueStressTest, FirstStoresRaceAndOneWins) {
  for (int round = 0; round < 2'000; ++round) {
    SCOPED_TRACE(round);
    {
      Value value;
      std::atomic<std::uint64_t> wrong{0};
      std::atomic<int> first{0};
      RunTogether(4, [&](int thread) {
        if (thread == 0) {
          value.Store(Canary(1));
        } else if (thread == 1) {
          if (value.CompareAndSwap(Empty(), Canary(2))) first.fetch_add(1);
        } else if (thread == 2) {
          if (!value.Swap(Canary(3))) first.fetch_add(1);
        } else {
          for (int i = 0; i < 4; ++i) {
            const SnapshotOf<Canary> canary = value.Load<Canary>();
            if (canary && !canary->Sings()) wrong.fetch_add(1);
          }
        }
      });
      ASSERT_EQ(wrong.load(), 0u);
      ASSERT_LE(first.load(), 1);
      ASSERT_TRUE(value.Load<Canary>()->Sings());
    }
    Reclaim();
    ASSERT_EQ(Canary::alive(), 0);
  }
}

TEST(ValueStressTest, CompareAndSwapByValueLosesNoUpdate) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    Value value;
    value.Store(std::int64_t{0});
    RunTogether(kThreads, [&](int) {
      for (int i = 0; i < kEach; ++i) {
        for (;;) {
          const std::int64_t old = *value.Load<std::int64_t>();
          if (value.CompareAndSwap(old, old + 1)) break;
        }
      }
    });
    ASSERT_EQ(*value.Load<std::int64_t>(), kThreads * kEach);
  }
}

// The cell holds 7 throughout, in ever new objects.
TEST(ValueStressTest, CompareAndSwapByValueIsNeverSpurious) {
  Value value;
  value.Store(7);
  std::atomic<std::uint64_t> failures{0};
  ReadWhileWriting(
      [&] {
        if (!value.CompareAndSwap(7, 7)) failures.fetch_add(1);
      },
      [&](std::uint64_t) { value.Store(7); });
  EXPECT_EQ(failures.load(), 0u);
}

TEST(ValueStressTest, SnapshotsEndOnOtherThreads) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    {
      Value value, mailbox;
      value.Store(Canary(0));
      mailbox.Store(std::vector<SnapshotOf<Canary>>());
      std::atomic<std::uint64_t> dead{0};
      ReadWhileWriting(
          [&] {
            // Leave one for whoever comes next, who lets go of it.
            std::vector<SnapshotOf<Canary>> one;
            one.push_back(value.Load<Canary>());
            const Snapshot theirs = mailbox.Swap(std::move(one));
            for (const auto& canary :
                 theirs.Get<std::vector<SnapshotOf<Canary>>>()) {
              if (!canary->Sings()) dead.fetch_add(1);
            }
          },
          [&](std::uint64_t i) { value.Store(Canary(i)); });
      ASSERT_EQ(dead.load(), 0u);
    }
    Reclaim();
    ASSERT_EQ(Canary::alive(), 0);
  }
}

}  // namespace
}  // namespace sync_atomic
