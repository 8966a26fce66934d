// SPDX-License-Identifier: Apache-2.0

// Uint64: an atomic unsigned 64-bit integer. Everything else is as in int64.h.

#ifndef SYNC_ATOMIC_ATOMIC_UINT64_H_
#define SYNC_ATOMIC_ATOMIC_UINT64_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Uint64 : public internal::Integer<Uint64, std::uint64_t> {
 public:
  using Integer::Integer;
  using Integer::operator=;  // refused
};

static_assert(sizeof(Uint64) == 8 && alignof(Uint64) == 8);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_UINT64_H_
