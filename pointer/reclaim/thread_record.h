// SPDX-License-Identifier: Apache-2.0

// ThreadRecord: a thread's place in the list of all: what it reads, since when
// it is pinned, and what it has retired.
//
// Records are never freed. A thread that ends gives its record back, and a
// later thread takes it over, as it is: slots may still be occupied by
// snapshots that outlived their thread. (F29 and F30 in docs/reclamation.md)

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_THREAD_RECORD_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_THREAD_RECORD_H_

#include <cstddef>
#include <cstdint>

#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/reclaim/epoch_pin.h"
#include "sync_atomic/pointer/reclaim/evaluations.h"
#include "sync_atomic/pointer/reclaim/free_list.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/help_request.h"
#include "sync_atomic/pointer/reclaim/own_slots.h"
#include "sync_atomic/pointer/reclaim/reclaim_run.h"
#include "sync_atomic/pointer/reclaim/reclaim_schedule.h"
#include "sync_atomic/pointer/reclaim/retire_list.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_batch.h"
#include "sync_atomic/pointer/reclaim/statistics.h"

namespace sync_atomic {
namespace internal {

// Makes a record that nobody owns and no scan looks at, in which everything is
// occupied.
struct SentinelTag {
  explicit constexpr SentinelTag() = default;
};

template <class Policy>
struct ThreadRecord {
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;
  using HazardSlot = internal::HazardSlot<Policy>;
  static constexpr std::size_t kCacheLine = 64;

  constexpr ThreadRecord() = default;
  constexpr explicit ThreadRecord(SentinelTag) : hazards(this), pin(1) {}

  // The record of a slot.
  static ThreadRecord& Of(const HazardSlot* slot) {
    return *reinterpret_cast<ThreadRecord*>(
        reinterpret_cast<std::uintptr_t>(slot) &
        ~(HazardSlots<Policy>::kAlignment - 1));
  }

  // The system's number for the owner; 0 if there is none.
  std::int64_t thread_id() const { return ThreadOf(owner.load()); }
  static std::int64_t ThreadOf(std::uint64_t owner) {
    return static_cast<std::int64_t>(owner & 0xffffffff);
  }
  // For the owner.
  void SetThreadId(std::int64_t id) {
    owner.store(static_cast<std::uint64_t>(++owners) << 32 |
                static_cast<std::uint32_t>(id));
  }

  // The owner is gone: it no longer reads what its pins protected.
  void ClearPins() {
    pin.Clear();
    delay_asked_ms.store(0);
    proc_pins = 0;
  }

  // In the child of a fork, of a thread that is gone: what it had retired. What
  // it had taken from a list and not put back is leaked, and so are the blocks
  // of its free list.
  RetiredBatch AfterFork() {
    RetiredBatch adopted = retire_list.Adopt();
    adopted.Append(RetiredBatch(run.AfterFork(retire_list, statistics)));
    adopted.waiting.PushAll(pin_waiters.TakeAll());
    free_list.Forget();
    ClearPins();
    executor.store(nullptr);
    handed = nullptr;
    owner.store(0);
    watched.store(true);
    extra_records = nullptr;
    evaluations.EndAll();
    owned.store(is_divided.load());
    return adopted;
  }

  // --- Read by every scan ----------------------------------------------------

  HazardSlots<Policy> hazards;  // first: see Of()

  alignas(kCacheLine) EpochPin<Policy> pin;

  // Something that a slot of this record holds, or held, is deferred, or
  // something is left to others: a thread that releases a slot of this record
  // looks for it.
  HelpRequest<Policy> help_request;
  // The same for the end of a pin, and what is in `pin_waiters`.
  HelpRequest<Policy> pin_help_request;

  // A word: not every processor exchanges a byte.
  Atomic<std::uint32_t> owned{true};
  ThreadRecord* next = nullptr;  // constant once the record is listed

  // Since when the owner asks the system for a delay (hint.h), 0 if it doesn't.
  Atomic<std::uint64_t> delay_asked_ms{0};

  // --- Who the owner is ------------------------------------------------------

  // Where the system has numbers for threads, and 0 without an owner: its
  // number, and above it how many owners there were, so that a number that
  // comes again is another owner.
  alignas(kCacheLine) Atomic<std::uint64_t> owner{0};
  // The end of the owner will be seen (Policy::WatchThreadExit()).
  Atomic<bool> watched{true};
  PinAge<Policy> pin_age;
  // What this record's pin reaches, or reached.
  WaitingBatches<Policy> pin_waiters;
#if defined(SYNC_ATOMIC_CHECKED)
  HeldBack held_back;
#endif
  Statistics<Policy> statistics;

  // --- What the owner has retired --------------------------------------------

  alignas(kCacheLine) RetireList<Policy> retire_list;
  ReclaimSchedule<Policy> schedule;
  ReclaimRun<Policy> run;

  // The executor that the owner is calling, or destroying (executor.cc).
  Atomic<const void*> executor{nullptr};
  // What that one is being given.
  void* handed = nullptr;

  // --- For the owner alone ---------------------------------------------------

  // How many owners there were.
  std::uint32_t owners = 0;
  // How many of the owner's pins are ProcPin()'s.
  std::uint32_t proc_pins = 0;
  // Further records that the owner acquired for their slots.
  ThreadRecord* extra_records = nullptr;
  // Memory for the next boxes.
  FreeList free_list;
  // Slots for the owner's next hazard_pointers.
  OwnSlots<Policy> own_slots;

  // --- Where slots are divided among hazard_pointers -------------------------

  // The slots of this record are, and it is no thread's.
  Atomic<bool> is_divided{false};
  // Which of them are in nobody's hands, a bit each.
  Atomic<std::uint32_t> pooled{0};

  // What the owner has scheduled and evaluated, for rcu_barrier().
  Evaluations<Policy> evaluations;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_THREAD_RECORD_H_
