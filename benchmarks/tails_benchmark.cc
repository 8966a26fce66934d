// SPDX-License-Identifier: Apache-2.0

// How long the operations of a ValueOf and of pins take at worst, on a machine
// that is quiet, and where others get in the way. Compare within one run only.
//
//   Tail/Load/quiet   p50_ns, p999_ns, max_ns of a Load
//   Tail/Drop/...     of the end of the last Snapshot of a value that has been
//                     replaced and found in use, which destroys it
//   Tail/Store/...    of an Emplace
//   Tail/Unpin/...    of the end of a pin for which a replaced value waits
//   Tail/Clock/quiet  of what looking at the clock takes, which is in all
//
//   .../pin           while another thread has a pin that does not end, with
//                     100,000 objects behind it
//   .../burst         while another thread, on another core, stores 2,000
//                     times in a row, and again and again
//   .../threads:1000  while so many threads sleep that have used the library

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"
#include "sync_atomic/benchmarks/core.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/benchmarks/tail.h"
#include "sync_atomic/benchmarks/usage.h"
#include "sync_atomic/benchmarks/window.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace benchmarks {
namespace {

using Cell = ValueOf<Payload>;

// --- What is in the way ------------------------------------------------------

// Threads that have called begin(), and call step() until this ends.
class Others {
 public:
  Others(int count, const std::function<void()>& begin,
         const std::function<void()>& step, const std::function<void()>& end)
      : waiting_(count) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, begin, step, end] {
        begin();
        {
          std::unique_lock<std::mutex> lock(mutex_);
          if (--waiting_ == 0) changed_.notify_all();
          if (!step) changed_.wait(lock, [this] { return over_.load(); });
        }
        while (!over_.load()) step();
        end();
      });
    }
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ == 0; });
  }
  Others(const Others&) = delete;
  Others& operator=(const Others&) = delete;
  ~Others() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_.store(true);
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_;
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

using Condition = std::function<std::unique_ptr<Others>(Cell&)>;

std::unique_ptr<Others> Nobody(Cell&) { return nullptr; }

std::unique_ptr<Others> AStuckPin(Cell& cell) {
  constexpr int kBehindIt = 100'000;
  return std::make_unique<Others>(
      1,
      [&cell] {
        ProcPin();
        for (int i = 0; i < kBehindIt; ++i) cell.Emplace();
      },
      nullptr, [] { ProcUnpin(); });
}

std::unique_ptr<Others> Bursts(Cell& cell) {
  constexpr int kStores = 2000;
  return std::make_unique<Others>(
      1, [] {},
      [&cell] {
        const OnCore on_core(1);
        for (int i = 0; i < kStores; ++i) cell.Emplace();
        std::this_thread::sleep_for(std::chrono::microseconds(500));
      },
      [] {});
}

std::unique_ptr<Others> ManyThreads(Cell& cell) {
  return std::make_unique<Others>(
      1000, [&cell] { Use(cell.Load()->numbers[0]); }, nullptr, [] {});
}

// --- What is measured --------------------------------------------------------

std::int64_t Now() { return Nanoseconds(CLOCK_MONOTONIC); }

std::int64_t Clock(Cell&) {
  const std::int64_t begin = Now();
  return Now() - begin;
}

std::int64_t Load(Cell& cell) {
  const std::int64_t begin = Now();
  const SnapshotOf<Payload> snapshot = cell.Load();
  const std::int64_t end = Now();
  Use(snapshot->numbers[0]);
  return end - begin;
}

std::int64_t Drop(Cell& cell) {
  SnapshotOf<Payload> snapshot = cell.Load();
  Use(snapshot->numbers[0]);
  cell.Emplace();
  Reclaim();
  const std::int64_t begin = Now();
  snapshot = SnapshotOf<Payload>();
  return Now() - begin;
}

std::int64_t Store(Cell& cell) {
  const std::int64_t begin = Now();
  cell.Emplace();
  return Now() - begin;
}

std::int64_t Unpin(Cell& cell) {
  std::optional<PinGuard> pin;
  pin.emplace();
  Use(cell.LoadPinned(*pin)->numbers[0]);
  cell.Emplace();
  Reclaim();
  const std::int64_t begin = Now();
  pin.reset();
  return Now() - begin;
}

// --- Lines -------------------------------------------------------------------

// So many samples for a window: what waits for a pin that does not end takes
// memory.
std::size_t SamplesOf(double per_second) {
  const auto samples =
      static_cast<std::size_t>(per_second * window_length.count());
  return samples / Tail::kBlock * Tail::kBlock + Tail::kBlock;
}

struct Operation {
  const char* name;
  std::int64_t (*sample)(Cell&);
  double per_second;  // so many samples
};

void AddTail(const Operation& operation, const std::string& named,
             const Condition& condition) {
  AddLine(std::string("Tail/") + operation.name + "/" + named,
          [operation, condition](benchmark::State& state) {
            const std::size_t count = SamplesOf(operation.per_second);
            Cell cell{Payload()};
            const std::unique_ptr<Others> others = condition(cell);
            const std::int64_t stolen = StolenTicks();
            std::optional<Tail> tail;
            std::thread([&] {
              const OnCore on_core(0);
              for (std::size_t i = 0; i < count / 5; ++i) {
                operation.sample(cell);
              }
              tail.emplace(&InterruptionsOfThread);
              // As many again, where the machine is busy with something else.
              for (std::size_t i = 0; i < 4 * count && tail->kept() < count;
                   ++i) {
                tail->Add(operation.sample(cell));
              }
            }).join();
            state.counters["p50_ns"] = tail->median();
            state.counters["p999_ns"] = tail->p999();
            state.counters["max_ns"] = tail->most();
            Report(state, true,
                   StolenTicks() != stolen || tail->kept() < count / 2);
          });
}

}  // namespace

static void AddAll() {
  constexpr double kMany = 400'000;
  constexpr double kSome = 20'000;  // each reclaims twice
  AddTail({"Clock", &Clock, kMany}, "quiet", &Nobody);
  for (const Operation& operation :
       {Operation{"Load", &Load, kMany}, Operation{"Drop", &Drop, kSome},
        Operation{"Store", &Store, kMany}, Operation{"Unpin", &Unpin, kSome}}) {
    AddTail(operation, "quiet", &Nobody);
    AddTail(operation, "pin", &AStuckPin);
    if (Cores() > 1) {
      AddTail(operation, "burst", &Bursts);
    } else {
      std::fprintf(stderr, "skipped, for want of cores: Tail/%s/burst\n",
                   operation.name);
    }
    AddTail(operation, "threads:1000", &ManyThreads);
  }
}

}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::AddAll();
  return sync_atomic::benchmarks::Run(argc, argv);
}
