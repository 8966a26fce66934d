// SPDX-License-Identifier: Apache-2.0

// Retired: the part of an object that the core works with once the object has
// been retired. RetiredStack and RetiredList: such objects in a row, and in a
// row that is counted. Neither allocates: objects are linked through
// themselves.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_H_

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sync_atomic {
namespace internal {

// Keeps the compiler from moving writes across it. A fork may stop a thread at
// any instruction, and what its record holds must be whole then. No processor
// need be told: a thread that is stopped has done all before, and nothing
// after.
inline void KeepOrder() { asm volatile("" ::: "memory"); }

struct Retired {
  // Frees the object, or drops the count that the cell had on it.
  using Disposer = void (*)(Retired*);

  // Leaves everything unset: a retirement sets it.
  Retired() {}  // NOLINT(modernize-use-equals-default): that would make zeros
  // For what is static, and never retired.
  constexpr explicit Retired(std::nullptr_t)
      : next(nullptr), address(nullptr), dispose(nullptr), bytes(0), stamp(0) {}

  Retired* next;
  const void* address;  // what readers' slots hold
  Disposer dispose;
  std::size_t bytes;
  // The first epoch in which no pin can reach the object any more; 0 until a
  // reclaim has stamped it.
  std::uint64_t stamp;

  // The stamp of what is disposed of without having been retired.
  static constexpr std::uint64_t kNotRetired = ~std::uint64_t{0};
};

// The last in is the first out.
class RetiredStack {
 public:
  RetiredStack() = default;

  bool empty() const { return head_ == nullptr; }
  Retired* head() const { return head_; }
  Retired* tail() const { return tail_; }

  void Push(Retired* object) {
    Link(object);
    head_ = object;
  }

  // The same for a list in a record, which a fork may find at any moment.
  void PushInOrder(Retired* object) {
    Link(object);
    SetHead(object);
  }

  void AppendInOrder(RetiredStack other) {
    if (other.empty()) return;
    other.tail_->next = head_;
    if (head_ == nullptr) tail_ = other.tail_;
    SetHead(other.head_);
  }

  // Null when empty.
  Retired* Pop() {
    Retired* const object = head_;
    if (object != nullptr) head_ = object->next;
    return object;
  }

  // Everything, linked by `next`.
  Retired* TakeChain() { return std::exchange(head_, nullptr); }

 private:
  // All of a Push() but the last step.
  void Link(Retired* object) {
    object->next = head_;
    if (head_ == nullptr) tail_ = object;
  }

  // What the head leads to is linked before. ThreadRecord::AfterFork() trusts
  // the head alone.
  void SetHead(Retired* head) {
    KeepOrder();
    head_ = head;
  }

  Retired* head_ = nullptr;
  Retired* tail_ = nullptr;  // meaningless when empty
};

// The same, counted.
class RetiredList {
 public:
  RetiredList() = default;

  // Adopts a chain of unknown length.
  explicit RetiredList(Retired* chain) {
    while (chain != nullptr) Push(std::exchange(chain, chain->next));
  }

  bool empty() const { return stack_.empty(); }
  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_; }
  Retired* head() const { return stack_.head(); }
  Retired* tail() const { return stack_.tail(); }
  RetiredStack stack() const { return stack_; }

  void Push(Retired* object) {
    Count(1, object->bytes);
    stack_.Push(object);
  }
  void PushInOrder(Retired* object) {
    Count(1, object->bytes);
    stack_.PushInOrder(object);
  }
  void Append(RetiredList other) {
    Count(other.count_, other.bytes_);
    stack_.AppendInOrder(other.stack_);
  }

  // Null when empty.
  Retired* Pop() {
    Retired* const object = stack_.Pop();
    if (object != nullptr) Count(std::size_t{0} - 1, 0 - object->bytes);
    return object;
  }

  // Everything, linked by `next`.
  Retired* TakeChain() { return TakeAll().head(); }

  // So many of them, or all.
  RetiredList Take(std::size_t most) {
    if (count_ <= most) return TakeAll();
    RetiredList taken;
    while (taken.count_ < most) taken.Push(Pop());
    return taken;
  }

  RetiredList TakeAll() {
    const RetiredList all = *this;
    *this = RetiredList();
    return all;
  }

 private:
  void Count(std::size_t objects, std::size_t bytes) {
    count_ += objects;
    bytes_ += bytes;
  }

  RetiredStack stack_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_H_
