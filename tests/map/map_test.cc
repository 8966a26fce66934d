// SPDX-License-Identifier: Apache-2.0

// Map, beyond what the tests of Go's sync.Map ask (tests/conformance): keys and
// values of all kinds, what snapshots keep, memory, exceptions, forks, ends of
// threads.

#include "sync_atomic/value/map.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/value/snapshot.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kAddressSanitizer;
using ::sync_atomic::testing::kEmulated;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::OnAnotherThread;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

// Counts the calling thread's allocations down, and has the last one fail, and
// all after it; negative: none fails, unless it is too large.
thread_local int allocations_left = -1;
thread_local int allocations = 0;
thread_local int deallocations = 0;

void* Allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  if (allocations_left == 0 || size > std::size_t{1} << 30) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::aligned_alloc(alignment,
                            (size + alignment - 1) / alignment * alignment);
}
void* AllocateOrThrow(std::size_t size, std::size_t alignment) {
  void* const memory = Allocate(size, alignment);
  if (memory == nullptr) Throw(std::bad_alloc());
  return memory;
}

}  // namespace
}  // namespace sync_atomic

void* operator new(std::size_t size) {
  return sync_atomic::AllocateOrThrow(size, 16);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return sync_atomic::Allocate(size, 16);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return sync_atomic::AllocateOrThrow(size,
                                      static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  return sync_atomic::Allocate(size, static_cast<std::size_t>(alignment));
}
// Not inlined: gcc takes a free() of what a new has made for a mistake.
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory) noexcept {
  if (memory != nullptr) ++sync_atomic::deallocations;
  std::free(memory);
}
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory,
                                             std::size_t) noexcept {
  operator delete(memory);
}
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory,
                                             std::align_val_t) noexcept {
  operator delete(memory);
}
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory, std::size_t,
                                             std::align_val_t) noexcept {
  operator delete(memory);
}

namespace sync_atomic {
namespace {

ABSL_CONST_INIT Map<std::string, int> a_global;

TEST(MapTest, IsConstantInitialised) {
  EXPECT_EQ(a_global.Size(), 0u);
  a_global.Store("a", 1);
  EXPECT_EQ(*a_global.Load("a"), 1);
  a_global.Clear();
}

TEST(MapTest, LooksUpWhatConvertsToAStringView) {
  Map<std::string, int> map;
  map.Store(std::string("key"), 1);
  map.Store("other", 2);
  EXPECT_EQ(*map.Load("key"), 1);
  EXPECT_EQ(*map.Load(std::string_view("other")), 2);
  EXPECT_EQ(*map.Load(std::string("other")), 2);
  EXPECT_TRUE(map.Contains(std::string_view("key")));
  EXPECT_TRUE(map.Delete(std::string_view("key")));
  EXPECT_FALSE(map.Delete("key"));
  // Without a string being made.
  const int before = allocations;
  EXPECT_FALSE(map.Contains("a key that is too long for a small string"));
  EXPECT_EQ(allocations, before);
}

TEST(MapTest, ConvertsOtherKeys) {
  Map<std::int64_t, int> map;
  map.Store(5, 1);  // an int
  EXPECT_EQ(*map.Load(5), 1);
  EXPECT_EQ(*map.Load(std::int64_t{5}), 1);
  EXPECT_EQ(*map.Load(static_cast<short>(5)), 1);
  EXPECT_EQ(*map.Load({5}), 1);
}

struct Wide {
  explicit Wide(int of) : number(of) {}
  alignas(128) int number;
};

TEST(MapTest, HoldsAnyValue) {
  Map<int, std::unique_ptr<int>> owners;
  owners.Store(1, std::make_unique<int>(5));
  EXPECT_EQ(**owners.Load(1), 5);
  const auto old = owners.Swap(1, std::make_unique<int>(6));
  EXPECT_EQ(**old, 5);

  Map<int, Wide> wide;
  wide.Emplace(1, 7);
  const SnapshotOf<Wide> loaded = wide.Load(1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(loaded.get()) % 128, 0u);
  EXPECT_EQ(loaded->number, 7);
}

TEST(MapTest, SnapshotsStayGood) {
  Reclaim();
  ASSERT_EQ(Canary::alive(), 0);
  std::optional<Map<int, Canary>> map;
  map.emplace();
  std::vector<SnapshotOf<Canary>> held;
  for (int i = 0; i < 20; ++i) {  // more than there are slots
    map->Emplace(1, static_cast<std::uint64_t>(i));
    held.push_back(map->Load(1));
  }
  map->Delete(1);
  map.reset();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 20);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(held[i]->Sings());
    EXPECT_EQ(held[i]->number(), i);
  }
  held.clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(MapTest, LoadPinned) {
  Map<int, Canary> map;
  map.Emplace(1, 5u);
  {
    const PinGuard pin;
    const Canary* const canary = map.LoadPinned(1, pin);
    ASSERT_NE(canary, nullptr);
    EXPECT_EQ(map.LoadPinned(2, pin), nullptr);
    OnAnotherThread([&] {
      map.Clear();
      Reclaim();
    });
    EXPECT_TRUE(canary->Sings());
  }
}

TEST(MapTest, LoadOrCompute) {
  Map<std::string, int> map;
  int calls = 0;
  const auto compute = [&] { return ++calls; };
  EXPECT_FALSE(map.LoadOrCompute("a", compute).loaded);
  const auto [actual, loaded] = map.LoadOrCompute("a", compute);
  EXPECT_TRUE(loaded);
  EXPECT_EQ(*actual, 1);
  EXPECT_EQ(calls, 1);
  // Another one is first: f's result is dropped.
  const auto second = map.LoadOrCompute("b", [&] {
    map.Store("b", 7);
    return 8;
  });
  EXPECT_TRUE(second.loaded);
  EXPECT_EQ(*second.actual, 7);
}

TEST(MapTest, Update) {
  Map<std::string, int> map;
  const auto count = [](const int* n) { return n == nullptr ? 1 : *n + 1; };
  EXPECT_EQ(*map.Update("a", count), 1);
  EXPECT_EQ(*map.Update("a", count), 2);
  EXPECT_EQ(*map.Update("a", [](const int*) { return MapLeave(); }), 2);
  EXPECT_FALSE(map.Update("b", [](const int*) { return MapLeave(); }));
  EXPECT_FALSE(map.Update("a", [](const int*) { return MapDelete(); }));
  EXPECT_FALSE(map.Contains("a"));
  EXPECT_FALSE(map.Update("a", [](const int*) { return MapDelete(); }));
  const auto down = [](const int* n) -> MapChange<int> {
    if (n == nullptr) return MapLeave();
    if (*n == 1) return MapDelete();
    return *n - 1;
  };
  map.Store("c", 2);
  EXPECT_EQ(*map.Update("c", down), 1);
  EXPECT_FALSE(map.Update("c", down));
  EXPECT_FALSE(map.Update("c", down));
  EXPECT_EQ(map.Size(), 0u);
  // f sees what another one did meanwhile.
  bool first = true;
  EXPECT_EQ(*map.Update("d",
                        [&](const int* n) {
                          if (std::exchange(first, false)) map.Store("d", 5);
                          return n == nullptr ? 0 : *n + 1;
                        }),
            6);
}

TEST(MapTest, ComparesByIdentityWithASnapshot) {
  Map<int, int> map;
  map.Store(1, 5);
  const SnapshotOf<int> five = map.Load(1);
  map.Store(1, 5);
  EXPECT_FALSE(map.CompareAndSwap(1, five, 6));
  EXPECT_FALSE(map.CompareAndDelete(1, five));
  EXPECT_TRUE(map.CompareAndSwap(1, map.Load(1), 6));
  EXPECT_TRUE(map.CompareAndDelete(1, map.Load(1)));
}

TEST(MapTest, EndsWithNothingLeft) {
  Reclaim();
  const std::int64_t before = Canary::alive();
  {
    Map<int, Canary> map;
    for (int i = 0; i < 5000; ++i) map.Emplace(i, 1u);
    map.Clear();
    for (int i = 0; i < 50; ++i) map.Emplace(i, 1u);
    Reclaim();
    EXPECT_EQ(Canary::alive() - before, 50);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), before);
}

// The bytes that malloc has given out; 0 where it does not say.
std::size_t BytesInUse() {
#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 33)
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
#endif
  return 0;
}

// Key n is in bucket n / 100 of four.
struct ByHundreds {
  using is_avalanching = void;
  std::uint64_t operator()(int key) const {
    return static_cast<std::uint64_t>(key / 100) << 62 |
           static_cast<std::uint64_t>(key % 100);
  }
};

// The next table is crowded before it is the map's: there is no third one,
// which nobody would free.
TEST(MapTest, AClearInAResizeLeavesNothing) {
  const auto fill_and_clear = [](Map<int, int, ByHundreds>& map) {
    for (int key = 0; key < 6; ++key) {
      map.Store(key, 1);
      map.Store(100 + key, 1);
    }
    for (int key = 0; key < 4; ++key) map.Delete(key);
    map.Store(50, 1);   // a block: the map gets a next table
    map.Store(150, 1);  // moves all, and makes a block there
    map.Clear();
  };
  Map<int, int, ByHundreds> map;
  fill_and_clear(map);
  for (int i = 0; i < 10; ++i) Reclaim();
  const std::size_t before = BytesInUse();
  for (int i = 0; i < 200; ++i) fill_and_clear(map);
  for (int i = 0; i < 10; ++i) Reclaim();
  EXPECT_LT(BytesInUse(), before + 200 * 64);
}

TEST(MapTest, ReserveKeepsWhatIsThere) {
  Map<int, int> map;
  map.Reserve(100);
  for (int i = 0; i < 1000; ++i) map.Store(i, i);
  map.Reserve(100'000);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(*map.Load(i), i);
  EXPECT_EQ(map.Size(), 1000u);
}

// A destructor that uses the map.
struct Chained {
  Map<int, Chained>* map;
  int key;
  Chained(Map<int, Chained>* in, int of) : map(in), key(of) {}
  Chained(Chained&& other) noexcept
      : map(std::exchange(other.map, nullptr)), key(other.key) {}
  ~Chained() {
    if (map != nullptr) map->Delete(key + 1);
  }
};

TEST(MapTest, DestructorsMayUseTheMap) {
  static auto* const map = new Map<int, Chained>;
  for (int i = 0; i < 100; ++i) map->Emplace(i, map, i);
  map->Delete(0);
  for (int i = 0; i < 200; ++i) Reclaim();
  EXPECT_EQ(map->Size(), 0u);
}

TEST(MapTest, AnEmptyMapAllocatesNothing) {
  Map<int, int> map;
  static_cast<void>(map.Load(1));  // the thread's record
  const int before = allocations;
  map.Clear();
  map.Range([](int, const auto&) { return true; });
  EXPECT_FALSE(map.Load(1));
  EXPECT_FALSE(map.Delete(1));
  EXPECT_EQ(map.Size(), 0u);
  EXPECT_EQ(allocations, before);
}

// Keys that come and go leave nothing behind: neither where they hash well, nor
// where they all meet in one bucket.
struct Constant {
  std::size_t operator()(int) const { return 0; }
};
template <class M>
void ChurnStaysBounded() {
  Reclaim();
  const int before = allocations - deallocations;
  M map;
  for (int i = 0; i < 100; ++i) map.Store(-1 - i, 0);
  for (int i = 0; i < Effort(20'000); ++i) {
    map.Store(i, i);
    EXPECT_TRUE(map.Delete(i));
  }
  EXPECT_EQ(map.Size(), 100u);
  Reclaim();
  // The entries, and some blocks.
  EXPECT_LT(allocations - deallocations - before, 100 + 60);
}
TEST(MapTest, ChurnOfFreshKeysStaysBounded) {
  ChurnStaysBounded<Map<int, int>>();
  ChurnStaysBounded<Map<int, int, Constant>>();
}

// --- Exceptions --------------------------------------------------------------

// Throws at the n-th call of anything.
thread_local int calls_left = -1;
void Call() {
  if (calls_left == 0) Throw(std::runtime_error("as told"));
  if (calls_left > 0) --calls_left;
}
struct Thrower {
  explicit Thrower(int of) : number(of) { Call(); }
  Thrower(const Thrower& other) : number(other.number) { Call(); }
  Thrower& operator=(const Thrower&) = delete;
  friend bool operator==(const Thrower& a, const Thrower& b) {
    Call();
    return a.number == b.number;
  }
  int number;
  Canary canary{1};
};
struct ThrowerHash {
  std::size_t operator()(const Thrower& key) const {
    Call();
    return static_cast<std::size_t>(key.number % 2);
  }
};
using ThrowerMap = Map<Thrower, Thrower, ThrowerHash>;

// Each operation, on a map of so many entries, with keys of which one is there.
void ForEachOperation(
    int size,
    const std::function<void(ThrowerMap&, const std::function<void()>&)>& f) {
  const Thrower there(0), missing(size), value(77), old(0);
  const std::function<void(ThrowerMap&)> operations[] = {
      [&](ThrowerMap& map) { map.Store(there, value); },
      [&](ThrowerMap& map) { map.Store(missing, value); },
      [&](ThrowerMap& map) { map.Emplace(missing, 5); },
      [&](ThrowerMap& map) { map.Swap(there, value); },
      [&](ThrowerMap& map) { map.LoadOrStore(missing, value); },
      [&](ThrowerMap& map) { map.LoadOrStore(there, value); },
      [&](ThrowerMap& map) {
        map.LoadOrCompute(missing, [&] { return Thrower(value); });
      },
      [&](ThrowerMap& map) { map.CompareAndSwap(there, old, value); },
      [&](ThrowerMap& map) { map.CompareAndDelete(there, old); },
      [&](ThrowerMap& map) { map.Delete(there); },
      [&](ThrowerMap& map) { map.LoadAndDelete(missing); },
      [&](ThrowerMap& map) {
        map.Update(there, [&](const Thrower*) { return Thrower(value); });
      },
      [&](ThrowerMap& map) { map.Reserve(1000); },
  };
  for (const auto& operation : operations) {
    ThrowerMap map;
    for (int i = 0; i < size; ++i) map.Emplace(Thrower(i), i);
    f(map, [&] { operation(map); });
  }
}

std::set<std::pair<int, int>> ContentOf(const ThrowerMap& map) {
  std::set<std::pair<int, int>> content;
  map.Range([&](const Thrower& key, const SnapshotOf<Thrower>& value) {
    EXPECT_TRUE(content.emplace(key.number, value->number).second);
    return true;
  });
  EXPECT_EQ(map.Size(), content.size());
  return content;
}

// With `counter` set to each number in turn, an operation throws an E and
// leaves the map as it was, until it does not throw.
template <class E>
void CheckExceptions(int& counter) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  for (const int size : {1, 6, 7, 13, 40}) {
    ForEachOperation(
        size, [&](ThrowerMap& map, const std::function<void()>& operation) {
          const auto before = ContentOf(map);
          for (int n = 0;; ++n) {
            ASSERT_LT(n, 2000);
            counter = n;
            const bool thrown = Throws<E>(operation);
            counter = -1;
            if (!thrown) break;
            EXPECT_EQ(ContentOf(map), before) << "failure " << n;
          }
        });
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(MapExceptionTest, WhateverThrowsLeavesTheMapAsItWas) {
  CheckExceptions<std::runtime_error>(calls_left);
}
TEST(MapExceptionTest, WithoutMemoryTheMapIsAsItWas) {
  CheckExceptions<std::bad_alloc>(allocations_left);
}
TEST(MapExceptionTest, ReserveOfTooMuchThrows) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  Map<int, int> map;
  map.Store(1, 1);
  EXPECT_TRUE(Throws<std::bad_alloc>(
      [&] { map.Reserve(static_cast<std::size_t>(-1)); }));
  EXPECT_EQ(*map.Load(1), 1);
}

// --- Threads and processes ---------------------------------------------------

TEST(MapThreadsTest, GrowsWhileOthersLook) {
  const int keys = Effort(50'000);
  Map<int, int> map;
  std::atomic<int> stored{0};
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < keys; ++i) {
        map.Store(i, i);
        stored.store(i + 1);
      }
      return;
    }
    Random random(static_cast<std::uint64_t>(thread));
    while (stored.load() < keys) {
      const int up_to = stored.load();
      if (up_to == 0) continue;
      const int key =
          static_cast<int>(random.Below(static_cast<std::size_t>(up_to)));
      const SnapshotOf<int> found = map.Load(key);
      ASSERT_TRUE(found) << key << " of " << up_to;
      ASSERT_EQ(*found, key);
    }
  });
  EXPECT_EQ(map.Size(), static_cast<std::size_t>(keys));
}

// Threads that end leave what they retired, and what they read, to others.
TEST(MapThreadsTest, ThreadsMayEnd) {
  Map<int, Canary> map;
  std::vector<SnapshotOf<Canary>> held(8);
  for (int round = 0; round < 8; ++round) {
    OnAnotherThread([&] {
      for (int i = 0; i < 100; ++i) map.Emplace(i, 1u);
      held[static_cast<std::size_t>(round)] = map.Load(round);
      for (int i = 0; i < 100; i += 2) map.Delete(i);
    });
  }
  for (const auto& snapshot : held) EXPECT_TRUE(snapshot->Sings());
  EXPECT_EQ(map.Size(), 50u);
}

// The child of a fork uses a map that other threads were changing.
TEST(MapThreadsTest, AForkMayComeAtAnyTime) {
  if (kThreadSanitizer || kEmulated) GTEST_SKIP() << "no fork of threads here";
  if (kAddressSanitizer) {
    GTEST_SKIP() << "its allocator may be locked for good in the child";
  }
  Map<int, int> map;
  for (int i = 0; i < 100; ++i) map.Store(i, 0);
  std::atomic<bool> done{false};
  RunTogether(2, [&](int thread) {
    if (thread == 0) {
      for (int i = 100; !done.load(); ++i) {
        map.Store(i % 5000, i);
        map.Delete((i - 3) % 5000 + 100);
      }
      return;
    }
    for (int i = 0; i < Effort(20); ++i) {
      std::fflush(nullptr);
      const pid_t child = fork();
      if (child == 0) {
        alarm(30);
        bool good = true;
        for (int key = 0; key < 3000; ++key) {
          map.Store(key, key);
          good = good && *map.Load(key) == key;
        }
        map.Clear();
        _exit(good && map.Size() == 0 ? 0 : 1);
      }
      int status = -1;
      EXPECT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    done.store(true);
  });
}

}  // namespace
}  // namespace sync_atomic
