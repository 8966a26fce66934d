// SPDX-License-Identifier: Apache-2.0

// CallAtThreadEnd, ThreadIsEnding, ThreadIsGone, ThreadId: how the end of a
// thread is seen.
//
// By a pthread key and not by a thread_local object: keys end after all
// thread_local objects, whose destructors may thus still use the library, and
// the key of the main thread never ends, so that the destructors of statics
// may, too.
//
// Threads: on any threads.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_THREAD_END_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_THREAD_END_H_

#include <cstdint>

namespace sync_atomic {
namespace internal {

// Has AtThreadEnd(record) called when the calling thread ends. False: no key,
// or no memory, and its end will not be seen.
bool CallAtThreadEnd(void* record);

// Defined in reclaim/std_policy.cc. False: it is to be called again,
// in the next round of destructors of keys, if there is one.
bool AtThreadEnd(void* record);

// Whether the calling thread is in the destructors of its pthread keys.
bool ThreadIsEnding();

// The system's number for the calling thread; 0 where there are no such
// numbers.
std::int64_t ThreadId();

// True only if the thread with this number has ended.
bool ThreadIsGone(std::int64_t thread);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_THREAD_END_H_
