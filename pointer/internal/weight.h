// WeightOf: how heavy an object is that waits to be freed.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_WEIGHT_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_WEIGHT_H_

#include <cstddef>
#include <type_traits>
#include <utility>

namespace sync_atomic {
namespace internal {

// What a type says of its own weight, in bytes beyond sizeof(T): a function
// size_t RetiredBytes(const T&) next to the type.
template <class T, class = void>
inline constexpr bool kHasRetiredBytes = false;
template <class T>
inline constexpr bool kHasRetiredBytes<
    T, std::void_t<decltype(RetiredBytes(std::declval<const T&>()))>> = true;

template <class T>
std::size_t WeightOf([[maybe_unused]] const T& object) {
  if constexpr (kHasRetiredBytes<T>) {
    return sizeof(T) + RetiredBytes(object);
  } else {
    return sizeof(T);
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_WEIGHT_H_
