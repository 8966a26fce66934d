// SPDX-License-Identifier: Apache-2.0

// Word<T>: an atomic value of any small, trivially copyable type.
//
//   struct Position {
//     float x, y;
//   };
//   atomic::Word<Position> position;  // {0, 0}
//   void MoveRight(float by) {        // on any thread
//     position.Update([=](Position p) { return Position{p.x + by, p.y}; });
//   }
//
// Do not use it where there is a class of that name: Int64, Bool, Enum and the
// others (AtomicFor<T>, atomic_for.h, chooses one), or Pointer (pointer.h). For
// a larger type use Value or ValueOf.
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Update, and Max, Min and the sums of floats,
//            are loops. Wait, WaitFor and WaitUntil block.
// Ownership: a plain value; owns nothing. As large as T; at least a 32-bit word
//            where the compiler has no lock-free bytes.
// Errors:    none. What T is not for does not compile, and the message
//            says why.
//
// T is trivially copyable, has 1, 2, 4 or 8 bytes and no padding, and is no
// pointer and no long double. An integer has the members of Int64, float and
// double those of Float64, bool those of Bool and an enumeration those of Enum;
// any T has Load, Store, Swap, the compare-and-swaps, Update, Wait and Notify.
//
// CompareAndSwap, CompareExchange and Wait compare bits, and do not call T's
// operator==. So T must not have padding, whose bits say nothing. That is known
// of most types (HasNoPadding); of others you may say it.
//
// It is constant-initialised, unless T holds a pointer, or with clang
// bit-fields.

#ifndef SYNC_ATOMIC_ATOMIC_WORD_H_
#define SYNC_ATOMIC_ATOMIC_WORD_H_

#include <cstddef>
#include <type_traits>

#include "sync_atomic/atomic/internal/bits.h"
#include "sync_atomic/atomic/internal/bool_word.h"
#include "sync_atomic/atomic/internal/enum_word.h"
#include "sync_atomic/atomic/internal/floating.h"
#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/internal/word_base.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

namespace internal {

// Whether the bits of T{} are a constant. Those of padding never are.
template <auto bits>
class Constant;
template <class T, class = void>
inline constexpr bool kHasConstantBits = false;
template <class T>
inline constexpr bool kHasConstantBits<
    T, std::void_t<Constant<__builtin_bit_cast(BitsOf<T>, T{})>>> = true;

}  // namespace internal

// Whether no bit of a T is padding. True of types each bit of which counts, of
// float and double, and of classes of them whose T{} is a constant. Specialise
// it for another type that you know to have none:
//
//   template <>
//   struct sync_atomic::HasNoPadding<Measured> : std::true_type {};
template <class T>
struct HasNoPadding
    : std::bool_constant<std::has_unique_object_representations_v<T> ||
                         std::is_same_v<T, float> ||
                         std::is_same_v<T, double> ||
                         internal::kHasConstantBits<T>> {};

namespace internal {

// Says of a T why there is no word of it.
template <class T>
constexpr bool CheckWord() {
  constexpr bool kIsValue = std::is_object_v<T> && !std::is_array_v<T> &&
                            std::is_same_v<T, std::remove_cv_t<T>>;
  static_assert(kIsValue,
                "Word<T>: T is the type of a value: not const or volatile, no "
                "reference, no array (std::array is a value) and not void");
  if constexpr (kIsValue) {
    constexpr bool kIsPointer = std::is_pointer_v<T>;
    constexpr bool kIsLongDouble = std::is_same_v<T, long double>;
    constexpr bool kIsCopyable = std::is_trivially_copyable_v<T>;
    constexpr bool kFits =
        sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8;
    static_assert(!kIsPointer,
                  "Word<T>: for a pointer there is Pointer<T> "
                  "(sync_atomic/pointer/pointer.h)");
    static_assert(!kIsLongDouble,
                  "Word<T>: a long double is too large, or has padding");
    static_assert(kIsCopyable,
                  "Word<T>: T is not trivially copyable. Use a Value or a "
                  "ValueOf<T> (sync_atomic/value/value_of.h)");
    static_assert(kFits || kIsLongDouble || !kIsCopyable,
                  "Word<T>: T has not 1, 2, 4 or 8 bytes. Use a Value or a "
                  "ValueOf<T> (sync_atomic/value/value_of.h)");
    if constexpr (!kIsPointer && !kIsLongDouble && kIsCopyable && kFits) {
      static_assert(HasNoPadding<T>::value,
                    "Word<T>: T has padding, or may have: it is not known not "
                    "to. CompareAndSwap compares all bits. See HasNoPadding");
      return HasNoPadding<T>::value;
    }
  }
  return false;
}

// Of a T that CheckWord() has complained of something that compiles.
template <class Self, class T, bool is_word>
struct BaseOfWord {
  using type = Integer<Self, int>;
};
template <class Self, class T>
struct BaseOfWord<Self, T, true> {
  static auto Choose() {
    if constexpr (std::is_same_v<T, bool>) {
      return static_cast<BoolWord<Self>*>(nullptr);
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<Integer<Self, T>*>(nullptr);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<Floating<Self, T>*>(nullptr);
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<EnumWord<Self, T>*>(nullptr);
    } else {
      return static_cast<WordBase<Self, T>*>(nullptr);
    }
  }
  using type = std::remove_pointer_t<decltype(Choose())>;
};

}  // namespace internal

template <class T>
class Word
    : public internal::BaseOfWord<Word<T>, T, internal::CheckWord<T>()>::type {
  using Base =
      typename internal::BaseOfWord<Word, T, internal::CheckWord<T>()>::type;

 public:
  using Base::Base;
  using Base::operator=;  // refused
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_WORD_H_
