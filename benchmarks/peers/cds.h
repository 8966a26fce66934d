// SPDX-License-Identifier: Apache-2.0

// libcds' hazard pointers, as a subject.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_CDS_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_CDS_H_

#include <cds/gc/hp.h>
#include <cds/init.h>

#include <atomic>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/subject.h"

namespace sync_atomic {
namespace benchmarks {

// Readers announce with a full fence, and retry while writers come in between:
// lock-free. A writer frees when its thread's array of objects is full, here as
// large as the library makes it by itself: 1600.
class CdsHazard {
 public:
  static constexpr const char* kName = "CdsHazard";
  static constexpr const char* kFrees = "at 1600 objects a thread";
  static constexpr const char* kProgress = "lock-free";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  CdsHazard() {
    [[maybe_unused]] static const bool begun = [] {
      cds::Initialize();
      new cds::gc::HP;  // the domain of the process
      return true;
    }();
  }

  // Keeps a guard, which is faster than one for each read.
  struct Attached {
    Attached() { cds::threading::Manager::attachThread(); }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;
    ~Attached() { cds::threading::Manager::detachThread(); }
  };
  struct Thread : Attached {
    explicit Thread(CdsHazard&) {}
    cds::gc::HP::Guard guard;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    f(*thread.guard.protect(cell_));
    thread.guard.clear();
  }

  void Replace(Thread&) { Free(cell_.exchange(new Payload)); }

  void Increment(Thread& thread) {
    auto* const updated = new Payload;
    Payload* old;
    do {
      old = thread.guard.protect(cell_);
      *updated = Incremented(*old);
    } while (!cell_.compare_exchange_strong(old, updated));
    thread.guard.clear();
    Free(old);
  }

 private:
  static void Free(Payload* object) {
    cds::gc::HP::retire(object,
                        [](void* old) { delete static_cast<Payload*>(old); });
  }

  std::atomic<Payload*> cell_{new Payload};
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_CDS_H_
