// SPDX-License-Identifier: Apache-2.0

// AtomicOf<T>: what a word of the type T is stored in, with the members of
// std::atomic.
//
//   T                                  is stored in
//   an integer, a float, a pointer     std::atomic<T>
//   else: bool, an enumeration,        Bits<T>: a std::atomic of the unsigned
//   a class                            integer that has the same bits
//   one of them, of 8 or 16 bits,      Widened<T>: a 32-bit word
//   which the compiler would lock for
//
// Never in a std::atomic of a class: clang 14 calls libatomic for it.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_BITS_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_BITS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "sync_atomic/atomic/internal/widened.h"

namespace sync_atomic {
namespace internal {

// The unsigned integer of `size` bytes.
template <std::size_t size>
struct UnsignedOfSize;
template <>
struct UnsignedOfSize<1> {
  using type = std::uint8_t;
};
template <>
struct UnsignedOfSize<2> {
  using type = std::uint16_t;
};
template <>
struct UnsignedOfSize<4> {
  using type = std::uint32_t;
};
template <>
struct UnsignedOfSize<8> {
  using type = std::uint64_t;
};
template <class T>
using BitsOf = typename UnsignedOfSize<sizeof(T)>::type;

// The bits of a value. By these words are compared.
template <class T>
constexpr BitsOf<T> ToBits(const T& value) noexcept {
  return __builtin_bit_cast(BitsOf<T>, value);
}

// A wider one where the compiler would lock for so small a T.
template <class T>
using LockFree = std::conditional_t<std::atomic<T>::is_always_lock_free ||
                                        sizeof(T) >= sizeof(std::int32_t),
                                    std::atomic<T>, Widened<T>>;

template <class T>
class Bits {
  using Word = LockFree<BitsOf<T>>;

 public:
  static constexpr bool is_always_lock_free = Word::is_always_lock_free;

  constexpr explicit Bits(T value) noexcept : word_(internal::ToBits(value)) {}

  T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    return FromBits(word_.load(order));
  }
  void store(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    word_.store(internal::ToBits(value), order);
  }
  T exchange(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return FromBits(word_.exchange(internal::ToBits(value), order));
  }

  // `orders`: none, one, or that of success and that of failure.
  template <class... Order>
  bool compare_exchange_strong(T& expected, T desired,
                               Order... orders) noexcept {
    const BitsOf<T> bits = internal::ToBits(desired);
    if constexpr (kIsByte) {
      return word_.compare_exchange_strong(ByteOf(expected), bits, orders...);
    } else {
      BitsOf<T> found = internal::ToBits(expected);
      const bool done = word_.compare_exchange_strong(found, bits, orders...);
      if (__builtin_expect_with_probability(!done, 1, 0.5)) {
        expected = FromBits(found);
      }
      return done;
    }
  }
  template <class... Order>
  bool compare_exchange_weak(T& expected, T desired, Order... orders) noexcept {
    const BitsOf<T> bits = internal::ToBits(desired);
    if constexpr (kIsByte) {
      return word_.compare_exchange_weak(ByteOf(expected), bits, orders...);
    } else {
      BitsOf<T> found = internal::ToBits(expected);
      const bool done = word_.compare_exchange_weak(found, bits, orders...);
      if (__builtin_expect_with_probability(!done, 1, 0.5)) {
        expected = FromBits(found);
      }
      return done;
    }
  }

  T fetch_and(T mask,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return FromBits(word_.fetch_and(internal::ToBits(mask), order));
  }
  T fetch_or(T mask,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return FromBits(word_.fetch_or(internal::ToBits(mask), order));
  }
  T fetch_xor(T mask,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return FromBits(word_.fetch_xor(internal::ToBits(mask), order));
  }

 private:
  // A byte of any object may be accessed as one.
  static constexpr bool kIsByte = sizeof(T) == 1;
  static BitsOf<T>& ByteOf(T& value) {
    return reinterpret_cast<BitsOf<T>&>(value);
  }

  static constexpr T FromBits(BitsOf<T> bits) noexcept {
    return __builtin_bit_cast(T, bits);
  }

  Word word_;
};

template <class T>
using AtomicOf =
    std::conditional_t<(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) ||
                           std::is_pointer_v<T>,
                       LockFree<T>, Bits<T>>;

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_BITS_H_
