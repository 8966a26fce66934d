// SPDX-License-Identifier: Apache-2.0

// What the standard library offers, as subjects.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_STANDARD_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_STANDARD_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/subject.h"

namespace sync_atomic {
namespace benchmarks {

// A shared_ptr that is copied by each reader, and lives in a Cell with
//
//   std::shared_ptr<const Payload> Load();
//   std::shared_ptr<const Payload> Swap(std::shared_ptr<const Payload>);
//   bool Replaced(old, updated);  // if it still is `old`
template <class Cell>
class OfSharedPtr {
 public:
  static constexpr const char* kFrees = "with its last reader";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  struct Thread {
    explicit Thread(OfSharedPtr&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    f(*cell_.Load());
  }
  // What was there is freed with nothing locked.
  void Replace(Thread&) { cell_.Swap(std::make_shared<const Payload>()); }
  void Increment(Thread&) {
    std::shared_ptr<const Payload> old, updated;
    do {
      old = cell_.Load();
      updated = std::make_shared<const Payload>(Incremented(*old));
    } while (!cell_.Replaced(old, std::move(updated)));
  }

 private:
  Cell cell_;
};

// A lock round it. Reader is the lock of those who only read.
template <class Mutex, class Reader, class Writer>
class LockedSharedPtr {
 public:
  using Pointer = std::shared_ptr<const Payload>;

  Pointer Load() {
    const Reader lock(mutex_);
    return pointer_;
  }
  Pointer Swap(Pointer updated) {
    {
      const Writer lock(mutex_);
      pointer_.swap(updated);
    }
    return updated;
  }
  bool Replaced(const Pointer& old, Pointer updated) {
    const Writer lock(mutex_);
    if (pointer_ != old) return false;
    pointer_.swap(updated);
    return true;
  }

 private:
  Mutex mutex_;
  Pointer pointer_ = std::make_shared<const Payload>();
};

struct StdMutex
    : OfSharedPtr<LockedSharedPtr<std::mutex, std::lock_guard<std::mutex>,
                                  std::lock_guard<std::mutex>>> {
  static constexpr const char* kName = "StdMutex";
  static constexpr const char* kProgress = "locks";
};

struct StdSharedMutex
    : OfSharedPtr<LockedSharedPtr<std::shared_mutex,
                                  std::shared_lock<std::shared_mutex>,
                                  std::lock_guard<std::shared_mutex>>> {
  static constexpr const char* kName = "StdSharedMutex";
  static constexpr const char* kProgress = "locks; readers share";
};

#ifdef __cpp_lib_atomic_shared_ptr

class AtomicOfSharedPtr {
 public:
  using Pointer = std::shared_ptr<const Payload>;

  Pointer Load() { return cell_.load(); }
  Pointer Swap(Pointer updated) { return cell_.exchange(std::move(updated)); }
  bool Replaced(Pointer old, Pointer updated) {
    return cell_.compare_exchange_strong(old, std::move(updated));
  }

 private:
  std::atomic<Pointer> cell_{std::make_shared<const Payload>()};
};

struct StdAtomicSharedPtr : OfSharedPtr<AtomicOfSharedPtr> {
  static constexpr const char* kName = "StdAtomicSharedPtr";
  static constexpr const char* kProgress = "spins on a lock bit";
};

#endif  // __cpp_lib_atomic_shared_ptr

// The object itself, in place, and a lock round each use.
class StdMutexInPlace {
 public:
  static constexpr const char* kName = "StdMutexInPlace";
  static constexpr const char* kFrees = "nothing: copies into place";
  static constexpr const char* kProgress = "locks, also while it is read";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  struct Thread {
    explicit Thread(StdMutexInPlace&) {}
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread&, F f) {
    const std::lock_guard<std::mutex> lock(mutex_);
    f(payload_);
  }
  void Replace(Thread&) {
    const std::lock_guard<std::mutex> lock(mutex_);
    payload_ = Payload();
  }
  void Increment(Thread&) {
    const std::lock_guard<std::mutex> lock(mutex_);
    payload_ = Incremented(payload_);
  }

 private:
  std::mutex mutex_;
  Payload payload_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_STANDARD_H_
