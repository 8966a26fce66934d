// SPDX-License-Identifier: Apache-2.0

// The library's own ways to read and replace an object, and the bare pointers
// that are the limit of them all, as subjects.

#ifndef SYNC_ATOMIC_BENCHMARKS_OURS_H_
#define SYNC_ATOMIC_BENCHMARKS_OURS_H_

#include <atomic>
#include <cstddef>
#include <memory>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/atomic_shared_ptr.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace benchmarks {

// --- Bare pointers ---------------------------------------------------------

// Allocates and frees nothing: each of two writers takes the oldest of its own
// objects again, whoever may still read it.
class Bare {
 public:
  static constexpr const char* kName = "Bare";
  static constexpr bool kOurs = false;
  static constexpr const char* kFrees = "never; overwrites what is being read";
  static constexpr const char* kProgress = "wait-free";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  // It would take an object that is back for one that is still there.
  static constexpr bool kIncrements = false;

 private:
  static constexpr std::size_t kObjects = 1024;  // a writer's

  // As large as a Payload, and may be read while it is written.
  struct alignas(sizeof(Payload)) Object {
    std::atomic<int> number{1};
  };

 public:
  struct Thread {
    explicit Thread(Bare& subject)
        : objects(subject.objects_[subject.threads_.fetch_add(1) % 2]) {}

    Object* objects;
    std::size_t next = 0;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    const Object* const object = cell_.load(std::memory_order_acquire);
    Payload payload;
    payload.numbers[0] = object->number.load(std::memory_order_relaxed);
    f(payload);
  }
  void Replace(Thread& thread) {
    Object* const object = &thread.objects[thread.next++ % kObjects];
    object->number.store(1, std::memory_order_relaxed);
    cell_.exchange(object);
  }

 private:
  Object objects_[2][kObjects];
  std::atomic<std::size_t> threads_{0};
  std::atomic<Object*> cell_{objects_[0]};
};

// The least that a store which allocates and frees can do.
class BareDelete {
 public:
  static constexpr const char* kName = "BareDelete";
  static constexpr bool kOurs = false;
  static constexpr const char* kFrees = "at once, whoever reads";
  static constexpr const char* kProgress = "wait-free but for the heap";
  static constexpr bool kReads = false;  // it could not
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = false;

  struct Thread {
    explicit Thread(BareDelete&) {}
  };

  BareDelete() = default;
  BareDelete(const BareDelete&) = delete;
  BareDelete& operator=(const BareDelete&) = delete;
  ~BareDelete() { delete cell_.load(); }

  void Replace(Thread&) { delete cell_.exchange(new Payload); }

 private:
  std::atomic<Payload*> cell_{new Payload};
};

// --- Ours ------------------------------------------------------------------

struct Ours {
  static constexpr bool kOurs = true;
  static constexpr const char* kFrees =
      "at 2048 objects or 256 KiB a thread; at once when quiet";
  static constexpr const char* kProgress = "reads wait-free, writes lock-free";

  struct Thread {
    explicit Thread(Ours&) {}
  };

  Ours() = default;
  Ours(const Ours&) = delete;
  Ours& operator=(const Ours&) = delete;
  ~Ours() { Reclaim(); }
};

class OfValue : public Ours {
 public:
  static constexpr const char* kName = "Value";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  OfValue() { cell_.Store(Payload()); }

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Load<Payload>());
  }
  void Replace(Thread&) { cell_.Emplace<Payload>(); }
  void Increment(Thread&) { cell_.Update<Payload>(Incremented); }

 protected:
  Value cell_;
};

class OfValueRead : public OfValue {
 public:
  static constexpr const char* kName = "Value::Read";
  static constexpr bool kReplaces = false;    // as OfValue
  static constexpr bool kIncrements = false;  // as OfValue

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    cell_.Read<Payload>([f](const Payload* payload) { f(*payload); });
  }
};

// By a thread that is pinned for all of its reads, and so holds back whatever
// is replaced meanwhile.
class OfValueUnderPin : public OfValue {
 public:
  static constexpr const char* kName = "ValueUnderPin";
  static constexpr bool kReplaces = false;
  static constexpr bool kIncrements = false;

  struct Thread {
    explicit Thread(OfValueUnderPin&) {}
    PinGuard pin;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    f(*cell_.LoadPinned<Payload>(thread.pin));
  }
};

class OfValueOf : public Ours {
 public:
  static constexpr const char* kName = "ValueOf";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  OfValueOf() { cell_.Store(Payload()); }

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Load());
  }
  void Replace(Ours::Thread&) { cell_.Emplace(); }
  void Increment(Ours::Thread&) { cell_.Update(Incremented); }

 protected:
  ValueOf<Payload> cell_;
};

// An AtomicSharedPtr, as one uses a std::atomic<std::shared_ptr>; and with
// Load(), which counts nothing.
class OfAtomicSharedPtr : public Ours {
 public:
  static constexpr const char* kName = "AtomicSharedPtr";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.load());
  }
  void Replace(Ours::Thread&) { cell_.store(std::make_shared<Payload>()); }
  void Increment(Ours::Thread&) {
    std::shared_ptr<Payload> old = cell_.load(), updated;
    do {
      updated = std::make_shared<Payload>(Incremented(*old));
    } while (!cell_.compare_exchange_strong(old, updated));
  }

 protected:
  AtomicSharedPtr<Payload> cell_{std::make_shared<Payload>()};
};

class OfAtomicSharedPtrLoad : public OfAtomicSharedPtr {
 public:
  static constexpr const char* kName = "AtomicSharedPtr::Load";
  static constexpr bool kIncrements = false;  // as OfAtomicSharedPtr

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Load());
  }
};

class OfReader : public OfValueOf {
 public:
  static constexpr const char* kName = "ValueOf::Reader";
  static constexpr bool kIncrements = false;  // as OfValueOf

  struct Thread : Ours::Thread {
    explicit Thread(OfReader& subject)
        : Ours::Thread(subject), reader(subject.cell_) {}
    ValueOf<Payload>::Reader reader;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    f(*thread.reader.Load());
  }
};

class OfValueOfUnderPin : public OfValueOf {
 public:
  static constexpr const char* kName = "ValueOfUnderPin";
  static constexpr bool kReplaces = false;
  static constexpr bool kIncrements = false;

  struct Thread {
    explicit Thread(OfValueOfUnderPin&) {}
    PinGuard pin;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    f(*cell_.LoadPinned(thread.pin));
  }
};

// A Pointer, with a pin for each read.
class OfPinGuard : public Ours {
 public:
  static constexpr const char* kName = "PinGuard";
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  ~OfPinGuard() { delete cell_.Load(); }

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    const PinGuard pin;
    f(*cell_.Load());
  }
  void Replace(Thread&) { Retire(cell_.Swap(new Payload)); }
  void Increment(Thread&) {
    const Payload* old;
    {
      const PinGuard pin;
      const Payload* updated;
      do {
        old = cell_.Load();
        updated = new Payload(Incremented(*old));
      } while (!Replaced(old, updated));
    }
    Retire(old);
  }

 protected:
  // Whether `updated` is in the cell now, for `old`.
  bool Replaced(const Payload* old, const Payload* updated) {
    if (cell_.CompareAndSwap(old, updated)) return true;
    delete updated;
    return false;
  }

  Pointer<const Payload> cell_{new Payload};
};

// A Pointer, read through a Protected.
class OfProtected : public OfPinGuard {
 public:
  static constexpr const char* kName = "Protected";

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Protect());
  }
  void Increment(Thread&) {
    Protected<const Payload> old;
    const Payload* updated;
    do {
      old = cell_.Protect();
      updated = new Payload(Incremented(*old));
    } while (!Replaced(old.get(), updated));
    const Payload* const replaced = old.get();
    old = {};  // so that it may be freed at once
    Retire(replaced);
  }
};

// Objects that bring along what Retire() needs.
class OfRetirable : public Ours {
 public:
  static constexpr const char* kName = "Retirable";
  static constexpr bool kReads = false;  // as OfProtected
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = false;

  ~OfRetirable() { delete cell_.Load(); }

  void Replace(Thread&) { Retire(cell_.Swap(new Object)); }

 private:
  struct Object : Payload, Retirable {};

  Pointer<Object> cell_{new Object};
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_OURS_H_
