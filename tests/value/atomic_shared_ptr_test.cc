// SPDX-License-Identifier: Apache-2.0

// AtomicSharedPtr against what the standard says of
// std::atomic<std::shared_ptr<T>> ([util.smartptr.atomic.shared]). In C++20 the
// same tests run on that.

#include "sync_atomic/value/atomic_shared_ptr.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/await_sleep.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AwaitSleep;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::ThreadNumber;

struct Ours {
  template <class T>
  using Atomic = AtomicSharedPtr<T>;
};
#if defined(__cpp_lib_atomic_shared_ptr)
struct Std {
  template <class T>
  using Atomic = std::atomic<std::shared_ptr<T>>;
};
using Kinds = ::testing::Types<Ours, Std>;
#else
using Kinds = ::testing::Types<Ours>;
#endif

template <class Kind>
class AtomicSharedPtrTest : public ::testing::Test {
 protected:
  template <class T>
  using Atomic = typename Kind::template Atomic<T>;
};
TYPED_TEST_SUITE(AtomicSharedPtrTest, Kinds);

TYPED_TEST(AtomicSharedPtrTest, HasTheInterface) {
  using A = typename TestFixture::template Atomic<int>;
  using P = std::shared_ptr<int>;
  static_assert(std::is_same_v<typename A::value_type, P>);
  static_assert(std::is_nothrow_default_constructible_v<A>);
  static_assert(std::is_nothrow_constructible_v<A, P>);
  static_assert(std::is_convertible_v<P, A>);
  static_assert(!std::is_copy_constructible_v<A>);
  static_assert(!std::is_copy_assignable_v<A>);
  static_assert(std::is_void_v<decltype(std::declval<A&>() = P())>);
  static_assert(std::is_convertible_v<const A&, P>);
  static_assert(noexcept(std::declval<A&>().store(P())));
  static_assert(noexcept(std::declval<const A&>().load()));
  static_assert(noexcept(std::declval<A&>().exchange(P())));
  static_assert(noexcept(std::declval<A&>().notify_all()));
  static_assert(std::is_same_v<decltype(A::is_always_lock_free), const bool>);
  A cell;
  static_cast<void>(cell.is_lock_free());
  EXPECT_EQ(cell.load(), nullptr);
}

TYPED_TEST(AtomicSharedPtrTest, HoldsWhatWasStored) {
  const auto one = std::make_shared<int>(1);
  typename TestFixture::template Atomic<int> cell(one);
  EXPECT_EQ(cell.load(), one);
  const auto two = std::make_shared<int>(2);
  cell.store(two);
  EXPECT_EQ(cell.load(std::memory_order_acquire), two);
  cell = one;
  const std::shared_ptr<int> converted = cell;
  EXPECT_EQ(converted, one);
  EXPECT_EQ(cell.exchange(two), one);
  EXPECT_EQ(cell.exchange(nullptr, std::memory_order_acq_rel), two);
  EXPECT_EQ(cell.exchange(one), nullptr);
  cell.store(nullptr, std::memory_order_release);
  EXPECT_EQ(cell.load(), nullptr);
}

TYPED_TEST(AtomicSharedPtrTest, ThePointeeMayBeChanged) {
  typename TestFixture::template Atomic<int> cell(std::make_shared<int>(1));
  *cell.load() = 5;
  EXPECT_EQ(*cell.load(), 5);
}

TYPED_TEST(AtomicSharedPtrTest, HoldsAnyKindOfPointer) {
  typename TestFixture::template Atomic<void> any(std::make_shared<int>(3));
  EXPECT_EQ(*std::static_pointer_cast<int>(any.load()), 3);
  typename TestFixture::template Atomic<const int> constant(
      std::make_shared<const int>(4));
  EXPECT_EQ(*constant.load(), 4);
  typename TestFixture::template Atomic<int[]> array(
      std::shared_ptr<int[]>(new int[2]{5, 6}));
  EXPECT_EQ(array.load()[1], 6);
}

TYPED_TEST(AtomicSharedPtrTest, ComparesThePointerAndTheOwner) {
  using P = std::shared_ptr<int>;
  const P one = std::make_shared<int>(1), two = std::make_shared<int>(2);
  typename TestFixture::template Atomic<int> cell(one);
  // Another object of the same value.
  P expected = std::make_shared<int>(1);
  EXPECT_FALSE(cell.compare_exchange_strong(expected, two));
  EXPECT_EQ(expected, one);
  EXPECT_TRUE(cell.compare_exchange_strong(expected, two));
  EXPECT_EQ(cell.load(), two);
  EXPECT_EQ(expected, one);
  // The same object, of another owner.
  expected = P(one, two.get());
  EXPECT_FALSE(cell.compare_exchange_strong(expected, one));
  EXPECT_EQ(expected.use_count(), two.use_count());
  // The same owner, and another object.
  expected = P(two, one.get());
  EXPECT_FALSE(cell.compare_exchange_strong(expected, one));
  EXPECT_EQ(expected, two);
  EXPECT_EQ(cell.load(), two);
}

TYPED_TEST(AtomicSharedPtrTest, ComparesNull) {
  using P = std::shared_ptr<int>;
  typename TestFixture::template Atomic<int> cell;
  P expected = std::make_shared<int>(0);
  EXPECT_FALSE(cell.compare_exchange_strong(expected, nullptr));
  EXPECT_EQ(expected, nullptr);
  const P one = std::make_shared<int>(1);
  EXPECT_TRUE(cell.compare_exchange_strong(expected, one));
  expected = one;
  EXPECT_TRUE(cell.compare_exchange_strong(expected, nullptr));
  EXPECT_EQ(cell.load(), nullptr);
  // A null pointer that owns something, and an owner of nothing.
  const P owns(one, nullptr);
  cell.store(owns);
  EXPECT_EQ(cell.load(), nullptr);
  EXPECT_GT(cell.load().use_count(), 0);
  expected = nullptr;
  EXPECT_FALSE(cell.compare_exchange_strong(expected, nullptr));
  EXPECT_GT(expected.use_count(), 0);
  EXPECT_TRUE(cell.compare_exchange_strong(expected, one));
}

TYPED_TEST(AtomicSharedPtrTest, TakesAllOrders) {
  using P = std::shared_ptr<int>;
  typename TestFixture::template Atomic<int> cell;
  P expected;
  while (!cell.compare_exchange_weak(expected, std::make_shared<int>(1),
                                     std::memory_order_acq_rel,
                                     std::memory_order_acquire)) {
  }
  expected = cell.load(std::memory_order_relaxed);
  EXPECT_TRUE(cell.compare_exchange_strong(
      expected, nullptr, std::memory_order_release, std::memory_order_relaxed));
  while (!cell.compare_exchange_weak(expected = nullptr, P(),
                                     std::memory_order_seq_cst)) {
  }
  EXPECT_TRUE(cell.compare_exchange_strong(expected, nullptr,
                                           std::memory_order_acquire));
}

TYPED_TEST(AtomicSharedPtrTest, WaitReturnsAfterAChange) {
  if (testing::kThreadSanitizer && !std::is_same_v<TypeParam, Ours>) {
    GTEST_SKIP() << "libstdc++'s wait reads its pointer without the lock";
  }
  using P = std::shared_ptr<int>;
  const P one = std::make_shared<int>(1);
  typename TestFixture::template Atomic<int> cell(one);
  cell.wait(nullptr);
  cell.wait(std::make_shared<int>(1));
  std::atomic<long> number{0};
  std::thread waiter([&] {
    number.store(ThreadNumber());
    cell.wait(one);
    EXPECT_EQ(*cell.load(), 2);
  });
  AwaitSleep(number);
  // The same is no change.
  cell.store(one);
  cell.notify_one();
  AwaitSleep(number);
  cell.store(std::make_shared<int>(2));
  cell.notify_one();
  waiter.join();
}

TYPED_TEST(AtomicSharedPtrTest, DestroysWhatItHeld) {
  {
    typename TestFixture::template Atomic<Canary> cell(
        std::make_shared<Canary>(1));
    cell.store(std::make_shared<Canary>(2));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TYPED_TEST(AtomicSharedPtrTest, LosesNoIncrement) {
  const int rounds = Effort(20'000);
  constexpr int kThreads = 3;
  {
    typename TestFixture::template Atomic<Canary> cell(
        std::make_shared<Canary>(0));
    RunTogether(kThreads, [&](int) {
      for (int i = 0; i < rounds; ++i) {
        std::shared_ptr<Canary> old = cell.load();
        std::shared_ptr<Canary> updated;
        do {
          ASSERT_TRUE(old->Sings());
          updated = std::make_shared<Canary>(old->number() + 1);
        } while (!cell.compare_exchange_weak(old, updated));
      }
    });
    EXPECT_EQ(cell.load()->number(),
              static_cast<std::uint64_t>(rounds) * kThreads);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// --- What is ours alone ------------------------------------------------------

struct Incomplete;
struct HasAMember {
  AtomicSharedPtr<Incomplete> member;
};
struct Incomplete {
  int number = 7;
};

TEST(AtomicSharedPtrOurTest, TheTypeMayBeIncomplete) {
  HasAMember owner;
  owner.member.store(std::make_shared<Incomplete>());
  EXPECT_EQ(owner.member.Load()->number, 7);
}

TEST(AtomicSharedPtrOurTest, ASnapshotCountsNothing) {
  const auto one = std::make_shared<int>(1);
  AtomicSharedPtr<int> cell(one);
  EXPECT_EQ(one.use_count(), 2);
  const AtomicSharedPtr<int>::Snapshot snapshot = cell.Load();
  EXPECT_EQ(one.use_count(), 2);
  EXPECT_EQ(snapshot.get(), one.get());
  *snapshot = 5;
  EXPECT_EQ(*one, 5);
  EXPECT_EQ(snapshot.shared(), one);
  EXPECT_TRUE(snapshot);
  cell.store(nullptr);
  EXPECT_EQ(*snapshot, 5);
  EXPECT_FALSE(cell.Load());
  EXPECT_EQ(cell.Load().get(), nullptr);
  EXPECT_EQ(cell.Load().shared(), nullptr);
  AtomicSharedPtr<int[]> array(std::shared_ptr<int[]>(new int[2]{5, 6}));
  EXPECT_EQ(array.Load()[1], 6);
}

// As the header says: it is still counted in its box.
TEST(AtomicSharedPtrOurTest, WhatWasReplacedIsCountedUntilItIsReclaimed) {
  AtomicSharedPtr<int> cell(std::make_shared<int>(1));
  const AtomicSharedPtr<int>::Snapshot reads = cell.Load();
  std::shared_ptr<int> old = cell.exchange(nullptr);
  std::weak_ptr<int> weak = old;
  EXPECT_EQ(old.use_count(), 2);
  old = nullptr;
  EXPECT_FALSE(weak.expired());
}

TEST(AtomicSharedPtrOurTest, AGlobalNeedsNoConstructor) {
  static AtomicSharedPtr<int> cell;
  static AtomicSharedPtr<int> null(nullptr);
  EXPECT_EQ(cell.load(), null.load());
}

TEST(AtomicSharedPtrStressTest, NoReaderSeesWhatIsDestroyed) {
  const int stores = Effort(20'000);
  {
    AtomicSharedPtr<Canary> cell(std::make_shared<Canary>(0));
    std::atomic<bool> done{false};
    RunTogether(3, [&](int thread) {
      if (thread == 0) {
        for (int i = 1; i <= stores; ++i) {
          cell.store(std::make_shared<Canary>(static_cast<std::uint64_t>(i)));
        }
        done.store(true);
        return;
      }
      std::uint64_t before = 0;
      while (!done.load()) {
        const auto snapshot = cell.Load();
        ASSERT_TRUE(snapshot->Sings());
        ASSERT_LE(before, snapshot->number());
        before = snapshot->number();
        ASSERT_TRUE(cell.load()->Sings());
      }
    });
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
