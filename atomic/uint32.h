// SPDX-License-Identifier: Apache-2.0

// Uint32: an atomic unsigned 32-bit integer. Everything else is as in int64.h.

#ifndef SYNC_ATOMIC_ATOMIC_UINT32_H_
#define SYNC_ATOMIC_ATOMIC_UINT32_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Uint32 : public internal::Integer<Uint32, std::uint32_t> {
 public:
  using Integer::Integer;
  using Integer::operator=;  // refused
};

static_assert(sizeof(Uint32) == 4 && alignof(Uint32) == 4);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_UINT32_H_
