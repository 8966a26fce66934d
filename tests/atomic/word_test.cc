// SPDX-License-Identifier: Apache-2.0

// Word<T> and AtomicFor<T>: for which types there are words, and what members
// they have. What each operation returns and leaves is tested by random
// programs, in property_test.cc.

#include "sync_atomic/atomic/word.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/atomic_for.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

struct Point {
  float x, y;
};
struct Version {
  std::uint16_t major, minor;
};
struct Padded {
  char letter;
  std::int32_t number;
};
// Of which T{} is no constant, and so nobody knows.
struct Measured {
  Measured() : seconds(0) {}
  explicit Measured(float s) : seconds(s) {}
  float seconds;
};

}  // namespace
}  // namespace sync_atomic

template <>
struct sync_atomic::HasNoPadding<sync_atomic::Measured> : std::true_type {};

namespace sync_atomic {
namespace {

static_assert(HasNoPadding<Point>::value);
static_assert(HasNoPadding<Version>::value);
static_assert(HasNoPadding<std::array<char, 8>>::value);
static_assert(HasNoPadding<float>::value);
static_assert(HasNoPadding<bool>::value);
static_assert(!HasNoPadding<Padded>::value);
static_assert(!HasNoPadding<long double>::value);

template <class T>
constexpr bool IsAsLargeAs = sizeof(Word<T>) == sizeof(T) &&
                             alignof(Word<T>) == sizeof(T);
static_assert(IsAsLargeAs<std::int8_t> ||
              !std::atomic<std::uint8_t>::is_always_lock_free);
static_assert(IsAsLargeAs<char16_t> ||
              !std::atomic<std::uint16_t>::is_always_lock_free);
static_assert(IsAsLargeAs<Version>);
static_assert(IsAsLargeAs<float>);
static_assert(IsAsLargeAs<Point>);
static_assert(IsAsLargeAs<std::int64_t>);

template <class W>
constexpr bool IsAWord =
    std::is_standard_layout_v<W>&& std::is_trivially_destructible_v<W> &&
    !std::is_copy_constructible_v<W> && !std::is_copy_assignable_v<W> &&
    W::is_always_lock_free;
static_assert(IsAWord<Word<std::int8_t>>);
static_assert(IsAWord<Word<Version>>);
static_assert(IsAWord<Word<Point>>);
static_assert(!std::is_convertible_v<Point, Word<Point>>);
static_assert(!std::is_convertible_v<Word<Point>, Point>);
static_assert(!std::is_constructible_v<Point, Word<Point>>);
static_assert(!std::is_assignable_v<Word<Point>&, Point>);
static_assert(!std::is_convertible_v<Word<Point>&, Word<Version>&>);

// Which class is for which type.
static_assert(std::is_same_v<AtomicFor<std::int32_t>, Int32>);
static_assert(std::is_same_v<AtomicFor<std::int64_t>, Int64>);
static_assert(std::is_same_v<AtomicFor<std::uint32_t>, Uint32>);
static_assert(std::is_same_v<AtomicFor<std::uint64_t>, Uint64>);
static_assert(std::is_same_v<AtomicFor<bool>, Bool>);
static_assert(std::is_same_v<AtomicFor<double>, Float64>);
enum class State { kIdle, kRunning };
static_assert(std::is_same_v<AtomicFor<State>, Enum<State>>);
static_assert(std::is_same_v<AtomicFor<std::int8_t>, Word<std::int8_t>>);
static_assert(std::is_same_v<AtomicFor<float>, Word<float>>);
static_assert(std::is_same_v<AtomicFor<Point>, Word<Point>>);
// Of long and long long one is no exact-width integer, and has its members all
// the same.
TEST(AtomicForTest, EachIntegerHasTheMembersOfInt64) {
  AtomicFor<long> one;
  AtomicFor<long long> other;
  EXPECT_EQ(one.Add(2), 2);
  EXPECT_EQ(other.FetchSub(3), 0);
  EXPECT_EQ(other.Max(5), -3);
  AtomicFor<char> letter('a');
  EXPECT_EQ(letter.FetchAdd(1), 'a');
  EXPECT_EQ(letter.Load(), 'b');
}

TEST(WordTest, HoldsAStruct) {
  static constexpr Word<Point> zero;  // constant-initialised
  EXPECT_EQ(zero.Load().x, 0);
  Word<Point> x(Point{1, 2});
  EXPECT_EQ(x.Swap(Point{3, 4}).y, 2);
  EXPECT_FALSE(x.CompareAndSwap(Point{3, 5}, Point{}));
  EXPECT_TRUE(x.CompareAndSwap(Point{3, 4}, Point{5, 6}));
  Point expected{};
  EXPECT_FALSE(x.CompareExchangeStrong(expected, Point{}));
  EXPECT_EQ(expected.x, 5);
  EXPECT_EQ(x.Update([](Point p) { return Point{p.y, p.x}; }).x, 6);
  EXPECT_EQ(x.Load().y, 5);
}

TEST(WordTest, HoldsWhatIsSaidToHaveNoPadding) {
  Word<Measured> x(Measured(1.5F));
  EXPECT_EQ(x.Load().seconds, 1.5F);
  EXPECT_EQ(Word<Measured>().Load().seconds, 0);
}

struct OnlyFromANumber {
  explicit OnlyFromANumber(std::int32_t n) : number(n) {}
  std::int32_t number;
};

TEST(WordTest, HoldsWhatHasNoDefault) {
  Word<OnlyFromANumber> x(OnlyFromANumber(3));
  EXPECT_EQ(x.Load().number, 3);
}

TEST(WordTest, SmallIntegersWrapAround) {
  Word<std::int8_t> x(127);
  EXPECT_EQ(x.Add(1), -128);
  EXPECT_EQ(x.FetchSub(1), -128);
  EXPECT_EQ(x.Load(), 127);
  EXPECT_EQ(x.Or(-128), 127);
  EXPECT_EQ(x.Load(), -1);
  Word<std::uint16_t> y;
  EXPECT_EQ(y.Sub(1), 65535);
  EXPECT_EQ(y.FetchAdd(2), 65535);
  EXPECT_EQ(y.Min(0), 1);
}

TEST(WordTest, HasTheMembersOfTheClassForItsType) {
  Word<bool> flag;
  EXPECT_FALSE(flag.Toggle());
  EXPECT_TRUE(flag.And(false));
  Word<State> state;
  EXPECT_EQ(state.Or(State::kRunning), State::kIdle);
  Word<float> sum;
  EXPECT_EQ(sum.Add(1.5F), 1.5F);
  EXPECT_EQ(sum.Sub(0.25F), 1.25F);
  EXPECT_EQ(sum.Max(2), 1.25F);
  EXPECT_EQ(sum.Min(std::numeric_limits<float>::quiet_NaN()), 2);
}

// A neighbour is not written to.
TEST(WordTest, ChangesNoByteBesideIt) {
  struct Neighbours {
    Word<std::uint8_t> before, x, after;
  } n;
  for (int i = 0; i < 300; ++i) n.x.Add(1);
  EXPECT_EQ(n.x.Load(), 300 % 256);
  EXPECT_EQ(n.before.Load(), 0);
  EXPECT_EQ(n.after.Load(), 0);
}

struct Streamed {
  std::int32_t number;
  friend std::ostream& operator<<(std::ostream& os, const Streamed& s) {
    return os << "number " << s.number;
  }
  template <class Sink>
  friend void AbslStringify(Sink& sink, const Streamed& s) {
    sink.Append("number ");
    sink.Append(std::to_string(s.number));
  }
};

struct Sink {
  std::string text;
  void Append(std::string_view more) { text += more; }
};

template <class W>
std::string Text(const W& word) {
  std::ostringstream os;
  os << word;
  Sink sink;
  AbslStringify(sink, word);
  EXPECT_EQ(sink.text, os.str());
  EXPECT_EQ(::testing::PrintToString(word), os.str());
  return os.str();
}

TEST(WordTest, Prints) {
  EXPECT_EQ(Text(Word<char>('a')), "97");
  EXPECT_EQ(Text(Word<std::int8_t>(-3)), "-3");
  EXPECT_EQ(Text(Word<unsigned long long>(~0ULL)), "18446744073709551615");
  EXPECT_EQ(Text(Word<bool>(true)), "true");
  EXPECT_EQ(Text(Word<State>(State::kRunning)), "1");
  EXPECT_EQ(Text(Word<float>(0.1F)), "0.1");
  EXPECT_EQ(Text(Word<float>(16777216.0F)), "16777216");
  EXPECT_EQ(Text(Word<double>(0.1 + 0.2)), "0.30000000000000004");
  EXPECT_EQ(Text(Word<Streamed>(Streamed{5})), "number 5");
  EXPECT_EQ(Text(Word<std::array<std::uint8_t, 2>>()), "0x0000");
  EXPECT_EQ(Text(Word<Point>()), "0x0000000000000000");
}

std::string FloatTextByPrintf(float value) {
  char chars[32];
  const int length =
      internal::FloatText<float>::WriteByPrintf(chars, sizeof(chars), value);
  return std::string(chars, static_cast<std::size_t>(length));
}

TEST(WordTest, AFloatPrintsTheShortestDecimalThatReadsBack) {
  for (const auto& text :
       {+[](float f) { return Text(Word<float>(f)); }, +FloatTextByPrintf}) {
    EXPECT_EQ(text(0.3F), "0.3");
    EXPECT_EQ(text(0.1F + 0.2F), "0.3");
    EXPECT_EQ(text(1.00000012F), "1.0000001");
    EXPECT_EQ(text(-1e-45F), "-1e-45");
    EXPECT_EQ(text(std::numeric_limits<float>::max()), "3.4028235e+38");
  }
}

// Both halves are one word: none is seen half-written.
TEST(WordStressTest, UpdatesOfAStructLoseNone) {
  constexpr int kThreads = 4, kEach = 5'000;
  for (int round = 0; round < Effort(20); ++round) {
    SCOPED_TRACE(round);
    struct Pair {
      std::int32_t up, down;
    };
    Word<Pair> x;
    RunTogether(kThreads, [&x](int) {
      for (int i = 0; i < kEach; ++i) {
        const Pair seen = x.Update([](Pair p) {
          return Pair{p.up + 1, p.down - 1};
        });
        ASSERT_EQ(seen.up, -seen.down);
      }
    });
    ASSERT_EQ(x.Load().up, kThreads * kEach);
    ASSERT_EQ(x.Load().down, -kThreads * kEach);
  }
}

}  // namespace
}  // namespace sync_atomic
