// SPDX-License-Identifier: Apache-2.0

// rcu.h against the wording of C++26, sentence by sentence: each test names the
// paragraph of [saferecl.rcu] (N5014) that it is about.

#include "sync_atomic/pointer/rcu.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Counted;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::OnAnotherThread;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::StepPolicy;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

struct Node : Canary, rcu_obj_base<Node> {
  explicit Node(std::uint64_t number = 1) : Canary(number) {}
};

// Steps that threads take in turn.
class Turns {
 public:
  void Reach(int step) { step_.store(step); }
  void Await(int step) const {
    while (step_.load() < step) std::this_thread::yield();
  }
  bool reached(int step) const { return step_.load() >= step; }

 private:
  std::atomic<int> step_{0};
};

// So that a thread that waits has the time to go on too early.
void YieldOften() {
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
}

// --- [saferecl.rcu.general] --------------------------------------------------

// /2
struct Other {
  std::uint64_t number = 0;
};
struct NotFirst : Other, rcu_obj_base<NotFirst> {};
class Private : rcu_obj_base<Private> {};
struct Virtual : virtual rcu_obj_base<Virtual> {};
struct OfAnother : rcu_obj_base<Node> {};
struct OfTwo : rcu_obj_base<OfTwo>,
               rcu_obj_base<OfTwo, std::function<void(OfTwo*)>> {};
static_assert(internal::kIsRcuProtectable<Node>);
static_assert(internal::kIsRcuProtectable<NotFirst>);
static_assert(!internal::kIsRcuProtectable<Private>);
static_assert(!internal::kIsRcuProtectable<Virtual>);
static_assert(!internal::kIsRcuProtectable<OfAnother>);
static_assert(!internal::kIsRcuProtectable<OfTwo>);
static_assert(!internal::kIsRcuProtectable<int>);

// /3, /4: an unlock corresponds to the last lock that has none.
TEST(RcuGeneralTest, RegionsNest) {
  rcu_domain& domain = rcu_default_domain();
  domain.lock();
  domain.lock();
  (new Node)->retire();
  domain.unlock();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  domain.lock();
  domain.unlock();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  domain.unlock();
  rcu_barrier();
  EXPECT_EQ(Canary::alive(), 0);
}

// /5: what is scheduled while a region is open is evaluated after its end.
TEST(RcuGeneralTest, ARegionDelaysWhatIsScheduledInIt) {
  std::atomic<Node*> source{new Node};
  Turns turns;
  std::thread reader([&] {
    const std::scoped_lock region(rcu_default_domain());
    const Node* const node = source.load();
    turns.Reach(1);
    turns.Await(2);
    EXPECT_TRUE(node->Sings());
  });
  turns.Await(1);
  source.exchange(nullptr)->retire();
  for (int i = 0; i < 5000; ++i) (new Node)->retire();
  Reclaim();
  EXPECT_GE(Canary::alive(), 1);
  turns.Reach(2);
  reader.join();
  rcu_barrier();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(RcuGeneralTest, NothingIsDeletedInARegion) {
  std::atomic<Node*> source{new Node};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < Effort(100'000); ++i) {
        Node* const old =
            source.exchange(new Node(static_cast<std::uint64_t>(i)));
        if (i % 2 == 0) {
          old->retire();
        } else {
          rcu_retire(old);
        }
      }
      done.store(true);
      return;
    }
    while (!done.load()) {
      const std::scoped_lock region(rcu_default_domain());
      for (int i = 0; i < 10; ++i) {
        if (!source.load()->Sings()) wrong.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  source.exchange(nullptr)->retire();
  rcu_barrier();
  EXPECT_EQ(Canary::alive(), 0);
}

// /6
TEST(RcuGeneralTest, EachIsEvaluatedOnce) {
  std::vector<int> calls(10'000);
  for (int& called : calls) rcu_retire(&called, [](int* p) { ++*p; });
  Reclaim();
  rcu_barrier();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), 10'000);
}

// --- [saferecl.rcu.base] -----------------------------------------------------

struct Incomplete;  // /2
struct Complete {
  rcu_obj_base<Incomplete>* object;
};
struct ByFunction : rcu_obj_base<ByFunction, void (*)(ByFunction*)> {};
struct Stateful : rcu_obj_base<Stateful, std::function<void(Stateful*)>> {};
// /5: trivially copyable if the deleter is.
static_assert(std::is_trivially_copyable_v<rcu_obj_base<Node>>);
static_assert(std::is_trivially_copyable_v<
              rcu_obj_base<ByFunction, void (*)(ByFunction*)>>);
static_assert(!std::is_constructible_v<rcu_obj_base<Node>>);
static_assert(!std::is_destructible_v<rcu_obj_base<Node>>);
static_assert(noexcept(std::declval<Node&>().retire()));

// /8: with the deleter that it was given, and the whole object.
TEST(RcuBaseTest, CallsTheDeleterWithTheObject) {
  auto* const function = new ByFunction;
  auto* const stateful = new Stateful;
  int calls = 0;
  function->retire([](ByFunction* object) { delete object; });
  stateful->retire([&, stateful](Stateful* object) {
    EXPECT_EQ(object, stateful);
    delete object;
    ++calls;  // what it captured is still there
  });
  (new NotFirst)->retire();
  rcu_barrier();
  EXPECT_EQ(calls, 1);
}

// /8: may evaluate what was scheduled before.
TEST(RcuBaseTest, ADeleterMayRetire) {
  struct Chained : rcu_obj_base<Chained> {
    ~Chained() {
      const std::scoped_lock region(rcu_default_domain());
      if (next != nullptr) next->retire();
      ++destroyed();
    }
    static int& destroyed() {
      static int count = 0;
      return count;
    }
    Chained* next = nullptr;
  };
  Chained* head = nullptr;
  for (int i = 0; i < 5000; ++i) {
    auto* const chained = new Chained;
    chained->next = std::exchange(head, chained);
  }
  head->retire();
  // Each schedules one more before it has been evaluated, and so the last one
  // happens before the barrier once the others have been.
  while (Chained::destroyed() != 5000) rcu_barrier();
}

// --- [saferecl.rcu.domain] ---------------------------------------------------

static_assert(!std::is_copy_constructible_v<rcu_domain>);
static_assert(!std::is_copy_assignable_v<rcu_domain>);
static_assert(!std::is_default_constructible_v<rcu_domain>);
static_assert(noexcept(std::declval<rcu_domain&>().lock()));
static_assert(noexcept(std::declval<rcu_domain&>().try_lock()));
static_assert(noexcept(std::declval<rcu_domain&>().unlock()));

// .general/1: a Lockable; .members/5, /6: try_lock() opens a region.
TEST(RcuDomainTest, IsALockable) {
  std::unique_lock lock(rcu_default_domain(), std::try_to_lock);
  EXPECT_TRUE(lock.owns_lock());
  EXPECT_TRUE(IsPinned());
  lock.unlock();
  EXPECT_FALSE(IsPinned());
  std::mutex mutex;
  {
    const std::scoped_lock both(mutex, rcu_default_domain());
    EXPECT_TRUE(IsPinned());
  }
  EXPECT_TRUE(rcu_default_domain().try_lock());
  (new Node)->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  // .members/8: may evaluate what was scheduled.
  rcu_default_domain().unlock();
  EXPECT_EQ(Canary::alive(), 0);
}

// A pin is a region, and a region a pin.
TEST(RcuDomainTest, NestsWithPins) {
  const PinGuard pin;
  {
    const std::scoped_lock region(rcu_default_domain());
    Retire(new Canary(1));
  }
  (new Node)->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 2);
}

// --- [saferecl.rcu.domain.func] ----------------------------------------------

static_assert(noexcept(rcu_default_domain()));
static_assert(noexcept(rcu_synchronize()));
static_assert(noexcept(rcu_barrier()));

// /1
TEST(RcuFunctionsTest, TheDefaultDomainIsOneObject) {
  rcu_domain* other = nullptr;
  OnAnotherThread([&] { other = &rcu_default_domain(); });
  EXPECT_EQ(other, &rcu_default_domain());
}

// /2, /3: waits for regions that began before, and sees what they did.
TEST(RcuFunctionsTest, SynchronizeWaitsForRegions) {
  Turns turns;
  int written = 0;
  std::thread reader([&] {
    const std::scoped_lock region(rcu_default_domain());
    turns.Reach(1);
    YieldOften();
    written = 1;
  });
  turns.Await(1);
  rcu_synchronize(rcu_default_domain());
  EXPECT_EQ(written, 1);
  reader.join();
}

// /2: and for no others.
TEST(RcuFunctionsTest, SynchronizeWaitsForNoLaterRegion) {
  Turns turns;
  std::thread reader([&] {
    // Hardly ever outside of one.
    while (!turns.reached(2)) {
      const std::scoped_lock region(rcu_default_domain());
      if (!turns.reached(1)) turns.Reach(1);
      std::this_thread::yield();
    }
  });
  turns.Await(1);
  rcu_synchronize();
  turns.Reach(2);
  reader.join();
}

// /2: it evaluates nothing, so that its caller may hold what a deleter takes.
TEST(RcuFunctionsTest, SynchronizeEvaluatesNothing) {
  OnAnotherThread([] {
    std::mutex mutex;
    int calls = 0;
    // A hazard pointer leaves it to whichever thread is next.
    auto& domain = internal::StdPolicy::domain();
    auto& slot = *domain.NewSlot();
    domain.ProtectUnretired(slot, &calls);
    rcu_retire(&calls, [&](int*) { ++calls; });
    domain.DeleteSlot(slot);
    {
      const std::scoped_lock lock(mutex);
      rcu_synchronize();
      EXPECT_EQ(calls, 0);
    }
    rcu_barrier();
    EXPECT_EQ(calls, 1);
  });
}

TEST(RcuFunctionsTest, SynchronizeInADeleterWaitsForRegions) {
  bool called = false;
  rcu_retire(&called, [](bool* p) {
    rcu_synchronize();
    *p = true;
  });
  rcu_barrier();
  EXPECT_TRUE(called);
}

// /4, /5: waits for all that was scheduled before, and sees what that did.
TEST(RcuFunctionsTest, BarrierWaitsForWhatOthersScheduled) {
  constexpr int kThreads = 4;
  for (int round = 0; round < Effort(100); ++round) {
    std::vector<int> evaluated(kThreads * 40);
    Turns turns;
    std::atomic<int> scheduled{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int j = 0; j < 40; ++j) {
          int* const p = &evaluated[static_cast<std::size_t>(i * 40 + j)];
          if (j % 2 == 0) {
            rcu_retire(p, [](int* q) { ++*q; });
          } else {
            rcu_retire(p, [p](int*) { ++*p; });
          }
        }
        scheduled.fetch_add(1);
        turns.Await(1);
      });
    }
    while (scheduled.load() != kThreads) std::this_thread::yield();
    rcu_barrier();
    EXPECT_EQ(std::count(evaluated.begin(), evaluated.end(), 1), kThreads * 40);
    turns.Reach(1);
    for (std::thread& thread : threads) thread.join();
  }
}

// /4: also while it runs on another thread,
TEST(RcuFunctionsTest, BarrierWaitsForADeleterThatRuns) {
  Turns turns;
  int evaluated = 0;
  std::thread other([&] {
    rcu_retire(&evaluated, [&](int* p) {
      turns.Reach(1);
      YieldOften();
      *p = 1;
    });
    Reclaim();
  });
  turns.Await(1);
  rcu_barrier();
  EXPECT_EQ(evaluated, 1);
  other.join();
}

// or a region delays it, or a hazard slot,
TEST(RcuFunctionsTest, BarrierWaitsForReaders) {
  Turns turns;
  Pointer<Canary> source(new Canary(1));
  std::thread reader([&] {
    Protected<Canary> kept = source.Protect();
    {
      const std::scoped_lock region(rcu_default_domain());
      turns.Reach(1);
      turns.Await(2);
      YieldOften();
    }
    YieldOften();
  });
  turns.Await(1);
  rcu_retire(source.Swap(nullptr));
  rcu_retire(new Canary(2));
  turns.Reach(2);
  rcu_barrier();
  EXPECT_EQ(Canary::alive(), 0);
  reader.join();
}

// or it was given to an executor.
TEST(RcuFunctionsTest, BarrierWaitsForAnExecutor) {
  std::mutex mutex;
  std::vector<std::function<void()>> queue;
  Turns turns;
  SetReclaimExecutor([&](std::function<void()> job) {
    const std::scoped_lock lock(mutex);
    queue.push_back(std::move(job));
  });
  std::thread executor([&] {
    while (!turns.reached(1)) {
      YieldOften();
      std::vector<std::function<void()>> jobs;
      {
        const std::scoped_lock lock(mutex);
        jobs.swap(queue);
      }
      for (const auto& job : jobs) job();
    }
  });
  for (int i = 0; i < 40; ++i) (new Node)->retire();
  rcu_barrier();
  EXPECT_EQ(Canary::alive(), 0);
  SetReclaimExecutor(nullptr);
  turns.Reach(1);
  executor.join();
}

// Several at once, while more and more is scheduled.
TEST(RcuFunctionsTest, BarriersEndUnderLoad) {
  std::atomic<bool> done{false};
  std::atomic<int> barriers{0};
  RunTogether(4, [&](int thread) {
    if (thread < 2) {
      while (!done.load()) (new Node)->retire();
      return;
    }
    for (int i = 0; i < Effort(200); ++i) {
      bool evaluated = false;
      rcu_retire(&evaluated, [](bool* p) { *p = true; });
      rcu_barrier();
      EXPECT_TRUE(evaluated);
    }
    if (barriers.fetch_add(1) == 1) done.store(true);
  });
  rcu_barrier();
  EXPECT_EQ(Canary::alive(), 0);
}

// A deleter may end its thread.
TEST(RcuFunctionsTest, BarrierDoesNotWaitForAThreadThatEndedInADeleter) {
  std::thread([] {
    rcu_retire(new int, [](int* p) {
      delete p;
      pthread_exit(nullptr);
    });
    Reclaim();
  }).join();
  rcu_barrier();
}

// In the child of a fork nobody goes on with what another thread had begun.
TEST(RcuFunctionsTest, BarrierEndsInTheChildOfAFork) {
  Turns turns;
  std::thread other([&] {
    rcu_retire(&turns, [](Turns* p) {
      p->Reach(1);
      p->Await(2);
    });
    Reclaim();
  });
  turns.Await(1);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    (new Node)->retire();
    rcu_barrier();
    _exit(Canary::alive() == 0 ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  turns.Reach(2);
  other.join();
}

// /6 to /8: the deleter is moved, and called with the pointer, null as well.
TEST(RcuFunctionsTest, RetireCallsTheDeleterWithThePointer) {
  int calls = 0;
  rcu_retire(new Canary(1));
  rcu_retire(static_cast<Canary*>(nullptr));
  rcu_retire(static_cast<int*>(nullptr), [&](int* p) {
    EXPECT_EQ(p, nullptr);
    ++calls;
  });
  rcu_retire(&calls, [by = std::make_unique<int>(10)](int* p) { *p += *by; });
  rcu_retire(static_cast<void*>(&calls),
             [](void* p) { *static_cast<int*>(p) += 100; });
  rcu_barrier();
  EXPECT_EQ(calls, 111);
  EXPECT_EQ(Canary::alive(), 0);
}

// /9: if it throws, nothing is scheduled.
bool no_memory = false;

struct ThrowsOnMove {
  ThrowsOnMove() = default;
  // NOLINTNEXTLINE(bugprone-exception-escape): that is the point
  ThrowsOnMove(ThrowsOnMove&& other) noexcept(false) : moves(other.moves + 1) {
    if (moves == 2) Throw(std::runtime_error("moved"));
  }
  void operator()(int*) const { ADD_FAILURE(); }
  int moves = 0;
};

TEST(RcuFunctionsTest, RetireThrowsWhatTheDeletersMoveThrows) {
  if (!kExceptions) GTEST_SKIP() << "without exceptions";
  int object = 0;
  EXPECT_TRUE(Throws<std::runtime_error>([&] {
    ThrowsOnMove deleter;
    deleter.moves = 0;
    rcu_retire(&object, std::move(deleter));
  }));
  rcu_barrier();
}

struct SetToTwo {
  void operator()(int* p) const { *p = 2; }
};

TEST(RcuFunctionsTest, RetireThrowsWithoutMemory) {
  if (!kExceptions) GTEST_SKIP() << "without exceptions";
  int object = 0;
  EXPECT_TRUE(Throws<std::bad_alloc>([&] {
    no_memory = true;
    rcu_retire(&object, [&object](int*) { object = 1; });
  }));
  no_memory = false;
  rcu_barrier();
  EXPECT_EQ(object, 0);
  // What needs none goes on.
  no_memory = true;
  rcu_retire(&object, SetToTwo());
  no_memory = false;
  rcu_barrier();
  EXPECT_EQ(object, 2);
}

// --- What the standard leaves undefined, or what would wait forever ----------

TEST(RcuDeathTest, SaysWhatIsWrong) {
  EXPECT_DEATH(rcu_default_domain().unlock(), "unlock of an rcu_domain");
  EXPECT_DEATH(
      {
        const std::scoped_lock region(rcu_default_domain());
        rcu_synchronize();
      },
      "rcu_synchronize in a region");
  EXPECT_DEATH(
      {
        const std::scoped_lock region(rcu_default_domain());
        rcu_barrier();
      },
      "rcu_barrier while pinned");
  EXPECT_DEATH(
      {
        int object = 0;
        rcu_retire(&object, [](int*) { rcu_barrier(); });
        Reclaim();
      },
      "rcu_barrier in a deleter");
}

// --- One interruption at each step -------------------------------------------

// Counts as what rcu.h schedules.
struct Scheduled : internal::Retired {
  Scheduled() {
    address = this;
    bytes = sizeof(Scheduled);
    dispose = [](Retired* retired) {
      auto* const self = static_cast<Scheduled*>(retired);
      auto& evaluations = StepPolicy::domain().Self().evaluations;
      evaluations.Begin(self->phase);
      ++self->disposed;
      evaluations.End(self->phase);
    };
  }
  std::uint32_t phase = 0;
  int disposed = 0;
};

// A thread that has read the number of the phase, and counts what it schedules
// only after a barrier, is waited for by the next.
TEST(RcuStepsTest, ABarrierMeetsACountAtEachStep) {
  std::unique_ptr<Scheduled> object;
  const auto counted = [] {
    std::uint64_t sum = 0;
    StepPolicy::domain().ForEachRecord([&](const auto& record) {
      sum += record.evaluations.scheduled(0) + record.evaluations.scheduled(1);
    });
    return sum;
  };
  Interleave([&] { object = std::make_unique<Scheduled>(); },
             [&] { object->phase = StepPolicy::domain().CountScheduled(); },
             [&] {
               // A later one would wait for it.
               if (counted() == 0) StepPolicy::domain().Barrier();
             },
             [&] {
               StepPolicy::domain().Self().schedule.SpendTokens(1000);
               StepPolicy::domain().Retire(object.get());
               EXPECT_EQ(object->disposed, 0);
               StepPolicy::As(2, [] { StepPolicy::domain().Barrier(); });
               EXPECT_EQ(object->disposed, 1);
             });
}

// What is scheduled before is evaluated, whatever else is meanwhile.
TEST(RcuStepsTest, ABarrierMeetsARetirementAtEachStep) {
  std::unique_ptr<Scheduled> before, meanwhile;
  const auto schedule = [](Scheduled& object) {
    object.phase = StepPolicy::domain().CountScheduled();
    StepPolicy::domain().Self().schedule.SpendTokens(1000);
    StepPolicy::domain().Retire(&object);
  };
  Interleave(
      [&] {
        before = std::make_unique<Scheduled>();
        meanwhile = std::make_unique<Scheduled>();
        StepPolicy::As(1, [&] { schedule(*before); });
        EXPECT_EQ(before->disposed, 0);
      },
      [] { StepPolicy::domain().Barrier(); }, [&] { schedule(*meanwhile); },
      [&] {
        EXPECT_EQ(before->disposed, 1);
        StepPolicy::domain().Barrier();
        EXPECT_EQ(meanwhile->disposed, 1);
      });
}

}  // namespace
}  // namespace sync_atomic

// With no_memory there is none.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size,
                                     const std::nothrow_t&) noexcept {
  return sync_atomic::no_memory ? nullptr : std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory,
                                       const std::nothrow_t&) noexcept {
  std::free(memory);
}
