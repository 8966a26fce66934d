// SPDX-License-Identifier: Apache-2.0

// The checked build: each misuse that it sees ends with one message.
// docs/checked_build.md lists them. The whole core is compiled with the macro.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/attributes.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::OnAnotherThread;

static_assert(internal::kChecked, "compiled with SYNC_ATOMIC_CHECKED");

// A death test starts a process of its own, which may then start threads.
class CheckedDeathTest : public ::testing::Test {
 protected:
  CheckedDeathTest() { ::testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

struct Node {
  explicit Node(int of = 0) : n(of) {}
  int n;
};

struct Linked : Retirable {
  int n = 0;
};

// Has its Retirable further on.
struct Named {
  std::string name = "a";
};
struct NamedLinked : Named, Linked {};

struct Base {
  virtual ~Base() = default;
};

// --- Pins --------------------------------------------------------------------

TEST_F(CheckedDeathTest, APinGuardEndsOnAnotherThread) {
  EXPECT_DEATH(
      {
        std::optional<PinGuard> pin(std::in_place);
        OnAnotherThread([&] { pin.reset(); });
      },
      "^sync/atomic: a PinGuard that began on thread [0-9]+ ends on thread "
      "[0-9]+\n$");
  EXPECT_DEATH(
      {
        std::optional<PinGuard> pin;
        std::thread([&] {
          pin.emplace();
          std::thread([&] { pin.reset(); }).join();
        }).join();
      },
      "a PinGuard that began on thread");
}

TEST_F(CheckedDeathTest, APinThatEndsWhereItBeganIsFine) {
  std::thread([] {
    const PinGuard pin;
    const PinGuard inner;
    const PinGuard hinted(PreemptionHint::kShortSection);
    const PinGuard in_handler{InSignalHandler()};
  }).join();
}

TEST_F(CheckedDeathTest, AStuckPinIsNamed) {
  EXPECT_DEATH(
      {
        SetPinWatch(1000, absl::Milliseconds(50));
        const PinGuard pin;
        OnAnotherThread([] {
          for (int i = 0; i < 100; ++i) {
            Retire(new Node);
            absl::SleepFor(absl::Milliseconds(12));
          }
        });
      },
      "^sync/atomic: thread [0-9]+ has been pinned since "
      "[0-9-]+ [0-9:]+ UTC, [0-9]+ ms ago or more, and holds back [0-9]+ "
      "objects, [0-9]+ bytes \\(SetPinWatch\\)\n$");
}

// Neither a short pin nor one that holds back little.
TEST_F(CheckedDeathTest, APinThatIsNotStuckIsFine) {
  const auto retire_for = [](int ms) {
    for (int i = 0; i < ms / 12; ++i) {
      Retire(new Node);
      absl::SleepFor(absl::Milliseconds(12));
    }
  };
  SetPinWatch(std::uint64_t{1} << 30, absl::ZeroDuration());
  {
    const PinGuard pin;
    OnAnotherThread([&] { retire_for(100); });
  }
  SetPinWatch(0, absl::Seconds(60));
  for (int i = 0; i < 3; ++i) {
    const PinGuard pin;
    OnAnotherThread([&] { retire_for(60); });
  }
  // What earlier pins held back does not count.
  SetPinWatch(1000, absl::ZeroDuration());
  for (int i = 0; i < 10; ++i) {
    const PinGuard pin;
    retire_for(120);
  }
  SetPinWatch(std::uint64_t{256} << 20, absl::Seconds(10));
}

// --- Readers -----------------------------------------------------------------

TEST_F(CheckedDeathTest, AReaderIsUsedByTwoThreads) {
  ValueOf<int> cell;
  cell.Store(1);
  ValueOf<int>::Reader reader(cell);
  EXPECT_EQ(*reader.Load(), 1);
  constexpr char kMessage[] =
      "^sync/atomic: a Reader is used by thread [0-9]+, and was by thread "
      "[0-9]+ without a Release\n$";
  EXPECT_DEATH(OnAnotherThread([&] { reader.Load(); }), kMessage);
  EXPECT_DEATH(OnAnotherThread([&] { reader.Release(); }), kMessage);
  // Also of one that had been another's before.
  cell.Store(2);
  EXPECT_DEATH(OnAnotherThread([&] { reader.Load(); }), kMessage);
}

TEST_F(CheckedDeathTest, AReaderMayChangeHandsOnceReleased) {
  ValueOf<int> cell;
  cell.Store(1);
  ValueOf<int>::Reader reader(cell);
  EXPECT_EQ(*reader.Load(), 1);
  cell.Store(2);
  EXPECT_EQ(*reader.Load(), 2);
  reader.Release();
  OnAnotherThread([&] {
    EXPECT_EQ(*reader.Load(), 2);
    reader.Release();
  });
  EXPECT_EQ(*reader.Load(), 2);
  EXPECT_DEATH(OnAnotherThread([&] { reader.Load(); }), "a Reader is used by");
}

// --- Retire ------------------------------------------------------------------

// While it waits.
TEST_F(CheckedDeathTest, WhatWaitsIsRetiredTwice) {
  const auto retire_pinned = [](auto* object) {
    const PinGuard pin;
    Retire(object);
    Retire(object);
  };
  EXPECT_DEATH(retire_pinned(new Node),
               "^sync/atomic: 0x[0-9a-f]+ is retired twice, in .*Node.*\n$");
  EXPECT_DEATH(retire_pinned(new const Node), "is retired twice, in .*Node");
  EXPECT_DEATH(retire_pinned(new Linked), "is retired twice, in .*Linked");
  EXPECT_DEATH(retire_pinned(new NamedLinked), "is retired twice, in .*Linked");
  EXPECT_DEATH(retire_pinned(new Base), "is retired twice, in .*Base");
}

// Where a reclaim has deleted it at once, and its memory is kept for a while.
TEST_F(CheckedDeathTest, WhatIsDeletedIsRetiredAgain) {
  if (!internal::kKeepsDeleted) GTEST_SKIP() << "AddressSanitizer reports it";
  const auto retire = [](auto* object) {
    Retire(object);
    Retire(object);
  };
  EXPECT_DEATH(retire(new Node),
               "^sync/atomic: 0x[0-9a-f]+ is retired twice \\(it has been "
               "deleted\\), in .*Node.*\n$");
  EXPECT_DEATH(retire(new Linked), "twice \\(it has been deleted\\)");
  EXPECT_DEATH(retire(new NamedLinked), "twice \\(it has been deleted\\)");
}

TEST_F(CheckedDeathTest, WhatIsNotOnTheHeapIsRetired) {
  // It keeps what is on the stack elsewhere.
  if (!internal::kKeepsDeleted) GTEST_SKIP() << "AddressSanitizer reports it";
  constexpr char kMessage[] =
      "^sync/atomic: 0x[0-9a-f]+ is retired, but is not on the heap, in .*\n$";
  EXPECT_DEATH(
      {
        Node local;
        Retire(&local);
      },
      kMessage);
  EXPECT_DEATH(
      {
        Linked local;
        Retire(&local);
      },
      kMessage);
  EXPECT_DEATH(
      {
        static Node of_data(1);
        Retire(&of_data);
      },
      kMessage);
  EXPECT_DEATH(
      {
        static Linked of_bss;
        Retire(&of_bss);
      },
      kMessage);
  EXPECT_DEATH(OnAnotherThread([] {
                 Node local;
                 Retire(&local);
               }),
               kMessage);
}

// An unref may come twice; a static object may have one.
TEST_F(CheckedDeathTest, WithADeleterOfOnesOwnAnythingGoes) {
  static Node object(1);
  int deleted = 0;
  {
    const PinGuard pin;
    for (int i = 0; i < 2; ++i) Retire(&object, [&](Node*) { ++deleted; });
    Node local;
    Retire(&local, [&](Node*) { ++deleted; });
  }
  Reclaim();
  EXPECT_EQ(deleted, 3);
}

// The addresses that come back, from the heap and from what is kept.
TEST_F(CheckedDeathTest, AnAddressMayBeRetiredAgainOnceItIsAnotherObjects) {
  OnAnotherThread([] {
    for (int i = 0; i < 100'000; ++i) {
      Retire(new Node);
      Retire(new Linked);
      Retire(new NamedLinked);
      Retire(new Base);
      Retire(new const Node);
    }
  });
  for (int i = 0; i < 1000; ++i) {
    const PinGuard pin;
    Retire(new Node);
    Retire(new Linked);
  }
  Reclaim();
}

TEST_F(CheckedDeathTest, ARetiredRetirableIsDeleted) {
  constexpr char kMessage[] =
      "^sync/atomic: the Retirable at 0x[0-9a-f]+ is deleted, but has been "
      "retired\n$";
  const auto delete_retired = [](auto* object) {
    const PinGuard pin;
    Retire(object);
    delete object;
  };
  EXPECT_DEATH(delete_retired(new Linked), kMessage);
  EXPECT_DEATH(delete_retired(new NamedLinked), kMessage);
  // Nobody retired these.
  delete new Linked;
  { const NamedLinked local; }
}

// --- Cells -------------------------------------------------------------------

// In memory that nobody uses for something else.
template <class Cell>
class Ended {
 public:
  Ended() : cell_(new (memory_) Cell) {
    cell_->Store(1);
    cell_->~Cell();
  }
  Cell* operator->() { return cell_; }
  Cell& operator*() { return *cell_; }

 private:
  alignas(Cell) unsigned char memory_[sizeof(Cell)];
  Cell* cell_;
};

constexpr char kEndedMessage[] =
    "^sync/atomic: a Value or ValueOf is used after its end\n$";

TEST_F(CheckedDeathTest, AValueIsUsedAfterItsEnd) {
  Ended<Value> value;
  EXPECT_DEATH(value->Store(1), kEndedMessage);
  EXPECT_DEATH(static_cast<void>(value->Load()), kEndedMessage);
  EXPECT_DEATH(static_cast<void>(value->Load<int>()), kEndedMessage);
  EXPECT_DEATH(value->Swap(2), kEndedMessage);
  EXPECT_DEATH(value->CompareAndSwap(1, 2), kEndedMessage);
  EXPECT_DEATH(value->Clear(), kEndedMessage);
  EXPECT_DEATH(value->Update<int>([](int n) { return n; }), kEndedMessage);
  EXPECT_DEATH(static_cast<void>(value->TryLoad<int>()), kEndedMessage);
  EXPECT_DEATH(value->WaitForChange(Snapshot(), absl::ZeroDuration()),
               kEndedMessage);
  const PinGuard pin;
  EXPECT_DEATH(static_cast<void>(value->LoadPinned<int>(pin)), kEndedMessage);
  EXPECT_DEATH((*value).~Value(), kEndedMessage);
}

TEST_F(CheckedDeathTest, AValueOfIsUsedAfterItsEnd) {
  Ended<ValueOf<int>> value;
  EXPECT_DEATH(value->Store(1), kEndedMessage);
  EXPECT_DEATH(value->Emplace(1), kEndedMessage);
  EXPECT_DEATH(static_cast<void>(value->Load()), kEndedMessage);
  EXPECT_DEATH(value->Swap(2), kEndedMessage);
  EXPECT_DEATH(value->CompareAndSwap(1, 2), kEndedMessage);
  EXPECT_DEATH(value->Clear(), kEndedMessage);
  EXPECT_DEATH(value->Update([](int n) { return n; }), kEndedMessage);
  EXPECT_DEATH(value->WaitForChange(SnapshotOf<int>(), absl::ZeroDuration()),
               kEndedMessage);
  const PinGuard pin;
  EXPECT_DEATH(static_cast<void>(value->LoadPinned(pin)), kEndedMessage);
  EXPECT_DEATH(ValueOf<int>::Reader(*value).Load(), kEndedMessage);
}

alignas(Value) unsigned char static_memory[sizeof(Value)];

TEST_F(CheckedDeathTest, AStaticCellReadsAsEmptyAfterItsEnd) {
  auto* const cell = new (static_memory) Value;
  cell->Store(1);
  cell->~Value();
  EXPECT_FALSE(cell->Load());
  cell->Store(2);
  EXPECT_EQ(*cell->Load<int>(), 2);
  cell->Clear();
}

}  // namespace
}  // namespace sync_atomic
