// SPDX-License-Identifier: Apache-2.0

// What each operation of Int64 costs, beside the same on std::atomic: the typed
// atomics are to cost nothing. And what adding to a Counter costs, beside an
// Int64, for threads that all do. On 1 to all cores, which share the word.
// Compare within one run only.
//
//   Add/Int64/threads:2  op_ns of each of two threads

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "benchmark/benchmark.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/benchmarks/core.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/benchmarks/window.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/histogram.h"

namespace sync_atomic {
namespace benchmarks {
namespace {

using Std = std::atomic<std::int64_t>;

template <class Word>
inline constexpr bool kOurs = !std::is_same_v<Word, Std>;

// `operation` gets the word, and returns something that depends on it.
template <class Word, class Operation>
void AddOperation(const std::string& name, Operation operation) {
  for (const int threads : ThreadCounts()) {
    AddLine(
        name + "/threads:" + std::to_string(threads),
        [threads, operation](benchmark::State& state) {
          alignas(128) Word word{};
          const Window window(std::vector<Window::Role>(
              static_cast<std::size_t>(threads),
              [&word, operation](Stopwatch& stopwatch) {
                stopwatch.Repeat([&word, operation] { Use(operation(word)); });
              }));
          state.counters["op_ns"] = window.nanoseconds();
          Report(state, kOurs<Word>, window.disturbed());
        });
  }
}

template <class OnInt64, class OnStd>
void AddPair(const std::string& name, OnInt64 on_int64, OnStd on_std) {
  AddOperation<Int64>(name + "/Int64", on_int64);
  AddOperation<Std>(name + "/std", on_std);
}

void AddInt64() {
  AddPair(
      "Load", [](Int64& word) { return word.Load(); },
      [](Std& word) { return word.load(); });
  AddPair(
      "Store", [](Int64& word) { return word.Store(0), 0; },
      [](Std& word) { return word.store(0), 0; });
  AddPair(
      "Swap", [](Int64& word) { return word.Swap(0); },
      [](Std& word) { return word.exchange(0); });

  // The word stays 0, so that they succeed on any number of threads.
  AddPair(
      "CompareAndSwap", [](Int64& word) { return word.CompareAndSwap(0, 0); },
      [](Std& word) {
        std::int64_t expected = 0;
        return word.compare_exchange_strong(expected, 0);
      });
  AddPair(
      "CompareExchange",
      [](Int64& word) {
        std::int64_t expected = 0;
        return word.CompareExchange(expected, 0);
      },
      [](Std& word) {
        std::int64_t expected = 0;
        return word.compare_exchange_weak(expected, 0);
      });

  AddPair(
      "Add", [](Int64& word) { return word.Add(1); },
      [](Std& word) { return word.fetch_add(1) + 1; });
  AddPair(
      "Sub", [](Int64& word) { return word.Sub(1); },
      [](Std& word) { return word.fetch_sub(1) - 1; });
  AddPair(
      "FetchAdd", [](Int64& word) { return word.FetchAdd(1); },
      [](Std& word) { return word.fetch_add(1); });
  AddPair(
      "And", [](Int64& word) { return word.And(1); },
      [](Std& word) { return word.fetch_and(1); });
  AddPair(
      "Or", [](Int64& word) { return word.Or(1); },
      [](Std& word) { return word.fetch_or(1); });
  AddPair(
      "Xor", [](Int64& word) { return word.Xor(1); },
      [](Std& word) { return word.fetch_xor(1); });

  // std has these from C++26 on; until then people write the loop.
  AddPair(
      "Max", [](Int64& word) { return word.Max(1); },
      [](Std& word) {
        std::int64_t old = word.load();
        while (old < 1 && !word.compare_exchange_weak(old, 1)) {
        }
        return old;
      });
  AddPair(
      "Min", [](Int64& word) { return word.Min(-1); },
      [](Std& word) {
        std::int64_t old = word.load();
        while (old > -1 && !word.compare_exchange_weak(old, -1)) {
        }
        return old;
      });
  AddPair(
      "Update",
      [](Int64& word) {
        return word.Update([](std::int64_t old) { return old ^ 1; });
      },
      [](Std& word) {
        std::int64_t old = word.load();
        while (!word.compare_exchange_weak(old, old ^ 1)) {
        }
        return old ^ 1;
      });
}

// It has its shards before it is measured, also where only threads that have
// met in it make it get them. For what a Load then costs.
class SpreadCounter : public Counter {
 public:
  SpreadCounter() {
    const auto add = [this](int core) {
      const OnCore on_core(core);
      for (int i = 0; i < 1'000'000; ++i) Add(1);
    };
    std::thread other(add, 1);
    add(0);
    other.join();
  }
};

// Ten ranges; what is observed falls into one of them.
class TenRanges : public Histogram {
 public:
  TenRanges() : Histogram({1, 2, 4, 8, 16, 32, 64, 128, 256, 512}) {}
};

void AddHistogram() {
  AddOperation<TenRanges>("Observe/Histogram", [](TenRanges& histogram) {
    return histogram.Observe(5), 0;
  });
}

void AddCounter() {
  const auto add = [](Counter& sum) { return sum.Add(1), 0; };
  AddOperation<Counter>("Add/Counter", add);
  AddOperation<SpreadCounter>("Add/SpreadCounter", add);
  // What is not a constant takes another path.
  AddOperation<Counter>("Add/CounterAny", [](Counter& sum) {
    std::int64_t delta = 1;
    asm("" : "+r"(delta));
    return sum.Add(delta), 0;
  });
  const auto load = [](Counter& sum) { return sum.Load(); };
  AddOperation<Counter>("Load/Counter", load);
  AddOperation<SpreadCounter>("Load/SpreadCounter", load);
}

}  // namespace
}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::AddInt64();
  sync_atomic::benchmarks::AddCounter();
  sync_atomic::benchmarks::AddHistogram();
  return sync_atomic::benchmarks::Run(argc, argv);
}
