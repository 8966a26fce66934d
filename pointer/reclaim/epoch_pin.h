// SPDX-License-Identifier: Apache-2.0

// EpochClock and EpochPin: epoch-based protection (Fraser, 2004). A pinned
// thread may read everything that was reachable when it pinned itself, or
// later.
//
// Before each scan the clock advances; that epoch is the stamp of its batch: a
// pin that reads this epoch, or a later one, sees that those objects are
// unlinked. So an object waits for the pins that began in an epoch below its
// stamp. (F10 to F16 in docs/reclamation.md)
//
// Threads:   a pin is its owner's, and its owner's signal handlers'; since()
//            and what is noticed, on any threads.
// Progress:  wait-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_EPOCH_PIN_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_EPOCH_PIN_H_

#include <atomic>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class EpochClock {
 public:
  // The epoch in which a pin begins.
  std::uint64_t Now() const { return epoch_.load(); }

  // Begins an epoch, and returns it.
  std::uint64_t Advance() { return epoch_.fetch_add(1) + 1; }

 private:
  // 64 bits, from 1: 0 stands for "not pinned", and no epoch comes twice.
  typename Policy::template Atomic<std::uint64_t> epoch_{1};
};

template <class Policy>
class EpochPin {
 public:
  constexpr EpochPin() = default;
  // Pinned, for good.
  constexpr explicit EpochPin(std::uint64_t since) : since_{since} {}

  // --- For the owner ---------------------------------------------------------

  bool is_set() const {
    // Relaxed: only the owner writes it. A signal handler that comes in before
    // the announcement finds 0 as well, pins for itself, and leaves as it
    // found.
    return since_.load(std::memory_order_relaxed) != 0;
  }

  // Pins. A fence must follow before anything is read.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Set(const EpochClock<Policy>& clock) {
    // EDGE pin: release: a scan that reads this epoch also sees that the owner
    // has finished what it read under earlier pins. Pairs with OldestPin() and
    // WaitForPins(), which read it after a HeavyFence(). The epoch is read
    // seq_cst: a thread that reads one not below an object's stamp also sees
    // that the object was unlinked. Weaker: an object is freed while it is read
    // under the pin before. Test: PinStressTest.NothingIsFreedUnderAPin. Model:
    // APinnedRecordChangesHands and AnEpochShowsWhatWasUnlinked.
    since_.store(clock.Now(), std::memory_order_release);
  }

  // Pins once more.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Nest() {
    // Relaxed: only the owner and its signal handlers use it, and these leave
    // it as they found it.
    const std::uint32_t nested = nested_.load(std::memory_order_relaxed);
    // Relaxed: as above.
    nested_.store(nested + 1, std::memory_order_relaxed);
  }

  // Unpins. True: that was the outermost pin, and the caller then looks whether
  // help is requested of it.
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE bool End() {
    // Relaxed: as in Nest().
    const std::uint32_t nested = nested_.load(std::memory_order_relaxed);
    if (ABSL_PREDICT_FALSE(nested != 0)) {
      // Relaxed: as in Nest().
      nested_.store(nested - 1, std::memory_order_relaxed);
      return false;
    }
    // EDGE unpin: release: what was read under the pin has been read. Pairs
    // with OldestPin() and WaitForPins(). Weaker: an object is freed while it
    // is read. Test: PinStressTest.NothingIsFreedUnderAPin. Model:
    // AnUnpinMeetsARetire.
    since_.store(0, std::memory_order_release);
    Policy::CompilerFence();  // HelpRequest::Confirm() makes up for the rest
    return true;
  }

  // Ends the pin and begins it anew, without a gap. False: nothing has changed,
  // since there is a nested one, or no epoch has begun meanwhile. Otherwise the
  // caller looks whether help is requested of it. What is read next needs no
  // fence: a scan that does not see the store finds an older pin, which holds
  // back more.
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE bool Renew(
      const EpochClock<Policy>& clock) {
    const std::uint64_t now = clock.Now();
    // Relaxed: as in Nest() and is_set().
    if (nested_.load(std::memory_order_relaxed) != 0 ||
        since_.load(std::memory_order_relaxed) == now) {
      return false;
    }
    // EDGE renew: release: what was read until now has been read. Pairs with
    // OldestPin() and WaitForPins(). Weaker: an object is freed while it is
    // read. Test: PinStressTest.NothingIsFreedUnderARenewedPin. Model:
    // ARenewalMeetsARetire.
    since_.store(now, std::memory_order_release);
    Policy::CompilerFence();  // HelpRequest::Confirm() makes up for the rest
    return true;
  }

  // --- For any thread --------------------------------------------------------

  // In which epoch the owner pinned itself; 0 when it is not pinned.
  std::uint64_t since() const { return since_.load(); }
  std::uint32_t nested() const { return nested_.load(); }

  // The owner is gone, and with it what it read.
  void Clear() {
    nested_.store(0);
    since_.store(0);
  }

 private:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  Atomic<std::uint64_t> since_{0};
  // How many pins there are beside the one that set since_.
  Atomic<std::uint32_t> nested_{0};
};

// For how long a pin has been in the way of a scan. Not in the cache line of
// the pin: other threads write it.
template <class Policy>
class PinAge {
 public:
  // Remembers when the pin of this epoch was first seen to be in the way.
  void Notice(std::uint64_t since) {
    if (noticed_since_.load() == since) return;
    noticed_ms_.store(Policy::Milliseconds());
    noticed_since_.store(since);
  }

  // Of what was noticed last, at least.
  std::uint64_t ms() const {
    return Policy::Milliseconds() - noticed_ms_.load();
  }

 private:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  Atomic<std::uint64_t> noticed_since_{0};
  Atomic<std::uint64_t> noticed_ms_{0};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_EPOCH_PIN_H_
