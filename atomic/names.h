// SPDX-License-Identifier: Apache-2.0

// The library's namespace, and its short name.
//
// Everything is in namespace `sync_atomic`. Every public header includes this
// file, so that users may write `atomic::Value`. In a file with `using
// namespace std;` the name `atomic` is then ambiguous in `atomic<int>`. Such a
// file defines SYNC_ATOMIC_NO_SHORT_NAME before its first include, and writes
// `sync_atomic::Value`.

#ifndef SYNC_ATOMIC_ATOMIC_NAMES_H_
#define SYNC_ATOMIC_ATOMIC_NAMES_H_

namespace sync_atomic {}

#ifndef SYNC_ATOMIC_NO_SHORT_NAME
namespace atomic = sync_atomic;
#endif

#endif  // SYNC_ATOMIC_ATOMIC_NAMES_H_
