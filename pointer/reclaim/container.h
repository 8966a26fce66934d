// SPDX-License-Identifier: Apache-2.0

// Container: how the containers of std and Abseil keep their elements, for
// those that own them.
//
// They are known by their names. Their headers would be many, and a declaration
// of our own would be of another namespace than the inline one in which a
// library may have them, as std::__1 or absl::lts_20220623.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_CONTAINER_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_CONTAINER_H_

#include <cstddef>
#include <string_view>
#include <type_traits>

#include "sync_atomic/pointer/internal/type_name.h"

namespace sync_atomic {
namespace internal {

// What a container has on the heap.
enum class Storage {
  kUnknown,    // nothing that is known of: it is none of these containers
  kVector,     // capacity() elements in a row, or bits
  kRow,        // capacity() elements in a row, unless they are in the object
  kFixedRow,   // size() elements in a row, unless they are in the object
  kNodes,      // size() elements
  kBuckets,    // size() elements, and bucket_count() pointers
  kSlots,      // capacity() elements, each with a byte that says what it is
  kNodeSlots,  // size() elements, and capacity() pointers, each with a byte
  kOptional,   // what the element owns that is in the object, if one is
  kRope,       // size() bytes, unless they are in the object
};

struct Container {
  std::string_view space;
  std::string_view name;  // without the inline namespaces
  Storage storage = Storage::kUnknown;
  std::size_t links = 0;  // words beside each element
};

inline constexpr Container kContainers[] = {
    {"std::", "basic_string", Storage::kRow},
    // So clang calls libc++'s.
    {"std::", "string", Storage::kRow},
    {"std::", "wstring", Storage::kRow},
    {"std::", "u8string", Storage::kRow},
    {"std::", "u16string", Storage::kRow},
    {"std::", "u32string", Storage::kRow},

    {"std::", "vector", Storage::kVector},
    {"std::", "valarray", Storage::kNodes},
    {"std::", "deque", Storage::kNodes},
    {"std::", "stack", Storage::kNodes},
    {"std::", "queue", Storage::kNodes},
    {"std::", "priority_queue", Storage::kNodes},
    {"std::", "list", Storage::kNodes, 2},  // next, previous

    // Parent, left, right, color.
    {"std::", "map", Storage::kNodes, 4},
    {"std::", "set", Storage::kNodes, 4},
    {"std::", "multimap", Storage::kNodes, 4},
    {"std::", "multiset", Storage::kNodes, 4},

    // Next; beside it some have the hash.
    {"std::", "unordered_map", Storage::kBuckets, 1},
    {"std::", "unordered_set", Storage::kBuckets, 1},
    {"std::", "unordered_multimap", Storage::kBuckets, 1},
    {"std::", "unordered_multiset", Storage::kBuckets, 1},

    {"std::", "optional", Storage::kOptional},

    {"absl::", "InlinedVector", Storage::kRow},
    {"absl::", "FixedArray", Storage::kFixedRow},
    {"absl::", "flat_hash_map", Storage::kSlots},
    {"absl::", "flat_hash_set", Storage::kSlots},
    {"absl::", "node_hash_map", Storage::kNodeSlots},
    {"absl::", "node_hash_set", Storage::kNodeSlots},
    {"absl::", "btree_map", Storage::kNodes},
    {"absl::", "btree_set", Storage::kNodes},
    {"absl::", "btree_multimap", Storage::kNodes},
    {"absl::", "btree_multiset", Storage::kNodes},
    {"absl::", "Cord", Storage::kRope},
};

// The container whose specialization is called `type`, or kUnknown.
constexpr Container ContainerNamed(std::string_view type) {
  const std::string_view name = type.substr(0, type.find('<'));
  for (const Container& container : kContainers) {
    if (name.substr(0, container.space.size()) == container.space &&
        name.substr(name.rfind("::") + 2) == container.name) {
      return container;
    }
  }
  return {};
}

// Whether T itself is a specialization, and no member of one: both names may
// begin alike. The second kind is that of an absl::InlinedVector.
template <class T>
inline constexpr bool kIsSpecialization = false;
template <template <class...> class C, class... A>
inline constexpr bool kIsSpecialization<C<A...>> = true;
template <template <class, std::size_t, class...> class C, class T,
          std::size_t kN, class... A>
inline constexpr bool kIsSpecialization<C<T, kN, A...>> = true;

template <class T>
constexpr Container ContainerOf() {
  if constexpr (std::is_class_v<T>) {
    constexpr Container kFound = ContainerNamed(TypeName<T>());
    if (kIsSpecialization<T> == (kFound.storage != Storage::kRope)) {
      return kFound;
    }
  }
  return {};
}

template <class T>
inline constexpr Container kContainer = ContainerOf<T>();

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_CONTAINER_H_
