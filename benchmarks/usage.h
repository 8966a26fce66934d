// Usage: what the system has given a thread so far, and so whether anybody else
// had its core. Elsewhere than on Linux it knows the time alone.

#ifndef SYNC_ATOMIC_BENCHMARKS_USAGE_H_
#define SYNC_ATOMIC_BENCHMARKS_USAGE_H_

#if defined(__linux__)
#include <sys/resource.h>
#endif
#include <time.h>

#include <cstdint>
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
    usage.wall = Nanoseconds(CLOCK_MONOTONIC);
    usage.cpu = Nanoseconds(CLOCK_THREAD_CPUTIME_ID);
#if defined(__linux__)
    rusage of_thread;
    getrusage(RUSAGE_THREAD, &of_thread);
    usage.slept = of_thread.ru_nvcsw;
    usage.displaced = of_thread.ru_nivcsw;
#endif
    return usage;
  }

  friend Usage operator-(Usage a, const Usage& b) {
    a.wall -= b.wall;
    a.cpu -= b.cpu;
    a.slept -= b.slept;
    a.displaced -= b.displaced;
    return a;
  }

  std::int64_t wall = 0;       // nanoseconds
  std::int64_t cpu = 0;        // nanoseconds that it ran
  std::int64_t slept = 0;      // times that it gave its core up
  std::int64_t displaced = 0;  // times that it was taken from it
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_USAGE_H_
