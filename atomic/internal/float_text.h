// SPDX-License-Identifier: Apache-2.0

// FloatText: a float or double as text.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_FLOAT_TEXT_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_FLOAT_TEXT_H_

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "sync_atomic/atomic/internal/formatted.h"

namespace sync_atomic {
namespace internal {

// Writes the shortest decimal that reads back as `value`, in every locale.
template <class T>
struct FloatText {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);

  static int Write(char* chars, std::size_t size, T value) {
#if defined(__cpp_lib_to_chars)
    const auto end = std::to_chars(chars, chars + size, value).ptr;
    return static_cast<int>(end - chars);
#else
    return WriteByPrintf(chars, size, value);
#endif
  }

  // For standard libraries without std::to_chars for floats.
  static int WriteByPrintf(char* chars, std::size_t size, T value) {
    int length = 0;
    for (int digits = 1; digits <= std::numeric_limits<T>::max_digits10;
         ++digits) {
      length = std::snprintf(chars, size, "%.*g", digits,
                             static_cast<double>(value));
      const T read = Read(chars);
      if (!(read < value) && !(read > value)) break;
    }
    return ReplacePoint(chars, length);
  }

  // Puts a '.' where snprintf put the locale's decimal point, which may be
  // longer than one character. Returns the new length.
  static int ReplacePoint(char* chars, int length) {
    const auto belongs_to_number = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' ||
             c == '+';
    };
    int to = 0;
    for (int from = 0; from < length; ++from) {
      if (belongs_to_number(chars[from])) {
        chars[to++] = chars[from];
      } else if (from == 0 || belongs_to_number(chars[from - 1])) {
        chars[to++] = '.';
      }
    }
    return to;
  }

 private:
  static T Read(const char* chars) {
    if constexpr (std::is_same_v<T, float>) {
      return std::strtof(chars, nullptr);
    } else {
      return std::strtod(chars, nullptr);
    }
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_FLOAT_TEXT_H_
