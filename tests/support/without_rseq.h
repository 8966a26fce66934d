// SPDX-License-Identifier: Apache-2.0

// PassesWithoutRseq: the tests of this program again, in a process in which
// glibc has not registered any thread for restartable sequences, as an old
// glibc does not, nor another C library.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_WITHOUT_RSEQ_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_WITHOUT_RSEQ_H_

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace sync_atomic {
namespace testing {

// All but the test that calls this, which has "WithoutRseq" in its name.
inline bool PassesWithoutRseq() {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
    unsetenv("XML_OUTPUT_FILE");  // the calling program's
    execl("/proc/self/exe", "without_rseq", "--gtest_filter=-*WithoutRseq*",
          static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_WITHOUT_RSEQ_H_
