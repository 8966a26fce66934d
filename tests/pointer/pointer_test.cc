// SPDX-License-Identifier: Apache-2.0

// Pointer<T>: what each operation returns and leaves.

#include "sync_atomic/pointer/pointer.h"

#include <type_traits>

#include "gtest/gtest.h"

namespace sync_atomic {
namespace {

struct Node {
  int number = 0;
  Pointer<Node> next;  // of a type that isn't complete yet
};

static_assert(sizeof(Pointer<Node>) == sizeof(Node*));
static_assert(std::is_standard_layout_v<Pointer<Node>>);
static_assert(std::is_trivially_destructible_v<Pointer<Node>>);
static_assert(!std::is_copy_constructible_v<Pointer<Node>>);
static_assert(!std::is_copy_assignable_v<Pointer<Node>>);
static_assert(Pointer<Node>::is_always_lock_free);

TEST(PointerTest, IsNullAtFirst) {
  static Pointer<int> global;
  EXPECT_EQ(global.Load(), nullptr);
}

TEST(PointerTest, StoreSetsAndSwapReturnsTheOldPointer) {
  Node a, b;
  Pointer<Node> p(&a);
  EXPECT_EQ(p.Load(), &a);
  EXPECT_EQ(p.Swap(&b), &a);
  p.Store(nullptr);
  EXPECT_EQ(p.Load(), nullptr);
}

TEST(PointerTest, CompareAndSwapWantsTheExpectedPointer) {
  Node a, b;
  Pointer<Node> p(&a);
  EXPECT_FALSE(p.CompareAndSwap(&b, nullptr));
  EXPECT_EQ(p.Load(), &a);
  EXPECT_TRUE(p.CompareAndSwap(&a, &b));
  EXPECT_EQ(p.Load(), &b);
}

TEST(PointerTest, CompareExchangeRefreshesWhatWasExpected) {
  Node a, b;
  Pointer<Node> p(&a);
  Node* expected = &b;
  EXPECT_FALSE(p.CompareExchange(expected, &b));
  EXPECT_EQ(expected, &a);
}

TEST(PointerTest, HoldsVoidAndConst) {
  const int number = 1;
  Pointer<const int> to_const(&number);
  EXPECT_EQ(*to_const.Load(), 1);
  int other = 2;
  Pointer<void> untyped;
  untyped.Store(&other);
  EXPECT_EQ(untyped.Load(), &other);
}

TEST(PointerTest, LinksATypeToItself) {
  Node first, second;
  first.next.Store(&second);
  second.number = 2;
  EXPECT_EQ(first.next.Load()->number, 2);
}

}  // namespace
}  // namespace sync_atomic
