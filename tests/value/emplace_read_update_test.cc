// SPDX-License-Identifier: Apache-2.0

// Emplace, Read and Update of a Value.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::RunTogether;

struct Aggregate {
  int number;
  std::string text;
};

// Neither copied nor moved.
struct Pinned {
  explicit Pinned(int n) : number(n) {}
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  int number;
};

// --- Emplace -----------------------------------------------------------------

TEST(EmplaceTest, MakesTheValueInItsPlace) {
  Value value;
  value.Emplace<Pinned>(7);
  EXPECT_EQ(value.Load<Pinned>()->number, 7);
  value.Emplace<Pinned>(8);
  EXPECT_EQ(value.Load<Pinned>()->number, 8);
}

TEST(EmplaceTest, TakesParenthesesWhereTheyCompileElseBraces) {
  Value sevens;
  sevens.Emplace<std::vector<int>>(2u, 7);  // not {2, 7}
  EXPECT_EQ(*sevens.Load<std::vector<int>>(), (std::vector<int>{7, 7}));

  Value aggregate;
  aggregate.Emplace<Aggregate>(1, "one");
  EXPECT_EQ(aggregate.Load<Aggregate>()->text, "one");
  aggregate.Emplace<Aggregate>();
  EXPECT_EQ(aggregate.Load<Aggregate>()->number, 0);

  Value text;
  text.Emplace<std::string>("x");
  EXPECT_EQ(*text.Load<std::string>(), "x");
}

TEST(EmplaceTest, ForwardsItsArguments) {
  Value value;
  auto owned = std::make_unique<int>(7);
  const int* const address = owned.get();
  value.Emplace<std::unique_ptr<int>>(std::move(owned));
  EXPECT_EQ(value.Load<std::unique_ptr<int>>()->get(), address);
}

TEST(EmplaceDeathTest, NilAndOtherTypesDie) {
  Value value;
  EXPECT_DEATH(value.Emplace<int*>(nullptr),
               "sync/atomic: store of nil value into Value \\(holds nothing, "
               "given int ?\\*\\)");
  value.Store(1);
  EXPECT_DEATH(value.Emplace<std::string>("x"),
               "sync/atomic: store of inconsistently typed value into Value "
               "\\(holds int, given std::.*string");
}

// --- Read --------------------------------------------------------------------

TEST(ReadTest, GivesTheValueOrNull) {
  Value value;
  EXPECT_TRUE(value.Read<int>([](const int* n) { return n == nullptr; }));
  value.Store(7);
  EXPECT_EQ(value.Read<int>([](const int* n) { return *n + 1; }), 8);
  value.Clear();
  EXPECT_TRUE(value.Read<int>([](const int* n) { return n == nullptr; }));
}

TEST(ReadTest, ReturnsByValue) {
  Value value;
  value.Store(Aggregate{1, "one"});
  const auto text =
      value.Read<Aggregate>([](const Aggregate* a) { return a->text; });
  static_assert(std::is_same_v<decltype(text), const std::string>);
  EXPECT_EQ(text, "one");
  int called = 0;
  value.Read<Aggregate>([&called](const Aggregate*) { ++called; });
  EXPECT_EQ(called, 1);
}

TEST(ReadTest, ProtectsTheValueMeanwhile) {
  {
    Value value;
    value.Emplace<Canary>(1u);
    value.Read<Canary>([&value](const Canary* canary) {
      value.Emplace<Canary>(2u);
      Reclaim();
      EXPECT_EQ(Canary::alive(), 2);
      EXPECT_TRUE(canary->Sings());
    });
    EXPECT_EQ(Canary::alive(), 1);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// --- Update ------------------------------------------------------------------

TEST(UpdateTest, ReplacesAndReturnsTheNewValue) {
  Value value;
  value.Store(Aggregate{1, "one"});
  const SnapshotOf<Aggregate> updated =
      value.Update<Aggregate>([](const Aggregate& a) {
        return Aggregate{a.number + 1, a.text};
      });
  EXPECT_EQ(updated->number, 2);
  EXPECT_EQ(updated->text, "one");
  EXPECT_TRUE(updated == value.Load<Aggregate>());
}

TEST(UpdateTest, DoesNothingOnAnEmptyCell) {
  Value value;
  int called = 0;
  const auto count = [&called](int n) {
    ++called;
    return n;
  };
  EXPECT_FALSE(value.Update<int>(count));
  EXPECT_FALSE(value.Load());
  value.Store(1);
  value.Clear();
  EXPECT_FALSE(value.Update<int>(count));
  EXPECT_FALSE(value.Load());
  EXPECT_EQ(called, 0);
}

TEST(UpdateTest, TriesAgainIfAnotherStoreCameInBetween) {
  Value value;
  value.Store(1);
  int called = 0;
  const SnapshotOf<int> updated = value.Update<int>([&](int n) {
    if (++called == 1) value.Store(10);
    return n + 1;
  });
  EXPECT_EQ(called, 2);
  EXPECT_EQ(*updated, 11);
  EXPECT_EQ(*value.Load<int>(), 11);
}

TEST(UpdateTest, WhatItReturnsStaysAlive) {
  {
    Value value;
    value.Emplace<Canary>(1u);
    const SnapshotOf<Canary> updated =
        value.Update<Canary>([](const Canary&) { return Canary(2); });
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
    value.Clear();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
    EXPECT_TRUE(updated->Sings());
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(UpdateTest, TakesAFunctionThatMayNotBeCopied) {
  Value value;
  value.Store(1);
  const auto step = std::make_unique<int>(2);
  auto add = [&step, own = std::make_unique<int>(3)](int n) mutable {
    return n + *step + *own;
  };
  EXPECT_EQ(*value.Update<int>(add), 6);
  EXPECT_EQ(*value.Update<int>(std::move(add)), 11);
}

TEST(UpdateStressTest, LosesNothing) {
  constexpr int kThreads = 4, kUpdates = 2'000;
  Value value;
  value.Store(0);
  RunTogether(kThreads, [&value](int) {
    for (int i = 0; i < kUpdates; ++i) {
      value.Update<int>([](int n) { return n + 1; });
    }
  });
  EXPECT_EQ(*value.Load<int>(), kThreads * kUpdates);
}

// What f was given is no longer held then, and is destroyed when replaced.
TEST(UpdateTest, AnExceptionOfTheFunctionReachesTheCaller) {
  if (!testing::kExceptions) GTEST_SKIP() << "built without exceptions";
  Value value;
  auto stored = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = stored;
  value.Store(std::move(stored));
  const auto update = [&value] {
    value.Update<std::shared_ptr<int>>(
        [](const std::shared_ptr<int>& old) -> std::shared_ptr<int> {
          if (*old == 1) testing::Throw(std::runtime_error("no"));
          return old;
        });
  };
  EXPECT_TRUE(testing::Throws<std::runtime_error>(update));
  EXPECT_EQ(value.Load<std::shared_ptr<int>>()->get(), alive.lock().get());
  value.Store(std::make_shared<int>(2));
  Reclaim();
  EXPECT_TRUE(alive.expired());
  update();
}

TEST(UpdateDeathTest, NilAndOtherTypesDie) {
  Value value;
  int object = 0;
  value.Store(&object);
  EXPECT_DEATH(
      value.Update<int*>([](int*) { return static_cast<int*>(nullptr); }),
      "sync/atomic: update of nil value into Value \\(holds int ?\\*, given "
      "int ?\\*\\)");
  EXPECT_DEATH(value.Update<int>([](int n) { return n; }),
               "sync/atomic: update of inconsistently typed value into Value "
               "\\(holds int ?\\*, given int\\)");
}

}  // namespace
}  // namespace sync_atomic
