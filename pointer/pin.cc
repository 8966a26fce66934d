// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/pin.h"

#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/platform/tsan.h"

namespace sync_atomic {

using internal::StdPolicy;

PinGuard::PinGuard(InSignalHandler)
    : self_(&internal::SelfInHandler<StdPolicy>()), kind_(Kind::kInHandler) {
  Domain().Pin(*self_);
}

void PinGuard::EndSpecially(Record& self, Kind kind) {
  if (kind == Kind::kInHandler) {
    Domain().UnpinInHandler(self);
    return;
  }
  // The pin ends first, so that the thread is not descheduled while it is
  // pinned. Destructors come last, since they may take long.
  internal::TsanRelease(&self.pin);
  const bool last = self.pin.End();
  const bool granted = internal::WithdrawDelay();
  if (!last) return;  // granted or not: never yield while protecting
  if (granted) internal::YieldDelay();
  Domain().HelpAfterUnpin(self);
}

int ProcPin() {
  ++StdPolicy::domain().Pin().proc_pins;
  return internal::CurrentProcessor();
}

void ProcUnpin() {
  auto* const self = StdPolicy::this_record();
  if (self == nullptr || self->proc_pins == 0) {
    internal::Fatal("sync/atomic: ProcUnpin without ProcPin");
  }
  --self->proc_pins;
  internal::TsanRelease(&self->pin);
  StdPolicy::domain().Unpin(*self);
}

bool IsPinned() {
  const auto* const self = StdPolicy::this_record();
  return self != nullptr && self->pin.since() != 0;
}

int ProcessorLimit() { return internal::ProcessorLimit(); }

}  // namespace sync_atomic
