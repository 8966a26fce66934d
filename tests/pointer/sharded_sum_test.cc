// SPDX-License-Identifier: Apache-2.0

// ShardedSum: what a Counter has its shards from.

#include "sync_atomic/pointer/platform/sharded_sum.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/pointer/platform/rseq.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/tests/support/single_step.h"
#include "sync_atomic/tests/support/without_rseq.h"

#if defined(__linux__)
#include <elf.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace sync_atomic {
namespace internal {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::kAddressSanitizer;
using ::sync_atomic::testing::kEmulated;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::PassesWithoutRseq;
using ::sync_atomic::testing::RunTogether;

// What processors have in their own shards.
std::int64_t Owned(const ShardedSum& sum) {
  return sum.Load() - sum.LoadShard(ShardedSum::kCommon);
}

class ShardedSumTest : public ::testing::Test {
 protected:
  void TearDown() override { ShardedSum::Delete(sum_); }

  ShardedSum* const sum_ = ShardedSum::Make();
};

TEST_F(ShardedSumTest, IsZeroAtFirstAndSumsUp) {
  ASSERT_NE(sum_, nullptr);
  EXPECT_EQ(sum_->Load(), 0);
  sum_->Add(1);
  const volatile std::int64_t more = 5;
  sum_->Add(more);
  sum_->Add(-8);
  EXPECT_EQ(sum_->Load(), -2);
}

TEST_F(ShardedSumTest, WrapsAround) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  sum_->Add(kMax);
  sum_->Add(1);
  EXPECT_EQ(sum_->Load(), std::numeric_limits<std::int64_t>::min());
  sum_->Add(kMax);
  EXPECT_EQ(sum_->Load(), -1);
}

TEST_F(ShardedSumTest, AProcessorAddsToItsOwnShard) {
  if (!ShardedSum::HasOwners()) GTEST_SKIP() << "no shard has an owner here";
  for (int i = 0; i < 1000; ++i) sum_->Add(1);
  EXPECT_GT(Owned(*sum_), 0);
}

// What a thread tells the kernel must not outlive this code, which may be that
// of a library that is closed.
TEST_F(ShardedSumTest, LeavesNothingToTheKernel) {
  if (!ShardedSum::HasOwners()) GTEST_SKIP() << "no shard has an owner here";
  for (int i = 0; i < 1000; ++i) {
    sum_->Add(1);
    ASSERT_EQ(ThreadRseq()->rseq_cs, 0u);
    sum_->Add(i);
    ASSERT_EQ(ThreadRseq()->rseq_cs, 0u);
  }
}

TEST_F(ShardedSumTest, ThreadsThatComeAndGoLoseNothing) {
  constexpr int kThreads = 20;
  constexpr int kAdds = 1000;
  for (int i = 0; i < kThreads; i += 2) {
    RunTogether(2, [this](int) {
      for (int n = 0; n < kAdds; ++n) sum_->Add(1);
    });
  }
  EXPECT_EQ(sum_->Load(), kThreads * kAdds);
}

// ---- Without memory, and with more and more of it ----

TEST(ShardedSumMemoryTest, EachHasWordsOfItsOwn) {
  // More than a block has, and no whole number of groups.
  constexpr int kSums = 10'007;
  std::vector<ShardedSum*> sums;
  for (int i = 0; i < kSums; ++i) {
    sums.push_back(ShardedSum::Make());
    ASSERT_NE(sums.back(), nullptr);
    ASSERT_EQ(sums.back()->Load(), 0);
    sums.back()->Add(i);
  }
  for (int i = 0; i < kSums; ++i) {
    sums[static_cast<std::size_t>(i)]->Add(1);
    ASSERT_EQ(sums[static_cast<std::size_t>(i)]->Load(), i + 1);
  }
  for (ShardedSum* const sum : sums) ShardedSum::Delete(sum);
}

TEST(ShardedSumMemoryTest, IsReused) {
  constexpr int kAtOnce = 100;
  std::uint32_t made = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<ShardedSum*> sums;
    for (int i = 0; i < kAtOnce; ++i) {
      sums.push_back(ShardedSum::Make());
      ASSERT_EQ(sums.back()->Load(), 0);
      sums.back()->Add(round + 1);
    }
    if (round == 0) made = ShardedSum::made();
    ASSERT_EQ(ShardedSum::made(), made);
    for (ShardedSum* const sum : sums) {
      ASSERT_EQ(sum->Load(), round + 1);
      ShardedSum::Delete(sum);
    }
  }
}

TEST(ShardedSumStressTest, NoTwoThreadsGetTheSameNewOne) {
  constexpr std::size_t kThreads = 4;
  const auto each = static_cast<std::size_t>(Effort(20'000));
  std::vector<ShardedSum*> sums[kThreads];
  RunTogether(kThreads, [&](int thread) {
    for (std::size_t i = 0; i < each; ++i) {
      sums[thread].push_back(ShardedSum::Make());
      sums[thread].back()->Add(1);
    }
  });
  for (const std::vector<ShardedSum*>& made : sums) {
    for (ShardedSum* const sum : made) EXPECT_EQ(sum->Load(), 1);
  }
  for (const std::vector<ShardedSum*>& made : sums) {
    for (ShardedSum* const sum : made) ShardedSum::Delete(sum);
  }
}

TEST(ShardedSumStressTest, NoTwoThreadsGetTheSameFreeOne) {
  RunTogether(4, [](int thread) {
    const auto make = [thread] {
      ShardedSum* const sum = ShardedSum::Make();
      sum->Add(thread + 1);
      return sum;
    };
    const auto check_and_delete = [thread](ShardedSum* sum) {
      EXPECT_EQ(sum->Load(), thread + 1);
      ShardedSum::Delete(sum);
    };
    // The first that is taken comes back first, while the second is in use: a
    // thread that was about to take the first must see that.
    ShardedSum* held = make();
    for (int round = 0; round < Effort(400'000); ++round) {
      ShardedSum* const first = make();
      ShardedSum* const second = make();
      check_and_delete(first);
      check_and_delete(held);
      held = second;
      if (::testing::Test::HasFailure()) return;
    }
    check_and_delete(held);
  });
}

#if defined(__linux__)

// Runs f() in a child, and says whether that came to its end.
template <class F>
bool EndsInChild(F f) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

TEST(ShardedSumMemoryTest, MakeSaysThatThereIsNone) {
  if (kAddressSanitizer || kThreadSanitizer || kEmulated) {
    GTEST_SKIP() << "sanitizers need memory, and emulators set no limit";
  }
  EXPECT_TRUE(EndsInChild([] {
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_AS, &none);
    errno = 0;
    ShardedSum* sum;
    // What is there already is used.
    while ((sum = ShardedSum::Make()) != nullptr) sum->Add(1);
    if (errno != 0 || ShardedSum::Make() != nullptr) _exit(1);
  }));
}

// ---- Who may not add alone ----

TEST_F(ShardedSumTest, AThreadThatIsNotRegisteredAddsToTheCommonShard) {
  if (!ShardedSum::HasOwners()) GTEST_SKIP() << "no shard has an owner here";
#if defined(SYS_rseq) && defined(SYNC_ATOMIC_INTERNAL_RSEQ)
  bool unregistered = false;
  std::thread([&] {
    volatile Rseq* const rseq = ThreadRseq();
    // As many bytes as glibc had registered, which depends on its version.
    for (unsigned size : {32u, 20u, 28u, 33u, glibc_rseq_size}) {
      unregistered =
          unregistered || syscall(SYS_rseq, rseq, size, /*unregister*/
                                  1, kRseqSignature) == 0;
    }
    if (!unregistered) return;
    for (int i = 0; i < 1000; ++i) sum_->Add(1);
    for (int i = 0; i < 1000; ++i) sum_->Add(i);
  }).join();
  if (!unregistered) GTEST_SKIP() << "threads here stay registered";
  EXPECT_EQ(Owned(*sum_), 0);
  EXPECT_EQ(sum_->Load(), 1000 + 1000 * 999 / 2);
#endif
}

// Threads that another one moves from processor to processor, beside threads
// that stay: what they found out of their processor is stale, anywhere.
TEST_F(ShardedSumTest, ThreadsThatMoveLoseNothing) {
  cpu_set_t all;
  CPU_ZERO(&all);
  sched_getaffinity(0, sizeof(all), &all);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &all)) processors.push_back(i);
  }
  processors.resize(std::min(processors.size(), std::size_t{4}));
  if (processors.size() < 2) GTEST_SKIP() << "there is only one processor";

  const auto move = [](pthread_t thread, int processor) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    pthread_setaffinity_np(thread, sizeof(only), &only);
  };
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> added{0};
  std::vector<std::thread> threads;
  const auto add = [&] {
    std::int64_t here = 0;
    while (!done.load()) {
      for (int i = 0; i < 100; ++i) sum_->Add(1);
      here += 100;
    }
    added.fetch_add(here);
  };
  for (std::size_t i = 0; i < 2 * processors.size(); ++i) {
    threads.emplace_back(add);
    move(threads.back().native_handle(), processors[i / 2]);
  }
  for (int n = 0; n < Effort(10'000); ++n) {
    // Every second one stays.
    for (std::size_t i = 0; i < threads.size(); i += 2) {
      move(threads[i].native_handle(),
           processors[(i + static_cast<std::size_t>(n)) % processors.size()]);
    }
  }
  done.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum_->Load(), added.load());
}

// ---- At each instruction ----

#if defined(SYNC_ATOMIC_INTERNAL_RSEQ)

// A child of this process that is traced: it stops before each f(), and ends
// after it.
class Traced {
 public:
  template <class F>
  explicit Traced(F f) : child_(fork()) {
    if (child_ == 0) {
      if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
      raise(SIGSTOP);
      f();
      _exit(0);
    }
    Wait();
  }
  ~Traced() {
    if (stopped()) {
      kill(child_, SIGKILL);
      Wait();
    }
  }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  bool stopped() const { return WIFSTOPPED(status_); }
  bool ended_well() const { return status_ == 0; }

  // Continues it, with a signal unless that is 0, until it stops again or ends.
  void Continue(int signal = 0) {
    ptrace(PTRACE_CONT, child_, nullptr, signal);
    Wait();
  }

  // Continues it to the instruction at an address. False: it ended before.
  bool ContinueTo(std::uintptr_t at) {
    const long kept = Peek(at);
    long trap = kept;
#if defined(__x86_64__)
    std::memcpy(&trap, "\xcc", 1);
#else
    std::memcpy(&trap, "\x00\x00\x20\xd4", 4);
#endif
    Poke(at, trap);
    Continue();
    if (!stopped()) return false;
    Poke(at, kept);
    user_regs_struct registers = {};
    iovec all = {&registers, sizeof(registers)};
    ptrace(PTRACE_GETREGSET, child_, NT_PRSTATUS, &all);
#if defined(__x86_64__)
    if (registers.rip == at + 1) registers.rip = at;
#endif
    ptrace(PTRACE_SETREGSET, child_, NT_PRSTATUS, &all);
    return true;
  }

  long Peek(std::uintptr_t at) const {
    return ptrace(PTRACE_PEEKDATA, child_, at, nullptr);
  }
  void Poke(std::uintptr_t at, long word) const {
    ptrace(PTRACE_POKEDATA, child_, at, word);
  }

 private:
  void Wait() {
    if (waitpid(child_, &status_, 0) != child_) status_ = -1;
  }

  pid_t child_;
  int status_ = -1;
};

// What a child leaves to this process.
struct Left {
  std::int64_t sum, common;
};

class ShardedSumStepsTest : public ShardedSumTest {
 protected:
  void SetUp() override {
    if (!ShardedSum::HasOwners()) GTEST_SKIP() << "no shard has an owner here";
    void* const shared = mmap(nullptr, sizeof(Left), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    left_ = new (shared) Left;
    interrupted_ = sum_;
  }
  void TearDown() override {
    if (left_ != nullptr) munmap(left_, sizeof(Left));
    ShardedSumTest::TearDown();
  }

  static void Handle(int) { interrupted_->Add(100); }

  // Interrupts an addition before each of its instructions, with a signal that
  // is handled or with none.
  template <class Add>
  void InterruptAtEachStep(Add add, int signal) {
    const auto descriptor = reinterpret_cast<std::uintptr_t>(ThreadRseq()) +
                            offsetof(Rseq, rseq_cs);
    // To see all of them the kernel must not know: it would continue elsewhere
    // after the first step into the sequence.
    const auto steps = testing::SingleStep(add, [&](pid_t child) {
      ptrace(PTRACE_POKEDATA, child, descriptor, 0);
    });
    if (!steps) GTEST_SKIP() << "this system lets us trace no process";

    int inside = 0;
    for (const std::uintptr_t step : *steps) {
      SCOPED_TRACE(step - steps->front());
      *left_ = {-1, -1};
      Traced child([&] {
        std::signal(SIGUSR1, Handle);
        add();
        *left_ = {sum_->Load(), sum_->LoadShard(ShardedSum::kCommon)};
      });
      ASSERT_TRUE(child.stopped());
      if (!child.ContinueTo(step)) continue;  // another path this time
      const bool announced = child.Peek(descriptor) != 0;
      std::int64_t before = 0;
      for (int i = 0; i < ProcessorLimit(); ++i) {
        before += child.Peek(reinterpret_cast<std::uintptr_t>(sum_) +
                             static_cast<std::size_t>(i) *
                                 ShardedSum::kSumsOfGroup * sizeof(before));
      }
      child.Continue(signal);
      ASSERT_TRUE(child.ended_well());
      ASSERT_EQ(left_->sum, signal == 0 ? 1 : 101);
      // Whatever the thread knows of its processor is of no use any more.
      if (announced && before == 0) {
        ++inside;
        ASSERT_EQ(left_->common % 100, 1);
      }
    }
    EXPECT_GE(inside, 5);
  }

 private:
  static ShardedSum* interrupted_;
  Left* left_ = nullptr;
};
ShardedSum* ShardedSumStepsTest::interrupted_ = nullptr;

TEST_F(ShardedSumStepsTest, AnInterruptedAdditionIsCountedOnce) {
  InterruptAtEachStep([this] { sum_->Add(1); }, 0);
  volatile std::int64_t one = 1;
  InterruptAtEachStep([&] { sum_->Add(one); }, 0);
}

TEST_F(ShardedSumStepsTest, ASignalHandlerAddsAtEachStep) {
  InterruptAtEachStep([this] { sum_->Add(1); }, SIGUSR1);
  volatile std::int64_t one = 1;
  InterruptAtEachStep([&] { sum_->Add(one); }, SIGUSR1);
}

#endif

TEST(ShardedSumSystemTest, AllOfThisHoldsWithoutRseq) {
  if (!ShardedSum::HasOwners()) GTEST_SKIP() << "no shard has an owner here";
  EXPECT_TRUE(PassesWithoutRseq());
}

#endif

}  // namespace
}  // namespace internal
}  // namespace sync_atomic
