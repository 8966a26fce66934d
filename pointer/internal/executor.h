// SetExecutor: who runs the deleters (SetReclaimExecutor() in retire.h).

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_EXECUTOR_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_EXECUTOR_H_

#include <functional>

#include "sync_atomic/pointer/internal/export.h"

namespace sync_atomic {
namespace internal {

using Executor = std::function<void(std::function<void()>)>;

// Null: the thread that released the object last.
SYNC_ATOMIC_INTERNAL_EXPORT void SetExecutor(Executor run);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_EXECUTOR_H_
