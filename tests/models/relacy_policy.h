// SPDX-License-Identifier: Apache-2.0

// RelacyPolicy: the core on Relacy's atomics, and what all models of the core
// share: a domain, the records of its threads, and values that notice when they
// are read too late.

#ifndef SYNC_ATOMIC_TESTS_MODELS_RELACY_POLICY_H_
#define SYNC_ATOMIC_TESTS_MODELS_RELACY_POLICY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "sync_atomic/atomic/internal/waiters.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/reclaim/reclaim_loop.h"
#include "sync_atomic/tests/models/machine.h"
#include "sync_atomic/value/internal/box.h"
#include "sync_atomic/value/internal/cell.h"

namespace sync_atomic {
namespace models {

struct RelacyPolicy {
  template <class T>
  class Atomic {
   public:
    constexpr Atomic() : Atomic(T()) {}
    constexpr Atomic(T value) {   // as std::atomic's: implicit
      if (!rl::is_ctx()) return;  // a static box's count, which nobody may use
      LeaveUnchecked(this, sizeof(*this));
      rl::ctx().disable_preemption();
      word_.emplace(ToWord(value));
      rl::ctx().enable_preemption();
    }

    T load(std::memory_order order = std::memory_order_seq_cst) const {
      const Step step;
      return FromWord(word().load(Relacys(order), RL_INFO));
    }
    void store(T value, std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      word().store(ToWord(value), Relacys(order), RL_INFO);
    }
    T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      return FromWord(word().exchange(ToWord(value), Relacys(order), RL_INFO));
    }
    bool compare_exchange_strong(
        T& expected, T desired,
        std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      Word found = ToWord(expected);
      const bool done = word().compare_exchange_strong(found, ToWord(desired),
                                                       Relacys(order), RL_INFO);
      if (!done) expected = FromWord(found);  // if done, it is others' perhaps
      return done;
    }
    bool compare_exchange_weak(
        T& expected, T desired,
        std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      Word found = ToWord(expected);
      const bool done = word().compare_exchange_weak(found, ToWord(desired),
                                                     Relacys(order), RL_INFO);
      if (!done) expected = FromWord(found);  // if done, it is others' perhaps
      return done;
    }
    T fetch_add(T delta, std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      return FromWord(word().fetch_add(ToWord(delta), Relacys(order), RL_INFO));
    }
    T fetch_sub(T delta, std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      return FromWord(word().fetch_sub(ToWord(delta), Relacys(order), RL_INFO));
    }
    T fetch_or(T bits, std::memory_order order = std::memory_order_seq_cst) {
      const Step step;
      return FromWord(word().fetch_or(ToWord(bits), Relacys(order), RL_INFO));
    }

   private:
    // One type for all keeps the compiler's work small.
    using Word = std::uint64_t;

    static Word ToWord(T value) {
      if constexpr (std::is_pointer_v<T>) {
        return reinterpret_cast<std::uintptr_t>(value);
      } else {
        return static_cast<Word>(value);
      }
    }
    static T FromWord(Word word) {
      if constexpr (std::is_pointer_v<T>) {
        return reinterpret_cast<T>(static_cast<std::uintptr_t>(word));
      } else {
        return static_cast<T>(word);
      }
    }
    static rl::memory_order Relacys(std::memory_order order) {
      switch (order) {
        case std::memory_order_relaxed:
          return rl::mo_relaxed;
        case std::memory_order_consume:
          return rl::mo_consume;
        case std::memory_order_acquire:
          return rl::mo_acquire;
        case std::memory_order_release:
          return rl::mo_release;
        case std::memory_order_acq_rel:
          return rl::mo_acq_rel;
        case std::memory_order_seq_cst:
          break;
      }
      return rl::mo_seq_cst;
    }
    rl::atomic<Word>& word() const {
      Check(word_.has_value(), "a static box was counted");
      return *word_;
    }

    mutable std::optional<rl::atomic<Word>> word_;
  };

  using Domain = internal::Domain<RelacyPolicy>;
  using Record = internal::ThreadRecord<RelacyPolicy>;

  // So few that a reclaim often needs further rounds.
  static constexpr std::size_t kMaxBlockers = 2;
  static constexpr std::size_t kMaxRecordsAtOnce = 1;

  static void LightFence() { models::LightFence(); }
  static bool LightFenceIsCompilerOnly() { return fences() != Fences::kFull; }
  static void CompilerFence() { models::CompilerFence(); }
  static bool HeavyFence() {
    models::HeavyFence();
    return true;
  }
  static Domain& domain();
  static Record*& this_record();
  static Record*& fast_record();
  static Record& sentinel_record();
  static bool WatchThreadExit(Record& self);
  static std::uint64_t Milliseconds();
  static std::uint64_t HeavyFencePrice() { return 0; }
  static std::uint64_t Nanoseconds() { return 0; }
  // So few that a list often grows.
  static constexpr std::size_t kFewestRetired = 1;
  // By an alignment that gets checked memory.
  static void* Malloc(std::size_t size) {
    return ::operator new(size, std::align_val_t(32), std::nothrow);
  }
  static void Free(void* memory) {
    if (memory != nullptr) ::operator delete(memory, std::align_val_t(32));
  }
  static void Pause(int, bool) { models::Pause(); }
  static bool RunOnExecutor(internal::RetiredStack&) { return false; }
  static bool HasExecutor() { return false; }
  static void EndExecutorCall(Record&) {}
  static bool ThreadIsEnding() { return false; }
  static bool ThreadIsGone(std::int64_t) { return false; }
  static Record* NewRecords(std::size_t count) {
    return new (std::nothrow) Record[count];
  }
  static internal::Waiters<RelacyPolicy>& waiters();
  static bool SleepOn(const Atomic<std::uint32_t>& word, std::uint32_t value,
                      const internal::Deadline&);
  static void WakeAll(const Atomic<std::uint32_t>& word);
  static void WakeWatchers(const Atomic<std::uint32_t>& word, const void*) {
    WakeAll(word);
  }
};

using Domain = RelacyPolicy::Domain;
using Record = RelacyPolicy::Record;
using HazardSlot = Domain::HazardSlot;
template <class T>
using Atomic = RelacyPolicy::Atomic<T>;
using Cell = internal::Cell<RelacyPolicy>;
using BoxRef = internal::BoxRef<RelacyPolicy>;
using Pin = internal::BasicPin<RelacyPolicy>;

// A value that is readable while it lives. Its alignment puts its box into
// memory in which each access is checked.
struct alignas(32) Canary {
  explicit Canary(int of) : number(of), song(of + kSong) { ++alive; }
  ~Canary() {
    song = 0;
    --alive;
  }
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;

  void Sing() const { Check(song == number + kSong, "a dead value was read"); }

  static constexpr int kSong = 1000;
  inline static int alive = 0;
  const int number;
  volatile int song;
};

using CanaryBox = internal::BoxOf<RelacyPolicy, Canary>;

inline const Canary& CanaryOf(const BoxRef& hold) {
  return static_cast<const CanaryBox*>(hold.box())->value;
}
inline void Sing(const BoxRef& hold) {
  Check(hold.box() != nullptr, "a value was expected");
  CanaryOf(hold).Sing();
}

// What the policy knows of the execution. Not a part of the model, and so not
// checked.
struct Books {
  static constexpr int kMaxRecords = 8;

  Domain* domain = nullptr;
  internal::Waiters<RelacyPolicy>* waiters = nullptr;
  // On which word each thread sleeps.
  const void* sleeps_on[kMaxThreads] = {};
  Record* this_record[kMaxThreads] = {};
  Record* sentinel = nullptr;
  Record* fast_record[kMaxThreads] = {};
  Record* records[kMaxRecords] = {};
  std::uint64_t clock = 1'000'000;
  // By so much each look at the clock puts it forward: far enough for every
  // thread to be prompt.
  std::uint64_t ticks = 100;
};
inline Books books;

// A model of the core.
class Core : public Model {
 public:
  Core() {
    books = {};
    books.domain = &domain_;
    books.waiters = &waiters_;
    books.sentinel = &sentinel_;
    for (Record*& fast_record : books.fast_record) fast_record = &sentinel_;
    Canary::alive = 0;
  }
  ~Core() override {
    for (Record* const record : books.records) {
      if (record != nullptr) record->retire_list.FreeMemory();
      delete[] record;
    }
  }

 protected:
  static constexpr int kFirst = 1, kSecond = 2, kThird = 3;

  // As Value::Store does.
  static void Store(Cell& cell, int number) {
    auto* const box = new CanaryBox(number);
    const auto* type = cell.type();
    if (type == nullptr) {
      if (cell.StoreFirst(box)) return;
      type = cell.type();
    }
    cell.Store(box, *type);
  }

  void Reclaim() { domain_.Reclaim(); }

  // What the current thread retires waits until somebody else takes it.
  void RetireLater() {
    books.ticks = 0;
    domain_.Self().schedule.SpendTokens(1000);
  }

  // At the end, when nobody holds anything that isn't in a cell, nothing waits:
  // whoever let go last has freed it.
  static void ExpectAlive(int count) {
    Check(Canary::alive >= count, "a value was freed early");
    Check(Canary::alive <= count, "a value was forgotten");
  }

  Domain domain_;
  internal::Waiters<RelacyPolicy> waiters_;

 private:
  Record sentinel_{internal::SentinelTag()};
};

inline Domain& RelacyPolicy::domain() { return *books.domain; }
inline Record*& RelacyPolicy::this_record() {
  return books.this_record[ThreadIndex()];
}
inline Record*& RelacyPolicy::fast_record() {
  return books.fast_record[ThreadIndex()];
}
inline Record& RelacyPolicy::sentinel_record() { return *books.sentinel; }
inline bool RelacyPolicy::WatchThreadExit(Record& self) {
  for (Record*& known : books.records) {
    if (known == nullptr) known = &self;
    if (known == &self) return true;
  }
  return false;
}
inline std::uint64_t RelacyPolicy::Milliseconds() {
  return books.clock += books.ticks;
}

inline internal::Waiters<RelacyPolicy>& RelacyPolicy::waiters() {
  return *books.waiters;
}
// The look at the word and the falling asleep are one step: Relacy changes
// threads at the words alone.
inline bool RelacyPolicy::SleepOn(const Atomic<std::uint32_t>& word,
                                  std::uint32_t value,
                                  const internal::Deadline&) {
  if (word.load() != value) return true;
  const void*& sleeps_on = books.sleeps_on[ThreadIndex()];
  sleeps_on = &word;
  while (sleeps_on != nullptr) models::Pause();
  return true;
}
inline void RelacyPolicy::WakeAll(const Atomic<std::uint32_t>& word) {
  for (const void*& sleeps_on : books.sleeps_on) {
    if (sleeps_on == &word) sleeps_on = nullptr;
  }
}

// Lists a model under the name of its class.
#define SYNC_ATOMIC_MODEL(Class, threads, ...)              \
  const Listed Class##_listed(#Class, threads, __VA_ARGS__, \
                              []() -> Model* { return new Class; })

inline const std::vector<Fences> kBothFences = {Fences::kMembarrier,
                                                Fences::kFull};
// For what must hold by release and acquire alone; and so with fences too.
inline const std::vector<Fences> kEvenWithoutFences = {
    Fences::kNone, Fences::kMembarrier, Fences::kFull};

}  // namespace models
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_MODELS_RELACY_POLICY_H_
