// SPDX-License-Identifier: Apache-2.0

// Types of others in our templates: whose namespace has functions by our names,
// which nobody may call; that are incomplete; deleters with an alignment of
// their own; guards in aggregates; arrays.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace strangers {

int calls = 0;

struct Config {
  int port = 0;
  friend bool operator==(const Config& a, const Config& b) {
    return a.port == b.port;
  }
};
enum class Color { kRed };

// Whatever is called without a namespace, with a Config or a pointer to one
// among its arguments, finds these. All fit better than ours, or as well.
#define STRANGERS_FUNCTION(name) \
  template <class T, class... A> \
  T name(A&&...) {               \
    ++calls;                     \
    return T();                  \
  }                              \
  template <class... A>          \
  int name(A&&...) {             \
    ++calls;                     \
    return 0;                    \
  }
STRANGERS_FUNCTION(Make)
STRANGERS_FUNCTION(FootprintOf)
STRANGERS_FUNCTION(FootprintOfValue)
STRANGERS_FUNCTION(OwnedBy)
STRANGERS_FUNCTION(OwnedBytes)
STRANGERS_FUNCTION(Retire)
STRANGERS_FUNCTION(CallNoThrow)
STRANGERS_FUNCTION(HashOf)
STRANGERS_FUNCTION(TypeName)
STRANGERS_FUNCTION(TypeInfo)
STRANGERS_FUNCTION(Signature)
STRANGERS_FUNCTION(Assume)
STRANGERS_FUNCTION(Fatal)
STRANGERS_FUNCTION(FatalMisuse)
STRANGERS_FUNCTION(DieOfException)
STRANGERS_FUNCTION(MisuseMessage)
STRANGERS_FUNCTION(OrDie)
STRANGERS_FUNCTION(Invoke)
STRANGERS_FUNCTION(CheckReadResult)
STRANGERS_FUNCTION(CheckType)
STRANGERS_FUNCTION(LoadChecked)
STRANGERS_FUNCTION(StoreChecked)
STRANGERS_FUNCTION(SwapChecked)
STRANGERS_FUNCTION(StoreIfEmptyChecked)
STRANGERS_FUNCTION(StoreIfEmpty)
STRANGERS_FUNCTION(ReplaceSame)
STRANGERS_FUNCTION(ReplaceEqual)
STRANGERS_FUNCTION(UpdateBox)
STRANGERS_FUNCTION(StoredFirst)
STRANGERS_FUNCTION(MakeInit)
STRANGERS_FUNCTION(CanStore)
STRANGERS_FUNCTION(AreSame)
STRANGERS_FUNCTION(HaveOneRoot)
STRANGERS_FUNCTION(PrintSnapshot)
STRANGERS_FUNCTION(WaitUntilUnread)
STRANGERS_FUNCTION(DeadlineOf)
STRANGERS_FUNCTION(DeadlineOrNever)
STRANGERS_FUNCTION(DeadlineAfter)
STRANGERS_FUNCTION(SelfInHandler)
STRANGERS_FUNCTION(NextPowerOfTwo)
STRANGERS_FUNCTION(CheckAligned)
STRANGERS_FUNCTION(LoadPlain)
STRANGERS_FUNCTION(StorePlain)
STRANGERS_FUNCTION(SwapPlain)
STRANGERS_FUNCTION(CompareAndSwapPlain)
STRANGERS_FUNCTION(MayHaveOneLayout)
STRANGERS_FUNCTION(Synchronize)
STRANGERS_FUNCTION(Reclaim)
STRANGERS_FUNCTION(PointerCast)
STRANGERS_FUNCTION(move)
STRANGERS_FUNCTION(forward)
STRANGERS_FUNCTION(exchange)
STRANGERS_FUNCTION(swap)
STRANGERS_FUNCTION(addressof)
STRANGERS_FUNCTION(invoke)
STRANGERS_FUNCTION(apply)
STRANGERS_FUNCTION(forward_as_tuple)
STRANGERS_FUNCTION(make_unique)
#undef STRANGERS_FUNCTION

}  // namespace strangers

// A C library's handle.
extern "C" {
struct strangers_handle;
}

namespace sync_atomic {
namespace {

using ::strangers::Config;
using ::sync_atomic::testing::Canary;

class StrangersTest : public ::testing::Test {
 protected:
  void SetUp() override { strangers::calls = 0; }
  void TearDown() override {
    Synchronize();
    Reclaim();
    EXPECT_EQ(strangers::calls, 0);
    EXPECT_EQ(Canary::alive(), 0);
  }
};

TEST_F(StrangersTest, FunctionsOfAValuesNamespaceAreNotCalled) {
  Value value;
  value.Store(Config{1});
  value.Emplace<Config>(Config{2});
  value.Swap(Config{3});
  EXPECT_TRUE(value.CompareAndSwap(Config{3}, Config{4}));
  value.Update<Config>([](const Config& old) { return Config{old.port + 1}; });
  const SnapshotOf<Config> snapshot = value.Load<Config>();
  EXPECT_EQ(*snapshot.Project(&Config::port), 5);
  EXPECT_EQ(snapshot.Share()->port, 5);
  EXPECT_TRUE(value.Load().As<Config>() == snapshot);
  value.CompareAndSwap(snapshot, Empty());
  value.UpdateOrInit<Config>([](const Config& old) { return old; },
                             [] { return Config{6}; });
  EXPECT_EQ(value.Swap(Empty()).Get<Config>().port, 6);
  EXPECT_TRUE(value.StoreAndWait(Config{6}));

  ValueOf<Config> cell;
  cell.Store(Config{1});
  cell.Emplace(Config{2});
  cell.Store(std::make_unique<Config>(Config{3}));
  cell.Swap(std::make_shared<Config>(Config{4}));
  EXPECT_TRUE(cell.CompareAndSwap(Config{4}, Config{5}));
  cell.Update([](const Config& old) { return Config{old.port + 1}; });
  const SnapshotOf<Config> held = cell.Load();
  cell.UpdateOrInit([](const Config& old) { return Config{old.port + 1}; },
                    [] { return Config{7}; });
  cell.Store(held);
  EXPECT_TRUE(cell.CompareAndSwap(held, held));
  EXPECT_TRUE(cell.Load() == held);
  std::ostringstream text;
  text << held << value.Load();
  ValueOf<Config>::Reader reader(cell);
  const PinGuard pin;
  EXPECT_EQ(reader.Load()->port + cell.LoadPinned(pin)->port, 12);
}

TEST_F(StrangersTest, FunctionsOfAPointersNamespaceAreNotCalled) {
  Pointer<Config> pointer(new Config{1});
  EXPECT_EQ(pointer.Protect()->port, 1);
  atomic::Retire(pointer.Swap(new Config{2}));
  atomic::Retire(pointer.Swap(nullptr), [](Config* old) { delete old; });
  Enum<strangers::Color> color(strangers::Color::kRed);
  color.Swap(color.Load());
}

// --- Incomplete types --------------------------------------------------------

class Hidden;  // complete at the end of this file
struct HoldsHidden {
  ValueOf<Hidden> cell;
  SnapshotOf<Hidden> snapshot;
  Pointer<Hidden> pointer;
  Protected<Hidden> held;
};
Hidden* NewHidden();
void DeleteHidden(Hidden* hidden);
int NumberOf(const Hidden& hidden);
struct HiddenDeleter {
  void operator()(Hidden* hidden) const { DeleteHidden(hidden); }
};

TEST_F(StrangersTest, IncompleteTypesCanBeHeldAdoptedAndRetired) {
  HoldsHidden holder;
  holder.cell.Store(std::unique_ptr<Hidden, HiddenDeleter>(NewHidden()));
  holder.snapshot = holder.cell.Load();
  EXPECT_EQ(NumberOf(*holder.snapshot), 7);
  holder.cell.Store(std::shared_ptr<Hidden>(NewHidden(), DeleteHidden));
  EXPECT_EQ(NumberOf(*holder.cell.Load()), 7);
  holder.snapshot = {};
  holder.pointer.Store(NewHidden());
  holder.held = holder.pointer.Protect();
  Retire(holder.pointer.Swap(nullptr), DeleteHidden);
  EXPECT_EQ(NumberOf(*holder.held), 7);
}

TEST_F(StrangersTest, AHandleOfWhichNobodySeesMoreCanBeAdopted) {
  static int closed;
  closed = 0;
  const auto close = [](strangers_handle*) { ++closed; };
  int stands_for_it = 0;
  auto* const handle = reinterpret_cast<strangers_handle*>(&stands_for_it);
  {
    ValueOf<strangers_handle> cell;
    cell.Store(std::shared_ptr<strangers_handle>(handle, close));
    EXPECT_EQ(cell.Load().get(), handle);
    cell.Clear();
    Retire(handle, close);
    Reclaim();
  }
  EXPECT_EQ(closed, 2);
}

TEST_F(StrangersTest, VoidCanBeRetired) {
  Pointer<void> pointer(new Canary(1));
  Retire(pointer.Swap(nullptr),
         [](void* canary) { delete static_cast<Canary*>(canary); });
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// --- Alignment, aggregates, arrays -------------------------------------------

struct alignas(64) AlignedDeleter {
  void operator()(int* p) const {
    if (reinterpret_cast<std::uintptr_t>(this) % 64 != 0) ++misaligned;
    delete p;
  }
  char line[64] = {};
  static inline int misaligned = 0;
};

TEST_F(StrangersTest, ADeleterIsAsAlignedAsItAsks) {
  for (int i = 0; i < 64; ++i) Retire(new int(i), AlignedDeleter());
  Reclaim();
  EXPECT_EQ(AlignedDeleter::misaligned, 0);
}

TEST_F(StrangersTest, AGuardMayBePartOfAnAggregate) {
  struct Scope {
    PinGuard pin;
    int number;
  };
  {
    const Scope empty{};
    EXPECT_EQ(empty.number, 0);
    EXPECT_TRUE(IsPinned());
    const Scope full{PinGuard(), 1};
    EXPECT_EQ(full.number, 1);
  }
  EXPECT_FALSE(IsPinned());
}

TEST_F(StrangersTest, AnArrayInAValueCanBeShared) {
  struct Header {
    char name[16];
    int table[4];
  };
  ValueOf<Header> cell;
  cell.Store(Header{"abc", {1, 2, 3, 4}});
  const std::shared_ptr<const int[4]> shared =
      cell.Load().Project(&Header::table).Share();
  cell.Clear();
  EXPECT_EQ(shared[2], 3);
}

class Hidden {
 public:
  const int number = 7;
  const Canary canary{1};
};
Hidden* NewHidden() { return new Hidden; }
void DeleteHidden(Hidden* hidden) { delete hidden; }
int NumberOf(const Hidden& hidden) { return hidden.number; }

}  // namespace
}  // namespace sync_atomic
