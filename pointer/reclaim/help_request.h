// SPDX-License-Identifier: Apache-2.0

// HelpRequest: whether an object waits for something that a record announces.
//
//   release                               scan
//   withdraw the hazard or the pin        push the object on the deferred list,
//                                         set the help request
//   LightFence()                          HeavyFence()
//   look at the help request              look at the announcement again
//
// Either the releasing thread sees the request and reclaims what is deferred,
// or the scan sees that the announcement is gone, and looks again itself. (F20
// to F25 in docs/reclamation.md)
//
// The fast path has no fence of its own: it asks once whether the request is
// kNo, which it is only where a light fence is a compiler fence. Otherwise
// Confirm() fences and looks again.
//
// Threads:   all members on any threads.
// Progress:  wait-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_HELP_REQUEST_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_HELP_REQUEST_H_

#include <atomic>
#include <cstdint>

namespace sync_atomic {
namespace internal {

template <class Policy>
class HelpRequest {
 public:
  // A hint. True: Confirm() knows.
  bool MayBeSet() const {
    // EDGE help-request: relaxed; CompilerFence() stands between this and the
    // withdrawn announcement, and where that is no fence, the request is never
    // kNo. Pairs with Request(). Weaker: it is relaxed already; without the
    // fence both sides may miss, and the object waits forever. Test:
    // InterleavingTest.AStoreMeetsADropAtEachStep. Model: ADropMeetsAStore and
    // fence.pml.
    return state_.load(std::memory_order_relaxed) != State::kNo;
  }

  // True: the caller must Clear() the request and take the deferred list. A
  // thread that reads kYes here finds the list; if the request is cleared
  // again, then another thread takes the list.
  bool Confirm() {
    Policy::LightFence();
    State state = state_.load();
    if (state == State::kMaybe && Policy::LightFenceIsCompilerOnly()) {
      state_.compare_exchange_strong(state, State::kNo);
    }
    return state == State::kYes;
  }

  // To be called before the list is taken: what is deferred after that sets it
  // again.
  void Clear() {
    state_.store(Policy::LightFenceIsCompilerOnly() ? State::kNo
                                                    : State::kMaybe);
  }

  // To be called after the object was deferred. A HeavyFence() and another look
  // at the announcement must follow.
  void Request() {
    // EDGE help-request: the other side of MayBeSet().
    state_.store(State::kYes);
  }

  bool IsRequested() const { return state_.load() == State::kYes; }

 private:
  enum class State : std::uint32_t {
    kMaybe,  // a thread that releases must fence fully, and look again
    kNo,
    kYes,
  };

  typename Policy::template Atomic<State> state_{State::kMaybe};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_HELP_REQUEST_H_
