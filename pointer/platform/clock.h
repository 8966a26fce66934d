// SPDX-License-Identifier: Apache-2.0

// CoarseMilliseconds, SteadyNanoseconds, PauseForOthers: clocks, and waiting a
// little.
//
// Threads: on any threads.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_CLOCK_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_CLOCK_H_

#include <cstdint>

#include "sync_atomic/pointer/internal/export.h"

namespace sync_atomic {
namespace internal {

// A clock that is cheap and coarse, and only goes forward.
std::uint64_t CoarseMilliseconds();

// The steady clock.
SYNC_ATOMIC_INTERNAL_EXPORT std::int64_t SteadyNanoseconds();

// Gives others the processor; for longer, the more rounds were in vain.
// `brief`: what is waited for is about to happen.
void PauseForOthers(int round, bool brief);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_CLOCK_H_
