// SPDX-License-Identifier: Apache-2.0

// Retire: deletes an object once no thread can read it. Reclaim: deletes now
// every retired object that can be deleted.
//
//   const Table* old = current.Swap(updated);
//   atomic::Retire(old);  // deleted after its last reader
//
// where `current` is an atomic::Pointer<const Table>.
//
// The object must be unlinked first: it must be unreachable for any thread that
// does not already hold a reference.
//
// Threads:   any, also from a destructor that the library runs.
// Order:     what is sequenced before Retire happens before the deleter runs.
// Progress:  lock-free. Retire may run deleters, of this object or of others.
// Ownership: passes to the library. The object is deleted when every pin that
//            began before it was retired has ended, and no hazard slot holds
//            it. If the thread has not reclaimed for 10 ms and no reader
//            protects the object, that is before Retire returns. In a burst of
//            retirements up to 2048 objects or 256 KiB per thread are pending,
//            to share the cost of a scan. They wait for a full batch, for the
//            thread's next Retire 10 ms or more after its last reclaim (it may
//            be the 16th after a long burst), or for a Reclaim(). The end of a
//            thread runs no deleter, since its thread_local objects may be
//            gone: its pending objects go to the executor if there is one;
//            otherwise to any thread that next retires or reclaims, or ends a
//            snapshot, a Protected or a pin.
// Errors:    Retire of a type that is not a Retirable allocates a small node
//            from a per-thread free list, else from the heap, and terminates
//            the program (message, abort()) if that fails. So does a deleter
//            that throws. A deleter may end its thread (pthread_exit). If a
//            seccomp filter installed after start-up refuses membarrier,
//            retired objects are leaked (message, once), and Synchronize
//            terminates the program. A checked build (docs/checked_build.md)
//            also terminates it if Retire(p) gets an object that is retired
//            twice or is not on the heap, where that is known, and if a retired
//            Retirable is deleted.
//
// An object weighs its sizeof towards the limit in bytes. What else it owns
// counts if a function found by ADL, size_t RetiredBytes(const T&), says how
// much that is. Values of a Value or ValueOf weigh more by default
// (owned_bytes.h).
//
// Retire must get the pointer that the cell held, and not one to another base.

#ifndef SYNC_ATOMIC_POINTER_RETIRE_H_
#define SYNC_ATOMIC_POINTER_RETIRE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/reclaim/executor.h"
#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/reclaim/no_throw.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {

// A base class for types whose retirement must not allocate, and so cannot
// fail: it contains the list node. Must not be a virtual base.
struct Retirable : private internal::Retired {
  Retirable() = default;
  // The node belongs to one object and is never copied.
  Retirable(const Retirable&) : Retirable() {}
  Retirable& operator=(const Retirable&) { return *this; }
#if defined(SYNC_ATOMIC_CHECKED)
  ~Retirable() { internal::CheckNotRetired(this); }
#endif

 private:
  template <class T, class D>
  friend void Retire(T* p, D deleter);
  template <class T>
  friend void Retire(T* p);
};

// Calls `deleter(p)` once no thread can read *p. Retire(nullptr, d) is a
// no-op.
template <class T, class D>
void Retire(T* p, D deleter) {
  if (p == nullptr) return;
  using Policy = internal::StdPolicy;
  struct Node : internal::Retired {
    explicit Node(D&& d) : deleter(std::move(d)) {}
    D deleter;
    // From the per-thread free list, else from the heap.
    static void* operator new(std::size_t size,
                              const std::nothrow_t&) noexcept {
      return Policy::domain().Self().free_list.Allocate(size);
    }
    static void operator delete(void* memory, std::size_t size) {
      Policy::domain().Self().free_list.Deallocate(memory, size);
    }
    static void operator delete(void* memory, const std::nothrow_t&) noexcept {
      ::operator delete(memory);
    }
    // Over-aligned ones always from the heap.
    static void* operator new(std::size_t size, std::align_val_t alignment,
                              const std::nothrow_t& nothrow) noexcept {
      return ::operator new(size, alignment, nothrow);
    }
    static void operator delete(void* memory, std::align_val_t alignment) {
      ::operator delete(memory, alignment);
    }
    static void operator delete(void* memory, std::align_val_t alignment,
                                const std::nothrow_t&) noexcept {
      ::operator delete(memory, alignment);
    }
    static void Dispose(internal::Retired* retired) {
      const std::unique_ptr<Node> node(static_cast<Node*>(retired));
      const auto object = static_cast<T*>(const_cast<void*>(node->address));
      // std::default_delete's call is never noexcept.
      constexpr bool kIsNoThrow =
          std::conditional_t<std::is_same_v<D, std::default_delete<T>>,
                             std::is_nothrow_destructible<T>,
                             std::is_nothrow_invocable<D&, T*>>::value;
      internal::CallNoThrow(
          [&]() noexcept(kIsNoThrow) { node->deleter(object); });
    }
  };
  auto* const node = new (std::nothrow) Node(std::move(deleter));
  if (node == nullptr) internal::Fatal("sync/atomic: no memory to retire into");
  node->address = p;
  node->bytes = internal::FootprintOf(p) + sizeof(Node);
  node->dispose = &Node::Dispose;
  internal::StdPolicy::domain().Retire(node);
}

// Deletes p once no thread can read *p. Retire(nullptr) does nothing.
template <class T>
void Retire(T* p) {
  if constexpr (std::is_base_of_v<Retirable, T>) {
    if (p == nullptr) return;
    Retirable* const base = const_cast<std::remove_const_t<T>*>(p);
    if constexpr (internal::kChecked) {
      internal::CheckRetire(p, base, __PRETTY_FUNCTION__);
    }
    base->address = p;
    base->bytes = internal::FootprintOf(p);
    base->dispose = [](internal::Retired* retired) {
      auto* const object = static_cast<T*>(static_cast<Retirable*>(retired));
      if constexpr (internal::kChecked) {
        internal::CallNoThrow([object, retired] {
          internal::DeleteRetired(object, static_cast<Retirable*>(retired));
        });
      } else {
        internal::CallNoThrow(
            [object]() noexcept(std::is_nothrow_destructible_v<T>) {
              delete object;
            });
      }
    };
    internal::StdPolicy::domain().Retire(base);
  } else {
    if constexpr (internal::kChecked) {
      if (p == nullptr) return;
      internal::CheckRetire(p, p, __PRETTY_FUNCTION__);
      sync_atomic::Retire(
          p, [](T* object) { internal::DeleteRetired(object, object); });
    } else {
      sync_atomic::Retire(p, std::default_delete<T>());
    }
  }
}

// Blocks until every pin that began before the call, on any thread, has ended
// (as synchronize_rcu()); it does not wait for hazard slots. Terminates the
// program if the caller is pinned. After it no thread can read an object that
// was unlinked before the call, except through a Snapshot or a Protected.
//
// `Synchronize(); Reclaim();` deletes every object that was retired before, on
// any thread, unless a snapshot, a Protected or a later pin has held it since
// the call; and it waits for deleters that run on other threads. That is enough
// to unload a library, or to end a test. Called by a deleter it only waits for
// pins.
inline void Synchronize() { internal::StdPolicy::domain().Synchronize(); }

// Sets the executor of deleters and destructors. It is called with a function,
// which it must run on any thread, now or later. Without one (null), deleters
// run on the thread whose reclaim finds the object unused: one that retires, or
// a reader that releases it last.
//
// When SetReclaimExecutor returns, no call of the previous executor is running,
// and it has been destroyed; so objects that it refers to may be destroyed. It
// blocks while other threads are in such a call. Called from inside of an
// executor it does not block; the previous one is then destroyed at the end of
// its last call. Functions that the previous executor was given are still its
// to run. So before a queue is destroyed that an executor adds to: call
// SetReclaimExecutor(nullptr), and then run what is in the queue.
//
// An executor may be called from any thread, also from one that is ending. The
// function may be copied, and the first call of any copy does the work. If all
// copies are destroyed without a call, or the executor ends its thread, the
// work is put back, for any thread, as above. An exception that it throws
// reaches the caller of Retire, Store or Reclaim, and terminates the program if
// the caller is a destructor; the work is put back. If the function cannot be
// allocated, the calling thread does the work at once.
//
// tests/examples/reclaim_executor.cc keeps the destructor of a table of 100 MB
// off its readers' threads.
inline void SetReclaimExecutor(
    std::function<void(std::function<void()>)> executor) {
  internal::SetExecutor(std::move(executor));
}

// Sets the batch limits: how much may be pending per thread in a burst before
// it reclaims. By default 2048 objects or 256 KiB, whichever comes first. For
// each thread that retires, at most
//
//   max(objects, 1) objects, and less than bytes + the size of the last object
//
// are pending because no reclaim has run. In addition readers delay one object
// for each occupied hazard slot (8 per thread, and 8 for each allocation of
// extra slots), and everything retired since the oldest pin began. So the bound
// does not hold while a thread is stopped inside a pin; it holds if one is
// stopped anywhere else.
inline void SetRetireLimits(std::size_t objects, std::size_t bytes) {
  internal::StdPolicy::domain().limits().Set(objects, bytes);
}

// Deletes every object that can be deleted now, whichever thread retired it.
// Does not block: an object that another thread is retiring at the moment may
// be left. Called by a destructor that the library runs, it takes effect after
// that destructor.
inline void Reclaim() { internal::StdPolicy::domain().Reclaim(); }

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RETIRE_H_
