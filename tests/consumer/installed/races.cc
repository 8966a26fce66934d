// SPDX-License-Identifier: Apache-2.0

// A program without races that does all that the library offers on several
// threads: ThreadSanitizer must not report any, though the library was built
// without it.

#include <atomic>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace {

struct Table {
  std::string name;
  std::vector<int> numbers;
};
Table Make(int n) {
  return Table{"a name on the heap " + std::to_string(n), {n}};
}

atomic::ValueOf<Table> cell;
atomic::Value any;
atomic::Pointer<Table> pointer(new Table(Make(0)));
atomic::Counter counter;
std::atomic<bool> stop{false};
std::atomic<std::size_t> sum{0};

void Write() {
  for (int i = 0; i < 5000; ++i) {
    cell.Store(Make(i));
    any.Store(Make(i));
    atomic::Retire(pointer.Swap(new Table(Make(i))));
    counter.Add(1);
    if (i % 1000 == 0) {
      atomic::Reclaim();
      atomic::Synchronize();
    }
  }
}

void Read() {
  while (!stop) {
    if (const auto snapshot = cell.Load()) sum += snapshot->name.size();
    if (const auto snapshot = any.Load<Table>()) sum += snapshot->name.size();
    std::vector<atomic::SnapshotOf<Table>> many(12, cell.Load());
    sum += pointer.Protect()->name.size();
    {
      const atomic::PinGuard pin;
      sum += pointer.Load()->name.size();
    }
    atomic::ProcPin();
    sum += pointer.Load()->numbers.size();
    atomic::ProcUnpin();
  }
}

void ComeAndGo() {
  for (int i = 0; i < 100; ++i) {
    std::thread([] {
      for (int n = 0; n < 30; ++n) cell.Store(Make(n));
    }).join();
  }
}

}  // namespace

int main() {
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(Read);
  for (int i = 0; i < 2; ++i) writers.emplace_back(Write);
  writers.emplace_back(ComeAndGo);
  for (std::thread& thread : writers) thread.join();
  stop = true;
  for (std::thread& thread : readers) thread.join();

  atomic::SetReclaimExecutor([](std::function<void()> destroy) {
    std::thread(std::move(destroy)).join();
  });
  for (int i = 0; i < 100; ++i) cell.Store(Make(i));
  atomic::SetReclaimExecutor(nullptr);
  // What is counted is there.
  std::vector<int> numbers(1000);
  atomic::Counter made;
  std::thread maker([&] {
    for (int& number : numbers) {
      number = 1;
      made.Add(1);
    }
  });
  for (std::size_t there = 0; there < numbers.size();) {
    there = static_cast<std::size_t>(made.Load());
    if (there > 0) sum += static_cast<std::size_t>(numbers[there - 1]);
  }
  maker.join();

  delete pointer.Swap(nullptr);
  atomic::Synchronize();
  atomic::Reclaim();
  const bool right = counter.Load() == 10000 && sum > 0 &&
                     atomic::GetReclaimStats().retired > 0;
  std::puts(right ? "done" : "not as it should be");
  return right ? 0 : 1;
}
