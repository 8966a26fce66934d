// SPDX-License-Identifier: Apache-2.0

// The one table of waiters of the process, which all words and cells share.
//
// Inline, as the domain of the process is (process_domain.h).
//
// Threads: all on any threads.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_PROCESS_WAITERS_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_PROCESS_WAITERS_H_

#include <atomic>
#include <cstdint>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/internal/waiters.h"
#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

// Sleeping by futexes (futex.h).
struct SYNC_ATOMIC_INTERNAL_EXPORT FutexPolicy {
  template <class T>
  using Atomic = std::atomic<T>;

  static bool SleepOn(const std::atomic<std::uint32_t>& word,
                      std::uint32_t value, const Deadline& deadline);
  static void WakeAll(const std::atomic<std::uint32_t>& word);
  // Terminates the program if the calling thread must not change what is at
  // `address` (waiting.h).
  static void WakeWatchers(const std::atomic<std::uint32_t>& word,
                           const void* address);
};

SYNC_ATOMIC_INTERNAL_PROCESS Waiters<FutexPolicy> process_waiters;

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_PROCESS_WAITERS_H_
