// PreemptionHint: asks the system not to take the processor away for some
// microseconds, while a PinGuard (pin.h) lives.
//
//   const atomic::PinGuard pin(atomic::PreemptionHint::kShortSection);
//   Append(entry);  // a few microseconds, without system calls
//
// It is a hint: nothing may depend on it. Linux from 7.0 on, with glibc 2.41 or
// later, may grant a thread 5 microseconds more ("rseq time slice extension"),
// if the kernel was built so. Everywhere else hints are counted and do nothing.
// docs/pinning.md has the whole story.
//
// Threads:   any.
// Progress:  wait-free; the first hint of a thread makes a system call.
// Errors:    none: where nothing can be delayed, GetPreemptionSupport() says
// so.

#ifndef SYNC_ATOMIC_POINTER_PREEMPTION_H_
#define SYNC_ATOMIC_POINTER_PREEMPTION_H_

#include <cstdint>

#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/export.h"

namespace sync_atomic {

enum class PreemptionHint {
  kNone,
  kShortSection,  // I need a few microseconds
};

// What becomes of the calling thread's hints.
struct PreemptionSupport {
  enum Backend {
    kNone,       // hints do nothing, and are not counted
    kCounting,   // hints are counted
    kRseqSlice,  // hints go to the kernel
  };
  Backend backend = kNone;
  bool can_delay = false;
  // Why the kernel refused, an errno; 0 if it didn't, or could not be asked.
  int last_errno = 0;
};
SYNC_ATOMIC_INTERNAL_EXPORT PreemptionSupport GetPreemptionSupport();

// What became of hints.
struct PreemptionStats {
  std::uint64_t requested = 0;
  // Sections at whose end a delay had been granted.
  std::uint64_t granted = 0;
  // Of these, those after which the thread gave up the processor by itself.
  std::uint64_t yielded = 0;
  // Sections in which the processor was taken away all the same.
  std::uint64_t revoked = 0;
};
// Of all threads, and of those that have ended.
SYNC_ATOMIC_INTERNAL_EXPORT PreemptionStats GetPreemptionStats();
// Of the calling thread.
SYNC_ATOMIC_INTERNAL_EXPORT PreemptionStats GetThreadPreemptionStats();

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PREEMPTION_H_
