// SPDX-License-Identifier: Apache-2.0

// Membership: how a thread gets its record, and what becomes of that, and of
// what is in it, when the thread ends, is found gone, or stays behind in a
// fork.
//
// No destructor runs here: which thread_local objects of an ending thread are
// gone nobody knows. What it leaves goes to others. (F29, F30 and F52 to F54 in
// docs/reclamation.md)
//
// Threads:   all members on any threads; a record is its owner's, or its owner
//            is gone.
// Progress:  lock-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_MEMBERSHIP_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_MEMBERSHIP_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/platform/tsan.h"
#include "sync_atomic/pointer/reclaim/deferred.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/registry.h"
#include "sync_atomic/pointer/reclaim/retired_batch.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

// Out of line: compiled once, in the library.
template <class Policy>
class SYNC_ATOMIC_INTERNAL_EXPORT Membership {
 public:
  using Record = ThreadRecord<Policy>;
  using HazardSlot = internal::HazardSlot<Policy>;

  // The calling thread's record, which it has none of yet; aborts without
  // memory.
  ABSL_ATTRIBUTE_NOINLINE Record& Register() { return OrDie(TryRegister()); }

  ABSL_ATTRIBUTE_NOINLINE HazardSlot& ExtraSlot(Record& self) {
    return registry.ExtraSlot(
        self, [this]() -> Record& { return OrDie(AcquireRecord()); });
  }

  // A slot for a hazard_pointer of the calling thread, which keeps none; null
  // without memory.
  ABSL_ATTRIBUTE_NOINLINE HazardSlot* SlotOfPool() {
    Record* self = Policy::this_record();
    if (self == nullptr) self = TryRegister();
    if (self == nullptr) return nullptr;
    HazardSlot* slot = registry.TakeOfPool(self->own_slots);
    while (slot == nullptr) {
      Record* const record = AcquireRecord();
      if (record == nullptr) return nullptr;
      slot = registry.AddToPool(*record, self->own_slots);
    }
    return slot;
  }

  // The calling thread, which is to destroy nothing now, released a slot of
  // `holder`, and something that it held waits, perhaps: for whichever thread
  // is next to retire or release something.
  ABSL_ATTRIBUTE_NOINLINE void LeaveHeld(Record& holder) {
    if (!holder.help_request.Confirm()) return;
    holder.help_request.Clear();
    deferred.LeaveHeld(registry);
  }

  // Ends the use of a record whose owner has ended, or is ending.
  ABSL_ATTRIBUTE_NOINLINE void ReleaseRecord(Record& record) {
    Policy::EndExecutorCall(record);
    CloseRun(record);
    LeaveToOthers(record.retire_list.Take(1));
    record.retire_list.FreeMemory();
    // The thread may have been asked to go on with what is left.
    if (deferred.is_left_to_others()) deferred.RequestHelpOfAll(registry);
    registry.Release(record);
  }

  // The same, if the owner ended unseen. One thread alone does that: whichever
  // takes the number of the owner. The owner is gone, and has done all that it
  // did before the system said so.
  ABSL_ATTRIBUTE_NOINLINE bool ReleaseIfGone(Record& record) {
    std::uint64_t gone = record.owner.load();
    if (gone == 0 || !Policy::ThreadIsGone(Record::ThreadOf(gone)) ||
        !record.owner.compare_exchange_strong(gone, 0)) {
      return false;
    }
    TsanSeen(&record.free_list);
    TsanSeen(&record);
    record.free_list.Clear();
    record.ClearPins();
    LeavePinWaiters(record);
    record.watched.store(true);
    ReleaseRecord(record);
    return true;
  }

  // Closes a run that did not come to its end: a destructor or an executor
  // ended the thread, or an executor threw.
  ABSL_ATTRIBUTE_NOINLINE void CloseRun(Record& record) {
    const auto left = record.run.Abandon(record.retire_list, record.statistics);
    LeaveToOthers(RetiredBatch(left.reclaimable));
    if (left.rerun) {  // it released something, perhaps a pin
      LeavePinWaiters(record);
      deferred.RequestHelpOfAll(registry);
    }
    record.run.CloseAbandoned();
  }

  // What waited for the pin of this record, whose owner destroys nothing.
  ABSL_ATTRIBUTE_NOINLINE void LeavePinWaiters(Record& record) {
    RetiredBatch left;
    left.waiting = record.pin_waiters.TakeAll();
    LeaveToOthers(left);
  }

  ABSL_ATTRIBUTE_NOINLINE void LeaveToOthers(const RetiredBatch& objects) {
    deferred.LeaveToOthers(objects, registry);
  }

  // In the child of a fork, whose one thread has the record `self`, or none.
  // All other threads are gone, wherever they were: they neither read nor go
  // on. Their slots stay: nobody knows which snapshots lay on their stacks.
  void AfterFork(Record* self) {
    const auto is_own = [self](const Record& record) {
      for (const Record* own = self; own != nullptr; own = own->extra_records) {
        if (own == &record) return true;
      }
      return false;
    };
    RetiredBatch adopted;
    registry.ForEach([&](Record& record) {
      record.retire_list.EndDrainsOfOthers(
          self == nullptr ? nullptr : &self->retire_list);
      if (is_own(record)) {
        record.retire_list.Recount();
      } else {
        adopted.Append(record.AfterFork());
        record.own_slots.GiveBackAll(
            [](HazardSlot& slot) { Registry<Policy>::GiveBack(slot); });
      }
    });
    LeaveToOthers(adopted);
    deferred.AfterFork();
    // What waited for those who are gone: this thread looks when it next
    // releases something.
    if (self != nullptr && !deferred.empty()) deferred.RequestHelpOf(*self);
  }

  Registry<Policy> registry;
  // Not in the cache line with which each scan begins.
  alignas(Record::kCacheLine) Deferred<Policy> deferred;

 private:
  static Record& OrDie(Record* record) {
    if (record == nullptr) {
      Fatal("sync/atomic: no memory for the record of a thread");
    }
    return *record;
  }

  Record* TryRegister() {
    Record* const self = AcquireRecord();
    if (self == nullptr) return nullptr;
    self->schedule.Reset();
    self->run.ending = Policy::ThreadIsEnding();
    Policy::this_record() = self;
    self->watched.store(Policy::WatchThreadExit(*self));
    return self;
  }

  Record* AcquireRecord() {
    const auto acquired = registry.Acquire([this](Record& record) {
      if (!record.watched.load()) ReleaseIfGone(record);
    });
    deferred.RequestHelpOfNew(acquired.record, acquired.made);
    return acquired.record;
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_MEMBERSHIP_H_
