// SPDX-License-Identifier: Apache-2.0

// Bool: an atomic bool.
//
//   atomic::Bool draining;                      // false
//   void Drain() { draining.Store(true); }      // on any thread
//   bool Accepts() { return !draining.Load(); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Update is a loop. Wait, WaitFor and
//            WaitUntil block.
// Ownership: a plain value; owns nothing. One byte, or a 32-bit word where the
//            compiler has no lock-free bytes.
// Errors:    none.
//
// Additions to Go's atomic.Bool: Or, And, Xor and Toggle, which return the OLD
// value, CompareExchange, Update, Wait (int64.h), and the optional memory
// orders.

#ifndef SYNC_ATOMIC_ATOMIC_BOOL_H_
#define SYNC_ATOMIC_ATOMIC_BOOL_H_

#include "sync_atomic/atomic/internal/bool_word.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Bool : public internal::BoolWord<Bool> {
 public:
  using BoolWord::BoolWord;
  using BoolWord::operator=;  // refused
};

static_assert(Bool::is_always_lock_free);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_BOOL_H_
