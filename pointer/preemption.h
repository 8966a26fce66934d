// SPDX-License-Identifier: Apache-2.0

// PreemptionHint: asks the system not to preempt the thread for some
// microseconds, during a PinGuard (pin.h).
//
//   const atomic::PinGuard pin(atomic::PreemptionHint::kShortSection);
//   Append(entry);  // a few microseconds, without system calls
//
// It is a hint: correctness must not depend on it. Linux 7.0 and later, with
// glibc 2.41 or later, may grant a thread 5 more microseconds (the rseq time
// slice extension), if the kernel is configured for it. Elsewhere hints are
// counted and have no effect. docs/pinning.md has the details.
//
// Threads:   any.
// Progress:  wait-free; the first hint of a thread makes a system call.
// Errors:    none. GetPreemptionSupport() says whether hints have an effect.

#ifndef SYNC_ATOMIC_POINTER_PREEMPTION_H_
#define SYNC_ATOMIC_POINTER_PREEMPTION_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

enum class PreemptionHint {
  kNone,
  kShortSection,  // a section of a few microseconds
};

// What the calling thread's hints do.
struct PreemptionSupport {
  enum Backend {
    kNone,       // hints have no effect, and are not counted
    kCounting,   // hints are counted
    kRseqSlice,  // hints go to the kernel
  };
  Backend backend = kNone;
  bool can_delay = false;
  // The errno with which the kernel refused; 0 if it did not refuse, or cannot
  // be asked.
  int last_errno = 0;
};
SYNC_ATOMIC_INTERNAL_EXPORT PreemptionSupport GetPreemptionSupport();

// Counts of hints and of their outcomes.
struct PreemptionStats {
  std::uint64_t requested = 0;
  // Sections during which the kernel granted a delay.
  std::uint64_t granted = 0;
  // Of these, those after which the thread yielded.
  std::uint64_t yielded = 0;
  // Sections in which the thread was preempted nevertheless.
  std::uint64_t revoked = 0;
};
// The sums over all threads, including those that have ended.
SYNC_ATOMIC_INTERNAL_EXPORT PreemptionStats GetPreemptionStats();
// Those of the calling thread.
SYNC_ATOMIC_INTERNAL_EXPORT PreemptionStats GetThreadPreemptionStats();

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PREEMPTION_H_
