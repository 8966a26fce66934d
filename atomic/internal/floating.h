// SPDX-License-Identifier: Apache-2.0

// Floating: the implementation of Float64, and of a Word of a float or double.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_FLOATING_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_FLOATING_H_

#include <atomic>
#include <type_traits>

#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/atomic/internal/float_text.h"
#include "sync_atomic/atomic/internal/refused.h"
#include "sync_atomic/atomic/internal/word_base.h"

namespace sync_atomic {
namespace internal {

template <class Self, class T>
class Floating : public WordBase<Self, T>, public RefusedSums<Self, T> {
  static_assert(std::is_floating_point_v<T>);

 public:
  using WordBase<Self, T>::WordBase;
  using WordBase<Self, T>::operator=;

  // Adds `delta`, and returns the NEW value, as the integers' Add.
  T Add(T delta, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Replace([delta](T old) { return old + delta; }, order);
  }

  // Subtracts `delta`, and returns the NEW value.
  T Sub(T delta, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Replace([delta](T old) { return old - delta; }, order);
  }

  // Raises the value to `value` if it is less or a NaN, and returns the OLD
  // one. If `value` is a NaN, or the value is not less, nothing is written: the
  // call is then a Load.
  T Max(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->ReplaceWhile(
        [value](T old) { return old < value || (IsNan(old) && !IsNan(value)); },
        value, order);
  }

  // Lowers the value to `value` if it is greater or a NaN, and returns the OLD
  // one. If `value` is a NaN, or the value is not greater, nothing is written:
  // the call is then a Load.
  T Min(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->ReplaceWhile(
        [value](T old) { return value < old || (IsNan(old) && !IsNan(value)); },
        value, order);
  }

 private:
  // Replaces the value by f(value), which it returns.
  template <class F>
  T Replace(F f, std::memory_order order) noexcept {
    // Relaxed: a guess, which CompareExchange() confirms or replaces.
    T old = this->Load(std::memory_order_relaxed);
    for (Backoff backoff;; backoff.Pause()) {
      const T updated = f(old);
      if (this->CompareExchange(old, updated, order)) return updated;
    }
  }

  static bool IsNan(T value) { return __builtin_isnan(value); }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_FLOATING_H_
