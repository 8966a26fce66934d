// SPDX-License-Identifier: Apache-2.0

// A subject is one way to read an object that other threads replace, and to
// replace it: ours (ours.h) or another library's (peers/). It is a class with
//
//   static constexpr const char* kName = "HazardPointers";
//   static constexpr bool kOurs = false;
//   // Both stand on the subject's lines.
//   static constexpr const char* kFrees = "at 128 objects a thread";
//   static constexpr const char* kProgress = "lock-free";
//   // Which workloads it takes part in.
//   static constexpr bool kReads = true;
//   static constexpr bool kReplaces = true;
//   static constexpr bool kIncrements = true;
//
//   Subject();   // with a Payload() in its cell
//   ~Subject();  // frees what still waits, as far as the library can
//
//   // A thread takes part. Made and ended on that thread, outside of what is
//   // measured.
//   class Thread { explicit Thread(Subject& subject); };
//
//   // f(const Payload&), which stays alive meanwhile. Inlined always: in so
//   // short a loop a call would be most of the time.
//   template <class F>
//   ABSL_ATTRIBUTE_ALWAYS_INLINE void Read(Thread& thread, F f);
//   // A Payload() for the old one, which is freed once nobody reads it.
//   void Replace(Thread& thread);
//   // A new Payload, with numbers[0] one larger than in the old one, by
//   // compare-and-swap until that succeeds.
//   void Increment(Thread& thread);
//
// What it doesn't take part in it need not have. What its users would do now
// and then, such as to announce a quiescent state, it does in Thread, in Read
// or in Replace, and kProgress or kFrees says so.

#ifndef SYNC_ATOMIC_BENCHMARKS_SUBJECT_H_
#define SYNC_ATOMIC_BENCHMARKS_SUBJECT_H_

#include <atomic>
#include <cstdint>

#include "absl/base/attributes.h"

namespace sync_atomic {
namespace benchmarks {

#ifdef SYNC_ATOMIC_BENCHMARK_COUNTED

// Counts those that live, for waiting_benchmark: it costs more than what else
// is measured.
class Counted {
 public:
  static constexpr bool kCounts = true;

  Counted() { alive_.fetch_add(1, std::memory_order_relaxed); }
  Counted(const Counted&) : Counted() {}
  Counted& operator=(const Counted&) = default;
  ~Counted() { alive_.fetch_sub(1, std::memory_order_relaxed); }

  static std::int64_t Alive() { return alive_.load(); }

 private:
  alignas(128) static inline std::atomic<std::int64_t> alive_{0};
};

#else

struct Counted {
  static constexpr bool kCounts = false;
  static std::int64_t Alive() { return 0; }
};

#endif

struct Payload : Counted {
  int numbers[16] = {1};  // 64 bytes
};
static_assert(sizeof(Payload) == 64);

// For Increment().
inline Payload Incremented(const Payload& old) {
  Payload payload = old;
  ++payload.numbers[0];
  return payload;
}

// What a reader does with a number that it found. Nothing moves across it, and
// no load is left out for being like the one before.
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Use(T number) {
  // Google's DoNotOptimize() is content with its address.
  asm volatile("" : : "r"(number) : "memory");
}

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_SUBJECT_H_
