// SPDX-License-Identifier: Apache-2.0

// ReclaimRun: the state of a thread that reclaims.
//
//   idle --Begin()--> running --End()--> idle
//
// In a run the thread drains lists, scans them, and calls destructors. What
// those retire or release waits for the next round of the run. A destructor, a
// deleter or an executor may end the thread, with or without unwinding, or
// throw: the run is then closed by Abandon() and CloseAbandoned(). (F35, F36
// and F52 in docs/reclamation.md)
//
// Threads:   seq() on any threads; all others for the owner, or for a thread
//            that knows that the owner is gone.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_RUN_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_RUN_H_

#include <cstdint>
#include <utility>

#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/statistics.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class ReclaimRun {
 public:
  // The stamp of what is disposed of without having been retired.
  static constexpr std::uint64_t kNotRetired = ~std::uint64_t{0};

  void Begin() {
    reclaiming = true;
    seq_.store(seq_.load() + 1);  // before anything is taken
  }
  void End() {
    disposing = false;
    seq_.store(seq_.load() + 1);
    reclaiming = false;
  }

  // Disposes of all that is reclaimable. What is counted and what is left is in
  // the record throughout, since this may not return.
  void DisposeAll(Statistics<Policy>& statistics) {
    while (Retired* const object = reclaimable.Pop()) {
      if (object->stamp != kNotRetired) {
        ++disposed_;
        disposed_bytes_ += object->bytes;
      }
      object->dispose(object);
    }
    Count(statistics);
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
    return {RetiredList(reclaimable.TakeChain()), std::exchange(rerun, false)};
  }
  // After Abandon(), once what was left is where others find it: Synchronize()
  // waits for that.
  void CloseAbandoned() {
    const std::uint64_t seq = seq_.load();
    if (seq % 2 != 0) seq_.store(seq + 1);
  }

  // In the child of a fork, of a thread that is gone: what it had not yet
  // disposed of.
  RetiredList AfterFork() {
    reclaiming = rerun = disposing = false;
    disposed_ = disposed_bytes_ = 0;
    const std::uint64_t seq = seq_.load();
    seq_.store(seq + seq % 2);
    return RetiredList(reclaimable.TakeChain());
  }

  // Odd in a run.
  std::uint64_t seq() const { return seq_.load(); }

  // In a run: what is retired or released meanwhile must wait for its next
  // round.
  bool reclaiming = false;
  // Something was released, and so the next round takes the deferred list.
  bool rerun = false;
  // What is reclaimable is disposed of here, and by no executor.
  bool disposing = false;
  // The owner is ending, and runs no destructors: which of its thread_local
  // objects they might use is gone.
  bool ending = false;
  // What no thread can read any more, to be disposed of next.
  RetiredStack reclaimable;

 private:
  void Count(Statistics<Policy>& statistics) {
    statistics.freed.Add(std::exchange(disposed_, 0));
    statistics.freed_bytes.Add(std::exchange(disposed_bytes_, 0));
  }

  // In this round.
  std::uint64_t disposed_ = 0;
  std::uint64_t disposed_bytes_ = 0;
  typename Policy::template Atomic<std::uint64_t> seq_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIM_RUN_H_
