// CurrentProcessor: on which processor the calling thread runs, to shard by.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_PROCESSOR_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_PROCESSOR_H_

namespace sync_atomic {
namespace internal {

// How many there may be, at least 1. The same each time.
int ProcessorLimit();

// From 0 to ProcessorLimit() - 1. It may be another one an instruction later,
// and two threads may be told the same.
int CurrentProcessor();

// As that, for callers that have a use for every number.
unsigned CurrentProcessorUnbounded();

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_PROCESSOR_H_
