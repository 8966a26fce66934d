// SPDX-License-Identifier: Apache-2.0

// What Go's TestUnaligned64, TestAutoAligned64 and TestNilDeref check: where
// words lie, and what comes of wrong addresses. Each test runs for each kind of
// word, by function and by method (kinds.h).

#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gtest/gtest.h"
#include "sync_atomic/tests/conformance/kinds.h"
#include "sync_atomic/tests/support/effort.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AllKinds;
using ::sync_atomic::testing::Int64Function;
using ::sync_atomic::testing::IntegerKinds;
using ::sync_atomic::testing::KindName;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::PointerFunction;
using ::sync_atomic::testing::Uint64Function;
using ::sync_atomic::testing::UintptrFunction;

// A word at an address, which may be a wrong one. The compiler cannot know it.
template <class Kind>
typename Kind::Word* WordAt(std::uintptr_t address) {
  volatile std::uintptr_t hidden = address;
  return reinterpret_cast<typename Kind::Word*>(hidden);
}

template <class Kind>
class GoAlignmentDeathTest : public ::testing::Test {};
using PlainKinds64 = ::testing::Types<Int64Function, Uint64Function,
                                      UintptrFunction, PointerFunction>;
TYPED_TEST_SUITE(GoAlignmentDeathTest, PlainKinds64, KindName);

// Go can misalign its functions' words on 32-bit machines only, and so checks
// there only. Here a cast can do so on any, and debug builds check on all.
TYPED_TEST(GoAlignmentDeathTest, TestUnaligned64) {
  using T = typename TypeParam::T;
  if (sizeof(T) != 8) GTEST_SKIP() << "no 64-bit word here";
  if (alignof(T) == 8 && !internal::kDebug) {
    GTEST_SKIP()
        << "not checked: the target aligns, and this is no debug build";
  }
  constexpr char kMessage[] = "^unaligned 64-bit atomic operation\n";
  alignas(8) unsigned char memory[24] = {};
  auto* const x =
      WordAt<TypeParam>(reinterpret_cast<std::uintptr_t>(memory) + 4);
  EXPECT_DEATH(TypeParam::Load(x), kMessage);
  EXPECT_DEATH(TypeParam::Store(x, T()), kMessage);
  EXPECT_DEATH(TypeParam::Swap(x, T()), kMessage);
  EXPECT_DEATH(TypeParam::CompareAndSwap(x, T(), T()), kMessage);
  if constexpr (std::is_integral_v<T>) {
    EXPECT_DEATH(TypeParam::Add(x, 1), kMessage);
    EXPECT_DEATH(TypeParam::And(x, 1), kMessage);
    EXPECT_DEATH(TypeParam::Or(x, 1), kMessage);
  }
}

// Four bytes further on, a 32-bit word is where it should be.
TEST(GoNarrowAlignmentTest, TestUnaligned64LeavesNarrowWordsAlone) {
  alignas(8) std::int32_t words[3] = {};
  EXPECT_EQ(AddInt32(&words[1], 1), 1);
}

template <class Kind>
class GoAlignmentTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoAlignmentTest, AllKinds, KindName);

TYPED_TEST(GoAlignmentTest, TestAutoAligned64) {
  using Word = typename TypeParam::Word;
  if constexpr (std::is_class_v<Word>) {
    struct AfterAUint32 {
      std::uint32_t narrow;
      Word x;
    };
    static_assert(offsetof(AfterAUint32, x) == (sizeof(Word) == 8 ? 8 : 4));
    static_assert(alignof(Word) == sizeof(Word));
  }
}

// Killed by the fault, or stopped by a sanitizer's report of it; but not by a
// message of ours, which would abort().
bool FaultedCleanly(int status) {
  return ::testing::KilledBySignal(SIGSEGV)(status) ||
         (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

template <class Kind>
class GoAtomicDeathTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoAtomicDeathTest, AllKinds, KindName);

template <class Kind>
class GoIntegerDeathTest : public ::testing::Test {};
TYPED_TEST_SUITE(GoIntegerDeathTest, IntegerKinds, KindName);

// Under TSan it is TSan's own code that faults, and clang's then hangs.
constexpr char kNotUnderTsan[] = "TSan replaces the operations";

TYPED_TEST(GoAtomicDeathTest, TestNilDeref) {
  if (kThreadSanitizer) GTEST_SKIP() << kNotUnderTsan;
  using T = typename TypeParam::T;
  auto* const null = WordAt<TypeParam>(0);
  EXPECT_EXIT(TypeParam::Load(null), FaultedCleanly, "");
  EXPECT_EXIT(TypeParam::Store(null, T()), FaultedCleanly, "");
  EXPECT_EXIT(TypeParam::Swap(null, T()), FaultedCleanly, "");
  EXPECT_EXIT(TypeParam::CompareAndSwap(null, T(), T()), FaultedCleanly, "");
}

TYPED_TEST(GoIntegerDeathTest, TestNilDeref) {
  if (kThreadSanitizer) GTEST_SKIP() << kNotUnderTsan;
  auto* const null = WordAt<TypeParam>(0);
  EXPECT_EXIT(TypeParam::Add(null, 1), FaultedCleanly, "");
  EXPECT_EXIT(TypeParam::And(null, 1), FaultedCleanly, "");
  EXPECT_EXIT(TypeParam::Or(null, 1), FaultedCleanly, "");
}

}  // namespace
}  // namespace sync_atomic
