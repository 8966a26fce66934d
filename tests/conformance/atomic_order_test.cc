// SPDX-License-Identifier: Apache-2.0

// What Go's TestStoreLoadSeqCst and TestStoreLoadRelAcq check: the order in
// which one thread sees what another did to several words. Each test runs for
// each kind of word, by function and by method (kinds.h).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include "gtest/gtest.h"
#include "sync_atomic/tests/conformance/kinds.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kEmulated;
using ::sync_atomic::testing::KindName;
using ::sync_atomic::testing::Kinds32;
using ::sync_atomic::testing::Kinds64;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::RunTogether;

// The processors that this process may use: one where nobody can tell.
std::vector<int> Processors() {
  std::vector<int> usable;
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) usable.push_back(i);
    }
  }
#endif
  if (usable.empty()) usable.push_back(-1);
  return usable;
}

// Runs f(0) and f(1) on two threads that start at the same moment, each on a
// processor of its own if there are two. Threads that wait for each other are
// often put on the same one, and then never run side by side.
template <class F>
void RunSideBySide(F f) {
  const std::vector<int> processors = Processors();
  RunTogether(2, [&](int thread) {
#ifdef __linux__
    if (processors.size() > 1) {
      cpu_set_t set;
      CPU_ZERO(&set);
      CPU_SET(processors[static_cast<std::size_t>(thread)], &set);
      sched_setaffinity(0, sizeof(set), &set);  // if it fails: slower
    }
#endif
    f(thread);
  });
}

// Who waits for the other thread looks so often before it lets others run: a
// yield costs more than the other thread's turn.
constexpr int kSpinsToAYield = 1'000;

// ---- Store, then load: two threads must not miss each other ---------------

// What the control does: both operations, and no order between them.
template <class Kind>
struct Unordered : Kind {
  using T = typename Kind::T;
  using Word = T;
  static T Load(const Word* x) { return __atomic_load_n(x, __ATOMIC_RELAXED); }
  static void Store(Word* x, T value) {
    __atomic_store_n(x, value, __ATOMIC_RELAXED);
  }
};

// Each of two threads sets a word of its own and then reads the other's, as in
// Dekker's algorithm for mutual exclusion. In one order of all operations one
// of the stores is the first, and so the other thread's load finds it.
//
// One such meeting says little: the threads hardly ever are at the same point.
// So they run down an array of pairs of words, and wait for each other now and
// then. Returns at how many pairs both missed the other's store.
template <class Kind>
int CountMissedByBoth() {
  constexpr int kPairs = Effort(20'000);
  constexpr int kPairsToAMeeting = 32;
  using T = typename Kind::T;
  std::vector<typename Kind::Word> words[2];
  std::vector<T> seen[2];
  for (int i = 0; i < 2; ++i) {
    words[i] = std::vector<typename Kind::Word>(kPairs);
    seen[i] = std::vector<T>(kPairs);
  }
  std::atomic<int> arrived{0};
  RunSideBySide([&](int thread) {
    auto* const mine = words[thread].data();
    const auto* const theirs = words[1 - thread].data();
    T* const results = seen[thread].data();
    int expected = 0;
    for (int i = 0; i < kPairs; ++i) {
      if (i % kPairsToAMeeting == 0) {
        arrived.fetch_add(1);
        expected += 2;
        for (int spins = 0; arrived.load() < expected; ++spins) {
          if (spins > kSpinsToAYield) std::this_thread::yield();
        }
      }
      Kind::Store(&mine[i], 1);
      results[i] = Kind::Load(&theirs[i]);
    }
  });
  int missed = 0;
  for (int i = 0; i < kPairs; ++i) {
    if (seen[0][i] == 0 && seen[1][i] == 0) ++missed;
  }
  return missed;
}

// qemu translates 64-bit Arm's stlr and ldar to plain stores and loads, which
// x86 may swap.
#if defined(__aarch64__)
constexpr bool kSwapped = kEmulated;
#else
constexpr bool kSwapped = false;
#endif

// Looks for what must not happen at least until the control, which does the
// same without order, has shown it a few times: then the threads really met.
template <class Kind>
void StoreLoadSeqCst() {
  if (kSwapped) GTEST_SKIP() << "qemu may load before an earlier store";
  constexpr int kEnough = 5;
  // One processor orders them anyway, and mostly so does TSan by what it does
  // between them.
  const bool ordered_anyway = kThreadSanitizer || Processors().size() == 1;
  const int most_passes = ordered_anyway ? kEnough : 400;
  int shown = 0;
  for (int pass = 0; pass < most_passes && shown < kEnough; ++pass) {
    ASSERT_EQ(CountMissedByBoth<Kind>(), 0);
    if (CountMissedByBoth<Unordered<Kind>>() > 0) ++shown;
  }
  if (ordered_anyway || shown == 0) {
    GTEST_SKIP() << "nothing can be shown here: the threads hardly ever miss "
                    "each other, without any order, too";
  }
}

template <class Kind>
class GoOrder32Test : public ::testing::Test {};
TYPED_TEST_SUITE(GoOrder32Test, Kinds32, KindName);

template <class Kind>
class GoOrder64Test : public ::testing::Test {};
TYPED_TEST_SUITE(GoOrder64Test, Kinds64, KindName);

TYPED_TEST(GoOrder32Test, TestStoreLoadSeqCst32) {
  StoreLoadSeqCst<TypeParam>();
}

TYPED_TEST(GoOrder64Test, TestStoreLoadSeqCst64) {
  StoreLoadSeqCst<TypeParam>();
}

// ---- Release and acquire: a flag publishes what was written before it -----

// Two threads hand a letter to and fro. Whoever sees that it is his turn must
// see the plain writes that were made before it.
//
// Only TSan rejects a turn that is relaxed, on x86-64: there every store is a
// release and every load an acquire, and just the compiler could reorder them.
template <class Kind>
void StoreLoadRelAcq() {
  using T = typename Kind::T;
  constexpr int kTurns = Effort(10'000);
  struct Letter {
    typename Kind::Word turn{};
    char pad1[128];
    std::int32_t whole = 0;
    char pad2[128];
    float fraction = 0;
  } letter;
  std::atomic<int> stale{0};
  RunSideBySide([&](int thread) {
    for (int turn = thread; turn < kTurns; turn += 2) {
      for (int spins = 0;
           Kind::LoadAcquire(&letter.turn) != static_cast<T>(turn); ++spins) {
        if (spins > kSpinsToAYield) std::this_thread::yield();
      }
      if (letter.whole != turn || letter.fraction != static_cast<float>(turn)) {
        stale.fetch_add(1);
      }
      letter.whole = turn + 1;
      letter.fraction = static_cast<float>(turn + 1);
      Kind::StoreRelease(&letter.turn, static_cast<T>(turn + 1));
    }
  });
  EXPECT_EQ(stale.load(), 0);
}

TYPED_TEST(GoOrder32Test, TestStoreLoadRelAcq32) {
  StoreLoadRelAcq<TypeParam>();
}

TYPED_TEST(GoOrder64Test, TestStoreLoadRelAcq64) {
  StoreLoadRelAcq<TypeParam>();
}

}  // namespace
}  // namespace sync_atomic
