// ReclaimStats: what waits to be freed, and what holds it back.
//
//   const atomic::ReclaimStats stats = atomic::GetReclaimStats();
//   if (stats.oldest_pin && stats.oldest_pin->age > too_long) {
//     Warn(stats.oldest_pin->thread, stats.pending);
//   }
//
// Call it now and then, as a monitor does: the age of a pin counts from when it
// was first seen to be in the way, by this function or by a reclaim.
//
// Threads:   any.
// Order:     the numbers are of about the same moment; exact when nobody
//            retires or frees.
// Progress:  wait-free; a step for each thread that the process ever had at
//            once. Readers pay nothing for it.
// Errors:    none.

#ifndef SYNC_ATOMIC_POINTER_STATS_H_
#define SYNC_ATOMIC_POINTER_STATS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/export.h"

namespace sync_atomic {

struct ReclaimStats {
  // --- Since the process began ---

  std::uint64_t retired = 0;  // objects
  std::uint64_t freed = 0;
  std::uint64_t reclaims = 0;
  std::uint64_t heavy_fences = 0;
  absl::Duration heavy_fence_time;
  // Snapshots that were counted, since their thread had no slot left, or since
  // stores came in between again and again.
  std::uint64_t counted_snapshots = 0;

  // --- Now ---

  // What was retired and is not freed, without what is leaked.
  std::uint64_t pending = 0;  // objects
  std::uint64_t pending_bytes = 0;

  struct Pin {
    std::int64_t thread = 0;  // gettid(); 0 where there are no such numbers
    absl::Duration age;       // at least
  };
  std::optional<Pin> oldest_pin;

  // Which fences are in use, and why.
  std::string_view fences;
  // What the kernel answered when it last refused a fence; 0 if it never did.
  int fence_errno = 0;
  // What can never be freed, since the kernel refused a fence that it had
  // granted before.
  std::uint64_t leaked = 0;
  std::uint64_t leaked_bytes = 0;
};

SYNC_ATOMIC_INTERNAL_EXPORT ReclaimStats GetReclaimStats();

// In a checked build (docs/checked_build.md) the program ends, with a message
// that names the thread, when a reclaim finds that one pin has held back more
// than `bytes` for longer than `age`: by default 256 MiB for 10 s. Does nothing
// in other builds.
SYNC_ATOMIC_INTERNAL_EXPORT void SetPinWatch(std::uint64_t bytes,
                                             absl::Duration age);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_STATS_H_
