// SPDX-License-Identifier: Apache-2.0

// The class Pointer, but for what Protect() does: that is in pointer.h, with
// all of the core. What only needs the word, as counter.h, includes this.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_POINTER_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_POINTER_H_

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/word.h"

namespace sync_atomic {

template <class T>
class Protected;

template <class T>
class Pointer : public internal::Word<Pointer<T>, T*> {
 public:
  using internal::Word<Pointer<T>, T*>::Word;

  // Returns the current pointer, with its object protected by a hazard slot for
  // the lifetime of the result (protect.h). Null if the pointer is null. Needs
  // pointer.h.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Protected<T> Protect() const;
};

static_assert(sizeof(Pointer<int>) == sizeof(int*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_POINTER_H_
