// SPDX-License-Identifier: Apache-2.0

// Slots against reclaims, and who looks after what had to wait for a slot.

#include <optional>
#include <utility>

#include "sync_atomic/tests/models/relacy_policy.h"

namespace sync_atomic {
namespace models {
namespace {

// A load meets stores: what was loaded is alive until it is let go of, and then
// nothing is left.
class LoadsMeetStores : public Core {
  void Before() override { Store(cell_, kFirst); }
  void Thread(int index) override {
    if (index < 2) {
      const BoxRef hold = cell_.Load();
      Sing(hold);
    } else {
      Store(cell_, kSecond);
      Store(cell_, kThird);
    }
  }
  void After() override {
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
};
SYNC_ATOMIC_MODEL(LoadsMeetStores, 3, kBothFences);

// A load that had to try again let go of something, and looks after that even
// if it keeps what it found at last.
class AKeptLoadMeetsAStore : public Core {
  void Before() override { Store(cell_, kFirst); }
  void Thread(int index) override {
    if (index == 0) {
      kept_ = cell_.Load();
      Sing(kept_);
    } else {
      Store(cell_, kSecond);
    }
  }
  void After() override {
    ExpectAlive(CanaryOf(kept_).number == kSecond ? 1 : 2);
    kept_ = BoxRef();
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
  BoxRef kept_;
};
SYNC_ATOMIC_MODEL(AKeptLoadMeetsAStore, 2, kBothFences);

// A drop meets a store: whichever of the two comes last frees the value.
class ADropMeetsAStore : public Core {
  void Before() override {
    Store(cell_, kFirst);
    // The first drop of a thread looks twice, and the others only if they must.
    { const BoxRef first = cell_.Load(); }
    held_ = cell_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      Sing(held_);
      held_ = BoxRef();
    } else {
      Store(cell_, kSecond);
    }
  }
  void After() override {
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
  BoxRef held_;
};
SYNC_ATOMIC_MODEL(ADropMeetsAStore, 2, kBothFences);

// The same with two held values, of which the other is dropped first: the
// holder still answers for the one that it keeps.
class TwoDropsMeetAStore : public Core {
  void Before() override {
    Store(cell_, kFirst);
    Store(other_, kFirst);
    held_ = cell_.Load();
    held_of_other_ = other_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      held_of_other_ = BoxRef();
      Sing(held_);
      held_ = BoxRef();
    } else {
      Store(cell_, kSecond);
    }
  }
  void After() override {
    ExpectAlive(2);
    cell_.Clear();
    other_.Clear();
    ExpectAlive(0);
  }

  Cell cell_, other_;
  BoxRef held_, held_of_other_;
};
SYNC_ATOMIC_MODEL(TwoDropsMeetAStore, 2, kBothFences);

// One value waits already; a drop looks after it while another comes to wait.
class AHelpMeetsAStore : public Core {
  void Before() override {
    Store(cell_, kFirst);
    Store(other_, kFirst);
    held_ = cell_.Load();
    held_of_other_ = other_.Load();
    As(1, [this] { Store(cell_, kSecond); });
    ExpectAlive(3);
  }
  void Thread(int index) override {
    if (index == 0) {
      held_ = BoxRef();
      Sing(held_of_other_);
      held_of_other_ = BoxRef();
    } else {
      other_.Clear();
    }
  }
  void After() override {
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_, other_;
  BoxRef held_, held_of_other_;
};
SYNC_ATOMIC_MODEL(AHelpMeetsAStore, 2, kBothFences);

// A slot that is let go of and taken for another value at once: occupied again,
// and nothing of what it held before is left.
class AReloadMeetsAStore : public Core {
  void Before() override {
    Store(cell_, kFirst);
    Store(other_, kFirst);
    held_ = cell_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      Sing(held_);
      held_ = BoxRef();
      held_ = other_.Load();
    } else {
      Store(cell_, kSecond);
    }
  }
  void After() override {
    ExpectAlive(2);
    held_ = BoxRef();
    cell_.Clear();
    other_.Clear();
    ExpectAlive(0);
  }

  Cell cell_, other_;
  BoxRef held_;
};
SYNC_ATOMIC_MODEL(AReloadMeetsAStore, 2, kBothFences);

// A value held in one thread's slot is dropped by another, and the slot's owner
// takes the slot again. Whoever finds in it something else must come after the
// other thread's reads: that is what the orders of the slot's stores and loads
// are for, with or without fences.
class ASlotChangesHands : public Core {
  void Before() override {
    Store(cell_, kFirst);
    Store(other_, kFirst);
    held_ = cell_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      const BoxRef hold = other_.Load();
      Sing(hold);
    } else if (index == 1) {
      Sing(held_);
      held_ = BoxRef();
    } else {
      Store(cell_, kSecond);
    }
  }
  void After() override {
    // Without fences nobody may notice that something waits.
    if (fences() == Fences::kNone) Reclaim();
    ExpectAlive(2);
    cell_.Clear();
    other_.Clear();
    if (fences() == Fences::kNone) Reclaim();
    ExpectAlive(0);
  }

  Cell cell_, other_;
  BoxRef held_;
};
SYNC_ATOMIC_MODEL(ASlotChangesHands, 3, kEvenWithoutFences);

// A copy is counted, and so is what Swap returns. The last one to let go frees,
// be it the cell, a slot or a count.
class CountsMeetAStore : public Core {
  void Before() override {
    Store(cell_, kFirst);
    held_ = cell_.Load();
    copy_ = held_;
  }
  void Thread(int index) override {
    if (index == 0) {
      held_ = BoxRef();
    } else if (index == 1) {
      Sing(copy_);
      BoxRef copy_of_copy = copy_;
      copy_ = BoxRef();
      Sing(copy_of_copy);
    } else {
      const BoxRef swapped = cell_.Swap(new CanaryBox(kSecond), *cell_.type());
      Sing(swapped);
    }
  }
  void After() override {
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
  BoxRef held_, copy_;
};
SYNC_ATOMIC_MODEL(CountsMeetAStore, 3, kBothFences);

// With all slots occupied a load counts, under a pin.
class ACountedLoadMeetsStores : public Core {
  void Before() override {
    Store(cell_, kFirst);
    for (BoxRef& hold : others_) hold = cell_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      const BoxRef hold = cell_.Load();
      for (BoxRef& other : others_) other = BoxRef();
      Sing(hold);
    } else {
      Store(cell_, kSecond);
      Store(cell_, kThird);
    }
  }
  void After() override {
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
  BoxRef others_[internal::HazardSlots<RelacyPolicy>::kSlots];
};
SYNC_ATOMIC_MODEL(ACountedLoadMeetsStores, 2, kBothFences);

// A slot outlives its thread. Another thread joins and takes the record over,
// with the occupied slot; a third lets go of that slot.
class ARecordChangesHands : public Core {
  void Before() override {
    Store(cell_, kFirst);
    held_ = cell_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      {
        const BoxRef hold = cell_.Load();
        Sing(hold);
      }
      domain_.Unregister(domain_.Self());
    } else if (index == 1) {
      const BoxRef hold = cell_.Load();  // perhaps in the record of thread 0
      Sing(hold);
    } else {
      Store(cell_, kSecond);
      Sing(held_);
      held_ = BoxRef();
      Store(cell_, kThird);
    }
  }
  void After() override {
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
  BoxRef held_;
};
SYNC_ATOMIC_MODEL(ARecordChangesHands, 3, kBothFences);

}  // namespace
}  // namespace models
}  // namespace sync_atomic
