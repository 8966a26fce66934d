// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/platform/clock.h"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

std::uint64_t CoarseMilliseconds() {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
#else
  return static_cast<std::uint64_t>(SteadyNanoseconds()) / 1'000'000;
#endif
}

void PauseForOthers(int round, bool brief) {
  // A pin lasts for microseconds, or its thread is off the processor.
  constexpr int kYields = 100;
  if (brief || round < kYields) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

}  // namespace internal
}  // namespace sync_atomic
