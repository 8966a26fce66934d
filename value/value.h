// SPDX-License-Identifier: Apache-2.0

// Value: a cell for a value of any one type, which many threads may load while
// others replace it. The first Store fixes the type.
//
//   atomic::Value current;
//   void Reload(Config config) { current.Store(std::move(config)); }
//   int Port() { return current.Load<Config>()->port; }  // on any thread
//
// Do not use it for a plain number (Int64 and the other typed atomics are
// smaller and faster), nor for something that is written as often as it is
// read.
//
// Threads:   every member may run on any threads at once, except the
//            constructor and the destructor.
// Order:     seq_cst: all operations on all Values, Pointers and typed atomics
//            take part in one order. What was done before a Store happens
//            before any Load that returns what it stored.
// Progress:  a Load is wait-free after a thread's first use, writes no shared
//            cache line, and sees a whole value. All other operations are
//            lock-free, except WaitForChange, StoreAndWait and SwapAndWait,
//            which block. Operations that release a value may run its
//            destructor, and those of others that waited.
// Ownership: the cell keeps a copy of its own, on the heap, that nobody
//            changes. A replaced value is destroyed before Store returns, or
//            by the last snapshot that holds it. That holds for 16 stores in a
//            row; more are reclaimed in batches, of up to 2048 objects or 256
//            KiB a thread, and what is left of the last batch waits: for the
//            thread's next Store after a while, for a Reclaim(), or, once it
//            has ended, for what any thread stores, releases or reclaims next
//            (retire.h). A value weighs its sizeof and what it
//            owns, if that is known: the elements of a container or string of
//            std and Abseil are; for others see owned_bytes.h. It is asked as
//            it is stored. Snapshots outlive the cell.
// Errors:    storing nil, or another type than the first, terminates the
//            program with a message that names both types; the Try forms
//            return a status instead (status.h). If the value's constructor
//            throws, or memory runs out, the cell is unchanged (strong
//            exception guarantee).
//
// Differs from Go's atomic.Value: the cell owns a copy, and knows when it can
// be destroyed; a null pointer is nil, whatever its type; storing into a cell
// that another thread is just storing to for the first time does not spin.

#ifndef SYNC_ATOMIC_VALUE_VALUE_H_
#define SYNC_ATOMIC_VALUE_VALUE_H_

#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/deadline.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/internal/invoke.h"
#include "sync_atomic/value/internal/misuse.h"
#include "sync_atomic/value/internal/status_forms.h"
#include "sync_atomic/value/internal/stop.h"
#include "sync_atomic/value/internal/type.h"
#include "sync_atomic/value/internal/value_cell.h"
#include "sync_atomic/value/is_nil.h"  // IWYU pragma: export
#include "sync_atomic/value/snapshot.h"

namespace sync_atomic {

class Value {
  using Impl = internal::ValueCell;
  template <class T>
  using Stored = Impl::Stored<T>;
  template <class E, class T>
  using IfExpected = std::enable_if_t<Impl::kIsExpected<E, T>>;
  // A first value: what Store takes.
  template <class V>
  using IfFirst = std::enable_if_t<!std::is_same_v<V, Value> &&
                                   !internal::kIsInPlaceType<V>>;
  // What a message names that an E is replaced by a T.
  template <class E, class T>
  using Named = std::conditional_t<std::is_same_v<T, Empty>, E, T>;
  // Of a Try form.
  template <class Forms, class R = void>
  using OrStatus = internal::OrStatus<Forms, R>;

 public:
  // Empty. Constant-initialised: a global may be ABSL_CONST_INIT.
  constexpr Value() = default;
  // Holds `value`.
  template <class T, class = IfFirst<std::decay_t<T>>>
  explicit Value(T&& value) {
    Store(std::forward<T>(value));
  }
  // Holds T(args...), or T{args...} where only that compiles.
  template <class T, class... A>
  explicit Value(std::in_place_type_t<T>, A&&... args) {
    Emplace<T>(std::forward<A>(args)...);
  }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  // Snapshots remain valid. The memory of a static cell then reads as empty.
  ~Value() = default;

  // Stores `value`.
  template <class T>
  void Store(T&& value) {
    OrDie<Stored<T>>(cell_.Store(std::forward<T>(value)), Impl::kStore);
  }

  // Stores T(args...), or T{args...} where only that compiles.
  template <class T, class... A>
  void Emplace(A&&... args) {
    OrDie<T>(cell_.Emplace<T>(std::forward<A>(args)...), Impl::kStore);
  }

  // Returns the current value; empty before the first Store.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Snapshot Load() const noexcept {
    return cell_.Load();
  }

  // Returns the current value; terminates the program if it is of another type.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> Load() const {
    return cell_.LoadOrDie<T>();
  }

  // Returns f(p), with a pointer to the current value, null when empty;
  // terminates the program if it is of another type.
  //
  // The value stays alive and unchanged while f runs. The result is a value of
  // its own, not a reference.
  template <class T, class F>
  auto Read(F&& f) const {
    internal::CheckReadResult<F, T>();
    const SnapshotOf<T> snapshot = Load<T>();
    return internal::Invoke(std::forward<F>(f), snapshot.get());
  }

  // Returns a pointer to the current value; null if empty; terminates the
  // program if it is of another type.
  //
  // Borrowed for as long as `pin` lives: cheaper than Load, where a thread that
  // is pinned anyway loads many cells, or one many times.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE const T* LoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    return cell_.LoadPinnedOrDie<T>();
  }
  template <class T>
  const T* LoadPinned(const PinGuard&&) const = delete;  // it would end at once

  // Stores `value` and returns the previous value. Swap(Empty()) takes it out:
  // Clear, with a result.
  template <class T>
  Snapshot Swap(T&& value) {
    return OrDie<Stored<T>>(cell_.Swap(std::forward<T>(value)), Impl::kSwap);
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
  template <class T, class Time = internal::Forever>
  bool StoreAndWait(T&& value, Time time = {}) {
    return SwapAndWait(std::forward<T>(value), time).is_unread;
  }
  template <class T, class Time = internal::Forever>
  Swapped<Snapshot> SwapAndWait(T&& value, Time time = {}) {
    const internal::Deadline deadline = internal::DeadlineOrNever(time);
    internal::CheckNotPinned();
    Snapshot old = Swap(std::forward<T>(value));
    const bool is_unread = Impl::WaitUntilUnread(old, deadline);
    return {std::move(old), is_unread};
  }

  // Stores `desired`, or empties the cell if that is Empty(), if the cell holds
  // what is expected, and returns whether it did. `expected` is one of
  //   a T             compares by T's ==, and never fails while the cell holds
  //                   an equal value, also when another thread replaces one
  //                   such by another; a nil one means Empty
  //   Empty, nullptr  the cell is empty (a zero is a number)
  //   a snapshot      compares by identity: the very object, not an equal one;
  //                   a projection stands for the whole value, and an empty
  //                   snapshot for Empty
  template <class E, class T = E, class = IfExpected<E, T>>
  bool CompareAndSwap(const E& expected, T desired) {
    return OrDie<Named<E, T>>(cell_.CompareAndSwap(expected, desired),
                              Impl::kCompareAndSwap);
  }

  // Stores f(current value) and returns what it stored.
  //
  // Calls f until no other thread changed the cell meanwhile. On an empty cell
  // it does nothing, and returns empty. If f throws, the cell is unchanged.
  template <class T, class F>
  SnapshotOf<T> Update(F&& f) {
    return OrDie<T>(cell_.Update<T>(f), Impl::kUpdate);
  }

  // The same, and on an empty cell stores init(). `f` and `init` may both be
  // called, and more than once.
  template <class T, class F, class G>
  SnapshotOf<T> UpdateOrInit(F&& f, G&& init) {
    return OrDie<T>(cell_.Update<T>(f, init), Impl::kUpdate);
  }

  // Non-fatal variants, for code that does not know what it is given. They need
  // status.h, and return an absl::Status, or an absl::StatusOr of what the
  // other form returns. An `f` or `init` may decline: of an absl::StatusOr that
  // it returns a failure is the result, and the cell is unchanged.
  template <class T, class Forms = internal::StatusForms>
  OrStatus<Forms> TryStore(T&& value) {
    return Forms::Of(cell_.Store(std::forward<T>(value)), Impl::kStore,
                     internal::TypeName<Stored<T>>());
  }
  template <class T, class... A, class Forms = internal::StatusForms>
  OrStatus<Forms> TryEmplace(A&&... args) {
    return Forms::Of(cell_.Emplace<T>(std::forward<A>(args)...), Impl::kStore,
                     internal::TypeName<T>());
  }
  template <class T, class Forms = internal::StatusForms>
  OrStatus<Forms, SnapshotOf<T>> TryLoad() const {
    return Forms::Of(cell_.Load<T>(), Impl::kLoad, internal::TypeName<T>());
  }
  template <class T, class F, class Forms = internal::StatusForms>
  auto TryRead(F&& f) const
      -> OrStatus<Forms, std::invoke_result_t<F, const T*>> {
    using R = std::invoke_result_t<F, const T*>;
    internal::CheckReadResult<F, T>();
    const OrStatus<Forms, SnapshotOf<T>> snapshot = TryLoad<T, Forms>();
    if (!snapshot.ok()) return snapshot.status();
    if constexpr (std::is_void_v<R>) {
      internal::Invoke(std::forward<F>(f), snapshot->get());
      return snapshot.status();
    } else {
      return internal::Invoke(std::forward<F>(f), snapshot->get());
    }
  }
  template <class T, class Forms = internal::StatusForms>
  OrStatus<Forms, const T*> TryLoadPinned(
      const PinGuard& pin ABSL_ATTRIBUTE_LIFETIME_BOUND) const {
    static_cast<void>(pin);  // the proof
    return Forms::Of(cell_.LoadPinned<T>(), Impl::kLoad,
                     internal::TypeName<T>());
  }
  template <class T>
  void TryLoadPinned(const PinGuard&&) const = delete;
  template <class T, class Forms = internal::StatusForms>
  OrStatus<Forms, Snapshot> TrySwap(T&& value) {
    return Forms::Of(cell_.Swap(std::forward<T>(value)), Impl::kSwap,
                     internal::TypeName<Stored<T>>());
  }
  template <class E, class T = E, class = IfExpected<E, T>,
            class Forms = internal::StatusForms>
  OrStatus<Forms, bool> TryCompareAndSwap(const E& expected, T desired) {
    return Forms::Of(cell_.CompareAndSwap(expected, desired),
                     Impl::kCompareAndSwap, internal::TypeName<Named<E, T>>());
  }
  template <class T, class F, class Forms = internal::StatusForms>
  OrStatus<Forms, SnapshotOf<T>> TryUpdate(F&& f) {
    return TryUpdateOrInit<T, F, const internal::NoInit, Forms>(
        std::forward<F>(f), {});
  }
  template <class T, class F, class G, class Forms = internal::StatusForms>
  OrStatus<Forms, SnapshotOf<T>> TryUpdateOrInit(F&& f, G&& init) {
    return Forms::OfUpdate(
        [&](const auto& accept) { return cell_.Update<T>(f, init, accept); },
        Impl::kUpdate, internal::TypeName<T>());
  }

  // Empties the cell; the type stays fixed. Does nothing before the first
  // Store.
  void Clear() { cell_.Clear(); }

  // Blocks until the cell no longer holds what `seen` does; with an empty one,
  // until it holds something. Returns false on timeout, and on a request to
  // stop. `time` is how long, an absl::Duration or a std::chrono::duration, or
  // until when, a std::chrono::steady_clock::time_point; `stop` a StopToken or
  // a std::stop_token (stop.h).
  template <class Time, class Stop = internal::NeverStops>
  bool WaitForChange(const Snapshot& seen, Time time,
                     const Stop& stop = {}) const {
    internal::CheckStop<Stop>();
    return cell_.WaitForChange(seen, internal::DeadlineOf(time), stop);
  }
  template <class T, class Time, class Stop = internal::NeverStops>
  bool WaitForChange(const SnapshotOf<T>& seen, Time time,
                     const Stop& stop = {}) const {
    internal::CheckStop<Stop>();
    return cell_.WaitForChange(seen, internal::DeadlineOf(time), stop);
  }

 private:
  friend struct internal::CellAccess;

  // The result of an operation with a T, or the end.
  template <class T, class R>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static auto OrDie(
      R&& result, const internal::Operation& operation) {
    return internal::OrDie(std::forward<R>(result), operation,
                           internal::TypeName<T>());
  }

  Impl cell_;
};

static_assert(internal::kChecked || sizeof(Value) == 2 * sizeof(void*));

}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_VALUE_H_
