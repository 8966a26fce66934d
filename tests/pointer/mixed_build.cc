// SPDX-License-Identifier: Apache-2.0

// Uses of the library, one for each macro (mixed_build.py).

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"

int main() {
#if defined(USE_PIN)
  const sync_atomic::PinGuard pin;
#elif defined(USE_PROTECT)
  static sync_atomic::Pointer<int> cell;
  return cell.Protect() ? 1 : 0;
#elif defined(USE_RETIRE)
  sync_atomic::Retire(new int(1));
#elif defined(USE_RETIRABLE)
  struct Object : sync_atomic::Retirable {};
  sync_atomic::Retire(new Object);
#elif defined(USE_RECLAIM)
  sync_atomic::Reclaim();
#endif
}
