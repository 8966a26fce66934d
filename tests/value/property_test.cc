// Value, one thread: random programs of all operations do step by step what
// they do to a plain variable that is empty or holds an item.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/tests/value/value_operations.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::CanaryPayload;
using ::sync_atomic::testing::Content;
using ::sync_atomic::testing::ContentOf;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::Held;
using ::sync_atomic::testing::HowToRepeat;
using ::sync_atomic::testing::Item;
using ::sync_atomic::testing::LargePayload;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::SeedOfRound;
using ::sync_atomic::testing::TextPayload;
using ::sync_atomic::testing::ValueModel;
using ::sync_atomic::testing::ValueOperation;

// Snapshots that are kept for a while, and what each must go on holding.
template <class T>
class Album {
 public:
  explicit Album(Random& random) : random_(random) {}

  // Keeps it, in the place of another.
  void Keep(const Snapshot& snapshot, const Content& content) {
    Picture& picture = pictures_[random_.Below(kPictures)];
    picture = {snapshot, content};
    // A copy, and a copy that was moved, are as good.
    if (random_.OneIn(2)) {
      Picture copy = picture;
      pictures_[random_.Below(kPictures)] = std::move(copy);
    }
  }

  void Check() const {
    for (const Picture& a : pictures_) {
      ASSERT_EQ(ContentOf(a.snapshot.template TryGet<T>()), a.content);
      for (const Picture& b : pictures_) {
        ASSERT_EQ(a.snapshot == b.snapshot, a.content == b.content);
      }
    }
  }

 private:
  static constexpr std::size_t kPictures = 12;  // more than there are slots

  struct Picture {
    Snapshot snapshot;
    Content content;
  };

  Random& random_;
  Picture pictures_[kPictures];
};

template <class Payload>
class ValuePropertyTest : public ::testing::Test {};
using Payloads = ::testing::Types<CanaryPayload, TextPayload, LargePayload>;
TYPED_TEST_SUITE(ValuePropertyTest, Payloads);

// Rejects: teeth:value_swap_returns_the_new_value,
// teeth:clear_leaves_what_is_there, teeth:load_pinned_knows_nothing_of_empty,
// teeth:snapshots_are_not_compared.
TYPED_TEST(ValuePropertyTest, DoesWhatAPlainVariableDoes) {
  using Model = ValueModel<TypeParam>;
  using T = Item<TypeParam>;
  constexpr std::uint32_t kSteps = 100;
  const auto& operations = ValueOperation<TypeParam>::All();
  for (int round = 0; round < Effort(500); ++round) {
    const std::uint64_t seed = SeedOfRound(round);
    SCOPED_TRACE(HowToRepeat(seed));
    Random random(seed);
    const auto any_key = [&random] {
      return static_cast<std::uint32_t>(random.Below(3));
    };
    Value value;
    Content plain;
    Held<T> held;
    Album<T> album(random);
    for (std::uint32_t step = 1; step <= kSteps; ++step) {
      const typename Model::Call call = Model::With(
          held, {&random.OneOf(operations), {{step, any_key()}, any_key()}});
      const Content before = plain;
      const auto result = Model::Run(value, call, held);
      ASSERT_TRUE(Model::Explains(plain, call, result))
          << "step " << step << ", from " << Model::ToText(before) << ": "
          << Model::ToText(call, result);
      const Snapshot after = value.Load();
      ASSERT_EQ(ContentOf(after.TryGet<T>()), plain)
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
