// SPDX-License-Identifier: Apache-2.0

// Float64: an atomic double.
//
//   atomic::Float64 seconds;                        // 0.0
//   void Spend(double more) { seconds.Add(more); }  // on any thread
//   double Spent() { return seconds.Load(); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Add, Sub, Max, Min and Update are loops.
//            Wait, WaitFor and WaitUntil block.
// Ownership: a plain number; owns nothing.
// Errors:    none. Sums round, overflow to infinity and propagate a NaN, as +
//            does. Max and Min ignore a NaN: as the argument it changes
//            nothing, and if the word holds one, it is replaced.
//
// Add and Sub return the NEW value, Max and Min the OLD one.
// CompareAndSwap, CompareExchange and Wait compare bits: a NaN equals itself,
// and 0.0 differs from -0.0. It prints as the shortest decimal that reads back,
// in every locale. Go has no such type; there the bits are kept in a Uint64.

#ifndef SYNC_ATOMIC_ATOMIC_FLOAT64_H_
#define SYNC_ATOMIC_ATOMIC_FLOAT64_H_

#include "sync_atomic/atomic/internal/floating.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Float64 : public internal::Floating<Float64, double> {
 public:
  using Floating::Floating;
  using Floating::operator=;  // refused
};

static_assert(sizeof(Float64) == 8 && alignof(Float64) == 8);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_FLOAT64_H_
