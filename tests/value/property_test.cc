// SPDX-License-Identifier: Apache-2.0

// Value and ValueOf, one thread: random programs of all operations do step by
// step what they do to a plain variable that is empty or holds an item.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/tests/value/value_operations.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::CanaryPayload;
using ::sync_atomic::testing::Content;
using ::sync_atomic::testing::ContentOf;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::HowToRepeat;
using ::sync_atomic::testing::LargePayload;
using ::sync_atomic::testing::LoadFrom;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::SeedOfRound;
using ::sync_atomic::testing::SubjectName;
using ::sync_atomic::testing::TextPayload;
using ::sync_atomic::testing::ValueModel;
using ::sync_atomic::testing::ValueOfSubject;
using ::sync_atomic::testing::ValueSubject;

// Snapshots that are kept for a while, and what each must go on holding.
template <class T>
class Album {
 public:
  explicit Album(Random& random) : random_(random) {}

  // Keeps it, in the place of another.
  void Keep(const SnapshotOf<T>& snapshot, const Content& content) {
    Any() = {snapshot, snapshot.Share(), content};
    // A copy, and what is moved, are as good.
    Picture copy = Any();
    Any() = std::move(copy);
  }

  void Check() const {
    for (const Picture& a : pictures_) {
      ASSERT_EQ(ContentOf(a.snapshot), a.content);
      ASSERT_EQ(a.shared.get(), a.snapshot.get());
      for (const Picture& b : pictures_) {
        ASSERT_EQ(a.snapshot == b.snapshot, a.content == b.content);
      }
    }
  }

 private:
  struct Picture {
    SnapshotOf<T> snapshot;
    std::shared_ptr<const T> shared;
    Content content;
  };

  Picture& Any() { return pictures_[random_.Below(kPictures)]; }

  static constexpr std::size_t kPictures = 12;  // more than there are slots
  Random& random_;
  Picture pictures_[kPictures];
};

template <class Subject>
class ValuePropertyTest : public ::testing::Test {};
using Subjects =
    ::testing::Types<ValueSubject<CanaryPayload>, ValueSubject<TextPayload>,
                     ValueSubject<LargePayload>, ValueOfSubject<CanaryPayload>,
                     ValueOfSubject<TextPayload>, ValueOfSubject<LargePayload>>;
TYPED_TEST_SUITE(ValuePropertyTest, Subjects, SubjectName);

TYPED_TEST(ValuePropertyTest, DoesWhatAPlainVariableDoes) {
  using Model = ValueModel<TypeParam>;
  using T = typename Model::T;
  constexpr std::uint32_t kSteps = 100;
  for (int round = 0; round < Effort(500); ++round) {
    const std::uint64_t seed = SeedOfRound(round);
    SCOPED_TRACE(HowToRepeat(seed));
    Random random(seed);
    typename TypeParam::Cell cell;
    Content plain;
    typename Model::Holds held;
    Album<T> album(random);
    for (std::uint32_t step = 1; step <= kSteps; ++step) {
      const typename Model::Call call =
          Model::With(held, Model::AnyCall(random, step));
      const Content before = plain;
      const auto result = Model::Run(cell, call, held);
      ASSERT_TRUE(Model::Explains(plain, call, result))
          << "step " << step << ", from " << Model::ToText(before) << ": "
          << Model::ToText(call, result);
      const SnapshotOf<T> after = LoadFrom<T>(cell);
      ASSERT_EQ(ContentOf(after), plain)
          << "step " << step << ", from " << Model::ToText(before) << ": "
          << Model::ToText(call, result);
      if (random.OneIn(4)) album.Keep(after, plain);
      album.Check();
      if (this->HasFatalFailure()) return;
    }
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
