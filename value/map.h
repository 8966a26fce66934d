// SPDX-License-Identifier: Apache-2.0

// Map<K, V>: a map that many threads look up while others change it, with the
// names and results of Go's sync.Map. What a look-up returns stays good,
// whatever happens to the entry.
//
//   atomic::Map<std::string, Session> sessions;
//   void Begin(const std::string& id) { sessions.Store(id, Session()); }
//   bool Serve(std::string_view id) {  // on any thread
//     const atomic::SnapshotOf<Session> session = sessions.Load(id);
//     return session && session->Serve();
//   }
//
// Do not use it for a table that is replaced as a whole (a ValueOf of a map is
// smaller, and its readers see one state of all keys), nor where most calls
// change the map: a lock with an absl::flat_hash_map is smaller then, and as
// fast. docs/map.md compares them.
//
// Threads:   every member may run on any threads at once, except the
//            destructor.
// Order:     seq_cst: all calls have one order for each key, and what is done
//            before a Store happens before what follows a Load that returns its
//            value. Range shows no one state of the map: each key that is there
//            all the time once, others once or not.
// Progress:  Load, LoadPinned and Contains are wait-free if a comparison of
//            keys is, and write no shared cache line. All else is lock-free, a
//            growing table too: each change moves a few of its buckets.
// Ownership: the map owns its keys and values, and nobody changes them. A
//            snapshot keeps its entry alive, also when the map is gone. Deleted
//            and replaced ones are retired (pointer/retire.h).
// Errors:    what copies, compares or hashes may throw, and so may the heap:
//            the map is unchanged then (strong exception guarantee). Delete and
//            its like need memory only if they meet a full bucket that is being
//            moved.
//
// Keys are compared by Eq and hashed by Hash, which are made anew for each
// call. With the default, strings are looked up by whatever converts to a
// std::string_view; other types are converted to K. Both must not use the map.
// All other functions that are given to it may do anything.

#ifndef SYNC_ATOMIC_VALUE_MAP_H_
#define SYNC_ATOMIC_VALUE_MAP_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/hash/hash.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/identity.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/map_hash.h"
#include "sync_atomic/value/internal/map_operations.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {

// A Map's hash, by absl::Hash. That of a std::string or std::string_view takes
// whatever converts to a std::string_view.
template <class K>
struct MapHash {
  using is_avalanching = void;
  std::size_t operator()(const K& key) const { return absl::Hash<K>()(key); }
};
template <class Allocator>
struct MapHash<std::basic_string<char, std::char_traits<char>, Allocator>> {
  using is_avalanching = void;
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const {
    return absl::Hash<std::string_view>()(key);
  }
};
template <>
struct MapHash<std::string_view> : MapHash<std::string> {};

// What an f given to Update returns, besides values.
struct MapLeave {
  explicit constexpr MapLeave() = default;
};
struct MapDelete {
  explicit constexpr MapDelete() = default;
};

// A value, or one of these, for an f that returns now this and now that.
template <class V>
class MapChange {
 public:
  MapChange(V value)  // NOLINT(google-explicit-constructor)
      : wish_(internal::MapWish::kStore), value_(std::move(value)) {}
  constexpr MapChange(MapLeave)  // NOLINT(google-explicit-constructor)
      : wish_(internal::MapWish::kLeave) {}
  constexpr MapChange(MapDelete)  // NOLINT(google-explicit-constructor)
      : wish_(internal::MapWish::kDelete) {}

 private:
  template <class K, class T, class Hash, class Eq>
  friend class Map;

  internal::MapWish wish_;
  std::optional<V> value_;
};

// What LoadOrStore and LoadOrCompute return.
template <class V>
struct MapLoaded {
  // What the map has.
  SnapshotOf<V> actual;
  // Whether it had it before.
  bool loaded = false;
};

template <class K, class V, class Hash = MapHash<K>, class Eq = std::equal_to<>>
class Map {
  static_assert(std::is_object_v<K> && !std::is_array_v<K> &&
                    !std::is_const_v<K> && !std::is_volatile_v<K>,
                "Map<K, V>: K is an object type without const or volatile");
  static_assert(std::is_object_v<V> && !std::is_array_v<V> &&
                    !std::is_const_v<V> && !std::is_volatile_v<V>,
                "Map<K, V>: V is an object type without const or volatile; "
                "hold a C array as a std::array");
  static_assert(!internal::kIsSnapshot<V>,
                "a Map holds values: hold what the snapshot holds");

  using Impl = internal::MapOf<internal::StdPolicy, K, V, Hash, Eq>;
  using Ref = internal::BoxRef<internal::StdPolicy>;
  // What a Q is looked up as: itself, or a K made of it.
  template <class Q>
  using LookUp = typename internal::MapKey<K, Hash, Eq>::template LookUp<Q>;

 public:
  using key_type = K;
  using mapped_type = V;
  // For an f given to Update.
  using Change = MapChange<V>;
  using Loaded = MapLoaded<V>;

  // Empty. Constant-initialised: a global may be ABSL_CONST_INIT, and be used
  // before other globals are.
  constexpr Map() = default;
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;
  // Snapshots remain valid. The memory of a static map then reads as empty.
  ~Map() = default;

  // --- Looking ---------------------------------------------------------------

  // Returns the value of the key; empty if there is none.
  template <class Q = K>
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<V> Load(const Q& key) const {
    const LookUp<Q>& as_key = key;
    return SnapshotFrom(map_.Load(as_key));
  }

  // Returns a pointer to the value of the key; null if there is none.
  //
  // Borrowed for as long as `pin` lives: cheaper than Load, where a thread that
  // is pinned anyway looks up many keys.
  template <class Q = K>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const V* LoadPinned(
      const Q& key, const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    const LookUp<Q>& as_key = key;
    const auto* const entry = map_.LoadPinned(as_key);
    return entry == nullptr ? nullptr : std::addressof(entry->value);
  }
  template <class Q = K>
  const V* LoadPinned(const Q&, const PinGuard&&) const = delete;

  template <class Q = K>
  bool Contains(const Q& key) const {
    const LookUp<Q>& as_key = key;
    return map_.Contains(as_key);
  }

  // Calls f(key, snapshot) for each entry, as long as it returns true. The key
  // and the snapshot are constant references, good until f returns; a copy of
  // the snapshot is good for longer. f may change the map, or Clear it.
  template <class F>
  void Range(F&& f) const {
    map_.Range([&f](const Ref& ref) {
      const SnapshotOf<V> value = SnapshotFrom(ref);
      return static_cast<bool>(f(Impl::In(*ref.box()).key, value));
    });
  }

  // Returns the number of entries: exact if nobody changes the map meanwhile.
  std::size_t Size() const { return map_.Size(); }

  // --- Storing ---------------------------------------------------------------

  // Stores a value for the key.
  template <class Q = K, class U = V>
  void Store(Q&& key, U&& value) {
    map_.Store(MakeOf(std::forward<Q>(key), std::forward<U>(value)));
  }

  // Stores V(args...), or V{args...} where only that compiles.
  template <class Q = K, class... A>
  void Emplace(Q&& key, A&&... args) {
    map_.Store(Impl::Make(std::forward<Q>(key), std::forward<A>(args)...));
  }

  // Stores a value for the key, and returns the previous one; empty if there
  // was none.
  template <class Q = K, class U = V>
  SnapshotOf<V> Swap(Q&& key, U&& value) {
    return SnapshotFrom(
        map_.Swap(MakeOf(std::forward<Q>(key), std::forward<U>(value))));
  }

  // Returns the value of the key, if there is one, and otherwise stores this
  // one.
  template <class Q = K, class U = V>
  Loaded LoadOrStore(Q&& key, U&& value) {
    return LoadOrMake(key, [&] {
      return MakeOf(std::forward<Q>(key), std::forward<U>(value));
    });
  }

  // The same with f(), which is called if there is no value. If another thread
  // stores one meanwhile, that one is returned, and what f returned is dropped.
  template <class Q = K, class F>
  Loaded LoadOrCompute(Q&& key, F&& f) {
    return LoadOrMake(key, [&] {
      decltype(auto) value = std::forward<F>(f)();
      return MakeOf(std::forward<Q>(key), std::forward<decltype(value)>(value));
    });
  }

  // Stores `desired` if the key has a value, and it is what is expected;
  // returns whether it did. `old` is one of
  //   a V, or what compares with one by ==
  //   a snapshot: the very value that it has, not an equal one; false with an
  //   empty one
  template <class Q = K, class E = V, class U = V>
  bool CompareAndSwap(Q&& key, const E& old, U&& desired) {
    const LookUp<std::decay_t<Q>>& as_key = key;
    return map_.ReplaceIf(as_key, IsExpected(old), [&] {
      return MakeOf(std::forward<Q>(key), std::forward<U>(desired));
    });
  }

  // Stores what f(value) returns, with a pointer to the key's value, null if
  // there is none: a value, MapLeave() or MapDelete(); or a Change, which is
  // any of these. Returns what the key has then.
  //
  //   requests.Update("/", [](const int* n) { return n ? *n + 1 : 1; });
  //
  // Calls f until no other thread changed the entry meanwhile. If f throws, the
  // map is unchanged.
  template <class Q = K, class F>
  SnapshotOf<V> Update(Q&& key, F&& f) {
    const LookUp<std::decay_t<Q>>& as_key = key;
    return SnapshotFrom(
        map_.Update(as_key, [&](const V* old, typename Impl::NewEntry& entry) {
          return Wish(key, internal::Invoke(f, old), entry);
        }));
  }

  // --- Deleting --------------------------------------------------------------

  // Deletes the key; returns whether it was there.
  template <class Q = K>
  bool Delete(const Q& key) {
    const LookUp<Q>& as_key = key;
    return map_.Delete(as_key);
  }

  // Deletes the key, and returns its value; empty if there was none.
  template <class Q = K>
  SnapshotOf<V> LoadAndDelete(const Q& key) {
    const LookUp<Q>& as_key = key;
    return SnapshotFrom(map_.Take(as_key));
  }

  // Deletes the key if its value is what is expected, as in CompareAndSwap;
  // returns whether it did.
  template <class Q = K, class E = V>
  bool CompareAndDelete(const Q& key, const E& old) {
    const LookUp<Q>& as_key = key;
    return map_.ReplaceIf(as_key, IsExpected(old),
                          [] { return typename Impl::NewEntry(); });
  }

  // Deletes all keys. A Store that begins after it ended survives.
  void Clear() { map_.Clear(); }

  // Makes room for so many entries in all, so that it need not be made as they
  // come. The map never gives room back, but by a Clear.
  void Reserve(std::size_t entries) { map_.Reserve(entries); }

 private:
  template <class R>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static SnapshotOf<V> SnapshotFrom(R&& ref) {
    // Read before `ref` is moved from.
    const auto* const box = ref.box();
    if (box == nullptr) return SnapshotOf<V>();
    return internal::SnapshotOfBox::Make(std::forward<R>(ref),
                                         std::addressof(Impl::In(*box).value));
  }

  template <class Q, class U>
  static typename Impl::NewEntry MakeOf(Q&& key, U&& value) {
    static_assert(std::is_convertible_v<U, V>,
                  "Map<K, V> stores a V, or what converts to one");
    return Impl::Make(std::forward<Q>(key), std::forward<U>(value));
  }

  template <class Q, class M>
  Loaded LoadOrMake(const Q& key, const M& make) {
    const LookUp<Q>& as_key = key;
    auto [ref, loaded] = map_.LoadOrMake(as_key, make);
    return {SnapshotFrom(std::move(ref)), loaded};
  }

  // Whether a box has what is expected, by identity or by ==.
  template <class E>
  static auto IsExpected(const E& old) {
    return [&old](const internal::Box<internal::StdPolicy>& box) -> bool {
      if constexpr (std::is_same_v<E, SnapshotOf<V>>) {
        return internal::AreSame(internal::SnapshotAccess::Box(old), &box);
      } else {
        return Impl::In(box).value == old;
      }
    };
  }

  // Makes the entry that what f returned asks for.
  template <class Q, class R>
  static internal::MapWish Wish(const Q& key, R&& result,
                                typename Impl::NewEntry& entry) {
    using D = std::decay_t<R>;
    if constexpr (std::is_same_v<D, MapLeave>) {
      return internal::MapWish::kLeave;
    } else if constexpr (std::is_same_v<D, MapDelete>) {
      return internal::MapWish::kDelete;
    } else if constexpr (std::is_same_v<D, Change>) {
      if (result.value_) entry = MakeOf(key, *std::forward<R>(result).value_);
      return result.wish_;
    } else {
      entry = MakeOf(key, std::forward<R>(result));
      return internal::MapWish::kStore;
    }
  }

  Impl map_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_MAP_H_
