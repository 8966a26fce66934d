// SPDX-License-Identifier: Apache-2.0

// Derived<U>: a cell whose value is computed from those of others, and again
// when one of these has changed.
//
//   atomic::ValueOf<Config> config;
//   atomic::ValueOf<Hosts> hosts;
//   atomic::Derived<Routes> routes(&MakeRoutes, config, hosts);
//   int Hop(int n) { return routes.Load()->HopOf(n); }  // on any thread
//
// Do not use it for what is cheap to compute where it is read, nor where a
// reader needs the result of a store that it has just made: that comes later.
//
// The function is called with the values of all sources, once all hold one.
// They are read until none has changed meanwhile: no mixture of old and new,
// unless those who store them do that in two steps. What it returns is stored
// as by ValueOf<U>::Store. It may decline: of a std::optional or absl::StatusOr
// that it returns, unless U is made of one, nothing is stored if that is empty
// or a failure, and the value stays. It stays also when a source is cleared.
//
// Threads:   Load and the other const members on any threads; the constructor
//            and the destructor as of any object. The function is called by the
//            constructor's thread, and then by the thread that serves Watchers
//            (watcher.h), one call after the other.
// Order:     what was done before a Store to a source happens before a Load
//            that returns what was computed from it.
// Progress:  Load is a plain cell's, wait-free. A Store to a source is as one
// to
//            a watched cell. The destructor waits for a running call.
// Ownership: keeps the function, the result and the values that this was
//            computed from. The sources must outlive it. The thread, forks and
//            the end from inside of the function are as of a Watcher.
// Errors:    exceptions are as of a Watcher. A function that stores to one of
//            its sources, which would have it called forever, terminates the
//            program (message, abort()), as does one that returns a null
//            pointer to adopt.
//
// Another Derived or a Watcher may have it as a source: cell().

#ifndef SYNC_ATOMIC_VALUE_DERIVED_H_
#define SYNC_ATOMIC_VALUE_DERIVED_H_

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/internal/object_cell.h"
#include "sync_atomic/value/internal/watched_cell.h"
#include "sync_atomic/value/internal/watches.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {

namespace internal {

// Whether what f made is there: of a std::optional, and of an absl::StatusOr.
template <class Made>
auto IsMade(const Made& made, int) -> decltype(made.has_value()) {
  return made.has_value();
}
template <class Made>
auto IsMade(const Made& made, long) -> decltype(made.ok()) {
  return made.ok();
}

template <class U, class F, class... Ts>
class DerivedWatch : public Watch {
  using Made = std::invoke_result_t<F&, const Ts&...>;

 public:
  DerivedWatch(ValueOf<U>& result, F&& f, const ValueOf<Ts>&... cells)
      : Watch(kKind, addresses_, sizeof...(Ts)),
        result_(result),
        f_(std::move(f)),
        cells_(WatchedCell<Ts, ValueOf<Ts>>(cells)...) {
    std::apply(
        [this](const auto&... cell) {
          std::size_t i = 0;
          ((addresses_[i++] = cell.address()), ...);
        },
        cells_);
  }

 private:
  static DerivedWatch& Of(Watch& watch) {
    return static_cast<DerivedWatch&>(watch);
  }

  static bool IsDue(const Watch& watch) {
    return static_cast<const DerivedWatch&>(watch).HasChanged();
  }
  bool HasChanged() const {
    return std::apply(
        [](const auto&... cell) { return (cell.HasChanged() || ...); }, cells_);
  }

  static void Run(Watch& watch) { Of(watch).Compute(); }
  void Compute() {
    do {
      std::apply([](auto&... cell) { (cell.See(cell.Load()), ...); }, cells_);
    } while (HasChanged());
    std::apply(
        [this](const auto&... cell) {
          if ((cell.seen() && ...)) StoreMade(f_(*cell.seen()...));
        },
        cells_);
  }
  void StoreMade(Made&& made) {
    if (internal::HasEnded(*this)) return;  // f destroyed the Derived
    if constexpr (internal::CanStore<U, Made>()) {
      result_.Store(std::forward<Made>(made));
    } else {
      if (internal::IsMade(made, 0)) result_.Store(*std::forward<Made>(made));
    }
  }

  static void Destroy(Watch* watch) { delete &Of(*watch); }

  static constexpr WatchKind kKind = {
      &IsDue, &Run, /*submit=*/nullptr, &Destroy,
      "sync/atomic: the function of a Derived stores to one of its sources"};

  ValueOf<U>& result_;
  F f_;
  std::tuple<WatchedCell<Ts, ValueOf<Ts>>...> cells_;
  const void* addresses_[sizeof...(Ts)] = {};
};

}  // namespace internal

template <class U>
class [[nodiscard]] Derived {
 public:
  // Holds f(values of the cells).
  template <class F, class... Ts>
  explicit Derived(F f,
                   const ValueOf<Ts>&... cells ABSL_ATTRIBUTE_LIFETIME_BOUND)
      : watch_(Start(std::move(f), cells...)) {}
  Derived(const Derived&) = delete;
  Derived& operator=(const Derived&) = delete;
  // Snapshots remain valid.
  ~Derived() { internal::EndWatch(*watch_); }

  // As those of ValueOf<U>.
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<U> Load() const noexcept {
    return result_.Load();
  }
  template <class F>
  auto Read(F&& f) const {
    return result_.Read(std::forward<F>(f));
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE const U* LoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    return result_.LoadPinned(pin);
  }
  const U* LoadPinned(const PinGuard&&) const = delete;  // it would end at once

  // The cell of the results, for all else: to wait for one, to derive from it.
  const ValueOf<U>& cell() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return result_;
  }

  // Waits until the value is computed from what the sources held when this was
  // called, or from what came later, or the function has declined that. `time`
  // is as that of ValueOf::WaitForChange, by default without end. False: the
  // time is over, or it was inherited from a fork's parent. Terminates the
  // program if the function calls it, or that of a Watcher without an executor.
  template <class Time = internal::Forever>
  bool WaitUntilCurrent(Time time = {}) const {
    return internal::WaitForWatch(*watch_, internal::DeadlineOrNever(time));
  }

 private:
  template <class F, class... Ts>
  internal::Watch* Start(F&& f, const ValueOf<Ts>&... cells) {
    static_assert(sizeof...(Ts) > 0, "Derived<U>(f, cells...): of some cells");
    static_assert(std::is_invocable_v<F&, const Ts&...>,
                  "Derived<U>(f, cells...): f takes the values of the cells, "
                  "each as a const T&");
    auto* const watch = new internal::DerivedWatch<U, F, Ts...>(
        result_, std::forward<F>(f), cells...);
    internal::StartWatch(*watch);
    return watch;
  }

  ValueOf<U> result_;  // first: the function may run at once
  internal::Watch* const watch_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_DERIVED_H_
