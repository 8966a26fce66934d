// SPDX-License-Identifier: Apache-2.0

// Abseil's Mutex, as a subject.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_ABSEIL_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_ABSEIL_H_

#include <mutex>
#include <shared_mutex>

#include "absl/synchronization/mutex.h"
#include "sync_atomic/benchmarks/peers/standard.h"

namespace sync_atomic {
namespace benchmarks {

// With the names that std's locks call.
class AbslMutexAsStd {
 public:
  void lock() { mutex_.Lock(); }
  void unlock() { mutex_.Unlock(); }
  void lock_shared() { mutex_.ReaderLock(); }
  void unlock_shared() { mutex_.ReaderUnlock(); }

 private:
  absl::Mutex mutex_;
};

struct AbslMutex
    : OfSharedPtr<
          LockedSharedPtr<AbslMutexAsStd, std::shared_lock<AbslMutexAsStd>,
                          std::lock_guard<AbslMutexAsStd>>> {
  static constexpr const char* kName = "AbslMutex";
  static constexpr const char* kProgress = "locks; readers share";
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_ABSEIL_H_
