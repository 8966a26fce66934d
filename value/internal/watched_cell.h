// SPDX-License-Identifier: Apache-2.0

// WatchedCell: a cell beside what it held when it was last looked at.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_WATCHED_CELL_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_WATCHED_CELL_H_

#include <type_traits>
#include <utility>

#include "sync_atomic/value/internal/identity.h"
#include "sync_atomic/value/internal/operations.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {
namespace internal {

// To the words of a Value or ValueOf<T>.
struct CellAccess {
  template <class V>
  static const StdCell& Of(const V& cell) {
    return cell.cell_.cell_;
  }
};

// `V` is a ValueOf<T>, or a Value of a T.
template <class T, class V>
class WatchedCell {
 public:
  explicit WatchedCell(const V& cell) : cell_(cell) {}

  // What changes of the cell are told by.
  const void* address() const { return &CellAccess::Of(cell_); }

  // Whether the cell holds another box than it did. Calls no code of others.
  bool HasChanged() const {
    // What was seen is alive, so that its address is nobody else's.
    return Box(CellAccess::Of(cell_)) != SnapshotAccess::Box(seen_);
  }

  // What was seen last, and sees it.
  const SnapshotOf<T>& seen() const { return seen_; }
  void See(SnapshotOf<T> now) { seen_ = std::move(now); }

  SnapshotOf<T> Load() const {
    if constexpr (std::is_same_v<V, Value>) {
      return cell_.template Load<T>();
    } else {
      return cell_.Load();
    }
  }

 private:
  // Null: the cell is empty.
  static const StdBox* Box(const StdCell& cell) {
    const StdType* const type = cell.type();
    if (type == nullptr) return nullptr;
    const StdBox* const box = cell.current();
    return box == type->empty ? nullptr : box;
  }

  const V& cell_;
  SnapshotOf<T> seen_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_WATCHED_CELL_H_
