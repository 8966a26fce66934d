// SPDX-License-Identifier: Apache-2.0

// ReclaimStats: which retired objects are pending, and what delays them.
//
//   const atomic::ReclaimStats stats = atomic::GetReclaimStats();
//   if (stats.oldest_pin && stats.oldest_pin->age > too_long) {
//     Warn(stats.oldest_pin->thread, stats.pending);
//   }
//
// Call it periodically: the age of a pin counts from the moment at which this
// function or a reclaim first saw it.
//
// Threads:   any.
// Order:     the numbers are not one consistent snapshot; they are exact while
//            no thread retires or reclaims.
// Progress:  wait-free; one step for each thread record (the most threads that
//            used the library at once). No cost for readers.
// Errors:    none.

#ifndef SYNC_ATOMIC_POINTER_STATS_H_
#define SYNC_ATOMIC_POINTER_STATS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

struct ReclaimStats {
  // --- Since the process began ---

  std::uint64_t retired = 0;  // objects
  std::uint64_t freed = 0;
  std::uint64_t reclaims = 0;
  // The most that one call of this library, on any thread, was kept by
  // destructors and what leads to them: objects, and time. (It takes what
  // destructors take that it calls.)
  std::uint64_t most_freed_in_one_call = 0;
  absl::Duration longest_reclaim;
  std::uint64_t heavy_fences = 0;
  absl::Duration heavy_fence_time;
  // Snapshots that use a reference count instead of a hazard slot: their thread
  // had no free slot, or stores interfered repeatedly.
  std::uint64_t counted_snapshots = 0;

  // --- Now ---

  // Retired and not freed, except those leaked.
  std::uint64_t pending = 0;  // objects
  std::uint64_t pending_bytes = 0;

  struct Pin {
    std::int64_t thread = 0;  // gettid(); 0 where there is no such number
    absl::Duration age;       // a lower bound
  };
  std::optional<Pin> oldest_pin;

  // The kind of fence in use, and why.
  std::string_view fences;
  // The errno with which the kernel last refused membarrier; 0 if it never did.
  int fence_errno = 0;
  // Never freed: the kernel refused membarrier after it had granted it.
  std::uint64_t leaked = 0;
  std::uint64_t leaked_bytes = 0;
};

SYNC_ATOMIC_INTERNAL_EXPORT ReclaimStats GetReclaimStats();

// In a checked build (docs/checked_build.md) a reclaim terminates the program,
// with a message that names the thread, if one pin has delayed more than
// `bytes` for longer than `age`: by default 256 MiB and 10 s. No effect in
// other builds.
SYNC_ATOMIC_INTERNAL_EXPORT void SetPinWatch(std::uint64_t bytes,
                                             absl::Duration age);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_STATS_H_
