// Bool: a truth value that many threads may read and change at once.
//
//   atomic::Bool draining;                      // false
//   void Drain() { draining.Store(true); }      // on any thread
//   bool Accepts() { return !draining.Load(); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  wait-free where the hardware is, but for Toggle and
//            CompareExchange, which are lock-free; never locks.
// Ownership: a plain value; owns nothing. A byte, or a word where the compiler
//            would lock for bytes.
// Errors:    none.
//
// Differs from Go by Toggle and CompareExchange, and by the optional orders.

#ifndef SYNC_ATOMIC_ATOMIC_BOOL_H_
#define SYNC_ATOMIC_ATOMIC_BOOL_H_

#include "sync_atomic/atomic/internal/word.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Bool : public internal::Word<Bool, bool> {
 public:
  using Word::Word;

  // old = *this; *this = !old; return old
  bool Toggle() noexcept {
    bool old = Load();
    while (!CompareExchange(old, !old)) {
    }
    return old;
  }
};

static_assert(Bool::is_always_lock_free);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_BOOL_H_
