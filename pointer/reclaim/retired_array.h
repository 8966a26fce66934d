// SPDX-License-Identifier: Apache-2.0

// RetiredArray: retired objects in a row that nobody has touched since they
// were retired.
//
// An object that is replaced was made by another thread, often, and its readers
// have its cache line: who writes a link into it, or reads its size, waits for
// that line. So a retire list has the addresses alone, and an object is touched
// when it is disposed of, or has to wait for a reader. (F35 in
// docs/reclamation.md)
//
// Threads: one thread's at a time.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_ARRAY_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_ARRAY_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/reclaim/retired.h"

namespace sync_atomic {
namespace internal {

// What is the same for all objects of a type that have the same size, and are
// disposed of in the same way.
struct RetiredType {
  void (*dispose)(const void* address);
  // The node in the object, with its disposer; null where it has none.
  Retired* (*node)(const void* address);
  std::size_t bytes;
};

// An object whose deleter has no state needs no node as long as it does not
// have to wait for a reader.
template <class D>
inline constexpr bool kIsStateless =
    std::is_empty_v<D>&& std::is_trivially_default_constructible_v<D>&&
        std::is_trivially_copyable_v<D>;

class RetiredEntry {
 public:
  RetiredEntry() = default;
  // An object with a node, all set but for the address and the stamp.
  RetiredEntry(const void* address, Retired* node)
      : address_(address), what_(reinterpret_cast<std::uintptr_t>(node)) {}
  RetiredEntry(const void* address, const RetiredType& type)
      : address_(address),
        what_(reinterpret_cast<std::uintptr_t>(&type) | kIsType) {}

  // What readers' slots hold.
  const void* address() const { return address_; }

  // The node of the object, for a list. One that has none gets one; terminates
  // the program without memory.
  template <class Policy>
  Retired* ToNode(std::uint64_t stamp) const {
    Retired* node = reinterpret_cast<Retired*>(what_);
    if (const RetiredType* const of = type()) {
      node = of->node == nullptr ? NewNode<Policy>(*of) : of->node(address_);
      node->bytes = of->bytes;
    }
    node->address = address_;
    node->stamp = stamp;
    return node;
  }

  std::size_t bytes() const {
    const RetiredType* const of = type();
    return of == nullptr ? reinterpret_cast<Retired*>(what_)->bytes : of->bytes;
  }

  void Dispose() const {
    if (const RetiredType* const of = type()) {
      of->dispose(address_);
    } else {
      auto* const node = reinterpret_cast<Retired*>(what_);
      node->dispose(node);
    }
  }

  // Its cache line, which is to be written.
  void Prefetch() const { __builtin_prefetch(address_, 1); }

 private:
  static constexpr std::uintptr_t kIsType = 1;

  struct PlainNode : Retired {
    const RetiredType* type;
  };

  // Null where what_ is a node.
  const RetiredType* type() const {
    return (what_ & kIsType) == 0
               ? nullptr
               : reinterpret_cast<const RetiredType*>(what_ - kIsType);
  }

  template <class Policy>
  static Retired* NewNode(const RetiredType& of) {
    void* const memory = Policy::Malloc(sizeof(PlainNode));
    if (memory == nullptr) Fatal("sync/atomic: no memory to retire into");
    auto* const node = new (memory) PlainNode;
    node->type = &of;
    node->dispose = [](Retired* retired) {
      auto* const plain = static_cast<PlainNode*>(retired);
      const RetiredType& type = *plain->type;
      const void* const address = plain->address;
      Policy::Free(plain);
      type.dispose(address);
    };
    return node;
  }

  const void* address_;
  std::uintptr_t what_;  // a Retired*, or a RetiredType* and kIsType
};

class RetiredArray {
 public:
  // Empty; null without memory. By the policy's malloc, and not by operator
  // new: a replaced one may use a cell, and retire something.
  template <class Policy>
  static RetiredArray* New(std::size_t capacity) {
    void* const memory =
        Policy::Malloc(sizeof(RetiredArray) + capacity * sizeof(RetiredEntry));
    return memory == nullptr ? nullptr : new (memory) RetiredArray(capacity);
  }

  bool empty() const { return begin_ == end_; }
  bool full() const { return end_ == capacity_; }
  // It would be a waste to keep it for what is in it.
  bool is_sparse() const { return size() <= 16 || size() < capacity_ / 2; }
  std::size_t size() const { return end_ - begin_; }
  std::size_t capacity() const { return capacity_; }

  // What all that was ever in it was said to weigh.
  std::size_t bytes() const { return bytes_; }

  // For the next use of an empty one.
  void Reset() {
    next = nullptr;
    stamp = 0;
    begin_ = end_ = bytes_ = weighed_ = 0;
  }

  // At the end of one that is not full. A fork may find it at any moment.
  void PushInOrder(RetiredEntry entry, std::size_t bytes) {
    entries()[end_] = entry;
    bytes_ += bytes;
    KeepOrder();
    ++end_;
  }

  // All that another holds, with its counts; there is room for that.
  void PushAll(const RetiredArray& other) {
    for (std::size_t i = other.begin_; i != other.end_; ++i) {
      entries()[end_++] = other.entries()[i];
    }
    bytes_ += other.bytes_;
    weighed_ += other.weighed_;
  }

  // Takes out the first. The caller disposes of it, which may not return.
  RetiredEntry Pop() {
    constexpr std::size_t kAhead = 4;
    if (size() > kAhead) entries()[begin_ + kAhead].Prefetch();
    const RetiredEntry entry = entries()[begin_++];
    KeepOrder();
    return entry;
  }

  // Takes out the first so many, as an array of their own; null without memory.
  template <class Policy>
  RetiredArray* Split(std::size_t count) {
    RetiredArray* const part = New<Policy>(count);
    if (part == nullptr) return nullptr;
    part->stamp = stamp;
    // What they were said to weigh is corrected with the rest.
    while (count-- != 0) part->PushInOrder(entries()[begin_++], 0);
    return part;
  }

  // Takes out all, as nodes, and calls f(node) for each, in order.
  template <class Policy, class F>
  void TakeNodes(F f) {
    while (!empty()) {
      Retired* const node = Pop().ToNode<Policy>(stamp);
      Weigh(node->bytes);
      f(node);
    }
  }

  // Calls keep(entry) for each, in order, and takes out those for which it is
  // false.
  template <class Keep>
  void Filter(Keep keep) {
    std::size_t kept = begin_;
    for (std::size_t i = begin_; i != end_; ++i) {
      if (keep(entries()[i])) entries()[kept++] = entries()[i];
    }
    end_ = kept;
  }

  // To be called for each object that is taken out, with what it weighs.
  void Weigh(std::size_t bytes) { weighed_ += bytes; }

  // Once all have been taken out: by how much more they weigh than was said;
  // wraps.
  std::size_t correction() const { return weighed_ - bytes_; }

  RetiredArray* next = nullptr;
  // As Retired::stamp, for all of them.
  std::uint64_t stamp = 0;

 private:
  explicit RetiredArray(std::size_t capacity) : capacity_(capacity) {}

  RetiredEntry* entries() { return reinterpret_cast<RetiredEntry*>(this + 1); }
  const RetiredEntry* entries() const {
    return reinterpret_cast<const RetiredEntry*>(this + 1);
  }

  const std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t bytes_ = 0;
  std::size_t weighed_ = 0;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_ARRAY_H_
