// SPDX-License-Identifier: Apache-2.0

// TypeName: the name of a type as the compiler writes it, with or without RTTI.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_TYPE_NAME_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_TYPE_NAME_H_

#include <cstddef>
#include <string_view>

namespace sync_atomic {
namespace internal {

template <class T>
constexpr std::string_view Signature() {
  return __PRETTY_FUNCTION__;
}

template <class T>
constexpr std::string_view TypeName() {
  // What stands round the name is the same for all types.
  constexpr std::string_view kProbe = "double";
  constexpr std::size_t kBefore = Signature<double>().find(kProbe);
  constexpr std::size_t kAfter =
      Signature<double>().size() - kBefore - kProbe.size();
  constexpr std::string_view kSignature = Signature<T>();
  return kSignature.substr(kBefore, kSignature.size() - kBefore - kAfter);
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_TYPE_NAME_H_
