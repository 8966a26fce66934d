// SPDX-License-Identifier: Apache-2.0

// WaitForPins and WaitForRuns: a grace period, as Synchronize() needs it.
//
// (F42 to F45 in docs/reclamation.md)
//
// Threads:   on any threads; the caller is not pinned.
// Progress:  they block.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_GRACE_PERIOD_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_GRACE_PERIOD_H_

#include <cstdint>

#include "sync_atomic/pointer/reclaim/membership.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

// After so many rounds a thread that is waited for is looked for: it may have
// ended unseen.
inline constexpr int kRoundsTillGone = 200;

// Waits until all pins that began in an epoch before `now` have ended. The
// caller has begun that epoch, and made a HeavyFence() since.
template <class Policy>
void WaitForPins(Membership<Policy>& members, std::uint64_t now) {
  members.registry.ForEach([&](ThreadRecord<Policy>& record) {
    // EDGE pin: the other side of Set().
    // EDGE unpin: the other side of End(): who is no longer pinned has read.
    // EDGE renew: the other side of Renew().
    const auto is_pinned = [&] {
      const std::uint64_t since = record.pin.since();
      return since != 0 && since < now;
    };
    // A thread that asked not to be interrupted will be done before it pays to
    // sleep. One that asked so long ago was descheduled all the same. (The
    // clock is coarse.)
    const auto is_brief = [&] {
      constexpr std::uint64_t kBriefMs = 8;
      const std::uint64_t asked = record.delay_asked_ms.load();
      return asked != 0 && Policy::Milliseconds() - asked < kBriefMs;
    };
    for (int round = 0; is_pinned(); ++round) {
      if (round >= kRoundsTillGone && members.ReleaseIfGone(record)) break;
      Policy::Pause(round, is_brief());
    }
  });
}

// Waits for the runs of other threads that are under way.
template <class Policy>
void WaitForRuns(Membership<Policy>& members,
                 const ThreadRecord<Policy>& self) {
  members.registry.ForEach([&](ThreadRecord<Policy>& record) {
    const std::uint64_t run = record.run.seq();
    if (&record == &self || run % 2 == 0) return;
    for (int round = 0; record.run.seq() == run; ++round) {
      if (round >= kRoundsTillGone && members.ReleaseIfGone(record)) return;
      Policy::Pause(round, false);
    }
  });
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_GRACE_PERIOD_H_
