// SPDX-License-Identifier: Apache-2.0

// Boost's atomic_shared_ptr, as a subject.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_BOOST_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_BOOST_H_

#include <boost/smart_ptr/atomic_shared_ptr.hpp>
#include <boost/smart_ptr/make_shared.hpp>
#include <boost/smart_ptr/shared_ptr.hpp>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/subject.h"

namespace sync_atomic {
namespace benchmarks {

class BoostAtomicSharedPtr {
 public:
  static constexpr const char* kName = "BoostAtomicSharedPtr";
  static constexpr const char* kFrees = "with its last reader";
  static constexpr const char* kProgress = "spins on a lock";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  struct Thread {
    explicit Thread(BoostAtomicSharedPtr&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.load());
  }
  void Replace(Thread&) { cell_.exchange(boost::make_shared<const Payload>()); }
  void Increment(Thread&) {
    boost::shared_ptr<const Payload> old = cell_.load();
    while (!cell_.compare_exchange_strong(
        old, boost::make_shared<const Payload>(Incremented(*old)))) {
    }
  }

 private:
  boost::atomic_shared_ptr<const Payload> cell_{
      boost::make_shared<const Payload>()};
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_BOOST_H_
