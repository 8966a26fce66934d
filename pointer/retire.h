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
//            it. If no reader protects it, that is before
//            Retire returns, for up to 16 retirements in a row. More are
//            reclaimed in batches, of up to 2048 objects or 256 KiB per thread,
//            to share the cost of a scan; what is left of the last batch is
//            pending until the thread's next Retire after a while (it may be
//            the 16th), a Reclaim(), or a BackgroundReclaimer. The end of a
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
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {

namespace internal {

// std::default_delete's call is never noexcept.
template <class T, class D>
inline constexpr bool kDeletesNoThrow =
    std::conditional_t<std::is_same_v<D, std::default_delete<T>>,
                       std::is_nothrow_destructible<T>,
                       std::is_nothrow_invocable<D&, T*>>::value;

template <class T, class D>
void DisposeStateless(const void* address) {
  internal::CallNoThrow([address]() noexcept(kDeletesNoThrow<T, D>) {
    D()(static_cast<T*>(const_cast<void*>(address)));
  });
}
template <class T, class D>
inline constexpr RetiredType kStatelessType = {
    &DisposeStateless<T, D>, nullptr, kSizeOf<T> + sizeof(RetiredEntry)};

// default_delete of a checked build.
template <class T>
struct CheckedDelete {
  void operator()(T* object) const { internal::DeleteRetired(object, object); }
};

}  // namespace internal

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
  template <class T>
  friend void Retire(T* p);

  template <class T>
  static void RetireSelf(T* p) {
    auto& domain = internal::StdPolicy::domain();
    if constexpr (internal::kHasRetiredBytes<T>) {
      Retired* const node = NodeOf<T>(p);
      node->bytes = internal::FootprintOf(p);
      domain.Retire(internal::RetiredEntry(p, node), node->bytes);
    } else {
      static constexpr internal::RetiredType kType = {&DisposeOf<T>, &NodeOf<T>,
                                                      sizeof(T)};
      domain.Retire(internal::RetiredEntry(p, kType), sizeof(T));
    }
  }
  template <class T>
  static Retired* NodeOf(const void* object) {
    Retirable* const base =
        static_cast<std::remove_const_t<T>*>(const_cast<void*>(object));
    base->dispose = [](Retired* retired) { DisposeOf<T>(retired->address); };
    return base;
  }
  template <class T>
  static void DisposeOf(const void* object) {
    if constexpr (internal::kChecked) {
      internal::CallNoThrow([object] {
        auto* const self = static_cast<T*>(const_cast<void*>(object));
        const Retirable* const base = self;
        internal::DeleteRetired(self, base);
      });
    } else {
      internal::DisposeStateless<T, std::default_delete<T>>(object);
    }
  }
};

// Calls `deleter(p)` once no thread can read *p. Retire(nullptr, d) is a
// no-op.
template <class T, class D>
void Retire(T* p, D deleter) {
  if (p == nullptr) return;
  using Policy = internal::StdPolicy;
  if constexpr (internal::kIsStateless<D> && !internal::kHasRetiredBytes<T>) {
    const internal::RetiredType& type = internal::kStatelessType<T, D>;
    Policy::domain().Retire(internal::RetiredEntry(p, type), type.bytes);
  } else {
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
      static void operator delete(void* memory,
                                  const std::nothrow_t&) noexcept {
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
        internal::CallNoThrow([&]() noexcept(internal::kDeletesNoThrow<T, D>) {
          node->deleter(object);
        });
      }
    };
    auto* const node = new (std::nothrow) Node(std::move(deleter));
    if (node == nullptr) {
      internal::Fatal("sync/atomic: no memory to retire into");
    }
    node->address = p;
    node->bytes = internal::FootprintOf(p) + sizeof(Node);
    node->dispose = &Node::Dispose;
    Policy::domain().Retire(node);
  }
}

// Deletes p once no thread can read *p. Retire(nullptr) does nothing.
template <class T>
void Retire(T* p) {
  if constexpr (std::is_base_of_v<Retirable, T>) {
    if (p == nullptr) return;
    if constexpr (internal::kChecked) {
      Retirable* const base = const_cast<std::remove_const_t<T>*>(p);
      internal::CheckRetire(p, base, __PRETTY_FUNCTION__);
    }
    Retirable::RetireSelf(p);
  } else {
    if constexpr (internal::kChecked) {
      if (p == nullptr) return;
      internal::CheckRetire(p, p, __PRETTY_FUNCTION__);
      sync_atomic::Retire(p, internal::CheckedDelete<T>());
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

// Sets how many objects of others one call deletes at most: what other threads
// retired, or what waited for the calling thread's own pin. By default 1024.
// What is left goes on with the next call of any thread that retires, or of
// this one that releases something. Reclaim(), Synchronize() and an executor
// are not bounded; and what a thread has retired itself has the limits above.
inline void SetReclaimBudget(std::size_t objects) {
  internal::StdPolicy::domain().limits().SetForOthers(objects);
}

// Deletes every object that can be deleted now, whichever thread retired it.
// Does not block: an object that another thread is retiring at the moment may
// be left. What another thread was about to delete, while a destructor there
// blocks, is deleted here. Called by a destructor that the library runs, it
// takes effect after that destructor.
inline void Reclaim() { internal::StdPolicy::domain().Reclaim(); }

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RETIRE_H_
