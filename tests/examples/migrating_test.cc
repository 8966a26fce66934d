// SPDX-License-Identifier: Apache-2.0

// The examples of docs/migrating_from_std_atomic.md, compiled and run: the same
// little program with std::atomic and with this library.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/atomic_for.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"
#include "sync_atomic/atomic/word.h"
#include "sync_atomic/pointer/functions.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

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

// Explicit constructors, and so braces, or the class's name.
TEST(MigratingLinesTest, HaveInitialValues) {
  // [initial]
  atomic::Int32 limit{5};  // or (5); not = 5
  atomic::Int64 totals[] = {atomic::Int64(1), atomic::Int64(2)};
  std::array<atomic::Bool, 2> flags{};  // false, false

  struct Gauge {
    atomic::Int32 last{-1};  // a member
    atomic::Int32 most;      // zero
  };
  struct Range {
    atomic::Int32 low, high;  // an aggregate
  };
  Gauge gauge;
  Range range = {atomic::Int32(1), atomic::Int32(9)};
  // [/initial]
  EXPECT_EQ(limit.Load(), 5);
  EXPECT_EQ(totals[1].Load(), 2);
  EXPECT_FALSE(flags[1].Load());
  EXPECT_EQ(gauge.last.Load(), -1);
  EXPECT_EQ(gauge.most.Load(), 0);
  EXPECT_EQ(range.high.Load(), 9);
}

// [semaphore]
class Semaphore {
 public:
  explicit Semaphore(std::int32_t permits) : permits_(permits) {}

  void Acquire() {
    for (std::int32_t free = permits_.Load();;) {
      if (free == 0) {
        permits_.Wait(0);  // in C++20 permits_.wait(0)
        free = permits_.Load();
      } else if (permits_.CompareExchange(free, free - 1)) {
        return;
      }
    }
  }
  void Release() {
    permits_.Add(1);
    permits_.NotifyOne();
  }

 private:
  atomic::Int32 permits_;
};
// [/semaphore]

TEST(MigratingLinesTest, ASemaphoreWaits) {
  Semaphore semaphore(1);
  int count = 0;
  sync_atomic::testing::RunTogether(4, [&](int) {
    for (int i = 0; i < 1'000; ++i) {
      semaphore.Acquire();
      ++count;
      semaphore.Release();
    }
  });
  EXPECT_EQ(count, 4'000);
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

// ---- The tables, row by row -------------------------------------------------

// The type of a word, and that of what is added to it.
template <class Word, class N>
struct Types {
  using Ours = Word;
  using Operand = N;
};

template <class T>
class MigratingRowsTest : public ::testing::Test {
 protected:
  using Ours = typename T::Ours;
  using Number = decltype(Ours().Load());

  // Both on a word that holds 100: they return the same, and leave the same.
  template <class Before, class After>
  static void Row(const char* row, Before before, After after) {
    std::atomic<Number> theirs(Number{100});
    Ours ours(Number{100});
    EXPECT_EQ(before(theirs), after(ours)) << row;
    EXPECT_EQ(theirs.load(), ours.Load()) << row;
  }
};

using Words = ::testing::Types<
    Types<atomic::Int32, std::int32_t>, Types<atomic::Uint32, std::uint32_t>,
    Types<atomic::Int64, std::int32_t>, Types<atomic::Int64, std::uint32_t>,
    Types<atomic::Int64, std::int64_t>, Types<atomic::Uint64, std::uint32_t>,
    Types<atomic::Uint64, std::uint64_t>,
    Types<atomic::Uintptr, std::uintptr_t>>;
TYPED_TEST_SUITE(MigratingRowsTest, Words);

TYPED_TEST(MigratingRowsTest, GiveTheSameResults) {
  using V = typename TestFixture::Number;
  const auto row = [](const char* name, auto before, auto after) {
    TestFixture::Row(name, before, after);
  };
  const typename TypeParam::Operand n = 10;
  const V m = 0x0f, d = 9;
  // [calls]
  {
    const auto order = std::memory_order_acquire;
    row(
        "load", [order](auto& x) { return x.load(order); },
        [order](auto& x) { return x.Load(order); });
    row(
        "atomic_load_explicit",
        [order](auto& x) { return std::atomic_load_explicit(&x, order); },
        [order](auto& x) { return x.Load(order); });
  }
  {
    const V v = 7;
    const auto order = std::memory_order_release;
    row(
        "store",
        [=](auto& x) {
          x.store(v, order);
          return 0;
        },
        [=](auto& x) {
          x.Store(v, order);
          return 0;
        });
    row(
        "=", [v](auto& x) { return x = v; },
        [v](auto& x) {
          x.Store(v);
          return v;
        });
    row(
        "exchange", [=](auto& x) { return x.exchange(v, order); },
        [=](auto& x) { return x.Swap(v, order); });
  }
  {
    const auto order = std::memory_order_acquire;
    row(
        "wait, where it need not, and notify", [](auto&) { return true; },
        [=](auto& x) {
          const V old = 99;
          x.Wait(old, order);
          const auto timeout = std::chrono::seconds(1);
          const auto time = std::chrono::steady_clock::now() + timeout;
          const bool changed =
              x.WaitFor(old, timeout) && x.WaitUntil(old, time);
          x.NotifyOne();
          x.NotifyAll();
          return changed;
        });
  }
  const auto order = std::memory_order_acq_rel;
  const auto success = order;
  const auto failure = std::memory_order_acquire;
  for (const V expected : {V{100}, V{99}}) {
    row(
        "compare_exchange_strong",
        [=](auto& x) {
          V e = expected;
          return x.compare_exchange_strong(e, d, success, failure);
        },
        [=](auto& x) {
          const V e = expected;
          return x.CompareAndSwap(e, d, success, failure);
        });
    row(
        "compare_exchange_strong, and what it found",
        [=](auto& x) {
          V e = expected;
          static_cast<void>(x.compare_exchange_strong(e, d, success, failure));
          return e;
        },
        [=](auto& x) {
          V e = expected;
          static_cast<void>(x.CompareExchangeStrong(e, d, success, failure));
          return e;
        });
    row(
        "compare_exchange_weak in a loop, and what it found",
        [=](auto& x) {
          V e = expected;
          while (!x.compare_exchange_weak(e, d, success, failure)) {
          }
          return e;
        },
        [=](auto& x) {
          V e = expected;
          while (!x.CompareExchange(e, d, success, failure)) {
          }
          return e;
        });
  }
  const auto f = [](V old) { return V(old * 2); };
  row(
      "a function",
      [f](auto& x) {
        V e = x.load();
        while (!x.compare_exchange_weak(e, f(e))) {
        }
        return f(e);
      },
      [f](auto& x) { return x.Update(f); });
  row(
      "fetch_add", [=](auto& x) { return x.fetch_add(n, order); },
      [=](auto& x) { return x.FetchAdd(n, order); });
  row(
      "x++", [](auto& x) { return x++; },
      [](auto& x) { return x.FetchAdd(1); });
  row(
      "++x", [](auto& x) { return ++x; }, [](auto& x) { return x.Add(1); });
  row(
      "+=", [n](auto& x) { return x += n; }, [n](auto& x) { return x.Add(n); });
  row(
      "fetch_sub", [=](auto& x) { return x.fetch_sub(n, order); },
      [=](auto& x) { return x.FetchSub(n, order); });
  row(
      "x--", [](auto& x) { return x--; },
      [](auto& x) { return x.FetchSub(1); });
  row(
      "--x", [](auto& x) { return --x; }, [](auto& x) { return x.Sub(1); });
  row(
      "-=", [n](auto& x) { return x -= n; }, [n](auto& x) { return x.Sub(n); });
  row(
      "fetch_and", [=](auto& x) { return x.fetch_and(m, order); },
      [=](auto& x) { return x.And(m, order); });
  row(
      "fetch_or", [=](auto& x) { return x.fetch_or(m, order); },
      [=](auto& x) { return x.Or(m, order); });
  row(
      "fetch_xor", [=](auto& x) { return x.fetch_xor(m, order); },
      [=](auto& x) { return x.Xor(m, order); });
  row(
      "&=", [m](auto& x) { return x &= m; },
      [m](auto& x) { return V(x.And(m) & m); });
  for (const V v : {V{99}, V{100}, V{101}}) {
    row(
        "fetch_max",
        [v](auto& x) {
          V e = x.load();
          while (e < v && !x.compare_exchange_weak(e, v)) {
          }
          return e;
        },
        [=](auto& x) { return x.Max(v, order); });
    row(
        "fetch_min",
        [v](auto& x) {
          V e = x.load();
          while (v < e && !x.compare_exchange_weak(e, v)) {
          }
          return e;
        },
        [=](auto& x) { return x.Min(v, order); });
  }
  row(
      "is_always_lock_free", [](auto& x) { return x.is_always_lock_free; },
      [](auto& x) { return x.is_always_lock_free; });
  {
    std::atomic<int> x{5};
    int y = x;
    EXPECT_EQ(y, 5);
  }
  {
    atomic::Int32 x(5);
    int y = x.Load();
    EXPECT_EQ(y, 5);
  }
  // [/calls]
  static_assert(!std::is_convertible_v<int, atomic::Int32>);
  static_assert(!std::is_convertible_v<atomic::Int32, int>);
  static_assert(!std::is_assignable_v<atomic::Int32&, int>);
}

// One takes the place of the other: of the same values, as large, and zero.
template <class Theirs, class Ours>
void Replaces() {
  using Before = decltype(Theirs().load());
  using After = decltype(Ours().Load());
  EXPECT_EQ(std::is_signed_v<Before>, std::is_signed_v<After>);
  EXPECT_EQ(sizeof(Before), sizeof(After));
  if (sizeof(After) >= sizeof(std::int32_t)) {
    EXPECT_EQ(sizeof(Ours), sizeof(After));
    EXPECT_EQ(alignof(Ours), sizeof(After));
  }
  const Ours word;
  EXPECT_EQ(word.Load(), After());
}

enum class E : std::uint32_t { kZero, kOne };

TEST(MigratingTablesTest, OfTypes) {
  // [types]
  Replaces<std::atomic<int>, atomic::Int32>();
  Replaces<std::atomic<std::int32_t>, atomic::Int32>();
  Replaces<std::atomic<unsigned>, atomic::Uint32>();
  Replaces<std::atomic<std::uint32_t>, atomic::Uint32>();
  if (sizeof(long) == 8) Replaces<std::atomic<long>, atomic::Int64>();
  Replaces<std::atomic<long long>, atomic::Int64>();
  Replaces<std::atomic<std::int64_t>, atomic::Int64>();
  if (sizeof(long) == 8) {
    Replaces<std::atomic<unsigned long>, atomic::Uint64>();
    Replaces<std::atomic<std::size_t>, atomic::Uint64>();
  }
  Replaces<std::atomic<std::uint64_t>, atomic::Uint64>();
  Replaces<std::atomic<std::uintptr_t>, atomic::Uintptr>();
  Replaces<std::atomic<bool>, atomic::Bool>();
  Replaces<std::atomic<E>, atomic::Enum<E>>();
  Replaces<std::atomic<double>, atomic::Float64>();
  Replaces<std::atomic<float>, atomic::Word<float>>();
  Replaces<std::atomic<std::int8_t>, atomic::Word<std::int8_t>>();
  Replaces<std::atomic<char16_t>, atomic::Word<char16_t>>();
  static_assert(std::is_same_v<atomic::AtomicFor<int>, atomic::Int32>);
  using T = int;
  Replaces<std::atomic<T*>, atomic::Pointer<T>>();
  std::int32_t x = 1;
  EXPECT_EQ(atomic::AddInt32(&x, 1), 2);
  std::uint64_t large = 0;
  EXPECT_EQ(atomic::AddUint64(&large, 1), 1u);
  std::uintptr_t address = 0;
  EXPECT_EQ(atomic::AddUintptr(&address, 1), 1u);
  void* pointer = &x;
  EXPECT_EQ(atomic::LoadPointer(&pointer), &x);
  {
    struct Pair {
      int first, second;
    };
    std::atomic<std::uint64_t> theirs(1);
    atomic::Word<Pair> ours(Pair{1, 2});
    EXPECT_EQ(sizeof(ours), sizeof(theirs));
    EXPECT_EQ(ours.Load().second, 2);
  }
  {
    struct Pair {
      int first, second;
    };
    std::atomic<Pair> theirs(Pair{1, 2});
    atomic::Value ours;
    ours.Store(theirs.load());
    EXPECT_EQ(ours.Load<Pair>()->second, 2);
  }
  {
    atomic::ValueOf<T> ours;
    ours.Store(3);
    const std::shared_ptr<const T> theirs = ours.Load().Share();
    EXPECT_EQ(*theirs, 3);
  }
  {
    std::atomic_flag theirs = ATOMIC_FLAG_INIT;
    EXPECT_EQ(theirs.test_and_set(), atomic::Bool().Load());
  }
  // [/types]
  static_assert(!std::is_convertible_v<atomic::Int32, atomic::Int64>);
  static_assert(!std::is_convertible_v<atomic::Uint64&, atomic::Uintptr&>);
}

TEST(MigratingTablesTest, OfSingleTypes) {
  const double d = 0.5;
  // [single]
  {
    std::atomic_flag flag = ATOMIC_FLAG_INIT;
    EXPECT_FALSE(flag.test_and_set());
    EXPECT_TRUE(flag.test_and_set());
    flag.clear();
    EXPECT_FALSE(flag.test_and_set());
  }
  {
    atomic::Bool flag;
    EXPECT_FALSE(flag.Swap(true));
    EXPECT_TRUE(flag.Swap(true));
    flag.Store(false);
    EXPECT_FALSE(flag.Swap(true));
    EXPECT_TRUE(flag.Toggle());
    EXPECT_FALSE(flag.Load());
    EXPECT_FALSE(flag.Or(true));
    EXPECT_TRUE(flag.And(true));
    EXPECT_TRUE(flag.Xor(true));
  }
  {
    atomic::Float64 x(1.0);
    EXPECT_EQ(x.Add(d), 1.5);
    EXPECT_EQ(x.Sub(d), 1.0);
    EXPECT_EQ(x.Max(d), 1.0);
    EXPECT_EQ(x.Min(d), 1.0);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    x.Store(nan);
    EXPECT_TRUE(x.CompareAndSwap(nan, 0.0));
    EXPECT_FALSE(x.CompareAndSwap(-0.0, 1.0));
  }
  {
    std::atomic<double> x(0.0);
    double zero = -0.0;
    EXPECT_FALSE(x.compare_exchange_strong(zero, 1.0));
  }
  {
    int two[2] = {1, 2};
    std::atomic<int*> theirs(nullptr);
    atomic::Pointer<int> ours;
    EXPECT_EQ(theirs.exchange(two), ours.Swap(two));
    EXPECT_EQ(theirs.load(), ours.Load());
    const std::ptrdiff_t n = 1;
    std::atomic<int*>& before = theirs;
    atomic::Pointer<int>& p = ours;
    EXPECT_EQ(before.fetch_add(n), p.FetchAdd(n));
    EXPECT_EQ(before.fetch_sub(n), p.FetchSub(n));
    EXPECT_EQ(*p.Load(), 1);
  }
  {
    const int n = 3;
    std::int32_t x = 4;
    EXPECT_EQ(atomic::AddInt32(&x, n), 7);
  }
  // std::atomic<bool> std::atomic<T*> std::atomic<double>
  // [/single]
}

TEST(MigratingTablesTest, OfASharedPointer) {
  using T = std::string;
  const T v = "v";
  // [shared]
  const atomic::Value p2(v);
  EXPECT_EQ(*p2.Load<T>(), v);
  atomic::ValueOf<T> of(v);
  const atomic::SnapshotOf<T> old = of.Load();
  of.Clear();
  of.Store(old);
  EXPECT_TRUE(of.Load() == old);
  const auto time = std::chrono::milliseconds(1);
  atomic::Value p;
  EXPECT_FALSE(p.Load<T>());  // empty
  p.Store(v);
  const atomic::SnapshotOf<T> snapshot = p.Load<T>();
  EXPECT_EQ(*snapshot, v);
  EXPECT_EQ(snapshot->size(), 1u);
  EXPECT_EQ(snapshot.get(), &*snapshot);
  EXPECT_EQ(p.Swap(v).Get<T>(), v);
  EXPECT_FALSE(p.CompareAndSwap(snapshot, v));  // equal, and not the same
  EXPECT_TRUE(p.CompareAndSwap(p.Load<T>(), v));
  EXPECT_TRUE(p.CompareAndSwap(v, v));  // two values: by ==
  p.Clear();
  EXPECT_FALSE(p.Load<T>());
  EXPECT_FALSE(snapshot == nullptr);
  EXPECT_TRUE(p.WaitForChange(snapshot, time));
  EXPECT_EQ(p.Swap(atomic::Empty()), nullptr);
  // [/shared]
}

}  // namespace
