// SPDX-License-Identifier: Apache-2.0

// What hazard_pointer_obj_base and rcu_obj_base have in them, and what they do
// with it: so that retiring an object needs no memory.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_OBJECT_BASE_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_OBJECT_BASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/reclaim/no_throw.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/retired_array.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

// A deleter, which takes no room if it has no state.
template <class D, bool kIsBase = std::is_empty_v<D> && !std::is_final_v<D>>
class StoredDeleter : private D {
 public:
  D& deleter() { return *this; }
};
template <class D>
class StoredDeleter<D, false> {
 public:
  D& deleter() { return deleter_; }

 private:
  D deleter_ = D();
};

// The node of an object. Trivially copyable if the deleter is; a copy of a
// retired object's is as good as a new one.
template <class D>
struct ObjectNode : Retired, StoredDeleter<D> {
  constexpr ObjectNode() : Retired(nullptr) {}
};

// An evaluation of rcu.h in progress. Its deleter may end the thread by
// unwinding.
class Evaluation {
 public:
  explicit Evaluation(std::uint32_t phase)
      : self_(StdPolicy::domain().Self()), phase_(phase) {
    self_.evaluations.Begin(phase_);
  }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;
  ~Evaluation() { self_.evaluations.End(phase_); }

 private:
  ThreadRecord<StdPolicy>& self_;
  const std::uint32_t phase_;
};

// For what is no evaluation of rcu.h.
inline constexpr std::uint32_t kNoPhase = 2;

// std::default_delete's call is never noexcept.
template <class T, class D>
inline constexpr bool kCallsNoThrow =
    std::conditional_t<std::is_same_v<D, std::default_delete<T>>,
                       std::is_nothrow_destructible<T>,
                       std::is_nothrow_invocable<D&, T*>>::value;

// Calls a deleter, as a part of an evaluation if this is one.
template <std::uint32_t phase, class F>
void Evaluate(F f) {
  if constexpr (phase == kNoPhase) {
    internal::CallNoThrow(f);
  } else {
    const Evaluation evaluation(phase);
    internal::CallNoThrow(f);
  }
}

// An object of type T, whose base class Base has a member node_, an
// ObjectNode<D>, and is a friend of this.
template <class T, class D, class Base, std::uint32_t phase>
struct ObjectOf {
  static void Retire(T* object, D&& deleter, const char* where) {
    if constexpr (kChecked && std::is_same_v<D, std::default_delete<T>>) {
      internal::CheckRetire(object, object, where);
    }
    static_cast<Base*>(object)->node_.deleter() = std::move(deleter);
    auto& domain = StdPolicy::domain();
    if constexpr (kHasRetiredBytes<T>) {
      Retired* const node = NodeOf(object);
      node->bytes = internal::FootprintOf(object);
      domain.Retire(RetiredEntry(object, node), node->bytes);
    } else {
      static constexpr RetiredType kType = {&Dispose, &NodeOf, sizeof(T)};
      domain.Retire(RetiredEntry(object, kType), sizeof(T));
    }
  }

 private:
  static T* ObjectAt(const void* address) {
    return static_cast<T*>(const_cast<void*>(address));
  }
  static Retired* NodeOf(const void* address) {
    ObjectNode<D>& node = static_cast<Base*>(ObjectAt(address))->node_;
    node.dispose = [](Retired* retired) { Dispose(retired->address); };
    return &node;
  }
  static void Dispose(const void* address) {
    T* const object = ObjectAt(address);
    if constexpr (kChecked && std::is_same_v<D, std::default_delete<T>>) {
      internal::Evaluate<phase>(
          [object] { internal::DeleteRetired(object, object); });
    } else {
      internal::Evaluate<phase>([object]() noexcept(kCallsNoThrow<T, D>) {
        D& stored = static_cast<Base*>(object)->node_.deleter();
        if constexpr (std::is_nothrow_move_constructible_v<D>) {
          // What the deleter needs outlives the object.
          D deleter(std::move(stored));
          deleter(object);
        } else {
          stored(object);
        }
      });
    }
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_OBJECT_BASE_H_
