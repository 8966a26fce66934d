// Int64: a 64-bit integer that many threads may read and change at once.
//
//   atomic::Int64 served;             // zero
//   void Handle() { served.Add(1); }  // on any thread
//   std::int64_t Served() { return served.Load(); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  wait-free where the hardware is; never locks.
// Ownership: a plain number; owns nothing.
// Errors:    none. Sums wrap around, signed ones too, as in Go.
//
// Differs from Go by the operations that Go lacks (Sub, FetchAdd, Xor, Max,
// Min, CompareExchange, Update) and by the optional orders; from
// std::atomic<std::int64_t> by having no operators and no conversions, so that
// each access to shared memory is a call that a reader can see, and by Add,
// which returns the NEW value.

#ifndef SYNC_ATOMIC_ATOMIC_INT64_H_
#define SYNC_ATOMIC_ATOMIC_INT64_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Int64 : public internal::Integer<Int64, std::int64_t> {
 public:
  using Integer::Integer;
};

static_assert(sizeof(Int64) == 8 && alignof(Int64) == 8);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INT64_H_
