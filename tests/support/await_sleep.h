// SPDX-License-Identifier: Apache-2.0

// AwaitSleep: for tests that must find another thread asleep.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_AWAIT_SLEEP_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_AWAIT_SLEEP_H_

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

namespace sync_atomic {
namespace testing {

// The calling thread's number.
inline long ThreadNumber() { return syscall(SYS_gettid); }

// Returns once the thread of that number sleeps; 0: not known yet.
inline void AwaitSleep(const std::atomic<long>& thread) {
  for (char state = 'R'; state != 'S'; std::this_thread::yield()) {
    const long number = thread.load();
    if (number == 0) continue;
    std::ifstream stat("/proc/self/task/" + std::to_string(number) + "/stat");
    std::string line;
    std::getline(stat, line);
    const auto name_end = line.rfind(')');
    if (name_end != std::string::npos) state = line.at(name_end + 2);
  }
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_AWAIT_SLEEP_H_
