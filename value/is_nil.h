// SPDX-License-Identifier: Apache-2.0

// Nil: the values that Go would call nil, which a Value refuses to hold.

#ifndef SYNC_ATOMIC_VALUE_IS_NIL_H_
#define SYNC_ATOMIC_VALUE_IS_NIL_H_

#include <type_traits>
#include <utility>

namespace sync_atomic {

namespace internal {

template <class T, class = void>
inline constexpr bool kIsSmartPointer = false;
// Not whatever compares with nullptr: std::string_view does, and crashes.
template <class T>
inline constexpr bool kIsSmartPointer<
    T, std::void_t<typename T::element_type,
                   decltype(std::declval<const T&>() == nullptr)>> = true;

// std::function and those made like it, without <functional>: class templates
// of a function's type that compare with nullptr.
template <class T, class = void>
inline constexpr bool kIsFunctionWrapper = false;
template <template <class> class Wrapper, class F>
inline constexpr bool kIsFunctionWrapper<
    Wrapper<F>,
    std::enable_if_t<
        std::is_function_v<F>,
        std::void_t<decltype(std::declval<const Wrapper<F>&>() == nullptr)>>> =
    true;

}  // namespace internal

// Says whether a value is nil. Specialise it for a handle type of your own:
//
//   template <>
//   struct sync_atomic::IsNil<Handle> {
//     bool operator()(const Handle& handle) const { return !handle.valid(); }
//   };
template <class T>
struct IsNil {
  bool operator()([[maybe_unused]] const T& value) const {
    if constexpr (std::is_null_pointer_v<T>) {
      return true;
    } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
                         internal::kIsSmartPointer<T> ||
                         internal::kIsFunctionWrapper<T>) {
      return value == nullptr;
    } else {
      return false;
    }
  }
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_IS_NIL_H_
