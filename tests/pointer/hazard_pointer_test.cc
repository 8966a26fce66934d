// SPDX-License-Identifier: Apache-2.0

// hazard_pointer.h against the wording of C++26, sentence by sentence: each
// test names the paragraph of [saferecl.hp] (N5014) that it is about.

#include "sync_atomic/pointer/hazard_pointer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/domain.h"
#include "sync_atomic/pointer/reclaim/hazard_slots.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/interleave.h"
#include "sync_atomic/tests/support/run_together.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Counted;
using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::Interleave;
using ::sync_atomic::testing::OnAnotherThread;
using ::sync_atomic::testing::RunTogether;
using ::sync_atomic::testing::StepPolicy;

struct Node : Canary, hazard_pointer_obj_base<Node> {
  explicit Node(std::uint64_t number = 1) : Canary(number) {}
};

// --- [saferecl.hp.general] ---------------------------------------------------

// /2: exactly one such base class, public and not virtual.
struct Second {
  std::uint64_t number = 0;
};
struct NotFirst : Second, hazard_pointer_obj_base<NotFirst> {};
class Private : hazard_pointer_obj_base<Private> {};
struct Virtual : virtual hazard_pointer_obj_base<Virtual> {};
struct OfAnother : hazard_pointer_obj_base<Node> {};
struct OfTwo : hazard_pointer_obj_base<OfTwo>,
               hazard_pointer_obj_base<OfTwo, std::function<void(OfTwo*)>> {};
struct Unrelated {};
static_assert(internal::kIsHazardProtectable<Node>);
static_assert(internal::kIsHazardProtectable<NotFirst>);
static_assert(!internal::kIsHazardProtectable<Private>);
static_assert(!internal::kIsHazardProtectable<Virtual>);
static_assert(!internal::kIsHazardProtectable<OfAnother>);
static_assert(!internal::kIsHazardProtectable<OfTwo>);
static_assert(!internal::kIsHazardProtectable<Unrelated>);
static_assert(!internal::kIsHazardProtectable<int>);

// /3: upon creation a hazard pointer is unassociated. An association ends the
// one before.
TEST(HazardPointerGeneralTest, ProtectsOneObjectAtATime) {
  OnAnotherThread([] {
    hazard_pointer hazard = make_hazard_pointer();
    std::atomic<Node*> first{new Node}, second{new Node};
    hazard.protect(first);
    hazard.protect(second);
    first.exchange(nullptr)->retire();
    EXPECT_EQ(Canary::alive(), 1);
    second.exchange(nullptr)->retire();
    EXPECT_EQ(Canary::alive(), 1);
    hazard.reset_protection();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  });
}

struct Counting;
struct Count {
  void operator()(Counting* object) const { calls->push_back(object); }
  std::vector<Counting*>* calls = nullptr;
};
struct Counting : Second, hazard_pointer_obj_base<Counting, Count> {};

// /4, /5: a retired object is reclaimed by its deleter, once, with a pointer to
// the object, whichever base that is.
TEST(HazardPointerGeneralTest, TheDeleterIsCalledOnceWithTheObject) {
  Counting objects[3];
  std::vector<Counting*> calls;
  for (Counting& object : objects) object.retire(Count{&calls});
  Reclaim();
  Reclaim();
  std::sort(calls.begin(), calls.end());
  EXPECT_EQ(calls,
            (std::vector<Counting*>{&objects[0], &objects[1], &objects[2]}));
}

// /6.3.1: what was protected before it was retired is not reclaimed until the
// protection has ended, on whichever thread it is retired.
TEST(HazardPointerGeneralTest, AProtectionThatBeganBeforeDelaysIt) {
  std::atomic<Node*> source{new Node};
  hazard_pointer hazard = make_hazard_pointer();
  Node* const node = hazard.protect(source);
  OnAnotherThread([&] {
    source.exchange(nullptr)->retire();
    for (int i = 0; i < 5000; ++i) (new Node)->retire();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  });
  Reclaim();
  EXPECT_TRUE(node->Sings());
  hazard.reset_protection();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// /6.3.2: the same if try_protect() saw the source before it was changed,
// though nothing else orders the two.
TEST(HazardPointerGeneralTest, NothingIsReclaimedThatAReaderProtects) {
  std::atomic<Node*> source{new Node};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  RunTogether(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < Effort(200'000); ++i) {
        source.exchange(new Node(static_cast<std::uint64_t>(i)))->retire();
      }
      done.store(true);
      return;
    }
    hazard_pointer kept = make_hazard_pointer();
    while (!done.load()) {
      hazard_pointer made = make_hazard_pointer();
      hazard_pointer& hazard = thread == 1 ? kept : made;
      for (int i = 0; i < 10; ++i) {
        const Node* const node = hazard.protect(source);
        if (!node->Sings()) wrong.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  source.exchange(nullptr)->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// /7: the number of objects that could be reclaimed is bounded.
TEST(HazardPointerGeneralTest, ReadersThatComeAndGoLetNothingPileUp) {
  std::atomic<Node*> source{new Node};
  for (int i = 0; i < Effort(100'000); ++i) {
    hazard_pointer hazard = make_hazard_pointer();
    hazard.protect(source);
    source.exchange(new Node)->retire();
    ASSERT_LT(Canary::alive(), 5000);
  }
  source.exchange(nullptr)->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// --- [saferecl.hp.base] ------------------------------------------------------

// /1, /3: any function object that is default-constructible and
// move-assignable.
struct Awkward;
struct AwkwardDeleter {
  AwkwardDeleter() = default;
  explicit AwkwardDeleter(int* counter) : calls(counter) {}
  AwkwardDeleter(const AwkwardDeleter&) = delete;
  AwkwardDeleter& operator=(AwkwardDeleter&& other) noexcept {
    calls = std::exchange(other.calls, nullptr);
    return *this;
  }
  void operator()(Awkward* object) const;
  int* calls = nullptr;
};
struct Awkward : hazard_pointer_obj_base<Awkward, AwkwardDeleter> {};
void AwkwardDeleter::operator()(Awkward* object) const {
  ++*calls;
  delete object;
}
struct ByFunction : hazard_pointer_obj_base<ByFunction, void (*)(ByFunction*)> {
};
struct Stateful
    : hazard_pointer_obj_base<Stateful, std::function<void(Stateful*)>> {};
struct MarkedFinal;
struct FinalDeleter final {
  void operator()(MarkedFinal* object) const;
};
struct MarkedFinal : hazard_pointer_obj_base<MarkedFinal, FinalDeleter> {};
void FinalDeleter::operator()(MarkedFinal* object) const { delete object; }

TEST(HazardPointerBaseTest, AnyDeleterWillDo) {
  int calls = 0;
  (new Awkward)->retire(AwkwardDeleter(&calls));
  (new MarkedFinal)->retire();
  (new ByFunction)->retire([](ByFunction* object) { delete object; });
  // What it captured outlives the object that it was stored in.
  (new Stateful)
      ->retire([counted = std::make_unique<int>(1).release(),
                &calls](Stateful* object) {
        delete object;
        calls += *counted;
        delete counted;
      });
  Reclaim();
  EXPECT_EQ(calls, 2);
}

// /4: T may be incomplete where the base class is named.
TEST(HazardPointerBaseTest, TheTypeMayBeIncomplete) {
  struct Incomplete;
  struct Complete {
    hazard_pointer_obj_base<Incomplete>* object = nullptr;
  };
  EXPECT_EQ(Complete().object, nullptr);
}

// Copies and moves are protected, and those of an object that is retired are
// not.
static_assert(!std::is_constructible_v<hazard_pointer_obj_base<Node>>);
static_assert(!std::is_destructible_v<hazard_pointer_obj_base<Node>>);
static_assert(std::is_trivially_copyable_v<ByFunction>);
static_assert(std::is_trivially_destructible_v<ByFunction>);
static_assert(noexcept(std::declval<Node&>().retire()));

TEST(HazardPointerBaseTest, ACopyIsNotRetired) {
  auto* const node = new Node(3);
  auto* const copy = new Node(*node);
  node->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  copy->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// /7: retire() may reclaim other objects: those that nobody protects any more.
TEST(HazardPointerBaseTest, RetiringReclaimsWhatIsNoLongerProtected) {
  OnAnotherThread([] {
    std::atomic<Node*> source{new Node};
    {
      hazard_pointer hazard = make_hazard_pointer();
      hazard.protect(source);
      source.exchange(nullptr)->retire();
      EXPECT_EQ(Canary::alive(), 1);
    }
    // The end of the protection reclaims nothing.
    EXPECT_EQ(Canary::alive(), 1);
    (new Node)->retire();
    EXPECT_EQ(Canary::alive(), 0);
  });
}

// A deleter may use all of it.
struct Chained : hazard_pointer_obj_base<Chained> {
  ~Chained() {
    hazard_pointer hazard = make_hazard_pointer();
    hazard.protect(next);
    if (Chained* const chained = next.exchange(nullptr)) chained->retire();
    ++destroyed;
  }
  std::atomic<Chained*> next{nullptr};
  static inline int destroyed = 0;
};

TEST(HazardPointerBaseTest, DeletersRetireAndProtect) {
  Chained* head = nullptr;
  for (int i = 0; i < 5000; ++i) {
    auto* const chained = new Chained;
    chained->next.store(std::exchange(head, chained));
  }
  head->retire();
  Reclaim();
  EXPECT_EQ(Chained::destroyed, 5000);
}

// --- [saferecl.hp.holder] ----------------------------------------------------

static_assert(std::is_nothrow_default_constructible_v<hazard_pointer>);
static_assert(std::is_nothrow_move_constructible_v<hazard_pointer>);
static_assert(std::is_nothrow_move_assignable_v<hazard_pointer>);
static_assert(std::is_nothrow_swappable_v<hazard_pointer>);
static_assert(!std::is_copy_constructible_v<hazard_pointer>);
static_assert(!std::is_copy_assignable_v<hazard_pointer>);
static_assert(noexcept(std::declval<const hazard_pointer&>().empty()));
static_assert(noexcept(std::declval<hazard_pointer&>().protect(
    std::declval<const std::atomic<Node*>&>())));
static_assert(noexcept(std::declval<hazard_pointer&>().try_protect(
    std::declval<Node*&>(), std::declval<const std::atomic<Node*>&>())));
static_assert(noexcept(std::declval<hazard_pointer&>().reset_protection()));
static_assert(noexcept(std::declval<hazard_pointer&>().reset_protection(
    std::declval<const Node*>())));

// Retires a new object that `hazard` protects, and says whether it is still
// alive once f() has been called.
template <class F>
bool SurvivesAfter(hazard_pointer& hazard, F f) {
  std::atomic<Node*> source{new Node};
  hazard.protect(source);
  source.load()->retire();
  f();
  Reclaim();
  return Canary::alive() != 0;
}

// .ctor/1, .ctor/2, .mem/1
TEST(HazardPointerHolderTest, IsEmptyUntilItIsMade) {
  hazard_pointer hazard;
  EXPECT_TRUE(hazard.empty());
  hazard_pointer made = make_hazard_pointer();
  EXPECT_FALSE(made.empty());
  hazard_pointer moved(std::move(made));
  EXPECT_FALSE(moved.empty());
  EXPECT_TRUE(made.empty());  // NOLINT(bugprone-use-after-move): it is
  hazard_pointer of_empty(std::move(hazard));
  EXPECT_TRUE(of_empty.empty());
  EXPECT_TRUE(hazard.empty());  // NOLINT(bugprone-use-after-move): it is
}

// .ctor/2: the same hazard pointer, and what it protects.
TEST(HazardPointerHolderTest, AMoveKeepsTheProtection) {
  hazard_pointer hazard = make_hazard_pointer();
  hazard_pointer moved;
  EXPECT_TRUE(SurvivesAfter(
      hazard, [&] { moved = hazard_pointer(std::move(hazard)); }));
  moved.reset_protection();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// .dtor/3
TEST(HazardPointerHolderTest, TheEndEndsTheProtection) {
  auto hazard = std::make_unique<hazard_pointer>(make_hazard_pointer());
  EXPECT_FALSE(SurvivesAfter(*hazard, [&] { hazard.reset(); }));
}

// .assign/4 to /6
TEST(HazardPointerHolderTest, AnAssignmentEndsTheProtection) {
  hazard_pointer hazard = make_hazard_pointer();
  hazard_pointer other = make_hazard_pointer();
  EXPECT_FALSE(SurvivesAfter(hazard, [&] {
    EXPECT_EQ(&(hazard = std::move(other)), &hazard);
    EXPECT_FALSE(hazard.empty());
    // NOLINTNEXTLINE(bugprone-use-after-move): that is the point
    EXPECT_TRUE(other.empty());
  }));
  EXPECT_FALSE(SurvivesAfter(hazard, [&] { hazard = hazard_pointer(); }));
  EXPECT_TRUE(hazard.empty());
}

TEST(HazardPointerHolderTest, AnAssignmentToItselfDoesNothing) {
  hazard_pointer hazard = make_hazard_pointer();
  hazard_pointer& same = hazard;
  EXPECT_TRUE(SurvivesAfter(hazard, [&] { hazard = std::move(same); }));
  EXPECT_FALSE(hazard.empty());
  hazard.reset_protection();
  Reclaim();
}

// .mem/2: what the source holds, null as well.
TEST(HazardPointerHolderTest, ProtectReturnsWhatTheSourceHolds) {
  hazard_pointer hazard = make_hazard_pointer();
  Node node;
  std::atomic<Node*> source{&node};
  EXPECT_EQ(hazard.protect(source), &node);
  std::atomic<const Node*> read_only{&node};
  EXPECT_EQ(hazard.protect(read_only), &node);
  Pointer<Node> ours(&node);
  EXPECT_EQ(hazard.protect(ours), &node);
  source.store(nullptr);
  EXPECT_EQ(hazard.protect(source), nullptr);
}

// .mem/5.3, /6: protects what the source holds if that was guessed.
TEST(HazardPointerHolderTest, TryProtectProtectsARightGuess) {
  hazard_pointer hazard = make_hazard_pointer();
  std::atomic<Node*> source{new Node};
  Node* guess = source.load();
  EXPECT_TRUE(hazard.try_protect(guess, source));
  EXPECT_EQ(guess, source.load());
  source.exchange(nullptr)->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_TRUE(hazard.try_protect(guess = nullptr, source));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// .mem/5.2, /5.4: otherwise nothing is protected, the object of before neither,
// and the guess is replaced.
TEST(HazardPointerHolderTest, TryProtectProtectsNothingAfterAWrongGuess) {
  hazard_pointer hazard = make_hazard_pointer();
  auto* const wrong = new Node;
  std::atomic<Node*> source{new Node};
  Pointer<Node> ours(source.load());
  hazard.protect(source);
  Node* guess = wrong;
  EXPECT_FALSE(hazard.try_protect(guess, ours));
  EXPECT_EQ(guess, source.load());
  source.exchange(nullptr)->retire();
  wrong->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// .mem/9
TEST(HazardPointerHolderTest, ResetProtectionProtectsAnObject) {
  hazard_pointer hazard = make_hazard_pointer();
  EXPECT_TRUE(SurvivesAfter(hazard, [] {}));
  auto* const node = new Node;
  hazard.reset_protection(static_cast<const Node*>(node));  // and not the other
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  node->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  hazard.reset_protection(static_cast<Node*>(nullptr));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// .mem/12
TEST(HazardPointerHolderTest, ResetProtectionEndsTheProtection) {
  hazard_pointer hazard = make_hazard_pointer();
  EXPECT_FALSE(SurvivesAfter(hazard, [&] { hazard.reset_protection(); }));
  EXPECT_FALSE(
      SurvivesAfter(hazard, [&] { hazard.reset_protection(nullptr); }));
}

// .mem/14, .nonmem/4: what was protected stays so.
TEST(HazardPointerHolderTest, SwapEndsNoProtection) {
  hazard_pointer hazard = make_hazard_pointer();
  hazard_pointer empty;
  EXPECT_TRUE(SurvivesAfter(hazard, [&] { hazard.swap(empty); }));
  EXPECT_TRUE(hazard.empty());
  swap(hazard, empty);
  EXPECT_TRUE(empty.empty());
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  hazard.reset_protection();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// .nonmem/2: each owns one of its own, also one that protects nothing.
TEST(HazardPointerHolderTest, EachOwnsAHazardPointer) {
  constexpr std::size_t kMany = 100;
  std::vector<hazard_pointer> hazards;
  std::vector<std::atomic<Node*>> sources(kMany);
  for (std::size_t i = 0; i < kMany; ++i) {
    hazards.push_back(make_hazard_pointer());
    sources[i].store(new Node(i));
  }
  for (std::size_t i = 0; i < kMany; ++i) hazards[i].protect(sources[i]);
  for (auto& source : sources) source.exchange(nullptr)->retire();
  Reclaim();
  EXPECT_EQ(Canary::alive(), static_cast<std::int64_t>(kMany));
  hazards.clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// No Load takes a slot that protects nothing yet.
TEST(HazardPointerHolderTest, LoadsUseOtherSlots) {
  OnAnotherThread([] {
    hazard_pointer hazard = make_hazard_pointer();
    Pointer<Node> source(new Node), other(new Node);
    std::vector<Protected<Node>> loads;
    for (int i = 0; i < 20; ++i) loads.push_back(source.Protect());
    hazard.protect(other);
    Retire(source.Swap(nullptr));
    Retire(other.Swap(nullptr));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 2);
    loads.clear();
    EXPECT_EQ(Canary::alive(), 1);
    hazard.reset_protection();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  });
}

// --- Threads -----------------------------------------------------------------

std::size_t Records() {
  std::size_t count = 0;
  internal::StdPolicy::domain().ForEachRecord([&](const auto&) { ++count; });
  return count;
}

TEST(HazardPointerThreadsTest, MayMoveToAnotherThreadAndOutliveItsOwn) {
  hazard_pointer hazard;
  std::atomic<Node*> source{new Node};
  OnAnotherThread([&] {
    hazard = make_hazard_pointer();
    hazard.protect(source);
  });
  source.exchange(nullptr)->retire();
  OnAnotherThread([&] {
    const hazard_pointer ends(std::move(hazard));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  });
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(HazardPointerThreadsTest, SlotsAreUsedAgain) {
  const auto use = [] {
    std::vector<hazard_pointer> hazards;
    for (int i = 0; i < 20; ++i) hazards.push_back(make_hazard_pointer());
  };
  OnAnotherThread(use);
  const std::size_t records = Records();
  for (int i = 0; i < 20; ++i) OnAnotherThread(use);
  EXPECT_EQ(Records(), records);
}

// One thread makes them, and another ends them.
TEST(HazardPointerThreadsTest, SlotsThatMoveAreUsedAgain) {
  const auto use = [] {
    std::vector<hazard_pointer> hazards;
    OnAnotherThread([&] {
      for (int i = 0; i < 20; ++i) hazards.push_back(make_hazard_pointer());
    });
    hazards.clear();
  };
  use();
  const std::size_t records = Records();
  for (int i = 0; i < 20; ++i) use();
  EXPECT_EQ(Records(), records);
}

TEST(HazardPointerThreadsTest, MayEndAfterTheThreadsRecord) {
  static hazard_pointer* leaked;
  OnAnotherThread([] { leaked = new hazard_pointer(make_hazard_pointer()); });
  std::thread([] {
    thread_local std::unique_ptr<hazard_pointer> last(leaked);
    EXPECT_FALSE(last->empty());
  }).join();
}

// In the child of a fork no thread takes the record whose slots are in use.
TEST(HazardPointerThreadsTest, KeepsItsSlotInTheChildOfAFork) {
  hazard_pointer hazard = make_hazard_pointer();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    std::atomic<bool> done{false};
    std::atomic<int> loaded{0};
    Pointer<Node> source(new Node);
    std::atomic<Node*> other{new Node};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const Protected<Node> kept = source.Protect();
        loaded.fetch_add(1);
        while (!done.load()) std::this_thread::yield();
      });
    }
    while (loaded.load() != 8) std::this_thread::yield();
    hazard.protect(other);  // would overwrite what is in its slot
    hazard.reset_protection();
    std::size_t slots = 0;
    internal::StdPolicy::domain().ForEachRecord([&](const auto& record) {
      record.hazards.ForEachSet([&](const auto&, const void*) { ++slots; });
    });
    done.store(true);
    for (std::thread& thread : threads) thread.join();
    _exit(slots == 8 ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// --- One interruption at each step -------------------------------------------

using Slot = internal::HazardSlot<StepPolicy>;

StepPolicy::Domain& domain() { return StepPolicy::domain(); }

void RetireAs(int thread, Counted& object) {
  StepPolicy::As(thread, [&] { domain().Retire(&object); });
}

// Retires what is reclaimed at once and takes along what is left to others.
void RetireAnother(int thread) {
  auto* const object = new Counted;  // leaked, as each world is
  static std::vector<std::unique_ptr<Counted>> kept;
  kept.emplace_back(object);
  RetireAs(thread, *object);
  EXPECT_EQ(object->disposed, 1);
}

TEST(HazardPointerStepsTest, AProtectionMeetsARetirementAtEachStep) {
  std::unique_ptr<Counted> object;
  StepPolicy::Atomic<Counted*>* cell = nullptr;
  std::unique_ptr<StepPolicy::Atomic<Counted*>> owner;
  Slot* slot = nullptr;
  Counted* found = nullptr;
  Interleave(
      [&] {
        object = std::make_unique<Counted>();
        owner = std::make_unique<StepPolicy::Atomic<Counted*>>(object.get());
        cell = owner.get();
        slot = domain().NewSlot();
      },
      [&] {
        found = cell->load();
        while (!domain().TryProtect(*slot, *cell, found)) {
        }
      },
      [&] {
        cell->store(nullptr);
        domain().Retire(object.get());
      },
      [&] {
        // Even if it is not protected, it may have been for a moment.
        if (found != nullptr) {
          EXPECT_EQ(object->disposed, 0);
        }
        domain().ResetSlot(*slot);
        if (found != nullptr) {
          EXPECT_EQ(object->disposed, 0);
        }
        RetireAnother(2);
        EXPECT_EQ(object->disposed, 1);
      });
}

// However a protection ends: what waits for it is not lost, and the next
// retirement of any thread reclaims it.
void AnEndMeetsARetirement(const std::function<void(Slot&)>& end) {
  std::unique_ptr<Counted> object;
  Slot* slot = nullptr;
  Interleave(
      [&] {
        object = std::make_unique<Counted>();
        // The first end on a thread looks twice, and the others if they must.
        slot = domain().NewSlot();
        domain().ResetSlot(*slot);
        domain().ProtectUnretired(*slot, object.get());
      },
      [&] { end(*slot); }, [&] { domain().Retire(object.get()); },
      [&] {
        RetireAnother(2);
        EXPECT_EQ(object->disposed, 1);
      });
}

TEST(HazardPointerStepsTest, AResetMeetsARetirementAtEachStep) {
  AnEndMeetsARetirement([](Slot& slot) { domain().ResetSlot(slot); });
}

TEST(HazardPointerStepsTest, AnEndMeetsARetirementAtEachStep) {
  AnEndMeetsARetirement([](Slot& slot) { domain().DeleteSlot(slot); });
}

TEST(HazardPointerStepsTest, AFurtherProtectionMeetsARetirementAtEachStep) {
  static Counted other;
  AnEndMeetsARetirement(
      [](Slot& slot) { domain().ProtectUnretired(slot, &other); });
  StepPolicy::Atomic<Counted*> cell(&other);
  AnEndMeetsARetirement([&](Slot& slot) {
    Counted* found = &other;
    EXPECT_TRUE(domain().TryProtect(slot, cell, found));
  });
  AnEndMeetsARetirement([&](Slot& slot) {
    Counted* found = nullptr;
    EXPECT_FALSE(domain().TryProtect(slot, cell, found));
  });
}

// Two protections end, and what waited for both is left to others at once.
TEST(HazardPointerStepsTest, TwoEndsMeetAtEachStep) {
  std::unique_ptr<Counted> objects[2];
  Slot* slots[2] = {};
  Interleave(
      [&] {
        for (int i : {0, 1}) {
          objects[i] = std::make_unique<Counted>();
          StepPolicy::As(i, [&] { slots[i] = domain().NewSlot(); });
          domain().ResetSlot(*slots[i]);
          domain().ProtectUnretired(*slots[i], objects[i].get());
        }
        RetireAs(2, *objects[0]);
        RetireAs(2, *objects[1]);
      },
      [&] { domain().ResetSlot(*slots[0]); },
      [&] {
        domain().ResetSlot(*slots[1]);
        RetireAnother(1);
      },
      [&] {
        RetireAnother(2);
        EXPECT_EQ(objects[0]->disposed, 1);
        EXPECT_EQ(objects[1]->disposed, 1);
      });
}

// The end of a protection runs no deleter, whoever else left something.
TEST(HazardPointerStepsTest, EndsDisposeOfNothing) {
  for (const bool light : {true, false}) {
    StepPolicy::NewWorld();
    StepPolicy::world().light_fence_is_compiler_only = light;
    Counted object;
    Slot& slot = *domain().NewSlot();
    domain().ProtectUnretired(slot, &object);
    RetireAs(1, object);
    domain().ResetSlot(slot);
    domain().ProtectUnretired(slot, &object);
    domain().DeleteSlot(slot);
    EXPECT_EQ(object.disposed, 0);
    domain().Reclaim();
    EXPECT_EQ(object.disposed, 1);
  }
}

// Two threads take slots at once, and give them back on either.
TEST(HazardPointerStepsTest, TwoThreadsNeverGetTheSameSlot) {
  Slot* mine = nullptr;
  Slot* theirs = nullptr;
  Interleave(
      [&] {
        // Some are in the pool.
        StepPolicy::As(2, [] {
          Slot* const slot = domain().NewSlot();
          domain().Unregister(domain().Self());
          domain().DeleteSlot(*slot);
        });
      },
      [&] { mine = domain().NewSlot(); }, [&] { theirs = domain().NewSlot(); },
      [&] {
        EXPECT_NE(mine, theirs);
        StepPolicy::As(1, [&] { domain().DeleteSlot(*mine); });
        domain().DeleteSlot(*theirs);
      });
}

TEST(HazardPointerStepsTest, WithoutMemoryThereIsNoSlot) {
  StepPolicy::NewWorld();
  StepPolicy::world().records_left = 0;
  EXPECT_EQ(domain().NewSlot(), nullptr);
  StepPolicy::world().records_left = 1;  // the thread's own
  EXPECT_EQ(domain().NewSlot(), nullptr);
  StepPolicy::world().records_left = 1;
  EXPECT_NE(domain().NewSlot(), nullptr);
}

}  // namespace
}  // namespace sync_atomic
