// SPDX-License-Identifier: Apache-2.0

// Float64: what each operation returns and leaves.

#include "sync_atomic/atomic/float64.h"

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMost = std::numeric_limits<double>::max();

static_assert(sizeof(Float64) == 8 && alignof(Float64) == 8);
static_assert(std::is_standard_layout_v<Float64>);
static_assert(std::is_trivially_destructible_v<Float64>);
static_assert(!std::is_copy_constructible_v<Float64>);
static_assert(!std::is_copy_assignable_v<Float64>);
static_assert(!std::is_convertible_v<double, Float64>);
static_assert(!std::is_convertible_v<Float64, double>);
static_assert(!std::is_constructible_v<double, Float64>);
static_assert(!std::is_assignable_v<Float64&, double>);
static_assert(Float64::is_always_lock_free);

TEST(Float64Test, IsZeroAtFirst) {
  static constexpr Float64 zero;
  EXPECT_EQ(zero.Load(), 0.0);
  EXPECT_FALSE(std::signbit(zero.Load()));
  EXPECT_EQ(Float64(1.5).Load(), 1.5);
}

TEST(Float64Test, StoreSetsAndSwapReturnsTheOldValue) {
  Float64 x;
  x.Store(1.5);
  EXPECT_EQ(x.Swap(-2.5), 1.5);
  EXPECT_EQ(x.Load(), -2.5);
}

TEST(Float64Test, CompareAndSwapWantsTheExpectedValue) {
  Float64 x(1.5);
  EXPECT_FALSE(x.CompareAndSwap(1.25, 2.0));
  EXPECT_EQ(x.Load(), 1.5);
  EXPECT_TRUE(x.CompareAndSwap(1.5, 2.0));
  EXPECT_EQ(x.Load(), 2.0);
}

TEST(Float64Test, ComparesBitsAndNotNumbers) {
  Float64 zero(0.0);
  EXPECT_FALSE(zero.CompareAndSwap(-0.0, 1.0));
  EXPECT_TRUE(zero.CompareAndSwap(0.0, 1.0));
  Float64 nan(kNan);
  EXPECT_TRUE(nan.CompareAndSwap(kNan, 1.0));
}

TEST(Float64Test, CompareExchangeRefreshesWhatWasExpected) {
  Float64 x(1.5);
  double expected = 1.25;
  EXPECT_FALSE(x.CompareExchange(expected, 2.0));
  EXPECT_EQ(expected, 1.5);
}

TEST(Float64Test, AddReturnsTheNewValue) {
  Float64 x(1.5);
  EXPECT_EQ(x.Add(0.25), 1.75);
  EXPECT_EQ(x.Add(-2.0, std::memory_order_relaxed), -0.25);
  EXPECT_EQ(x.Load(), -0.25);
}

TEST(Float64Test, SumsRoundAndOverflowAsPlusDoes) {
  Float64 x(1.0);
  EXPECT_EQ(x.Add(std::numeric_limits<double>::epsilon() / 4), 1.0);
  x.Store(kMost);
  EXPECT_EQ(x.Add(kMost), kInfinity);
  EXPECT_TRUE(std::isnan(x.Add(-kInfinity)));
  EXPECT_TRUE(std::isnan(x.Add(1.0)));  // and does not loop for ever
  EXPECT_TRUE(std::isnan(x.Load()));
}

TEST(Float64Test, SubReturnsTheNewValue) {
  Float64 x(1.5);
  EXPECT_EQ(x.Sub(0.25), 1.25);
  EXPECT_EQ(x.Sub(-2.0, std::memory_order_relaxed), 3.25);
  EXPECT_EQ(x.Load(), 3.25);
}

TEST(Float64Test, MaxAndMinKeepTheExtremeAndReturnTheOldValue) {
  Float64 x(1.5);
  EXPECT_EQ(x.Max(1.0), 1.5);
  EXPECT_EQ(x.Load(), 1.5);
  EXPECT_EQ(x.Max(2.0, std::memory_order_acq_rel), 1.5);
  EXPECT_EQ(x.Min(3.0), 2.0);
  EXPECT_EQ(x.Load(), 2.0);
  EXPECT_EQ(x.Min(-kInfinity, std::memory_order_release), 2.0);
  EXPECT_EQ(x.Load(), -kInfinity);
  EXPECT_EQ(x.Max(kInfinity), -kInfinity);
  EXPECT_EQ(x.Load(), kInfinity);
}

TEST(Float64Test, MaxAndMinIgnoreANan) {
  Float64 x(1.5);
  EXPECT_EQ(x.Max(kNan), 1.5);
  EXPECT_EQ(x.Min(kNan), 1.5);
  EXPECT_EQ(x.Load(), 1.5);
  x.Store(kNan);
  EXPECT_TRUE(std::isnan(x.Max(kNan)));
  EXPECT_TRUE(std::isnan(x.Max(-kInfinity)));
  EXPECT_EQ(x.Load(), -kInfinity);
  x.Store(kNan);
  EXPECT_TRUE(std::isnan(x.Min(kInfinity)));
  EXPECT_EQ(x.Load(), kInfinity);
}

TEST(Float64Test, UpdateStartsAgainIfTheValueChangedMeanwhile) {
  Float64 x(1.5);
  bool interrupted = false;
  EXPECT_EQ(x.Update([&](double old) {
    if (!std::exchange(interrupted, true)) x.Store(kNan);
    return std::isnan(old) ? 2.5 : 0.5;
  }),
            2.5);
  EXPECT_EQ(x.Load(), 2.5);
}

TEST(Float64Test, PrintsItsValue) {
  EXPECT_EQ(::testing::PrintToString(Float64(-1.5)), "-1.5");
  EXPECT_EQ(::testing::PrintToString(Float64(1e300)), "1e+300");
  EXPECT_EQ(::testing::PrintToString(Float64(kInfinity)), "inf");
  std::ostringstream os;
  os << Float64(0.1);
  EXPECT_EQ(os.str(), "0.1");
}

std::string Text(double value) {
  return ::testing::PrintToString(Float64(value));
}

std::string TextByPrintf(double value) {
  char chars[32];
  const int length =
      internal::FloatText<double>::WriteByPrintf(chars, sizeof(chars), value);
  return std::string(chars, static_cast<std::size_t>(length));
}

TEST(Float64Test, PrintsTheShortestDecimalThatReadsBack) {
  for (const auto& text : {Text, TextByPrintf}) {
    EXPECT_EQ(text(1234567.0), "1234567");
    EXPECT_EQ(text(1234568.0), "1234568");
    EXPECT_EQ(text(0.3), "0.3");
    EXPECT_EQ(text(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(text(0.0), "0");
    EXPECT_EQ(text(-0.0), "-0");
    EXPECT_EQ(text(-kInfinity), "-inf");
    EXPECT_EQ(text(kNan), "nan");
    EXPECT_EQ(text(-2.2250738585072014e-308), "-2.2250738585072014e-308");
    for (const double value :
         {kMost, 5e-324, 1.0 / 3.0, std::nextafter(1.0, 2.0), 1e22, 1e23}) {
      EXPECT_EQ(std::strtod(text(value).c_str(), nullptr), value);
      EXPECT_NE(text(value), text(std::nextafter(value, 0.0)));
    }
  }
}

// The locales that are here; a point of any length is replaced in any case.
TEST(Float64Test, PrintsAPointInEveryLocale) {
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue;
    EXPECT_EQ(Text(-1.5), "-1.5") << name;
    EXPECT_EQ(TextByPrintf(-1.5e-200), "-1.5e-200") << name;
  }
  std::setlocale(LC_ALL, "C");
  for (const std::string text : {"-1.5e-20", "-1,5e-20",
                                 "-1\xd9\xab"
                                 "5e-20"}) {
    std::string chars = text;
    const int length = internal::FloatText<double>::ReplacePoint(
        chars.data(), static_cast<int>(chars.size()));
    EXPECT_EQ(chars.substr(0, static_cast<std::size_t>(length)), "-1.5e-20");
  }
}

// Sums of whole numbers are exact, and so is their total.
TEST(Float64StressTest, ConcurrentAddsLoseNoUpdate) {
  constexpr int kThreads = 4, kEach = 10'000;
  for (int round = 0; round < Effort(100); ++round) {
    SCOPED_TRACE(round);
    Float64 sum;
    RunTogether(kThreads, [&sum](int) {
      for (int i = 0; i < kEach; ++i) sum.Add(1.0);
    });
    ASSERT_EQ(sum.Load(), kThreads * kEach);
  }
}

}  // namespace
}  // namespace sync_atomic
