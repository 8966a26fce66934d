// SPDX-License-Identifier: Apache-2.0

// What must not be done with Enum, Bool and Float64.

#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"

enum class State { kIdle, kRunning };
enum class Color { kRed };

atomic::Enum<State> state;
atomic::Bool flag;
atomic::Float64 sum;

void NoEnumeration() {
#ifdef an_enum_of_a_number
  // error: Enum<E> is for enumerations
  atomic::Enum<int> number;
#else
  atomic::Enum<State> number;
#endif
}

void AnotherEnumeration() {
#ifdef a_color_is_stored_as_a_state
  // error: cannot convert|no viable conversion|cannot initialize
  state.Store(Color::kRed);
#else
  state.Store(State::kRunning);
#endif
}

void ANumber() {
#ifdef a_number_is_stored_as_a_state
  // error: cannot convert|cannot initialize|invalid conversion
  state.Store(1);
#else
  state.Store(State{1});
#endif
}

void Sum() {
#ifdef a_state_is_added_to
  // error: has no member named|no member named
  state.Add(1);
#else
  state.Store(State::kRunning);
#endif
}

bool Condition() {
#ifdef a_bool_is_a_condition
  // error: deleted
  return flag ? true : false;
#else
  return flag.Load() ? true : false;
#endif
}

void CopyOfABool() {
#ifdef a_bool_is_copied
  // error: deleted
  atomic::Bool copy(flag);
#else
  atomic::Bool copy(flag.Load());
#endif
}

double ConversionToADouble() {
#ifdef a_float64_becomes_a_double
  // error: cannot convert|no viable conversion
  return sum;
#else
  return sum.Load();
#endif
}

void Bits() {
#ifdef a_float64_has_bits
  // error: no member named
  sum.Or(1);
#else
  sum.Add(1);
#endif
}
