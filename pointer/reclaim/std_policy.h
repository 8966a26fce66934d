// SPDX-License-Identifier: Apache-2.0

// StdPolicy: what the core is built on. The parts of the core, and the
// protocols of Value, are templates on a policy, so that a model checker can
// run the very same source on atomics, fences and threads of its own.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_STD_POLICY_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_STD_POLICY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/internal/process_waiters.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/reclaim/domain_forward.h"
#include "sync_atomic/pointer/reclaim/retired.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
struct ThreadRecord;

// What the process's heavy fences took.
struct HeavyFences {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> nanoseconds{0};
  std::atomic<std::uint64_t> latest_nanoseconds{0};
};
SYNC_ATOMIC_INTERNAL_EXPORT extern HeavyFences heavy_fences;

// In the namespace of the build's kind (checked.h).
inline namespace SYNC_ATOMIC_INTERNAL_BUILD {

struct StdPolicy;

// Atomics and fences (fence.h).
struct SYNC_ATOMIC_INTERNAL_EXPORT StdMemory {
  template <class T>
  using Atomic = std::atomic<T>;

  static void LightFence() { internal::LightFence(); }
  static bool LightFenceIsCompilerOnly() {
    return internal::LightFenceIsCompilerOnly();
  }
  static void CompilerFence() { internal::CompilerFence(); }
  static bool HeavyFence();
  // What a heavy fence took lately, in nanoseconds.
  static std::uint64_t HeavyFencePrice() {
    return heavy_fences.latest_nanoseconds.load();
  }

  // How many objects a thread's retire list has room for at first.
  static constexpr std::size_t kFewestRetired = 64;
  // Memory for what waits; null if there is none. Never by operator new: a
  // replaced one may use a cell, and so retire something.
  static void* Malloc(std::size_t size) { return std::malloc(size); }
  static void Free(void* memory) { std::free(memory); }
};

// Threads, their records and their ends, and time.
struct SYNC_ATOMIC_INTERNAL_EXPORT StdThreads {
  // How many blockers a scan remembers, on the stack; at least 2.
  static constexpr std::size_t kMaxBlockers = 64;
  // How many records of threads are made together, at most.
  static constexpr std::size_t kMaxRecordsAtOnce = 64;

  // The one domain of the process.
  static Domain<StdPolicy>& domain();

  // The calling thread's record; null until its first use and after its last.
  static ThreadRecord<StdPolicy>*& this_record();

  // The same for the fast paths, so that they need to ask nothing else first:
  // it is the calling thread's record where LightFenceIsCompilerOnly(), and
  // until that is known the sentinel, in which everything is occupied.
  static ThreadRecord<StdPolicy>*& fast_record();
  static ThreadRecord<StdPolicy>& sentinel_record();

  // Memory for records of threads; null if there is none. Never by operator
  // new: a replaced one may be what uses a cell for the first time here.
  static ThreadRecord<StdPolicy>* NewRecords(std::size_t count);

  // Has Domain::Unregister() called when the calling thread ends. False: its
  // end will not be seen (ThreadIsGone() finds out later).
  static bool WatchThreadExit(ThreadRecord<StdPolicy>& self);
  static bool ThreadIsEnding();
  static bool ThreadIsGone(std::int64_t thread);

  static std::uint64_t Milliseconds();
  static std::uint64_t Nanoseconds();
  static void Pause(int round, bool brief);

  // Hands reclaimable objects over to be disposed of elsewhere, by
  // Domain::DisposeAll(). False: nobody else does, and `reclaimable` is
  // unchanged.
  static bool RunOnExecutor(RetiredStack& reclaimable);
  static bool HasExecutor();
  // The owner of `record` has ended: in an executor's call, perhaps.
  static void EndExecutorCall(ThreadRecord<StdPolicy>& record);
};

// Sleeping, for cells that are waited for, and for threads that reclaim in the
// background.
struct SYNC_ATOMIC_INTERNAL_EXPORT StdWaiting : FutexPolicy {
  // The one table of waiters of the process (process_domain.h).
  static Waiters<FutexPolicy>& waiters();
};

struct SYNC_ATOMIC_INTERNAL_EXPORT StdPolicy : StdMemory,
                                               StdThreads,
                                               StdWaiting {
  using StdMemory::Atomic;
};

}  // namespace SYNC_ATOMIC_INTERNAL_BUILD
}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_STD_POLICY_H_
