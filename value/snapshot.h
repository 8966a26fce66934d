// SPDX-License-Identifier: Apache-2.0

// Snapshot, SnapshotOf<T>: what a Value held when it was loaded. It stays as it
// is, alive and unchanged, for as long as the snapshot lives.
//
//   atomic::SnapshotOf<Config> config = current.Load<Config>();
//   if (config) Serve(config->address, config->port);  // of one Config
//   if (config == current.Load<Config>()) KeepServing();
//   atomic::SnapshotOf<std::string> address = config.Project(&Config::address);
//
// Do not use it to own something for good: the object is the cell's, and a
// snapshot keeps a replaced one in memory.
//
// Threads:   a snapshot is used by one thread at a time, like a std::string,
//            and may be moved or copied to other threads; it may outlive its
//            cell and its thread.
// Order:     whatever was done before the Store happens before any read of the
//            value.
// Progress:  everything is wait-free, except that the end of the last snapshot
//            of a replaced object runs its destructor, and may run others that
//            waited for it. A copy writes a cache line that the copies share; a
//            move and the end of what Load returned do not.
// Ownership: keeps its object alive, and nothing else. A pointer or reference
//            into the object is good for as long as the snapshot lives; a
//            temporary one lives to the end of the full expression. Before
//            C++23 that is too short for a range-for: write `const auto s =
//            cell.Load<T>(); for (auto& x : s->items)`, and not `for (auto& x :
//            cell.Load<T>()->items)`, which dangles.
// Errors:    *, -> and Get terminate the program on an empty snapshot; Get, As
//            and Share on another type, with a message that names both.
//
// A snapshot of a class converts to one of its base class, as pointers do.
//
// ==, !=, std::hash and absl::Hash are of the identity: the same object, not an
// equal one; two empty ones are equal, and equal to nullptr. In a stream stands
// the value, or its address if it has no text.

#ifndef SYNC_ATOMIC_VALUE_SNAPSHOT_H_
#define SYNC_ATOMIC_VALUE_SNAPSHOT_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/identity.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/type.h"

namespace sync_atomic {

template <class T>
class SnapshotOf;
class Value;
template <class T>
class ValueOf;
namespace internal {
class ValueCell;
template <class T>
class ObjectCell;
struct CellAccess;
struct SnapshotAccess;
struct SnapshotOfBox;
}  // namespace internal

// What a cell without a value holds, as an argument of CompareAndSwap.
struct Empty {
  explicit constexpr Empty() = default;
};

// A snapshot of a value of any type.
class Snapshot : public internal::Identified<Snapshot> {
 public:
  // Empty.
  Snapshot() = default;
  Snapshot(const Snapshot&) = default;
  Snapshot(Snapshot&&) noexcept = default;
  Snapshot& operator=(const Snapshot&) = default;
  Snapshot& operator=(Snapshot&&) noexcept = default;
  // In large files g++ would call it: it is half of a load.
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~Snapshot() = default;

  explicit operator bool() const noexcept { return ref_.box() != nullptr; }

  // Returns the value; terminates the program on an empty snapshot and on
  // another type.
  template <class T>
  const T& Get() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    const T* const value = TryGet<T>();
    if (ABSL_PREDICT_FALSE(value == nullptr)) {
      internal::FatalMisuse("get of inconsistently typed value from Snapshot",
                            type_name(), internal::TypeName<T>());
    }
    return *value;
  }

  // Returns a pointer to the value; null on an empty snapshot and on another
  // type.
  template <class T>
  const T* TryGet() const noexcept ABSL_ATTRIBUTE_LIFETIME_BOUND {
    using TypeOf = internal::TypeOf<internal::StdPolicy, T>;
    const auto* const box = ref_.box();
    if (box == nullptr || *box->type != TypeOf::type) return nullptr;
    return std::addressof(
        static_cast<const internal::BoxOf<internal::StdPolicy, T>*>(box)
            ->value);
  }

  // Returns a snapshot of the same value as a T; empty when empty. On another
  // type As terminates the program, and TryAs returns an empty one. Of a
  // temporary snapshot they count nothing.
  template <class T>
  SnapshotOf<T> As() const& {
    return Snapshot(*this).As<T>();
  }
  template <class T>
  SnapshotOf<T> As() && {
    if (ref_.box() == nullptr) return SnapshotOf<T>();
    const T* const value = std::addressof(Get<T>());
    return SnapshotOf<T>(std::move(ref_), value);
  }
  template <class T>
  SnapshotOf<T> TryAs() const& {
    return Snapshot(*this).TryAs<T>();
  }
  template <class T>
  SnapshotOf<T> TryAs() && {
    const T* const value = TryGet<T>();
    if (value == nullptr) return SnapshotOf<T>();
    return SnapshotOf<T>(std::move(ref_), value);
  }

  // Returns the value for code that takes a shared_ptr, as SnapshotOf does;
  // null when empty; terminates the program on another type.
  template <class T>
  std::shared_ptr<const T> Share() const {
    return As<T>().Share();
  }

  // Returns the name of the value's type; "" when empty. It is never freed.
  std::string_view type_name() const noexcept {
    return ref_.box() == nullptr ? "" : ref_.box()->type->name;
  }

 private:
  friend class internal::ValueCell;
  friend struct internal::SnapshotAccess;

  explicit Snapshot(internal::BoxRef<internal::StdPolicy> hold)
      : ref_(std::move(hold)) {}

  internal::BoxRef<internal::StdPolicy> ref_;
};

// A snapshot of a value whose type is known, or of a part of one.
template <class T>
class SnapshotOf : public internal::Identified<SnapshotOf<T>> {
  // Of what a snapshot is one of a T, too: a class derived from T.
  template <class U>
  using IfConverts =
      std::enable_if_t<!std::is_same_v<U, T> &&
                       std::is_convertible_v<const U*, const T*>>;

 public:
  // Empty.
  SnapshotOf() = default;
  // The same object as one of its base class; empty when empty.
  template <class U, class = IfConverts<U>>
  // NOLINTNEXTLINE(google-explicit-constructor): implicit, as of pointers
  SnapshotOf(SnapshotOf<U> other)
      // Of an empty one, no way leads to a virtual base.
      : object_(other.ref_.box() == nullptr ? nullptr : other.object_),
        ref_(std::move(other.ref_)) {}
  // snapshot.As<T>()
  explicit SnapshotOf(Snapshot snapshot)
      : SnapshotOf(std::move(snapshot).template As<T>()) {}
  SnapshotOf(const SnapshotOf&) = default;
  SnapshotOf(SnapshotOf&&) noexcept = default;
  SnapshotOf& operator=(const SnapshotOf&) = default;
  SnapshotOf& operator=(SnapshotOf&&) noexcept = default;
  // In large files g++ would call it: it is half of a load.
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~SnapshotOf() = default;

  explicit operator bool() const noexcept { return ref_.box() != nullptr; }

  // The value; both terminate the program on an empty snapshot.
  const T& operator*() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return *operator->();
  }
  const T* operator->() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    const T* const value = get();
    if (ABSL_PREDICT_FALSE(value == nullptr)) {
      internal::FatalEmptyGet(internal::TypeName<T>());
    }
    return value;
  }

  // Returns a pointer to the value; null when empty.
  const T* get() const noexcept ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return ref_.box() == nullptr ? nullptr : object_;
  }

  // Returns the same value for code that takes a shared_ptr; null when empty.
  // Keeps it alive as a copy of the snapshot does. Throws std::bad_alloc.
  std::shared_ptr<const T> Share() const {
    if (ref_.box() == nullptr) return nullptr;
    // Shares the hold: a shared_ptr to the object itself would be written down
    // in a std::enable_shared_from_this, without a lock. Not by make_shared,
    // for which gcc makes a symbol that keeps a library with hidden visibility
    // from being closed.
    std::shared_ptr<BoxRef> hold(new BoxRef(ref_));
    if constexpr (std::is_array_v<T>) {  // which it points to by an element
      return std::shared_ptr<const T>(std::move(hold), *object_);
    } else {
      return std::shared_ptr<const T>(std::move(hold), object_);
    }
  }

  // Returns a snapshot of the part of the value that f(value) refers to, an
  // lvalue. It keeps the whole value alive. Empty when empty, and f is not
  // called then.
  template <class F>
  auto Project(F&& f) const& {
    return SnapshotOf(*this).Project(std::forward<F>(f));
  }
  template <class F>
  auto Project(F&& f) && {
    using Part = std::invoke_result_t<F, const T&>;
    static_assert(std::is_lvalue_reference_v<Part>,
                  "Project(f): f refers to a part of the value, by an lvalue "
                  "reference; what it returns by value has no snapshot");
    using U = std::remove_cv_t<std::remove_reference_t<Part>>;
    if (ref_.box() == nullptr) return SnapshotOf<U>();
    const U* const part =
        std::addressof(internal::Invoke(std::forward<F>(f), *object_));
    return SnapshotOf<U>(std::move(ref_), part);
  }

 private:
  friend class Snapshot;
  friend class internal::ValueCell;
  template <class U>
  friend class internal::ObjectCell;
  friend struct internal::SnapshotAccess;
  friend struct internal::SnapshotOfBox;
  template <class U>
  friend class SnapshotOf;
  using BoxRef = internal::BoxRef<internal::StdPolicy>;

  SnapshotOf(BoxRef hold, const T* object)
      : object_(object), ref_(std::move(hold)) {}

  // Meaningless when empty. Assigned first: releasing what was held may run a
  // destructor that looks at this snapshot. Mutable, as in BoxRef.
  mutable const T* object_ = nullptr;
  BoxRef ref_;
};

// What SwapAndWait returns: what the cell held, and whether nobody else reads
// it any more.
template <class S>
struct Swapped {
  S old;
  bool is_unread;
};

namespace internal {

// The time of a wait without a timeout.
struct Forever {};
template <class Time>
Deadline DeadlineOrNever([[maybe_unused]] const Time& time) {
  if constexpr (std::is_same_v<Time, Forever>) {
    return Deadline();
  } else {
    return internal::DeadlineOf(time);
  }
}

// For a Map: a snapshot of what its box holds.
struct SnapshotOfBox {
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static SnapshotOf<T> Make(BoxRef<StdPolicy> held,
                                                         const T* object) {
    return SnapshotOf<T>(std::move(held), object);
  }
};

template <class T>
inline constexpr bool kIsSnapshot = std::is_same_v<T, Snapshot>;
template <class T>
inline constexpr bool kIsSnapshot<SnapshotOf<T>> = true;

// What CompareAndSwap takes for "no value". A zero is a number.
template <class T>
inline constexpr bool kIsNothing =
    std::is_same_v<T, Empty> || std::is_null_pointer_v<T>;

// Snapshots that a ValueOf<T> takes back: of a T, or of a class derived from
// it.
template <class T, class S>
inline constexpr bool kGivesBack = false;
template <class T, class U>
inline constexpr bool kGivesBack<T, SnapshotOf<U>> =
    std::is_convertible_v<const U*, const T*>;

}  // namespace internal
}  // namespace sync_atomic

template <>
struct std::hash<sync_atomic::Snapshot>
    : sync_atomic::internal::IdentityHash<sync_atomic::Snapshot> {};
template <class T>
struct std::hash<sync_atomic::SnapshotOf<T>>
    : sync_atomic::internal::IdentityHash<sync_atomic::SnapshotOf<T>> {};

#endif  // SYNC_ATOMIC_VALUE_SNAPSHOT_H_
