// SPDX-License-Identifier: Apache-2.0

// Interleave: runs one operation, and at each of its steps in turn another one
// from start to end, as if a second thread had come in between. No threads and
// no chance: each run is the same.
//
// The core runs on StepPolicy, whose atomics and fences are steps. A thread is
// a number; whose turn it is decides which participant record is used. What
// this shows are the mistakes that one interruption brings about, under
// sequential consistency; weaker orders are for other tests.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_INTERLEAVE_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_INTERLEAVE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "sync_atomic/atomic/internal/waiters.h"
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#include "sync_atomic/pointer/reclaim/retired.h"

namespace sync_atomic {
namespace testing {

struct StepPolicy {
  template <class T>
  class Atomic {
   public:
    constexpr Atomic() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): implicit as std::atomic's.
    constexpr Atomic(T value) : word_(value) {}

    T load(std::memory_order = std::memory_order_seq_cst) const {
      Step();
      return word_.load();
    }
    void store(T value, std::memory_order = std::memory_order_seq_cst) {
      Step();
      word_.store(value);
    }
    T exchange(T value) {
      Step();
      return word_.exchange(value);
    }
    bool compare_exchange_strong(T& expected, T desired) {
      Step();
      return word_.compare_exchange_strong(expected, desired);
    }
    bool compare_exchange_weak(T& expected, T desired) {
      return compare_exchange_strong(expected, desired);
    }
    T fetch_add(T delta) {
      Step();
      return word_.fetch_add(delta);
    }
    T fetch_sub(T delta) {
      Step();
      return word_.fetch_sub(delta);
    }
    T fetch_or(T bits) {
      Step();
      return word_.fetch_or(bits);
    }

   private:
    std::atomic<T> word_{};
  };

  using Domain = internal::Domain<StepPolicy>;
  using Record = internal::ThreadRecord<StepPolicy>;

  // So few that a reclaim often needs further rounds.
  static constexpr std::size_t kMaxBlockers = 2;
  static constexpr std::size_t kMaxRecordsAtOnce = 1;

  // So few that a list often grows.
  static constexpr std::size_t kFewestRetired = 1;
  static void* Malloc(std::size_t size) {
    int& left = world().mallocs_left;
    if (left == 0) return nullptr;
    if (left > 0) --left;
    void* const memory = std::malloc(size);
    world().lists.insert(memory);
    return memory;
  }
  static void Free(void* memory) {
    world().lists.erase(memory);
    std::free(memory);
  }

  static constexpr int kThreads = 4;

  // What a run starts from.
  struct World {
    Domain domain;
    internal::Waiters<StepPolicy> waiters;
    Record* this_record[kThreads] = {};
    Record sentinel{internal::SentinelTag()};
    Record* fast_record[kThreads] = {&sentinel, &sentinel, &sentinel,
                                     &sentinel};
    // Whether readers go by their fast paths.
    bool light_fence_is_compiler_only = true;
    int thread = 0;
    std::uint64_t milliseconds = 1'000'000;
    // How many heavy fences succeed before all fail; -1: they never fail.
    int fences_left = -1;
    // The same for Malloc().
    int mallocs_left = -1;
    // The same for NewRecords().
    int records_left = -1;
    // The step before which `interruption` comes, counted down; 0: none.
    int steps_left = 0;
    std::function<void()> interruption;
    // Somebody fell asleep before the interruption came.
    bool slept = false;
    // How often somebody was woken, and how often nobody was left to do so.
    int wakes = 0;
    int slept_for_ever = 0;
    // Nothing is left in it: Interleave() frees it, its records and what
    // Malloc() gave them.
    bool is_empty = false;
    std::vector<std::unique_ptr<Record[]>> records;
    std::set<void*> lists;
  };

  static void Step() {
    World& here = world();
    if (here.steps_left == 0 || --here.steps_left != 0) return;
    As(1, here.interruption);
  }

  // Runs f as another thread.
  static void As(int thread, const std::function<void()>& f) {
    const int interrupted = std::exchange(world().thread, thread);
    f();
    world().thread = interrupted;
  }

  static void LightFence() { Step(); }
  static bool LightFenceIsCompilerOnly() {
    return world().light_fence_is_compiler_only;
  }
  static void CompilerFence() { Step(); }
  static bool HeavyFence() {
    Step();
    int& left = world().fences_left;
    if (left == 0) return false;
    if (left > 0) --left;
    return true;
  }
  static Domain& domain() { return world().domain; }
  static Record*& this_record() { return world().this_record[world().thread]; }
  static Record*& fast_record() { return world().fast_record[world().thread]; }
  static Record& sentinel_record() { return world().sentinel; }
  static bool WatchThreadExit(Record&) { return true; }
  static std::uint64_t Milliseconds() { return world().milliseconds; }
  static std::uint64_t HeavyFencePrice() { return 0; }
  static std::uint64_t Nanoseconds() { return 0; }
  static bool RunOnExecutor(internal::RetiredStack&) { return false; }
  static bool HasExecutor() { return false; }
  static void EndExecutorCall(Record&) {}
  static bool ThreadIsEnding() { return false; }
  static bool ThreadIsGone(std::int64_t) { return false; }
  static Record* NewRecords(std::size_t count) {
    int& left = world().records_left;
    if (left == 0) return nullptr;
    if (left > 0) --left;
    return world().records.emplace_back(new Record[count]).get();
  }
  static internal::Waiters<StepPolicy>& waiters() { return world().waiters; }
  // The other thread's turn comes when the first one falls asleep, at the
  // latest.
  static bool SleepOn(const Atomic<std::uint32_t>& word, std::uint32_t value,
                      const internal::Deadline&) {
    if (word.load() != value) return true;
    World& here = world();
    const int wakes_before = here.wakes;
    if (here.steps_left != 0) {
      here.slept = true;
      here.steps_left = 0;
      As(1, here.interruption);
    }
    if (here.wakes != wakes_before) return true;
    ++here.slept_for_ever;
    return false;
  }
  static void WakeAll(const Atomic<std::uint32_t>&) {
    Step();
    ++world().wakes;
  }
  static void WakeWatchers(const Atomic<std::uint32_t>& word, const void*) {
    WakeAll(word);
  }
  // Whoever waits here waits for ever: nobody else runs meanwhile.
  static void Pause(int, bool) { std::abort(); }

  // Worlds are kept: something may be left in their records, and leak checkers
  // know only what they can reach.
  static World& world() { return *newest(); }
  static void NewWorld() { newest() = &worlds().emplace_back(); }
  static void EndWorld() {
    for (void* const list : world().lists) std::free(list);
    worlds().pop_back();
    newest() = &worlds().back();
  }

 private:
  static std::deque<World>& worlds() {
    static auto* const worlds = new std::deque<World>(1);
    return *worlds;
  }
  static World*& newest() {
    static World* newest = &worlds().back();
    return newest;
  }
};

// For each step of `run` in turn: makes a new world, prepare()s it as thread 0,
// and run()s as thread 0 with `interruption` as thread 1 before that step; at
// last after all steps. Then check()s. All that with fences that are free, and
// so on the fast paths, and again with others.
inline void Interleave(const std::function<void()>& prepare,
                       const std::function<void()>& run,
                       const std::function<void()>& interruption,
                       const std::function<void()>& check) {
  bool light_fence_is_compiler_only = true;
  for (int step = 1;; ++step) {
    StepPolicy::NewWorld();
    StepPolicy::World& world = StepPolicy::world();
    world.light_fence_is_compiler_only = light_fence_is_compiler_only;
    prepare();
    world.interruption = interruption;
    world.steps_left = step;
    run();
    const bool after_all_steps = world.steps_left != 0;
    world.steps_left = 0;
    if (after_all_steps) StepPolicy::As(1, interruption);
    check();
    const bool slept = world.slept;
    if (world.is_empty) StepPolicy::EndWorld();
    if (after_all_steps || slept) {
      if (!std::exchange(light_fence_is_compiler_only, false)) return;
      step = 0;
    }
  }
}

// Counts how often it is disposed of, and is not freed by that.
struct Counted : internal::Retired {
  Counted() {
    address = this;
    bytes = sizeof(Counted);
    dispose = [](Retired* self) { ++static_cast<Counted*>(self)->disposed; };
  }
  int disposed = 0;
};

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_INTERLEAVE_H_
