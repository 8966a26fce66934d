// SPDX-License-Identifier: Apache-2.0

// MapBucket: a cache line with up to six entries. MapBlock: six more of them,
// for a bucket that is full. MapChain: blocks that no other thread knows yet.
//
// A bucket's blocks are a chain, the newest first. Only the newest has null
// words: the next block is linked once it is full. A block is linked with its
// first entry in it, visible, and what it leads to never changes.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_BUCKET_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_BUCKET_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/value/internal/map_entry.h"
#include "sync_atomic/value/internal/map_word.h"

namespace sync_atomic {
namespace internal {

// A control word, and what it has tags of.
template <class Policy>
struct MapRow {
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;
  using Entry = MapEntry<Policy>;

  // Makes word i visible, which has an entry of this hash.
  void ShowTag(int i, std::uint64_t hash) {
    const std::uint64_t tag = MapTags::TagOf(hash);
    if (MapTags::Get(control.load(), i) == 0) {
      control.fetch_or(MapTags::At(i, tag));
    }
  }

  void FreezeAll() {
    for (Atomic<MapWord::Word>& word : words) word.fetch_or(MapWord::kFrozen);
  }

  Atomic<std::uint64_t> control{0};
  Atomic<MapWord::Word> words[MapTags::kWords] = {};
};

template <class Policy>
struct MapBlock : Retired {
  using Row = MapRow<Policy>;

  // Null without memory.
  static MapBlock* Create(MapBlock* down) {
    return new (std::nothrow) MapBlock(down);
  }

  // A retired block takes those below it along.
  static void DisposeChain(Retired* retired) {
    FreeChain(static_cast<MapBlock*>(retired));
  }
  static void FreeChain(MapBlock* block) {
    while (block != nullptr) delete std::exchange(block, block->down);
  }

  // What a look-up reads is one cache line.
  alignas(64) Row row;
  // The block that was the newest before.
  MapBlock* const down;

 private:
  explicit MapBlock(MapBlock* of) : down(of) {
    address = this;
    bytes = sizeof(MapBlock);
    dispose = &DisposeChain;
  }
};

template <class Policy>
struct alignas(64) MapBucket {
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;
  using Block = MapBlock<Policy>;

  static Block* BlockIn(MapWord::Word word) {
    return reinterpret_cast<Block*>(MapWord::Thawed(word));
  }
  static MapWord::Word WordOf(const Block* block) {
    return reinterpret_cast<MapWord::Word>(block);
  }

  // Calls f(row) for the bucket and each block of the chain.
  template <class F>
  static void ForEachRow(MapRow<Policy>& home, Block* chain, const F& f) {
    f(home);
    for (; chain != nullptr; chain = chain->down) f(chain->row);
  }

  MapRow<Policy> row;
  // The newest block, and kFrozen.
  Atomic<MapWord::Word> next{0};
};

template <class Policy>
class MapChain {
 public:
  using Block = MapBlock<Policy>;
  using Entry = MapEntry<Policy>;

  MapChain() = default;
  MapChain(const MapChain&) = delete;
  MapChain& operator=(const MapChain&) = delete;
  ~MapChain() { Block::FreeChain(top_); }

  // Adds a block; false without memory.
  bool AddBlock() {
    Block* const block = Block::Create(top_);
    if (block == nullptr) return false;
    top_ = block;
    count_ = 0;
    return true;
  }

  // Adds an entry, visible; false without memory.
  bool Add(const Entry& entry) {
    if ((top_ == nullptr || count_ == MapTags::kWords) && !AddBlock()) {
      return false;
    }
    top_->row.words[count_].store(entry.word());
    top_->row.ShowTag(count_, entry.hash);
    ++count_;
    return true;
  }

  // Puts the chain in the place of `expected`, which `next` leads to; false if
  // it no longer does.
  bool Link(typename Policy::template Atomic<MapWord::Word>& next,
            MapWord::Word expected) {
    if (!next.compare_exchange_strong(expected,
                                      MapBucket<Policy>::WordOf(top_))) {
      return false;
    }
    top_ = nullptr;
    return true;
  }

  bool empty() const { return top_ == nullptr; }

 private:
  Block* top_ = nullptr;
  int count_ = 0;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_BUCKET_H_
