// ThreadRecord: a thread's record in the domain: what it reads, since when it
// is pinned, and what it retired.
//
// Records are never freed. A thread that ends gives its record back, and a
// later thread takes it over, as it is: slots may still be occupied by
// snapshots that outlived their thread.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_THREAD_RECORD_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_THREAD_RECORD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/free_list.h"
#include "sync_atomic/pointer/internal/retired.h"

namespace sync_atomic {
namespace internal {

constexpr std::size_t NextPowerOfTwo(std::size_t n) {
  std::size_t power = 1;
  while (power < n) power *= 2;
  return power;
}

// A number that one thread adds to, and that others may read.
template <class Policy>
class SingleWriterCounter {
 public:
  void Add(std::uint64_t n) {
    // EDGE own-count: relaxed; only the owner writes it, and it says nothing of
    // other memory. Pairs with nothing. Weaker: impossible. Test:
    // ReclaimStatsTest.CountsWhatIsRetiredAndFreed.
    count_.store(count_.load(std::memory_order_relaxed) + n,
                 std::memory_order_relaxed);
  }
  std::uint64_t Load() const { return count_.load(); }

 private:
  typename Policy::template Atomic<std::uint64_t> count_{0};
};

// Whether something waits for what a record announces.
enum class HelpRequest : std::uint32_t {
  kMaybe,  // who lets go must fence fully, and look again
  kNo,
  kYes,
};

// Makes a ThreadRecord that nobody owns and no reclaim looks at, and in which
// everything is occupied.
struct SentinelTag {
  explicit constexpr SentinelTag() = default;
};

template <class Policy>
struct ThreadRecord {
  constexpr ThreadRecord() = default;
  constexpr explicit ThreadRecord(SentinelTag)
      : hazard_slots{{this}}, pinned_since{1} {}

  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  // A truth value that is exchanged. A word: not every processor exchanges a
  // byte.
  using Flag = Atomic<std::uint32_t>;

  // "I am reading exactly this object." Null: free. The owner occupies a slot;
  // any thread may let go of it.
  using HazardSlot = Atomic<const void*>;
  static constexpr int kSlots = 8;
  // The slots fill one aligned block, so that the record of a slot is found
  // from its address (Of()).
  static constexpr std::size_t kSlotsBlock =
      NextPowerOfTwo(kSlots * sizeof(HazardSlot));
  static constexpr std::size_t kCacheLine = 64;

  static ThreadRecord& Of(const HazardSlot* slot) {
    return *reinterpret_cast<ThreadRecord*>(
        reinterpret_cast<std::uintptr_t>(slot) & ~(kSlotsBlock - 1));
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

  // For the owner.
  static bool IsFree(const HazardSlot& slot) {
    // EDGE drop: the other side of Release(): whoever let go of the slot, on
    // any thread, has finished reading (an acquire would do; it is the same
    // instruction).
    return slot.load() == nullptr;
  }

  // A free slot; null when all are occupied. For the owner.
  HazardSlot* FreeSlot() {
    for (HazardSlot& slot : hazard_slots) {
      if (IsFree(slot)) return &slot;
    }
    return nullptr;
  }

  // --- Read by every reclaim -------------------------------------------------

  alignas(kSlotsBlock) HazardSlot hazard_slots[kSlots] = {};

  // The epoch in which the owner pinned itself, 0 when it is not pinned: "I may
  // be reading anything that was reachable since."
  alignas(kCacheLine) Atomic<std::uint64_t> pinned_since{0};

  // Something that this record holds, or held, waits on the deferred list, or
  // something that a thread left which ended: the owner looks at that list when
  // it next releases or retires something. kNo only where LightFence() is free:
  // one look so answers both questions.
  Atomic<HelpRequest> help_requested{HelpRequest::kMaybe};

  Flag owned{true};
  ThreadRecord* next = nullptr;  // constant once the record is listed

  // Since when the owner asks the system for a delay (hint.h), 0 if it doesn't.
  Atomic<std::uint64_t> delay_asked_ms{0};

  // Odd while the owner sorts and disposes of what it took
  // (Domain::ReclaimLoop()).
  Atomic<std::uint64_t> run_seq{0};

  // How many pins the owner has beside the one that set pinned_since. Only the
  // owner and its own signal handlers come here.
  Atomic<std::uint32_t> nested_pins{0};

  // --- Statistics, of this owner and of those before it ----------------------

  // Who the owner is, where the system has numbers for that, and 0 without one:
  // its number, and above it how many owners there were, so that a number that
  // comes again is another owner.
  Atomic<std::uint64_t> owner{0};
  // The end of the owner will be seen (Policy::WatchThreadExit()).
  Atomic<bool> watched{true};
  // A value of pinned_since that was in somebody's way, and since when at least
  // it stood there.
  Atomic<std::uint64_t> noticed_since{0};
  Atomic<std::uint64_t> noticed_ms{0};
#if defined(SYNC_ATOMIC_CHECKED)
  HeldBack held_back;
#endif

  alignas(kCacheLine) SingleWriterCounter<Policy> retired;
  SingleWriterCounter<Policy> retired_bytes;
  SingleWriterCounter<Policy> freed;
  SingleWriterCounter<Policy> freed_bytes;
  SingleWriterCounter<Policy> counted_loads;
  // Preemption hints: PreemptionStats.
  struct {
    SingleWriterCounter<Policy> requested, granted, yielded, revoked;
  } hints;

  // --- The owner's list of what it retired, which others may take ------------

  // The owner is adding to `own`.
  alignas(kCacheLine) Atomic<bool> owner_pushing{false};
  // Who is taking `own`, if anybody.
  Atomic<ThreadRecord*> drainer{nullptr};
  // The owner found a taker there: whoever that is looks at `own` once more.
  Flag drain_again{false};
  RetiredList retire_list;

  // --- Executors (executor.cc) -----------------------------------------------

  // The one that the owner is calling, or destroying.
  Atomic<const void*> executor{nullptr};
  // What that one is being given.
  void* handed = nullptr;

  // --- For the owner alone ---------------------------------------------------

  // In Domain::ReclaimLoop(): what is retired or let go of meanwhile must wait
  // for its next round.
  bool reclaiming = false;
  bool rerun = false;
  // In Domain::DisposeAll(): what is dead is disposed of here.
  bool disposing = false;
  // The owner is ending, and runs no destructors: which of its thread_local
  // objects they might use is gone.
  bool ending = false;
  // How many owners there were.
  std::uint32_t owners = 0;
  // What the owner disposed of in this round of Domain::ReclaimLoop().
  std::uint64_t disposed = 0;
  std::uint64_t disposed_bytes = 0;
  // How many of the owner's pins are ProcPin()'s.
  std::uint32_t proc_pins = 0;
  // Further records that the owner claimed for their slots.
  ThreadRecord* extra_records = nullptr;
  // Memory for the next boxes.
  FreeList free_list;
  // What nobody can read any more and is to be disposed of next.
  RetiredStack reclaimable;
  // A reclaim is due when `own` is this long.
  std::size_t threshold = 1;
  std::uint64_t last_reclaim_ms = 0;
  // After so many more retirements the owner looks whether one is due.
  std::size_t until_look = 1;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_THREAD_RECORD_H_
