// SPDX-License-Identifier: Apache-2.0

// Enum<E>: an atomic value of the enumeration E, such as the state of a state
// machine.
//
//   enum class State { kIdle, kRunning, kStopped };
//   atomic::Enum<State> state;  // the one whose value is 0
//   bool Start() {              // true on one thread alone
//     return state.CompareAndSwap(State::kIdle, State::kRunning);
//   }
//
//   enum class Option : unsigned { kNone = 0, kFast = 1, kQuiet = 2 };
//   atomic::Enum<Option> options;
//   void BeQuiet() { options.Or(Option::kQuiet); }
//
// Threads:   every member may run on any threads at once.
// Order:     seq_cst unless you name another order.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it. Update is a loop. Wait, WaitFor and
//            WaitUntil block.
// Ownership: a plain value; owns nothing.
// Errors:    none.
//
// And, Or and Xor, which return the OLD value, are bitwise, for an enumeration
// of flags. They need one with a fixed underlying type: `enum class E`, or
// `enum E : int`.
//
// Go has no such type; there the number is kept in an Int32.

#ifndef SYNC_ATOMIC_ATOMIC_ENUM_H_
#define SYNC_ATOMIC_ATOMIC_ENUM_H_

#include <type_traits>

#include "sync_atomic/atomic/internal/enum_word.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

template <class E>
class Enum : public internal::EnumWord<Enum<E>, E> {
  static_assert(std::is_enum_v<E>, "Enum<E> is for enumerations");
  using Base = internal::EnumWord<Enum<E>, E>;

 public:
  using Base::Base;
  using Base::operator=;  // refused
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_ENUM_H_
