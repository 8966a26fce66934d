// SPDX-License-Identifier: Apache-2.0

// WakesOnStop: how a wait for a cell hears of a request to stop, which
// value/stop.h completes, so that those who use none do without.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_STOP_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_STOP_H_

#include "sync_atomic/pointer/reclaim/footprint.h"

namespace sync_atomic {
namespace internal {

// From its constructor to its destructor a request to stop wakes all that wait.
// A request has been made, and is seen by stop_requested(), before it wakes.
template <class Token>
class WakesOnStop;

// The token of who gives none.
struct NeverStops {
  static constexpr bool stop_requested() { return false; }
};
template <>
class WakesOnStop<NeverStops> {
 public:
  explicit WakesOnStop(const NeverStops&) {}
};

// `Token`, if it is one.
template <class Token>
constexpr void CheckStop() {
  static_assert(kIsComplete<WakesOnStop<Token>>,
                "to stop a wait, give it a StopToken or a std::stop_token, and "
                "#include \"sync_atomic/value/stop.h\"");
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_STOP_H_
