// Nil: the values that Go would call nil, which a Value refuses to hold.

#ifndef SYNC_ATOMIC_VALUE_IS_NIL_H_
#define SYNC_ATOMIC_VALUE_IS_NIL_H_

#include <functional>
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

template <class T>
inline constexpr bool kIsStdFunction = false;
template <class F>
inline constexpr bool kIsStdFunction<std::function<F>> = true;

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
                         internal::kIsStdFunction<T>) {
      return value == nullptr;
    } else {
      return false;
    }
  }
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_IS_NIL_H_
