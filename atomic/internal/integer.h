// SPDX-License-Identifier: Apache-2.0

// Integer: the implementation of the five integer classes.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_INTEGER_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_INTEGER_H_

#include <atomic>
#include <type_traits>

#include "sync_atomic/atomic/internal/bitwise.h"
#include "sync_atomic/atomic/internal/refused.h"

namespace sync_atomic {
namespace internal {

template <class Self, class T>
class Integer : public Bitwise<Self, T>,
                public RefusedSums<Self, T>,
                public RefusedSteps<Self, T> {
  static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);

 public:
  using Bitwise<Self, T>::Bitwise;
  using Bitwise<Self, T>::operator=;

  // Adds `delta`, and returns the NEW value, as in Go. Wraps around, also for
  // signed types.
  T Add(T delta, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Wrapped(Unsigned(FetchAdd(delta, order)) + Unsigned(delta));
  }

  // Subtracts `delta`, and returns the NEW value. Wraps around.
  T Sub(T delta, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Wrapped(Unsigned(FetchSub(delta, order)) - Unsigned(delta));
  }

  // Adds `delta`, and returns the OLD value. Wraps around.
  T FetchAdd(T delta,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_add(delta, order);
  }

  // Subtracts `delta`, and returns the OLD value. Wraps around.
  T FetchSub(T delta,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_sub(delta, order);
  }

  // Raises the value to `value` if it is less, and returns the OLD one. If it
  // is not less, nothing is written: the call is then a Load. Lock-free.
  T Max(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->ReplaceWhile([value](T old) { return old < value; }, value,
                              order);
  }

  // Lowers the value to `value` if it is greater, and returns the OLD one. If
  // it is not greater, nothing is written: the call is then a Load. Lock-free.
  T Min(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->ReplaceWhile([value](T old) { return value < old; }, value,
                              order);
  }

 private:
  // Sums are made in the unsigned type: signed overflow would be undefined. Of
  // 8 and 16 bits they are ints anyway.
  using Summand = std::conditional_t<(sizeof(T) < sizeof(int)), int,
                                     std::make_unsigned_t<T>>;
  static constexpr Summand Unsigned(T value) {
    return static_cast<Summand>(value);
  }
  static constexpr T Wrapped(Summand sum) { return static_cast<T>(sum); }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_INTEGER_H_
