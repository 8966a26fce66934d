// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/atomic/internal/process_waiters.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/internal/waiters.h"
#include "sync_atomic/atomic/internal/waiting.h"
#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

#if defined(SYNC_ATOMIC_SHARED)
Waiters<FutexPolicy> process_waiters;  // all zeros, from the start
#endif

namespace {

thread_local const ForbiddenChanges* forbidden_changes = nullptr;

// Without memory for that, changes in the child of a fork look for waiters that
// are gone.
[[maybe_unused]] const int watches_forks =
    pthread_atfork(nullptr, nullptr, [] { process_waiters.AfterFork(); });

}  // namespace

bool FutexPolicy::SleepOn(const std::atomic<std::uint32_t>& word,
                          std::uint32_t value, const Deadline& deadline) {
  return FutexWait(word, value, deadline);
}

void FutexPolicy::WakeAll(const std::atomic<std::uint32_t>& word) {
  FutexWake(word);
}

void FutexPolicy::WakeWatchers(const std::atomic<std::uint32_t>& word,
                               const void* address) {
  for (const ForbiddenChanges* f = forbidden_changes; f; f = f->outer) {
    for (std::size_t i = 0; i < f->count; ++i) {
      if (f->addresses[i] == address) Fatal(f->message);
    }
  }
  FutexWake(word);
}

const ForbiddenChanges* ForbidChanges(
    const ForbiddenChanges* forbidden) noexcept {
  return std::exchange(forbidden_changes, forbidden);
}

bool WaitForWord(const void* address, const Deadline& deadline,
                 bool (*changed)(const void*), const void* context) noexcept {
  constexpr std::int64_t kMillisecond = 1'000'000;
  for (std::int64_t patience = 16 * kMillisecond;;
       patience = std::min(2 * patience, 1000 * kMillisecond)) {
    const Deadline look = {
        std::min(SteadyNanoseconds() + patience, deadline.steady_nanoseconds)};
    if (process_waiters.Wait(address, look, [=] { return changed(context); })) {
      return true;
    }
    if (look.steady_nanoseconds == deadline.steady_nanoseconds) return false;
  }
}

void NotifyWord(const void* address) noexcept {
  process_waiters.Notify(address);
}

void NotifyEverybody() noexcept { process_waiters.NotifyEverybody(); }

}  // namespace internal
}  // namespace sync_atomic
