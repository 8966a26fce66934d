// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/value/derived.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"
#include "sync_atomic/value/watcher.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

static_assert(!std::is_copy_constructible_v<Derived<int>> &&
              !std::is_move_constructible_v<Derived<int>> &&
              !std::is_copy_assignable_v<Derived<int>>);

// Waits, as long as it takes on a busy machine.
template <class F>
void Await(const F& done) {
  while (!done()) std::this_thread::yield();
}

int Sum(int a, int b) { return a + b; }

TEST(DerivedTest, IsComputedAtOnceAndAfterEachStore) {
  ValueOf<int> a(1), b(2);
  const Derived<int> sum(&Sum, a, b);
  EXPECT_EQ(*sum.Load(), 3);
  a.Store(10);
  EXPECT_TRUE(sum.WaitUntilCurrent());
  EXPECT_EQ(*sum.Load(), 12);
  b.Store(20);
  EXPECT_TRUE(sum.WaitUntilCurrent());
  EXPECT_EQ(*sum.Load(), 30);
  EXPECT_TRUE(sum.WaitUntilCurrent(std::chrono::seconds(0)));
}

TEST(DerivedTest, IsReadAsACell) {
  ValueOf<int> a(1);
  const Derived<std::string> text([](int n) { return std::to_string(n); }, a);
  EXPECT_EQ(text.Read([](const std::string* s) { return s->size(); }), 1u);
  EXPECT_EQ(text.Load(), text.cell().Load());
  const PinGuard pin;
  EXPECT_EQ(*text.LoadPinned(pin), "1");
}

TEST(DerivedTest, IsEmptyUntilAllSourcesHoldSomething) {
  ValueOf<int> a, b;
  std::atomic<int> calls{0};
  const Derived<int> sum(
      [&](int x, int y) {
        calls.fetch_add(1);
        return x + y;
      },
      a, b);
  EXPECT_FALSE(sum.Load());
  a.Store(1);
  EXPECT_TRUE(sum.WaitUntilCurrent());
  EXPECT_FALSE(sum.Load());
  EXPECT_EQ(calls.load(), 0);
  b.Store(2);
  EXPECT_TRUE(sum.WaitUntilCurrent());
  EXPECT_EQ(*sum.Load(), 3);
  // Of what is cleared nothing can be computed.
  a.Clear();
  EXPECT_TRUE(sum.WaitUntilCurrent());
  EXPECT_EQ(*sum.Load(), 3);
  EXPECT_EQ(calls.load(), 1);
}

TEST(DerivedTest, TheFunctionMayDecline) {
  ValueOf<int> a(1);
  const Derived<int> even(
      [](int n) { return n % 2 == 0 ? std::optional<int>(n) : std::nullopt; },
      a);
  const Derived<std::string> status(
      [](int n) -> absl::StatusOr<std::string> {
        if (n % 2 != 0) return absl::InvalidArgumentError("odd");
        return std::to_string(n);
      },
      a);
  EXPECT_FALSE(even.Load());
  EXPECT_FALSE(status.Load());
  for (int i = 2; i < 6; ++i) {
    a.Store(i);
    EXPECT_TRUE(even.WaitUntilCurrent());
    EXPECT_TRUE(status.WaitUntilCurrent());
    EXPECT_EQ(*even.Load(), i / 2 * 2);
    EXPECT_EQ(*status.Load(), std::to_string(i / 2 * 2));
  }
}

TEST(DerivedTest, AnOptionalMayBeTheValue) {
  ValueOf<int> a(1);
  const Derived<std::optional<int>> maybe(
      [](int n) { return n % 2 == 0 ? std::optional<int>(n) : std::nullopt; },
      a);
  EXPECT_EQ(*maybe.Load(), std::nullopt);
}

struct Shape {
  virtual ~Shape() = default;
  virtual int Sides() const = 0;
};
struct Polygon : Shape {
  explicit Polygon(int n) : sides(n) {}
  int Sides() const override { return sides; }
  int sides;
};

TEST(DerivedTest, AdoptsWhatIsMade) {
  ValueOf<int> sides(3);
  const Derived<Shape> shape([](int n) { return std::make_unique<Polygon>(n); },
                             sides);
  EXPECT_EQ(shape.Load()->Sides(), 3);
  sides.Store(4);
  EXPECT_TRUE(shape.WaitUntilCurrent());
  EXPECT_EQ(shape.Load()->Sides(), 4);
}

TEST(DerivedTest, MayBeTheSourceOfOthers) {
  ValueOf<int> a(1), b(2);
  const Derived<int> sum(&Sum, a, b);
  const Derived<int> twice([](int n) { return 2 * n; }, sum.cell());
  std::atomic<int> seen{0};
  const Watcher<int> watcher(
      twice.cell(), [&](const SnapshotOf<int>&, const SnapshotOf<int>& now) {
        seen.store(*now);
      });
  EXPECT_EQ(seen.load(), 6);
  a.Store(10);
  Await([&] { return seen.load() == 24; });
}

TEST(DerivedTest, WaitUntilCurrentWaitsForARunningCall) {
  ValueOf<int> a(0);
  std::atomic<int> runs{0}, end{0};
  const Derived<int> same(
      [&](int n) {
        runs.store(n);
        Await([&] { return end.load() >= n; });
        return n;
      },
      a);
  a.Store(1);
  Await([&] { return runs.load() == 1; });
  EXPECT_FALSE(same.WaitUntilCurrent(std::chrono::milliseconds(2)));
  // The call that runs has not seen this.
  a.Store(2);
  std::thread waiter([&] {
    EXPECT_TRUE(same.WaitUntilCurrent());
    EXPECT_EQ(*same.Load(), 2);
  });
  end.store(1);
  Await([&] { return runs.load() == 2; });
  EXPECT_EQ(*same.Load(), 1);
  end.store(2);
  waiter.join();
}

TEST(DerivedTest, TheFunctionMayEndIt) {
  ValueOf<int> a(0);
  std::optional<Derived<Canary>> derived;
  std::atomic<bool> ended{false};
  derived.emplace(
      [&](int n) {
        if (n == 1) {
          derived.reset();
          ended.store(true);
        }
        return Canary(1);
      },
      a);
  a.Store(1);
  Await([&] { return ended.load(); });
  Await([&] {
    Reclaim();
    return Canary::alive() == 0;
  });
}

TEST(DerivedTest, AnExceptionOfTheFirstCallGoesToTheCaller) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  ValueOf<int> a(1);
  EXPECT_TRUE(Throws<std::runtime_error>([&] {
    const Derived<int> derived(
        [](int) {
          Throw(std::runtime_error("first"));
          return 0;
        },
        a);
  }));
  a.Store(2);
}

TEST(DerivedDeathTest, AFunctionThatStoresToASourceEndsTheProgram) {
  constexpr char kMessage[] =
      "the function of a Derived stores to one of its sources";
  EXPECT_DEATH(
      {
        ValueOf<int> a(0);
        ValueOf<int> b(0);
        const Derived<int> derived(
            [&](int n, int m) {
              b.Store(n);
              return m;
            },
            a, b);
      },
      kMessage);
  EXPECT_DEATH(
      {
        ValueOf<int> a(0);
        const Derived<int> derived(
            [&](int n) {
              if (n == 1) a.Update([](int held) { return held + 1; });
              return n;
            },
            a);
        a.Store(1);
        Await([] { return false; });
      },
      kMessage);
}

TEST(DerivedTest, TheFunctionMayStoreElsewhere) {
  ValueOf<int> a(0), other(0);
  const Watcher<int> watcher(
      other, [](const SnapshotOf<int>&, const SnapshotOf<int>&) {});
  const Derived<int> derived(
      [&](int n) {
        other.Store(n);
        return n;
      },
      a);
  a.Store(1);
  EXPECT_TRUE(derived.WaitUntilCurrent());
  EXPECT_EQ(*other.Load(), 1);
  a.Store(2);  // the caller may
}

TEST(DerivedDeathTest, TheFunctionMayNotWaitForItself) {
  EXPECT_DEATH(
      {
        ValueOf<int> a(0);
        std::optional<Derived<int>> derived;
        derived.emplace(
            [&](int n) {
              if (n == 1) derived->WaitUntilCurrent();
              return n;
            },
            a);
        a.Store(1);
        Await([] { return false; });
      },
      "WaitUntilCurrent on the thread that would make it current");
}

// Two sources that are stored one after the other: what is computed of the
// second is never with an older first than was there before it was stored.
TEST(DerivedStressTest, ComputesOfWhatWasThereAtOneTime) {
  const int stores = Effort(20'000);
  {
    ValueOf<int> first(0), second(0);
    std::atomic<bool> done{false};
    std::optional<Derived<Canary>> derived;
    derived.emplace(
        [](int a, int b) {
          // `first` is stored first.
          EXPECT_TRUE(a == b || a == b + 1) << a << " " << b;
          return Canary(static_cast<std::uint64_t>(a + b));
        },
        first, second);
    RunTogether(3, [&](int thread) {
      if (thread == 0) {
        for (int i = 1; i <= stores; ++i) {
          first.Store(i);
          second.Store(i);
          if (i % 1024 == 0) {
            ASSERT_TRUE(derived->WaitUntilCurrent());
            ASSERT_EQ(derived->Load()->number(),
                      static_cast<std::uint64_t>(2 * i));
          }
        }
        done.store(true);
        return;
      }
      std::uint64_t before = 0;
      while (!done.load()) {
        const SnapshotOf<Canary> sum = derived->Load();
        ASSERT_TRUE(sum->Sings());
        ASSERT_LE(before, sum->number());
        before = sum->number();
      }
    });
    derived->WaitUntilCurrent();
    EXPECT_EQ(derived->Load()->number(),
              static_cast<std::uint64_t>(2 * stores));
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
