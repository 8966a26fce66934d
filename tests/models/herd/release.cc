// SPDX-License-Identifier: Apache-2.0

// The end of a hazard or, with -DUNPIN, of a pin against a reclaim that defers
// what it held. Bad: the reader sees no help request, and the reclaim not that
// the object has been released; so nobody looks at it again.

#include "sync_atomic/tests/models/herd/herd.h"

namespace sync_atomic {
namespace models {

#ifdef UNPIN
using Announcement = Pin;
inline bool Withdraw(Pin& pin) { return pin.End(); }
inline bool IsAnnounced(const Pin& pin) { return pin.since() == 1; }
#else
using Announcement = Slots;
inline bool Withdraw(Slots& slots) {
  Slots::Release(slots.first());
  return true;
}
inline bool IsAnnounced(const Slots& slots) { return IsHeld(slots); }
#endif

extern "C" {

long Reader(Announcement& announcement, HelpRequest& help) {
  if (!Withdraw(announcement)) return -1;
#ifdef CONFIRM
  return help.Confirm();
#else
  return help.MayBeSet();
#endif
}

long Writer(const Announcement& announcement, HelpRequest& help) {
  help.Request();
#if BUG == 2  // the second look comes before the heavy fence
  const bool announced = IsAnnounced(announcement);
  Policy::HeavyFence();
#else
  Policy::HeavyFence();
#if BUG == 3  // no second look
  const bool announced = true;
#else
  const bool announced = IsAnnounced(announcement);
#endif
#endif
  return !announced;
}

}  // extern "C"

}  // namespace models
}  // namespace sync_atomic
