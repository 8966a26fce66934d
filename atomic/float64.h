// SPDX-License-Identifier: Apache-2.0

// Float64: an atomic double.
//
//   atomic::Float64 seconds;                        // 0.0
//   void Spend(double more) { seconds.Add(more); }  // on any thread
//   double Spent() { return seconds.Load(); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Add is a loop.
// Ownership: a plain number; owns nothing.
// Errors:    none. Sums round, overflow to infinity and propagate a NaN, as +
//            does.
//
// CompareAndSwap and CompareExchange compare bits: a NaN equals itself, and 0.0
// differs from -0.0. Go has no such type; there the bits are kept in a Uint64.

#ifndef SYNC_ATOMIC_ATOMIC_FLOAT64_H_
#define SYNC_ATOMIC_ATOMIC_FLOAT64_H_

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "sync_atomic/atomic/internal/word.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

namespace internal {

// Writes the shortest decimal that reads back as `value`, in every locale.
template <>
struct FloatText<double> {
  static int Write(char* chars, std::size_t size, double value) {
#if defined(__cpp_lib_to_chars)
    const auto end = std::to_chars(chars, chars + size, value).ptr;
    return static_cast<int>(end - chars);
#else
    return WriteByPrintf(chars, size, value);
#endif
  }

  // For standard libraries without std::to_chars for double.
  static int WriteByPrintf(char* chars, std::size_t size, double value) {
    int length = 0;
    for (int digits = 1; digits <= 17; ++digits) {
      length = std::snprintf(chars, size, "%.*g", digits, value);
      const double read = std::strtod(chars, nullptr);
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
};

}  // namespace internal

class Float64 : public internal::Word<Float64, double> {
 public:
  using Word::Word;

  // Adds `delta`, and returns the NEW value, as the integers' Add.
  double Add(double delta,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    // Relaxed: a guess, which CompareExchange() confirms or replaces.
    double old = Load(std::memory_order_relaxed);
    while (!CompareExchange(old, old + delta, order)) {
    }
    return old + delta;
  }
};

static_assert(sizeof(Float64) == 8 && alignof(Float64) == 8);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_FLOAT64_H_
