// SPDX-License-Identifier: Apache-2.0

// MapTable: the buckets of a Map, and how far they have been moved to the next
// table. MapSize: how many entries there are.
//
// A key's bucket is chosen by the upper bits of its hash. So each bucket has an
// interval of hashes, and the buckets of a larger table that take its place
// stand side by side.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_TABLE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/map_bucket.h"
#include "sync_atomic/value/internal/map_entry.h"
#include "sync_atomic/value/internal/map_word.h"

namespace sync_atomic {
namespace internal {

// The size of a Map since it was empty: all tables share it until a Clear.
template <class Policy>
class alignas(64) MapSize {
 public:
  void Add(std::int64_t delta) { size_.fetch_add(delta); }
  std::int64_t Load() const { return size_.load(); }

 private:
  typename Policy::template Atomic<std::int64_t> size_{0};
};
template <>
class MapSize<StdPolicy> {
 public:
  void Add(std::int64_t delta) { size_.Add(delta); }
  std::int64_t Load() const { return size_.Load(); }

 private:
  Counter size_;
};

// Whether memory that is all zeros is the atomics of a policy: the pages of a
// large table then need not be touched before they are used.
template <class Policy>
inline constexpr bool kZerosAreAtomics = std::is_same_v<Policy, StdPolicy>;

template <class Policy>
class MapTable : public Retired {
 public:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;
  using Bucket = MapBucket<Policy>;
  using Block = MapBlock<Policy>;
  using Row = MapRow<Policy>;
  using Entry = MapEntry<Policy>;
  using Size = MapSize<Policy>;
  using Word = MapWord::Word;

  static constexpr std::size_t kFewestBuckets = 4;

  // A table of so many buckets, a power of two; null without memory.
  static MapTable* Create(std::size_t count, Size* of) {
    constexpr std::size_t kMost =
        (static_cast<std::size_t>(-1) / 2 - sizeof(MapTable)) / sizeof(Bucket);
    if (count > kMost) return nullptr;
    const std::size_t bytes = sizeof(MapTable) + count * sizeof(Bucket);
    void* const memory = Allocate(bytes);
    if (memory == nullptr) return nullptr;
    auto* const table = new (Aligned(memory)) MapTable(count, of);
    table->memory_ = memory;
    table->bytes = bytes;
    if constexpr (!kZerosAreAtomics<Policy>) {
      for (std::size_t i = 0; i < count; ++i) new (table->buckets() + i) Bucket;
    }
    return table;
  }
  // The memory alone, of the blocks too. Nobody may read it any more.
  static void Deallocate(MapTable* table) {
    for (std::size_t i = 0; i < table->count(); ++i) {
      Block::FreeChain(Bucket::BlockIn(table->bucket(i).next.load()));
    }
    void* const memory = table->memory_;
    if constexpr (!kZerosAreAtomics<Policy>) {
      for (std::size_t i = 0; i < table->count(); ++i) {
        table->bucket(i).~Bucket();
      }
    }
    table->~MapTable();
    Free(memory);
  }
  // Everything: retires the entries, which others may hold, and frees the table
  // and the next one. Nobody may read them any more, but through snapshots.
  static void DestroyAll(MapTable* table) {
    MapTable* const next = table->next_table.load();
    for (std::size_t i = 0; i < table->count(); ++i) {
      Bucket& bucket = table->bucket(i);
      if ((bucket.row.control.load() & MapTags::kMoved) == 0) {
        RetireEntries(bucket);
      } else {
        const std::size_t many = next->count() / table->count();
        for (std::size_t j = 0; j < many; ++j) {
          RetireEntries(next->bucket(i * many + j));
        }
      }
    }
    if (next != nullptr) Deallocate(next);
    delete table->size;
    Deallocate(table);
  }

  // Whose readers are looked at before something of this is freed: a process
  // may have several copies of this library.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void CheckDomain() const {
    if (ABSL_PREDICT_FALSE(domain_ != &Policy::domain)) CheckOtherDomain();
  }

  // To be disposed of as memory, once its buckets have been moved.
  Retired* AsMemory() {
    dispose = [](Retired* self) { Deallocate(static_cast<MapTable*>(self)); };
    return this;
  }
  // To be disposed of with all that is in it.
  Retired* WithAll() {
    dispose = [](Retired* self) { DestroyAll(static_cast<MapTable*>(self)); };
    return this;
  }

  std::size_t count() const { return count_; }
  Bucket& bucket(std::uint64_t i) { return buckets()[i]; }
  std::uint64_t IndexOf(std::uint64_t hash) const { return hash >> shift_; }
  Bucket& BucketOf(std::uint64_t hash) { return buckets()[IndexOf(hash)]; }
  // The first hash after those of the bucket of this one; 0: there is none.
  std::uint64_t EndOfBucket(std::uint64_t hash) const {
    return (IndexOf(hash) + 1) << shift_;
  }

  // How many buckets may get blocks before the map gets another table.
  std::size_t crowded_limit() const { return count_ / 8 + 1; }

  // What its buckets are moved to; null at first.
  Atomic<MapTable*> next_table{nullptr};
  Size* const size;

  // How many of its buckets have got a block by an insertion.
  alignas(64) Atomic<std::size_t> crowded{0};
  // Somebody is allocating the next table.
  Atomic<std::uint32_t> claimed{0};
  // Up to where buckets are being moved, by whoever advanced it.
  Atomic<std::size_t> cursor{0};
  // Up to where all buckets have been moved.
  Atomic<std::size_t> moved{0};

 private:
  MapTable(std::size_t count, Size* of) : size(of), count_(count) {
    address = this;
    shift_ = 64;
    for (; count > 1; count /= 2) --shift_;
  }
  ~MapTable() = default;

  // Null without memory.
  static void* Allocate(std::size_t needed) {
    if constexpr (kZerosAreAtomics<Policy>) {
      return std::calloc(1, needed + alignof(MapTable));
    } else {
      return ::operator new(needed, std::align_val_t(alignof(MapTable)),
                            std::nothrow);
    }
  }
  static void Free(void* memory) {
    if constexpr (kZerosAreAtomics<Policy>) {
      std::free(memory);
    } else {
      ::operator delete(memory, std::align_val_t(alignof(MapTable)));
    }
  }
  // The table's place in what Allocate() returned.
  static void* Aligned(void* memory) {
    std::size_t room = 2 * alignof(MapTable);
    return std::align(alignof(MapTable), alignof(MapTable), memory, room);
  }

  Bucket* buckets() { return reinterpret_cast<Bucket*>(this + 1); }

  static void RetireEntries(Bucket& bucket) {
    Bucket::ForEachRow(bucket.row, Bucket::BlockIn(bucket.next.load()),
                       [](Row& row) {
                         for (Atomic<Word>& word : row.words) {
                           const Word held = word.load();
                           if (MapWord::IsLive(held)) Entry::In(held)->Retire();
                         }
                       });
  }

  ABSL_ATTRIBUTE_NOINLINE void CheckOtherDomain() const {
    // The functions of two libraries may return the same domain.
    if (&domain_() == &Policy::domain()) return;
    Fatal(
        "sync/atomic: use of a Map that another copy of the library in this "
        "process has stored to");
  }

  std::size_t count_;
  int shift_ = 0;
  void* memory_ = nullptr;
  Domain<Policy>& (*domain_)() = &Policy::domain;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_TABLE_H_
