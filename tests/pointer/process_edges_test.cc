// SPDX-License-Identifier: Apache-2.0

// The edges of a process: no pthread key is left, others delete the library's,
// threads come and go while main calls exit(). Nobody aborts, records are used
// again, and what threads leave is found.
//
// Each case is a process of its own: this program, run again, without a test
// framework, which needs keys itself.

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;

constexpr char kCase[] = "SYNC_ATOMIC_TEST_CASE";

// Before the library is initialised, which makes its key then.
[[gnu::constructor(101)]] void UseUpKeys() {
  const char* const name = std::getenv(kCase);
  if (name == nullptr || std::strcmp(name, "no_keys") != 0) return;
  for (pthread_key_t key; pthread_key_create(&key, nullptr) == 0;) {
  }
}

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::_Exit(1);
}

// Threads one after the other, each of which retires more than it reclaims.
void UseOnManyThreads() {
  std::set<const void*> records;
  for (int i = 0; i < 200; ++i) {
    std::thread([&] {
      records.insert(&internal::StdPolicy::domain().Self());
      const PinGuard pin;
      for (std::uint64_t n = 0; n < 20; ++n) Retire(new Canary(n));
    }).join();
  }
#if defined(__linux__)
  // The system may say of a thread that has been joined that it is there still.
  Expect(records.size() < 50, "records of threads that ended are used again");
#endif
  Synchronize();
  Reclaim();
  Expect(Canary::alive() == 0, "what threads left is destroyed");
}

void NoKeys() {
  pthread_key_t key;
  Expect(pthread_key_create(&key, nullptr) != 0, "all keys are used up");
  UseOnManyThreads();
}

void KeysAreDeleted() {
  Retire(new Canary(1));
  std::thread([] {
    Retire(new Canary(1));
    for (pthread_key_t key = 0; key < 1024; ++key) pthread_key_delete(key);
  }).join();
  UseOnManyThreads();
}

void ExitMeetsThreads() {
  static std::atomic<int> ended{0};
  for (int i = 0; i < 2; ++i) {
    std::thread([] {
      for (;;) {
        std::thread([] {
          for (std::uint64_t n = 0; n < 5; ++n) Retire(new Canary(n));
        }).join();
        ended.fetch_add(1);
      }
    }).detach();
  }
  while (ended.load() < 3) std::this_thread::yield();
  std::exit(0);
}

struct Case {
  const char* name;
  void (*run)();
  int times;
};
constexpr Case kCases[] = {
    {"no_keys", NoKeys, 1},
    {"keys_are_deleted", KeysAreDeleted, 1},
    {"exit_meets_threads", ExitMeetsThreads, 100},
};

int RunAll(const char* program) {
  // Some threads are meant to be left at the exit.
  const char* const options = std::getenv("TSAN_OPTIONS");
  setenv("TSAN_OPTIONS",
         (std::string(options == nullptr ? "" : options) +
          ":report_thread_leaks=0")
             .c_str(),
         1);
  int failed = 0;
  for (const Case& each : kCases) {
    setenv(kCase, each.name, 1);
    int status = 0;
    // A sanitizer has keys, too.
    const bool skipped =
        each.run == KeysAreDeleted &&
        (testing::kAddressSanitizer || testing::kThreadSanitizer);
    if (skipped) continue;
    for (int i = 0; i < each.times && status == 0; ++i) {
      status = std::system(("exec '" + std::string(program) + "'").c_str());
    }
    std::printf("%s: %s\n", each.name, status == 0 ? "ok" : "failed");
    failed += status != 0 ? 1 : 0;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sync_atomic

int main(int, char** argv) {
  const char* const name = std::getenv(sync_atomic::kCase);
  if (name == nullptr) return sync_atomic::RunAll(argv[0]);
  for (const auto& each : sync_atomic::kCases) {
    if (std::strcmp(name, each.name) == 0) each.run();
  }
  return 0;
}
