// SPDX-License-Identifier: Apache-2.0

// Go's functions on plain pointers, UnsafePointer and PointerCast. What each
// operation returns and leaves is tested in tests/conformance/atomic_test.cc.

#include "sync_atomic/pointer/functions.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"

namespace sync_atomic {
namespace {

struct Celsius {
  double degrees;
};
struct Fahrenheit {
  double degrees;
};

static_assert(std::is_same_v<UnsafePointer, Pointer<void>>);
static_assert(std::is_same_v<
              decltype(PointerCast<int>(static_cast<void*>(nullptr))), int*>);

TEST(PointerFunctionsTest, PublishAnObject) {
  static void* current = nullptr;
  EXPECT_EQ(LoadPointer(&current), nullptr);
  const auto freezing = Celsius{0.0};
  auto boiling = Celsius{100.0};
  StorePointer(&current, &boiling);
  EXPECT_EQ(static_cast<Celsius*>(LoadPointer(&current))->degrees, 100.0);
  EXPECT_FALSE(CompareAndSwapPointer(&current, nullptr, nullptr));
  EXPECT_EQ(SwapPointer(&current, nullptr), &boiling);
  EXPECT_TRUE(CompareAndSwapPointer(&current, nullptr, &boiling));
  EXPECT_NE(LoadPointer(&current), &freezing);
}

TEST(UnsafePointerTest, HoldsPointersToAnything) {
  int number = 1;
  Celsius object = {1.0};
  UnsafePointer p;
  EXPECT_EQ(p.Load(), nullptr);
  p.Store(&number);
  EXPECT_EQ(p.Swap(&object), &number);
  EXPECT_EQ(PointerCast<Celsius>(p.Load()), &object);
}

TEST(PointerCastTest, CarriesOverToATypeOfTheSameLayout) {
  Celsius celsius = {36.6};
  Fahrenheit* const same = PointerCast<Fahrenheit>(&celsius);
  EXPECT_EQ(static_cast<void*>(same), &celsius);
  EXPECT_EQ(PointerCast<Celsius>(same), &celsius);
}

TEST(PointerCastTest, CarriesOverFromAndToVoid) {
  std::uint32_t number = 1;
  void* const untyped = PointerCast<void>(&number);
  EXPECT_EQ(untyped, &number);
  EXPECT_EQ(PointerCast<std::uint32_t>(untyped), &number);
}

TEST(PointerCastTest, KeepsOrAddsConst) {
  const Celsius constant = {1.0};
  Celsius variable = {2.0};
  const auto* const kept = PointerCast<const Fahrenheit>(&constant);
  const auto* const added = PointerCast<const Fahrenheit>(&variable);
  EXPECT_EQ(static_cast<const void*>(kept), &constant);
  EXPECT_EQ(static_cast<const void*>(added), &variable);
  EXPECT_EQ(PointerCast<const void>(&constant), &constant);
}

TEST(PointerCastTest, KeepsNull) {
  EXPECT_EQ(PointerCast<Fahrenheit>(static_cast<Celsius*>(nullptr)), nullptr);
}

TEST(PointerPrintingTest, PrintsTheAddress) {
  int number = 1;
  const auto text = [](const void* p) {
    char chars[32];
    std::snprintf(chars, sizeof(chars), "%p", p);
    return std::string(chars);
  };
  EXPECT_EQ(::testing::PrintToString(Pointer<int>(&number)), text(&number));
  EXPECT_EQ(::testing::PrintToString(UnsafePointer(&number)), text(&number));
  EXPECT_EQ(::testing::PrintToString(Pointer<const int>()), text(nullptr));
}

}  // namespace
}  // namespace sync_atomic
