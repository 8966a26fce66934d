// SPDX-License-Identifier: Apache-2.0

// How misuse of Value and Snapshot ends. The texts of Go's own panics are in
// conformance/value_test.cc.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

TEST(ValueDeathTest, MessagesNameWhatIsHeldAndWhatWasGiven) {
  Value value;
  EXPECT_DEATH(value.Store(nullptr),
               "\\(holds nothing, given std::nullptr_t\\)");
  EXPECT_DEATH(value.Store(std::shared_ptr<int>()),
               "\\(holds nothing, given std::shared_ptr<int>\\)");
  value.Store(42);
  EXPECT_DEATH(value.Store(1.5), "\\(holds int, given double\\)");
  EXPECT_DEATH(value.Store(static_cast<char*>(nullptr)),
               "\\(holds int, given char ?\\*\\)");
}

TEST(ValueDeathTest, LoadOfAnotherTypeDiesAlsoAfterClear) {
  Value value;
  value.Store(42);
  constexpr char kMessage[] =
      "sync/atomic: load of inconsistently typed value from Value "
      "\\(holds int, given double\\)";
  EXPECT_DEATH(value.Load<double>(), kMessage);
  value.Clear();
  EXPECT_DEATH(value.Load<double>(), kMessage);
  EXPECT_DEATH(value.Store(1.5), "store of inconsistently typed value");
}

TEST(ValueDeathTest, GetOfAnotherTypeOrOfNothingDies) {
  Value value;
  value.Store(42);
  const Snapshot snapshot = value.Load();
  EXPECT_DEATH(snapshot.Get<double>(),
               "sync/atomic: get of inconsistently typed value from Snapshot "
               "\\(holds int, given double\\)");
  EXPECT_DEATH(Snapshot().Get<int>(), "\\(holds nothing, given int\\)");
  EXPECT_DEATH(*SnapshotOf<int>(),
               "sync/atomic: get from empty Snapshot "
               "\\(holds nothing, given int\\)");
  EXPECT_DEATH(static_cast<void>(SnapshotOf<std::string>()->size()),
               "get from empty Snapshot");
}

}  // namespace
}  // namespace sync_atomic
