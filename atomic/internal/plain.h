// SPDX-License-Identifier: Apache-2.0

// Atomic operations on plain memory, for Go's free functions. Each is seq_cst,
// and has the same effect on *addr as the typed atomics' operations.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_PLAIN_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_PLAIN_H_

#include <cstdint>
#include <type_traits>

#include "sync_atomic/atomic/internal/fatal.h"

namespace sync_atomic {
namespace internal {

#ifdef NDEBUG
inline constexpr bool kDebug = false;
#else
inline constexpr bool kDebug = true;
#endif

// An access to a 64-bit word across two cache lines would tear, or fault.
// Targets that align such words by themselves (all 64-bit targets) are checked
// in debug builds only: there a misaligned address can only come from a cast.
template <class T>
void CheckAligned(const T* addr) {
  if constexpr (sizeof(T) == 8 && (alignof(T) < 8 || kDebug)) {
    if (reinterpret_cast<std::uintptr_t>(addr) % 8 != 0) {
      Fatal("unaligned 64-bit atomic operation");
    }
  }
}

template <class T>
T LoadPlain(const T* addr) {
  CheckAligned(addr);
  return __atomic_load_n(addr, __ATOMIC_SEQ_CST);
}

template <class T>
void StorePlain(T* addr, T value) {
  CheckAligned(addr);
  __atomic_store_n(addr, value, __ATOMIC_SEQ_CST);
}

template <class T>
T SwapPlain(T* addr, T value) {
  CheckAligned(addr);
  return __atomic_exchange_n(addr, value, __ATOMIC_SEQ_CST);
}

template <class T>
bool CompareAndSwapPlain(T* addr, T expected, T desired) {
  CheckAligned(addr);
  return __atomic_compare_exchange_n(addr, &expected, desired, /*weak=*/false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// The NEW value. The builtin wraps around, for signed types too.
template <class T>
T AddPlain(T* addr, T delta) {
  CheckAligned(addr);
  return __atomic_add_fetch(addr, delta, __ATOMIC_SEQ_CST);
}

// The OLD value.
template <class T>
T AndPlain(T* addr, T mask) {
  CheckAligned(addr);
  return __atomic_fetch_and(addr, mask, __ATOMIC_SEQ_CST);
}

// The OLD value.
template <class T>
T OrPlain(T* addr, T mask) {
  CheckAligned(addr);
  return __atomic_fetch_or(addr, mask, __ATOMIC_SEQ_CST);
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_PLAIN_H_
