// SPDX-License-Identifier: Apache-2.0

// MisuseMessage: what is said of a misuse, by a status or at the end.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MESSAGE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MESSAGE_H_

#include <string>
#include <string_view>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/value/internal/misuse.h"

namespace sync_atomic {
namespace internal {

// Go's words, and then both types.
SYNC_ATOMIC_INTERNAL_EXPORT std::string MisuseMessage(
    Refusal refusal, const Operation& operation, std::string_view given);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MESSAGE_H_
