// SPDX-License-Identifier: Apache-2.0

// Cells of types that are incomplete where they are used, and members of types
// that are completed later.

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "opaque_handle.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

struct Free {
  void operator()(opaque_handle* handle) const { OpaqueFree(handle); }
};

TEST(OpaqueHandleTest, ACellAdoptsAUniquePtr) {
  ValueOf<opaque_handle> cell;
  cell.Store(std::unique_ptr<opaque_handle, Free>(OpaqueNew(1)));
  EXPECT_EQ(OpaqueNumber(cell.Load().get()), 1);
  cell.Store(std::unique_ptr<opaque_handle, Free>(OpaqueNew(2)));
  EXPECT_EQ(cell.Read([](const opaque_handle* p) { return OpaqueNumber(p); }),
            2);
  cell.Clear();
  Reclaim();
  EXPECT_EQ(OpaqueAlive(), 0);
}

TEST(OpaqueHandleTest, ACellAdoptsASharedPtr) {
  ValueOf<opaque_handle> cell;
  cell.Store(std::shared_ptr<opaque_handle>(OpaqueNew(3), OpaqueFree));
  const std::shared_ptr<const opaque_handle> shared = cell.Load().Share();
  cell.Clear();
  EXPECT_EQ(OpaqueNumber(shared.get()), 3);
}

TEST(OpaqueHandleTest, AValueHoldsAUniquePtr) {
  using Handle = std::unique_ptr<opaque_handle, Free>;
  Value value;
  value.Store(Handle(OpaqueNew(4)));
  EXPECT_EQ(OpaqueNumber(value.Load<Handle>()->get()), 4);
}

TEST(OpaqueHandleTest, IsRetiredWithItsFree) {
  Pointer<opaque_handle> current(OpaqueNew(5));
  EXPECT_EQ(OpaqueNumber(current.Protect().get()), 5);
  const int before = OpaqueAlive();
  Retire(current.Swap(nullptr), OpaqueFree);
  Reclaim();
  EXPECT_EQ(OpaqueAlive(), before - 1);
}

// Implicit constructors and destructors of members that are incomplete still.
class Part;
struct Whole {
  ValueOf<Part> cell;
  SnapshotOf<Part> snapshot;
  Pointer<Part> pointer;
  Whole* next = nullptr;
};
struct Node {
  ValueOf<Node> left;
  Pointer<Node> up;
  int key = 0;
};
bool IsEmpty(const Whole& whole) {
  return !whole.cell.Load() && !whole.snapshot &&
         whole.pointer.Load() == nullptr;
}

TEST(IncompleteMemberTest, IsMadeAndDestroyed) {
  const auto whole = std::make_unique<Whole>();
  EXPECT_TRUE(IsEmpty(*whole));
}

TEST(IncompleteMemberTest, MayBeOfTheClassItself) {
  Node root;
  root.left.Emplace();
  EXPECT_EQ(root.left.Load()->key, 0);
}

}  // namespace
}  // namespace sync_atomic
