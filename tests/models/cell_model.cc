// SPDX-License-Identifier: Apache-2.0

// The two words of a Value.

#include <atomic>
#include <cstdint>

#include "sync_atomic/tests/models/relacy_policy.h"

namespace sync_atomic {
namespace models {
namespace {

// A cell that nobody has stored to.
class Fresh : public Core {
 protected:
  void Read() {
    const BoxRef hold = cell_.Load();
    if (hold.box() != nullptr) Sing(hold);
  }
  void EndEmpty() {
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
};

// One of two first stores is first; nobody sees half of it.
class FirstStoresMeetALoad : public Fresh {
  void Thread(int index) override {
    if (index < 2) {
      Store(cell_, index);
      Check(cell_.Load().box() != nullptr, "a store was lost");
    } else {
      Read();
    }
  }
  void After() override {
    ExpectAlive(1);
    EndEmpty();
  }
};
SYNC_ATOMIC_MODEL(FirstStoresMeetALoad, 3, kBothFences);

// The loser of two first stores reads the winner's type while the winner's
// value is replaced.
class FirstStoresMeetAStore : public Fresh {
  void Thread(int index) override {
    Store(cell_, index);
    if (index == 0) Store(cell_, kSecond);
  }
  void After() override {
    ExpectAlive(1);
    EndEmpty();
  }
};
SYNC_ATOMIC_MODEL(FirstStoresMeetAStore, 2, kBothFences);

// Clear comes at any time, first stores included.
class FirstStoresMeetAClear : public Fresh {
  void Thread(int index) override {
    if (index < 2) {
      Store(cell_, index);
    } else if (index == 2) {
      cell_.Clear();
      cell_.Clear();
    } else {
      Read();
    }
  }
  void After() override {
    const bool empty = cell_.Load().box() == nullptr;
    ExpectAlive(empty ? 0 : 1);
    EndEmpty();
  }
};
SYNC_ATOMIC_MODEL(FirstStoresMeetAClear, 4, kBothFences);

// Of several that replace what they loaded each succeeds as often as it says.
class ReplacesMeetReplaces : public Fresh {
  void Before() override { Store(cell_, 0); }
  void Thread(int) override {
    for (;;) {
      const BoxRef hold = cell_.Load();
      Sing(hold);
      auto* const box = new CanaryBox(CanaryOf(hold).number + 1);
      if (cell_.Replace(hold.box(), box, *cell_.type())) {
        hold.box()->Retire();
        return;
      }
      box->Unref();
    }
  }
  void After() override {
    {
      const BoxRef hold = cell_.Load();
      Check(CanaryOf(hold).number == 3, "an update was lost");
    }
    ExpectAlive(1);
    EndEmpty();
  }
};
SYNC_ATOMIC_MODEL(ReplacesMeetReplaces, 3, kBothFences);

// Each of two threads stores to a cell of its own and then loads the other's:
// in one order of all operations one of the stores comes first.
class AllCellsHaveOneOrder : public Core {
  void Before() override {
    for (Cell& cell : cells_) Store(cell, 0);
  }
  void Thread(int index) override {
    RetireLater();  // a reclaim's fence would give them an order
    Store(cells_[index], 1);
    seen_[index].number = CanaryOf(cells_[1 - index].Load()).number;
  }
  void After() override {
    Check(seen_[0].number + seen_[1].number > 0,
          "both loads missed the other's store");
    for (Cell& cell : cells_) cell.Clear();
    Reclaim();
    ExpectAlive(0);
  }

  // Apart, as the machine tells races.
  struct alignas(32) Seen {
    int number = 0;
  };

  Cell cells_[2];
  Seen seen_[2];
};
SYNC_ATOMIC_MODEL(AllCellsHaveOneOrder, 2, kBothFences);

// Whoever waits for the first value sees it.
class WaitsMeetAFirstStore : public Fresh {
  void Thread(int index) override {
    if (index == 0) {
      Store(cell_, index);
    } else {
      Check(cell_.WaitForChange(nullptr, internal::Deadline()), "it gave up");
      Sing(cell_.Load());
    }
  }
  void After() override { EndEmpty(); }
};
SYNC_ATOMIC_MODEL(WaitsMeetAFirstStore, 3, kBothFences);

// Two wait for two changes, each of which wakes both.
class WaitsMeetChanges : public Fresh {
  void Before() override { Store(cell_, 0); }
  void Thread(int index) override {
    if (index == 0) {
      Store(cell_, 1);
      cell_.Clear();
      return;
    }
    for (;;) {
      const BoxRef hold = cell_.Load();
      if (hold.box() == nullptr) return;
      cell_.WaitForChange(hold.box(), internal::Deadline());
    }
  }
  void After() override { EndEmpty(); }
};
SYNC_ATOMIC_MODEL(WaitsMeetChanges, 3, kBothFences);

// Two wait for a word, whose own operations are relaxed.
class WaitsMeetANotification : public Core {
  void Before() override {}
  void Thread(int index) override {
    if (index == 0) {
      word_.store(1, std::memory_order_relaxed);
      waiters_.Notify(&word_);
      return;
    }
    Check(waiters_.Wait(
              &word_, internal::Deadline(),
              [&] { return word_.load(std::memory_order_relaxed) != 0; }),
          "it gave up");
  }
  void After() override {}

  Atomic<std::uint32_t> word_;
};
SYNC_ATOMIC_MODEL(WaitsMeetANotification, 3, kEvenWithoutFences);

}  // namespace
}  // namespace models
}  // namespace sync_atomic
