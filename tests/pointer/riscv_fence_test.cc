// SPDX-License-Identifier: Apache-2.0

// How a process decides on its fences on RISC-V, where the membarrier of old
// kernels may miss a core: fence.h as RISC-V has it, on a kernel of this
// test's.

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/base/optimization.h"
#include "gtest/gtest.h"

// What fence.h includes of others, which is none of this test's business.
#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sync_atomic {
namespace {

// What the kernel offers, and what it was asked for.
constexpr long kNothing = -1;
long offered = kNothing;
std::vector<int> asked;

long Kernel(long number, ...) {
  std::va_list arguments;
  va_start(arguments, number);
  const int command = va_arg(arguments, int);
  va_end(arguments);
  asked.push_back(command);
  if (offered != kNothing) {
    if (command == 0) return offered;
    if ((offered & command) != 0) return 0;
  }
  errno = offered == kNothing ? ENOSYS : EINVAL;
  return -1;
}

}  // namespace
}  // namespace sync_atomic

#ifndef __riscv
#define __riscv 1  // NOLINT(bugprone-reserved-identifier)
#endif
#define syscall ::sync_atomic::Kernel
#include "sync_atomic/pointer/platform/fence.h"
#undef syscall

namespace sync_atomic {
namespace internal {
namespace {

// From <linux/membarrier.h>.
constexpr int kQuery = 0;
constexpr int kExpedited = 8;
constexpr int kRegister = 16;
constexpr int kSyncCore = 32;
constexpr int kRegisterSyncCore = 64;

// The mode that a process decides on with a kernel that offers `commands`.
FenceMode Decide(long commands) {
  unsetenv("SYNC_ATOMIC_FENCES");
  offered = commands;
  asked.clear();
  fence_errno.store(0);
  fence_mode.store(FenceMode::kUndecided);
  return DecideFenceMode();
}

#if defined(__linux__) && defined(SYS_membarrier)
TEST(RiscvFenceTest, AKernelWithSyncCoreIsTrusted) {
  EXPECT_EQ(Decide(kExpedited | kRegister | kSyncCore | kRegisterSyncCore),
            FenceMode::kMembarrier);
  EXPECT_EQ(asked, (std::vector<int>{kQuery, kRegister, kExpedited}));
  EXPECT_TRUE(HeavyFence());
}

TEST(RiscvFenceTest, AKernelWithoutIsNot) {
  EXPECT_EQ(Decide(kExpedited | kRegister), FenceMode::kFull);
  EXPECT_EQ(asked, std::vector<int>{kQuery});
  EXPECT_TRUE(HeavyFence());
  EXPECT_EQ(asked, std::vector<int>{kQuery});  // it is not asked again
}

TEST(RiscvFenceTest, AKernelWithoutMembarrierSaysSo) {
  EXPECT_EQ(Decide(kNothing), FenceMode::kFull);
  EXPECT_EQ(asked, std::vector<int>{kQuery});
  EXPECT_EQ(fence_errno.load(), ENOSYS);
}

TEST(RiscvFenceTest, FullFencesAskTheKernelNothing) {
  setenv("SYNC_ATOMIC_FENCES", "full", 1);
  asked.clear();
  fence_mode.store(FenceMode::kUndecided);
  EXPECT_EQ(DecideFenceMode(), FenceMode::kFull);
  EXPECT_TRUE(asked.empty());
}
#endif

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
