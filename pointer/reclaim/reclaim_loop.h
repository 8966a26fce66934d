// SPDX-License-Identifier: Apache-2.0

// The slow paths of Domain: retiring, reclaiming, and helping.
//
// A reclaim is a loop (ReclaimLoop()) on the thread that runs it: drain a list,
// scan, dispose, and again with what the destructors retired. Nothing of ours
// is open while they run. (F31 to F57 in docs/reclamation.md)
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
#include "sync_atomic/pointer/platform/tsan.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/grace_period.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/scan.h"

namespace sync_atomic {
namespace internal {

// --- Retiring ----------------------------------------------------------------

template <class Policy>
void Domain<Policy>::Retire(RetiredEntry entry, std::size_t at_most) {
  // Calls nothing but at its end, so that there are no registers to save, where
  // the thread's record is had without a call.
  Record* const self = Policy::this_record();
  if (ABSL_PREDICT_TRUE(self != nullptr)) {
    typename RetireList<Policy>::Size size;
    bool mine = false;
    if (ABSL_PREDICT_TRUE(
            self->retire_list.PushIfRoom(entry, at_most, size, mine))) {
      self->statistics.retired.Add(1);
      self->statistics.retired_bytes.Add(at_most);
      TsanDone(self);
      if (ABSL_PREDICT_FALSE(
              self->schedule.MayBeDue(size.count, size.bytes, limits_))) {
        ReclaimIfDue(*self, size.count, size.bytes);
      }
      return;
    }
  }
  RetireSlow(entry, at_most);
}

// The same where that needs memory, or the list is being drained.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::RetireSlow(RetiredEntry entry,
                                                        std::size_t at_most) {
  Record& self = Self();
  self.statistics.retired.Add(1);
  self.statistics.retired_bytes.Add(at_most);
  typename RetireList<Policy>::Size size;
  if (ABSL_PREDICT_FALSE(!self.retire_list.Push(entry, at_most, size))) {
    RetireAlone(self, entry, at_most);
  } else if (ABSL_PREDICT_FALSE(
                 self.schedule.MayBeDue(size.count, size.bytes, limits_))) {
    ReclaimIfDue(self, size.count, size.bytes);
  }
  TsanDone(&self);
}

// What the thread's list cannot take: it is being drained.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::RetireAlone(Record& self,
                                                         RetiredEntry entry,
                                                         std::size_t at_most) {
  Retired* const object = entry.ToNode<Policy>(0);
  self.statistics.retired_bytes.Add(object->bytes - at_most);
  RetiredBatch alone;
  alone.list.Push(object);
  if (self.run.reclaiming && self.run.CanNest()) {
    ReclaimNested(self, alone);
  } else if (self.run.reclaiming) {
    members_.deferred.Push(alone.list);
    self.run.rerun = true;
  } else if (self.run.ending) {
    members_.LeaveToOthers(alone);
  } else {
    ReclaimLoop(
        self, [&] { return alone; }, 1);
  }
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimIfDue(Record& self,
                                                          std::size_t count,
                                                          std::size_t bytes) {
  if (ABSL_PREDICT_FALSE(self.run.reclaiming)) {
    // A destructor retires: as long as it stays within the limits, that waits.
    self.schedule.LookNext();
    if (limits_.AreReached(count, bytes) && self.run.CanNest()) {
      ReclaimNested(self, self.retire_list.Take(1));
    } else {
      reclaim_signal().Raise();
    }
  } else if (ABSL_PREDICT_FALSE(self.run.ending)) {
    self.schedule.LookNext();
    HandOverAll(self);
  } else if (ABSL_PREDICT_FALSE(members_.deferred.is_left_to_others() ||
                                self.retire_list.has_offered())) {
    self.schedule.LookNext();
    ReclaimLoop(
        self,
        [&] {
          RetiredBatch batch = self.retire_list.Take(1);
          batch.Append(TakeLeft(self));
          return batch;
        },
        1);
  } else if (const std::size_t repeat_at =
                 self.schedule.IsDue(count, bytes, limits_)) {
    ReclaimLoop(
        self, [&] { return self.retire_list.Take(1); }, repeat_at);
  } else {
    reclaim_signal().Raise();
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
    members_.LeaveToOthers(RetiredBatch(
        RetiredList(self.run.ReclaimableAsStack(self.statistics).TakeChain())));
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
  object->stamp = Retired::kNotRetired;
  self.run.reclaimable().Push(object);
  if (self.run.reclaiming) return;
  if (self.run.ending) {
    HandOverAll(self);
  } else {
    ReclaimLoop(
        self, [] { return RetiredBatch(); }, 1);
  }
}

template <class Policy>
void Domain<Policy>::DisposeAll(Retired* chain) {
  Record& self = Self();
  while (chain != nullptr) {
    self.run.reclaimable().Push(std::exchange(chain, chain->next));
  }
  self.run.disposing = true;
  if (!self.run.reclaiming) {
    ReclaimLoop(
        self, [] { return RetiredBatch(); }, 1);
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
  if (CanReclaim(Self())) ReclaimInBackground();
}

template <class Policy>
bool Domain<Policy>::ReclaimInBackground() {
  Record& self = Self();
  bool left = false;
  ReclaimLoop(
      self, [&] { return TakeAll(self, 0, left); }, 1);
  return !left;
}

// The calling thread released a slot of `holder`, and something that it held
// waits, perhaps.
template <class Policy>
void Domain<Policy>::HelpSlow(Record& holder) {
  if (!holder.help_request.Confirm()) return;
  Record& self = Self();
  if (!CanReclaim(self)) return;
  holder.help_request.Clear();
  ReclaimLoop(
      self, [&] { return TakeHeld(self); }, 1);
}

// The calling thread ended its pin, for which something waits, perhaps.
template <class Policy>
void Domain<Policy>::HelpAfterUnpinSlow(Record& self) {
  if (!self.pin_help_request.Confirm()) return;
  if (self.run.ending && !self.run.reclaiming) {
    self.pin_help_request.Clear();
    members_.LeavePinWaiters(self);
    return;
  }
  if (!CanReclaim(self)) return;
  self.pin_help_request.Clear();
  ReclaimLoop(
      self, [&] { return TakePinned(self, self); }, 1);
}

// What slots held, and what is left to others. What the run may not take any
// more is left to them.
template <class Policy>
RetiredBatch Domain<Policy>::TakeHeld(Record& self) {
  RetiredBatch taken = members_.deferred.TakeHeld(self.run.budget);
  taken.Append(TakeLeft(self));
  return taken;
}

// The same for what waited for the pin of `record`.
template <class Policy>
RetiredBatch Domain<Policy>::TakePinned(Record& self, Record& record) {
  RetiredBatch taken = members_.deferred.TakePinned(record, self.run.budget);
  taken.Append(TakeLeft(self));
  return taken;
}

template <class Policy>
RetiredBatch Domain<Policy>::TakeLeft(Record& self) {
  const RetiredBatch taken = members_.deferred.TakeLeft(self.run.budget);
  // What is left goes on with what this thread releases next, at the latest.
  if (members_.deferred.is_left_to_others()) {
    members_.deferred.RequestHelpOf(self);
    reclaim_signal().Raise();
  }
  return taken;
}

// All that was retired, but for what a pin reaches that began before the epoch
// `now`; and what others have offered is the run's. With `now` it waits for who
// is pushing, or draining a list; else it is 0, and leaves those: `left` says
// so.
template <class Policy>
RetiredBatch Domain<Policy>::TakeAll(Record& self, std::uint64_t now,
                                     bool& left) {
  self.run.budget = ~std::size_t{0};
  RetiredBatch taken = self.retire_list.DrainAll(
      [this](auto drain) {
        this->ForEachRecord([&](Record& record) { drain(record.retire_list); });
      },
      now != 0, left, self.run.taken_over);
  taken.Append(TakeHeld(self));
  ForEachRecord([&](Record& record) {
    if (record.pin_waiters.empty()) return;
    const std::uint64_t since = record.pin.since();
    if (since == 0 || (now != 0 && since >= now)) {
      taken.Append(members_.deferred.TakePinned(record, self.run.budget));
    }
  });
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
  self.run.Begin(limits_.for_others());
  Scope scope{*this, self};
  RetiredBatch batch = take();
  do {
    ScanAndDefer(self, batch);
    DisposeOrHandOver(self);
    batch = self.retire_list.Take(repeat_at);
    if (std::exchange(self.run.rerun, false)) {
      batch.Append(TakeHeld(self));
      if (self.pin.since() == 0) batch.Append(TakePinned(self, self));
    }
  } while (!batch.empty());
  if (ABSL_PREDICT_FALSE(self.retire_list.has_offered())) {
    // Another thread was about to take over what is there, and perhaps did not.
    // The next retirement looks.
    reclaim_signal().Raise();
  }
  self.run.End(self.statistics);
  scope.ended = true;
  TsanDone(&self);
}

// The same once, in the middle of a destructor, which has retired so much that
// it can't wait. The run stays one: who waits for that waits for this.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimNested(Record& self,
                                                           RetiredBatch batch) {
  // An executor may throw.
  struct Scope {
    Record& self;
    ~Scope() { self.run.Unnest(self.statistics); }
  };
  self.run.Nest();
  const Scope scope{self};
  ScanAndDefer(self, batch);
  DisposeOrHandOver(self);
}

// Destructors and executors run from here, with nothing of ours open: all that
// is not reclaimable is back on a list where others find it, and what is
// reclaimable is in the record. One may end its thread: Unregister() looks
// after that.
template <class Policy>
void Domain<Policy>::DisposeOrHandOver(Record& self) {
  ReclaimRun<Policy>& run = self.run;
  if (!run.disposing && run.has_reclaimable() &&
      (run.ending || Policy::HasExecutor())) {
    RetiredStack& reclaimable = run.ReclaimableAsStack(self.statistics);
    if (!Policy::RunOnExecutor(reclaimable) && run.ending) {
      members_.LeaveToOthers(
          RetiredBatch(RetiredList(reclaimable.TakeChain())));
    }
  }
  run.DisposeAll(self.retire_list, self.statistics);
}

// Dies in a checked build if the pin that `objects` wait for is stuck. Those
// that have this stamp wait for the first time.
template <class Policy>
void CheckBlocker([[maybe_unused]] const Blocker<Policy>& pin,
                  [[maybe_unused]] const RetiredBatch& objects,
                  [[maybe_unused]] std::uint64_t stamp) {
#if defined(SYNC_ATOMIC_CHECKED)
  std::uint64_t count = 0, bytes = 0;
  for (const Retired* object = objects.list.head(); object != nullptr;
       object = object->next) {
    if (object->stamp != stamp) continue;
    ++count;
    bytes += object->bytes;
  }
  for (const RetiredArray* array = objects.arrays; array != nullptr;
       array = array->next) {
    if (array->stamp != stamp) continue;
    count += array->size();
    bytes += array->bytes();
  }
  ThreadRecord<Policy>& record = *pin.record;
  record.held_back.Add(pin.since, count, bytes);
  CheckPin(record.thread_id(), record.pin_age.ms(), record.held_back);
#endif
}

// Moves what no thread can read from `batch` to the run's reclaimable objects,
// and the rest to where it waits, and its blocker will look when it releases.
template <class Policy>
void Domain<Policy>::ScanAndDefer(Record& self, RetiredBatch batch) {
  // What has been in the way for so long may have ended unseen.
  constexpr std::uint64_t kGoneMs = 50;
  if (batch.empty()) return;
  Scan<Policy> scan;
  while (!batch.empty()) {
    const std::uint64_t stamp = clock_.Advance();
    if (!Policy::HeavyFence()) {
      Leak(self, batch);
      return;
    }
    self.schedule.NotePrice(Policy::HeavyFencePrice(),
                            scan.Look(members_.registry));
    scan.Sort(members_.registry, stamp, batch);
    Reclaimable& reclaimable = self.run.reclaimable();
    reclaimable.Append(scan.reclaimable);
    while (RetiredArray* const array = batch.PopArray()) {
      reclaimable.Push(array);
    }
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
    Record* pin = nullptr;
    if (members_.deferred.WaitForBlockers(scan, stamp, fenced, pin)) continue;
    batch.Append(TakeHeld(self));
    if (pin != nullptr) batch.Append(TakePinned(self, *pin));
    if (!fenced) {
      Leak(self, batch);
      return;
    }
  }
}

template <class Policy>
void Domain<Policy>::Leak(Record& self, RetiredBatch batch) {
  while (WaitingBatch* const waiting = batch.waiting.Pop()) {
    batch.Append(waiting->objects);
    Policy::Free(waiting);
  }
  self.statistics.retired_bytes.Add(batch.template Link<Policy>());
  members_.deferred.Leak(batch.list);
}

// --- Synchronizing -----------------------------------------------------------

template <class Policy>
std::uint64_t Domain<Policy>::WaitForReaders() {
  if (Self().pin.since() != 0) {
    Fatal("sync/atomic: Synchronize while pinned");
  }
  const std::uint64_t now = clock_.Advance();
  if (!Policy::HeavyFence()) {
    Fatal("sync/atomic: Synchronize cannot see the pins of other threads");
  }
  WaitForPins(members_, now);
  return now;
}

template <class Policy>
void Domain<Policy>::Synchronize() {
  const std::uint64_t now = WaitForReaders();
  Record& self = Self();

  // From a destructor: others may be waiting for this one.
  if (self.run.reclaiming || self.run.ending) return;

  // What was retired before the call is on a list, and is taken here; or a
  // reclaim has it that began before, and is waited for. That one may leave an
  // object to the blocker that it saw, and the blocker may have it in a reclaim
  // of its own by the time that the first one is over; and a third thread may
  // take it over from there. So it takes three rounds. By then only who holds
  // it still, or pinned itself later, keeps it.
  for (int round = 0; round < 3; ++round) {
    bool left = false;
    ReclaimLoop(
        self, [&] { return TakeAll(self, now, left); }, 1);
    WaitForRuns(members_, self);
  }
}

template <class Policy>
bool Domain<Policy>::AllAreEvaluated(std::uint32_t phase) {
  // In this order: see Evaluations.
  std::uint64_t evaluated = 0, scheduled = 0;
  ForEachRecord([&](const Record& record) {
    evaluated += record.evaluations.evaluated(phase);
  });
  ForEachRecord([&](const Record& record) {
    scheduled += record.evaluations.scheduled(phase);
  });
  return evaluated == scheduled;
}

template <class Policy>
void Domain<Policy>::Barrier() {
  Record& self = Self();
  if (self.pin.since() != 0) {
    Fatal("sync/atomic: rcu_barrier while pinned");
  }
  if (self.run.reclaiming || self.run.ending) {
    Fatal("sync/atomic: rcu_barrier in a deleter, or as its thread ends");
  }
  for (int round = 0; barrier_is_waiting_.exchange(true); ++round) {
    Policy::Pause(round, false);
  }
  // One phase and then the other, each while no more is scheduled in it but by
  // those who have read its number already.
  for (int turn = 0; turn < 2; ++turn) {
    const std::uint32_t phase = phase_.load();
    phase_.store(1 - phase);
    for (int round = 0; !AllAreEvaluated(phase); ++round) {
      if (members_.deferred.leaked_objects() != 0) {
        Fatal("sync/atomic: rcu_barrier waits for what was leaked");
      }
      ReclaimInBackground();
      if (AllAreEvaluated(phase)) break;
      Policy::Pause(round, false);
    }
  }
  barrier_is_waiting_.store(false);
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_LOOP_H_
