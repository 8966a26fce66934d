// SPDX-License-Identifier: Apache-2.0

// RetireList: what a thread has retired and not yet disposed of. Its owner adds
// to it without a read-modify-write; any thread may drain it.
//
// It is an array, which grows. Where there is no memory for that, objects are
// linked through themselves. Beside it lies what the owner has found
// reclaimable and is disposing of, one by one: a destructor may block, and
// others then take over the rest.
//
//   owner                                 drainer
//   say that it is there                  enter as the drainer
//   LightFence()                          HeavyFence()
//   look for a drainer                    look whether the owner is there
//
// At least one of the two sees the other, so that they never both touch the
// list. (F31 to F34 and F64 in docs/reclamation.md)
//
// Threads:   DrainAll() on any threads; the others for the owner.
// Progress:  all are wait-free but DrainAll(), which is lock-free, and waits
//            for others where it is told to.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RETIRE_LIST_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RETIRE_LIST_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/pointer/reclaim/reclaimable.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/retired_batch.h"

namespace sync_atomic {
namespace internal {

// How deep reclaims nest: a destructor may retire so much that it can't wait.
inline constexpr int kMaxReclaimDepth = 4;

template <class Policy>
class RetireList {
 public:
  // What the list holds after a Push().
  struct Size {
    std::size_t count;
    std::size_t bytes;
  };

  // Adds to the list an object that weighs at most so much. False: the list is
  // being drained, and the object is not on it.
  bool Push(RetiredEntry entry, std::size_t at_most, Size& size) {
    bool mine = false;
    return PushIfRoom(entry, at_most, size, mine) ||
           (mine && PushIntoLarger(entry, at_most, size));
  }

  // The same where there is room for it. False: there is none, or the list is
  // being drained, and is not the owner's: `mine`.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool PushIfRoom(RetiredEntry entry,
                                               std::size_t at_most, Size& size,
                                               bool& mine) {
    bool pushed = false;
    mine = Enter([&] {
      pushed = array_ != nullptr && !array_->full();
      if (ABSL_PREDICT_TRUE(pushed)) {
        array_->PushInOrder(entry, at_most);
        size = this->size();
      }
    });
    return pushed;
  }

  // Takes the list if it holds `at_least` so many.
  RetiredBatch Take(std::size_t at_least) {
    RetiredBatch taken;
    KeepDrainersOut([&] {
      if (size().count >= at_least) taken = TakeAll();
    });
    return taken;
  }

  // An empty array, for the next objects.
  void Reuse(RetiredArray* array) {
    if (spare_ == nullptr && array->capacity() <= kMostSpare) {
      array->Reset();
      spare_ = array;
    } else {
      Policy::Free(array);
    }
  }
  // Gives up the memory for the next objects. The list is empty.
  void FreeMemory() { Policy::Free(std::exchange(spare_, nullptr)); }

  // --- What the owner disposes of --------------------------------------------

  // Moves `own` to where others may take it over, unless one is draining.
  void Offer(int depth, Reclaimable& own) {
    Enter([&] {
      offered_[depth].Take(own);
      has_offered_ = true;
    });
  }

  // Takes out the next of what is offered in an array at `depth`, and what it
  // weighs; false if there is none, or PopOffered() is to be asked.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool PopOfferedEntry(int depth,
                                                    RetiredEntry& entry,
                                                    std::size_t& bytes) {
    bool popped = false;
    Enter([&]() ABSL_ATTRIBUTE_ALWAYS_INLINE {
      popped = offered_[depth].PopEntry(entry, bytes);
    });
    return popped;
  }

  // Takes out the next of what is offered at `depth` or deeper; false if there
  // is nothing, or somebody else is about to take it over.
  bool PopOffered(int depth, Reclaimable& own, Reclaimable::Next& next) {
    if (!has_offered_) return false;
    bool popped = false;
    const bool mine = Enter([&] {
      for (int i = depth; !popped && i < kMaxReclaimDepth; ++i) {
        popped = offered_[i].Pop(next);
      }
    });
    if (popped) return true;
    if (mine) {
      has_offered_ = depth != 0;
      return false;
    }
    Withdraw(depth, own);
    return own.Pop(next);
  }

  // Moves what is offered at `depth` or deeper to `own`; not so if somebody
  // else is about to take it over. Should that one find the owner in here once
  // more, it leaves it, and has_offered() is still true.
  void Withdraw(int depth, Reclaimable& own) {
    KeepDrainersOut([&] {
      for (int i = depth; i < kMaxReclaimDepth; ++i) own.Take(offered_[i]);
      has_offered_ = depth != 0;
    });
  }

  // Something may be offered.
  bool has_offered() const { return has_offered_; }

  // --- Draining --------------------------------------------------------------

  // Takes the lists of all threads, of which for_each(f) calls f(list); and
  // into `reclaimable` what is offered. Without `wait` it leaves those whose
  // owners are there, or that others drain, and says so in `left`. For a thread
  // whose own list this is.
  template <class ForEach>
  RetiredBatch DrainAll(ForEach for_each, bool wait, bool& left,
                        Reclaimable& reclaimable) {
    left = false;
    RetiredBatch taken;
    bool missed = true;
    while (std::exchange(missed, false)) {
      for_each([&](RetireList& list) {
        const auto claim = [&] {
          const RetireList* nobody = nullptr;
          return list.drainer_.compare_exchange_strong(nobody, this);
        };
        bool mine = claim();
        // A drainer may leave the list to an owner that is pushing. All wait in
        // the order of the records, so that no two wait for each other. They
        // keep from being cancelled meanwhile: a brief pause yields.
        for (; wait && !mine; mine = claim()) Policy::Pause(0, true);
        if (mine) {
          // What the owner missed until now is taken below. By an exchange: a
          // thread that reads that it missed something also reads that it is
          // not pushing.
          list.drain_again_.exchange(false);
        }
      });
      const bool fenced = Policy::HeavyFence();
      for_each([&](RetireList& list) {
        if (list.drainer_.load() != this) {
          left = true;
          return;
        }
        while (wait && list.owner_pushing_.load()) Policy::Pause(0, true);
        // An owner that is pushing keeps its list: waiting for it could take
        // forever. So do all without the fence, since nobody knows who is
        // pushing: their own reclaims need none to take it, and leak it if they
        // are refused as well.
        // EDGE retire-list, retire-list-whole: the other side of Enter().
        if (fenced && !list.owner_pushing_.load()) {
          taken.Append(list.TakeAll());
          for (Reclaimable& offered : list.offered_) reclaimable.Take(offered);
        } else {
          left = true;
        }
        list.drainer_.store(nullptr);
        // The owner wanted the list meanwhile (Take()).
        if (list.drain_again_.load()) missed = true;
      });
      wait = false;  // each list has been taken once
    }
    return taken;
  }

  // In the child of a fork, whose one thread's own list is `survivor`, or null.
  // Nobody else drains any more.
  void EndDrainsOfOthers(const RetireList* survivor) {
    if (drainer_.load() != survivor) drainer_.exchange(nullptr);
  }
  // The list of that thread: if somebody was draining it, all but its head may
  // be stale.
  void Recount() {
    if (!owner_pushing_.load() && drainer_.load() == nullptr) {
      list_ = RetiredList(list_.head());
    }
  }
  // The list of another: of its chain the count may be stale, and its spare
  // array may be another's by now.
  RetiredBatch Adopt() {
    owner_pushing_.store(false);
    drain_again_.store(false);
    spare_ = nullptr;
    RetiredBatch adopted = TakeAll();
    adopted.list = RetiredList(adopted.list.head());
    return adopted;
  }

  bool empty() const { return size().count == 0; }
  std::size_t count() const { return size().count; }

 private:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  // A larger array is not kept for the next objects.
  static constexpr std::size_t kMostSpare = 2048;

  // Calls f() where no drainer can come, unless one is there that takes the
  // list in the owner's place.
  template <class F>
  void KeepDrainersOut(F f) {
    // The owner is not in Enter(), so it need only keep other drainers out. One
    // that is there already takes the list, unless it looked while the owner
    // was in there: so it is told, and looks again. Told too late, it has gone,
    // and the second try succeeds.
    for (bool told = false;; told = true) {
      const RetireList* nobody = nullptr;
      if (drainer_.compare_exchange_strong(nobody, this)) {
        f();
        drainer_.store(nullptr);
        return;
      }
      if (told) return;
      drain_again_.store(true);
    }
  }

  // Calls f() unless somebody is draining the list; true if it did.
  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool Enter(F f) {
    // EDGE retire-list: relaxed; the owner says that it is pushing and then
    // looks for a drainer, and LightFence() stands between. Pairs with
    // DrainAll(): drainer, HeavyFence(), a look at owner_pushing_. Weaker: it
    // is relaxed already; without the fence both may touch the list. Test:
    // RetireStressTest.NothingIsLostWhenListsAreTakenByOthers. Model:
    // retire_list.pml.
    owner_pushing_.store(true, std::memory_order_relaxed);
    Policy::LightFence();
    const bool mine = drainer_.load() == nullptr;
    if (ABSL_PREDICT_TRUE(mine)) f();
    // EDGE retire-list-whole: release: a drainer that finds the owner not
    // pushing sees the whole list. Pairs with DrainAll(). Weaker: a drainer
    // sees half of a push. Model: ReclaimsTakeTheListsOfOthers.
    owner_pushing_.store(false, std::memory_order_release);
    return mine;
  }

  // The same as Push(), where there is no array, or it is full.
  ABSL_ATTRIBUTE_NOINLINE bool PushIntoLarger(RetiredEntry entry,
                                              std::size_t at_most, Size& size) {
    // It is allocated while nobody need wait for that.
    if (!Enter([&] {
          if (array_ != nullptr) capacity_ = 2 * array_->capacity();
        })) {
      return false;
    }
    RetiredArray* larger = std::exchange(spare_, nullptr);
    if (larger == nullptr || larger->capacity() < capacity_) {
      Policy::Free(larger);
      larger = RetiredArray::New<Policy>(capacity_);
    }
    RetiredArray* smaller = nullptr;
    const bool mine = Enter([&] {
      if (larger == nullptr) {
        list_.PushInOrder(entry.ToNode<Policy>(0));
      } else {
        smaller = array_;  // null if it was drained meanwhile
        if (smaller != nullptr) larger->PushAll(*smaller);
        SetInOrder(array_, larger);
        larger->PushInOrder(entry, at_most);
      }
      size = this->size();
    });
    Policy::Free(mine ? smaller : larger);
    return mine;
  }

  Size size() const {
    return array_ == nullptr ? Size{list_.count(), list_.bytes()}
                             : Size{list_.count() + array_->size(),
                                    list_.bytes() + array_->bytes()};
  }

  RetiredBatch TakeAll() {
    RetiredBatch all(list_.TakeAll());
    if (array_ != nullptr && !array_->empty()) {
      RetiredArray* const array = array_;
      SetInOrder(array_, nullptr);
      KeepOrder();  // it is linked to others only once it is on no list
      all.Push(array);
    }
    return all;
  }

  // A fork may find the array at any moment, and must find it whole.
  static void SetInOrder(RetiredArray*& to, RetiredArray* array) {
    KeepOrder();
    to = array;
  }

  Atomic<bool> owner_pushing_{false};
  // Who is draining the list, if anybody: the list of that thread.
  Atomic<const RetireList*> drainer_{nullptr};
  // The owner found a drainer: that thread looks at the list once more. (A
  // word: not every processor exchanges a byte.)
  Atomic<std::uint32_t> drain_again_{false};
  // Null until the first object, and after it was taken.
  RetiredArray* array_ = nullptr;
  RetiredList list_;
  // What the owner disposes of, at each depth.
  Reclaimable offered_[kMaxReclaimDepth];
  // For the owner alone: whether something may be there.
  bool has_offered_ = false;
  // For the owner alone: an empty array for when the list has none, and how
  // large that is at least.
  RetiredArray* spare_ = nullptr;
  std::size_t capacity_ = Policy::kFewestRetired;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RETIRE_LIST_H_
