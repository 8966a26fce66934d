// SPDX-License-Identifier: Apache-2.0

// The one domain of the process, on the system's threads.
//
// Inline, as the thread's record is: where a system has one copy of such
// variables for several libraries, it has one of both.
//
// Threads: all on any threads.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_PROCESS_DOMAIN_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_PROCESS_DOMAIN_H_

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/internal/process_waiters.h"
#include "sync_atomic/atomic/internal/waiters.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/membership.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

#if defined(SYNC_ATOMIC_INTERNAL_TSAN)
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#endif

namespace sync_atomic {
namespace internal {

// Under ThreadSanitizer each file has its own instrumented copy, of which the
// linker takes one in place of the library's: so it knows the core's atomics
// also where the library was built without it.
#if !defined(SYNC_ATOMIC_INTERNAL_TSAN)
extern template class Membership<StdPolicy>;
extern template class Domain<StdPolicy>;
#endif

// Without ABSL_CONST_INIT, of which clang's -Wc++20-compat warns as C++20; the
// constructors are constexpr.
SYNC_ATOMIC_INTERNAL_PROCESS Domain<StdPolicy> process_domain;

SYNC_ATOMIC_INTERNAL_PROCESS ThreadRecord<StdPolicy> std_policy_sentinel_record
    SYNC_ATOMIC_INTERNAL_INITIALLY({SentinelTag()});
SYNC_ATOMIC_INTERNAL_THREAD ThreadRecord<StdPolicy>* std_policy_this_record
    SYNC_ATOMIC_INTERNAL_INITIALLY(= nullptr);
SYNC_ATOMIC_INTERNAL_THREAD ThreadRecord<StdPolicy>* std_policy_fast_record
    SYNC_ATOMIC_INTERNAL_INITIALLY(= &std_policy_sentinel_record);

inline Domain<StdPolicy>& StdThreads::domain() { return process_domain; }
inline ThreadRecord<StdPolicy>& StdThreads::sentinel_record() {
  return std_policy_sentinel_record;
}
inline ThreadRecord<StdPolicy>*& StdThreads::this_record() {
  return std_policy_this_record;
}
inline ThreadRecord<StdPolicy>*& StdThreads::fast_record() {
  return std_policy_fast_record;
}
inline Waiters<FutexPolicy>& StdWaiting::waiters() { return process_waiters; }

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_PROCESS_DOMAIN_H_
