// SPDX-License-Identifier: Apache-2.0

// OwnedBytes: how many bytes an object owns besides its sizeof, as far as the
// library knows. A value of a Value or ValueOf weighs so much more towards the
// limit in bytes (SetRetireLimits).
//
//   struct Table {
//     std::vector<Entry> entries;
//     std::string name;
//   };
//   std::size_t RetiredBytes(const Table& t) {
//     return atomic::OwnedBytes(t.entries) + atomic::OwnedBytes(t.name);
//   }
//
// A type says for itself what it owns, by a function found by ADL,
// size_t RetiredBytes(const T&). Of the types that do not, these own something:
// - Containers and strings of std and Abseil: the memory of their elements,
//   with capacity that is not used, and an estimate of links and tables.
//   Elements inside of the object own nothing more. An absl::Cord owns its
//   size(). A std::forward_list, which has none, owns nothing.
// - A std::unique_ptr to an object that is deleted by default_delete: the
//   sizeof of that object, and what it owns. An array owns nothing.
// - std::pair, std::tuple and std::optional: what their parts own that are no
//   references.
//
// All others own nothing that is known: views, a std::shared_ptr, which others
// may share, a std::array, a std::variant, a struct, and a class derived from
// one of the above. What each element of a container owns does not count
// either: a std::vector of long strings weighs as much as one of empty strings.
// If such values are large, put them into a struct with a RetiredBytes.
//
// The question is asked when a value is stored. Retire(p) counts the sizeof of
// *p, and what its RetiredBytes says.
//
// Do not use it to measure memory: it is an estimate.
//
// Threads:   any that may read the object.
// Order:     none.
// Progress:  constant time, unless a RetiredBytes takes longer.
// Ownership: none.
// Errors:    none. A RetiredBytes must not ask for the OwnedBytes of its own
//            argument, which would call it again.

#ifndef SYNC_ATOMIC_POINTER_OWNED_BYTES_H_
#define SYNC_ATOMIC_POINTER_OWNED_BYTES_H_

#include <cstddef>

#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/reclaim/footprint.h"

namespace sync_atomic {

template <class T>
std::size_t OwnedBytes(const T& object) {
  return internal::OwnedBy(object);
}

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_OWNED_BYTES_H_
