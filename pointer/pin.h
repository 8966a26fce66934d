// SPDX-License-Identifier: Apache-2.0

// PinGuard: while it exists, no object that this thread can reach is reclaimed.
//
//   atomic::PinGuard pin;
//   const Table* table = current.Load();
//   if (table != nullptr) Use(*table);  // alive until the end of `pin`
//
// where `current` is an atomic::Pointer<const Table>.
//
// It is an epoch-based read-side critical section: crossbeam-epoch's Guard, or
// what rcu_read_lock() and rcu_read_unlock() enclose. Keep it short: every
// object that any thread retires after the pin began waits for its end. To keep
// one object for long, use Pointer::Protect (protect.h) or a Snapshot of a
// Value.
//
// Threads:   a guard belongs to the thread that made it. It must not be
//            destroyed on another thread, nor live across a suspension point of
//            a coroutine.
// Order:     an object that the thread loads while pinned, and every object
//            reachable from it, is retired after the pin began, if at all.
// Progress:  wait-free after the thread's first use of the library, which
//            allocates a record. No atomic read-modify-write; writes no shared
//            cache line. The end of the outermost guard may run destructors of
//            objects that waited for it.
// Ownership: owns nothing. Guards nest.
// Errors:    terminates the program (message, abort()) if the thread's record
//            cannot be allocated, and at a ProcUnpin() without ProcPin(). A
//            checked build (docs/checked_build.md) also terminates it if a
//            guard ends on another thread than it began on.
//
// In a signal handler use PinGuard pin{InSignalHandler()}, and load with
// Value::LoadPinned or Pointer::Load. Nothing else of pointer/ and value/ may
// be used in a handler.
//
// A PinGuard replaces Go's runtime_procPin, which does three things:
// protection, guaranteed as above; a processor number, which here is only
// advice (in Go it is exclusive while pinned); and no preemption, which here is
// a hint to the system (preemption.h). docs/pinning.md compares them.

#ifndef SYNC_ATOMIC_POINTER_PIN_H_
#define SYNC_ATOMIC_POINTER_PIN_H_

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/hint.h"
#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/pointer/preemption.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {

// Tag for a PinGuard in a signal handler.
struct InSignalHandler {
  explicit constexpr InSignalHandler() = default;
};

namespace internal {

// A pin of one domain.
template <class Policy>
class BasicPin {
 public:
  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit BasicPin(Domain<Policy>& domain)
      : domain_(&domain), self_(&domain.Pin()) {}
  BasicPin(const BasicPin&) = delete;
  BasicPin& operator=(const BasicPin&) = delete;
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~BasicPin() { domain_->Unpin(*self_); }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void Renew() { domain_->RenewPin(*self_); }

 private:
  // Mutable, so that g++ keeps them in registers when the pin is const, too.
  mutable Domain<Policy>* domain_;
  mutable ThreadRecord<Policy>* self_;
};

// The calling thread's record, for a signal handler, which cannot create one:
// that allocates.
template <class Policy>
ThreadRecord<Policy>& SelfInHandler() {
  ThreadRecord<Policy>* const self = Policy::this_record();
  if (self == nullptr) {
    Fatal(
        "sync/atomic: PinGuard in a signal handler on a thread that has not "
        "used the library");
  }
  return *self;
}

}  // namespace internal

class [[nodiscard]] SYNC_ATOMIC_INTERNAL_EXPORT PinGuard {
 public:
  ABSL_ATTRIBUTE_ALWAYS_INLINE PinGuard()
      : self_(&Domain().Pin()), kind_(Kind::kPlain) {}
  // With a hint it also asks the system not to preempt the thread
  // (preemption.h).
  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit PinGuard(PreemptionHint hint)
      : kind_(hint == PreemptionHint::kNone ? Kind::kPlain : Kind::kHinted) {
    if (kind_ == Kind::kHinted) {
      Domain().Self();  // creates the record on the thread's first use
      internal::AskForDelay();
    }
    self_ = &Domain().Pin();
  }
  // For signal handlers, on a thread that has used the library before and has
  // not yet destroyed its thread_local objects; terminates the program
  // otherwise. Its end runs no destructors: objects that waited for it are
  // reclaimed at the thread's next release or reclaim, or by any Reclaim().
  explicit PinGuard(InSignalHandler);
  PinGuard(const PinGuard&) = delete;
  PinGuard& operator=(const PinGuard&) = delete;
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~PinGuard() {
    if constexpr (internal::kChecked) {
      if (self_ != internal::StdPolicy::this_record()) {
        internal::DieOfMovedPin(self_->thread_id());
      }
    }
    if (kind_ == Kind::kPlain) {
      Domain().Unpin(*self_);
    } else {
      EndSpecially(*self_, kind_);
    }
  }

  // Ends the pin and begins a new one in its place, as an event loop does that
  // has nothing in its hands: what was read under the pin is protected no
  // longer, and its destructors may run here. Costs hardly more than a load if
  // nothing was reclaimed meanwhile. No effect within another pin of the
  // thread, which protects what it read.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Renew() { Domain().RenewPin(*self_); }

  // Returns the number of the processor that the thread runs on, from 0 to
  // ProcessorLimit() - 1, to shard by. It may be stale at once.
  int processor() const { return internal::CurrentProcessor(); }

  // Returns whether the system asks this thread to end its section soon; false
  // where that is not known.
  bool preempt_requested() const { return internal::DelayGranted(); }

 private:
  using Record = internal::ThreadRecord<internal::StdPolicy>;
  enum class Kind { kPlain, kHinted, kInHandler };

  static internal::Domain<internal::StdPolicy>& Domain() {
    return internal::StdPolicy::domain();
  }
  // Takes the members by value, so that a guard stays in registers.
  static void EndSpecially(Record& self, Kind kind);

  // Mutable, as in BasicPin.
  mutable Record* self_;
  mutable Kind kind_;
};

// Go's runtime_procPin: pins the calling thread, and returns the number of the
// processor that it runs on. Nests, also with PinGuards.
SYNC_ATOMIC_INTERNAL_EXPORT int ProcPin();

// Ends the last ProcPin() of the calling thread. Terminates the program if
// there is none.
SYNC_ATOMIC_INTERNAL_EXPORT void ProcUnpin();

// Returns whether the calling thread is pinned.
SYNC_ATOMIC_INTERNAL_EXPORT bool IsPinned();

// Returns the largest processor number plus one; constant in a process.
SYNC_ATOMIC_INTERNAL_EXPORT int ProcessorLimit();

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PIN_H_
