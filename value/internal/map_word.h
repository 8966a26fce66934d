// SPDX-License-Identifier: Apache-2.0

// MapWord and MapTags: the words of a Map's buckets.
//
// A word of an entry is null, the address of an entry, or kDead: a tombstone,
// which is all that is left of a deleted key. With kFrozen in it, it never
// changes again: it is being moved to another bucket. It goes from null to one
// entry, to another one of the same key, and so on, and at last to kDead:
// never back to null, and never to another key. So the words of a bucket are
// filled one after another.
//
// A control word has a byte for each of six words of entries: 0, or the tag of
// the key, a part of its hash. It is set once the word is not null, which makes
// the entry visible, and never changes again. Another bit says that the whole
// bucket has been moved.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_WORD_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_WORD_H_

#include <cstdint>

namespace sync_atomic {
namespace internal {

struct MapWord {
  using Word = std::uintptr_t;

  static constexpr Word kFrozen = 1;
  static constexpr Word kDead = 2;

  static constexpr bool IsFrozen(Word word) { return (word & kFrozen) != 0; }
  static constexpr Word Thawed(Word word) { return word & ~kFrozen; }
  // Whether it has an entry.
  static constexpr bool IsLive(Word word) { return word > (kDead | kFrozen); }
};

struct MapTags {
  // How many words a control word has tags of.
  static constexpr int kWords = 6;
  static constexpr std::uint64_t kMoved = std::uint64_t{1} << 63;

  // Not the bits that choose the bucket, which are the upper ones.
  static constexpr std::uint64_t TagOf(std::uint64_t hash) {
    const std::uint64_t tag = hash & 0xff;
    return tag == 0 ? 1 : tag;
  }

  static constexpr std::uint64_t At(int i, std::uint64_t tag) {
    return tag << (8 * i);
  }
  // Of word i; 0: none yet.
  static constexpr std::uint64_t Get(std::uint64_t control, int i) {
    return (control >> (8 * i)) & 0xff;
  }

  // Which words have this tag, as a bit in each byte: exactly these, since a
  // word without a tag must not be taken for one of them.
  static constexpr std::uint64_t Matches(std::uint64_t control,
                                         std::uint64_t tag) {
    const std::uint64_t differs = control ^ (kEach * tag);
    const std::uint64_t low = (differs & (kEach * 0x7f)) + kEach * 0x7f;
    return ~(low | differs) & (kEach * 0x80);
  }
  static int First(std::uint64_t matches) {
    return __builtin_ctzll(matches) / 8;
  }

 private:
  static constexpr std::uint64_t kEach = 0x0000'0101'0101'0101;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_WORD_H_
