// SPDX-License-Identifier: Apache-2.0

// Widened<T>: the members of std::atomic<T> for a small T, on a 32-bit word. It
// is for compilers that have lock-free words but call libatomic, which locks,
// for bytes: gcc 12 does on RISC-V.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_WIDENED_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_WIDENED_H_

#include <atomic>
#include <cstdint>

#include "sync_atomic/atomic/internal/backoff.h"

namespace sync_atomic {
namespace internal {

template <class T>
class Widened {
  static_assert(sizeof(T) < sizeof(std::int32_t));

 public:
  static constexpr bool is_always_lock_free =
      std::atomic<std::int32_t>::is_always_lock_free;

  constexpr explicit Widened(T value) noexcept : word_(Wide(value)) {}

  T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return Narrow(word_.load(order));
  }
  void store(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    word_.store(Wide(value), order);
  }
  T exchange(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Narrow(word_.exchange(Wide(value), order));
  }

  // `orders`: none, one, or that of success and that of failure.
  template <class... Order>
  bool compare_exchange_strong(T& expected, T desired,
                               Order... orders) noexcept {
    std::int32_t found = Wide(expected);
    if (word_.compare_exchange_strong(found, Wide(desired), orders...)) {
      return true;
    }
    expected = Narrow(found);
    return false;
  }
  template <class... Order>
  bool compare_exchange_weak(T& expected, T desired, Order... orders) noexcept {
    std::int32_t found = Wide(expected);
    if (word_.compare_exchange_weak(found, Wide(desired), orders...)) {
      return true;
    }
    expected = Narrow(found);
    return false;
  }

  T fetch_and(T mask,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Narrow(word_.fetch_and(Wide(mask), order));
  }
  T fetch_or(T mask,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Narrow(word_.fetch_or(Wide(mask), order));
  }
  T fetch_xor(T mask,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Narrow(word_.fetch_xor(Wide(mask), order));
  }

  // Wrap around as a T does, which the word would not.
  T fetch_add(T delta,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Replace([delta](T old) { return old + delta; }, order);
  }
  T fetch_sub(T delta,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return Replace([delta](T old) { return old - delta; }, order);
  }

 private:
  // By `f` of the old value, which is returned.
  template <class F>
  T Replace(F f, std::memory_order order) noexcept {
    // Relaxed: a guess, which compare_exchange_weak() confirms or replaces.
    std::int32_t old = word_.load(std::memory_order_relaxed);
    for (Backoff backoff; !word_.compare_exchange_weak(
             old, Wide(static_cast<T>(f(Narrow(old)))), order);
         backoff.Pause()) {
    }
    return Narrow(old);
  }

  // Every value of a smaller type is a value of this one.
  static constexpr std::int32_t Wide(T value) {
    return static_cast<std::int32_t>(value);
  }
  static constexpr T Narrow(std::int32_t word) { return static_cast<T>(word); }

  std::atomic<std::int32_t> word_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_WIDENED_H_
