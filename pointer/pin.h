// PinGuard: while one lives, nothing is freed that its thread can reach.
//
//   atomic::PinGuard pin;
//   const Table* table = current.Load();
//   if (table != nullptr) Use(*table);  // alive until `pin` dies
//
// where `current` is an atomic::Pointer<const Table>.
//
// Do not use it to keep something for long: whatever any thread retires after
// the pin began waits for its end. To keep one object, load a Snapshot of it
// from a Value.
//
// Threads:   a guard belongs to the thread that made it. It must not cross
//            threads or a coroutine's switch.
// Order:     what the thread loads while pinned, and whatever is reachable
//            from there, was retired after the pin began, if at all.
// Progress:  wait-free after the thread's first use of the library, which
//            allocates a record. No locked instruction, no shared line written.
//            The outermost guard's end may run destructors of what waited for
//            it.
// Ownership: owns nothing; guards nest.
// Errors:    a thread's first use dies without memory. ProcUnpin() without
//            ProcPin() dies. Only a checked build (docs/checked_build.md) dies
//            of a guard that ends on another thread.
//
// In a signal handler, make it a PinGuard pin{InSignalHandler()}, and load by
// Value::LoadPinned or Pointer::Load; nothing else of the library is for
// handlers.
//
// It stands for Go's runtime_procPin, of which C++ has no equal, in three parts
// that are better kept apart: protection, which holds as above; the number of a
// processor, which is advice (in Go it is exclusive while pinned); and a hint
// to the system not to deschedule the thread (preemption.h), on which nothing
// may depend: nothing in user space can forbid it. docs/pinning.md says more.

#ifndef SYNC_ATOMIC_POINTER_PIN_H_
#define SYNC_ATOMIC_POINTER_PIN_H_

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/domain.h"
#include "sync_atomic/pointer/internal/export.h"
#include "sync_atomic/pointer/internal/hint.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/processor.h"
#include "sync_atomic/pointer/internal/thread_record.h"
#include "sync_atomic/pointer/preemption.h"

namespace sync_atomic {

// Says that a PinGuard lives in a signal handler.
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

 private:
  // Mutable, so that g++ keeps them in registers when the pin is const, too.
  mutable Domain<Policy>* domain_;
  mutable ThreadRecord<Policy>* self_;
};

// The calling thread's record, for a signal handler: it can't make one, since
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
  // With a hint it also asks the system not to take the processor away
  // (preemption.h).
  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit PinGuard(PreemptionHint hint)
      : kind_(hint == PreemptionHint::kNone ? Kind::kPlain : Kind::kHinted) {
    if (kind_ == Kind::kHinted) {
      Domain().Self();  // made, if it is the thread's first use
      internal::AskForDelay();
    }
    self_ = &Domain().Pin();
  }
  // For signal handlers, on a thread that has used the library before (it dies
  // otherwise) and hasn't ended its thread_local objects. Its end runs no
  // destructors: what waited for it waits for the thread's next letting go.
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

  // On which processor the thread runs: from 0 to ProcessorLimit() - 1, to
  // shard by. It may be another one an instruction later.
  int processor() const { return internal::CurrentProcessor(); }

  // True if the system would have this thread finish soon; false where it can't
  // tell.
  bool preempt_requested() const { return internal::DelayGranted(); }

 private:
  using Record = internal::ThreadRecord<internal::StdPolicy>;
  enum class Kind { kPlain, kHinted, kInHandler };

  static internal::Domain<internal::StdPolicy>& Domain() {
    return internal::StdPolicy::domain();
  }
  // Takes what it needs by value, so that a guard stays in registers.
  static void EndSpecially(Record& self, Kind kind);

  // Mutable, as in BasicPin.
  mutable Record* self_;
  mutable Kind kind_;
};

// Go's runtime_procPin: pins the calling thread and returns the number of the
// processor that it runs on. Nests, with PinGuards, too.
SYNC_ATOMIC_INTERNAL_EXPORT int ProcPin();

// Ends the last ProcPin() of the calling thread; dies if there is none.
SYNC_ATOMIC_INTERNAL_EXPORT void ProcUnpin();

// Whether the calling thread is pinned.
SYNC_ATOMIC_INTERNAL_EXPORT bool IsPinned();

// One more than the largest number of a processor; the same each time.
SYNC_ATOMIC_INTERNAL_EXPORT int ProcessorLimit();

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PIN_H_
