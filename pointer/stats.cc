// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/stats.h"

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {

using Record = internal::ThreadRecord<internal::StdPolicy>;

ReclaimStats GetReclaimStats() {
  auto& domain = internal::StdPolicy::domain();
  ReclaimStats stats;
  std::uint64_t freed_bytes = 0, retired_bytes = 0, longest_run = 0;
  // freed is read first, so that it is never more than retired.
  domain.ForEachRecord([&](Record& record) {
    stats.freed += record.statistics.freed.Load();
    freed_bytes += record.statistics.freed_bytes.Load();
  });
  stats.leaked = domain.deferred().leaked_objects();
  stats.leaked_bytes = domain.deferred().leaked_bytes();
  domain.ForEachRecord([&](Record& record) {
    stats.retired += record.statistics.retired.Load();
    retired_bytes += record.statistics.retired_bytes.Load();
    stats.reclaims += (record.run.seq() + 1) / 2;
    stats.counted_snapshots += record.statistics.counted_loads.Load();
    stats.most_freed_in_one_call = std::max(
        stats.most_freed_in_one_call, record.statistics.most_freed.Load());
    longest_run = std::max(longest_run, record.statistics.longest_run.Load());
  });
  stats.longest_reclaim =
      absl::Nanoseconds(static_cast<std::int64_t>(longest_run));
  stats.pending = stats.retired - stats.freed - stats.leaked;
  stats.pending_bytes = retired_bytes - freed_bytes - stats.leaked_bytes;

  stats.heavy_fences = internal::heavy_fences.count.load();
  stats.heavy_fence_time = absl::Nanoseconds(
      static_cast<std::int64_t>(internal::heavy_fences.nanoseconds.load()));
  stats.fences = internal::DescribeFences();
  stats.fence_errno = internal::fence_errno.load();

  std::uint64_t ms = 0;
  if (const Record* const pinned = domain.OldestPin(ms)) {
    stats.oldest_pin = {pinned->thread_id(),
                        absl::Milliseconds(static_cast<std::int64_t>(ms))};
  }
  return stats;
}

void SetPinWatch([[maybe_unused]] std::uint64_t bytes,
                 [[maybe_unused]] absl::Duration age) {
  if constexpr (internal::kChecked) {
    const auto ms =
        absl::ToInt64Milliseconds(std::max(age, absl::ZeroDuration()));
    internal::SetPinLimits(bytes, static_cast<std::uint64_t>(ms));
  }
}

}  // namespace sync_atomic
