// SPDX-License-Identifier: Apache-2.0

// Go's free functions on plain pointers, and its unsafe.Pointer.
//
//   void* head = nullptr;  // shared
//   void Publish(Node* node) { atomic::StorePointer(&head, node); }
//   Node* Head() { return static_cast<Node*>(atomic::LoadPointer(&head)); }
//
// Prefer Pointer<T> (pointer.h), which is typed.
//
// Threads:   any, concurrently, as long as every concurrent access to *addr is
//            by one of these functions.
// Order:     seq_cst.
// Progress:  lock-free; an operation is wait-free where the target has a native
//            instruction for it.
// Ownership: none: they do not keep the object alive.
// Errors:    a null address is undefined behaviour (in practice, a segmentation
//            fault).

#ifndef SYNC_ATOMIC_POINTER_FUNCTIONS_H_
#define SYNC_ATOMIC_POINTER_FUNCTIONS_H_

#include <type_traits>

#include "sync_atomic/atomic/internal/plain.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/pointer.h"

namespace sync_atomic {

// return *addr
inline void* LoadPointer(void* const* addr) {
  return internal::LoadPlain(addr);
}

// *addr = value
inline void StorePointer(void** addr, void* value) {
  internal::StorePlain(addr, value);
}

// old = *addr; *addr = value; return old
inline void* SwapPointer(void** addr, void* value) {
  return internal::SwapPlain(addr, value);
}

// if (*addr == expected) { *addr = desired; return true; } return false
inline bool CompareAndSwapPointer(void** addr, void* expected, void* desired) {
  return internal::CompareAndSwapPlain(addr, expected, desired);
}

// An atomic cell for Go's unsafe.Pointer. Its Protect() needs pointer.h.
using UnsafePointer = Pointer<void>;

namespace internal {

// False only where the compiler can prove that T and U differ in layout.
template <class T, class U>
constexpr bool MayHaveOneLayout() {
  if constexpr (std::is_void_v<T> || std::is_void_v<U>) {
    return true;
  } else if constexpr (sizeof(T) != sizeof(U) || alignof(T) != alignof(U)) {
    return false;
#if defined(__cpp_lib_is_layout_compatible)
  } else if constexpr (std::is_class_v<T> && std::is_standard_layout_v<T> &&
                       std::is_class_v<U> && std::is_standard_layout_v<U>) {
    return std::is_layout_compatible_v<T, U>;
#endif
  } else {
    return true;
  }
}

}  // namespace internal

// Casts a pointer to a type of the same layout, or from and to void. Does not
// compile where the compiler can prove that the layouts differ, and does not
// remove const.
template <class U, class T>
U* PointerCast(T* p) {
  static_assert(
      internal::MayHaveOneLayout<std::remove_cv_t<T>, std::remove_cv_t<U>>(),
      "PointerCast: the two types differ in layout");
  if constexpr (std::is_const_v<T>) {
    return static_cast<U*>(static_cast<const void*>(p));
  } else {
    return static_cast<U*>(static_cast<void*>(p));
  }
}

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_FUNCTIONS_H_
