// SPDX-License-Identifier: Apache-2.0

// FreeList: small blocks of memory that a thread keeps for its next boxes, so
// that a steady stream of stores neither mallocs nor frees.
//
// So a block may come back at the same address soon after it was freed. Nobody
// minds: a reader that announced the old object and still finds the address in
// the cell has announced the new object, which is what it then reads; a thread
// that compares by identity keeps the expected object alive; a pin protects
// what it reaches, whatever stood there before.
//
// A thread that only frees keeps nothing, and all threads together keep no more
// than kMaxBytesInAll: each takes its part in steps, for as long as it lives.
//
// Threads: one thread's.

#ifndef SYNC_ATOMIC_POINTER_RECLAIM_FREE_LIST_H_
#define SYNC_ATOMIC_POINTER_RECLAIM_FREE_LIST_H_

#include <atomic>
#include <cstddef>
#include <new>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/pointer/platform/tsan.h"

#if defined(__SANITIZE_ADDRESS__)
#define SYNC_ATOMIC_INTERNAL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYNC_ATOMIC_INTERNAL_ASAN 1
#endif
#endif
#ifdef SYNC_ATOMIC_INTERNAL_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace sync_atomic {
namespace internal {

// What the free lists of all threads may keep, of kMaxBytesInAll.
SYNC_ATOMIC_INTERNAL_PROCESS std::atomic<std::size_t> free_list_quotas
    SYNC_ATOMIC_INTERNAL_INITIALLY({0});

class FreeList {
 public:
  // Blocks up to this size are kept; others come from the heap and go there.
  static constexpr std::size_t kMaxBlock = 1024;
  // What a thread keeps, at most: the default limit of bytes that it retires
  // before a reclaim, and a block.
  static constexpr std::size_t kMaxBytes = (std::size_t{256} << 10) + kMaxBlock;

  // What all threads keep, at most.
  static constexpr std::size_t kMaxBytesInAll = std::size_t{16} << 20;

  // What a block of `size` bytes takes.
  static constexpr std::size_t Footprint(std::size_t size) {
    return size <= kMaxBlock ? RoundedUp(size) : size;
  }

  constexpr FreeList() = default;
  FreeList(const FreeList&) = delete;
  FreeList& operator=(const FreeList&) = delete;

  // A block of `size` bytes, aligned for every type without an alignment of its
  // own; null without memory.
  void* Allocate(std::size_t size) {
    if (ABSL_PREDICT_TRUE(size <= kMaxBlock)) {
      Block*& free = free_[ClassOf(size)];
      if (ABSL_PREDICT_TRUE(free != nullptr)) {
        Block* const block = free;
        Poison(block, size, false);
        free = block->next;
        bytes_ -= RoundedUp(size);
        TsanDone(this);
        return block;
      }
      size = RoundedUp(size);
      allocates_ = true;
    }
    return ::operator new(size, std::nothrow);
  }

  // `size` as it was allocated, by any thread.
  void Deallocate(void* memory, std::size_t size) {
    if (ABSL_PREDICT_TRUE(size <= kMaxBlock && HasRoomFor(size))) {
      Block*& free = free_[ClassOf(size)];
      free = new (memory) Block{free};
      bytes_ += RoundedUp(size);
      Poison(memory, size, true);
      TsanDone(this);
    } else {
      ::operator delete(memory);
    }
  }

  // Leaves everything allocated: for a cache whose thread may have been stopped
  // in the middle of a change.
  void Forget() {
    for (Block*& free : free_) free = nullptr;
    bytes_ = 0;
    GiveUpQuota();
  }

  // Gives everything back to the heap.
  void Clear() {
    for (std::size_t i = 0; i < kClasses; ++i) {
      while (free_[i] != nullptr) GiveBack(i);
    }
    GiveUpQuota();
  }

 private:
  // It takes its part of what all may keep in such steps; at least a block.
  static constexpr std::size_t kQuotaStep = std::size_t{16} << 10;

  // A class for each multiple of this.
  static constexpr std::size_t kStep = 64;
  static constexpr std::size_t kClasses = kMaxBlock / kStep;

  struct Block {
    Block* next;
  };

  static constexpr std::size_t RoundedUp(std::size_t size) {
    return (size + kStep - 1) / kStep * kStep;
  }
  static std::size_t ClassOf(std::size_t size) { return (size - 1) / kStep; }

  bool HasRoomFor(std::size_t size) {
    return ABSL_PREDICT_TRUE(bytes_ + RoundedUp(size) <= quota_) ||
           HasMoreQuota() || MadeRoomFor(size);
  }

  ABSL_ATTRIBUTE_NOINLINE bool HasMoreQuota() {
    if (!allocates_ || quota_ == kMaxBytes) return false;
    const std::size_t step =
        kMaxBytes - quota_ < kQuotaStep ? kMaxBytes - quota_ : kQuotaStep;
    if (free_list_quotas.fetch_add(step) + step > kMaxBytesInAll) {
      free_list_quotas.fetch_sub(step);
      return false;
    }
    quota_ += step;
    return true;
  }
  void GiveUpQuota() {
    free_list_quotas.fetch_sub(quota_);
    quota_ = 0;
    allocates_ = false;
  }

  // Gives back blocks of other classes, in turn, so that what a thread once
  // stored does not keep out what it stores now.
  ABSL_ATTRIBUTE_NOINLINE bool MadeRoomFor(std::size_t size) {
    for (std::size_t passed = 0; passed < kClasses;) {
      victim_ = (victim_ + 1) % kClasses;
      if (victim_ == ClassOf(size) || free_[victim_] == nullptr) {
        ++passed;
        continue;
      }
      passed = 0;
      GiveBack(victim_);
      if (bytes_ + RoundedUp(size) <= quota_) return true;
    }
    return false;
  }

  // Gives a block of this class back to the heap.
  void GiveBack(std::size_t i) {
    Block* const block = free_[i];
    Poison(block, (i + 1) * kStep, false);
    free_[i] = block->next;
    bytes_ -= (i + 1) * kStep;
    ::operator delete(block);
  }

  // AddressSanitizer reports who touches a block that is kept here. The link
  // stays readable, for leak checkers to find the next.
  static void Poison([[maybe_unused]] void* memory,
                     [[maybe_unused]] std::size_t size,
                     [[maybe_unused]] bool poisoned) {
#ifdef SYNC_ATOMIC_INTERNAL_ASAN
    void* const rest = static_cast<Block*>(memory) + 1;
    const std::size_t rest_size = RoundedUp(size) - sizeof(Block);
    if (poisoned) {
      ASAN_POISON_MEMORY_REGION(rest, rest_size);
    } else {
      ASAN_UNPOISON_MEMORY_REGION(rest, rest_size);
    }
#endif
  }

  Block* free_[kClasses] = {};
  std::size_t bytes_ = 0;
  // Its part of what all may keep.
  std::size_t quota_ = 0;
  // It has had to ask the heap for a block.
  bool allocates_ = false;
  // The class that gave way last.
  std::size_t victim_ = 0;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_RECLAIM_FREE_LIST_H_
