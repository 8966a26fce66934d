// Box: the immutable copy on the heap that a Value points to.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_BOX_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_BOX_H_

#include <cstddef>
#include <new>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/internal/domain.h"
#include "sync_atomic/pointer/internal/retired.h"
#include "sync_atomic/pointer/internal/weight.h"
#include "sync_atomic/value/internal/type.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
struct Box : Retired {
  constexpr explicit Box(const Type<Policy>& of) : type(&of) {}

  // Takes a further count.
  void Keep() { count.fetch_add(1); }

  // Gives up a count. Out of line: what holds a slot does not come here.
  ABSL_ATTRIBUTE_NOINLINE void Release() {
    if (!GiveUp()) return;
    dispose = type->destroy;
    Policy::domain().Dispose(this);
  }

  // Gives up the cell's count once no reader is left who found the box there
  // without counting.
  void Retire() {
    address = this;
    bytes = type->weight(*this);
    dispose = [](Retired* retired) {
      auto* const box = static_cast<Box*>(retired);
      if (box->GiveUp()) box->type->destroy(box);
    };
    Policy::domain().Retire(this);
  }

  // Gives up a count; true if it was the last. Whoever has the only one is
  // alone with it, and need not lock: a count is taken by who has one already,
  // or while a slot or a pin keeps the cell's from being given up.
  bool GiveUp() { return count.load() == 1 || count.fetch_sub(1) == 1; }

  const Type<Policy>* type;
  // One for the cell, and one for each snapshot without a slot.
  typename Policy::template Atomic<std::size_t> count{1};
};

template <class Policy, class T>
struct BoxOf : Box<Policy> {
  template <class... A>
  explicit BoxOf(A&&... args);

  // Boxes come out of the thread's cache, unless their alignment is special:
  // the compiler then calls the forms that take an alignment.
  static void* operator new(std::size_t size) {
    void* const memory = Policy::domain().Self().cache.Allocate(size);
    // Without memory the heap reports that in its own way.
    return ABSL_PREDICT_TRUE(memory != nullptr) ? memory : ::operator new(size);
  }
  static void operator delete(void* memory, std::size_t size) {
    Policy::domain().Self().cache.Free(memory, size);
  }
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  static void operator delete(void* memory, std::align_val_t alignment) {
    ::operator delete(memory, alignment);
  }

  const T value;
};

template <class Policy, class T>
struct TypeOf {
  static void Destroy(Retired* retired) {
    delete static_cast<BoxOf<Policy, T>*>(retired);
  }
  static std::size_t Weight(const Box<Policy>& box) {
    return Cache::Footprint(sizeof(BoxOf<Policy, T>)) - sizeof(T) +
           WeightOf(static_cast<const BoxOf<Policy, T>&>(box).value);
  }
  static Box<Policy> empty;
  static const Type<Policy> type;
};

template <class Policy, class T>
inline constexpr Type<Policy> TypeOf<Policy, T>::type = {
    TypeName<T>(), &Weight, &Destroy, &empty, &Policy::domain, TypeInfo<T>(),
};

template <class Policy, class T>
inline Box<Policy> TypeOf<Policy, T>::empty{type};

template <class Policy, class T>
template <class... A>
BoxOf<Policy, T>::BoxOf(A&&... args)
    : Box<Policy>(TypeOf<Policy, T>::type), value(std::forward<A>(args)...) {}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_BOX_H_
