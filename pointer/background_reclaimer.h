// SPDX-License-Identifier: Apache-2.0

// BackgroundReclaimer: a thread that destroys what nobody uses any more, soon
// after any burst of stores.
//
//   int main() {
//     const atomic::BackgroundReclaimer reclaimer;  // every 10 ms
//     return Serve();
//   }
//
// Without one, the last objects of a burst are pending until their thread's
// next Retire or Store after a while (retire.h): forever, if there is none.
// With one, each is destroyed within two intervals of the moment at which no
// reader holds it any more. The thread sleeps while there is nothing to do.
//
// It destroys most of what is retired on its own thread; it is no promise that
// others destroy nothing (SetReclaimExecutor in retire.h is).
//
// Threads:   made and destroyed on any threads. One for the process is enough;
//            more do no harm.
// Order:     none beyond that of Retire.
// Progress:  the constructor starts a thread. The destructor waits until that
//            has finished the destructors that it is running, unless it is
//            called from one of these. Other threads never wait for it.
// Ownership: the thread, in which all signals are blocked. The child of a fork
//            has none until it makes a BackgroundReclaimer of its own; the end
//            of the copy that it got does nothing. A deleter that ends its
//            thread ends this one.
// Errors:    an interval that is not positive terminates the program (message,
//            abort()). Where the system refuses a thread, so does that.
// Units:     interval in nanoseconds, from any std::chrono::duration.

#ifndef SYNC_ATOMIC_POINTER_BACKGROUND_RECLAIMER_H_
#define SYNC_ATOMIC_POINTER_BACKGROUND_RECLAIMER_H_

#include <chrono>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class [[nodiscard]] SYNC_ATOMIC_INTERNAL_EXPORT BackgroundReclaimer {
 public:
  explicit BackgroundReclaimer(
      std::chrono::nanoseconds interval = std::chrono::milliseconds(10));
  BackgroundReclaimer(const BackgroundReclaimer&) = delete;
  BackgroundReclaimer& operator=(const BackgroundReclaimer&) = delete;
  ~BackgroundReclaimer();

 private:
  class Thread;

  Thread* const thread_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_BACKGROUND_RECLAIMER_H_
