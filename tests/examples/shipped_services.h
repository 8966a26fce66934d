// SPDX-License-Identifier: Apache-2.0

// The text of data/services, as a part of the program: on a machine that has no
// /etc/services there is still a real table to serve.

#ifndef SYNC_ATOMIC_TESTS_EXAMPLES_SHIPPED_SERVICES_H_
#define SYNC_ATOMIC_TESTS_EXAMPLES_SHIPPED_SERVICES_H_

namespace hot_reload {

extern const char kShippedServices[];

}  // namespace hot_reload

#endif  // SYNC_ATOMIC_TESTS_EXAMPLES_SHIPPED_SERVICES_H_
