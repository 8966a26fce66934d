// SPDX-License-Identifier: Apache-2.0

// Concurrency Kit's hazard pointers and epochs, as subjects.

#ifndef SYNC_ATOMIC_BENCHMARKS_PEERS_CK_H_
#define SYNC_ATOMIC_BENCHMARKS_PEERS_CK_H_

// Its headers are C that is not quite C++: g++ takes them with -fpermissive.
extern "C" {
#include <ck_epoch.h>
#include <ck_hp.h>
#include <ck_pr.h>
}

#include <cstdlib>

#include "absl/base/attributes.h"
#include "sync_atomic/benchmarks/subject.h"

namespace sync_atomic {
namespace benchmarks {

// What ck_pr_load_ptr and ck_pr_fas_ptr say, with the type kept.
template <class T>
T* CkLoad(T* const& cell) {
  return static_cast<T*>(ck_pr_load_ptr(&cell));
}
template <class T>
T* CkSwap(T*& cell, T* object) {
  return static_cast<T*>(ck_pr_fas_ptr(&cell, object));
}
template <class T>
bool CkReplaced(T*& cell, T* expected, T* object) {
  return ck_pr_cas_ptr(&cell, expected, object);
}

// Readers announce with a locked instruction, and retry while writers come in
// between: lock-free. A writer frees when 128 objects wait on its thread.
class CkHazard {
  struct Object;

 public:
  static constexpr const char* kName = "CkHazard";
  static constexpr const char* kFrees = "at 128 objects a thread";
  static constexpr const char* kProgress = "lock-free";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  CkHazard() {
    ck_hp_init(&domain_, 1, 128,
               [](void* object) { delete static_cast<Object*>(object); });
  }

  // Records are the domain's for good; the next thread takes one over.
  struct Thread {
    explicit Thread(CkHazard& subject)
        : record(ck_hp_recycle(&subject.domain_)) {
      if (record != nullptr) return;
      record = static_cast<ck_hp_record_t*>(
          std::aligned_alloc(alignof(ck_hp_record_t), sizeof(ck_hp_record_t)));
      ck_hp_register(&subject.domain_, record, new void*[1]());
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {
      ck_hp_purge(record);
      ck_hp_unregister(record);
    }

    ck_hp_record_t* record;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    f(*Announced(thread));
    LetGo(thread);
  }

  void Replace(Thread& thread) { Free(thread, CkSwap(cell_, new Object)); }

  void Increment(Thread& thread) {
    Object* const updated = new Object;
    Object* old;
    do {
      old = Announced(thread);
      static_cast<Payload&>(*updated) = Incremented(*old);
    } while (!CkReplaced(cell_, old, updated));
    LetGo(thread);
    Free(thread, old);
  }

 private:
  struct Object : Payload {
    ck_hp_hazard_t hazard;
  };

  ABSL_ATTRIBUTE_ALWAYS_INLINE Object* Announced(Thread& thread) {
    Object* object;
    do {
      object = CkLoad(cell_);
      ck_hp_set_fence(thread.record, 0, object);
    } while (CkLoad(cell_) != object);
    return object;
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE static void LetGo(Thread& thread) {
    ck_pr_fence_release();
    ck_hp_set(thread.record, 0, nullptr);
  }
  static void Free(Thread& thread, Object* object) {
    ck_hp_free(thread.record, &object->hazard, object, object);
  }

  ck_hp_t domain_;
  Object* cell_ = new Object;
};

// Readers are wait-free, with a locked instruction. Writers poll at each 64th
// object: lock-free, and how much waits for a slow reader has no bound.
class CkEpoch {
  struct Object;

 public:
  static constexpr const char* kName = "CkEpoch";
  static constexpr const char* kFrees = "polled at each 64th object; unbounded";
  static constexpr const char* kProgress = "reads wait-free, writes lock-free";
  static constexpr bool kOurs = false;
  static constexpr bool kReads = true;
  static constexpr bool kReplaces = true;
  static constexpr bool kIncrements = true;

  CkEpoch() { ck_epoch_init(&domain_); }

  struct Thread {
    explicit Thread(CkEpoch& subject)
        : record(ck_epoch_recycle(&subject.domain_, nullptr)) {
      if (record != nullptr) return;
      record = static_cast<ck_epoch_record_t*>(std::aligned_alloc(
          alignof(ck_epoch_record_t), sizeof(ck_epoch_record_t)));
      ck_epoch_register(&subject.domain_, record, nullptr);
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {
      ck_epoch_barrier(record);
      ck_epoch_unregister(record);
    }

    ck_epoch_record_t* record;
    int retired = 0;
  };

  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f) {
    ck_epoch_begin(thread.record, nullptr);
    f(*CkLoad(cell_));
    ck_epoch_end(thread.record, nullptr);
  }

  void Replace(Thread& thread) {
    ck_epoch_begin(thread.record, nullptr);
    Object* const old = CkSwap(cell_, new Object);
    ck_epoch_end(thread.record, nullptr);
    Free(thread, old);
  }

  void Increment(Thread& thread) {
    Object* const updated = new Object;
    Object* old;
    ck_epoch_begin(thread.record, nullptr);
    do {
      old = CkLoad(cell_);
      static_cast<Payload&>(*updated) = Incremented(*old);
    } while (!CkReplaced(cell_, old, updated));
    ck_epoch_end(thread.record, nullptr);
    Free(thread, old);
  }

 private:
  struct Entry {
    ck_epoch_entry_t entry;
  };
  struct Object : Payload, Entry {};

  static void Free(Thread& thread, Object* object) {
    ck_epoch_call(thread.record, &object->entry, [](ck_epoch_entry_t* entry) {
      delete static_cast<Object*>(reinterpret_cast<Entry*>(entry));
    });
    if (++thread.retired % 64 == 0) ck_epoch_poll(thread.record);
  }

  ck_epoch_t domain_;
  Object* cell_ = new Object;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_PEERS_CK_H_
