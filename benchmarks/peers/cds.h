// libcds' hazard pointers, as a subject of a Comparison.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_CDS_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_CDS_H_

#include <cds/gc/hp.h>
#include <cds/init.h>

#include <atomic>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/comparison.h"

namespace sync_atomic {
namespace benchmarks {

// Readers announce with a full fence, and retry while writers come in between:
// lock-free. A writer frees when its thread's array of objects is full, here as
// large as the library makes it by itself: 1600.
class CdsHazard {
 public:
  static constexpr const char* kName = "CdsHazard";
  static constexpr bool kOurs = false;
  static constexpr int kReaders = 2;
  static constexpr int kWriters = 2;

  CdsHazard() {
    [[maybe_unused]] static const bool begun = [] {
      cds::Initialize();
      new cds::gc::HP;  // the domain of the process
      return true;
    }();
  }

  struct Thread {
    explicit Thread(CdsHazard&) { cds::threading::Manager::attachThread(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() { cds::threading::Manager::detachThread(); }
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    cds::gc::HP::Guard guard;
    f(*guard.protect(cell_));
  }

  void Replace(Thread&) {
    cds::gc::HP::retire(cell_.exchange(new Payload), [](void* object) {
      delete static_cast<Payload*>(object);
    });
  }

 private:
  std::atomic<Payload*> cell_{new Payload};
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_CDS_H_
