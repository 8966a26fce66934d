// SPDX-License-Identifier: Apache-2.0

// A program whose files are compiled with hidden visibility shares the
// library's state, however the build system links it: Bazel makes a shared
// library of each library for its tests, unless told otherwise.

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/tests/support/canary.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;

// ProcPin() and GetReclaimStats() are in the library's files; Retire() is in
// the program's as well.
TEST(HiddenVisibilityTest, ProcPinProtectsFromRetire) {
  Pointer<Canary> shared(new Canary(1));
  const std::uint64_t retired_before = GetReclaimStats().retired;
  ProcPin();
  const Canary* const mine = shared.Load();
  std::thread([&] {
    Retire(shared.Swap(nullptr));
    Reclaim();
  }).join();
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_TRUE(mine->Sings());
  EXPECT_EQ(GetReclaimStats().retired, retired_before + 1);
  ProcUnpin();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(HiddenVisibilityTest, SynchronizeWaitsForProcPin) {
  std::atomic<bool> pinned{false}, returned{false};
  std::thread reader([&] {
    ProcPin();
    pinned.store(true);
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    EXPECT_FALSE(returned.load());
    ProcUnpin();
  });
  while (!pinned.load()) std::this_thread::yield();
  Synchronize();
  returned.store(true);
  reader.join();
}

}  // namespace
}  // namespace sync_atomic
