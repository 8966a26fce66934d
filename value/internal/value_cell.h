// SPDX-License-Identifier: Apache-2.0

// ValueCell: what a Value does, once, but for how a misuse ends: each operation
// returns a Refusal or a Result, of which value.h makes the end or a status.
//
// Each reads the cell's type word once, before it looks at what the cell holds.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_VALUE_CELL_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_VALUE_CELL_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/operations.h"
#include "sync_atomic/value/internal/type.h"
#include "sync_atomic/value/is_nil.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {
namespace internal {

template <class T>
inline constexpr bool kIsInPlaceType = false;
template <class T>
inline constexpr bool kIsInPlaceType<std::in_place_type_t<T>> = true;

class ValueCell {
 public:
  // The type under which a T is kept.
  template <class T>
  using Stored = std::decay_t<T>;

  static constexpr Operation kStore = {"store", "into Value"};
  static constexpr Operation kSwap = {"swap", "into Value"};
  static constexpr Operation kCompareAndSwap = {"compare and swap",
                                                "into Value"};
  static constexpr Operation kUpdate = {"update", "into Value"};
  static constexpr Operation kLoad = {"load", "from Value"};

  // --- Loading ---------------------------------------------------------------

  ABSL_ATTRIBUTE_ALWAYS_INLINE Snapshot Load() const {
    return Snapshot(cell_.Load());
  }

  template <class V>
  Result<SnapshotOf<V>> Load() const {
    CheckStorable<V>();
    const Result<StdHazard> loaded =
        internal::LoadChecked(cell_, cell_.type(), TypeOf<V>::type);
    if (loaded.refusal) return loaded.refusal;
    return SnapshotFrom<V>(StdBoxRef(loaded.value));
  }
  // The fast path: it knows no Result, which would take it two instructions.
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<V> LoadOrDie() const {
    CheckStorable<V>();
    const StdType* const held = cell_.type();
    return SnapshotFrom<V>(
        StdBoxRef(ABSL_PREDICT_TRUE(held == &TypeOf<V>::type)
                      ? cell_.Load(TypeOf<V>::type)  // which the compiler knows
                      : LoadOther(held, TypeOf<V>::type)));
  }

  template <class V>
  Result<const V*> LoadPinned() const {
    CheckStorable<V>();
    const Result<const StdBox*> loaded =
        internal::LoadPinnedChecked(cell_, cell_.type(), TypeOf<V>::type);
    if (loaded.refusal) return loaded.refusal;
    return PointerIn<V>(loaded.value);
  }
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const V* LoadPinnedOrDie() const {
    CheckStorable<V>();
    const StdType* const held = cell_.type();
    return PointerIn<V>(ABSL_PREDICT_TRUE(held == &TypeOf<V>::type)
                            ? cell_.LoadPinned(TypeOf<V>::type)
                            : LoadPinnedOther(held, TypeOf<V>::type));
  }

  template <class AnySnapshot, class Token>
  bool WaitForChange(const AnySnapshot& seen, const Deadline& deadline,
                     const Token& token) const {
    return cell_.WaitForChange(seen.ref_.box(), deadline, token);
  }

  // --- Storing ---------------------------------------------------------------

  template <class T>
  Refusal Store(T&& value) {
    CheckNotArray<T>();
    using V = Stored<T>;
    const StdType* const held = cell_.type();
    if (const Refusal refusal = CheckValue<V>(held, value)) return refusal;
    return internal::StoreChecked(cell_, held,
                                  new BoxOf<V>(std::forward<T>(value)));
  }

  template <class V, class... A>
  Refusal Emplace(A&&... args) {
    CheckStorable<V>();
    NewBox box = MakeBox<V>(std::forward<A>(args)...);
    const StdType* const held = cell_.type();
    if (ABSL_PREDICT_FALSE(IsNil<V>()(ValueIn<V>(*box)))) {
      return {Misuse::kNil, held};
    }
    return internal::StoreChecked(cell_, held, box.release());
  }

  template <class T>
  Result<Snapshot> Swap(T&& value) {
    CheckNotArray<T>();
    using V = Stored<T>;
    if constexpr (std::is_same_v<V, Empty>) {
      return Snapshot(cell_.TakeOut());
    } else {
      const StdType* const held = cell_.type();
      if (const Refusal refusal = CheckValue<V>(held, value)) return refusal;
      Result<StdBoxRef> old = internal::SwapChecked(
          cell_, held, MakeBox<V>(std::forward<T>(value)));
      if (old.refusal) return old.refusal;
      return Snapshot(std::move(old.value));
    }
  }

  // Of what Swap returned.
  static bool WaitUntilUnread(const Snapshot& old, const Deadline& deadline) {
    return internal::WaitUntilUnread(old.ref_.box(), deadline);
  }

  // Where an E stands for what the cell holds, to be replaced by a V: an equal
  // value, Empty, nullptr, or a snapshot of either kind. By Empty any value may
  // be replaced.
  template <class E, class V>
  static constexpr bool kIsExpected =
      std::is_same_v<E, V> || kIsNothing<E> || kIsSnapshot<E> ||
      std::is_same_v<V, Empty>;

  template <class E, class V>
  Result<bool> CompareAndSwap(const E& expected, V& desired) {
    if constexpr (std::is_same_v<V, Empty>) {
      return TakeOut(expected);
    } else if constexpr (kIsNothing<E>) {
      return StoreIfEmpty(desired);
    } else if constexpr (kIsSnapshot<E>) {
      StdBox* const old = expected.ref_.box();
      return old == nullptr ? StoreIfEmpty(desired) : ReplaceSame(old, desired);
    } else {
      return IsNil<V>()(expected) ? StoreIfEmpty(desired)
                                  : ReplaceEqual(expected, desired);
    }
  }

  // `accept` is called as AcceptAll is.
  template <class V, class F, class Init = const NoInit,
            class Accept = AcceptAll>
  Result<SnapshotOf<V>> Update(F& f, Init& init = {},
                               const Accept& accept = {}) {
    const StdType* held = cell_.type();
    if (const Refusal refusal = CheckUse<V>(held)) return refusal;
    bool is_nil = false;
    const auto box_of = [&](auto&& made) {
      static_assert(std::is_convertible_v<decltype(made), V>,
                    "Update(f): f(const T&) returns a T");
      NewBox box = MakeBox<V>(std::forward<decltype(made)>(made));
      is_nil = IsNil<V>()(ValueIn<V>(*box));
      if (is_nil) box.reset();
      return box;
    };
    const auto make = [&](auto&& made) {
      using Made = decltype(made);
      return accept(std::forward<Made>(made), box_of,
                    std::bool_constant<std::is_convertible_v<Made, V>>());
    };
    const auto make_init = [&] { return internal::MakeInit(init, make); };
    StdBoxRef stored;
    if (held == nullptr) {
      NewBox box = make_init();
      if (is_nil) return Refusal{Misuse::kNil, held};
      if (box == nullptr) return SnapshotOf<V>();
      stored = StdBoxRef::Hold(*box);
      if (StoredFirst(cell_, held, box)) {
        return SnapshotFrom<V>(std::move(stored));
      }
      stored = StdBoxRef();
      if (const Refusal refusal = CheckUse<V>(held)) return refusal;
    }
    stored = internal::UpdateBox(
        cell_, *held,
        [&](const StdBox& box) {
          return make(internal::Invoke(f, ValueIn<V>(box)));
        },
        make_init);
    if (is_nil) return Refusal{Misuse::kNil, held};
    return SnapshotFrom<V>(std::move(stored));
  }

  void Clear() { cell_.Clear(); }

 private:
  friend struct CellAccess;
  template <class V>
  using BoxOf = internal::BoxOf<StdPolicy, V>;
  template <class V>
  using TypeOf = internal::TypeOf<StdPolicy, V>;

  // --- Checks ----------------------------------------------------------------

  // Types that a cell may hold.
  template <class V>
  static constexpr void CheckStorable() {
    static_assert(std::is_same_v<V, std::decay_t<V>>,
                  "T is a plain type, as the Value keeps it");
    static_assert(!kIsSnapshot<V> && !std::is_same_v<V, Empty>,
                  "a Value holds values: store what the snapshot holds");
  }
  template <class T>
  static constexpr void CheckNotArray() {
    static_assert(!std::is_array_v<std::remove_reference_t<T>>,
                  "a Value does not hold a C array or a string literal: give "
                  "it a std::array or a std::string");
  }

  // What a use as a V is, of a cell whose type word is `held`.
  template <class V>
  static Refusal CheckUse(const StdType* held) {
    CheckStorable<V>();
    return internal::CheckType(held, TypeOf<V>::type);
  }
  // What storing `value` in it would be.
  template <class V>
  static Refusal CheckValue(const StdType* held, const V& value) {
    if (ABSL_PREDICT_FALSE(IsNil<V>()(value))) return {Misuse::kNil, held};
    return CheckUse<V>(held);
  }

  // --- Boxes -----------------------------------------------------------------

  template <class V, class... A>
  static NewBox MakeBox(A&&... args) {
    return NewBox(new BoxOf<V>(std::forward<A>(args)...));
  }
  template <class V>
  static const V& ValueIn(const StdBox& box) {
    return static_cast<const BoxOf<V>&>(box).value;
  }
  template <class V>
  static const V* PointerIn(const StdBox* box) {
    return box == nullptr ? nullptr : std::addressof(ValueIn<V>(*box));
  }
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static SnapshotOf<V> SnapshotFrom(
      StdBoxRef held) {
    if (ABSL_PREDICT_FALSE(held.box() == nullptr)) return SnapshotOf<V>();
    const V* const value = std::addressof(ValueIn<V>(*held.box()));
    return SnapshotOf<V>(std::move(held), value);
  }

  // --- Parts of the above ----------------------------------------------------

  ABSL_ATTRIBUTE_NOINLINE StdHazard LoadOther(const StdType* held,
                                              const StdType& type) const {
    return internal::OrDie(internal::LoadChecked(cell_, held, type), kLoad,
                           type.name);
  }
  ABSL_ATTRIBUTE_NOINLINE const StdBox* LoadPinnedOther(
      const StdType* held, const StdType& type) const {
    return internal::OrDie(internal::LoadPinnedChecked(cell_, held, type),
                           kLoad, type.name);
  }

  // CompareAndSwap by Empty.
  template <class E>
  Result<bool> TakeOut(const E& expected) {
    const StdType* const held = cell_.type();
    StdBox* old = nullptr;
    if constexpr (kIsSnapshot<E>) {
      old = expected.ref_.box();
      if (old != nullptr) {
        if (const Refusal refusal = CheckType(held, *old->type)) return refusal;
      }
    } else if constexpr (!kIsNothing<E>) {
      if (const Refusal refusal = CheckUse<E>(held)) return refusal;
      if (!IsNil<E>()(expected)) {
        if (held == nullptr) return false;
        return internal::ReplaceEqual(
            cell_, *held,
            [&](const StdBox& box) { return ValueIn<E>(box) == expected; },
            [&] { return NewBox(held->empty); });
      }
    }
    if (held == nullptr) return old == nullptr;
    if (old == nullptr) return cell_.current() == held->empty;
    NewBox box(held->empty);
    return internal::ReplaceSame(cell_, *held, old, box);
  }

  template <class V>
  Result<bool> StoreIfEmpty(V& desired) {
    const StdType* const held = cell_.type();
    if (const Refusal refusal = CheckValue<V>(held, desired)) return refusal;
    return internal::StoreIfEmptyChecked(cell_, held,
                                         MakeBox<V>(std::move(desired)));
  }
  template <class V>
  Result<bool> ReplaceSame(StdBox* old, V& desired) {
    CheckStorable<V>();
    const StdType* const held = cell_.type();
    if (IsNil<V>()(desired)) return Refusal{Misuse::kNil, held};
    if (*old->type != TypeOf<V>::type) {
      return Refusal{Misuse::kOtherTypes, old->type};
    }
    if (const Refusal refusal = CheckUse<V>(held)) return refusal;
    if (held == nullptr) return false;
    NewBox box = MakeBox<V>(std::move(desired));
    return internal::ReplaceSame(cell_, *held, old, box);
  }
  template <class V>
  Result<bool> ReplaceEqual(const V& expected, V& desired) {
    const StdType* const held = cell_.type();
    if (const Refusal refusal = CheckValue<V>(held, desired)) return refusal;
    if (held == nullptr) return false;
    return internal::ReplaceEqual(
        cell_, *held,
        [&](const StdBox& box) -> bool { return ValueIn<V>(box) == expected; },
        [&] { return MakeBox<V>(std::move(desired)); });
  }

  StdCell cell_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_VALUE_CELL_H_
