// Misuse: what can be wrong with a call of Value, ValueOf or Snapshot, and the
// message for it.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_

#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "sync_atomic/atomic/internal/fatal.h"

namespace sync_atomic {
namespace internal {

enum class Misuse {
  kNone,
  kNil,         // nil was given
  kOtherType,   // the cell holds another type than the one given
  kOtherTypes,  // the two values given have different types
};

// An operation, as Go's messages name it.
struct Operation {
  std::string_view verb;
  std::string_view cell;  // "into Value"
};
// Go's words, and then both types. `held` is empty where nothing was stored
// yet.
inline std::string MisuseMessage(std::string_view what, std::string_view held,
                                 std::string_view given) {
  // By std::string: an installed Abseil may have a string_view of its own.
  std::string message("sync/atomic: ");
  message.append(what).append(" (holds ");
  message.append(held.empty() ? "nothing" : held);
  return message.append(", given ").append(given).append(")");
}
inline std::string MisuseMessage(Misuse misuse, const Operation& operation,
                                 std::string_view held,
                                 std::string_view given) {
  std::string what(operation.verb);
  if (misuse == Misuse::kOtherTypes) {
    what.append(" of inconsistently typed values");
  } else {
    what.append(misuse == Misuse::kNil ? " of nil value "
                                       : " of inconsistently typed value ");
    what.append(operation.cell);
  }
  return MisuseMessage(what, held, given);
}

[[noreturn]] ABSL_ATTRIBUTE_NOINLINE inline void FatalMisuse(
    std::string_view what, std::string_view held,
    std::string_view given) noexcept {
  Fatal(MisuseMessage(what, held, given));
}
[[noreturn]] ABSL_ATTRIBUTE_NOINLINE inline void FatalMisuse(
    Misuse misuse, const Operation& operation, std::string_view held,
    std::string_view given) noexcept {
  Fatal(MisuseMessage(misuse, operation, held, given));
}

// The same as the status of a Try form, for a misuse that is one.
ABSL_ATTRIBUTE_NOINLINE inline absl::Status MisuseStatus(
    Misuse misuse, const Operation& operation, std::string_view held,
    std::string_view given) {
  return absl::Status(misuse == Misuse::kNil
                          ? absl::StatusCode::kInvalidArgument
                          : absl::StatusCode::kFailedPrecondition,
                      MisuseMessage(misuse, operation, held, given));
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_
