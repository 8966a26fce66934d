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

#include "absl/base/optimization.h"
#include "sync_atomic/pointer/internal/hash.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/reclaim_run.h"
#include "sync_atomic/pointer/reclaim/registry.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

// Addresses, roughly.
class AddressFilter {
 public:
  void Add(const void* address) {
    const std::uint64_t bit = HashOf(address, kBits);
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }

  // False: `address` was not added. True: perhaps it was.
  bool MayHold(const void* address) const {
    const std::uint64_t bit = HashOf(address, kBits);
    return (words_[bit / 64] >> (bit % 64) & 1) != 0;
  }

 private:
  static constexpr int kBits = 12;

  std::uint64_t words_[(std::size_t{1} << kBits) / 64] = {};
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

  // Sorts `batch`. What finds no place among the blockers stays in it, for a
  // further scan. The caller has begun the epoch `stamp` and made a
  // HeavyFence() since.
  void Run(Registry<Policy>& registry, std::uint64_t stamp, RetiredList& batch);

  // What no thread can read any more.
  RetiredStack reclaimable;
  // What is in a slot, and what is in none but may be reached by the oldest
  // pin.
  RetiredList in_slots, in_pins;
  // For whom they wait; if anything waits for a pin, that is the last.
  Blocker<Policy> blockers[kMaxBlockers];
  std::size_t blocker_count = 0;
};

template <class Policy>
void Scan<Policy>::Run(Registry<Policy>& registry, std::uint64_t stamp,
                       RetiredList& batch) {
  reclaimable = {};
  in_slots = in_pins = {};
  blocker_count = 0;

  // All pins first and then all slots: a reader under a pin may occupy a slot
  // and then unpin, and must not fall through in between.
  const auto oldest = registry.OldestPin();
  AddressFilter hazards;
  registry.ForEachHazard(
      [&hazards](ThreadRecord<Policy>&, const HazardSlot<Policy>&,
                 const void* address) { hazards.Add(address); });

  const auto sort_by_pins = [&](Retired* object) {
    // What waits for several pins waits for the oldest of them first. What
    // was never retired waits for none.
    if (ABSL_PREDICT_FALSE(oldest.since < object->stamp) &&
        object->stamp != ReclaimRun<Policy>::kNotRetired) {
      in_pins.Push(object);
    } else {
      reclaimable.Push(object);
    }
  };
  RetiredStack suspects;
  for (Retired* object = batch.TakeChain(); object != nullptr;) {
    Retired* const next = object->next;
    if (object->stamp == 0) object->stamp = stamp;
    if (ABSL_PREDICT_FALSE(hazards.MayHold(object->address))) {
      suspects.Push(object);
    } else {
      sort_by_pins(object);
    }
    object = next;
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
        batch.Push(object);
      } else {
        in_slots.Push(object);
        blockers[blocker_count++] = {&record, &slot, address, 0};
      }
    });
    table.Drain(sort_by_pins);
  }
  if (!in_pins.empty()) {
    blockers[blocker_count++] = {oldest.record, nullptr, nullptr, oldest.since};
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_SCAN_H_
