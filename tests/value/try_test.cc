// SPDX-License-Identifier: Apache-2.0

// The Try forms of a Value: what dies elsewhere is a status here, and nothing
// has changed.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

// In turn each way to use the cell as an int.
template <class F>
void ForEachUseAsAnInt(Value& value, const F& check) {
  check("store", value.TryStore(1));
  check("store", value.TryEmplace<int>(1));
  check("swap", value.TrySwap(1).status());
  check("compare and swap", value.TryCompareAndSwap(1, 2).status());
  check("compare and swap", value.TryCompareAndSwap(Empty(), 2).status());
  check("compare and swap", value.TryCompareAndSwap(nullptr, 2).status());
  check("compare and swap", value.TryCompareAndSwap(Snapshot(), 2).status());
  check("update", value.TryUpdate<int>([](int n) { return n; }).status());
  check("load", value.TryLoad<int>().status());
  check("load", value.TryRead<int>([](const int*) { return 1; }).status());
  check("load", value.TryRead<int>([](const int*) {}));
  const PinGuard pin;
  check("load", value.TryLoadPinned<int>(pin).status());
}

TEST(TryTest, AnotherTypeIsAFailedPrecondition) {
  Value value;
  value.Store(true);
  for (const bool cleared : {false, true}) {
    if (cleared) value.Clear();
    const Snapshot before = value.Load();
    ForEachUseAsAnInt(value, [](const std::string& operation,
                                const absl::Status& status) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_EQ(Message(status), "sync/atomic: " + operation +
                                     " of inconsistently typed value " +
                                     (operation == "load" ? "from" : "into") +
                                     " Value (holds bool, given int)");
    });
    EXPECT_TRUE(value.Load() == before);
  }
}

TEST(TryTest, TheRightTypeIsFine) {
  Value value;
  value.Store(1);
  ForEachUseAsAnInt(value, [](const std::string&, const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
  });
}

TEST(TryTest, AnEmptyCellIsOfAnyType) {
  Value value;
  EXPECT_FALSE(value.TryLoad<int>().value());
  EXPECT_EQ(value.TryRead<int>([](const int* n) { return n; }).value(),
            nullptr);
  EXPECT_FALSE(value.TryUpdate<int>([](int n) { return n; }).value());
  const PinGuard pin;
  EXPECT_EQ(value.TryLoadPinned<int>(pin).value(), nullptr);
  EXPECT_FALSE(value.TryCompareAndSwap(1, 2).value());
  EXPECT_FALSE(value.Load());
}

TEST(TryTest, NilIsAnInvalidArgument) {
  Value value;
  int object = 0;
  int* const nil = nullptr;
  const auto expect_nil = [](const std::string& operation,
                             const std::string& held,
                             const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Message(status).substr(0, Message(status).find(", given")),
              "sync/atomic: " + operation + " of nil value into Value (holds " +
                  held);
  };
  expect_nil("store", "nothing", value.TryStore(nil));
  expect_nil("store", "nothing", value.TryStore(nullptr));
  expect_nil("store", "nothing", value.TryEmplace<int*>(nil));
  expect_nil("swap", "nothing", value.TrySwap(nil).status());
  expect_nil("compare and swap", "nothing",
             value.TryCompareAndSwap(&object, nil).status());
  expect_nil("compare and swap", "nothing",
             value.TryCompareAndSwap(Empty(), nil).status());
  expect_nil("compare and swap", "nothing",
             value.TryCompareAndSwap(Snapshot(), nil).status());
  EXPECT_FALSE(value.Load());

  // Before the type is looked at, as Go does.
  value.Store(true);
  expect_nil("store", "bool", value.TryStore(nil));
  expect_nil("swap", "bool", value.TrySwap(nil).status());
  expect_nil("compare and swap", "bool",
             value.TryCompareAndSwap(&object, nil).status());

  Value pointer;
  pointer.Store(&object);
  EXPECT_EQ(pointer.TryUpdate<int*>([&](int*) { return nil; }).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*pointer.Load<int*>(), &object);
}

TEST(TryTest, TwoTypesInOneCompareAndSwapAreAFailedPrecondition) {
  Value value;
  value.Store(true);
  const Snapshot held = value.Load();
  const SnapshotOf<bool> held_too = value.Load<bool>();
  for (const absl::Status& status :
       {value.TryCompareAndSwap(held, 1).status(),
        value.TryCompareAndSwap(held_too, 1).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Message(status),
              "sync/atomic: compare and swap of inconsistently typed values "
              "(holds bool, given int)");
  }
}

TEST(TryTest, DoesWhatTheOthersDo) {
  Value value;
  EXPECT_TRUE(value.TryStore(1).ok());
  EXPECT_EQ(*value.TryLoad<int>().value(), 1);
  EXPECT_EQ(value.TrySwap(2).value().Get<int>(), 1);
  EXPECT_TRUE(value.TryEmplace<int>(3).ok());
  EXPECT_EQ(value.TryRead<int>([](const int* n) { return *n; }).value(), 3);
  EXPECT_FALSE(value.TryCompareAndSwap(2, 4).value());
  EXPECT_TRUE(value.TryCompareAndSwap(3, 4).value());
  EXPECT_TRUE(value.TryCompareAndSwap(value.Load(), 5).value());
  EXPECT_TRUE(value.TryCompareAndSwap(value.Load<int>(), 6).value());
  EXPECT_EQ(*value.TryUpdate<int>([](int n) { return n + 1; }).value(), 7);
  const PinGuard pin;
  EXPECT_EQ(*value.TryLoadPinned<int>(pin).value(), 7);
  value.Clear();
  EXPECT_TRUE(value.TryCompareAndSwap(Empty(), 8).value());
  value.Clear();
  EXPECT_TRUE(value.TryCompareAndSwap(nullptr, 9).value());
  EXPECT_EQ(*value.Load<int>(), 9);
}

TEST(TryTest, WhatIsRefusedIsNotLost) {
  Value value;
  value.Store(1);
  auto owned = std::make_unique<int>(7);
  EXPECT_FALSE(value.TryStore(std::move(owned)).ok());
  // NOLINTNEXTLINE(bugprone-use-after-move): that it wasn't moved is the point.
  ASSERT_NE(owned, nullptr);
  EXPECT_FALSE(value.TrySwap(std::move(owned)).ok());
  // NOLINTNEXTLINE(bugprone-use-after-move): as above.
  ASSERT_NE(owned, nullptr);
  EXPECT_EQ(*value.Load<int>(), 1);
}

}  // namespace
}  // namespace sync_atomic
