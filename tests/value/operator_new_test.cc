// SPDX-License-Identifier: Apache-2.0

// A replaced operator new and operator delete that read a cell, as a profiler's
// sampling rate: also on a thread's first use of the library, which makes its
// record.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

struct Rate {
  int every;
};
ABSL_CONST_INIT ValueOf<Rate> rate;
ABSL_CONST_INIT std::atomic<bool> reads{false};
thread_local int depth = 0;
ABSL_CONST_INIT std::atomic<int> deepest{0};
ABSL_CONST_INIT std::atomic<int> looks{0};

// Reads the cell in each way. What it needs itself must not come back here for
// ever.
void Look() {
  if (!reads.load() || depth > 20) return;
  ++depth;
  if (depth > deepest.load()) deepest.store(depth);
  {
    const SnapshotOf<Rate> snapshot = rate.Load();
    const PinGuard pin;
    const Rate* const pinned = rate.LoadPinned(pin);
    if (snapshot && pinned != nullptr && pinned->every != 0) looks.fetch_add(1);
  }
  --depth;
}

void* Allocate(std::size_t size, std::size_t alignment) {
  Look();
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}
void* AllocateOrEnd(std::size_t size, std::size_t alignment) {
  void* const memory = Allocate(size, alignment);
  if (memory == nullptr) std::abort();
  return memory;
}
ABSL_ATTRIBUTE_NOINLINE void Free(void* memory) {
  Look();
  std::free(memory);
}

}  // namespace
}  // namespace sync_atomic

void* operator new(std::size_t size) {
  return sync_atomic::AllocateOrEnd(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return sync_atomic::Allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return sync_atomic::AllocateOrEnd(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  return sync_atomic::Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { sync_atomic::Free(memory); }
void operator delete(void* memory, std::size_t) noexcept {
  sync_atomic::Free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  sync_atomic::Free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  sync_atomic::Free(memory);
}

namespace sync_atomic {
namespace {

// One allocation that a compiler keeps.
void AllocateOnce() {
  int* volatile once = new int(1);
  delete once;
}

TEST(OperatorNewTest, MayReadCellsOnAThreadsFirstUse) {
  rate.Store(Rate{10});
  reads.store(true);
  deepest.store(0);
  looks.store(0);
  AllocateOnce();
  // Threads by turns, so that records are both made and used again.
  for (int i = 0; i < 3; ++i) std::thread(AllocateOnce).join();
  std::thread a(AllocateOnce), b(AllocateOnce);
  a.join();
  b.join();
  reads.store(false);
  EXPECT_GE(looks.load(), 6);
  EXPECT_EQ(deepest.load(), 1);
}

TEST(OperatorNewTest, MayReadCellsWhileOthersAreStoredAndRetired) {
  rate.Store(Rate{10});
  reads.store(true);
  deepest.store(0);
  std::thread([] {
    ValueOf<std::unique_ptr<int>> other;
    Pointer<int> pointer;
    for (int i = 0; i < 3000; ++i) {
      other.Store(std::make_unique<int>(i));
      Retire(pointer.Swap(new int(i)));
    }
    Retire(pointer.Swap(nullptr));
    Synchronize();
    Reclaim();
  }).join();
  reads.store(false);
  EXPECT_LE(deepest.load(), 2);
}

}  // namespace
}  // namespace sync_atomic
