// Comparison: how fast several ways are to read an object that other threads
// replace, and to replace it, in one run and in one table.
//
// Each way is a subject, a class with
//
//   static constexpr const char* kName = "HazardPointers";
//   static constexpr bool kOurs = false;  // others' get a column of ratios
//   static constexpr int kReaders = 2;    // up to so many threads; 0: none
//   static constexpr int kWriters = 2;
//   Subject();                            // a Payload is in the cell
//   class Thread { explicit Thread(Subject& subject); };  // a thread takes
//   part void Read(Thread& thread, F f);   // f(const Payload&), alive
//   meanwhile void Replace(Thread& thread);     // a new object for the old
//   one, which is
//                                     // freed once nobody reads it
//
// Read is inlined always: in so short a loop a call would be most of the time.
// Compare within one run only.

#ifndef SYNC_ATOMIC_BENCHMARKS_COMPARISON_H_
#define SYNC_ATOMIC_BENCHMARKS_COMPARISON_H_

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "benchmark/benchmark.h"

namespace sync_atomic {
namespace benchmarks {

struct Payload {
  int numbers[16] = {1};  // 64 bytes
};

// Keeps the calling thread on one core while it lives, as far as the system
// has such a call.
class OnCore {
 public:
  explicit OnCore([[maybe_unused]] int number) {
#if defined(__linux__)
    sched_getaffinity(0, sizeof(before_), &before_);
    number %= CPU_COUNT(&before_);
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (!CPU_ISSET(core, &before_) || number-- > 0) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(core, &one);
      sched_setaffinity(0, sizeof(one), &one);
      return;
    }
#endif
  }
  OnCore(const OnCore&) = delete;
  OnCore& operator=(const OnCore&) = delete;
  ~OnCore() {
#if defined(__linux__)
    sched_setaffinity(0, sizeof(before_), &before_);
#endif
  }

#if defined(__linux__)
 private:
  cpu_set_t before_;
#endif
};

// --- Workloads -------------------------------------------------------------

struct Read {
  static constexpr const char* kName = "Read";
  template <class Subject>
  static constexpr int kThreads = Subject::kReaders;

  template <class Subject>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static void Step(
      Subject& subject, typename Subject::Thread& thread) {
    subject.Read(thread, [](const Payload& payload) {
      const int number = payload.numbers[0];
      // Google's DoNotOptimize() is content with its address.
      asm volatile("" : : "r"(number) : "memory");
    });
  }
};

struct Replace {
  static constexpr const char* kName = "Replace";
  template <class Subject>
  static constexpr int kThreads = Subject::kWriters;

  template <class Subject>
  static void Step(Subject& subject, typename Subject::Thread& thread) {
    subject.Replace(thread);
  }
};

// --- The comparison --------------------------------------------------------

class Comparison : public benchmark::BenchmarkReporter {
 public:
  template <class Subject>
  void Add() {
    AddWorkload<Read, Subject>();
    AddWorkload<Replace, Subject>();
  }

  // What main() does and returns.
  int Run(int argc, char** argv) {
    // Short repetitions of all subjects in turn, so that what else the machine
    // does hits all alike. What the caller gives comes later, and counts.
    std::string options[] = {"--benchmark_repetitions=15",
                             "--benchmark_min_time=0.03",
                             "--benchmark_enable_random_interleaving=true"};
    std::vector<char*> arguments = {argv[0]};
    for (std::string& option : options) arguments.push_back(option.data());
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
      return 1;
    }
    benchmark::RunSpecifiedBenchmarks(this);
    return 0;
  }

  bool ReportContext(const Context& context) override {
    PrintBasicContext(&std::cout, context);
    std::printf("Compiler: %s\n", __VERSION__);
    return true;
  }

  void ReportRuns(
      const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
    for (const auto& run : runs) {
      if (run.run_type != benchmark::BenchmarkReporter::Run::RT_Iteration) {
        continue;
      }
      // The time of an operation on its own thread.
      times_[{run.run_name.function_name, static_cast<int>(run.threads)}]
          .push_back(run.GetAdjustedRealTime() *
                     static_cast<double>(run.threads));
    }
  }

  void Finalize() override {
    for (const char* workload : {Read::kName, Replace::kName}) {
      for (const int threads : {1, 2}) PrintTable(workload, threads);
    }
  }

 private:
  struct Row {
    std::string name;
    bool ours;
    double median, best;
  };

  template <class Workload, class Subject>
  void AddWorkload() {
    if constexpr (Workload::template kThreads < Subject >> 0) {
      const std::string name = Subject::kName;
      if (subjects_.empty() || subjects_.back().first != name) {
        subjects_.emplace_back(name, Subject::kOurs);
      }
      benchmark::RegisterBenchmark((Workload::kName + ("/" + name)).c_str(),
                                   &Measure<Workload, Subject>)
          ->ThreadRange(1, Workload::template kThreads<Subject>)
          ->UseRealTime();
    }
  }

  template <class Workload, class Subject>
  static void Measure(benchmark::State& state) {
    static auto* const shared = new Subject;
    Subject& subject = *shared;  // for the compiler to keep in a register
    // First, so that threads which a library starts are not kept on this core.
    typename Subject::Thread thread(subject);
    const OnCore on_core(state.thread_index());
    for (auto _ : state) Workload::Step(subject, thread);
  }

  void PrintTable(const std::string& workload, int threads) {
    std::vector<Row> rows;
    for (const auto& [name, ours] : subjects_) {
      std::string key = workload;
      key.append("/").append(name);
      const auto found = times_.find({key, threads});
      if (found == times_.end()) continue;
      std::vector<double>& times = found->second;
      std::sort(times.begin(), times.end());
      rows.push_back({name, ours, times[times.size() / 2], times.front()});
    }
    if (rows.empty()) return;

    std::printf("\n%s, %d thread%s: ns, and ratios of the medians\n%-22s%9s%9s",
                workload.c_str(), threads, threads == 1 ? "" : "s", "",
                "median", "best");
    for (const Row& other : rows) {
      if (!other.ours) std::printf("%12s", ("/" + other.name).c_str());
    }
    std::printf("\n");
    for (const Row& row : rows) {
      std::printf("%-22s%9.2f%9.2f", row.name.c_str(), row.median, row.best);
      for (const Row& other : rows) {
        if (!other.ours) std::printf("%12.2f", row.median / other.median);
      }
      std::printf("\n");
    }
  }

  std::vector<std::pair<std::string, bool>> subjects_;  // in the table's order
  std::map<std::pair<std::string, int>, std::vector<double>> times_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_COMPARISON_H_
