// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/preemption.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "sync_atomic/pointer/internal/hint.h"
#include "sync_atomic/pointer/platform/rseq.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sync_atomic {
namespace internal {
namespace {

#if defined(__linux__)
// The same numbers on every architecture; Linux's headers have them from 7.0.
constexpr int kPrctlSliceExtension = 79;  // PR_RSEQ_SLICE_EXTENSION
constexpr unsigned long kSliceExtensionSet = 2;
constexpr unsigned long kSliceExtensionEnable = 1;
constexpr long kSliceYield = 471;                // rseq_slice_yield
constexpr std::uint32_t kSliceAvailable = 0x10;  // in Rseq::flags

void YieldToKernel() { syscall(kSliceYield); }
#endif

// A thread's own.
struct Hint {
  bool decided = false;
  PreemptionSupport support;
  volatile Rseq* words = nullptr;  // null: nobody reads them
  void (*yield)() = nullptr;
  int depth = 0;
  PreemptionStats stats;
};
thread_local Hint this_thread;

// Asks the kernel once for each thread, and remembers a no.
void Decide(Hint& hint) {
  hint.decided = true;
  hint.support = {PreemptionSupport::kCounting, false, 0};
  hint.words = nullptr;
#if defined(__linux__)
  volatile Rseq* const words = ThreadRseq();
  if (words == nullptr || RseqSize() <= offsetof(Rseq, end) ||
      (words->flags & kSliceAvailable) == 0) {
    return;
  }
  if (prctl(kPrctlSliceExtension, kSliceExtensionSet, kSliceExtensionEnable, 0,
            0) != 0) {
    hint.support.last_errno = errno;
    return;
  }
  hint.support = {PreemptionSupport::kRseqSlice, true, 0};
  hint.words = words;
  hint.yield = &YieldToKernel;
#endif
}

Hint& Decided() {
  Hint& hint = this_thread;
  if (!hint.decided) Decide(hint);
  return hint;
}

using Record = ThreadRecord<StdPolicy>;

// Counts for the thread, and in its record, where others find it.
void Count(std::uint64_t& own, SingleWriterCounter<StdPolicy>& total) {
  ++own;
  total.Add(1);
}

}  // namespace

void AskForDelay() {
  Hint& hint = Decided();
  if (hint.depth++ != 0) return;
  Record& self = *StdPolicy::this_record();
  self.delay_asked_ms.store(StdPolicy::Milliseconds());
  Count(hint.stats.requested, self.statistics.hints.requested);
  if (hint.words != nullptr) hint.words->slice_request = 1;
}

bool WithdrawDelay() {
  Hint& hint = this_thread;
  if (--hint.depth != 0) return false;
  Record& self = *StdPolicy::this_record();
  self.delay_asked_ms.store(0);
  if (hint.words == nullptr) return false;
  // The kernel takes the request away when it grants a delay, and whenever the
  // thread loses the processor.
  const bool taken = hint.words->slice_request == 0;
  hint.words->slice_request = 0;
  // Looked at last: a grant may come until the request is gone.
  if (hint.words->slice_granted != 0) {
    Count(hint.stats.granted, self.statistics.hints.granted);
    return true;
  }
  if (taken) Count(hint.stats.revoked, self.statistics.hints.revoked);
  return false;
}

void YieldDelay() {
  Hint& hint = this_thread;
  Count(hint.stats.yielded, StdPolicy::this_record()->statistics.hints.yielded);
  hint.yield();
}

bool DelayGranted() {
  const Hint& hint = this_thread;
  return hint.words != nullptr && hint.words->slice_granted != 0;
}

void UseFakeDelays(volatile Rseq* words, void (*yield)()) {
  Hint& hint = this_thread;
  if (words == nullptr) {
    Decide(hint);
    return;
  }
  hint.decided = true;
  hint.support = {PreemptionSupport::kRseqSlice, true, 0};
  hint.words = words;
  hint.yield = yield;
}

}  // namespace internal

PreemptionSupport GetPreemptionSupport() { return internal::Decided().support; }

PreemptionStats GetPreemptionStats() {
  PreemptionStats sum;
  internal::StdPolicy::domain().ForEachRecord([&sum](internal::Record& record) {
    sum.requested += record.statistics.hints.requested.Load();
    sum.granted += record.statistics.hints.granted.Load();
    sum.yielded += record.statistics.hints.yielded.Load();
    sum.revoked += record.statistics.hints.revoked.Load();
  });
  return sum;
}

PreemptionStats GetThreadPreemptionStats() {
  return internal::this_thread.stats;
}

}  // namespace sync_atomic
