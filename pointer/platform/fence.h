// SPDX-License-Identifier: Apache-2.0

// The asymmetric fence: a pair of fences between the many who read and the few
// who free, in which the reader's half costs nothing.
//
// Both sides write something and then read what the other side writes. With a
// full fence between the write and the read on both sides, at least one of the
// two sees the other's write. LightFence() and HeavyFence() keep that promise
// to each other (not LightFence() to LightFence()): HeavyFence() has the kernel
// run a full fence on every core that runs a thread of this process (Linux's
// membarrier), so that LightFence() need only keep the compiler from moving
// anything across it.
//
// Where membarrier is missing (other systems, old kernels, filters) both are
// plain seq_cst fences. Which of the two it is, is decided once per process: as
// the library is loaded, or by the first HeavyFence(); until then readers fence
// fully. One vendor's kernel kills a process that asks for
// membarrier: SYNC_ATOMIC_FENCES=full in the environment forces the plain
// fences, and so does the macro SYNC_ATOMIC_FULL_FENCES in the build; either
// way membarrier is never called. Only fence.cc looks at the macro, and readers
// everywhere at what was decided: code built without it may be linked with code
// built with it, and what holds is how fence.cc was built.
//
// No other file has a fence instruction, or calls membarrier.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_FENCE_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_FENCE_H_

#include <atomic>
#include <cerrno>
#include <string_view>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/pointer/platform/built_with_tsan.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sync_atomic {
namespace internal {

enum class FenceMode : int {
  kUndecided,   // readers fence fully
  kMembarrier,  // readers fence for free
  kFull,        // readers fence fully, for good
};

SYNC_ATOMIC_INTERNAL_PROCESS std::atomic<FenceMode> fence_mode
    SYNC_ATOMIC_INTERNAL_INITIALLY({FenceMode::kUndecided});

// What the kernel last answered when it refused membarrier, an errno, or 0.
SYNC_ATOMIC_INTERNAL_PROCESS std::atomic<int> fence_errno
    SYNC_ATOMIC_INTERNAL_INITIALLY({0});

// A full fence by this thread alone.
inline void FullFence() {
#ifdef SYNC_ATOMIC_INTERNAL_TSAN
  // ThreadSanitizer doesn't know fences, and gcc warns of them. The fence below
  // is the same instruction; what TSan needs to know it reads from the release
  // stores and acquire loads on the fence's two sides.
  __sync_synchronize();
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

// Whether LightFence() need only keep the compiler from moving anything. Once
// true, for good.
inline bool LightFenceIsCompilerOnly() {
  // Relaxed: the word carries nothing else. A reader that sees an old
  // kUndecided fences fully, which is right in every mode; kMembarrier never
  // changes.
  return fence_mode.load(std::memory_order_relaxed) == FenceMode::kMembarrier;
}

// LightFence() for callers who know that LightFenceIsCompilerOnly().
inline void CompilerFence() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// The reader's half: between its announcement and its look at shared memory.
inline void LightFence() {
  if (ABSL_PREDICT_TRUE(LightFenceIsCompilerOnly())) {
    CompilerFence();
  } else {
    FullFence();
  }
}

#if defined(__linux__) && defined(SYS_membarrier)
// From <linux/membarrier.h>, which old toolchains lack.
inline constexpr int kMembarrierQuery = 0;
inline constexpr int kMembarrierPrivateExpedited = 1 << 3;
inline constexpr int kMembarrierRegisterPrivateExpedited = 1 << 4;
inline constexpr int kMembarrierPrivateExpeditedSyncCore = 1 << 5;

// A kernel that is short of memory for a moment is asked again: that is no
// refusal.
inline bool Membarrier(int command) {
  while (syscall(SYS_membarrier, command, 0, 0) != 0) {
    if (errno != ENOMEM) {
      fence_errno.store(errno);
      return false;
    }
    sched_yield();
  }
  return true;
}

// Whether the kernel's membarrier does what it says.
//
// On RISC-V it may miss a core that switches to a thread of this process just
// then, before Linux 6.9 ("membarrier: riscv: Add full memory barrier in
// switch_mm()"). That series ends with a command that we don't use, SYNC_CORE:
// a kernel that offers it has the barrier. Some older ones have the barrier by
// a backport, and can't be told from those without.
inline bool MembarrierIsSound() {
#if defined(__riscv)
  const long offered = syscall(SYS_membarrier, kMembarrierQuery, 0, 0);
  if (offered < 0) {
    fence_errno.store(errno);
    return false;
  }
  return (offered & kMembarrierPrivateExpeditedSyncCore) != 0;
#else
  return true;
#endif
}

inline bool RegisterMembarrier() {
  // The first command may register and the second be refused all the same.
  return MembarrierIsSound() &&
         Membarrier(kMembarrierRegisterPrivateExpedited) &&
         Membarrier(kMembarrierPrivateExpedited);
}
inline bool FenceAllThreads() {
  return Membarrier(kMembarrierPrivateExpedited);
}
#else
inline bool RegisterMembarrier() { return false; }
inline bool FenceAllThreads() { return false; }
#endif

// Whether the environment or the build asks for plain fences. Says so on stderr
// if the environment asks for what there isn't.
SYNC_ATOMIC_INTERNAL_EXPORT bool FullFencesAreForced();

// In words, how this process fences, and why.
inline std::string_view DescribeFences() {
  switch (fence_mode.load()) {
    case FenceMode::kUndecided:
      return "full fences, until the library is initialized";
    case FenceMode::kMembarrier:
      return "membarrier: readers need no fence instruction";
    case FenceMode::kFull:
      break;
  }
  return FullFencesAreForced()
             ? "full fences, as the build or the environment asks"
             : "full fences, since the system has no membarrier for us";
}

// Says on stderr, once per process, that the kernel has refused a fence that it
// had granted before, and what follows from that.
SYNC_ATOMIC_INTERNAL_EXPORT void SayThatFencesAreRefused(int error);

// Set in the child of a fork. Linux hands the registration down, but nowhere
// promises to. (A word: not every processor exchanges a byte.)
SYNC_ATOMIC_INTERNAL_PROCESS std::atomic<int> registration_is_inherited
    SYNC_ATOMIC_INTERNAL_INITIALLY({0});

// Decides once how this process fences, and returns it. Called before the first
// thread starts where possible (registering takes 0.6 us then, and 28 ms
// later).
inline FenceMode DecideFenceMode() {
  FenceMode mode = fence_mode.load();
  if (mode == FenceMode::kUndecided) {
    const FenceMode found = !FullFencesAreForced() && RegisterMembarrier()
                                ? FenceMode::kMembarrier
                                : FenceMode::kFull;
    // The first decides for all.
    if (fence_mode.compare_exchange_strong(mode, found)) mode = found;
  }
  return mode;
}

// The reclaimer's half: between what it unlinked and its look at the readers.
//
// False: the kernel refused although it had agreed before (a filter installed
// since). Readers may have skipped their fences then, and so the caller must
// free nothing by what it sees. Each call asks the kernel anew, and a true
// stands for itself, whatever failed before, here or on other threads: it
// fences every thread, and makes up for what readers have skipped until then. A
// filter may be one thread's alone, and the others go on freeing.
inline bool HeavyFence() {
  if (DecideFenceMode() == FenceMode::kMembarrier) {
    // The system call does not order this thread's own accesses around it for
    // the compiler, nor, where no other thread runs, for the processor.
    FullFence();
    const bool fenced =
        FenceAllThreads() ||
        (registration_is_inherited.exchange(false) && RegisterMembarrier());
    const int error = errno;
    FullFence();
    if (!fenced) SayThatFencesAreRefused(error);
    return fenced;
  }
  FullFence();
  return true;
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_FENCE_H_
