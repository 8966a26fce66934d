// SPDX-License-Identifier: Apache-2.0

// libcuckoo's map as a subject: locks for groups of buckets.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_CUCKOO_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_CUCKOO_H_

#include <cstddef>
#include <libcuckoo/cuckoohash_map.hh>

#include "absl/base/attributes.h"
#include "absl/hash/hash.h"

namespace sync_atomic {
namespace benchmarks {

template <class K, class V>
class CuckooMap {
 public:
  static constexpr const char* kName = "CuckooMap";
  static constexpr bool kOurs = false;
  static constexpr bool kErases = true;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(CuckooMap&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    map_.find_fn(key, f);
  }
  void Upsert(Thread&, const K& key, const V& value) {
    map_.insert_or_assign(key, value);
  }
  void Erase(Thread&, const K& key) { map_.erase(key); }
  // Under all locks.
  template <class F>
  void ForEach(Thread&, F f) {
    const auto locked = map_.lock_table();
    for (const auto& entry : locked) f(entry.second);
  }

 private:
  libcuckoo::cuckoohash_map<K, V, absl::Hash<K>> map_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_CUCKOO_H_
