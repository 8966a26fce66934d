// SPDX-License-Identifier: Apache-2.0

// The short name and `using namespace std;`.

#ifdef the_short_name_beside_that_of_std
// error: reference to 'atomic' is ambiguous
#else
#define SYNC_ATOMIC_NO_SHORT_NAME
#endif

#include <atomic>

#include "sync_atomic/atomic/int64.h"

using namespace std;  // NOLINT: as those do whom this is for

atomic<int> theirs;
sync_atomic::Int64 ours;
