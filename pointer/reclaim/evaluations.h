// SPDX-License-Identifier: Apache-2.0

// Evaluations: how many evaluations a thread has scheduled, and how many it has
// evaluated, its own or those of others: for rcu_barrier() (rcu.h).
//
// Each belongs to the phase in which it was scheduled, of two that take turns.
// All of a phase have been evaluated if the counts of all records agree, and
// those of what was evaluated were read first: what is in them is in the other
// counts by then. (F63 in docs/reclamation.md)
//
// Threads:   an object's counts are changed by its owner, or by a thread that
//            knows that the owner is gone, and read by any.
// Progress:  wait-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_EVALUATIONS_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_EVALUATIONS_H_

#include <cstdint>

#include "sync_atomic/pointer/reclaim/statistics.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class Evaluations {
 public:
  // To be called before it is scheduled. Who must know of it knows of what its
  // thread did before.
  void Schedule(std::uint32_t phase) { scheduled_[phase].Add(1); }

  void Begin(std::uint32_t phase) { ++begun_[phase]; }
  void End(std::uint32_t phase) { Add(phase, 1); }
  // The owner is gone, and what it has begun will not end.
  void EndAll() {
    for (std::uint32_t phase = 0; phase < 2; ++phase) {
      Add(phase, begun_[phase] - evaluated_[phase].load());
    }
  }

  std::uint64_t scheduled(std::uint32_t phase) const {
    return scheduled_[phase].Load();
  }
  std::uint64_t evaluated(std::uint32_t phase) const {
    return evaluated_[phase].load();
  }

 private:
  void Add(std::uint32_t phase, std::uint64_t n) {
    evaluated_[phase].store(evaluated_[phase].load() + n);
  }

  SingleWriterCounter<Policy> scheduled_[2];
  std::uint64_t begun_[2] = {};
  typename Policy::template Atomic<std::uint64_t> evaluated_[2] = {};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_EVALUATIONS_H_
