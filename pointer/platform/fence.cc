// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/platform/fence.h"

#include <pthread.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sync_atomic {
namespace internal {

#if defined(SYNC_ATOMIC_SHARED)
std::atomic<FenceMode> fence_mode{FenceMode::kUndecided};
std::atomic<int> fence_errno{0};
std::atomic<int> registration_is_inherited{0};
#endif

namespace {

// Each is said once.
std::atomic_flag said_unknown = ATOMIC_FLAG_INIT;
std::atomic_flag said_refused = ATOMIC_FLAG_INIT;

#ifdef SYNC_ATOMIC_FULL_FENCES
constexpr bool kForcedByBuild = true;
#else
constexpr bool kForcedByBuild = false;
#endif

}  // namespace

bool FullFencesAreForced() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): it has always been so with setenv().
  const char* const given = std::getenv("SYNC_ATOMIC_FENCES");
  const std::string_view asked = given == nullptr ? "" : given;
  if (asked == "full") return true;
  if (!asked.empty() && !said_unknown.test_and_set()) {
    std::fprintf(stderr,
                 "sync/atomic: SYNC_ATOMIC_FENCES is \"%s\", which means "
                 "nothing and changes nothing: expected \"full\", or unset\n",
                 given);
  }
  return kForcedByBuild;
}

void SayThatFencesAreRefused(int error) {
  if (said_refused.test_and_set()) return;
  // Nobody is to be cancelled here: a reclaim has its batch in its hands.
  int cancellation = 0;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
  std::fprintf(stderr,
               "sync/atomic: the kernel refuses a fence that it had granted "
               "before (errno %d): what is retired now is leaked, since "
               "nobody can tell any more whether it is still being read\n",
               error);
  pthread_setcancelstate(cancellation, nullptr);
}

}  // namespace internal
}  // namespace sync_atomic
