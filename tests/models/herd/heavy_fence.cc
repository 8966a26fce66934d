// SPDX-License-Identifier: Apache-2.0

// The heavy fence as it is: herd.py follows each path through it.

#include "sync_atomic/pointer/platform/fence.h"

namespace sync_atomic {
namespace models {

extern "C" bool HeavyFence() { return internal::HeavyFence(); }

}  // namespace models
}  // namespace sync_atomic
