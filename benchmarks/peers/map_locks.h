// SPDX-License-Identifier: Apache-2.0

// Maps under locks, as subjects: the standard library's and Abseil's.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_MAP_LOCKS_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_MAP_LOCKS_H_

#include <array>
#include <cstddef>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "absl/base/attributes.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"

namespace sync_atomic {
namespace benchmarks {

// absl::Mutex, as std::shared_lock and std::unique_lock want it.
class AbslSharedMutex {
 public:
  void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.Lock(); }
  void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.Unlock(); }
  void lock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.ReaderLock(); }
  void unlock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_.ReaderUnlock(); }

 private:
  absl::Mutex mutex_;
};

// A map under a reader-writer lock. What is found is read under the lock.
template <class Mutex, class Map>
class LockedMap {
 public:
  static constexpr bool kOurs = false;
  static constexpr bool kErases = true;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(LockedMap&) {}
  };

  using K = typename Map::key_type;
  using V = typename Map::mapped_type;

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    const std::shared_lock<Mutex> lock(mutex_);
    const auto found = map_.find(key);
    if (found != map_.end()) f(found->second);
  }
  void Upsert(Thread&, const K& key, const V& value) {
    const std::unique_lock<Mutex> lock(mutex_);
    map_.insert_or_assign(key, value);
  }
  void Erase(Thread&, const K& key) {
    const std::unique_lock<Mutex> lock(mutex_);
    map_.erase(key);
  }
  template <class F>
  void ForEach(Thread&, F f) {
    const std::shared_lock<Mutex> lock(mutex_);
    for (const auto& entry : map_) f(entry.second);
  }

 private:
  Mutex mutex_;
  Map map_;
};

template <class K, class V>
struct StdSharedMutexMap
    : LockedMap<std::shared_mutex, std::unordered_map<K, V, absl::Hash<K>>> {
  static constexpr const char* kName = "StdSharedMutexMap";
};

template <class K, class V>
struct AbslMutexMap : LockedMap<AbslSharedMutex, absl::flat_hash_map<K, V>> {
  static constexpr const char* kName = "AbslMutexMap";
};

// 64 maps, each under a mutex of its own.
template <class K, class V>
class ShardedMap {
 public:
  static constexpr const char* kName = "ShardedMap";
  static constexpr bool kOurs = false;
  static constexpr bool kErases = true;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(ShardedMap&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    Shard& shard = ShardOf(key);
    const absl::MutexLock lock(&shard.mutex);
    const auto found = shard.map.find(key);
    if (found != shard.map.end()) f(found->second);
  }
  void Upsert(Thread&, const K& key, const V& value) {
    Shard& shard = ShardOf(key);
    const absl::MutexLock lock(&shard.mutex);
    shard.map.insert_or_assign(key, value);
  }
  void Erase(Thread&, const K& key) {
    Shard& shard = ShardOf(key);
    const absl::MutexLock lock(&shard.mutex);
    shard.map.erase(key);
  }
  template <class F>
  void ForEach(Thread&, F f) {
    for (Shard& shard : shards_) {
      const absl::MutexLock lock(&shard.mutex);
      for (const auto& entry : shard.map) f(entry.second);
    }
  }

 private:
  struct alignas(64) Shard {
    absl::Mutex mutex;
    absl::flat_hash_map<K, V> map;
  };

  Shard& ShardOf(const K& key) { return shards_[absl::Hash<K>()(key) >> 58]; }

  std::array<Shard, 64> shards_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_MAP_LOCKS_H_
