// SPDX-License-Identifier: Apache-2.0

// ValueOf, four readers and two writers at once, each with classes of its own.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

constexpr int kReaders = 4;
constexpr int kWriters = 2;
constexpr int kRounds = Effort(20);
constexpr std::uint64_t kStores = 2'000;

class Bird {
 public:
  virtual ~Bird() = default;
  virtual bool Sings() const = 0;
};
class Small : public Bird {
 public:
  explicit Small(std::uint64_t number) : canary_(number) {}
  bool Sings() const override { return canary_.Sings(); }

 private:
  Canary canary_;
};
class Large : public Bird {
 public:
  explicit Large(std::uint64_t number) : first_(number), last_(number) {}
  bool Sings() const override {
    return first_.Sings() && last_.Sings() && first_ == last_;
  }

 private:
  Canary first_;
  [[maybe_unused]] char between_[200] = {};
  Canary last_;
};

TEST(ValueOfStressTest, ReadersNeverSeeAFreedObject) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    {
      ValueOf<Bird> bird;
      bird.Store(Small(0));
      std::atomic<std::uint64_t> dead{0};
      const auto look = [&](const Bird* held) {
        for (int i = 0; i < 4; ++i) {
          if (held != nullptr && !held->Sings()) dead.fetch_add(1);
        }
      };
      std::atomic<int> writing{kWriters};
      RunTogether(kReaders + kWriters, [&](int thread) {
        if (thread >= kWriters) {
          ValueOf<Bird>::Reader reader(bird);
          for (int i = 0; writing.load() != 0; ++i) {
            // Each reader does all, and begins with something else.
            switch ((i + thread) % 4) {
              case 0: {
                // More at once than a thread has slots, and a copy.
                std::vector<SnapshotOf<Bird>> held;
                for (int k = 0; k < 12; ++k) held.push_back(bird.Load());
                held.push_back(held.front());
                for (const auto& one : held) look(one.get());
                break;
              }
              case 1: {
                const PinGuard pin;
                look(bird.LoadPinned(pin));
                look(bird.LoadPinned(pin));
                break;
              }
              case 2:
                for (int k = 0; k < 4; ++k) look(reader.Load());
                break;
              default:
                look(reader.Load());
                bird.Read(look);
                reader.Release();
            }
          }
          return;
        }
        for (std::uint64_t i = 0; i < kStores; ++i) {
          switch (i % 8) {
            case 0:
              look(bird.Swap(Small(i)).get());
              break;
            case 1:
              look(bird.Update([i](const Bird&) {
                         return std::make_unique<Small>(i);
                       })
                       .get());
              break;
            case 2:
              bird.CompareAndSwap(bird.Load(), std::make_shared<Large>(i));
              break;
            case 3:
              bird.Clear();
              break;
            default:
              if (thread == 0) {
                bird.Store(Small(i));
              } else {
                bird.Store(std::make_unique<Large>(i));
              }
          }
        }
        writing.fetch_sub(1);
      });
      ASSERT_EQ(dead.load(), 0u);
    }
    Reclaim();
    ASSERT_EQ(Canary::alive(), 0);
  }
}

TEST(ValueOfStressTest, UpdatesLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    ValueOf<std::int64_t> sum;
    sum.Store(0);
    RunTogether(kThreads, [&](int thread) {
      for (int i = 0; i < kEach; ++i) {
        if (thread % 2 == 0) {
          sum.Update([](std::int64_t held) { return held + 1; });
        } else {
          for (;;) {
            const std::int64_t held = *sum.Load();
            if (sum.CompareAndSwap(held, held + 1)) break;
          }
        }
      }
    });
    ASSERT_EQ(*sum.Load(), kThreads * kEach);
  }
}

// A reader of numbers that only grow never goes back.
TEST(ValueOfStressTest, AReaderNeverGoesBack) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    ValueOf<std::int64_t> number;
    number.Store(0);
    std::atomic<int> writing{kWriters};
    std::atomic<std::uint64_t> back{0};
    RunTogether(kReaders + kWriters, [&](int thread) {
      if (thread < kWriters) {
        for (std::uint64_t i = 0; i < kStores; ++i) {
          number.Update([](std::int64_t held) { return held + 1; });
        }
        writing.fetch_sub(1);
        return;
      }
      ValueOf<std::int64_t>::Reader reader(number);
      for (std::int64_t last = 0; writing.load() != 0;) {
        const std::int64_t now = *reader.Load();
        if (now < last) back.fetch_add(1);
        last = now;
      }
    });
    ASSERT_EQ(back.load(), 0u);
    ASSERT_EQ(*number.Load(), static_cast<std::int64_t>(kWriters * kStores));
  }
}

}  // namespace
}  // namespace sync_atomic
