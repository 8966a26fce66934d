// SPDX-License-Identifier: Apache-2.0

// What tests/models/herd.py compiles for other processors, to take the
// instructions of the protocols from: the core's own headers, on the library's
// own fences.
//
// Each file here has a Reader() and a Writer(), which run once each, at the
// same time. Their parameters are variables in memory; herd.py says what these
// hold at first, and which outcome is bad.
//
// -DBUG=n breaks something, which must then be found.

#ifndef SYNC_ATOMIC_TESTS_MODELS_HERD_HERD_H_
#define SYNC_ATOMIC_TESTS_MODELS_HERD_HERD_H_

#include <atomic>
#include <cstdint>

#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/reclaim/epoch_pin.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/help_request.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

#ifndef BUG
#define BUG 0
#endif

namespace sync_atomic {
namespace models {

// The library's fences, but for the system call: its place is marked, for
// herd.py to have it interrupt the reader. That HeavyFence() has a full fence
// on both sides of the call is checked in heavy_fence.cc.
struct Policy : internal::StdMemory {
  static void HeavyFence() {
    internal::FullFence();
#ifndef FULL_FENCES
#if BUG != 1  // no membarrier
    asm volatile(".set membarrier, 0" ::: "memory");
#endif
    internal::FullFence();
#endif
  }
};

using Slots = internal::HazardSlots<Policy>;
using HazardSlot = internal::HazardSlot<Policy>;
using Clock = internal::EpochClock<Policy>;
using Pin = internal::EpochPin<Policy>;
using HelpRequest = internal::HelpRequest<Policy>;

// An object, and what is in it: 0 before it is made, and kFreed when it is
// freed.
struct Object {
  long value;
};
inline constexpr long kOld = 1;
inline constexpr long kFreed = 2;
inline constexpr long kNew = 3;

// herd7 compares numbers and not addresses: so the address of an object is how
// far it is from `objects`.
using Objects = char;
using Cell = std::atomic<Object*>;
inline Object* Address(std::uintptr_t distance) {
  return reinterpret_cast<Object*>(distance);  // NOLINT
}
inline Object* Old() { return Address(8); }
inline Object* New() { return Address(16); }
inline Object& At(Objects* objects, const Object* address) {
  return *reinterpret_cast<Object*>(objects +
                                    reinterpret_cast<std::uintptr_t>(address));
}

// What a pin protects. Weaker than what docs/memory_model.md tells users, an
// acquire: on these processors the address alone orders what it leads to.
inline Object* LoadPinned(const Cell& cell) {
  return cell.load(std::memory_order_relaxed);
}

// For Writer(). The weakest order that docs/memory_model.md allows.
inline void Unlink(Cell& cell, Objects* objects) {
  At(objects, New()).value = kNew;
  cell.store(New(), std::memory_order_release);
}
inline void Dispose(Objects* objects) { At(objects, Old()).value = kFreed; }
inline void DisposeUnlessPinned(Objects* objects, std::uint64_t since,
                                std::uint64_t stamp) {
  if (since != 0) {
    asm volatile("");  // two branches, and no conditional comparison
    if (since < stamp) return;
  }
  Dispose(objects);
}

// Whether a slot holds the old object.
inline bool IsHeld(const Slots& slots) {
  bool held = false;
  slots.ForEachSet([&](const HazardSlot&, const void* address) {
    if (address == Old()) held = true;
  });
  return held;
}

}  // namespace models
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_MODELS_HERD_HERD_H_
