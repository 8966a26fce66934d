// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/reclaim/std_policy.h"

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/platform/clock.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/platform/thread_end.h"
#include "sync_atomic/pointer/reclaim/executor.h"
#include "sync_atomic/pointer/reclaim/membership.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {
namespace internal {

ABSL_CONST_INIT HeavyFences heavy_fences;

#if defined(SYNC_ATOMIC_SHARED)
ABSL_CONST_INIT std::atomic<std::size_t> free_list_quotas{0};
ABSL_CONST_INIT Domain<StdPolicy> process_domain;
ABSL_CONST_INIT ThreadRecord<StdPolicy> std_policy_sentinel_record{
    SentinelTag()};
__thread ThreadRecord<StdPolicy>* std_policy_this_record = nullptr;
__thread ThreadRecord<StdPolicy>* std_policy_fast_record =
    &std_policy_sentinel_record;
#endif

template class Membership<StdPolicy>;
template class Domain<StdPolicy>;

namespace {

// Early, while the process has one thread: see DecideFenceMode().
[[maybe_unused]] const FenceMode early_fence_mode = DecideFenceMode();

// The child of a fork goes on with the one thread that forked.
void AfterFork() {
  registration_is_inherited.store(true);
  ThreadRecord<StdPolicy>* const self = StdPolicy::this_record();
  process_domain.AfterFork(self);
  ForgetOtherThreadsExecutors();
  if (self != nullptr) self->SetThreadId(ThreadId());
}

[[maybe_unused]] const bool watches_forks = [] {
  if (pthread_atfork(nullptr, nullptr, AfterFork) != 0) {
    Fatal("sync/atomic: no memory to watch for forks");
  }
  return true;
}();

}  // namespace

bool StdMemory::HeavyFence() {
  const std::int64_t start = SteadyNanoseconds();
  const bool fenced = internal::HeavyFence();
  const auto nanoseconds =
      static_cast<std::uint64_t>(SteadyNanoseconds() - start);
  heavy_fences.count.fetch_add(1);
  heavy_fences.nanoseconds.fetch_add(nanoseconds);
  heavy_fences.latest_nanoseconds.store(nanoseconds);
  return fenced;
}

ThreadRecord<StdPolicy>* StdThreads::NewRecords(std::size_t count) {
  using Record = ThreadRecord<StdPolicy>;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignof(Record), count * sizeof(Record)) != 0) {
    return nullptr;
  }
  auto* const records = static_cast<Record*>(memory);
  for (std::size_t i = 0; i < count; ++i) new (records + i) Record;
  return records;
}

bool StdThreads::WatchThreadExit(ThreadRecord<StdPolicy>& self) {
  self.SetThreadId(ThreadId());
  return CallAtThreadEnd(&self);
}

bool AtThreadEnd(void* record) {
  return process_domain.Unregister(
      *static_cast<ThreadRecord<StdPolicy>*>(record));
}

bool StdThreads::ThreadIsEnding() { return internal::ThreadIsEnding(); }

bool StdThreads::ThreadIsGone(std::int64_t thread) {
  return internal::ThreadIsGone(thread);
}

std::uint64_t StdThreads::Milliseconds() { return CoarseMilliseconds(); }

std::uint64_t StdThreads::Nanoseconds() {
  return static_cast<std::uint64_t>(SteadyNanoseconds());
}

void StdThreads::Pause(int round, bool brief) { PauseForOthers(round, brief); }

bool StdThreads::RunOnExecutor(RetiredStack& reclaimable) {
  return internal::RunOnExecutor(reclaimable);
}

bool StdThreads::HasExecutor() { return internal::HasExecutor(); }

void StdThreads::EndExecutorCall(ThreadRecord<StdPolicy>& record) {
  internal::EndExecutorCall(record);
}

}  // namespace internal
}  // namespace sync_atomic
