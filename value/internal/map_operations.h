// SPDX-License-Identifier: Apache-2.0

// MapOf: what a Map does, each operation once, with boxes for results.
//
// The user's code runs where the thread is not pinned, with nothing half done:
// copies are made before the map is looked at, and what compares or computes
// gets an entry in a slot, which is replaced by identity afterwards. Only the
// comparison of keys runs in the middle of a look.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_MAP_OPERATIONS_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_MAP_OPERATIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/backoff.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/map_core.h"
#include "sync_atomic/value/internal/map_entry.h"
#include "sync_atomic/value/internal/map_hash.h"
#include "sync_atomic/value/internal/map_operation.h"

namespace sync_atomic {
namespace internal {

// What an f given to Update wants, and the new entry if there is one.
enum class MapWish { kStore, kLeave, kDelete };

template <class Policy, class K, class V, class Hash, class Eq>
class MapOf {
 public:
  using Entry = MapEntryOf<Policy, K, V>;
  using Ref = BoxRef<Policy>;
  using Key = MapKey<K, Hash, Eq>;

  struct DestroyEntry {
    void operator()(Entry* entry) const { entry->dispose(entry); }
  };
  using NewEntry = std::unique_ptr<Entry, DestroyEntry>;

  // An entry of this map, which alone has such.
  static const Entry& In(const Box<Policy>& box) {
    return static_cast<const Entry&>(box);
  }

  template <class Q, class... A>
  static NewEntry Make(Q&& key, A&&... args) {
    return NewEntry(new Entry([](const K& k) { return Key::HashOf(k); },
                              std::forward<Q>(key), std::forward<A>(args)...));
  }

  // --- Looking ---------------------------------------------------------------
  // `key` is a K, or what the hash and the comparison take for one.

  template <class Q>
  ABSL_ATTRIBUTE_ALWAYS_INLINE Ref Load(const Q& key) const {
    const std::uint64_t hash = Key::HashOf(key);
    const MapPin<Policy> pin;
    return Ref(pin.Hold(core_.Find(hash, Matches(key))));
  }

  // For a caller that is pinned; null if there is none.
  template <class Q>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const Entry* LoadPinned(const Q& key) const {
    return static_cast<const Entry*>(
        core_.Find(Key::HashOf(key), Matches(key)));
  }

  template <class Q>
  bool Contains(const Q& key) const {
    const std::uint64_t hash = Key::HashOf(key);
    const MapPin<Policy> pin;
    return core_.Find(hash, Matches(key)) != nullptr;
  }

  std::size_t Size() const {
    const MapPin<Policy> pin;
    return core_.Size();
  }

  // Calls f(ref) for each entry, until it is false.
  template <class F>
  void Range(const F& f) const {
    std::vector<Ref> shown;
    std::uint64_t cursor = 0;
    do {
      shown.clear();
      {
        const MapPin<Policy> pin;
        cursor = core_.VisitBucket(cursor, [&](MapEntry<Policy>* entry) {
          // In its place before it is held: without memory nothing is.
          shown.emplace_back();
          shown.back() = Ref(pin.Hold(entry));
        });
      }
      for (const Ref& ref : shown) {
        if (!f(ref)) return;
      }
    } while (cursor != 0);
  }

  // --- Changing --------------------------------------------------------------

  void Store(NewEntry entry) {
    MapOperation<Policy> operation;
    core_.Put(operation, *entry, Matches(entry->key));
    static_cast<void>(entry.release());
  }

  // Returns what was replaced.
  Ref Swap(NewEntry entry) {
    MapOperation<Policy> operation;
    Ref old = Taken(core_.Put(operation, *entry, Matches(entry->key)));
    static_cast<void>(entry.release());
    return old;
  }

  // What is there after it, and whether it was there before. make() makes the
  // entry, once, if none is there.
  template <class Q, class M>
  std::pair<Ref, bool> LoadOrMake(const Q& key, const M& make) {
    if (Ref loaded = Load(key); loaded.box() != nullptr) {
      return {std::move(loaded), true};
    }
    NewEntry entry = make();
    MapOperation<Policy> operation;
    MapEntry<Policy>* const first =
        core_.PutIfAbsent(operation, *entry, Matches(entry->key));
    if (first != nullptr) return {Ref(operation.Hold(first)), true};
    return {Ref(operation.Hold(entry.release())), false};
  }

  // Returns what was deleted.
  template <class Q>
  Ref Take(const Q& key) {
    const std::uint64_t hash = Key::HashOf(key);
    MapOperation<Policy> operation;
    return Taken(core_.Take(operation, hash, Matches(key)));
  }

  template <class Q>
  bool Delete(const Q& key) {
    const std::uint64_t hash = Key::HashOf(key);
    MapOperation<Policy> operation;
    return core_.Take(operation, hash, Matches(key)) != nullptr;
  }

  // Replaces an entry by one that make() makes, or deletes it if that is null,
  // if is_expected(box) holds of it at that moment.
  template <class Q, class IsExpected, class M>
  bool ReplaceIf(const Q& key, const IsExpected& is_expected, const M& make) {
    bool made = false;
    NewEntry entry;
    for (Backoff backoff;; backoff.Pause()) {
      const Ref held = Load(key);
      if (held.box() == nullptr || !is_expected(*held.box())) return false;
      if (!std::exchange(made, true)) entry = make();
      if (ReplaceSame(held, entry)) return true;
    }
  }

  // f(const V*, entry) says what it wants, and makes the entry for that.
  // Returns what is there after it.
  template <class Q, class F>
  Ref Update(const Q& key, const F& f) {
    for (Backoff backoff;; backoff.Pause()) {
      Ref held = Load(key);
      NewEntry entry;
      const MapWish wish =
          f(held.box() == nullptr ? nullptr
                                  : std::addressof(In(*held.box()).value),
            entry);
      if (wish == MapWish::kLeave) return held;
      if (held.box() != nullptr) {
        Ref stored;
        if (ReplaceSame(held, entry, &stored)) return stored;
      } else if (wish == MapWish::kDelete) {
        return Ref();
      } else {
        MapOperation<Policy> operation;
        if (core_.PutIfAbsent(operation, *entry, Matches(entry->key)) ==
            nullptr) {
          return Ref(operation.Hold(entry.release()));
        }
      }
    }
  }

  void Clear() {
    MapOperation<Policy> operation;
    core_.Clear(operation);
  }

  void Reserve(std::size_t entries) {
    MapOperation<Policy> operation;
    core_.Reserve(operation, entries);
  }

 private:
  // Whether an entry has this key.
  template <class Q>
  static auto Matches(const Q& key) {
    return [&key](const MapEntry<Policy>& entry) {
      return Key::Equal(static_cast<const Entry&>(entry).key, key);
    };
  }

  // Counts what was unlinked and will be retired, for the caller.
  static Ref Taken(MapEntry<Policy>* entry) {
    if (entry == nullptr) return Ref();
    entry->AddRef();
    return Ref(entry, nullptr);
  }

  // Takes `entry` if true.
  bool ReplaceSame(const Ref& held, NewEntry& entry, Ref* stored = nullptr) {
    auto& old = static_cast<MapEntry<Policy>&>(*held.box());
    MapOperation<Policy> operation;
    if (!core_.ReplaceSame(operation, old, entry.get())) return false;
    Entry* const put = entry.release();
    if (stored != nullptr) *stored = Ref(operation.Hold(put));
    return true;
  }

  MapCore<Policy> core_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_MAP_OPERATIONS_H_
