// SPDX-License-Identifier: Apache-2.0

// Scan: one look at all announcements, which sorts a batch of retired objects:
// what no thread can read any more, and what has to wait, with its blockers.
//
// It changes nothing but the batch. (F14 to F16 in docs/reclamation.md)
//
// Threads:   on any threads; the batch is the caller's.
// Progress:  wait-free: all records, and the batch, once or twice.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_SCAN_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/hash.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/registry.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/retired_batch.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

// Addresses, roughly.
class AddressFilter {
 public:
  void Add(const void* address) {
    empty_ = false;
    const std::uint64_t bit = HashOf(address, kBits);
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }

  bool empty() const { return empty_; }

  // False: `address` was not added. True: perhaps it was.
  bool MayHold(const void* address) const {
    const std::uint64_t bit = HashOf(address, kBits);
    return (words_[bit / 64] >> (bit % 64) & 1) != 0;
  }

 private:
  static constexpr int kBits = 12;

  std::uint64_t words_[(std::size_t{1} << kBits) / 64] = {};
  bool empty_ = true;
};

// Retired objects by address, linked through themselves.
class RetiredTable {
 public:
  void Insert(Retired* object) {
    Retired*& bucket = BucketOf(object->address);
    object->next = bucket;
    bucket = object;
  }

  // Takes out the object at `address`; null when there is none.
  Retired* Remove(const void* address) {
    for (Retired** link = &BucketOf(address); *link != nullptr;
         link = &(*link)->next) {
      Retired* const object = *link;
      if (object->address == address) {
        *link = object->next;
        return object;
      }
    }
    return nullptr;
  }

  // Takes out everything and hands it to `f`, one by one.
  template <class F>
  void Drain(F f) {
    for (Retired*& bucket : buckets_) {
      while (bucket != nullptr) {
        Retired* const object = bucket;
        bucket = object->next;
        f(object);
      }
    }
  }

 private:
  static constexpr int kBucketBits = 8;

  Retired*& BucketOf(const void* address) {
    return buckets_[HashOf(address, kBucketBits)];
  }

  Retired* buckets_[std::size_t{1} << kBucketBits] = {};
};

// An announcement for which an object has to wait.
template <class Policy>
struct Blocker {
  ThreadRecord<Policy>* record;
  const HazardSlot<Policy>* slot;  // null: the record's pin
  const void* object;              // what the slot held
  std::uint64_t since;             // in which epoch the pin began

  bool Released() const {
    return slot != nullptr ? slot->load() != object
                           : record->pin.since() != since;
  }
};

template <class Policy>
class Scan {
 public:
  // How many announcements one scan can remember.
  static constexpr std::size_t kMaxBlockers = Policy::kMaxBlockers;

  // Looks at all announcements, and returns in how many records those may be.
  // The caller has begun an epoch, and made a HeavyFence() since.
  std::size_t Look(Registry<Policy>& registry);

  // Sorts `batch` by what Look() saw: what no thread can read any more stays in
  // its arrays, or is in `reclaimable`. What finds no place among the blockers
  // stays in its list, for a further scan. `stamp` is the epoch that the caller
  // began.
  void Sort(Registry<Policy>& registry, std::uint64_t stamp,
            RetiredBatch& batch);

  RetiredStack reclaimable;
  // What is in a slot, and what is in none but may be reached by the oldest
  // pin.
  RetiredList in_slots;
  RetiredBatch in_pins;
  // For whom they wait; if anything waits for a pin, that is the last.
  Blocker<Policy> blockers[kMaxBlockers];
  std::size_t blocker_count = 0;

 private:
  typename Registry<Policy>::Pinned oldest_;
  AddressFilter hazards_;
};

template <class Policy>
std::size_t Scan<Policy>::Look(Registry<Policy>& registry) {
  // All pins first and then all slots: a reader under a pin may occupy a slot
  // and then unpin, and must not fall through in between.
  oldest_ = registry.OldestPin();
  hazards_ = {};
  registry.ForEachHazard(
      [this](ThreadRecord<Policy>&, const HazardSlot<Policy>&,
             const void* address) { hazards_.Add(address); });
  return oldest_.of;
}

template <class Policy>
void Scan<Policy>::Sort(Registry<Policy>& registry, std::uint64_t stamp,
                        RetiredBatch& batch) {
  reclaimable = {};
  in_slots = {};
  in_pins = {};
  blocker_count = 0;

  // What waits for several pins waits for the oldest of them first.
  const auto is_pinned = [this](std::uint64_t of) {
    return ABSL_PREDICT_FALSE(oldest_.since < of);
  };
  RetiredStack suspects;

  const auto sort_by_pins = [&](Retired* object) {
    // What was never retired waits for no pin.
    if (is_pinned(object->stamp) && object->stamp != Retired::kNotRetired) {
      in_pins.list.Push(object);
    } else {
      reclaimable.Push(object);
    }
  };
  const auto sort = [&](Retired* chain) {
    while (chain != nullptr) {
      Retired* const object = std::exchange(chain, chain->next);
      if (object->stamp == 0) object->stamp = stamp;
      if (ABSL_PREDICT_FALSE(hazards_.MayHold(object->address))) {
        suspects.Push(object);
      } else {
        sort_by_pins(object);
      }
    }
  };
  sort(batch.list.TakeChain());

  // What waited for a pin goes on waiting for the next one as it is.
  while (WaitingBatch* const waiting = batch.waiting.Pop()) {
    if (is_pinned(waiting->stamp)) {
      in_pins.waiting.Push(waiting);
    } else {
      sort(waiting->objects.list.TakeChain());
      while (RetiredArray* const array = waiting->objects.PopArray()) {
        batch.Push(array);
      }
      Policy::Free(waiting);
    }
  }

  // What is in an array has one stamp, and is not touched unless it must be.
  RetiredArray* arrays = std::exchange(batch.arrays, nullptr);
  while (arrays != nullptr) {
    RetiredArray* const array = std::exchange(arrays, arrays->next);
    if (array->stamp == 0) array->stamp = stamp;
    if (!hazards_.empty()) {
      array->Filter([&](const RetiredEntry& entry) {
        if (ABSL_PREDICT_TRUE(!hazards_.MayHold(entry.address()))) return true;
        Retired* const object = entry.ToNode<Policy>(array->stamp);
        array->Weigh(object->bytes);
        suspects.Push(object);
        return false;
      });
    }
    const bool waits = is_pinned(array->stamp);
    if (waits && array->is_sparse()) {
      array->TakeNodes<Policy>(
          [&](Retired* object) { in_pins.list.Push(object); });
    }
    (waits && !array->empty() ? in_pins : batch).Push(array);
  }

  // Who holds them, if anybody, is looked up for the few alone.
  if (!suspects.empty()) {
    RetiredTable table;
    while (Retired* const object = suspects.Pop()) table.Insert(object);
    registry.ForEachHazard([&](ThreadRecord<Policy>& record,
                               const HazardSlot<Policy>& slot,
                               const void* address) {
      Retired* const object = table.Remove(address);
      if (object == nullptr) return;
      // One place is kept for the oldest pin.
      if (blocker_count == kMaxBlockers - 1) {
        batch.list.Push(object);
      } else {
        in_slots.Push(object);
        blockers[blocker_count++] = {&record, &slot, address, 0};
      }
    });
    table.Drain(sort_by_pins);
  }
  if (!in_pins.empty()) {
    blockers[blocker_count++] = {oldest_.record, nullptr, nullptr,
                                 oldest_.since};
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_SCAN_H_
