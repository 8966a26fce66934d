// SPDX-License-Identifier: Apache-2.0

// MapCore: the protocol of a Map: look-ups, changes, resizes. It knows entries
// by their hashes, and asks its caller whether one has the key.
//
// An operation pins first, and then loads the root: no address of a table,
// block or entry outlives the pin. What holds at each step:
//
//   I1  A key has at most one live word in the bucket that counts for it: the
//       root's, or, once that is moved, the next table's. A new key goes to the
//       first null word, after all words before it were compared; a word never
//       gets another key, nor null again.
//   I2  A key is in the map from when its word has a tag, in the bucket that
//       counts, until its word is kDead. Who meets a word without a tag sets
//       it before it acts on the key.
//   I3  Only the root gets a next table. So there are two that count at most,
//       and a look-up that begins at the root need not look at a third.
//   I4  A bucket's new place is filled before the bucket is moved (MapMove);
//       nobody writes there until then but those who move.
//   I5  An entry is retired by the thread that replaced it, which it can do
//       only in a word that is not frozen: after all older places of the entry
//       were moved. So who reads it in an older place has been pinned since
//       before.
//
// docs/map.md has the reasons.
//
// Threads:   all members on any threads, but the destructor.
// Progress:  look-ups are wait-free, all else is lock-free.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_CORE_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_CORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/value/internal/map_bucket.h"
#include "sync_atomic/value/internal/map_entry.h"
#include "sync_atomic/value/internal/map_move.h"
#include "sync_atomic/value/internal/map_operation.h"
#include "sync_atomic/value/internal/map_table.h"
#include "sync_atomic/value/internal/map_word.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
class MapCore {
 public:
  using Entry = MapEntry<Policy>;
  using Pin = MapPin<Policy>;
  using Operation = MapOperation<Policy>;

  constexpr MapCore() = default;
  MapCore(const MapCore&) = delete;
  MapCore& operator=(const MapCore&) = delete;
  // Reads as empty from now on.
  ~MapCore() {
    Table* const table = root_.exchange(nullptr);
    if (table != nullptr) Table::DestroyAll(table);
  }

  // --- For a caller that is pinned -------------------------------------------

  // The entry of this hash for which matches(entry); null if there is none.
  template <class Matches>
  ABSL_ATTRIBUTE_ALWAYS_INLINE Entry* Find(std::uint64_t hash,
                                           const Matches& matches) const {
    Table* const table = Root();
    if (ABSL_PREDICT_FALSE(table == nullptr)) return nullptr;
    Bucket* bucket = &table->BucketOf(hash);
    std::uint64_t control = bucket->row.control.load();
    if (ABSL_PREDICT_FALSE((control & MapTags::kMoved) != 0)) {
      bucket = &table->next_table.load()->BucketOf(hash);
      control = bucket->row.control.load();
    }
    if (Entry* const found = FindIn(bucket->row, control, hash, matches)) {
      return found;
    }
    const Block* block = Bucket::BlockIn(bucket->next.load());
    for (; ABSL_PREDICT_FALSE(block != nullptr); block = block->down) {
      Entry* const found =
          FindIn(block->row, block->row.control.load(), hash, matches);
      if (found != nullptr) return found;
    }
    return nullptr;
  }

  // Calls show(entry) for each entry of one bucket, whose hash is not below
  // `cursor`, and returns where the next one begins; 0: that was the last.
  //
  // It goes against the order in which words are filled: so a key that is
  // deleted and comes back meanwhile, in a later word, is not shown twice.
  template <class Show>
  std::uint64_t VisitBucket(std::uint64_t cursor, const Show& show) const {
    Table* table = Root();
    if (table == nullptr) return 0;
    Bucket* bucket = &table->BucketOf(cursor);
    std::uint64_t control = bucket->row.control.load();
    if ((control & MapTags::kMoved) != 0) {
      table = table->next_table.load();
      bucket = &table->BucketOf(cursor);
      control = bucket->row.control.load();
    }
    const auto visit = [&](const Row& row, std::uint64_t tags) {
      for (int i = MapTags::kWords; i-- > 0;) {
        if (MapTags::Get(tags, i) == 0) continue;
        const Word word = row.words[i].load();
        if (!MapWord::IsLive(word)) continue;
        Entry* const entry = Entry::In(word);
        if (entry->hash >= cursor) show(entry);
      }
    };
    const Block* block = Bucket::BlockIn(bucket->next.load());
    for (; block != nullptr; block = block->down) {
      visit(block->row, block->row.control.load());
    }
    visit(bucket->row, control);
    return table->EndOfBucket(cursor);
  }

  // How many entries there are; exact while nobody changes it.
  std::size_t Size() const {
    const Table* const table = Root();
    if (table == nullptr) return 0;
    const std::int64_t size = table->size->Load();
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }

  // --- Changes ---------------------------------------------------------------
  // What they return is alive as long as the operation, and what they unlink is
  // retired at its end. They throw std::bad_alloc with the map unchanged.

  // Puts `entry` in; returns what it replaces, or null.
  template <class Matches>
  Entry* Put(Operation& operation, Entry& entry, const Matches& matches) {
    for (;;) {
      Place place;
      if (!Locate(operation, entry.hash, matches, place)) {
        if (Insert(operation, place, entry)) return nullptr;
      } else if (place.Replace(entry.word())) {
        operation.RetireLater(place.entry);
        return place.entry;
      }
    }
  }

  // Puts `entry` in unless there is one of the key, which it returns then.
  template <class Matches>
  Entry* PutIfAbsent(Operation& operation, Entry& entry,
                     const Matches& matches) {
    for (;;) {
      Place place;
      if (Locate(operation, entry.hash, matches, place)) return place.entry;
      if (Insert(operation, place, entry)) return nullptr;
    }
  }

  // Takes out what it returns; null if there is none.
  template <class Matches>
  Entry* Take(Operation& operation, std::uint64_t hash,
              const Matches& matches) {
    for (;;) {
      Place place;
      if (!Locate(operation, hash, matches, place)) return nullptr;
      if (Kill(operation, place)) return place.entry;
    }
  }

  // Replaces an entry, which the caller keeps alive, by one of the same key;
  // null: takes it out. False if it is no longer in the map.
  bool ReplaceSame(Operation& operation, Entry& old, Entry* entry) {
    for (;;) {
      Place place;
      if (!Locate(
              operation, old.hash,
              [&old](const Entry& other) { return &other == &old; }, place)) {
        return false;
      }
      if (entry == nullptr) {
        if (Kill(operation, place)) return true;
      } else if (place.Replace(entry->word())) {
        operation.RetireLater(&old);
        return true;
      }
    }
  }

  // Takes out everything.
  void Clear(Operation& operation) {
    Table* table = Root();
    while (table != nullptr) {
      if (root_.compare_exchange_strong(table, nullptr)) {
        operation.RetireLater(table->WithAll());
        return;
      }
    }
  }

  // Makes room for so many entries in all. Throws std::bad_alloc.
  void Reserve(Operation& operation, std::size_t entries) {
    const std::size_t buckets = BucketsFor(entries);
    for (;;) {
      Table* const table = Root();
      if (table == nullptr) {
        MakeRoot(operation, buckets);
        continue;
      }
      Table* next = table->next_table.load();
      if (next == nullptr) {
        if (table->count() >= buckets) return;
        if (!MakeNext(*table, buckets)) DemandTable(buckets);
        continue;
      }
      while (Root() == table) {
        if (!Help(operation, *table, *next)) DemandMemory(sizeof(Block));
      }
    }
  }

 private:
  template <class T>
  using Atomic = typename Policy::template Atomic<T>;
  using Table = MapTable<Policy>;
  using Bucket = MapBucket<Policy>;
  using Block = MapBlock<Policy>;
  using Row = MapRow<Policy>;
  using Move = MapMove<Policy>;
  using Word = MapWord::Word;

  // Where a change stands in its bucket.
  struct Place {
    bool Replace(Word by) const {
      Word expected = entry->word();
      return row->words[i].compare_exchange_strong(expected, by);
    }

    Table* table = nullptr;  // null: the map has none
    Bucket* bucket = nullptr;
    // The word of the key, and its entry; or else the first null word: without
    // row there is none.
    Row* row = nullptr;
    int i = 0;
    Entry* entry = nullptr;
    // The bucket's blocks, as they were, and how many of their words there are,
    // and how many of these are dead.
    Word top = 0;
    int in_chain = 0;
    int dead_in_chain = 0;
  };

  enum class Found { kKey, kNothing, kAgain };

  ABSL_ATTRIBUTE_ALWAYS_INLINE Table* Root() const {
    Table* const table = root_.load();
    if (ABSL_PREDICT_TRUE(table != nullptr)) table->CheckDomain();
    return table;
  }

  template <class Matches>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static Entry* FindIn(const Row& row,
                                                    std::uint64_t control,
                                                    std::uint64_t hash,
                                                    const Matches& matches) {
    std::uint64_t hits = MapTags::Matches(control, MapTags::TagOf(hash));
    for (; hits != 0; hits &= hits - 1) {
      const Word word = row.words[MapTags::First(hits)].load();
      if (ABSL_PREDICT_FALSE(!MapWord::IsLive(word))) continue;
      Entry* const entry = Entry::In(word);
      if (ABSL_PREDICT_TRUE(matches(*entry))) return entry;
    }
    return nullptr;
  }

  // --- A change's walk -------------------------------------------------------

  // Finds the key's word; false: it has none, and the place is where it would
  // go.
  template <class Matches>
  bool Locate(Operation& operation, std::uint64_t hash, const Matches& matches,
              Place& place) {
    for (;;) {
      place = Place();
      Table* table = Root();
      if (table == nullptr) return false;
      if (Table* const next = table->next_table.load()) {
        // They come while others are moved.
        __builtin_prefetch(&table->BucketOf(hash));
        __builtin_prefetch(&next->BucketOf(hash), 1);
        if (operation.ShouldHelp()) Help(operation, *table, *next);
        if (!Move::ToNextTable(table->BucketOf(hash), *next)) {
          DemandMemory(sizeof(Block));
          continue;
        }
        table = next;
      }
      place.table = table;
      place.bucket = &table->BucketOf(hash);
      const Found found = Walk(operation, hash, matches, place);
      if (found != Found::kAgain) return found == Found::kKey;
    }
  }

  // Compares all words of the bucket up to the first null one. The words
  // decide, and not the tags: an entry that is not visible yet is there. A tag
  // that differs only spares a look at the entry.
  template <class Matches>
  Found Walk(Operation& operation, std::uint64_t hash, const Matches& matches,
             Place& place) {
    Bucket& bucket = *place.bucket;
    Found found = WalkIn(bucket.row, hash, matches, place);
    if (found != Found::kNothing || place.row != nullptr) return found;
    place.dead_in_chain = 0;
    place.top = bucket.next.load();
    if (MapWord::IsFrozen(place.top)) return Found::kAgain;
    Block* block = Bucket::BlockIn(place.top);
    for (; block != nullptr; block = block->down) {
      found = WalkIn(block->row, hash, matches, place);
      if (found == Found::kAgain) {
        // The chain is being replaced, if not the whole bucket.
        if (bucket.next.load() == place.top) {
          Shorten(operation, bucket, place.top);
        }
        return found;
      }
      if (found == Found::kKey) return found;
      place.in_chain += MapTags::kWords;
    }
    return Found::kNothing;
  }

  template <class Matches>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static Found WalkIn(Row& row, std::uint64_t hash,
                                                   const Matches& matches,
                                                   Place& place) {
    const std::uint64_t tag = MapTags::TagOf(hash);
    const std::uint64_t control = row.control.load();
    for (int i = 0; i < MapTags::kWords; ++i) {
      const Word word = row.words[i].load();
      if (MapWord::IsFrozen(word)) return Found::kAgain;
      if (word == 0) {
        place.row = &row;
        place.i = i;
        return Found::kNothing;
      }
      if (word == MapWord::kDead) {
        ++place.dead_in_chain;
        continue;
      }
      const std::uint64_t its_tag = MapTags::Get(control, i);
      if (its_tag != 0 && its_tag != tag) continue;
      Entry* const entry = Entry::In(word);
      if (entry->hash != hash || !matches(*entry)) continue;
      // From here on the key is there for look-ups too (I2).
      if (its_tag == 0) row.ShowTag(i, hash);
      place.row = &row;
      place.i = i;
      place.entry = entry;
      return Found::kKey;
    }
    return Found::kNothing;
  }

  // --- A change's step -------------------------------------------------------

  bool Kill(Operation& operation, const Place& place) {
    if (!place.Replace(MapWord::kDead)) return false;
    place.table->size->Add(-1);
    operation.RetireLater(place.entry);
    return true;
  }

  // Puts an entry of a new key where its key would be. False: look again.
  bool Insert(Operation& operation, const Place& place, Entry& entry) {
    if (ABSL_PREDICT_FALSE(place.table == nullptr)) {
      MakeRoot(operation, Table::kFewestBuckets);
      return false;
    }
    if (place.row != nullptr) {
      Word none = 0;
      if (!place.row->words[place.i].compare_exchange_strong(none,
                                                             entry.word())) {
        return false;
      }
      place.row->ShowTag(place.i, entry.hash);
      place.table->size->Add(1);
      return true;
    }
    return InsertInNewBlock(operation, place, entry);
  }

  ABSL_ATTRIBUTE_NOINLINE bool InsertInNewBlock(Operation& operation,
                                                const Place& place,
                                                Entry& entry) {
    Bucket& bucket = *place.bucket;
    if (place.in_chain != 0 && place.dead_in_chain * 2 >= place.in_chain) {
      Shorten(operation, bucket, place.top);
      return false;
    }
    Block* block = Block::Create(Bucket::BlockIn(place.top));
    if (block == nullptr) {
      DemandMemory(sizeof(Block));
      return false;
    }
    block->row.words[0].store(entry.word());
    block->row.ShowTag(0, entry.hash);
    Word top = place.top;
    if (!bucket.next.compare_exchange_strong(top, Bucket::WordOf(block))) {
      delete block;
      return false;
    }
    Table& table = *place.table;
    table.size->Add(1);
    const std::size_t crowded =
        place.top == 0 ? table.crowded.fetch_add(1) + 1 : table.crowded.load();
    if (crowded >= table.crowded_limit()) Grow(table);
    return true;
  }

  // Without memory it throws.
  static void Shorten(Operation& operation, Bucket& bucket, Word top) {
    if (!Move::ToShorterChain(operation, bucket, top)) {
      DemandMemory(sizeof(Block));
    }
  }

  // --- Tables ----------------------------------------------------------------

  // As many as have room for so many entries without many blocks.
  static std::size_t BucketsFor(std::size_t entries) {
    std::size_t buckets = Table::kFewestBuckets;
    while (buckets < entries / 4 + 1 &&
           buckets <= static_cast<std::size_t>(-1) / 2) {
      buckets *= 2;
    }
    return buckets;
  }

  ABSL_ATTRIBUTE_NOINLINE void MakeRoot(Operation& /*pinned*/,
                                        std::size_t buckets) {
    auto size = std::make_unique<typename Table::Size>();
    Table* const table = Table::Create(buckets, size.get());
    if (table == nullptr) {
      DemandTable(buckets);
      return;
    }
    Table* none = nullptr;
    if (root_.compare_exchange_strong(none, table)) {
      static_cast<void>(size.release());
    } else {
      Table::Deallocate(table);
    }
  }

  // Gives a table that is crowded a next one: a larger one, or one of the same
  // size without the dead. Without memory the map does with what it has.
  ABSL_ATTRIBUTE_NOINLINE void Grow(Table& table) {
    // One thread allocates; unless it does not get on, and others need it.
    if (table.claimed.exchange(1) != 0 &&
        table.crowded.load() < table.crowded_limit() * 4) {
      return;
    }
    const std::int64_t size = table.size->Load();
    const bool is_full =
        size > 0 && static_cast<std::uint64_t>(size) >= table.count() * 3;
    if (!MakeNext(table, is_full ? table.count() * 2 : table.count())) {
      table.claimed.store(0);
    }
  }

  // False without memory.
  bool MakeNext(Table& table, std::size_t buckets) {
    // Only the root gets one (I3). It stays the root until it has one, unless
    // it is cleared away, and then nobody minds.
    if (root_.load() != &table || table.next_table.load() != nullptr) {
      table.claimed.store(0);
      return true;
    }
    Table* const next = Table::Create(buckets, table.size);
    if (next == nullptr) return false;
    Table* none = nullptr;
    if (!table.next_table.compare_exchange_strong(none, next)) {
      Table::Deallocate(next);
    }
    return true;
  }

  // Moves some more buckets; who finds all of them taken looks whether they
  // have been moved, and moves those that have not: nobody is waited for. False
  // without memory.
  bool Help(Operation& operation, Table& table, Table& next) {
    constexpr std::size_t kMoves = 8;
    constexpr std::size_t kLooks = 64;
    const std::size_t count = table.count();
    std::size_t begin = table.cursor.load();
    if (begin < count) begin = table.cursor.fetch_add(kMoves);
    if (begin < count) return MoveBuckets(table, next, begin, kMoves);
    begin = table.moved.load();
    if (begin < count) {
      if (!MoveBuckets(table, next, begin, kLooks)) return false;
      const std::size_t end = count - begin < kLooks ? count : begin + kLooks;
      table.moved.compare_exchange_strong(begin, end);
    }
    if (table.moved.load() == count) Finish(operation, table, next);
    return true;
  }

  static bool MoveBuckets(Table& table, Table& next, std::size_t begin,
                          std::size_t most) {
    const std::size_t end =
        table.count() - begin < most ? table.count() : begin + most;
    for (std::size_t i = begin; i < end; ++i) Move::Prefetch(table.bucket(i));
    for (std::size_t i = begin; i < end; ++i) {
      if (!Move::ToNextTable(table.bucket(i), next)) return false;
    }
    return true;
  }

  ABSL_ATTRIBUTE_NOINLINE void Finish(Operation& operation, Table& table,
                                      Table& next) {
    Table* root = &table;
    if (!root_.compare_exchange_strong(root, &next)) return;
    operation.RetireLater(table.AsMemory());
    if (next.crowded.load() >= next.crowded_limit()) Grow(next);
  }

  // Throws std::bad_alloc, or whatever the program's operator new does.
  static void DemandMemory(std::size_t bytes) {
    ::operator delete(::operator new(bytes));
  }

  static void DemandTable(std::size_t buckets) {
    constexpr std::size_t kMost = static_cast<std::size_t>(-1) / 2;
    DemandMemory(buckets > kMost / sizeof(Bucket) ? kMost
                                                  : buckets * sizeof(Bucket));
  }

  Atomic<Table*> root_{nullptr};
#if defined(SYNC_ATOMIC_CHECKED)
  CellLife life_;
#endif
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_CORE_H_
