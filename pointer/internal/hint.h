// SPDX-License-Identifier: Apache-2.0

// The calling thread's preemption hints: what PinGuard asks of the system.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_HINT_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_HINT_H_

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/pointer/platform/rseq.h"

namespace sync_atomic {
namespace internal {

// Asks for a delay, on behalf of a thread that has a record. Nests: the
// outermost asks.
SYNC_ATOMIC_INTERNAL_EXPORT void AskForDelay();

// Takes the question back, and says whether a delay had been granted: then the
// caller should call YieldDelay(), once it protects nothing any more.
[[nodiscard]] SYNC_ATOMIC_INTERNAL_EXPORT bool WithdrawDelay();

// Gives up the processor that was granted for longer.
SYNC_ATOMIC_INTERNAL_EXPORT void YieldDelay();

// True if a delay has been granted: the system wanted the processor back, and
// the thread should come to an end.
SYNC_ATOMIC_INTERNAL_EXPORT bool DelayGranted();

// For tests: the calling thread's hints go to `words` and `yield` from now on;
// with null, to the system again.
SYNC_ATOMIC_INTERNAL_EXPORT void UseFakeDelays(volatile Rseq* words,
                                               void (*yield)());

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_HINT_H_
