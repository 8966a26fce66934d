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
// Errors:    a thread's first use dies without memory.
//
// In a signal handler, make it a PinGuard pin{InSignalHandler()}, and load by
// Value::LoadPinned or Pointer::Load; nothing else of the library is for
// handlers.
//
// It stands for Go's runtime_procPin as far as that protects memory. It does
// not keep the system from descheduling the thread; nothing in user space can.

#ifndef SYNC_ATOMIC_POINTER_PIN_H_
#define SYNC_ATOMIC_POINTER_PIN_H_

#include "sync_atomic/atomic/internal/die.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/domain.h"
#include "sync_atomic/pointer/internal/policy.h"

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
  explicit BasicPin(Domain<Policy>& domain)
      : domain_(domain), self_(domain.Self()) {
    domain_.Pin(self_);
  }
  BasicPin(Domain<Policy>& domain, InSignalHandler)
      : domain_(domain), self_(KnownSelf()), in_handler_(true) {
    domain_.Pin(self_);
  }
  BasicPin(const BasicPin&) = delete;
  BasicPin& operator=(const BasicPin&) = delete;
  ~BasicPin() {
    if (in_handler_) {
      domain_.UnpinInHandler(self_);
    } else {
      domain_.Unpin(self_);
    }
  }

 private:
  // A handler can't make a record: that allocates.
  static Participant<Policy>& KnownSelf() {
    Participant<Policy>* const self = Policy::current();
    if (self == nullptr) {
      Die("sync/atomic: PinGuard in a signal handler on a thread that has not "
          "used the library");
    }
    return *self;
  }

  Domain<Policy>& domain_;
  Participant<Policy>& self_;
  const bool in_handler_ = false;
};

}  // namespace internal

class [[nodiscard]] PinGuard {
 public:
  PinGuard() : pin_(internal::StdPolicy::domain()) {}
  // For signal handlers, on a thread that has used the library before (it dies
  // otherwise) and hasn't ended its thread_local objects. Its end runs no
  // destructors: what waited for it waits for the thread's next letting go.
  explicit PinGuard(InSignalHandler in_signal_handler)
      : pin_(internal::StdPolicy::domain(), in_signal_handler) {}
  PinGuard(const PinGuard&) = delete;
  PinGuard& operator=(const PinGuard&) = delete;

 private:
  internal::BasicPin<internal::StdPolicy> pin_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PIN_H_
