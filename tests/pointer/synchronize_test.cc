// SPDX-License-Identifier: Apache-2.0

// Synchronize, with other threads stopped where they are most in its way.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#include "sync_atomic/pointer/reclaim/retired.h"

namespace sync_atomic {
namespace {

// Real threads, which the test stops at their fences.
struct ScriptPolicy {
  template <class T>
  using Atomic = std::atomic<T>;
  using Domain = internal::Domain<ScriptPolicy>;
  using Record = internal::ThreadRecord<ScriptPolicy>;

  static constexpr std::size_t kMaxBlockers = 64;
  static constexpr std::size_t kMaxRecordsAtOnce = 2;

  static void LightFence() {
    internal::LightFence();
    if (at_light_fence) at_light_fence();
  }
  static bool LightFenceIsCompilerOnly() {
    return internal::LightFenceIsCompilerOnly();
  }
  static void CompilerFence() {
    internal::CompilerFence();
    if (at_light_fence) at_light_fence();
  }
  static bool HeavyFence() {
    const bool fenced = internal::HeavyFence();
    if (at_heavy_fence) at_heavy_fence();
    return fenced;
  }
  static Record*& this_record() {
    thread_local Record* current = nullptr;
    return current;
  }
  static Record*& fast_record() {
    thread_local Record* fast_record = &sentinel_record();
    return fast_record;
  }
  static Record& sentinel_record() {
    static Record sentinel{internal::SentinelTag()};
    return sentinel;
  }
  static bool WatchThreadExit(Record&) { return true; }
  static std::uint64_t Milliseconds() { return milliseconds.load(); }
  static std::uint64_t HeavyFencePrice() { return 0; }
  static std::uint64_t Nanoseconds() { return 0; }
  static constexpr std::size_t kFewestRetired = 2;
  static void* Malloc(std::size_t size) { return std::malloc(size); }
  static void Free(void* memory) { std::free(memory); }
  static void WakeAll(const Atomic<std::uint32_t>&) {}
  static void Pause(int, bool brief) {
    waits_briefly = brief;
    std::this_thread::yield();
    if (at_pause) at_pause();
  }
  static bool RunOnExecutor(internal::RetiredStack&) { return false; }
  static bool HasExecutor() { return false; }
  static void EndExecutorCall(Record&) {}
  static bool ThreadIsEnding() { return false; }
  static bool ThreadIsGone(std::int64_t) { return false; }
  static Record* NewRecords(std::size_t count) {
    return new (std::nothrow) Record[count];
  }

  // Nobody is ever quiet, unless a test puts this forward.
  static inline std::atomic<std::uint64_t> milliseconds{0};
  // What the calling thread does there.
  static inline thread_local std::function<void()> at_light_fence;
  static inline thread_local std::function<void()> at_heavy_fence;
  static inline thread_local std::function<void()> at_pause;
  // What it was last told there.
  static inline thread_local bool waits_briefly = false;
};

ABSL_CONST_INIT ScriptPolicy::Domain script_domain;

// A thread that stops where it calls Stop(), until somebody else lets it go on.
class Stoppable {
 public:
  template <class F>
  explicit Stoppable(F f)
      : thread_([this, f] {
          f(*this);
          ended_.store(true);
        }) {
    Await();
  }
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;
  ~Stoppable() {
    while (!ended()) GoOn();
    thread_.join();
  }

  // For the thread itself.
  void Stop() {
    stopped_.store(true);
    while (stopped_.load()) std::this_thread::yield();
  }

  // For others: lets it go on to its next stop, or to its end.
  void GoOn() {
    stopped_.store(false);
    Await();
  }
  bool ended() const { return ended_.load(); }

 private:
  void Await() {
    while (!stopped_.load() && !ended_.load()) std::this_thread::yield();
  }

  std::atomic<bool> stopped_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

struct Object : internal::Retired {
  explicit Object(std::atomic<int>& count) : disposed(count) {
    address = this;
    bytes = sizeof(Object);
    dispose = [](internal::Retired* retired) {
      auto* const object = static_cast<Object*>(retired);
      object->disposed.fetch_add(1);
      delete object;
    };
  }
  std::atomic<int>& disposed;
};

// A list that waits while its owner stands still in a Retire, and at which
// there is always somebody who then leaves it to its owner.
TEST(SynchronizeScriptTest, TakesAListThatOthersLeaveToABusyOwner) {
  std::atomic<int> disposed{0}, disposed_later{0};
  Stoppable owner([&](Stoppable& self) {
    script_domain.Self().schedule.SpendTokens(100);
    script_domain.Retire(new Object(disposed));
    ScriptPolicy::at_light_fence = [&self] {
      std::exchange(ScriptPolicy::at_light_fence, nullptr);
      self.Stop();  // busy
    };
    script_domain.Retire(new Object(disposed_later));
  });
  Stoppable other([](Stoppable& self) {
    ScriptPolicy::at_heavy_fence = [&self] { self.Stop(); };
    for (int i = 0; i < 5; ++i) script_domain.Reclaim();
  });
  ScriptPolicy::at_pause = [&] { (other.ended() ? owner : other).GoOn(); };
  script_domain.Synchronize();
  ScriptPolicy::at_pause = nullptr;
  EXPECT_EQ(disposed.load(), 1);
}

// A thread that is pinned, and that asked the system for a delay, is waited for
// without sleeping; but not for long.
TEST(SynchronizeScriptTest, KnowsWhoWillBeBrief) {
  ScriptPolicy::milliseconds.store(1'000);
  for (const int asked_before_ms : {-1, 0, 1, 100}) {
    SCOPED_TRACE(asked_before_ms);
    Stoppable pinned([&](Stoppable& self) {
      auto& record = script_domain.Self();
      script_domain.Pin(record);
      if (asked_before_ms >= 0) {
        record.delay_asked_ms.store(
            ScriptPolicy::Milliseconds() -
            static_cast<std::uint64_t>(asked_before_ms));
      }
      self.Stop();
      record.delay_asked_ms.store(0);
      script_domain.Unpin(record);
    });
    ScriptPolicy::at_pause = [&] {
      EXPECT_EQ(ScriptPolicy::waits_briefly,
                asked_before_ms == 0 || asked_before_ms == 1);
      if (!pinned.ended()) pinned.GoOn();
    };
    script_domain.Synchronize();
    EXPECT_TRUE(pinned.ended());
    ScriptPolicy::at_pause = nullptr;
  }
  ScriptPolicy::milliseconds.store(0);
}

}  // namespace
}  // namespace sync_atomic
