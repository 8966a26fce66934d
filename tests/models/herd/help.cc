// SPDX-License-Identifier: Apache-2.0

// A reader that is asked for help against the reclaim that asks. Bad: the
// reader sees the request, and finds nothing on the list.

#include "sync_atomic/tests/models/herd/herd.h"

namespace sync_atomic {
namespace models {

extern "C" {

long Reader(HelpRequest& help, Cell& deferred) {
  if (!help.Confirm()) return -1;
  help.Clear();
  return deferred.exchange(nullptr) != nullptr;
}

void Writer(HelpRequest& help, Cell& deferred) {
#if BUG == 1  // help is requested before the object is on the list
  help.Request();
  deferred.store(Old(), std::memory_order_release);
#else
  deferred.store(Old(), std::memory_order_release);
  help.Request();
#endif
}

}  // extern "C"

}  // namespace models
}  // namespace sync_atomic
