// SPDX-License-Identifier: Apache-2.0

// Usage: what the system has given a thread so far, and so whether anybody else
// had its core. Elsewhere than on Linux it knows the time alone.

#ifndef SYNC_ATOMIC_BENCHMARKS_USAGE_H_
#define SYNC_ATOMIC_BENCHMARKS_USAGE_H_

#if defined(__linux__)
#include <sys/resource.h>
#endif

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <string>

namespace sync_atomic {
namespace benchmarks {

inline std::int64_t Nanoseconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// What the process's threads ran.
inline std::int64_t ProcessNanoseconds() {
  return Nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
}

// What the machine below this virtual one kept for others, in ticks; 0 where
// the system doesn't say.
inline std::int64_t StolenTicks() {
  std::ifstream file("/proc/stat");
  std::string word;
  std::int64_t ticks = 0;
  for (int i = 0; i < 9 && file >> word; ++i) {
    if (i == 8) ticks = std::stoll(word);
  }
  return ticks;
}

struct Usage {
  static Usage OfThread() {
    Usage usage;
#if defined(__linux__)
    rusage of_thread;
    getrusage(RUSAGE_THREAD, &of_thread);
    usage.slept = of_thread.ru_nvcsw;
    std::ifstream file("/proc/thread-self/schedstat");
    std::int64_t ran;
    if (!(file >> ran >> usage.waited)) usage.waited = 0;
#endif
    usage.cpu = Nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    usage.wall = Nanoseconds(CLOCK_MONOTONIC);
    return usage;
  }

  friend Usage operator-(Usage a, const Usage& b) {
    a.wall -= b.wall;
    a.cpu -= b.cpu;
    a.waited -= b.waited;
    a.slept -= b.slept;
    return a;
  }

  // For how long it was ready to run, but another one had its core.
  std::int64_t lost() const {
    // Not all systems say that. Who never sleeps, in a mutex, should run all
    // the time.
    return slept == 0 ? std::max(waited, wall - cpu) : waited;
  }

  std::int64_t wall = 0;    // nanoseconds
  std::int64_t cpu = 0;     // nanoseconds that it ran
  std::int64_t waited = 0;  // nanoseconds that it was ready to run
  std::int64_t slept = 0;   // times that it gave its core up
};

// How often the calling thread has lost its core, or given it up.
inline std::int64_t InterruptionsOfThread() {
#if defined(__linux__)
  rusage used;
  getrusage(RUSAGE_THREAD, &used);
  return used.ru_nivcsw + used.ru_nvcsw;
#else
  return 0;
#endif
}

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_USAGE_H_
