// SPDX-License-Identifier: Apache-2.0

// Deferred: retired objects that wait: for a thread to release a slot, for the
// end of a pin, or for whichever thread is next, since the thread that retired
// them has ended or there were too many for one call; and those that can never
// be freed.
//
//   held_                  what slots hold
//   Record::pin_waiters    what this record's pin reaches
//   left_                  what waits for nobody in particular
//
// What waits for a pin is out of the way of all others, however much it is.
// (F20 to F25, F51, F52, F55 and F56 in docs/reclamation.md)
//
// Threads:   all members on any threads.
// Progress:  lock-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_DEFERRED_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_DEFERRED_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/optimization.h"
#include "sync_atomic/pointer/reclaim/help_request.h"
#include "sync_atomic/pointer/reclaim/reclaim_signal.h"
#include "sync_atomic/pointer/reclaim/registry.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/retired_batch.h"
#include "sync_atomic/pointer/reclaim/scan.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class Deferred {
 public:
  using Record = ThreadRecord<Policy>;

  bool empty() const { return held_.load() == nullptr && left_.empty(); }

  // --- What waits for a reader -----------------------------------------------

  // For who releases a slot.
  void Push(RetiredList objects) { PushAll(held_, objects); }

  // Takes what slots held, up to `budget`, which it reduces; the rest is left
  // to others.
  RetiredBatch TakeHeld(std::size_t& budget) {
    RetiredList held(held_.exchange(nullptr));
    RetiredBatch taken(held.Take(budget));
    budget -= taken.list.count();
    if (!held.empty()) Leave(RetiredBatch(held));
    return taken;
  }

  // The same of what waited for the pin of `record`.
  RetiredBatch TakePinned(Record& record, std::size_t& budget) {
    return TakeFrom(record.pin_waiters, budget);
  }

  // Defers what `scan` found held, and requests help of those who hold it.
  // False: one of them has released it meanwhile, perhaps unseen, and the
  // caller takes what waited for it again: `pin` is then the record whose pin
  // that was, or null. `fenced`: false if the heavy fence failed, so that this
  // is not known of any.
  bool WaitForBlockers(const Scan<Policy>& scan, std::uint64_t stamp,
                       bool& fenced, Record*& pin) {
    // First the lists, and then the requests: a thread that reads a request
    // finds the list. From the push on the objects may be freed by others.
    Push(scan.in_slots);
    if (!scan.in_pins.empty()) {
      PushPinned(*scan.blockers[scan.blocker_count - 1].record, scan.in_pins,
                 stamp);
    }
    for (std::size_t i = 0; i < scan.blocker_count; ++i) {
      const Blocker<Policy>& blocker = scan.blockers[i];
      HelpRequestOf(blocker).Request();
    }
    // Without the fence a blocker may have released its object unseen, and
    // nobody would look after that again.
    fenced = Policy::HeavyFence();
    pin = nullptr;
    bool released = !fenced;
    for (std::size_t i = 0; i < scan.blocker_count; ++i) {
      const Blocker<Policy>& blocker = scan.blockers[i];
      if (fenced && !blocker.Released()) continue;
      released = true;
      if (blocker.slot == nullptr) pin = blocker.record;
    }
    return !released;
  }

  // --- What waits for nobody in particular -----------------------------------

  // Leaves objects to whichever thread next retires, releases or reclaims
  // something.
  void LeaveToOthers(const RetiredBatch& objects, Registry<Policy>& registry) {
    if (objects.empty()) return;
    Leave(objects);
    RequestHelpOfAll(registry);
  }

  // The same with what slots held. A thread that finds both flags set finds
  // them before the thread that takes the lists resets them.
  void LeaveHeld(Registry<Policy>& registry) {
    if (left_to_others_.load() && others_in_held_.load()) return;
    others_in_held_.store(true);
    left_to_others_.store(true);
    RequestHelpOfAll(registry);
  }

  bool is_left_to_others() const { return left_to_others_.load(); }

  // Takes some of it, up to `budget`, which it reduces.
  RetiredBatch TakeLeft(std::size_t& budget) {
    if (!left_to_others_.load()) return RetiredBatch();
    left_to_others_.store(false);  // first: what is left later sets it again
    return TakeFrom(left_, budget);
  }

  void RequestHelpOfAll(Registry<Policy>& registry) {
    registry.ForEach([](Record& record) { RequestHelpOf(record); });
    reclaim_signal.Raise();
  }

  // The same of `count` records that are new, which RequestHelpOfAll() may have
  // missed. They are listed already.
  void RequestHelpOfNew(Record* records, std::size_t count) {
    if (!left_to_others_.load()) return;
    for (std::size_t i = 0; i < count; ++i) RequestHelpOf(records[i]);
  }

  static void RequestHelpOf(Record& record) {
    if (!record.help_request.IsRequested()) record.help_request.Request();
    if (!record.pin_help_request.IsRequested()) {
      record.pin_help_request.Request();
    }
  }

  // In the child of a fork: a thread that is gone may have been about to take
  // what is left, or to say that it is there.
  void AfterFork() {
    others_in_held_.store(held_.load() != nullptr);
    left_to_others_.store(!left_.empty() || others_in_held_.load());
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

  // To be raised where something waits for nobody in particular.
  ReclaimSignal<Policy> reclaim_signal;

 private:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  static HelpRequest<Policy>& HelpRequestOf(const Blocker<Policy>& blocker) {
    return blocker.slot == nullptr ? blocker.record->pin_help_request
                                   : blocker.record->help_request;
  }

  static void PushAll(Atomic<Retired*>& list, RetiredList objects) {
    if (objects.empty()) return;
    Retired* head = list.load();
    do {
      objects.tail()->next = head;
    } while (!list.compare_exchange_weak(head, objects.head()));
  }

  void PushPinned(Record& record, RetiredBatch objects, std::uint64_t stamp) {
    while (WaitingBatch* const waiting = objects.waiting.Pop()) {
      record.pin_waiters.Push(waiting);
    }
    PushTo(record.pin_waiters, objects, stamp);
  }

  // First the list, and then that there is something: RequestHelpOfNew() looks
  // at that after a record is listed, and RequestHelpOfAll() comes after it.
  void Leave(RetiredBatch objects) {
    left_.GiveBack(std::exchange(objects.waiting, {}));
    PushTo(left_, objects, 0);
    left_to_others_.store(true);
  }

  // Without memory they go where everybody looks.
  void PushTo(WaitingBatches<Policy>& list, RetiredBatch objects,
              std::uint64_t stamp) {
    if (objects.empty()) return;
    WaitingBatch* const waiting = WaitingBatch::New<Policy>(objects, stamp);
    if (waiting != nullptr) {
      list.Push(waiting);
      return;
    }
    objects.Link<Policy>();
    Push(objects.list);
    others_in_held_.store(true);
  }

  // What PushTo() had no memory for.
  RetiredBatch TakeOthersInHeld(std::size_t& budget) {
    if (ABSL_PREDICT_TRUE(!others_in_held_.load())) return RetiredBatch();
    others_in_held_.store(false);
    return TakeHeld(budget);
  }

  // Takes what waits in `list`, up to `budget`; the rest is left to others.
  RetiredBatch TakeFrom(WaitingBatches<Policy>& list, std::size_t& budget) {
    RetiredBatch taken = TakeOthersInHeld(budget);
    WaitingChain chain = list.TakeAll();
    taken.Append(Take(chain, budget));
    if (!chain.empty()) {
      left_.GiveBack(chain);
      left_to_others_.store(true);
    }
    return taken;
  }

  // Takes batches out of `chain`, up to `budget` objects.
  static RetiredBatch Take(WaitingChain& chain, std::size_t& budget) {
    RetiredBatch taken;
    while (budget != 0) {
      WaitingBatch* const waiting = chain.Pop();
      if (waiting == nullptr) break;
      const std::size_t count = waiting->objects.count();
      if (count <= budget) {
        budget -= count;
        taken.waiting.Push(waiting);
        continue;
      }
      // Too many for one call.
      taken.Append(waiting->objects.template Take<Policy>(budget));
      budget = 0;
      chain.Push(waiting);
    }
    return taken;
  }

  // Each list is always taken whole.
  Atomic<Retired*> held_{nullptr};
  Atomic<bool> others_in_held_{false};
  WaitingBatches<Policy> left_;
  Atomic<bool> left_to_others_{false};
  // Nobody takes from this one.
  Atomic<Retired*> leaked_{nullptr};
  Atomic<std::size_t> leaked_objects_{0};
  Atomic<std::size_t> leaked_bytes_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_DEFERRED_H_
