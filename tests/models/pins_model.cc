// SPDX-License-Identifier: Apache-2.0

// Pins against reclaims.

#include <atomic>
#include <cstdint>
#include <optional>

#include "sync_atomic/tests/models/relacy_policy.h"

namespace sync_atomic {
namespace models {
namespace {

// What its users make of a pin: a pointer of their own, which they read with
// acquire and no more.
class Pinned : public Core {
 protected:
  void Replace(int number) {
    current_.exchange(new CanaryBox(number), std::memory_order_acq_rel)
        ->Retire();
  }
  // Reads once, and again when others have had a turn.
  void Read() const {
    const Canary& seen = current_.load(std::memory_order_acquire)->value;
    seen.Sing();
    current_.load(std::memory_order_relaxed);
    seen.Sing();
  }
  void EndWith(int alive) {
    ExpectAlive(alive);
    current_.exchange(nullptr)->Retire();
    ExpectAlive(alive - 1);
  }

  Atomic<CanaryBox*> current_{new CanaryBox(kFirst)};
};

class APinMeetsARetire : public Pinned {
  void Thread(int index) override {
    if (index == 0) {
      const Pin pin(domain_);
      Read();
    } else {
      Replace(kSecond);
    }
  }
  void After() override { EndWith(1); }
};
SYNC_ATOMIC_MODEL(APinMeetsARetire, 2, kBothFences);

// An unpin meets a retire: whichever comes last frees the value.
class AnUnpinMeetsARetire : public Pinned {
 protected:
  void Before() override { pin_.emplace(domain_); }
  void Thread(int index) override {
    if (index == 0) {
      Read();
      pin_.reset();
    } else {
      Replace(kSecond);
    }
  }
  void After() override { EndWith(1); }

  std::optional<Pin> pin_;
};
SYNC_ATOMIC_MODEL(AnUnpinMeetsARetire, 2, kBothFences);

// The same after the pin was renewed.
class ARenewalMeetsARetire : public AnUnpinMeetsARetire {
  void Thread(int index) override {
    if (index == 0) {
      Read();
      pin_->Renew();
    }
    AnUnpinMeetsARetire::Thread(index);
  }
};
SYNC_ATOMIC_MODEL(ARenewalMeetsARetire, 2, kBothFences);

// Pins that overlap hold nothing for ever, with two threads that retire and
// reclaim.
class OverlappingPinsMeetRetires : public Pinned {
  void Thread(int index) override {
    if (index < 2) {
      for (int i = 0; i < 2; ++i) {
        const Pin pin(domain_);
        Read();
      }
    } else {
      Replace(index);
    }
  }
  void After() override { EndWith(1); }
};
SYNC_ATOMIC_MODEL(OverlappingPinsMeetRetires, 4, kBothFences);

// From a pin into a slot: whoever occupies a slot while it is pinned, and then
// unpins, has been protected all the time.
class APinHandsOverToASlot : public Pinned {
  void Thread(int index) override {
    if (index == 0) {
      std::optional<Pin> pin(domain_);
      HazardSlot& slot = *domain_.Self().hazards.FindFree();
      const CanaryBox* const box = current_.load(std::memory_order_acquire);
      slot.store(box, std::memory_order_release);
      pin.reset();
      box->value.Sing();
      domain_.Release(slot);
    } else if (index == 1) {
      Replace(kSecond);
    }
  }
  void After() override { EndWith(1); }
};
SYNC_ATOMIC_MODEL(APinHandsOverToASlot, 2, kBothFences);

// The same, and the slot is in a further record, at which a reclaim looks
// first.
class APinHandsOverToAFurtherSlot : public Pinned {
  void Before() override {
    domain_.Self();
    As(1, [this] { slot_ = domain_.Self().hazards.FindFree(); });
  }
  void Thread(int index) override {
    if (index == 0) {
      std::optional<Pin> pin(domain_);
      const CanaryBox* const box = current_.load(std::memory_order_acquire);
      slot_->store(box, std::memory_order_release);
      pin.reset();
      box->value.Sing();
      domain_.Release(*slot_);
    } else {
      Replace(kSecond);
    }
  }
  void After() override { EndWith(1); }

  HazardSlot* slot_ = nullptr;
};
SYNC_ATOMIC_MODEL(APinHandsOverToAFurtherSlot, 2, kBothFences);

// A record is left, and another thread takes it over and pins itself: whoever
// sees the new pin must come after the reads under the old one.
class APinnedRecordChangesHands : public Pinned {
  void Before() override {
    pin_.emplace(domain_);
    As(2, [this] { domain_.Self(); });
  }
  void Thread(int index) override {
    if (index == 0) {
      Read();
      pin_.reset();
      domain_.Unregister(domain_.Self());
    } else if (index == 1) {
      const Pin pin(domain_);
    } else {
      Replace(kSecond);
    }
  }
  void After() override {
    if (fences() == Fences::kNone) Reclaim();
    EndWith(1);
  }

  std::optional<Pin> pin_;
};
SYNC_ATOMIC_MODEL(APinnedRecordChangesHands, 3, kEvenWithoutFences);

// Without any fence: who reads an epoch that is not below the stamp of an
// object cannot see that object any more.
class AnEpochShowsWhatWasUnlinked : public Pinned {
  void Thread(int index) override {
    if (index == 0) {
      const Pin pin(domain_);
      const std::uint64_t since = domain_.Self().pin.since();
      if (since < kStamp) return;
      const CanaryBox* const box = current_.load(std::memory_order_acquire);
      Check(box->value.number == kSecond, "an unlinked value was found");
    } else {
      Replace(kSecond);
    }
  }
  void After() override {
    Reclaim();
    EndWith(1);
  }

  // Of the first object that is ever retired.
  static constexpr std::uint64_t kStamp = 2;
};
SYNC_ATOMIC_MODEL(AnEpochShowsWhatWasUnlinked, 2, kEvenWithoutFences);

// Synchronize waits for the pins that began before, and for no later ones.
class ASynchronizeMeetsPins : public Pinned {
  void Thread(int index) override {
    if (index < 2) {
      const Pin pin(domain_);
      Read();
    } else {
      CanaryBox* const old =
          current_.exchange(new CanaryBox(kSecond), std::memory_order_acq_rel);
      domain_.Synchronize();
      old->Unref();
    }
  }
  void After() override { EndWith(1); }
};
SYNC_ATOMIC_MODEL(ASynchronizeMeetsPins, 3, kBothFences);

}  // namespace
}  // namespace models
}  // namespace sync_atomic
