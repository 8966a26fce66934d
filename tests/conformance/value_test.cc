// What the tests of Go's sync/atomic check about Value, by Go's names, in its
// value_test.go and example_test.go. Where Go panics, we die with the same
// text, which goes on with both types.

#include "sync_atomic/value/value.h"

#include <atomic>
#include <complex>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::RunTogether;

TEST(GoValueTest, TestValue) {
  Value v;
  EXPECT_FALSE(v.Load());
  v.Store(42);
  EXPECT_EQ(v.Load().Get<int>(), 42);
  v.Store(84);
  EXPECT_EQ(v.Load().Get<int>(), 84);
}

TEST(GoValueTest, TestValueLarge) {
  Value v;
  EXPECT_FALSE(v.Load());
  v.Store(std::string("foo"));
  EXPECT_EQ(v.Load().Get<std::string>(), "foo");
  v.Store(std::string("barbaz"));
  EXPECT_EQ(v.Load().Get<std::string>(), "barbaz");
}

TEST(GoValueDeathTest, TestValuePanic) {
  constexpr char kNil[] = "^sync/atomic: store of nil value into Value \\(";
  constexpr char kType[] =
      "^sync/atomic: store of inconsistently typed value into Value "
      "\\(holds int, given std::.*string.*\\)";
  Value v;
  EXPECT_DEATH(v.Store(nullptr), kNil);
  v.Store(42);
  EXPECT_DEATH(v.Store(std::string("foo")), kType);
  EXPECT_DEATH(v.Store(nullptr), kNil);
}

// Threads store values out of one set and load: what they see is in the set.
template <class T>
void StoreAndLoadOneOf(const std::vector<T>& values) {
  constexpr int kRounds = 20'000;
  const int threads = 4 * static_cast<int>(std::thread::hardware_concurrency());
  Value v;
  std::atomic<int> strangers{0};
  RunTogether(threads, [&](int thread) {
    std::uint32_t random = static_cast<std::uint32_t>(thread) + 1;
    for (int i = 0; i < kRounds; ++i) {
      random = random * 1664525 + 1013904223;
      v.Store(values[(random >> 16) % values.size()]);
      const SnapshotOf<T> loaded = v.Load<T>();
      bool known = false;
      for (const T& value : values) known = known || *loaded == value;
      if (!known) strangers.fetch_add(1);
    }
  });
  EXPECT_EQ(strangers.load(), 0);
}

TEST(GoValueTest, TestValueConcurrent) {
  StoreAndLoadOneOf<std::uint16_t>({0, 0xffff, 0x0ff0});
  StoreAndLoadOneOf<std::uint64_t>({0, ~std::uint64_t{0}, 0x00ffffffff00});
  StoreAndLoadOneOf<std::complex<double>>({{0, 0}, {1, 2}, {3, 4}, {5, 6}});
  StoreAndLoadOneOf<std::string>({"", "short", std::string(100, 'x')});
}

TEST(GoValueTest, TestValue_Swap) {
  Value v;
  EXPECT_FALSE(v.Swap(true));
  EXPECT_TRUE(v.Swap(false).Get<bool>());
  EXPECT_FALSE(v.Load().Get<bool>());
}

TEST(GoValueDeathTest, TestValue_Swap) {
  Value v;
  EXPECT_DEATH(v.Swap(nullptr),
               "^sync/atomic: swap of nil value into Value \\(");
  v.Store(true);
  EXPECT_DEATH(v.Swap(42),
               "^sync/atomic: swap of inconsistently typed value into Value "
               "\\(holds bool, given int\\)");
  EXPECT_DEATH(v.Swap(nullptr),
               "^sync/atomic: swap of nil value into Value \\(");
}

TEST(GoValueTest, TestValueSwapConcurrent) {
  // Go swaps 10,000 times 10,000 values; the sum over fewer is as exact.
  constexpr std::uint64_t kThreads = 16, kEach = 10'000;
  Value v;
  std::atomic<std::uint64_t> sum{0};
  RunTogether(kThreads, [&](int thread) {
    std::uint64_t mine = 0;
    const std::uint64_t first = static_cast<std::uint64_t>(thread) * kEach;
    for (std::uint64_t i = first; i < first + kEach; ++i) {
      if (const Snapshot old = v.Swap(i)) mine += old.Get<std::uint64_t>();
    }
    sum.fetch_add(mine);
  });
  constexpr std::uint64_t kAll = kThreads * kEach;
  EXPECT_EQ(sum.load() + v.Load().Get<std::uint64_t>(), kAll * (kAll - 1) / 2);
}

struct Pair {
  int first, second;
  friend bool operator==(const Pair& a, const Pair& b) {
    return a.first == b.first && a.second == b.second;
  }
};

TEST(GoValueTest, TestValue_CompareAndSwap) {
  {  // empty, old nil
    Value v;
    EXPECT_TRUE(v.CompareAndSwap(nullptr, true));
    EXPECT_TRUE(v.Load().Get<bool>());
  }
  {  // empty, old not nil
    Value v;
    EXPECT_FALSE(v.CompareAndSwap(true, false));
    EXPECT_FALSE(v.Load());
  }
  {  // equal, and then not
    Value v;
    v.Store(0);
    EXPECT_TRUE(v.CompareAndSwap(0, 1));
    EXPECT_FALSE(v.CompareAndSwap(0, 2));
    EXPECT_EQ(v.Load().Get<int>(), 1);
  }
  {  // not empty, old nil
    Value v;
    v.Store(0);
    EXPECT_FALSE(v.CompareAndSwap(nullptr, 1));
    EXPECT_EQ(v.Load().Get<int>(), 0);
  }
  {  // structs are compared by their values
    Value v;
    v.Store(Pair{1, 2});
    EXPECT_FALSE(v.CompareAndSwap(Pair{1, 3}, Pair{5, 6}));
    EXPECT_TRUE(v.CompareAndSwap(Pair{1, 2}, Pair{5, 6}));
    EXPECT_EQ(v.Load().Get<Pair>(), (Pair{5, 6}));
  }
}

TEST(GoValueDeathTest, TestValue_CompareAndSwap) {
  constexpr char kNil[] =
      "^sync/atomic: compare and swap of nil value into Value \\(";
  Value v;
  EXPECT_DEATH(v.CompareAndSwap(nullptr, nullptr), kNil);
  v.Store(42);
  EXPECT_DEATH(v.CompareAndSwap(nullptr, nullptr), kNil);
  EXPECT_DEATH(v.CompareAndSwap(true, false),
               "^sync/atomic: compare and swap of inconsistently typed value "
               "into Value \\(holds int, given bool\\)");
  EXPECT_DEATH(v.CompareAndSwap(Empty(), true),
               "^sync/atomic: compare and swap of inconsistently typed value "
               "into Value \\(holds int, given bool\\)");
  // Old and new of different types: with a snapshot only, since two arguments
  // of different types do not compile.
  EXPECT_DEATH(v.CompareAndSwap(v.Load(), true),
               "^sync/atomic: compare and swap of inconsistently typed values "
               "\\(holds int, given bool\\)");
  Value other;
  other.Store(true);
  // Old and new agree, and the cell holds another type.
  EXPECT_DEATH(v.CompareAndSwap(other.Load(), false),
               "^sync/atomic: compare and swap of inconsistently typed value "
               "into Value \\(holds int, given bool\\)");
  // Nil is found first, then old against new, then new against the cell.
  EXPECT_DEATH(v.CompareAndSwap(other.Load(), static_cast<int*>(nullptr)),
               kNil);
  EXPECT_DEATH(v.CompareAndSwap(other.Load(), 1.5),
               "compare and swap of inconsistently typed values \\(holds bool, "
               "given double\\)");
}

TEST(GoValueTest, TestValueCompareAndSwapConcurrent) {
  // Each thread swaps in every kThreads-th number, in its turn.
  constexpr int kThreads = 4, kEach = 500;
  Value v;
  v.Store(0);
  RunTogether(kThreads, [&](int thread) {
    for (int i = thread; i < kThreads * kEach; i += kThreads) {
      while (!v.CompareAndSwap(i, i + 1)) std::this_thread::yield();
    }
  });
  EXPECT_EQ(v.Load().Get<int>(), kThreads * kEach);
}

}  // namespace
}  // namespace sync_atomic
