// SPDX-License-Identifier: Apache-2.0

// Misuse: what can be wrong with a call of Value, ValueOf or Snapshot. Result:
// what an operation did, or why it did nothing.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_

#include <string_view>
#include <utility>

#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/type.h"

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

// Why an operation did nothing; false: it did something.
struct Refusal {
  explicit operator bool() const {
    return ABSL_PREDICT_FALSE(misuse != Misuse::kNone);
  }

  Misuse misuse = Misuse::kNone;
  // The type that the message names beside the given one; null: none yet.
  const Type<StdPolicy>* held = nullptr;
};

// What an operation returns, unless it is refused.
template <class T>
struct Result {
  Result(Refusal why) : refusal(why) {}           // NOLINT: implicit
  Result(T result) : value(std::move(result)) {}  // NOLINT: implicit

  Refusal refusal;
  T value{};
};

// The end of a misuse. `given` names the type that the caller gave.
[[noreturn]] SYNC_ATOMIC_INTERNAL_EXPORT void FatalMisuse(
    std::string_view what, std::string_view held,
    std::string_view given) noexcept;
[[noreturn]] SYNC_ATOMIC_INTERNAL_EXPORT void FatalMisuse(
    Refusal refusal, const Operation& operation,
    std::string_view given) noexcept;

[[noreturn]] SYNC_ATOMIC_INTERNAL_EXPORT void FatalEmptyGet(
    std::string_view given) noexcept;

// An operation's result, or the end.
inline void OrDie(Refusal refusal, const Operation& operation,
                  std::string_view given) {
  if (refusal) FatalMisuse(refusal, operation, given);
}
template <class T>
T OrDie(Result<T> result, const Operation& operation, std::string_view given) {
  internal::OrDie(result.refusal, operation, given);
  return std::move(result.value);
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MISUSE_H_
