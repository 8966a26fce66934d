// SPDX-License-Identifier: Apache-2.0

// A Map: keys that come and go in one bucket, and a bucket that is moved.

#include <cstddef>
#include <cstdint>
#include <functional>

#include "sync_atomic/tests/models/relacy_policy.h"
#include "sync_atomic/value/internal/map_operations.h"

namespace sync_atomic {
namespace models {
namespace {

// All keys in one bucket, with tags that differ.
struct OneBucket {
  using is_avalanching = void;
  std::size_t operator()(int key) const {
    return static_cast<std::size_t>(key) + 1;
  }
};

class MapModel : public Core {
 protected:
  using Map =
      internal::MapOf<RelacyPolicy, int, Canary, OneBucket, std::equal_to<>>;

  void Put(int key, int value) { map_.Store(Map::Make(key, value)); }
  // Puts a value for a new key; false: the key was there.
  bool PutFirst(int key, int value) {
    const auto [ref, loaded] =
        map_.LoadOrMake(key, [&] { return Map::Make(key, value); });
    Check(ref.box() != nullptr, "a key had no value");
    Map::In(*ref.box()).value.Sing();
    return !loaded;
  }
  // The value of a key; -1: it has none.
  int Get(int key) {
    const BoxRef held = map_.Load(key);
    if (held.box() == nullptr) return -1;
    const Canary& canary = Map::In(*held.box()).value;
    canary.Sing();
    return canary.number;
  }
  // Deletes a key if it has this value.
  bool DeleteIf(int key, int value) {
    return map_.ReplaceIf(
        key,
        [&](const auto& box) { return Map::In(box).value.number == value; },
        [] { return Map::NewEntry(); });
  }
  // So many keys that the next change moves them to another table.
  void PutUntilItGrows() {
    for (int key = 0; key < 7; ++key) Put(key, key);
  }
  // The end of a map with so many keys.
  void End(std::size_t keys) {
    Check(map_.Size() == keys, "the size is wrong");
    map_.Clear();
    for (int i = 0; i < 3; ++i) Reclaim();
    ExpectAlive(0);
  }

  Map map_;
};

// Two new keys get to one word; each that has been put is found.
class MapNewKeysMeet : public MapModel {
  void Before() override { Put(9, 9); }
  void Thread(int index) override {
    if (index < 2) {
      Put(index, index);
      Check(Get(index) == index, "a key was not found");
    } else {
      Get(0);
      Check(Get(9) == 9, "a key was not found");
    }
  }
  void After() override {
    Check(Get(0) == 0 && Get(1) == 1, "a key was lost");
    End(3);
  }
};
SYNC_ATOMIC_MODEL(MapNewKeysMeet, 3, kBothFences);

// Two put the same new key while a key in a word before it is deleted: one of
// the two was first.
class MapNewKeyMeetsADelete : public MapModel {
  void Before() override { Put(9, 9); }
  void Thread(int index) override {
    if (index == 0) {
      Check(map_.Delete(9), "a key was not found");
    } else {
      first_[index].is = PutFirst(1, index);
    }
  }
  void After() override {
    Check(first_[1].is != first_[2].is, "two were first");
    End(1);
  }

  // Apart, as the machine tells races.
  struct alignas(32) First {
    bool is = false;
  };
  First first_[3];
};
SYNC_ATOMIC_MODEL(MapNewKeyMeetsADelete, 3, kBothFences);

// What compares a value and deletes the key deletes that value.
class MapComparedDeleteMeetsAStore : public MapModel {
  void Before() override { Put(1, 1); }
  void Thread(int index) override {
    if (index == 0) {
      DeleteIf(1, 1);
    } else {
      Put(1, 2);
    }
  }
  void After() override {
    Check(Get(1) == 2, "another value was deleted");
    End(1);
  }
};
SYNC_ATOMIC_MODEL(MapComparedDeleteMeetsAStore, 2, kBothFences);

// Keys are found while their bucket is moved, by two threads.
class MapLooksMeetAMove : public MapModel {
  void Before() override { PutUntilItGrows(); }
  void Thread(int index) override {
    if (index < 2) {
      Put(20 + index, 0);
    } else {
      Check(Get(0) == 0, "a key was not found");
      Check(Get(6) == 6, "a key was not found");
    }
  }
  void After() override { End(9); }
};
SYNC_ATOMIC_MODEL(MapLooksMeetAMove, 3, kBothFences);

// A key is deleted, replaced and looked at while its bucket is moved.
class MapChangesMeetAMove : public MapModel {
  void Before() override { PutUntilItGrows(); }
  void Thread(int index) override {
    if (index == 0) {
      Put(0, 100);
      Check(Get(0) != 0, "a store was lost");
    } else if (index == 1) {
      Check(map_.Delete(0), "a key was not found");
    } else {
      const int seen = Get(0);
      Check(seen == 0 || seen == 100 || seen == -1, "no such value");
    }
  }
  void After() override { End(Get(0) == 100 ? 7 : 6); }
};
SYNC_ATOMIC_MODEL(MapChangesMeetAMove, 3, kBothFences);

// Whoever sees an entry sees what was written before it.
class MapEntryIsWhole : public MapModel {
  void Thread(int index) override {
    if (index == 0) {
      Put(1, 1);
      Put(1, 2);
    } else {
      const int first = Get(1);
      Check(Get(1) >= first, "an old value came back");
    }
  }
  void After() override { End(1); }
};
SYNC_ATOMIC_MODEL(MapEntryIsWhole, 3, kBothFences);

}  // namespace
}  // namespace models
}  // namespace sync_atomic
