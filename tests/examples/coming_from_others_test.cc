// SPDX-License-Identifier: Apache-2.0

// The rows of docs/coming_from_others.md, compiled and run.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/atomic_shared_ptr.h"
#include "sync_atomic/value/derived.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"
#include "sync_atomic/value/watcher.h"

namespace {

struct Config {
  std::string name;
  int limit = 0;
};

int calls = 0;
void OnChange(const atomic::SnapshotOf<Config>&,
              const atomic::SnapshotOf<Config>&) {
  ++calls;
}

TEST(ComingFromOthersTest, Folly) {
  struct Node {
    int value;
  };
  Node first{1};
  auto* node = new Node{2};
  atomic::Pointer<Node> src(&first);
  const auto updated = std::make_shared<Config>();
  std::shared_ptr<Config> expected;
  const Config value{"b", 2};
  // [folly]
  {
    const auto held = src.Protect();
    EXPECT_EQ(held->value, 1);
    const atomic::PinGuard pin;
    EXPECT_EQ(src.Load()->value, 1);
  }
  atomic::Retire(node);
  atomic::Synchronize();
  atomic::Reclaim();
  atomic::SetReclaimExecutor(nullptr);
  atomic::AtomicSharedPtr<Config> shared;
  shared.store(updated);
  expected = shared.load();
  shared.compare_exchange_strong(expected, updated);
  atomic::ValueOf<Config> cell;
  atomic::ValueOf<Config>::Reader reader(cell);
  cell.Store(value);
  EXPECT_EQ(reader.Load()->limit, 2);
  const auto snapshot = cell.Load();
  const atomic::Watcher<Config> watcher(cell, OnChange);
  const atomic::Derived<int> limit([](const Config& c) { return c.limit; },
                                   cell);
  EXPECT_TRUE(limit.WaitUntilCurrent());
  // [/folly]
  EXPECT_EQ(snapshot->name, "b");
  EXPECT_EQ(calls, 1);
}

TEST(ComingFromOthersTest, Userver) {
  const Config value{"b", 2};
  // [userver]
  atomic::ValueOf<Config> var;
  var.Store(value);
  var.Emplace(value);
  const auto snapshot = var.Load();
  EXPECT_EQ(snapshot->limit, 2);
  const auto name = snapshot.Project(&Config::name);
  const std::shared_ptr<const Config> shared = snapshot.Share();
  const Config copy = *var.Load();
  var.Update([](Config config) {
    ++config.limit;
    return config;
  });
  var.StoreAndWait(value);
  var.Clear();
  const atomic::Watcher<Config> watcher(var, OnChange);
  // [/userver]
  EXPECT_EQ(copy.limit, 2);
  EXPECT_EQ(*name, "b");
  EXPECT_EQ(shared->limit, 2);
}

TEST(ComingFromOthersTest, ArcSwap) {
  const auto arc = std::make_shared<Config>();
  const auto next = std::make_shared<Config>();
  const Config value{"b", 2};
  // [arc-swap]
  atomic::ValueOf<Config> cell(arc);
  const auto guard = cell.Load();
  const std::shared_ptr<const Config> full = cell.Load().Share();
  cell.Store(next);
  const auto old = cell.Swap(value);
  EXPECT_TRUE(cell.CompareAndSwap(cell.Load(), value));
  cell.Update([](Config config) {
    ++config.limit;
    return config;
  });
  EXPECT_TRUE(cell.CompareAndSwap(cell.Load(), atomic::Empty()));
  EXPECT_TRUE(cell.Load() == nullptr);
  cell.Store(value);
  const auto name = cell.Load().Project(&Config::name);
  atomic::ValueOf<Config>::Reader cache(cell);
  EXPECT_EQ(cache.Load()->limit, 2);
  cell.StoreAndWait(value, absl::ZeroDuration());
  // [/arc-swap]
  EXPECT_EQ(guard->limit, 0);
  EXPECT_EQ(full.get(), guard.get());
  EXPECT_EQ(old.get(), next.get());
  EXPECT_EQ(*name, "b");
}

}  // namespace
