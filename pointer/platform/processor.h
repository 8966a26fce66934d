// SPDX-License-Identifier: Apache-2.0

// CurrentProcessor: on which processor the calling thread runs, to shard by.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_PROCESSOR_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_PROCESSOR_H_

#include <cstddef>
#include <cstdint>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/pointer/platform/rseq.h"

namespace sync_atomic {
namespace internal {

// How many there may be, at least 1. The same each time.
SYNC_ATOMIC_INTERNAL_EXPORT int ProcessorLimit();

// From 0 to ProcessorLimit() - 1. It may be another one an instruction later,
// and two threads may be told the same.
SYNC_ATOMIC_INTERNAL_EXPORT int CurrentProcessor();

// The same without that limit, for callers that accept every number.
SYNC_ATOMIC_INTERNAL_EXPORT unsigned CurrentProcessorUnbounded();

// Where each thread finds that number among its words, counted from the
// thread's pointer; 0 if nobody keeps it there.
SYNC_ATOMIC_INTERNAL_EXPORT std::ptrdiff_t ProcessorNumberOffset();

// CurrentProcessorUnbounded(), for callers that have kept
// ProcessorNumberOffset().
inline unsigned CurrentProcessorAt(std::ptrdiff_t offset) {
  if (ABSL_PREDICT_FALSE(offset == 0)) return CurrentProcessorUnbounded();
  return *static_cast<const volatile std::uint32_t*>(AtThread(offset));
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_PROCESSOR_H_
