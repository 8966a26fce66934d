// SPDX-License-Identifier: Apache-2.0

// What pinning, protecting and retiring cost, and threads: their first use of
// the library, their end, and many that are parked. Compare within one run
// only.
//
//   Pin/PinGuard/threads:2     op_ns, to pin and unpin
//   Protect/Pointer/threads:2  op_ns, to protect an object and let go of it
//   Retire/Pointer/threads:2   op_ns, to make an object and retire it
//   Fence/Own/threads:2        op_ns, for a heavy fence and 1 us of other work
//   Fence/Shared/threads:2     the same where one thread's fence serves others
//                              that wait for one (docs/internals/performance.md
//                              says why the library does not do that)
//   FirstLoad/Value            ns of a thread's first Load, the median
//   ThreadExit/Value           ns of what the library does as a thread ends
//   Parked/Retire/1000         op_ns, for an object that is made, retired and
//                              freed, while so many threads sleep that have
//                              used the library
//   Parked/Value/1000          load_ns and store_ns, meanwhile

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"
#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/benchmarks/ours.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/benchmarks/tail.h"
#include "sync_atomic/benchmarks/usage.h"
#include "sync_atomic/benchmarks/window.h"
#include "sync_atomic/benchmarks/workloads.h"
#include "sync_atomic/pointer/hazard_pointer.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/rcu.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/retire.h"

namespace sync_atomic {
namespace benchmarks {
namespace {

// --- Operations ------------------------------------------------------------

template <class Operation>
void AddOperation(const std::string& name, bool ours, Operation operation) {
  for (const int threads : ThreadCounts()) {
    AddLine(name + "/threads:" + std::to_string(threads),
            [threads, ours, operation](benchmark::State& state) {
              const Window window(
                  std::vector<Window::Role>(static_cast<std::size_t>(threads),
                                            [operation](Stopwatch& stopwatch) {
                                              stopwatch.Repeat(operation);
                                            }));
              Reclaim();
              state.counters["op_ns"] = window.nanoseconds();
              Report(state, ours, window.disturbed());
            });
  }
}

// Fences with numbers: one serves each thread that waits for one and came
// before it began.
class SharedFence {
 public:
  void operator()() {
    const std::uint64_t enough = begun_.load() + 1;
    for (int look = 0; look < 200 && ended_.load() < enough; ++look) {
      std::uint64_t begun = begun_.load();
      if (begun == ended_.load() &&
          begun_.compare_exchange_strong(begun, begun + 1)) {
        internal::HeavyFence();
        ended_.store(begun + 1);
        return;
      }
      internal::PauseProcessor();
    }
    if (ended_.load() < enough) internal::HeavyFence();
  }

 private:
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> ended_{0};
};

void OtherWork() {
  for (int i = 0; i < 1000; ++i) Use(i);
}

struct Node : Payload, hazard_pointer_obj_base<Node> {};

void AddOperations() {
  AddOperation("Pin/PinGuard", true, [] {
    const PinGuard pin;
    Use(0);
  });
  AddOperation("Pin/ProcPin", true, [] {
    Use(ProcPin());
    ProcUnpin();
  });
  AddOperation("Protect/Pointer", true, [] {
    static const Payload payload;
    static const Pointer<const Payload> cell{&payload};
    const Protected<const Payload> held = cell.Protect();
    Use(held.get());
  });

  AddOperation("Retire/Bare", false, [] {
    auto* const object = new Payload;
    Use(object);  // or both would be left out
    delete object;
  });
  AddOperation("Retire/Pointer", true, [] { Retire(new Payload); });
  struct Object : Payload, Retirable {};
  AddOperation("Retire/Retirable", true, [] { Retire(new Object); });

  AddOperation("Fence/None", false, OtherWork);
  AddOperation("Fence/Own", true, [] {
    internal::HeavyFence();
    OtherWork();
  });
  AddOperation("Fence/Shared", true, [] {
    static SharedFence fence;
    fence();
    OtherWork();
  });

  // The names of C++26.
  AddOperation("Pin/rcu_domain", true, [] {
    rcu_default_domain().lock();
    Use(0);
    rcu_default_domain().unlock();
  });
  static Node node;
  static const std::atomic<Node*> cell{&node};
  AddOperation("Protect/hazard_pointer", true, [] {
    thread_local hazard_pointer hazard = make_hazard_pointer();
    Use(hazard.protect(cell));
    hazard.reset_protection();
  });
  AddOperation("Protect/make_hazard_pointer", true, [] {
    hazard_pointer hazard = make_hazard_pointer();
    Use(hazard.protect(cell));
  });
  AddOperation("Retire/hazard_pointer", true, [] { (new Node)->retire(); });
  AddOperation("Retire/rcu_retire", true, [] { rcu_retire(new Payload); });
}

// --- A thread's first use and its end ---------------------------------------

// Reports the median of what sample() returns, again and again for as long as a
// window is.
template <class Sample>
void ReportSamples(benchmark::State& state, bool ours, Sample sample) {
  const std::int64_t stolen = StolenTicks();
  std::vector<std::int64_t> samples;
  const auto begin = std::chrono::steady_clock::now();
  do {
    samples.push_back(sample());
  } while (std::chrono::steady_clock::now() - begin < window_length);
  state.counters["ns"] = Quantile(samples, 0.5);
  Report(state, ours, StolenTicks() != stolen);
}

// The first read of a thread, which takes over the record of one that has
// ended. It takes some time to read the clock, which is all that there is in
// Bare's line.
template <class Subject>
void AddFirstLoad() {
  AddLine(std::string("FirstLoad/") + Subject::kName,
          [](benchmark::State& state) {
            Subject subject;
            ReportSamples(state, Subject::kOurs, [&subject] {
              std::int64_t nanoseconds = 0;
              std::thread([&subject, &nanoseconds] {
                typename Subject::Thread thread(subject);
                const std::int64_t begin = Nanoseconds(CLOCK_MONOTONIC);
                ReadOnce(subject, thread);
                nanoseconds = Nanoseconds(CLOCK_MONOTONIC) - begin;
              }).join();
              return nanoseconds;
            });
          });
}

// What the library does as a thread ends, it does in the destructor of a
// pthread key, which is made as the library is initialised. So there are two
// more, one made before it and one after it, which look at the clock: glibc
// ends a thread's keys in the order in which they were made. POSIX leaves that
// open, so it is checked.
class ThreadEnd {
 public:
  [[gnu::constructor(101)]] static void MakeFirstKey() {
    pthread_key_create(&first_key, [](void* end) {
      auto* const self = static_cast<ThreadEnd*>(end);
      self->had_record_ = internal::StdPolicy::this_record() != nullptr;
      self->begin_ = Nanoseconds(CLOCK_MONOTONIC);
    });
  }
  static void MakeLastKey() {
    pthread_key_create(&last_key, [](void* end) {
      auto* const self = static_cast<ThreadEnd*>(end);
      self->nanoseconds_ = Nanoseconds(CLOCK_MONOTONIC) - self->begin_;
      self->has_record_ = internal::StdPolicy::this_record() != nullptr;
    });
  }

  // Whether the library's work is in between: it gives the record back.
  static bool CanBeMeasured() {
    const ThreadEnd end([] { const PinGuard uses_the_library; });
    return end.had_record_ && !end.has_record_;
  }

  // Of a thread that runs f().
  template <class F>
  explicit ThreadEnd(F f) {
    std::thread([this, f] {
      f();
      pthread_setspecific(first_key, this);
      pthread_setspecific(last_key, this);
    }).join();
  }

  std::int64_t nanoseconds() const { return nanoseconds_; }

 private:
  static inline pthread_key_t first_key;
  static inline pthread_key_t last_key;

  bool had_record_ = false;
  bool has_record_ = false;
  std::int64_t begin_ = 0;
  std::int64_t nanoseconds_ = 0;
};

// The end of a thread that has loaded, and retired nothing.
template <class Subject>
void AddThreadExit() {
  AddLine(std::string("ThreadExit/") + Subject::kName,
          [](benchmark::State& state) {
            if (!ThreadEnd::CanBeMeasured()) {
              state.SkipWithError("keys end in another order here");
              return;
            }
            Subject subject;
            ReportSamples(state, Subject::kOurs, [&subject] {
              return ThreadEnd([&subject] {
                       typename Subject::Thread thread(subject);
                       ReadOnce(subject, thread);
                     })
                  .nanoseconds();
            });
          });
}

// --- Parked threads --------------------------------------------------------

// Threads that have used the library, and sleep until this ends.
class Parked {
 public:
  explicit Parked(int count) : awake_(count) {
    static const Payload payload;
    static const Pointer<const Payload> cell{&payload};
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this] {
        Use(cell.Protect().get());
        std::unique_lock<std::mutex> lock(mutex_);
        if (--awake_ == 0) changed_.notify_all();
        changed_.wait(lock, [this] { return over_; });
      });
    }
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return awake_ == 0; });
  }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;
  ~Parked() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int awake_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

void AddParked(int count) {
  AddLine("Parked/Retire/" + std::to_string(count),
          [count](benchmark::State& state) {
            const Parked parked(count);
            const Window window({[](Stopwatch& stopwatch) {
              stopwatch.Repeat([] { Retire(new Payload); });
            }});
            Reclaim();
            state.counters["op_ns"] = window.nanoseconds();
            Report(state, true, window.disturbed());
          });
  AddLine("Parked/Value/" + std::to_string(count),
          [count](benchmark::State& state) {
            const Parked parked(count);
            OfValue subject;
            const Window loads({Reads(subject)});
            const Window stores({Replaces(subject)});
            state.counters["load_ns"] = loads.nanoseconds();
            state.counters["store_ns"] = stores.nanoseconds();
            Report(state, true, loads.disturbed() || stores.disturbed());
          });
}

}  // namespace

static void AddAll() {
  AddOperations();
  AddFirstLoad<Bare>();
  AddFirstLoad<OfValue>();
  AddThreadExit<Bare>();
  AddThreadExit<OfValue>();
  for (const int count : {0, 1, 10, 100, 1000}) AddParked(count);
}

}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::ThreadEnd::MakeLastKey();
  sync_atomic::benchmarks::AddAll();
  return sync_atomic::benchmarks::Run(argc, argv);
}
