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
//            else is lock-free, but for WaitForChange, which sleeps. Operations
//            that let go of a value may run its destructor, and those of others
//            that waited.
// Ownership: the cell keeps a copy of its own, on the heap, that nobody
//            changes. A replaced value is destroyed before Store returns, or
//            by the last snapshot that holds it. From the third Store of a
//            thread within 10 ms on, up to 2048 objects or 256 KiB a thread
//            wait: for its next Store after such a time, for a Reclaim(), or,
//            once it has ended, for what any thread stores, releases or
//            reclaims next (retire.h). Snapshots outlive the cell.
// Errors:    storing nil, or another type than the first, dies and names both
//            types; the Try forms return a status instead. If the value's
//            constructor throws, or memory runs out, the cell is as it was.
//
// Differs from Go's atomic.Value: the cell owns a copy, and knows when it can
// be destroyed; a null pointer is nil, whatever its type; storing into a cell
// that another thread is just storing to for the first time does not spin.

#ifndef SYNC_ATOMIC_VALUE_VALUE_H_
#define SYNC_ATOMIC_VALUE_VALUE_H_

#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"
#include "sync_atomic/value/internal/deadline.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/type.h"
#include "sync_atomic/value/is_nil.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {

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
    DieOf<Stored<T>>(DoStore(std::forward<T>(value)), kStore);
  }

  // *this = T(args...), or T{args...} where only that compiles
  template <class T, class... A>
  void Emplace(A&&... args) {
    DieOf<T>(DoEmplace<T>(std::forward<A>(args)...), kStore);
  }

  // return *this; empty before the first Store
  ABSL_ATTRIBUTE_ALWAYS_INLINE Snapshot Load() const noexcept {
    return Snapshot(cell_.Load());
  }

  // return *this; dies if the cell holds another type
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> Load() const {
    CheckStorable<T>();
    const auto* const held = cell_.type();
    return SnapshotFrom<T>(
        BoxRef(ABSL_PREDICT_TRUE(held == &TypeOf<T>::type)
                   ? cell_.Load(TypeOf<T>::type)  // which the compiler knows
                   : LoadChecked<T>(held)));
  }

  // return f(this), with null when empty; dies if the cell holds another type
  //
  // The value stays alive and unchanged while f runs, and f's result is a
  // value of its own.
  template <class T, class F>
  auto Read(F&& f) const {
    using Result = std::invoke_result_t<F, const T*>;
    CheckReadResult<Result>();
    const SnapshotOf<T> snapshot = Load<T>();
    return std::invoke(std::forward<F>(f), snapshot.get());
  }

  // return this; null when empty; dies if the cell holds another type
  //
  // Borrowed for as long as `pin` lives: cheaper than Load, where a thread that
  // is pinned anyway loads many cells, or one many times.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const T* LoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    CheckStorable<T>();
    const auto* const held = cell_.type();
    return ABSL_PREDICT_TRUE(held == &TypeOf<T>::type)
               ? LoadPinnedAs<T>(TypeOf<T>::type)  // which the compiler knows
               : LoadPinnedChecked<T>(held);
  }
  template <class T>
  const T* LoadPinned(const PinGuard&&) const = delete;  // it would end at once

  // old = *this; *this = value; return old
  template <class T>
  Snapshot Swap(T&& value) {
    Snapshot old;
    DieOf<Stored<T>>(DoSwap(std::forward<T>(value), old), kSwap);
    return old;
  }

  // if (*this == expected) { *this = desired; return true; } return false
  //
  // Compares by T's ==, and never fails while the cell holds an equal value,
  // also when another thread replaces one such by another. A nil `expected`
  // means Empty.
  template <class T, class = std::enable_if_t<internal::kIsExpectedValue<T>>>
  bool CompareAndSwap(const T& expected, T desired) {
    return CompareAndSwapOrDie(expected, desired);
  }

  // if (*this is empty) { *this = desired; return true; } return false
  template <class T>
  bool CompareAndSwap(Empty, T desired) {
    return CompareAndSwapOrDie(Empty(), desired);
  }
  // nullptr itself: a zero is a number.
  template <class N, class T,
            class = std::enable_if_t<std::is_null_pointer_v<N>>>
  bool CompareAndSwap(N, T desired) {
    return CompareAndSwapOrDie(Empty(), desired);
  }

  // if (*this is what `expected` holds) { *this = desired; return true; }
  // return false
  //
  // Compares by identity: the very object, not an equal one. A projection
  // stands for the whole value, and an empty snapshot for Empty.
  template <class T>
  bool CompareAndSwap(const Snapshot& expected, T desired) {
    return CompareAndSwapOrDie(expected.ref_, desired);
  }
  template <class U, class T>
  bool CompareAndSwap(const SnapshotOf<U>& expected, T desired) {
    return CompareAndSwapOrDie(expected.ref_, desired);
  }

  // *this = f(*this); return *this
  //
  // Calls f until no other thread changed the cell meanwhile. On an empty cell
  // it does nothing, and returns empty. An exception of f goes to the caller,
  // and the cell is unchanged.
  template <class T, class F>
  SnapshotOf<T> Update(F&& f) {
    SnapshotOf<T> updated;
    DieOf<T>(DoUpdate<T>(f, updated), kUpdate);
    return updated;
  }

  // The same for whoever can't know what it is given: instead of dying they
  // return InvalidArgument for nil and FailedPrecondition for another type,
  // with the same message. The cell is as it was then, and so is an argument
  // that would have been moved, unless another thread's first Store came in
  // between.
  template <class T>
  absl::Status TryStore(T&& value) {
    return StatusOf<Stored<T>>(DoStore(std::forward<T>(value)), kStore);
  }
  template <class T, class... A>
  absl::Status TryEmplace(A&&... args) {
    return StatusOf<T>(DoEmplace<T>(std::forward<A>(args)...), kStore);
  }
  template <class T>
  absl::StatusOr<SnapshotOf<T>> TryLoad() const {
    const auto* const type = cell_.type();
    if (absl::Status status = LoadStatus<T>(type); !status.ok()) return status;
    return SnapshotFrom<T>(BoxRef(LoadOrNothing(type)));
  }
  template <class T, class F>
  auto TryRead(F&& f) const {
    using Result = std::invoke_result_t<F, const T*>;
    CheckReadResult<Result>();
    const absl::StatusOr<SnapshotOf<T>> snapshot = TryLoad<T>();
    if constexpr (std::is_void_v<Result>) {
      if (snapshot.ok()) std::invoke(std::forward<F>(f), snapshot->get());
      return snapshot.status();
    } else {
      using OrStatus = absl::StatusOr<Result>;
      if (!snapshot.ok()) return OrStatus(snapshot.status());
      return OrStatus(std::invoke(std::forward<F>(f), snapshot->get()));
    }
  }
  template <class T>
  absl::StatusOr<const T*> TryLoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    const auto* const type = cell_.type();
    if (absl::Status status = LoadStatus<T>(type); !status.ok()) return status;
    return type == nullptr ? nullptr : LoadPinnedAs<T>(*type);
  }
  template <class T>
  absl::StatusOr<const T*> TryLoadPinned(const PinGuard&&) const = delete;
  template <class T>
  absl::StatusOr<Snapshot> TrySwap(T&& value) {
    Snapshot old;
    absl::Status status =
        StatusOf<Stored<T>>(DoSwap(std::forward<T>(value), old), kSwap);
    if (!status.ok()) return status;
    return old;
  }
  template <class T, class = std::enable_if_t<internal::kIsExpectedValue<T>>>
  absl::StatusOr<bool> TryCompareAndSwap(const T& expected, T desired) {
    return CompareAndSwapOrStatus(expected, desired);
  }
  template <class T>
  absl::StatusOr<bool> TryCompareAndSwap(Empty, T desired) {
    return CompareAndSwapOrStatus(Empty(), desired);
  }
  template <class N, class T,
            class = std::enable_if_t<std::is_null_pointer_v<N>>>
  absl::StatusOr<bool> TryCompareAndSwap(N, T desired) {
    return CompareAndSwapOrStatus(Empty(), desired);
  }
  template <class T>
  absl::StatusOr<bool> TryCompareAndSwap(const Snapshot& expected, T desired) {
    return CompareAndSwapOrStatus(expected.ref_, desired);
  }
  template <class U, class T>
  absl::StatusOr<bool> TryCompareAndSwap(const SnapshotOf<U>& expected,
                                         T desired) {
    return CompareAndSwapOrStatus(expected.ref_, desired);
  }
  template <class T, class F>
  absl::StatusOr<SnapshotOf<T>> TryUpdate(F&& f) {
    SnapshotOf<T> updated;
    absl::Status status = StatusOf<T>(DoUpdate<T>(f, updated), kUpdate);
    if (!status.ok()) return status;
    return updated;
  }

  // Empty again; the type stays fixed. Does nothing before the first Store.
  void Clear() { cell_.Clear(); }

  // Waits until the cell no longer holds what `seen` does; with an empty one,
  // until it holds something. False: it still does after `timeout`.
  //
  bool WaitForChange(const Snapshot& seen, absl::Duration timeout) const {
    return cell_.WaitForChange(seen.ref_.box(),
                               internal::DeadlineAfter(timeout));
  }
  template <class T>
  bool WaitForChange(const SnapshotOf<T>& seen, absl::Duration timeout) const {
    return cell_.WaitForChange(seen.ref_.box(),
                               internal::DeadlineAfter(timeout));
  }

 private:
  using Policy = internal::StdPolicy;
  using BoxRef = internal::BoxRef<Policy>;
  using Hazard = internal::Hazard<Policy>;
  using Type = internal::Type<Policy>;
  using Misuse = internal::Misuse;
  template <class V>
  using BoxOf = internal::BoxOf<Policy, V>;
  template <class V>
  using TypeOf = internal::TypeOf<Policy, V>;

  // The type under which a T is kept.
  template <class T>
  using Stored = std::decay_t<T>;

  // --- Misuse ----------------------------------------------------------------

  static constexpr internal::Operation kStore = {"store", "into Value"};
  static constexpr internal::Operation kSwap = {"swap", "into Value"};
  static constexpr internal::Operation kCompareAndSwap = {"compare and swap",
                                                          "into Value"};
  static constexpr internal::Operation kUpdate = {"update", "into Value"};
  static constexpr internal::Operation kLoad = {"load", "from Value"};

  // Types that a cell may hold.
  template <class V>
  static constexpr void CheckStorable() {
    static_assert(std::is_same_v<V, std::decay_t<V>>,
                  "T is a plain type, as the Value keeps it");
    static_assert(!internal::kIsSnapshot<V> && !std::is_same_v<V, Empty>,
                  "a Value holds values: store what the snapshot holds");
  }

  // The name of the cell's type; "" before the first store.
  std::string_view type_name() const {
    const auto* const type = cell_.type();
    return type == nullptr ? "" : type->name;
  }

  template <class V>
  void DieOf(Misuse misuse, const internal::Operation& operation) const {
    if (ABSL_PREDICT_FALSE(misuse != Misuse::kNone)) {
      internal::FatalMisuse(misuse, operation, type_name(),
                            internal::TypeName<V>());
    }
  }
  template <class V>
  absl::Status StatusOf(Misuse misuse,
                        const internal::Operation& operation) const {
    if (ABSL_PREDICT_TRUE(misuse == Misuse::kNone)) return absl::OkStatus();
    return internal::MisuseStatus(misuse, operation, type_name(),
                                  internal::TypeName<V>());
  }

  // What storing `value` would be.
  template <class V>
  Misuse MisuseOf(const V& value) const {
    CheckStorable<V>();
    if (ABSL_PREDICT_FALSE(IsNil<V>()(value))) return Misuse::kNil;
    return MisuseAs<V>();
  }
  // What any use as a V is.
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE Misuse MisuseAs() const {
    const auto* const held = cell_.type();
    return ABSL_PREDICT_TRUE(held == &TypeOf<V>::type) ? Misuse::kNone
                                                       : MisuseAs<V>(held);
  }
  template <class V>
  ABSL_ATTRIBUTE_NOINLINE static Misuse MisuseAs(const Type* held) {
    if (held == nullptr) return Misuse::kNone;
    held->CheckDomain();
    return *held == TypeOf<V>::type ? Misuse::kNone : Misuse::kOtherType;
  }

  // --- Loading ---------------------------------------------------------------

  // Loads, of a cell that holds nothing yet, or the V of another library; dies
  // if it holds something else.
  template <class V>
  ABSL_ATTRIBUTE_NOINLINE Hazard LoadChecked(const Type* held) const {
    DieOf<V>(MisuseAs<V>(held), kLoad);
    return LoadOrNothing(held);
  }
  template <class V>
  ABSL_ATTRIBUTE_NOINLINE const V* LoadPinnedChecked(const Type* held) const {
    DieOf<V>(MisuseAs<V>(held), kLoad);
    return held == nullptr ? nullptr : LoadPinnedAs<V>(*held);
  }
  template <class V>
  absl::Status LoadStatus(const Type* held) const {
    CheckStorable<V>();
    return StatusOf<V>(MisuseAs<V>(held), kLoad);
  }

  // Of a cell that has this type; null before the first store.
  Hazard LoadOrNothing(const Type* type) const {
    return type == nullptr ? Hazard() : cell_.Load(*type);
  }
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const V* LoadPinnedAs(const Type& type) const {
    const auto* const box = cell_.LoadPinned(type);
    return box == nullptr
               ? nullptr
               : std::addressof(static_cast<const BoxOf<V>*>(box)->value);
  }

  template <class Result>
  static constexpr void CheckReadResult() {
    static_assert(!std::is_reference_v<Result>,
                  "Read(f): f returns by value; what its result referred to "
                  "might be gone");
  }

  template <class V>
  static const V& ValueIn(const BoxRef& hold) {
    return static_cast<const BoxOf<V>*>(hold.box())->value;
  }
  template <class V>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static SnapshotOf<V> SnapshotFrom(BoxRef hold) {
    if (ABSL_PREDICT_FALSE(hold.box() == nullptr)) return SnapshotOf<V>();
    const V* const value = std::addressof(ValueIn<V>(hold));
    return SnapshotOf<V>(std::move(hold), value);
  }

  // --- Storing ---------------------------------------------------------------

  template <class V, class... A>
  static std::unique_ptr<BoxOf<V>> MakeBox(A&&... args) {
    return std::make_unique<BoxOf<V>>(std::forward<A>(args)...);
  }

  template <class T>
  Misuse DoStore(T&& value) {
    static_assert(!std::is_array_v<std::remove_reference_t<T>>,
                  "a Value does not hold a C array or a string literal: store "
                  "a std::array or a std::string");
    using V = Stored<T>;
    const Misuse misuse = MisuseOf<V>(value);
    if (ABSL_PREDICT_FALSE(misuse != Misuse::kNone)) return misuse;
    return StoreBox(MakeBox<V>(std::forward<T>(value)));
  }

  template <class V, class... A>
  Misuse DoEmplace(A&&... args) {
    auto box = MakeBox<V>(std::forward<A>(args)...);
    const Misuse misuse = MisuseOf<V>(box->value);
    if (ABSL_PREDICT_FALSE(misuse != Misuse::kNone)) return misuse;
    return StoreBox(std::move(box));
  }

  template <class V>
  Misuse StoreBox(std::unique_ptr<BoxOf<V>> box) {
    if (StoredFirst(box)) return Misuse::kNone;
    const Misuse misuse = MisuseAs<V>();
    if (ABSL_PREDICT_TRUE(misuse == Misuse::kNone)) cell_.Store(box.release());
    return misuse;
  }

  template <class T>
  Misuse DoSwap(T&& value, Snapshot& old) {
    static_assert(!std::is_array_v<std::remove_reference_t<T>>,
                  "a Value does not hold a C array or a string literal: swap "
                  "in a std::array or a std::string");
    using V = Stored<T>;
    Misuse misuse = MisuseOf<V>(value);
    if (ABSL_PREDICT_FALSE(misuse != Misuse::kNone)) return misuse;
    auto box = MakeBox<V>(std::forward<T>(value));
    if (StoredFirst(box)) return Misuse::kNone;
    misuse = MisuseAs<V>();
    if (ABSL_PREDICT_TRUE(misuse == Misuse::kNone)) {
      old = Snapshot(cell_.Swap(box.release()));
    }
    return misuse;
  }

  // `expected` is a value, Empty or a BoxRef.
  template <class E, class V>
  bool CompareAndSwapOrDie(const E& expected, V& desired) {
    CheckStorable<V>();
    bool swapped = false;
    const Misuse misuse = DoCompareAndSwap(expected, desired, swapped);
    if (ABSL_PREDICT_FALSE(misuse != Misuse::kNone)) {
      internal::FatalMisuse(misuse, kCompareAndSwap,
                            NameBeside(misuse, expected),
                            internal::TypeName<V>());
    }
    return swapped;
  }
  template <class E, class V>
  absl::StatusOr<bool> CompareAndSwapOrStatus(const E& expected, V& desired) {
    CheckStorable<V>();
    bool swapped = false;
    const Misuse misuse = DoCompareAndSwap(expected, desired, swapped);
    if (ABSL_PREDICT_FALSE(misuse != Misuse::kNone)) {
      return internal::MisuseStatus(misuse, kCompareAndSwap,
                                    NameBeside(misuse, expected),
                                    internal::TypeName<V>());
    }
    return swapped;
  }
  // The name of the type that `desired` should have had.
  template <class E>
  std::string_view NameBeside(Misuse misuse, const E& expected) const {
    if constexpr (std::is_same_v<E, BoxRef>) {
      if (misuse == Misuse::kOtherTypes) return expected.box()->type->name;
    }
    return type_name();
  }

  template <class V>
  Misuse DoCompareAndSwap(const V& expected, V& desired, bool& swapped) {
    Misuse misuse = MisuseOf<V>(desired);
    if (misuse == Misuse::kNone && IsNil<V>()(expected)) {
      return DoCompareAndSwap(Empty(), desired, swapped);
    }
    std::unique_ptr<BoxOf<V>> box;
    while (misuse == Misuse::kNone && !swapped) {
      // The type is asked for after the load: the first store may have come in
      // between.
      BoxRef held = cell_.Load();
      misuse = MisuseAs<V>();
      if (misuse != Misuse::kNone || held.box() == nullptr ||
          !(ValueIn<V>(held) == expected)) {
        break;
      }
      // NOLINTNEXTLINE(bugprone-use-after-move): moved once, into the one box.
      if (box == nullptr) box = MakeBox<V>(std::move(desired));
      swapped = Replaced(std::move(held), box);
    }
    return misuse;
  }

  template <class V>
  Misuse DoCompareAndSwap(Empty, V& desired, bool& swapped) {
    Misuse misuse = MisuseOf<V>(desired);
    if (misuse != Misuse::kNone) return misuse;
    auto box = MakeBox<V>(std::move(desired));
    swapped = StoredFirst(box);
    if (swapped) return Misuse::kNone;
    misuse = MisuseAs<V>();
    if (misuse != Misuse::kNone) return misuse;
    swapped = cell_.StoreIfEmpty(box.get());
    if (swapped) box.release();
    return misuse;
  }

  template <class V>
  Misuse DoCompareAndSwap(const BoxRef& expected, V& desired, bool& swapped) {
    auto* const old = expected.box();
    if (old == nullptr) return DoCompareAndSwap(Empty(), desired, swapped);
    if (IsNil<V>()(desired)) return Misuse::kNil;
    if (*old->type != TypeOf<V>::type) return Misuse::kOtherTypes;
    if (const Misuse misuse = MisuseAs<V>(); misuse != Misuse::kNone) {
      return misuse;
    }
    auto box = MakeBox<V>(std::move(desired));
    swapped = cell_.Replace(old, box.get());
    if (swapped) {
      box.release();
      old->Retire();
    }
    return Misuse::kNone;
  }

  template <class V, class F>
  Misuse DoUpdate(F& f, SnapshotOf<V>& updated) {
    static_assert(std::is_convertible_v<std::invoke_result_t<F&, const V&>, V>,
                  "Update(f): f(const T&) returns a T");
    CheckStorable<V>();
    for (;;) {
      // The type is asked for after the load: the first store may have come in
      // between.
      BoxRef held = cell_.Load();
      const Misuse misuse = MisuseAs<V>();
      if (misuse != Misuse::kNone || held.box() == nullptr) return misuse;
      auto box = MakeBox<V>(std::invoke(f, ValueIn<V>(held)));
      if (IsNil<V>()(box->value)) return Misuse::kNil;
      // Counted for the result before others can replace it.
      box->AddRef();
      BoxOf<V>* const made = box.get();
      if (Replaced(std::move(held), box)) {
        updated = SnapshotFrom<V>(BoxRef(made, nullptr));
        return Misuse::kNone;
      }
    }
  }

  // True if `box` became the first value of the cell. The cell has a type then.
  template <class V>
  bool StoredFirst(std::unique_ptr<BoxOf<V>>& box) {
    if (ABSL_PREDICT_TRUE(cell_.type() != nullptr)) return false;
    if (!cell_.StoreFirst(box.get())) return false;
    box.release();
    return true;
  }

  // Replaces what `held` holds. It is let go of before it is retired, so that
  // it can be destroyed at once.
  template <class V>
  bool Replaced(BoxRef held, std::unique_ptr<BoxOf<V>>& box) {
    auto* const old = held.box();
    if (!cell_.Replace(old, box.get())) return false;
    box.release();
    held = BoxRef();
    old->Retire();
    return true;
  }

  internal::Cell<Policy> cell_;
};

static_assert(internal::kChecked || sizeof(Value) == 2 * sizeof(void*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_VALUE_H_
