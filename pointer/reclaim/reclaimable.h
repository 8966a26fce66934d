// SPDX-License-Identifier: Apache-2.0

// Reclaimable: retired objects that no thread can read any more, to be disposed
// of next.
//
// It lies in a record, since a destructor may not return, and a fork may find
// it at any moment: an object is then in one place, or in none. (F35 and F36 in
// docs/reclamation.md)
//
// Threads: one thread's at a time.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RECLAIMABLE_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RECLAIMABLE_H_

#include <cstddef>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"

namespace sync_atomic {
namespace internal {

class Reclaimable {
 public:
  // What Pop() takes out: an object, or an array that is empty.
  struct Next {
    RetiredArray* emptied = nullptr;
    RetiredEntry object;
    std::size_t bytes;
    bool is_retired;  // false: it goes without having been retired
  };

  bool empty() const { return stack_.empty() && arrays_ == nullptr; }
  bool has_nodes() const { return !stack_.empty(); }
  // Perhaps more than one object.
  bool has_many() const {
    if (arrays_ == nullptr) {
      return !stack_.empty() && stack_.head()->next != nullptr;
    }
    return !stack_.empty() || arrays_->next != nullptr || arrays_->size() > 1;
  }

  void Push(Retired* object) { stack_.PushInOrder(object); }
  void Push(RetiredArray* array) {
    array->next = arrays_;
    KeepOrder();
    arrays_ = array;
  }
  void Append(RetiredStack objects) { stack_.AppendInOrder(objects); }

  // Moves all of `other` here.
  void Take(Reclaimable& other) {
    const RetiredStack objects = std::exchange(other.stack_, RetiredStack());
    RetiredArray* arrays = std::exchange(other.arrays_, nullptr);
    KeepOrder();
    Append(objects);
    while (arrays != nullptr) Push(std::exchange(arrays, arrays->next));
  }

  // Takes out what is next; false if there is nothing. The caller disposes of
  // an object, which may not return.
  bool Pop(Next& next) {
    if (Retired* const object = stack_.Pop()) {
      next = {nullptr, RetiredEntry(object->address, object), object->bytes,
              object->stamp != Retired::kNotRetired};
      return true;
    }
    RetiredArray* const array = arrays_;
    if (array == nullptr) return false;
    if (array->empty()) {
      arrays_ = array->next;
      KeepOrder();
      next.emptied = array;
      return true;
    }
    next.emptied = nullptr;
    next.is_retired = true;
    return PopEntry(next.object, next.bytes);
  }

  // The same where that is an object in an array; else false.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool PopEntry(RetiredEntry& object,
                                             std::size_t& bytes) {
    RetiredArray* const array = arrays_;
    if (!stack_.empty() || array == nullptr || array->empty()) return false;
    object = array->Pop();
    bytes = object.bytes();
    array->Weigh(bytes);
    return true;
  }

  // Moves what is in the arrays to the stack, as nodes, and returns that. Calls
  // f(array) with each that is empty.
  template <class Policy, class F>
  RetiredStack& AsStack(F f) {
    while (RetiredArray* const array = arrays_) {
      array->TakeNodes<Policy>([this](Retired* object) { Push(object); });
      arrays_ = array->next;
      KeepOrder();
      f(array);
    }
    return stack_;
  }

 private:
  RetiredStack stack_;
  RetiredArray* arrays_ = nullptr;  // linked by `next`
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RECLAIMABLE_H_
