// SPDX-License-Identifier: Apache-2.0

// What all benchmark programs share: lines, and what main() does.
//
// A line is a Google Benchmark of one iteration, whose results are counters:
// nanoseconds for an operation in `..._ns`; `ours`, 0 for what we compare with;
// and `disturbed`, 1 if another process took time from it. Its own time means
// nothing. All of Google Benchmark's options work, and
//
//   --window=SECONDS  how long a line is measured each time; 0.05

#ifndef SYNC_ATOMIC_BENCHMARKS_PROGRAM_H_
#define SYNC_ATOMIC_BENCHMARKS_PROGRAM_H_

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include "sync_atomic/benchmarks/core.h"
#include "sync_atomic/benchmarks/window.h"

namespace sync_atomic {
namespace benchmarks {

// Adds the line `name`, which measure(state) fills in.
template <class Measure>
void AddLine(const std::string& name, Measure measure) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [measure](benchmark::State& state) {
                                 for (auto _ : state) measure(state);
                               });
}

// What stands on every line.
inline void Report(benchmark::State& state, bool ours, bool disturbed) {
  state.counters["ours"] = ours ? 1 : 0;
  state.counters["disturbed"] = disturbed ? 1 : 0;
}

// 1, 2, 4, and so on to all cores.
inline std::vector<int> ThreadCounts() {
  std::vector<int> counts;
  for (int n = 1; n < Cores(); n *= 2) counts.push_back(n);
  counts.push_back(Cores());
  return counts;
}

// What main() does and returns, once the lines are added.
inline int Run(int argc, char** argv) {
  // With this the first iteration is the last.
  std::string once = "--benchmark_min_time=0";
  std::vector<char*> arguments = {argv[0], once.data()};
  constexpr std::string_view kWindow = "--window=";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).substr(0, kWindow.size()) != kWindow) {
      arguments.push_back(argv[i]);
      continue;
    }
    const char* const text = argv[i] + kWindow.size();
    char* end = nullptr;
    const double seconds = std::strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds > 0 && seconds < 3600)) {
      std::fprintf(stderr, "%s: not a number of seconds: %s\n", argv[0],
                   argv[i]);
      return 1;
    }
    window_length = std::chrono::duration<double>(seconds);
  }
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PROGRAM_H_
