// SPDX-License-Identifier: Apache-2.0

// Backoff: the pause before a compare-and-swap is tried again.
//
// A thread that failed was overtaken by one that has the cache line by now, and
// that may well be about to change it again. Who tries again at once takes the
// line from it in the middle of that; who waits a little lets it go on with a
// line that it has (docs/internals/performance.md has what it gives).
//
// Threads:   a Backoff is one thread's.
// Progress:  wait-free: a bounded number of pauses, which need nobody.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_BACKOFF_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_BACKOFF_H_

namespace sync_atomic {
namespace internal {

// Tells the processor that the thread is waiting for another one.
inline void PauseProcessor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");  // yield is a no-op on most of them
#elif defined(__arm__)
  asm volatile("yield" ::: "memory");
#elif defined(__riscv)
  asm volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");  // pause
#else
  asm volatile("" ::: "memory");
#endif
}

class Backoff {
 public:
  // To be called after each failed try.
  void Pause() {
    for (int i = 0; i < pauses_; ++i) PauseProcessor();
    if (pauses_ < kMostPauses) pauses_ *= 2;
  }

 private:
  static constexpr int kFewestPauses = 16;
  static constexpr int kMostPauses = 256;

  int pauses_ = kFewestPauses;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_BACKOFF_H_
