// SPDX-License-Identifier: Apache-2.0

// Int32: an atomic 32-bit integer. Everything else is as in int64.h.

#ifndef SYNC_ATOMIC_ATOMIC_INT32_H_
#define SYNC_ATOMIC_ATOMIC_INT32_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/integer.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

class Int32 : public internal::Integer<Int32, std::int32_t> {
 public:
  using Integer::Integer;
  using Integer::operator=;  // refused
};

static_assert(sizeof(Int32) == 4 && alignof(Int32) == 4);

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INT32_H_
