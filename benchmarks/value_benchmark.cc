// What a load, a store and a pin cost, each beside the plain code that it
// stands for. Compare within one run only: figures move by a third between
// runs.

#include <atomic>
#include <cstdint>
#include <memory>

#include "benchmark/benchmark.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/value.h"

namespace {

struct Config {
  std::int64_t numbers[8] = {1};  // 64 bytes
};

void Use(std::int64_t number) { benchmark::DoNotOptimize(number); }

// The floor: nothing keeps the object alive.
void BM_LoadBarePointer(benchmark::State& state) {
  static std::atomic<Config*> cell{new Config};
  for (auto _ : state) {
    const Config* const config = cell.load(std::memory_order_acquire);
    Use(config->numbers[0]);
  }
}
BENCHMARK(BM_LoadBarePointer)->ThreadRange(1, 2)->UseRealTime();

void BM_LoadValue(benchmark::State& state) {
  static auto* const cell = [] {
    auto* const made = new atomic::Value;
    made->Store(Config());
    return made;
  }();
  for (auto _ : state) {
    const auto config = cell->Load<Config>();
    Use(config.get()->numbers[0]);
  }
}
BENCHMARK(BM_LoadValue)->ThreadRange(1, 2)->UseRealTime();

void BM_LoadSharedPtr(benchmark::State& state) {
  // The C++17 spelling of std::atomic<std::shared_ptr>.
  static auto cell = std::make_shared<const Config>();
  for (auto _ : state) {
    const auto config = std::atomic_load(&cell);
    Use(config->numbers[0]);
  }
}
BENCHMARK(BM_LoadSharedPtr)->ThreadRange(1, 2)->UseRealTime();

void BM_Pin(benchmark::State& state) {
  for (auto _ : state) {
    const atomic::PinGuard pin;
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_Pin)->ThreadRange(1, 2)->UseRealTime();

// The least that a store can do: allocate, exchange, free.
void BM_StoreBarePointer(benchmark::State& state) {
  std::atomic<Config*> cell{new Config};
  for (auto _ : state) delete cell.exchange(new Config);
  delete cell.load();
}
BENCHMARK(BM_StoreBarePointer);

void BM_StoreValue(benchmark::State& state) {
  atomic::Value cell;
  for (auto _ : state) cell.Store(Config());
}
BENCHMARK(BM_StoreValue);

void BM_StoreSharedPtr(benchmark::State& state) {
  auto cell = std::make_shared<const Config>();
  for (auto _ : state) {
    std::atomic_store(&cell, std::make_shared<const Config>());
  }
}
BENCHMARK(BM_StoreSharedPtr);

}  // namespace
