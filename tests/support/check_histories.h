// SPDX-License-Identifier: Apache-2.0

// CheckHistories: many short histories of what four threads do to one object,
// each with a program, an object and a record of its own.
//
// A history is made from its seed, Run(thread) on each of the threads at once,
// and then has to Check() by itself:
//
//   struct IncrementsHistory {
//     explicit IncrementsHistory(std::uint64_t seed);
//     void Run(int thread);
//     void Check();  // ASSERT_TRUE(IsLinearizable(...))
//   };
//
//   CheckHistories<IncrementsHistory>(Effort(2'000));

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_CHECK_HISTORIES_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_CHECK_HISTORIES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "gtest/gtest.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/seed.h"

namespace sync_atomic {
namespace testing {

inline constexpr int kHistoryThreads = 4;

template <class History>
void CheckHistories(int histories) {
  constexpr int kTogether = 50;  // by the same threads, one after another
  for (int first = 0; first < histories; first += kTogether) {
    const int n = std::min(kTogether, histories - first);
    std::deque<History> made;
    for (int i = 0; i < n; ++i) made.emplace_back(SeedOfRound(first + i));
    RunRoundsTogether(kHistoryThreads, n, [&made](int thread, int round) {
      made[static_cast<std::size_t>(round)].Run(thread);
    });
    for (int i = 0; i < n; ++i) {
      SCOPED_TRACE(HowToRepeat(SeedOfRound(first + i)));
      made[static_cast<std::size_t>(i)].Check();
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_CHECK_HISTORIES_H_
