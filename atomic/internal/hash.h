// SPDX-License-Identifier: Apache-2.0

// HashOf: spreads the bits of an address.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_HASH_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_HASH_H_

#include <cstdint>

namespace sync_atomic {
namespace internal {

// Neighbours in memory get numbers far apart, of `bits` bits (Fibonacci
// hashing).
inline std::uint64_t HashOf(const void* address, int bits) {
  const std::uint64_t word = reinterpret_cast<std::uintptr_t>(address);
  return (word * 0x9e3779b97f4a7c15u) >> (64 - bits);
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_HASH_H_
