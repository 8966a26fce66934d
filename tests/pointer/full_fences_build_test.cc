// SPDX-License-Identifier: Apache-2.0

// The library built with SYNC_ATOMIC_FULL_FENCES: it never asks for membarrier.
// That is fence.cc alone, built anew here; the rest needs to know nothing.

#include <cstdlib>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/platform/fence.h"

namespace sync_atomic {
namespace internal {
namespace {

TEST(FullFencesBuildTest, NeedsNothingFromTheEnvironment) {
  unsetenv("SYNC_ATOMIC_FENCES");
  EXPECT_TRUE(FullFencesAreForced());
  EXPECT_EQ(DecideFenceMode(), FenceMode::kFull);
  EXPECT_TRUE(HeavyFence());
}

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
