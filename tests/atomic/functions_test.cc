// SPDX-License-Identifier: Apache-2.0

// The free functions, on the kinds of memory that they are for. What each
// returns and leaves is tested in tests/conformance/atomic_test.cc.

#include "sync_atomic/atomic/functions.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gtest/gtest.h"

namespace sync_atomic {
namespace {

// As a C header would declare it. On i386 it is aligned to 4, and whoever makes
// one has to see to the 64-bit word in it.
extern "C" {
struct Statistics {
  std::uint32_t packets;
  std::int32_t backlog;
  std::uint64_t bytes;
};
}

TEST(FunctionsTest, ChangeOneFieldOfAStruct) {
  alignas(8) Statistics statistics = {1, 2, 3};
  EXPECT_EQ(AddUint32(&statistics.packets, 10), 11u);
  EXPECT_EQ(AddInt32(&statistics.backlog, -3), -1);
  EXPECT_EQ(OrUint64(&statistics.bytes, 12), 3u);
  EXPECT_EQ(statistics.packets, 11u);
  EXPECT_EQ(statistics.backlog, -1);
  EXPECT_EQ(statistics.bytes, 15u);
}

// As the kernel's headers have it: an unsigned long long, where std::uint64_t
// is an unsigned long, and fields that are volatile.
extern "C" {
struct Ring {
  unsigned long long head;
  volatile unsigned long long tail;
  volatile std::uint32_t flags;
  volatile std::int32_t credit;
  const volatile long long limit;
  std::size_t size;
};
}

TEST(FunctionsTest, ChangeAFieldOfAnotherTypeOrAVolatileOne) {
  alignas(8) Ring ring = {1, 2, 3, 4, 6, 5};
  EXPECT_EQ(AddUint64(&ring.head, 10), 11u);
  static_assert(
      std::is_same_v<decltype(LoadUint64(&ring.head)), unsigned long long>);
  EXPECT_EQ(SwapUint64(&ring.tail, 7), 2u);
  StoreUint64(&ring.tail, 8);
  EXPECT_TRUE(CompareAndSwapUint64(&ring.tail, 8, 9));
  EXPECT_FALSE(CompareAndSwapUint64(&ring.tail, 8, 10));
  EXPECT_EQ(OrUint32(&ring.flags, 12), 3u);
  EXPECT_EQ(AndUint32(&ring.flags, 14), 15u);
  EXPECT_EQ(AddInt32(&ring.credit, -5), -1);
  EXPECT_EQ(AddUintptr(&ring.size, 1), 6u);
  EXPECT_EQ(LoadInt64(&ring.limit), 6);
  EXPECT_EQ(ring.head, 11u);
  EXPECT_EQ(ring.tail, 9u);
  EXPECT_EQ(ring.flags, 14u);
}

// The address of a function is that of the first, if its type says so.
TEST(FunctionsTest, HaveAddressesOfAType) {
  std::int64_t (*const add)(std::int64_t*, std::int64_t) = &AddInt64;
  alignas(8) std::int64_t x = 1;
  EXPECT_EQ(add(&x, 2), 3);
}

TEST(FunctionsTest, LoadFromWhatMayOnlyBeRead) {
  alignas(8) const Statistics statistics = {1, 2, 3};
  EXPECT_EQ(LoadUint32(&statistics.packets), 1u);
  EXPECT_EQ(LoadInt32(&statistics.backlog), 2);
  EXPECT_EQ(LoadUint64(&statistics.bytes), 3u);
}

TEST(FunctionsTest, ChangeMemoryThatProcessesShare) {
  constexpr int kEach = 10'000;
  void* const memory =
      mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const sum = static_cast<std::int64_t*>(memory);
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  for (int i = 0; i < kEach; ++i) AddInt64(sum, 1);
  if (child == 0) _exit(0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(LoadInt64(sum), 2 * kEach);
  munmap(memory, sizeof(std::int64_t));
}

}  // namespace
}  // namespace sync_atomic
