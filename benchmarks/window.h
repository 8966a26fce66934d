// SPDX-License-Identifier: Apache-2.0

// A window: a fixed time in which threads with different roles work at once,
// each on a core of its own. The only stopwatch of these benchmarks.
//
//   const Window window({
//       [&](Stopwatch& stopwatch) {
//         Reader reader(cell);                        // not measured
//         stopwatch.Repeat([&] { Use(reader.Load()); });
//       },
//       [&](Stopwatch& stopwatch) {
//         stopwatch.Repeat([&] { cell.Store(1); });
//       },
//   });
//   window.nanoseconds(0);  // a Load, while the other thread stores
//
// The threads begin together, and first do the same unmeasured for a fifth of
// the time, so that caches, predictors and the libraries' thresholds are as in
// the long run. An operation's time is what its thread took, divided by what it
// did.

#ifndef SYNC_ATOMIC_BENCHMARKS_WINDOW_H_
#define SYNC_ATOMIC_BENCHMARKS_WINDOW_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "sync_atomic/benchmarks/core.h"
#include "sync_atomic/benchmarks/usage.h"

namespace sync_atomic {
namespace benchmarks {

// How long a window is: what --window=SECONDS says.
inline std::chrono::duration<double> window_length{0.05};

// One role's side of a window.
class Stopwatch {
 public:
  // Calls step(), which stands for so many operations, until the window is
  // over. To be called once by each role.
  //
  // A `step` that is inlined costs nothing more than its own instructions: it
  // holds references in registers, and between the looks at the clock there is
  // a counter alone.
  template <class Step>
  void Repeat(Step step, int operations = 1) {
    // Now, not before: a thread that a library starts is not to be kept here.
    const OnCore on_core(number_);
    shared_->arrived.fetch_add(1);
    while (shared_->phase.load() == Phase::kGathering) {
      std::this_thread::yield();
    }

    constexpr std::int64_t kMinBatch = 64;
    constexpr std::int64_t kMaxBatch = 1024;
    constexpr std::int64_t kBatchNanoseconds = 10'000;
    const std::int64_t begin = Nanoseconds(CLOCK_MONOTONIC);
    const std::int64_t warm = Steps(Phase::kWarmingUp, step, kMinBatch);
    const std::int64_t took = Nanoseconds(CLOCK_MONOTONIC) - begin;
    const std::int64_t batch =
        std::clamp(kBatchNanoseconds * warm / std::max<std::int64_t>(took, 1),
                   kMinBatch, kMaxBatch);

    const Usage before = Usage::OfThread();
    const std::int64_t measured = Steps(Phase::kMeasuring, step, batch);
    used_ = Usage::OfThread() - before;
    measured_ = measured * operations;
    all_ = (warm + measured) * operations;
  }

 private:
  friend class Window;

  enum class Phase { kGathering, kWarmingUp, kMeasuring, kOver };
  struct alignas(128) Shared {
    std::atomic<Phase> phase{Phase::kGathering};
    alignas(128) std::atomic<std::size_t> arrived{0};
  };

  Stopwatch(int number, Shared& shared) : number_(number), shared_(&shared) {}

  // Calls `step` during a phase, and returns how often. By value: what it
  // refers to is then in registers. One function for both phases, so that the
  // measured one runs code that is warm. All that it calls is inlined: g++
  // would stop doing so in a file that has as many loops as these programs
  // have.
  template <class Step>
  __attribute__((flatten, noinline)) std::int64_t Steps(Phase phase, Step step,
                                                        std::int64_t batch) {
    const std::atomic<Phase>& now = shared_->phase;
    std::int64_t steps = 0;
    do {
      for (std::int64_t i = batch; i > 0; --i) step();
      steps += batch;
    } while (now.load(std::memory_order_relaxed) == phase);
    return steps;
  }

  int number_;
  Shared* shared_;
  Usage used_;                 // while measured
  std::int64_t measured_ = 0;  // operations
  std::int64_t all_ = 0;       // with those before
};

class Window {
 public:
  using Role = std::function<void(Stopwatch&)>;

  // Runs the roles, at most Cores() of them. Meanwhile calls tick() so many
  // times, in equal steps, the last time at the end.
  explicit Window(
      const std::vector<Role>& roles, int ticks = 1,
      const std::function<void()>& tick = [] {}) {
    using Phase = Stopwatch::Phase;
    Stopwatch::Shared shared;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      watches_.push_back(Stopwatch(static_cast<int>(i), shared));
    }
    const std::int64_t stolen = StolenTicks();
    const std::int64_t ran =
        ProcessNanoseconds() - Nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    std::atomic<std::int64_t> roles_ran{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      threads.emplace_back([&, i] {
        roles[i](watches_[i]);
        roles_ran.fetch_add(Nanoseconds(CLOCK_THREAD_CPUTIME_ID));
      });
    }
    while (shared.arrived.load() < roles.size()) std::this_thread::yield();

    shared.phase = Phase::kWarmingUp;
    std::this_thread::sleep_for(window_length / 5);
    shared.phase = Phase::kMeasuring;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 1; i <= ticks; ++i) {
      std::this_thread::sleep_until(begin + window_length * i / ticks);
      tick();
    }
    shared.phase = Phase::kOver;
    for (std::thread& thread : threads) thread.join();
    helpers_ran_ = ProcessNanoseconds() - Nanoseconds(CLOCK_THREAD_CPUTIME_ID) -
                   ran - roles_ran;
    stolen_ = StolenTicks() - stolen;
  }

  // What an operation of the role took, measured.
  double nanoseconds(std::size_t role) const {
    const Stopwatch& watch = watches_[role];
    return static_cast<double>(watch.used_.wall) /
           static_cast<double>(watch.measured_);
  }
  // The mean over all roles.
  double nanoseconds() const {
    double sum = 0;
    for (std::size_t i = 0; i < watches_.size(); ++i) sum += nanoseconds(i);
    return sum / static_cast<double>(watches_.size());
  }

  // The operations of all roles, with those before what was measured.
  std::int64_t operations() const {
    std::int64_t sum = 0;
    for (const Stopwatch& watch : watches_) sum += watch.all_;
    return sum;
  }

  // Whether another process, or the machine below, took more than a fiftieth of
  // its time from a role.
  bool disturbed() const {
    return stolen_ > 0 ||
           std::any_of(watches_.begin(), watches_.end(),
                       [this](const Stopwatch& watch) {
                         const Usage& used = watch.used_;
                         return used.lost() - helpers_ran_ > used.wall / 50;
                       });
  }

 private:
  std::vector<Stopwatch> watches_;
  // Nanoseconds that a library's own threads ran, maybe on a role's core: its
  // cost, and no disturbance.
  std::int64_t helpers_ran_ = 0;
  std::int64_t stolen_ = 0;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_WINDOW_H_
