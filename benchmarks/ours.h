// The library's own ways to read and replace an object, and the bare pointer
// that is the limit of them all, as subjects of a Comparison.

#ifndef SYNC_ATOMIC_BENCHMARKS_OURS_H_
#define SYNC_ATOMIC_BENCHMARKS_OURS_H_

#include <atomic>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/comparison.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace benchmarks {

// A subject whose threads need nothing.
struct Plain {
  struct Thread {
    explicit Thread(Plain&) {}
  };
};

// Nothing keeps the object alive: an acquire load; new, exchange and delete.
// Lock-free but for the heap. Frees at once, and so has no reader then.
class Bare : public Plain {
 public:
  static constexpr const char* kName = "Bare";
  static constexpr bool kOurs = false;
  static constexpr int kReaders = 2;
  static constexpr int kWriters = 1;

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.load(std::memory_order_acquire));
  }
  void Replace(Thread&) { delete cell_.exchange(new Payload); }

 private:
  std::atomic<Payload*> cell_{new Payload};
};

// A Value: reads are wait-free, stores lock-free. Frees after up to 2048
// objects or 256 KiB a thread, and at once in quiet times.
class OfValue : public Plain {
 public:
  static constexpr const char* kName = "Value";
  static constexpr bool kOurs = true;
  static constexpr int kReaders = 2;
  static constexpr int kWriters = 2;

  OfValue() { cell_.Store(Payload()); }

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Load<Payload>().get());
  }
  void Replace(Thread&) { cell_.Store(Payload()); }

 protected:
  Value cell_;
};

// The same by a thread that is pinned for all of its reads.
class UnderPin : public OfValue {
 public:
  static constexpr const char* kName = "Value, under a pin";
  static constexpr int kWriters = 0;

  struct Thread {
    explicit Thread(UnderPin&) {}
    PinGuard pin;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    f(*cell_.LoadPinned<Payload>(thread.pin));
  }
};

// A Pointer, read under a pin of its own. Progress and frees as with a Value.
class Pinned : public Plain {
 public:
  static constexpr const char* kName = "Pin";
  static constexpr bool kOurs = true;
  static constexpr int kReaders = 2;
  static constexpr int kWriters = 0;

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    const PinGuard pin;
    f(*cell_.Load());
  }

 protected:
  Pointer<Payload> cell_{new Payload};
};

// A Pointer, read through a Protected; retires what knows nothing of that.
class Protecting : public Pinned {
 public:
  static constexpr const char* kName = "Protect, Retire";
  static constexpr int kWriters = 2;

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Protect());
  }
  void Replace(Thread&) { Retire(cell_.Swap(new Payload)); }
};

// Retires a Retirable.
class RetiringRetirable : public Plain {
 public:
  static constexpr const char* kName = "Retire (Retirable)";
  static constexpr bool kOurs = true;
  static constexpr int kReaders = 0;
  static constexpr int kWriters = 2;

  void Replace(Thread&) { Retire(cell_.Swap(new Object)); }

 private:
  struct Object : Payload, Retirable {};

  Pointer<Object> cell_{new Object};
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_OURS_H_
