// SPDX-License-Identifier: Apache-2.0

// SnapshotOf's ways out: a part of the value, and a shared_ptr to it.

#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;

struct Base {
  int number = 0;
};
struct Model : Base {
  Model(int n, std::string text) : name(std::move(text)) { number = n; }
  std::string name;
  std::vector<int> weights = {1, 2, 3};
  Canary canary{1};
};

class ProjectShareTest : public ::testing::Test {
 protected:
  ProjectShareTest() { value_.Emplace<Model>(7, "seven"); }
  ~ProjectShareTest() override {
    value_.Clear();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }

  SnapshotOf<Model> Load() const { return value_.Load<Model>(); }
  void Replace() {
    value_.Emplace<Model>(8, "eight");
    Reclaim();
  }

  Value value_;
};

TEST_F(ProjectShareTest, ProjectsMembersElementsAndBases) {
  const SnapshotOf<std::string> name = Load().Project(&Model::name);
  EXPECT_EQ(*name, "seven");
  const auto weight =
      Load().Project([](const Model& m) -> const int& { return m.weights[1]; });
  static_assert(std::is_same_v<decltype(weight), const SnapshotOf<int>>);
  EXPECT_EQ(*weight, 2);
  const auto base =
      Load().Project([](const Model& m) -> const Base& { return m; });
  EXPECT_EQ(base->number, 7);
  // And on.
  const auto first =
      name.Project([](const std::string& s) -> const char& { return s[0]; });
  EXPECT_EQ(*first, 's');
}

TEST_F(ProjectShareTest, AProjectionKeepsTheWholeAlive) {
  SnapshotOf<std::string> name = Load().Project(&Model::name);
  Replace();
  EXPECT_EQ(Canary::alive(), 2);
  EXPECT_EQ(*name, "seven");
  const SnapshotOf<std::string> copy = name;
  name = SnapshotOf<std::string>();
  EXPECT_EQ(Canary::alive(), 2);
  EXPECT_EQ(*copy, "seven");
}

TEST_F(ProjectShareTest, ProjectLeavesASnapshotAndTakesATemporary) {
  const SnapshotOf<Model> model = Load();
  const SnapshotOf<std::string> name = model.Project(&Model::name);
  EXPECT_TRUE(model);
  SnapshotOf<Model> moved = model;
  EXPECT_TRUE(std::move(moved).Project(&Model::name) == name);
  // NOLINTNEXTLINE(bugprone-use-after-move): empty, as every snapshot then.
  EXPECT_FALSE(moved);
}

TEST_F(ProjectShareTest, AnEmptySnapshotHasEmptyParts) {
  int called = 0;
  const auto name =
      SnapshotOf<Model>().Project([&called](const Model& m) -> auto& {
        ++called;
        return m.name;
      });
  EXPECT_FALSE(name);
  EXPECT_EQ(name.get(), nullptr);
  EXPECT_EQ(called, 0);
}

TEST_F(ProjectShareTest, ProjectionsCompareByIdentity) {
  const SnapshotOf<Model> model = Load();
  const auto weight = [&model](std::size_t i) {
    return model.Project(
        [i](const Model& m) -> const int& { return m.weights[i]; });
  };
  EXPECT_TRUE(weight(0) == weight(0));
  EXPECT_TRUE(weight(0) != weight(1));
  EXPECT_TRUE(SnapshotOf<int>() == SnapshotOf<int>());
  EXPECT_TRUE(weight(0) != SnapshotOf<int>());
}

TEST_F(ProjectShareTest, SharesTheValueItself) {
  const std::shared_ptr<const Model> shared = Load().Share();
  EXPECT_EQ(shared.get(), Load().get());
  EXPECT_EQ(SnapshotOf<Model>().Share(), nullptr);
  const std::shared_ptr<const std::string> name =
      Load().Project(&Model::name).Share();
  EXPECT_EQ(*name, "seven");
}

// A shared_ptr to an array points to its first element.
TEST(ShareOfArrayTest, IsASharedPtrToTheArray) {
  struct Grid {
    int row[4];
    int rows[2][3];
  };
  ValueOf<Grid> cell;
  cell.Store(Grid{{1, 2, 3, 4}, {{5, 6, 7}, {8, 9, 10}}});
  const std::shared_ptr<const int[4]> row =
      cell.Load().Project(&Grid::row).Share();
  const std::shared_ptr<const int[2][3]> rows =
      cell.Load().Project(&Grid::rows).Share();
  cell.Clear();
  EXPECT_EQ(row[2], 3);
  EXPECT_EQ(rows[1][2], 10);
  EXPECT_EQ(SnapshotOf<int[4]>().Share(), nullptr);
}

TEST_F(ProjectShareTest, AShareKeepsTheValueAliveAfterItWasReplaced) {
  std::shared_ptr<const Model> shared = Load().Share();
  std::weak_ptr<const Model> weak = shared;
  Replace();
  EXPECT_EQ(Canary::alive(), 2);
  EXPECT_EQ(shared->name, "seven");
  std::thread([moved = std::move(shared)]() mutable {
    EXPECT_EQ(moved->name, "seven");
    moved.reset();
  }).join();
  // A weak_ptr keeps nothing alive.
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_EQ(weak.lock(), nullptr);
}

TEST_F(ProjectShareTest, ASnapshotOutlivesItsShareAndAShareItsSnapshot) {
  SnapshotOf<Model> model = Load();
  std::shared_ptr<const Model> shared = model.Share();
  shared.reset();
  EXPECT_EQ(model->name, "seven");
  shared = model.Share();
  model = SnapshotOf<Model>();
  Replace();
  EXPECT_EQ(shared->name, "seven");
}

TEST_F(ProjectShareTest, ACellIsSwappedByWhatAProjectionWasLoadedFrom) {
  const SnapshotOf<Base> base =
      Load().Project([](const Model& m) -> const Base& { return m; });
  EXPECT_TRUE(value_.CompareAndSwap(base, Model(8, "eight")));
  EXPECT_FALSE(value_.CompareAndSwap(base, Model(9, "nine")));
  EXPECT_EQ(Load()->name, "eight");
}

// Its destructor looks at a snapshot.
struct Looker {
  explicit Looker(int n, const SnapshotOf<Looker>* at = nullptr)
      : number(n), looked_at(at) {}
  Looker(const Looker&) = delete;
  Looker& operator=(const Looker&) = delete;
  ~Looker() {
    if (looked_at != nullptr && *looked_at) seen = (*looked_at)->number;
  }
  int number;
  const SnapshotOf<Looker>* looked_at;
  static inline int seen = 0;
};

TEST(SnapshotAssignmentTest, IsWholeWhenADestructorLooks) {
  Value value;
  SnapshotOf<Looker> snapshot;
  value.Emplace<Looker>(1, &snapshot);
  snapshot = value.Load<Looker>();
  value.Emplace<Looker>(2);
  Reclaim();  // from now on the first waits for the snapshot alone
  snapshot = value.Load<Looker>();  // lets go of the first
  EXPECT_EQ(snapshot->number, 2);
  EXPECT_EQ(Looker::seen, 2);
}

}  // namespace
}  // namespace sync_atomic
