// SPDX-License-Identifier: Apache-2.0

// A pin against a reclaim. Bad: the reader sees an object that is freed, or not
// yet made.

#include "sync_atomic/tests/models/herd/herd.h"

namespace sync_atomic {
namespace models {

extern "C" {

long Reader(Pin& pin, const Clock& clock, const Cell& cell, Objects* objects) {
  pin.Set(clock);
#ifndef LIGHT_FENCE
  Policy::CompilerFence();
#elif BUG != 4  // no light fence
  Policy::LightFence();
#endif
  Object* const object = LoadPinned(cell);
  const long seen = At(objects, object).value;
  return pin.End() ? seen : -1;
}

void Writer(const Pin& pin, Clock& clock, Cell& cell, Objects* objects) {
#if BUG == 3  // the stamp comes before the unlink
  const std::uint64_t stamp = clock.Advance();
  Unlink(cell, objects);
#else
  Unlink(cell, objects);
  const std::uint64_t stamp = clock.Advance();
#endif
#if BUG == 2  // the look at the pin comes before the heavy fence
  const std::uint64_t since = pin.since();
  Policy::HeavyFence();
#else
  Policy::HeavyFence();
  const std::uint64_t since = pin.since();
#endif
  DisposeUnlessPinned(objects, since, stamp);
}

}  // extern "C"

}  // namespace models
}  // namespace sync_atomic
