// SPDX-License-Identifier: Apache-2.0

// MapMove: how the entries of a bucket get to other places: to the buckets of
// the next table, or from a long chain to a shorter one.
//
// Several threads may do it at once, each from the start, and none waits for
// another: the words are frozen first, so that all see the same entries, in the
// same order; each puts the same entry into the same word, if it is null; and
// what makes the new place the bucket's is one step. A thread that comes late
// changes nothing: a word that was filled is never null again.
//
//   OPEN      no word is frozen
//   freezing  some are; a writer that meets one goes on with the move
//   frozen    all are, and `next` too
//   moved     control has kMoved: the new buckets are what counts
//
// No code of the user's runs in here: an entry has its hash.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_MOVE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_MOVE_H_

#include <cstdint>

#include "sync_atomic/value/internal/map_bucket.h"
#include "sync_atomic/value/internal/map_entry.h"
#include "sync_atomic/value/internal/map_operation.h"
#include "sync_atomic/value/internal/map_table.h"
#include "sync_atomic/value/internal/map_word.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class MapMove {
 public:
  using Table = MapTable<Policy>;
  using Bucket = MapBucket<Policy>;
  using Block = MapBlock<Policy>;
  using Row = MapRow<Policy>;
  using Entry = MapEntry<Policy>;
  using Word = MapWord::Word;
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;

  // Moves a bucket to the next table, if it has not been moved. The caller has
  // been pinned since before it found the table: what the words show is retired
  // only after the bucket has been moved. False without memory: any thread can
  // go on with it.
  static bool ToNextTable(Bucket& bucket, Table& next) {
    if ((bucket.row.control.load() & MapTags::kMoved) != 0) return true;
    bucket.row.FreezeAll();
    Block* const chain =
        Bucket::BlockIn(bucket.next.fetch_or(MapWord::kFrozen));
    FreezeChain(chain);
    const Frozen frozen = {bucket.row, chain};
    if (!frozen.ForEach([&](Entry& entry, const Place& place) {
          const std::uint64_t to = next.IndexOf(entry.hash);
          return frozen.HasEarlier(place, next, to) || frozen.Fill(next, to);
        })) {
      return false;
    }
    bucket.row.control.fetch_or(MapTags::kMoved);
    return true;
  }

  // Makes a new chain of the entries that are in the one that `top` begins, if
  // `next` still leads to that. False without memory.
  static bool ToShorterChain(MapOperation<Policy>& operation, Bucket& bucket,
                             Word top) {
    Block* const chain = Bucket::BlockIn(top);
    FreezeChain(chain);
    MapChain<Policy> shorter;
    for (Block* block = chain; block != nullptr; block = block->down) {
      for (const Atomic<Word>& word : block->row.words) {
        const Word held = word.load();
        if (MapWord::IsLive(held) && !shorter.Add(*Entry::In(held))) {
          return false;
        }
      }
    }
    // Never back to null: a mover that comes late looks whether it is.
    if (shorter.empty() && !shorter.AddBlock()) return false;
    if (shorter.Link(bucket.next, top)) operation.RetireLater(chain);
    return true;
  }

 private:
  // Where a word is in the order of a frozen bucket.
  struct Place {
    const Row* row;
    int i;
  };

  static void FreezeChain(Block* chain) {
    for (; chain != nullptr; chain = chain->down) chain->row.FreezeAll();
  }

  // A bucket that no longer changes.
  struct Frozen {
    Row& home;
    Block* chain;

    // Calls f(entry, place) for each, in one order, until it is false; whether
    // it never was.
    template <class F>
    bool ForEach(const F& f) const {
      Row* row = &home;
      for (Block* rest = chain;; rest = rest->down) {
        for (int i = 0; i < MapTags::kWords; ++i) {
          const Word held = row->words[i].load();
          if (MapWord::IsLive(held) && !f(*Entry::In(held), Place{row, i})) {
            return false;
          }
        }
        if (rest == nullptr) return true;
        row = &rest->row;
      }
    }

    // Whether there is one before this place that goes to the same bucket.
    bool HasEarlier(const Place& place, const Table& next,
                    std::uint64_t to) const {
      bool found = false;
      ForEach([&](const Entry& entry, const Place& at) {
        if (at.row == place.row && at.i == place.i) return false;
        found = next.IndexOf(entry.hash) == to;
        return !found;
      });
      return found;
    }

    // Puts all that go to one bucket there. False without memory.
    bool Fill(Table& next, std::uint64_t to) const {
      Bucket& bucket = next.bucket(to);
      std::uint64_t tags = 0;
      int filled = 0;
      MapChain<Policy> rest;
      const bool has_rest = bucket.next.load() != 0;
      const bool done = ForEach([&](const Entry& entry, const Place&) {
        if (next.IndexOf(entry.hash) != to) return true;
        if (filled == MapTags::kWords) return has_rest || rest.Add(entry);
        Word none = 0;
        bucket.row.words[filled].compare_exchange_strong(none, entry.word());
        tags |= MapTags::At(filled, MapTags::TagOf(entry.hash));
        ++filled;
        return true;
      });
      if (!done) return false;
      bucket.row.control.fetch_or(tags);
      if (!rest.empty()) rest.Link(bucket.next, 0);
      return true;
    }
  };
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_MOVE_H_
