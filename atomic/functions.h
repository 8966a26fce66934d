// SPDX-License-Identifier: Apache-2.0

// Go's free functions: atomic operations on plain memory.
//
//   std::int64_t hits = 0;                      // shared
//   void Hit() { atomic::AddInt64(&hits, 1); }  // on any thread
//   std::int64_t Hits() { return atomic::LoadInt64(&hits); }
//
// Prefer the typed atomics (int64.h and the others): with them every access is
// atomic by construction. These functions are for memory whose type you cannot
// change: a field of a C struct, a mapped file, shared memory.
//
// Threads:   any, concurrently, as long as every concurrent access to *addr is
//            by one of these functions.
// Order:     seq_cst.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it.
// Ownership: *addr remains the caller's.
// Errors:    a null address is undefined behaviour (in practice, a segmentation
//            fault). A misaligned address of a 64-bit word terminates the
//            program (message, abort()): always where the target does not align
//            such words by itself (i386), and in debug builds everywhere. Sums
//            wrap around, also of signed types.
//
// As in Go, Add returns the NEW value, and And, Or and Swap return the OLD one.
// LoadPointer and the other functions on pointers are in pointer/functions.h.

#ifndef SYNC_ATOMIC_ATOMIC_FUNCTIONS_H_
#define SYNC_ATOMIC_ATOMIC_FUNCTIONS_H_

#include <cstdint>

#include "sync_atomic/atomic/internal/plain.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

// return *addr
inline std::int32_t LoadInt32(const std::int32_t* addr) {
  return internal::LoadPlain(addr);
}
inline std::int64_t LoadInt64(const std::int64_t* addr) {
  return internal::LoadPlain(addr);
}
inline std::uint32_t LoadUint32(const std::uint32_t* addr) {
  return internal::LoadPlain(addr);
}
inline std::uint64_t LoadUint64(const std::uint64_t* addr) {
  return internal::LoadPlain(addr);
}
inline std::uintptr_t LoadUintptr(const std::uintptr_t* addr) {
  return internal::LoadPlain(addr);
}

// *addr = value
inline void StoreInt32(std::int32_t* addr, std::int32_t value) {
  internal::StorePlain(addr, value);
}
inline void StoreInt64(std::int64_t* addr, std::int64_t value) {
  internal::StorePlain(addr, value);
}
inline void StoreUint32(std::uint32_t* addr, std::uint32_t value) {
  internal::StorePlain(addr, value);
}
inline void StoreUint64(std::uint64_t* addr, std::uint64_t value) {
  internal::StorePlain(addr, value);
}
inline void StoreUintptr(std::uintptr_t* addr, std::uintptr_t value) {
  internal::StorePlain(addr, value);
}

// old = *addr; *addr = value; return old
inline std::int32_t SwapInt32(std::int32_t* addr, std::int32_t value) {
  return internal::SwapPlain(addr, value);
}
inline std::int64_t SwapInt64(std::int64_t* addr, std::int64_t value) {
  return internal::SwapPlain(addr, value);
}
inline std::uint32_t SwapUint32(std::uint32_t* addr, std::uint32_t value) {
  return internal::SwapPlain(addr, value);
}
inline std::uint64_t SwapUint64(std::uint64_t* addr, std::uint64_t value) {
  return internal::SwapPlain(addr, value);
}
inline std::uintptr_t SwapUintptr(std::uintptr_t* addr, std::uintptr_t value) {
  return internal::SwapPlain(addr, value);
}

// if (*addr == expected) { *addr = desired; return true; } return false
inline bool CompareAndSwapInt32(std::int32_t* addr, std::int32_t expected,
                                std::int32_t desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
inline bool CompareAndSwapInt64(std::int64_t* addr, std::int64_t expected,
                                std::int64_t desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
inline bool CompareAndSwapUint32(std::uint32_t* addr, std::uint32_t expected,
                                 std::uint32_t desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
inline bool CompareAndSwapUint64(std::uint64_t* addr, std::uint64_t expected,
                                 std::uint64_t desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
inline bool CompareAndSwapUintptr(std::uintptr_t* addr, std::uintptr_t expected,
                                  std::uintptr_t desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}

// *addr += delta; return *addr
inline std::int32_t AddInt32(std::int32_t* addr, std::int32_t delta) {
  return internal::AddPlain(addr, delta);
}
inline std::int64_t AddInt64(std::int64_t* addr, std::int64_t delta) {
  return internal::AddPlain(addr, delta);
}
inline std::uint32_t AddUint32(std::uint32_t* addr, std::uint32_t delta) {
  return internal::AddPlain(addr, delta);
}
inline std::uint64_t AddUint64(std::uint64_t* addr, std::uint64_t delta) {
  return internal::AddPlain(addr, delta);
}
inline std::uintptr_t AddUintptr(std::uintptr_t* addr, std::uintptr_t delta) {
  return internal::AddPlain(addr, delta);
}

// old = *addr; *addr &= mask; return old
inline std::int32_t AndInt32(std::int32_t* addr, std::int32_t mask) {
  return internal::AndPlain(addr, mask);
}
inline std::int64_t AndInt64(std::int64_t* addr, std::int64_t mask) {
  return internal::AndPlain(addr, mask);
}
inline std::uint32_t AndUint32(std::uint32_t* addr, std::uint32_t mask) {
  return internal::AndPlain(addr, mask);
}
inline std::uint64_t AndUint64(std::uint64_t* addr, std::uint64_t mask) {
  return internal::AndPlain(addr, mask);
}
inline std::uintptr_t AndUintptr(std::uintptr_t* addr, std::uintptr_t mask) {
  return internal::AndPlain(addr, mask);
}

// old = *addr; *addr |= mask; return old
inline std::int32_t OrInt32(std::int32_t* addr, std::int32_t mask) {
  return internal::OrPlain(addr, mask);
}
inline std::int64_t OrInt64(std::int64_t* addr, std::int64_t mask) {
  return internal::OrPlain(addr, mask);
}
inline std::uint32_t OrUint32(std::uint32_t* addr, std::uint32_t mask) {
  return internal::OrPlain(addr, mask);
}
inline std::uint64_t OrUint64(std::uint64_t* addr, std::uint64_t mask) {
  return internal::OrPlain(addr, mask);
}
inline std::uintptr_t OrUintptr(std::uintptr_t* addr, std::uintptr_t mask) {
  return internal::OrPlain(addr, mask);
}

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_FUNCTIONS_H_
