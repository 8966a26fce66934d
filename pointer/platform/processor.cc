// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/platform/processor.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/platform/rseq.h"

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__unix__)
#include <unistd.h>
#endif

namespace sync_atomic {
namespace internal {
namespace {

// A number of the calling thread's own.
unsigned Ordinal() {
  static std::atomic<unsigned> next{0};
  thread_local const unsigned mine = next.fetch_add(1);
  return mine;
}

}  // namespace

int ProcessorLimit() {
  // Not a static with a constructor, which a signal handler could not wait for.
  ABSL_CONST_INIT static std::atomic<int> limit{0};
  int found = limit.load();
  if (ABSL_PREDICT_FALSE(found == 0)) {
    long configured = 0;
#if defined(_SC_NPROCESSORS_CONF)
    configured = sysconf(_SC_NPROCESSORS_CONF);
#endif
    const long running = static_cast<long>(std::thread::hardware_concurrency());
    const int made = static_cast<int>(std::max({configured, running, 1L}));
    if (limit.compare_exchange_strong(found, made)) found = made;
  }
  return found;
}

std::ptrdiff_t ProcessorNumberOffset() {
  if (RseqSize() == 0) return 0;
  // A number below the count of the process's threads, and so denser.
  const bool dense =
      RseqSize() >= offsetof(Rseq, mm_cid) + sizeof(Rseq::mm_cid);
  const std::size_t field =
      dense ? offsetof(Rseq, mm_cid) : offsetof(Rseq, cpu_id);
  return RseqOffset() + static_cast<std::ptrdiff_t>(field);
}

unsigned CurrentProcessorUnbounded() {
  const std::ptrdiff_t offset = ProcessorNumberOffset();
  if (offset != 0) return CurrentProcessorAt(offset);
#if defined(__linux__)
  if (const int id = sched_getcpu(); id >= 0) return static_cast<unsigned>(id);
#endif
  return Ordinal();
}

int CurrentProcessor() {
  // Numbers may have gaps, and ordinals grow.
  const auto limit = static_cast<unsigned>(ProcessorLimit());
  const unsigned id = CurrentProcessorUnbounded();
  return static_cast<int>(id < limit ? id : id % limit);
}

}  // namespace internal
}  // namespace sync_atomic
