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
// It stands for Go's runtime_procPin as far as that protects memory. It does
// not keep the system from descheduling the thread; nothing in user space can.

#ifndef SYNC_ATOMIC_POINTER_PIN_H_
#define SYNC_ATOMIC_POINTER_PIN_H_

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/domain.h"
#include "sync_atomic/pointer/internal/policy.h"

namespace sync_atomic {
namespace internal {

// A pin of one domain.
template <class Policy>
class BasicPin {
 public:
  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit BasicPin(Domain<Policy>& domain)
      : domain_(&domain), self_(&domain.Self()) {
    domain_->Pin(*self_);
  }
  BasicPin(const BasicPin&) = delete;
  BasicPin& operator=(const BasicPin&) = delete;
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~BasicPin() { domain_->Unpin(*self_); }

 private:
  // Mutable, so that g++ keeps them in registers when the pin is const, too.
  mutable Domain<Policy>* domain_;
  mutable Participant<Policy>* self_;
};

}  // namespace internal

class [[nodiscard]] PinGuard {
 public:
  ABSL_ATTRIBUTE_ALWAYS_INLINE PinGuard()
      : pin_(internal::StdPolicy::domain()) {}
  PinGuard(const PinGuard&) = delete;
  PinGuard& operator=(const PinGuard&) = delete;

 private:
  internal::BasicPin<internal::StdPolicy> pin_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PIN_H_
