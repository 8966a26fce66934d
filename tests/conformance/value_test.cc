// SPDX-License-Identifier: Apache-2.0

// What the tests of Go's sync/atomic check about Value, by Go's names, in its
// value_test.go. Where Go panics, we die with the same text, which goes on with
// both types. Its examples are tests/examples/config_reload.cc and
// read_mostly.cc.
//
// Harder than Go's: the messages of CompareAndSwap are compared, too, and the
// order in which mistakes are looked for.

#include "sync_atomic/value/value.h"

#include <algorithm>
#include <atomic>
#include <complex>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

// ---- How misuse ends --------------------------------------------------------

constexpr std::string_view kStoreOfNil = "store of nil value into Value";
constexpr std::string_view kStoreOfOtherType =
    "store of inconsistently typed value into Value";
constexpr std::string_view kSwapOfNil = "swap of nil value into Value";
constexpr std::string_view kSwapOfOtherType =
    "swap of inconsistently typed value into Value";
constexpr std::string_view kCompareAndSwapOfNil =
    "compare and swap of nil value into Value";
constexpr std::string_view kCompareAndSwapOfTwoTypes =
    "compare and swap of inconsistently typed values";
constexpr std::string_view kCompareAndSwapOfOtherType =
    "compare and swap of inconsistently typed value into Value";

// Types as compilers write them.
constexpr std::string_view kNullptr = "std::nullptr_t";
constexpr std::string_view kCharPointer = "char ?\\*";
constexpr std::string_view kString = "std::.*basic_string<char.*>";

// The whole line that is said: Go's text, and then both types.
std::string Line(std::string_view text, std::string_view held,
                 std::string_view given) {
  std::string line("^sync/atomic: ");
  line.append(text).append(" \\(holds ").append(held);
  return line.append(", given ").append(given).append("\\)\n");
}

constexpr char* kNullChars = nullptr;

// ---- TestValue, TestValueLarge, TestValuePanic ------------------------------

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
  Value v;
  EXPECT_DEATH(v.Store(nullptr), Line(kStoreOfNil, "nothing", kNullptr));
  EXPECT_DEATH(v.Store(kNullChars), Line(kStoreOfNil, "nothing", kCharPointer));
  v.Store(42);
  EXPECT_DEATH(v.Store(std::string("foo")),
               Line(kStoreOfOtherType, "int", kString));
  EXPECT_DEATH(v.Store(nullptr), Line(kStoreOfNil, "int", kNullptr));
  EXPECT_EQ(v.Load().Get<int>(), 42);
}

// ---- TestValueConcurrent ----------------------------------------------------

// Threads store values out of one set and load: what they see is in the set.
template <class T>
void StoreAndLoadOneOf(const std::vector<T>& values) {
  constexpr int kRounds = Effort(100'000);
  const int cores =
      std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Value v;
  std::atomic<int> strangers{0};
  RunTogether(4 * cores, [&](int thread) {
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
  StoreAndLoadOneOf<std::uint16_t>({0, 0xffff, 0x0201, 0x0403});
  StoreAndLoadOneOf<std::uint32_t>({0, 0xffffffff, 0x00020001, 0x00040003});
  StoreAndLoadOneOf<std::uint64_t>(
      {0, ~std::uint64_t{0}, 0x0000000200000001, 0x0000000400000003});
  StoreAndLoadOneOf<std::complex<double>>({{0, 0}, {1, 2}, {3, 4}, {5, 6}});
}

// Not in Go's: what owns memory, short and long.
TEST(GoValueTest, TestValueConcurrentOfStrings) {
  StoreAndLoadOneOf<std::string>({"", "short", std::string(100, 'x')});
}

// ---- TestValue_Swap, TestValueSwapConcurrent --------------------------------

TEST(GoValueTest, TestValue_Swap) {
  Value v;
  EXPECT_FALSE(v.Swap(true));
  EXPECT_TRUE(v.Swap(false).Get<bool>());
  EXPECT_FALSE(v.Load().Get<bool>());
}

TEST(GoValueDeathTest, TestValue_Swap) {
  Value v;
  EXPECT_DEATH(v.Swap(nullptr), Line(kSwapOfNil, "nothing", kNullptr));
  v.Store(true);
  EXPECT_DEATH(v.Swap(42), Line(kSwapOfOtherType, "bool", "int"));
  EXPECT_DEATH(v.Swap(nullptr), Line(kSwapOfNil, "bool", kNullptr));
  EXPECT_TRUE(v.Load().Get<bool>());
}

// As many swaps as `go test -short` makes, a million.
TEST(GoValueTest, TestValueSwapConcurrent) {
  constexpr int kThreads = 16;
  constexpr std::uint64_t kEach = Effort(62'500);
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

// ---- TestValue_CompareAndSwap, TestValueCompareAndSwapConcurrent ------------

struct Pair {
  int first, second;
  friend bool operator==(const Pair& a, const Pair& b) {
    return a.first == b.first && a.second == b.second;
  }
};

// A snapshot of `value`, from a cell of its own.
template <class T>
Snapshot SnapshotFrom(const T& value) {
  Value cell;
  cell.Store(value);
  return cell.Load();
}

// The five of Go's eight cases that return, and more of each kind.
TEST(GoValueTest, TestValue_CompareAndSwap) {
  {
    SCOPED_TRACE("empty, old not nil");
    Value v;
    EXPECT_FALSE(v.CompareAndSwap(true, true));
    EXPECT_FALSE(v.CompareAndSwap(SnapshotFrom(true), true));
    EXPECT_FALSE(v.Load());
  }
  {
    SCOPED_TRACE("empty, old nil");
    Value v;
    EXPECT_TRUE(v.CompareAndSwap(nullptr, true));
    EXPECT_TRUE(v.Load().Get<bool>());
  }
  {
    SCOPED_TRACE("old is another value");
    Value v;
    v.Store(true);
    EXPECT_FALSE(v.CompareAndSwap(false, true));
    EXPECT_TRUE(v.Load().Get<bool>());
  }
  {
    SCOPED_TRACE("old is equal");
    Value v;
    v.Store(true);
    EXPECT_TRUE(v.CompareAndSwap(true, true));
    EXPECT_TRUE(v.CompareAndSwap(true, false));
    EXPECT_FALSE(v.CompareAndSwap(true, true));
    EXPECT_FALSE(v.Load().Get<bool>());
  }
  {
    SCOPED_TRACE("structs are compared by their values");
    Value v;
    v.Store(Pair{1, 2});
    EXPECT_FALSE(v.CompareAndSwap(Pair{1, 3}, Pair{5, 6}));
    EXPECT_TRUE(v.CompareAndSwap(Pair{1, 2}, Pair{5, 6}));
    EXPECT_EQ(v.Load().Get<Pair>(), (Pair{5, 6}));
  }
  {
    SCOPED_TRACE("not empty, old nil");
    Value v;
    v.Store(true);
    EXPECT_FALSE(v.CompareAndSwap(nullptr, false));
    EXPECT_TRUE(v.Load().Get<bool>());
  }
}

// The three of Go's eight cases that panic.
TEST(GoValueDeathTest, TestValue_CompareAndSwap) {
  Value v;
  // Empty, old and new nil.
  EXPECT_DEATH(v.CompareAndSwap(nullptr, nullptr),
               Line(kCompareAndSwapOfNil, "nothing", kNullptr));
  // Empty, old and new of different types. Such arguments do not compile; with
  // a snapshot they do.
  EXPECT_DEATH(v.CompareAndSwap(SnapshotFrom(std::string()), true),
               Line(kCompareAndSwapOfTwoTypes, kString, "bool"));
  // Not empty, new of another type than the cell's, old nil.
  v.Store(true);
  EXPECT_DEATH(v.CompareAndSwap(nullptr, std::string()),
               Line(kCompareAndSwapOfOtherType, "bool", kString));
  EXPECT_TRUE(v.Load().Get<bool>());
}

// Each thread swaps in every kThreads-th number, in its turn. They wait for
// each other all the time, and so take fewer turns than Go's thousand threads.
TEST(GoValueTest, TestValueCompareAndSwapConcurrent) {
  constexpr int kThreads = 4, kEach = Effort(2'500);
  Value v;
  v.Store(0);
  RunTogether(kThreads, [&](int thread) {
    for (int i = thread; i < kThreads * kEach; i += kThreads) {
      while (!v.CompareAndSwap(i, i + 1)) std::this_thread::yield();
    }
  });
  EXPECT_EQ(v.Load().Get<int>(), kThreads * kEach);
}

// ---- The order in which mistakes are looked for -----------------------------

// Where two mistakes are made at once, the first of these is reported: nil, old
// and new of different types, new of another type than the cell's.
TEST(GoValueDeathTest, TheFirstMistakeIsReported) {
  Value v;
  v.Store(42);
  EXPECT_DEATH(v.Store(kNullChars), Line(kStoreOfNil, "int", kCharPointer));
  EXPECT_DEATH(v.Swap(kNullChars), Line(kSwapOfNil, "int", kCharPointer));
  EXPECT_DEATH(v.CompareAndSwap(kNullChars, kNullChars),
               Line(kCompareAndSwapOfNil, "int", kCharPointer));
  EXPECT_DEATH(v.CompareAndSwap(Empty(), kNullChars),
               Line(kCompareAndSwapOfNil, "int", kCharPointer));

  const Snapshot yes = SnapshotFrom(true);
  EXPECT_DEATH(v.CompareAndSwap(yes, kNullChars),
               Line(kCompareAndSwapOfNil, "int", kCharPointer));
  EXPECT_DEATH(v.CompareAndSwap(yes, 1.5),
               Line(kCompareAndSwapOfTwoTypes, "bool", "double"));
  EXPECT_DEATH(v.CompareAndSwap(v.Load(), 1.5),
               Line(kCompareAndSwapOfTwoTypes, "int", "double"));
  EXPECT_DEATH(v.CompareAndSwap(yes, false),
               Line(kCompareAndSwapOfOtherType, "int", "bool"));
  EXPECT_DEATH(v.CompareAndSwap(true, false),
               Line(kCompareAndSwapOfOtherType, "int", "bool"));
  EXPECT_DEATH(v.CompareAndSwap(Empty(), true),
               Line(kCompareAndSwapOfOtherType, "int", "bool"));
}

}  // namespace
}  // namespace sync_atomic
