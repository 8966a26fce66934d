// SPDX-License-Identifier: Apache-2.0

// Int64: an atomic 64-bit integer.
//
//   atomic::Int64 served;             // zero
//   void Handle() { served.Add(1); }  // on any thread
//   std::int64_t Served() { return served.Load(); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Max, Min and Update are loops. Wait, WaitFor
//            and WaitUntil block.
// Ownership: a plain number; owns nothing.
// Errors:    none. Sums wrap around, also of signed types, as in Go.
//
// Additions to Go's atomic.Int64: Sub, FetchAdd, FetchSub, Xor, Max, Min,
// CompareExchange, CompareExchangeStrong, Update, Wait, WaitFor, WaitUntil,
// NotifyOne, NotifyAll, and the optional memory orders. Differences from
// std::atomic<std::int64_t>: no operators and no conversions, so that each
// access to shared memory is a visible call; and Add returns the NEW value.
//
// A thread that waits sleeps, on Linux by a futex. A program that calls none of
// the five needs no compiled part of the library for a word. NotifyOne may wake
// more threads than one. Between processes, and between copies of the library
// in one (a plug-in with its own), a notification is seen within a second.

#ifndef SYNC_ATOMIC_ATOMIC_INT64_H_
#define SYNC_ATOMIC_ATOMIC_INT64_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Int64 : public internal::Integer<Int64, std::int64_t> {
 public:
  using Integer::Integer;
  using Integer::operator=;  // refused
};

static_assert(sizeof(Int64) == 8 && alignof(Int64) == 8);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INT64_H_
