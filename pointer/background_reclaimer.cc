// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/background_reclaimer.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/platform/futex.h"
#include "sync_atomic/pointer/platform/service_thread.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"

namespace sync_atomic {

class BackgroundReclaimer::Thread {
 public:
  explicit Thread(std::int64_t interval)
      : interval_(interval),
        id_(internal::StartServiceThread(
            &Run, this,
            "sync/atomic: BackgroundReclaimer: the system gives no thread")) {}

  // Stops the thread, and deletes this.
  void Stop() {
    const bool from_itself = pthread_equal(id_, pthread_self()) != 0;
    if (!from_itself && process_ != getpid()) {  // it was not inherited
      delete this;
      return;
    }
    if (from_itself) {
      pthread_detach(id_);
      deletes_itself_ = true;
    }
    stop_.store(1);
    internal::FutexWake(stop_);
    domain().reclaim_signal().WakeAll();
    if (!from_itself) {
      pthread_join(id_, nullptr);
      delete this;
    }
  }

 private:
  static internal::Domain<internal::StdPolicy>& domain() {
    return internal::StdPolicy::domain();
  }

  static void* Run(void* thread) {
    static_cast<Thread*>(thread)->ReclaimUntilStopped();
    return nullptr;
  }

  void ReclaimUntilStopped() {
    while (stop_.load() == 0) {
      domain().reclaim_signal().PrepareToSleep();
      const bool all = domain().ReclaimInBackground();
      // A Stop() before PrepareToSleep() is seen here, and one after it wakes.
      if (all && stop_.load() == 0) domain().reclaim_signal().WaitUntilRaised();
      internal::FutexWait(stop_, 0, internal::DeadlineIn(interval_));
    }
    if (deletes_itself_) delete this;
  }

  const std::int64_t interval_;
  const pid_t process_ = getpid();
  std::atomic<std::uint32_t> stop_{0};
  bool deletes_itself_ = false;  // for the thread alone
  const pthread_t id_;           // last: the thread uses the others
};

namespace {

std::int64_t Checked(std::chrono::nanoseconds interval) {
  if (interval <= std::chrono::nanoseconds::zero()) {
    char message[100];
    std::snprintf(message, sizeof(message),
                  "sync/atomic: BackgroundReclaimer with an interval of %lld "
                  "ns: it must be positive",
                  static_cast<long long>(interval.count()));
    internal::Fatal(message);
  }
  return interval.count();
}

}  // namespace

BackgroundReclaimer::BackgroundReclaimer(std::chrono::nanoseconds interval)
    : thread_(new Thread(Checked(interval))) {}

BackgroundReclaimer::~BackgroundReclaimer() { thread_->Stop(); }

}  // namespace sync_atomic
