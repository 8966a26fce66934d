// SPDX-License-Identifier: Apache-2.0

// Whatever throws in the middle of an operation leaves the cell as it was, and
// nothing behind: memory that runs out at each allocation in turn, and a value
// whose constructor, copy, move or comparison throws, at each call in turn.
// What cannot throw allocates nothing, or dies with a message.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/free_list.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

// Counts the calling thread's chances to fail down, and has the last one fail,
// and all after it unless `once`; negative: none fails.
struct Countdown {
  int left = -1;
  bool once = false;
  int passed = 0;
  bool Fails() {
    ++passed;
    if (left != 0) {
      if (left > 0) --left;
      return false;
    }
    if (once) left = -1;
    return true;
  }
};
thread_local Countdown allocations;
thread_local Countdown calls;
thread_local std::size_t last_allocated = 0;

void* Allocate(std::size_t size, std::size_t alignment) {
  if (allocations.Fails()) return nullptr;
  last_allocated = size;
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

// What records of threads come from.
extern "C" int posix_memalign(void** memory, std::size_t alignment,
                              std::size_t size) noexcept {
  *memory = sync_atomic::Allocate(size, alignment);
  return *memory == nullptr ? ENOMEM : 0;
}

void* operator new(std::size_t size) {
  return sync_atomic::AllocateOrThrow(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return sync_atomic::Allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return sync_atomic::AllocateOrThrow(size,
                                      static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  return sync_atomic::Allocate(size, static_cast<std::size_t>(alignment));
}
// AddressSanitizer's doesn't call the one above.
void* operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t& nothrow) noexcept {
  return operator new(size, alignment, nothrow);
}
// Not inlined: gcc takes a free() of what a new has made for a mistake.
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory) noexcept {
  std::free(memory);
}
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory,
                                             std::size_t) noexcept {
  std::free(memory);
}
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory,
                                             std::align_val_t) noexcept {
  std::free(memory);
}
ABSL_ATTRIBUTE_NOINLINE void operator delete(void* memory, std::size_t,
                                             std::align_val_t) noexcept {
  std::free(memory);
}

namespace sync_atomic {
namespace {

// Too large to come out of a cache of blocks; copies allocate, and may throw.
// Over-aligned where `alignment` says so.
template <std::size_t alignment>
struct alignas(alignment) Fragile {
  explicit Fragile(std::uint64_t number)
      : canary(number), more(std::make_unique<Canary>(number)) {
    Call();
  }
  Fragile(const Fragile& other)
      : canary(other.canary), more(std::make_unique<Canary>(*other.more)) {
    Call();
  }
  // It throws, and is not to be noexcept. NOLINTNEXTLINE
  Fragile(Fragile&& other)
      : canary(other.canary), more(std::make_unique<Canary>(*other.more)) {
    Call();
  }
  Fragile& operator=(const Fragile&) = delete;

  friend bool operator==(const Fragile& a, const Fragile& b) {
    Call();
    return a.canary == b.canary;
  }

  static void Call() {
    if (calls.Fails()) Throw(std::runtime_error("fragile"));
  }

  Canary canary;
  std::unique_ptr<Canary> more;
  char padding[2000] = {};
};

template <class T>
class ExceptionSafetyTest : public ::testing::Test {
 protected:
  // Runs operate() on a cell, empty or with a value, with each of its chances
  // to fail in turn failing.
  void FailEach(Countdown& countdown, bool first,
                const std::function<bool(Value&)>& operate) {
    int failed = 0;
    for (bool done = false; !done; ++failed) {
      {
        Value value;
        if (!first) value.Store(T(1));
        const Snapshot before = value.Load();
        const std::int64_t alive = Canary::alive();
        countdown.left = failed;
        const bool threw =
            Throws<std::exception>([&] { done = operate(value); });
        countdown.left = -1;
        if (threw) {
          EXPECT_EQ(value.Load(), before);
          EXPECT_EQ(Canary::alive(), alive);
          if (first) value.Store(1);  // the cell has no type yet
        }
      }
      Reclaim();
      EXPECT_EQ(Canary::alive(), 0);
      ASSERT_LT(failed, 100);
    }
    EXPECT_GT(failed, 1) << "nothing ever failed";
  }

  void FailEachOf(Countdown& countdown) {
    if (!kExceptions) GTEST_SKIP() << "built without exceptions";
    {
      SCOPED_TRACE("the first Store");
      FailEach(countdown, true, [](Value& value) {
        value.Store(T(2));
        return true;
      });
    }
    {
      SCOPED_TRACE("Store");
      FailEach(countdown, false, [](Value& value) {
        value.Store(T(2));
        return true;
      });
    }
    {
      SCOPED_TRACE("Store of an lvalue");
      FailEach(countdown, false, [](Value& value) {
        const T two(2);
        value.Store(two);
        return true;
      });
    }
    for (const bool first : {true, false}) {
      SCOPED_TRACE("Swap");
      FailEach(countdown, first, [first](Value& value) {
        EXPECT_EQ(!value.Swap(T(2)), first);
        return true;
      });
    }
    {
      SCOPED_TRACE("CompareAndSwap by value");
      FailEach(countdown, false,
               [](Value& value) { return value.CompareAndSwap(T(1), T(2)); });
    }
    {
      SCOPED_TRACE("CompareAndSwap of Empty, never stored");
      FailEach(countdown, true, [](Value& value) {
        return value.CompareAndSwap(Empty(), T(2));
      });
    }
    {
      SCOPED_TRACE("CompareAndSwap of nullptr, never stored");
      FailEach(countdown, true, [](Value& value) {
        return value.CompareAndSwap(nullptr, T(2));
      });
    }
    {
      SCOPED_TRACE("CompareAndSwap of Empty, not empty");
      FailEach(countdown, false, [](Value& value) {
        EXPECT_FALSE(value.CompareAndSwap(Empty(), T(2)));
        return true;
      });
    }
    {
      SCOPED_TRACE("CompareAndSwap of a snapshot");
      FailEach(countdown, false, [](Value& value) {
        return value.CompareAndSwap(value.Load(), T(2));
      });
    }
    {
      SCOPED_TRACE("CompareAndSwap of a typed snapshot");
      FailEach(countdown, false, [](Value& value) {
        return value.CompareAndSwap(value.template Load<T>(), T(2));
      });
    }
  }
};

// A derived class of what is thrown about above, also adopted.
template <class T>
class ValueOfExceptionSafetyTest : public ::testing::Test {
 protected:
  // As T's, its copies may throw. NOLINTNEXTLINE(bugprone-exception-escape)
  struct Derived : T {
    explicit Derived(std::uint64_t number) : T(number) {}
  };

  // Runs operate() on a cell, empty or with a value, with each of its chances
  // to fail in turn failing. It gets two pointers that it may give away whole.
  void FailEach(const std::string& name, Countdown& countdown, bool first,
                const std::function<bool(ValueOf<T>&, std::unique_ptr<Derived>&,
                                         std::shared_ptr<Derived>&)>& operate) {
    SCOPED_TRACE(name);
    int failed = 0;
    for (bool done = false; !done; ++failed) {
      {
        ValueOf<T> value;
        if (!first) value.Store(T(1));
        auto unique = std::make_unique<Derived>(2);
        auto shared = std::make_shared<Derived>(2);
        const Derived* const objects[] = {unique.get(), shared.get()};
        const SnapshotOf<T> before = value.Load();
        const std::int64_t alive = Canary::alive();
        countdown.left = failed;
        const bool threw = Throws<std::exception>(
            [&] { done = operate(value, unique, shared); });
        countdown.left = -1;
        EXPECT_TRUE(done || threw);
        if (threw) {
          EXPECT_EQ(value.Load(), before);
          EXPECT_EQ(Canary::alive(), alive);
          EXPECT_EQ(unique.get(), objects[0]);
          EXPECT_EQ(shared.get(), objects[1]);
          EXPECT_EQ(shared.use_count(), 1);
        }
      }
      Reclaim();
      EXPECT_EQ(Canary::alive(), 0);
      ASSERT_LT(failed, 100);
    }
    most_failed_ = std::max(most_failed_, failed);
  }

  void FailEachOf(Countdown& countdown) {
    if (!kExceptions) GTEST_SKIP() << "built without exceptions";
    for (const bool first : {true, false}) {
      FailEach("Store", countdown, first, [](auto& value, auto&, auto&) {
        value.Store(Derived(2));
        return true;
      });
      FailEach("Emplace", countdown, first, [](auto& value, auto&, auto&) {
        value.template Emplace<Derived>(2u);
        return true;
      });
      FailEach("Swap", countdown, first, [first](auto& value, auto&, auto&) {
        return !value.Swap(T(2)) == first;
      });
      FailEach("an adopting Store", countdown, first,
               [](auto& value, auto& unique, auto&) {
                 value.Store(std::move(unique));
                 return true;
               });
      FailEach("an adopting TryStore", countdown, first,
               [](auto& value, auto&, auto& shared) {
                 return value.TryStore(std::move(shared)).ok();
               });
      FailEach("an adopting Swap", countdown, first,
               [first](auto& value, auto&, auto& shared) {
                 return !value.Swap(shared) == first;
               });
    }
    FailEach("an adopting CompareAndSwap by value", countdown, false,
             [](auto& value, auto& unique, auto&) {
               return value.CompareAndSwap(T(1), std::move(unique));
             });
    FailEach("an adopting CompareAndSwap of nullptr", countdown, true,
             [](auto& value, auto&, auto& shared) {
               return value.CompareAndSwap(nullptr, std::move(shared));
             });
    FailEach("an adopting CompareAndSwap of a snapshot", countdown, false,
             [](auto& value, auto& unique, auto&) {
               return value.CompareAndSwap(value.Load(), std::move(unique));
             });
    FailEach("Update", countdown, false, [](auto& value, auto&, auto&) {
      return static_cast<bool>(
          value.Update([](const T&) { return Derived(2); }));
    });
    FailEach("an adopting Update", countdown, false,
             [](auto& value, auto& unique, auto&) {
               return static_cast<bool>(value.Update([&](const T&) -> auto&& {
                 return std::move(unique);
               }));
             });
    EXPECT_GT(most_failed_, 1) << "nothing ever failed";
  }

 private:
  int most_failed_ = 0;
};

using Alignments = ::testing::Types<Fragile<alignof(void*)>, Fragile<128>>;
TYPED_TEST_SUITE(ExceptionSafetyTest, Alignments);

TYPED_TEST(ExceptionSafetyTest, MemoryMayRunOutAtEachAllocation) {
  this->FailEachOf(allocations);
}

TYPED_TEST(ExceptionSafetyTest, AnyConstructorCopyMoveOrComparisonMayThrow) {
  this->FailEachOf(calls);
}

TYPED_TEST_SUITE(ValueOfExceptionSafetyTest, Alignments);

TYPED_TEST(ValueOfExceptionSafetyTest, MemoryMayRunOutAtEachAllocation) {
  this->FailEachOf(allocations);
}

TYPED_TEST(ValueOfExceptionSafetyTest,
           AnyConstructorCopyMoveOrComparisonMayThrow) {
  this->FailEachOf(calls);
}

// Runs f with no memory left for this thread, and expects that it wanted none.
template <class F>
void WithoutMemory(F f) {
  allocations = {0};
  f();
  const int wanted = allocations.passed;
  allocations = Countdown();
  EXPECT_EQ(wanted, 0);
}

TEST(NoMemoryTest, ReadersNeedNone) {
  struct Light : Retirable {};
  Value value;
  value.Store(1);
  Pointer<const int> pointer;
  const int one = 1;
  pointer.Store(&one);
  auto* const retired = new Light;
  WithoutMemory([&] {
    const PinGuard pin;
    EXPECT_EQ(*value.LoadPinned<int>(pin), 1);
    const SnapshotOf<int> snapshot = value.Load<int>();
    std::optional<SnapshotOf<int>> more[20];
    for (auto& another : more) another = value.Load<int>();
    SnapshotOf<int> copy;
    copy = snapshot;
    EXPECT_EQ(*copy, 1);
  });
  WithoutMemory([&] {
    const Protected<const int> first = pointer.Protect();
    const Protected<const int> second = pointer.Protect();
    EXPECT_EQ(*first, 1);
    EXPECT_EQ(*second, 1);
  });
  WithoutMemory([&] {
    Retire(retired);
    value.Clear();
    Reclaim();
    Synchronize();
  });
}

// The heap may find memory after all, as when a new_handler frees some.
TEST(NoMemoryTest, ABlockThatTheHeapFindsAfterAllIsWhole) {
  struct Odd {  // of a size that no other test has
    char bytes[700] = {};
  };
  Value value;
  value.Store(Odd());
  const SnapshotOf<Odd> keeps_the_first = value.Load<Odd>();
  allocations.left = 0;
  allocations.once = true;
  value.Store(Odd());
  EXPECT_EQ(allocations.left, -1) << "no allocation failed";
  allocations = Countdown();
  EXPECT_EQ(internal::FreeList::Footprint(last_allocated), last_allocated);
}

// What is dead is handed over if there is memory for that, and otherwise
// disposed of at once.
TEST(NoMemoryTest, WhatCannotBeHandedOverIsDisposedOf) {
  struct Light : Retirable {
    Canary canary{1};
  };
  if (!kExceptions) GTEST_SKIP() << "std::function throws without memory";
  int given = 0;
  SetReclaimExecutor([&](const std::function<void()>& run) {
    ++given;
    run();
  });
  for (int left = 0; given == 0; ++left) {
    Retire(new Light);
    Reclaim();
    given = 0;
    auto* const retired = new Light;
    allocations = {left, true};
    Retire(retired);
    Reclaim();
    allocations = Countdown();
    EXPECT_EQ(Canary::alive(), 0) << left;
  }
  SetReclaimExecutor(nullptr);
}

TEST(NoMemoryTest, AnExecutorThatCannotBeKeptLeavesTheOneBefore) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  int ran = 0;
  SetReclaimExecutor([&](const std::function<void()>& run) {
    ++ran;
    run();
  });
  allocations.left = 0;
  EXPECT_TRUE(Throws<std::bad_alloc>(
      [] { SetReclaimExecutor([](const std::function<void()>&) {}); }));
  allocations = Countdown();
  Retire(new Canary(1));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  EXPECT_GT(ran, 0);
  SetReclaimExecutor(nullptr);
}

TEST(NoMemoryDeathTest, AThreadsFirstUseDies) {
  Value value;
  value.Store(1);
  constexpr char kMessage[] = "no memory for the record of a thread";
  const auto on_a_new_thread = [](const std::function<void()>& f) {
    std::thread([&] {
      allocations.left = 0;
      f();
    }).join();
  };
  EXPECT_DEATH(on_a_new_thread([&] { value.Load(); }), kMessage);
  EXPECT_DEATH(on_a_new_thread([] { const PinGuard pin; }), kMessage);
  EXPECT_DEATH(on_a_new_thread([&] { value.Store(2); }), kMessage);
}

TEST(NoMemoryDeathTest, ProtectBeyondTheSlotsDies) {
  const int one = 1;
  Pointer<const int> pointer(&one);
  EXPECT_DEATH(
      {
        std::vector<Protected<const int>> held;
        held.reserve(1000);
        allocations.left = 0;
        for (int i = 0; i < 1000; ++i) held.push_back(pointer.Protect());
      },
      "sync/atomic: no memory for the record of a thread");
}

TEST(NoMemoryDeathTest, RetireOfWhatIsNoRetirableDies) {
  // Too large for a block of the cache, which may have some.
  struct Deleter {
    void operator()(const int*) const {}
    char padding[2000] = {};
  };
  static const int one = 1;
  EXPECT_DEATH(
      {
        const PinGuard pin;
        allocations.left = 0;
        Retire(&one, Deleter());
      },
      "sync/atomic: no memory to retire into");
}

}  // namespace
}  // namespace sync_atomic
