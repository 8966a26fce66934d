// Retired: the part of an object that the domain works with once the object has
// been retired. RetiredList and RetiredTable: such objects in a row, and by
// address. None of them allocates: everything is linked through the objects.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_RETIRED_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_RETIRED_H_

#include <cstddef>
#include <cstdint>

namespace sync_atomic {
namespace internal {

struct Retired {
  // Frees the object, or gives up the count that the cell had on it.
  using Disposer = void (*)(Retired*);

  Retired* next = nullptr;
  const void* address = nullptr;  // what readers' slots hold
  Disposer dispose = nullptr;
  std::size_t bytes = 0;
  // The first epoch in which no pin can reach the object any more; 0 until a
  // reclaim has stamped it.
  std::uint64_t stamp = 0;
};

class RetiredList {
 public:
  RetiredList() = default;

  // Adopts a chain of unknown length.
  explicit RetiredList(Retired* chain) {
    while (chain != nullptr) {
      Retired* const next = chain->next;
      Push(chain);
      chain = next;
    }
  }

  bool empty() const { return head_ == nullptr; }
  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_; }
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

  // Null when empty.
  Retired* Pop() {
    Retired* const object = head_;
    if (object == nullptr) return nullptr;
    head_ = object->next;
    --count_;
    bytes_ -= object->bytes;
    return object;
  }

  // Everything, linked by `next`.
  Retired* TakeChain() { return TakeAll().head_; }

  void Append(RetiredList other) {
    if (other.empty()) return;
    other.tail_->next = head_;
    if (head_ == nullptr) tail_ = other.tail_;
    SetHead(other.head_);
    count_ += other.count_;
    bytes_ += other.bytes_;
  }

  RetiredList TakeAll() {
    const RetiredList all = *this;
    *this = RetiredList();
    return all;
  }

 private:
  // All of a Push() but the last step.
  void Link(Retired* object) {
    object->next = head_;
    if (head_ == nullptr) tail_ = object;
    ++count_;
    bytes_ += object->bytes;
  }

  // A fork may stop a list's thread for good at any instruction, and what the
  // head then leads to must be linked: so the compiler must not write the head
  // before that. Domain::AfterFork() trusts the head alone. No processor need
  // be told: whoever is stopped has done all before, and nothing after.
  void SetHead(Retired* head) {
    asm volatile("" ::: "memory");
    head_ = head;
  }

  Retired* head_ = nullptr;
  Retired* tail_ = nullptr;  // meaningless when empty
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

class RetiredTable {
 public:
  void Insert(Retired* object) {
    Retired*& bucket = BucketOf(object->address);
    object->next = bucket;
    bucket = object;
  }

  // Takes out the object at `address`; null when there is none.
  Retired* Remove(const void* address) {
    for (Retired** link = &BucketOf(address); *link != nullptr;
         link = &(*link)->next) {
      Retired* const object = *link;
      if (object->address == address) {
        *link = object->next;
        return object;
      }
    }
    return nullptr;
  }

  // Takes out everything and hands it to `f`, one by one.
  template <class F>
  void Drain(F f) {
    for (Retired*& bucket : buckets_) {
      while (bucket != nullptr) {
        Retired* const object = bucket;
        bucket = object->next;
        f(object);
      }
    }
  }

 private:
  static constexpr int kBucketBits = 8;

  Retired*& BucketOf(const void* address) {
    // Fibonacci hashing: neighbours in memory go to different buckets.
    const auto word =
        static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    return buckets_[(word * 0x9e3779b97f4a7c15u) >> (64 - kBucketBits)];
  }

  Retired* buckets_[std::size_t{1} << kBucketBits] = {};
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_RETIRED_H_
