// ValueOf<T>: a cell for values of one type that is known at compile time,
// which many threads may load while others replace them. T may be abstract, and
// each store may bring another derived class.
//
//   atomic::ValueOf<Codec> codec;
//   void UseFast() { codec.Store(FastCodec()); }
//   void Use(std::unique_ptr<Codec> other) { codec.Store(std::move(other)); }
//   int Encode(int n) { return codec.Load()->Encode(n); }  // on any thread
//
// Do not use it for a plain number (Int64 and its kin are smaller and faster),
// nor for something that is written as often as it is read.
//
// Threads:   every member may run on any threads at once, but for the
//            constructor and the destructor. A Reader is one thread's.
// Order:     seq_cst, as Value.
// Progress:  as Value: a Load is wait-free and writes no line that threads
//            share; WaitForChange sleeps; all else is lock-free. Operations
//            that let go of a value may run its destructor, and those of others
//            that waited.
// Ownership: the cell owns what was stored: a copy of its own, or the object
//            that it adopted. Nobody changes it. It is destroyed as the value
//            of a Value is (value.h). Snapshots outlive the cell. Before the
//            cell's constructor has run, as in a global that another one reads
//            while it is made, it reads as empty.
// Errors:    adopting a null pointer dies; the Try forms return a status
//            instead. If a constructor throws, or memory runs out, the cell is
//            as it was. A change before the cell's constructor dies.

#ifndef SYNC_ATOMIC_VALUE_VALUE_OF_H_
#define SYNC_ATOMIC_VALUE_VALUE_OF_H_

#include <functional>
#include <memory>
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
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {

namespace internal {

// Smart pointers whose object a ValueOf<T> may adopt.
template <class T, class P>
inline constexpr bool kCanAdopt = false;
template <class T, class D, class Deleter>
inline constexpr bool kCanAdopt<T, std::unique_ptr<D, Deleter>> =
    !std::is_array_v<D> && std::is_convertible_v<D*, const T*> &&
    std::is_same_v<typename std::unique_ptr<D, Deleter>::pointer, D*>;
template <class T, class D>
inline constexpr bool kCanAdopt<T, std::shared_ptr<D>> =
    !std::is_array_v<D> && std::is_convertible_v<D*, const T*>;

// Classes that a ValueOf<T> keeps as they are, without slicing.
template <class T, class D>
inline constexpr bool kStaysItself =
    std::is_same_v<T, D> ||
    (std::is_base_of_v<T, D> && std::is_convertible_v<const D*, const T*>);

}  // namespace internal

template <class T>
class ValueOf {
  static_assert(std::is_object_v<T> && !std::is_array_v<T> &&
                    !std::is_const_v<T> && !std::is_volatile_v<T>,
                "ValueOf<T>: T is an object type without const or volatile; "
                "hold a C array as a std::array");
  static_assert(!internal::kIsSnapshot<T> && !std::is_same_v<T, Empty>,
                "a ValueOf holds values: hold what the snapshot holds");

 public:
  // Empty. Constant-initialised: a global may be ABSL_CONST_INIT.
  constexpr ValueOf() : cell_(EmptyType::type, EmptyType::empty) {}
  ValueOf(const ValueOf&) = delete;
  ValueOf& operator=(const ValueOf&) = delete;
  // Snapshots live on. The memory of a static cell then reads as empty.
  ~ValueOf() = default;

  // *this = value
  //
  // A class derived from T stays what it is. A std::unique_ptr or
  // std::shared_ptr to a T, or to a class derived from it, is adopted with its
  // object, which is not copied; whoever shares it must not change it. All else
  // is converted to T.
  template <class U>
  void Store(U&& value) {
    CheckNotNil(value, kStore);
    OwnCell().Store(MakeBox(std::forward<U>(value)).release());
  }

  // *this = D(args...), or D{args...} where only that compiles
  template <class D = T, class... A>
  void Emplace(A&&... args) {
    OwnCell().Store(Box(new InPlaceBox<D>(std::forward<A>(args)...)).release());
  }

  // return *this; empty before the first store
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> Load() const noexcept {
    return SnapshotFrom(LoadHeld());
  }

  // return f(this), with null when empty
  //
  // The value stays alive and unchanged while f runs, and f's result is a
  // value of its own.
  template <class F>
  auto Read(F&& f) const {
    using Result = std::invoke_result_t<F, const T*>;
    static_assert(!std::is_reference_v<Result>,
                  "Read(f): f returns by value; what its result referred to "
                  "might be gone");
    const SnapshotOf<T> snapshot = Load();
    return std::invoke(std::forward<F>(f), snapshot.get());
  }

  // return this; null when empty
  //
  // Borrowed for as long as `pin` lives: cheaper than Load, where a thread that
  // is pinned anyway loads many cells, or one many times.
  ABSL_ATTRIBUTE_ALWAYS_INLINE const T* LoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    if (ABSL_PREDICT_FALSE(cell_.type() != &EmptyType::type) &&
        !IsConstructed()) {
      return nullptr;
    }
    return ObjectIn(*cell_.current());  // null in the box for "no value"
  }
  const T* LoadPinned(const PinGuard&&) const = delete;  // it would end at once

  // old = *this; *this = value; return old
  template <class U>
  SnapshotOf<T> Swap(U&& value) {
    CheckNotNil(value, kSwap);
    return SnapshotFrom(
        OwnCell().Swap(MakeBox(std::forward<U>(value)).release()));
  }

  // if (*this == expected) { *this = desired; return true; } return false
  //
  // Compares by T's ==, and never fails while the cell holds an equal value,
  // also when another thread replaces one such by another.
  template <class U>
  bool CompareAndSwap(const T& expected, U&& desired) {
    CheckNotNil(desired, kCompareAndSwap);
    return Replace(expected, std::forward<U>(desired));
  }

  // if (*this is empty) { *this = desired; return true; } return false
  template <class U>
  bool CompareAndSwap(Empty, U&& desired) {
    CheckNotNil(desired, kCompareAndSwap);
    return Replace(Empty(), std::forward<U>(desired));
  }
  // nullptr itself: a zero is a T.
  template <class N, class U,
            class = std::enable_if_t<std::is_null_pointer_v<N>>>
  bool CompareAndSwap(N, U&& desired) {
    return CompareAndSwap(Empty(), std::forward<U>(desired));
  }

  // if (*this is what `expected` holds) { *this = desired; return true; }
  // return false
  //
  // Compares by identity: the very object, not an equal one. A projection
  // stands for the whole value, and an empty snapshot for Empty.
  template <class U>
  bool CompareAndSwap(const SnapshotOf<T>& expected, U&& desired) {
    CheckNotNil(desired, kCompareAndSwap);
    return Replace(expected, std::forward<U>(desired));
  }

  // *this = f(*this); return *this
  //
  // Calls f until no other thread changed the cell meanwhile; what it returns
  // is stored as by Store. On an empty cell it does nothing, and returns empty.
  // An exception of f goes to the caller, and the cell is unchanged.
  template <class F>
  SnapshotOf<T> Update(F&& f) {
    SnapshotOf<T> updated;
    if (ABSL_PREDICT_FALSE(!DoUpdate(f, updated))) {
      DieOfNil<Made<F>>(kUpdate);
    }
    return updated;
  }

  // The same for whoever can't know what it is given: instead of dying they
  // return InvalidArgument for a null pointer to adopt, with the same message.
  template <class U>
  absl::Status TryStore(U&& value) {
    if (IsNilToAdopt(value)) return NilStatus<U>(kStore);
    Store(std::forward<U>(value));
    return absl::OkStatus();
  }
  template <class U>
  absl::StatusOr<SnapshotOf<T>> TrySwap(U&& value) {
    if (IsNilToAdopt(value)) return NilStatus<U>(kSwap);
    return Swap(std::forward<U>(value));
  }
  template <class E, class U>
  absl::StatusOr<bool> TryCompareAndSwap(const E& expected, U&& desired) {
    if (IsNilToAdopt(desired)) return NilStatus<U>(kCompareAndSwap);
    return CompareAndSwap(expected, std::forward<U>(desired));
  }
  template <class F>
  absl::StatusOr<SnapshotOf<T>> TryUpdate(F&& f) {
    SnapshotOf<T> updated;
    if (!DoUpdate(f, updated)) return NilStatus<Made<F>>(kUpdate);
    return updated;
  }

  // Empty again.
  void Clear() { cell_.Clear(); }

  // Waits until the cell no longer holds what `seen` does; with an empty one,
  // until it holds something. False: it still does after `timeout`.
  bool WaitForChange(const SnapshotOf<T>& seen, absl::Duration timeout) const {
    return OwnCell().WaitForChange(seen.ref_.box(),
                                   internal::DeadlineAfter(timeout));
  }

  // One thread's view of the cell, for a loop that reads it again and again: as
  // long as nobody stores, a Load is a look at one word.
  //
  //   atomic::ValueOf<Codec>::Reader reader(codec);
  //   for (const int n : batch) Send(reader.Load()->Encode(n));
  //
  // It keeps what it loaded last alive, as a snapshot does: a reader that will
  // be idle should Release(). The cell must outlive it. It is one thread's from
  // a Load to the next Release, of which a checked build sees to it
  // (docs/checked_build.md).
  class Reader {
   public:
    explicit Reader(const ValueOf& cell ABSL_ATTRIBUTE_LIFETIME_BOUND)
        : cell_(&cell) {}
    explicit Reader(const ValueOf&&) = delete;  // it would be gone at once
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // return *cell; null when empty. Valid until the next Load or Release.
    ABSL_ATTRIBUTE_ALWAYS_INLINE const T* Load() ABSL_ATTRIBUTE_LIFETIME_BOUND {
      CheckThread();
      // What is held doesn't come back as another box at the same address.
      if (ABSL_PREDICT_FALSE(cell_->cell_.current() != current_)) Renew();
      return object_;
    }

    // Lets go of what the last Load returned.
    void Release() {
      CheckThread();
#if defined(SYNC_ATOMIC_CHECKED)
      one_thread_.Forget();
#endif
      // Last: it may run a destructor.
      object_ = nullptr;
      current_ = nullptr;
      held_ = SnapshotOf<T>();
    }

   private:
    // Only a checked build looks.
    ABSL_ATTRIBUTE_ALWAYS_INLINE void CheckThread() {
#if defined(SYNC_ATOMIC_CHECKED)
      one_thread_.Check();
#endif
    }

    ABSL_ATTRIBUTE_NOINLINE void Renew() {
      Release();  // first, for its slot
      CheckThread();
      held_ = cell_->Load();
      object_ = held_.get();
      const auto* const box = held_.ref_.box();
      current_ = box == nullptr ? cell_->cell_.type()->empty : box;
    }

    const ValueOf* cell_;
    SnapshotOf<T> held_;
    const T* object_ = nullptr;
    // What the cell's data word held then, which is never null; null: nothing
    // is loaded.
    const internal::Box<internal::StdPolicy>* current_ = nullptr;
#if defined(SYNC_ATOMIC_CHECKED)
    internal::OneThread one_thread_;
#endif
  };

 private:
  using Policy = internal::StdPolicy;
  using BoxRef = internal::BoxRef<Policy>;
  using ObjectBox = internal::ObjectBox<Policy, T>;
  // What stands in the cell's type word, and its box for "no value".
  using EmptyType = internal::TypeOfObjects<Policy, T>;
  template <class D>
  using InPlaceBox = internal::InPlaceBox<Policy, T, D>;
  template <class P>
  using AdoptingBox = internal::AdoptingBox<Policy, T, P>;

  // A box before the cell has it.
  struct Destroy {
    void operator()(ObjectBox* box) const {
      box->count.store(1);  // Update() may have counted for its result
      box->dispose(box);
    }
  };
  using Box = std::unique_ptr<ObjectBox, Destroy>;

  // Dies if the cell is not of the caller's domain. Its type need not be
  // EmptyType::type: another library that shares the domain may have one of its
  // own for T, with another box for "no value".
  ABSL_ATTRIBUTE_ALWAYS_INLINE void CheckDomain() const {
    if (ABSL_PREDICT_FALSE(cell_.type() != &EmptyType::type) &&
        !IsConstructed()) {
      internal::FatalMisuse("use of ValueOf before its constructor",
                            internal::TypeName<T>(), "");
    }
  }
  // False before the dynamic constructor of an object that holds the cell has
  // run, as in a global that another one reads as it is made: it is all zeros
  // then, and reads as empty. Dies if the cell is not of the caller's domain.
  ABSL_ATTRIBUTE_NOINLINE bool IsConstructed() const {
    const auto* const type = cell_.type();
    if (type == nullptr) return false;
    type->CheckDomain();
    return true;
  }
  // The cell, which must be of the caller's domain.
  const internal::Cell<Policy>& OwnCell() const {
    CheckDomain();
    return cell_;
  }
  internal::Cell<Policy>& OwnCell() {
    CheckDomain();
    return cell_;
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE BoxRef LoadHeld() const {
    return BoxRef(ABSL_PREDICT_TRUE(cell_.type() == &EmptyType::type)
                      ? cell_.Load(EmptyType::type)  // which the compiler knows
                      : LoadChecked());
  }
  ABSL_ATTRIBUTE_NOINLINE internal::Hazard<Policy> LoadChecked() const {
    return IsConstructed() ? cell_.Load(*cell_.type())
                           : internal::Hazard<Policy>();
  }

  static const T* ObjectIn(const internal::Box<Policy>& box) {
    return static_cast<const ObjectBox&>(box).object;
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE static SnapshotOf<T> SnapshotFrom(BoxRef hold) {
    if (ABSL_PREDICT_FALSE(hold.box() == nullptr)) return SnapshotOf<T>();
    const T* const object = ObjectIn(*hold.box());
    internal::Assume(object != nullptr);
    return SnapshotOf<T>(std::move(hold), object);
  }

  // --- Nil -------------------------------------------------------------------

  static constexpr internal::Operation kStore = {"store", "into ValueOf"};
  static constexpr internal::Operation kSwap = {"swap", "into ValueOf"};
  static constexpr internal::Operation kCompareAndSwap = {"compare and swap",
                                                          "into ValueOf"};
  static constexpr internal::Operation kUpdate = {"update", "into ValueOf"};

  template <class V>
  static bool IsNilToAdopt([[maybe_unused]] const V& value) {
    if constexpr (internal::kCanAdopt<T, V>) {
      return value == nullptr;
    } else {
      return false;
    }
  }
  template <class V>
  static void CheckNotNil(const V& value,
                          const internal::Operation& operation) {
    if (ABSL_PREDICT_FALSE(IsNilToAdopt(value))) DieOfNil<V>(operation);
  }
  template <class V>
  [[noreturn]] static void DieOfNil(const internal::Operation& operation) {
    internal::FatalMisuse(internal::Misuse::kNil, operation,
                          internal::TypeName<T>(),
                          internal::TypeName<std::decay_t<V>>());
  }
  template <class V>
  static absl::Status NilStatus(const internal::Operation& operation) {
    return internal::MisuseStatus(internal::Misuse::kNil, operation,
                                  internal::TypeName<T>(),
                                  internal::TypeName<std::decay_t<V>>());
  }

  // --- Storing ---------------------------------------------------------------

  template <class U>
  static Box MakeBox(U&& value) {
    using V = std::decay_t<U>;
    if constexpr (internal::kCanAdopt<T, V>) {
      // Allocated first: without memory `value` is left as it was.
      return Box(new AdoptingBox<V>(V(std::forward<U>(value))));
    } else if constexpr (internal::kStaysItself<T, V>) {
      return Box(new InPlaceBox<V>(std::forward<U>(value)));
    } else {
      static_assert(std::is_convertible_v<U, T>,
                    "ValueOf<T> stores a T, a class derived from T, a "
                    "unique_ptr or shared_ptr to one, or what converts to T");
      return Box(new InPlaceBox<T>(std::forward<U>(value)));
    }
  }

  // The three kinds of CompareAndSwap, for a `desired` that isn't nil.
  template <class U>
  bool Replace(const T& expected, U&& desired) {
    Box box;
    for (;;) {
      BoxRef held = LoadHeld();
      if (held.box() == nullptr || !(*ObjectIn(*held.box()) == expected)) {
        return false;
      }
      // NOLINTNEXTLINE(bugprone-use-after-move): moved once, into the one box.
      if (box == nullptr) box = MakeBox(std::forward<U>(desired));
      if (Replaced(std::move(held), box)) return true;
    }
  }
  template <class U>
  bool Replace(Empty, U&& desired) {
    Box box = MakeBox(std::forward<U>(desired));
    if (!OwnCell().StoreIfEmpty(box.get())) return false;
    box.release();
    return true;
  }
  template <class U>
  bool Replace(const SnapshotOf<T>& expected, U&& desired) {
    auto* const old = expected.ref_.box();
    if (old == nullptr) return Replace(Empty(), std::forward<U>(desired));
    Box box = MakeBox(std::forward<U>(desired));
    if (!OwnCell().Replace(old, box.get())) return false;
    box.release();
    old->Retire();
    return true;
  }

  // What an f given to Update() makes.
  template <class F>
  using Made = std::invoke_result_t<F&, const T&>;

  // False: f made a null pointer to adopt.
  template <class F>
  bool DoUpdate(F& f, SnapshotOf<T>& updated) {
    for (;;) {
      BoxRef held = LoadHeld();
      if (held.box() == nullptr) return true;
      Made<F>&& made = std::invoke(f, *ObjectIn(*held.box()));
      if (IsNilToAdopt(made)) return false;
      Box box = MakeBox(std::forward<Made<F>>(made));
      // Counted for the result before others can replace it.
      box->AddRef();
      ObjectBox* const stored = box.get();
      if (Replaced(std::move(held), box)) {
        updated = SnapshotFrom(BoxRef(stored, nullptr));
        return true;
      }
    }
  }

  // Replaces what `held` holds. It is let go of before it is retired, so that
  // it can be destroyed at once.
  bool Replaced(BoxRef held, Box& box) {
    auto* const old = held.box();
    if (!OwnCell().Replace(old, box.get())) return false;
    box.release();
    held = BoxRef();
    old->Retire();
    return true;
  }

  internal::Cell<Policy> cell_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_VALUE_OF_H_
