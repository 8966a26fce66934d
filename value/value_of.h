// SPDX-License-Identifier: Apache-2.0

// ValueOf<T>: a cell for values of one type that is known at compile time,
// which many threads may load while others replace them. T may be abstract, and
// each store may bring another derived class.
//
//   atomic::ValueOf<Codec> codec;
//   void UseFast() { codec.Store(FastCodec()); }
//   void Use(std::unique_ptr<Codec> other) { codec.Store(std::move(other)); }
//   int Encode(int n) { return codec.Load()->Encode(n); }  // on any thread
//
// Do not use it for a plain number (Int64 and the other typed atomics are
// smaller and faster), nor for something that is written as often as it is
// read.
//
// Threads:   every member may run on any threads at once, except the
//            constructor and the destructor. A Reader is one thread's.
// Order:     seq_cst, as Value.
// Progress:  as Value: a Load is wait-free and writes no shared cache line. All
//            other operations are lock-free, except WaitForChange,
//            StoreAndWait and SwapAndWait, which block. Operations that release
//            a value may run its destructor, and those of others that waited.
// Ownership: the cell owns what was stored: a copy of its own, or the object
//            that it adopted. Nobody changes it. It weighs what the value of a
//            Value does, and is destroyed as that (value.h). Snapshots outlive
//            the cell. Before the cell's constructor has run, as in a global
//            that another one reads while it is made, it reads as empty.
// Errors:    adopting a null pointer terminates the program; the Try forms
//            return a status instead (status.h). If a constructor throws, or
//            memory runs out, the cell is unchanged (strong exception
//            guarantee). A change before the cell's constructor terminates the
//            program.

#ifndef SYNC_ATOMIC_VALUE_VALUE_OF_H_
#define SYNC_ATOMIC_VALUE_VALUE_OF_H_

#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/object_cell.h"
#include "sync_atomic/value/internal/status_forms.h"
#include "sync_atomic/value/internal/stop.h"
#include "sync_atomic/value/internal/type.h"
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {

template <class T>
class ValueOf {
  static_assert(std::is_object_v<T> && !std::is_array_v<T> &&
                    !std::is_const_v<T> && !std::is_volatile_v<T>,
                "ValueOf<T>: T is an object type without const or volatile; "
                "hold a C array as a std::array");
  static_assert(!internal::kIsSnapshot<T> && !std::is_same_v<T, Empty>,
                "a ValueOf holds values: hold what the snapshot holds");

  using Impl = internal::ObjectCell<T>;
  template <class E>
  using IfExpected = std::enable_if_t<Impl::template kIsExpected<E>>;
  // A first value: what Store takes.
  template <class U>
  static constexpr bool IsFirst() {
    using V = std::decay_t<U>;
    if constexpr (std::is_same_v<V, ValueOf> ||
                  std::is_same_v<V, std::in_place_t>) {
      return false;
    } else {
      return internal::CanStore<T, U>();
    }
  }
  // What an f given to Update makes.
  template <class F>
  using Made = std::invoke_result_t<F&, const T&>;
  // Of a Try form.
  template <class Forms, class R = void>
  using OrStatus = internal::OrStatus<Forms, R>;

 public:
  // Empty. Constant-initialised: a global may be ABSL_CONST_INIT.
  constexpr ValueOf() = default;
  // Holds `value`, as Store keeps it.
  template <class U = T, class = std::enable_if_t<IsFirst<U>()>>
  explicit ValueOf(U&& value) {
    Store(std::forward<U>(value));
  }
  // Holds T(args...), or T{args...} where only that compiles.
  template <class... A>
  explicit ValueOf(std::in_place_t, A&&... args) {
    Emplace(std::forward<A>(args)...);
  }
  ValueOf(const ValueOf&) = delete;
  ValueOf& operator=(const ValueOf&) = delete;
  // Snapshots remain valid. The memory of a static cell then reads as empty.
  ~ValueOf() = default;

  // Stores `value`.
  //
  // A class derived from T stays what it is. A std::unique_ptr or
  // std::shared_ptr to a T, or to a class derived from it, is adopted with its
  // object, which is not copied; nobody may change it while it is shared. All
  // else is converted to T; braces are a T's, as in Store({1, 2}).
  //
  // Of a snapshot the cell gets back the very object, which is not copied, as
  // to roll back: Load() == snapshot is true then. An empty one is Clear().
  template <class U = T>
  void Store(U&& value) {
    OrDie<U>(cell_.Store(std::forward<U>(value)), Impl::kStore);
  }

  // Stores D(args...), or D{args...} where only that compiles.
  template <class D = T, class... A>
  void Emplace(A&&... args) {
    cell_.template Emplace<D>(std::forward<A>(args)...);
  }

  // Returns the current value; empty before the first Store.
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> Load() const noexcept {
    return cell_.Load();
  }

  // Returns f(p), with a pointer to the current value, null when empty.
  //
  // The value stays alive and unchanged while f runs. The result is a value of
  // its own, not a reference.
  template <class F>
  auto Read(F&& f) const {
    internal::CheckReadResult<F, T>();
    const SnapshotOf<T> snapshot = Load();
    return internal::Invoke(std::forward<F>(f), snapshot.get());
  }

  // Returns a pointer to the current value; null if empty.
  //
  // Borrowed for as long as `pin` lives: cheaper than Load, where a thread that
  // is pinned anyway loads many cells, or one many times.
  ABSL_ATTRIBUTE_ALWAYS_INLINE const T* LoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    return cell_.LoadPinned();
  }
  const T* LoadPinned(const PinGuard&&) const = delete;  // it would end at once

  // Stores `value`, as Store does, and returns the previous value.
  // Swap(Empty()) takes it out: Clear, with a result.
  template <class U = T>
  SnapshotOf<T> Swap(U&& value) {
    return OrDie<U>(cell_.Swap(std::forward<U>(value)), Impl::kSwap);
  }

  // Stores `value`, as Swap does, and waits until nobody reads the old one any
  // more; it is destroyed then, on this thread, or SwapAndWait returns it.
  // `time` is as that of WaitForChange, by default without end. False: somebody
  // still reads it. `value` is stored in any case.
  //
  // Who has a snapshot of it, a copy, a part or what Share() made of one, an
  // idle Reader, or a pin, reads it; and another cell that was given it
  // back. So it waits without end for a snapshot of the caller's own, for two
  // threads that wait for each other's, and from within Update, Read or a
  // destructor of a value. Terminates the program if the caller is pinned.
  template <class U = T, class Time = internal::Forever>
  bool StoreAndWait(U&& value, Time time = {}) {
    return SwapAndWait(std::forward<U>(value), time).is_unread;
  }
  template <class U = T, class Time = internal::Forever>
  Swapped<SnapshotOf<T>> SwapAndWait(U&& value, Time time = {}) {
    const internal::Deadline deadline = internal::DeadlineOrNever(time);
    internal::CheckNotPinned();
    SnapshotOf<T> old = Swap(std::forward<U>(value));
    const bool is_unread = Impl::WaitUntilUnread(old, deadline);
    return {std::move(old), is_unread};
  }

  // Stores `desired`, as Store does, or empties the cell if that is Empty(), if
  // the cell holds what is expected, and returns whether it did. `expected` is
  // one of
  //   a T             compares by T's ==, and never fails while the cell holds
  //                   an equal value, also when another thread replaces one
  //                   such by another
  //   Empty, nullptr  the cell is empty (a zero is a T)
  //   a snapshot      compares by identity: the very object, not an equal one;
  //                   a projection stands for the whole value, and an empty
  //                   snapshot for Empty
  template <class E = T, class U = T, class = IfExpected<E>>
  bool CompareAndSwap(const E& expected, U&& desired) {
    return OrDie<U>(cell_.CompareAndSwap(expected, std::forward<U>(desired)),
                    Impl::kCompareAndSwap);
  }

  // Stores f(current value), as Store does, and returns what it stored.
  //
  // Calls f until no other thread changed the cell meanwhile. On an empty cell
  // it does nothing, and returns empty. If f throws, the cell is unchanged.
  template <class F>
  SnapshotOf<T> Update(F&& f) {
    return OrDie<Made<F>>(cell_.Update(f), Impl::kUpdate);
  }

  // The same, and on an empty cell stores init(). `f` and `init` may both be
  // called, and more than once.
  template <class F, class G>
  SnapshotOf<T> UpdateOrInit(F&& f, G&& init) {
    return OrDie<Made<F>>(cell_.Update(f, init), Impl::kUpdate);
  }

  // Non-fatal variants, for code that does not know whether a pointer to adopt
  // is null. They need status.h, and return an absl::Status, or an
  // absl::StatusOr of what the other form returns. An `f` or `init` may
  // decline: of an absl::StatusOr that it returns, unless T is made of one, a
  // failure is the result, and the cell is unchanged.
  template <class U = T, class Forms = internal::StatusForms>
  OrStatus<Forms> TryStore(U&& value) {
    return Forms::Of(cell_.Store(std::forward<U>(value)), Impl::kStore,
                     NameOf<U>());
  }
  template <class U = T, class Forms = internal::StatusForms>
  OrStatus<Forms, SnapshotOf<T>> TrySwap(U&& value) {
    return Forms::Of(cell_.Swap(std::forward<U>(value)), Impl::kSwap,
                     NameOf<U>());
  }
  template <class E = T, class U = T, class = IfExpected<E>,
            class Forms = internal::StatusForms>
  OrStatus<Forms, bool> TryCompareAndSwap(const E& expected, U&& desired) {
    return Forms::Of(cell_.CompareAndSwap(expected, std::forward<U>(desired)),
                     Impl::kCompareAndSwap, NameOf<U>());
  }
  template <class F, class Forms = internal::StatusForms>
  OrStatus<Forms, SnapshotOf<T>> TryUpdate(F&& f) {
    return TryUpdateOrInit<F, const internal::NoInit, Forms>(std::forward<F>(f),
                                                             {});
  }
  template <class F, class G, class Forms = internal::StatusForms>
  OrStatus<Forms, SnapshotOf<T>> TryUpdateOrInit(F&& f, G&& init) {
    return Forms::OfUpdate(
        [&](const auto& accept) { return cell_.Update(f, init, accept); },
        Impl::kUpdate, NameOf<Made<F>>());
  }

  // Empties the cell.
  void Clear() { cell_.Clear(); }

  // Blocks until the cell no longer holds what `seen` does; with an empty one,
  // until it holds something. Returns false on timeout, and on a request to
  // stop. `time` is how long, an absl::Duration or a std::chrono::duration, or
  // until when, a std::chrono::steady_clock::time_point; `stop` a StopToken or
  // a std::stop_token (stop.h).
  template <class Time, class Stop = internal::NeverStops>
  bool WaitForChange(const SnapshotOf<T>& seen, Time time,
                     const Stop& stop = {}) const {
    internal::CheckStop<Stop>();
    return cell_.WaitForChange(seen, internal::DeadlineOf(time), stop);
  }

  // One thread's view of the cell, for a loop that reads it again and again:
  // while nobody stores, a Load reads one word.
  //
  //   atomic::ValueOf<Codec>::Reader reader(codec);
  //   for (const int n : batch) Send(reader.Load()->Encode(n));
  //
  // It keeps what it loaded last alive, as a snapshot does: a reader that will
  // be idle should Release(). The cell must outlive it. It is one thread's from
  // a Load to the next Release, which a checked build verifies
  // (docs/checked_build.md).
  class Reader {
   public:
    explicit Reader(const ValueOf& cell ABSL_ATTRIBUTE_LIFETIME_BOUND)
        : cell_(&cell) {}
    explicit Reader(const ValueOf&&) = delete;  // it would be gone at once
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Returns a pointer to the current value; null if empty. Valid until the
    // next Load or Release.
    ABSL_ATTRIBUTE_ALWAYS_INLINE const T* Load() ABSL_ATTRIBUTE_LIFETIME_BOUND {
      CheckThread();
      // What is held doesn't come back as another box at the same address.
      if (ABSL_PREDICT_FALSE(cell_->cell_.current() != current_)) Renew();
      return object_;
    }

    // Releases what the last Load returned.
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
      current_ = cell_->cell_.CurrentOf(held_);
    }

    const ValueOf* cell_;
    SnapshotOf<T> held_;
    const T* object_ = nullptr;
    // What the cell's data word held then, which is never null; null: nothing
    // is loaded.
    const internal::StdBox* current_ = nullptr;
#if defined(SYNC_ATOMIC_CHECKED)
    internal::OneThread one_thread_;
#endif
  };

 private:
  friend struct internal::CellAccess;

  // The name of what the caller gave.
  template <class U>
  static constexpr auto NameOf() {
    return internal::TypeName<std::decay_t<U>>();
  }
  // The result of an operation with a U, or the end.
  template <class U, class R>
  static auto OrDie(R&& result, const internal::Operation& operation) {
    return internal::OrDie(std::forward<R>(result), operation, NameOf<U>());
  }

  Impl cell_;
};

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_VALUE_OF_H_
