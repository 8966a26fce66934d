// SPDX-License-Identifier: Apache-2.0

// What must not be done with a PinGuard, a Protected, and the names of C++26.

#include <atomic>
#include <utility>

#include "sync_atomic/pointer/hazard_pointer.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/rcu.h"

atomic::Pointer<int> pointer;

void CopiedPin() {
  const atomic::PinGuard pin;
#ifdef a_pin_is_copied
  // error: deleted
  const atomic::PinGuard copy(pin);
#else
  const atomic::PinGuard nested;
#endif
}

void MovedPin() {
  atomic::PinGuard pin;
#ifdef a_pin_is_moved
  // error: deleted
  atomic::PinGuard moved(std::move(pin));
#else
  atomic::PinGuard nested;
#endif
}

void CopiedProtected() {
  atomic::Protected<int> kept = pointer.Protect();
#ifdef a_protected_is_copied
  // error: deleted
  atomic::Protected<int> copy(kept);
#else
  atomic::Protected<int> moved(std::move(kept));
#endif
}

void ProtectedAsAPointer() {
#ifdef a_protected_is_taken_for_a_pointer
  // error: cannot convert|no viable conversion
  int* number = pointer.Protect();
#else
  int* number = pointer.Load();  // which protects nothing
#endif
  static_cast<void>(number);
}

struct Plain {};
struct Node : atomic::hazard_pointer_obj_base<Node> {};
struct Derived : Node {};
struct Table : atomic::rcu_obj_base<Table> {};
struct Hidden : private atomic::rcu_obj_base<Hidden> {
  void Retire() {
#ifdef a_private_base_of_rcu_is_retired
    // error: T must have exactly one base class rcu_obj_base
    this->retire();
#else
    delete this;
#endif
  }
};

void UseHidden() { (new Hidden)->Retire(); }

void ProtectWithoutBase() {
  atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
#ifdef what_is_no_hazard_pointer_object_is_protected
  // error: T must have exactly one base class hazard_pointer_obj_base
  std::atomic<Plain*> source{nullptr};
#else
  std::atomic<Node*> source{nullptr};
#endif
  hazard.protect(source);
}

void ProtectDerived() {
  atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
#ifdef a_class_derived_of_a_hazard_pointer_object_is_protected
  // error: T must have exactly one base class hazard_pointer_obj_base
  std::atomic<Derived*> source{nullptr};
#else
  std::atomic<const Node*> source{nullptr};
#endif
  hazard.protect(source);
}

void CopyHazardPointer() {
  atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
#ifdef a_hazard_pointer_is_copied
  // error: deleted
  atomic::hazard_pointer copy(hazard);
#else
  atomic::hazard_pointer moved(std::move(hazard));
#endif
}

void RetireByWhatIsNoDeleter() {
#ifdef rcu_retires_by_what_is_no_deleter
  // error: must be well-formed
  atomic::rcu_retire(new Plain, [](int*) {});
#else
  atomic::rcu_retire(new Plain, [](Plain* p) { delete p; });
#endif
}

void CopyDomain() {
#ifdef an_rcu_domain_is_copied
  // error: deleted
  atomic::rcu_domain copy(atomic::rcu_default_domain());
#else
  atomic::rcu_domain& domain = atomic::rcu_default_domain();
  domain.lock();
  domain.unlock();
#endif
}
