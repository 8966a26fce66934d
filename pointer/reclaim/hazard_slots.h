// SPDX-License-Identifier: Apache-2.0

// HazardSlots: hazard pointers (Michael, 2004). A thread sets a slot of its own
// to the address of the one object that it is about to read.
//
//   reader                                scan
//   set the hazard                        the object is unlinked already
//   LightFence()                          HeavyFence()
//   read the cell again                   look at all hazards
//
// Either the reader sees that the object is unlinked, and does not use it, or
// the scan sees the hazard, and the object is not reclaimed. (F4 to F9 in
// docs/reclamation.md)
//
// Threads:   the owner sets a slot; any thread may release it.
// Progress:  wait-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_HAZARD_SLOTS_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_HAZARD_SLOTS_H_

#include <atomic>
#include <cstddef>
#include <utility>

#include "absl/base/attributes.h"

namespace sync_atomic {
namespace internal {

constexpr std::size_t NextPowerOfTwo(std::size_t n) {
  std::size_t power = 1;
  while (power < n) power *= 2;
  return power;
}

// The address of an object that is being read. Null: free.
template <class Policy>
using HazardSlot = typename Policy::template Atomic<const void*>;

// An object, and the slot that protects it; null where there is none. Comes in
// registers from a call.
template <class Policy, class T>
struct HazardOf {
  T* object;
  HazardSlot<Policy>* slot;
};

template <class Policy>
class HazardSlots {
 public:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;
  using HazardSlot = internal::HazardSlot<Policy>;

  static constexpr int kSlots = 8;
  // All slots of a thread lie in one aligned block, so that its record is found
  // from the address of a slot (ThreadRecord::Of()).
  static constexpr std::size_t kAlignment =
      NextPowerOfTwo(kSlots * sizeof(HazardSlot));

  constexpr HazardSlots() = default;
  // The first slot is occupied for good.
  constexpr explicit HazardSlots(const void* occupant) : slots_{{occupant}} {}

  // --- For the owner ---------------------------------------------------------

  static bool IsFree(const HazardSlot& slot) {
    // EDGE release-hazard: the other side of Release(): the thread that
    // released the slot has finished reading (an acquire would do; it is the
    // same instruction).
    return slot.load() == nullptr;
  }

  HazardSlot& first() { return slots_[0]; }

  HazardSlot& operator[](int index) { return slots_[index]; }
  int IndexOf(const HazardSlot& slot) const {
    return static_cast<int>(&slot - slots_);
  }

  // A free slot; null when all are occupied.
  HazardSlot* FindFree() {
    for (HazardSlot& slot : slots_) {
      if (IsFree(slot)) return &slot;
    }
    return nullptr;
  }

  // Sets `slot`, a free one, to what `cell` holds and returns that; it is
  // protected until Release(slot). Null, with the slot free again, when other
  // threads changed `cell` each time: the caller then reads it under a pin.
  // `retried`: the slot held something else for a moment, for which the caller
  // must look at its help request when it is done.
  template <class T>
  static T* Protect(HazardSlot& slot, const Atomic<T*>& cell, bool& retried) {
    // Relaxed: a guess, which Set() confirms or replaces.
    T* guess = cell.load(std::memory_order_relaxed);
    for (int round = 0; round < kProtectRounds; ++round) {
      if (Set(slot, cell, guess, &Policy::LightFence)) return guess;
      retried = true;
    }
    slot.store(nullptr);
    Policy::LightFence();
    return nullptr;
  }

  // Sets the slot. True if `cell` still holds `guess` after that; otherwise
  // `guess` is what it holds now. `fence` is the policy's LightFence(), or its
  // CompilerFence().
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static bool Set(HazardSlot& slot,
                                               const Atomic<T*>& cell,
                                               T*& guess, void (*fence)()) {
    // EDGE set-hazard: release: a scan that finds this object here sees that
    // whatever the slot held before has been read. Pairs with ForEachSet().
    // Weaker: what the slot held before is freed while it is read. Test:
    // ValueStressTest.ReadersNeverSeeAFreedObject. Model: ASlotChangesHands.
    slot.store(guess, std::memory_order_release);
    fence();
    T* const announced = std::exchange(guess, cell.load());
    return guess == announced;
  }

  // The same for what a pin protects so far, or no other thread knows yet:
  // needs no second look.
  static void SetProtected(HazardSlot& slot, const void* object) {
    // EDGE hand-over: release, as in Set(); a scan that finds the pin ended
    // finds the slot occupied, by End()'s release. Pairs with ForEachSet(),
    // which a scan calls once it has looked at all pins. Weaker: what the slot
    // held before is freed while it is read. Test:
    // InterleavingTest.LoadsAndProtectsSurviveRetiresAtAllSteps. Model:
    // APinHandsOverToASlot and APinHandsOverToAFurtherSlot.
    slot.store(object, std::memory_order_release);
  }

  // --- For any thread --------------------------------------------------------

  // The caller then looks whether help is requested of the slot's owner.
  ABSL_ATTRIBUTE_ALWAYS_INLINE static void Release(HazardSlot& slot) {
    // EDGE release-hazard: release: what was read through the slot has been
    // read. Pairs with ForEachSet() and IsFree(), which hands the slot to
    // another reader. Weaker: an object is freed while it is read. Test:
    // ValueStressTest.ReadersNeverSeeAFreedObject. Model: ASlotChangesHands.
    slot.store(nullptr, std::memory_order_release);
    Policy::CompilerFence();  // HelpRequest::Confirm() makes up for the rest
  }

  // Calls f(slot, address) for each slot that is set.
  template <class F>
  void ForEachSet(F f) const {
    for (const HazardSlot& slot : slots_) {
      // EDGE set-hazard: the other side of Set().
      // EDGE release-hazard: the other side of Release().
      // EDGE hand-over: the other side of SetProtected().
      const void* const address = slot.load();
      if (address != nullptr) f(slot, address);
    }
  }

 private:
  // After so many failed rounds a reader pins instead, which needs none.
  static constexpr int kProtectRounds = 8;

  alignas(kAlignment) HazardSlot slots_[kSlots] = {};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_HAZARD_SLOTS_H_
