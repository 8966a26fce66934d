// SPDX-License-Identifier: Apache-2.0

// A program that uses C++26's names by one header alone.

#include <atomic>
#include <cstdio>
#include <thread>

#include "sync_atomic/pointer/hazard_pointer.h"

namespace {

struct Node : sync_atomic::hazard_pointer_obj_base<Node> {
  Node* next = nullptr;
};
std::atomic<Node*> head{nullptr};

void Push() {
  auto* const node = new Node;
  node->next = head.load();
  while (!head.compare_exchange_weak(node->next, node)) {
  }
}

bool Pop() {
  sync_atomic::hazard_pointer hazard = sync_atomic::make_hazard_pointer();
  Node* node = nullptr;
  do {
    node = hazard.protect(head);
  } while (node != nullptr && !head.compare_exchange_strong(node, node->next));
  if (node == nullptr) return false;
  node->retire();
  return true;
}

}  // namespace

int main() {
  std::atomic<int> popped{0};
  const auto use = [&popped] {
    for (int i = 0; i < 10000; ++i) {
      Push();
      popped += Pop() ? 1 : 0;
    }
  };
  std::thread other(use);
  use();
  other.join();
  while (Pop()) ++popped;
  std::printf("%d\n", popped.load());
  return popped == 20000 ? 0 : 1;
}
