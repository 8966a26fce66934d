// What adding to a Counter costs, beside an Int64, by threads that all do.

#include "benchmark/benchmark.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/pointer/counter.h"

namespace {

void BM_AddToInt64(benchmark::State& state) {
  static atomic::Int64 sum;
  for (auto _ : state) sum.Add(1);
}
BENCHMARK(BM_AddToInt64)->ThreadRange(1, 2)->UseRealTime();

void BM_AddToCounterAlone(benchmark::State& state) {
  static atomic::Counter sum;
  for (auto _ : state) sum.Add(1);
}
BENCHMARK(BM_AddToCounterAlone)->UseRealTime();

void BM_AddToCounter(benchmark::State& state) {
  static atomic::Counter sum;
  for (auto _ : state) sum.Add(1);
}
BENCHMARK(BM_AddToCounter)->Threads(2)->Threads(1)->UseRealTime();

}  // namespace
