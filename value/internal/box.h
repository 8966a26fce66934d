// SPDX-License-Identifier: Apache-2.0

// Box: what a cell points to: an immutable value on the heap.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_BOX_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_BOX_H_

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/reclaim/no_throw.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/value/internal/type.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
struct Box : Retired {
  // A box on the heap, of which `disposer` drops a count, and which it destroys
  // with the last. A derived class sets `bytes`.
  Box(const Type<Policy>& of, Disposer disposer) : type(&of) {
    address = this;
    dispose = disposer;
  }
  // The static box that stands for "no value". Nobody retires it: it has no
  // disposer.
  constexpr explicit Box(const Type<Policy>& of)
      : Retired(nullptr), type(&of) {}

  // Boxes come out of the thread's cache, unless their alignment is special:
  // the compiler then calls the forms that take an alignment.
  static void* operator new(std::size_t size) {
    void* const memory = Policy::domain().Self().free_list.Allocate(size);
    if (ABSL_PREDICT_TRUE(memory != nullptr)) return memory;
    // The heap reports that in its own way, or else finds a whole block, which
    // the cache will take for one of its own.
    return ::operator new(FreeList::Footprint(size));
  }
  static void operator delete(void* memory, std::size_t size) {
    Policy::domain().Self().free_list.Deallocate(memory, size);
  }
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  static void operator delete(void* memory, std::align_val_t alignment) {
    ::operator delete(memory, alignment);
  }
  // delete box; by one function for all types whose boxes take as much memory.
  template <class BoxT>
  static void Delete(BoxT* box) {
    if constexpr (alignof(BoxT) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
      delete box;
    } else {
      // Also if the destructor ends the thread, which unwinds the stack.
      const Memory<FreeList::Footprint(sizeof(BoxT))> memory{box};
      box->~BoxT();
    }
  }

  // As Type::root, of those that have their object.
  static const Box& Root(const Box& box) { return box; }

  // Takes a further count.
  void AddRef() { count.fetch_add(1); }

  // Gives up a count. Out of line: what holds a slot does not come here.
  ABSL_ATTRIBUTE_NOINLINE void Unref() {
    if (!DropCount()) return;
    count.store(1);  // for `dispose`, which asks once more
    Policy::domain().Dispose(this);
  }

  // Gives up the cell's count once no reader is left who found the box there
  // without counting. A caller who knows that it weighs at most so much need
  // not touch the box.
  void Retire() { Retire(this->bytes); }
  void Retire(std::size_t at_most) {
    Policy::domain().Retire(RetiredEntry(this, this), at_most);
  }

  // Drops a count; true if it was the last. The holder of the only one is alone
  // with it, and needs no read-modify-write: a count is taken by a holder of
  // one, or while a slot or a pin keeps the cell's from being dropped.
  bool DropCount() { return count.load() == 1 || count.fetch_sub(1) == 1; }

  template <std::size_t kFootprint>
  struct Memory {
    ~Memory() { Deallocate<kFootprint>(address); }
    void* address;
  };
  template <std::size_t kFootprint>
  ABSL_ATTRIBUTE_NOINLINE static void Deallocate(void* memory) noexcept {
    operator delete(memory, kFootprint);
  }

  const Type<Policy>* type;
  // One for the cell, and one for each snapshot without a slot.
  typename Policy::template Atomic<std::size_t> count{1};
};

// Whether both boxes have one object.
template <class Policy>
ABSL_ATTRIBUTE_NOINLINE bool HaveOneRoot(const Box<Policy>& a,
                                         const Box<Policy>& b) {
  return &a.type->root(a) == &b.type->root(b);
}
// The same of what snapshots hold; null when empty.
template <class Policy>
bool AreSame(const Box<Policy>* a, const Box<Policy>* b) {
  return a == b ||
         (a != nullptr && b != nullptr && internal::HaveOneRoot(*a, *b));
}

// The static Type of a kind of box, and the box that stands in a cell of it for
// "no value".
template <class Policy, class BoxT>
struct TypeOfBox {
  static void Dispose(Retired* retired) {
    auto* const box = static_cast<BoxT*>(retired);
    if (!box->DropCount()) return;
    CallNoThrow([box]() noexcept(std::is_nothrow_destructible_v<BoxT>) {
      Box<Policy>::Delete(box);
    });
  }
  // What each box weighs; 0 where that varies.
  static constexpr std::size_t Bytes() {
    return kHasConstantFootprint<typename BoxT::Held>
               ? FreeList::Footprint(sizeof(BoxT))
               : 0;
  }
  static Box<Policy> empty;
  static BoxWeights weights;
  static const Type<Policy> type;
};

template <class Policy, class BoxT>
inline constexpr Type<Policy> TypeOfBox<Policy, BoxT>::type = {
    TypeName<typename BoxT::Held>(),
    &empty,
    &Policy::domain,
    TypeInfo<typename BoxT::Held>(),
    Bytes(),
    &weights,
    &BoxT::Root,
};

template <class Policy, class BoxT>
inline BoxWeights TypeOfBox<Policy, BoxT>::weights;

template <class Policy, class BoxT>
inline Box<Policy> TypeOfBox<Policy, BoxT>::empty{type};

// T(args...), or T{args...} where only that compiles.
template <class T, class... A>
T Make(A&&... args) {
  if constexpr (std::is_constructible_v<T, A...>) {
    return T(std::forward<A>(args)...);
  } else {
    return T{std::forward<A>(args)...};
  }
}

// A box of a Value.
template <class Policy, class T>
struct BoxOf : Box<Policy> {
  using Held = T;

  template <class... A>
  explicit BoxOf(A&&... args)
      : Box<Policy>(TypeOfBox<Policy, BoxOf>::type,
                    &TypeOfBox<Policy, BoxOf>::Dispose),
        value(internal::Make<T>(std::forward<A>(args)...)) {
    this->bytes = FreeList::Footprint(sizeof(BoxOf)) - sizeof(T) +
                  internal::FootprintOfValue(std::addressof(value));
  }

  const T value;
};

template <class Policy, class T>
using TypeOf = TypeOfBox<Policy, BoxOf<Policy, T>>;

// A box of a ValueOf<T>: of whatever can be read as a T.
template <class Policy, class T>
struct ObjectBox : Box<Policy> {
  using Box<Policy>::Box;

  // Set once there is one: until then there is no way to a virtual base of it.
  // Null forever in the box that stands for "no value".
  const T* object = nullptr;
};

// What stands in the type word of a ValueOf<T>, whose boxes are of many types.
template <class Policy, class T>
struct TypeOfObjects {
  static ObjectBox<Policy, T> empty;
  static BoxWeights weights;
  static const Type<Policy> type;
};

template <class Policy, class T>
inline constexpr Type<Policy> TypeOfObjects<Policy, T>::type = {
    TypeName<T>(),      &empty, &Policy::domain, TypeInfo<T>(), 0, &weights,
    &Box<Policy>::Root,
};

template <class Policy, class T>
inline BoxWeights TypeOfObjects<Policy, T>::weights;

template <class Policy, class T>
inline ObjectBox<Policy, T> TypeOfObjects<Policy, T>::empty{type};

// A D in the box.
template <class Policy, class T, class D>
struct InPlaceBox : ObjectBox<Policy, T> {
  using Held = D;

  template <class... A>
  explicit InPlaceBox(A&&... args)
      : ObjectBox<Policy, T>(TypeOfBox<Policy, InPlaceBox>::type,
                             &TypeOfBox<Policy, InPlaceBox>::Dispose),
        value(internal::Make<D>(std::forward<A>(args)...)) {
    this->object = std::addressof(value);
    this->bytes = FreeList::Footprint(sizeof(InPlaceBox)) - sizeof(D) +
                  internal::FootprintOfValue(std::addressof(value));
  }

  const D value;
};

// An object elsewhere, which a smart pointer in the box owns.
template <class Policy, class T, class Owner>
struct AdoptingBox : ObjectBox<Policy, T> {
  using Held = Owner;

  explicit AdoptingBox(Owner&& of)
      : ObjectBox<Policy, T>(TypeOfBox<Policy, AdoptingBox>::type,
                             &TypeOfBox<Policy, AdoptingBox>::Dispose),
        owner(std::move(of)) {
    this->object = owner.get();
    this->bytes = FreeList::Footprint(sizeof(AdoptingBox)) +
                  internal::FootprintOfValue(owner.get());
  }

  const Owner owner;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_BOX_H_
