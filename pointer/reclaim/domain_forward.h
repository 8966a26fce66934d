// SPDX-License-Identifier: Apache-2.0

// Declares Domain, with the mark that must stand at its first declaration.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_DOMAIN_FORWARD_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_DOMAIN_FORWARD_H_

#include "sync_atomic/atomic/internal/export.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class SYNC_ATOMIC_INTERNAL_EXPORT Domain;

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_DOMAIN_FORWARD_H_
