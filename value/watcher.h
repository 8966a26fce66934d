// SPDX-License-Identifier: Apache-2.0

// Watcher<T>: calls a function when a cell has changed.
//
//   atomic::ValueOf<Config> config;
//   atomic::Watcher<Config> log_level(  // a member of what it calls
//       config, [](const atomic::SnapshotOf<Config>& old,
//                  const atomic::SnapshotOf<Config>& now) {
//         if (now && (!old || old->log_level != now->log_level)) {
//           SetLogLevel(now->log_level);
//         }
//       });
//
// Do not use it to read the current value: a Load is cheaper and never late.
// Nor to see each value: of several stores in a row it may see the last alone.
//
// The function is first called by the constructor, with an empty `old`, if the
// cell holds something. Later on it is called with what it was given last and
// with what the cell holds now, which is empty after a Clear. What was put back
// meanwhile, the very object, is no change.
//
// Threads:   made and destroyed on any threads. The function is called by the
//            constructor's thread, then by one thread of the library's, which
//            serves all watchers, or by an executor: never by a thread that
//            stores. One call follows the other.
// Order:     what was done before a Store happens before the call that gets
//            what it stored, and each call before the next.
// Progress:  a Store to a watched cell wakes the thread, by a system call; it
//            never waits for it. Stores to other cells are as they were, except
//            that about one in 64 of these cells shares the wake-up. A function
//            that takes long delays the other watchers: give it an executor.
//            The destructor waits for a running call, and for an executor that
//            is just being called.
// Ownership: keeps the function, the executor, and what the function was given
//            last. The cell must outlive it. The thread exists from the first
//            Watcher or Derived to the end of the last. In the child of a fork
//            there is none, and an inherited watcher calls nothing, until one
//            is made there, for that one.
//            The destructor may be called from inside of the watcher's own
//            call: it returns at once, no further call comes, and the function
//            is destroyed after that call. Two functions that destroy each
//            other's watcher, on two threads, wait forever.
// Errors:    an exception of the function that the constructor calls goes to
//            its caller, and there is no watcher. Of another call, and of an
//            executor, it terminates the program (message, abort()), as a Value
//            of another type does. So does it if the system gives no thread.
//
// An executor is called with a function object, which it must call on any
// thread, now or later:
//
//   atomic::Watcher<Config> watcher(
//       config, f,
//       [&pool](std::function<void()> call) { pool.Add(std::move(call)); });
//
// The next call is offered to it when that one has returned. If all copies of
// what it was given are destroyed without a call, the change is offered again
// when the next one comes.

#ifndef SYNC_ATOMIC_VALUE_WATCHER_H_
#define SYNC_ATOMIC_VALUE_WATCHER_H_

#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/value/internal/watched_cell.h"
#include "sync_atomic/value/internal/watches.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {

namespace internal {

// The executor of who gives none.
struct ServiceThread {};

template <class T, class V, class F, class Executor>
class WatcherWatch : public Watch {
 public:
  WatcherWatch(const V& cell, F&& f, Executor&& executor)
      : Watch(kKind, &address_, 1),
        cell_(cell),
        address_(cell_.address()),
        f_(std::move(f)),
        executor_(std::move(executor)) {}

 private:
  static WatcherWatch& Of(Watch& watch) {
    return static_cast<WatcherWatch&>(watch);
  }

  static bool IsDue(const Watch& watch) {
    return static_cast<const WatcherWatch&>(watch).cell_.HasChanged();
  }
  static void Run(Watch& watch) {
    WatcherWatch& self = Of(watch);
    SnapshotOf<T> now = self.cell_.Load();
    if (now != self.cell_.seen()) self.f_(self.cell_.seen(), now);
    self.cell_.See(std::move(now));
  }
  static void Submit(Watch& watch, const WatchCall& call) {
    if constexpr (!std::is_same_v<Executor, ServiceThread>) {
      Of(watch).executor_(call);
    }
  }
  static void Destroy(Watch* watch) { delete &Of(*watch); }

  static constexpr WatchKind kKind = {
      &IsDue, &Run, std::is_same_v<Executor, ServiceThread> ? nullptr : &Submit,
      &Destroy,
      /*may_not_store=*/nullptr};

  WatchedCell<T, V> cell_;
  const void* const address_;
  F f_;
  Executor executor_;
};

}  // namespace internal

template <class T>
class [[nodiscard]] Watcher {
 public:
  // Watches `cell`, and calls f(old, now), with two SnapshotOf<T>.
  template <class F>
  Watcher(const ValueOf<T>& cell ABSL_ATTRIBUTE_LIFETIME_BOUND, F f)
      : watch_(Start(cell, std::move(f), internal::ServiceThread())) {}
  template <class F, class Executor>
  Watcher(const ValueOf<T>& cell ABSL_ATTRIBUTE_LIFETIME_BOUND, F f,
          Executor executor)
      : watch_(Start(cell, std::move(f), std::move(executor))) {}
  // The same of a Value of a T.
  template <class F>
  Watcher(const Value& cell ABSL_ATTRIBUTE_LIFETIME_BOUND, F f)
      : watch_(Start(cell, std::move(f), internal::ServiceThread())) {}
  template <class F, class Executor>
  Watcher(const Value& cell ABSL_ATTRIBUTE_LIFETIME_BOUND, F f,
          Executor executor)
      : watch_(Start(cell, std::move(f), std::move(executor))) {}
  template <class... A>
  explicit Watcher(const ValueOf<T>&&, A&&...) = delete;  // it would be gone
  template <class... A>
  explicit Watcher(const Value&&, A&&...) = delete;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() { internal::EndWatch(*watch_); }

 private:
  template <class V, class F, class Executor>
  static internal::Watch* Start(const V& cell, F&& f, Executor&& executor) {
    static_assert(
        std::is_invocable_v<F&, const SnapshotOf<T>&, const SnapshotOf<T>&>,
        "Watcher<T>(cell, f): f takes two SnapshotOf<T>, of the old "
        "and of the current value");
    auto* const watch = new internal::WatcherWatch<T, V, F, Executor>(
        cell, std::forward<F>(f), std::forward<Executor>(executor));
    internal::StartWatch(*watch);
    return watch;
  }

  internal::Watch* const watch_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_WATCHER_H_
