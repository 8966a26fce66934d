// SPDX-License-Identifier: Apache-2.0

// The lists of what was retired: a thread's own, which others may take, and the
// deferred one.

#include "sync_atomic/tests/models/relacy_policy.h"

namespace sync_atomic {
namespace models {
namespace {

// While an owner adds to its list others take it, and each other's.
class ReclaimsTakeTheListsOfOthers : public Core {
  void Thread(int index) override {
    if (index < 2) {
      RetireLater();
      for (int i = 0; i < 3; ++i) (new CanaryBox(i))->Retire();
      if (index == 1) Reclaim();
    } else {
      Reclaim();
      Reclaim();
    }
  }
  void After() override {
    Reclaim();
    ExpectAlive(0);
  }
};
SYNC_ATOMIC_MODEL(ReclaimsTakeTheListsOfOthers, 3, kBothFences);

// An owner takes its own list while another does.
class AnOwnerAndAnotherTakeAList : public Core {
  void Before() override {
    RetireLater();
    for (int i = 0; i < 2; ++i) (new CanaryBox(i))->Retire();
  }
  void Thread(int index) override {
    if (index == 0) {
      domain_.Self().schedule.SpendTokens(1);
      (new CanaryBox(2))->Retire();
      (new CanaryBox(3))->Retire();
    } else {
      Reclaim();
    }
  }
  void After() override {
    Reclaim();
    ExpectAlive(0);
  }
};
SYNC_ATOMIC_MODEL(AnOwnerAndAnotherTakeAList, 2, kBothFences);

// A thread that retires now and then disposes at once, even if another looks at
// its list at that very moment.
class APromptRetireMeetsAReclaim : public Core {
  void Thread(int index) override {
    if (index == 0) {
      (new CanaryBox(kFirst))->Retire();
      (new CanaryBox(kSecond))->Retire();
    } else {
      Reclaim();
    }
  }
  void After() override { ExpectAlive(0); }
};
SYNC_ATOMIC_MODEL(APromptRetireMeetsAReclaim, 3, kBothFences);

// What a thread that ends leaves is disposed of by whoever releases something
// next, even if others look at its list.
class ALeaveMeetsAReclaim : public Core {
  void Thread(int index) override {
    if (index == 0) {
      RetireLater();
      (new CanaryBox(kFirst))->Retire();
      (new CanaryBox(kSecond))->Retire();
      domain_.Unregister(domain_.Self());
    } else {
      Reclaim();
    }
  }
  void After() override {
    As(1, [this] { const Pin next(domain_); });
    ExpectAlive(0);
  }
};
SYNC_ATOMIC_MODEL(ALeaveMeetsAReclaim, 3, kBothFences);

// The same by the list alone, where two look at it: what the owner could not
// take, one of them takes. A flag that the one clears is not the other's.
class ATakeMeetsTwoDrainers : public Core {
  using List = internal::RetireList<RelacyPolicy>;

  void Thread(int index) override {
    if (index == 0) {
      List::Size size;
      node_.bytes = 0;
      if (lists_[0].Push({nullptr, &node_}, 0, size)) {
        Free(lists_[0].Take(1));
      }
    } else {
      bool left = false;
      internal::Reclaimable none;
      Free(lists_[index].DrainAll([this](const auto& f) { f(lists_[0]); },
                                  false, left, none));
    }
  }
  void After() override {
    Check(lists_[0].empty(), "a value was forgotten");
    Free(lists_[0].Take(1));
    for (List& list : lists_) list.FreeMemory();
  }

  static void Free(internal::RetiredBatch taken) {
    while (internal::RetiredArray* const array = taken.PopArray()) {
      RelacyPolicy::Free(array);
    }
  }

  internal::Retired node_{nullptr};
  List lists_[3];
};
SYNC_ATOMIC_MODEL(ATakeMeetsTwoDrainers, 3, kBothFences);

// While a thread disposes of what it took, others take over the rest, or find
// it busy and leave that to it.
class ATakeoverMeetsItsOwner : public Core {
  void Before() override {
    domain_.limits().Set(kMany, 1'000'000);
    for (int i = 1; i < kMany; ++i) RetireOne();
  }
  void Thread(int index) override {
    if (index == 0) {
      RetireOne();  // reclaims
      RetireOne();
    } else {
      Reclaim();
    }
  }
  void After() override {
    // What none of them took goes on with what its owner retires next.
    for (int i = 0; i < 3; ++i) {
      As(i, [this] { RetireOne(); });
    }
    Check(Canary::alive <= 5, "a value was forgotten");
    Reclaim();
    ExpectAlive(0);
  }

 protected:
  static constexpr int kMany = 6;

  void RetireOne() {
    RetireLater();
    (new CanaryBox(kFirst))->Retire();
  }
};
SYNC_ATOMIC_MODEL(ATakeoverMeetsItsOwner, 3, kBothFences);

// Who waits for all that was retired also waits for what others take over.
class ASynchronizeMeetsATakeover : public ATakeoverMeetsItsOwner {
  void Thread(int index) override {
    if (index == 2) {
      domain_.Synchronize();
      ExpectAlive(0);
    } else {
      Reclaim();
    }
  }
};
SYNC_ATOMIC_MODEL(ASynchronizeMeetsATakeover, 3, kBothFences);

// A thread that reclaims in the background may sleep: what it has not found
// wakes it.
class ARetireMeetsTheBackground : public Core {
  void Thread(int index) override {
    if (index == 0) {
      RetireLater();
      for (int i = 0; i < 2; ++i) (new CanaryBox(i))->Retire();
    } else {
      domain_.reclaim_signal().PrepareToSleep();
      may_sleep_ = domain_.ReclaimInBackground();
    }
  }
  void After() override {
    if (may_sleep_ && Canary::alive != 0) {
      domain_.reclaim_signal().WaitUntilRaised();
    }
    Reclaim();
    ExpectAlive(0);
  }

  bool may_sleep_ = false;
};
SYNC_ATOMIC_MODEL(ARetireMeetsTheBackground, 2, kBothFences);

// What is left while a thread makes its record is disposed of by that thread.
class ALeaveMeetsANewcomer : public Core {
  void Before() override {
    left_->next = nullptr;
    left_->stamp = 0;
  }
  void Thread(int index) override {
    if (index == 0) {
      domain_.LeaveToOthers(left_);
    } else {
      domain_.Self();
    }
  }
  void After() override {
    As(1, [this] { const Pin next(domain_); });
    ExpectAlive(0);
  }

  CanaryBox* const left_ = new CanaryBox(kFirst);
};
SYNC_ATOMIC_MODEL(ALeaveMeetsANewcomer, 2, kBothFences);

// What was retired before, on any thread, is disposed of when Synchronize and
// Reclaim are over, unless somebody holds it still.
class ASynchronizeMeetsARetireAndADrop : public Core {
  void Before() override {
    Store(cell_, kFirst);
    held_ = cell_.Load();
  }
  void Thread(int index) override {
    if (index == 0) {
      held_ = BoxRef();
      done_.fetch_add(1);
    } else if (index == 1) {
      cell_.Clear();
      done_.fetch_add(1);
    } else {
      const bool all = done_.load() == 2;
      domain_.Synchronize();
      Reclaim();
      if (all) ExpectAlive(0);
    }
  }

  void After() override { ExpectAlive(0); }

  Cell cell_;
  BoxRef held_;
  Atomic<int> done_{0};
};
SYNC_ATOMIC_MODEL(ASynchronizeMeetsARetireAndADrop, 3, kBothFences);

// Something waits for a holder. Two threads reclaim while it lets go: nothing
// is lost, and nothing freed twice.
class ReclaimsMeetADrop : public Core {
  void Before() override {
    Store(cell_, kFirst);
    held_ = cell_.Load();
    As(1, [this] { Store(cell_, kSecond); });
    ExpectAlive(2);
  }
  void Thread(int index) override {
    if (index == 0) {
      Sing(held_);
      held_ = BoxRef();
    } else {
      Reclaim();
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
SYNC_ATOMIC_MODEL(ReclaimsMeetADrop, 3, kBothFences);

// What a thread leaves behind is taken by it or by others, and the record is
// used again.
class ALeavingThreadLeavesNothing : public Core {
  void Before() override { Store(cell_, kFirst); }
  void Thread(int index) override {
    if (index == 0) {
      RetireLater();
      (new CanaryBox(kSecond))->Retire();
      domain_.Unregister(domain_.Self());
    } else if (index == 1) {
      (new CanaryBox(kThird))->Retire();  // perhaps in the record of thread 0
      const BoxRef hold = cell_.Load();
      Sing(hold);
    } else {
      Store(cell_, kSecond);
      Reclaim();
    }
  }
  void After() override {
    Reclaim();
    ExpectAlive(1);
    cell_.Clear();
    ExpectAlive(0);
  }

  Cell cell_;
};
SYNC_ATOMIC_MODEL(ALeavingThreadLeavesNothing, 3, kBothFences);

}  // namespace
}  // namespace models
}  // namespace sync_atomic
