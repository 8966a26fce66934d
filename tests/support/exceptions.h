// SPDX-License-Identifier: Apache-2.0

// Throw and Throws: exceptions in tests that also compile without.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_EXCEPTIONS_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_EXCEPTIONS_H_

#include <cstdio>
#include <cstdlib>

namespace sync_atomic {
namespace testing {

// Whether this is built with exceptions. Tests that need them skip themselves
// without.
#ifdef __cpp_exceptions
inline constexpr bool kExceptions = true;
#else
inline constexpr bool kExceptions = false;
#endif

// Throws it; without exceptions, names it and dies.
template <class E>
[[noreturn]] void Throw(const E& exception) {
#ifdef __cpp_exceptions
  throw exception;
#else
  std::fprintf(stderr, "built without exceptions: %s\n", exception.what());
  std::abort();
#endif
}

// Runs f; whether it threw an E.
template <class E, class F>
bool Throws(F f) {
#ifdef __cpp_exceptions
  try {
    f();
  } catch (const E&) {
    return true;
  }
#else
  f();
#endif
  return false;
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_EXCEPTIONS_H_
