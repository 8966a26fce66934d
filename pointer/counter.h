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
// Threads:   every member except the destructor may run on any threads at once,
//            and in signal handlers; in the child of a vfork, none.
// Order:     release for Add and Sub, acquire for Load, both for Reset. Load
//            counts each Add that happens before it, none that it happens
//            before, and any of the others. What happens before an Add that it
//            counts happens before what follows the Load. It is not part of the
//            total order of seq_cst operations: two threads that each add to a
//            Counter and then load another's may both miss the other's.
// Progress:  lock-free; Add is wait-free once there are shards, and so is Load,
//            with one step for each processor, while no Reset comes in between,
//            after which it begins again. Wait-free where the target has a
//            native fetch-and-add.
// Ownership: one word; once it has been added to 64 times, or two threads have
//            met in an Add, also a word for each processor of the machine, from
//            memory that all Counters share. Other Counters reuse it after this
//            one's end; the system does not get it back.
// Errors:    none. Sums wrap around. If the shards cannot be allocated, the one
//            word is used.

#ifndef SYNC_ATOMIC_POINTER_COUNTER_H_
#define SYNC_ATOMIC_POINTER_COUNTER_H_

#include <cstdint>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/atomic/uintptr.h"
#include "sync_atomic/pointer/platform/sharded_sum.h"
#include "sync_atomic/pointer/platform/tsan.h"

namespace sync_atomic {

class SYNC_ATOMIC_INTERNAL_EXPORT Counter {
 public:
  constexpr Counter() = default;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter();

  // Adds `delta`.
  void Add(std::int64_t delta) {
    internal::TsanDone(this);
    const std::uintptr_t state = state_.Load();
    if (ABSL_PREDICT_TRUE(state > kFewAdds)) {
      ShardsIn(state)->Add(delta);
    } else {
      AddInOneWord(state, delta);
    }
  }

  // Subtracts `delta`.
  void Sub(std::int64_t delta) { Add(Minus(0, delta)); }

  // Returns the sum.
  std::int64_t Load() const {
    std::int64_t sum = one_word_.Load();
    if (state_.Load() > kFewAdds) sum = LoadWithShards(sum);
    internal::TsanSeen(this);
    return sum;
  }

  // Sets the sum to zero, and returns what it was: each Add is in the result of
  // one Reset, or in the sum after the last.
  std::int64_t Reset() {
    internal::TsanDone(this);
    const std::int64_t sum = ResetAll();
    internal::TsanSeen(this);
    return sum;
  }

 private:
  using Shards = internal::ShardedSum;

  // With so many additions it has shards.
  static constexpr std::uintptr_t kFewAdds = 63;

  static Shards* ShardsIn(std::uintptr_t state) {
    return reinterpret_cast<Shards*>(state);
  }

  // Sums wrap around.
  static std::int64_t Plus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) +
                                     static_cast<std::uint64_t>(b));
  }
  static std::int64_t Minus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) -
                                     static_cast<std::uint64_t>(b));
  }

  void AddInOneWord(std::uintptr_t state, std::int64_t delta);
  // Where there are shards, and one_word_ was `before`.
  std::int64_t LoadWithShards(std::int64_t before) const;
  std::int64_t ResetAll();
  // Allocates the shards if there are none; null if that fails.
  Shards* MakeShards();

  // What was added before there were shards, less what Resets have returned.
  // Shards only count up.
  Int64 one_word_;
  // Up to kFewAdds: how often one_word_ was added to. Above: the address of the
  // shards.
  Uintptr state_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_COUNTER_H_
