// SPDX-License-Identifier: Apache-2.0

// The checker of histories: those that it must accept, and those that it must
// reject, by hand, and random ones compared with a search through all orders.

#include "sync_atomic/tests/support/linearizability.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/seed.h"

namespace sync_atomic {
namespace testing {
namespace {

// A number, and four things to do with it.
struct Call {
  enum { kLoad, kStore, kAdd, kCompareAndSwap } operation;
  int a;
  int b;
};

struct Number {
  using State = int;
  using Call = testing::Call;
  // What was loaded; the sum; 1 for true and 0 for false. 0 for a store.
  using Result = int;

  static bool Explains(int& state, const Call& call, int result) {
    switch (call.operation) {
      case Call::kLoad:
        return result == state;
      case Call::kStore:
        state = call.a;
        return true;
      case Call::kAdd:
        return result == (state += call.a);
      case Call::kCompareAndSwap:
        break;
    }
    const bool equal = state == call.a;
    if (equal) state = call.b;
    return result == (equal ? 1 : 0);
  }
  static std::uint64_t Key(int state) {
    return static_cast<std::uint64_t>(state);
  }
  static std::string ToText(const Call& call, int result) {
    constexpr const char* kNames[] = {"Load", "Store", "Add", "CompareAndSwap"};
    return std::string(kNames[call.operation]) + "(" + std::to_string(call.a) +
           ", " + std::to_string(call.b) + ") was " + std::to_string(result);
  }
};

using Done = Operation<Number>;

Done Load(int seen, std::uint64_t begin, std::uint64_t end) {
  return {{Call::kLoad, 0, 0}, seen, begin, end};
}
Done Store(int value, std::uint64_t begin, std::uint64_t end) {
  return {{Call::kStore, value, 0}, 0, begin, end};
}
Done Add(int delta, int sum, std::uint64_t begin, std::uint64_t end) {
  return {{Call::kAdd, delta, 0}, sum, begin, end};
}
Done CompareAndSwap(int expected, int desired, bool won, std::uint64_t begin,
                    std::uint64_t end) {
  return {{Call::kCompareAndSwap, expected, desired}, won, begin, end};
}

bool IsLinearizableFromZero(const History<Number>& history) {
  return IsLinearizable(history, 0);
}

TEST(LinearizabilityTest, NothingIs) {
  EXPECT_TRUE(IsLinearizableFromZero({}));
  EXPECT_TRUE(IsLinearizableFromZero({{}, {}}));
}

TEST(LinearizabilityTest, WhatOneThreadDoesHasOneOrder) {
  EXPECT_TRUE(IsLinearizableFromZero({{Store(1, 0, 1), Load(1, 2, 3)}}));
  EXPECT_FALSE(IsLinearizableFromZero({{Load(1, 0, 1), Store(1, 2, 3)}}));
}

TEST(LinearizabilityTest, WhatOverlapsMayComeInAnyOrder) {
  EXPECT_TRUE(IsLinearizableFromZero({{Store(1, 0, 3)}, {Load(0, 1, 2)}}));
  EXPECT_TRUE(IsLinearizableFromZero({{Store(1, 0, 3)}, {Load(1, 1, 2)}}));
  EXPECT_FALSE(IsLinearizableFromZero({{Store(1, 0, 3)}, {Load(2, 1, 2)}}));
}

TEST(LinearizabilityTest, AStaleReadIsNot) {
  EXPECT_FALSE(IsLinearizableFromZero({{Store(1, 0, 1)}, {Load(0, 2, 3)}}));
  // Two readers that agree on no order of two stores.
  EXPECT_FALSE(IsLinearizableFromZero({{Store(1, 0, 8)},
                                       {Store(2, 1, 9)},
                                       {Load(1, 2, 3), Load(2, 6, 7)},
                                       {Load(2, 4, 5), Load(1, 10, 11)}}));
}

TEST(LinearizabilityTest, AReadThatWasBeforeItsTimeIsNot) {
  EXPECT_FALSE(IsLinearizableFromZero({{Load(1, 0, 1)}, {Store(1, 2, 3)}}));
}

TEST(LinearizabilityTest, ALostUpdateIsNot) {
  EXPECT_TRUE(IsLinearizableFromZero(
      {{Add(1, 1, 0, 3)}, {Add(1, 2, 1, 2), Load(2, 4, 5)}}));
  EXPECT_FALSE(IsLinearizableFromZero({{Add(1, 1, 0, 3)}, {Add(1, 1, 1, 2)}}));
  EXPECT_FALSE(IsLinearizableFromZero(
      {{Add(1, 1, 0, 3)}, {Add(1, 2, 1, 2), Load(1, 4, 5)}}));
}

TEST(LinearizabilityTest, ACompareAndSwapThatSucceedsTwiceIsNot) {
  EXPECT_TRUE(IsLinearizableFromZero({{CompareAndSwap(0, 1, true, 0, 3)},
                                      {CompareAndSwap(0, 2, false, 1, 2)}}));
  EXPECT_FALSE(IsLinearizableFromZero({{CompareAndSwap(0, 1, true, 0, 3)},
                                       {CompareAndSwap(0, 2, true, 1, 2)}}));
}

TEST(LinearizabilityTest, ACompareAndSwapThatFailedForNoReasonIsNot) {
  EXPECT_FALSE(IsLinearizableFromZero({{CompareAndSwap(0, 1, false, 0, 1)}}));
  // One of the two must have found 0.
  EXPECT_FALSE(IsLinearizableFromZero({{CompareAndSwap(0, 1, false, 0, 3)},
                                       {CompareAndSwap(0, 2, false, 1, 2)}}));
}

// The same operations lead to two states here, and only the one that is tried
// last is right.
TEST(LinearizabilityTest, OneSetOfOperationsMayLeadToSeveralStates) {
  EXPECT_TRUE(IsLinearizableFromZero(
      {{Store(1, 0, 3), Load(1, 4, 5)}, {Store(2, 1, 2)}}));
  EXPECT_TRUE(IsLinearizableFromZero(
      {{Store(1, 0, 3), Load(2, 4, 5)}, {Store(2, 1, 2)}}));
}

// 2 to the power of 40 orders, and few states.
TEST(LinearizabilityTest, NeverSearchesTwiceFromTheSamePlace) {
  History<Number> history(2);
  for (std::uint64_t i = 0; i < 40; ++i) {
    history[0].push_back(Store(1, 4 * i, 4 * i + 2));
    history[1].push_back(Store(1, 4 * i + 1, 4 * i + 3));
  }
  history[0].push_back(Load(2, 160, 161));
  EXPECT_FALSE(IsLinearizableFromZero(history));
}

TEST(LinearizabilityTest, PrintsWhatHappenedInTheOrderOfTime) {
  EXPECT_EQ(ToText(History<Number>{{Store(1, 2, 3)},
                                   {CompareAndSwap(0, 2, true, 0, 1)}}),
            "no order of these operations explains them:\n"
            "thread 1, from 0 to 1: CompareAndSwap(0, 2) was 1\n"
            "thread 0, from 2 to 3: Store(1, 0) was 0\n");
}

// Tries all orders there are.
bool AnyOrderExplains(const History<Number>& history) {
  std::vector<Done> order;
  for (const auto& thread : history) {
    order.insert(order.end(), thread.begin(), thread.end());
  }
  std::vector<std::size_t> index(order.size());
  for (std::size_t i = 0; i < index.size(); ++i) index[i] = i;
  const auto is_right = [&] {
    int state = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
      const Done& done = order[index[i]];
      for (std::size_t j = 0; j < i; ++j) {
        if (done.end < order[index[j]].begin) return false;
      }
      if (!Number::Explains(state, done.call, done.result)) return false;
    }
    return true;
  };
  do {
    if (is_right()) return true;
  } while (std::next_permutation(index.begin(), index.end()));
  return false;
}

// What `call` returns in `state`, which it changes.
int Do(int& state, const Call& call) {
  const int before = state;
  for (int result = 0;; ++result) {
    state = before;
    if (Number::Explains(state, call, result)) return result;
  }
}

// Three threads, two operations each, at random times. Each takes place when it
// begins or when it ends, and some results are then changed.
History<Number> AnyHistory(Random& random) {
  History<Number> history(3);
  std::vector<std::size_t> times(12);
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = i / 4;
  for (std::size_t i = times.size(); i > 1; --i) {
    std::swap(times[i - 1], times[random.Below(i)]);
  }
  int state = 0;
  std::vector<bool> is_running(3), is_late(3);
  for (std::uint64_t time = 0; time < times.size(); ++time) {
    const std::size_t thread = times[time];
    if (!is_running[thread]) {
      Call call = {};
      call.operation = random.OneOf(std::vector<decltype(call.operation)>{
          Call::kLoad, Call::kStore, Call::kAdd, Call::kCompareAndSwap});
      call.a = static_cast<int>(random.Below(3));
      call.b = static_cast<int>(random.Below(3));
      is_late[thread] = random.OneIn(2);
      history[thread].push_back(
          {call, is_late[thread] ? 0 : Do(state, call), time, 0});
    } else {
      Done& done = history[thread].back();
      if (is_late[thread]) done.result = Do(state, done.call);
      if (random.OneIn(8)) done.result ^= 1;
      done.end = time;
    }
    is_running[thread] = !is_running[thread];
  }
  return history;
}

TEST(LinearizabilityPropertyTest, AgreesWithASearchThroughAllOrders) {
  for (int round = 0; round < Effort(10'000); ++round) {
    const std::uint64_t seed = SeedOfRound(round);
    SCOPED_TRACE(HowToRepeat(seed));
    Random random(seed);
    const History<Number> history = AnyHistory(random);
    ASSERT_EQ(IsLinearizableFromZero(history), AnyOrderExplains(history))
        << ToText(history);
  }
}

TEST(RecorderTest, NotesWhatEachThreadDoesAndWhen) {
  constexpr int kThreads = 4;
  constexpr std::size_t kEach = 100;
  Recorder<Number> recorder(kThreads);
  RunTogether(kThreads, [&](int thread) {
    for (std::size_t i = 0; i < kEach; ++i) {
      EXPECT_EQ(
          recorder.Run(thread, {Call::kStore, thread, 0}, [] { return 0; }), 0);
    }
  });
  const History<Number> history = recorder.Take();
  ASSERT_EQ(history.size(), std::size_t{kThreads});
  std::vector<bool> times(2 * kThreads * kEach);
  for (std::size_t i = 0; i < history.size(); ++i) {
    ASSERT_EQ(history[i].size(), kEach);
    std::uint64_t now = 0;
    for (const Done& done : history[i]) {
      EXPECT_EQ(done.call.a, static_cast<int>(i));
      EXPECT_LE(now, done.begin);
      EXPECT_LT(done.begin, done.end);
      now = done.end;
      times.at(done.begin) = times.at(done.end) = true;
    }
  }
  EXPECT_EQ(std::count(times.begin(), times.end(), true), 2 * kThreads * kEach);
}

}  // namespace
}  // namespace testing
}  // namespace sync_atomic
