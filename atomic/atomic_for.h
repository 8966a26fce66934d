// SPDX-License-Identifier: Apache-2.0

// AtomicFor<T>: the typed atomic for a T, in code that is generic in T.
//
//   template <class T>
//   struct Gauge {
//     atomic::AtomicFor<T> last;  // Int64, Float64, Bool, Word<Position> ...
//     atomic::AtomicFor<T> most;
//   };
//
// Do not use it where T is known: name the class.
//
// It is Int32, Int64, Uint32 or Uint64 for the integer of that name in
// <cstdint>, Bool for bool, Enum<T> for an enumeration, Float64 for double, and
// Word<T> (word.h) for all others, such as a long long where std::int64_t is a
// long. Each has the same members as far as T has a meaning for them. An alias:
// T is not deduced from it.

#ifndef SYNC_ATOMIC_ATOMIC_ATOMIC_FOR_H_
#define SYNC_ATOMIC_ATOMIC_ATOMIC_FOR_H_

#include <cstdint>
#include <type_traits>

#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/word.h"

namespace sync_atomic {

namespace internal {

template <class T, class = void>
struct ClassFor {
  using type = Word<T>;
};
template <>
struct ClassFor<std::int32_t> {
  using type = Int32;
};
template <>
struct ClassFor<std::int64_t> {
  using type = Int64;
};
template <>
struct ClassFor<std::uint32_t> {
  using type = Uint32;
};
template <>
struct ClassFor<std::uint64_t> {
  using type = Uint64;
};
template <>
struct ClassFor<bool> {
  using type = Bool;
};
template <>
struct ClassFor<double> {
  using type = Float64;
};
template <class T>
struct ClassFor<T, std::enable_if_t<std::is_enum_v<T>>> {
  using type = Enum<T>;
};

}  // namespace internal

template <class T>
using AtomicFor = typename internal::ClassFor<T>::type;

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_ATOMIC_FOR_H_
