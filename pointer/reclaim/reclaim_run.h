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

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/reclaim/reclaimable.h"
#include "sync_atomic/pointer/reclaim/retire_list.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/statistics.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class ReclaimRun {
 public:
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

  bool CanNest() const { return depth_ + 1 < kMaxReclaimDepth; }
  void Nest() {
    ++depth_;
    KeepOrder();
  }
  // What is left, which an executor did not take, is the outer reclaim's.
  void Unnest(Statistics<Policy>& statistics) {
    const RetiredList left(ReclaimableAsStack(statistics).TakeChain());
    --depth_;
    reclaimable().Append(left.stack());
  }

  bool has_reclaimable() const {
    return !reclaimable_[depth_].empty() ||
           (depth_ == 0 && !taken_over.empty());
  }
  // Of the innermost reclaim, and not offered to others.
  Reclaimable& reclaimable() { return reclaimable_[depth_]; }

  // Disposes of all that is reclaimable, but for what others take over
  // meanwhile. What is counted and what is left is in the record throughout,
  // since this may not return.
  void DisposeAll(RetireList<Policy>& list, Statistics<Policy>& statistics) {
    Reclaimable& own = reclaimable();
    const int depth = depth_;
    if (own.has_many()) list.Offer(depth, own);
    Reclaimable::Next next;
    for (;;) {
      // What a destructor disposes of comes next.
      RetiredEntry entry;
      std::size_t bytes;
      while (!own.has_nodes() && list.PopOfferedEntry(depth, entry, bytes)) {
        CountDisposed(bytes);
        entry.Dispose();
      }
      if (!PopNext(own, list, next)) break;
      if (next.emptied != nullptr) {
        statistics.retired_bytes.Add(next.emptied->correction());
        list.Reuse(next.emptied);
        continue;
      }
      if (next.is_retired) CountDisposed(next.bytes);
      next.object.Dispose();
    }
    Count(statistics);
  }

  // As a chain: for an executor.
  RetiredStack& ReclaimableAsStack(Statistics<Policy>& statistics) {
    if (depth_ == 0) reclaimable().Take(taken_over);
    return reclaimable().template AsStack<Policy>([&](RetiredArray* array) {
      statistics.retired_bytes.Add(array->correction());
      Policy::Free(array);
    });
  }

  // What a run left that did not come to its end.
  struct Left {
    RetiredList reclaimable;
    bool rerun;
  };
  Left Abandon(RetireList<Policy>& list, Statistics<Policy>& statistics) {
    Count(statistics);
    disposing = false;
    reclaiming = false;
    return {TakeReclaimable(list, statistics), std::exchange(rerun, false)};
  }
  // After Abandon(), once what was left is where others find it: Synchronize()
  // waits for that.
  void CloseAbandoned() {
    const std::uint64_t seq = seq_.load();
    if (seq % 2 != 0) seq_.store(seq + 1);
  }

  // In the child of a fork, of a thread that is gone: what it had not yet
  // disposed of.
  RetiredList AfterFork(RetireList<Policy>& list,
                        Statistics<Policy>& statistics) {
    reclaiming = rerun = disposing = false;
    disposed_ = disposed_bytes_ = 0;
    const std::uint64_t seq = seq_.load();
    seq_.store(seq + seq % 2);
    return TakeReclaimable(list, statistics);
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
  // What others had offered. It is not offered again, so that Synchronize()
  // knows how often it may pass from one thread to another.
  Reclaimable taken_over;

 private:
  ABSL_ATTRIBUTE_ALWAYS_INLINE void DisposeOf(const Reclaimable::Next& next,
                                              RetireList<Policy>& list,
                                              Statistics<Policy>& statistics) {
    if (ABSL_PREDICT_FALSE(next.emptied != nullptr)) {
      statistics.retired_bytes.Add(next.emptied->correction());
      list.Reuse(next.emptied);
      return;
    }
    if (next.is_retired) CountDisposed(next.bytes);
    next.object.Dispose();
  }
  ABSL_ATTRIBUTE_NOINLINE bool PopNext(Reclaimable& own,
                                       RetireList<Policy>& list,
                                       Reclaimable::Next& next) {
    return own.Pop(next) || (depth_ == 0 && taken_over.Pop(next)) ||
           list.PopOffered(depth_, own, next);
  }

  void CountDisposed(std::size_t bytes) {
    ++disposed_;
    disposed_bytes_ += bytes;
  }
  void Count(Statistics<Policy>& statistics) {
    disposed_in_run_ += disposed_;
    statistics.freed.Add(std::exchange(disposed_, 0));
    statistics.freed_bytes.Add(std::exchange(disposed_bytes_, 0));
  }

  // Of all depths. What others are about to take over is theirs.
  RetiredList TakeReclaimable(RetireList<Policy>& list,
                              Statistics<Policy>& statistics) {
    RetiredList all;
    for (;; --depth_) {
      list.Withdraw(depth_, reclaimable());
      all.Append(RetiredList(ReclaimableAsStack(statistics).TakeChain()));
      if (depth_ == 0) return all;
    }
  }

  Reclaimable reclaimable_[kMaxReclaimDepth];
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
