// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/background_reclaimer.h"

#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): pthread_sigmask
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Counted;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::StepPolicy;

// Waits, as long as it takes on a busy machine.
bool Eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 60'000; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// More than a thread destroys at once.
void RetireMany() {
  for (std::uint64_t i = 0; i < 40; ++i) Retire(new Canary(i));
}

TEST(BackgroundReclaimerTest, DestroysWhatABurstLeaves) {
  const BackgroundReclaimer reclaimer;
  for (int burst = 0; burst < 5; ++burst) {
    RetireMany();
    EXPECT_TRUE(Eventually([] { return Canary::alive() == 0; }));
    // Now it sleeps, or soon will.
    std::this_thread::sleep_for(std::chrono::milliseconds(burst * 10));
  }
}

TEST(BackgroundReclaimerTest, DestroysAValueThatWasReplaced) {
  const BackgroundReclaimer reclaimer(std::chrono::milliseconds(1));
  ValueOf<Canary> cells[20];
  for (int round = 0; round < 2; ++round) {
    for (auto& cell : cells) cell.Emplace(1);
  }
  EXPECT_TRUE(Eventually([] { return Canary::alive() == 20; }));
}

TEST(BackgroundReclaimerTest, DestroysWhatAThreadLeavesThatEndsInADeleter) {
  const BackgroundReclaimer reclaimer;
  std::thread([] {
    RetireMany();
    Retire(new int, [](int* p) {
      delete p;
      pthread_exit(nullptr);
    });
    Reclaim();
  }).join();
  EXPECT_TRUE(Eventually([] { return Canary::alive() == 0; }));
}

TEST(BackgroundReclaimerTest, OneOfTwoMayEnd) {
  const BackgroundReclaimer stays;
  {
    const BackgroundReclaimer ends;
    RetireMany();
  }
  RetireMany();
  EXPECT_TRUE(Eventually([] { return Canary::alive() == 0; }));
}

// It waits for the destructors that it runs, and for nothing else.
TEST(BackgroundReclaimerTest, EndsWhileItSleepsForLong) {
  const BackgroundReclaimer reclaimer(std::chrono::hours(1000));
  RetireMany();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Looks at its thread as it is destroyed.
struct SignalMask {
  explicit SignalMask(std::atomic<int>& blocks) : blocks_(blocks) {}
  ~SignalMask() {
    // Where its own thread was as fast, it is of no use.
    if (pthread_equal(retired_by_, pthread_self())) {
      blocks_.store(kAgain);
      return;
    }
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    blocks_.store(sigismember(&blocked, SIGINT) ? 1 : 0);
  }
  static constexpr int kAgain = -2;
  std::atomic<int>& blocks_;
  const pthread_t retired_by_ = pthread_self();
};

TEST(BackgroundReclaimerTest, ItsThreadTakesNoSignals) {
  std::atomic<int> blocks{SignalMask::kAgain};
  std::atomic<bool> done{false};
  // Another thread retires it and does nothing more.
  std::thread idle;
  {
    const BackgroundReclaimer reclaimer;
    idle = std::thread([&] {
      while (!done.load()) {
        int again = SignalMask::kAgain;
        if (blocks.compare_exchange_strong(again, -1)) {
          RetireMany();
          Retire(new SignalMask(blocks));
        }
        std::this_thread::yield();
      }
    });
    EXPECT_TRUE(Eventually([&] { return blocks.load() >= 0; }));
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_FALSE(sigismember(&blocked, SIGINT));
  }
  done.store(true);
  idle.join();
  EXPECT_EQ(blocks.load(), 1);
  Reclaim();
}

// An object that owns it is destroyed by it.
struct Owner {
  ~Owner() {
    reclaimer.reset();
    ended.store(true);
  }
  std::unique_ptr<BackgroundReclaimer> reclaimer;
  inline static std::atomic<bool> ended{false};
};

TEST(BackgroundReclaimerTest, MayEndInADestructorThatItRuns) {
  auto* const owner = new Owner;
  owner->reclaimer = std::make_unique<BackgroundReclaimer>();
  RetireMany();
  Retire(owner);
  EXPECT_TRUE(Eventually([] { return Owner::ended.load(); }));
  // It still has, perhaps, what it took with the owner.
  Reclaim();
  EXPECT_TRUE(Eventually([] { return Canary::alive() == 0; }));
}

TEST(BackgroundReclaimerTest, AForksChildHasNoneUntilItMakesOne) {
  auto reclaimer = std::make_unique<BackgroundReclaimer>();
  RetireMany();
  const pid_t child = fork();
  if (child == 0) {
    reclaimer.reset();
    // It lets no child of a fork start threads.
    if (testing::kThreadSanitizer) _exit(0);
    reclaimer = std::make_unique<BackgroundReclaimer>();
    RetireMany();
    Retire(new Owner);
    _exit(Eventually([] { return Owner::ended.load(); }) ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(Eventually([] { return Canary::alive() == 0; }));
}

TEST(BackgroundReclaimerDeathTest, TheIntervalIsPositive) {
  EXPECT_DEATH(BackgroundReclaimer reclaimer(std::chrono::microseconds(-5)),
               "BackgroundReclaimer with an interval of -5000 ns: it must be "
               "positive");
}

// --- At each step ------------------------------------------------------------

class BackgroundReclaimerStepsTest : public ::testing::Test {
 protected:
  // What the thread does until it has slept, or will look again.
  void LookAndSleep() {
    auto& domain = StepPolicy::domain();
    domain.reclaim_signal().PrepareToSleep();
    if (domain.ReclaimInBackground()) domain.reclaim_signal().WaitUntilRaised();
  }
  // The same, if somebody else goes on meanwhile.
  void LookAndFallAsleep() {
    auto& domain = StepPolicy::domain();
    domain.reclaim_signal().PrepareToSleep();
    asleep_ = domain.ReclaimInBackground();
    wakes_before_ = StepPolicy::world().wakes;
  }

  // What it retires is pending.
  static void RetireLater(std::size_t batch = 100) {
    StepPolicy::domain().Self().schedule.SpendTokens(batch);
  }
  void Retire() { StepPolicy::domain().Retire(&objects_.emplace_back()); }

  void LeaveOne() {
    Counted& object = objects_.emplace_back();
    object.next = nullptr;
    StepPolicy::domain().LeaveToOthers(&object);
  }

  void ExpectDestroyed() {
    EXPECT_TRUE(!SomethingWaits() || StepPolicy::world().slept_for_ever == 0);
    StepPolicy::As(3, [] { StepPolicy::domain().ReclaimInBackground(); });
    for (const Counted& object : objects_) EXPECT_EQ(object.disposed, 1);
  }
  // Either nothing waits, or the thread is awake.
  void ExpectDestroyedOrAwake() {
    EXPECT_TRUE(!SomethingWaits() || !asleep_ ||
                StepPolicy::world().wakes > wakes_before_);
    ExpectDestroyed();
  }
  bool SomethingWaits() const {
    for (const Counted& object : objects_) {
      if (object.disposed == 0) return true;
    }
    return false;
  }

  std::deque<Counted> objects_;
  bool asleep_ = false;
  int wakes_before_ = 0;
};

TEST_F(BackgroundReclaimerStepsTest, ARetirementWakesItAtEachStep) {
  Interleave(
      [this] {
        objects_.clear();
        // It has looked at its schedule, and won't again for a while.
        StepPolicy::As(1, [this] {
          RetireLater();
          Retire();
        });
        StepPolicy::As(3, [] { StepPolicy::domain().Reclaim(); });
      },
      [this] { LookAndSleep(); },
      [this] {
        Retire();
        Retire();
      },
      [this] { ExpectDestroyed(); });
}

TEST_F(BackgroundReclaimerStepsTest, ItSleepsIfThereIsNothing) {
  bool slept = false;
  Interleave([] {}, [this] { LookAndSleep(); },
             [] { StepPolicy::domain().reclaim_signal().WakeAll(); },
             [&] {
               if (!StepPolicy::world().slept) return;
               slept = true;
               EXPECT_EQ(StepPolicy::world().slept_for_ever, 0);
             });
  EXPECT_TRUE(slept);
}

TEST_F(BackgroundReclaimerStepsTest, ItLooksAtEachStepOfARetirement) {
  Interleave(
      [this] {
        objects_.clear();
        asleep_ = false;
        RetireLater();
        Retire();
      },
      [this] { Retire(); }, [this] { LookAndFallAsleep(); },
      [this] { ExpectDestroyedOrAwake(); });
}

// Retires another object as it is disposed of.
struct Mother : Counted {
  explicit Mother(std::function<void()> of) : retire(std::move(of)) {
    dispose = [](Retired* self) {
      auto* const mother = static_cast<Mother*>(self);
      ++mother->disposed;
      mother->retire();
    };
  }
  std::function<void()> retire;
};

TEST_F(BackgroundReclaimerStepsTest, ItLooksAtEachStepOfAReclaim) {
  std::deque<Mother> mothers;
  Interleave(
      [&] {
        objects_.clear();
        mothers.clear();
        asleep_ = false;
        // Two are a batch, and the one that they leave is not.
        RetireLater(2);
        mothers.emplace_back([this] { Retire(); });
        StepPolicy::domain().Retire(&mothers.back());
      },
      [&] {
        mothers.emplace_back([] {});
        StepPolicy::domain().Retire(&mothers.back());
      },
      [this] { LookAndFallAsleep(); }, [this] { ExpectDestroyedOrAwake(); });
}

TEST_F(BackgroundReclaimerStepsTest, WhatIsLeftToOthersWakesIt) {
  Interleave([this] { objects_.clear(); }, [this] { LookAndSleep(); },
             [this] { LeaveOne(); }, [this] { ExpectDestroyed(); });
}

TEST_F(BackgroundReclaimerStepsTest, ItLooksWhereACallLeavesTheRest) {
  Interleave(
      [this] {
        objects_.clear();
        asleep_ = false;
        StepPolicy::domain().limits().SetForOthers(1);
        for (int i = 0; i < 3; ++i) {
          LeaveOne();
        }
        StepPolicy::domain().Self().schedule.LookNext();
      },
      [this] { Retire(); }, [this] { LookAndFallAsleep(); },
      [this] { ExpectDestroyedOrAwake(); });
}

}  // namespace
}  // namespace sync_atomic
