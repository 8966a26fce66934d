// SPDX-License-Identifier: Apache-2.0

// CoarseMilliseconds, PauseForOthers: a clock, and waiting a little.
//
// Threads: on any threads.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_CLOCK_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_CLOCK_H_

#include <cstdint>

namespace sync_atomic {
namespace internal {

// A clock that is cheap and coarse, and only goes forward.
std::uint64_t CoarseMilliseconds();

// Gives others the processor; for longer, the more rounds were in vain.
// `brief`: what is waited for is about to happen.
void PauseForOthers(int round, bool brief);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_CLOCK_H_
