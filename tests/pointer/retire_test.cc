// SPDX-License-Identifier: Apache-2.0

// Retire, Reclaim and PinGuard, as users see them: what is destroyed, and when.

#include "sync_atomic/pointer/retire.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::OnAnotherThread;
using ::sync_atomic::testing::RunTogether;

TEST(RetireTest, DeletesAtOnceWhenNobodyReads) {
  OnAnotherThread([] {  // which hasn't retired anything yet: it is quiet
    auto* const canary = new Canary(1);
    Retire(canary);
    EXPECT_EQ(Canary::alive(), 0);
  });
}

TEST(RetireTest, OfNullDoesNothing) {
  Retire(static_cast<Canary*>(nullptr));
  Retire(static_cast<Canary*>(nullptr), [](Canary*) { FAIL(); });
  Reclaim();
}

TEST(RetireTest, CallsTheDeleterOnceWithThePointer) {
  Canary canary(1);
  int calls = 0;
  Retire(&canary, [&](Canary* p) {
    EXPECT_EQ(p, &canary);
    ++calls;
  });
  Reclaim();
  EXPECT_EQ(calls, 1);
}

TEST(RetireTest, TakesAMoveOnlyDeleter) {
  Canary canary(1);
  int deleted = 0;
  Retire(&canary,
         [by = std::make_unique<int>(7), &deleted](Canary*) { deleted = *by; });
  Reclaim();
  EXPECT_EQ(deleted, 7);
}

struct Base {
  virtual ~Base() = default;
  std::uint64_t number = 0;
};
struct Linked : Base, Retirable {
  Canary canary{1};
};

TEST(RetireTest, AnOverAlignedDeleterIsStoredAligned) {
  struct alignas(128) Deleter {
    int* aligned;
    void operator()(int* p) const {
      *aligned += reinterpret_cast<std::uintptr_t>(this) % 128 == 0;
      delete p;
    }
  };
  int aligned = 0;
  for (int i = 0; i < 64; ++i) Retire(new int(i), Deleter{&aligned});
  Reclaim();
  EXPECT_EQ(aligned, 64);
}

TEST(RetireTest, OfAVoidCallsTheDeleter) {
  static int freed;
  freed = 0;
  int object = 0;
  Retire(static_cast<void*>(&object), [](void* p) { freed += p != nullptr; });
  Retire(static_cast<const void*>(&object), [](const void*) { ++freed; });
  Reclaim();
  EXPECT_EQ(freed, 2);
}

TEST(RetireTest, DeletesARetirableThatIsNotTheFirstBase) {
  Retire(new Linked);
  Retire(static_cast<const Linked*>(new Linked));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(RetireTest, WaitsForAPinThatBeganBefore) {
  {
    const PinGuard pin;
    Retire(new Canary(1));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
    { const PinGuard nested; }
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  }
  // The end of the pin destroyed what waited for it.
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(RetireTest, WaitsForAPinOfAnotherThread) {
  std::atomic<int> step{0};
  const auto wait_for = [&step](int n) {
    while (step.load() < n) std::this_thread::yield();
  };
  std::thread reader([&] {
    {
      const PinGuard pin;
      step.store(1);
      wait_for(2);
    }
    step.store(3);
    wait_for(4);  // the end of a thread destroys things, too
  });
  wait_for(1);
  Retire(new Canary(1));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  step.store(2);
  wait_for(3);
  EXPECT_EQ(Canary::alive(), 0);  // the reader destroyed it when it let go
  step.store(4);
  reader.join();
}

TEST(RetireTest, DoesNotWaitForAPinThatBeganAfter) {
  OnAnotherThread([] {
    std::unique_ptr<PinGuard> older = std::make_unique<PinGuard>();
    Retire(new Canary(1));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
    std::atomic<bool> pinned{false}, done{false};
    std::thread later([&] {
      const PinGuard pin;
      pinned.store(true);
      while (!done.load()) std::this_thread::yield();
    });
    while (!pinned.load()) std::this_thread::yield();
    older.reset();
    EXPECT_EQ(Canary::alive(), 0);
    done.store(true);
    later.join();
  });
}

// At every moment one of two threads is pinned, or both are.
TEST(RetireTest, OverlappingPinsHoldNothingForEver) {
  constexpr int kRounds = 50;
  std::atomic<int> step{0};
  const auto wait_for = [&step](int n) {
    while (step.load() < n) std::this_thread::yield();
  };
  auto mine = std::make_unique<PinGuard>();
  std::thread other([&] {
    for (int round = 0; round < kRounds; ++round) {
      const PinGuard pin;
      step.store(2 * round + 1);
      wait_for(2 * round + 2);
    }
    step.store(2 * kRounds + 1);
  });
  for (int round = 0; round < kRounds; ++round) {
    wait_for(2 * round + 1);
    EXPECT_EQ(Canary::alive(), 0);
    Retire(new Canary(1));
    Reclaim();
    mine.reset();
    EXPECT_EQ(Canary::alive(), 1);
    mine = std::make_unique<PinGuard>();
    step.store(2 * round + 2);
  }
  wait_for(2 * kRounds + 1);
  EXPECT_EQ(Canary::alive(), 0);
  other.join();
}

// What was retired before it pinned itself is no matter of a pin.
TEST(RetireTest, AParkedPinHoldsBackOnlyWhatWasRetiredAfterItBegan) {
  OnAnotherThread([] {
    Pointer<Canary> first(new Canary(1)), second(new Canary(2));
    auto held = std::make_unique<Protected<Canary>>(first.Protect());
    Retire(first.Swap(nullptr));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 2);
    std::atomic<int> step{0};
    std::thread parked([&step] {
      const PinGuard pin;
      step.store(1);
      while (step.load() != 2) std::this_thread::yield();
    });
    while (step.load() != 1) std::this_thread::yield();
    held.reset();
    EXPECT_EQ(Canary::alive(), 1);
    Retire(second.Swap(nullptr));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
    step.store(2);
    parked.join();
    EXPECT_EQ(Canary::alive(), 0);
  });
}

TEST(RetireTest, ABurstIsBoundedAndReclaimEndsIt) {
  OnAnotherThread([] {
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      Retire(new Canary(i));
      ASSERT_LE(Canary::alive(), 2049);
    }
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  });
}

TEST(RetireTest, BytesAreBoundedToo) {
  struct Large {
    Canary canary{1};
    char bytes[100 << 10] = {};
  };
  for (int i = 0; i < 100; ++i) {
    Retire(new Large);
    EXPECT_LE(Canary::alive(), 3);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// A reclaim tells what is held from what is not by a hash of the address at
// first: with so many held, that of hundreds of others is the same.
TEST(RetireTest, WhatOnlyLooksHeldIsDeleted) {
  constexpr int kHeld = 1000, kOthers = 1000;
  std::vector<Pointer<Canary>> cells(kHeld);
  std::vector<Protected<Canary>> held;
  for (Pointer<Canary>& cell : cells) {
    cell.Store(new Canary(1));
    held.push_back(cell.Protect());
  }
  for (Pointer<Canary>& cell : cells) Retire(cell.Swap(nullptr));
  for (int i = 0; i < kOthers; ++i) Retire(new Canary(2));
  Reclaim();
  EXPECT_EQ(Canary::alive(), kHeld);
  for (const Protected<Canary>& each : held) EXPECT_TRUE(each->Sings());
  held.clear();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(RetireTest, ReclaimTakesWhatOtherThreadsRetired) {
  std::atomic<int> step{0};
  std::thread other([&] {
    for (std::uint64_t i = 0; i < 1000; ++i) Retire(new Canary(i));
    step.store(1);
    while (step.load() != 2) std::this_thread::yield();
  });
  while (step.load() != 1) std::this_thread::yield();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  step.store(2);
  other.join();
}

TEST(RetireTest, WhatAThreadLeavesGoesToTheNextThatRetires) {
  OnAnotherThread([] {
    for (std::uint64_t i = 0; i < 1000; ++i) Retire(new Canary(i));
  });
  EXPECT_GT(Canary::alive(), 0);
  OnAnotherThread([] {
    Retire(new Canary(1));
    EXPECT_EQ(Canary::alive(), 0);
  });
}

// A list whose nodes retire each other: one frame of stack for each would be
// far too much.
struct Chain : Retirable {
  explicit Chain(Chain* rest) : next(rest) {}
  ~Chain() { Retire(next); }
  Chain* next;
  Canary canary{1};
};

TEST(RetireTest, ALongChainOfDestructorsNeedsNoStack) {
  Chain* head = nullptr;
  for (int i = 0; i < Effort(1'000'000); ++i) head = new Chain(head);
  Retire(head);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(RetireTest, DestructorsMayUseTheLibrary) {
  struct User {
    ~User() {
      const PinGuard pin;
      Retire(new Canary(1));
      Reclaim();
    }
  };
  OnAnotherThread([] {
    Retire(new User);
    EXPECT_EQ(Canary::alive(), 0);
  });
}

TEST(SynchronizeTest, WaitsForPinsThatBeganBeforeAndForNoOthers) {
  std::atomic<bool> pinned{false}, let_go{false}, waited{false}, stop{false};
  std::thread older([&] {
    const PinGuard pin;
    pinned.store(true);
    while (!let_go.load()) std::this_thread::yield();
  });
  while (!pinned.load()) std::this_thread::yield();
  std::thread waiter([&] {
    Synchronize();
    waited.store(true);
  });
  // Two threads pin themselves in turn, so that one of them always is.
  std::atomic<int> pins{0};
  const auto pin_in_turn = [&](int first) {
    const auto wait_for = [&](int n) {
      while (pins.load() < n && !stop.load()) std::this_thread::yield();
    };
    for (int n = first; !stop.load(); n += 2) {
      wait_for(n);
      const PinGuard pin;
      pins.store(n + 1);
      wait_for(n + 2);
    }
  };
  std::thread even(pin_in_turn, 0), odd(pin_in_turn, 1);
  while (pins.load() < 100) std::this_thread::yield();
  EXPECT_FALSE(waited.load());
  let_go.store(true);
  waiter.join();
  EXPECT_TRUE(waited.load());
  stop.store(true);
  older.join();
  even.join();
  odd.join();
}

TEST(SynchronizeTest, WithReclaimDeletesWhatAllThreadsRetired) {
  for (int round = 0; round < 50; ++round) {
    SCOPED_TRACE(round);
    std::atomic<std::int64_t> retired{0};
    std::atomic<bool> stop{false};
    RunTogether(3, [&](int thread) {
      if (thread == 0) {
        while (retired.load() < 1000) std::this_thread::yield();
        // What was retired before, whoever has it in hand, is deleted after.
        const std::int64_t before = retired.load();
        Synchronize();
        Reclaim();
        const std::int64_t alive = Canary::alive();
        const std::int64_t made = retired.load() + 2;  // two may be under way
        EXPECT_LE(alive, made - before);
        stop.store(true);
      } else {
        while (!stop.load()) {
          Retire(new Canary(1));
          retired.fetch_add(1);
        }
      }
    });
    Synchronize();
    Reclaim();
    ASSERT_EQ(Canary::alive(), 0);
  }
}

TEST(SynchronizeTest, WaitsForADeleterThatIsRunning) {
  std::atomic<int> step{0};
  const auto wait_for = [&step](int n) {
    while (step.load() < n) std::this_thread::yield();
  };
  Canary canary(1);
  std::thread other([&] {
    Retire(&canary, [&](Canary*) {
      step.store(1);
      wait_for(2);
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      step.store(3);
    });
  });
  wait_for(1);
  step.store(2);
  Synchronize();
  EXPECT_EQ(step.load(), 3);
  other.join();
}

TEST(SynchronizeDeathTest, DiesWhilePinned) {
  EXPECT_DEATH(
      {
        const PinGuard pin;
        Synchronize();
      },
      "sync/atomic: Synchronize while pinned");
}

TEST(RetireLimitsTest, AreObjectsAndBytes) {
  SetRetireLimits(3, std::size_t{1} << 30);
  for (std::uint64_t i = 0; i < 100; ++i) {
    Retire(new Canary(i));
    EXPECT_LE(Canary::alive(), 3);
  }
  SetRetireLimits(2048, 1);
  for (std::uint64_t i = 0; i < 100; ++i) {
    Retire(new Canary(i));
    EXPECT_LE(Canary::alive(), 3);
  }
  SetRetireLimits(2048, std::size_t{256} << 10);
  Reclaim();
}

TEST(ProtectTest, KeepsTheObjectAlive) {
  Pointer<Canary> current;
  EXPECT_FALSE(current.Protect());
  current.Store(new Canary(1));
  Protected<Canary> canary = current.Protect();
  Retire(current.Swap(nullptr));
  Reclaim();
  EXPECT_TRUE(canary->Sings());
  EXPECT_EQ((*canary).number(), 1u);
  Protected<Canary> moved = std::move(canary);
  EXPECT_FALSE(canary);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_TRUE(moved.get()->Sings());
  std::thread([last = std::move(moved)]() mutable {
    last = Protected<Canary>();
  }).join();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ProtectTest, AnyNumberAtOnce) {
  constexpr std::uint64_t kMany = 1000;
  for (int round = 0; round < 2; ++round) {
    Pointer<Canary> current;
    std::vector<Protected<Canary>> all;
    for (std::uint64_t i = 0; i < kMany; ++i) {
      Retire(current.Swap(new Canary(i)));
      all.push_back(current.Protect());
    }
    Retire(current.Swap(nullptr));
    Reclaim();
    EXPECT_EQ(Canary::alive(), static_cast<std::int64_t>(kMany));
    for (std::uint64_t i = 0; i < kMany; ++i) {
      ASSERT_TRUE(all[i]->Sings());
      ASSERT_EQ(all[i]->number(), i);
    }
    all.clear();
    EXPECT_EQ(Canary::alive(), 0);
  }
}

TEST(ProtectTest, HoldsVoidAndConst) {
  int number = 7;
  const Pointer<void> untyped(&number);
  EXPECT_EQ(untyped.Protect().get(), &number);
  const Pointer<const int> constant(&number);
  EXPECT_EQ(*constant.Protect(), 7);
}

TEST(ProtectStressTest, ProtectedObjectsAreNotFreed) {
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    Pointer<Canary> current(new Canary(0));
    std::atomic<int> writers{2};
    std::atomic<std::uint64_t> dead{0};
    RunTogether(4, [&](int thread) {
      if (thread < 2) {
        for (std::uint64_t i = 0; i < 5'000; ++i) {
          Retire(current.Swap(new Canary(i)));
        }
        writers.fetch_sub(1);
      } else {
        while (writers.load() != 0) {
          std::vector<Protected<Canary>> held;
          for (int i = 0; i < 20; ++i) held.push_back(current.Protect());
          for (const auto& canary : held) {
            if (!canary->Sings()) dead.fetch_add(1);
          }
        }
      }
    });
    delete current.Load();
    Reclaim();
    ASSERT_EQ(dead.load(), 0u);
    ASSERT_EQ(Canary::alive(), 0);
  }
}

// `renew`: readers renew one pin, and else they begin one after the other.
void ReadUnderPins(bool renew) {
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    Pointer<Canary> current(new Canary(0));
    std::atomic<int> writers{2};
    std::atomic<std::uint64_t> dead{0};
    RunTogether(5, [&](int thread) {
      if (thread < 2) {
        for (std::uint64_t i = 0; i < 5'000; ++i) {
          Retire(current.Swap(new Canary(i)));
        }
        writers.fetch_sub(1);
      } else {
        std::optional<PinGuard> pin;
        while (writers.load() != 0) {
          if (renew && pin.has_value()) {
            pin->Renew();
          } else {
            pin.emplace();
          }
          const Canary* const canary = current.Load();
          for (int look = 0; look < 10; ++look) {
            if (!canary->Sings()) dead.fetch_add(1);
          }
        }
      }
    });
    delete current.Load();
    Reclaim();
    ASSERT_EQ(dead.load(), 0u);
    ASSERT_EQ(Canary::alive(), 0);
  }
}

TEST(PinStressTest, NothingIsFreedUnderAPin) { ReadUnderPins(false); }

TEST(PinStressTest, NothingIsFreedUnderARenewedPin) { ReadUnderPins(true); }

TEST(RetireStressTest, NothingIsLostWhenListsAreTakenByOthers) {
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    std::atomic<int> writers{2};
    RunTogether(3, [&](int thread) {
      if (thread < 2) {
        for (std::uint64_t i = 0; i < 5'000; ++i) Retire(new Canary(i));
        writers.fetch_sub(1);
      } else {
        while (writers.load() != 0) Reclaim();
      }
    });
    Reclaim();
    ASSERT_EQ(Canary::alive(), 0);
  }
}

}  // namespace
}  // namespace sync_atomic
