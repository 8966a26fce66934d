// SPDX-License-Identifier: Apache-2.0

// AtomicSharedPtr<T>: std::atomic<std::shared_ptr<T>>, in C++17 and on the
// cells of this library, with the same interface.
//
//   atomic::AtomicSharedPtr<Session> current;
//   void Renew() { current.store(std::make_shared<Session>()); }
//   void Use(std::shared_ptr<Session> session);
//   void UseNow() { Use(current.load()); }  // a shared_ptr, counted
//   int Number() { return current.Load()->number; }  // counts nothing
//
// What differs from std::atomic<std::shared_ptr<T>>:
//   - A store allocates a box for the shared_ptr. Out of memory, it terminates
//     the program, since it is noexcept.
//   - A shared_ptr that was replaced stays in its box until no thread may read
//     it, and up to a batch longer (value.h). So its use_count may be one
//     higher than expected, a weak_ptr expires later, and the object is
//     destroyed later, perhaps on another thread. Reclaim() hurries that.
//   - load() writes the count of the object, as there, and otherwise no line
//     that threads share. Load() writes none, and gives no shared_ptr.
//   - Every order is seq_cst, whichever is given.
//   - notify_one and notify_all do nothing: each change wakes who waits.
//
// Do not use it in new code whose objects nobody changes: a ValueOf<T> is
// smaller, allocates once, and needs no count.
//
// Threads:   every member may run on any threads at once, except the
//            constructor, the destructor. A Snapshot is one thread's at a time.
// Order:     seq_cst, as Value.
// Progress:  load is wait-free, but for the count, and Load is. All others are
//            lock-free, as far as the allocator is, except wait, which blocks.
// Ownership: the cell owns a copy of the shared_ptr. A Snapshot keeps it alive,
//            and with it the object.
// Errors:    * and -> of an empty Snapshot are undefined, as of a shared_ptr.

#ifndef SYNC_ATOMIC_VALUE_ATOMIC_SHARED_PTR_H_
#define SYNC_ATOMIC_VALUE_ATOMIC_SHARED_PTR_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/value/internal/identity.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {

template <class T>
class AtomicSharedPtr {
  using Pointer = std::shared_ptr<T>;
  using Held = SnapshotOf<Pointer>;

 public:
  using value_type = std::shared_ptr<T>;

  // A shared_ptr that the cell held, not copied.
  class Snapshot {
   public:
    // Null.
    Snapshot() = default;

    typename Pointer::element_type* get() const noexcept {
      return held_ ? held_->get() : nullptr;
    }
    explicit operator bool() const noexcept { return get() != nullptr; }
    // Not of a shared_ptr to void.
    template <class E = typename Pointer::element_type>
    std::add_lvalue_reference_t<E> operator*() const noexcept {
      return *get();
    }
    typename Pointer::element_type* operator->() const noexcept {
      return get();
    }
    // Of an array.
    template <class E = typename Pointer::element_type>
    std::add_lvalue_reference_t<E> operator[](std::ptrdiff_t i) const {
      return get()[i];
    }

    // The shared_ptr, copied.
    std::shared_ptr<T> shared() const noexcept {
      return held_ ? *held_ : Pointer();
    }

   private:
    friend class AtomicSharedPtr;
    explicit Snapshot(Held held) : held_(std::move(held)) {}

    Held held_;
  };

  // --- The interface of std::atomic<std::shared_ptr<T>> ----------------------

  static constexpr bool is_always_lock_free = true;
  bool is_lock_free() const noexcept { return true; }

  constexpr AtomicSharedPtr() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std's
  constexpr AtomicSharedPtr(std::nullptr_t) noexcept {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std's
  AtomicSharedPtr(std::shared_ptr<T> desired) noexcept {
    store(std::move(desired));
  }
  AtomicSharedPtr(const AtomicSharedPtr&) = delete;
  void operator=(const AtomicSharedPtr&) = delete;

  void store(std::shared_ptr<T> desired,
             std::memory_order = std::memory_order_seq_cst) noexcept {
    if (IsNull(desired)) {
      cell_.Clear();
    } else {
      cell_.Store(std::move(desired));
    }
  }
  void operator=(std::shared_ptr<T> desired) noexcept {
    store(std::move(desired));
  }
  void operator=(std::nullptr_t) noexcept { store(nullptr); }

  std::shared_ptr<T> load(
      std::memory_order = std::memory_order_seq_cst) const noexcept {
    return Load().shared();
  }
  // NOLINTNEXTLINE(google-explicit-constructor): as std's
  operator std::shared_ptr<T>() const noexcept { return load(); }

  std::shared_ptr<T> exchange(
      std::shared_ptr<T> desired,
      std::memory_order = std::memory_order_seq_cst) noexcept {
    const Snapshot old(IsNull(desired) ? cell_.Swap(Empty())
                                       : cell_.Swap(std::move(desired)));
    return old.shared();
  }

  // Stores `desired` if the cell holds `expected`: the same pointer, and both
  // share ownership or own nothing. Else that becomes what the cell holds.
  bool compare_exchange_strong(std::shared_ptr<T>& expected,
                               std::shared_ptr<T> desired, std::memory_order,
                               std::memory_order) noexcept {
    for (;;) {
      const Snapshot now = Load();
      if (!IsSame(now, expected)) {
        expected = now.shared();
        return false;
      }
      // Fails if another thread has stored the same meanwhile, too.
      if (IsNull(desired) ? cell_.CompareAndSwap(now.held_, Empty())
                          : cell_.CompareAndSwap(now.held_, desired)) {
        return true;
      }
    }
  }
  bool compare_exchange_strong(
      std::shared_ptr<T>& expected, std::shared_ptr<T> desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, std::move(desired), order, order);
  }
  // Never fails spuriously.
  bool compare_exchange_weak(std::shared_ptr<T>& expected,
                             std::shared_ptr<T> desired,
                             std::memory_order success,
                             std::memory_order failure) noexcept {
    return compare_exchange_strong(expected, std::move(desired), success,
                                   failure);
  }
  bool compare_exchange_weak(
      std::shared_ptr<T>& expected, std::shared_ptr<T> desired,
      std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, std::move(desired), order, order);
  }

  // Blocks until the cell holds another pointer than `old`, compared as above.
  // A change there and back may be missed.
  void wait(std::shared_ptr<T> old,
            std::memory_order = std::memory_order_seq_cst) const noexcept {
    for (;;) {
      const Snapshot now = Load();
      if (!IsSame(now, old)) return;
      cell_.WaitForChange(now.held_, NoTimeout());
    }
  }
  void notify_one() noexcept {}
  void notify_all() noexcept {}

  // --- More than that --------------------------------------------------------

  // What the cell holds, for as long as the result lives. Counts nothing.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Snapshot Load() const noexcept {
    return Snapshot(cell_.Load());
  }

 private:
  // Ticks of nanoseconds, as WaitForChange takes them: more than there will be.
  struct NoTimeout {
    struct period {
      static constexpr long long num = 1;
      static constexpr long long den = 1'000'000'000;
    };
    static constexpr long long count() { return internal::kForever; }
  };

  // Such a one is held as an empty cell. A null pointer may own something.
  static bool IsNull(const Pointer& pointer) {
    return pointer.get() == nullptr && pointer.use_count() == 0;
  }
  static bool IsSame(const Snapshot& now, const Pointer& other) {
    if (now.held_ == nullptr) return IsNull(other);
    const Pointer& held = *now.held_;
    return held.get() == other.get() && !held.owner_before(other) &&
           !other.owner_before(held);
  }

  ValueOf<Pointer> cell_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_ATOMIC_SHARED_PTR_H_
