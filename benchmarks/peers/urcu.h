// SPDX-License-Identifier: Apache-2.0

// liburcu, the flavour whose readers use membarrier as ours do, as subjects.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_H_

// Has its readers inlined, their fastest form. That is for programs under the
// LGPL or a compatible licence: this one is run where it is built.
#define _LGPL_SOURCE
#include <urcu.h>
// It says what the names in this one stand for.
#include <urcu-defer.h>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/subject.h"

namespace sync_atomic {
namespace benchmarks {

class Urcu {
 public:
  static constexpr bool kOurs = false;

  struct Thread {
    explicit Thread(Urcu&) { rcu_register_thread(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() { rcu_unregister_thread(); }
  };

  // Wait-free.
  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    rcu_read_lock();
    f(rcu_dereference(cell_)->payload);
    rcu_read_unlock();
  }

 protected:
  struct Object {
    Payload payload;
    rcu_head head;
  };

  // Puts a new object into the cell, and returns the one before.
  Object* Replaced() { return rcu_xchg_pointer(&cell_, new Object); }
  Object* IncrementedOne() {
    Object* const updated = new Object;
    Object* old;
    rcu_read_lock();
    do {
      old = rcu_dereference(cell_);
      updated->payload = Incremented(old->payload);
    } while (rcu_cmpxchg_pointer(&cell_, old, updated) != old);
    rcu_read_unlock();
    return old;
  }

 private:
  Object* cell_ = new Object;
};

// A thread of the library frees, later; how much waits for it has no bound.
class UrcuCall : public Urcu {
 public:
  static constexpr const char* kName = "UrcuCall";
  static constexpr const char* kFrees = "a thread of its own; unbounded";
  static constexpr const char* kProgress =
      "reads wait-free, writes wake that thread";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  // What waits is freed outside what is measured.
  struct Thread : Urcu::Thread {
    explicit Thread(UrcuCall& subject) : Urcu::Thread(subject) {}
    ~Thread() { rcu_barrier(); }
  };

  UrcuCall() { get_default_call_rcu_data(); }  // starts the thread

  void Replace(Thread&) { Free(Replaced()); }
  void Increment(Thread&) { Free(IncrementedOne()); }

 private:
  static void Free(Object* object) {
    call_rcu(&object->head, [](rcu_head* head) {
      delete caa_container_of(head, Object, head);
    });
  }
};

// Whoever has 4096 objects waiting waits for the readers, and frees them; a
// thread of the library frees what is left. Not lock-free.
class UrcuDefer : public Urcu {
 public:
  static constexpr const char* kName = "UrcuDefer";
  static constexpr const char* kFrees =
      "at 4096 objects a thread, after waiting for readers";
  static constexpr const char* kProgress = "reads wait-free, writes block";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  // A thread may register once in its life.
  struct Registration {
    Registration() { rcu_defer_register_thread(); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() { rcu_defer_unregister_thread(); }
  };
  struct Thread : Urcu::Thread {
    explicit Thread(UrcuDefer& subject) : Urcu::Thread(subject) {
      [[maybe_unused]] static thread_local const Registration registration;
    }
    ~Thread() { rcu_defer_barrier(); }
  };

  void Replace(Thread&) { Free(Replaced()); }
  void Increment(Thread&) { Free(IncrementedOne()); }

 private:
  static void Free(Object* object) {
    defer_rcu([](void* old) { delete static_cast<Object*>(old); }, object);
  }
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_URCU_H_
