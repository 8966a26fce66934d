// SPDX-License-Identifier: Apache-2.0

// Map, four threads: whatever they did to one map, and saw of it, is what some
// order of their operations does. Three keys, with a hash that has all in one
// bucket, and a good one; the map grows meanwhile.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/check_histories.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/linearizability.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/value/map.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::CheckHistories;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::IsLinearizable;
using ::sync_atomic::testing::kHistoryThreads;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::Recorder;

constexpr int kOperationsEach = 12;
constexpr int kKeys = 3;

struct Constant {
  std::size_t operator()(int) const { return 0; }
};

// A map as a Model of linearizability.h: 0 stands for no value.
struct MapModel {
  enum Kind {
    kLoad,
    kContains,
    kStore,
    kSwap,
    kLoadOrStore,
    kLoadAndDelete,
    kDelete,
    kCompareAndSwap,
    kCompareAndDelete,
    kUpdate,
    kClear,
    kOtherKey,  // stores to a key that nobody looks at, and so makes it grow
    kKinds,
  };
  using State = std::array<std::uint32_t, kKeys>;
  struct Call {
    Kind kind;
    int key;
    std::uint32_t value;
    std::uint32_t old;
  };
  using Result = std::uint32_t;

  template <class M>
  static Result Run(M& map, const Call& call) {
    const auto value_in = [](const SnapshotOf<std::uint32_t>& snapshot) {
      return snapshot ? *snapshot : 0;
    };
    switch (call.kind) {
      case kLoad:
        return value_in(map.Load(call.key));
      case kContains:
        return map.Contains(call.key);
      case kStore:
        map.Store(call.key, call.value);
        return 0;
      case kSwap:
        return value_in(map.Swap(call.key, call.value));
      case kLoadOrStore:
        return value_in(map.LoadOrStore(call.key, call.value).actual);
      case kLoadAndDelete:
        return value_in(map.LoadAndDelete(call.key));
      case kDelete:
        return map.Delete(call.key);
      case kCompareAndSwap:
        return map.CompareAndSwap(call.key, call.old, call.value);
      case kCompareAndDelete:
        return map.CompareAndDelete(call.key, call.old);
      case kUpdate:
        return value_in(map.Update(call.key, [&](const std::uint32_t* old) {
          return old == nullptr ? call.value : *old + 16;
        }));
      case kClear:
        map.Clear();
        return 0;
      default:
        map.Store(100 + static_cast<int>(call.value), 1u);
        return 0;
    }
  }

  static bool Explains(State& state, const Call& call, Result result) {
    std::uint32_t& at = state[static_cast<std::size_t>(call.key)];
    switch (call.kind) {
      case kLoad:
        return result == at;
      case kContains:
        return result == (at != 0);
      case kStore:
        at = call.value;
        return true;
      case kSwap:
        return std::exchange(at, call.value) == result;
      case kLoadOrStore:
        if (at == 0) at = call.value;
        return result == at;
      case kLoadAndDelete:
        return std::exchange(at, 0) == result;
      case kDelete:
        return (std::exchange(at, 0) != 0) == result;
      case kCompareAndSwap:
        if ((at == call.old) != result) return false;
        if (result) at = call.value;
        return true;
      case kCompareAndDelete:
        if ((at == call.old) != result) return false;
        if (result) at = 0;
        return true;
      case kUpdate:
        at = at == 0 ? call.value : at + 16;
        return result == at;
      case kClear:
        state = {};
        return true;
      default:
        return true;
    }
  }

  static std::uint64_t Key(const State& state) {
    std::uint64_t key = 0;
    for (const std::uint32_t at : state) key = key << 20 | at;
    return key;
  }
  static std::string ToText(const Call& call, Result result) {
    return "operation " + std::to_string(call.kind) + " of key " +
           std::to_string(call.key) + ", given " + std::to_string(call.value) +
           ", expecting " + std::to_string(call.old) + ", saw " +
           std::to_string(result);
  }
};

template <class M>
class MapHistory {
 public:
  explicit MapHistory(std::uint64_t seed) {
    Random random(seed);
    const bool yields = random.OneIn(2);
    const bool clears = random.OneIn(4);
    for (auto& program : programs_) {
      for (int i = 0; i < kOperationsEach; ++i) {
        MapModel::Call call = {};
        do {
          call.kind =
              static_cast<MapModel::Kind>(random.Below(MapModel::kKinds));
        } while (call.kind == MapModel::kClear && !clears);
        call.key = static_cast<int>(random.Below(kKeys));
        call.value = 1 + static_cast<std::uint32_t>(random.Below(8));
        call.old = 1 + static_cast<std::uint32_t>(random.Below(4));
        program.push_back({call, yields && random.OneIn(8)});
      }
    }
    // So that blocks and resizes are in it.
    for (int i = 0, n = static_cast<int>(random.Below(8)); i < n; ++i) {
      map_.Store(1000 + i, 1u);
    }
  }

  void Run(int thread) {
    for (const Step& step : programs_[thread]) {
      if (step.yields_before) std::this_thread::yield();
      Do(thread, step.call);
    }
  }

  void Check() {
    for (int key = 0; key < kKeys; ++key) Do(0, {MapModel::kLoad, key, 0, 0});
    const auto history = recorder_.Take();
    ASSERT_TRUE(IsLinearizable(history, MapModel::State())) << ToText(history);
  }

 private:
  struct Step {
    MapModel::Call call;
    bool yields_before;
  };

  void Do(int thread, const MapModel::Call& call) {
    recorder_.Run(thread, call, [&] { return MapModel::Run(map_, call); });
  }

  std::vector<Step> programs_[kHistoryThreads];
  Recorder<MapModel> recorder_{kHistoryThreads};
  M map_;
};

TEST(MapHistoryTest, IsLinearizable) {
  CheckHistories<MapHistory<Map<int, std::uint32_t>>>(Effort(1'000));
}
TEST(MapHistoryTest, IsLinearizableInOneBucket) {
  CheckHistories<MapHistory<Map<int, std::uint32_t, Constant>>>(Effort(1'000));
}

}  // namespace
}  // namespace sync_atomic
