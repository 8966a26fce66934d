// SPDX-License-Identifier: Apache-2.0

// The slow paths of Domain: retiring, reclaiming, and helping.
//
// A reclaim is a loop (ReclaimLoop()) on the thread that runs it: drain a list,
// scan, dispose, and again with what the destructors retired. Nothing of ours
// is open while they run. (F31 to F53 in docs/reclamation.md)
//
// domain.h declares, and this defines: to be included where a Domain is
// instantiated.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_LOOP_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/grace_period.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/scan.h"

namespace sync_atomic {
namespace internal {

// --- Retiring ----------------------------------------------------------------

template <class Policy>
void Domain<Policy>::Retire(Retired* object) {
  Record& self = Self();
  object->stamp = 0;
  self.statistics.retired.Add(1);
  self.statistics.retired_bytes.Add(object->bytes);
  std::size_t count, bytes;
  if (ABSL_PREDICT_FALSE(!self.retire_list.Push(object, count, bytes))) {
    RetireAlone(self, object);
  } else if (ABSL_PREDICT_FALSE(
                 self.schedule.MayBeDue(count, bytes, limits_))) {
    ReclaimIfDue(self, count, bytes);
  }
}

// What the thread's list cannot take: it is being drained.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::RetireAlone(Record& self,
                                                         Retired* object) {
  RetiredList alone;
  alone.Push(object);
  if (self.run.reclaiming) {
    members_.deferred.Push(alone);
    self.run.rerun = true;
  } else if (self.run.ending) {
    members_.LeaveToOthers(alone);
  } else {
    ReclaimLoop(
        self, [&] { return alone; }, self.schedule.threshold);
  }
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimIfDue(Record& self,
                                                          std::size_t count,
                                                          std::size_t bytes) {
  if (ABSL_PREDICT_FALSE(self.run.ending ||
                         members_.deferred.is_left_to_others()) &&
      !self.run.reclaiming) {
    self.schedule.LookNext();
    ReclaimForOthers(self);
  } else if (self.schedule.IsDue(count, bytes, limits_, self.run.reclaiming)) {
    ReclaimLoop(
        self, [&] { return self.retire_list.Take(1); },
        self.schedule.threshold);
  }
}

// A retirement's reclaim where a thread has ended, or is ending.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimForOthers(Record& self) {
  if (self.run.ending) {
    HandOverAll(self);
  } else {
    ReclaimDeferred(self);  // which takes the thread's list as well
  }
}

// What the calling thread, which is ending, has retired and released.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::HandOverAll(Record& self) {
  if (Policy::HasExecutor()) {
    ReclaimLoop(
        self, [&] { return self.retire_list.Take(1); }, 1);
  } else {
    members_.LeaveToOthers(self.retire_list.Take(1));
    members_.LeaveToOthers(RetiredList(self.run.reclaimable.TakeChain()));
  }
}

template <class Policy>
bool Domain<Policy>::Unregister(Record& self) {
  if (self.pin.since() != 0) return false;
  self.run.ending = true;
  Policy::EndExecutorCall(self);
  members_.CloseRun(self);
  HandOverAll(self);
  self.free_list.Clear();
  Policy::this_record() = nullptr;
  Policy::fast_record() = &Policy::sentinel_record();
  members_.ReleaseRecord(self);
  return true;
}

// --- Reclaiming --------------------------------------------------------------

template <class Policy>
void Domain<Policy>::Dispose(Retired* object) {
  Record& self = Self();
  object->stamp = ReclaimRun<Policy>::kNotRetired;
  self.run.reclaimable.PushInOrder(object);
  if (self.run.reclaiming) return;
  if (self.run.ending) {
    HandOverAll(self);
  } else {
    ReclaimLoop(
        self, [] { return RetiredList(); }, 1);
  }
}

template <class Policy>
void Domain<Policy>::DisposeAll(Retired* chain) {
  Record& self = Self();
  while (chain != nullptr) {
    self.run.reclaimable.PushInOrder(std::exchange(chain, chain->next));
  }
  self.run.disposing = true;
  if (!self.run.reclaiming) {
    ReclaimLoop(
        self, [] { return RetiredList(); }, 1);
  }
}

// False if the thread can't reclaim now: in a run its next round will, and at
// its end others will.
template <class Policy>
bool Domain<Policy>::CanReclaim(Record& self) {
  if (self.run.reclaiming) {
    self.run.rerun = true;
    return false;
  }
  if (self.run.ending) {
    members_.deferred.RequestHelpOfAll(members_.registry);
    return false;
  }
  return true;
}

template <class Policy>
void Domain<Policy>::Reclaim() {
  Record& self = Self();
  if (!CanReclaim(self)) return;
  ReclaimLoop(
      self, [&] { return TakeAll(self, false); }, 1);
}

// The calling thread released something that `holder` announced, and for which
// something waits, perhaps.
template <class Policy>
void Domain<Policy>::HelpSlow(Record& holder) {
  if (holder.help_request.Confirm()) ReclaimDeferred(holder);
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimDeferred(Record& holder) {
  Record& self = Self();
  if (!CanReclaim(self)) return;
  holder.help_request.Clear();
  ReclaimLoop(
      self, [&] { return members_.deferred.Take(); }, 1);
}

template <class Policy>
RetiredList Domain<Policy>::TakeAll(Record& self, bool wait) {
  RetiredList taken = self.retire_list.DrainAll(
      [this](auto drain) {
        ForEachRecord([&](Record& record) { drain(record.retire_list); });
      },
      wait);
  taken.Append(members_.deferred.Take());
  return taken;
}

// Scans what `take` returns and disposes of what is reclaimable, and goes on
// with what the destructors retired, while that is `repeat_at` objects or more,
// or released.
template <class Policy>
template <class Take>
void Domain<Policy>::ReclaimLoop(Record& self, Take take,
                                 std::size_t repeat_at) {
  // A destructor may throw, or end the thread by unwinding.
  struct Scope {
    Domain& domain;
    Record& self;
    bool ended = false;
    ~Scope() {
      if (!ended) domain.members_.CloseRun(self);
    }
  };
  self.run.Begin();
  Scope scope{*this, self};
  RetiredList batch = take();
  do {
    ScanAndDefer(self, batch);
    DisposeOrHandOver(self);
    batch = self.retire_list.Take(repeat_at);
    if (std::exchange(self.run.rerun, false)) {
      batch.Append(members_.deferred.Take());
    }
  } while (!batch.empty());
  self.run.End();
  scope.ended = true;
}

// Destructors and executors run from here, with nothing of ours open: all that
// is not reclaimable is back on a list where others find it, and what is
// reclaimable is in the record. One may end its thread: Unregister() looks
// after that.
template <class Policy>
void Domain<Policy>::DisposeOrHandOver(Record& self) {
  ReclaimRun<Policy>& run = self.run;
  if (!run.disposing && !run.reclaimable.empty() &&
      !Policy::RunOnExecutor(run.reclaimable) && run.ending) {
    members_.LeaveToOthers(RetiredList(run.reclaimable.TakeChain()));
  }
  run.DisposeAll(self.statistics);
}

// Dies in a checked build if the pin that `objects` wait for is stuck. Those
// that have this stamp wait for the first time.
template <class Policy>
void CheckBlocker([[maybe_unused]] const Blocker<Policy>& pin,
                  [[maybe_unused]] const RetiredList& objects,
                  [[maybe_unused]] std::uint64_t stamp) {
#if defined(SYNC_ATOMIC_CHECKED)
  std::uint64_t count = 0, bytes = 0;
  for (const Retired* object = objects.head(); object != nullptr;
       object = object->next) {
    if (object->stamp != stamp) continue;
    ++count;
    bytes += object->bytes;
  }
  ThreadRecord<Policy>& record = *pin.record;
  record.held_back.Add(pin.since, count, bytes);
  CheckPin(record.thread_id(), record.pin_age.ms(), record.held_back);
#endif
}

// Moves what no thread can read from `batch` to the run's reclaimable objects,
// and the rest to the deferred list, where a blocker will look when it
// releases.
template <class Policy>
void Domain<Policy>::ScanAndDefer(Record& self, RetiredList batch) {
  // What has been in the way for so long may have ended unseen.
  constexpr std::uint64_t kGoneMs = 50;
  if (batch.empty()) return;
  Scan<Policy> scan;
  while (!batch.empty()) {
    const std::uint64_t stamp = clock_.Advance();
    if (!Policy::HeavyFence()) {
      members_.deferred.Leak(batch);
      return;
    }
    scan.Run(members_.registry, stamp, batch);
    self.run.reclaimable.AppendInOrder(scan.reclaimable);
    if (scan.blocker_count == 0) continue;
    if (!scan.in_pins.empty()) {
      const Blocker<Policy>& oldest = scan.blockers[scan.blocker_count - 1];
      oldest.record->pin_age.Notice(oldest.since);
      CheckBlocker(oldest, scan.in_pins, stamp);
      // If it ends here, WaitForBlockers() finds that.
      if (oldest.record->pin_age.ms() > kGoneMs) {
        members_.ReleaseIfGone(*oldest.record);
      }
    }
    bool fenced = false;
    if (members_.deferred.WaitForBlockers(scan, fenced)) continue;
    batch.Append(members_.deferred.Take());
    if (!fenced) {
      members_.deferred.Leak(batch);
      return;
    }
  }
}

// --- Synchronizing -----------------------------------------------------------

template <class Policy>
void Domain<Policy>::Synchronize() {
  Record& self = Self();
  if (self.pin.since() != 0) {
    Fatal("sync/atomic: Synchronize while pinned");
  }
  const std::uint64_t now = clock_.Advance();
  if (!Policy::HeavyFence()) {
    Fatal("sync/atomic: Synchronize cannot see the pins of other threads");
  }
  WaitForPins(members_, now);

  // From a destructor: others may be waiting for this one.
  if (self.run.reclaiming || self.run.ending) return;

  // What was retired before the call is on a list, and is taken here; or a
  // reclaim has it that began before, and is waited for. That one may leave an
  // object to the blocker that it saw, and the blocker may have it in a reclaim
  // of its own by the time that the first one is over: so it takes two rounds.
  // By then only who holds it still, or pinned itself later, keeps it.
  for (int round = 0; round < 2; ++round) {
    ReclaimLoop(
        self, [&] { return TakeAll(self, true); }, 1);
    WaitForRuns(members_, self);
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_LOOP_H_
