// SPDX-License-Identifier: Apache-2.0

// liburcu, the flavour whose readers cost nothing and say now and then that
// they read nothing (quiescent states), as a subject. Included after urcu.h.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_QSBR_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_QSBR_H_

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/peers/urcu.h"
#include "sync_atomic/benchmarks/subject.h"
// After that: it forgets what the names without a flavour stand for.
#include <urcu/urcu-qsbr.h>

// One file may have these from the library for one flavour only.
extern "C" {
void urcu_qsbr_call_rcu(rcu_head* head, void (*free)(rcu_head* head));
void urcu_qsbr_barrier();
call_rcu_data* urcu_qsbr_get_default_call_rcu_data();
}

namespace sync_atomic {
namespace benchmarks {

class UrcuQsbr {
  struct Object;

 public:
  static constexpr const char* kName = "UrcuQsbr";
  static constexpr const char* kFrees = "a thread of its own; unbounded";
  static constexpr const char* kProgress =
      "reads wait-free, with a quiescent state each 1024; writes wake that "
      "thread";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  UrcuQsbr() { urcu_qsbr_get_default_call_rcu_data(); }  // starts the thread

  struct Thread {
    explicit Thread(UrcuQsbr&) { urcu_qsbr_register_thread(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {
      urcu_qsbr_unregister_thread();
      urcu_qsbr_barrier();
    }

    unsigned reads = 0;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    urcu_qsbr_read_lock();
    f(rcu_dereference(cell_)->payload);
    urcu_qsbr_read_unlock();
    if (++thread.reads % 1024 == 0) urcu_qsbr_quiescent_state();
  }

  void Replace(Thread&) { Free(rcu_xchg_pointer(&cell_, new Object)); }

  void Increment(Thread&) {
    Object* const updated = new Object;
    Object* old;
    do {
      old = rcu_dereference(cell_);
      updated->payload = Incremented(old->payload);
    } while (rcu_cmpxchg_pointer(&cell_, old, updated) != old);
    Free(old);
  }

 private:
  struct Object {
    Payload payload;
    rcu_head head;
  };

  static void Free(Object* object) {
    urcu_qsbr_call_rcu(&object->head, [](rcu_head* head) {
      delete caa_container_of(head, Object, head);
    });
    urcu_qsbr_quiescent_state();
  }

  Object* cell_ = new Object;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_QSBR_H_
