// SPDX-License-Identifier: Apache-2.0

// Effort: how often a stress test repeats itself. A sanitizer makes each step
// slower by an order of magnitude, and sees in fewer of them what it looks for.
// So does an emulator, under which tests look for mistakes in what was compiled
// and not for rare schedules.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_EFFORT_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_EFFORT_H_

namespace sync_atomic {
namespace testing {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif
#else
inline constexpr bool kThreadSanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#else
inline constexpr bool kAddressSanitizer = false;
#endif

#if defined(SYNC_ATOMIC_EMULATED)  // tools/cross.sh
inline constexpr bool kEmulated = true;
#else
inline constexpr bool kEmulated = false;
#endif

// `times` in a plain build, fewer under a sanitizer or an emulator.
constexpr int Effort(int times) {
  const int divisor = kThreadSanitizer || kEmulated ? 20
                      : kAddressSanitizer           ? 4
                                                    : 1;
  return times < divisor ? 1 : times / divisor;
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_EFFORT_H_
