// Retire: delete an object once nobody can read it any more. Reclaim: delete
// now whatever can be.
//
//   const Table* old = current.Swap(updated);
//   atomic::Retire(old);  // deleted after its last reader
//
// where `current` is an atomic::Pointer<const Table>.
//
// The object must be unlinked first: no thread that hasn't reached it already
// may be able to.
//
// Threads:   any, also from a destructor that the library runs.
// Order:     what was done to the object before is visible to its deleter.
// Progress:  lock-free. Retire may run deleters, of this object or of others.
// Ownership: passes to the library, which deletes the object after every pin
//            that began before it was retired and every slot that holds it.
//            In quiet times it is deleted before Retire returns, if nobody can
//            read it. In a burst of retirements a thread lets up to 2048
//            objects or 256 KiB wait, so as to share the cost of looking at
//            the readers; 10 ms after its last reclaim it is quiet again, which
//            it notices at its next Retire, after a long burst at the 16th.
//            What a burst left waits for that, or for a Reclaim(). The end of a
//            thread runs no deleter, since the thread_local objects that one
//            might use are gone: what the thread left goes to the executor if
//            there is one, and else to any thread that next retires, reclaims,
//            or ends a snapshot, a Protected or a pin.
// Errors:    Retire of a type that is no Retirable takes a small node from the
//            thread's stock, else from the heap, and dies without memory. A
//            deleter that throws ends the program with a message; one that
//            ends its thread (pthread_exit) leaves nothing held. If a system
//            call filter of a later date refuses what the library was granted
//            as it was loaded, what is retired is leaked, as is said on stderr,
//            and Synchronize dies.
//            In a checked build (docs/checked_build.md) Retire(p) dies of what
//            is retired twice, or is not on the heap, where that can be told,
//            and so does the delete of a retired Retirable.
//
// A type may say how heavy it is, with a function size_t RetiredBytes(const T&)
// next to it, which counts towards the limit in bytes.
// Retire must get the very pointer that the cell held: not another base's.

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
#include "sync_atomic/pointer/internal/domain.h"
#include "sync_atomic/pointer/internal/executor.h"
#include "sync_atomic/pointer/internal/footprint.h"
#include "sync_atomic/pointer/internal/no_throw.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/retired.h"

namespace sync_atomic {

// A base for types whose retirement must neither allocate nor fail: it brings
// the link and the deleter along. Not a virtual base.
struct Retirable : private internal::Retired {
  Retirable() = default;
  // The link belongs to one object and is never copied.
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

// Has `deleter(p)` called once nobody can read *p. Retire(nullptr, d) does
// nothing.
template <class T, class D>
void Retire(T* p, D deleter) {
  if (p == nullptr) return;
  using Policy = internal::StdPolicy;
  struct Node : internal::Retired {
    explicit Node(D&& d) : deleter(std::move(d)) {}
    D deleter;
    // Out of the thread's stock of blocks, else from the heap.
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
    // Those with an alignment of their own always from the heap.
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
      // std::default_delete's call isn't noexcept, whatever it deletes.
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

// Deletes p once nobody can read *p. Retire(nullptr) does nothing.
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

// Waits for every pin that began before the call, on any thread, and never for
// what holds a single object; dies while pinned. Once it returns, nobody can
// read what was unlinked before, but through a Snapshot or a Protected.
//
// `Synchronize(); Reclaim();` deletes everything that was retired before, on
// any thread, and that no snapshot, Protected or later pin has held since the
// call, and waits for deleters that others have begun: enough to unload a
// library, or to end a test. Called by a deleter it waits for pins alone.
inline void Synchronize() { internal::StdPolicy::domain().Synchronize(); }

// Has deleters and destructors run by `executor`, which is called with a
// function to run, on any thread, now or later; and not by the thread that
// released the object last, which may be a reader. Null: they run there again.
//
// Once it returns, the previous executor is in no call and has been destroyed,
// so that what it refers to may go. It waits for calls of it that other threads
// are in, but not from inside of an executor's call: the previous one is then
// destroyed when the last call of it has ended. What the previous executor was
// given stays its to run. So before a queue ends to which an executor adds:
// SetReclaimExecutor(nullptr), and then run what is in the queue.
//
// An executor may be called from any thread, also from one that is ending. Of
// all copies of the function that it is given one call does the work; if all
// are destroyed without a call, or the executor does not return (it ends its
// thread), the work is put back, and goes to any thread, as above. An exception
// that it throws reaches the caller of Retire, Store or Reclaim, and ends the
// program where a destructor was the caller; the work is put back. Without
// memory to hand it over the work is done at once, by the calling thread.
//
// tests/examples/reclaim_executor.cc keeps the destructor of a table of 100 MB
// off its readers' threads.
inline void SetReclaimExecutor(
    std::function<void(std::function<void()>)> executor) {
  internal::SetExecutor(std::move(executor));
}

// How much a thread may let wait in a burst before it reclaims: by default 2048
// objects or 256 KiB, whichever comes first. At most this waits for want of a
// reclaim, for each thread that retires:
//
//   objects <= max(objects, 1), bytes < bytes + the size of the last object
//
// and besides what readers hold: one object for each occupied slot (8 a thread,
// and 8 for each further chunk of Protecteds), and what was retired while a
// thread was pinned that still is. With a thread parked inside a pin that is
// not bounded; with one parked anywhere else it is.
inline void SetRetireLimits(std::size_t objects, std::size_t bytes) {
  internal::StdPolicy::domain().SetLimits(objects, bytes);
}

// Deletes all that can be deleted now, whichever thread retired it. Never
// waits: what a thread is retiring at this very moment may be left. From a
// destructor that the library runs, it takes effect after that destructor.
inline void Reclaim() { internal::StdPolicy::domain().Reclaim(); }

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RETIRE_H_
