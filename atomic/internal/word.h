// SPDX-License-Identifier: Apache-2.0

// Word: the base of all typed atomics: one std::atomic, with Go's names, and
// seq_cst as the default order.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_WORD_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_WORD_H_

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <type_traits>

#include "sync_atomic/atomic/internal/formatted.h"
#include "sync_atomic/atomic/internal/widened.h"

namespace sync_atomic {
namespace internal {

// `Self` is the public class that derives from Word. It makes the bases of two
// public classes distinct even where `T` is the same, and lets the printers
// below take exactly that class.
template <class Self, class T>
class Word {
  // A wider one where the compiler would lock for so small a T.
  using Atomic = std::conditional_t<std::atomic<T>::is_always_lock_free ||
                                        sizeof(T) >= sizeof(std::int32_t),
                                    std::atomic<T>, Widened<T>>;

 public:
  static constexpr bool is_always_lock_free = Atomic::is_always_lock_free;

  // Zero, false or null. Constant-initialised: a global is usable before any
  // dynamic initialisation.
  constexpr Word() noexcept : word_(T()) {}
  constexpr explicit Word(T value) noexcept : word_(value) {}

  // A copy would be a second, independent variable.
  Word(const Word&) = delete;
  Word& operator=(const Word&) = delete;

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
  // whether it did. Never fails spuriously.
  bool CompareAndSwap(
      T expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return word_.compare_exchange_strong(expected, desired, order);
  }
  bool CompareAndSwap(T expected, T desired, std::memory_order success,
                      std::memory_order failure) noexcept {
    return word_.compare_exchange_strong(expected, desired, success, failure);
  }

  // As CompareAndSwap, for loops: on failure `expected` becomes the current
  // value. May fail spuriously.
  bool CompareExchange(
      T& expected, T desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return word_.compare_exchange_weak(expected, desired, order);
  }
  bool CompareExchange(T& expected, T desired, std::memory_order success,
                       std::memory_order failure) noexcept {
    return word_.compare_exchange_weak(expected, desired, success, failure);
  }

  // GoogleTest prints the loaded value, and so does Abseil, from 2023 on.
  friend void PrintTo(const Self& self, std::ostream* os) {
    *os << Formatted(self.Load()).view();
  }
  template <class Sink>
  friend void AbslStringify(Sink& sink, const Self& self) {
    sink.Append(Formatted(self.Load()).view());
  }

 protected:
  ~Word() = default;

  // 64-bit words keep their alignment also where plain ones do not (i386).
  alignas(sizeof(Atomic)) Atomic word_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_WORD_H_
