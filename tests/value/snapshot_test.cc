// SPDX-License-Identifier: Apache-2.0

// Snapshots that become snapshots of another type, and what is said of them by
// identity: comparing, hashing, printing.

#include "sync_atomic/value/snapshot.h"

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include "absl/hash/hash.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;

struct Base {
  virtual ~Base() = default;
  int base = 1;
};
struct Left : virtual Base {
  int left = 2;
};
struct Right : virtual Base {};
struct Both : Left, Right {
  Canary canary{3};
};
struct Hidden : private Base {};
struct Twice : Base {
  int twice = 2;
};

class SnapshotTest : public ::testing::Test {
 protected:
  void TearDown() override {
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
};

// --- To a base class ---------------------------------------------------------

TEST_F(SnapshotTest, ConvertsToThatOfABaseClass) {
  ValueOf<Both> cell(std::in_place);
  SnapshotOf<Base> base = cell.Load();
  const SnapshotOf<Left> left = cell.Load();
  EXPECT_EQ(base.get(), cell.Load().get());
  EXPECT_EQ(left->left, 2);
  cell.Clear();
  Reclaim();
  EXPECT_EQ(base->base, 1);  // kept alive
  EXPECT_EQ(Canary::alive(), 1);
  base = left;
  EXPECT_TRUE(base == left);
}

// The way to a virtual base leads through an object.
TEST_F(SnapshotTest, AnEmptyOneStaysEmpty) {
  const SnapshotOf<Base> empty = SnapshotOf<Both>();
  EXPECT_FALSE(empty);
  EXPECT_EQ(empty.get(), nullptr);
  ValueOf<Both> cell(std::in_place);
  SnapshotOf<Both> moved = cell.Load();
  const SnapshotOf<Both> full = std::move(moved);
  const SnapshotOf<Base> of_moved = moved;  // NOLINT: what is left
  EXPECT_EQ(of_moved.get(), nullptr);
}

TEST_F(SnapshotTest, ConvertsAsPointersDo) {
  EXPECT_TRUE((std::is_convertible_v<SnapshotOf<Both>, SnapshotOf<Base>>));
  EXPECT_FALSE((std::is_constructible_v<SnapshotOf<Both>, SnapshotOf<Base>>));
  EXPECT_FALSE((std::is_constructible_v<SnapshotOf<Base>, SnapshotOf<Hidden>>));
  EXPECT_FALSE((std::is_constructible_v<SnapshotOf<long>, SnapshotOf<int>>));
  EXPECT_FALSE((std::is_convertible_v<Snapshot, SnapshotOf<Both>>));
  EXPECT_FALSE((std::is_convertible_v<SnapshotOf<Both>, Snapshot>));
}

// --- From a Snapshot ---------------------------------------------------------

TEST_F(SnapshotTest, IsOneOfItsType) {
  const Value value(std::in_place_type<Both>);
  const Snapshot any = value.Load();
  const SnapshotOf<Both> as = any.As<Both>();
  EXPECT_EQ(as.get(), any.TryGet<Both>());
  EXPECT_TRUE(as == value.Load<Both>());
  EXPECT_TRUE(any.TryAs<Both>() == as);
  EXPECT_TRUE(SnapshotOf<Both>(any) == as);
  EXPECT_TRUE(any);  // still
  EXPECT_FALSE(any.TryAs<Base>());
  EXPECT_FALSE(any.TryAs<int>());
}

TEST_F(SnapshotTest, AnEmptyOneIsOfAnyType) {
  const Snapshot empty;
  EXPECT_FALSE(empty.As<int>());
  EXPECT_FALSE(empty.TryAs<int>());
  EXPECT_FALSE(SnapshotOf<int>(empty));
  EXPECT_EQ(empty.Share<int>(), nullptr);
}

TEST_F(SnapshotTest, ATemporaryOneGivesItsHoldAway) {
  Value value(std::in_place_type<Both>);
  Snapshot any = value.Load();
  SnapshotOf<Both> as = std::move(any).As<Both>();
  EXPECT_FALSE(any);  // NOLINT: what is left
  Snapshot other = value.Load();
  EXPECT_FALSE(std::move(other).TryAs<int>());
  EXPECT_TRUE(other);  // NOLINT: it was of no use
  as = std::move(other).TryAs<Both>();
  EXPECT_FALSE(other);  // NOLINT: what is left
  value.Clear();
  Reclaim();
  EXPECT_TRUE(as->canary.Sings());
}

TEST_F(SnapshotTest, IsShared) {
  Value value(std::in_place_type<Both>);
  std::shared_ptr<const Both> shared = value.Swap(Empty()).Share<Both>();
  Reclaim();
  EXPECT_TRUE(shared->canary.Sings());
  shared.reset();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

using SnapshotDeathTest = SnapshotTest;

TEST_F(SnapshotDeathTest, AsAnotherTypeItDies) {
  const Value value(1);
  const char* const kMessage =
      "sync/atomic: get of inconsistently typed value from Snapshot .holds "
      "int, given bool";
  EXPECT_DEATH(value.Load().As<bool>(), kMessage);
  EXPECT_DEATH(value.Load().Share<bool>(), kMessage);
  EXPECT_DEATH(SnapshotOf<bool>{value.Load()}, kMessage);
}

// --- By identity -------------------------------------------------------------

TEST_F(SnapshotTest, IsComparedWithNullptr) {
  const Value value(1);
  const auto check = [](const auto& full, const auto& empty) {
    EXPECT_TRUE(full != nullptr);
    EXPECT_TRUE(nullptr != full);
    EXPECT_FALSE(full == nullptr);
    EXPECT_FALSE(nullptr == full);
    EXPECT_TRUE(empty == nullptr);
    EXPECT_TRUE(nullptr == empty);
    EXPECT_FALSE(empty != nullptr);
    EXPECT_FALSE(nullptr != empty);
  };
  check(value.Load(), Snapshot());
  check(value.Load<int>(), SnapshotOf<int>());
}

template <class A, class B, class = void>
constexpr bool kCompares = false;
template <class A, class B>
constexpr bool kCompares<
    A, B,
    std::void_t<decltype(std::declval<const A&>() == std::declval<B>())>> =
    true;

TEST_F(SnapshotTest, IsNotComparedWithOthers) {
  EXPECT_TRUE((kCompares<SnapshotOf<int>, std::nullptr_t>));
  EXPECT_TRUE((kCompares<SnapshotOf<Base>, SnapshotOf<Both>>));
  EXPECT_FALSE((kCompares<SnapshotOf<int>, int>));
  EXPECT_FALSE((kCompares<SnapshotOf<int>, const int*>));
  EXPECT_FALSE((kCompares<SnapshotOf<int>, SnapshotOf<long>>));
  EXPECT_FALSE((kCompares<SnapshotOf<int>, Snapshot>));
  EXPECT_FALSE((kCompares<Snapshot, int>));
}

TEST_F(SnapshotTest, APartIsNotTheWhole) {
  struct Nested {
    int first;
    int second;
  };
  const ValueOf<Nested> cell{Nested{1, 1}};
  const SnapshotOf<int> first = cell.Load().Project(&Nested::first);
  EXPECT_TRUE(first == cell.Load().Project(&Nested::first));
  EXPECT_TRUE(first != cell.Load().Project(&Nested::second));
}

// Also where two snapshots hold one address, but by two boxes.
TEST_F(SnapshotTest, AnAddressIsNotAnIdentity) {
  const auto shared = std::make_shared<int>(1);
  ValueOf<int> cell(shared);
  const SnapshotOf<int> first = cell.Load();
  cell.Store(shared);
  EXPECT_EQ(first.get(), cell.Load().get());
  EXPECT_TRUE(first != cell.Load());
}

TEST_F(SnapshotTest, IsAKey) {
  Value value(1);
  const Snapshot any = value.Load();
  const SnapshotOf<int> one = value.Load<int>();
  value.Store(1);
  const auto check = [](const auto& first, const auto& same, const auto& other,
                        const auto& empty) {
    using S = std::decay_t<decltype(first)>;
    EXPECT_EQ(std::hash<S>()(first), std::hash<S>()(same));
    EXPECT_NE(std::hash<S>()(first), std::hash<S>()(other));
    EXPECT_EQ(absl::Hash<S>()(first), absl::Hash<S>()(same));
    EXPECT_NE(absl::Hash<S>()(first), absl::Hash<S>()(other));
    const std::unordered_set<S> seen{first, empty};
    EXPECT_EQ(seen.count(same), 1u);
    EXPECT_EQ(seen.count(other), 0u);
    EXPECT_EQ(seen.count(S()), 1u);
  };
  check(any, Snapshot(any), value.Load(), Snapshot());
  check(one, SnapshotOf<int>(one), value.Load<int>(), SnapshotOf<int>());
}

template <class S>
std::string Text(const S& snapshot) {
  std::ostringstream text;
  text << snapshot;
  return text.str();
}

TEST_F(SnapshotTest, PrintsItsValue) {
  const Value value(std::string("value"));
  EXPECT_EQ(Text(value.Load<std::string>()), "value");
  EXPECT_EQ(Text(SnapshotOf<std::string>()), "(empty)");
  EXPECT_EQ(::testing::PrintToString(value.Load<std::string>()), "value");
}

TEST_F(SnapshotTest, PrintsItsAddressIfItsValueHasNoText) {
  const ValueOf<Twice> cell(std::in_place);
  std::ostringstream address;
  address << static_cast<const void*>(cell.Load().get());
  EXPECT_EQ(Text(cell.Load()), address.str());
}

TEST_F(SnapshotTest, OfAnyTypePrintsItsType) {
  const Value value(1);
  EXPECT_EQ(Text(value.Load()).substr(0, 9), "int at 0x");
  EXPECT_EQ(Text(Snapshot()), "(empty)");
}

}  // namespace
}  // namespace sync_atomic
