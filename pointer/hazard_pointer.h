// SPDX-License-Identifier: Apache-2.0

// hazard_pointer: C++26's std::hazard_pointer ([saferecl.hp]), in C++17.
//
//   struct Node : atomic::hazard_pointer_obj_base<Node> {
//     int data = 0;
//   };
//   std::atomic<Node*> head{new Node};
//
//   int Read() {
//     atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
//     return hazard.protect(head)->data;
//   }
//   void Replace(Node* node) { head.exchange(node)->retire(); }
//
// Do not use it where Pointer<T>::Protect (protect.h) does: that needs no
// hazard pointer to be made and no base class, and a load takes less. This is
// for code that is written for the standard's names, or that moves protections
// from one object to another by hand.
//
// Threads:   a hazard_pointer is used by one thread at a time. It may be moved
//            to another thread, and may outlive the thread that made it.
// Order:     as the standard says: what happens before an object is retired, or
//            before the store to the source that a protect() did not see,
//            happens after the protection ends, or sees it and waits.
// Progress:  all members of hazard_pointer but protect() are wait-free, and
//            protect() is lock-free. A thread makes and destroys up to eight at
//            a time from slots that it keeps, without an atomic
//            read-modify-write. retire() is lock-free.
// Ownership: a hazard_pointer owns nothing but its slot. retire() passes the
//            object to the library, as Retire (retire.h) does; what that header
//            says about when it is deleted, about limits, executors and forks
//            holds here.
// Errors:    make_hazard_pointer() throws std::bad_alloc without memory, and
//            terminates the program where there are no exceptions. retire()
//            cannot fail. A deleter that throws terminates the program. A
//            checked build (docs/checked_build.md) also terminates it if an
//            empty hazard_pointer protects or resets something, and if an
//            object whose deleter is std::default_delete is retired twice or is
//            not on the heap, where that is known.
//
// Only retire() runs deleters, as in the standard: the end of a protection does
// not. An object that was protected when it was retired is deleted by what next
// retires something on any thread and looks for it, by the end of anybody's
// Snapshot, Protected or pin, by Reclaim() (retire.h), or by a
// BackgroundReclaimer.
//
// protect() and try_protect() take a std::atomic<T*> or a Pointer<T>.

#ifndef SYNC_ATOMIC_POINTER_HAZARD_POINTER_H_
#define SYNC_ATOMIC_POINTER_HAZARD_POINTER_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/object_base.h"
#include "sync_atomic/pointer/internal/pointer.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {

template <class T, class D>
class hazard_pointer_obj_base;

namespace internal {

template <class T, class D>
hazard_pointer_obj_base<T, D>* HazardBaseOf(
    const volatile hazard_pointer_obj_base<T, D>*);

// Whether T has one such base, public and not virtual, and it is that of T.
template <class T, class = void>
inline constexpr bool kIsHazardProtectable = false;
template <class T, class D>
constexpr bool IsHazardBaseOf(const hazard_pointer_obj_base<T, D>*, const T*) {
  return true;
}
constexpr bool IsHazardBaseOf(const void*, const void*) { return false; }
template <class T>
inline constexpr bool kIsHazardProtectable<
    T, std::void_t<decltype(static_cast<T*>(
           internal::HazardBaseOf(static_cast<T*>(nullptr))))>> =
    internal::IsHazardBaseOf(
        decltype(internal::HazardBaseOf(static_cast<T*>(nullptr))){},
        static_cast<T*>(nullptr));

}  // namespace internal

// The base class of what hazard pointers protect. T may be incomplete where the
// class is derived from this.
template <class T, class D = std::default_delete<T>>
class hazard_pointer_obj_base {
 public:
  // Calls `deleter`(the object) once no hazard pointer protects it. To be
  // called once, after the object was unlinked. May call the deleters of other
  // objects.
  void retire(D deleter = D()) noexcept {
    static_assert(internal::kIsHazardProtectable<T>,
                  "T must have exactly one base class "
                  "hazard_pointer_obj_base<T, D>, public and not virtual");
    Object::Retire(static_cast<T*>(this), std::move(deleter),
                   __PRETTY_FUNCTION__);
  }

 protected:
  // As the standard has them: D decides what they may do.
  // NOLINTBEGIN(modernize-use-equals-delete,performance-noexcept-move-constructor)
  hazard_pointer_obj_base() = default;
  hazard_pointer_obj_base(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base(hazard_pointer_obj_base&&) = default;
  hazard_pointer_obj_base& operator=(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base& operator=(hazard_pointer_obj_base&&) = default;
  // NOLINTEND(modernize-use-equals-delete,performance-noexcept-move-constructor)
  ~hazard_pointer_obj_base() = default;

 private:
  using Object =
      internal::ObjectOf<T, D, hazard_pointer_obj_base, internal::kNoPhase>;
  friend Object;

  internal::ObjectNode<D> node_;
};

// Empty, or the owner of a hazard pointer, which protects one object or none.
class hazard_pointer {
 public:
  // Empty: see make_hazard_pointer().
  hazard_pointer() noexcept = default;
  hazard_pointer(hazard_pointer&& other) noexcept
      : slot_(std::exchange(other.slot_, nullptr)) {}
  hazard_pointer& operator=(hazard_pointer&& other) noexcept {
    if (this != &other) {
      hazard_pointer moved(std::move(other));
      swap(moved);
    }
    return *this;
  }
  // Ends the protection.
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~hazard_pointer() {
    if (slot_ != nullptr) Policy::domain().DeleteSlot(*slot_);
  }

  [[nodiscard]] bool empty() const noexcept { return slot_ == nullptr; }

  // Returns what `source` holds, protected until this protects something else
  // or ends.
  template <class T>
  T* protect(const std::atomic<T*>& source) noexcept {
    return ProtectCell(source);
  }
  template <class T>
  T* protect(const Pointer<T>& source) noexcept {
    return ProtectCell(source.word_);
  }

  // Protects `object` if `source` still holds it. Otherwise false: nothing is
  // protected, and `object` is what `source` holds.
  template <class T>
  bool try_protect(T*& object, const std::atomic<T*>& source) noexcept {
    return TryProtectCell(object, source);
  }
  template <class T>
  bool try_protect(T*& object, const Pointer<T>& source) noexcept {
    return TryProtectCell(object, source.word_);
  }

  // Protects an object of which the caller knows that it is retired later, if
  // at all. Null: protects nothing.
  template <class T>
  void reset_protection(const T* object) noexcept {
    CheckProtectable<T>();
    CheckNotEmpty();
    if (object == nullptr) {
      Policy::domain().ResetSlot(*slot_);
    } else {
      Policy::domain().ProtectUnretired(*slot_, object);
    }
  }
  void reset_protection(std::nullptr_t = nullptr) noexcept {
    CheckNotEmpty();
    Policy::domain().ResetSlot(*slot_);
  }

  // What either protects stays protected throughout.
  void swap(hazard_pointer& other) noexcept { std::swap(slot_, other.slot_); }

 private:
  friend hazard_pointer make_hazard_pointer();
  using Policy = internal::StdPolicy;
  using HazardSlot = internal::HazardSlot<Policy>;

  explicit hazard_pointer(HazardSlot* slot) noexcept : slot_(slot) {}

  template <class T>
  static void CheckProtectable() {
    static_assert(internal::kIsHazardProtectable<std::remove_cv_t<T>>,
                  "T must have exactly one base class "
                  "hazard_pointer_obj_base<T, D>, public and not virtual");
  }
  void CheckNotEmpty() const {
    if constexpr (internal::kChecked) {
      if (empty()) {
        internal::Fatal("sync/atomic: use of an empty hazard_pointer");
      }
    }
  }

  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool TryProtectCell(
      T*& object, const std::atomic<T*>& cell) noexcept {
    CheckProtectable<T>();
    CheckNotEmpty();
    return Policy::domain().TryProtect(*slot_, cell, object);
  }
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE T* ProtectCell(
      const std::atomic<T*>& cell) noexcept {
    // Relaxed: a guess, which TryProtectCell() confirms or replaces.
    T* object = cell.load(std::memory_order_relaxed);
    while (!TryProtectCell(object, cell)) {
    }
    return object;
  }

  HazardSlot* slot_ = nullptr;
};

// A hazard_pointer that owns a hazard pointer, which protects nothing yet.
[[nodiscard]] inline hazard_pointer make_hazard_pointer() {
  auto* const slot = internal::StdPolicy::domain().NewSlot();
  if (ABSL_PREDICT_FALSE(slot == nullptr)) {
#if defined(__cpp_exceptions)
    throw std::bad_alloc();
#else
    internal::Fatal("sync/atomic: no memory for a hazard pointer");
#endif
  }
  return hazard_pointer(slot);
}

inline void swap(hazard_pointer& a, hazard_pointer& b) noexcept { a.swap(b); }

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_HAZARD_POINTER_H_
