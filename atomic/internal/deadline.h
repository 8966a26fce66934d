// SPDX-License-Identifier: Apache-2.0

// DeadlineAfter and DeadlineAt: until when a wait lasts, of a timeout and of a
// point of time.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_DEADLINE_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_DEADLINE_H_

#include <cstdint>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

// Further ahead the clock would overflow, and where a long has 32 bits the
// seconds that FutexWait() hands to the kernel.
inline constexpr std::int64_t kForever =
    std::int64_t{50} * 365 * 24 * 3600 * 1'000'000'000;

inline Deadline DeadlineIn(std::int64_t nanoseconds) {
  if (nanoseconds >= kForever) return Deadline();
  return Deadline{SteadyNanoseconds() + nanoseconds};
}

// What counts ticks of a period, as each std::chrono::duration does. Here and
// below no header of a library of durations is needed: a caller that has a
// duration has included it.
template <class D, class = void>
inline constexpr bool kCountsTicks = false;
template <class D>
inline constexpr bool kCountsTicks<
    D, std::void_t<decltype(D::period::num), decltype(D::period::den),
                   decltype(std::declval<const D&>().count())>> = true;

// What a function beside the type makes a std::chrono::duration of, as Abseil's
// does for absl::Duration.
template <class D, class = void>
inline constexpr bool kConvertsToTicks = false;
template <class D>
inline constexpr bool kConvertsToTicks<
    D, std::enable_if_t<kCountsTicks<decltype(ToChronoNanoseconds(
           std::declval<const D&>()))>>> = true;

// Of a period that is a whole number of nanoseconds: that number. Else 0.
template <class Period>
constexpr std::int64_t NanosecondsATick() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if constexpr (Period::num > INT64_MAX / kSecond) {
    return 0;
  } else {
    return Period::num * kSecond % Period::den == 0
               ? Period::num * kSecond / Period::den
               : 0;
  }
}

// From 0 to kForever. Exact where the ticks are whole numbers of nanoseconds.
template <class D>
std::int64_t NanosecondsIn(const D& timeout) {
  if constexpr (kCountsTicks<D>) {
    const auto ticks = timeout.count();
    constexpr std::int64_t kTick =
        internal::NanosecondsATick<typename D::period>();
    if constexpr (std::is_integral_v<std::decay_t<decltype(ticks)>> &&
                  kTick != 0) {
      std::int64_t nanoseconds = 0;
      if (!(ticks > 0)) return 0;
      return __builtin_mul_overflow(ticks, kTick, &nanoseconds) ||
                     nanoseconds > kForever
                 ? kForever
                 : nanoseconds;
    } else {
      const long double nanoseconds = static_cast<long double>(ticks) *
                                      D::period::num * 1e9L / D::period::den;
      if (!(nanoseconds > 0)) return 0;
      return nanoseconds < static_cast<long double>(kForever)
                 ? static_cast<std::int64_t>(nanoseconds)
                 : kForever;
    }
  } else {
    static_assert(kConvertsToTicks<D>,
                  "the timeout is an absl::Duration, a std::chrono::duration, "
                  "or what a function ToChronoNanoseconds beside its type "
                  "converts to one");
    return internal::NanosecondsIn(ToChronoNanoseconds(timeout));
  }
}

template <class D>
Deadline DeadlineAfter(const D& timeout) {
  return internal::DeadlineIn(internal::NanosecondsIn(timeout));
}

// As std::chrono::time_point has.
template <class P, class = void>
inline constexpr bool kIsSteady = false;
template <class P>
inline constexpr bool kIsSteady<
    P,
    std::enable_if_t<
        P::clock::is_steady &&
        kCountsTicks<decltype(std::declval<const P&>().time_since_epoch())>>> =
    true;

template <class P>
Deadline DeadlineAt(const P& time) {
  static_assert(kIsSteady<P>,
                "the time is a std::chrono::steady_clock::time_point: others' "
                "clocks are set");
  // Its own now() is before that of DeadlineIn(), and so nothing is early.
  return internal::DeadlineIn(
      internal::NanosecondsIn(time.time_since_epoch()) -
      internal::NanosecondsIn(P::clock::now().time_since_epoch()));
}

// Of either.
template <class T, class = void>
inline constexpr bool kIsTimePoint = false;
template <class T>
inline constexpr bool kIsTimePoint<T, std::void_t<typename T::clock>> = true;

template <class T>
Deadline DeadlineOf(const T& time) {
  if constexpr (kIsTimePoint<T>) {
    return internal::DeadlineAt(time);
  } else {
    return internal::DeadlineAfter(time);
  }
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_DEADLINE_H_
