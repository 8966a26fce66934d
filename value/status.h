// SPDX-License-Identifier: Apache-2.0

// The Try forms of Value and ValueOf<T>: instead of terminating the program
// they return an absl::Status or an absl::StatusOr<R>. Value and ValueOf<T>
// declare them; who calls one includes this.
//
//   absl::Status Reload(atomic::Value& current, Config config) {
//     return current.TryStore(std::move(config));  // fails: another type
//   }
//
// Do not use them where the type is known: there Store and Load say the same
// in fewer words, and the misuse that they report is an error in the program.
//
// Threads, Order, Progress, Ownership: those of the form without Try.
// Errors:    InvalidArgument for nil, FailedPrecondition for another type, with
//            the message that the other form ends with; of an Update also the
//            status by which its function declines. The cell is then
//            unchanged, and so is an argument that would have been moved,
//            unless another thread's first Store came in between.

#ifndef SYNC_ATOMIC_VALUE_STATUS_H_
#define SYNC_ATOMIC_VALUE_STATUS_H_

#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/value/internal/message.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/status_forms.h"

namespace sync_atomic {
namespace internal {

template <class T>
inline constexpr bool kIsStatusOr = false;
template <class T>
inline constexpr bool kIsStatusOr<absl::StatusOr<T>> = true;

struct StatusForms {
  // What a Try form returns where the other one returns an R.
  template <class R>
  using Or =
      std::conditional_t<std::is_void_v<R>, absl::Status, absl::StatusOr<R>>;

  ABSL_ATTRIBUTE_NOINLINE static absl::Status Of(Refusal refusal,
                                                 const Operation& operation,
                                                 std::string_view given) {
    if (!refusal) return absl::OkStatus();
    return absl::Status(refusal.misuse == Misuse::kNil
                            ? absl::StatusCode::kInvalidArgument
                            : absl::StatusCode::kFailedPrecondition,
                        MisuseMessage(refusal, operation, given));
  }
  template <class R>
  static absl::StatusOr<R> Of(Result<R> result, const Operation& operation,
                              std::string_view given) {
    if (result.refusal) return Of(result.refusal, operation, given);
    return std::move(result.value);
  }

  // update(accept) returns the Result of an Update whose functions may decline
  // (operations.h).
  template <class Update>
  static auto OfUpdate(const Update& update, const Operation& operation,
                       std::string_view given) {
    absl::Status declined;
    auto result =
        update([&declined](auto&& made, const auto& box_of, auto can_store) {
          using Made = decltype(made);
          if constexpr (kIsStatusOr<std::decay_t<Made>> &&
                        !decltype(can_store)::value) {
            if (made.ok()) return box_of(*std::forward<Made>(made));
            declined = made.status();
            return decltype(box_of(*std::forward<Made>(made)))();
          } else {
            return box_of(std::forward<Made>(made));
          }
        });
    auto status = Of(std::move(result), operation, given);
    if (!declined.ok()) status = std::move(declined);
    return status;
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_STATUS_H_
