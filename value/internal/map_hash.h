// SPDX-License-Identifier: Apache-2.0

// MapKey: how a Map hashes and compares keys, and which other types it looks up
// without making a key of them.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_HASH_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_HASH_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace sync_atomic {
namespace internal {

// Whether a hash says that all of its bits are good: by a member type
// is_avalanching.
template <class Hash, class = void>
inline constexpr bool kIsAvalanching = false;
template <class Hash>
inline constexpr bool
    kIsAvalanching<Hash, std::void_t<typename Hash::is_avalanching>> = true;

template <class F, class = void>
inline constexpr bool kIsTransparent = false;
template <class F>
inline constexpr bool
    kIsTransparent<F, std::void_t<typename F::is_transparent>> = true;

// The upper bits choose the bucket, and the lower ones are the tag.
inline std::uint64_t SpreadHash(std::uint64_t hash) {
  hash *= 0x9e3779b97f4a7c15u;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  return hash ^ (hash >> 32);
}

template <class K, class Hash, class Eq>
struct MapKey {
  // What a Q is looked up as.
  template <class Q>
  using LookUp =
      std::conditional_t<kIsTransparent<Hash> && kIsTransparent<Eq>, Q, K>;

  template <class Q>
  static std::uint64_t HashOf(const Q& key) {
    const auto hash = static_cast<std::size_t>(Hash()(key));
    if constexpr (kIsAvalanching<Hash> && sizeof(hash) == 8) {
      return hash;
    } else {
      return SpreadHash(hash);
    }
  }

  template <class Q>
  static bool Equal(const K& key, const Q& other) {
    return static_cast<bool>(Eq()(key, other));
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_HASH_H_
