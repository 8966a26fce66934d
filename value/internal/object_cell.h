// SPDX-License-Identifier: Apache-2.0

// ObjectCell: what a ValueOf<T> does, once, but for how a misuse ends: as
// ValueCell, of which value_of.h makes the end or a status.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_OBJECT_CELL_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_OBJECT_CELL_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/alias_box.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/operations.h"
#include "sync_atomic/value/internal/type.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {
namespace internal {

// Smart pointers whose object a ValueOf<T> may adopt.
template <class T, class P>
inline constexpr bool kCanAdopt = false;
template <class T, class D, class Deleter>
inline constexpr bool kCanAdopt<T, std::unique_ptr<D, Deleter>> =
    !std::is_array_v<D> && std::is_convertible_v<D*, const T*> &&
    std::is_same_v<typename std::unique_ptr<D, Deleter>::pointer, D*>;
template <class T, class D>
inline constexpr bool kCanAdopt<T, std::shared_ptr<D>> =
    !std::is_array_v<D> && std::is_convertible_v<D*, const T*>;

// Classes that a ValueOf<T> keeps as they are, without slicing.
template <class T, class D>
inline constexpr bool kStaysItself =
    std::is_same_v<T, D> ||
    (std::is_base_of_v<T, D> && std::is_convertible_v<const D*, const T*>);

// Whether a ValueOf<T> can be made of a U. T may be incomplete where it is
// asked of a smart pointer.
template <class T, class U>
constexpr bool CanStore() {
  using V = std::decay_t<U>;
  if constexpr (kGivesBack<T, V>) {
    return true;
  } else if constexpr (kCanAdopt<T, V>) {
    return std::is_constructible_v<V, U>;
  } else if constexpr (kStaysItself<T, V>) {
    return std::is_constructible_v<V, U>;
  } else {
    return std::is_convertible_v<U, T>;
  }
}

template <class T>
class ObjectCell {
 public:
  static constexpr Operation kStore = {"store", "into ValueOf"};
  static constexpr Operation kSwap = {"swap", "into ValueOf"};
  static constexpr Operation kCompareAndSwap = {"compare and swap",
                                                "into ValueOf"};
  static constexpr Operation kUpdate = {"update", "into ValueOf"};

  constexpr ObjectCell() : cell_(EmptyType::type, EmptyType::empty) {}

  // --- Loading ---------------------------------------------------------------

  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> Load() const {
    const StdType* const held = cell_.type();
    return SnapshotFrom(
        StdBoxRef(ABSL_PREDICT_TRUE(held == &EmptyType::type)
                      ? cell_.Load(EmptyType::type)  // which the compiler knows
                      : internal::LoadConstructed(cell_, held)));
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE const T* LoadPinned() const {
    const StdType* const held = cell_.type();
    if (ABSL_PREDICT_FALSE(held != &EmptyType::type) &&
        !internal::IsConstructed(held)) {
      return nullptr;
    }
    return ObjectIn(*cell_.current());  // null in the box for "no value"
  }

  // What the data word is, which is never null.
  const StdBox* current() const { return cell_.current(); }
  // What it was when `loaded` was loaded.
  const StdBox* CurrentOf(const SnapshotOf<T>& loaded) const {
    const StdBox* const box = loaded.ref_.box();
    return box == nullptr ? cell_.type()->empty : box;
  }

  template <class Token>
  bool WaitForChange(const SnapshotOf<T>& seen, const Deadline& deadline,
                     const Token& token) const {
    const StdType& type = OwnType();
    return cell_.WaitUntil([&] { return !Holds(type, seen); }, deadline, token);
  }

  // --- Storing ---------------------------------------------------------------

  template <class U>
  Refusal Store(U&& value) {
    static_assert(!std::is_same_v<std::decay_t<U>, Empty>,
                  "Store(Empty()): write Clear()");
    if (const Refusal refusal = CheckValue(value)) return refusal;
    const StdType& type = OwnType();
    NewBox box = MakeDesired(type, std::forward<U>(value));
    internal::Store(cell_, type, box.release());
    return {};
  }

  template <class D, class... A>
  void Emplace(A&&... args) {
    const StdType& type = OwnType();
    internal::Store(cell_, type, new InPlaceBox<D>(std::forward<A>(args)...));
  }

  template <class U>
  Result<SnapshotOf<T>> Swap(U&& value) {
    if (const Refusal refusal = CheckValue(value)) return refusal;
    const StdType& type = OwnType();
    NewBox box = MakeDesired(type, std::forward<U>(value));
    return SnapshotFrom(cell_.Swap(box.release(), type));
  }

  // Of what Swap returned.
  static bool WaitUntilUnread(const SnapshotOf<T>& old,
                              const Deadline& deadline) {
    return internal::WaitUntilUnread(old.ref_.box(), deadline);
  }

  // Where an E stands for what the cell holds: a T or what converts to one,
  // Empty, nullptr, or a snapshot.
  template <class E>
  static constexpr bool kIsExpected =
      std::is_convertible_v<const E&, const T&> || kIsNothing<E> ||
      kGivesBack<T, E>;

  template <class E, class U>
  Result<bool> CompareAndSwap(const E& expected, U&& desired) {
    if (const Refusal refusal = CheckValue(desired)) return refusal;
    const StdType& type = OwnType();
    if constexpr (kIsNothing<E>) {
      NewBox box = MakeDesired(type, std::forward<U>(desired));
      return internal::StoreIfEmpty(cell_, type, box);
    } else if constexpr (kGivesBack<T, E>) {
      StdBox* const old = expected.ref_.box();
      NewBox box = MakeDesired(type, std::forward<U>(desired));
      return old == nullptr ? internal::StoreIfEmpty(cell_, type, box)
                            : ReplaceSame(type, old, expected.get(), box);
    } else {
      const T& value = expected;
      return internal::ReplaceEqual(
          cell_, type,
          [&](const StdBox& box) -> bool { return *ObjectIn(box) == value; },
          [&] { return MakeDesired(type, std::forward<U>(desired)); });
    }
  }

  // `accept` is called as AcceptAll is.
  template <class F, class Init = const NoInit, class Accept = AcceptAll>
  Result<SnapshotOf<T>> Update(F& f, Init& init = {},
                               const Accept& accept = {}) {
    Refusal refusal;
    const auto box_of = [&](auto&& made) {
      refusal = CheckValue(made);
      return refusal ? NewBox() : MakeBox(std::forward<decltype(made)>(made));
    };
    const auto make = [&](auto&& made) {
      using Made = decltype(made);
      return accept(std::forward<Made>(made), box_of,
                    std::bool_constant<CanStore<T, Made>()>());
    };
    StdBoxRef stored = internal::UpdateBox(
        cell_, OwnType(),
        [&](const StdBox& box) {
          return make(internal::Invoke(f, *ObjectIn(box)));
        },
        [&] { return internal::MakeInit(init, make); });
    if (refusal) return refusal;
    return SnapshotFrom(std::move(stored));
  }

  void Clear() { cell_.Clear(); }

 private:
  friend struct CellAccess;
  using ObjectBox = internal::ObjectBox<StdPolicy, T>;
  // What stands in the cell's type word, and its box for "no value".
  using EmptyType = TypeOfObjects<StdPolicy, T>;
  template <class D>
  using InPlaceBox = internal::InPlaceBox<StdPolicy, T, D>;
  template <class P>
  using AdoptingBox = internal::AdoptingBox<StdPolicy, T, P>;

  // The cell's type, for a change of the cell; terminates the program if the
  // cell is not constructed yet, or not of the caller's domain. It need not be
  // EmptyType::type: another library that shares the domain may have one of its
  // own for T, with another box for "no value".
  ABSL_ATTRIBUTE_ALWAYS_INLINE const StdType& OwnType() const {
    const StdType* const held = cell_.type();
    if (ABSL_PREDICT_FALSE(held != &EmptyType::type) &&
        !internal::IsConstructed(held)) {
      internal::FatalMisuse("use of ValueOf before its constructor",
                            internal::TypeName<T>(), "");
    }
    return *held;
  }

  static const T* ObjectIn(const StdBox& box) {
    return static_cast<const ObjectBox&>(box).object;
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE static SnapshotOf<T> SnapshotFrom(
      StdBoxRef held) {
    if (ABSL_PREDICT_FALSE(held.box() == nullptr)) return SnapshotOf<T>();
    const T* const object = ObjectIn(*held.box());
    internal::Assume(object != nullptr);
    return SnapshotOf<T>(std::move(held), object);
  }

  // What storing `value` would be.
  template <class V>
  static Refusal CheckValue([[maybe_unused]] const V& value) {
    if constexpr (kCanAdopt<T, V>) {
      if (value == nullptr) return {Misuse::kNil, &EmptyType::type};
    }
    return {};
  }

  // Whether the cell holds what `seen` does.
  bool Holds(const StdType& type, const SnapshotOf<T>& seen) const {
    const StdBox* const box = seen.ref_.box();
    if (box == nullptr) return cell_.current() == type.empty;
    return cell_.current() == box ||
           (type.weights->has_aliases() && Load() == seen);
  }

  // CompareAndSwap by identity, of what the caller keeps alive.
  bool ReplaceSame(const StdType& type, StdBox* old, const T* object,
                   NewBox& box) {
    return internal::ReplaceSame(cell_, type, old, box) ||
           (type.weights->has_aliases() &&
            ReplaceAlias(type, *old, object, box));
  }
  ABSL_ATTRIBUTE_NOINLINE bool ReplaceAlias(const StdType& type,
                                            const StdBox& old, const T* object,
                                            NewBox& box) {
    for (Backoff backoff;; backoff.Pause()) {
      StdBoxRef held(cell_.Load(type));
      if (held.box() == nullptr || ObjectIn(*held.box()) != object ||
          !internal::HaveOneRoot(*held.box(), old)) {
        return false;
      }
      if (internal::Replaced(cell_, type, std::move(held), box)) return true;
    }
  }

  // Of what is stored: a value, what a snapshot holds, or Empty.
  template <class U>
  static NewBox MakeDesired([[maybe_unused]] const StdType& type, U&& value) {
    using V = std::decay_t<U>;
    if constexpr (std::is_same_v<V, Empty>) {
      return NewBox(type.empty);
    } else if constexpr (kGivesBack<T, V>) {
      const StdBox* const box = value.ref_.box();
      if (box == nullptr) return NewBox(type.empty);
      type.weights->NoteAlias();
      return NewBox(new AliasBox<StdPolicy, T>(*box, value.get()));
    } else {
      return MakeBox(std::forward<U>(value));
    }
  }

  template <class U>
  static NewBox MakeBox(U&& value) {
    using V = std::decay_t<U>;
    if constexpr (kCanAdopt<T, V>) {
      // Allocated first: without memory `value` is unchanged.
      return NewBox(new AdoptingBox<V>(V(std::forward<U>(value))));
    } else if constexpr (kStaysItself<T, V>) {
      return NewBox(new InPlaceBox<V>(std::forward<U>(value)));
    } else {
      static_assert(std::is_convertible_v<U, T>,
                    "ValueOf<T> stores a T, a class derived from T, a "
                    "unique_ptr or shared_ptr to one, or what converts to T");
      return NewBox(new InPlaceBox<T>(std::forward<U>(value)));
    }
  }

  StdCell cell_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_OBJECT_CELL_H_
