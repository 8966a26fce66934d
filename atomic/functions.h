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
//
// Beside each function is a template for other integers of its size and
// signedness, and for volatile ones: a field that is a __u64, a long long, a
// size_t. The address of a function needs a type, since there is a choice:
// `std::int64_t (*add)(std::int64_t*, std::int64_t) = &atomic::AddInt64;`.
//
// LoadPointer and the other functions on pointers are in pointer/functions.h.

#ifndef SYNC_ATOMIC_ATOMIC_FUNCTIONS_H_
#define SYNC_ATOMIC_ATOMIC_FUNCTIONS_H_

#include <cstdint>
#include <type_traits>

#include "sync_atomic/atomic/internal/plain.h"
#include "sync_atomic/atomic/names.h"

namespace sync_atomic {

namespace internal {

// `Result`, if I is an integer like T: of its size and signedness.
template <class I, class T, class Result = I>
using IfLike = std::enable_if_t<
    std::is_integral_v<I> && std::is_same_v<I, std::remove_cv_t<I>> &&
        sizeof(I) == sizeof(T) && std::is_signed_v<I> == std::is_signed_v<T>,
    Result>;

}  // namespace internal

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
template <class I>
internal::IfLike<I, std::int32_t> LoadInt32(const volatile I* addr) {
  return internal::LoadPlain(addr);
}
template <class I>
internal::IfLike<I, std::int64_t> LoadInt64(const volatile I* addr) {
  return internal::LoadPlain(addr);
}
template <class I>
internal::IfLike<I, std::uint32_t> LoadUint32(const volatile I* addr) {
  return internal::LoadPlain(addr);
}
template <class I>
internal::IfLike<I, std::uint64_t> LoadUint64(const volatile I* addr) {
  return internal::LoadPlain(addr);
}
template <class I>
internal::IfLike<I, std::uintptr_t> LoadUintptr(const volatile I* addr) {
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
template <class I>
internal::IfLike<I, std::int32_t, void> StoreInt32(volatile I* addr,
                                                   internal::Plain<I> value) {
  return internal::StorePlain(addr, value);
}
template <class I>
internal::IfLike<I, std::int64_t, void> StoreInt64(volatile I* addr,
                                                   internal::Plain<I> value) {
  return internal::StorePlain(addr, value);
}
template <class I>
internal::IfLike<I, std::uint32_t, void> StoreUint32(volatile I* addr,
                                                     internal::Plain<I> value) {
  return internal::StorePlain(addr, value);
}
template <class I>
internal::IfLike<I, std::uint64_t, void> StoreUint64(volatile I* addr,
                                                     internal::Plain<I> value) {
  return internal::StorePlain(addr, value);
}
template <class I>
internal::IfLike<I, std::uintptr_t, void> StoreUintptr(
    volatile I* addr, internal::Plain<I> value) {
  return internal::StorePlain(addr, value);
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
template <class I>
internal::IfLike<I, std::int32_t> SwapInt32(volatile I* addr,
                                            internal::Plain<I> value) {
  return internal::SwapPlain(addr, value);
}
template <class I>
internal::IfLike<I, std::int64_t> SwapInt64(volatile I* addr,
                                            internal::Plain<I> value) {
  return internal::SwapPlain(addr, value);
}
template <class I>
internal::IfLike<I, std::uint32_t> SwapUint32(volatile I* addr,
                                              internal::Plain<I> value) {
  return internal::SwapPlain(addr, value);
}
template <class I>
internal::IfLike<I, std::uint64_t> SwapUint64(volatile I* addr,
                                              internal::Plain<I> value) {
  return internal::SwapPlain(addr, value);
}
template <class I>
internal::IfLike<I, std::uintptr_t> SwapUintptr(volatile I* addr,
                                                internal::Plain<I> value) {
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
template <class I>
internal::IfLike<I, std::int32_t, bool> CompareAndSwapInt32(
    volatile I* addr, internal::Plain<I> expected, internal::Plain<I> desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
template <class I>
internal::IfLike<I, std::int64_t, bool> CompareAndSwapInt64(
    volatile I* addr, internal::Plain<I> expected, internal::Plain<I> desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
template <class I>
internal::IfLike<I, std::uint32_t, bool> CompareAndSwapUint32(
    volatile I* addr, internal::Plain<I> expected, internal::Plain<I> desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
template <class I>
internal::IfLike<I, std::uint64_t, bool> CompareAndSwapUint64(
    volatile I* addr, internal::Plain<I> expected, internal::Plain<I> desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}
template <class I>
internal::IfLike<I, std::uintptr_t, bool> CompareAndSwapUintptr(
    volatile I* addr, internal::Plain<I> expected, internal::Plain<I> desired) {
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
template <class I>
internal::IfLike<I, std::int32_t> AddInt32(volatile I* addr,
                                           internal::Plain<I> delta) {
  return internal::AddPlain(addr, delta);
}
template <class I>
internal::IfLike<I, std::int64_t> AddInt64(volatile I* addr,
                                           internal::Plain<I> delta) {
  return internal::AddPlain(addr, delta);
}
template <class I>
internal::IfLike<I, std::uint32_t> AddUint32(volatile I* addr,
                                             internal::Plain<I> delta) {
  return internal::AddPlain(addr, delta);
}
template <class I>
internal::IfLike<I, std::uint64_t> AddUint64(volatile I* addr,
                                             internal::Plain<I> delta) {
  return internal::AddPlain(addr, delta);
}
template <class I>
internal::IfLike<I, std::uintptr_t> AddUintptr(volatile I* addr,
                                               internal::Plain<I> delta) {
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
template <class I>
internal::IfLike<I, std::int32_t> AndInt32(volatile I* addr,
                                           internal::Plain<I> mask) {
  return internal::AndPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::int64_t> AndInt64(volatile I* addr,
                                           internal::Plain<I> mask) {
  return internal::AndPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::uint32_t> AndUint32(volatile I* addr,
                                             internal::Plain<I> mask) {
  return internal::AndPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::uint64_t> AndUint64(volatile I* addr,
                                             internal::Plain<I> mask) {
  return internal::AndPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::uintptr_t> AndUintptr(volatile I* addr,
                                               internal::Plain<I> mask) {
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
template <class I>
internal::IfLike<I, std::int32_t> OrInt32(volatile I* addr,
                                          internal::Plain<I> mask) {
  return internal::OrPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::int64_t> OrInt64(volatile I* addr,
                                          internal::Plain<I> mask) {
  return internal::OrPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::uint32_t> OrUint32(volatile I* addr,
                                            internal::Plain<I> mask) {
  return internal::OrPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::uint64_t> OrUint64(volatile I* addr,
                                            internal::Plain<I> mask) {
  return internal::OrPlain(addr, mask);
}
template <class I>
internal::IfLike<I, std::uintptr_t> OrUintptr(volatile I* addr,
                                              internal::Plain<I> mask) {
  return internal::OrPlain(addr, mask);
}

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_FUNCTIONS_H_
