// SPDX-License-Identifier: Apache-2.0

// Finds a thread that stays pinned, and so holds back what everybody retires.
// docs/pinning.md shows the monitor.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"

namespace {

// [stuck_pin]
// To be called periodically. Empty if no pin lasts too long.
std::string Complaint(absl::Duration too_long) {
  const atomic::ReclaimStats stats = atomic::GetReclaimStats();
  if (!stats.oldest_pin || stats.oldest_pin->age <= too_long) return "";
  return absl::StrCat(
      "thread ", stats.oldest_pin->thread, " has been pinned for ",
      absl::FormatDuration(stats.oldest_pin->age), ": ", stats.pending,
      " objects (", stats.pending_bytes, " bytes) wait to be freed");
}
// [/stuck_pin]

TEST(StuckPinExample, IsFound) {
  EXPECT_EQ(Complaint(absl::Milliseconds(30)), "");
  std::atomic<bool> pinned{false}, done{false};
  std::thread stuck([&] {
    const atomic::PinGuard pin;
    pinned.store(true);
    while (!done.load()) std::this_thread::yield();
  });
  while (!pinned.load()) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) atomic::Retire(new std::string("waits"));
  std::string complaint;
  const absl::Time begin = absl::Now();
  while (complaint.empty() && absl::Now() - begin < absl::Seconds(30)) {
    complaint = Complaint(absl::Milliseconds(30));
  }
  EXPECT_NE(complaint.find("100 objects"), std::string::npos) << complaint;
  done.store(true);
  stuck.join();
  atomic::Reclaim();
  EXPECT_EQ(Complaint(absl::ZeroDuration()), "");
}

}  // namespace
