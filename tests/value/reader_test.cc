// SPDX-License-Identifier: Apache-2.0

// ValueOf<T>::Reader: what one thread's view of a cell returns, keeps and lets
// go of. That its Load executes no locked instruction is in fast_path_test.cc.

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using Reader = ValueOf<Canary>::Reader;

// Each test leaves nothing behind.
class ReaderTest : public ::testing::Test {
 protected:
  void TearDown() override {
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
};

TEST_F(ReaderTest, BelongsToOneThreadAndIsNotCopied) {
  EXPECT_FALSE(std::is_copy_constructible_v<Reader>);
  EXPECT_FALSE(std::is_copy_assignable_v<Reader>);
}

TEST_F(ReaderTest, SeesEachStore) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  Reader reader(value);
  EXPECT_EQ(reader.Load()->number(), 1u);
  value.Store(Canary(2));
  EXPECT_EQ(reader.Load()->number(), 2u);
  value.Swap(std::make_unique<Canary>(3));
  EXPECT_EQ(reader.Load()->number(), 3u);
  EXPECT_TRUE(value.CompareAndSwap(Canary(3), Canary(4)));
  EXPECT_EQ(reader.Load()->number(), 4u);
  value.Update([](const Canary& held) { return Canary(held.number() + 1); });
  EXPECT_EQ(reader.Load()->number(), 5u);
  value.Emplace(6u);
  EXPECT_EQ(reader.Load()->number(), 6u);
}

TEST_F(ReaderTest, WithoutAStoreInBetweenItReturnsTheSamePointer) {
  ValueOf<Canary> value;
  value.Store(std::make_unique<Canary>(1));
  Reader reader(value);
  const Canary* const first = reader.Load();
  EXPECT_EQ(first, value.Load().get());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(reader.Load(), first);
}

TEST_F(ReaderTest, SeesThatACellIsEmptyAndNoLongerIs) {
  ValueOf<Canary> value;
  Reader reader(value);
  EXPECT_EQ(reader.Load(), nullptr);
  EXPECT_EQ(reader.Load(), nullptr);
  value.Store(Canary(1));
  EXPECT_EQ(reader.Load()->number(), 1u);
  value.Clear();
  EXPECT_EQ(reader.Load(), nullptr);
  EXPECT_EQ(reader.Load(), nullptr);
  value.Store(Canary(2));
  EXPECT_EQ(reader.Load()->number(), 2u);
}

TEST_F(ReaderTest, KeepsAliveWhatItLoadedLast) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  Reader reader(value);
  const Canary* const loaded = reader.Load();
  value.Store(Canary(2));
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_TRUE(loaded->Sings());
  EXPECT_EQ(loaded->number(), 1u);
}

TEST_F(ReaderTest, LetsGoOfWhatWasReplacedOnceItLoadsAnew) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  Reader reader(value);
  reader.Load();
  value.Store(Canary(2));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 2);
  reader.Load();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  value.Clear();
  reader.Load();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ReaderTest, ReleaseLetsGo) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  Reader reader(value);
  reader.Release();  // of nothing yet
  reader.Load();
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  reader.Release();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  reader.Release();
  EXPECT_EQ(reader.Load(), nullptr);
}

TEST_F(ReaderTest, LoadsAgainAfterARelease) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  Reader reader(value);
  const Canary* const first = reader.Load();
  reader.Release();
  EXPECT_EQ(reader.Load(), first);
  value.Store(Canary(2));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 2);
  reader.Release();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_EQ(reader.Load()->number(), 2u);
}

TEST_F(ReaderTest, LetsGoAsItEnds) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  {
    Reader reader(value);
    reader.Load();
    value.Clear();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// A freed block is the next one of its size, on this thread. What a reader
// holds is not freed, and after a Release it doesn't remember an address.
TEST_F(ReaderTest, IsNotFooledByAnotherObjectAtTheSameAddress) {
  ValueOf<Canary> value;
  Reader reader(value), releasing(value);
  int same_address = 0;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    value.Store(Canary(i));
    Reclaim();
    ASSERT_EQ(reader.Load()->number(), i);
    const Canary* const before = releasing.Load();
    ASSERT_EQ(before->number(), i);
    reader.Release();
    releasing.Release();
    value.Clear();
    Reclaim();
    value.Store(Canary(i + 100));
    const Canary* const now = releasing.Load();
    ASSERT_NE(now, nullptr);
    if (now == before) ++same_address;
    ASSERT_EQ(now->number(), i + 100);
    ASSERT_EQ(reader.Load()->number(), i + 100);
    // This time nobody releases.
    value.Clear();
    Reclaim();
    ASSERT_TRUE(now->Sings());
    value.Store(Canary(i + 200));
    ASSERT_EQ(releasing.Load()->number(), i + 200);
    ASSERT_EQ(reader.Load()->number(), i + 200);
  }
  EXPECT_GT(same_address, 0);
}

TEST_F(ReaderTest, ManyReadersOfOneCellEachHoldTheirOwn) {
  ValueOf<Canary> value;
  std::unique_ptr<Reader> readers[20];  // more than a thread has slots
  for (std::uint64_t i = 0; i < 20; ++i) {
    value.Store(Canary(i));
    readers[i] = std::make_unique<Reader>(value);
    ASSERT_EQ(readers[i]->Load()->number(), i);
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 20);
  for (const auto& reader : readers) EXPECT_EQ(reader->Load()->number(), 19u);
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
}

TEST_F(ReaderTest, ReadsAConstCell) {
  ValueOf<std::string> text;
  text.Store("text");
  const ValueOf<std::string>& constant = text;
  ValueOf<std::string>::Reader reader(constant);
  EXPECT_EQ(*reader.Load(), "text");
}

}  // namespace
}  // namespace sync_atomic
