// SPDX-License-Identifier: Apache-2.0

// rcu_domain: C++26's read-copy update ([saferecl.rcu]), in C++17.
//
//   struct Table : atomic::rcu_obj_base<Table> {
//     int size = 0;
//   };
//   std::atomic<Table*> current{new Table};
//
//   int Read() {
//     const std::scoped_lock region(atomic::rcu_default_domain());
//     return current.load()->size;
//   }
//   void Replace(Table* table) { current.exchange(table)->retire(); }
//
// Do not use it where PinGuard (pin.h) and Retire (retire.h) do: a region is a
// pin, and those need no base class. This is for code that is written for the
// standard's names, and for rcu_barrier().
//
// Threads:   all on any threads at once. A region belongs to the thread that
//            opened it.
// Order:     as the standard says: an evaluation that was scheduled after a
//            region began, or at the same time, is evaluated after its end. The
//            ends of the regions that rcu_synchronize() waits for, and the
//            evaluations that rcu_barrier() waits for, happen before these
//            return.
// Progress:  lock() and unlock() are wait-free after the thread's first use of
//            the library, which allocates a record. Scheduling is lock-free.
//            rcu_synchronize() and rcu_barrier() block.
// Ownership: passes to the library with retire() and rcu_retire(), as with
//            Retire (retire.h); what that header says about when it is deleted,
//            about limits, executors and forks holds here. unlock(), retire(),
//            rcu_retire() and rcu_barrier() may run deleters, rcu_synchronize()
//            never does.
// Errors:    rcu_retire() throws std::bad_alloc without memory, and terminates
//            the program where there are no exceptions; it needs none if the
//            deleter is empty and has a default constructor, as
//            std::default_delete, and a lambda only since C++20. retire()
//            cannot fail. The program is terminated (message, abort()) by a
//            deleter that throws, by unlock() without a region, by
//            rcu_synchronize() in a region, and by rcu_barrier() in a region,
//            in a deleter, and where membarrier is refused after start-up. A
//            checked build (docs/checked_build.md) also terminates it if an
//            object whose deleter is std::default_delete is retired twice by
//            retire() or is not on the heap, where that is known.
//
// There is one domain, and it is that of PinGuard: regions and pins nest in
// each other, each delays what is retired by either, and hazard slots
// (protect.h) do as well.

#ifndef SYNC_ATOMIC_POINTER_RCU_H_
#define SYNC_ATOMIC_POINTER_RCU_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/object_base.h"
#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {

// Opens and closes regions of RCU protection, in which no object that the
// thread can reach is reclaimed. They nest. A Lockable, for std::scoped_lock
// and std::unique_lock.
class rcu_domain {
 public:
  rcu_domain(const rcu_domain&) = delete;
  rcu_domain& operator=(const rcu_domain&) = delete;

  void lock() noexcept { internal::StdPolicy::domain().Pin(); }
  // True.
  bool try_lock() noexcept {
    lock();
    return true;
  }
  // Closes the region that this thread opened last. The end of the outermost
  // one may run deleters.
  void unlock() noexcept {
    auto* const self = internal::StdPolicy::this_record();
    if (ABSL_PREDICT_FALSE(self == nullptr || !self->pin.is_set())) {
      internal::Fatal("sync/atomic: unlock of an rcu_domain without a lock");
    }
    internal::StdPolicy::domain().Unpin(*self);
  }

 private:
  friend rcu_domain& rcu_default_domain() noexcept;

  constexpr rcu_domain() = default;
};

inline rcu_domain& rcu_default_domain() noexcept {
  static rcu_domain domain;
  return domain;
}

// Blocks until every region that began before the call, on any thread, has
// ended.
inline void rcu_synchronize(
    rcu_domain& /*domain*/ = rcu_default_domain()) noexcept {
  auto& domain = internal::StdPolicy::domain();
  if (domain.Self().pin.since() != 0) {
    internal::Fatal("sync/atomic: rcu_synchronize in a region");
  }
  domain.WaitForReaders();
}

// Blocks until everything that was scheduled before the call, by retire() or
// rcu_retire() on any thread, has been evaluated, by an executor as well; so it
// waits for the regions, pins and hazard slots that delay it. Evaluates what it
// can itself.
inline void rcu_barrier(
    rcu_domain& /*domain*/ = rcu_default_domain()) noexcept {
  internal::StdPolicy::domain().Barrier();
}

template <class T, class D>
class rcu_obj_base;

namespace internal {

// As kIsHazardProtectable.
template <class T, class D>
rcu_obj_base<T, D>* RcuBaseOf(const volatile rcu_obj_base<T, D>*);
template <class T, class D>
constexpr bool IsRcuBaseOf(const rcu_obj_base<T, D>*, const T*) {
  return true;
}
constexpr bool IsRcuBaseOf(const void*, const void*) { return false; }
template <class T, class = void>
inline constexpr bool kIsRcuProtectable = false;
template <class T>
inline constexpr bool
    kIsRcuProtectable<T, std::void_t<decltype(static_cast<T*>(
                             internal::RcuBaseOf(static_cast<T*>(nullptr))))>> =
        internal::IsRcuBaseOf(
            decltype(internal::RcuBaseOf(static_cast<T*>(nullptr))){},
            static_cast<T*>(nullptr));

// What rcu_retire() schedules: d(p), of any p.
template <class T, class D>
struct RcuNode : Retired {
  explicit RcuNode(D&& d) : deleter(std::move(d)) {}

  template <std::uint32_t phase>
  static void Dispose(Retired* retired) {
    internal::Evaluate<phase>([retired]() noexcept(kCallsNoThrow<T, D>) {
      const std::unique_ptr<RcuNode> node(static_cast<RcuNode*>(retired));
      node->deleter(static_cast<T*>(const_cast<void*>(node->address)));
    });
  }

  D deleter;
};
template <class T, class D, std::uint32_t phase>
void DisposeByRcu(const void* address) {
  internal::Evaluate<phase>([address]() noexcept(kCallsNoThrow<T, D>) {
    D()(static_cast<T*>(const_cast<void*>(address)));
  });
}
template <class T, class D, std::uint32_t phase>
inline constexpr RetiredType kRcuType = {&DisposeByRcu<T, D, phase>, nullptr,
                                         kSizeOf<T> + sizeof(RetiredEntry)};

}  // namespace internal

// Schedules `deleter`(p): it is called once each region that began before has
// ended. Null, too.
template <class T, class D = std::default_delete<T>>
void rcu_retire(T* p, D deleter = D(),
                rcu_domain& /*domain*/ = rcu_default_domain()) {
  static_assert(std::is_move_constructible_v<D>,
                "a deleter must be move-constructible");
  static_assert(std::is_invocable_v<D&, T*&>, "deleter(p) must be well-formed");
  auto& domain = internal::StdPolicy::domain();
  if constexpr (internal::kIsStateless<D> && !internal::kHasRetiredBytes<T>) {
    const internal::RetiredType& type = domain.CountScheduled() == 0
                                            ? internal::kRcuType<T, D, 0>
                                            : internal::kRcuType<T, D, 1>;
    domain.Retire(internal::RetiredEntry(p, type), type.bytes);
  } else {
    using Node = internal::RcuNode<T, D>;
    auto* const node = new (std::nothrow) Node(std::move(deleter));
    if (node == nullptr) {
#if defined(__cpp_exceptions)
      throw std::bad_alloc();
#else
      internal::Fatal("sync/atomic: no memory to retire into");
#endif
    }
    node->address = p;
    node->bytes = sizeof(Node);
    if (p != nullptr) node->bytes += internal::FootprintOf(p);
    node->dispose = domain.CountScheduled() == 0 ? &Node::template Dispose<0>
                                                 : &Node::template Dispose<1>;
    domain.Retire(node);
  }
}

// A base class for objects whose retirement cannot fail. T may be incomplete
// where the class is derived from this.
template <class T, class D = std::default_delete<T>>
class rcu_obj_base {
 public:
  // Schedules `deleter`(the object). To be called once, after the object was
  // unlinked.
  void retire(D deleter = D(),
              rcu_domain& /*domain*/ = rcu_default_domain()) noexcept {
    static_assert(internal::kIsRcuProtectable<T>,
                  "T must have exactly one base class rcu_obj_base<T, D>, "
                  "public and not virtual");
    T* const self = static_cast<T*>(this);
    if (internal::StdPolicy::domain().CountScheduled() == 0) {
      Object<0>::Retire(self, std::move(deleter), __PRETTY_FUNCTION__);
    } else {
      Object<1>::Retire(self, std::move(deleter), __PRETTY_FUNCTION__);
    }
  }

 protected:
  // As the standard has them: D decides what they may do.
  // NOLINTBEGIN(modernize-use-equals-delete,performance-noexcept-move-constructor)
  rcu_obj_base() = default;
  rcu_obj_base(const rcu_obj_base&) = default;
  rcu_obj_base(rcu_obj_base&&) = default;
  rcu_obj_base& operator=(const rcu_obj_base&) = default;
  rcu_obj_base& operator=(rcu_obj_base&&) = default;
  // NOLINTEND(modernize-use-equals-delete,performance-noexcept-move-constructor)
  ~rcu_obj_base() = default;

 private:
  template <std::uint32_t phase>
  using Object = internal::ObjectOf<T, D, rcu_obj_base, phase>;
  template <class, class, class, std::uint32_t>
  friend struct internal::ObjectOf;

  internal::ObjectNode<D> node_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RCU_H_
