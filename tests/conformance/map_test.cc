// SPDX-License-Identifier: Apache-2.0

// What the tests of Go's sync.Map check, by Go's names: those of
// sync/map_test.go, and of internal/sync/hashtriemap_test.go, on which it is
// built. Each runs with a good hash, with a constant one, and with one of few
// bits.

#include "sync_atomic/value/map.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::Random;
using ::sync_atomic::testing::RunTogether;

struct ConstantHash {
  std::size_t operator()(const std::string&) const { return 0; }
};
struct TruncatedHash {
  std::size_t operator()(const std::string& key) const {
    return MapHash<std::string>()(key) & 3;
  }
};

template <class Hash>
class GoMapTest : public ::testing::Test {
 protected:
  using Strings = Map<std::string, int, Hash>;

  // Go's testData: 128 keys.
  GoMapTest() {
    for (int i = 0; i < 128; ++i) keys_.push_back("key" + std::to_string(i));
  }

  static void ExpectMissing(Strings& map, const std::string& key) {
    EXPECT_FALSE(map.Load(key)) << key;
  }
  static void ExpectPresent(Strings& map, const std::string& key, int value) {
    const SnapshotOf<int> found = map.Load(key);
    ASSERT_TRUE(found) << key;
    EXPECT_EQ(*found, value) << key;
  }
  static void ExpectStored(Strings& map, const std::string& key, int value) {
    const auto [actual, loaded] = map.LoadOrStore(key, value);
    EXPECT_FALSE(loaded) << key;
    EXPECT_EQ(*actual, value) << key;
  }
  static void ExpectLoaded(Strings& map, const std::string& key, int value) {
    const auto [actual, loaded] = map.LoadOrStore(key, value + 1000);
    EXPECT_TRUE(loaded) << key;
    EXPECT_EQ(*actual, value) << key;
  }
  void StoreAll(Strings& map) {
    for (int i = 0; i < 128; ++i) ExpectStored(map, keys_[i], i);
  }

  std::vector<std::string> keys_;
};
using Hashes =
    ::testing::Types<MapHash<std::string>, ConstantHash, TruncatedHash>;
TYPED_TEST_SUITE(GoMapTest, Hashes);

// TestMapMatchesRWMutex, TestMapMatchesDeepCopy, TestMapMatchesHashTrieMap:
// random programs, and the same on a plain map.
TYPED_TEST(GoMapTest, MatchesAPlainMap) {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(Effort(40));
       ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    typename TestFixture::Strings map;
    std::unordered_map<std::string, int> plain;
    for (int i = 0; i < 1000; ++i) {
      const std::string key = std::to_string(random.Below(40));
      const int value = static_cast<int>(random.Below(4));
      const int old = static_cast<int>(random.Below(4));
      const auto at = plain.find(key);
      const auto before = at == plain.end() ? std::optional<int>()
                                            : std::optional<int>(at->second);
      const auto equals = [](const SnapshotOf<int>& snapshot,
                             const std::optional<int>& expected) {
        return snapshot ? expected.has_value() && *snapshot == *expected
                        : !expected.has_value();
      };
      switch (random.Below(9)) {
        case 0:
          ASSERT_TRUE(equals(map.Load(key), before));
          break;
        case 1:
          map.Store(key, value);
          plain[key] = value;
          break;
        case 2: {
          const auto [actual, loaded] = map.LoadOrStore(key, value);
          ASSERT_EQ(loaded, before.has_value());
          ASSERT_EQ(*actual, before.value_or(value));
          plain.emplace(key, value);
          break;
        }
        case 3:
          ASSERT_TRUE(equals(map.LoadAndDelete(key), before));
          plain.erase(key);
          break;
        case 4:
          ASSERT_EQ(map.Delete(key), before.has_value());
          plain.erase(key);
          break;
        case 5:
          ASSERT_TRUE(equals(map.Swap(key, value), before));
          plain[key] = value;
          break;
        case 6:
          ASSERT_EQ(map.CompareAndSwap(key, old, value), before == old);
          if (before == old) plain[key] = value;
          break;
        case 7:
          ASSERT_EQ(map.CompareAndDelete(key, old), before == old);
          if (before == old) plain.erase(key);
          break;
        default:
          if (random.OneIn(20)) {
            map.Clear();
            plain.clear();
          }
      }
      ASSERT_EQ(map.Size(), plain.size());
    }
    std::unordered_map<std::string, int> ranged;
    map.Range([&](const std::string& key, const SnapshotOf<int>& value) {
      EXPECT_TRUE(ranged.emplace(key, *value).second);
      return true;
    });
    EXPECT_EQ(ranged, plain);
  }
}

// TestConcurrentRange: each key that is there all the time, once, while others
// store to it.
TYPED_TEST(GoMapTest, ConcurrentRange) {
  constexpr int kKeys = 300;
  Map<std::string, std::int64_t, TypeParam> map;
  for (int n = 1; n <= kKeys; ++n) map.Store(std::to_string(n), n);
  std::atomic<bool> done{false};
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < Effort(200); ++i) {
        std::set<std::string> seen;
        map.Range([&](const std::string& key, const auto& value) {
          EXPECT_EQ(*value % std::stoi(key), 0);
          EXPECT_TRUE(seen.insert(key).second) << key << " twice";
          return true;
        });
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(kKeys));
      }
      done.store(true);
      return;
    }
    for (std::int64_t i = 0; !done.load(); ++i) {
      for (int n = 1; n <= kKeys && !done.load(); ++n) {
        if (n % 3 == 0) {
          static_cast<void>(map.Load(std::to_string(n)));
        } else {
          map.Store(std::to_string(n), n * i);
        }
      }
    }
  });
}

// TestIssue40999: keys that come and go are let go of.
TYPED_TEST(GoMapTest, Issue40999) {
  Reclaim();
  const std::int64_t before = Canary::alive();
  {
    Map<std::string, Canary, TypeParam> map;
    map.Emplace("stays", 1u);
    for (int i = 0; i < 5000; ++i) {
      map.Emplace(std::to_string(i), 2u);
      map.Delete(std::to_string(i));
      // What a thread retires has its limit, whoever looks or not.
      ASSERT_LT(Canary::alive() - before, 2200);
    }
    Reclaim();
    EXPECT_EQ(Canary::alive() - before, 1);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), before);
}

// TestMapRangeNestedCall (issue 46399).
TYPED_TEST(GoMapTest, RangeNestedCall) {
  Map<std::string, std::string, TypeParam> map;
  const std::string words[] = {"hello", "world", "Go"};
  for (int i = 0; i < 3; ++i) map.Store(std::to_string(i), words[i]);
  map.Range([&](const std::string& key, const auto&) {
    map.Range([&](const std::string& inner, const auto& value) {
      // Issue 46399: it is still there.
      const auto loaded = map.Load(inner);
      EXPECT_TRUE(loaded && *loaded == *value);
      EXPECT_FALSE(map.LoadOrStore("dummy", "?").loaded);
      EXPECT_TRUE(map.CompareAndDelete("dummy", "?"));
      map.Delete(inner);
      map.Store(inner, *value);
      return false;
    });
    static_cast<void>(key);
    return true;
  });
  int count = 0;
  map.Range([&](const std::string&, const auto&) { return ++count > 0; });
  EXPECT_EQ(count, 3);
  map.Range([&](const std::string& key, const auto&) {
    map.Delete(key);
    return true;
  });
  EXPECT_EQ(map.Size(), 0u);
}

// TestCompareAndSwap_NonExistingKey.
TYPED_TEST(GoMapTest, CompareAndSwapNonExistingKey) {
  typename TestFixture::Strings map;
  EXPECT_FALSE(map.CompareAndSwap("a", SnapshotOf<int>(), 42));
  EXPECT_FALSE(map.CompareAndSwap("a", 0, 42));
  EXPECT_FALSE(map.CompareAndDelete("a", SnapshotOf<int>()));
  EXPECT_FALSE(map.Contains("a"));
}

// TestMapRangeNoAllocations, TestMapClearOneAllocation, TestMapClearNoAllocs:
// map_test.cc counts; here an empty one does nothing.
TYPED_TEST(GoMapTest, AnEmptyMap) {
  typename TestFixture::Strings map;
  map.Clear();
  map.Range([](const std::string&, const auto&) {
    ADD_FAILURE();
    return true;
  });
  EXPECT_FALSE(map.LoadAndDelete("x"));
}

// TestConcurrentClear.
TYPED_TEST(GoMapTest, ConcurrentClear) {
  typename TestFixture::Strings map;
  RunTogether(3, [&](int thread) {
    for (int i = 0; i < Effort(2000); ++i) {
      if (thread == 0) {
        map.Clear();
      } else if (thread == 1) {
        map.Store(std::to_string(i % 50), i);
      } else {
        static_cast<void>(map.Load(std::to_string(i % 50)));
      }
    }
  });
  map.Clear();
  EXPECT_EQ(map.Size(), 0u);
  map.Range([](const std::string& key, const auto&) {
    ADD_FAILURE() << key;
    return true;
  });
}

// TestHashTrieMap/LoadEmpty, LoadOrStore, LoadOrStore first is kept.
TYPED_TEST(GoMapTest, LoadOrStore) {
  typename TestFixture::Strings map;
  for (const std::string& key : this->keys_) this->ExpectMissing(map, key);
  for (int i = 0; i < 128; ++i) {
    this->ExpectMissing(map, this->keys_[i]);
    this->ExpectStored(map, this->keys_[i], i);
    this->ExpectPresent(map, this->keys_[i], i);
    this->ExpectLoaded(map, this->keys_[i], i);
  }
  for (int i = 0; i < 128; ++i) this->ExpectPresent(map, this->keys_[i], i);
}

// TestHashTrieMap/All.
TYPED_TEST(GoMapTest, All) {
  typename TestFixture::Strings map;
  this->StoreAll(map);
  std::set<std::string> seen;
  map.Range([&](const std::string& key, const auto& value) {
    EXPECT_EQ(key, this->keys_[*value]);
    EXPECT_TRUE(seen.insert(key).second);
    return true;
  });
  EXPECT_EQ(seen.size(), 128u);
}

// TestHashTrieMap/Clear.
TYPED_TEST(GoMapTest, Clear) {
  typename TestFixture::Strings map;
  for (int round = 0; round < 3; ++round) {
    this->StoreAll(map);
    map.Clear();
    for (const std::string& key : this->keys_) this->ExpectMissing(map, key);
    EXPECT_EQ(map.Size(), 0u);
  }
}

// TestHashTrieMap/CompareAndDelete, and All, One, Multiple, Iterate of it.
TYPED_TEST(GoMapTest, CompareAndDelete) {
  typename TestFixture::Strings map;
  for (int round = 0; round < 3; ++round) {
    this->StoreAll(map);
    for (int i = 0; i < 128; ++i) {
      EXPECT_FALSE(map.CompareAndDelete(this->keys_[i], -1));
      EXPECT_TRUE(map.CompareAndDelete(this->keys_[i], i));
      EXPECT_FALSE(map.CompareAndDelete(this->keys_[i], i));
      this->ExpectMissing(map, this->keys_[i]);
    }
  }
  this->StoreAll(map);
  map.Range([&](const std::string& key, const auto& value) {
    EXPECT_TRUE(map.CompareAndDelete(key, *value));
    return true;
  });
  EXPECT_EQ(map.Size(), 0u);
}

// TestHashTrieMap/CompareAndSwap.
TYPED_TEST(GoMapTest, CompareAndSwap) {
  typename TestFixture::Strings map;
  this->StoreAll(map);
  for (int j = 0; j < 3; ++j) {
    for (int i = 0; i < 128; ++i) {
      EXPECT_FALSE(map.CompareAndSwap(this->keys_[i], -1, i + j + 1));
      EXPECT_TRUE(map.CompareAndSwap(this->keys_[i], i + j, i + j + 1));
      EXPECT_FALSE(map.CompareAndSwap(this->keys_[i], i + j, i + j + 1));
      this->ExpectPresent(map, this->keys_[i], i + j + 1);
    }
  }
}

// TestHashTrieMap/Swap.
TYPED_TEST(GoMapTest, Swap) {
  typename TestFixture::Strings map;
  for (int i = 0; i < 128; ++i) {
    EXPECT_FALSE(map.Swap(this->keys_[i], i));
    for (int j = 1; j < 4; ++j) {
      const SnapshotOf<int> old = map.Swap(this->keys_[i], i + j);
      ASSERT_TRUE(old);
      EXPECT_EQ(*old, i + j - 1);
    }
    this->ExpectPresent(map, this->keys_[i], i + 3);
  }
}

// TestHashTrieMap/LoadAndDelete.
TYPED_TEST(GoMapTest, LoadAndDelete) {
  typename TestFixture::Strings map;
  for (int round = 0; round < 3; ++round) {
    this->StoreAll(map);
    for (int i = 0; i < 128; ++i) {
      const SnapshotOf<int> gone = map.LoadAndDelete(this->keys_[i]);
      ASSERT_TRUE(gone);
      EXPECT_EQ(*gone, i);
      EXPECT_FALSE(map.LoadAndDelete(this->keys_[i]));
    }
  }
}

// .../ConcurrentUnsharedKeys of each: threads with keys of their own.
TYPED_TEST(GoMapTest, ConcurrentUnsharedKeys) {
  typename TestFixture::Strings map;
  RunTogether(4, [&](int thread) {
    const std::string mine = std::to_string(thread) + "-";
    for (int round = 0; round < Effort(40); ++round) {
      for (int i = 0; i < 128; ++i) {
        this->ExpectMissing(map, mine + this->keys_[i]);
        this->ExpectStored(map, mine + this->keys_[i], i);
        this->ExpectLoaded(map, mine + this->keys_[i], i);
        EXPECT_TRUE(map.CompareAndSwap(mine + this->keys_[i], i, i + 1));
      }
      for (int i = 0; i < 128; ++i) {
        this->ExpectPresent(map, mine + this->keys_[i], i + 1);
        EXPECT_FALSE(map.CompareAndDelete(mine + this->keys_[i], i));
        EXPECT_TRUE(map.CompareAndDelete(mine + this->keys_[i], i + 1));
        this->ExpectMissing(map, mine + this->keys_[i]);
      }
    }
  });
  EXPECT_EQ(map.Size(), 0u);
}

// .../ConcurrentSharedKeys: of two that delete one entry, or replace it, one
// does (issue 70970).
TYPED_TEST(GoMapTest, ConcurrentSharedKeys) {
  typename TestFixture::Strings map;
  for (int round = 0; round < Effort(40); ++round) {
    std::atomic<int> stored{0}, swapped{0}, deleted{0};
    RunTogether(4, [&](int) {
      for (int i = 0; i < 128; ++i) {
        const auto [actual, loaded] = map.LoadOrStore(this->keys_[i], i);
        EXPECT_TRUE(*actual == i || *actual == -i - 1);
        if (!loaded) stored.fetch_add(1);
      }
    });
    RunTogether(4, [&](int) {
      for (int i = 0; i < 128; ++i) {
        if (map.CompareAndSwap(this->keys_[i], i, -i - 1)) swapped.fetch_add(1);
      }
    });
    RunTogether(4, [&](int thread) {
      for (int i = 0; i < 128; ++i) {
        if (thread % 2 == 0) {
          if (map.CompareAndDelete(this->keys_[i], -i - 1)) {
            deleted.fetch_add(1);
          }
        } else if (map.LoadAndDelete(this->keys_[i])) {
          deleted.fetch_add(1);
        }
      }
    });
    EXPECT_EQ(stored.load(), 128);
    EXPECT_EQ(swapped.load(), 128);
    EXPECT_EQ(deleted.load(), 128);
    EXPECT_EQ(map.Size(), 0u);
  }
}

// A CompareAndDelete deletes what it compared, and nothing that came after.
TYPED_TEST(GoMapTest, CompareAndDeleteIsAtomic) {
  typename TestFixture::Strings map;
  std::atomic<int> wrong{0};
  map.Store("x", 0);
  RunTogether(2, [&](int thread) {
    for (int i = 0; i < Effort(100'000); ++i) {
      if (thread == 0) {
        map.CompareAndDelete("x", 0);
      } else {
        map.Store("x", 0);
        map.Store("x", 1);
        if (!map.Contains("x")) wrong.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace sync_atomic
