// SPDX-License-Identifier: Apache-2.0

// What the tests of Go's sync/atomic check about its functions and types, by
// Go's names, in its atomic_test.go. Each test runs for each kind of word, by
// function and by method (kinds.h). Addresses, threads that change one word,
// and the order of several words have files of their own, atomic_*_test.cc.
//
// Harder than Go's: And and Or start from words that are not zero, and Bool
// takes part.

#include <cstdint>
#include <type_traits>

#include "gtest/gtest.h"
#include "sync_atomic/tests/conformance/kinds.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AllKinds;
using ::sync_atomic::testing::FromBits;
using ::sync_atomic::testing::Guarded;
using ::sync_atomic::testing::IntegerKinds;
using ::sync_atomic::testing::KindName;
using ::sync_atomic::testing::Samples;
using ::sync_atomic::testing::ToBits;

template <class Kind>
class GoAtomicTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoAtomicTest, AllKinds, KindName);

template <class Kind>
class GoIntegerTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoIntegerTest, IntegerKinds, KindName);

// Go: the zero value is ready to use, and must not be copied after first use.
TYPED_TEST(GoAtomicTest, TestZeroValue) {
  using Word = typename TypeParam::Word;
  using T = typename TypeParam::T;
  static constexpr Word zero{};  // constant-initialised, or no constexpr
  EXPECT_EQ(TypeParam::Load(&zero), T());
  if constexpr (std::is_class_v<Word>) {
    static_assert(!std::is_copy_constructible_v<Word>);
    static_assert(!std::is_copy_assignable_v<Word>);
  }
}

TYPED_TEST(GoAtomicTest, TestSwap) {
  using T = typename TypeParam::T;
  T held = T();
  Guarded<TypeParam> g(held);
  for (const T sample : Samples<T>()) {
    EXPECT_EQ(TypeParam::Swap(&g.x, sample), held);
    EXPECT_EQ(TypeParam::Load(&g.x), sample);
    held = sample;
  }
}

TYPED_TEST(GoAtomicTest, TestCompareAndSwap) {
  using T = typename TypeParam::T;
  T held = T();
  Guarded<TypeParam> g(held);
  for (const T sample : Samples<T>()) {
    EXPECT_TRUE(TypeParam::CompareAndSwap(&g.x, held, sample));
    EXPECT_EQ(TypeParam::Load(&g.x), sample);
    // What was expected is no longer there.
    EXPECT_FALSE(TypeParam::CompareAndSwap(&g.x, held, held));
    EXPECT_EQ(TypeParam::Load(&g.x), sample);
    held = sample;
  }
}

TYPED_TEST(GoAtomicTest, TestLoad) {
  using T = typename TypeParam::T;
  for (const T sample : Samples<T>()) {
    const Guarded<TypeParam> g(sample);
    EXPECT_EQ(TypeParam::Load(&g.x), sample);
    EXPECT_EQ(TypeParam::Load(&g.x), sample);
  }
}

TYPED_TEST(GoAtomicTest, TestStore) {
  using T = typename TypeParam::T;
  Guarded<TypeParam> g{T()};
  for (const T sample : Samples<T>()) {
    TypeParam::Store(&g.x, sample);
    EXPECT_EQ(TypeParam::Load(&g.x), sample);
  }
}

TYPED_TEST(GoIntegerTest, TestAdd) {
  using T = typename TypeParam::T;
  std::uint64_t sum = 0;  // wraps around, and so must the word
  Guarded<TypeParam> g(0);
  for (const T delta : Samples<T>()) {
    sum += ToBits(delta);
    EXPECT_EQ(TypeParam::Add(&g.x, delta), FromBits<T>(sum));
    EXPECT_EQ(TypeParam::Load(&g.x), FromBits<T>(sum));
  }
}

TYPED_TEST(GoIntegerTest, TestAnd) {
  using T = typename TypeParam::T;
  for (const T start : Samples<T>()) {
    for (const T mask : Samples<T>()) {
      Guarded<TypeParam> g(start);
      EXPECT_EQ(TypeParam::And(&g.x, mask), start);
      EXPECT_EQ(TypeParam::Load(&g.x), static_cast<T>(start & mask));
    }
  }
}

TYPED_TEST(GoIntegerTest, TestOr) {
  using T = typename TypeParam::T;
  for (const T start : Samples<T>()) {
    for (const T mask : Samples<T>()) {
      Guarded<TypeParam> g(start);
      EXPECT_EQ(TypeParam::Or(&g.x, mask), start);
      EXPECT_EQ(TypeParam::Load(&g.x), static_cast<T>(start | mask));
    }
  }
}

struct List {
  Pointer<List> next;
};

TEST(GoPointerTest, ARecursiveTypeCompiles) {
  List last;
  List first;
  first.next.Store(&last);
  EXPECT_EQ(first.next.Load(), &last);
  EXPECT_EQ(first.next.Load()->next.Load(), nullptr);
}

}  // namespace
}  // namespace sync_atomic
