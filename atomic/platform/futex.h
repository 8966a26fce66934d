// SPDX-License-Identifier: Apache-2.0

// FutexWait and FutexWake: sleeping on a word. Where a system has no such call,
// a sleeper looks at the word every millisecond. SteadyNanoseconds: the clock.
//
// Threads: on any threads.

#ifndef SYNC_ATOMIC_ATOMIC_PLATFORM_FUTEX_H_
#define SYNC_ATOMIC_ATOMIC_PLATFORM_FUTEX_H_

#include <atomic>
#include <cstdint>

#include "sync_atomic/atomic/internal/export.h"

namespace sync_atomic {
namespace internal {

// The steady clock.
SYNC_ATOMIC_INTERNAL_EXPORT std::int64_t SteadyNanoseconds();

// Until when a thread waits, by the steady clock; by default forever.
struct Deadline {
  static constexpr std::int64_t kNever = INT64_MAX;

  bool is_never() const { return steady_nanoseconds == kNever; }

  std::int64_t steady_nanoseconds = kNever;
};

// Sleeps until FutexWake(word) is called, or for no reason; not at all if
// `word` isn't `value` any more. False: the deadline has passed.
bool FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
               const Deadline& deadline);

// Wakes all that sleep on `word`.
void FutexWake(const std::atomic<std::uint32_t>& word);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_PLATFORM_FUTEX_H_
