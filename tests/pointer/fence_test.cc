// How a process decides on its fences. Each test runs in a process of its own
// (a death test's child), since the decision is made once.

#include "sync_atomic/pointer/internal/fence.h"

#include <cstdlib>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace internal {
namespace {

// Runs `check` in a fresh state and expects that it holds.
template <class F>
void InAnotherProcess(F check) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        fence_mode.store(FenceMode::kUndecided);
        std::exit(check() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(FenceTest, ReadersFenceFullyUntilTheModeIsDecided) {
  InAnotherProcess([] {
    LightFence();
    // A reader decides nothing.
    return fence_mode.load() == FenceMode::kUndecided;
  });
}

// Rejects: teeth:heavy_fence_decides_nothing.
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

TEST(FenceTest, ADecisionIsFinal) {
  InAnotherProcess([] {
    const FenceMode first = DecideFenceMode();
    setenv("SYNC_ATOMIC_FENCES",
           first == FenceMode::kFull ? "membarrier" : "full", 1);
    return DecideFenceMode() == first && HeavyFence() &&
           fence_mode.load() == first;
  });
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

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
