// What each operation of Int64 costs, beside the same on std::atomic: the
// typed atomics are to cost nothing. On one thread, and on two that share the
// word. Compare within one run only.
//
//   ./dev bench --benchmark_filter=Add

#include <atomic>
#include <cstdint>
#include <string>

#include "benchmark/benchmark.h"
#include "sync_atomic/atomic/int64.h"

namespace {

using Ours = atomic::Int64;
using Std = std::atomic<std::int64_t>;

// `operation` gets the word, and returns something that depends on it.
template <class Word, class Operation>
void Register(const std::string& name, Operation operation) {
  const auto measure = [operation](benchmark::State& state) {
    alignas(64) static Word word;
    for (auto _ : state) benchmark::DoNotOptimize(operation(word));
  };
  benchmark::RegisterBenchmark(name.c_str(), measure)
      ->ThreadRange(1, 2)
      ->UseRealTime();
}

template <class OnOurs, class OnStd>
void RegisterPair(const std::string& name, OnOurs on_ours, OnStd on_std) {
  Register<Ours>(name + "/Int64", on_ours);
  Register<Std>(name + "/std", on_std);
}

void RegisterAll() {
  RegisterPair(
      "Load", [](Ours& word) { return word.Load(); },
      [](Std& word) { return word.load(); });
  RegisterPair(
      "Store", [](Ours& word) { return word.Store(0), 0; },
      [](Std& word) { return word.store(0), 0; });
  RegisterPair(
      "Swap", [](Ours& word) { return word.Swap(0); },
      [](Std& word) { return word.exchange(0); });

  // The word stays 0, so that they succeed on any number of threads.
  RegisterPair(
      "CompareAndSwap", [](Ours& word) { return word.CompareAndSwap(0, 0); },
      [](Std& word) {
        std::int64_t expected = 0;
        return word.compare_exchange_strong(expected, 0);
      });
  RegisterPair(
      "CompareExchange",
      [](Ours& word) {
        std::int64_t expected = 0;
        return word.CompareExchange(expected, 0);
      },
      [](Std& word) {
        std::int64_t expected = 0;
        return word.compare_exchange_weak(expected, 0);
      });

  RegisterPair(
      "Add", [](Ours& word) { return word.Add(1); },
      [](Std& word) { return word.fetch_add(1) + 1; });
  RegisterPair(
      "Sub", [](Ours& word) { return word.Sub(1); },
      [](Std& word) { return word.fetch_sub(1) - 1; });
  RegisterPair(
      "FetchAdd", [](Ours& word) { return word.FetchAdd(1); },
      [](Std& word) { return word.fetch_add(1); });
  RegisterPair(
      "And", [](Ours& word) { return word.And(1); },
      [](Std& word) { return word.fetch_and(1); });
  RegisterPair(
      "Or", [](Ours& word) { return word.Or(1); },
      [](Std& word) { return word.fetch_or(1); });
  RegisterPair(
      "Xor", [](Ours& word) { return word.Xor(1); },
      [](Std& word) { return word.fetch_xor(1); });

  // std has these from C++26 on; until then people write the loop.
  RegisterPair(
      "Max", [](Ours& word) { return word.Max(1); },
      [](Std& word) {
        std::int64_t old = word.load();
        while (old < 1 && !word.compare_exchange_weak(old, 1)) {
        }
        return old;
      });
  RegisterPair(
      "Min", [](Ours& word) { return word.Min(-1); },
      [](Std& word) {
        std::int64_t old = word.load();
        while (old > -1 && !word.compare_exchange_weak(old, -1)) {
        }
        return old;
      });
  RegisterPair(
      "Update",
      [](Ours& word) {
        return word.Update([](std::int64_t old) { return old ^ 1; });
      },
      [](Std& word) {
        std::int64_t old = word.load();
        while (!word.compare_exchange_weak(old, old ^ 1)) {
        }
        return old ^ 1;
      });
}

}  // namespace

int main(int argc, char** argv) {
  RegisterAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
