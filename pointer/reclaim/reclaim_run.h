// SPDX-License-Identifier: Apache-2.0

// ReclaimRun: the state of a thread that reclaims.
//
//   idle --Begin()--> running --End()--> idle
//
// In a run the thread drains lists, scans them, and calls destructors. What
// those retire or release waits for the next round of the run; where they
// retire more than the limits allow, a nested reclaim begins and ends in the
// middle (Nest() and Unnest()), up to a fixed depth. A destructor, a deleter or
// an executor may end the thread, with or without unwinding, or throw: the run
// is then closed by Abandon() and CloseAbandoned(). (F36, F37, F53 and F57 in
// docs/reclamation.md)
//
// Threads:   seq() on any threads; all others for the owner, or for a thread
//            that knows that the owner is gone.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_RUN_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_RUN_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "sync_atomic/pointer/reclaim/retire_list.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/statistics.h"

namespace sync_atomic {
namespace internal {

// What no thread can read any more, to be disposed of next.
struct Reclaimable {
  bool empty() const { return stack.empty() && arrays == nullptr; }

  void PushInOrder(RetiredArray* array) {
    array->next = arrays;
    KeepOrder();
    arrays = array;
  }
  // Takes out the first array.
  void PopInOrder() {
    arrays = arrays->next;
    KeepOrder();
  }

  RetiredStack stack;
  RetiredArray* arrays = nullptr;  // linked by `next`
};

template <class Policy>
class ReclaimRun {
 public:
  // The stamp of what is disposed of without having been retired.
  static constexpr std::uint64_t kNotRetired = ~std::uint64_t{0};

  void Begin(std::size_t budget_for_others) {
    reclaiming = true;
    budget = budget_for_others;
    disposed_in_run_ = 0;
    began_ = Policy::Nanoseconds();
    seq_.store(seq_.load() + 1);  // before anything is taken
  }
  void End(Statistics<Policy>& statistics) {
    statistics.most_freed.Note(disposed_in_run_);
    statistics.longest_run.Note(Policy::Nanoseconds() - began_);
    disposing = false;
    seq_.store(seq_.load() + 1);
    reclaiming = false;
  }

  bool CanNest() const { return depth_ + 1 < kMaxDepth; }
  void Nest() {
    ++depth_;
    KeepOrder();
  }
  // What is left, which an executor did not take, is the outer reclaim's.
  void Unnest(Statistics<Policy>& statistics) {
    const RetiredList left(ReclaimableAsStack(statistics).TakeChain());
    --depth_;
    reclaimable().stack.AppendInOrder(left.stack());
  }

  // Of the innermost reclaim.
  Reclaimable& reclaimable() { return reclaimable_[depth_]; }

  // Disposes of all that is reclaimable. What is counted and what is left is in
  // the record throughout, since this may not return.
  void DisposeAll(RetireList<Policy>& list, Statistics<Policy>& statistics) {
    Reclaimable& all = reclaimable();
    for (;;) {
      if (Retired* const object = all.stack.Pop()) {
        if (object->stamp != kNotRetired) CountDisposed(object->bytes);
        object->dispose(object);
      } else if (RetiredArray* const array = all.arrays) {
        // One by one: a destructor may put something on the stack.
        if (array->empty()) {
          all.PopInOrder();
          statistics.retired_bytes.Add(array->correction());
          list.Reuse(array);
          continue;
        }
        const RetiredEntry entry = array->Pop();
        const std::size_t bytes = entry.bytes();
        array->Weigh(bytes);
        CountDisposed(bytes);
        entry.Dispose();
      } else {
        break;
      }
    }
    Count(statistics);
  }

  // As a chain: for an executor.
  RetiredStack& ReclaimableAsStack(Statistics<Policy>& statistics) {
    Reclaimable& all = reclaimable();
    while (RetiredArray* const array = all.arrays) {
      array->TakeNodes<Policy>(
          [&all](Retired* object) { all.stack.PushInOrder(object); });
      all.PopInOrder();
      statistics.retired_bytes.Add(array->correction());
      Policy::Free(array);
    }
    return all.stack;
  }

  // What a run left that did not come to its end.
  struct Left {
    RetiredList reclaimable;
    bool rerun;
  };
  Left Abandon(Statistics<Policy>& statistics) {
    Count(statistics);
    disposing = false;
    reclaiming = false;
    return {TakeReclaimable(statistics), std::exchange(rerun, false)};
  }
  // After Abandon(), once what was left is where others find it: Synchronize()
  // waits for that.
  void CloseAbandoned() {
    const std::uint64_t seq = seq_.load();
    if (seq % 2 != 0) seq_.store(seq + 1);
  }

  // In the child of a fork, of a thread that is gone: what it had not yet
  // disposed of.
  RetiredList AfterFork(Statistics<Policy>& statistics) {
    reclaiming = rerun = disposing = false;
    disposed_ = disposed_bytes_ = 0;
    const std::uint64_t seq = seq_.load();
    seq_.store(seq + seq % 2);
    return TakeReclaimable(statistics);
  }

  // Odd in a run.
  std::uint64_t seq() const { return seq_.load(); }

  // In a run: what is retired or released meanwhile must wait for its next
  // round.
  bool reclaiming = false;
  // Something was released, and so the next round takes what is deferred.
  bool rerun = false;
  // What is reclaimable is disposed of here, and by no executor.
  bool disposing = false;
  // The owner is ending, and runs no destructors: which of its thread_local
  // objects they might use is gone.
  bool ending = false;
  // How many objects of others the run may still take.
  std::size_t budget = 0;

 private:
  static constexpr int kMaxDepth = 4;

  void CountDisposed(std::size_t bytes) {
    ++disposed_;
    disposed_bytes_ += bytes;
  }
  void Count(Statistics<Policy>& statistics) {
    disposed_in_run_ += disposed_;
    statistics.freed.Add(std::exchange(disposed_, 0));
    statistics.freed_bytes.Add(std::exchange(disposed_bytes_, 0));
  }

  // Of all depths.
  RetiredList TakeReclaimable(Statistics<Policy>& statistics) {
    RetiredList all;
    for (;; --depth_) {
      all.Append(RetiredList(ReclaimableAsStack(statistics).TakeChain()));
      if (depth_ == 0) return all;
    }
  }

  Reclaimable reclaimable_[kMaxDepth];
  int depth_ = 0;
  // In this round.
  std::uint64_t disposed_ = 0;
  std::uint64_t disposed_bytes_ = 0;
  std::uint64_t disposed_in_run_ = 0;
  std::uint64_t began_ = 0;
  typename Policy::template Atomic<std::uint64_t> seq_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_RUN_H_
