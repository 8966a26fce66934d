// SPDX-License-Identifier: Apache-2.0

// The class Pointer, but for what Protect() does: that is in pointer.h, with
// all of the core. What only needs the word, as counter.h, includes this.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_POINTER_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_POINTER_H_

#include <atomic>
#include <cstddef>
#include <type_traits>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/refused.h"
#include "sync_atomic/atomic/internal/word_base.h"

namespace sync_atomic {

template <class T>
class Protected;
class hazard_pointer;

template <class T>
class Pointer : public internal::WordBase<Pointer<T>, T*>,
                public internal::RefusedPointers<Pointer<T>, T> {
  using Base = internal::WordBase<Pointer<T>, T*>;
  template <class U>
  using IfObject = std::enable_if_t<std::is_object_v<U>, U*>;

 public:
  using Base::Base;
  using Base::operator=;  // refused

  // Moves the pointer by `n` elements, and returns the OLD one. Not of void.
  template <class U = T>
  IfObject<U> FetchAdd(
      std::ptrdiff_t n,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_add(n, order);
  }
  template <class U = T>
  IfObject<U> FetchSub(
      std::ptrdiff_t n,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return this->word_.fetch_sub(n, order);
  }

  // Returns the current pointer, with its object protected by a hazard slot for
  // the lifetime of the result (protect.h). Null if the pointer is null. Needs
  // pointer.h.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Protected<T> Protect() const;

 private:
  friend class hazard_pointer;
};

static_assert(sizeof(Pointer<int>) == sizeof(int*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_POINTER_H_
