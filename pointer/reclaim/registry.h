// SPDX-License-Identifier: Apache-2.0

// Registry: all records of threads. It only grows, so that a scan walks it
// without protection.
//
// Threads:   all members on any threads.
// Progress:  ForEach() and what is built on it are wait-free; Acquire() is
//            lock-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_REGISTRY_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class Registry {
 public:
  using Record = ThreadRecord<Policy>;
  using HazardSlot = internal::HazardSlot<Policy>;

  // Calls f(record) for each record, owned or not.
  template <class F>
  void ForEach(F f) {
    for (Record* record = head_.load(); record != nullptr;
         record = record->next) {
      f(*record);
    }
  }

  // Calls f(record, slot, address) for each hazard slot that is set.
  template <class F>
  void ForEachHazard(F f) {
    ForEach([&f](Record& record) {
      record.hazards.ForEachSet(
          [&](const HazardSlot& slot, const void* address) {
            f(record, slot, address);
          });
    });
  }

  // The record that has been pinned for longest, and its epoch.
  struct Pinned {
    Record* record = nullptr;  // none, and a time later than all
    std::uint64_t since = ~std::uint64_t{0};
    std::size_t of = 0;  // so many records
  };
  Pinned OldestPin() {
    Pinned oldest;
    ForEach([&oldest](Record& record) {
      // EDGE pin: the other side of Set().
      // EDGE unpin: the other side of End().
      // EDGE renew: the other side of Renew().
      const std::uint64_t since = record.pin.since();
      ++oldest.of;
      if (since != 0 && since < oldest.since) {
        oldest.record = &record;
        oldest.since = since;
      }
    });
    return oldest;
  }

  // A record that nobody owned, or a new one; null without memory.
  // look(record) is called for each record that it comes by: it may find that
  // its owner is gone, and release it.
  struct Acquired {
    Record* record;
    std::size_t made;  // so many are new, the record and those behind it
  };
  template <class Look>
  Acquired Acquire(Look look) {
    std::size_t count = 0;
    for (Record* record = head_.load(); record != nullptr;
         record = record->next) {
      look(*record);
      std::uint32_t owned = false;
      if (!record->owned.load() &&
          record->owned.compare_exchange_strong(owned, true)) {
        return {record, 0};
      }
      ++count;
    }
    // Records are made in blocks, each as large as all before: where a scan has
    // many to look at, they follow each other in memory.
    std::size_t size = count == 0 ? 1 : count;
    if (size > Policy::kMaxRecordsAtOnce) size = Policy::kMaxRecordsAtOnce;
    Record* const block = Policy::NewRecords(size);
    if (block == nullptr) return {nullptr, 0};
    for (std::size_t i = 1; i < size; ++i) {
      block[i].owned.store(false);
      block[i - 1].next = &block[i];
    }
    Record*& last = block[size - 1].next;
    last = head_.load();
    while (!head_.compare_exchange_weak(last, block)) {
    }
    return {block, size};
  }

  // Gives back a record that nothing is left in, and its extra records. The
  // next owner reads the store to `owned` in its exchange.
  static void Release(Record& record) {
    record.proc_pins = 0;
    record.evaluations.EndAll();
    record.own_slots.GiveBackAll([](HazardSlot& slot) { GiveBack(slot); });
    while (Record* const extra = record.extra_records) {
      record.extra_records = std::exchange(extra->extra_records, nullptr);
      extra->owned.store(false);
    }
    record.owner.store(0);
    record.owned.store(false);
  }

  // --- Slots that no thread loads by -----------------------------------------

  // Gives a slot that nothing is in to the pool, of which any thread may take
  // it.
  static void GiveBack(HazardSlot& slot) {
    Record& record = Record::Of(&slot);
    record.pooled.fetch_add(std::uint32_t{1} << record.hazards.IndexOf(slot));
  }

  // Takes a slot out of the pool, and some more for `own`, which is empty; null
  // if there is none.
  HazardSlot* TakeOfPool(OwnSlots<Policy>& own) {
    for (Record* record = head_.load(); record != nullptr;
         record = record->next) {
      if (record->pooled.load() == 0) continue;
      if (HazardSlot* const slot =
              Divide(*record, record->pooled.exchange(0), own)) {
        return slot;
      }
    }
    return nullptr;
  }

  // The same with a record that was just acquired, and that no thread is to
  // have for its own from now on: a later fork gives back those of its threads.
  static HazardSlot* AddToPool(Record& record, OwnSlots<Policy>& own) {
    record.is_divided.store(true);
    // It was given back with some slots occupied, perhaps; those are lost.
    std::uint32_t free = 0;
    for (int i = 0; i < HazardSlots<Policy>::kSlots; ++i) {
      if (HazardSlots<Policy>::IsFree(record.hazards[i])) {
        free |= std::uint32_t{1} << i;
      }
    }
    return Divide(record, free, own);
  }

  // A free slot in one of the records that the owner acquired for their slots;
  // acquire() gets one more.
  template <class AcquireRecord>
  static HazardSlot& ExtraSlot(Record& self, AcquireRecord acquire) {
    for (Record* extra = self.extra_records; extra != nullptr;
         extra = extra->extra_records) {
      if (HazardSlot* const free = extra->hazards.FindFree()) return *free;
    }
    for (;;) {
      Record& extra = acquire();
      extra.extra_records = std::exchange(self.extra_records, &extra);
      // A record that was given back may have its slots occupied still.
      if (HazardSlot* const free = extra.hazards.FindFree()) return *free;
    }
  }

 private:
  // The first of these slots, a bit each; the others are for `own`.
  static HazardSlot* Divide(Record& record, std::uint32_t mask,
                            OwnSlots<Policy>& own) {
    HazardSlot* first = nullptr;
    for (int i = 0; i < HazardSlots<Policy>::kSlots; ++i) {
      if ((mask >> i & 1) == 0) continue;
      if (first == nullptr) {
        first = &record.hazards[i];
      } else {
        own.Push(record.hazards[i]);
      }
    }
    return first;
  }

  // The newest first.
  typename Policy::template Atomic<Record*> head_{nullptr};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_REGISTRY_H_
