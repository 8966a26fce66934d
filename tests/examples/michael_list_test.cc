// SPDX-License-Identifier: Apache-2.0

// Michael's lock-free list (2002) by Protect: docs/service.md.

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

// [list]
// A set of ints that any thread may change. A node is removed in two steps: its
// link to the next one gets a mark, in the lowest bit, so that nothing is added
// behind it any more; then it is unlinked, by whichever thread comes by first,
// and that one retires it.
class MichaelList {
 public:
  MichaelList() = default;
  MichaelList(const MichaelList&) = delete;
  MichaelList& operator=(const MichaelList&) = delete;
  ~MichaelList() {
    for (Node* node = head_.Load(); node != nullptr;) {
      delete std::exchange(node, Unmarked(node->next.Load()));
    }
  }

  bool Contains(int key) { return Find(key).is_there; }

  // False: it is there already.
  bool Insert(int key) {
    Node* node = nullptr;
    for (;;) {
      const Place place = Find(key);
      if (place.is_there) {
        delete node;  // nobody has seen it
        return false;
      }
      if (node == nullptr) node = new Node(key);
      node->next.Store(place.current.get());
      if (place.link->CompareAndSwap(place.current.get(), node)) return true;
    }
  }

  // False: it is not there.
  bool Remove(int key) {
    for (;;) {
      const Place place = Find(key);
      if (!place.is_there) return false;
      Node* const node = place.current.get();
      Node* const next = node->next.Load();
      if (IsMarked(next) || !node->next.CompareAndSwap(next, Marked(next))) {
        continue;  // another thread removes it, or adds behind it
      }
      if (place.link->CompareAndSwap(node, next)) {
        atomic::Retire(node);
      } else {
        Find(key);  // unlinks it
      }
      return true;
    }
  }

 private:
  struct Node {
    explicit Node(int k) : key(k) {}
    const int key;
    atomic::Pointer<Node> next;
  };

  // Where a key is, or would be: `link` leads to `current`, whose key is not
  // smaller. `before` keeps the node of `link`.
  struct Place {
    atomic::Protected<Node> before, current;
    atomic::Pointer<Node>* link;
    bool is_there;
  };

  static bool IsMarked(const Node* node) { return Bits(node) % 2 != 0; }
  static Node* Marked(Node* node) { return At(Bits(node) | 1); }
  static Node* Unmarked(Node* node) { return At(Bits(node) & ~Word{1}); }
  using Word = std::uintptr_t;
  static Word Bits(const Node* node) { return reinterpret_cast<Word>(node); }
  static Node* At(Word bits) { return reinterpret_cast<Node*>(bits); }

  Place Find(int key) {
    for (;;) {
      Place place{{}, {}, &head_, false};
      if (Advance(key, place)) return place;
    }
  }

  // False: something was removed on the way, and the search starts again.
  bool Advance(int key, Place& place) {
    for (;;) {
      // A marked link is of a node that is no longer in the list. Else what it
      // leads to was in the list as it was protected, and is not retired yet.
      place.current = place.link->Protect();
      Node* const node = place.current.get();
      if (IsMarked(node)) return false;
      if (node == nullptr) return true;
      Node* const next = node->next.Load();
      if (IsMarked(next)) {
        if (!place.link->CompareAndSwap(node, Unmarked(next))) return false;
        atomic::Retire(node);
        continue;
      }
      if (node->key >= key) {
        place.is_there = node->key == key;
        return true;
      }
      place.link = &node->next;
      place.before = std::move(place.current);
    }
  }

  atomic::Pointer<Node> head_;
};
// [/list]

TEST(MichaelListTest, IsASet) {
  MichaelList list;
  EXPECT_FALSE(list.Contains(1));
  EXPECT_TRUE(list.Insert(2));
  EXPECT_TRUE(list.Insert(1));
  EXPECT_TRUE(list.Insert(3));
  EXPECT_FALSE(list.Insert(2));
  EXPECT_TRUE(list.Remove(2));
  EXPECT_FALSE(list.Remove(2));
  EXPECT_TRUE(list.Contains(1));
  EXPECT_FALSE(list.Contains(2));
  EXPECT_TRUE(list.Contains(3));
}

// Of each key's insertions and removals that succeeded, one follows the other:
// so as many of each, or one insertion more if it is there at the end.
TEST(MichaelListTest, EachKeyComesAndGoesInTurn) {
  constexpr int kKeys = 8;
  const int rounds = Effort(100'000);
  MichaelList list;
  std::vector<std::atomic<int>> there(kKeys);
  RunTogether(3, [&](int thread) {
    for (int i = 0; i < rounds; ++i) {
      const int key = (i * 5 + i / 3 + thread) % kKeys;
      auto& count = there[static_cast<std::size_t>(key)];
      if ((i + thread) % 2 == 0) {
        if (list.Insert(key)) count.fetch_add(1);
      } else {
        if (list.Remove(key)) count.fetch_sub(1);
      }
      list.Contains((key + 1) % kKeys);
    }
  });
  for (int key = 0; key < kKeys; ++key) {
    EXPECT_EQ(there[static_cast<std::size_t>(key)].load(), list.Contains(key));
  }
}

}  // namespace
