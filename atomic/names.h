// The library's namespace, and its short name.
//
// Everything lives in `sync_atomic`. Every public header includes this file, so
// that users may write `atomic::Value`. A file that says `using namespace std;`
// and `atomic<int>` would then find the word `atomic` ambiguous: it defines
// SYNC_ATOMIC_NO_SHORT_NAME before its first include and writes
// `sync_atomic::Value` instead.

#ifndef SYNC_ATOMIC_ATOMIC_NAMES_H_
#define SYNC_ATOMIC_ATOMIC_NAMES_H_

namespace sync_atomic {}

#ifndef SYNC_ATOMIC_NO_SHORT_NAME
namespace atomic = sync_atomic;
#endif

#endif  // SYNC_ATOMIC_ATOMIC_NAMES_H_
