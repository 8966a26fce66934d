// SPDX-License-Identifier: Apache-2.0

// Pointer<T>: what each operation returns and leaves.

#include "sync_atomic/pointer/pointer.h"

#include <atomic>
#include <sstream>
#include <thread>
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
static_assert(!std::is_convertible_v<Pointer<Node>, Node*>);
static_assert(!std::is_constructible_v<Node*, Pointer<Node>>);
static_assert(!std::is_assignable_v<Pointer<Node>&, Node*>);

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

TEST(PointerTest, CompareExchangeStrongRefreshesWhatWasExpected) {
  Node a, b;
  Pointer<Node> p(&a);
  Node* expected = &b;
  EXPECT_FALSE(p.CompareExchangeStrong(expected, &b));
  EXPECT_EQ(expected, &a);
  EXPECT_TRUE(p.CompareExchangeStrong(expected, &b));
  EXPECT_EQ(p.Load(), &b);
}

TEST(PointerTest, FetchAddAndFetchSubMoveByElements) {
  Node nodes[4];
  Pointer<Node> p(nodes);
  EXPECT_EQ(p.FetchAdd(3), nodes);
  EXPECT_EQ(p.Load(), nodes + 3);
  EXPECT_EQ(p.FetchSub(2, std::memory_order_acq_rel), nodes + 3);
  EXPECT_EQ(p.FetchAdd(-1), nodes + 1);
  EXPECT_EQ(p.Load(), nodes);
}

TEST(PointerTest, UpdateReturnsTheNewPointer) {
  Node a, b;
  Pointer<Node> p(&a);
  b.next.Store(&a);
  EXPECT_EQ(p.Update([&b](Node* old) { return old == nullptr ? old : &b; }),
            &b);
  EXPECT_EQ(p.Update([](Node* old) { return old->next.Load(); }), &a);
  EXPECT_EQ(p.Load(), &a);
}

TEST(PointerTest, WaitsForAnother) {
  Node a;
  Pointer<Node> p;
  std::thread publisher([&] {
    p.Store(&a, std::memory_order_release);
    p.NotifyAll();
  });
  p.Wait(nullptr, std::memory_order_acquire);
  EXPECT_EQ(p.Load(), &a);
  publisher.join();
}

TEST(PointerTest, IsWrittenToAStream) {
  int number = 1;
  std::ostringstream ours, theirs;
  ours << Pointer<int>(&number);
  theirs << &number;
  EXPECT_EQ(ours.str(), theirs.str());
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
