// Atomic operations on plain memory, for the free functions that Go has: each
// is seq_cst, and does to *addr what the typed atomics do to themselves.

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

// A 64-bit word across two cache lines would be torn, or fault. Targets that
// align such words by themselves (all with 64-bit registers) are checked in
// debug builds, where misaligned addresses come from casts alone.
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
