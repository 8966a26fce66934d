// SPDX-License-Identifier: Apache-2.0

// A load against a store that scans. On the fast path a hazard is set with a
// compiler fence, and with -DLIGHT_FENCE as on a slow one. Bad: the reader sees
// an object that is freed, or not yet made.

#include "sync_atomic/tests/models/herd/herd.h"

namespace sync_atomic {
namespace models {

extern "C" {

long Reader(Slots& slots, const Cell& cell, Objects* objects) {
  HazardSlot& slot = slots.first();
  Object* object = cell.load(std::memory_order_relaxed);
  long seen = -1;
#ifdef LIGHT_FENCE
  const auto fence = &Policy::LightFence;
#else
  const auto fence = &Policy::CompilerFence;
#endif
  if (Slots::Set(slot, cell, object, fence)) {
    seen = At(objects, object).value;
  }
  Slots::Release(slot);
  return seen;
}

void Writer(const Slots& slots, Cell& cell, Objects* objects) {
  Unlink(cell, objects);
#if BUG == 2  // the scan comes before the heavy fence
  const bool held = IsHeld(slots);
  Policy::HeavyFence();
#else
  Policy::HeavyFence();
  const bool held = IsHeld(slots);
#endif
  if (!held) Dispose(objects);
}

}  // extern "C"

}  // namespace models
}  // namespace sync_atomic
