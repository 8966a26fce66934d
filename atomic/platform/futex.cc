// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/atomic/platform/futex.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>

namespace sync_atomic {
namespace internal {

std::int64_t SteadyNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
               const Deadline& deadline) {
#if defined(__linux__) && defined(SYS_futex)
  // By longs on a 32-bit Linux, too, which has a second such call for clocks
  // beyond the year 2038. The steady clock is CLOCK_MONOTONIC, by which the
  // kernel measures.
  constexpr std::int64_t kSecond = 1'000'000'000;
  const struct {
    long seconds;
    long nanoseconds;
  } until = {static_cast<long>(deadline.steady_nanoseconds / kSecond),
             static_cast<long>(deadline.steady_nanoseconds % kSecond)};
  if (syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value,
              deadline.is_never() ? nullptr : &until, nullptr,
              FUTEX_BITSET_MATCH_ANY) == 0 ||
      errno == EAGAIN || errno == EINTR) {
    return true;
  }
  if (errno == ETIMEDOUT) return false;
#endif
  if (word.load() != value) return true;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return deadline.is_never() ||
         SteadyNanoseconds() < deadline.steady_nanoseconds;
}

void FutexWake([[maybe_unused]] const std::atomic<std::uint32_t>& word) {
#if defined(__linux__) && defined(SYS_futex)
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, std::numeric_limits<int>::max(),
          nullptr, nullptr, 0);
#endif
}

}  // namespace internal
}  // namespace sync_atomic
