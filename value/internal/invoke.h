// SPDX-License-Identifier: Apache-2.0

// Invoke: calls what std::invoke calls, without <functional>, which is larger
// than all else that a Value needs.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_INVOKE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_INVOKE_H_

#include <tuple>
#include <type_traits>
#include <utility>

namespace sync_atomic {
namespace internal {

// f(arguments...), where f may also point to a member.
template <class F, class... A>
constexpr decltype(auto) Invoke(F&& f, A&&... arguments) {
  return std::apply(std::forward<F>(f),
                    std::forward_as_tuple(std::forward<A>(arguments)...));
}

// What an f given to Read returns.
template <class F, class T>
constexpr void CheckReadResult() {
  static_assert(!std::is_reference_v<std::invoke_result_t<F, const T*>>,
                "Read(f): f returns by value; what its result referred to "
                "might be gone");
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_INVOKE_H_
