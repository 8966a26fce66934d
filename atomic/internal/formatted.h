// SPDX-License-Identifier: Apache-2.0

// Formatted: the value of an atomic as people read it.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_FORMATTED_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_FORMATTED_H_

#include <cstddef>
#include <cstdio>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/bits.h"

namespace sync_atomic {
namespace internal {

// Writes a T as text and returns its length: for floats in float_text.h, since
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
    } else if constexpr (!std::is_integral_v<T>) {
      n = std::snprintf(
          chars_, sizeof(chars_), "0x%0*llx", static_cast<int>(2 * sizeof(T)),
          static_cast<unsigned long long>(internal::ToBits(value)));
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

// Whether a T has text of its own.
template <class Stream, class T, class = void>
inline constexpr bool kStreams = false;
template <class Stream, class T>
inline constexpr bool
    kStreams<Stream, T,
             std::void_t<decltype(std::declval<Stream&>()
                                  << std::declval<const T&>())>> = true;

template <class Sink, class T, class = void>
inline constexpr bool kStringifies = false;
template <class Sink, class T>
inline constexpr bool
    kStringifies<Sink, T,
                 std::void_t<decltype(AbslStringify(
                     std::declval<Sink&>(), std::declval<const T&>()))>> = true;

// Of a class its own text, if it has one, and else its bits. `Stream` is a
// std::ostream, whose header is included where this is called.
template <class Stream, class T>
Stream& Print(Stream& os, const T& value) {
  if constexpr (std::is_class_v<T> && kStreams<Stream, T>) {
    os << value;
  } else {
    os << Formatted(value).view();
  }
  return os;
}

template <class Sink, class T>
void Append(Sink& sink, const T& value) {
  if constexpr (std::is_class_v<T> && kStringifies<Sink, T>) {
    AbslStringify(sink, value);
  } else {
    sink.Append(Formatted(value).view());
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_FORMATTED_H_
