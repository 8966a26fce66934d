// SPDX-License-Identifier: Apache-2.0

// The integer classes, one thread: what each operation returns and leaves.

#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"

namespace sync_atomic {
namespace {

// The base of a class: Self, which makes it different from the others' bases.
template <class Self, class T>
internal::Integer<Self, T> BaseOfPointee(internal::Integer<Self, T>*);
template <class Class>
using BaseOf = decltype(BaseOfPointee(static_cast<Class*>(nullptr)));

template <class Class, class Number>
struct Case {
  using Atomic = Class;
  using T = Number;
};

template <class C>
class IntegerTest : public ::testing::Test {
 public:
  static constexpr auto kMax = std::numeric_limits<typename C::T>::max();
  static constexpr auto kMin = std::numeric_limits<typename C::T>::min();
};

using Cases =
    ::testing::Types<Case<Int32, std::int32_t>, Case<Uint32, std::uint32_t>,
                     Case<Int64, std::int64_t>, Case<Uint64, std::uint64_t>,
                     Case<Uintptr, std::uintptr_t>>;
TYPED_TEST_SUITE(IntegerTest, Cases);

// True if A and B have nothing to do with each other, also where their numbers
// are of one type: no conversion, no common base that the other would bind to.
template <class A, class B>
constexpr bool AreStrangers() {
  return !std::is_same_v<A, B> && !std::is_convertible_v<A, B> &&
         !std::is_constructible_v<A, const B&> &&
         !std::is_assignable_v<A&, const B&> && !std::is_base_of_v<A, B> &&
         !std::is_convertible_v<A&, B&> && !std::is_convertible_v<A*, B*> &&
         (std::is_same_v<A, B> || !std::is_convertible_v<A*, BaseOf<B>*>);
}

// None of A and all that follow is of kin with another.
template <class A, class... Others>
constexpr bool AreAllStrangers() {
  if constexpr (sizeof...(Others) == 0) {
    return true;
  } else {
    return (AreStrangers<A, Others>() && ...) &&
           (AreStrangers<Others, A>() && ...) && AreAllStrangers<Others...>();
  }
}

static_assert(AreAllStrangers<Int32, Uint32, Int64, Uint64, Uintptr>(),
              "five distinct integer classes");

TYPED_TEST(IntegerTest, IsAWordAndNothingElse) {
  using Atomic = typename TypeParam::Atomic;
  using T = typename TypeParam::T;
  static_assert(sizeof(Atomic) == sizeof(T));
  static_assert(alignof(Atomic) == sizeof(T));
  struct BehindAByte {
    char byte;
    Atomic word;
  };
  static_assert(offsetof(BehindAByte, word) == sizeof(T));
  static_assert(std::is_standard_layout_v<Atomic>);
  static_assert(std::is_trivially_destructible_v<Atomic>);
  static_assert(!std::is_copy_constructible_v<Atomic>);
  static_assert(!std::is_copy_assignable_v<Atomic>);
  static_assert(!std::is_convertible_v<T, Atomic>);
  static_assert(!std::is_convertible_v<Atomic, T>);
  static_assert(!std::is_constructible_v<T, Atomic>);
  static_assert(!std::is_constructible_v<bool, Atomic>);
  static_assert(!std::is_assignable_v<Atomic&, T>);
  static_assert(Atomic::is_always_lock_free);
}

TYPED_TEST(IntegerTest, IsZeroAtFirst) {
  using T = typename TypeParam::T;
  static typename TypeParam::Atomic global;
  EXPECT_EQ(global.Load(), T{0});
  EXPECT_EQ(typename TypeParam::Atomic(7).Load(), T{7});
}

TYPED_TEST(IntegerTest, StoreSetsAndSwapReturnsTheOldValue) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x;
  x.Store(3);
  EXPECT_EQ(x.Swap(4), T{3});
  EXPECT_EQ(x.Load(), T{4});
}

TYPED_TEST(IntegerTest, CompareAndSwapWantsTheExpectedValue) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(1);
  EXPECT_TRUE(x.CompareAndSwap(1, 2));
  EXPECT_FALSE(x.CompareAndSwap(1, 3));
  EXPECT_EQ(x.Load(), T{2});
  EXPECT_FALSE(x.CompareAndSwap(1, 3, std::memory_order_acq_rel,
                                std::memory_order_relaxed));
  EXPECT_TRUE(x.CompareAndSwap(2, 3, std::memory_order_acq_rel,
                               std::memory_order_relaxed));
  EXPECT_EQ(x.Load(), T{3});
}

TYPED_TEST(IntegerTest, CompareExchangeRefreshesWhatWasExpected) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(1);
  typename TypeParam::T expected = 9;
  EXPECT_FALSE(x.CompareExchange(expected, 2));
  EXPECT_EQ(expected, T{1});
  while (!x.CompareExchange(expected, 2, std::memory_order_release,
                            std::memory_order_relaxed)) {
  }
  EXPECT_EQ(x.Load(), T{2});
}

TYPED_TEST(IntegerTest, CompareExchangeStrongNeverFailsForNothing) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(1);
  T expected = 9;
  EXPECT_FALSE(x.CompareExchangeStrong(expected, 2));
  EXPECT_EQ(expected, T{1});
  EXPECT_TRUE(x.CompareExchangeStrong(expected, 2, std::memory_order_release,
                                      std::memory_order_relaxed));
  EXPECT_EQ(expected, T{1});
  EXPECT_EQ(x.Load(), T{2});
}

TYPED_TEST(IntegerTest, AddAndSubReturnTheNewValueAndFetchAddTheOld) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(10);
  EXPECT_EQ(x.Add(5), T{15});
  EXPECT_EQ(x.Sub(7), T{8});
  EXPECT_EQ(x.FetchAdd(2), T{8});
  EXPECT_EQ(x.FetchSub(3), T{10});
  EXPECT_EQ(x.Load(), T{7});
}

TYPED_TEST(IntegerTest, SumsWrapAround) {
  typename TypeParam::Atomic x(TestFixture::kMax);
  EXPECT_EQ(x.Add(1), TestFixture::kMin);
  EXPECT_EQ(x.Sub(1), TestFixture::kMax);
  x.Store(TestFixture::kMin);
  EXPECT_EQ(x.FetchSub(1), TestFixture::kMin);
  EXPECT_EQ(x.Load(), TestFixture::kMax);
}

// What a FetchAdd(-n) is wrong for: an unsigned n that is narrower.
TYPED_TEST(IntegerTest, FetchSubTakesWhatIsNarrower) {
  using T = typename TypeParam::T;
  const std::uint16_t narrow = 3;
  typename TypeParam::Atomic x(10);
  EXPECT_EQ(x.FetchSub(narrow), T{10});
  EXPECT_EQ(x.Load(), T{7});
}

TYPED_TEST(IntegerTest, BitOperationsReturnTheOldValue) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(0b1100);
  EXPECT_EQ(x.And(0b0110), T{0b1100});
  EXPECT_EQ(x.Or(0b0011), T{0b0100});
  EXPECT_EQ(x.Xor(0b0101), T{0b0111});
  EXPECT_EQ(x.Load(), T{0b0010});
}

TYPED_TEST(IntegerTest, MaxAndMinKeepTheExtreme) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(5);
  EXPECT_EQ(x.Max(4), T{5});
  EXPECT_EQ(x.Load(), T{5});
  EXPECT_EQ(x.Max(TestFixture::kMax), T{5});
  EXPECT_EQ(x.Min(TestFixture::kMax), TestFixture::kMax);
  EXPECT_EQ(x.Min(TestFixture::kMin), TestFixture::kMax);
  EXPECT_EQ(x.Load(), TestFixture::kMin);
}

TYPED_TEST(IntegerTest, UpdateStoresAndReturnsWhatTheFunctionMade) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(5);
  EXPECT_EQ(x.Update([](T old) { return static_cast<T>(old * 3); }), T{15});
  EXPECT_EQ(x.Load(), T{15});
}

TYPED_TEST(IntegerTest, UpdateStartsAgainIfTheValueChangedMeanwhile) {
  using T = typename TypeParam::T;
  typename TypeParam::Atomic x(5);
  bool interrupted = false;
  const T updated = x.Update([&](T old) {
    if (!std::exchange(interrupted, true)) x.Add(2);
    return static_cast<T>(old * 3);
  });
  EXPECT_EQ(updated, T{21});
  EXPECT_EQ(x.Load(), T{21});
}

TYPED_TEST(IntegerTest, PrintsItsValue) {
  const typename TypeParam::Atomic least(TestFixture::kMin);
  const typename TypeParam::Atomic most(TestFixture::kMax);
  EXPECT_EQ(::testing::PrintToString(least), std::to_string(TestFixture::kMin));
  EXPECT_EQ(::testing::PrintToString(most), std::to_string(TestFixture::kMax));
}

TYPED_TEST(IntegerTest, IsWrittenToAStream) {
  const typename TypeParam::Atomic x(42);
  std::ostringstream os;
  os << std::setw(4) << std::setfill('.') << x << '!';
  EXPECT_EQ(os.str(), "..42!");
}

// What Abseil's StrCat and StrFormat write into.
struct Sink {
  std::string text;
  void Append(std::string_view more) { text += more; }
};

TYPED_TEST(IntegerTest, IsAnArgumentOfAbseilsStrCat) {
  const typename TypeParam::Atomic x(42);
  Sink sink;
  AbslStringify(sink, x);
  EXPECT_EQ(sink.text, "42");
}

}  // namespace
}  // namespace sync_atomic
