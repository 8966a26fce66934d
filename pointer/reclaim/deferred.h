// SPDX-License-Identifier: Apache-2.0

// Deferred: retired objects that wait for a thread to release something, or for
// nobody in particular, since the thread that retired them has ended; and those
// that can never be freed.
//
// (F20 to F25, F50 and F51 in docs/reclamation.md)
//
// Threads:   all members on any threads.
// Progress:  lock-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_DEFERRED_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_DEFERRED_H_

#include <cstddef>

#include "sync_atomic/pointer/reclaim/registry.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/scan.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class Deferred {
 public:
  using Record = ThreadRecord<Policy>;

  void Push(RetiredList objects) { PushAll(list_, objects); }

  // Takes all.
  RetiredList Take() {
    left_to_others_.store(false);  // first: what is left later sets it again
    return RetiredList(list_.exchange(nullptr));
  }

  bool empty() const { return list_.load() == nullptr; }

  // Defers what `scan` found held, and requests help of those who hold it.
  // False: one of them has released it meanwhile, perhaps unseen, and the
  // caller takes the list again. `fenced`: false if the heavy fence failed, so
  // that this is not known of any.
  bool WaitForBlockers(const Scan<Policy>& scan, bool& fenced) {
    RetiredList held = scan.in_slots;
    held.Append(scan.in_pins);
    // First the list, and then the requests: a thread that reads a request
    // finds the list. From the push on the objects may be freed by others.
    Push(held);
    for (std::size_t i = 0; i < scan.blocker_count; ++i) {
      scan.blockers[i].record->help_request.Request();
    }
    // Without the fence a blocker may have released its object unseen, and
    // nobody would look after that again.
    fenced = Policy::HeavyFence();
    for (std::size_t i = 0; fenced && i < scan.blocker_count; ++i) {
      if (scan.blockers[i].Released()) return false;
    }
    return fenced;
  }

  // Leaves objects to whichever thread next retires, releases or reclaims
  // something.
  void LeaveToOthers(RetiredList objects, Registry<Policy>& registry) {
    if (objects.empty()) return;
    Push(objects);
    // Before the records are looked at: see RequestHelpOfNew().
    left_to_others_.store(true);
    RequestHelpOfAll(registry);
  }

  // Something waits for nobody in particular.
  bool is_left_to_others() const { return left_to_others_.load(); }

  void RequestHelpOfAll(Registry<Policy>& registry) {
    registry.ForEach([](Record& record) {
      if (!record.help_request.IsRequested()) record.help_request.Request();
    });
  }

  // The same of `count` records that are new, which RequestHelpOfAll() may have
  // missed. They are listed already.
  void RequestHelpOfNew(Record* records, std::size_t count) {
    if (!left_to_others_.load()) return;
    for (std::size_t i = 0; i < count; ++i) records[i].help_request.Request();
  }

  // --- What can never be freed -----------------------------------------------

  // A heavy fence failed: readers may have skipped theirs, and nobody can tell
  // who reads it. It stays allocated, on a list, so that leak checkers find it.
  void Leak(RetiredList objects) {
    PushAll(leaked_, objects);
    leaked_objects_.fetch_add(objects.count());
    leaked_bytes_.fetch_add(objects.bytes());
  }

  std::size_t leaked_objects() const { return leaked_objects_.load(); }
  std::size_t leaked_bytes() const { return leaked_bytes_.load(); }

 private:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  static void PushAll(Atomic<Retired*>& list, RetiredList objects) {
    if (objects.empty()) return;
    Retired* head = list.load();
    do {
      objects.tail()->next = head;
    } while (!list.compare_exchange_weak(head, objects.head()));
  }

  // It is always taken whole.
  Atomic<Retired*> list_{nullptr};
  Atomic<bool> left_to_others_{false};
  // Nobody takes from this one.
  Atomic<Retired*> leaked_{nullptr};
  Atomic<std::size_t> leaked_objects_{0};
  Atomic<std::size_t> leaked_bytes_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_DEFERRED_H_
