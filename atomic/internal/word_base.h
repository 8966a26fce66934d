// SPDX-License-Identifier: Apache-2.0

// WordBase: the base of all typed atomics: one std::atomic, with Go's names,
// and seq_cst as the default order.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_WORD_BASE_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_WORD_BASE_H_

#include <atomic>
#include <iosfwd>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/atomic/internal/bits.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/internal/formatted.h"
#include "sync_atomic/atomic/internal/refused.h"
#include "sync_atomic/atomic/internal/waiting.h"

namespace sync_atomic {
namespace internal {

// `Self` is the public class that derives from WordBase. It makes the bases of
// two public classes distinct even where `T` is the same, and lets the printers
// below take exactly that class. Each public class says
// `using WordBase::operator=;`, or its own would hide the refused one.
template <class Self, class T>
class WordBase : public RefusedComparisons<Self> {
  using Atomic = AtomicOf<T>;
  struct Nothing {};
  using Condition = std::conditional_t<std::is_same_v<T, bool>, Nothing, bool>;

 public:
  static constexpr bool is_always_lock_free = Atomic::is_always_lock_free;

  // Zero, false, null or T{}. Constant-initialised: a global is usable before
  // any dynamic initialisation.
  constexpr WordBase() noexcept : word_(T()) {}
  constexpr explicit WordBase(T value) noexcept : word_(value) {}

  // A copy would be a second, independent variable.
  WordBase(const WordBase&) = delete;             // write y(x.Load())
  WordBase& operator=(const WordBase&) = delete;  // write y.Store(x.Load())

  // Refused (refused.h). The second is for conditions; of a Bool the first is.
  Self& operator=(T) = delete;                   // write x.Store(value)
  explicit operator T() const = delete;          // write x.Load()
  explicit operator Condition() const = delete;  // write x.Load() != 0

  // Returns the current value.
  T Load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return word_.load(order);
  }

  // Replaces the value.
  void Store(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    word_.store(value, order);
  }

  // Replaces the value, and returns the OLD one.
  T Swap(T value,
         std::memory_order order = std::memory_order_seq_cst) noexcept {
    return word_.exchange(value, order);
  }

  // Replaces the value by `desired` if it equals `expected`, and returns
  // whether it did. Never fails spuriously. Compares bits.
  bool CompareAndSwap(
      T expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return CompareExchangeStrong(expected, desired, order);
  }
  bool CompareAndSwap(T expected, T desired, std::memory_order success,
                      std::memory_order failure) noexcept {
    return CompareExchangeStrong(expected, desired, success, failure);
  }

  // As CompareAndSwap, and on failure `expected` becomes the current value.
  bool CompareExchangeStrong(
      T& expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return word_.compare_exchange_strong(expected, desired, order);
  }
  bool CompareExchangeStrong(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return word_.compare_exchange_strong(expected, desired, success, failure);
  }

  // The same for loops: may fail spuriously.
  bool CompareExchange(
      T& expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return word_.compare_exchange_weak(expected, desired, order);
  }
  bool CompareExchange(T& expected, T desired, std::memory_order success,
                       std::memory_order failure) noexcept {
    return word_.compare_exchange_weak(expected, desired, success, failure);
  }

  // Replaces the value by f(value), and returns the NEW value. If other threads
  // change it in between, `f` runs again; its last result is what is stored.
  // Lock-free.
  template <class F>
  T Update(F f) {
    T old = Load();
    for (Backoff backoff;; backoff.Pause()) {
      const T updated = f(std::as_const(old));
      if (CompareExchange(old, updated)) return updated;
    }
  }

  // Blocks until a Load differs from `old`, compared as CompareAndSwap does.
  // May miss a change that is undone: from `old` to another value and back.
  // A thread that changes the value must call NotifyOne or NotifyAll then.
  void Wait(T old, std::memory_order order =
                       std::memory_order_seq_cst) const noexcept {
    WaitTill(Deadline(), old, order);
  }

  // The same for a time: a std::chrono::duration, or an absl::Duration. False:
  // the time has passed, and the last Load was `old`. A time beyond what the
  // clock can say is forever.
  template <class Duration>
  bool WaitFor(T old, const Duration& timeout) const {
    return WaitTill(internal::DeadlineAfter(timeout), old);
  }

  // The same until a std::chrono::steady_clock::time_point.
  template <class TimePoint>
  bool WaitUntil(T old, const TimePoint& time) const {
    return WaitTill(internal::DeadlineAt(time), old);
  }

  // Wakes at least one thread that waits, or all; if none waits, that is one
  // atomic instruction. Nothing but the address of the word is used: the word
  // may be gone already, if a waiter may destroy it.
  void NotifyOne() noexcept { internal::NotifyWord(this); }
  void NotifyAll() noexcept { internal::NotifyWord(this); }

  // Streams, GoogleTest and Abseil (from 2023 on) print the loaded value.
  friend std::ostream& operator<<(std::ostream& os, const Self& self) {
    return internal::Print(os, self.Load());
  }
  friend void PrintTo(const Self& self, std::ostream* os) {
    internal::Print(*os, self.Load());
  }
  template <class Sink>
  friend void AbslStringify(Sink& sink, const Self& self) {
    internal::Append(sink, self.Load());
  }

 protected:
  ~WordBase() = default;

  // The load order that belongs to `order`.
  static constexpr std::memory_order LoadOrder(std::memory_order order) {
    // Caller's order: it is only passed on.
    return order == std::memory_order_acq_rel   ? std::memory_order_acquire
           : order == std::memory_order_release ? std::memory_order_relaxed
                                                : order;
  }

  // Replaces the value while replace(value), and returns the OLD one.
  template <class Condition>
  T ReplaceWhile(Condition replace, T value, std::memory_order order) noexcept {
    T old = Load(LoadOrder(order));
    for (Backoff backoff;
         replace(old) && !CompareExchange(old, value, order, LoadOrder(order));
         backoff.Pause()) {
    }
    return old;
  }

  // 64-bit words keep their alignment also where plain ones do not (i386).
  alignas(sizeof(Atomic)) Atomic word_;

 private:
  bool WaitTill(
      const Deadline& deadline, T old,
      std::memory_order order = std::memory_order_seq_cst) const noexcept {
    const auto changed = [this, old, order] {
      return internal::ToBits(Load(order)) != internal::ToBits(old);
    };
    using Changed = decltype(changed);
    return changed() || internal::WaitForWord(
                            this, deadline,
                            [](const void* context) {
                              return (*static_cast<Changed*>(context))();
                            },
                            &changed);
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_WORD_BASE_H_
