// Value, four threads: whatever they did to one cell, and saw of it, is what
// some order of their operations does.

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
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::CanaryPayload;
using ::sync_atomic::testing::CheckHistories;
using ::sync_atomic::testing::Content;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::Held;
using ::sync_atomic::testing::IsLinearizable;
using ::sync_atomic::testing::Item;
using ::sync_atomic::testing::kHistoryThreads;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::Recorder;
using ::sync_atomic::testing::ValueModel;
using ::sync_atomic::testing::ValueOperation;

constexpr std::uint32_t kOperationsEach = 12;

// The first stores of a cell are in it: it starts empty.
class ValueHistory {
 public:
  explicit ValueHistory(std::uint64_t seed) {
    Random random(seed);
    const bool yields = random.OneIn(2);
    std::uint32_t number = 0;
    for (auto& program : programs_) {
      for (std::uint32_t i = 0; i < kOperationsEach; ++i) {
        program.push_back({{&random.OneOf(Operation::All()),
                            {{++number, AnyKey(random)}, AnyKey(random)}},
                           yields && random.OneIn(8)});
      }
    }
  }

  void Run(int thread) {
    Held<Item<CanaryPayload>> held;
    for (const Step& step : programs_[thread]) {
      const Model::Call call = Model::With(held, step.call);
      if (step.yields_before) std::this_thread::yield();
      recorder_.Run(thread, call,
                    [&] { return Model::Run(value_, call, held); });
    }
  }

  void Check() {
    Held<Item<CanaryPayload>> held;
    const Model::Call load = {&Operation::All()[0], {}};
    recorder_.Run(0, load, [&] { return Model::Run(value_, load, held); });
    const auto history = recorder_.Take();
    ASSERT_TRUE(IsLinearizable(history, Content())) << ToText(history);
  }

 private:
  using Model = ValueModel<CanaryPayload>;
  using Operation = ValueOperation<CanaryPayload>;

  // Threads yield before operations, so that they take turns on one processor
  // too; and never within, which would excuse more.
  struct Step {
    Model::Call call;
    bool yields_before;
  };

  // Few, so that items are often equal.
  static std::uint32_t AnyKey(Random& random) {
    return static_cast<std::uint32_t>(random.Below(2));
  }

  std::vector<Step> programs_[kHistoryThreads];
  Recorder<Model> recorder_{kHistoryThreads};
  Value value_;
};

// Rejects: teeth:histories_of_a_split_value_swap,
// teeth:histories_of_a_spurious_swap_by_value,
// teeth:histories_of_a_swap_by_value_that_does_not_compare,
// teeth:histories_of_a_split_store_if_empty.
TEST(ValueHistoryTest, IsLinearizable) {
  CheckHistories<ValueHistory>(Effort(8'000));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
