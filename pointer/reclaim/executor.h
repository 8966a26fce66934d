// SPDX-License-Identifier: Apache-2.0

// SetExecutor: who runs the deleters (SetReclaimExecutor() in retire.h).

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_EXECUTOR_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_EXECUTOR_H_

#include <functional>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {
namespace internal {

using Executor = std::function<void(std::function<void()>)>;

// Null: the thread whose reclaim finds the objects unused.
SYNC_ATOMIC_INTERNAL_EXPORT void SetExecutor(Executor run);

// What StdThreads calls (std_policy.h). (F58 and F59 in docs/reclamation.md)
bool HasExecutor();
bool RunOnExecutor(RetiredStack& reclaimable);
void EndExecutorCall(ThreadRecord<StdPolicy>& record);

// In the child of a fork: what another thread was just destroying is leaked.
void ForgetOtherThreadsExecutors();

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_EXECUTOR_H_
