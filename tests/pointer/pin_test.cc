// SPDX-License-Identifier: Apache-2.0

// Pins as Go has them, and what their hints ask of the system: here of a fake
// one, whose words the test writes as a kernel would.

#include "sync_atomic/pointer/pin.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "gtest/gtest.h"
#include "sync_atomic/pointer/internal/hint.h"
#include "sync_atomic/pointer/platform/rseq.h"
#include "sync_atomic/pointer/preemption.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/single_step.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::RunTogether;

// --- runtime_procPin ---------------------------------------------------------

TEST(PinGuardTest, IsAMemberOfAnAggregate) {
  struct Scope {
    PinGuard pin;
    int depth;
  };
  {
    const Scope empty{};
    EXPECT_TRUE(IsPinned());
    const Scope braces{{}, 1};
    EXPECT_EQ(braces.depth, 1);
    const Scope hinted{PinGuard(PreemptionHint::kNone), 2};
    EXPECT_EQ(hinted.depth, 2);
  }
  EXPECT_FALSE(IsPinned());
}

TEST(PinRenewTest, EndsAndBeginsThePin) {
  PinGuard pin;
  std::thread([] { Retire(new Canary(1)); }).join();
  EXPECT_EQ(Canary::alive(), 1);
  pin.Renew();
  EXPECT_EQ(Canary::alive(), 0);
  // And it protects what is read from now on.
  std::thread([] { Retire(new Canary(2)); }).join();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  pin.Renew();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(PinRenewTest, LeavesAnOuterPinAsItIs) {
  {
    const PinGuard outer;
    std::thread([] { Retire(new Canary(1)); }).join();
    PinGuard inner;
    inner.Renew();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  }
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ProcPinTest, PinsAndNests) {
  EXPECT_FALSE(IsPinned());
  const int processor = ProcPin();
  EXPECT_GE(processor, 0);
  EXPECT_LT(processor, ProcessorLimit());
  EXPECT_TRUE(IsPinned());
  ProcPin();
  {
    const PinGuard guard;
    ProcUnpin();
    EXPECT_TRUE(IsPinned());
  }
  EXPECT_TRUE(IsPinned());
  ProcUnpin();
  EXPECT_FALSE(IsPinned());
}

TEST(ProcPinTest, ProtectsAsAGuardDoes) {
  ProcPin();
  Retire(new Canary(1));
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  ProcUnpin();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(ProcPinTest, IsTheCallingThreadsOwn) {
  ProcPin();
  std::thread([] { EXPECT_FALSE(IsPinned()); }).join();
  ProcUnpin();
}

TEST(ProcPinTest, GivesAllProcessorsTheirNumber) {
  RunTogether(4, [](int) {
    for (int i = 0; i < 1'000; ++i) {
      const PinGuard pin;
      ASSERT_GE(pin.processor(), 0);
      ASSERT_LT(pin.processor(), ProcessorLimit());
    }
  });
}

TEST(ProcPinDeathTest, UnpinNeedsItsPin) {
  EXPECT_DEATH(ProcUnpin(), "sync/atomic: ProcUnpin without ProcPin");
  EXPECT_DEATH(
      {
        const PinGuard guard;  // is no ProcPin
        ProcUnpin();
      },
      "sync/atomic: ProcUnpin without ProcPin");
}

// --- Hints -------------------------------------------------------------------

enum Event { kYieldPinned, kYield };

// The calling thread's fake kernel.
class Kernel {
 public:
  Kernel() {
    events().clear();
    internal::UseFakeDelays(&words_, [] {
      events().push_back(IsPinned() ? kYieldPinned : kYield);
    });
    before_ = GetThreadPreemptionStats();
  }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  ~Kernel() { internal::UseFakeDelays(nullptr, nullptr); }

  bool is_asked() const { return words_.slice_request != 0; }
  // The kernel wanted the processor back, and lets the thread go on.
  void Grant() {
    words_.slice_request = 0;
    words_.slice_granted = 1;
  }
  // The same so late that the thread is taking its question back.
  void GrantLate() { words_.slice_granted = 1; }
  // The thread lost the processor.
  void Deschedule() {
    words_.slice_request = 0;
    words_.slice_granted = 0;
  }

  // What happened since the fake was made.
  PreemptionStats Counted() const {
    const PreemptionStats now = GetThreadPreemptionStats();
    return {now.requested - before_.requested, now.granted - before_.granted,
            now.yielded - before_.yielded, now.revoked - before_.revoked};
  }
  static std::vector<Event>& events() {
    static std::vector<Event> events;
    return events;
  }

 private:
  alignas(64) volatile internal::Rseq words_ = {};
  PreemptionStats before_;
};

constexpr PreemptionHint kShort = PreemptionHint::kShortSection;

struct Case {
  const char* name;
  void (*section)(Kernel& kernel);
  // At the end of the section.
  PreemptionStats counted;
  std::vector<Event> events;

  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.name;
  }
};

const Case kCases[] = {
    {"NoHint",
     [](Kernel& kernel) {
       const PinGuard pin;
       EXPECT_FALSE(kernel.is_asked());
       EXPECT_FALSE(pin.preempt_requested());
     },
     {0, 0, 0, 0},
     {}},
    {"Undisturbed",
     [](Kernel& kernel) {
       const PinGuard pin(kShort);
       EXPECT_TRUE(kernel.is_asked());
       EXPECT_FALSE(pin.preempt_requested());
     },
     {1, 0, 0, 0},
     {}},
    {"Granted",
     [](Kernel& kernel) {
       const PinGuard pin(kShort);
       kernel.Grant();
       EXPECT_TRUE(pin.preempt_requested());
     },
     {1, 1, 1, 0},
     {kYield}},
    {"GrantedLate",
     [](Kernel& kernel) {
       const PinGuard pin(kShort);
       kernel.GrantLate();
     },
     {1, 1, 1, 0},
     {kYield}},
    {"Descheduled",
     [](Kernel& kernel) {
       const PinGuard pin(kShort);
       kernel.Deschedule();
       EXPECT_FALSE(pin.preempt_requested());
     },
     {1, 0, 0, 1},
     {}},
    {"GrantedAndThenDescheduled",
     [](Kernel& kernel) {
       const PinGuard pin(kShort);
       kernel.Grant();
       kernel.Deschedule();
     },
     {1, 0, 0, 1},
     {}},
    {"Nested",
     [](Kernel& kernel) {
       const PinGuard outer(kShort);
       {
         const PinGuard inner(kShort);
         EXPECT_TRUE(kernel.is_asked());
       }
       EXPECT_TRUE(kernel.is_asked());
     },
     {1, 0, 0, 0},
     {}},
    {"NestedAndGranted",
     [](Kernel& kernel) {
       const PinGuard outer(kShort);
       {
         const PinGuard inner(kShort);
         kernel.Grant();
       }
       EXPECT_TRUE(Kernel::events().empty());
     },
     {1, 1, 1, 0},
     {kYield}},
    {"GrantedInsideALongerPin",
     [](Kernel& kernel) {
       const PinGuard outer;
       {
         const PinGuard inner(kShort);
         kernel.Grant();
       }
       EXPECT_FALSE(kernel.is_asked());
     },
     {1, 1, 0, 0},
     {}},
    {"OneAfterTheOther",
     [](Kernel& kernel) {
       {
         const PinGuard pin(kShort);
         kernel.Grant();
       }
       kernel.Deschedule();  // by the yield
       const PinGuard pin(kShort);
       EXPECT_TRUE(kernel.is_asked());
     },
     {2, 1, 1, 0},
     {kYield}},
};

class PreemptionHintTest : public ::testing::TestWithParam<Case> {};

TEST_P(PreemptionHintTest, DoesAsTheTableSays) {
  Kernel kernel;
  GetParam().section(kernel);
  EXPECT_FALSE(kernel.is_asked());
  EXPECT_FALSE(IsPinned());
  const PreemptionStats counted = kernel.Counted();
  EXPECT_EQ(counted.requested, GetParam().counted.requested);
  EXPECT_EQ(counted.granted, GetParam().counted.granted);
  EXPECT_EQ(counted.yielded, GetParam().counted.yielded);
  EXPECT_EQ(counted.revoked, GetParam().counted.revoked);
  EXPECT_EQ(Kernel::events(), GetParam().events);
}

INSTANTIATE_TEST_SUITE_P(, PreemptionHintTest, ::testing::ValuesIn(kCases),
                         [](const auto& c) { return c.param.name; });

#if defined(__linux__) && defined(__LP64__)

// A kernel outside the process: a traced copy of this one shares its words.
class LateKernel {
 public:
  LateKernel() {
    page_ =
        static_cast<Page*>(mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    internal::UseFakeDelays(&page_->words, [] { ++page_->yields; });
  }
  ~LateKernel() {
    internal::UseFakeDelays(nullptr, nullptr);
    munmap(page_, sizeof(Page));
  }

  bool is_asked() const { return page_->words.slice_request != 0; }
  void Grant() {
    page_->words.slice_request = 0;
    page_->words.slice_granted = 1;
  }
  // How often the copy yielded; begins anew.
  long TakeYields() {
    page_->words.slice_granted = 0;
    return std::exchange(page_->yields, 0);
  }

 private:
  struct Page {
    volatile internal::Rseq words;
    long yields;
  };
  static inline Page* page_ = nullptr;
};

// A kernel that grants the delay before one instruction, whichever, while it is
// asked for: each grant is yielded, however late it comes. Instructions are
// counted from the question on: before it, the clock's seqlock may be read
// again.
TEST(PreemptionHintStepsTest, AGrantBeforeAnyInstructionIsYielded) {
  if (testing::kThreadSanitizer) {
    GTEST_SKIP() << "ThreadSanitizer executes thousands of instructions here";
  }
  const auto section = [] { const PinGuard pin(kShort); };
  LateKernel kernel;
  section();  // binds what the linker binds late
  ASSERT_EQ(kernel.TakeYields(), 0);

  // Grants before that instruction, if it comes to it; true if it did.
  bool traced = true;
  const auto grant_before = [&](std::size_t instruction) {
    std::size_t asked = 0;
    bool granted = false;
    traced = testing::SingleStep(section, [&](pid_t) {
               if (granted || !kernel.is_asked()) return;
               if (asked++ != instruction) return;
               kernel.Grant();
               granted = true;
             }).has_value();
    return granted;
  };

  std::size_t instruction = 0;
  for (; grant_before(instruction); ++instruction) {
    EXPECT_EQ(kernel.TakeYields(), 1)
        << "granted before instruction " << instruction;
  }
  if (instruction == 0 && !traced) {
    GTEST_SKIP() << "processes can't be traced";
  }
  EXPECT_TRUE(traced);
  EXPECT_GT(instruction, 2u);
  EXPECT_EQ(kernel.TakeYields(), 0);
}

#endif

TEST(PreemptionTest, SaysWhatItCanDo) {
  const PreemptionSupport support = GetPreemptionSupport();
  EXPECT_EQ(support.can_delay,
            support.backend == PreemptionSupport::kRseqSlice);
  {
    const Kernel kernel;
    EXPECT_EQ(GetPreemptionSupport().backend, PreemptionSupport::kRseqSlice);
    EXPECT_TRUE(GetPreemptionSupport().can_delay);
  }
  EXPECT_EQ(GetPreemptionSupport().backend, support.backend);
}

TEST(PreemptionTest, CountsTheHintsOfAllThreads) {
  const std::uint64_t before = GetPreemptionStats().requested;
  RunTogether(3, [](int) {
    for (int i = 0; i < 100; ++i) const PinGuard pin(kShort);
    EXPECT_EQ(GetThreadPreemptionStats().requested, 100u);
  });
  EXPECT_EQ(GetPreemptionStats().requested, before + 300);
}

// What waited for a pin is destroyed once the hint is taken back, and after the
// yield.
TEST(PreemptionTest, WhatWaitedIsDestroyedLast) {
  const Kernel kernel;
  {
    const PinGuard pin(kShort);
    Retire(new Canary(1), [&kernel](Canary* canary) {
      EXPECT_FALSE(kernel.is_asked());
      delete canary;
    });
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
  }
  EXPECT_EQ(Canary::alive(), 0);
}

}  // namespace
}  // namespace sync_atomic
