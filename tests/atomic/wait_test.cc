// SPDX-License-Identifier: Apache-2.0

// Wait, WaitFor, WaitUntil and Notify: threads that sleep until a word changes.
// tests/value/wait_steps_test.cc has the steps of a waiter.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/internal/hash.h"
#include "sync_atomic/atomic/word.h"
#include "sync_atomic/tests/support/await_sleep.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::AwaitSleep;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::ThreadNumber;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kFarTimeout = (std::chrono::hours::max)();

// One of each size.
template <class W>
class WordWaitTest : public ::testing::Test {};
using Sizes =
    ::testing::Types<Word<std::uint8_t>, Word<std::int16_t>, Int32, Int64>;
TYPED_TEST_SUITE(WordWaitTest, Sizes);

TYPED_TEST(WordWaitTest, ReturnsAtOnceIfTheValueIsAnother) {
  TypeParam x(1);
  x.Wait(2);
  x.Wait(2, std::memory_order_acquire);
  EXPECT_TRUE(x.WaitFor(2, kFarTimeout));
  EXPECT_TRUE(x.WaitFor(2, milliseconds(-1)));
  EXPECT_TRUE(x.WaitUntil(2, (Clock::time_point::max)()));
  EXPECT_TRUE(x.WaitUntil(2, Clock::time_point()));
}

TYPED_TEST(WordWaitTest, GivesUpAfterTheTimeout) {
  TypeParam x(1);
  for (const auto timeout :
       {(milliseconds::min)(), milliseconds(-1), milliseconds(0),
        milliseconds(1), milliseconds(20), milliseconds(40)}) {
    auto start = Clock::now();
    EXPECT_FALSE(x.WaitFor(1, timeout));
    // The least one, as nanoseconds, would overflow.
    EXPECT_GE(Clock::now() - start, (std::max)(timeout, milliseconds(0)));
    start = Clock::now();
    const auto time =
        timeout < milliseconds(-1) ? Clock::time_point() : start + timeout;
    EXPECT_FALSE(x.WaitUntil(1, time));
    EXPECT_GE(Clock::now(), time);
  }
}

// A notification that is lost is made up for after a while. So there are many
// turns.
TYPED_TEST(WordWaitTest, TwoThreadsTakeTurns) {
  using T = decltype(TypeParam().Load());
  const int turns = Effort(5'000);
  TypeParam ping, pong;
  RunTogether(2, [&](int thread) {
    TypeParam& mine = thread == 0 ? ping : pong;
    TypeParam& other = thread == 0 ? pong : ping;
    for (int turn = 1; turn <= turns; ++turn) {
      if (thread == 0) {
        mine.Store(static_cast<T>(turn));
        mine.NotifyOne();
      }
      other.Wait(static_cast<T>(turn - 1));
      ASSERT_EQ(other.Load(), static_cast<T>(turn));
      if (thread == 1) {
        mine.Store(static_cast<T>(turn));
        mine.NotifyOne();
      }
    }
  });
}

// The word's own operations may be weaker than the waiters' counters.
TEST(WaitStressTest, ReleaseAndAcquireAreEnough) {
  const int turns = Effort(5'000);
  Int32 ping, pong;
  std::int32_t message = 0;  // not atomic
  RunTogether(2, [&](int thread) {
    for (int turn = 1; turn <= turns; ++turn) {
      if (thread == 0) {
        message = turn;
        ping.Store(turn, std::memory_order_release);
        ping.NotifyOne();
        pong.Wait(turn - 1, std::memory_order_acquire);
      } else {
        ping.Wait(turn - 1, std::memory_order_acquire);
        ASSERT_EQ(message, turn);
        pong.Store(turn, std::memory_order_release);
        pong.NotifyOne();
      }
    }
  });
}

TEST(WaitStressTest, AllWaitersAreWokenByNotifyAll) {
  constexpr int kWaiters = 4;
  const int changes = Effort(500);
  Int64 x, arrived;
  RunTogether(kWaiters + 1, [&](int thread) {
    for (int change = 1; change <= changes; ++change) {
      if (thread < kWaiters) {
        x.Wait(change - 1);
        if (arrived.Add(1) == kWaiters * change) arrived.NotifyOne();
      } else {
        x.Add(1);
        x.NotifyAll();
        for (;;) {
          const std::int64_t seen = arrived.Load();
          if (seen == kWaiters * change) break;
          arrived.Wait(seen);
        }
      }
    }
  });
}

// A semaphore: of those who wait for one word each notification reaches one
// that can go on.
TEST(WaitStressTest, NotifyOneLetsOneThreadOn) {
  constexpr int kThreads = 4, kPermits = 2;
  const int each = Effort(1'000);
  Int32 permits(kPermits), inside, most;
  RunTogether(kThreads, [&](int) {
    for (int i = 0; i < each; ++i) {
      for (std::int32_t free = permits.Load();;) {
        if (free == 0) {
          permits.Wait(0);
          free = permits.Load();
        } else if (permits.CompareExchange(free, free - 1)) {
          break;
        }
      }
      most.Max(inside.Add(1));
      std::this_thread::yield();  // others come meanwhile
      inside.Sub(1);
      permits.Add(1);
      permits.NotifyOne();
    }
  });
  EXPECT_EQ(permits.Load(), kPermits);
  EXPECT_LE(most.Load(), kPermits);
}

// Words of one bucket: who waits for the one does not use up what is notified
// for the other.
TEST(WaitTest, WordsShareABucket) {
  constexpr int kBucketBits = 6;  // as in waiters.h
  std::vector<Int32> words(1000);
  const auto bucket = [&](std::size_t i) {
    return internal::HashOf(&words[i], kBucketBits);
  };
  std::size_t other = 1;
  while (bucket(other) != bucket(0)) ++other;
  const int turns = Effort(500);
  std::thread bystander([&] { words[0].Wait(0); });
  RunTogether(2, [&](int thread) {
    for (int turn = 0; turn < turns; ++turn) {
      if (turn % 2 == thread) {
        words[other].Store(turn + 1);
        words[other].NotifyOne();
      } else {
        words[other].Wait(turn);
      }
    }
  });
  EXPECT_EQ(words[0].Load(), 0);
  words[0].Store(1);
  words[0].NotifyOne();
  bystander.join();
}

// As where another copy of the library notifies, or another process.
TEST(WaitTest, AChangeWithoutANotificationIsSeenAfterAWhile) {
  Int64 x;
  std::atomic<long> number{0};
  std::thread waiter([&] {
    number.store(ThreadNumber());
    x.Wait(0);
  });
  AwaitSleep(number);
  x.Store(1);
  waiter.join();
}

// Far enough for the clock to overflow, if it were added.
TEST(WaitTest, ALongTimeoutIsNotTheShortest) {
  Int64 x;
  for (const auto& wait : std::vector<bool (*)(const Int64&)>{
           [](const Int64& w) { return w.WaitFor(0, kFarTimeout); },
           [](const Int64& w) {
             return w.WaitFor(0, (std::chrono::nanoseconds::max)());
           },
           [](const Int64& w) {
             return w.WaitFor(0, std::chrono::duration<double>(1e300));
           },
           [](const Int64& w) {
             return w.WaitFor(0, absl::InfiniteDuration());
           },
           [](const Int64& w) {
             return w.WaitUntil(0, (Clock::time_point::max)());
           },
           [](const Int64& w) {
             using Hours = std::chrono::time_point<Clock, std::chrono::hours>;
             return w.WaitUntil(0, (Hours::max)());
           }}) {
    x.Store(0);
    std::thread storer([&x] {
      x.Store(1);
      x.NotifyOne();
    });
    EXPECT_TRUE(wait(x));
    storer.join();
  }
}

TEST(WaitTest, TimeoutsAreOfAnyUnit) {
  const Bool x;
  const auto start = Clock::now();
  EXPECT_FALSE(x.WaitFor(false, std::chrono::duration<double>(0.005)));
  EXPECT_FALSE(x.WaitFor(false, absl::Milliseconds(5)));
  EXPECT_FALSE(x.WaitFor(false, std::chrono::microseconds(5)));
  EXPECT_FALSE(x.WaitFor(false, std::chrono::duration<int, std::pico>(1)));
  EXPECT_GE(Clock::now() - start, milliseconds(10));
  EXPECT_FALSE(x.WaitFor(false, (std::chrono::hours::min)()));
  EXPECT_FALSE(x.WaitFor(false, -absl::InfiniteDuration()));
}

TEST(DeadlineTest, TicksAreExactWhereTheyCanBe) {
  using std::chrono::duration;
  EXPECT_EQ(internal::NanosecondsIn(
                std::chrono::nanoseconds((std::int64_t{1} << 60) + 1)),
            (std::int64_t{1} << 60) + 1);
  EXPECT_EQ(internal::NanosecondsIn(std::chrono::hours(1)), 3'600'000'000'000);
  EXPECT_EQ(internal::NanosecondsIn(duration<int, std::ratio<1, 3>>(3)),
            1'000'000'000);
  EXPECT_EQ(internal::NanosecondsIn(duration<unsigned, std::milli>(~0U)),
            std::int64_t{~0U} * 1'000'000);
  EXPECT_EQ(internal::NanosecondsIn(
                duration<std::uint64_t, std::milli>(~std::uint64_t{0})),
            internal::kForever);
  EXPECT_EQ(internal::NanosecondsIn((std::chrono::hours::max)()),
            internal::kForever);
  EXPECT_EQ(internal::NanosecondsIn((std::chrono::hours::min)()), 0);
  EXPECT_EQ(internal::NanosecondsIn(duration<std::int64_t, std::exa>(1)),
            internal::kForever);
  EXPECT_EQ(internal::NanosecondsIn(
                duration<double>(std::numeric_limits<double>::quiet_NaN())),
            0);
}

TEST(WaitTest, ComparesBitsAsCompareAndSwapDoes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Float64 held(nan);
  EXPECT_FALSE(held.WaitFor(nan, milliseconds(0)));
  const Float64 zero(0.0);
  EXPECT_FALSE(zero.WaitFor(0.0, milliseconds(0)));
  EXPECT_TRUE(zero.WaitFor(-0.0, milliseconds(0)));

  struct Point {
    float x, y;
  };
  const Word<Point> point(Point{1, 2});
  EXPECT_FALSE(point.WaitFor(Point{1, 2}, milliseconds(0)));
  EXPECT_TRUE(point.WaitFor(Point{2, 1}, kFarTimeout));

  enum class State { kIdle, kRunning };
  Enum<State> state;
  std::thread runner([&state] {
    state.Store(State::kRunning);
    state.NotifyAll();
  });
  state.Wait(State::kIdle);
  EXPECT_EQ(state.Load(), State::kRunning);
  runner.join();
}

// Who sees the change may destroy the word before it is notified.
TEST(WaitTest, ANotificationUsesTheAddressAlone) {
  for (int round = 0; round < Effort(1'000); ++round) {
    auto word = std::make_unique<Int32>();
    Int32* const address = word.get();
    std::thread storer([address] {
      address->Store(1);
      address->NotifyOne();  // of what is freed, perhaps
    });
    word->Wait(0);
    word.reset();
    storer.join();
  }
}

TEST(WaitTest, TheChildOfAForkWaitsAndNotifies) {
  Int32 x;
  std::thread waiter([&x] { x.Wait(0); });
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    x.Store(1);
    x.NotifyOne();
    const bool timed_out = !x.WaitFor(1, milliseconds(1));
    x.Store(2);
    _exit(timed_out && x.WaitFor(1, kFarTimeout) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  x.Store(1);
  x.NotifyOne();
  waiter.join();
}

}  // namespace
}  // namespace sync_atomic
