// SPDX-License-Identifier: Apache-2.0

// Integer: the implementation of the five integer classes.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_INTEGER_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_INTEGER_H_

#include <atomic>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/atomic/internal/word.h"

namespace sync_atomic {
namespace internal {

template <class Self, class T>
class Integer : public Word<Self, T> {
  static_assert(std::is_integral_v<T>);

 public:
  using Word<Self, T>::Word;

  // Adds `delta`, and returns the NEW value, as in Go. Wraps around, also for
  // signed types.
  T Add(T delta, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Wrapped(Unsigned(FetchAdd(delta, order)) + Unsigned(delta));
  }

  // Subtracts `delta`, and returns the NEW value. Wraps around.
  T Sub(T delta, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Wrapped(Unsigned(this->word_.fetch_sub(delta, order)) -
                   Unsigned(delta));
  }

  // Adds `delta`, and returns the OLD value. Wraps around.
  T FetchAdd(T delta,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_add(delta, order);
  }

  // Bitwise AND with `mask`. Returns the OLD value.
  T And(T mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_and(mask, order);
  }

  // Bitwise OR with `mask`. Returns the OLD value.
  T Or(T mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_or(mask, order);
  }

  // Bitwise XOR with `mask`. Returns the OLD value.
  T Xor(T mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_xor(mask, order);
  }

  // Raises the value to `value` if it is less, and returns the OLD one. If it
  // is not less, nothing is written: the call is then a Load. Lock-free.
  T Max(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return ReplaceWhile([value](T old) { return old < value; }, value, order);
  }

  // Lowers the value to `value` if it is greater, and returns the OLD one. If
  // it is not greater, nothing is written: the call is then a Load. Lock-free.
  T Min(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return ReplaceWhile([value](T old) { return value < old; }, value, order);
  }

  // Replaces the value by f(value), and returns the NEW value. If other threads
  // change it in between, `f` runs again; its last result is what is stored.
  // Lock-free.
  template <class F>
  T Update(F f) {
    T old = this->Load();
    for (Backoff backoff;; backoff.Pause()) {
      const T updated = f(std::as_const(old));
      if (this->CompareExchange(old, updated)) return updated;
    }
  }

 private:
  // Sums are made in the unsigned type: signed overflow would be undefined.
  // bool has no unsigned type and is no Integer.
  static constexpr std::make_unsigned_t<T> Unsigned(T value) {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
  static constexpr T Wrapped(std::make_unsigned_t<T> sum) {
    return static_cast<T>(sum);
  }

  // The load order that belongs to `order`.
  static constexpr std::memory_order LoadOrder(std::memory_order order) {
    // Caller's order: it is only passed on.
    return order == std::memory_order_acq_rel   ? std::memory_order_acquire
           : order == std::memory_order_release ? std::memory_order_relaxed
                                                : order;
  }

  template <class Condition>
  T ReplaceWhile(Condition replace, T value, std::memory_order order) noexcept {
    T old = this->Load(LoadOrder(order));
    for (Backoff backoff;
         replace(old) &&
         !this->CompareExchange(old, value, order, LoadOrder(order));
         backoff.Pause()) {
    }
    return old;
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_INTEGER_H_
