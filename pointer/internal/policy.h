// StdPolicy: what the core is built on. Domain, ThreadRecord and the protocols
// of Value are templates on a policy, so that a model checker can run the very
// same source on atomics, fences and threads of its own.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_POLICY_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_POLICY_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/export.h"
#include "sync_atomic/pointer/internal/fence.h"
#include "sync_atomic/pointer/internal/retired.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class SYNC_ATOMIC_INTERNAL_EXPORT Domain;
template <class Policy>
struct ThreadRecord;
template <class Policy>
class Waiters;

// Until when somebody waits; without a value, for ever.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// What the process's heavy fences took.
struct HeavyFences {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> nanoseconds{0};
};
SYNC_ATOMIC_INTERNAL_EXPORT extern HeavyFences heavy_fences;

// In the namespace of the build's kind (checked.h).
inline namespace SYNC_ATOMIC_INTERNAL_BUILD {

struct SYNC_ATOMIC_INTERNAL_EXPORT StdPolicy {
  template <class T>
  using Atomic = std::atomic<T>;

  // Of a reclaim, on its stack (Domain::Scan()); at least 2.
  static constexpr std::size_t kMaxBlockers = 64;

  // How many records of threads are made together, at most.
  static constexpr std::size_t kMaxRecordsAtOnce = 64;

  static void LightFence() { internal::LightFence(); }
  static bool LightFenceIsCompilerOnly() {
    return internal::LightFenceIsCompilerOnly();
  }
  static void CompilerFence() { internal::CompilerFence(); }
  static bool HeavyFence();

  // The one domain of the process.
  static Domain<StdPolicy>& domain();

  // The calling thread's record; null until its first use and after its last.
  static ThreadRecord<StdPolicy>*& this_record();

  // The same for the fast paths, which so need to ask nothing else first: it is
  // the calling thread's record where LightFenceIsCompilerOnly(), and until
  // that is known nobody(), in which everything is occupied.
  static ThreadRecord<StdPolicy>*& fast_record();
  static ThreadRecord<StdPolicy>& sentinel_record();

  // Memory for records of threads; null if there is none. Never by operator
  // new: a replaced one may be what uses a cell for the first time here.
  static ThreadRecord<StdPolicy>* NewRecords(std::size_t count);

  // Has Domain::Unregister() called when the calling thread ends. False: its
  // end will not be seen (ThreadIsGone() finds out later).
  static bool WatchThreadExit(ThreadRecord<StdPolicy>& self);

  // Whether the calling thread is in the destructors of its pthread keys.
  static bool ThreadIsEnding();

  // True only if the thread with this number of the system has ended.
  static bool ThreadIsGone(std::int64_t thread);

  // A clock that is cheap and coarse.
  static std::uint64_t Milliseconds();

  // Gives others the processor; for longer, the more rounds were in vain.
  // `brief`: what is waited for is about to happen.
  static void Pause(int round, bool brief);

  // The one table of waiters of the process.
  static Waiters<StdPolicy>& waiters();

  // Sleeps until somebody calls WakeAll(word), or for no reason; not at all if
  // `word` isn't `value` any more. False: the deadline has passed.
  static bool SleepOn(const Atomic<std::uint32_t>& word, std::uint32_t value,
                      const Deadline& deadline);
  static void WakeAll(const Atomic<std::uint32_t>& word);

  // Hands dead objects over to be disposed of elsewhere, by
  // Domain::DisposeAll(). False: nobody else does, and `dead` is as it was.
  static bool RunOnExecutor(RetiredStack& dead);
  static bool HasExecutor();

  // The owner of `record` has ended: in a RunOnExecutor(), perhaps.
  static void EndExecutorCall(ThreadRecord<StdPolicy>& record);
};

}  // namespace SYNC_ATOMIC_INTERNAL_BUILD

SYNC_ATOMIC_INTERNAL_THREAD ThreadRecord<StdPolicy>* std_policy_this_record
    SYNC_ATOMIC_INTERNAL_INITIALLY(= nullptr);

// Whom a fork leaves behind, and what: executor.cc.
void ForgetOtherThreadsExecutors();

inline ThreadRecord<StdPolicy>*& StdPolicy::this_record() {
  return std_policy_this_record;
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_POLICY_H_
