// SPDX-License-Identifier: Apache-2.0

// Typed atomics and the free functions, one thread: random programs of all
// operations do step by step what they do to a plain variable.

#include <atomic>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/atomic/word_operations.h"
#include "sync_atomic/tests/conformance/kinds.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/seed.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AreSame;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::HowToRepeat;
using ::sync_atomic::testing::KindName;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::SeedOfRound;
using ::sync_atomic::testing::WordModel;
using ::sync_atomic::testing::WordSubjects;

template <class Subject>
class WordPropertyTest : public ::testing::Test {};
TYPED_TEST_SUITE(WordPropertyTest, WordSubjects, KindName);

TYPED_TEST(WordPropertyTest, DoesWhatAPlainVariableDoes) {
  using Model = WordModel<TypeParam>;
  using T = typename TypeParam::T;
  constexpr int kSteps = 100;
  const std::vector<std::memory_order> orders = {
      std::memory_order_relaxed, std::memory_order_acquire,
      std::memory_order_release, std::memory_order_acq_rel,
      std::memory_order_seq_cst};
  const auto operations = TypeParam::Operations();
  const auto favourites = TypeParam::Favourites();
  for (int round = 0; round < Effort(1'000); ++round) {
    const std::uint64_t seed = SeedOfRound(round);
    SCOPED_TRACE(HowToRepeat(seed));
    Random random(seed);
    const auto any = [&]() -> T {
      return random.OneIn(4) ? TypeParam::Any(random)
                             : T(random.OneOf(favourites));
    };
    typename TypeParam::Word word{};
    T plain{};
    for (int step = 0; step < kSteps; ++step) {
      typename Model::Call call = {&random.OneOf(operations), any(), any(),
                                   random.OneOf(orders)};
      if (call.operation->compares && random.OneIn(2)) call.a = plain;
      const T before = plain;
      const auto result = Model::Run(word, call);
      ASSERT_TRUE(Model::Explains(plain, call, result))
          << "step " << step << ", from " << ::testing::PrintToString(before)
          << ": " << Model::ToText(call, result);
      const T after = operations[0].run(word, {}, {}, call.order).value;
      ASSERT_TRUE(AreSame(after, plain))
          << "step " << step << ", from " << ::testing::PrintToString(before)
          << ": " << Model::ToText(call, result) << " and left "
          << ::testing::PrintToString(after);
    }
  }
}

}  // namespace
}  // namespace sync_atomic
