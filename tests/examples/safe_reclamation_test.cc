// SPDX-License-Identifier: Apache-2.0

// The examples of docs/coming_from_hazard_pointers.md, compiled and run: what
// the proposals of C++26's hazard pointers and RCU were made for.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/hazard_pointer.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/rcu.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

// [stack]
// A Treiber stack. Without the hazard pointer a node could be deleted, and its
// address be that of another node, between a pop's two looks at the head.
template <class T>
class Stack {
 public:
  Stack() = default;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
    T value;
    while (Pop(value)) {
    }
  }

  void Push(T value) {
    auto* const node = new Node;
    node->value = std::move(value);
    node->next = head_.load();
    while (!head_.compare_exchange_weak(node->next, node)) {
    }
  }

  bool Pop(T& value) {
    atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
    Node* node = hazard.protect(head_);
    while (node != nullptr && !head_.compare_exchange_weak(node, node->next)) {
      node = hazard.protect(head_);
    }
    if (node == nullptr) return false;
    value = std::move(node->value);
    node->retire();
    return true;
  }

 private:
  struct Node : atomic::hazard_pointer_obj_base<Node> {
    T value;
    Node* next = nullptr;
  };

  std::atomic<Node*> head_{nullptr};
};
// [/stack]

TEST(SafeReclamationTest, Stack) {
  Stack<std::string> words;
  words.Push("one");
  words.Push("two");
  std::string word;
  EXPECT_TRUE(words.Pop(word));
  EXPECT_EQ(word, "two");

  Stack<int> stack;
  std::atomic<std::int64_t> sum{0};
  constexpr int kThreads = 4;
  const int each = Effort(20'000);
  RunTogether(kThreads, [&](int) {
    std::int64_t popped = 0;
    for (int i = 0; i < each; ++i) {
      stack.Push(i);
      int found = 0;
      if (stack.Pop(found)) popped += found;
    }
    sum.fetch_add(popped);
  });
  int found = 0;
  while (stack.Pop(found)) sum.fetch_add(found);
  EXPECT_EQ(sum.load(), std::int64_t{kThreads} * each * (each - 1) / 2);
}

// [list]
// An ordered list that one thread changes and any thread searches. A reader
// protects a node, and lets go of the one before it.
class List {
 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    while (Node* const first = head_.load()) Remove(first->key);
  }

  bool Contains(int key) const {
    atomic::hazard_pointer before = atomic::make_hazard_pointer();
    atomic::hazard_pointer current = atomic::make_hazard_pointer();
    for (;;) {
      const std::atomic<Node*>* link = &head_;
      Node* node = current.protect(*link);
      while (node != nullptr && !IsRemoved(node) && node->key < key) {
        link = &node->next;
        swap(before, current);  // `before` protects the node of `link`
        node = current.protect(*link);
      }
      if (node == nullptr) return false;
      // A node that is being removed has a next one that may be gone.
      if (IsRemoved(node)) continue;
      return node->key == key;
    }
  }

  // For one thread.
  void Insert(int key) {
    std::atomic<Node*>* link = Find(key);
    auto* const node = new Node;
    node->key = key;
    node->next.store(link->load());
    link->store(node);
  }
  void Remove(int key) {
    std::atomic<Node*>* const link = Find(key);
    Node* const node = link->load();
    if (node == nullptr || node->key != key) return;
    link->store(node->next.load());
    node->next.store(node);  // whoever is here starts again
    node->retire();
  }

 private:
  struct Node : atomic::hazard_pointer_obj_base<Node> {
    int key = 0;
    std::atomic<Node*> next{nullptr};
  };

  static bool IsRemoved(const Node* node) { return node->next.load() == node; }
  std::atomic<Node*>* Find(int key) {
    std::atomic<Node*>* link = &head_;
    while (link->load() != nullptr && link->load()->key < key) {
      link = &link->load()->next;
    }
    return link;
  }

  std::atomic<Node*> head_{nullptr};
};
// [/list]

TEST(SafeReclamationTest, List) {
  List list;
  for (int key = 0; key < 100; ++key) list.Insert(key);
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < Effort(20'000); ++i) {
        list.Remove(i * 7 % 50 * 2);
        list.Insert(i * 7 % 50 * 2);
      }
      done.store(true);
      return;
    }
    do {
      // The odd ones stay.
      for (int key = 1; key < 100; key += 10) wrong += !list.Contains(key);
    } while (!done.load());
  });
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_FALSE(list.Contains(100));
}

namespace rcu {

// [rcu]
struct Config : atomic::rcu_obj_base<Config> {
  std::string greeting;
  int port = 0;
};

std::atomic<Config*> config{nullptr};
std::mutex updates;

// Several fields of one version, without a copy.
std::string Greeting() {
  const std::scoped_lock region(atomic::rcu_default_domain());
  const Config* const current = config.load();
  return current->greeting + ":" + std::to_string(current->port);
}

void SetPort(int port) {
  const std::scoped_lock lock(updates);
  const Config* const old = config.load();
  auto* const updated = new Config(*old);
  updated->port = port;
  config.exchange(updated)->retire();
}
// [/rcu]

// [synchronize]
// Waits in place of leaving the old one to others: so it needs no base class.
void Replace(Config* updated) {
  Config* const old = config.exchange(updated);
  atomic::rcu_synchronize();  // nobody reads `old` any more
  delete old;
}
// [/synchronize]

// [barrier]
// The deleters are code of a library that is about to be unloaded, and use what
// is about to be destroyed.
void Unload() {
  if (Config* const last = config.exchange(nullptr)) last->retire();
  atomic::rcu_barrier();  // all have run
}
// [/barrier]

TEST(SafeReclamationTest, Rcu) {
  config.store(new Config);
  config.load()->greeting = "hello";
  SetPort(80);
  EXPECT_EQ(Greeting(), "hello:80");
  std::atomic<bool> done{false};
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < Effort(2000); ++i) SetPort(i);
      done.store(true);
    }
    while (!done.load()) EXPECT_EQ(Greeting().substr(0, 6), "hello:");
  });
  Replace(new Config);
  EXPECT_EQ(Greeting(), ":0");
  Unload();
}

}  // namespace rcu

namespace ours {

struct Node : atomic::hazard_pointer_obj_base<Node> {
  int value = 1;
};

struct Table {
  int value = 1;
};

TEST(SafeReclamationTest, ByOtherNames) {
  std::atomic<Node*> source{new Node};
  // [std]
  atomic::hazard_pointer h = atomic::make_hazard_pointer();
  Node* p = h.protect(source);
  EXPECT_TRUE(h.try_protect(p, source));
  h.reset_protection(p);
  h.reset_protection();
  EXPECT_FALSE(h.empty());
  atomic::hazard_pointer other;
  swap(h, other);
  source.exchange(nullptr)->retire();
  atomic::rcu_default_domain().lock();
  atomic::rcu_default_domain().unlock();
  atomic::rcu_synchronize();
  atomic::rcu_retire(new Table);
  atomic::rcu_barrier();
  // [/std]

  // [ours]
  atomic::Pointer<Table> cell(new Table);
  {
    const atomic::Protected<Table> kept = cell.Protect();
    EXPECT_EQ(kept->value, 1);
  }
  {
    const atomic::PinGuard pin;
    EXPECT_EQ(cell.Load()->value, 1);
  }
  atomic::Retire(cell.Swap(nullptr));
  atomic::Synchronize();
  atomic::Reclaim();
  // [/ours]
}

}  // namespace ours

}  // namespace
