// SPDX-License-Identifier: Apache-2.0

// A routing table of 100,000 entries of which some change 100 times a second:
// docs/service.md.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

// [table]
struct Route {
  std::uint32_t prefix;
  std::uint32_t next_hop;
};

// An immutable table in parts. A changed table shares all parts with the old
// one but for those that change: some 4 KiB of pointers and 3 KiB for each part
// are copied, and not the 800 KiB of 100,000 routes.
class RoutingTable {
 public:
  explicit RoutingTable(const std::vector<Route>& routes) {
    std::array<Part, kParts> parts;
    for (const Route& route : routes) parts[PartOf(route.prefix)].Set(route);
    for (std::size_t i = 0; i < kParts; ++i) {
      parts_[i] = std::make_shared<const Part>(std::move(parts[i]));
    }
  }

  // Null where there is no route.
  const Route* Find(std::uint32_t prefix) const {
    return parts_[PartOf(prefix)]->Find(prefix);
  }

  // A table with these routes in place of those with the same prefix.
  RoutingTable With(const std::vector<Route>& changes) const {
    RoutingTable changed = *this;
    for (const Route& route : changes) {
      std::shared_ptr<const Part>& part = changed.parts_[PartOf(route.prefix)];
      Part copy = *part;
      copy.Set(route);
      part = std::make_shared<const Part>(std::move(copy));
    }
    return changed;
  }

  // How many parts both have.
  std::size_t PartsSharedWith(const RoutingTable& other) const {
    std::size_t shared = 0;
    for (std::size_t i = 0; i < kParts; ++i) {
      shared += parts_[i] == other.parts_[i];
    }
    return shared;
  }

 private:
  class Part {
   public:
    void Set(const Route& route) {
      const auto at = std::lower_bound(routes_.begin(), routes_.end(),
                                       route.prefix, IsBefore);
      if (at != routes_.end() && at->prefix == route.prefix) {
        *at = route;
      } else {
        routes_.insert(at, route);
      }
    }
    const Route* Find(std::uint32_t prefix) const {
      const auto at =
          std::lower_bound(routes_.begin(), routes_.end(), prefix, IsBefore);
      return at == routes_.end() || at->prefix != prefix ? nullptr : &*at;
    }

   private:
    static bool IsBefore(const Route& route, std::uint32_t prefix) {
      return route.prefix < prefix;
    }

    std::vector<Route> routes_;  // sorted
  };

  static constexpr std::size_t kParts = 256;
  static std::size_t PartOf(std::uint32_t prefix) { return prefix % kParts; }

  std::array<std::shared_ptr<const Part>, kParts> parts_;
};
// [/table]

constexpr std::uint32_t kRoutes = 100'000;

std::vector<Route> AllRoutes(std::uint32_t next_hop) {
  std::vector<Route> routes;
  routes.reserve(kRoutes);
  for (std::uint32_t prefix = 0; prefix < kRoutes; ++prefix) {
    routes.push_back({prefix, next_hop});
  }
  return routes;
}

TEST(RoutingTableTest, AChangeSharesAllOtherParts) {
  const RoutingTable table(AllRoutes(1));
  const RoutingTable changed = table.With({{5, 2}, {6, 2}, {kRoutes + 1, 2}});
  EXPECT_EQ(changed.PartsSharedWith(table), 256u - 3);
  EXPECT_EQ(table.Find(5)->next_hop, 1u);
  EXPECT_EQ(changed.Find(5)->next_hop, 2u);
  EXPECT_EQ(changed.Find(7)->next_hop, 1u);
  EXPECT_EQ(table.Find(kRoutes + 1), nullptr);
  EXPECT_EQ(changed.Find(kRoutes + 1)->next_hop, 2u);
}

// A reader sees a change to several routes wholly or not at all, and no change
// of two writers is lost.
TEST(RoutingTableTest, ReadersSeeWholeChanges) {
  const auto changes = static_cast<std::uint32_t>(Effort(400));
  constexpr int kWriters = 2;
  std::atomic<int> writing{kWriters};
  std::atomic<std::uint64_t> torn{0};
  // [serve]
  atomic::ValueOf<RoutingTable> routes(RoutingTable(AllRoutes(0)));
  const auto change = [&routes](const std::vector<Route>& batch) {
    routes.Update(
        [&batch](const RoutingTable& table) { return table.With(batch); });
  };
  const auto hops = [&routes](std::uint32_t a, std::uint32_t b) {
    const atomic::SnapshotOf<RoutingTable> table = routes.Load();
    return std::pair(table->Find(a)->next_hop, table->Find(b)->next_hop);
  };
  // [/serve]
  RunTogether(kWriters + 2, [&](int thread) {
    if (thread < kWriters) {  // each changes two routes together
      const auto first = static_cast<std::uint32_t>(thread);
      for (std::uint32_t i = 1; i <= changes; ++i) {
        change({{first, i}, {first + 1000, i}});
      }
      writing.fetch_sub(1);
      return;
    }
    do {
      for (std::uint32_t first = 0; first < kWriters; ++first) {
        const auto [a, b] = hops(first, first + 1000);
        if (a != b) torn.fetch_add(1);
      }
    } while (writing.load() != 0);
  });
  EXPECT_EQ(torn.load(), 0u);
  for (std::uint32_t first = 0; first < kWriters; ++first) {
    EXPECT_EQ(hops(first, first + 1000), std::pair(changes, changes));
  }
}

}  // namespace
