// SPDX-License-Identifier: Apache-2.0

// Formatted: the value of an atomic as people read it.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_FORMATTED_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_FORMATTED_H_

#include <cstddef>
#include <cstdio>
#include <string_view>
#include <type_traits>

namespace sync_atomic {
namespace internal {

// Writes a T as text and returns its length: for double in float64.h, since
// others need not pay for that.
template <class T>
struct FloatText;

class Formatted {
 public:
  template <class T>
  explicit Formatted(T value) {
    int n = 0;
    if constexpr (std::is_same_v<T, bool>) {
      n = std::snprintf(chars_, sizeof(chars_), "%s", value ? "true" : "false");
    } else if constexpr (std::is_enum_v<T>) {
      *this = Formatted(static_cast<std::underlying_type_t<T>>(value));
      return;
    } else if constexpr (std::is_pointer_v<T>) {
      n = std::snprintf(chars_, sizeof(chars_), "%p",
                        reinterpret_cast<const void*>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      n = FloatText<T>::Write(chars_, sizeof(chars_), value);
    } else if constexpr (std::is_signed_v<T>) {
      n = std::snprintf(chars_, sizeof(chars_), "%lld",
                        static_cast<long long>(value));
    } else {
      n = std::snprintf(chars_, sizeof(chars_), "%llu",
                        static_cast<unsigned long long>(value));
    }
    size_ = n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  std::string_view view() const { return std::string_view(chars_, size_); }

 private:
  // The longest: 24 characters of a double, -2.2250738585072014e-308.
  char chars_[32];
  std::size_t size_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_FORMATTED_H_
