// SPDX-License-Identifier: Apache-2.0

// AliasBox: the box of a cell that is given back what a snapshot holds. It has
// no object of its own, but keeps that of another box alive, its root.
//
// Not the old box itself: it has been retired, or may be in another cell, and a
// box is on one retire list at most.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_ALIAS_BOX_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_ALIAS_BOX_H_

#include "sync_atomic/pointer/reclaim/free_list.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"

namespace sync_atomic {
namespace internal {

template <class Policy, class T>
struct AliasBox : ObjectBox<Policy, T> {
  using Held = BoxRef<Policy>;

  // Of an object of the box, which the caller keeps alive. The root of an alias
  // is that alias's, so that no chain grows.
  AliasBox(const Box<Policy>& box, const T* of)
      : ObjectBox<Policy, T>(TypeOfBox<Policy, AliasBox>::type,
                             &TypeOfBox<Policy, AliasBox>::Dispose),
        root(Counted(box.type->root(box))) {
    this->object = of;
    this->bytes = FreeList::Footprint(sizeof(AliasBox)) + root.box()->bytes;
  }

  static const Box<Policy>& Root(const Box<Policy>& box) {
    return *static_cast<const AliasBox&>(box).root.box();
  }

  const BoxRef<Policy> root;

 private:
  static BoxRef<Policy> Counted(const Box<Policy>& box) {
    auto& counted = const_cast<Box<Policy>&>(box);
    counted.AddRef();
    return BoxRef<Policy>(&counted, nullptr);
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_ALIAS_BOX_H_
