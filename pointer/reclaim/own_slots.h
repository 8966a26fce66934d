// SPDX-License-Identifier: Apache-2.0

// OwnSlots: hazard slots that a thread keeps for its next hazard_pointers
// (hazard_pointer.h).
//
// A hazard_pointer has its slot for as long as it lives, also while nothing is
// in it. So no Load may find that slot free, and it is one of a record that is
// no thread's (ThreadRecord::is_divided):
//
//   pool --some at a time--> OwnSlots <--> hazard_pointer
//
// A slot goes to the OwnSlots of the thread that destroys its hazard_pointer,
// or back to the pool. (F61 in docs/reclamation.md)
//
// Threads:   the owner's, or a thread's that knows that the owner is gone.
// Progress:  wait-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_OWN_SLOTS_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_OWN_SLOTS_H_

#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/retired.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class OwnSlots {
 public:
  using HazardSlot = internal::HazardSlot<Policy>;

  // Null if there is none.
  HazardSlot* Pop() { return count_ == 0 ? nullptr : slots_[--count_]; }

  // Keeps a slot that nothing is in. False: it has enough. A fork may find it
  // at any moment.
  bool Push(HazardSlot& slot) {
    if (count_ == kMost) return false;
    slots_[count_] = &slot;
    KeepOrder();
    ++count_;
    return true;
  }

  template <class GiveBack>
  void GiveBackAll(GiveBack give_back) {
    while (HazardSlot* const slot = Pop()) give_back(*slot);
  }

 private:
  // As many as one record has.
  static constexpr int kMost = HazardSlots<Policy>::kSlots;

  HazardSlot* slots_[kMost] = {};
  int count_ = 0;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_OWN_SLOTS_H_
