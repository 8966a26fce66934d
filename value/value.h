// Value: a cell for a value of any one type, which many threads may load while
// others replace it. The first Store fixes the type.
//
//   atomic::Value current;
//   void Reload(Config config) { current.Store(std::move(config)); }
//   int Port() { return current.Load<Config>()->port; }  // on any thread
//
// Do not use it for a plain number (Int64 and its kin are smaller and faster),
// nor for something that is written as often as it is read.
//
// Threads:   every member may run on any threads at once, but for the
//            constructor and the destructor.
// Order:     seq_cst: all operations on all Values, Pointers and typed atomics
//            take part in one order. What was done before a Store is visible to
//            whoever loads what it stored.
// Progress:  a Load never waits: it is wait-free after a thread's first use,
//            writes no line that threads share, and sees a whole value. All
//            else is lock-free. Operations that let go of a value may run its
//            destructor, and those of others that waited.
// Ownership: the cell keeps a copy of its own, on the heap, that nobody
//            changes. A replaced value is destroyed before Store returns, or
//            by the last snapshot that holds it; in a burst of stores up to
//            2048 objects or 256 KiB a thread wait for a while (retire.h).
//            Snapshots outlive the cell.
// Errors:    storing nil, or another type than the first, dies and names both
//            types. If the value's constructor throws, or memory runs out, the
//            cell is as it was.
//
// Differs from Go's atomic.Value: the cell owns a copy, and knows when it can
// be destroyed; a null pointer is nil, whatever its type; storing into a cell
// that another thread is just storing to for the first time does not spin.

#ifndef SYNC_ATOMIC_VALUE_VALUE_H_
#define SYNC_ATOMIC_VALUE_VALUE_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/nil.h"
#include "sync_atomic/value/internal/type.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {

// What a cell without a value holds, as an argument of CompareAndSwap.
struct Empty {
  explicit constexpr Empty() = default;
};

namespace internal {

// A T given as `expected` stands for itself, and not for an identity or for
// nothing.
template <class T>
inline constexpr bool kIsExpectedValue =
    !kIsSnapshot<T> && !std::is_same_v<T, Empty> && !std::is_null_pointer_v<T>;

}  // namespace internal

class Value {
 public:
  // Empty. Constant-initialised: a global may be ABSL_CONST_INIT.
  constexpr Value() = default;
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  // Snapshots live on. The memory of a static cell then reads as empty.
  ~Value() = default;

  // *this = value
  template <class T>
  void Store(T&& value) {
    using V = Stored<T>;
    CheckStorable<V, T>(value, "store of nil value into Value");
    constexpr std::string_view kOtherType =
        "store of inconsistently typed value into Value";
    CheckType<V>(kOtherType);
    auto box = MakeBox<V>(std::forward<T>(value));
    if (StoredFirst(box)) return;
    CheckType<V>(kOtherType);
    cell_.Store(box.release());
  }

  // return *this; empty before the first Store
  ABSL_ATTRIBUTE_ALWAYS_INLINE Snapshot Load() const noexcept {
    return Snapshot(cell_.Load());
  }

  // return *this; dies if the cell holds another type
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> Load() const {
    static_assert(std::is_same_v<T, std::decay_t<T>>,
                  "Load<T>: T is a plain type, as the Value keeps it");
    const auto* const type = TypeChecked<T>(kOtherTypeLoad);
    if (ABSL_PREDICT_FALSE(type == nullptr)) return SnapshotOf<T>();
    return SnapshotOf<T>(cell_.Load(*type));
  }

  // return this; null when empty; dies if the cell holds another type
  //
  // Borrowed for as long as `pin` lives: cheaper than Load, where a thread that
  // is pinned anyway loads many cells, or one many times.
  template <class T>
  const T* LoadPinned(const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    const auto* const type = TypeChecked<T>(kOtherTypeLoad);
    if (ABSL_PREDICT_FALSE(type == nullptr)) return nullptr;
    const auto* const box = cell_.LoadPinned(*type);
    return box == nullptr ? nullptr : &static_cast<const BoxOf<T>*>(box)->value;
  }
  template <class T>
  const T* LoadPinned(const PinGuard&&) const = delete;  // it would end at once

  // old = *this; *this = value; return old
  template <class T>
  Snapshot Swap(T&& value) {
    using V = Stored<T>;
    CheckStorable<V, T>(value, "swap of nil value into Value");
    constexpr std::string_view kOtherType =
        "swap of inconsistently typed value into Value";
    CheckType<V>(kOtherType);
    auto box = MakeBox<V>(std::forward<T>(value));
    if (StoredFirst(box)) return Snapshot();
    CheckType<V>(kOtherType);
    return Snapshot(cell_.Swap(box.release()));
  }

  // if (*this == expected) { *this = desired; return true; } return false
  //
  // Compares by T's ==, and never fails while the cell holds an equal value,
  // also when another thread replaces one such by another. A nil `expected`
  // means Empty.
  template <class T, class = std::enable_if_t<internal::kIsExpectedValue<T>>>
  bool CompareAndSwap(const T& expected, T desired) {
    using V = Stored<T>;
    CheckStorable<V, T>(desired, kNilSwap);
    if (IsNil<V>()(expected)) return StoreIfEmpty<V>(std::move(desired));
    std::unique_ptr<BoxOf<V>> box;
    for (;;) {
      CheckType<V>(kOtherTypeSwap);
      Hold held = cell_.Load();
      if (held.box() == nullptr || !(ValueIn<V>(held) == expected)) {
        return false;
      }
      // NOLINTNEXTLINE(bugprone-use-after-move): moved once, into the one box.
      if (box == nullptr) box = MakeBox<V>(std::move(desired));
      if (Replaced(std::move(held), box)) return true;
    }
  }

  // if (*this is empty) { *this = desired; return true; } return false
  template <class T>
  bool CompareAndSwap(Empty, T desired) {
    using V = Stored<T>;
    CheckStorable<V, T>(desired, kNilSwap);
    return StoreIfEmpty<V>(std::move(desired));
  }
  template <class T>
  bool CompareAndSwap(std::nullptr_t, T desired) {
    return CompareAndSwap(Empty(), std::move(desired));
  }

  // if (*this is what `expected` holds) { *this = desired; return true; }
  // return false
  //
  // Compares by identity: the very object, not an equal one. An empty snapshot
  // means Empty.
  template <class T>
  bool CompareAndSwap(const Snapshot& expected, T desired) {
    return CompareAndSwapHeld(expected.hold_, std::move(desired));
  }
  template <class U, class T>
  bool CompareAndSwap(const SnapshotOf<U>& expected, T desired) {
    return CompareAndSwapHeld(expected.hold_, std::move(desired));
  }

  // Empty again; the type stays fixed. Does nothing before the first Store.
  void Clear() { cell_.Clear(); }

 private:
  using Policy = internal::StdPolicy;
  using Hold = internal::Hold<Policy>;
  template <class V>
  using BoxOf = internal::BoxOf<Policy, V>;
  template <class V>
  using TypeOf = internal::TypeOf<Policy, V>;

  static constexpr std::string_view kOtherTypeLoad =
      "load of inconsistently typed value from Value";
  static constexpr std::string_view kNilSwap =
      "compare and swap of nil value into Value";
  static constexpr std::string_view kOtherTypeSwap =
      "compare and swap of inconsistently typed value into Value";

  // The type under which a T is kept.
  template <class T>
  using Stored = std::decay_t<T>;

  // T may be stored as a V, and this one may: it isn't nil.
  template <class V, class T>
  void CheckStorable(const V& value, std::string_view nil) const {
    static_assert(!std::is_array_v<std::remove_reference_t<T>>,
                  "a Value does not hold a C array or a string literal: store "
                  "a std::array or a std::string");
    static_assert(!internal::kIsSnapshot<V> && !std::is_same_v<V, Empty>,
                  "a Value holds values: store what the snapshot holds");
    if (ABSL_PREDICT_FALSE(IsNil<V>()(value))) {
      const auto* const held = cell_.type();
      internal::DieOfMisuse(nil, held == nullptr ? "" : held->name,
                            internal::TypeName<V>());
    }
  }

  // Dies with `what` if the cell holds another type.
  template <class V>
  void CheckType(std::string_view what) const {
    TypeChecked<V>(what);
  }

  // The same; returns the cell's type, null before the first store.
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const internal::Type<Policy>* TypeChecked(
      std::string_view what) const {
    const auto* const held = cell_.type();
    if (ABSL_PREDICT_FALSE(held != &TypeOf<V>::type)) {
      CheckOtherType<V>(held, what);
    }
    return held;
  }
  template <class V>
  ABSL_ATTRIBUTE_NOINLINE static void CheckOtherType(
      const internal::Type<Policy>* held, std::string_view what) {
    if (held == nullptr) return;
    held->CheckDomain();
    if (*held != TypeOf<V>::type) {
      internal::DieOfMisuse(what, held->name, internal::TypeName<V>());
    }
  }

  template <class V, class T>
  static std::unique_ptr<BoxOf<V>> MakeBox(T&& value) {
    return std::make_unique<BoxOf<V>>(std::forward<T>(value));
  }

  template <class V>
  static const V& ValueIn(const Hold& hold) {
    return static_cast<const BoxOf<V>*>(hold.box())->value;
  }

  // True if `box` became the first value of the cell. The cell has a type then.
  template <class V>
  bool StoredFirst(std::unique_ptr<BoxOf<V>>& box) {
    if (ABSL_PREDICT_TRUE(cell_.type() != nullptr)) return false;
    if (!cell_.StoreFirst(box.get())) return false;
    box.release();
    return true;
  }

  template <class V>
  bool StoreIfEmpty(V desired) {
    CheckType<V>(kOtherTypeSwap);
    auto box = MakeBox<V>(std::move(desired));
    if (StoredFirst(box)) return true;
    CheckType<V>(kOtherTypeSwap);
    if (!cell_.StoreIfEmpty(box.get())) return false;
    box.release();
    return true;
  }

  template <class T>
  bool CompareAndSwapHeld(const Hold& expected, T desired) {
    using V = Stored<T>;
    CheckStorable<V, T>(desired, kNilSwap);
    auto* const old = expected.box();
    if (old == nullptr) return StoreIfEmpty<V>(std::move(desired));
    if (*old->type != TypeOf<V>::type) {
      internal::DieOfMisuse("compare and swap of inconsistently typed values",
                            old->type->name, internal::TypeName<V>());
    }
    CheckType<V>(kOtherTypeSwap);
    auto box = MakeBox<V>(std::move(desired));
    if (!cell_.Replace(old, box.get())) return false;
    box.release();
    old->Retire();
    return true;
  }

  // Replaces what `held` holds. It is let go of before it is retired, so that
  // it can be destroyed at once.
  template <class V>
  bool Replaced(Hold held, std::unique_ptr<BoxOf<V>>& box) {
    auto* const old = held.box();
    if (!cell_.Replace(old, box.get())) return false;
    box.release();
    held = Hold();
    old->Retire();
    return true;
  }

  internal::Cell<Policy> cell_;
};

static_assert(sizeof(Value) == 2 * sizeof(void*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_VALUE_H_
