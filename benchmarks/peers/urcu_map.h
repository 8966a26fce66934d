// SPDX-License-Identifier: Apache-2.0

// liburcu's hash table as a subject, with readers of the flavour of urcu.h.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_MAP_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_MAP_H_

#include "sync_atomic/benchmarks/peers/urcu.h"
// After what chooses the flavour.
#include <urcu/rculfhash.h>

#include <cstddef>

#include "absl/base/attributes.h"
#include "absl/hash/hash.h"

namespace sync_atomic {
namespace benchmarks {

template <class K, class V>
class UrcuMap {
 public:
  static constexpr const char* kName = "UrcuMap";
  static constexpr bool kOurs = false;
  static constexpr bool kErases = true;
  static constexpr bool kIterates = true;
  static constexpr bool kShared = true;

  struct Thread {
    explicit Thread(UrcuMap&) { rcu_register_thread(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {
      rcu_barrier();
      rcu_unregister_thread();
    }
  };

  UrcuMap()
      : table_(cds_lfht_new(
            64, 64, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, nullptr)) {}
  UrcuMap(const UrcuMap&) = delete;
  UrcuMap& operator=(const UrcuMap&) = delete;
  ~UrcuMap() {
    Thread thread(*this);
    rcu_read_lock();
    Each([this](Node& node) {
      if (cds_lfht_del(table_, &node.node) == 0) Free(node);
    });
    rcu_read_unlock();
    rcu_barrier();
    cds_lfht_destroy(table_, nullptr);
  }

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Find(Thread&, const K& key, F f) {
    rcu_read_lock();
    if (Node* const node = Look(key)) f(node->value);
    rcu_read_unlock();
  }
  void Upsert(Thread&, const K& key, const V& value) {
    Node* const node = new Node{key, value, {}, {}};
    cds_lfht_node_init(&node->node);
    rcu_read_lock();
    cds_lfht_node* const old =
        cds_lfht_add_replace(table_, Hash(key), &Matches, &key, &node->node);
    rcu_read_unlock();
    if (old != nullptr) Free(*In(old));
  }
  void Erase(Thread&, const K& key) {
    rcu_read_lock();
    Node* const node = Look(key);
    const bool erased =
        node != nullptr && cds_lfht_del(table_, &node->node) == 0;
    rcu_read_unlock();
    if (erased) Free(*node);
  }
  template <class F>
  void ForEach(Thread&, F f) {
    rcu_read_lock();
    Each([&f](Node& node) { f(node.value); });
    rcu_read_unlock();
  }

 private:
  struct Node {
    K key;
    V value;
    cds_lfht_node node;
    rcu_head head;
  };

  static Node* In(cds_lfht_node* node) {
    return caa_container_of(node, Node, node);
  }
  static unsigned long Hash(const K& key) { return absl::Hash<K>()(key); }
  static int Matches(cds_lfht_node* node, const void* key) {
    return In(node)->key == *static_cast<const K*>(key) ? 1 : 0;
  }
  static void Free(Node& node) {
    call_rcu(&node.head,
             [](rcu_head* head) { delete caa_container_of(head, Node, head); });
  }

  ABSL_ATTRIBUTE_ALWAYS_INLINE Node* Look(const K& key) {
    cds_lfht_iter iter;
    cds_lfht_lookup(table_, Hash(key), &Matches, &key, &iter);
    cds_lfht_node* const node = cds_lfht_iter_get_node(&iter);
    return node == nullptr ? nullptr : In(node);
  }

  template <class F>
  void Each(F f) {
    cds_lfht_iter iter;
    cds_lfht_first(table_, &iter);
    while (cds_lfht_node* const node = cds_lfht_iter_get_node(&iter)) {
      cds_lfht_next(table_, &iter);
      f(*In(node));
    }
  }

  cds_lfht* table_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_MAP_H_
