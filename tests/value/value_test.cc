// SPDX-License-Identifier: Apache-2.0

// Value and its snapshots: what each operation returns and leaves.

#include "sync_atomic/value/value.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/counting_allocator.h"
#include "sync_atomic/tests/support/exceptions.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::allocated_bytes;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::kLarge;
using ::sync_atomic::testing::LargeBytes;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

struct Config {
  std::string address;
  int port = 0;
  friend bool operator==(const Config& a, const Config& b) {
    return a.address == b.address && a.port == b.port;
  }
};

// Says that it weighs a mebibyte.
struct Heavy {
  Canary canary{1};
};
std::size_t RetiredBytes(const Heavy&) { return std::size_t{1} << 20; }

ABSL_CONST_INIT Value global;

TEST(ValueTest, IsTwoWords) {
  EXPECT_EQ(sizeof(Value), (internal::kChecked ? 3 : 2) * sizeof(void*));
}

TEST(ValueTest, IsEmptyAtFirst) {
  EXPECT_FALSE(global.Load());
  EXPECT_FALSE(global.Load<int>());
  EXPECT_EQ(global.Load().type_name(), "");
}

TEST(ValueTest, LoadsWhatWasStored) {
  Value value;
  value.Store(Config{"a", 1});
  EXPECT_EQ(value.Load().Get<Config>(), (Config{"a", 1}));
  value.Store(Config{"b", 2});
  EXPECT_EQ(*value.Load<Config>(), (Config{"b", 2}));
  EXPECT_EQ(value.Load<Config>()->port, 2);
  EXPECT_EQ(value.Load<Config>().get()->address, "b");
}

TEST(ValueTest, KeepsTheDecayedType) {
  Value value;
  const std::string text = "text";
  value.Store(text);
  EXPECT_EQ(*value.Load<std::string>(), "text");
  value.Store(std::string("more"));
  EXPECT_EQ(*value.Load<std::string>(), "more");
}

TEST(ValueTest, HoldsMoveOnlyTypes) {
  Value value;
  value.Store(std::make_unique<int>(7));
  EXPECT_EQ(**value.Load<std::unique_ptr<int>>(), 7);
  value.Swap(std::make_unique<int>(8));
  EXPECT_EQ(**value.Load<std::unique_ptr<int>>(), 8);
}

TEST(ValueTest, HoldsOverAlignedTypes) {
  struct alignas(256) Wide {
    int number = 1;
  };
  Value value;
  value.Store(Wide());
  const auto wide = value.Load<Wide>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide.get()) % 256, 0u);
}

TEST(ValueTest, HoldsLargeObjects) {
  Value value;
  value.Store(std::array<char, 1 << 20>{{'x'}});
  EXPECT_EQ((*value.Load<std::array<char, 1 << 20>>())[0], 'x');
}

TEST(ValueTest, AnAddressOperatorOfItsOwnIsNotAsked) {
  struct Shy {
    int number;
    const Shy* operator&() const { return nullptr; }  // NOLINT: the point
  };
  Value value;
  value.Store(Shy{7});
  EXPECT_EQ(value.Load<Shy>()->number, 7);
  EXPECT_EQ(value.Load().Get<Shy>().number, 7);
  const PinGuard pin;
  EXPECT_EQ(value.LoadPinned<Shy>(pin)->number, 7);
}

TEST(ValueTest, HoldsATypeThatHoldsAValue) {
  struct Outer {
    std::shared_ptr<Value> inner = std::make_shared<Value>();
  };
  Value value;
  Outer outer;
  outer.inner->Store(Canary(5));
  value.Store(std::move(outer));
  EXPECT_EQ(value.Load<Outer>()->inner->Load<Canary>()->number(), 5u);
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ValueTest, SwapReturnsThePreviousContent) {
  Value value;
  EXPECT_FALSE(value.Swap(1));
  const Snapshot previous = value.Swap(2);
  EXPECT_EQ(previous.Get<int>(), 1);
  EXPECT_EQ(*value.Load<int>(), 2);
}

TEST(ValueTest, SwapKeepsThePreviousContentAlive) {
  Value value;
  value.Store(Canary(1));
  {
    const Snapshot previous = value.Swap(Canary(2));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 2);
    EXPECT_TRUE(previous.Get<Canary>().Sings());
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
}

TEST(ValueTest, CompareAndSwapComparesByValue) {
  Value value;
  EXPECT_FALSE(value.CompareAndSwap(Config{"a", 1}, Config{"b", 2}));
  EXPECT_FALSE(value.Load());
  value.Store(Config{"a", 1});
  EXPECT_FALSE(value.CompareAndSwap(Config{"a", 2}, Config{"b", 2}));
  EXPECT_EQ(value.Load<Config>()->port, 1);
  EXPECT_TRUE(value.CompareAndSwap(Config{"a", 1}, Config{"b", 2}));
  EXPECT_EQ(value.Load<Config>()->port, 2);
}

// A number whose comparison lets somebody else in between.
struct Interrupted {
  int number;
  std::function<void()>* then = nullptr;
  friend bool operator==(const Interrupted& held, const Interrupted& expected) {
    if (expected.then != nullptr) {
      std::exchange(*expected.then, [] {})();
    }
    return held.number == expected.number;
  }
};

TEST(ValueTest, CompareAndSwapByValueFailsIfTheCellChangedMeanwhile) {
  Value value;
  value.Store(Interrupted{1});
  std::function<void()> store_another = [&] { value.Store(Interrupted{5}); };
  EXPECT_FALSE(
      value.CompareAndSwap(Interrupted{1, &store_another}, Interrupted{2}));
  EXPECT_EQ(value.Load<Interrupted>()->number, 5);
}

TEST(ValueTest, CompareAndSwapByValueSucceedsIfAnEqualValueCameMeanwhile) {
  Value value;
  value.Store(Interrupted{1});
  std::function<void()> store_equal = [&] { value.Store(Interrupted{1}); };
  EXPECT_TRUE(
      value.CompareAndSwap(Interrupted{1, &store_equal}, Interrupted{2}));
  EXPECT_EQ(value.Load<Interrupted>()->number, 2);
}

TEST(ValueTest, CompareAndSwapOnEmptyStoresOnce) {
  for (int form = 0; form < 4; ++form) {
    SCOPED_TRACE(form);
    Value value;
    const auto swap = [&](int desired) {
      switch (form) {
        case 0:
          return value.CompareAndSwap(Empty(), desired);
        case 1:
          return value.CompareAndSwap(nullptr, desired);
        case 2:
          return value.CompareAndSwap(Snapshot(), desired);
        default:
          return value.CompareAndSwap(SnapshotOf<int>(), desired);
      }
    };
    EXPECT_TRUE(swap(1));
    EXPECT_FALSE(swap(2));
    EXPECT_EQ(*value.Load<int>(), 1);
    value.Clear();
    EXPECT_TRUE(swap(3));
    EXPECT_FALSE(swap(4));
    EXPECT_EQ(*value.Load<int>(), 3);
  }
}

TEST(ValueTest, ANullExpectedPointerMeansEmpty) {
  Value value;
  int number = 1;
  EXPECT_TRUE(value.CompareAndSwap(static_cast<int*>(nullptr), &number));
  EXPECT_FALSE(value.CompareAndSwap(static_cast<int*>(nullptr), &number));
}

TEST(ValueTest, CompareAndSwapComparesSnapshotsByIdentity) {
  Value value;
  value.Store(1);
  const Snapshot first = value.Load();
  value.Store(1);  // equal, but another
  EXPECT_FALSE(value.CompareAndSwap(first, 2));
  EXPECT_TRUE(value.CompareAndSwap(value.Load(), 2));
  EXPECT_TRUE(value.CompareAndSwap(value.Load<int>(), 3));
  EXPECT_EQ(*value.Load<int>(), 3);
}

TEST(ValueTest, ClearEmptiesAndKeepsTheType) {
  Value value;
  value.Clear();
  EXPECT_FALSE(value.Load());
  value.Store(1);
  value.Clear();
  value.Clear();
  EXPECT_FALSE(value.Load());
  EXPECT_FALSE(value.Load<int>());
  EXPECT_FALSE(value.Swap(2));
  EXPECT_EQ(*value.Load<int>(), 2);
}

TEST(ValueTest, ReadsAsEmptyAfterItsDestructor) {
  alignas(Value) static unsigned char memory[sizeof(Value)];
  auto* const value = new (memory) Value;
  value->Store(Canary(1));
  value->~Value();
  EXPECT_FALSE(value->Load());
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ValueTest, AThrowingCopyLeavesTheCellAsItWas) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  struct Copied {
    explicit Copied(bool armed) : throws(armed) {}
    Copied(const Copied& other) : throws(other.throws) {
      if (throws) Throw(std::runtime_error("copy"));
    }
    bool throws;
    bool operator==(const Copied&) const { return true; }
  };
  const Copied armed(true), harmless(false);
  Value value;
  EXPECT_TRUE(Throws<std::runtime_error>([&] { value.Store(armed); }));
  EXPECT_FALSE(value.Load());
  value.Store(1);  // not even the type was fixed
  Value typed;
  typed.Store(harmless);
  const Snapshot before = typed.Load();
  EXPECT_TRUE(Throws<std::runtime_error>([&] { typed.Store(armed); }));
  EXPECT_TRUE(Throws<std::runtime_error>([&] { typed.Swap(armed); }));
  EXPECT_TRUE(Throws<std::runtime_error>(
      [&] { typed.CompareAndSwap(harmless, armed); }));
  EXPECT_TRUE(typed.Load() == before);
}

TEST(ValueTest, ReplacedValuesAreDestroyedBeforeStoreReturns) {
  std::thread([] {  // that hasn't stored anything yet: it is quiet
    Value value;
    value.Store(Canary(1));
    value.Store(Canary(2));
    EXPECT_EQ(Canary::alive(), 1);
  })
      .join();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ValueTest, TheLastSnapshotDestroysWhatItHeld) {
  Value value;
  value.Store(Canary(1));
  Snapshot snapshot = value.Load();
  Snapshot copy = snapshot;
  value.Clear();
  Reclaim();
  EXPECT_TRUE(copy.Get<Canary>().Sings());
  snapshot = Snapshot();
  EXPECT_EQ(Canary::alive(), 1);
  copy = Snapshot();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ValueTest, LoadPinnedBorrowsWhilePinned) {
  Value value;
  auto pin = std::make_unique<PinGuard>();
  EXPECT_EQ(value.LoadPinned<Canary>(*pin), nullptr);
  value.Store(Canary(1));
  const Canary* const canary = value.LoadPinned<Canary>(*pin);
  EXPECT_EQ(canary->number(), 1u);
  value.Clear();
  Reclaim();
  EXPECT_EQ(value.LoadPinned<Canary>(*pin), nullptr);
  EXPECT_TRUE(canary->Sings());
  EXPECT_EQ(Canary::alive(), 1);
  pin.reset();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ValueTest, HeavyValuesAreNotLeftWaiting) {
  std::thread([] {
    Value value;
    for (int i = 0; i < 100; ++i) {
      value.Store(Heavy());
      EXPECT_LE(Canary::alive(), 2);
    }
  }).join();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ValueTest, LargeVectorsAreNotLeftWaiting) {
  std::thread([] {  // that hasn't stored anything yet
    Value value;
    for (int i = 0; i < 4; ++i) {
      value.Store(LargeBytes());
      EXPECT_EQ(allocated_bytes, kLarge);
    }
    value.Clear();
    EXPECT_EQ(allocated_bytes, 0u);
  })
      .join();
}

TEST(SnapshotTest, SaysWhatItHolds) {
  Value value;
  value.Store(Config{"a", 1});
  const Snapshot snapshot = value.Load();
  EXPECT_NE(snapshot.type_name().find("Config"), std::string_view::npos);
  EXPECT_NE(snapshot.TryGet<Config>(), nullptr);
  EXPECT_EQ(snapshot.TryGet<int>(), nullptr);
  EXPECT_EQ(Snapshot().TryGet<int>(), nullptr);
  EXPECT_EQ(SnapshotOf<int>().get(), nullptr);
}

TEST(SnapshotTest, ComparesByIdentity) {
  Value value;
  value.Store(1);
  const Snapshot a = value.Load(), b = value.Load();
  value.Store(1);
  const Snapshot c = value.Load();
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a != c);
  EXPECT_TRUE(Snapshot() == Snapshot());
  EXPECT_TRUE(a != Snapshot());
  EXPECT_TRUE(value.Load<int>() == value.Load<int>());
  EXPECT_TRUE(SnapshotOf<int>() == SnapshotOf<int>());
}

TEST(SnapshotTest, MovesLeaveEmptyAndCopiesShare) {
  Value value;
  value.Store(Canary(1));
  Snapshot a = value.Load();
  Snapshot b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): that is the point
  Snapshot c = b;
  EXPECT_TRUE(b == c);
  a = b;
  b = std::move(c);
  value.Clear();
  a = Snapshot();
  EXPECT_TRUE(b.Get<Canary>().Sings());
  Snapshot& same = b;
  b = same;
  EXPECT_TRUE(b.Get<Canary>().Sings());
}

TEST(SnapshotTest, TheEndOfAMovedOneLeavesTheCellWhatItHolds) {
  Value value;
  value.Store(Canary(1));
  Reclaim();  // what other tests left waiting
  for (int i = 0; i < 20; ++i) {
    Snapshot original = value.Load();
    { const Snapshot moved = std::move(original); }
    ASSERT_EQ(Canary::alive(), 1);
  }
  ASSERT_TRUE(value.Load<Canary>()->Sings());
}

TEST(SnapshotTest, AnyNumberAtOnce) {
  constexpr int kValues = 50'000;  // two snapshots of each
  Value value;
  std::vector<Snapshot> snapshots;
  for (int i = 0; i < kValues; ++i) {
    value.Store(Canary(static_cast<std::uint64_t>(i)));
    snapshots.push_back(value.Load());
    snapshots.push_back(value.Load());
  }
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), kValues);
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const auto& canary = snapshots[i].Get<Canary>();
    ASSERT_TRUE(canary.Sings());
    ASSERT_EQ(canary.number(), i / 2);
  }
  snapshots.clear();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(SnapshotTest, OutlivesItsCellAndItsThread) {
  Snapshot snapshot;
  std::thread([&snapshot] {
    Value value;
    value.Store(Canary(1));
    snapshot = value.Load();
  }).join();
  Reclaim();
  EXPECT_TRUE(snapshot.Get<Canary>().Sings());
  std::thread([moved = std::move(snapshot)]() mutable {
    moved = Snapshot();
  }).join();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(NilTest, IsWhatGoWouldCallNil) {
  struct S {
    int field;
    void Method() {}
  };
  EXPECT_TRUE(IsNil<std::nullptr_t>()(nullptr));
  EXPECT_TRUE(IsNil<int*>()(nullptr));
  EXPECT_TRUE(IsNil<void (*)()>()(nullptr));
  EXPECT_TRUE(IsNil<int S::*>()(nullptr));
  EXPECT_TRUE(IsNil<void (S::*)()>()(nullptr));
  EXPECT_TRUE(IsNil<std::function<void()>>()({}));
  EXPECT_TRUE(IsNil<std::unique_ptr<int>>()(nullptr));
  EXPECT_TRUE(IsNil<std::shared_ptr<int>>()(nullptr));
  EXPECT_FALSE(IsNil<void (S::*)()>()(&S::Method));
  EXPECT_FALSE(IsNil<std::function<void()>>()([] {}));
  EXPECT_FALSE(IsNil<std::unique_ptr<int>>()(std::make_unique<int>(0)));
}

TEST(NilTest, IsNotWhateverComparesWithNull) {
  EXPECT_FALSE(IsNil<std::string_view>()(std::string_view()));
  EXPECT_FALSE(IsNil<std::string>()(""));
  EXPECT_FALSE(IsNil<int>()(0));
}

struct Handle {
  int number;
};

}  // namespace

template <>
struct IsNil<Handle> {
  bool operator()(const Handle& handle) const { return handle.number < 0; }
};

namespace {

TEST(NilTest, IsWhatASpecialisationSays) {
  Value value;
  value.Store(Handle{0});
  EXPECT_DEATH(value.Store(Handle{-1}), "store of nil value into Value");
}

}  // namespace
}  // namespace sync_atomic
