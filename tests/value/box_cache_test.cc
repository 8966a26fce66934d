// The blocks that a thread keeps for its next boxes: when the heap is asked,
// and how much is kept.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/internal/cache.h"
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

using ::sync_atomic::internal::Cache;

// How many blocks the heap lends out.
std::int64_t Lent() { return allocated.load() - freed.load(); }

TEST(CacheTest, LendsABlockAgainToTheSameSizeClass) {
  Cache cache;
  void* const block = cache.Allocate(65);
  cache.Deallocate(block, 65);
  const std::int64_t before = allocated.load();
  EXPECT_EQ(cache.Allocate(128), block);
  EXPECT_EQ(allocated.load(), before);
  cache.Deallocate(block, 128);
  void* const other = cache.Allocate(64);
  EXPECT_NE(other, block);
  cache.Deallocate(other, 64);
  cache.Clear();
}

TEST(CacheTest, BlocksAreLargeEnoughForTheirWholeClass) {
  Cache cache;
  for (std::size_t size = 1; size <= Cache::kMaxBlock; ++size) {
    cache.Deallocate(cache.Allocate(size), size);
    // The same block, used up to its end: AddressSanitizer looks on.
    auto* const block =
        static_cast<char*>(cache.Allocate((size + 63) / 64 * 64));
    for (std::size_t i = 0; i < (size + 63) / 64 * 64; ++i) block[i] = 'x';
    cache.Deallocate(block, size);
  }
  cache.Clear();
}

TEST(CacheTest, KeepsAtMostItsBound) {
  const std::int64_t before = Lent();
  Cache cache;
  constexpr std::size_t kBlocks = 4 * Cache::kMaxBytes / Cache::kMaxBlock;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(cache.Allocate(Cache::kMaxBlock));
  }
  for (void* const block : blocks) cache.Deallocate(block, Cache::kMaxBlock);
  blocks = std::vector<void*>();
  EXPECT_EQ(Lent() - before,
            static_cast<std::int64_t>(Cache::kMaxBytes / Cache::kMaxBlock));
  cache.Clear();
  EXPECT_EQ(Lent(), before);
}

TEST(CacheTest, TakesABlockOfAnotherSizeWhenItIsFull) {
  Cache cache;
  constexpr std::size_t kBlocks = Cache::kMaxBytes / 64;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) blocks.push_back(cache.Allocate(1));
  void* const other = cache.Allocate(500);
  for (void* const block : blocks) cache.Deallocate(block, 1);
  cache.Deallocate(other, 500);
  const std::int64_t before = allocated.load();
  EXPECT_EQ(cache.Allocate(500), other);
  EXPECT_EQ(allocated.load(), before);
  cache.Deallocate(other, 500);
  cache.Clear();
}

TEST(CacheTest, LargeBlocksGoBackToTheHeap) {
  Cache cache;
  const std::int64_t before = Lent();
  cache.Deallocate(cache.Allocate(Cache::kMaxBlock + 1), Cache::kMaxBlock + 1);
  EXPECT_EQ(Lent(), before);
}

template <std::size_t kBytes>
struct Config {
  unsigned char bytes[kBytes] = {};
};

template <class T>
class BoxCacheTest : public ::testing::Test {};
using Sizes = ::testing::Types<Config<1>, Config<64>, Config<130>, Config<200>,
                               Config<530>, Config<Cache::kMaxBlock - 128>>;
TYPED_TEST_SUITE(BoxCacheTest, Sizes);

TYPED_TEST(BoxCacheTest, SteadyStoresNeitherAllocateNorFree) {
  Value value;
  const auto store = [&value](int times) {
    for (int i = 0; i < times; ++i) value.Store(TypeParam());
  };
  store(20'000);  // until as many wait as ever will
  const std::int64_t allocated_before = allocated.load();
  const std::int64_t freed_before = freed.load();
  store(20'000);
  EXPECT_EQ(allocated.load(), allocated_before);
  EXPECT_EQ(freed.load(), freed_before);
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

// The blocks follow the objects: one thread allocates and another frees, and
// the second keeps no more than its bound.
TEST(BoxCacheThreadTest, AThreadThatOnlyFreesKeepsNoMoreThanItsBound) {
  constexpr int kValues = 2'000;
  std::vector<Value> values(kValues);
  std::thread([&values] {
    for (Value& value : values) value.Store(Config<800>());
  }).join();
  std::thread([&values] {
    const std::int64_t before = Lent();
    for (Value& value : values) value.Clear();
    Reclaim();
    EXPECT_LE(Lent() - (before - kValues),
              static_cast<std::int64_t>(Cache::kMaxBytes / 800));
  }).join();
}

}  // namespace
}  // namespace sync_atomic
