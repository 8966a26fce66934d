// SPDX-License-Identifier: Apache-2.0

// The cores that threads are kept on. Elsewhere than on Linux they run where
// the system puts them.

#ifndef SYNC_ATOMIC_BENCHMARKS_CORE_H_
#define SYNC_ATOMIC_BENCHMARKS_CORE_H_

#if defined(__linux__)
#include <sched.h>
#else
#include <thread>
#endif

namespace sync_atomic {
namespace benchmarks {

#if defined(__linux__)

// How many cores the calling thread may run on.
inline int Cores() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  return CPU_COUNT(&allowed);
}

// Keeps the calling thread on the number-th of its cores, from 0, while it
// lives.
class OnCore {
 public:
  explicit OnCore(int number) {
    sched_getaffinity(0, sizeof(before_), &before_);
    number %= CPU_COUNT(&before_);
    int core = 0;
    while (!CPU_ISSET(core, &before_) || number-- > 0) ++core;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  OnCore(const OnCore&) = delete;
  OnCore& operator=(const OnCore&) = delete;
  ~OnCore() { sched_setaffinity(0, sizeof(before_), &before_); }

 private:
  cpu_set_t before_;
};

#else

inline int Cores() {
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

class OnCore {
 public:
  explicit OnCore(int) {}
  OnCore(const OnCore&) = delete;
  OnCore& operator=(const OnCore&) = delete;
  ~OnCore() {}
};

#endif

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_CORE_H_
