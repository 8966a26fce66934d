// SPDX-License-Identifier: Apache-2.0

// Pointer<T>: an atomic T*. It owns nothing.
//
//   atomic::Pointer<const Table> current;  // null
//
// Do not use it for a value that the cell should own: use Value (value.h) or
// ValueOf (value_of.h).
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Update is a loop. Wait, WaitFor and
//            WaitUntil block.
// Ownership: none. Read an object that another thread may retire under a
//            PinGuard (pin.h), which protects everything reachable, or through
//            Protect(), which protects the one object.
// Errors:    none.
//
// `T` may be incomplete, so that a type may hold a Pointer to itself. It may be
// void: Pointer<void> is a cell for Go's unsafe.Pointer.

#ifndef SYNC_ATOMIC_POINTER_POINTER_H_
#define SYNC_ATOMIC_POINTER_POINTER_H_

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/pointer.h"  // IWYU pragma: export
#include "sync_atomic/pointer/protect.h"

namespace sync_atomic {

// The class is in internal/pointer.h: the operations of a word, and this.
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Protected<T> Pointer<T>::Protect() const {
  return Protected<T>(this->word_);
}

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_POINTER_H_
