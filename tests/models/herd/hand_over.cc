// SPDX-License-Identifier: Apache-2.0

// A pin that hands over to a slot, as in a slow Protect(), against a reclaim.
// Bad: the reader sees an object that is freed, or not yet made.

#include "sync_atomic/tests/models/herd/herd.h"

namespace sync_atomic {
namespace models {

// LightFence(), without the question which it is.
inline void Fence() {
#ifdef FULL_FENCES
  internal::FullFence();
#else
  Policy::CompilerFence();
#endif
}

extern "C" {

long Reader(Pin& pin, Slots& slots, const Clock& clock, const Cell& cell,
            Objects* objects) {
  HazardSlot& slot = slots.first();
  pin.Set(clock);
  Fence();
  Object* const object = LoadPinned(cell);
  Slots::SetProtected(slot, object);
  if (!pin.End()) return -1;
  const long seen = At(objects, object).value;
  Slots::Release(slot);
  return seen;
}

void Writer(const Pin& pin, const Slots& slots, Clock& clock, Cell& cell,
            Objects* objects) {
  Unlink(cell, objects);
  const std::uint64_t stamp = clock.Advance();
#if BUG == 2  // slots are looked at before the pin
  Policy::HeavyFence();
  const bool held = IsHeld(slots);
  const std::uint64_t since = pin.since();
#else
  Policy::HeavyFence();
  const std::uint64_t since = pin.since();
  const bool held = IsHeld(slots);
#endif
  if (held) return;
  DisposeUnlessPinned(objects, since, stamp);
}

}  // extern "C"

}  // namespace models
}  // namespace sync_atomic
