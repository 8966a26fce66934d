// SPDX-License-Identifier: Apache-2.0

// The workloads that every subject is measured in, as lines such as
// W1/Value/threads:2, and what they count.
//
//   W1   load, read one int, drop, on 1 to all cores   load_ns
//   W2   one thread loads, another one stores, both
//        at full speed                                 load_ns, store_ns
//   W3a  one thread stores, and nobody loads           store_ns
//   W3b  the same, while a thread that has loaded
//        once does nothing but run on another core     store_ns
//   W4   19 loads to a store, on 2 threads             op_ns
//   W5   increments by compare-and-swap, on 2 threads  op_ns
//
// Compare within one run only, and read the two columns of W2 together: a slow
// writer makes a reader look fast.
//
// Where Payloads are counted there is Waiting/Value instead, which is W2 with a
// look at what waits to be freed, in bytes of Payloads: the mean at equal steps
// of time in mean_bytes, and the most at any store in max_bytes.

#ifndef SYNC_ATOMIC_BENCHMARKS_WORKLOADS_H_
#define SYNC_ATOMIC_BENCHMARKS_WORKLOADS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/base/attributes.h"
#include "benchmark/benchmark.h"
#include "sync_atomic/benchmarks/core.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/benchmarks/window.h"

namespace sync_atomic {
namespace benchmarks {

// --- Roles -----------------------------------------------------------------

template <class Subject>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void ReadOnce(
    Subject& subject, typename Subject::Thread& thread) {
  subject.Read(thread, [](const Payload& payload) { Use(payload.numbers[0]); });
}

template <class Subject>
Window::Role Reads(Subject& subject) {
  return [&subject](Stopwatch& stopwatch) {
    typename Subject::Thread thread(subject);
    stopwatch.Repeat([&subject, &thread] { ReadOnce(subject, thread); });
  };
}

template <class Subject>
Window::Role Replaces(Subject& subject) {
  return [&subject](Stopwatch& stopwatch) {
    typename Subject::Thread thread(subject);
    stopwatch.Repeat([&subject, &thread] { subject.Replace(thread); });
  };
}

// Runs, after one read where the subject has any.
template <class Subject>
Window::Role Spins(Subject& subject) {
  return [&subject](Stopwatch& stopwatch) {
    typename Subject::Thread thread(subject);
    if constexpr (Subject::kReads) ReadOnce(subject, thread);
    stopwatch.Repeat([] { Use(0); });
  };
}

template <class Subject>
Window::Role ReadsAndReplaces(Subject& subject) {
  return [&subject](Stopwatch& stopwatch) {
    constexpr int kReadsEach = 19;
    typename Subject::Thread thread(subject);
    stopwatch.Repeat(
        [&subject, &thread] {
          for (int i = 0; i < kReadsEach; ++i) ReadOnce(subject, thread);
          subject.Replace(thread);
        },
        kReadsEach + 1);
  };
}

template <class Subject>
Window::Role Increments(Subject& subject) {
  return [&subject](Stopwatch& stopwatch) {
    typename Subject::Thread thread(subject);
    stopwatch.Repeat([&subject, &thread] { subject.Increment(thread); });
  };
}

// --- Lines -----------------------------------------------------------------

// The line WORKLOAD/SUBJECT/threads:N. `measure` gets the state and a subject
// of the line's own, and returns its window.
template <class Subject, class Measure>
void AddWorkload(const std::string& workload, int threads, Measure measure) {
  const std::string name =
      workload + "/" + Subject::kName + "/threads:" + std::to_string(threads);
  if (threads > Cores()) {
    std::fprintf(stderr, "skipped, for want of cores: %s\n", name.c_str());
    return;
  }
  AddLine(name, [measure](benchmark::State& state) {
    Subject subject;
    const Window window = measure(state, subject);
    Report(state, Subject::kOurs, window.disturbed());
    state.SetLabel(std::string("frees: ") + Subject::kFrees +
                   "; progress: " + Subject::kProgress);
  });
}

template <class Subject>
void AddTimes() {
  if constexpr (Subject::kReads) {
    for (const int threads : ThreadCounts()) {
      AddWorkload<Subject>(
          "W1", threads, [threads](benchmark::State& state, Subject& subject) {
            Window window(std::vector<Window::Role>(
                static_cast<std::size_t>(threads), Reads(subject)));
            state.counters["load_ns"] = window.nanoseconds();
            return window;
          });
    }
  }
  if constexpr (Subject::kReads && Subject::kReplaces) {
    AddWorkload<Subject>("W2", 2,
                         [](benchmark::State& state, Subject& subject) {
                           Window window({Reads(subject), Replaces(subject)});
                           state.counters["load_ns"] = window.nanoseconds(0);
                           state.counters["store_ns"] = window.nanoseconds(1);
                           return window;
                         });
  }
  if constexpr (Subject::kReplaces) {
    AddWorkload<Subject>("W3a", 1,
                         [](benchmark::State& state, Subject& subject) {
                           Window window({Replaces(subject)});
                           state.counters["store_ns"] = window.nanoseconds(0);
                           return window;
                         });
    AddWorkload<Subject>("W3b", 2,
                         [](benchmark::State& state, Subject& subject) {
                           Window window({Replaces(subject), Spins(subject)});
                           state.counters["store_ns"] = window.nanoseconds(0);
                           return window;
                         });
  }
  if constexpr (Subject::kReads && Subject::kReplaces) {
    AddWorkload<Subject>(
        "W4", 2, [](benchmark::State& state, Subject& subject) {
          Window window({ReadsAndReplaces(subject), ReadsAndReplaces(subject)});
          state.counters["op_ns"] = window.nanoseconds();
          return window;
        });
  }
  if constexpr (Subject::kIncrements) {
    static_assert(Subject::kReads, "to see whether it counts right");
    AddWorkload<Subject>(
        "W5", 2, [](benchmark::State& state, Subject& subject) {
          Window window({Increments(subject), Increments(subject)});
          state.counters["op_ns"] = window.nanoseconds();

          typename Subject::Thread thread(subject);
          std::int64_t sum = 0;
          subject.Read(thread, [&sum](const Payload& payload) {
            sum = payload.numbers[0] - Payload().numbers[0];
          });
          if (sum != window.operations()) {
            state.SkipWithError("increments were lost");
          }
          return window;
        });
  }
}

template <class Subject>
void AddWaiting() {
  if constexpr (Subject::kReads && Subject::kReplaces) {
    AddWorkload<Subject>(
        "Waiting", 2, [](benchmark::State& state, Subject& subject) {
          constexpr int kTicks = 40;
          const std::int64_t none = Counted::Alive();
          const auto waiting = [none] {
            return static_cast<double>(Counted::Alive() - none) *
                   sizeof(Payload);
          };
          double sum = 0;
          double most = 0;
          Window window({Reads(subject),
                         [&](Stopwatch& stopwatch) {
                           typename Subject::Thread thread(subject);
                           stopwatch.Repeat([&] {
                             subject.Replace(thread);
                             most = std::max(most, waiting());
                           });
                         }},
                        kTicks, [&] { sum += waiting(); });
          state.counters["mean_bytes"] = sum / kTicks;
          state.counters["max_bytes"] = most;
          return window;
        });
  }
}

template <class Subject>
void AddWorkloads() {
  if constexpr (Counted::kCounts) {
    AddWaiting<Subject>();
  } else {
    AddTimes<Subject>();
  }
}

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_WORKLOADS_H_
