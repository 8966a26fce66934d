// SPDX-License-Identifier: Apache-2.0

// What must not be done with a PinGuard and a Protected.

#include <utility>

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"

atomic::Pointer<int> pointer;

void CopiedPin() {
  const atomic::PinGuard pin;
#ifdef a_pin_is_copied
  // error: deleted
  const atomic::PinGuard copy(pin);
#else
  const atomic::PinGuard nested;
#endif
}

void MovedPin() {
  atomic::PinGuard pin;
#ifdef a_pin_is_moved
  // error: deleted
  atomic::PinGuard moved(std::move(pin));
#else
  atomic::PinGuard nested;
#endif
}

void CopiedProtected() {
  atomic::Protected<int> kept = pointer.Protect();
#ifdef a_protected_is_copied
  // error: deleted
  atomic::Protected<int> copy(kept);
#else
  atomic::Protected<int> moved(std::move(kept));
#endif
}

void ProtectedAsAPointer() {
#ifdef a_protected_is_taken_for_a_pointer
  // error: cannot convert|no viable conversion
  int* number = pointer.Protect();
#else
  int* number = pointer.Load();  // which protects nothing
#endif
  static_cast<void>(number);
}
