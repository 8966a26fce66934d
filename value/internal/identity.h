// SPDX-License-Identifier: Apache-2.0

// Identified: what snapshots are compared, hashed and printed by: which object
// they hold.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_IDENTITY_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_IDENTITY_H_

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/formatted.h"
#include "sync_atomic/value/internal/box.h"

namespace sync_atomic {
namespace internal {

// Whether a snapshot knows the type of its object.
template <class S, class = void>
inline constexpr bool kHasObject = false;
template <class S>
inline constexpr bool
    kHasObject<S, std::void_t<decltype(std::declval<const S&>().get())>> = true;

// To what is private in a snapshot.
struct SnapshotAccess {
  template <class S>
  static auto* Box(const S& snapshot) {
    return snapshot.ref_.box();
  }
  // The address of the object; of a Snapshot, which knows no type, of its box.
  template <class S>
  static const void* Address(const S& snapshot) {
    if constexpr (kHasObject<S>) {
      return snapshot.get();
    } else {
      return snapshot.ref_.box();
    }
  }
};

template <class Stream, class S>
Stream& PrintSnapshot(Stream& os, const S& snapshot);

template <class S>
class Identified {
  template <class N>
  using IfNull = std::enable_if_t<std::is_null_pointer_v<N>, bool>;

  // A projection and the whole value may have one address, but not one type.
  friend bool operator==(const S& a, const S& b) noexcept {
    return SnapshotAccess::Address(a) == SnapshotAccess::Address(b) &&
           internal::AreSame(SnapshotAccess::Box(a), SnapshotAccess::Box(b));
  }
  friend bool operator!=(const S& a, const S& b) noexcept { return !(a == b); }

  // A template, since a zero is a null pointer, too.
  template <class N>
  friend IfNull<N> operator==(const S& a, N) noexcept {
    return !a;
  }
  template <class N>
  friend IfNull<N> operator!=(const S& a, N) noexcept {
    return static_cast<bool>(a);
  }
  template <class N>
  friend IfNull<N> operator==(N, const S& b) noexcept {
    return !b;
  }
  template <class N>
  friend IfNull<N> operator!=(N, const S& b) noexcept {
    return static_cast<bool>(b);
  }

  template <class H>
  friend H AbslHashValue(H state, const S& snapshot) {
    return H::combine(std::move(state), SnapshotAccess::Address(snapshot));
  }

  // Also for GoogleTest. <ostream> is included where this is called.
  friend std::ostream& operator<<(std::ostream& os, const S& snapshot) {
    return internal::PrintSnapshot(os, snapshot);
  }
};

template <class Stream, class S>
Stream& PrintSnapshot(Stream& os, const S& snapshot) {
  if (!snapshot) {
    os << "(empty)";
    return os;
  }
  if constexpr (!kHasObject<S>) {
    os << snapshot.type_name() << " at ";
  } else if constexpr (kStreams<Stream, decltype(*snapshot)>) {
    os << *snapshot;
    return os;
  }
  os << Formatted(SnapshotAccess::Address(snapshot)).view();
  return os;
}

template <class S>
struct IdentityHash {
  std::size_t operator()(const S& snapshot) const noexcept {
    return std::hash<const void*>()(SnapshotAccess::Address(snapshot));
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_IDENTITY_H_
