// SPDX-License-Identifier: Apache-2.0

// The blocks that a thread keeps for its next boxes: when the heap is asked,
// and how much is kept.

#include "sync_atomic/pointer/reclaim/free_list.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/value.h"

// What was taken from the heap and given back, by all threads.
namespace {
std::atomic<std::int64_t> allocated{0}, freed{0};
}  // namespace

void* operator new(std::size_t size) {
  allocated.fetch_add(1);
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocated.fetch_add(1);
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) freed.fetch_add(1);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  operator delete(memory);
}

namespace sync_atomic {
namespace {

using ::sync_atomic::internal::FreeList;

// How many blocks the heap lends out.
std::int64_t Lent() { return allocated.load() - freed.load(); }

TEST(CacheTest, LendsABlockAgainToTheSameSizeClass) {
  FreeList free_list;
  void* const block = free_list.Allocate(65);
  free_list.Deallocate(block, 65);
  const std::int64_t before = allocated.load();
  EXPECT_EQ(free_list.Allocate(128), block);
  EXPECT_EQ(allocated.load(), before);
  free_list.Deallocate(block, 128);
  void* const other = free_list.Allocate(64);
  EXPECT_NE(other, block);
  free_list.Deallocate(other, 64);
  free_list.Clear();
}

TEST(CacheTest, BlocksAreLargeEnoughForTheirWholeClass) {
  FreeList free_list;
  for (std::size_t size = 1; size <= FreeList::kMaxBlock; ++size) {
    free_list.Deallocate(free_list.Allocate(size), size);
    // The same block, used up to its end: AddressSanitizer looks on.
    auto* const block =
        static_cast<char*>(free_list.Allocate((size + 63) / 64 * 64));
    for (std::size_t i = 0; i < (size + 63) / 64 * 64; ++i) block[i] = 'x';
    free_list.Deallocate(block, size);
  }
  free_list.Clear();
}

TEST(CacheTest, KeepsAtMostItsBound) {
  const std::int64_t before = Lent();
  FreeList free_list;
  constexpr std::size_t kBlocks = 4 * FreeList::kMaxBytes / FreeList::kMaxBlock;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(free_list.Allocate(FreeList::kMaxBlock));
  }
  for (void* const block : blocks) {
    free_list.Deallocate(block, FreeList::kMaxBlock);
  }
  blocks = std::vector<void*>();
  EXPECT_EQ(Lent() - before, static_cast<std::int64_t>(FreeList::kMaxBytes /
                                                       FreeList::kMaxBlock));
  free_list.Clear();
  EXPECT_EQ(Lent(), before);
}

TEST(CacheTest, TakesABlockOfAnotherSizeWhenItIsFull) {
  FreeList free_list;
  constexpr std::size_t kBlocks = FreeList::kMaxBytes / 64;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(free_list.Allocate(1));
  }
  void* const other = free_list.Allocate(500);
  for (void* const block : blocks) free_list.Deallocate(block, 1);
  free_list.Deallocate(other, 500);
  const std::int64_t before = allocated.load();
  EXPECT_EQ(free_list.Allocate(500), other);
  EXPECT_EQ(allocated.load(), before);
  free_list.Deallocate(other, 500);
  free_list.Clear();
}

TEST(CacheTest, LargeBlocksGoBackToTheHeap) {
  FreeList free_list;
  const std::int64_t before = Lent();
  free_list.Deallocate(free_list.Allocate(FreeList::kMaxBlock + 1),
                       FreeList::kMaxBlock + 1);
  EXPECT_EQ(Lent(), before);
}

template <std::size_t kBytes>
struct Config {
  unsigned char bytes[kBytes] = {};
};

template <class T>
class BoxCacheTest : public ::testing::Test {};
using Sizes = ::testing::Types<Config<1>, Config<64>, Config<130>, Config<200>,
                               Config<530>, Config<FreeList::kMaxBlock - 128>>;
TYPED_TEST_SUITE(BoxCacheTest, Sizes);

// But for a few: how many wait for a reclaim changes a little with what a heavy
// fence costs.
TYPED_TEST(BoxCacheTest, SteadyStoresNeitherAllocateNorFree) {
  constexpr int kStores = 20'000, kFew = kStores / 50;
  Value value;
  const auto store = [&value](int times) {
    for (int i = 0; i < times; ++i) value.Store(TypeParam());
  };
  store(kStores);  // until as many wait as ever will
  const std::int64_t allocated_before = allocated.load();
  const std::int64_t freed_before = freed.load();
  store(kStores);
  EXPECT_LE(allocated.load() - allocated_before, kFew);
  EXPECT_LE(freed.load() - freed_before, kFew);
}

TEST(BoxCacheThreadTest, AThreadThatEndsGivesItsBlocksBack) {
  Reclaim();  // what other tests left waiting
  Value value;
  // Makes the record of a thread, which the next one takes over.
  std::thread([&value] { value.Store(std::uint64_t{0}); }).join();
  const std::int64_t before = Lent();
  std::thread([&value] {
    for (std::uint64_t i = 0; i < 10'000; ++i) value.Store(i);
    Reclaim();  // into its own cache, and not into that of others
  }).join();
  // The cell holds one value, as before.
  EXPECT_EQ(Lent(), before);
}

// However many threads there are.
TEST(CacheTest, AllTogetherKeepAtMostTheirBound) {
  constexpr std::size_t kLists = 200;
  constexpr std::size_t kBlocks = FreeList::kMaxBytes / FreeList::kMaxBlock;
  static_assert(kLists * kBlocks * FreeList::kMaxBlock >
                2 * FreeList::kMaxBytesInAll);
  std::vector<FreeList> lists(kLists);
  std::vector<void*> blocks(kBlocks);
  const std::int64_t before = Lent();
  for (FreeList& list : lists) {
    for (void*& block : blocks) block = list.Allocate(FreeList::kMaxBlock);
    for (void* block : blocks) list.Deallocate(block, FreeList::kMaxBlock);
  }
  const auto kept = static_cast<std::size_t>(Lent() - before);
  EXPECT_LE(kept * FreeList::kMaxBlock, FreeList::kMaxBytesInAll);
  EXPECT_GE(kept * FreeList::kMaxBlock, FreeList::kMaxBytesInAll / 2);
  for (FreeList& list : lists) list.Clear();
  EXPECT_EQ(Lent(), before);
  // What they gave up is there for others.
  FreeList another;
  another.Deallocate(another.Allocate(64), 64);
  EXPECT_EQ(Lent(), before + 1);
  another.Clear();
}

// The blocks follow the objects: one thread allocates and another frees, and
// the second keeps none.
TEST(BoxCacheThreadTest, AThreadThatOnlyFreesKeepsNothing) {
  constexpr int kValues = 2'000;
  std::vector<Value> values(kValues);
  std::thread([&values] {
    for (Value& value : values) value.Store(Config<800>());
  }).join();
  std::thread([&values] {
    const std::int64_t before = Lent();
    for (Value& value : values) value.Clear();
    Reclaim();
    EXPECT_LE(Lent(), before - kValues);
  }).join();
}

}  // namespace
}  // namespace sync_atomic
