// SPDX-License-Identifier: Apache-2.0

// The end of a thread, and of main: what it leaves behind, who takes over its
// record, and what may still be used how late.

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

// Constant, and read by the destructors of other statics, too.
ABSL_CONST_INIT Value value;
ABSL_CONST_INIT Pointer<Canary> pointer;

// The record that the calling thread has, or gets.
const void* Record() { return &internal::StdPolicy::domain().Self(); }

// Everything that a thread may do; false if something was not alive.
bool UseEverything() {
  bool sings = true;
  value.Store(Canary(1));
  Retire(pointer.Swap(new Canary(1)));
  for (std::uint64_t i = 0; i < 3; ++i) Retire(new Canary(i));
  {
    const PinGuard pin;
    sings = sings && value.LoadPinned<Canary>(pin)->Sings();
  }
  const SnapshotOf<Canary> snapshot = value.Load<Canary>();
  const Protected<Canary> protect = pointer.Protect();
  return sings && snapshot->Sings() && protect->Sings();
}

void EmptyTheCells() {
  delete pointer.Swap(nullptr);
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ThreadEndTest, ManyShortThreadsReuseFewRecordsAndLeaveNothing) {
  constexpr int kThreads = 4;
  std::mutex mutex;
  std::set<const void*> records;
  std::atomic<bool> sings{true};
  for (int round = 0; round < Effort(500); ++round) {
    RunTogether(kThreads, [&](int) {
      if (!UseEverything()) sings.store(false);
      const std::lock_guard<std::mutex> lock(mutex);
      records.insert(Record());
    });
  }
  EXPECT_TRUE(sings.load());
  // They come in blocks, each as large as all before.
  EXPECT_LE(records.size(), 2 * kThreads);
  Reclaim();                      // what the last ones left
  EXPECT_EQ(Canary::alive(), 2);  // those in the cells
  EmptyTheCells();
}

TEST(ThreadEndTest,
     SnapshotsAndProtectedsOutliveTheirThreadAndItsRecordsOwner) {
  constexpr int kHeld = 4;  // of each: all slots of a record
  const void* record = nullptr;
  std::vector<SnapshotOf<Canary>> snapshots;
  std::vector<Protected<Canary>> protects;
  value.Store(Canary(1));
  pointer.Store(new Canary(1));
  std::thread([&] {
    record = Record();
    for (int i = 0; i < kHeld; ++i) {
      snapshots.push_back(value.Load<Canary>());
      protects.push_back(pointer.Protect());
    }
  }).join();
  std::thread([&] {
    ASSERT_EQ(Record(), record);
    ASSERT_TRUE(UseEverything());
    EXPECT_EQ(Canary::alive(), 4);  // two old ones, and two in the cells
    for (const auto& held : snapshots) EXPECT_TRUE(held->Sings());
    for (const auto& held : protects) EXPECT_TRUE(held->Sings());
    snapshots.resize(kHeld / 2);
    protects.erase(protects.begin() + kHeld / 2, protects.end());
    ASSERT_TRUE(UseEverything());
  }).join();
  for (const auto& held : snapshots) EXPECT_TRUE(held->Sings());
  for (const auto& held : protects) EXPECT_TRUE(held->Sings());
  snapshots.clear();
  protects.clear();
  EXPECT_EQ(Canary::alive(), 2);
  EmptyTheCells();
}

// --- Destructors at a thread's end -------------------------------------------

std::atomic<int> well_ended{0};

// Uses everything when it ends.
struct Last {
  ~Last() {
    if (UseEverything()) well_ended.fetch_add(1);
  }
  void Touch() {}
};

TEST(ThreadEndTest, ThreadLocalDestructorsMayUseEverything) {
  well_ended.store(0);
  std::thread([] {
    thread_local Last before;
    before.Touch();
    UseEverything();
    thread_local Last after;
    after.Touch();
  }).join();
  std::thread([] {
    thread_local Last only;  // this thread uses the library nowhere else
    only.Touch();
  }).join();
  EXPECT_EQ(well_ended.load(), 3);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 2);
  EmptyTheCells();
}

TEST(ThreadEndTest, AThreadLocalGuardMayEndAfterEverythingElse) {
  std::thread([] {
    thread_local std::optional<PinGuard> pin;  // ends after `last`
    thread_local Last last;
    pin.emplace();
    last.Touch();
  }).join();
  EXPECT_EQ(Canary::alive(), 2);
  EmptyTheCells();
}

// Keys are ended in turn, here before and after the library's own.
pthread_key_t NewKey(void (*destroy)(void*)) {
  pthread_key_t key;
  EXPECT_EQ(pthread_key_create(&key, destroy), 0);
  return key;
}
void UseAtTheEnd(void*) {
  if (UseEverything()) well_ended.fetch_add(1);
}
void EndGuard(void* guard) { delete static_cast<PinGuard*>(guard); }

const pthread_key_t early_use = NewKey(UseAtTheEnd);
const pthread_key_t early_guard = NewKey(EndGuard);

TEST(ThreadEndTest, DestructorsOfKeysMayUseEverythingAndEndGuards) {
  Record();  // the library has its key now
  const pthread_key_t late_use = NewKey(UseAtTheEnd);
  const pthread_key_t late_guard = NewKey(EndGuard);
  std::set<const void*> records;
  well_ended.store(0);
  constexpr int kThreads = 20;
  for (int i = 0; i < kThreads; ++i) {
    std::thread([&] {
      int any = 0;
      records.insert(Record());
      pthread_setspecific(early_use, &any);
      pthread_setspecific(late_use, &any);
      pthread_setspecific(i % 2 == 0 ? early_guard : late_guard, new PinGuard);
    }).join();
  }
  EXPECT_EQ(well_ended.load(), 2 * kThreads);
  EXPECT_EQ(records.size(), 1u);
  EXPECT_EQ(Canary::alive(), 2);
  pthread_key_delete(late_use);
  pthread_key_delete(late_guard);
  EmptyTheCells();
}

// --- What a thread leaves ----------------------------------------------------

// Counts the destructors that run on a thread that is in the destructors of its
// keys: its thread_local objects are gone.
thread_local bool keys_are_ending = false;
std::atomic<int> ran_too_late{0};
struct RunsInTime {
  ~RunsInTime() {
    if (keys_are_ending) ran_too_late.fetch_add(1);
  }
  Canary canary{1};
};
ABSL_CONST_INIT ValueOf<RunsInTime> in_time;

// Has the calling thread leave what a burst of stores left.
void LeaveSome() {
  for (int i = 0; i < 100; ++i) in_time.Emplace();
}
void SayThatKeysAreEnding(void*) { keys_are_ending = true; }
// Stores, and ends a snapshot, of which something waits.
void StoreLate(void*) {
  keys_are_ending = true;
  SnapshotOf<RunsInTime> held = in_time.Load();
  LeaveSome();
  held = {};
  Retire(new RunsInTime);
  Reclaim();
}

// Runs f on a thread, and then these destructors of keys, some before the
// library's own and some after.
void OnAThreadWithKeys(void (*destroy)(void*), const std::function<void()>& f) {
  static const pthread_key_t says_early = NewKey(SayThatKeysAreEnding);
  const pthread_key_t late = NewKey(destroy);
  std::thread([&] {
    int any = 0;
    pthread_setspecific(says_early, &any);
    pthread_setspecific(late, &any);
    f();
  }).join();
  pthread_key_delete(late);
}

// What is done next, on a thread that has used the library before.
using Next = std::function<void()>;
class WhatAThreadLeavesTest : public ::testing::TestWithParam<int> {};

TEST_P(WhatAThreadLeavesTest, IsDestroyedByWhoeverIsNext) {
  ran_too_late.store(0);
  in_time.Emplace();
  // Nothing that this thread holds is replaced: or it would be asked for help
  // for the sake of that.
  Pointer<Canary> protect(new Canary(1));
  ValueOf<Canary> other;
  other.Emplace(1u);
  SnapshotOf<Canary> snapshot = other.Load();
  Protected<Canary> protected_canary = protect.Protect();
  std::optional<PinGuard> pin;
  const Next next[] = {
      [&] { snapshot = {}; },
      [&] { protected_canary = {}; },
      [&] {
        pin.emplace();
        pin.reset();
      },
      [] { Reclaim(); },
      [] { std::thread([] { Retire(new Canary(1)); }).join(); },
  };
  OnAThreadWithKeys(SayThatKeysAreEnding, LeaveSome);
  EXPECT_GT(Canary::alive(), 3);  // or this shows nothing
  next[GetParam()]();
  EXPECT_EQ(Canary::alive(), 3);  // in the cells
  EXPECT_EQ(ran_too_late.load(), 0);
  delete protect.Swap(nullptr);
  in_time.Clear();
  snapshot = {};
  other.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);  // nothing is left for the next case
}
INSTANTIATE_TEST_SUITE_P(Next, WhatAThreadLeavesTest, ::testing::Range(0, 5));

TEST(ThreadEndTest, KeysThatStoreLateRunNoDestructors) {
  ran_too_late.store(0);
  in_time.Emplace();
  for (int i = 0; i < 3; ++i) OnAThreadWithKeys(StoreLate, LeaveSome);
  EXPECT_EQ(ran_too_late.load(), 0);
  { const PinGuard next; }
  EXPECT_EQ(Canary::alive(), 1);
  in_time.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// Whoever finds it in the way looks for its thread.
TEST(ThreadEndDeathTest, ALeakedGuardEndsSomeTimeAfterItsThread) {
#if !defined(__linux__)
  GTEST_SKIP() << "other systems don't say whether a thread has ended";
#endif
  // The guard is waited for until the last round of key destructors.
  if (testing::kThreadSanitizer) {
    GTEST_SKIP() << "ThreadSanitizer has left the thread before the last round";
  }
  EXPECT_EXIT(
      {
        std::thread([] { static_cast<void>(new PinGuard); }).join();
        Retire(new Canary(1));
        const auto end =
            std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (Canary::alive() != 0 && std::chrono::steady_clock::now() < end) {
          std::this_thread::yield();
          Reclaim();
        }
        Synchronize();
        std::_Exit(Canary::alive() == 0 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

// --- After main --------------------------------------------------------------

// Ends after main, when statics that were made later have ended.
struct LastOfAll {
  ~LastOfAll() {
    if (!UseEverything()) return;
    bool sings = false;
    std::thread([&] { sings = UseEverything(); }).join();
    Synchronize();
    Reclaim();
    if (sings) std::fputs("ended well\n", stderr);
  }
};
// Made before anybody has used the library.
const LastOfAll first_made;

TEST(AfterMainDeathTest, DestructorsOfStaticsMayUseEverything) {
  EXPECT_EXIT(
      {
        value.Store(Canary(1));
        static const LastOfAll made_late;
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "ended well\nended well\n");
}

TEST(AfterMainDeathTest, EvenIfNobodyUsedTheLibraryBefore) {
  EXPECT_EXIT(std::exit(0), ::testing::ExitedWithCode(0), "ended well\n");
}

}  // namespace
}  // namespace sync_atomic
