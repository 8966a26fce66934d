// SPDX-License-Identifier: Apache-2.0

// FootprintOf: the size of an object that is retired, in bytes.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_FOOTPRINT_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_FOOTPRINT_H_

#include <cstddef>
#include <type_traits>
#include <utility>

namespace sync_atomic {
namespace internal {

// What a type owns, in bytes beyond sizeof(T): a function
// size_t RetiredBytes(const T&) next to the type says so.
template <class T, class = void>
inline constexpr bool kHasRetiredBytes = false;
template <class T>
inline constexpr bool kHasRetiredBytes<
    T, std::enable_if_t<std::is_integral_v<decltype(RetiredBytes(
           std::declval<const T&>()))>>> = true;

// Whether T is complete where that is first asked.
template <class T, class = void>
inline constexpr bool kIsComplete = false;
template <class T>
inline constexpr bool kIsComplete<T, std::void_t<decltype(sizeof(T))>> =
    !std::is_void_v<T>;

// Nothing is known of an incomplete type, as of a C library's handle, or of a
// void.
template <class T>
std::size_t FootprintOf([[maybe_unused]] const T* object) {
  if constexpr (!kIsComplete<T>) {
    return 0;
  } else if constexpr (kHasRetiredBytes<T>) {
    return sizeof(T) + static_cast<std::size_t>(RetiredBytes(*object));
  } else {
    return sizeof(T);
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_FOOTPRINT_H_
