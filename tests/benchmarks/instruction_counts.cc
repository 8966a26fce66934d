// SPDX-License-Identifier: Apache-2.0

// Runs each fast path many times under callgrind, which writes down what it
// executed, and says how it was built: for instruction_counts_test.py.

#include <cstddef>
#include <cstdio>
#include <ctime>

#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else  // the test says that it can't run
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) static_cast<void>(name)
#endif

namespace sync_atomic {
namespace benchmarks {
namespace {

constexpr int kTimes = 20'000;

struct Cells {
  Cells() {
    value.Store(Payload());
    value_of.Store(Payload());
    pointer.Store(new Payload);
  }

  Int64 number;
  Counter counter;
  Value value;
  ValueOf<Payload> value_of;
  Pointer<Payload> pointer;
};

Cells& cells() {
  static Cells* const cells = new Cells;
  return *cells;
}

// Runs `step` kTimes times, in a loop that takes the same for all.
template <class Step>
void Repeat(Step step) {
  for (int i = 0; i < kTimes; ++i) {
    step();
    asm volatile("" : : : "memory");
  }
}

struct Path {
  const char* name;
  void (*run)(Cells& cells);
};

constexpr Path kPaths[] = {
    {"nothing", [](Cells&) { Repeat([] {}); }},
    {"Int64::Load",
     [](Cells& cells) {
       Repeat([&] { Use(static_cast<int>(cells.number.Load())); });
     }},
    {"Int64::Add", [](Cells& cells) { Repeat([&] { cells.number.Add(1); }); }},
    // Valgrind gives no thread a restartable sequence.
    {"Counter::Add, without rseq",
     [](Cells& cells) { Repeat([&] { cells.counter.Add(1); }); }},
    {"Value::Load, read, drop",
     [](Cells& cells) {
       Repeat([&] { Use(cells.value.Load<Payload>()->numbers[0]); });
     }},
    {"Value::Read",
     [](Cells& cells) {
       Repeat([&] {
         Use(cells.value.Read<Payload>(
             [](const Payload* payload) { return payload->numbers[0]; }));
       });
     }},
    {"Value::LoadPinned, read",
     [](Cells& cells) {
       const PinGuard pin;
       Repeat([&] { Use(cells.value.LoadPinned<Payload>(pin)->numbers[0]); });
     }},
    {"Value::Emplace",
     [](Cells& cells) { Repeat([&] { cells.value.Emplace<Payload>(); }); }},
    {"ValueOf::Load, read, drop",
     [](Cells& cells) {
       Repeat([&] { Use(cells.value_of.Load()->numbers[0]); });
     }},
    {"ValueOf::LoadPinned, read",
     [](Cells& cells) {
       const PinGuard pin;
       Repeat([&] { Use(cells.value_of.LoadPinned(pin)->numbers[0]); });
     }},
    {"ValueOf::Reader::Load, read",
     [](Cells& cells) {
       ValueOf<Payload>::Reader reader(cells.value_of);
       Repeat([&] { Use(reader.Load()->numbers[0]); });
     }},
    {"ValueOf::Emplace",
     [](Cells& cells) { Repeat([&] { cells.value_of.Emplace(); }); }},
    {"PinGuard, Pointer::Load, read",
     [](Cells& cells) {
       Repeat([&] {
         const PinGuard pin;
         Use(cells.pointer.Load()->numbers[0]);
       });
     }},
    {"Pointer::Protect, read, drop",
     [](Cells& cells) {
       Repeat([&] { Use(cells.pointer.Protect()->numbers[0]); });
     }},
    {"new, Pointer::Swap, Retire",
     [](Cells& cells) {
       Repeat([&] { Retire(cells.pointer.Swap(new Payload)); });
     }},
};

#if defined(__clang__) || !defined(__x86_64__)
constexpr bool kIsGccOnX86 = false;
#else
constexpr bool kIsGccOnX86 = true;
#endif
#if defined(__PIE__)
constexpr const char* kCode = "";
#elif defined(__PIC__)
constexpr const char* kCode = ", -fPIC";
#else
constexpr const char* kCode = ", -fno-PIC";
#endif
#if defined(__GXX_RTTI) && defined(__cpp_exceptions)
constexpr bool kIsWhole = true;
#else
constexpr bool kIsWhole = false;
#endif

// What the numbers depend on.
void PrintBuild() {
  const bool is_sanitized =
      testing::kThreadSanitizer || testing::kAddressSanitizer;
  const bool light_fence_is_compiler_only =
      internal::DecideFenceMode() == internal::FenceMode::kMembarrier;
  std::printf("build: %s %s, C++%ld%s%s%s%s\n",
              kIsGccOnX86 ? "g++ on x86-64" : "another compiler or processor",
              __VERSION__, __cplusplus / 100 % 100, kCode,
              kIsWhole ? "" : ", without RTTI or exceptions",
              is_sanitized ? ", with a sanitizer" : "",
              light_fence_is_compiler_only ? "" : ", with full fences");
}

int Run() {
  PrintBuild();
  SetRetireLimits(256, std::size_t{1} << 30);
  std::printf("times: %d\n", kTimes);
  for (const Path& path : kPaths) {
    path.run(cells());  // warm: what is made at first, is made
    CALLGRIND_ZERO_STATS;
    path.run(cells());
    CALLGRIND_DUMP_STATS_AT(path.name);
  }
  return 0;
}

}  // namespace
}  // namespace benchmarks
}  // namespace sync_atomic

// Time stands still: under callgrind, and beside other tests, any stores take
// the 10 ms after which a thread reclaims at once.
extern "C" int clock_gettime(clockid_t, timespec* now) noexcept {
  *now = {1'000'000, 0};
  return 0;
}

int main() { return sync_atomic::benchmarks::Run(); }
