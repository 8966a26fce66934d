// SPDX-License-Identifier: Apache-2.0

// Cell: the two words of a Value, and the protocol between them. BoxRef: a box
// that a reader keeps alive.
//
//   type_   the type of everything that the cell ever holds; written once, last
//   data_   the box
//
// Go claims the type word for the first store and lets all others spin until
// the claimer has written both. Here a box knows its own type, so the first
// store claims the data word, and a thread that finds it claimed writes the
// type word in the claimer's place. Nobody waits for anybody.
//
// The cell of a ValueOf has its type from the start.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_CELL_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_CELL_H_

#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/waiters.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/stop.h"
#include "sync_atomic/value/internal/type.h"

namespace sync_atomic {
namespace internal {

// Tells the compiler what it can't know. (ABSL_ASSUME asks, unless NDEBUG.)
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Assume(bool is_so) {
  if (!is_so) __builtin_unreachable();
}

// A box, and the slot that announces it; without a slot, one that was counted.
// As a BoxRef, but owns nothing, and so comes in registers from a call.
template <class Policy>
using Hazard = typename Domain<Policy>::template Hazard<Box<Policy>>;

// Threads: a BoxRef is one thread's at a time, and may end on another thread.
template <class Policy>
class BoxRef {
 public:
  using HazardSlot = typename Domain<Policy>::HazardSlot;

  BoxRef() = default;
  // A box that `slot` announces; with a null slot, one that was counted.
  BoxRef(Box<Policy>* box, HazardSlot* slot) : box_(box), slot_(slot) {}
  ABSL_ATTRIBUTE_ALWAYS_INLINE explicit BoxRef(Hazard<Policy> announced)
      : BoxRef(announced.object, announced.slot) {}
  // A box that no other thread knows yet: any scan of it comes later, and sees
  // what is announced now. Counts it where no slot is free.
  static BoxRef Hold(Box<Policy>& box) {
    HazardSlot* const slot = Policy::domain().Self().hazards.FindFree();
    if (slot == nullptr) {
      box.AddRef();
    } else {
      Domain<Policy>::Slots::SetProtected(*slot, &box);
    }
    return BoxRef(&box, slot);
  }
  BoxRef(BoxRef&& other) noexcept
      : box_(std::exchange(other.box_, nullptr)),
        slot_(std::exchange(other.slot_, nullptr)) {}
  // The copy counts, so that any number of them need no slots.
  BoxRef(const BoxRef& other) noexcept : box_(other.box_) {
    if (box_ != nullptr) box_->AddRef();
  }
  BoxRef& operator=(BoxRef other) noexcept {
    std::swap(box_, other.box_);
    std::swap(slot_, other.slot_);
    return *this;
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~BoxRef() {
    if (ABSL_PREDICT_TRUE(slot_ != nullptr)) {
      Policy::domain().Release(*slot_);
    } else if (box_ != nullptr) {
      box_->Unref();
    }
  }

  // Null when empty.
  Box<Policy>* box() const { return box_; }

 private:
  // Mutable, so that g++ keeps them in registers when the hold is const, too.
  mutable Box<Policy>* box_ = nullptr;
  mutable HazardSlot* slot_ = nullptr;
};

template <class Policy>
class Cell {
 public:
  using Type = internal::Type<Policy>;
  using Box = internal::Box<Policy>;
  using BoxRef = internal::BoxRef<Policy>;
  using Hazard = internal::Hazard<Policy>;
  using HazardSlot = typename Domain<Policy>::HazardSlot;

  constexpr Cell() = default;
  // Empty, with this type, and its box for that.
  constexpr Cell(const Type& type, Box& empty) : type_(&type), data_(&empty) {}
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;
  // Reads as empty from now on; what was loaded before stays valid.
  ~Cell() { Clear(); }

  // Null before the first store.
  const Type* type() const {
    CheckLife();
    return type_.load();
  }

  // What the cell holds; empty before the first store and after Clear().
  // Inlined always: it is the library's fast path, and a call would cost as
  // much as the load.
  ABSL_ATTRIBUTE_ALWAYS_INLINE BoxRef Load() const {
    // Readers decide by the type word. It is written last, so that the data
    // word is there too.
    CheckLife();
    const Type* const type = type_.load();
    if (ABSL_PREDICT_FALSE(type == nullptr)) return BoxRef();
    type->CheckDomain();
    return BoxRef(Load(*type));
  }

  // As Load(), for a caller who found that the cell has this type, which is of
  // this domain. Best with a type that the compiler knows. For a BoxRef.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Hazard Load(const Type& type) const {
    CheckLife();
    Box* box;
    HazardSlot* slot;
    if (ABSL_PREDICT_TRUE(Policy::domain().ProtectFast(data_, box, slot)) &&
        ABSL_PREDICT_TRUE(box != type.empty)) {
      // Where there is a type there is a box. The compiler so needs no more
      // questions to find its way through ~BoxRef().
      Assume(box != nullptr && slot != nullptr);
      return {box, slot};
    }
    return LoadSlow(type, slot);
  }

  // As Load(), for a caller that is pinned; null when empty.
  Box* LoadPinned() const {
    CheckLife();
    const Type* const type = type_.load();
    return type == nullptr ? nullptr : LoadPinned(*type);
  }
  Box* LoadPinned(const Type& type) const {
    CheckLife();
    Box* const box = data_.load();
    Assume(box != nullptr);
    return ABSL_PREDICT_TRUE(box != type.empty) ? box : nullptr;
  }

  // The box itself, the type's empty one too, for who only compares it.
  const Box* current() const {
    CheckLife();
    return data_.load();
  }

  // The first store: false if another thread was first. The cell has a type
  // when it returns. `box` is the cell's if true.
  bool StoreFirst(Box* box) {
    CheckLife();
    // The pin keeps alive the box that another thread may have stored first,
    // while its type is read.
    const BasicPin<Policy> pin(Policy::domain());
    box->type->NoteWeight(*box);
    Box* first = nullptr;
    const bool stored = data_.compare_exchange_strong(first, box);
    const Type* none = nullptr;
    type_.compare_exchange_strong(none, stored ? box->type : first->type);
    Changed();
    return stored;
  }

  // The following need the cell to have its type, which the caller has read
  // and checked. Once they have changed the data word they leave the cell
  // alone: a thread that sees the change may destroy the cell.

  // Stores `box` and returns what the cell held, empty if nothing.
  BoxRef Swap(Box* box, const Type& type) {
    CheckLife();
    const Box* const empty = type.empty;
    type.NoteWeight(*box);
    Box* const old = data_.exchange(box);
    Changed();
    if (old == empty) return BoxRef();
    old->AddRef();
    old->Retire();
    return BoxRef(old, nullptr);
  }

  void Store(Box* box, const Type& type) {
    CheckLife();
    const Box* const empty = type.empty;
    type.NoteWeight(*box);
    Box* const old = data_.exchange(box);
    Changed();
    if (old != empty) old->Retire(type.AtMost(*old));
  }

  // Stores `box` if the cell still holds `expected`, a box that the caller
  // keeps alive, and must retire if the answer is true.
  bool Replace(Box* expected, Box* box, const Type& type) {
    CheckLife();
    type.NoteWeight(*box);
    if (!data_.compare_exchange_strong(expected, box)) return false;
    Changed();
    return true;
  }

  // Stores `box` if the cell is empty.
  bool StoreIfEmpty(Box* box, const Type& type) {
    CheckLife();
    Box* empty = type.empty;
    type.NoteWeight(*box);
    if (!data_.compare_exchange_strong(empty, box)) return false;
    Changed();
    return true;
  }

  // Never puts null into the data word: a late first store would take that for
  // its chance.
  void Clear() {
    CheckLife();
    const Type* const type = type_.load();
    if (type == nullptr) return;
    type->CheckDomain();
    Store(type->empty, *type);
  }

  // The same, and what the cell held.
  BoxRef TakeOut() {
    CheckLife();
    const Type* const type = type_.load();
    if (type == nullptr) return BoxRef();
    type->CheckDomain();
    return Swap(type->empty, *type);
  }

  // Waits until the cell no longer holds `box`, which the caller keeps alive;
  // null: until it holds something. False: the deadline has passed, or a stop
  // was requested.
  template <class Token = NeverStops>
  bool WaitForChange(const Box* box, const Deadline& deadline,
                     const Token& token = {}) const {
    return WaitUntil([&] { return LoadPinned() != box; }, deadline, token);
  }
  // The same until changed(), which looks at the cell.
  template <class Changed, class Token>
  bool WaitUntil(const Changed& changed, const Deadline& deadline,
                 const Token& token) const {
    const WakesOnStop<Token> wakes(token);
    bool is_changed = false;
    Policy::waiters().Wait(this, deadline, [&] {
      is_changed = changed();
      return is_changed || token.stop_requested();
    });
    return is_changed;
  }

 private:
  // To be called before each use. In a checked build it terminates the program
  // if the cell has ended.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void CheckLife() const {
#if defined(SYNC_ATOMIC_CHECKED)
    life_.Check();
#endif
  }

  // To be called after each change of what the cell holds. Needs no more than
  // its address.
  void Changed() const { Policy::waiters().Wake(this); }

  ABSL_ATTRIBUTE_NOINLINE Hazard LoadSlow(const Type& type,
                                          HazardSlot* let_go) const {
    Domain<Policy>& domain = Policy::domain();
    if (let_go != nullptr) domain.Release(*let_go);
    auto& self = domain.EnableFastPath();
    if (HazardSlot* const slot = self.hazards.FindFree()) {
      bool retried = false;
      Box* const box = Domain<Policy>::Slots::Protect(*slot, data_, retried);
      if (box != nullptr) {
        if (retried) domain.HelpIfRequested(self);
        if (box != type.empty) return {box, slot};
        domain.Release(*slot);
        return {nullptr, nullptr};
      }
    }
    return {LoadCounted(), nullptr};
  }

  // Counts the box while a pin keeps it alive: when all slots are occupied, or
  // too many stores came in between.
  Box* LoadCounted() const {
    const BasicPin<Policy> pin(Policy::domain());
    Policy::domain().Self().statistics.counted_loads.Add(1);
    Box* const box = LoadPinned();
    if (box != nullptr) box->AddRef();
    return box;
  }

  typename Policy::template Atomic<const Type*> type_{nullptr};
  typename Policy::template Atomic<Box*> data_{nullptr};
#if defined(SYNC_ATOMIC_CHECKED)
  CellLife life_;
#endif
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_CELL_H_
