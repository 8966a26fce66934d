// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/value/internal/misuse.h"

#include <string>
#include <string_view>

#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/value/internal/message.h"

namespace sync_atomic {
namespace internal {

namespace {

// `held` is empty where nothing was stored yet.
std::string Message(std::string_view what, std::string_view held,
                    std::string_view given) {
  std::string message("sync/atomic: ");
  message.append(what).append(" (holds ");
  message.append(held.empty() ? "nothing" : held);
  return message.append(", given ").append(given).append(")");
}

}  // namespace

std::string MisuseMessage(Refusal refusal, const Operation& operation,
                          std::string_view given) {
  std::string what(operation.verb);
  if (refusal.misuse == Misuse::kOtherTypes) {
    what.append(" of inconsistently typed values");
  } else {
    what.append(refusal.misuse == Misuse::kNil
                    ? " of nil value "
                    : " of inconsistently typed value ");
    what.append(operation.cell);
  }
  return Message(what, refusal.held == nullptr ? "" : refusal.held->name,
                 given);
}

void FatalMisuse(std::string_view what, std::string_view held,
                 std::string_view given) noexcept {
  Fatal(Message(what, held, given));
}

void FatalEmptyGet(std::string_view given) noexcept {
  FatalMisuse("get from empty Snapshot", "", given);
}

void FatalMisuse(Refusal refusal, const Operation& operation,
                 std::string_view given) noexcept {
  Fatal(MisuseMessage(refusal, operation, given));
}

}  // namespace internal
}  // namespace sync_atomic
