// SPDX-License-Identifier: Apache-2.0

// ReclaimSignal: wakes the threads that reclaim in the background (see
// background_reclaimer.h) once something waits that no reader will look after.
//
//   who leaves an object                  background thread
//   say that it pushes; LightFence()      asleep = 1
//   put the object on a list              HeavyFence()
//   if `asleep` != 0: wake all            look who pushes; look at all lists
//                                         if there is nothing: sleep
//
// The fences are those of the lists (retire_list.h). Either the thread finds
// the object, or that somebody pushes; or who left it finds the thread asleep.
// (F60 in docs/reclamation.md)
//
// Threads:   all members on any threads.
// Progress:  Raise() is wait-free; WaitUntilRaised() waits.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SIGNAL_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SIGNAL_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class ReclaimSignal {
 public:
  // To be called after an object was put on a list where nobody may look.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Raise() {
    if (ABSL_PREDICT_FALSE(asleep_.load() != 0)) WakeAll();
  }

  // To be called before the lists are drained for the last time.
  void PrepareToSleep() { asleep_.store(1); }
  // Sleeps until WakeAll(), or for no reason; not at all if that has come since
  // PrepareToSleep().
  void WaitUntilRaised() { Policy::SleepOn(asleep_, 1, Deadline()); }

  ABSL_ATTRIBUTE_NOINLINE void WakeAll() {
    if (asleep_.exchange(0) != 0) Policy::WakeAll(asleep_);
  }

 private:
  // Also while such a thread is awake: then it is woken for nothing, once.
  typename Policy::template Atomic<std::uint32_t> asleep_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_SIGNAL_H_
