// SPDX-License-Identifier: Apache-2.0

// EnumWord: the implementation of Enum<E>, and of a Word of an enumeration.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_ENUM_WORD_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_ENUM_WORD_H_

#include <atomic>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/bitwise.h"

namespace sync_atomic {
namespace internal {

// Whether each number of the underlying type is a value of E, as of a scoped
// enumeration, and of `enum E : int`. Then one can be made of a number so.
template <class E, class = void>
inline constexpr bool kHasFixedType = false;
template <class E>
inline constexpr bool kHasFixedType<
    E, std::void_t<decltype(E{std::declval<std::underlying_type_t<E>>()})>> =
    true;

template <class Self, class E>
class EnumWord : public Bitwise<Self, E> {
  using Base = Bitwise<Self, E>;

 public:
  using Base::Base;
  using Base::operator=;

  // Bitwise, by the numbers of the values: an enumeration of flags. Each
  // returns the OLD value.
  E And(E mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    CheckType();
    return Base::And(mask, order);
  }
  E Or(E mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    CheckType();
    return Base::Or(mask, order);
  }
  E Xor(E mask, std::memory_order order = std::memory_order_seq_cst) noexcept {
    CheckType();
    return Base::Xor(mask, order);
  }

 private:
  static constexpr void CheckType() {
    static_assert(
        kHasFixedType<E>,
        "And, Or and Xor of an Enum<E>: write `enum E : int`, or with "
        "another type, so that each result is a value of E");
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_ENUM_WORD_H_
