// SPDX-License-Identifier: Apache-2.0

// FootprintOf, FootprintOfValue: how many bytes an object takes that is
// retired, or stored to be retired later; OwnedBy: how many of them are not in
// the object (owned_bytes.h).

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_FOOTPRINT_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_FOOTPRINT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "sync_atomic/pointer/reclaim/container.h"

namespace sync_atomic {
namespace internal {

// What a type owns, in bytes beyond sizeof(T): a function
// size_t RetiredBytes(const T&) next to the type says so.
template <class T, class = void>
inline constexpr bool kHasRetiredBytes = false;
template <class T>
inline constexpr bool kHasRetiredBytes<
    T, std::enable_if_t<std::is_integral_v<decltype(RetiredBytes(
           std::declval<const T&>()))>>> = true;

// Whether T is complete where that is first asked.
template <class T, class = void>
inline constexpr bool kIsComplete = false;
template <class T>
inline constexpr bool kIsComplete<T, std::void_t<decltype(sizeof(T))>> =
    !std::is_void_v<T>;

// Its size; 0 where it is incomplete.
template <class T, class = void>
inline constexpr std::size_t kSizeOf = 0;
template <class T>
inline constexpr std::size_t kSizeOf<T, std::enable_if_t<kIsComplete<T>>> =
    sizeof(T);

// What a T owns that says nothing of it. kNothing: nothing, whatever it holds.
template <class T, class = void>
struct Owned {
  static constexpr bool kNothing = true;
  static std::size_t By(const T& /*object*/) { return 0; }
};

template <class T>
inline constexpr bool kOwnsNothing = std::is_reference_v<T> ||
                                     (!kHasRetiredBytes<T> &&
                                      Owned<T>::kNothing);

// Whether all Ts weigh the same.
template <class T>
constexpr bool HasConstantFootprint() {
  if constexpr (kIsComplete<T>) return kOwnsNothing<T>;
  return true;
}
template <class T>
inline constexpr bool kHasConstantFootprint = HasConstantFootprint<T>();

// Of a T, which may also be the type of a member: const, or a reference.
template <class T>
std::size_t OwnedBy([[maybe_unused]] const T& object) {
  if constexpr (kOwnsNothing<T>) {
    return 0;
  } else if constexpr (kHasRetiredBytes<T>) {
    return static_cast<std::size_t>(RetiredBytes(object));
  } else {
    return Owned<T>::By(object);
  }
}

// Of what is stored to a cell. Nothing is known of an incomplete type, as of a
// C library's handle, or of a void.
template <class T>
std::size_t FootprintOfValue([[maybe_unused]] const T* object) {
  if constexpr (!kIsComplete<T>) {
    return 0;
  } else {
    return sizeof(T) + internal::OwnedBy(*object);
  }
}

// Of what is retired by Retire(): its program knows what a pointer of its own
// is to, and says so by RetiredBytes.
template <class T>
std::size_t FootprintOf([[maybe_unused]] const T* object) {
  if constexpr (!kIsComplete<T>) {
    return 0;
  } else if constexpr (kHasRetiredBytes<T>) {
    return sizeof(T) + internal::OwnedBy(*object);
  } else {
    return sizeof(T);
  }
}

template <class T>
struct Owned<const T> : Owned<T> {};

// The object, and what it owns: by its static type, if that is complete.
template <class T>
struct Owned<std::unique_ptr<T>> {
  static constexpr bool kNothing = !kIsComplete<T>;
  static std::size_t By(const std::unique_ptr<T>& pointer) {
    return pointer == nullptr ? 0 : internal::FootprintOfValue(pointer.get());
  }
};

template <class T, class U>
struct Owned<std::pair<T, U>> {
  static constexpr bool kNothing = kOwnsNothing<T> && kOwnsNothing<U>;
  static std::size_t By(const std::pair<T, U>& pair) {
    return internal::OwnedBy<T>(pair.first) + internal::OwnedBy<U>(pair.second);
  }
};

template <class... T>
struct Owned<std::tuple<T...>> {
  static constexpr bool kNothing = (kOwnsNothing<T> && ...);
  static std::size_t By(const std::tuple<T...>& tuple) {
    return std::apply(
        [](const T&... members) {
          return (std::size_t{0} + ... + internal::OwnedBy<T>(members));
        },
        tuple);
  }
};

template <class T, Storage kStorage>
using IfStoredAs = std::enable_if_t<kContainer<T>.storage == kStorage>;

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kOptional>> {
  using Element = typename T::value_type;
  static constexpr bool kNothing = kOwnsNothing<Element>;
  static std::size_t By(const T& optional) {
    return optional.has_value() ? internal::OwnedBy<Element>(*optional) : 0;
  }
};

// A container's elements, and what belongs to each; not what they own, which
// would be a walk.
template <class T>
struct OwnedByContainer {
  static constexpr bool kNothing = false;
  static constexpr std::size_t kEach =
      sizeof(typename T::value_type) + kContainer<T>.links * sizeof(void*);

  // Whether the elements are in the object itself.
  static bool AreInside(const T& container) {
    const auto object =
        reinterpret_cast<std::uintptr_t>(std::addressof(container));
    const auto elements = reinterpret_cast<std::uintptr_t>(container.data());
    return elements - object < sizeof(T);
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kRow>> : OwnedByContainer<T> {
  static std::size_t By(const T& row) {
    return Owned::AreInside(row) ? 0 : row.capacity() * Owned::kEach;
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kFixedRow>> : OwnedByContainer<T> {
  static std::size_t By(const T& row) {
    return Owned::AreInside(row) ? 0 : row.size() * Owned::kEach;
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kVector>> : OwnedByContainer<T> {
  static std::size_t By(const T& vector) {
    // Of bool, it holds bits.
    constexpr bool kBits = std::is_same_v<typename T::value_type, bool>;
    return kBits ? vector.capacity() / 8 : vector.capacity() * Owned::kEach;
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kNodes>> : OwnedByContainer<T> {
  static std::size_t By(const T& nodes) { return nodes.size() * Owned::kEach; }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kBuckets>> : OwnedByContainer<T> {
  static std::size_t By(const T& table) {
    return table.size() * Owned::kEach + table.bucket_count() * sizeof(void*);
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kSlots>> : OwnedByContainer<T> {
  static std::size_t By(const T& table) {
    return table.capacity() * (Owned::kEach + 1);
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kNodeSlots>> : OwnedByContainer<T> {
  static std::size_t By(const T& table) {
    return table.size() * Owned::kEach + table.capacity() * (sizeof(void*) + 1);
  }
};

template <class T>
struct Owned<T, IfStoredAs<T, Storage::kRope>> {
  static constexpr bool kNothing = false;
  static std::size_t By(const T& rope) {
    return rope.size() < sizeof(T) ? 0 : rope.size();
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_FOOTPRINT_H_
