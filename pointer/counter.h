// Counter: a sum that many threads add to at once, and few read.
//
//   atomic::Counter requests;           // zero
//   void Handle() { requests.Add(1); }  // on any thread
//   std::int64_t Requests() { return requests.Load(); }
//
// Do not use it for a number on which a decision hangs, such as the last free
// place: Add does not say what it made of the sum. An Int64 does.
//
// Threads:   every member may run on any threads at once, but the destructor.
// Order:     seq_cst for each addition. Load counts each Add that ended before
//            it began, none that began after it ended, and any of those in
//            between: it is exact when nobody adds.
// Progress:  Add is lock-free, and wait-free once threads have met in it where
//            the hardware adds by itself. Load is wait-free, and takes a step
//            for each processor.
// Ownership: a word, and from the first time that two threads met in Add a
//            pair of cache lines for each processor of the machine.
// Errors:    none. Sums wrap around. Without memory for more lines it makes do
//            with the one.

#ifndef SYNC_ATOMIC_POINTER_COUNTER_H_
#define SYNC_ATOMIC_POINTER_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/export.h"
#include "sync_atomic/pointer/internal/processor.h"
#include "sync_atomic/pointer/pointer.h"

namespace sync_atomic {

class SYNC_ATOMIC_INTERNAL_EXPORT Counter {
 public:
  constexpr Counter() = default;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter();

  // sum += delta
  void Add(std::int64_t delta) {
    // Alone it counts in one word. Whoever finds another thread there spreads
    // the counter out.
    if (const Shards* const spread = shards_.Load()) {
      spread->Own().Add(delta);
    } else if (const std::int64_t sum = first_.Load(); ABSL_PREDICT_FALSE(
                   !first_.CompareAndSwap(sum, Plus(sum, delta)))) {
      AddSpread(delta);
    }
  }

  // return sum
  std::int64_t Load() const;

 private:
  struct Shards {
    // A line of its own, and the next one too: processors fetch them in pairs.
    struct alignas(128) Shard {
      Int64 sum;
    };

    // The shard of the processor that the caller runs on.
    Int64& Own() const {
      return shards[internal::CurrentProcessorAt(offset) & mask].sum;
    }

    std::unique_ptr<Shard[]> shards;
    std::size_t mask;       // their number less one: it is a power of two
    std::ptrdiff_t offset;  // ProcessorNumberOffset()
  };

  // Sums wrap around.
  static std::int64_t Plus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) +
                                     static_cast<std::uint64_t>(b));
  }

  void AddSpread(std::int64_t delta);
  // Made if need be; null without memory.
  Shards* Spread();

  Int64 first_;
  // Null until two threads met.
  Pointer<Shards> shards_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_COUNTER_H_
