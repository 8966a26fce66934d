// SPDX-License-Identifier: Apache-2.0

// MapPin: what a look-up in a Map does around its look: it pins the thread, and
// has a slot protect what was found. MapOperation: the same for a change, which
// may have unlinked something.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_OPERATION_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_OPERATION_H_

#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/map_entry.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class MapPin {
 public:
  ABSL_ATTRIBUTE_ALWAYS_INLINE MapPin() : self_(&Policy::domain().Pin()) {}
  MapPin(const MapPin&) = delete;
  MapPin& operator=(const MapPin&) = delete;
  ABSL_ATTRIBUTE_ALWAYS_INLINE ~MapPin() { Policy::domain().Unpin(*self_); }

  // An entry that was found under this pin, alive for longer. Counts it where
  // no slot is free.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Hazard<Policy> Hold(
      MapEntry<Policy>* entry) const {
    if (entry == nullptr) return {nullptr, nullptr};
    auto& first = self_->hazards.first();
    if (ABSL_PREDICT_TRUE(Domain<Policy>::Slots::IsFree(first))) {
      Domain<Policy>::Slots::SetProtected(first, entry);
      return {entry, &first};
    }
    return HoldSlow(entry);
  }

 private:
  ABSL_ATTRIBUTE_NOINLINE Hazard<Policy> HoldSlow(
      MapEntry<Policy>* entry) const {
    auto* const slot = self_->hazards.FindFree();
    if (slot == nullptr) {
      entry->AddRef();
    } else {
      Domain<Policy>::Slots::SetProtected(*slot, entry);
    }
    return {entry, slot};
  }

  // Mutable, so that g++ keeps it in a register when the pin is const, too.
  mutable ThreadRecord<Policy>* self_;
};

// What was unlinked, to be retired once the thread is no longer pinned: it
// would wait for the pin.
template <class Policy>
class MapGarbage {
 public:
  MapGarbage() = default;
  MapGarbage(const MapGarbage&) = delete;
  MapGarbage& operator=(const MapGarbage&) = delete;
  ~MapGarbage() {
    while (first_ != nullptr) {
      Policy::domain().Retire(std::exchange(first_, first_->next));
    }
  }

  void Add(Retired* object) { object->next = std::exchange(first_, object); }

 private:
  Retired* first_ = nullptr;
};

template <class Policy>
class MapOperation {
 public:
  Hazard<Policy> Hold(MapEntry<Policy>* entry) const {
    return pin_.Hold(entry);
  }

  // For what this operation has unlinked.
  void RetireLater(Retired* object) { garbage_.Add(object); }

  // Whether it should do a part of a resize: once in an operation.
  bool ShouldHelp() { return !std::exchange(helped_, true); }

 private:
  MapGarbage<Policy> garbage_;
  bool helped_ = false;
  MapPin<Policy> pin_;  // ends first
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_OPERATION_H_
