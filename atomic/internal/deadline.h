// SPDX-License-Identifier: Apache-2.0

// DeadlineAfter: until when a wait with a timeout lasts.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_DEADLINE_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_DEADLINE_H_

#include <cstdint>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

// Further ahead the clock would overflow, and where a long has 32 bits the
// seconds that SleepOn() hands to the kernel.
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

// From 0 to kForever.
template <class D>
std::int64_t NanosecondsIn(const D& timeout) {
  if constexpr (kCountsTicks<D>) {
    const long double nanoseconds = static_cast<long double>(timeout.count()) *
                                    D::period::num * 1e9L / D::period::den;
    if (!(nanoseconds > 0)) return 0;
    return nanoseconds < static_cast<long double>(kForever)
               ? static_cast<std::int64_t>(nanoseconds)
               : kForever;
  } else {
    static_assert(kConvertsToTicks<D>,
                  "WaitForChange(seen, timeout): the timeout is an "
                  "absl::Duration, a std::chrono::duration, or what a function "
                  "ToChronoNanoseconds beside its type converts to one");
    return internal::NanosecondsIn(ToChronoNanoseconds(timeout));
  }
}

template <class D>
Deadline DeadlineAfter(const D& timeout) {
  return DeadlineIn(internal::NanosecondsIn(timeout));
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_DEADLINE_H_
