// SPDX-License-Identifier: Apache-2.0

// Each operation of a Map, interrupted at each of its steps by another one: in
// a bucket with room, in a full one with blocks, and in the middle of a resize.
// A thread that is stopped there for good would hold up nobody, since the other
// one comes to its end.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/value/internal/map_operations.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::StepPolicy;

// All keys in one bucket; and, of a table of that size, in its first two, so
// that they part when the table grows. Tags differ from key to key.
struct OneBucket {
  using is_avalanching = void;
  std::size_t operator()(int key) const {
    return static_cast<std::size_t>(key) + 1;
  }
};
struct TwoBuckets {
  using is_avalanching = void;
  std::size_t operator()(int key) const {
    return (static_cast<std::size_t>(key) % 2) << 61 |
           (static_cast<std::size_t>(key) + 1);
  }
};

// What there is, in the map's place.
using Plain = std::map<int, std::uint64_t>;

// After the end of a map.
void NothingIsLeft() {
  StepPolicy::domain().Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  StepPolicy::world().is_empty = Canary::alive() == 0;
}

template <class Hash>
class MapInterleavingTest : public ::testing::Test {
 protected:
  using Map = internal::MapOf<StepPolicy, int, Canary, Hash, std::equal_to<>>;
  using Ref = typename Map::Ref;
  using HashOfMap = Hash;

  static std::uint64_t ValueIn(const Ref& ref) {
    if (ref.box() == nullptr) return 0;
    EXPECT_TRUE(Map::In(*ref.box()).value.Sings());
    return Map::In(*ref.box()).value.number();
  }

  // An operation: on the map, and on a plain one; both return what it saw.
  struct Operation {
    std::string name;
    std::function<std::uint64_t(Map&)> run;
    std::function<std::uint64_t(Plain&)> meaning;
  };

  static std::uint64_t Get(const Plain& plain, int key) {
    const auto at = plain.find(key);
    return at == plain.end() ? 0 : at->second;
  }

  static std::vector<Operation> Operations(int key, std::uint64_t value) {
    return {
        {"Load", [=](Map& map) { return ValueIn(map.Load(key)); },
         [=](Plain& plain) { return Get(plain, key); }},
        {"Store",
         [=](Map& map) {
           map.Store(Map::Make(key, value));
           return std::uint64_t{0};
         },
         [=](Plain& plain) {
           plain[key] = value;
           return std::uint64_t{0};
         }},
        {"Swap",
         [=](Map& map) { return ValueIn(map.Swap(Map::Make(key, value))); },
         [=](Plain& plain) { return std::exchange(plain[key], value); }},
        {"LoadOrStore",
         [=](Map& map) {
           return ValueIn(
               map.LoadOrMake(key, [=] { return Map::Make(key, value); })
                   .first);
         },
         [=](Plain& plain) { return plain.emplace(key, value).first->second; }},
        {"LoadAndDelete", [=](Map& map) { return ValueIn(map.Take(key)); },
         [=](Plain& plain) {
           const std::uint64_t old = Get(plain, key);
           plain.erase(key);
           return old;
         }},
        {"CompareAndDelete",
         [=](Map& map) {
           return std::uint64_t{map.ReplaceIf(
               key,
               [](const auto& box) { return Map::In(box).value.number() == 1; },
               [] { return typename Map::NewEntry(); })};
         },
         [=](Plain& plain) {
           if (Get(plain, key) != 1) return std::uint64_t{0};
           plain.erase(key);
           return std::uint64_t{1};
         }},
        {"CompareAndSwap",
         [=](Map& map) {
           return std::uint64_t{map.ReplaceIf(
               key,
               [](const auto& box) { return Map::In(box).value.number() == 1; },
               [=] { return Map::Make(key, value); })};
         },
         [=](Plain& plain) {
           if (Get(plain, key) != 1) return std::uint64_t{0};
           plain[key] = value;
           return std::uint64_t{1};
         }},
        {"Update",
         [=](Map& map) {
           return ValueIn(map.Update(
               key, [=](const Canary* old, typename Map::NewEntry& entry) {
                 entry = Map::Make(
                     key, old == nullptr ? value : old->number() + 100);
                 return internal::MapWish::kStore;
               }));
         },
         [=](Plain& plain) {
           std::uint64_t& at = plain[key];
           return at = at == 0 ? value : at + 100;
         }},
        {"Clear",
         [=](Map& map) {
           map.Clear();
           return std::uint64_t{0};
         },
         [=](Plain& plain) {
           plain.clear();
           return std::uint64_t{0};
         }},
        {"Reserve",
         [=](Map& map) {
           map.Reserve(20);
           return std::uint64_t{0};
         },
         [=](Plain&) { return std::uint64_t{0}; }},
    };
  }

  static Plain ContentOf(const Map& map) {
    Plain content;
    map.Range([&](const Ref& ref) {
      const auto& entry = Map::In(*ref.box());
      EXPECT_TRUE(content.emplace(entry.key, ValueIn(ref)).second)
          << "key " << entry.key << " twice";
      return true;
    });
    EXPECT_EQ(map.Size(), content.size());
    for (const auto& [key, value] : content) {
      EXPECT_EQ(ValueIn(map.Load(key)), value);
    }
    return content;
  }

  // Runs each pair of operations on these keys, in a map that `prepare` made:
  // what both saw, and what is left, is as if one came after the other.
  void CheckAllPairs(const std::function<void(Map&)>& prepare, int key,
                     int other_key) {
    const auto first = Operations(key, 1000);
    auto second = Operations(other_key, 2000);
    // These do in the map what others do: one of the two is enough.
    second.erase(std::remove_if(second.begin(), second.end(),
                                [](const Operation& operation) {
                                  return operation.name == "Swap" ||
                                         operation.name == "CompareAndSwap";
                                }),
                 second.end());
    for (const Operation& one : first) {
      for (const Operation& other : second) {
        SCOPED_TRACE(one.name + " of " + std::to_string(key) + " meets " +
                     other.name + " of " + std::to_string(other_key));
        CheckPair(prepare, one, other);
        if (this->HasFailure()) return;
      }
    }
  }

  void CheckPair(const std::function<void(Map&)>& prepare, const Operation& one,
                 const Operation& other) {
    std::unique_ptr<Map> map;
    Plain before;
    std::uint64_t one_saw = 0;
    std::uint64_t other_saw = 0;
    Interleave(
        [&] {
          map = std::make_unique<Map>();
          prepare(*map);
          before = ContentOf(*map);
        },
        [&] { one_saw = one.run(*map); }, [&] { other_saw = other.run(*map); },
        [&] {
          const Plain after = ContentOf(*map);
          Plain plain = before;
          bool explained = one.meaning(plain) == one_saw &&
                           other.meaning(plain) == other_saw && plain == after;
          if (!explained) {
            plain = before;
            explained = other.meaning(plain) == other_saw &&
                        one.meaning(plain) == one_saw && plain == after;
          }
          EXPECT_TRUE(explained) << one_saw << " and " << other_saw;
          map.reset();
          NothingIsLeft();
        });
  }

  static void StoreUpTo(Map& map, int keys) {
    for (int key = 0; key < keys; ++key) map.Store(Map::Make(key, 1));
  }
  // With a table that was just given a next one, of which nothing is moved.
  static void StoreUntilItGrows(Map& map) { StoreUpTo(map, 7); }
};

using Hashes = ::testing::Types<OneBucket, TwoBuckets>;
TYPED_TEST_SUITE(MapInterleavingTest, Hashes);

TYPED_TEST(MapInterleavingTest, AnEmptyMap) {
  this->CheckAllPairs([](auto&) {}, 0, 0);
}

TYPED_TEST(MapInterleavingTest, OneKeyThatIsThere) {
  this->CheckAllPairs([this](auto& map) { this->StoreUpTo(map, 2); }, 0, 0);
}

TYPED_TEST(MapInterleavingTest, OneKeyThatIsNotThere) {
  this->CheckAllPairs([this](auto& map) { this->StoreUpTo(map, 2); }, 5, 5);
}

TYPED_TEST(MapInterleavingTest, TwoKeys) {
  this->CheckAllPairs([this](auto& map) { this->StoreUpTo(map, 2); }, 0, 2);
}

TYPED_TEST(MapInterleavingTest, TwoKeysThatAreNotThere) {
  this->CheckAllPairs([](auto&) {}, 0, 2);
  this->CheckAllPairs([this](auto& map) { this->StoreUpTo(map, 2); }, 4, 6);
}

TYPED_TEST(MapInterleavingTest, AFullBucket) {
  this->CheckAllPairs([this](auto& map) { this->StoreUpTo(map, 6); }, 8, 8);
}

TYPED_TEST(MapInterleavingTest, ABucketWithoutLife) {
  this->CheckAllPairs(
      [this](auto& map) {
        this->StoreUpTo(map, 6);
        for (int key = 0; key < 6; ++key) map.Delete(key);
      },
      8, 8);
}

TYPED_TEST(MapInterleavingTest, AResizeThatBegins) {
  this->CheckAllPairs([this](auto& map) { this->StoreUntilItGrows(map); }, 0,
                      0);
}

TYPED_TEST(MapInterleavingTest, AResizeThatBeginsAndANewKey) {
  this->CheckAllPairs([this](auto& map) { this->StoreUntilItGrows(map); }, 8,
                      8);
}

TYPED_TEST(MapInterleavingTest, AResizeThatBeginsAndTwoKeys) {
  this->CheckAllPairs([this](auto& map) { this->StoreUntilItGrows(map); }, 1,
                      8);
}

TYPED_TEST(MapInterleavingTest, ALongChain) {
  this->CheckAllPairs([this](auto& map) { this->StoreUpTo(map, 14); }, 13, 30);
}

// A chain of dead words, which the next new key has replaced.
TYPED_TEST(MapInterleavingTest, AChainThatIsDead) {
  const auto prepare = [this](auto& map) {
    this->StoreUpTo(map, 12);
    for (int key = 8; key < 12; ++key) map.Delete(key);
  };
  this->CheckAllPairs(prepare, 30, 30);
  this->CheckAllPairs(prepare, 7, 30);
}

// Runs `operation` with `interruption` at each step, in each kind of map.
template <class Hash, class Run, class Interruption>
void InEachMap(const Run& operation, const Interruption& interruption) {
  using Map = internal::MapOf<StepPolicy, int, Canary, Hash, std::equal_to<>>;
  for (const int keys : {1, 3, 6, 7, 13}) {
    SCOPED_TRACE(keys);
    std::unique_ptr<Map> map;
    Interleave(
        [&] {
          map = std::make_unique<Map>();
          for (int key = 0; key < keys; ++key) {
            map->Store(Map::Make(key, std::uint64_t{1}));
          }
        },
        [&] { operation(*map); }, [&] { interruption(*map); },
        [&] {
          map.reset();
          NothingIsLeft();
        });
  }
}

// What one look-up or change has seen, the next one sees as well.
TYPED_TEST(MapInterleavingTest, WhatWasSeenStays) {
  InEachMap<typename TestFixture::HashOfMap>(
      [](auto& map) {
        using M = std::decay_t<decltype(map)>;
        map.Store(M::Make(100, std::uint64_t{2}));
      },
      [](auto& map) {
        using M = std::decay_t<decltype(map)>;
        const bool seen = map.Contains(100);
        const auto [there, loaded] =
            map.LoadOrMake(100, [] { return M::Make(100, std::uint64_t{3}); });
        EXPECT_TRUE(loaded || !seen);
        const auto again = map.Load(100);
        ASSERT_NE(again.box(), nullptr);
        EXPECT_EQ(again.box(), there.box());
        EXPECT_TRUE(M::In(*again.box()).value.Sings());
      });
}

// A key that comes back in a later word is shown once; one that stays, once.
TYPED_TEST(MapInterleavingTest, RangeShowsAKeyOnce) {
  InEachMap<typename TestFixture::HashOfMap>(
      [](auto& map) {
        using M = std::decay_t<decltype(map)>;
        std::map<int, int> shown;
        map.Range([&](const auto& ref) {
          const auto& entry = M::In(*ref.box());
          EXPECT_TRUE(entry.value.Sings());
          EXPECT_EQ(++shown[entry.key], 1) << entry.key;
          return true;
        });
        for (int key = 1; key < 26 && map.Contains(key); ++key) {
          EXPECT_EQ(shown[key], 1) << key;
        }
      },
      [](auto& map) {
        using M = std::decay_t<decltype(map)>;
        map.Delete(0);
        map.Store(M::Make(0, std::uint64_t{2}));
        for (int key = 30; key < 33; ++key) {
          map.Store(M::Make(key, std::uint64_t{2}));
        }
      });
}

// A key that is there all the time is found, whatever grows meanwhile.
TYPED_TEST(MapInterleavingTest, AKeyThatStaysIsFound) {
  InEachMap<typename TestFixture::HashOfMap>(
      [](auto& map) { EXPECT_TRUE(map.Contains(0)); },
      [](auto& map) {
        using M = std::decay_t<decltype(map)>;
        map.Reserve(200);
        map.Store(M::Make(0, std::uint64_t{2}));
        map.Reserve(2000);
      });
}

}  // namespace
}  // namespace sync_atomic
