// SPDX-License-Identifier: Apache-2.0

// What Value and ValueOf<T> do with a cell and a box, whatever is in the box:
// compiled once, and not for each type.
//
// A caller has read the cell's type word, once, and passes it on as `held` or,
// where it isn't null, as `type`.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_OPERATIONS_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_OPERATIONS_H_

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/platform/futex.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/type.h"

namespace sync_atomic {
namespace internal {

using StdBox = Box<StdPolicy>;
using StdBoxRef = BoxRef<StdPolicy>;
using StdCell = Cell<StdPolicy>;
using StdHazard = Hazard<StdPolicy>;
using StdType = Type<StdPolicy>;

// A box before a cell has it. It may be the type's box for "no value", where a
// cell is to be emptied.
struct DestroyBox {
  void operator()(StdBox* box) const {
    if (box->dispose != nullptr) box->dispose(box);
  }
};
using NewBox = std::unique_ptr<StdBox, DestroyBox>;

// --- The type word -----------------------------------------------------------

// What a use of the cell as one of `given` is.
ABSL_ATTRIBUTE_NOINLINE inline Refusal CheckOtherType(const StdType* held,
                                                      const StdType& given) {
  if (held == nullptr) return {};
  held->CheckDomain();
  if (*held == given) return {};
  return {Misuse::kOtherType, held};
}
inline Refusal CheckType(const StdType* held, const StdType& given) {
  if (ABSL_PREDICT_TRUE(held == &given)) return {};
  return CheckOtherType(held, given);
}

// Makes the box a cell's first value, and takes it, if the cell has no type. It
// has one afterwards: `held`, if false.
inline bool StoredFirst(StdCell& cell, const StdType*& held, NewBox& box) {
  if (ABSL_PREDICT_TRUE(held != nullptr)) return false;
  if (cell.StoreFirst(box.get())) {
    box.release();
    return true;
  }
  held = cell.type();
  return false;
}

// --- Of both -----------------------------------------------------------------

// Replaces what `held` holds. It is released before it is retired, so that it
// can be destroyed at once.
ABSL_ATTRIBUTE_NOINLINE inline bool Replaced(StdCell& cell, const StdType& type,
                                             StdBoxRef held, NewBox& box) {
  StdBox* const old = held.box();
  const std::size_t bytes = old->bytes;
  if (!cell.Replace(old, box.get(), type)) return false;
  box.release();
  held = StdBoxRef();
  old->Retire(bytes);
  return true;
}

// Store. The cell has this type.
ABSL_ATTRIBUTE_NOINLINE inline void Store(StdCell& cell, const StdType& type,
                                          StdBox* box) {
  cell.Store(box, type);
}

// CompareAndSwap of an empty cell. Takes the box, if it does it.
inline bool StoreIfEmpty(StdCell& cell, const StdType& type, NewBox& box) {
  if (!cell.StoreIfEmpty(box.get(), type)) return false;
  box.release();
  return true;
}

// CompareAndSwap by identity. The caller keeps `old` alive.
ABSL_ATTRIBUTE_NOINLINE inline bool ReplaceSame(StdCell& cell,
                                                const StdType& type,
                                                StdBox* old, NewBox& box) {
  if (!cell.Replace(old, box.get(), type)) return false;
  box.release();
  old->Retire();
  return true;
}

// CompareAndSwap by value: is_expected(const StdBox&) compares, and make()
// makes the box, once.
template <class IsExpected, class Make>
bool ReplaceEqual(StdCell& cell, const StdType& type,
                  const IsExpected& is_expected, const Make& make) {
  NewBox box;
  for (Backoff backoff;; backoff.Pause()) {
    StdBoxRef held(cell.Load(type));
    if (held.box() == nullptr || !is_expected(*held.box())) return false;
    if (box == nullptr) box = make();
    if (internal::Replaced(cell, type, std::move(held), box)) return true;
  }
}

// An f given to Update may decline: accept(made, box_of, can_store) makes a box
// of what f made, by box_of(value), or none. `can_store` is a
// std::bool_constant that says whether the cell takes what f made as it is.
// This one takes all.
struct AcceptAll {
  template <class Made, class BoxOf, class CanStore>
  NewBox operator()(Made&& made, const BoxOf& box_of, CanStore) const {
    return box_of(std::forward<Made>(made));
  }
};

// An init that leaves an empty cell empty.
struct NoInit {};
template <class Init, class Make>
NewBox MakeInit([[maybe_unused]] Init& init,
                [[maybe_unused]] const Make& make) {
  if constexpr (std::is_same_v<Init, const NoInit>) {
    return NewBox();
  } else {
    return make(internal::Invoke(init));
  }
}

// Update: make(const StdBox&) makes the box to replace that one by, and init()
// that for an empty cell; null: there is none, and nothing is stored. Returns
// what was stored.
template <class Make, class Init>
StdBoxRef UpdateBox(StdCell& cell, const StdType& type, const Make& make,
                    const Init& init) {
  for (Backoff backoff;; backoff.Pause()) {
    StdBoxRef held(cell.Load(type));
    const bool is_empty = held.box() == nullptr;
    NewBox box = is_empty ? init() : make(*held.box());
    if (box == nullptr) return StdBoxRef();
    // Held for the result before others can replace it.
    StdBoxRef stored = StdBoxRef::Hold(*box);
    if (is_empty ? internal::StoreIfEmpty(cell, type, box)
                 : internal::Replaced(cell, type, std::move(held), box)) {
      return stored;
    }
  }
}

// Before an operation that waits for readers: the caller may be none.
ABSL_ATTRIBUTE_NOINLINE inline void CheckNotPinned() {
  if (StdPolicy::domain().Self().pin.since() != 0) {
    Fatal("sync/atomic: StoreAndWait or SwapAndWait while pinned");
  }
}

// Waits until nobody but the caller, who counted it, holds the box, which no
// cell has any more, nor the one that it is an alias of. False: the deadline
// has passed. A reclaim drops the cell's count once no slot or pin protects the
// box.
ABSL_ATTRIBUTE_NOINLINE inline bool WaitUntilUnread(const StdBox* box,
                                                    const Deadline& deadline) {
  if (box == nullptr) return true;
  const StdBox& root = box->type->root(*box);
  for (int round = 0;; ++round) {
    StdPolicy::domain().Reclaim();
    if (box->count.load() == 1 && root.count.load() == 1) return true;
    if (SteadyNanoseconds() >= deadline.steady_nanoseconds) return false;
    StdPolicy::Pause(round, /*brief=*/false);
  }
}

// --- Of a Value --------------------------------------------------------------

// Loads, of a cell that has no type yet, or another one than `given`, which may
// be that of another library for the same C++ type.
ABSL_ATTRIBUTE_NOINLINE inline Result<StdHazard> LoadChecked(
    const StdCell& cell, const StdType* held, const StdType& given) {
  if (const Refusal refusal = CheckType(held, given)) return refusal;
  return held == nullptr ? StdHazard() : cell.Load(*held);
}
ABSL_ATTRIBUTE_NOINLINE inline Result<const StdBox*> LoadPinnedChecked(
    const StdCell& cell, const StdType* held, const StdType& given) {
  if (const Refusal refusal = CheckType(held, given)) return refusal;
  return held == nullptr ? nullptr : cell.LoadPinned(*held);
}

// Store. Takes the box, which decides the type, or must be of the cell's.
ABSL_ATTRIBUTE_NOINLINE inline Refusal StoreOther(StdCell& cell,
                                                  const StdType* held,
                                                  StdBox* box) {
  NewBox owned(box);
  if (StoredFirst(cell, held, owned)) return {};
  const Refusal refusal = CheckType(held, *box->type);
  if (!refusal) cell.Store(owned.release(), *held);
  return refusal;
}
ABSL_ATTRIBUTE_NOINLINE inline Refusal StoreChecked(StdCell& cell,
                                                    const StdType* held,
                                                    StdBox* box) {
  if (ABSL_PREDICT_FALSE(held != box->type)) {
    return StoreOther(cell, held, box);
  }
  cell.Store(box, *held);
  return {};
}

// Swap, as Store.
ABSL_ATTRIBUTE_NOINLINE inline Result<StdBoxRef> SwapChecked(
    StdCell& cell, const StdType* held, NewBox box) {
  if (StoredFirst(cell, held, box)) return StdBoxRef();
  if (const Refusal refusal = CheckType(held, *box->type)) return refusal;
  return cell.Swap(box.release(), *held);
}

// CompareAndSwap of an empty cell.
ABSL_ATTRIBUTE_NOINLINE inline Result<bool> StoreIfEmptyChecked(
    StdCell& cell, const StdType* held, NewBox box) {
  if (StoredFirst(cell, held, box)) return true;
  if (const Refusal refusal = CheckType(held, *box->type)) return refusal;
  return StoreIfEmpty(cell, *held, box);
}

// --- Of a ValueOf ------------------------------------------------------------

// False before the dynamic constructor of an object that holds the cell has
// run, as in a global that another one reads as it is made: it is all zeros
// then, and reads as empty. Terminates the program if the cell is not of the
// caller's domain.
ABSL_ATTRIBUTE_NOINLINE inline bool IsConstructed(const StdType* type) {
  if (type == nullptr) return false;
  type->CheckDomain();
  return true;
}

ABSL_ATTRIBUTE_NOINLINE inline StdHazard LoadConstructed(const StdCell& cell,
                                                         const StdType* type) {
  return IsConstructed(type) ? cell.Load(*type) : StdHazard();
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_OPERATIONS_H_
