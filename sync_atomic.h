// SPDX-License-Identifier: Apache-2.0

// All public headers. Compiled in a second or so, which the one header that you
// need is not: prefer that, and its target.
//
// tests/headers/headers_test.py sees that none is missing.

#ifndef SYNC_ATOMIC_SYNC_ATOMIC_H_
#define SYNC_ATOMIC_SYNC_ATOMIC_H_

#include "sync_atomic/atomic/atomic_for.h"             // IWYU pragma: export
#include "sync_atomic/atomic/bool.h"                   // IWYU pragma: export
#include "sync_atomic/atomic/enum.h"                   // IWYU pragma: export
#include "sync_atomic/atomic/float64.h"                // IWYU pragma: export
#include "sync_atomic/atomic/functions.h"              // IWYU pragma: export
#include "sync_atomic/atomic/int32.h"                  // IWYU pragma: export
#include "sync_atomic/atomic/int64.h"                  // IWYU pragma: export
#include "sync_atomic/atomic/names.h"                  // IWYU pragma: export
#include "sync_atomic/atomic/uint32.h"                 // IWYU pragma: export
#include "sync_atomic/atomic/uint64.h"                 // IWYU pragma: export
#include "sync_atomic/atomic/uintptr.h"                // IWYU pragma: export
#include "sync_atomic/atomic/word.h"                   // IWYU pragma: export
#include "sync_atomic/pointer/background_reclaimer.h"  // IWYU pragma: export
#include "sync_atomic/pointer/counter.h"               // IWYU pragma: export
#include "sync_atomic/pointer/functions.h"             // IWYU pragma: export
#include "sync_atomic/pointer/hazard_pointer.h"        // IWYU pragma: export
#include "sync_atomic/pointer/histogram.h"             // IWYU pragma: export
#include "sync_atomic/pointer/owned_bytes.h"           // IWYU pragma: export
#include "sync_atomic/pointer/pin.h"                   // IWYU pragma: export
#include "sync_atomic/pointer/pointer.h"               // IWYU pragma: export
#include "sync_atomic/pointer/preemption.h"            // IWYU pragma: export
#include "sync_atomic/pointer/protect.h"               // IWYU pragma: export
#include "sync_atomic/pointer/rcu.h"                   // IWYU pragma: export
#include "sync_atomic/pointer/retire.h"                // IWYU pragma: export
#include "sync_atomic/pointer/stats.h"                 // IWYU pragma: export
#include "sync_atomic/value/atomic_shared_ptr.h"       // IWYU pragma: export
#include "sync_atomic/value/derived.h"                 // IWYU pragma: export
#include "sync_atomic/value/is_nil.h"                  // IWYU pragma: export
#include "sync_atomic/value/map.h"                     // IWYU pragma: export
#include "sync_atomic/value/snapshot.h"                // IWYU pragma: export
#include "sync_atomic/value/status.h"                  // IWYU pragma: export
#include "sync_atomic/value/stop.h"                    // IWYU pragma: export
#include "sync_atomic/value/value.h"                   // IWYU pragma: export
#include "sync_atomic/value/value_of.h"                // IWYU pragma: export
#include "sync_atomic/value/watcher.h"                 // IWYU pragma: export

#endif  // SYNC_ATOMIC_SYNC_ATOMIC_H_
