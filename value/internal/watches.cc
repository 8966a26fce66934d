// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/value/internal/watches.h"

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/internal/process_waiters.h"
#include "sync_atomic/atomic/internal/waiting.h"
#include "sync_atomic/atomic/platform/futex.h"
#include "sync_atomic/pointer/platform/service_thread.h"

namespace sync_atomic {
namespace internal {
namespace {

using Lock = std::unique_lock<std::mutex>;

// A call of a watch's function that the thread is in.
struct Call {
  const Watch* watch;
  const Call* outer;
};
thread_local const Call* calls = nullptr;
thread_local bool is_service_thread = false;

bool IsInside(const Watch& watch) {
  for (const Call* call = calls; call != nullptr; call = call->outer) {
    if (call->watch == &watch) return true;
  }
  return false;
}

}  // namespace

// The list of watches, and the thread that serves them: there is one while the
// list is not empty.
struct WatchService {
  std::mutex mutex;
  Watch* first = nullptr;
  std::uint64_t round = 0;
  // Of threads, each of which has a number. One ends when it is not the latest
  // any more, or nothing is listed.
  std::uintptr_t latest_thread = 0;
  bool has_thread = false;
  pthread_t thread{};

  // --- Under the lock --------------------------------------------------------

  void List(Watch& watch) {
    watch.after = first;
    if (first != nullptr) first->before = &watch;
    first = &watch;
    watch.is_listed = true;
    for (std::size_t i = 0; i < watch.count; ++i) {
      process_waiters.Watch(watch.addresses[i]);
    }
    if (has_thread) return;
    has_thread = true;
    ++latest_thread;
    thread = internal::StartServiceThread(
        &Serve, reinterpret_cast<void*>(latest_thread),
        "sync/atomic: Watcher or Derived: the system gives no thread");
  }

  void Unlist(Watch& watch) {
    if (!watch.is_listed) return;  // it was inherited from a fork's parent
    (watch.before == nullptr ? first : watch.before->after) = watch.after;
    if (watch.after != nullptr) watch.after->before = watch.before;
    watch.is_listed = false;
    for (std::size_t i = 0; i < watch.count; ++i) {
      process_waiters.Unwatch(watch.addresses[i]);
    }
  }

  static void Moved(Watch& watch) {
    watch.moves.fetch_add(1);
    FutexWake(watch.moves);
  }

  // --- Which take the lock, or let it go for a while -------------------------

  static void Wait(Lock& lock, Watch& watch, const Deadline& deadline) {
    const std::uint32_t moves = watch.moves.load();
    lock.unlock();
    FutexWait(watch.moves, moves, deadline);
    lock.lock();
  }

  // Gives up a count. The last destroys the watch, without the lock.
  static void Unref(Lock& lock, Watch& watch) {
    if (--watch.refs != 0) return;
    lock.unlock();
    watch.kind.destroy(&watch);
    lock.lock();
  }

  // Without a thread of its own nobody serves what is listed, and with two the
  // older leaves it to the other.
  bool IsServedBy(std::uintptr_t number) const {
    return has_thread && latest_thread == number;
  }

  // The thread that nobody needs any more ends, and is waited for, except from
  // inside of a call, for which it might be waiting.
  void EndThreadIfIdle(Lock& lock) {
    if (first != nullptr || !has_thread) return;
    has_thread = false;
    const pthread_t ending = thread;
    process_waiters.WakeWatchers(nullptr);
    lock.unlock();
    if (calls != nullptr || is_service_thread) {
      pthread_detach(ending);
    } else {
      pthread_join(ending, nullptr);
    }
    lock.lock();
  }

  // Calls watch.kind.run(), without the lock.
  template <class F>
  static void Run(Lock& lock, Watch& watch, const F& run) {
    const Call call = {&watch, calls};
    ForbiddenChanges forbidden = {watch.addresses, watch.count,
                                  watch.kind.may_not_store, nullptr};
    ++watch.refs;
    ++watch.runs_begun;
    watch.is_running = true;
    lock.unlock();
    {
      struct End {
        ~End() {
          calls = ended->outer;
          ForbidChanges(forbidden_before);
          locked->lock();
          watch->is_running = watch->is_offered = false;
          ++watch->runs_done;
          Moved(*watch);
        }
        const Call* ended;
        const ForbiddenChanges* forbidden_before;
        Lock* locked;
        Watch* watch;
      };
      // A call inside of another one, of an executor, may change what that may
      // not.
      const End end = {
          &call,
          ForbidChanges(forbidden.message == nullptr ? nullptr : &forbidden),
          &lock, &watch};
      calls = &call;
      run();
    }
  }
  static void RunNoThrow(Lock& lock, Watch& watch) noexcept {
    Run(lock, watch, [&watch] {
#if defined(__cpp_exceptions)
      try {
        watch.kind.run(watch);
      } catch (const std::exception& thrown) {
        std::fprintf(stderr,
                     "sync/atomic: the function of a Watcher or Derived threw "
                     "an exception on another thread: %s\n",
                     thrown.what());
        std::abort();
      }
#else
      watch.kind.run(watch);
#endif
    });
    Unref(lock, watch);
  }

  void Submit(Lock& lock, Watch& watch);

  // Looks at each watch once. A watch that is ended meanwhile may take its
  // neighbours along: then from the start, past those that were looked at.
  void LookAtAll(Lock& lock, std::uintptr_t number) {
    const std::uint64_t this_round = ++round;
    for (Watch* watch = first; watch != nullptr;) {
      if (watch->looked_at == this_round || watch->is_offered ||
          watch->is_running || !watch->kind.is_due(*watch)) {
        watch = watch->after;
        continue;
      }
      watch->looked_at = this_round;
      ++watch->refs;
      if (watch->kind.submit == nullptr) {
        RunNoThrow(lock, *watch);
      } else {
        Submit(lock, *watch);
      }
      if (watch->is_listed) {
        --watch->refs;  // its owner still has one
        watch = watch->after;
      } else {
        Unref(lock, *watch);
        watch = first;
      }
      if (!IsServedBy(number)) return;
    }
  }

  static void* Serve(void* number);
};

namespace {

ABSL_CONST_INIT WatchService service;

// A fork comes when nothing is half done. In the child there is no thread, and
// what was watched is not any more.
[[maybe_unused]] const int watches_forks =
    pthread_atfork([] { service.mutex.lock(); }, [] { service.mutex.unlock(); },
                   [] {
                     for (Watch* watch = service.first; watch != nullptr;
                          watch = watch->after) {
                       watch->is_listed = false;
                     }
                     service.first = nullptr;
                     service.has_thread = false;
                     service.mutex.unlock();
                   });

}  // namespace

// Counts its watch.
struct WatchCall::Offer {
  explicit Offer(Watch& offered) : watch(offered) {}
  Offer(const Offer&) = delete;
  Offer& operator=(const Offer&) = delete;
  ~Offer() {
    Lock lock(service.mutex);
    if (!is_called.load()) {
      watch.is_offered = false;
      WatchService::Moved(watch);
    }
    WatchService::Unref(lock, watch);
  }

  Watch& watch;
  std::atomic<bool> is_called{false};
};

void WatchCall::operator()() const {
  if (offer_->is_called.exchange(true)) return;
  Lock lock(service.mutex);
  Watch& watch = offer_->watch;
  if (!watch.is_listed) return;
  WatchService::RunNoThrow(lock, watch);
  // What was stored meanwhile is for the thread to find.
  process_waiters.WakeWatchers(nullptr);
}

void WatchService::Submit(Lock& lock, Watch& watch) {
  ++watch.refs;  // the offer's
  watch.is_offered = true;
  watch.is_submitting = true;
  lock.unlock();
  {
    const WatchCall call(std::make_shared<WatchCall::Offer>(watch));
    watch.kind.submit(watch, call);
  }
  lock.lock();
  watch.is_submitting = false;
  Moved(watch);
}

void* WatchService::Serve(void* argument) {
  const auto number = reinterpret_cast<std::uintptr_t>(argument);
  is_service_thread = true;
  Lock lock(service.mutex);
  while (service.IsServedBy(number)) {
    const std::uint32_t changes = process_waiters.watched_changes();
    service.LookAtAll(lock, number);
    if (!service.IsServedBy(number)) break;
    lock.unlock();
    process_waiters.SleepAsWatcher(changes);
    lock.lock();
  }
  return nullptr;
}

void StartWatch(Watch& watch) {
  Lock lock(service.mutex);
  service.List(watch);
  struct End {
    ~End() {
      if (has_run) return;
      service.Unlist(*watch);
      --watch->refs;  // the call's
      service.EndThreadIfIdle(*lock);
      WatchService::Unref(*lock, *watch);
    }
    Lock* lock;
    Watch* watch;
    bool has_run = false;
  };
  End end{&lock, &watch};
  WatchService::Run(lock, watch, [&watch] { watch.kind.run(watch); });
  end.has_run = true;
  WatchService::Unref(lock, watch);
  // What was stored meanwhile is for the thread to find.
  process_waiters.WakeWatchers(nullptr);
}

void EndWatch(Watch& watch) noexcept {
  Lock lock(service.mutex);
  const bool was_listed = watch.is_listed;
  service.Unlist(watch);
  watch.is_ended = true;
  if (was_listed && !IsInside(watch)) {
    while (watch.is_running || watch.is_submitting) {
      WatchService::Wait(lock, watch, Deadline());
    }
  }
  service.EndThreadIfIdle(lock);
  WatchService::Unref(lock, watch);
}

bool HasEnded(const Watch& watch) noexcept {
  const Lock lock(service.mutex);
  return watch.is_ended;
}

bool WaitForWatch(Watch& watch, const Deadline& deadline) {
  if (is_service_thread || IsInside(watch)) {
    Fatal(
        "sync/atomic: WaitUntilCurrent on the thread that would make it "
        "current");
  }
  Lock lock(service.mutex);
  const std::uint64_t begun = watch.runs_begun;
  while (watch.runs_done <= begun) {
    if (!watch.is_offered && !watch.is_running && !watch.kind.is_due(watch)) {
      return true;
    }
    if (!watch.is_listed) return false;
    if (SteadyNanoseconds() >= deadline.steady_nanoseconds) return false;
    WatchService::Wait(lock, watch, deadline);
  }
  return true;
}

}  // namespace internal
}  // namespace sync_atomic
