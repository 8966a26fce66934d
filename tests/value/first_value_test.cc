// SPDX-License-Identifier: Apache-2.0

// Cells that are made with a value, and values that are written as braces.

#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

struct Pair {
  int first;
  int second;
  friend bool operator==(const Pair& a, const Pair& b) {
    return a.first == b.first && a.second == b.second;
  }
};

class Shape {
 public:
  virtual ~Shape() = default;
  virtual int Sides() const = 0;
};
class Square : public Shape {
 public:
  int Sides() const override { return 4; }
};
// It can neither be copied nor moved.
class Fixed : public Shape {
 public:
  explicit Fixed(int sides) : sides_(sides) {}
  Fixed(const Fixed&) = delete;
  Fixed& operator=(const Fixed&) = delete;
  int Sides() const override { return sides_; }

 private:
  int sides_;
};

template <class Cell, class... A>
constexpr bool kIsMadeOf = std::is_constructible_v<Cell, A...>;

// --- ValueOf -----------------------------------------------------------------

TEST(FirstValueOfTest, IsAllThatStoreTakes) {
  EXPECT_EQ(*ValueOf<int>(7).Load(), 7);
  EXPECT_EQ(*ValueOf<std::string>("converts").Load(), "converts");
  const std::string text = "copied";
  EXPECT_EQ(*ValueOf<std::string>(text).Load(), "copied");
  EXPECT_EQ(ValueOf<Shape>(Square()).Load()->Sides(), 4);
  EXPECT_EQ(ValueOf<Shape>(std::make_unique<Fixed>(5)).Load()->Sides(), 5);
  const auto shared = std::make_shared<const Fixed>(6);
  EXPECT_EQ(ValueOf<Shape>(shared).Load().get(), shared.get());
  EXPECT_EQ(**ValueOf<std::unique_ptr<int>>(std::make_unique<int>(8)).Load(),
            8);
}

TEST(FirstValueOfTest, IsMadeInPlace) {
  EXPECT_EQ(*ValueOf<std::string>(std::in_place, 3, 'x').Load(), "xxx");
  EXPECT_EQ(*ValueOf<Pair>(std::in_place, 1, 2).Load(), (Pair{1, 2}));
  EXPECT_EQ(ValueOf<Fixed>(std::in_place, 7).Load()->Sides(), 7);
  EXPECT_EQ(*ValueOf<int>(std::in_place).Load(), 0);
}

TEST(FirstValueOfTest, IsWrittenAsBraces) {
  EXPECT_EQ(*ValueOf<Pair>({1, 2}).Load(), (Pair{1, 2}));
  const ValueOf<Pair> pair{{1, 2}};
  EXPECT_EQ(*pair.Load(), (Pair{1, 2}));
  const ValueOf<std::vector<int>> numbers{{1, 2, 3}};
  EXPECT_EQ(*numbers.Load(), (std::vector<int>{1, 2, 3}));
  const ValueOf<std::string> text{{"one"}};
  EXPECT_EQ(*text.Load(), "one");
}

TEST(FirstValueOfTest, IsThatOfAMember) {
  struct Server {
    ValueOf<Pair> ports{Pair{80, 443}};
    ValueOf<std::string> name{"server"};
  };
  const Server server;
  EXPECT_EQ(server.ports.Load()->second, 443);
  EXPECT_EQ(*server.name.Load(), "server");
}

TEST(FirstValueOfTest, IsExplicitAndIsNoCopyOfACell) {
  using Cell = ValueOf<int>;
  EXPECT_TRUE((kIsMadeOf<Cell, short>));
  EXPECT_FALSE((std::is_convertible_v<int, Cell>));
  EXPECT_FALSE((kIsMadeOf<Cell, std::string>));
  EXPECT_FALSE((kIsMadeOf<Cell, Cell>));
  EXPECT_FALSE((kIsMadeOf<Cell, Cell&>));
  EXPECT_FALSE((kIsMadeOf<Cell, const Cell&>));
  EXPECT_FALSE((kIsMadeOf<ValueOf<Fixed>, const Fixed&>));
  EXPECT_FALSE((kIsMadeOf<ValueOf<Square>, std::unique_ptr<Shape>>));
  EXPECT_FALSE((kIsMadeOf<ValueOf<Shape>, const std::unique_ptr<Square>&>));
}

TEST(FirstValueOfTest, IsReplacedAndDestroyedLikeAnyOther) {
  {
    ValueOf<Canary> cell(std::in_place, 1);
    const SnapshotOf<Canary> first = cell.Load();
    EXPECT_TRUE(cell.CompareAndSwap(first, Canary(2)));
    EXPECT_TRUE(first->Sings());
    EXPECT_EQ(cell.Load()->number(), 2u);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// A cell that another global reads as it is made: zeros.
TEST(FirstValueOfTest, IsThereOnceTheConstructorHasRun) {
  if (internal::kChecked) GTEST_SKIP() << "zeros are no living cell";
  alignas(ValueOf<int>) unsigned char memory[sizeof(ValueOf<int>)] = {};
  auto* const cell = reinterpret_cast<ValueOf<int>*>(memory);
  EXPECT_FALSE(cell->Load());
  new (memory) ValueOf<int>(3);
  EXPECT_EQ(*cell->Load(), 3);
  cell->~ValueOf();
}

struct Thrower {
  explicit Thrower(int) { Throw(std::runtime_error("made")); }
  Thrower(const Thrower&) = default;
  Canary canary{1};
};

TEST(FirstValueOfTest, MayThrow) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  EXPECT_TRUE(Throws<std::runtime_error>(
      [] { const ValueOf<Thrower> cell(std::in_place, 1); }));
  EXPECT_TRUE(Throws<std::runtime_error>(
      [] { const Value cell(std::in_place_type<Thrower>, 1); }));
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(FirstValueOfDeathTest, IsNoNullPointerToAdopt) {
  EXPECT_DEATH(ValueOf<Shape>(std::unique_ptr<Square>()),
               "sync/atomic: store of nil value into ValueOf");
}

// --- Value -------------------------------------------------------------------

TEST(FirstValueTest, IsAllThatStoreTakes) {
  EXPECT_EQ(*Value(7).Load<int>(), 7);
  const std::string text = "copied";
  const Value copy(text);
  EXPECT_EQ(*copy.Load<std::string>(), "copied");
  const Value moved{std::make_unique<int>(8)};
  EXPECT_EQ(**moved.Load<std::unique_ptr<int>>(), 8);
}

TEST(FirstValueTest, IsMadeInPlace) {
  EXPECT_EQ(*Value(std::in_place_type<std::string>, 3, 'x').Load<std::string>(),
            "xxx");
  EXPECT_EQ(*Value(std::in_place_type<Pair>, 1, 2).Load<Pair>(), (Pair{1, 2}));
  EXPECT_EQ(Value(std::in_place_type<Fixed>, 7).Load<Fixed>()->Sides(), 7);
}

TEST(FirstValueTest, FixesTheType) {
  Value cell(7);
  EXPECT_FALSE(cell.TryStore(std::string()).ok());
  cell.Clear();
  EXPECT_FALSE(cell.TryStore(std::string()).ok());
  EXPECT_TRUE(cell.TryStore(8).ok());
}

TEST(FirstValueTest, IsExplicitAndIsNoCopyOfACell) {
  EXPECT_FALSE((std::is_convertible_v<int, Value>));
  EXPECT_FALSE((kIsMadeOf<Value, Value>));
  EXPECT_FALSE((kIsMadeOf<Value, Value&>));
  EXPECT_FALSE((kIsMadeOf<Value, const Value&>));
}

TEST(FirstValueDeathTest, IsNotNil) {
  int* const nil = nullptr;
  EXPECT_DEATH(Value{nil}, "sync/atomic: store of nil value into Value");
}

// --- Braces ------------------------------------------------------------------

TEST(BracesTest, AreAValueOfT) {
  ValueOf<Pair> cell;
  cell.Store({1, 2});
  EXPECT_EQ(*cell.Load(), (Pair{1, 2}));
  EXPECT_EQ(*cell.Swap({3, 4}), (Pair{1, 2}));
  EXPECT_EQ(*cell.Load(), (Pair{3, 4}));
  EXPECT_TRUE(cell.CompareAndSwap({3, 4}, {5, 6}));
  EXPECT_FALSE(cell.CompareAndSwap({3, 4}, Pair{7, 8}));
  EXPECT_TRUE(cell.CompareAndSwap(Pair{5, 6}, {7, 8}));
  EXPECT_TRUE(cell.CompareAndSwap(cell.Load(), {9, 10}));
  EXPECT_EQ(*cell.Load(), (Pair{9, 10}));
  cell.Clear();
  EXPECT_TRUE(cell.CompareAndSwap(Empty(), {1, 2}));
  cell.Clear();
  EXPECT_TRUE(cell.CompareAndSwap(nullptr, {3, 4}));
  EXPECT_TRUE(cell.TryStore({5, 6}).ok());
  EXPECT_EQ(*cell.TrySwap({7, 8}).value(), (Pair{5, 6}));
  EXPECT_TRUE(cell.TryCompareAndSwap({7, 8}, {9, 10}).value());
  EXPECT_EQ(*cell.Load(), (Pair{9, 10}));
}

// Of two overloads a compiler might choose the one for a snapshot.
TEST(BracesTest, WithoutAnythingAreT) {
  ValueOf<Pair> cell{Pair{1, 2}};
  cell.Store({});
  ASSERT_TRUE(cell.Load());
  EXPECT_EQ(*cell.Load(), (Pair{0, 0}));
  EXPECT_EQ(*cell.Swap({}), (Pair{0, 0}));
  EXPECT_TRUE(cell.CompareAndSwap({}, {1, 2}));
  EXPECT_FALSE(cell.CompareAndSwap({}, {3, 4}));
  EXPECT_EQ(*cell.Load(), (Pair{1, 2}));
}

TEST(BracesTest, MayBeThoseOfAContainer) {
  ValueOf<std::map<std::string, int>> ports;
  ports.Store({{"http", 80}, {"https", 443}});
  EXPECT_EQ(ports.Load()->at("https"), 443);
  ValueOf<std::vector<std::string>> names;
  names.Store({"one", "two"});
  EXPECT_EQ(names.Load()->size(), 2u);
}

}  // namespace
}  // namespace sync_atomic
