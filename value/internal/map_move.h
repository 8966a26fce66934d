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
#include <type_traits>

#include "sync_atomic/pointer/reclaim/std_policy.h"
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
          const std::uint64_t pair = next.IndexOf(entry.hash) / 2;
          return frozen.HasEarlier(place, next, pair) ||
                 frozen.Fill(next, pair);
        })) {
      return false;
    }
    bucket.row.control.fetch_or(MapTags::kMoved);
    return true;
  }

  // Has the processor fetch the hashes of a bucket's entries, which are to be
  // moved: a move has too many locked instructions for it to look ahead.
  static void Prefetch([[maybe_unused]] const Bucket& bucket) {
    if constexpr (std::is_same_v<Policy, StdPolicy>) {  // no step of a model's
      if ((bucket.row.control.load() & MapTags::kMoved) != 0) return;
      for (const Atomic<Word>& word : bucket.row.words) {
        __builtin_prefetch(Entry::HashIn(word.load()));
      }
    }
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

    // Whether there is one before this place that goes to the same pair of
    // buckets. In a table that is doubled, there is one pair.
    bool HasEarlier(const Place& place, const Table& next,
                    std::uint64_t pair) const {
      bool found = false;
      ForEach([&](const Entry& entry, const Place& at) {
        if (at.row == place.row && at.i == place.i) return false;
        found = next.IndexOf(entry.hash) / 2 == pair;
        return !found;
      });
      return found;
    }

    // Puts all that go to two buckets there. False without memory.
    bool Fill(Table& next, std::uint64_t pair) const {
      NewPlace places[] = {NewPlace(next.bucket(2 * pair)),
                           NewPlace(next.bucket(2 * pair + 1))};
      const bool done = ForEach([&](const Entry& entry, const Place&) {
        const std::uint64_t to = next.IndexOf(entry.hash);
        return to / 2 != pair || places[to % 2].Add(entry);
      });
      if (!done) return false;
      for (NewPlace& place : places) place.Finish();
      return true;
    }
  };

  // A bucket of the next table that is being filled.
  class NewPlace {
   public:
    explicit NewPlace(Bucket& bucket)
        : bucket_(bucket), has_rest_(bucket.next.load() != 0) {}

    // False without memory.
    bool Add(const Entry& entry) {
      if (filled_ == MapTags::kWords) return has_rest_ || rest_.Add(entry);
      Word none = 0;
      bucket_.row.words[filled_].compare_exchange_strong(none, entry.word());
      tags_ |= MapTags::At(filled_, MapTags::TagOf(entry.hash));
      ++filled_;
      return true;
    }

    void Finish() {
      if (tags_ != 0) bucket_.row.control.fetch_or(tags_);
      if (!rest_.empty()) rest_.Link(bucket_.next, 0);
    }

   private:
    Bucket& bucket_;
    const bool has_rest_;
    int filled_ = 0;
    std::uint64_t tags_ = 0;
    MapChain<Policy> rest_;
  };
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_MOVE_H_
