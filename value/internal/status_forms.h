// SPDX-License-Identifier: Apache-2.0

// StatusForms: what the Try forms return, which value/status.h completes, so
// that those who use none do without absl::Status.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_STATUS_FORMS_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_STATUS_FORMS_H_

#include "sync_atomic/pointer/reclaim/footprint.h"

namespace sync_atomic {
namespace internal {

struct StatusForms;

template <class Forms>
struct Completed {
  static_assert(kIsComplete<Forms>,
                "the Try forms need #include \"sync_atomic/value/status.h\"");
  using Type = Forms;
};

// Of a Try form, where the other one returns an R. A template argument of the
// form, by default StatusForms, so that this is looked at where it is called.
template <class Forms, class R = void>
using OrStatus = typename Completed<Forms>::Type::template Or<R>;

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_STATUS_FORMS_H_
