// SPDX-License-Identifier: Apache-2.0

// What the hammer tests of Go's atomic_test.go check, by their names: threads
// that change one word at once lose no update and see no torn word. Contended
// And and Or, which Go does not hammer, are here too. Each test runs for each
// kind of word, by function and by method (kinds.h).

#include <atomic>
#include <cstdint>

#include "gtest/gtest.h"
#include "sync_atomic/tests/conformance/kinds.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AreTwins;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::FromBits;
using ::sync_atomic::testing::IntegerKinds;
using ::sync_atomic::testing::KindName;
using ::sync_atomic::testing::Kinds32;
using ::sync_atomic::testing::Kinds64;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::ToBits;
using ::sync_atomic::testing::Twins;
using ::sync_atomic::testing::WideKinds;

constexpr int kThreads = 4;
// As many as Go's 100,000, in rounds: threads overlap most surely just after
// their common start.
constexpr int kRounds = Effort(20);
constexpr int kEach = 5'000;

template <class Kind>
void HammerAdd() {
  for (int round = 0; round < kRounds; ++round) {
    typename Kind::Word x{};
    RunTogether(kThreads, [&x](int) {
      for (int i = 0; i < kEach; ++i) Kind::Add(&x, 1);
    });
    ASSERT_EQ(ToBits(Kind::Load(&x)), std::uint64_t{kThreads * kEach});
  }
}

template <class Kind>
void HammerCompareAndSwap() {
  using T = typename Kind::T;
  for (int round = 0; round < kRounds; ++round) {
    typename Kind::Word x{};
    RunTogether(kThreads, [&x](int) {
      for (int i = 0; i < kEach; ++i) {
        T old;
        do {
          old = Kind::Load(&x);
        } while (!Kind::CompareAndSwap(&x, old, static_cast<T>(old + 1)));
      }
    });
    ASSERT_EQ(ToBits(Kind::Load(&x)), std::uint64_t{kThreads * kEach});
  }
}

template <class Kind>
void HammerSwap() {
  using T = typename Kind::T;
  for (int round = 0; round < kRounds; ++round) {
    typename Kind::Word x{};
    std::atomic<int> torn{0};
    RunTogether(kThreads, [&](int thread) {
      const auto first = static_cast<std::uint64_t>(thread * kEach);
      for (std::uint64_t i = 0; i < kEach; ++i) {
        if (!AreTwins(Kind::Swap(&x, Twins<T>(first + i)))) torn.fetch_add(1);
      }
    });
    ASSERT_EQ(torn.load(), 0);
  }
}

template <class Kind>
void Hammer() {
  {
    SCOPED_TRACE("Add");
    HammerAdd<Kind>();
  }
  {
    SCOPED_TRACE("CompareAndSwap");
    HammerCompareAndSwap<Kind>();
  }
  {
    SCOPED_TRACE("Swap");
    HammerSwap<Kind>();
  }
}

template <class Kind>
class GoHammer32Test : public ::testing::Test {};
TYPED_TEST_SUITE(GoHammer32Test, Kinds32, KindName);

template <class Kind>
class GoHammer64Test : public ::testing::Test {};
TYPED_TEST_SUITE(GoHammer64Test, Kinds64, KindName);

TYPED_TEST(GoHammer32Test, TestHammer32) { Hammer<TypeParam>(); }

TYPED_TEST(GoHammer64Test, TestHammer64) { Hammer<TypeParam>(); }

template <class Kind>
class GoHammerStoreLoadTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoHammerStoreLoadTest, WideKinds, KindName);

// Everybody stores words with two equal halves, and never loads others.
TYPED_TEST(GoHammerStoreLoadTest, TestHammerStoreLoad) {
  using T = typename TypeParam::T;
  typename TypeParam::Word x{};
  std::atomic<int> torn{0};
  RunTogether(8, [&](int) {
    for (int i = 0; i < Effort(1'000'000); ++i) {
      const T seen = TypeParam::Load(&x);
      if (!AreTwins(seen)) torn.fetch_add(1);
      TypeParam::Store(&x, Twins<T>(ToBits(seen) + 1));
    }
  });
  EXPECT_EQ(torn.load(), 0);
}

template <class Kind>
class GoHammerBitsTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoHammerBitsTest, IntegerKinds, KindName);

// Each thread sets and clears eight bits that nobody else changes: it must find
// each as it left it.
TYPED_TEST(GoHammerBitsTest, TestHammerAndOr) {
  using T = typename TypeParam::T;
  for (int round = 0; round < kRounds; ++round) {
    typename TypeParam::Word x{};
    std::atomic<int> lost{0};
    RunTogether(kThreads, [&](int thread) {
      for (int i = 0; i < kEach; ++i) {
        const T bit = FromBits<T>(std::uint64_t{1} << (8 * thread + i % 8));
        if ((TypeParam::Or(&x, bit) & bit) != 0) lost.fetch_add(1);
        if ((TypeParam::And(&x, static_cast<T>(~bit)) & bit) == 0) {
          lost.fetch_add(1);
        }
      }
    });
    ASSERT_EQ(lost.load(), 0);
    ASSERT_EQ(TypeParam::Load(&x), T{0});
  }
}

}  // namespace
}  // namespace sync_atomic
