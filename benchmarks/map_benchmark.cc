// SPDX-License-Identifier: Apache-2.0

// Map, beside a plain map without protection, which is safe for one thread
// alone, and beside what other libraries have, where these are installed
// (./dev bench --peers map). See map_workloads.h for the lines.

#include <cstddef>

#include "absl/base/attributes.h"
#include "absl/container/flat_hash_map.h"
#include "sync_atomic/benchmarks/map_workloads.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/value/map.h"
#ifdef SYNC_ATOMIC_BENCHMARK_STANDARD
#include "sync_atomic/benchmarks/peers/map_locks.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CUCKOO
#include "sync_atomic/benchmarks/peers/cuckoo.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_TBB
#include "sync_atomic/benchmarks/peers/tbb.h"
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_URCU
#include "sync_atomic/benchmarks/peers/urcu_map.h"
#endif

namespace sync_atomic {
namespace benchmarks {
namespace {

template <class K, class V>
class OurMap {
 public:
  static constexpr const char* kName = "Map";
  static constexpr bool kOurs = true;
  static constexpr bool kErases = true;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(OurMap&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    if (const auto value = map_.Load(key)) f(*value);
  }
  void Upsert(Thread&, const K& key, const V& value) { map_.Store(key, value); }
  void Erase(Thread&, const K& key) { map_.Delete(key); }
  template <class F>
  void ForEach(Thread&, F f) {
    map_.Range([&f](const K&, const auto& value) {
      f(*value);
      return true;
    });
  }

 private:
  Map<K, V> map_;
};

template <class K, class V>
class PlainMap {
 public:
  static constexpr const char* kName = "PlainMap";
  static constexpr bool kOurs = false;
  static constexpr bool kErases = true;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = false;

  struct Thread {
    explicit Thread(PlainMap&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    const auto found = map_.find(key);
    if (found != map_.end()) f(found->second);
  }
  void Upsert(Thread&, const K& key, const V& value) {
    map_.insert_or_assign(key, value);
  }
  void Erase(Thread&, const K& key) { map_.erase(key); }
  template <class F>
  void ForEach(Thread&, F f) {
    for (const auto& entry : map_) f(entry.second);
  }

 private:
  absl::flat_hash_map<K, V> map_;
};

void AddLines() {
  AddMapWorkloads<OurMap>();
  AddMapWorkloads<PlainMap>();
#ifdef SYNC_ATOMIC_BENCHMARK_STANDARD
  AddMapWorkloads<StdSharedMutexMap>();
  AddMapWorkloads<AbslMutexMap>();
  AddMapWorkloads<ShardedMap>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_TBB
  AddMapWorkloads<TbbHashMap>();
  AddMapWorkloads<TbbUnorderedMap>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_CUCKOO
  AddMapWorkloads<CuckooMap>();
#endif
#ifdef SYNC_ATOMIC_BENCHMARK_URCU
  AddMapWorkloads<UrcuMap>();
#endif
}

}  // namespace
}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::AddLines();
  return sync_atomic::benchmarks::Run(argc, argv);
}
