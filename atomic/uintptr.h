// SPDX-License-Identifier: Apache-2.0

// Uintptr: an atomic integer as wide as a pointer. Everything else is as in
// int64.h.
//
// It does not keep an object alive. Use a Value to own one, or a Pointer to
// protect one while it is read.

#ifndef SYNC_ATOMIC_ATOMIC_UINTPTR_H_
#define SYNC_ATOMIC_ATOMIC_UINTPTR_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Uintptr : public internal::Integer<Uintptr, std::uintptr_t> {
 public:
  using Integer::Integer;
  using Integer::operator=;  // refused
};

static_assert(sizeof(Uintptr) == sizeof(void*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_UINTPTR_H_
