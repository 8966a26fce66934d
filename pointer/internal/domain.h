// Domain: who reads what, and when a free is safe.
//
// A reader announces what it reads, in a slot of its own record (one object) or
// by pinning itself (whatever it can reach). A writer unlinks an object, and
// then retires it. A reclaim looks at all announcements and disposes of the
// retired objects that nobody announced; the others go to the deferred list,
// and whoever held them looks at that list when it lets go.
//
//   reader                                reclaim
//   announce (slot, pinned_since)         the object is unlinked already
//   LightFence()                          HeavyFence()
//   read the cell (again)                 look at all announcements
//
// Either the reader sees that the object is unlinked, and does not use it, or
// the reclaim sees the announcement, and does not free it.
//
//   letting go                            reclaim
//   withdraw the announcement             push the object on the deferred list,
//                                         set the holder's `wanted`
//   LightFence()                          HeavyFence()
//   look at `wanted`                      look at the announcement again
//
// Either the holder sees that it is wanted and looks after the object, or the
// reclaim sees that the holder has let go, and looks again itself.
//
// The fast paths of readers ask once, for everything that is in their way: they
// go by Policy::fast_record(), a record whose first slot they find free and
// whose pin they find open only where LightFence() is free. All else is out of
// line.
//
// Threads:   all members on any threads; a ThreadRecord& is the caller's own.
// Progress:  Pin, ProtectIn, and Drop without something to free are wait-free;
//            Retire and Reclaim are lock-free. No lock anywhere.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_DOMAIN_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_DOMAIN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/export.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/retired.h"
#include "sync_atomic/pointer/internal/thread_record.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class SYNC_ATOMIC_INTERNAL_EXPORT Domain {
 public:
  using Record = ThreadRecord<Policy>;
  using HazardSlot = typename Record::HazardSlot;
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  constexpr Domain() = default;
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  // The calling thread's record, made on its first use (which dies without
  // memory).
  Record& Self() {
    Record* const self = Policy::this_record();
    return ABSL_PREDICT_TRUE(self != nullptr) ? *self : Register();
  }

  // --- Reading -----------------------------------------------------------

  // Pins the calling thread, and returns its record.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Record& Pin() {
    Record& self = *Policy::fast_record();
    if (ABSL_PREDICT_TRUE(!IsPinned(self))) {
      SetPin(self);
    } else if (&self != &Policy::sentinel_record()) {
      PinNested(self);
    } else {
      return PinSlow();
    }
    Policy::CompilerFence();
    return self;
  }

  // The same, for who has the record.
  void Pin(Record& self) {
    if (IsPinned(self)) {
      PinNested(self);
    } else {
      SetPin(self);
    }
    Policy::LightFence();  // a handler may have come before the first pin's
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void Unpin(Record& self) {
    if (EndPin(self)) HelpIfRequested(self);  // what waited for the pin
  }

  // Unpin() without a look at what waited. False: another pin is left, or else
  // the caller must call HelpIfRequested().
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE bool EndPin(Record& self) {
    // EDGE further-pins: relaxed; as there. Pairs with PinNested().
    const std::uint32_t further =
        self.nested_pins.load(std::memory_order_relaxed);
    if (ABSL_PREDICT_FALSE(further != 0)) {
      // EDGE further-pins: relaxed; as there. Pairs with PinNested().
      self.nested_pins.store(further - 1, std::memory_order_relaxed);
      return false;
    }
    // EDGE unpin: release: what was read under the pin has been read. Pairs
    // with Scan() and Synchronize(). Weaker: an object is freed while it is
    // read. Test: PinStressTest.NothingIsFreedUnderAPin. Model:
    // AnUnpinMeetsARetire.
    self.pinned_since.store(0, std::memory_order_release);
    Policy::CompilerFence();  // HelpIfRequested() makes up for it where it is
                              // not
    return true;
  }

  // Unpin() in a signal handler, which may have come in the middle of anything:
  // runs no destructors. What waited for the pin waits for the next who lets go
  // of something that this record announced, or who reclaims.
  void UnpinInHandler(Record& self) {
    const bool reclaiming = std::exchange(self.reclaiming, true);
    Unpin(self);
    self.reclaiming = reclaiming;
  }

  // Announces in `slot`, a free one of the caller's, what `cell` holds, and
  // returns it; it stays alive until Release(slot). Null, with the slot free
  // again, when other threads changed `cell` each time: the caller then reads
  // it under a pin. `retried`: the slot held something else for a moment, and
  // the caller must call HelpIfRequested() when it is done.
  template <class T>
  T* ProtectIn(HazardSlot& slot, const Atomic<T*>& cell, bool& retried) {
    // EDGE guess: relaxed; a guess, which SetHazard() confirms or replaces
    // before anybody follows it. Pairs with nothing. Weaker: impossible. Test:
    // InterleavingTest.ALoadSurvivesAStoreAtEachStep.
    T* guess = cell.load(std::memory_order_relaxed);
    for (int round = 0; round < kProtectRounds; ++round) {
      if (SetHazard(slot, cell, guess, &Policy::LightFence)) return guess;
      retried = true;
    }
    slot.store(nullptr);
    Policy::LightFence();
    return nullptr;
  }

  // The fast path of the above: announces in the calling thread's first slot,
  // which it looks for, what `cell` holds. False: it did not, and the caller
  // must first Release() what `slot` is then, unless that is null, and go the
  // slow way (EnableFastPath()).
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool ProtectFast(const Atomic<T*>& cell,
                                                T*& object, HazardSlot*& slot) {
    HazardSlot& first = Policy::fast_record()->hazard_slots[0];
    slot = nullptr;
    if (ABSL_PREDICT_FALSE(!Record::IsFree(first))) return false;
    slot = &first;
    // EDGE guess: relaxed; as in ProtectIn(). Pairs with nothing. Weaker:
    // impossible. Test: InterleavingTest.ALoadSurvivesAStoreAtEachStep.
    object = cell.load(std::memory_order_relaxed);
    return ABSL_PREDICT_TRUE(
        SetHazard(first, cell, object, &Policy::CompilerFence));
  }

  // The calling thread's record, for the slow way, which the thread so need not
  // go again for want of it.
  Record& EnableFastPath() {
    Record& self = Self();
    if (Policy::fast_record() != &self && Policy::LightFenceIsCompilerOnly()) {
      Policy::fast_record() = &self;
    }
    return self;
  }

  // An object, and the slot that announces it.
  template <class T>
  struct Hazard {
    T* object;
    HazardSlot* slot;
  };

  // Announces what `cell` holds in a slot, and returns both; no slot for null.
  // Needs no count in the object: where the record has no slot left it claims a
  // further record, and where ProtectIn() fails it fills the slot under a pin.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE Hazard<T> Protect(const Atomic<T*>& cell) {
    T* object;
    HazardSlot* slot;
    if (ABSL_PREDICT_TRUE(ProtectFast(cell, object, slot))) {
      return {object, object == nullptr ? nullptr : slot};
    }
    return ProtectSlow(cell, slot);
  }

  // Lets go of what a slot holds, on any thread. May dispose of it.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Release(HazardSlot& slot) {
    Record& holder = Record::Of(&slot);
    // EDGE drop: release: what was read through the slot has been read. Pairs
    // with ForEachSlot() and IsFree(), which hands the slot to another reader.
    // Weaker: an object is freed while it is read. Test:
    // ValueStressTest.ReadersNeverSeeAFreedObject. Model: ASlotChangesHands.
    slot.store(nullptr, std::memory_order_release);
    Policy::CompilerFence();  // HelpIfRequested() makes up for it where it is
                              // not
    HelpIfRequested(holder);  // what waited for the slot
  }

  // To be called after the caller let go of something that `holder` announced.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void HelpIfRequested(Record& holder) {
    // EDGE wanted: relaxed; CompilerFence() stands between this and the
    // withdrawn announcement, and where that is no fence, `wanted` is never
    // kNo. Pairs with Scan(): wanted, HeavyFence(), a second look. Weaker:
    // impossible, but without the fence both sides may miss, and the object
    // waits for ever. Test: InterleavingTest.AStoreMeetsADropAtEachStep. Model:
    // ADropMeetsAStore and fence.pml.
    if (ABSL_PREDICT_FALSE(
            holder.help_requested.load(std::memory_order_relaxed) !=
            HelpRequest::kNo)) {
      HelpSlow(holder);
    }
  }

  // --- Freeing -----------------------------------------------------------

  // Disposes of `object` once nobody can read it. Its address, disposer and
  // size are set, and nobody can reach it any more who hasn't already.
  void Retire(Retired* object);

  // Disposes now of an object that nobody can read.
  void Dispose(Retired* object);

  // Disposes of what others handed over (Policy::RunOnExecutor()).
  void DisposeAll(Retired* chain);

  // Disposes of all that can be now, whichever thread retired it.
  void Reclaim();

  // Waits for all pins that began before, disposes of all that was retired
  // before and that nobody holds, and waits for those who are disposing.
  void Synchronize();

  // What a thread lets wait before it reclaims.
  void SetLimits(std::size_t objects, std::size_t bytes) {
    max_objects_.store((std::max<std::size_t>)(objects, 1));
    max_bytes_.store(bytes);
  }

  // What can never be freed, since a heavy fence failed: readers may have
  // skipped theirs, and nobody can tell who reads it. It stays allocated.
  struct Leaked {
    std::size_t objects;
    std::size_t bytes;
  };
  Leaked leaked() const {
    return {leaked_objects_.load(), leaked_bytes_.load()};
  }

  // The record that has been pinned for longest, or null, and for how long at
  // least: since it was first in somebody's way, or seen here.
  Record* OldestPin(std::uint64_t& ms) {
    // Later pins are told apart from those that are noticed now.
    epoch_.fetch_add(1);
    Record* oldest = nullptr;
    std::uint64_t oldest_since = 0;
    ForEachRecord([&](Record& record) {
      const std::uint64_t since = record.pinned_since.load();
      if (since == 0 || (oldest != nullptr && since >= oldest_since)) return;
      oldest = &record;
      oldest_since = since;
    });
    if (oldest == nullptr) return nullptr;
    Notice(*oldest, oldest_since);
    ms = Policy::Milliseconds() - oldest->noticed_ms.load();
    return oldest;
  }

  // Calls f(record) for each record there is, owned or not.
  template <class F>
  void ForEachRecord(F f) {
    for (Record* record = records_.load(); record != nullptr;
         record = record->next) {
      f(*record);
    }
  }

  // Calls f(record, slot, address) for each slot that is occupied.
  template <class F>
  void ForEachSlot(F f) {
    ForEachRecord([&f](Record& record) {
      for (const HazardSlot& slot : record.hazard_slots) {
        // EDGE publish: the other side of SetHazard().
        // EDGE drop: the other side of Release().
        // EDGE hand-over: the other side of ProtectPinned().
        const void* const address = slot.load();
        if (address != nullptr) f(record, slot, address);
      }
    });
  }

  // Ends a record's use by its thread, wherever that ended, in a destructor
  // too. Runs none: what the thread had retired goes to the executor, or else
  // to others (LeaveToOthers()). False: it is still pinned.
  bool Unregister(Record& self);

  // Leaves a chain of objects to whichever thread next retires, releases or
  // reclaims something.
  void LeaveToOthers(Retired* chain) { LeaveToOthers(RetiredList(chain)); }

  // To be called in the child of a fork, on its one thread, before anything
  // else; `self` is that thread's record, null if it has none. All other
  // threads are gone, wherever they were. Runs no destructors.
  void AfterFork(Record* self);

 private:
  // An announcement for which an object had to wait.
  struct Blocker {
    Record* record;
    const HazardSlot* slot;  // null: the record's pin
    const void* object;      // what the slot held
    std::uint64_t since;     // what pinned_since held

    bool Released() const {
      return slot != nullptr ? slot->load() != object
                             : record->pinned_since.load() != since;
    }
  };

  // After so many failed rounds a reader pins instead, which needs none.
  static constexpr int kProtectRounds = 8;
  // Who asked for a delay so long ago was descheduled all the same. (The clock
  // is coarse.)
  static constexpr std::uint64_t kBriefMs = 8;
  // Whoever has been in the way for so long is looked for: it may have ended
  // unseen.
  static constexpr std::uint64_t kGoneMs = 50;
  static constexpr int kRoundsTillGone = 200;  // the same, waited for
  // A thread that hasn't reclaimed for so long reclaims at once again.
  static constexpr std::uint64_t kQuietMs = 10;
  // How often it looks at the clock for that: at each Retire() while its
  // threshold is below twice this; at each 16th at most.
  static constexpr std::size_t kThresholdPerClock = 128;
  // How many announcements one look at the records can remember.
  static constexpr std::size_t kMaxBlockers = Policy::kMaxBlockers;
  static constexpr std::size_t kCacheLine = 64;
  // The stamp of what is disposed of without having been retired.
  static constexpr std::uint64_t kNotRetired =
      (std::numeric_limits<std::uint64_t>::max)();

  // Remembers when a pin was first seen to be in the way.
  static void Notice(Record& record, std::uint64_t since) {
    if (record.noticed_since.load() == since) return;
    record.noticed_ms.store(Policy::Milliseconds());
    record.noticed_since.store(since);
  }

  // Dies in a checked build if the pin that `objects` wait for is stuck. Those
  // that have this stamp wait for the first time.
  static void CheckHolder([[maybe_unused]] const Blocker& pin,
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
    Record& record = *pin.record;
    record.held_back.Add(pin.since, count, bytes);
    CheckPin(record.thread_id(),
             Policy::Milliseconds() - record.noticed_ms.load(),
             record.held_back);
#endif
  }

  // True if `cell` still holds `guess` after it was announced; else `guess` is
  // what it holds now. `fence` is the policy's LightFence, or its
  // CompilerFence.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool SetHazard(HazardSlot& slot,
                                              const Atomic<T*>& cell, T*& guess,
                                              void (*fence)()) {
    // EDGE publish: the announcement. Release: a scan that finds this object
    // here sees that whatever the slot held before has been read. Pairs with
    // ForEachSlot(). Weaker: what the slot held before is freed while it is
    // read. Test: ValueStressTest.ReadersNeverSeeAFreedObject. Model:
    // ASlotChangesHands.
    slot.store(guess, std::memory_order_release);
    fence();
    T* const announced = std::exchange(guess, cell.load());
    return guess == announced;
  }

  template <class T>
  ABSL_ATTRIBUTE_NOINLINE Hazard<T> ProtectSlow(const Atomic<T*>& cell,
                                                HazardSlot* let_go) {
    if (let_go != nullptr) Release(*let_go);
    Record& self = EnableFastPath();
    HazardSlot* slot = self.FreeSlot();
    if (slot == nullptr) slot = &ExtraSlot(self);
    bool retried = false;
    T* object = ProtectIn(*slot, cell, retried);
    if (retried) {
      if (object == nullptr) object = ProtectPinned(self, *slot, cell);
      HelpIfRequested(self);
      HelpIfRequested(Record::Of(slot));
    }
    // With null the slot is free again, and what was disposed of just now may
    // have taken it already.
    return {object, object == nullptr ? nullptr : slot};
  }

  template <class T>
  T* ProtectPinned(Record& self, HazardSlot& slot, const Atomic<T*>& cell) {
    Pin(self);
    T* const object = cell.load();
    // EDGE hand-over: release, as in SetHazard(); whoever finds the pin ended
    // finds the slot occupied by Unpin()'s release. Pairs with ForEachSlot(),
    // which a scan calls once it has looked at all pins. Weaker: what the slot
    // held before is freed while it is read. Test:
    // InterleavingTest.LoadsAndProtectsSurviveRetiresAtAllSteps. Model:
    // APinHandsOverToASlot and APinHandsOverToAFurtherSlot.
    slot.store(object, std::memory_order_release);
    Unpin(self);
    return object;
  }

  static bool IsPinned(const Record& self) {
    // EDGE own-pin: relaxed; only the owner writes pinned_since. A signal
    // handler that comes in before the announcement finds 0 as well, pins for
    // itself, and leaves as it found. Pairs with nothing. Weaker: impossible.
    // Test: RetireTest.WaitsForAPinThatBeganBefore.
    return self.pinned_since.load(std::memory_order_relaxed) != 0;
  }

  void SetPin(Record& self) {
    // EDGE pin: the announcement. Release: a scan that reads this epoch also
    // sees that the owner has finished what it read under earlier pins. Pairs
    // with Scan() and Synchronize(), which read it after a HeavyFence(). The
    // epoch is read seq_cst: whoever reads one not below an object's stamp
    // also sees that the object was unlinked. Weaker: an object is freed
    // while it is read under the pin before. Test:
    // PinStressTest.NothingIsFreedUnderAPin. Model: APinnedRecordChangesHands
    // and AnEpochShowsWhatWasUnlinked.
    self.pinned_since.store(epoch_.load(), std::memory_order_release);
  }

  ABSL_ATTRIBUTE_NOINLINE Record& PinSlow() {
    Record& self = EnableFastPath();
    Pin(self);
    return self;
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void PinNested(Record& self) {
    // EDGE further-pins: relaxed; the owner's word, which its signal handlers
    // share, and leave as they found. Pairs with EndPin(). Weaker: impossible.
    // Test: RetireTest.WaitsForAPinThatBeganBefore.
    const std::uint32_t further =
        self.nested_pins.load(std::memory_order_relaxed);
    // EDGE further-pins: relaxed; as above. Pairs with EndPin().
    self.nested_pins.store(further + 1, std::memory_order_relaxed);
  }

  // Closes a ReclaimLoop() that did not come to its end: a destructor or an
  // executor ended the thread, or an executor threw.
  void EndRun(Record& record);
  struct RunScope;

  // Ends the use of a record whose owner has ended, or is ending.
  void ReleaseRecord(Record& record);
  // The same, if the owner ended unseen.
  bool ReleaseRecordIfGone(Record& record);

  // A retirement's reclaim where a thread has ended, or is ending.
  void ReclaimForOthers(Record& self);
  void LeaveToOthers(RetiredList objects);
  void RequestHelpFromAll();
  // What the calling thread, which is ending, has retired and released.
  void HandOverAll(Record& self);

  Record& AcquireRecord();
  HazardSlot& ExtraSlot(Record& self);
  Record& Register();
  void HelpSlow(Record& holder);
  void ReclaimDeferred(Record& holder);

  // Adds to the own list, and says how long that is then. False: somebody is
  // taking it right now.
  bool PushRetired(Record& self, Retired* object, std::size_t& count,
                   std::size_t& bytes);
  void RetireAlone(Record& self, Retired* object);
  void ReclaimIfDue(Record& self, std::size_t count, std::size_t bytes);
  // Takes the own list if it holds `at_least` so many.
  RetiredList TakeRetireList(Record& self, std::size_t at_least);
  RetiredList DrainAllLists(Record& self, bool wait);
  RetiredList TakeDeferred() {
    left_to_others_.store(false);  // first: what is left later sets it again
    return RetiredList(deferred_.exchange(nullptr));
  }
  void Defer(RetiredList objects);
  void Leak(RetiredList objects);

  template <class Take>
  void ReclaimLoop(Record& self, Take take, std::size_t repeat_at);
  void Scan(Record& self, RetiredList batch);

  Atomic<std::size_t> max_objects_{2048};
  Atomic<std::size_t> max_bytes_{std::size_t{256} << 10};

  // Grows by one with each look at the records. 64 bits, from 1: pinned_since
  // uses 0 for "not pinned".
  alignas(kCacheLine) Atomic<std::uint64_t> epoch_{1};
  // All records, the newest first; only ever added to.
  alignas(kCacheLine) Atomic<Record*> records_{nullptr};
  // What waits for somebody to let go. Whoever takes something takes all.
  alignas(kCacheLine) Atomic<Retired*> deferred_{nullptr};
  // Something there waits for nobody in particular (LeaveToOthers()).
  Atomic<bool> left_to_others_{false};
  // What Leak() was given: a list that nobody takes from, and its size.
  Atomic<Retired*> leaked_{nullptr};
  Atomic<std::size_t> leaked_objects_{0};
  Atomic<std::size_t> leaked_bytes_{0};

  static void PushAll(Atomic<Retired*>& list, RetiredList objects);
};

// --- Records -------------------------------------------------------------

// A record that nobody owned, or a new one. These are made in blocks, each as
// large as all before: where a scan has many to look at, they follow each other
// in memory.
template <class Policy>
typename Domain<Policy>::Record& Domain<Policy>::AcquireRecord() {
  std::size_t count = 0;
  for (Record* record = records_.load(); record != nullptr;
       record = record->next) {
    std::uint32_t owned = false;
    if (!record->watched.load()) ReleaseRecordIfGone(*record);
    if (!record->owned.load() &&
        record->owned.compare_exchange_strong(owned, true)) {
      return *record;
    }
    ++count;
  }
  const std::size_t size =
      std::clamp<std::size_t>(count, 1, Policy::kMaxRecordsAtOnce);
  Record* const block = Policy::NewRecords(size);
  if (block == nullptr) {
    Fatal("sync/atomic: no memory for the record of a thread");
  }
  for (std::size_t i = 1; i < size; ++i) {
    block[i].owned.store(false);
    block[i - 1].next = &block[i];
  }
  Record*& last = block[size - 1].next;
  last = records_.load();
  while (!records_.compare_exchange_weak(last, block)) {
  }
  if (left_to_others_.load()) {  // RequestHelpFromAll() may have missed these
    for (std::size_t i = 0; i < size; ++i) {
      block[i].help_requested.store(HelpRequest::kYes);
    }
  }
  return *block;
}

template <class Policy>
typename Domain<Policy>::Record& Domain<Policy>::Register() {
  Record& self = AcquireRecord();
  self.threshold = 1;
  self.last_reclaim_ms = 0;
  self.until_look = 1;
  self.ending = Policy::ThreadIsEnding();
  Policy::this_record() = &self;
  self.watched.store(Policy::WatchThreadExit(self));
  return self;
}

// A free slot in one of the records that the owner claimed for their slots.
template <class Policy>
typename Domain<Policy>::HazardSlot& Domain<Policy>::ExtraSlot(Record& self) {
  for (Record* chunk = self.extra_records; chunk != nullptr;
       chunk = chunk->extra_records) {
    if (HazardSlot* const free = chunk->FreeSlot()) return *free;
  }
  for (;;) {
    Record& chunk = AcquireRecord();
    chunk.extra_records = std::exchange(self.extra_records, &chunk);
    // A record that was given back may have its slots occupied still.
    if (HazardSlot* const free = chunk.FreeSlot()) return *free;
  }
}

template <class Policy>
bool Domain<Policy>::Unregister(Record& self) {
  if (self.pinned_since.load() != 0) return false;
  self.ending = true;
  Policy::EndExecutorCall(self);
  EndRun(self);
  HandOverAll(self);
  self.free_list.Clear();
  Policy::this_record() = nullptr;
  Policy::fast_record() = &Policy::sentinel_record();
  ReleaseRecord(self);
  return true;
}

template <class Policy>
void Domain<Policy>::ReleaseRecord(Record& record) {
  Policy::EndExecutorCall(record);
  EndRun(record);
  LeaveToOthers(TakeRetireList(record, 1));
  record.proc_pins = 0;
  while (Record* const chunk = record.extra_records) {
    record.extra_records = std::exchange(chunk->extra_records, nullptr);
    chunk->owned.store(false);
  }
  record.owner.store(0);
  record.owned.store(false);
}

// One thread alone does that: whoever takes the number of the owner. The owner
// is gone, and has done all that it did before the system said so.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE bool Domain<Policy>::ReleaseRecordIfGone(
    Record& record) {
  std::uint64_t gone = record.owner.load();
  if (gone == 0 || !Policy::ThreadIsGone(Record::ThreadOf(gone)) ||
      !record.owner.compare_exchange_strong(gone, 0)) {
    return false;
  }
  record.free_list.Clear();
  record.nested_pins.store(0);
  record.pinned_since.store(0);
  record.delay_asked_ms.store(0);
  record.watched.store(true);
  ReleaseRecord(record);
  return true;
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::EndRun(Record& record) {
  record.freed.Add(std::exchange(record.disposed, 0));
  record.freed_bytes.Add(std::exchange(record.disposed_bytes, 0));
  const bool look_again = std::exchange(record.rerun, false);
  record.disposing = false;
  record.reclaiming = false;
  LeaveToOthers(RetiredList(record.reclaimable.TakeChain()));
  if (look_again) RequestHelpFromAll();
  // Last: Synchronize() waits for that.
  const std::uint64_t runs = record.run_seq.load();
  if (runs % 2 != 0) record.run_seq.store(runs + 1);
}

template <class Policy>
struct Domain<Policy>::RunScope {
  Domain& domain;
  Record& self;
  bool ended = false;

  ~RunScope() {
    if (!ended) domain.EndRun(self);
  }
};

template <class Policy>
void Domain<Policy>::LeaveToOthers(RetiredList objects) {
  if (objects.empty()) return;
  Defer(objects);
  // Before the records are looked at: see AcquireRecord().
  left_to_others_.store(true);
  RequestHelpFromAll();
}

template <class Policy>
void Domain<Policy>::RequestHelpFromAll() {
  ForEachRecord([](Record& record) {
    if (record.help_requested.load() != HelpRequest::kYes) {
      record.help_requested.store(HelpRequest::kYes);
    }
  });
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimForOthers(Record& self) {
  if (self.ending) {
    HandOverAll(self);
  } else {
    ReclaimDeferred(self);  // which takes the own list as well
  }
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::HandOverAll(Record& self) {
  if (Policy::HasExecutor()) {
    ReclaimLoop(
        self, [&] { return TakeRetireList(self, 1); }, 1);
  } else {
    LeaveToOthers(TakeRetireList(self, 1));
    LeaveToOthers(RetiredList(self.reclaimable.TakeChain()));
  }
}

// A thread that is gone neither reads nor goes on: its pins end, its record is
// free, and what it had retired is adopted. Its slots stay: nobody knows which
// snapshots lay on its stack. What it had in its hands, taken from a list and
// not yet put back, is leaked, and so are the blocks of its cache.
template <class Policy>
void Domain<Policy>::AfterFork(Record* self) {
  const auto is_own = [self](const Record& record) {
    for (const Record* own = self; own != nullptr; own = own->extra_records) {
      if (own == &record) return true;
    }
    return false;
  };
  RetiredList adopted;
  ForEachRecord([&](Record& record) {
    if (record.drainer.load() != self) record.drainer.exchange(nullptr);
    if (is_own(record)) {
      // Somebody may have been taking this list: all but its head may be stale.
      if (!record.owner_pushing.load() && record.drainer.load() == nullptr) {
        record.retire_list = RetiredList(record.retire_list.head());
      }
      return;
    }
    adopted.Append(RetiredList(record.retire_list.TakeAll().head()));
    adopted.Append(RetiredList(record.reclaimable.TakeChain()));
    record.free_list.Forget();
    record.owner_pushing.store(false);
    record.drain_again.store(false);
    record.nested_pins.store(0);
    record.pinned_since.store(0);
    record.delay_asked_ms.store(0);
    record.proc_pins = 0;
    record.reclaiming = false;
    record.rerun = false;
    record.disposing = false;
    record.disposed = 0;
    record.disposed_bytes = 0;
    record.executor.store(nullptr);
    record.handed = nullptr;
    record.owner.store(0);
    record.watched.store(true);
    record.extra_records = nullptr;
    const std::uint64_t runs = record.run_seq.load();
    record.run_seq.store(runs + runs % 2);
    record.owned.store(false);
  });
  Defer(adopted);
  // What waited for those who are gone: this thread looks when it next lets go.
  if (self != nullptr && deferred_.load() != nullptr) {
    self->help_requested.store(HelpRequest::kYes);
  }
}

// --- Lists of retired objects --------------------------------------------

template <class Policy>
void Domain<Policy>::PushAll(Atomic<Retired*>& list, RetiredList objects) {
  if (objects.empty()) return;
  Retired* head = list.load();
  do {
    objects.tail()->next = head;
  } while (!list.compare_exchange_weak(head, objects.head()));
}

template <class Policy>
void Domain<Policy>::Defer(RetiredList objects) {
  PushAll(deferred_, objects);
}

// On a list, so that leak checkers find them.
template <class Policy>
void Domain<Policy>::Leak(RetiredList objects) {
  PushAll(leaked_, objects);
  leaked_objects_.fetch_add(objects.count());
  leaked_bytes_.fetch_add(objects.bytes());
}

template <class Policy>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Domain<Policy>::PushRetired(
    Record& self, Retired* object, std::size_t& count, std::size_t& bytes) {
  // EDGE own-list: the owner says that it is busy and then looks for a taker.
  // Relaxed: LightFence() stands between. Pairs with DrainAllLists(): taker,
  // HeavyFence(), a look at busy. At least one of the two sees the other, so
  // that they never both touch the list. Weaker: impossible, but without the
  // fence both may touch it. Test:
  // RetireStressTest.NothingIsLostWhenListsAreTakenByOthers. Model:
  // retire_list.pml.
  self.owner_pushing.store(true, std::memory_order_relaxed);
  Policy::LightFence();
  const bool mine = self.drainer.load() == nullptr;
  if (mine) {
    self.retire_list.PushInOrder(object);
    count = self.retire_list.count();
    bytes = self.retire_list.bytes();
  }
  // EDGE own-list-whole: release: a taker that finds the owner not busy sees
  // the whole list. Pairs with DrainAllLists(). Weaker: a taker sees half of a
  // push. Model: ReclaimsTakeTheListsOfOthers.
  self.owner_pushing.store(false, std::memory_order_release);
  return mine;
}

template <class Policy>
RetiredList Domain<Policy>::TakeRetireList(Record& self, std::size_t at_least) {
  // The owner is not busy, so it need only keep other takers out. One that is
  // there already takes the list in its place, unless it looked while the owner
  // was busy: so it is told, and looks again. Told too late, it has gone, and
  // the second try succeeds.
  for (bool told = false;; told = true) {
    Record* nobody = nullptr;
    if (self.drainer.compare_exchange_strong(nobody, &self)) {
      RetiredList taken;
      if (self.retire_list.count() >= at_least)
        taken = self.retire_list.TakeAll();
      self.drainer.store(nullptr);
      return taken;
    }
    if (told) return RetiredList();
    self.drain_again.store(true);
  }
}

template <class Policy>
RetiredList Domain<Policy>::DrainAllLists(Record& self, bool wait) {
  RetiredList taken;
  bool missed = true;
  while (std::exchange(missed, false)) {
    ForEachRecord([&](Record& record) {
      const auto claim = [&] {
        Record* nobody = nullptr;
        return record.drainer.compare_exchange_strong(nobody, &self);
      };
      bool mine = claim();
      // Who is there may leave the list to a busy owner. All wait in the order
      // of the records, so that no two wait for each other.
      // They keep from being cancelled meanwhile: a brief pause yields.
      for (; wait && !mine; mine = claim()) Policy::Pause(0, true);
      if (mine) {
        // What the owner missed until now is taken below. By an exchange: who
        // reads that it missed something also reads that it is not busy.
        record.drain_again.exchange(false);
      }
    });
    const bool fenced = Policy::HeavyFence();
    ForEachRecord([&](Record& record) {
      if (record.drainer.load() != &self) return;
      while (wait && record.owner_pushing.load()) Policy::Pause(0, true);
      // A busy owner keeps its list: waiting for it could take for ever. So do
      // all without the fence, since nobody knows who is busy: their own
      // reclaims need none to take it, and leak it if they are refused as well.
      // EDGE own-list, own-list-whole: the other side of PushRetired().
      if (fenced && !record.owner_pushing.load())
        taken.Append(record.retire_list.TakeAll());
      record.drainer.store(nullptr);
      // The owner wanted the list meanwhile (TakeRetireList()).
      if (record.drain_again.load()) missed = true;
    });
    wait = false;  // each list has been taken once
  }
  taken.Append(TakeDeferred());
  return taken;
}

// --- Reclaiming ----------------------------------------------------------

template <class Policy>
void Domain<Policy>::Retire(Retired* object) {
  Record& self = Self();
  object->stamp = 0;
  self.retired.Add(1);
  self.retired_bytes.Add(object->bytes);
  std::size_t count, bytes;
  if (ABSL_PREDICT_FALSE(!PushRetired(self, object, count, bytes))) {
    RetireAlone(self, object);
  } else if (ABSL_PREDICT_FALSE(--self.until_look == 0 ||
                                count >= max_objects_.load() ||
                                bytes >= max_bytes_.load())) {
    ReclaimIfDue(self, count, bytes);
  }
}

// What the own list cannot take: somebody is taking that.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::RetireAlone(Record& self,
                                                         Retired* object) {
  RetiredList alone;
  alone.Push(object);
  if (self.reclaiming) {
    Defer(alone);
    self.rerun = true;
  } else if (self.ending) {
    LeaveToOthers(alone);
  } else {
    ReclaimLoop(
        self, [&] { return alone; }, self.threshold);
  }
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimIfDue(Record& self,
                                                          std::size_t count,
                                                          std::size_t bytes) {
  if (ABSL_PREDICT_FALSE(self.ending || left_to_others_.load()) &&
      !self.reclaiming) {
    self.until_look = 1;
    ReclaimForOthers(self);
    return;
  }
  const std::size_t limit = (std::min)(self.threshold, max_objects_.load());
  const bool due = count >= limit || bytes >= max_bytes_.load();
  // The next time is when the clock is to be read, or the limit is reached.
  self.until_look =
      due ? 1
          : std::clamp<std::size_t>(self.threshold / kThresholdPerClock, 1,
                                    limit - count);
  if (self.reclaiming) return;
  const std::uint64_t now = Policy::Milliseconds();
  const bool quiet = now - self.last_reclaim_ms >= kQuietMs;
  if (!due && !quiet) return;
  // The heavy fence is dear, so while reclaims follow each other closely, each
  // has twice as many objects to pay for it.
  self.threshold =
      quiet ? 1 : (std::min)(2 * self.threshold, max_objects_.load());
  self.last_reclaim_ms = now;
  self.until_look = 1;
  ReclaimLoop(
      self, [&] { return TakeRetireList(self, 1); }, self.threshold);
}

template <class Policy>
void Domain<Policy>::Dispose(Retired* object) {
  Record& self = Self();
  object->stamp = kNotRetired;
  self.reclaimable.PushInOrder(object);
  if (self.ending) {
    if (!self.reclaiming) HandOverAll(self);
  } else if (!self.reclaiming) {
    ReclaimLoop(
        self, [] { return RetiredList(); }, 1);
  }
}

template <class Policy>
void Domain<Policy>::DisposeAll(Retired* chain) {
  Record& self = Self();
  while (chain != nullptr) {
    self.reclaimable.PushInOrder(std::exchange(chain, chain->next));
  }
  self.disposing = true;
  if (!self.reclaiming) {
    ReclaimLoop(
        self, [] { return RetiredList(); }, 1);
  }
}

template <class Policy>
void Domain<Policy>::Reclaim() {
  Record& self = Self();
  if (self.reclaiming) {
    self.rerun = true;
    return;
  }
  if (self.ending) {
    RequestHelpFromAll();
    return;
  }
  ReclaimLoop(
      self, [&] { return DrainAllLists(self, false); }, 1);
}

template <class Policy>
void Domain<Policy>::Synchronize() {
  Record& self = Self();
  if (self.pinned_since.load() != 0) {
    Fatal("sync/atomic: Synchronize while pinned");
  }
  // A pin that reads this epoch, or a later one, began after the call.
  const std::uint64_t now = epoch_.fetch_add(1) + 1;
  if (!Policy::HeavyFence()) {
    Fatal("sync/atomic: Synchronize cannot see the pins of other threads");
  }
  ForEachRecord([&](Record& record) {
    // EDGE pin: the other side of SetPin().
    // EDGE unpin: the other side of EndPin(): who is no longer pinned has read.
    const auto is_pinned = [&] {
      const std::uint64_t since = record.pinned_since.load();
      return since != 0 && since < now;
    };
    // Who asked not to be interrupted will be done before it pays to sleep.
    const auto is_brief = [&] {
      const std::uint64_t asked = record.delay_asked_ms.load();
      return asked != 0 && Policy::Milliseconds() - asked < kBriefMs;
    };
    for (int round = 0; is_pinned(); ++round) {
      if (round >= kRoundsTillGone && ReleaseRecordIfGone(record)) break;
      Policy::Pause(round, is_brief());
    }
  });

  // From a destructor: others may be waiting for this one.
  if (self.reclaiming || self.ending) return;

  // What was retired before the call is on a list, and is taken here; or a
  // reclaim has it that began before, and is waited for. That one may leave an
  // object to the holder whom it saw, and the holder may have it in a reclaim
  // of its own by the time that the first one is over: so it takes two rounds.
  // By then only who holds it still, or pinned itself later, keeps it.
  for (int round = 0; round < 2; ++round) {
    ReclaimLoop(
        self, [&] { return DrainAllLists(self, true); }, 1);
    ForEachRecord([&](Record& record) {
      const std::uint64_t run = record.run_seq.load();
      if (&record == &self || run % 2 == 0) return;
      for (int n = 0; record.run_seq.load() == run; ++n) {
        if (n >= kRoundsTillGone && ReleaseRecordIfGone(record)) return;
        Policy::Pause(n, false);
      }
    });
  }
}

// The calling thread let go of something that `holder` announced, and for which
// something waits, perhaps.
template <class Policy>
void Domain<Policy>::HelpSlow(Record& holder) {
  // The look was a hint. Who reads kYes here finds the list; if it is cleared
  // again, then somebody else takes the list and looks.
  Policy::LightFence();
  HelpRequest wanted = holder.help_requested.load();
  if (wanted == HelpRequest::kMaybe && Policy::LightFenceIsCompilerOnly()) {
    holder.help_requested.compare_exchange_strong(wanted, HelpRequest::kNo);
  }
  if (wanted == HelpRequest::kYes) ReclaimDeferred(holder);
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimDeferred(Record& holder) {
  Record& self = Self();
  if (self.reclaiming) {
    self.rerun = true;
    return;
  }
  if (self.ending) {
    RequestHelpFromAll();
    return;
  }
  // Cleared before the list is taken: what is deferred for this holder after
  // that sets it again.
  holder.help_requested.store(Policy::LightFenceIsCompilerOnly()
                                  ? HelpRequest::kNo
                                  : HelpRequest::kMaybe);
  ReclaimLoop(
      self, [&] { return TakeDeferred(); }, 1);
}

// Sorts what `take` returns and disposes of the dead, and goes on with what
// their destructors retired, while that is `repeat_at` objects or more, or let
// go of.
template <class Policy>
template <class Take>
void Domain<Policy>::ReclaimLoop(Record& self, Take take,
                                 std::size_t repeat_at) {
  self.reclaiming = true;
  self.run_seq.store(self.run_seq.load() + 1);  // before anything is taken
  RunScope scope{*this, self};
  RetiredList batch = take();
  do {
    Scan(self, batch);
    // Destructors and executors run from here, with nothing of ours open: all
    // that is not dead is back on a list where others find it, and what is dead
    // is in the record. One may end its thread: Unregister() looks after that.
    if (!self.disposing && !self.reclaimable.empty() &&
        !Policy::RunOnExecutor(self.reclaimable) && self.ending) {
      LeaveToOthers(RetiredList(self.reclaimable.TakeChain()));
    }
    while (Retired* const object = self.reclaimable.Pop()) {
      if (object->stamp != kNotRetired) {
        ++self.disposed;
        self.disposed_bytes += object->bytes;
      }
      object->dispose(object);
    }
    self.freed.Add(std::exchange(self.disposed, 0));
    self.freed_bytes.Add(std::exchange(self.disposed_bytes, 0));
    batch = TakeRetireList(self, repeat_at);
    if (self.rerun) {
      self.rerun = false;
      batch.Append(TakeDeferred());
    }
  } while (!batch.empty());
  self.disposing = false;
  self.run_seq.store(self.run_seq.load() + 1);
  self.reclaiming = false;
  scope.ended = true;
}

// Moves what nobody can read from `batch` to self.reclaimable, and the rest to
// the deferred list, where a holder will look when it lets go.
template <class Policy>
void Domain<Policy>::Scan(Record& self, RetiredList batch) {
  if (batch.empty()) return;
  Blocker blockers[kMaxBlockers];
  while (!batch.empty()) {
    // A pin that reads this epoch, or a later one, sees that the objects were
    // unlinked.
    const std::uint64_t stamp = epoch_.fetch_add(1) + 1;
    if (!Policy::HeavyFence()) {
      Leak(batch);
      return;
    }

    // All pins first and then all slots: a reader under a pin may occupy a slot
    // and then unpin, and must not fall through in between.
    constexpr std::uint64_t kNever =
        (std::numeric_limits<std::uint64_t>::max)();
    Blocker oldest = {nullptr, nullptr, nullptr, kNever};
    ForEachRecord([&oldest](Record& record) {
      // EDGE pin: the other side of SetPin().
      // EDGE unpin: the other side of EndPin().
      const std::uint64_t since = record.pinned_since.load();
      if (since != 0 && since < oldest.since) {
        oldest = {&record, nullptr, nullptr, since};
      }
    });
    AddressFilter announced;
    ForEachSlot([&announced](Record&, const HazardSlot&, const void* address) {
      announced.Add(address);
    });

    RetiredStack dead, suspects;
    RetiredList in_pins;
    const auto sort_by_pins = [&](Retired* object) {
      // What waits for several pins waits for the oldest of them first.
      // What nobody had retired waits for none.
      if (ABSL_PREDICT_FALSE(oldest.since < object->stamp) &&
          object->stamp != kNotRetired) {
        in_pins.Push(object);
      } else {
        dead.Push(object);
      }
    };
    for (Retired* object = batch.TakeChain(); object != nullptr;) {
      Retired* const next = object->next;
      if (object->stamp == 0) object->stamp = stamp;
      if (ABSL_PREDICT_FALSE(announced.MayHold(object->address))) {
        suspects.Push(object);
      } else {
        sort_by_pins(object);
      }
      object = next;
    }

    // Who holds them, if anybody, is looked up for the few alone.
    RetiredList rest;
    std::size_t held = 0;
    if (!suspects.empty()) {
      RetiredTable table;
      while (Retired* const object = suspects.Pop()) table.Insert(object);
      ForEachSlot(
          [&](Record& record, const HazardSlot& slot, const void* address) {
            Retired* const object = table.Remove(address);
            if (object == nullptr) return;
            // One place is kept for the oldest pin. What finds no place goes
            // into a further round.
            if (held == kMaxBlockers - 1) {
              batch.Push(object);
            } else {
              rest.Push(object);
              blockers[held++] = {&record, &slot, address, 0};
            }
          });
      table.Drain(sort_by_pins);
    }
    self.reclaimable.AppendInOrder(dead);
    if (!in_pins.empty()) {
      Notice(*oldest.record, oldest.since);
      CheckHolder(oldest, in_pins, stamp);
      rest.Append(in_pins);
      blockers[held++] = oldest;
      // If it ends here, Released() finds that below.
      if (Policy::Milliseconds() - oldest.record->noticed_ms.load() > kGoneMs) {
        ReleaseRecordIfGone(*oldest.record);
      }
    }
    if (rest.empty()) continue;

    // First the list, and then `wanted`: who reads `wanted` finds the list.
    // From the push on `rest` may be freed by others.
    // EDGE wanted: the other side of HelpIfRequested().
    Defer(rest);
    for (std::size_t i = 0; i < held; ++i) {
      blockers[i].record->help_requested.store(HelpRequest::kYes);
    }
    // Without the fence a holder may have let go unseen, and nobody would look
    // after the objects again.
    if (!Policy::HeavyFence()) {
      batch.Append(TakeDeferred());
      Leak(batch);
      return;
    }
    if (std::any_of(blockers, blockers + held,
                    [](const Blocker& holder) { return holder.Released(); })) {
      batch.Append(TakeDeferred());
    }
  }
}

// Under ThreadSanitizer each file has its own instrumented copy, of which the
// linker takes one in place of the library's: so it knows the core's atomics
// also where the library was built without it.
#ifndef SYNC_ATOMIC_INTERNAL_TSAN
extern template class Domain<StdPolicy>;
#endif

// The one domain of the process. Inline, as the thread's record is
// (StdPolicy::this_record()): where a system has one copy of such variables for
// several libraries, it has one of both.
// Without ABSL_CONST_INIT, of which clang's -Wc++20-compat warns as C++20; the
// constructors are constexpr.
SYNC_ATOMIC_INTERNAL_PROCESS Domain<StdPolicy> process_domain;

inline Domain<StdPolicy>& StdPolicy::domain() { return process_domain; }

SYNC_ATOMIC_INTERNAL_PROCESS ThreadRecord<StdPolicy> std_policy_sentinel_record
    SYNC_ATOMIC_INTERNAL_INITIALLY({SentinelTag()});
SYNC_ATOMIC_INTERNAL_THREAD ThreadRecord<StdPolicy>* std_policy_fast_record
    SYNC_ATOMIC_INTERNAL_INITIALLY(= &std_policy_sentinel_record);

inline ThreadRecord<StdPolicy>& StdPolicy::sentinel_record() {
  return std_policy_sentinel_record;
}
inline ThreadRecord<StdPolicy>*& StdPolicy::fast_record() {
  return std_policy_fast_record;
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_DOMAIN_H_
