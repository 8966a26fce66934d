// The examples of docs/migrating_from_std_atomic.md, compiled and run: the same
// little program with std::atomic and with this library.

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"

namespace {

namespace before {

// [before]
struct Statistics {
  std::atomic<std::int64_t> requests{0};
  std::atomic<std::int64_t> slowest{0};
  std::atomic<bool> draining{false};

  std::int64_t Handled(std::int64_t microseconds) {
    std::int64_t seen = slowest.load(std::memory_order_relaxed);
    while (seen < microseconds &&
           !slowest.compare_exchange_weak(seen, microseconds,
                                          std::memory_order_relaxed)) {
    }
    return ++requests;
  }
  std::int64_t Slowest() const { return slowest; }
  bool Drain() { return !draining.exchange(true); }
};
// [/before]

}  // namespace before

namespace after {

// [after]
struct Statistics {
  atomic::Int64 requests;
  atomic::Int64 slowest;
  atomic::Bool draining;

  std::int64_t Handled(std::int64_t microseconds) {
    slowest.Max(microseconds, std::memory_order_relaxed);
    return requests.Add(1);
  }
  std::int64_t Slowest() const { return slowest.Load(); }
  bool Drain() { return !draining.Swap(true); }
};
// [/after]

}  // namespace after

template <class T>
class MigratingTest : public ::testing::Test {};
using Both = ::testing::Types<before::Statistics, after::Statistics>;
TYPED_TEST_SUITE(MigratingTest, Both);

TYPED_TEST(MigratingTest, BothCountAlike) {
  constexpr int kThreads = 4, kEach = 1'000;
  TypeParam statistics;
  sync_atomic::testing::RunTogether(kThreads, [&statistics](int thread) {
    for (int i = 1; i <= kEach; ++i) statistics.Handled(thread * kEach + i);
  });
  EXPECT_EQ(statistics.Slowest(), kThreads * kEach);
  EXPECT_EQ(statistics.Handled(1), kThreads * kEach + 1);
  EXPECT_TRUE(statistics.Drain());
  EXPECT_FALSE(statistics.Drain());
}

// What must be called differently, line by line.
TEST(MigratingLinesTest, SumsReturnTheNewValue) {
  std::atomic<std::int64_t> theirs{10};
  atomic::Int64 ours(10);
  // [sums]
  EXPECT_EQ(theirs.fetch_add(5), 10);  // the old value
  EXPECT_EQ(ours.FetchAdd(5), 10);     // the old value
  EXPECT_EQ(ours.Add(5), 20);          // the new value
  // [/sums]
}

// An update is lost here, for certain: this is what `x = x + 1` does when
// another thread adds in between.
TEST(MigratingLinesTest, AnAssignmentLosesUpdates) {
  // [lost]
  std::atomic<int> x{0};
  const int read = x;  // one access: thread A begins x = x + 1
  x++;                 // another thread
  x = read + 1;        // a second access: A ends it, and ++ is lost
  // [/lost]
  EXPECT_EQ(x.load(), 1);
}

struct Config {
  std::string upstream;
  int timeout_ms;
};

// [value]
atomic::Value current;  // was: std::atomic<std::shared_ptr<const Config>>

void Reload(Config fresh) {
  current.Store(std::move(fresh));  // was: a make_shared<const Config>(...)
}

int Timeout() {
  const atomic::SnapshotOf<Config> config = current.Load<Config>();
  return config ? config->timeout_ms : 0;
}

// Replaces exactly what it has read, or does nothing.
bool Halve() {
  const atomic::SnapshotOf<Config> old = current.Load<Config>();
  if (!old) return false;
  return current.CompareAndSwap(old,
                                Config{old->upstream, old->timeout_ms / 2});
}
// [/value]

TEST(MigratingLinesTest, AValueTakesThePlaceOfASharedPointer) {
  EXPECT_EQ(Timeout(), 0);
  EXPECT_FALSE(Halve());
  Reload(Config{"a", 10});
  EXPECT_TRUE(Halve());
  EXPECT_EQ(Timeout(), 5);
}

}  // namespace
