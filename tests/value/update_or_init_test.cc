// SPDX-License-Identifier: Apache-2.0

// UpdateOrInit, functions that decline, and values that are taken out. Where
// another thread comes in between, a function that is called there does what
// that thread would.

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

// Both kinds of cells as one of a T.
template <class T>
struct AnyCell {
  SnapshotOf<T> Load() const { return value.template Load<T>(); }
  template <class F, class G>
  SnapshotOf<T> UpdateOrInit(F f, G init) {
    return value.template UpdateOrInit<T>(f, init);
  }
  template <class F>
  absl::StatusOr<SnapshotOf<T>> TryUpdate(F f) {
    return value.template TryUpdate<T>(f);
  }
  template <class F, class G>
  absl::StatusOr<SnapshotOf<T>> TryUpdateOrInit(F f, G init) {
    return value.template TryUpdateOrInit<T>(f, init);
  }
  void Store(T v) { value.Store(std::move(v)); }
  SnapshotOf<T> Swap(Empty empty) {
    SnapshotOf<T> held = Load();
    const Snapshot old = value.Swap(empty);
    EXPECT_EQ(old.TryGet<T>(), held.get());
    return held;
  }
  template <class E, class D>
  bool CompareAndSwap(const E& expected, D desired) {
    return value.CompareAndSwap(expected, desired);
  }
  template <class E, class D>
  absl::StatusOr<bool> TryCompareAndSwap(const E& expected, D desired) {
    return value.TryCompareAndSwap(expected, desired);
  }
  void Clear() { value.Clear(); }

  Value value;
};

template <class Cell>
class UpdateTest : public ::testing::Test {
 protected:
  void TearDown() override {
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
  Cell cell_;
};
using Cells = ::testing::Types<ValueOf<int>, AnyCell<int>>;
TYPED_TEST_SUITE(UpdateTest, Cells);
template <class Cell>
using TakingOutTest = UpdateTest<Cell>;
TYPED_TEST_SUITE(TakingOutTest, Cells);

const auto add_one = [](int n) { return n + 1; };
const auto hundred = [] { return 100; };

// --- UpdateOrInit ------------------------------------------------------------

TYPED_TEST(UpdateTest, InitOnAnEmptyCellAndUpdateAfterwards) {
  EXPECT_EQ(*this->cell_.UpdateOrInit(add_one, hundred), 100);
  EXPECT_EQ(*this->cell_.UpdateOrInit(add_one, hundred), 101);
  this->cell_.Clear();
  EXPECT_EQ(*this->cell_.UpdateOrInit(add_one, hundred), 100);
  EXPECT_EQ(*this->cell_.Load(), 100);
}

TYPED_TEST(UpdateTest, ReturnsWhatItStored) {
  const SnapshotOf<int> first = this->cell_.UpdateOrInit(add_one, hundred);
  EXPECT_TRUE(first == this->cell_.Load());
  const SnapshotOf<int> second = this->cell_.UpdateOrInit(add_one, hundred);
  EXPECT_TRUE(second == this->cell_.Load());
  EXPECT_FALSE(second == first);
}

TYPED_TEST(UpdateTest, UpdatesWhatAnotherThreadStoredMeanwhile) {
  int inits = 0;
  const auto late_init = [&] {
    if (++inits == 1) this->cell_.Store(5);
    return 100;
  };
  EXPECT_EQ(*this->cell_.UpdateOrInit(add_one, late_init), 6);
  EXPECT_EQ(inits, 1);
}

TYPED_TEST(UpdateTest, InitsAgainWhereAnotherThreadEmptiedTheCell) {
  this->cell_.Store(5);
  int updates = 0, inits = 0;
  const auto late_update = [&](int n) {
    if (++updates == 1) this->cell_.Clear();
    return n + 1;
  };
  const auto late_init = [&] {
    if (++inits == 1) {
      this->cell_.Store(7);
      this->cell_.Clear();
      this->cell_.Store(8);
    }
    return 100;
  };
  EXPECT_EQ(*this->cell_.UpdateOrInit(late_update, late_init), 9);
  EXPECT_EQ(updates, 2);
  EXPECT_EQ(inits, 1);
}

TYPED_TEST(UpdateTest, AThrowingInitLeavesTheCellEmpty) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  const auto throws = []() -> int { Throw(std::runtime_error("init")); };
  EXPECT_TRUE(Throws<std::runtime_error>(
      [&] { this->cell_.UpdateOrInit(add_one, throws); }));
  EXPECT_FALSE(this->cell_.Load());
}

// The first one that is lost would be counted twice, or not at all.
TYPED_TEST(UpdateTest, OfThreadsLoseNone) {
  constexpr int kThreads = 4;
  const int each = Effort(200);
  for (int round = 0; round < Effort(50); ++round) {
    TypeParam cell;
    RunTogether(kThreads, [&](int) {
      for (int i = 0; i < each; ++i) {
        cell.UpdateOrInit(add_one, [] { return 1; });
      }
    });
    ASSERT_EQ(*cell.Load(), kThreads * each);
  }
}

TEST(ValueUpdateTest, InitFixesTheType) {
  Value value;
  EXPECT_EQ(*value.UpdateOrInit<int>(add_one, hundred), 100);
  EXPECT_EQ(value.TryStore(std::string()).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ValueUpdateTest, AnotherTypeThatComesFirstIsSaid) {
  Value value;
  const auto late_init = [&] {
    value.Store(true);
    return 100;
  };
  EXPECT_EQ(value.TryUpdateOrInit<int>(add_one, late_init).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(*value.Load<bool>());
}

TEST(ValueUpdateTest, ANilInitIsSaid) {
  Value value;
  int number = 0;
  const auto same = [](int* p) { return p; };
  const auto nil = []() -> int* { return nullptr; };
  EXPECT_EQ(value.TryUpdateOrInit<int*>(same, nil).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(value.Load());
  value.Store(&number);
  value.Clear();
  EXPECT_EQ(value.TryUpdateOrInit<int*>(same, nil).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_DEATH(value.UpdateOrInit<int*>(same, nil),
               "sync/atomic: update of nil value into Value");
}

TEST(ValueOfUpdateTest, InitMayAdopt) {
  ValueOf<std::string> cell;
  const auto adopt = [] { return std::make_unique<std::string>("made"); };
  const auto longer = [](const std::string& s) { return s + "!"; };
  EXPECT_EQ(*cell.UpdateOrInit(longer, adopt), "made");
  EXPECT_EQ(*cell.UpdateOrInit(longer, adopt), "made!");
  cell.Clear();
  const auto nil = [] { return std::unique_ptr<std::string>(); };
  EXPECT_EQ(cell.TryUpdateOrInit(longer, nil).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(cell.Load());
}

// --- Declining ---------------------------------------------------------------

absl::StatusOr<int> Decline() { return absl::OutOfRangeError("enough"); }

TYPED_TEST(UpdateTest, AFunctionMayDecline) {
  const auto up_to_two = [](int n) -> absl::StatusOr<int> {
    if (n >= 2) return Decline();
    return n + 1;
  };
  this->cell_.Store(1);
  EXPECT_EQ(**this->cell_.TryUpdate(up_to_two), 2);
  const SnapshotOf<int> before = this->cell_.Load();
  const absl::Status declined = this->cell_.TryUpdate(up_to_two).status();
  EXPECT_EQ(declined, absl::OutOfRangeError("enough"));
  EXPECT_TRUE(this->cell_.Load() == before);
}

TYPED_TEST(UpdateTest, AnInitMayDecline) {
  EXPECT_EQ(this->cell_.TryUpdateOrInit(add_one, Decline).status(),
            absl::OutOfRangeError("enough"));
  EXPECT_FALSE(this->cell_.Load());
  this->cell_.Store(1);
  EXPECT_EQ(**this->cell_.TryUpdateOrInit(add_one, Decline), 2);
  this->cell_.Clear();
  EXPECT_EQ(this->cell_.TryUpdateOrInit(add_one, Decline).status(),
            absl::OutOfRangeError("enough"));
}

// It is asked again of what another thread stored.
TYPED_TEST(UpdateTest, DeclinesWhatItSawLast) {
  this->cell_.Store(1);
  const auto late = [&](int n) -> absl::StatusOr<int> {
    if (n == 2) return Decline();
    this->cell_.Store(2);
    return n + 1;
  };
  EXPECT_EQ(this->cell_.TryUpdate(late).status(),
            absl::OutOfRangeError("enough"));
  EXPECT_EQ(*this->cell_.Load(), 2);
}

TYPED_TEST(UpdateTest, OnAnEmptyCellNobodyIsAsked) {
  const auto up_to_two = [](int) { return Decline(); };
  EXPECT_FALSE(this->cell_.TryUpdate(up_to_two).value());
}

// A cell of StatusOr holds failures.
TEST(ValueOfUpdateTest, AStatusOrThatIsTheValueIsStored) {
  ValueOf<absl::StatusOr<int>> cell(std::in_place, 1);
  const auto fail = [](const absl::StatusOr<int>&) { return Decline(); };
  EXPECT_TRUE(cell.TryUpdate(fail).ok());
  EXPECT_EQ(cell.Load()->status(), absl::OutOfRangeError("enough"));
}

TEST(ValueOfUpdateTest, DeclinesToAdopt) {
  using Text = std::unique_ptr<std::string>;
  ValueOf<std::string> cell{"text"};
  const auto adopt = [](const std::string& s) -> absl::StatusOr<Text> {
    if (s == "text") return std::make_unique<std::string>("adopted");
    if (s == "adopted") return Text();
    return absl::OutOfRangeError("enough");
  };
  EXPECT_EQ(**cell.TryUpdate(adopt), "adopted");
  EXPECT_EQ(cell.TryUpdate(adopt).status().code(),
            absl::StatusCode::kInvalidArgument);
  cell.Store("other");
  EXPECT_EQ(cell.TryUpdate(adopt).status(), absl::OutOfRangeError("enough"));
  EXPECT_EQ(*cell.Load(), "other");
}

// --- Taking out --------------------------------------------------------------

TYPED_TEST(TakingOutTest, SwapEmptiesTheCell) {
  EXPECT_FALSE(this->cell_.Swap(Empty()));
  this->cell_.Store(1);
  EXPECT_EQ(*this->cell_.Swap(Empty()), 1);
  EXPECT_FALSE(this->cell_.Load());
  EXPECT_FALSE(this->cell_.Swap(Empty()));
  this->cell_.Store(2);
  EXPECT_EQ(*this->cell_.Load(), 2);
}

TYPED_TEST(TakingOutTest, CompareAndSwapTakesOutTheVeryObject) {
  this->cell_.Store(1);
  const SnapshotOf<int> first = this->cell_.Load();
  this->cell_.Store(1);
  EXPECT_FALSE(this->cell_.CompareAndSwap(first, Empty()));
  EXPECT_TRUE(this->cell_.Load());
  EXPECT_TRUE(this->cell_.CompareAndSwap(this->cell_.Load(), Empty()));
  EXPECT_FALSE(this->cell_.Load());
  EXPECT_FALSE(this->cell_.CompareAndSwap(first, Empty()));
}

TYPED_TEST(TakingOutTest, CompareAndSwapTakesOutAnEqualValue) {
  this->cell_.Store(1);
  EXPECT_FALSE(this->cell_.CompareAndSwap(2, Empty()));
  EXPECT_EQ(*this->cell_.Load(), 1);
  EXPECT_TRUE(this->cell_.TryCompareAndSwap(1, Empty()).value());
  EXPECT_FALSE(this->cell_.Load());
  EXPECT_FALSE(this->cell_.CompareAndSwap(1, Empty()));
}

// It says whether the cell is empty.
TYPED_TEST(TakingOutTest, NothingIsTakenOutOfAnEmptyCell) {
  const auto expect = [this](bool is_empty) {
    EXPECT_EQ(this->cell_.CompareAndSwap(Empty(), Empty()), is_empty);
    EXPECT_EQ(this->cell_.CompareAndSwap(nullptr, Empty()), is_empty);
    EXPECT_EQ(this->cell_.CompareAndSwap(SnapshotOf<int>(), Empty()), is_empty);
  };
  expect(true);
  this->cell_.Store(1);
  expect(false);
  EXPECT_EQ(*this->cell_.Load(), 1);
  this->cell_.Clear();
  expect(true);
}

// Each is taken out once.
TYPED_TEST(TakingOutTest, OfThreadsOneTakesEach) {
  const int rounds = Effort(2'000);
  TypeParam cell;
  std::atomic<int> taken{0};
  RunTogether(3, [&](int thread) {
    for (int i = 0; i < rounds; ++i) {
      if (thread == 0) {
        while (!cell.CompareAndSwap(Empty(), 1)) {
          const SnapshotOf<int> held = cell.Load();
          if (held && cell.CompareAndSwap(held, Empty())) taken.fetch_add(1);
        }
      } else if (cell.CompareAndSwap(1, Empty())) {
        taken.fetch_add(1);
      }
    }
  });
  if (cell.Swap(Empty())) taken.fetch_add(1);
  EXPECT_EQ(taken.load(), rounds);
}

TEST(ValueTakingOutTest, LeavesTheTypeAsItIs) {
  Value value;
  EXPECT_FALSE(value.Swap(Empty()));
  EXPECT_TRUE(value.CompareAndSwap(Empty(), Empty()));
  EXPECT_FALSE(value.CompareAndSwap(1, Empty()));
  EXPECT_FALSE(value.CompareAndSwap(Value(1).Load(), Empty()));
  value.Store(std::string("any type is the first"));
  EXPECT_EQ(value.Swap(Empty()).Get<std::string>(), "any type is the first");
  EXPECT_FALSE(value.TryStore(1).ok());
}

TEST(ValueTakingOutTest, AnotherTypeIsSaid) {
  Value value(true);
  const Value other(1);
  for (const absl::Status& status :
       {value.TryCompareAndSwap(1, Empty()).status(),
        value.TryCompareAndSwap(other.Load(), Empty()).status(),
        value.TryCompareAndSwap(other.Load<int>(), Empty()).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_DEATH(value.CompareAndSwap(1, Empty()),
               "sync/atomic: compare and swap of inconsistently typed value "
               "into Value .holds bool, given int");
  EXPECT_TRUE(value.CompareAndSwap(value.Load(), Empty()));
}

TEST(ValueOfTakingOutTest, WhatIsTakenOutIsDestroyedWithItsLastSnapshot) {
  ValueOf<Canary> cell(std::in_place, 1);
  {
    const SnapshotOf<Canary> taken = cell.Swap(Empty());
    Reclaim();
    EXPECT_TRUE(taken->Sings());
    EXPECT_EQ(Canary::alive(), 1);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
