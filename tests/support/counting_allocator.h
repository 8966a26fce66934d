// SPDX-License-Identifier: Apache-2.0

// CountingAllocator: an allocator that knows how many bytes are allocated.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_COUNTING_ALLOCATOR_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_COUNTING_ALLOCATOR_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace sync_atomic {
namespace testing {

// What all of them have allocated and not yet freed.
inline std::atomic<std::size_t> allocated_bytes{0};

template <class T>
struct CountingAllocator {
  using value_type = T;

  CountingAllocator() = default;
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor): implicit, as allocators are
  CountingAllocator(const CountingAllocator<U>& /*other*/) {}

  T* allocate(std::size_t n) {
    allocated_bytes += n * sizeof(T);
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) {
    allocated_bytes -= n * sizeof(T);
    std::allocator<T>().deallocate(p, n);
  }

  friend bool operator==(const CountingAllocator& /*a*/,
                         const CountingAllocator& /*b*/) {
    return true;
  }
  friend bool operator!=(const CountingAllocator& /*a*/,
                         const CountingAllocator& /*b*/) {
    return false;
  }
};

// 50 MB, of which nothing is used.
using CountedBytes = std::vector<char, CountingAllocator<char>>;
inline constexpr std::size_t kLarge = 50'000'000;
inline CountedBytes LargeBytes() {
  CountedBytes bytes;
  bytes.reserve(kLarge);
  return bytes;
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_COUNTING_ALLOCATOR_H_
