// SPDX-License-Identifier: Apache-2.0

// WaitForWord, NotifyWord: threads that sleep until a word changes. By these
// calls a word's header needs neither the table of waiters nor its code, which
// only a program links that calls them.
//
// Threads: on any threads.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_WAITING_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_WAITING_H_

#include <cstddef>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

// Waits until changed(context), which looks at the word at `address`, or for
// `deadline`. Returns whether it is changed.
//
// A second copy of the library in the process has a table of its own, and what
// is notified there is not heard here. So a sleep ends by itself after a while,
// twice as long each time up to a second, and the waiter looks.
SYNC_ATOMIC_INTERNAL_EXPORT bool WaitForWord(const void* address,
                                             const Deadline& deadline,
                                             bool (*changed)(const void*),
                                             const void* context) noexcept;

// Wakes those who wait for the word at `address`, which was changed before by
// an operation of any order. The word may be gone: it is not looked at.
SYNC_ATOMIC_INTERNAL_EXPORT void NotifyWord(const void* address) noexcept;

// Wakes all who wait for any word or cell, after a change that some look at.
SYNC_ATOMIC_INTERNAL_EXPORT void NotifyEverybody() noexcept;

// What a thread must not change meanwhile, of what is watched (waiters.h), and
// how the program ends if it does.
struct ForbiddenChanges {
  const void* const* addresses;
  std::size_t count;
  const char* message;
  const ForbiddenChanges* outer;  // forbidden as well
};

// Forbids the calling thread that, and nothing else. Returns what was forbidden
// before. Null: nothing.
SYNC_ATOMIC_INTERNAL_EXPORT const ForbiddenChanges* ForbidChanges(
    const ForbiddenChanges* forbidden) noexcept;

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_WAITING_H_
