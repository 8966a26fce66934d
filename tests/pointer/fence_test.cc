// SPDX-License-Identifier: Apache-2.0

// How a process decides on its fences, and what it says when it can't have
// them. Each test runs in a process of its own (a death test's child), since
// the decision is made once.

#include "sync_atomic/pointer/platform/fence.h"

#include <cstdlib>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace internal {
namespace {

// Runs `check` in a fresh process and expects that it holds, and that stderr
// matches `said`, a regular expression.
template <class F>
void InAnotherProcess(F check, const char* said = "") {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(std::exit(check() ? 0 : 1), ::testing::ExitedWithCode(0),
              ::testing::MatchesRegex(said));
}

TEST(FenceTest, ReadersFenceFullyUntilTheModeIsDecided) {
  InAnotherProcess([] {
    if (fence_mode.load() != FenceMode::kUndecided) return false;
    LightFence();
    // A reader decides nothing.
    return fence_mode.load() == FenceMode::kUndecided;
  });
}

TEST(FenceTest, TheFirstHeavyFenceDecides) {
  InAnotherProcess([] {
    return HeavyFence() && fence_mode.load() != FenceMode::kUndecided;
  });
}

TEST(FenceTest, TheEnvironmentForcesFullFences) {
  InAnotherProcess([] {
    setenv("SYNC_ATOMIC_FENCES", "full", 1);
    return HeavyFence() && fence_mode.load() == FenceMode::kFull;
  });
}

TEST(FenceTest, AnEmptyVariableIsNone) {
  InAnotherProcess([] {
    setenv("SYNC_ATOMIC_FENCES", "", 1);
    return HeavyFence() && fence_mode.load() != FenceMode::kUndecided;
  });
}

TEST(FenceTest, WhatTheEnvironmentCannotMeanIsSaidOnceAndChangesNothing) {
  InAnotherProcess(
      [] {
        unsetenv("SYNC_ATOMIC_FENCES");
        const FenceMode usual = DecideFenceMode();
        setenv("SYNC_ATOMIC_FENCES", "ful", 1);
        for (int i = 0; i < 2; ++i) {
          fence_mode.store(FenceMode::kUndecided);
          if (DecideFenceMode() != usual) return false;
        }
        return true;
      },
      "sync/atomic: SYNC_ATOMIC_FENCES is \"ful\", which means nothing and "
      "changes nothing: expected \"full\", or unset\n");
}

TEST(FenceTest, ADecisionIsFinal) {
  for (const FenceMode first : {FenceMode::kMembarrier, FenceMode::kFull}) {
    InAnotherProcess([first] {
      if (first == FenceMode::kMembarrier) {
        setenv("SYNC_ATOMIC_FENCES", "full", 1);
      } else {
        unsetenv("SYNC_ATOMIC_FENCES");
      }
      fence_mode.store(first);
      return DecideFenceMode() == first && fence_mode.load() == first;
    });
  }
}

TEST(FenceTest, AllThreadsDecideAlike) {
  InAnotherProcess([] {
    FenceMode decided[4];
    testing::RunTogether(4, [&](int i) { decided[i] = DecideFenceMode(); });
    for (const FenceMode mode : decided) {
      if (mode != fence_mode.load() || mode == FenceMode::kUndecided) {
        return false;
      }
    }
    return true;
  });
}

// A process that has not registered is refused everywhere, as by a filter that
// came after the decision.
TEST(FenceTest, ALateRefusalIsReturnedAndSaidOnce) {
  InAnotherProcess(
      [] {
        fence_mode.store(FenceMode::kMembarrier);
        return !HeavyFence() && !HeavyFence() && !HeavyFence() &&
               fence_mode.load() == FenceMode::kMembarrier;
      },
      "sync/atomic: the kernel refuses a fence that it had granted before "
      "\\(errno [0-9]+\\): what is retired now is leaked, since nobody can "
      "tell any more whether it is still being read\n");
}

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
