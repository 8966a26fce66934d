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
// go by Policy::quick(), a record whose first slot they find free and whose pin
// they find open only where LightFence() is free. All else is out of line.
//
// Threads:   all members on any threads; a Participant& is the caller's own.
// Progress:  Pin, Publish, and Drop without something to free are wait-free;
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
#include "sync_atomic/atomic/internal/die.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/export.h"
#include "sync_atomic/pointer/internal/participant.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/retired.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class SYNC_ATOMIC_INTERNAL_EXPORT Domain {
 public:
  using Record = Participant<Policy>;
  using Slot = typename Record::Slot;
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  constexpr Domain() = default;
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  // The calling thread's record, made on its first use (which dies without
  // memory).
  Record& Self() {
    Record* const self = Policy::current();
    return ABSL_PREDICT_TRUE(self != nullptr) ? *self : Join();
  }

  // --- Reading -----------------------------------------------------------

  // Pins the calling thread, and returns its record.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Record& Pin() {
    Record& self = *Policy::quick();
    if (ABSL_PREDICT_TRUE(!IsPinned(self))) {
      AnnouncePin(self);
    } else if (&self != &Policy::nobody()) {
      PinFurther(self);
    } else {
      return PinSlowly();
    }
    Policy::FreeFence();
    return self;
  }

  // The same, for who has the record.
  void Pin(Record& self) {
    if (IsPinned(self)) {
      PinFurther(self);
    } else {
      AnnouncePin(self);
    }
    Policy::LightFence();  // a handler may have come before the first pin's
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void Unpin(Record& self) {
    if (EndPin(self)) HelpIfWanted(self);  // what waited for the pin
  }

  // Unpin() without a look at what waited. False: another pin is left, or else
  // the caller must call HelpIfWanted().
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE bool EndPin(Record& self) {
    // EDGE further-pins: relaxed; as there. Pairs with PinFurther().
    const std::uint32_t further =
        self.further_pins.load(std::memory_order_relaxed);
    if (ABSL_PREDICT_FALSE(further != 0)) {
      // EDGE further-pins: relaxed; as there. Pairs with PinFurther().
      self.further_pins.store(further - 1, std::memory_order_relaxed);
      return false;
    }
    // EDGE unpin: release: what was read under the pin has been read. Pairs
    // with Sort() and Synchronize(). Weaker: an object is freed while it is
    // read. Test: PinStressTest.NothingIsFreedUnderAPin. Model:
    // AnUnpinMeetsARetire.
    self.pinned_since.store(0, std::memory_order_release);
    Policy::FreeFence();  // HelpIfWanted() makes up for it where it is not
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
  // returns it; it stays alive until Drop(slot). Null, with the slot free
  // again, when other threads changed `cell` each time: the caller then reads
  // it under a pin. `retried`: the slot held something else for a moment, and
  // the caller must call HelpIfWanted() when it is done.
  template <class T>
  T* Publish(Slot& slot, const Atomic<T*>& cell, bool& retried) {
    // EDGE guess: relaxed; a guess, which Announce() confirms or replaces
    // before anybody follows it. Pairs with nothing. Weaker: impossible. Test:
    // InterleavingTest.ALoadSurvivesAStoreAtEachStep.
    T* guess = cell.load(std::memory_order_relaxed);
    for (int round = 0; round < kPublishRounds; ++round) {
      if (Announce(slot, cell, guess, &Policy::LightFence)) return guess;
      retried = true;
    }
    slot.store(nullptr);
    Policy::LightFence();
    return nullptr;
  }

  // The fast path of the above: announces in the calling thread's first slot,
  // which it looks for, what `cell` holds. False: it did not, and the caller
  // must first Drop() what `slot` is then, unless that is null, and go the slow
  // way (SlowSelf()).
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool PublishQuickly(const Atomic<T*>& cell,
                                                   T*& object, Slot*& slot) {
    Slot& first = Policy::quick()->hazard_slots[0];
    slot = nullptr;
    if (ABSL_PREDICT_FALSE(!Record::IsFree(first))) return false;
    slot = &first;
    // EDGE guess: relaxed; as in Publish(). Pairs with nothing. Weaker:
    // impossible. Test: InterleavingTest.ALoadSurvivesAStoreAtEachStep.
    object = cell.load(std::memory_order_relaxed);
    return ABSL_PREDICT_TRUE(Announce(first, cell, object, &Policy::FreeFence));
  }

  // The calling thread's record, for the slow way, which the thread so need not
  // go again for want of it.
  Record& SlowSelf() {
    Record& self = Self();
    if (Policy::quick() != &self && Policy::FencesAreFree()) {
      Policy::quick() = &self;
    }
    return self;
  }

  // An object, and the slot that announces it.
  template <class T>
  struct Announced {
    T* object;
    Slot* slot;
  };

  // Announces what `cell` holds in a slot, and returns both; no slot for null.
  // Needs no count in the object: where the record has no slot left it claims a
  // further record, and where Publish() fails it fills the slot under a pin.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE Announced<T> Protect(const Atomic<T*>& cell) {
    T* object;
    Slot* slot;
    if (ABSL_PREDICT_TRUE(PublishQuickly(cell, object, slot))) {
      return {object, object == nullptr ? nullptr : slot};
    }
    return ProtectSlowly(cell, slot);
  }

  // Lets go of what a slot holds, on any thread. May dispose of it.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Drop(Slot& slot) {
    Record& holder = Record::Of(&slot);
    // EDGE drop: release: what was read through the slot has been read. Pairs
    // with ForEachSlot() and IsFree(), which hands the slot to another reader.
    // Weaker: an object is freed while it is read. Test:
    // ValueStressTest.ReadersNeverSeeAFreedObject. Model: ASlotChangesHands.
    slot.store(nullptr, std::memory_order_release);
    Policy::FreeFence();   // HelpIfWanted() makes up for it where it is not
    HelpIfWanted(holder);  // what waited for the slot
  }

  // To be called after the caller let go of something that `holder` announced.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void HelpIfWanted(Record& holder) {
    // EDGE wanted: relaxed; FreeFence() stands between this and the withdrawn
    // announcement, and where that is no fence, `wanted` is never kNo. Pairs
    // with Sort(): wanted, HeavyFence(), a second look. Weaker: impossible, but
    // without the fence both sides may miss, and the object waits for ever.
    // Test: InterleavingTest.AStoreMeetsADropAtEachStep. Model:
    // ADropMeetsAStore and fence.pml.
    if (ABSL_PREDICT_FALSE(holder.wanted.load(std::memory_order_relaxed) !=
                           Wanted::kNo)) {
      LookAfter(holder);
    }
  }

  // --- Freeing -----------------------------------------------------------

  // Disposes of `object` once nobody can read it. Its address, disposer and
  // size are set, and nobody can reach it any more who hasn't already.
  void Retire(Retired* object);

  // Disposes now of an object that nobody can read.
  void Dispose(Retired* object);

  // Disposes of what others handed over (Policy::HandOver()).
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
      for (const Slot& slot : record.hazard_slots) {
        // EDGE publish: the other side of Announce().
        // EDGE drop: the other side of Drop().
        // EDGE hand-over: the other side of PublishPinned().
        const void* const address = slot.load();
        if (address != nullptr) f(record, slot, address);
      }
    });
  }

  // Ends a record's use by its thread, wherever that ended, in a destructor
  // too. Runs none: what the thread had retired goes to the executor, or else
  // to others (LeaveToOthers()). False: it is still pinned.
  bool Leave(Record& self);

  // Leaves a chain of objects to whichever thread next retires, releases or
  // reclaims something.
  void LeaveToOthers(Retired* chain) { LeaveToOthers(RetiredList(chain)); }

  // To be called in the child of a fork, on its one thread, before anything
  // else; `self` is that thread's record, null if it has none. All other
  // threads are gone, wherever they were. Runs no destructors.
  void AfterFork(Record* self);

 private:
  // An announcement for which an object had to wait.
  struct Holder {
    Record* record;
    const Slot* slot;     // null: the record's pin
    const void* object;   // what the slot held
    std::uint64_t since;  // what pinned_since held

    bool HasLetGo() const {
      return slot != nullptr ? slot->load() != object
                             : record->pinned_since.load() != since;
    }
  };

  // After so many failed rounds a reader pins instead, which needs none.
  static constexpr int kPublishRounds = 8;
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
  static constexpr std::size_t kMaxHolders = Policy::kMaxHolders;
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
  static void CheckHolder([[maybe_unused]] const Holder& pin,
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
  // what it holds now. `fence` is the policy's LightFence, or its FreeFence.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool Announce(Slot& slot, const Atomic<T*>& cell,
                                             T*& guess, void (*fence)()) {
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
  ABSL_ATTRIBUTE_NOINLINE Announced<T> ProtectSlowly(const Atomic<T*>& cell,
                                                     Slot* let_go) {
    if (let_go != nullptr) Drop(*let_go);
    Record& self = SlowSelf();
    Slot* slot = self.FreeSlot();
    if (slot == nullptr) slot = &FurtherSlot(self);
    bool retried = false;
    T* object = Publish(*slot, cell, retried);
    if (retried) {
      if (object == nullptr) object = PublishPinned(self, *slot, cell);
      HelpIfWanted(self);
      HelpIfWanted(Record::Of(slot));
    }
    // With null the slot is free again, and what was disposed of just now may
    // have taken it already.
    return {object, object == nullptr ? nullptr : slot};
  }

  template <class T>
  T* PublishPinned(Record& self, Slot& slot, const Atomic<T*>& cell) {
    Pin(self);
    T* const object = cell.load();
    // EDGE hand-over: release, as in Announce(); whoever finds the pin ended
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

  void AnnouncePin(Record& self) {
    // EDGE pin: the announcement. Release: a scan that reads this epoch also
    // sees that the owner has finished what it read under earlier pins. Pairs
    // with Sort() and Synchronize(), which read it after a HeavyFence(). The
    // epoch is read seq_cst: whoever reads one not below an object's stamp
    // also sees that the object was unlinked. Weaker: an object is freed
    // while it is read under the pin before. Test:
    // PinStressTest.NothingIsFreedUnderAPin. Model: APinnedRecordChangesHands
    // and AnEpochShowsWhatWasUnlinked.
    self.pinned_since.store(epoch_.load(), std::memory_order_release);
  }

  ABSL_ATTRIBUTE_NOINLINE Record& PinSlowly() {
    Record& self = SlowSelf();
    Pin(self);
    return self;
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE void PinFurther(Record& self) {
    // EDGE further-pins: relaxed; the owner's word, which its signal handlers
    // share, and leave as they found. Pairs with EndPin(). Weaker: impossible.
    // Test: RetireTest.WaitsForAPinThatBeganBefore.
    const std::uint32_t further =
        self.further_pins.load(std::memory_order_relaxed);
    // EDGE further-pins: relaxed; as above. Pairs with EndPin().
    self.further_pins.store(further + 1, std::memory_order_relaxed);
  }

  // Closes a Run() that did not come to its end: a destructor or an executor
  // ended the thread, or an executor threw.
  void EndRun(Record& record);
  struct RunScope;

  // Ends the use of a record whose owner has ended, or is ending.
  void Vacate(Record& record);
  // The same, if the owner ended unseen.
  bool VacateIfGone(Record& record);

  // A retirement's reclaim where a thread has ended, or is ending.
  void ReclaimForOthers(Record& self);
  void LeaveToOthers(RetiredList objects);
  void AskAllForHelp();
  // What the calling thread, which is ending, has retired and released.
  void GiveAway(Record& self);

  Record& Claim();
  Slot& FurtherSlot(Record& self);
  Record& Join();
  void LookAfter(Record& holder);
  void Help(Record& holder);

  // Adds to the own list, and says how long that is then. False: somebody is
  // taking it right now.
  bool PushOwn(Record& self, Retired* object, std::size_t& count,
               std::size_t& bytes);
  void RetireAlone(Record& self, Retired* object);
  void ReclaimIfDue(Record& self, std::size_t count, std::size_t bytes);
  // Takes the own list if it holds `at_least` so many.
  RetiredList TakeOwn(Record& self, std::size_t at_least);
  RetiredList TakeEverybodys(Record& self, bool wait);
  RetiredList TakeDeferred() {
    left_to_others_.store(false);  // first: what is left later sets it again
    return RetiredList(deferred_.exchange(nullptr));
  }
  void Defer(RetiredList objects);
  void Leak(RetiredList objects);

  template <class Take>
  void Run(Record& self, Take take, std::size_t repeat_at);
  void Sort(Record& self, RetiredList batch);

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
typename Domain<Policy>::Record& Domain<Policy>::Claim() {
  std::size_t count = 0;
  for (Record* record = records_.load(); record != nullptr;
       record = record->next) {
    std::uint32_t owned = false;
    if (!record->watched.load()) VacateIfGone(*record);
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
    Die("sync/atomic: no memory for the record of a thread");
  }
  for (std::size_t i = 1; i < size; ++i) {
    block[i].owned.store(false);
    block[i - 1].next = &block[i];
  }
  Record*& last = block[size - 1].next;
  last = records_.load();
  while (!records_.compare_exchange_weak(last, block)) {
  }
  if (left_to_others_.load()) {  // AskAllForHelp() may have missed these
    for (std::size_t i = 0; i < size; ++i) {
      block[i].wanted.store(Wanted::kYes);
    }
  }
  return *block;
}

template <class Policy>
typename Domain<Policy>::Record& Domain<Policy>::Join() {
  Record& self = Claim();
  self.threshold = 1;
  self.last_reclaim_ms = 0;
  self.until_look = 1;
  self.ending = Policy::ThreadIsEnding();
  Policy::current() = &self;
  self.watched.store(Policy::WatchThreadExit(self));
  return self;
}

// A free slot in one of the records that the owner claimed for their slots.
template <class Policy>
typename Domain<Policy>::Slot& Domain<Policy>::FurtherSlot(Record& self) {
  for (Record* chunk = self.chunk; chunk != nullptr; chunk = chunk->chunk) {
    if (Slot* const free = chunk->FreeSlot()) return *free;
  }
  for (;;) {
    Record& chunk = Claim();
    chunk.chunk = std::exchange(self.chunk, &chunk);
    // A record that was given back may have its slots occupied still.
    if (Slot* const free = chunk.FreeSlot()) return *free;
  }
}

template <class Policy>
bool Domain<Policy>::Leave(Record& self) {
  if (self.pinned_since.load() != 0) return false;
  self.ending = true;
  Policy::EndHandOver(self);
  EndRun(self);
  GiveAway(self);
  self.cache.Clear();
  Policy::current() = nullptr;
  Policy::quick() = &Policy::nobody();
  Vacate(self);
  return true;
}

template <class Policy>
void Domain<Policy>::Vacate(Record& record) {
  Policy::EndHandOver(record);
  EndRun(record);
  LeaveToOthers(TakeOwn(record, 1));
  record.proc_pins = 0;
  while (Record* const chunk = record.chunk) {
    record.chunk = std::exchange(chunk->chunk, nullptr);
    chunk->owned.store(false);
  }
  record.owner.store(0);
  record.owned.store(false);
}

// One thread alone does that: whoever takes the number of the owner. The owner
// is gone, and has done all that it did before the system said so.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE bool Domain<Policy>::VacateIfGone(Record& record) {
  std::uint64_t gone = record.owner.load();
  if (gone == 0 || !Policy::ThreadIsGone(Record::ThreadOf(gone)) ||
      !record.owner.compare_exchange_strong(gone, 0)) {
    return false;
  }
  record.cache.Clear();
  record.further_pins.store(0);
  record.pinned_since.store(0);
  record.delay_asked_ms.store(0);
  record.watched.store(true);
  Vacate(record);
  return true;
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::EndRun(Record& record) {
  record.freed.Add(std::exchange(record.disposed, 0));
  record.freed_bytes.Add(std::exchange(record.disposed_bytes, 0));
  const bool look_again = std::exchange(record.again, false);
  record.disposing = false;
  record.reclaiming = false;
  LeaveToOthers(RetiredList(record.dead.TakeChain()));
  if (look_again) AskAllForHelp();
  // Last: Synchronize() waits for that.
  const std::uint64_t runs = record.runs.load();
  if (runs % 2 != 0) record.runs.store(runs + 1);
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
  left_to_others_.store(true);  // before records are looked at: see Claim()
  AskAllForHelp();
}

template <class Policy>
void Domain<Policy>::AskAllForHelp() {
  ForEachRecord([](Record& record) {
    if (record.wanted.load() != Wanted::kYes) {
      record.wanted.store(Wanted::kYes);
    }
  });
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::ReclaimForOthers(Record& self) {
  if (self.ending) {
    GiveAway(self);
  } else {
    Help(self);  // which takes the own list as well
  }
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::GiveAway(Record& self) {
  if (Policy::HasExecutor()) {
    Run(
        self, [&] { return TakeOwn(self, 1); }, 1);
  } else {
    LeaveToOthers(TakeOwn(self, 1));
    LeaveToOthers(RetiredList(self.dead.TakeChain()));
  }
}

// A thread that is gone neither reads nor goes on: its pins end, its record is
// free, and what it had retired is adopted. Its slots stay: nobody knows which
// snapshots lay on its stack. What it had in its hands, taken from a list and
// not yet put back, is leaked, and so are the blocks of its cache.
template <class Policy>
void Domain<Policy>::AfterFork(Record* self) {
  const auto is_own = [self](const Record& record) {
    for (const Record* own = self; own != nullptr; own = own->chunk) {
      if (own == &record) return true;
    }
    return false;
  };
  RetiredList adopted;
  ForEachRecord([&](Record& record) {
    if (record.taker.load() != self) record.taker.exchange(nullptr);
    if (is_own(record)) {
      // Somebody may have been taking this list: all but its head may be stale.
      if (!record.busy.load() && record.taker.load() == nullptr) {
        record.own = RetiredList(record.own.head());
      }
      return;
    }
    adopted.Append(RetiredList(record.own.TakeAll().head()));
    adopted.Append(RetiredList(record.dead.TakeChain()));
    record.cache.Forget();
    record.busy.store(false);
    record.missed.store(false);
    record.further_pins.store(0);
    record.pinned_since.store(0);
    record.delay_asked_ms.store(0);
    record.proc_pins = 0;
    record.reclaiming = false;
    record.again = false;
    record.disposing = false;
    record.disposed = 0;
    record.disposed_bytes = 0;
    record.executor.store(nullptr);
    record.handed = nullptr;
    record.owner.store(0);
    record.watched.store(true);
    record.chunk = nullptr;
    const std::uint64_t runs = record.runs.load();
    record.runs.store(runs + runs % 2);
    record.owned.store(false);
  });
  Defer(adopted);
  // What waited for those who are gone: this thread looks when it next lets go.
  if (self != nullptr && deferred_.load() != nullptr) {
    self->wanted.store(Wanted::kYes);
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
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Domain<Policy>::PushOwn(
    Record& self, Retired* object, std::size_t& count, std::size_t& bytes) {
  // EDGE own-list: the owner says that it is busy and then looks for a taker.
  // Relaxed: LightFence() stands between. Pairs with TakeEverybodys(): taker,
  // HeavyFence(), a look at busy. At least one of the two sees the other, so
  // that they never both touch the list. Weaker: impossible, but without the
  // fence both may touch it. Test:
  // RetireStressTest.NothingIsLostWhenListsAreTakenByOthers. Model:
  // own_list.pml.
  self.busy.store(true, std::memory_order_relaxed);
  Policy::LightFence();
  const bool mine = self.taker.load() == nullptr;
  if (mine) {
    self.own.PushInOrder(object);
    count = self.own.count();
    bytes = self.own.bytes();
  }
  // EDGE own-list-whole: release: a taker that finds the owner not busy sees
  // the whole list. Pairs with TakeEverybodys(). Weaker: a taker sees half of a
  // push. Model: ReclaimsTakeTheListsOfOthers.
  self.busy.store(false, std::memory_order_release);
  return mine;
}

template <class Policy>
RetiredList Domain<Policy>::TakeOwn(Record& self, std::size_t at_least) {
  // The owner is not busy, so it need only keep other takers out. One that is
  // there already takes the list in its place, unless it looked while the owner
  // was busy: so it is told, and looks again. Told too late, it has gone, and
  // the second try succeeds.
  for (bool told = false;; told = true) {
    Record* nobody = nullptr;
    if (self.taker.compare_exchange_strong(nobody, &self)) {
      RetiredList taken;
      if (self.own.count() >= at_least) taken = self.own.TakeAll();
      self.taker.store(nullptr);
      return taken;
    }
    if (told) return RetiredList();
    self.missed.store(true);
  }
}

template <class Policy>
RetiredList Domain<Policy>::TakeEverybodys(Record& self, bool wait) {
  RetiredList taken;
  bool missed = true;
  while (std::exchange(missed, false)) {
    ForEachRecord([&](Record& record) {
      const auto claim = [&] {
        Record* nobody = nullptr;
        return record.taker.compare_exchange_strong(nobody, &self);
      };
      bool mine = claim();
      // Who is there may leave the list to a busy owner. All wait in the order
      // of the records, so that no two wait for each other.
      // They keep from being cancelled meanwhile: a brief pause yields.
      for (; wait && !mine; mine = claim()) Policy::Pause(0, true);
      if (mine) {
        // What the owner missed until now is taken below. By an exchange: who
        // reads that it missed something also reads that it is not busy.
        record.missed.exchange(false);
      }
    });
    const bool fenced = Policy::HeavyFence();
    ForEachRecord([&](Record& record) {
      if (record.taker.load() != &self) return;
      while (wait && record.busy.load()) Policy::Pause(0, true);
      // A busy owner keeps its list: waiting for it could take for ever. So do
      // all without the fence, since nobody knows who is busy: their own
      // reclaims need none to take it, and leak it if they are refused as well.
      // EDGE own-list, own-list-whole: the other side of PushOwn().
      if (fenced && !record.busy.load()) taken.Append(record.own.TakeAll());
      record.taker.store(nullptr);
      // The owner wanted the list meanwhile (TakeOwn()).
      if (record.missed.load()) missed = true;
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
  if (ABSL_PREDICT_FALSE(!PushOwn(self, object, count, bytes))) {
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
    self.again = true;
  } else if (self.ending) {
    LeaveToOthers(alone);
  } else {
    Run(
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
  Run(
      self, [&] { return TakeOwn(self, 1); }, self.threshold);
}

template <class Policy>
void Domain<Policy>::Dispose(Retired* object) {
  Record& self = Self();
  object->stamp = kNotRetired;
  self.dead.PushInOrder(object);
  if (self.ending) {
    if (!self.reclaiming) GiveAway(self);
  } else if (!self.reclaiming) {
    Run(
        self, [] { return RetiredList(); }, 1);
  }
}

template <class Policy>
void Domain<Policy>::DisposeAll(Retired* chain) {
  Record& self = Self();
  while (chain != nullptr) {
    self.dead.PushInOrder(std::exchange(chain, chain->next));
  }
  self.disposing = true;
  if (!self.reclaiming) {
    Run(
        self, [] { return RetiredList(); }, 1);
  }
}

template <class Policy>
void Domain<Policy>::Reclaim() {
  Record& self = Self();
  if (self.reclaiming) {
    self.again = true;
    return;
  }
  if (self.ending) {
    AskAllForHelp();
    return;
  }
  Run(
      self, [&] { return TakeEverybodys(self, false); }, 1);
}

template <class Policy>
void Domain<Policy>::Synchronize() {
  Record& self = Self();
  if (self.pinned_since.load() != 0) {
    Die("sync/atomic: Synchronize while pinned");
  }
  // A pin that reads this epoch, or a later one, began after the call.
  const std::uint64_t now = epoch_.fetch_add(1) + 1;
  if (!Policy::HeavyFence()) {
    Die("sync/atomic: Synchronize cannot see the pins of other threads");
  }
  ForEachRecord([&](Record& record) {
    // EDGE pin: the other side of AnnouncePin().
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
      if (round >= kRoundsTillGone && VacateIfGone(record)) break;
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
    Run(
        self, [&] { return TakeEverybodys(self, true); }, 1);
    ForEachRecord([&](Record& record) {
      const std::uint64_t run = record.runs.load();
      if (&record == &self || run % 2 == 0) return;
      for (int n = 0; record.runs.load() == run; ++n) {
        if (n >= kRoundsTillGone && VacateIfGone(record)) return;
        Policy::Pause(n, false);
      }
    });
  }
}

// The calling thread let go of something that `holder` announced, and for which
// something waits, perhaps.
template <class Policy>
void Domain<Policy>::LookAfter(Record& holder) {
  // The look was a hint. Who reads kYes here finds the list; if it is cleared
  // again, then somebody else takes the list and looks.
  Policy::LightFence();
  Wanted wanted = holder.wanted.load();
  if (wanted == Wanted::kPerhaps && Policy::FencesAreFree()) {
    holder.wanted.compare_exchange_strong(wanted, Wanted::kNo);
  }
  if (wanted == Wanted::kYes) Help(holder);
}

template <class Policy>
ABSL_ATTRIBUTE_NOINLINE void Domain<Policy>::Help(Record& holder) {
  Record& self = Self();
  if (self.reclaiming) {
    self.again = true;
    return;
  }
  if (self.ending) {
    AskAllForHelp();
    return;
  }
  // Cleared before the list is taken: what is deferred for this holder after
  // that sets it again.
  holder.wanted.store(Policy::FencesAreFree() ? Wanted::kNo : Wanted::kPerhaps);
  Run(
      self, [&] { return TakeDeferred(); }, 1);
}

// Sorts what `take` returns and disposes of the dead, and goes on with what
// their destructors retired, while that is `repeat_at` objects or more, or let
// go of.
template <class Policy>
template <class Take>
void Domain<Policy>::Run(Record& self, Take take, std::size_t repeat_at) {
  self.reclaiming = true;
  self.runs.store(self.runs.load() + 1);  // before anything is taken
  RunScope scope{*this, self};
  RetiredList batch = take();
  do {
    Sort(self, batch);
    // Destructors and executors run from here, with nothing of ours open: all
    // that is not dead is back on a list where others find it, and what is dead
    // is in the record. One may end its thread: Leave() looks after that.
    if (!self.disposing && !self.dead.empty() && !Policy::HandOver(self.dead) &&
        self.ending) {
      LeaveToOthers(RetiredList(self.dead.TakeChain()));
    }
    while (Retired* const object = self.dead.Pop()) {
      if (object->stamp != kNotRetired) {
        ++self.disposed;
        self.disposed_bytes += object->bytes;
      }
      object->dispose(object);
    }
    self.freed.Add(std::exchange(self.disposed, 0));
    self.freed_bytes.Add(std::exchange(self.disposed_bytes, 0));
    batch = TakeOwn(self, repeat_at);
    if (self.again) {
      self.again = false;
      batch.Append(TakeDeferred());
    }
  } while (!batch.empty());
  self.disposing = false;
  self.runs.store(self.runs.load() + 1);
  self.reclaiming = false;
  scope.ended = true;
}

// Moves what nobody can read from `batch` to self.dead, and the rest to the
// deferred list, where a holder will look when it lets go.
template <class Policy>
void Domain<Policy>::Sort(Record& self, RetiredList batch) {
  if (batch.empty()) return;
  Holder holders[kMaxHolders];
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
    Holder oldest = {nullptr, nullptr, nullptr, kNever};
    ForEachRecord([&oldest](Record& record) {
      // EDGE pin: the other side of AnnouncePin().
      // EDGE unpin: the other side of EndPin().
      const std::uint64_t since = record.pinned_since.load();
      if (since != 0 && since < oldest.since) {
        oldest = {&record, nullptr, nullptr, since};
      }
    });
    AddressFilter announced;
    ForEachSlot([&announced](Record&, const Slot&, const void* address) {
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
      ForEachSlot([&](Record& record, const Slot& slot, const void* address) {
        Retired* const object = table.Remove(address);
        if (object == nullptr) return;
        // One place is kept for the oldest pin. What finds no place goes into a
        // further round.
        if (held == kMaxHolders - 1) {
          batch.Push(object);
        } else {
          rest.Push(object);
          holders[held++] = {&record, &slot, address, 0};
        }
      });
      table.Drain(sort_by_pins);
    }
    self.dead.AppendInOrder(dead);
    if (!in_pins.empty()) {
      Notice(*oldest.record, oldest.since);
      CheckHolder(oldest, in_pins, stamp);
      rest.Append(in_pins);
      holders[held++] = oldest;
      // If it ends here, HasLetGo() finds that below.
      if (Policy::Milliseconds() - oldest.record->noticed_ms.load() > kGoneMs) {
        VacateIfGone(*oldest.record);
      }
    }
    if (rest.empty()) continue;

    // First the list, and then `wanted`: who reads `wanted` finds the list.
    // From the push on `rest` may be freed by others.
    // EDGE wanted: the other side of HelpIfWanted().
    Defer(rest);
    for (std::size_t i = 0; i < held; ++i) {
      holders[i].record->wanted.store(Wanted::kYes);
    }
    // Without the fence a holder may have let go unseen, and nobody would look
    // after the objects again.
    if (!Policy::HeavyFence()) {
      batch.Append(TakeDeferred());
      Leak(batch);
      return;
    }
    if (std::any_of(holders, holders + held,
                    [](const Holder& holder) { return holder.HasLetGo(); })) {
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
// (StdPolicy::current()): where a system has one copy of such variables for
// several libraries, it has one of both.
// Without ABSL_CONST_INIT, of which clang's -Wc++20-compat warns as C++20; the
// constructors are constexpr.
SYNC_ATOMIC_INTERNAL_PROCESS Domain<StdPolicy> process_domain;

inline Domain<StdPolicy>& StdPolicy::domain() { return process_domain; }

SYNC_ATOMIC_INTERNAL_PROCESS Participant<StdPolicy> std_policy_nobody
    SYNC_ATOMIC_INTERNAL_INITIALLY({StandIn()});
SYNC_ATOMIC_INTERNAL_THREAD Participant<StdPolicy>* std_policy_quick
    SYNC_ATOMIC_INTERNAL_INITIALLY(= &std_policy_nobody);

inline Participant<StdPolicy>& StdPolicy::nobody() { return std_policy_nobody; }
inline Participant<StdPolicy>*& StdPolicy::quick() { return std_policy_quick; }

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_DOMAIN_H_
