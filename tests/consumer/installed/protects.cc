// SPDX-License-Identifier: Apache-2.0

// Fails unless the program and the library know of each other's pins, counts
// and waiters: one domain in the process, however the two were built. With
// AS_PLUGIN it is a module that a program opens, and calls `Protects`.

#include <atomic>
#include <cstdio>
#include <thread>

#include "absl/time/time.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/hazard_pointer.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/rcu.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace {

std::atomic<int> alive{0};
struct Object {
  Object() { ++alive; }
  ~Object() { --alive; }
};

int faults = 0;
void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++faults;
}

void APinOfTheLibraryProtects() {
  atomic::Pointer<Object> pointer(new Object);
  atomic::ProcPin();
  Expect(atomic::IsPinned(), "a thread knows that it is pinned");
  std::thread([&] {
    atomic::Retire(pointer.Swap(nullptr));
    atomic::Reclaim();
  }).join();
  Expect(alive == 1, "ProcPin() keeps alive what others retire");
  atomic::ProcUnpin();
  Expect(alive == 0, "the end of a pin frees it");
}

void SynchronizeWaits() {
  std::atomic<bool> pinned{false}, let_go{false}, over{false};
  std::thread reader([&] {
    atomic::ProcPin();
    pinned = true;
    while (!let_go) std::this_thread::yield();
    over = true;
    atomic::ProcUnpin();
  });
  while (!pinned) std::this_thread::yield();
  std::thread writer([&] {
    atomic::Synchronize();
    Expect(over, "Synchronize() waits for ProcPin()");
  });
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  let_go = true;
  reader.join();
  writer.join();
}

void CellsWork() {
  atomic::ValueOf<Object> cell;
  cell.Emplace();
  const auto held = cell.Load();
  std::thread([&] { cell.Emplace(); }).join();
  Expect(alive == 2, "a snapshot keeps its value");
  atomic::Value any;
  any.Store(1);
  std::thread([&] { any.Store(2); }).join();
  Expect(*any.Load<int>() == 2, "a Value has what was stored");
  std::thread waiter([&] {
    const auto seen = any.Load<int>();
    if (*seen == 2) any.WaitForChange(seen, absl::InfiniteDuration());
  });
  any.Store(3);
  waiter.join();
}

struct Node : Object, atomic::hazard_pointer_obj_base<Node> {};

void TheNamesOfTheStandardWork() {
  std::atomic<Node*> source{new Node};
  atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
  hazard.protect(source);
  source.exchange(nullptr)->retire();
  std::thread([] { atomic::Reclaim(); }).join();
  Expect(alive == 1, "a hazard pointer protects");
  hazard.reset_protection();
  atomic::Reclaim();
  Expect(alive == 0, "until its protection is reset");
  atomic::ProcPin();
  atomic::rcu_retire(new Object);
  Expect(alive == 1, "a region delays what rcu_retire() got");
  atomic::ProcUnpin();
  atomic::rcu_synchronize();
  atomic::rcu_barrier();
  Expect(alive == 0, "rcu_barrier() waits for it");
}

void WordsWait() {
  atomic::Int64 word;
  std::thread waiter([&] { word.Wait(0); });
  word.Store(1);
  word.NotifyOne();
  waiter.join();
}

}  // namespace

// Zero if all is well.
extern "C" __attribute__((visibility("default"))) int Protects() {
  APinOfTheLibraryProtects();
  SynchronizeWaits();
  CellsWork();
  TheNamesOfTheStandardWork();
  WordsWait();
  atomic::Synchronize();
  atomic::Reclaim();
  Expect(alive == 0, "all is destroyed at the end");
  const atomic::ReclaimStats stats = atomic::GetReclaimStats();
  Expect(stats.retired > 0 && stats.retired == stats.freed,
         "the statistics count what the program retires");
  atomic::Counter counter;
  counter.Add(2);
  Expect(counter.Load() == 2, "a Counter counts");
  return faults;
}

#ifndef AS_PLUGIN
int main() { return Protects(); }
#endif
