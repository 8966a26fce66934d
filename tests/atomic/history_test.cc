// SPDX-License-Identifier: Apache-2.0

// Typed atomics and the free functions, four threads: whatever they did to one
// word, and saw of it, is what some order of their operations does.

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/atomic/word_operations.h"
#include "sync_atomic/tests/conformance/kinds.h"
#include "sync_atomic/tests/support/check_histories.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/linearizability.h"
#include "sync_atomic/tests/support/seed.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::CheckHistories;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::IsLinearizable;
using ::sync_atomic::testing::kHistoryThreads;
using ::sync_atomic::testing::KindName;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::Recorder;
using ::sync_atomic::testing::WordModel;
using ::sync_atomic::testing::WordSubjects;

constexpr int kOperationsEach = 16;

template <class Subject>
class WordHistory {
 public:
  explicit WordHistory(std::uint64_t seed) {
    Random random(seed);
    const auto values = Subject::Some();
    const bool yields = random.OneIn(2);
    for (auto& program : programs_) {
      for (int i = 0; i < kOperationsEach; ++i) {
        const typename Model::Call call = {&random.OneOf(Operations()),
                                           random.OneOf(values),
                                           random.OneOf(values)};
        const bool expects_seen = call.operation->compares && random.OneIn(2);
        program.push_back({call, expects_seen, yields && random.OneIn(8)});
      }
    }
  }

  void Run(int thread) {
    T seen{};
    for (const Step& step : programs_[thread]) {
      typename Model::Call call = step.call;
      if (step.expects_seen) call.a = seen;
      if (step.yields_before) std::this_thread::yield();
      seen = Do(thread, call).value;
    }
  }

  void Check() {
    Do(0, {&Operations()[0], {}, {}});  // what is left in the end
    const auto history = recorder_.Take();
    ASSERT_TRUE(IsLinearizable(history, T{})) << ToText(history);
  }

 private:
  using Model = WordModel<Subject>;
  using T = typename Subject::T;

  // Threads yield before operations, so that they take turns on one processor
  // too; and never within, which would excuse more.
  struct Step {
    typename Model::Call call;
    bool expects_seen;  // what the operation before saw, instead of call.a
    bool yields_before;
  };

  static const auto& Operations() {
    static const auto operations = Subject::Operations();
    return operations;
  }

  typename Model::Result Do(int thread, const typename Model::Call& call) {
    return recorder_.Run(thread, call, [&] { return Model::Run(word_, call); });
  }

  std::vector<Step> programs_[kHistoryThreads];
  Recorder<Model> recorder_{kHistoryThreads};
  typename Subject::Word word_{};
};

template <class Subject>
class WordHistoryTest : public ::testing::Test {};
TYPED_TEST_SUITE(WordHistoryTest, WordSubjects, KindName);

TYPED_TEST(WordHistoryTest, IsLinearizable) {
  CheckHistories<WordHistory<TypeParam>>(Effort(1'000));
}

}  // namespace
}  // namespace sync_atomic
