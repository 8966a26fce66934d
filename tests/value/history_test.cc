// SPDX-License-Identifier: Apache-2.0

// Value and ValueOf, four threads: whatever they did to one cell, and saw of
// it, is what some order of their operations does.

#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/check_histories.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/linearizability.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/tests/value/value_operations.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::CanaryPayload;
using ::sync_atomic::testing::CheckHistories;
using ::sync_atomic::testing::Content;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::IsLinearizable;
using ::sync_atomic::testing::kHistoryThreads;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::Recorder;
using ::sync_atomic::testing::SubjectName;
using ::sync_atomic::testing::ValueModel;
using ::sync_atomic::testing::ValueOfSubject;
using ::sync_atomic::testing::ValueSubject;

constexpr int kOperationsEach = 12;

// The first stores of a cell are in it: it starts empty.
template <class Subject>
class ValueHistory {
 public:
  explicit ValueHistory(std::uint64_t seed) {
    Random random(seed);
    const bool yields = random.OneIn(2);
    std::uint32_t number = 0;
    for (auto& program : programs_) {
      for (int i = 0; i < kOperationsEach; ++i) {
        program.push_back(
            {Model::AnyCall(random, ++number), yields && random.OneIn(8)});
      }
    }
  }

  void Run(int thread) {
    typename Model::Holds held;
    for (const Step& step : programs_[thread]) {
      if (step.yields_before) std::this_thread::yield();
      Do(thread, step.call, held);
    }
  }

  void Check() {
    typename Model::Holds held;
    Do(0, Model::Load(), held);  // what is left in the end
    const auto history = recorder_.Take();
    ASSERT_TRUE(IsLinearizable(history, Content())) << ToText(history);
  }

 private:
  using Model = ValueModel<Subject>;

  // Threads yield before operations, so that they take turns on one processor
  // too; and never within, which would excuse more.
  struct Step {
    typename Model::Call call;
    bool yields_before;
  };

  void Do(int thread, const typename Model::Call& call,
          typename Model::Holds& held) {
    recorder_.Run(thread, Model::With(held, call),
                  [&] { return Model::Run(cell_, call, held); });
  }

  std::vector<Step> programs_[kHistoryThreads];
  Recorder<Model> recorder_{kHistoryThreads};
  typename Subject::Cell cell_;
};

template <class Subject>
class ValueHistoryTest : public ::testing::Test {};
using Subjects = ::testing::Types<ValueSubject<CanaryPayload>,
                                  ValueOfSubject<CanaryPayload>>;
TYPED_TEST_SUITE(ValueHistoryTest, Subjects, SubjectName);

TYPED_TEST(ValueHistoryTest, IsLinearizable) {
  CheckHistories<ValueHistory<TypeParam>>(Effort(3'000));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
