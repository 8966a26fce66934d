// Pointer<T>: an atomic T*. It owns nothing.
//
//   atomic::Pointer<const Table> current;  // null
//
// Do not use it for a value of your own type that is copied in and read whole:
// that is Value (value.h), which owns what it holds.
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  wait-free where the hardware is; never locks.
// Ownership: none. What another thread may replace and retire is read under a
//            PinGuard (pin.h), which keeps alive what it can reach, or through
//            Protect(), which keeps alive the one object.
// Errors:    none.
//
// `T` may be incomplete, so that a type may hold a Pointer to itself, and may
// be void, which makes it Go's unsafe.Pointer cell.

#ifndef SYNC_ATOMIC_POINTER_POINTER_H_
#define SYNC_ATOMIC_POINTER_POINTER_H_

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/word.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/protect.h"

namespace sync_atomic {

template <class T>
class Pointer : public internal::Word<Pointer<T>, T*> {
 public:
  using internal::Word<Pointer<T>, T*>::Word;

  // return *this, with *p kept alive until the result dies (protect.h); null is
  // allowed
  ABSL_ATTRIBUTE_ALWAYS_INLINE Protected<T> Protect() const {
    return Protected<T>(this->word_);
  }
};

static_assert(sizeof(Pointer<int>) == sizeof(int*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_POINTER_H_
