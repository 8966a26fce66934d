// SPDX-License-Identifier: Apache-2.0

// Domain: hazard pointers and epoch-based pins with bounded batches: which
// thread reads what, and when retired objects are reclaimed.
//
// A reader announces what it reads: one object in a hazard slot, or by a pin
// all that it can reach. A writer unlinks an object and retires it. A reclaim
// scans all announcements and disposes of what nobody announced; the rest is
// deferred, and help is requested of its blockers: a release then looks at
// the deferred list. docs/architecture.md has a picture, docs/reclamation.md
// the proof, and each part its own file: this one knows them all.
//
// The fast paths of readers test one thing for everything that could be in
// their way. They use Policy::fast_record(): the thread's record, if a light
// fence is a compiler fence here, and else the sentinel record, in which no
// slot is free and which is pinned. All else is out of line.
//
// Threads:   all members on any threads; a Record& is the caller's own.
// Progress:  Pin, Protect on a record's own slots, and Release without
//            something to reclaim are wait-free; Retire and Reclaim are
//            lock-free; Synchronize blocks.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_DOMAIN_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_DOMAIN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/reclaim/deferred.h"
#include "sync_atomic/pointer/reclaim/domain_forward.h"
#include "sync_atomic/pointer/reclaim/epoch_pin.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/membership.h"
#include "sync_atomic/pointer/reclaim/reclaim_schedule.h"
#include "sync_atomic/pointer/reclaim/reclaim_signal.h"
#include "sync_atomic/pointer/reclaim/registry.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/retired_batch.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class Domain {
 public:
  using Record = ThreadRecord<Policy>;
  using Slots = HazardSlots<Policy>;
  using HazardSlot = internal::HazardSlot<Policy>;
  template <class T>
  using Hazard = internal::HazardOf<Policy, T>;
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  constexpr Domain() = default;
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  // --- Records ---------------------------------------------------------------

  // The calling thread's record, made on its first use (which aborts without
  // memory).
  Record& Self() {
    Record* const self = Policy::this_record();
    return ABSL_PREDICT_TRUE(self != nullptr) ? *self : members_.Register();
  }

  // The same, for a slow path: from now on the thread takes the fast one.
  Record& EnableFastPath() {
    Record& self = Self();
    if (Policy::fast_record() != &self && Policy::LightFenceIsCompilerOnly()) {
      Policy::fast_record() = &self;
    }
    return self;
  }

  template <class F>
  void ForEachRecord(F f) {
    members_.registry.ForEach(f);
  }

  // Ends a record's use by its thread, wherever that ended, in a destructor
  // too. Runs none: what the thread had retired goes to the executor, or else
  // to others. False: it is still pinned.
  bool Unregister(Record& self);

  void LeaveToOthers(Retired* chain) {
    members_.LeaveToOthers(RetiredBatch(RetiredList(chain)));
  }

  // To be called in the child of a fork, on its one thread, before anything
  // else; `self` is that thread's record, null if it has none. Runs no
  // destructors.
  void AfterFork(Record* self) {
    members_.AfterFork(self);
    barrier_is_waiting_.store(false);
  }

  // --- Pins ------------------------------------------------------------------

  // Pins the calling thread, and returns its record.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Record& Pin() {
    Record& self = *Policy::fast_record();
    if (ABSL_PREDICT_TRUE(!self.pin.is_set())) {
      self.pin.Set(clock_);
    } else if (&self != &Policy::sentinel_record()) {
      self.pin.Nest();
    } else {
      return PinSlow();
    }
    Policy::CompilerFence();
    return self;
  }

  // The same, for a caller that has the record.
  void Pin(Record& self) {
    if (self.pin.is_set()) {
      self.pin.Nest();
    } else {
      self.pin.Set(clock_);
    }
    Policy::LightFence();  // a handler may have come before the first pin's
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void Unpin(Record& self) {
    if (self.pin.End()) HelpAfterUnpin(self);  // what waited for the pin
  }

  // Ends the pin and begins it anew.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void RenewPin(Record& self) {
    if (ABSL_PREDICT_FALSE(self.pin.Renew(clock_))) HelpAfterUnpin(self);
  }

  // The end of an Unpin(), for a caller who ended the pin itself.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void HelpAfterUnpin(Record& self) {
    if (ABSL_PREDICT_FALSE(self.pin_help_request.MayBeSet())) {
      HelpAfterUnpinSlow(self);
    }
  }

  // Unpin() in a signal handler, which may have come in the middle of anything:
  // runs no destructors. What waited for the pin waits for the next thread that
  // releases something of this record's, or that reclaims.
  void UnpinInHandler(Record& self) {
    const bool reclaiming = std::exchange(self.run.reclaiming, true);
    Unpin(self);
    if (self.pin_help_request.IsRequested()) {
      self.help_request.Request();
      members_.deferred.reclaim_signal.Raise();
    }
    self.run.reclaiming = reclaiming;
  }

  // The record that has been pinned for longest, or null, and for how long at
  // least: since it was first in somebody's way, or seen here.
  Record* OldestPin(std::uint64_t& ms) {
    clock_.Advance();  // tells later pins apart from those that are noticed now
    const auto oldest = members_.registry.OldestPin();
    if (oldest.record == nullptr) return nullptr;
    oldest.record->pin_age.Notice(oldest.since);
    ms = oldest.record->pin_age.ms();
    return oldest.record;
  }

  // --- Hazards ---------------------------------------------------------------

  // Protects what `cell` holds by the calling thread's first slot. False: it
  // did not, and the caller must first Release() what `slot` is then, unless
  // that is null, and go the slow way (EnableFastPath()).
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool ProtectFast(const Atomic<T*>& cell,
                                                T*& object, HazardSlot*& slot) {
    HazardSlot& first = Policy::fast_record()->hazards.first();
    slot = nullptr;
    if (ABSL_PREDICT_FALSE(!Slots::IsFree(first))) return false;
    slot = &first;
    // Relaxed: a guess, which Set() confirms or replaces.
    object = cell.load(std::memory_order_relaxed);
    return ABSL_PREDICT_TRUE(
        Slots::Set(first, cell, object, &Policy::CompilerFence));
  }

  // Protects what `cell` holds, and returns it with its slot; no slot for null.
  // Needs no count in the object: where the record has no slot left it acquires
  // a further record, and where the cell changes all the time it fills the slot
  // under a pin.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE Hazard<T> Protect(const Atomic<T*>& cell) {
    T* object;
    HazardSlot* slot;
    if (ABSL_PREDICT_TRUE(ProtectFast(cell, object, slot))) {
      return {object, object == nullptr ? nullptr : slot};
    }
    return ProtectSlow(cell, slot);
  }

  // Releases what a slot holds, on any thread. May dispose of it.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Release(HazardSlot& slot) {
    Record& holder = Record::Of(&slot);
    Slots::Release(slot);
    HelpIfRequested(holder);  // what waited for the slot
  }

  // To be called after a slot of `holder` was released.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void HelpIfRequested(Record& holder) {
    if (ABSL_PREDICT_FALSE(holder.help_request.MayBeSet())) HelpSlow(holder);
  }

  // --- Slots of hazard_pointers ----------------------------------------------

  // A slot that no thread loads by; null without memory.
  HazardSlot* NewSlot() {
    Record* const self = Policy::this_record();
    if (ABSL_PREDICT_TRUE(self != nullptr)) {
      HazardSlot* const slot = self->own_slots.Pop();
      if (ABSL_PREDICT_TRUE(slot != nullptr)) return slot;
    }
    return members_.SlotOfPool();
  }

  // Ends the use of one, on any thread.
  void DeleteSlot(HazardSlot& slot) {
    ResetSlot(slot);
    Record* const self = Policy::this_record();
    if (ABSL_PREDICT_FALSE(self == nullptr || !self->own_slots.Push(slot))) {
      Registry<Policy>::GiveBack(slot);
    }
  }

  // Sets the slot to `object` if `cell` still holds that; otherwise nothing is
  // in it, and `object` is what the cell holds now. Disposes of nothing, as
  // those below: what waited for the slot is left to others. (F62)
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool TryProtect(HazardSlot& slot,
                                               const Atomic<T*>& cell,
                                               T*& object) {
    const bool set = Slots::Set(slot, cell, object, &Policy::LightFence);
    if (ABSL_PREDICT_FALSE(!set)) Slots::Release(slot);
    LeaveHeldIfRequested(slot);
    return set;
  }
  // The same for an object that nobody has retired yet.
  void ProtectUnretired(HazardSlot& slot, const void* object) {
    Slots::SetProtected(slot, object);
    Policy::CompilerFence();  // as in Release()
    LeaveHeldIfRequested(slot);
  }
  void ResetSlot(HazardSlot& slot) {
    Slots::Release(slot);
    LeaveHeldIfRequested(slot);
  }

  // --- Reclaiming ------------------------------------------------------------

  // Disposes of an object, which weighs at most so much, once no thread can
  // read it. It is unreachable for any thread that has not reached it already.
  void Retire(RetiredEntry entry, std::size_t at_most);
  // The same for one whose address, disposer and size are set.
  void Retire(Retired* object) {
    Retire(RetiredEntry(object->address, object), object->bytes);
  }

  // Disposes now of an object that no thread can read.
  void Dispose(Retired* object);

  // Disposes of what an executor was given (Policy::RunOnExecutor()).
  void DisposeAll(Retired* chain);

  // Disposes of all that can be now, whichever thread retired it.
  void Reclaim();

  // The same for a thread that does nothing else. True: what is not disposed of
  // waits for a reader, or was left since PrepareToSleep(), and the signal is
  // raised.
  bool ReclaimInBackground();

  // Waits for all pins that began before, disposes of all that was retired
  // before and that nobody holds, and waits for those who are disposing.
  void Synchronize();

  // Waits for those pins, and does nothing else. Returns the epoch that it
  // began.
  std::uint64_t WaitForReaders();

  // Counts an evaluation that the caller schedules next (Retire()), and returns
  // its phase.
  std::uint32_t CountScheduled() {
    const std::uint32_t phase = phase_.load();
    Self().evaluations.Schedule(phase);
    return phase;
  }

  // Waits until all that was counted before has been evaluated.
  void Barrier();

  RetireLimits<Policy>& limits() { return limits_; }
  const Deferred<Policy>& deferred() const { return members_.deferred; }
  ReclaimSignal<Policy>& reclaim_signal() {
    return members_.deferred.reclaim_signal;
  }

 private:
  ABSL_ATTRIBUTE_ALWAYS_INLINE void LeaveHeldIfRequested(HazardSlot& slot) {
    Record& holder = Record::Of(&slot);
    if (ABSL_PREDICT_FALSE(holder.help_request.MayBeSet())) {
      members_.LeaveHeld(holder);
    }
  }

  ABSL_ATTRIBUTE_NOINLINE Record& PinSlow() {
    Record& self = EnableFastPath();
    Pin(self);
    return self;
  }
  template <class T>
  ABSL_ATTRIBUTE_NOINLINE Hazard<T> ProtectSlow(const Atomic<T*>& cell,
                                                HazardSlot* failed) {
    if (failed != nullptr) Release(*failed);
    Record& self = EnableFastPath();
    HazardSlot* slot = self.hazards.FindFree();
    if (slot == nullptr) slot = &members_.ExtraSlot(self);
    bool retried = false;
    T* object = Slots::Protect(*slot, cell, retried);
    if (retried) {
      if (object == nullptr) {
        Pin(self);
        object = cell.load();
        Slots::SetProtected(*slot, object);
        Unpin(self);
      }
      HelpIfRequested(self);
      HelpIfRequested(Record::Of(slot));
    }
    // With null the slot is free again, and what was disposed of just now may
    // have taken it already.
    return {object, object == nullptr ? nullptr : slot};
  }

  // The rest is defined in reclaim_loop.h.
  bool AllAreEvaluated(std::uint32_t phase);
  void HelpSlow(Record& holder);
  void HelpAfterUnpinSlow(Record& self);
  void RetireSlow(RetiredEntry entry, std::size_t at_most);
  void RetireAlone(Record& self, RetiredEntry entry, std::size_t at_most);
  void ReclaimIfDue(Record& self, std::size_t count, std::size_t bytes);
  void HandOverAll(Record& self);
  bool CanReclaim(Record& self);
  template <class Take>
  void ReclaimLoop(Record& self, Take take, std::size_t repeat_at);
  void ReclaimNested(Record& self, RetiredBatch batch);
  void ScanAndDefer(Record& self, RetiredBatch batch);
  void DisposeOrHandOver(Record& self);
  void Leak(Record& self, RetiredBatch batch);
  RetiredBatch TakeHeld(Record& self);
  RetiredBatch TakePinned(Record& self, Record& record);
  RetiredBatch TakeLeft(Record& self);
  RetiredBatch TakeAll(Record& self, std::uint64_t now, bool& left);

  RetireLimits<Policy> limits_;
  // Advances before each scan.
  alignas(Record::kCacheLine) EpochClock<Policy> clock_;
  alignas(Record::kCacheLine) Membership<Policy> members_;
  // For Barrier(): which phase evaluations are scheduled in, and that one
  // thread waits for them. (A word: not every processor exchanges a byte.)
  alignas(Record::kCacheLine) Atomic<std::uint32_t> phase_{0};
  Atomic<std::uint32_t> barrier_is_waiting_{false};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_DOMAIN_H_
