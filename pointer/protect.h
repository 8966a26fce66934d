// SPDX-License-Identifier: Apache-2.0

// Protected<T>: one object behind a Pointer<T>, protected by a hazard slot.
//
//   atomic::Protected<const Table> table = current.Protect();
//   if (table) Use(*table);  // alive until the end of `table`
//
// where `current` is an atomic::Pointer<const Table>.
//
// It is a hazard pointer (Michael 2004; P2530's std::hazard_pointer). A
// PinGuard (pin.h) delays the reclamation of every object that is retired after
// it began; a Protected delays that of its one object, and may live for long.
//
// Threads:   used by one thread at a time. It may be moved to another thread,
//            and may outlive the thread that made it.
// Order:     the object is what the Pointer held at one moment in Protect().
// Progress:  wait-free. The first eight per thread use its own hazard slots;
//            more are allocated eight at a time, lock-free, and are reused.
// Ownership: keeps Retire (retire.h) from deleting the object; owns nothing.
//            Its end may run the deleter of the object that waited for it.
// Errors:    terminates the program (message, abort()) if more slots cannot be
//            allocated.

#ifndef SYNC_ATOMIC_POINTER_PROTECT_H_
#define SYNC_ATOMIC_POINTER_PROTECT_H_

#include <atomic>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {

template <class T>
class Pointer;

namespace internal {

template <class Policy, class T>
class BasicProtected {
 public:
  using HazardSlot = typename Domain<Policy>::HazardSlot;

  // Null.
  BasicProtected() = default;
  // What `cell` holds.
  ABSL_ATTRIBUTE_ALWAYS_INLINE BasicProtected(
      Domain<Policy>& domain, const typename Policy::template Atomic<T*>& cell)
      : BasicProtected(domain.Protect(cell)) {}
  BasicProtected(BasicProtected&& other) noexcept
      : slot_(std::exchange(other.slot_, nullptr)),
        object_(std::exchange(other.object_, nullptr)) {}
  BasicProtected& operator=(BasicProtected&& other) noexcept {
    BasicProtected moved(std::move(other));
    std::swap(slot_, moved.slot_);
    std::swap(object_, moved.object_);
    return *this;
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~BasicProtected() {
    if (slot_ != nullptr) Policy::domain().Release(*slot_);
  }

  T* get() const { return object_; }

 private:
  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit BasicProtected(
      typename Domain<Policy>::template Hazard<T> announced)
      : slot_(announced.slot), object_(announced.object) {}

  // Mutable, as in BasicPin.
  mutable HazardSlot* slot_ = nullptr;
  mutable T* object_ = nullptr;
};

}  // namespace internal

template <class T>
class [[nodiscard]] Protected {
 public:
  // Null.
  Protected() = default;
  Protected(Protected&&) noexcept = default;
  Protected& operator=(Protected&&) noexcept = default;
  // Always inlined: in large files g++ would emit a call, which costs half of a
  // Protect().
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~Protected() = default;

  explicit operator bool() const noexcept { return get() != nullptr; }
  std::add_lvalue_reference_t<T> operator*() const noexcept
      ABSL_ATTRIBUTE_LIFETIME_BOUND {
    if constexpr (!std::is_void_v<T>) return *get();
  }
  T* operator->() const noexcept ABSL_ATTRIBUTE_LIFETIME_BOUND { return get(); }
  T* get() const noexcept ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return protected_.get();
  }

 private:
  friend class Pointer<T>;
  using Policy = internal::StdPolicy;

  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit Protected(const std::atomic<T*>& cell)
      : protected_(Policy::domain(), cell) {}

  internal::BasicProtected<Policy, T> protected_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PROTECT_H_
