// SPDX-License-Identifier: Apache-2.0

// oneTBB's maps as subjects.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_TBB_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_TBB_H_

#include <tbb/concurrent_hash_map.h>
#include <tbb/concurrent_unordered_map.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/hash/hash.h"

namespace sync_atomic {
namespace benchmarks {

// A lock for each entry, which a look-up takes.
template <class K, class V>
class TbbHashMap {
 public:
  static constexpr const char* kName = "TbbHashMap";
  static constexpr bool kOurs = false;
  static constexpr bool kErases = true;
  // Not while others change it.
  static constexpr bool kIterates = false;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(TbbHashMap&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    typename Map::const_accessor found;
    if (map_.find(found, key)) f(found->second);
  }
  void Upsert(Thread&, const K& key, const V& value) {
    typename Map::accessor entry;
    map_.insert(entry, key);
    entry->second = value;
  }
  void Erase(Thread&, const K& key) { map_.erase(key); }

 private:
  struct Compare {
    std::size_t hash(const K& key) const { return absl::Hash<K>()(key); }
    bool equal(const K& a, const K& b) const { return a == b; }
  };
  using Map = tbb::concurrent_hash_map<K, V, Compare,
                                       std::allocator<std::pair<const K, V>>>;

  Map map_;
};

// Erases only while nobody else uses it, and says nothing of how a value is
// changed: values are numbers here that are stored atomically, wider ones are
// not changed.
template <class K, class V>
class TbbUnorderedMap {
 public:
  static constexpr const char* kName = "TbbUnorderedMap";
  static constexpr bool kOurs = false;
  static constexpr bool kErases = false;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(TbbUnorderedMap&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    const auto found = map_.find(key);
    if (found != map_.end()) f(found->second);
  }
  void Upsert(Thread&, const K& key, const V& value) {
    const auto [entry, is_new] = map_.emplace(key, value);
    if constexpr (sizeof(V) == 8) {
      if (!is_new) __atomic_store_n(&entry->second, value, __ATOMIC_RELEASE);
    }
  }
  template <class F>
  void ForEach(Thread&, F f) {
    for (const auto& entry : map_) f(entry.second);
  }

 private:
  tbb::concurrent_unordered_map<K, V, absl::Hash<K>, std::equal_to<K>,
                                std::allocator<std::pair<const K, V>>>
      map_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_TBB_H_
