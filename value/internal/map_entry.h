// SPDX-License-Identifier: Apache-2.0

// MapEntry: a key and its value, in the box of a Map. It never changes: another
// value is another entry.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_ENTRY_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/reclaim/no_throw.h"
#include "sync_atomic/pointer/reclaim/retired.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/map_word.h"
#include "sync_atomic/value/internal/type.h"

namespace sync_atomic {
namespace internal {

template <class Policy>
struct MapEntry : Box<Policy> {
  using Box<Policy>::Box;

  static MapEntry* In(MapWord::Word word) {
    return reinterpret_cast<MapEntry*>(MapWord::Thawed(word));
  }
  // Where the hash is of the entry in a word, if there is one: to be
  // prefetched alone.
  static const void* HashIn(MapWord::Word word) {
    return reinterpret_cast<const void*>(word + sizeof(MapEntry) -
                                         sizeof(hash));
  }
  MapWord::Word word() const { return reinterpret_cast<MapWord::Word>(this); }

  // Of the key. Set before others know the entry.
  std::uint64_t hash = 0;
};

template <class Policy, class K, class V>
struct MapEntryOf : MapEntry<Policy> {
  using Held = V;

  template <class HashOf, class Q, class... A>
  explicit MapEntryOf(const HashOf& hash_of, Q&& key_from, A&&... args)
      : MapEntry<Policy>(TypeOfBox<Policy, MapEntryOf>::type, &Dispose),
        value(internal::Make<V>(std::forward<A>(args)...)),
        key(std::forward<Q>(key_from)) {
    this->hash = hash_of(key);
    this->bytes =
        sizeof(MapEntryOf) + internal::OwnedBy(value) + internal::OwnedBy(key);
  }

  // From the heap: a map holds many entries for long, and the blocks of a free
  // list are larger.
  static void* operator new(std::size_t size) { return ::operator new(size); }
  static void operator delete(void* memory) { ::operator delete(memory); }
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  static void operator delete(void* memory, std::align_val_t alignment) {
    ::operator delete(memory, alignment);
  }

  const V value;
  const K key;

 private:
  // The memory goes back also if a destructor ends the thread, which unwinds
  // the stack.
  struct Memory {
    ~Memory() {
      if constexpr (alignof(MapEntryOf) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
        operator delete(address, std::align_val_t(alignof(MapEntryOf)));
      } else {
        operator delete(address);
      }
    }
    void* address;
  };

  static void Dispose(Retired* retired) {
    auto* const entry = static_cast<MapEntryOf*>(retired);
    if (!entry->DropCount()) return;
    internal::CallNoThrow(
        [entry]() noexcept(std::is_nothrow_destructible_v<MapEntryOf>) {
          const Memory memory{entry};
          entry->~MapEntryOf();
        });
  }
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_ENTRY_H_
