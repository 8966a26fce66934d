// SPDX-License-Identifier: Apache-2.0

// Counter: a counter sharded by processor: many threads add, few read.
//
//   atomic::Counter requests;           // zero
//   void Handle() { requests.Add(1); }  // on any thread
//   std::int64_t Requests() { return requests.Load(); }
//
// Do not use it for a value that controls a decision, such as the number of
// free places: Add does not return the new sum. An Int64 does.
//
// Threads:   every member except the destructor may run on any threads at once.
// Order:     seq_cst for each addition. Load counts each Add that returned
//            before it began, none that began after it returned, and any of
//            those that overlap with it. It is exact while no thread adds.
// Progress:  Add is lock-free until two threads have contended in it; then it
//            is wait-free where the target has a native fetch-and-add. Load is
//            wait-free, with one step for each processor.
// Ownership: one word; once two threads have contended in Add, also a pair of
//            cache lines for each processor of the machine.
// Errors:    none. Sums wrap around. If the shards cannot be allocated, the one
//            word is used.

#ifndef SYNC_ATOMIC_POINTER_COUNTER_H_
#define SYNC_ATOMIC_POINTER_COUNTER_H_

#include <cstddef>
#include <cstdint>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/export.h"
#include "sync_atomic/pointer/internal/pointer.h"
#include "sync_atomic/pointer/platform/processor.h"

namespace sync_atomic {

class SYNC_ATOMIC_INTERNAL_EXPORT Counter {
 public:
  constexpr Counter() = default;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter();

  // Adds `delta`.
  void Add(std::int64_t delta) {
    // Without contention it counts in one word. A thread that meets another
    // one there allocates the shards.
    if (const Shards* const spread = shards_.Load()) {
      spread->Own().Add(delta);
    } else if (const std::int64_t sum = first_.Load(); ABSL_PREDICT_FALSE(
                   !first_.CompareAndSwap(sum, Plus(sum, delta)))) {
      AddSpread(delta);
    }
  }

  // Returns the sum.
  std::int64_t Load() const;

 private:
  struct Shards {
    // Two cache lines: processors prefetch them in pairs.
    struct alignas(128) Shard {
      Int64 sum;
    };

    // The shard of the processor that the caller runs on.
    Int64& Own() const {
      return shards[internal::CurrentProcessorAt(offset) & mask].sum;
    }

    ~Shards();

    Shard* shards;          // an array, owned; null without memory
    std::size_t mask;       // their number minus one: it is a power of two
    std::ptrdiff_t offset;  // ProcessorNumberOffset()
  };

  // Sums wrap around.
  static std::int64_t Plus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) +
                                     static_cast<std::uint64_t>(b));
  }

  void AddSpread(std::int64_t delta);
  // Allocates the shards if there are none; null if that fails.
  Shards* Spread();

  Int64 first_;
  // Null until two threads have contended.
  Pointer<Shards> shards_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_COUNTER_H_
