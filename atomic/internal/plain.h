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
void CheckAligned(const volatile T* addr) {
  if constexpr (sizeof(T) == 8 && (alignof(T) < 8 || kDebug)) {
    if (reinterpret_cast<std::uintptr_t>(addr) % 8 != 0) {
      Fatal("unaligned 64-bit atomic operation");
    }
  }
}

// What *addr holds. `T` is as it stands there, const or volatile perhaps.
template <class T>
using Plain = std::remove_cv_t<T>;

template <class T>
Plain<T> LoadPlain(T* addr) {
  CheckAligned(addr);
  return __atomic_load_n(addr, __ATOMIC_SEQ_CST);
}

template <class T>
void StorePlain(T* addr, Plain<T> value) {
  CheckAligned(addr);
  __atomic_store_n(addr, value, __ATOMIC_SEQ_CST);
}

template <class T>
Plain<T> SwapPlain(T* addr, Plain<T> value) {
  CheckAligned(addr);
  return __atomic_exchange_n(addr, value, __ATOMIC_SEQ_CST);
}

template <class T>
bool CompareAndSwapPlain(T* addr, Plain<T> expected, Plain<T> desired) {
  CheckAligned(addr);
  return __atomic_compare_exchange_n(addr, &expected, desired, /*weak=*/false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// The NEW value. The builtin wraps around, for signed types too.
template <class T>
Plain<T> AddPlain(T* addr, Plain<T> delta) {
  CheckAligned(addr);
  return __atomic_add_fetch(addr, delta, __ATOMIC_SEQ_CST);
}

// The OLD value.
template <class T>
Plain<T> AndPlain(T* addr, Plain<T> mask) {
  CheckAligned(addr);
  return __atomic_fetch_and(addr, mask, __ATOMIC_SEQ_CST);
}

// The OLD value.
template <class T>
Plain<T> OrPlain(T* addr, Plain<T> mask) {
  CheckAligned(addr);
  return __atomic_fetch_or(addr, mask, __ATOMIC_SEQ_CST);
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_PLAIN_H_
