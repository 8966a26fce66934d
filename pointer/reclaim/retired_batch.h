// SPDX-License-Identifier: Apache-2.0

// RetiredBatch: retired objects on their way from a list to a scan, and from
// there to where they wait.
// WaitingBatch: some that wait together, for the end of a pin or for whichever
// thread is next. It is passed on without a look at what is in it.
// WaitingBatches: a lock-free list of those.
//
// (F55 and F56 in docs/reclamation.md)
//
// Threads:   WaitingBatches on any threads; the others are one thread's.
// Progress:  lock-free.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_BATCH_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"

namespace sync_atomic {
namespace internal {

struct WaitingBatch;

// Waiting batches in a row.
class WaitingChain {
 public:
  WaitingChain() = default;
  explicit WaitingChain(WaitingBatch* head) : head_(head) {}

  bool empty() const { return head_ == nullptr; }

  inline void Push(WaitingBatch* batch);
  // Null when empty.
  inline WaitingBatch* Pop();
  // In time in proportion to the length of `front`.
  void PushAll(WaitingChain front) {
    while (WaitingBatch* const batch = front.Pop()) Push(batch);
  }

  WaitingBatch* Release() { return std::exchange(head_, nullptr); }

 private:
  WaitingBatch* head_ = nullptr;
};

struct RetiredBatch {
  RetiredBatch() = default;
  explicit RetiredBatch(RetiredList of) : list(of) {}

  bool empty() const {
    return arrays == nullptr && list.empty() && waiting.empty();
  }

  void Push(RetiredArray* array) {
    array->next = arrays;
    arrays = array;
  }
  // Null when there is none.
  RetiredArray* PopArray() {
    RetiredArray* const array = arrays;
    if (array != nullptr) arrays = array->next;
    return array;
  }

  // Of those that wait together there are none.
  std::size_t count() const {
    std::size_t count = list.count();
    for (const RetiredArray* array = arrays; array != nullptr;
         array = array->next) {
      count += array->size();
    }
    return count;
  }

  // So many of them, which are fewer than all; more where there is no memory to
  // divide an array.
  template <class Policy>
  RetiredBatch Take(std::size_t most) {
    RetiredBatch taken(list.Take(most));
    most -= taken.list.count();
    while (most != 0) {
      RetiredArray* part = nullptr;
      if (most < arrays->size()) part = arrays->Split<Policy>(most);
      if (part == nullptr) part = PopArray();
      most -= part->size() < most ? part->size() : most;
      taken.Push(part);
    }
    return taken;
  }

  void Append(RetiredBatch other) {
    while (RetiredArray* const array = other.PopArray()) Push(array);
    list.Append(other.list);
    waiting.PushAll(other.waiting);
  }

  // Moves what is in the arrays to the list, as nodes. Returns by how much more
  // they weigh than was said; wraps.
  template <class Policy>
  std::size_t Link() {
    std::size_t correction = 0;
    while (RetiredArray* const array = PopArray()) {
      array->TakeNodes<Policy>([this](Retired* object) { list.Push(object); });
      correction += array->correction();
      Policy::Free(array);
    }
    return correction;
  }

  RetiredArray* arrays = nullptr;  // linked by `next`
  RetiredList list;
  WaitingChain waiting;
};

struct WaitingBatch {
  // Null without memory.
  template <class Policy>
  static WaitingBatch* New(const RetiredBatch& objects, std::uint64_t stamp) {
    void* const memory = Policy::Malloc(sizeof(WaitingBatch));
    return memory == nullptr ? nullptr
                             : new (memory) WaitingBatch{objects, stamp};
  }

  RetiredBatch objects;  // without any that wait in there
  // The latest stamp of theirs: no pin that began in that epoch, or later,
  // reaches any. 0: each is to be looked at.
  std::uint64_t stamp;
  WaitingBatch* next = nullptr;
};

inline void WaitingChain::Push(WaitingBatch* batch) {
  batch->next = head_;
  head_ = batch;
}
inline WaitingBatch* WaitingChain::Pop() {
  WaitingBatch* const batch = head_;
  if (batch != nullptr) head_ = batch->next;
  return batch;
}

template <class Policy>
class WaitingBatches {
 public:
  bool empty() const { return head_.load() == nullptr; }

  void Push(WaitingBatch* batch) {
    batch->next = head_.load();
    while (!head_.compare_exchange_weak(batch->next, batch)) {
    }
  }

  WaitingChain TakeAll() { return WaitingChain(head_.exchange(nullptr)); }

  // What was taken and is not wanted, however much that is: what came meanwhile
  // is put before it.
  void GiveBack(WaitingChain chain) {
    WaitingBatch* head = chain.Release();
    while (head != nullptr) {
      WaitingBatch* none = nullptr;
      if (head_.compare_exchange_strong(none, head)) return;
      WaitingChain all(head);
      all.PushAll(TakeAll());
      head = all.Release();
    }
  }

 private:
  // It is always taken whole.
  typename Policy::template Atomic<WaitingBatch*> head_{nullptr};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_RETIRED_BATCH_H_
