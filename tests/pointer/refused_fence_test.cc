// SPDX-License-Identifier: Apache-2.0

// The whole library in a process whose kernel refuses membarrier: by a filter
// (seccomp) that was there before the process began, or by one that came after
// the process had decided on its fences. Each case is a process of its own:
// this program, run again.
//
// Wherever filters can't be had, a late refusal is still tested: a process that
// didn't register for membarrier, and takes itself for one that did, is refused
// on every system.

#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <type_traits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define HAVE_FILTERS 1
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

namespace sync_atomic {
namespace {

using ::sync_atomic::internal::fence_mode;
using ::sync_atomic::internal::FenceMode;
using ::sync_atomic::internal::StdPolicy;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::RunTogether;
using ::testing::MatchesRegex;

const char* program = nullptr;
// Its first argument when it is run again.
constexpr char kChild[] = "--child";

// --- What refuses ----------------------------------------------------------

#ifdef HAVE_FILTERS
// The third argument of membarrier, which the kernel does not look at, when it
// is the handler below that calls.
constexpr std::uint32_t kFromHandler = 4711;
std::atomic<int> wants_of_memory{0};

// Answers membarrier: three times that the kernel has no memory, and then what
// the kernel says.
void RefuseForWantOfMemory(int, siginfo_t*, void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext;
#ifdef __x86_64__
  auto& result = registers.gregs[REG_RAX];
  const auto command = registers.gregs[REG_RDI];
#else
  auto& result = registers.regs[0];
  const auto command = registers.regs[0];
#endif
  const bool refuse = wants_of_memory.fetch_add(1) % 4 != 3;
  const long answer =
      refuse ? -ENOMEM : syscall(SYS_membarrier, command, 0, kFromHandler);
  result = static_cast<std::remove_reference_t<decltype(result)>>(
      answer == -1 ? -errno : answer);
}
#endif

// Has membarrier fail from now on, on this thread and on those that it starts;
// "kill" has it end the process. False: the system allows no filters.
bool Filter([[maybe_unused]] const std::string& answer) {
#ifdef HAVE_FILTERS
#ifdef __x86_64__
  constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#else
  constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif
  const std::uint32_t action =
      answer == "EPERM"    ? SECCOMP_RET_ERRNO | std::uint32_t{EPERM}
      : answer == "ENOSYS" ? SECCOMP_RET_ERRNO | std::uint32_t{ENOSYS}
      : answer == "ENOMEM" ? SECCOMP_RET_TRAP
                           : SECCOMP_RET_KILL_PROCESS;
  if (answer == "ENOMEM") {
    struct sigaction trap = {};
    trap.sa_sigaction = RefuseForWantOfMemory;
    trap.sa_flags = SA_SIGINFO;
    if (sigaction(SIGSYS, &trap, nullptr) != 0) return false;
  }
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kFromHandler, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {sizeof(steps) / sizeof(steps[0]), steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
#else
  return false;
#endif
}

// Has heavy fences fail from now on. "unregistered": without a filter, in a
// process that began with full fences, and for all threads.
bool RefuseFences(const std::string& how) {
  if (how != "unregistered") return Filter(how);
  fence_mode.store(FenceMode::kMembarrier);
  return true;
}

// --- What the other processes do -------------------------------------------

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

std::size_t Leaked() { return StdPolicy::domain().deferred().leaked_objects(); }

// All parts of the library at work on four threads, `stores` times, with two
// readers; true if all that they read was alive.
bool Work(Value& value, std::uint64_t stores) {
  std::atomic<int> writers{2};
  std::atomic<bool> alive{true};
  RunTogether(4, [&](int thread) {
    if (thread == 0) {
      for (std::uint64_t i = 0; i < stores; ++i) value.Store(Canary(i));
      writers.fetch_sub(1);
    } else if (thread == 1) {
      for (std::uint64_t i = 0; i < stores; ++i) Retire(new Canary(i));
      writers.fetch_sub(1);
    } else {
      while (writers.load() != 0) {
        const SnapshotOf<Canary> snapshot = value.Load<Canary>();
        const PinGuard pin;
        if (!snapshot->Sings() || !value.LoadPinned<Canary>(pin)->Sings()) {
          alive.store(false);
        }
      }
    }
  });
  return alive.load();
}

constexpr std::uint64_t kStores = 3000;

// With full fences everything is as ever.
void WorksWithFullFences() {
  Expect(fence_mode.load() == FenceMode::kFull, "fences are full");
  Value value;
  value.Store(Canary(1));
  Expect(Work(value, kStores), "readers see objects alive");
  Synchronize();
  Reclaim();
  Expect(Canary::alive() == 1, "all that was replaced is freed");
  Expect(Leaked() == 0, "nothing is leaked");
}

// Under a late refusal nothing is freed any more, everything is counted, and
// everybody goes on.
void LeaksWhatIsRetiredLate(const std::string& how) {
  Value value;
  value.Store(Canary(1));
  value.Store(Canary(2));
  Reclaim();
  Expect(Canary::alive() == 1, "what was replaced before is freed");
  Expect(RefuseFences(how), "fences can be refused");
  const SnapshotOf<Canary> held = value.Load<Canary>();
  Expect(Work(value, kStores), "readers see objects alive");
  Expect(held->Sings(), "a snapshot from before stays alive");
  Reclaim();
  const auto& deferred = StdPolicy::domain().deferred();
  Expect(deferred.leaked_objects() == 2 * kStores,
         "all that was retired is counted");
  Expect(deferred.leaked_bytes() >= deferred.leaked_objects() * sizeof(Canary),
         "its bytes are counted");
  Expect(Canary::alive() ==
             static_cast<std::int64_t>(deferred.leaked_objects()) + 1,
         "nothing is freed");
}

// A filter may be one thread's alone: the others go on freeing.
void OneThreadIsRefused(const std::string& how) {
  std::thread([&] {
    Expect(Filter(how), "fences can be refused");
    for (std::uint64_t i = 0; i < kStores; ++i) Retire(new Canary(i));
    Reclaim();  // or others would free what it leaves
  }).join();
  Expect(Leaked() == kStores, "what the refused thread retired is leaked");
  const std::int64_t before = Canary::alive();
  for (std::uint64_t i = 0; i < kStores; ++i) Retire(new Canary(i));
  Synchronize();
  Reclaim();
  Expect(Canary::alive() == before, "what others retire is freed");
  Expect(Leaked() == kStores, "nothing else is leaked");
}

// A kernel that is short of memory now and then refuses nothing for good.
void FreesAfterWantsOfMemory() {
#ifdef HAVE_FILTERS
  Expect(Filter("ENOMEM"), "fences can be trapped");
  for (std::uint64_t i = 0; i < 3; ++i) Retire(new Canary(i));
  Synchronize();
  Reclaim();
  Expect(wants_of_memory.load() >= 8, "the kernel was asked again");
  Expect(Canary::alive() == 0, "what was retired is freed");
  Expect(Leaked() == 0, "nothing is leaked");
#endif
}

int Child(const std::string& what, const std::string& how) {
  if (what == "filter") return Filter(how) ? 0 : 1;
  if (what == "early") {
    if (!Filter(how)) return 1;
    execl(program, program, kChild, "works", how.c_str(), nullptr);
    return 1;
  }
  if (what == "works") {
    WorksWithFullFences();
  } else if (what == "late") {
    LeaksWhatIsRetiredLate(how);
  } else if (what == "one_thread") {
    OneThreadIsRefused(how);
  } else if (what == "synchronize") {
    RefuseFences(how);
    Synchronize();
  } else if (what == "memory") {
    FreesAfterWantsOfMemory();
  } else {
    return 1;
  }
  return 0;
}

// --- The tests ---------------------------------------------------------------

struct Outcome {
  int status;  // as from wait()
  std::string said;
  bool ExitedWith(int code) const {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
  }
};

// Runs Child(what, how) in another process. `environment`: "NAME=VALUE ", ...
Outcome RunAgain(const std::string& what, const std::string& how,
                 const std::string& environment = "") {
  const std::string command = environment + "exec '" + program + "' " + kChild +
                              " " + what + " " + how + " 2>&1";
  FILE* const output = popen(command.c_str(), "r");
  std::string said;
  for (int c; (c = std::getc(output)) != EOF;) {
    said.push_back(static_cast<char>(c));
  }
  return {pclose(output), said};
}

#define SKIP_WITHOUT_FILTERS()                                           \
  if (!RunAgain("filter", "EPERM").ExitedWith(0)) {                      \
    GTEST_SKIP() << "this system, or what we run in, has no filters of " \
                    "system calls for us";                               \
  }
#define SKIP_WITHOUT_MEMBARRIER()                                   \
  if (fence_mode.load() != FenceMode::kMembarrier) {                \
    GTEST_SKIP() << "fences are full here: nothing can be refused"; \
  }

// A regular expression for what is said of a refusal, once.
std::string Refusal(const std::string& error) {
  return "sync/atomic: the kernel refuses a fence that it had granted before "
         "\\(errno " +
         error +
         "\\): what is retired now is leaked, since nobody can tell any more "
         "whether it is still being read\n";
}
// And what an emulator has to say of it.
constexpr char kDeath[] =
    "sync/atomic: Synchronize cannot see the pins of other threads\n"
    "(qemu: uncaught target signal .*\n)?";
constexpr char kAnyError[] = "[0-9]+";

class RefusedFenceTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string Error() {
    return std::to_string(std::strcmp(GetParam(), "EPERM") == 0 ? EPERM
                                                                : ENOSYS);
  }
};
INSTANTIATE_TEST_SUITE_P(By, RefusedFenceTest,
                         ::testing::Values("EPERM", "ENOSYS"),
                         [](const auto& instance) {
                           return std::string(instance.param);
                         });

TEST_P(RefusedFenceTest, FromTheStartMakesFencesFull) {
  SKIP_WITHOUT_FILTERS();
  const Outcome outcome = RunAgain("early", GetParam());
  EXPECT_TRUE(outcome.ExitedWith(0)) << outcome.status;
  EXPECT_EQ(outcome.said, "");
}

TEST_P(RefusedFenceTest, LateLeaksWhatIsRetiredAndSaysSoOnce) {
  SKIP_WITHOUT_FILTERS();
  SKIP_WITHOUT_MEMBARRIER();
  const Outcome outcome = RunAgain("late", GetParam());
  EXPECT_TRUE(outcome.ExitedWith(0)) << outcome.status;
  EXPECT_THAT(outcome.said, MatchesRegex(Refusal(Error())));
}

TEST_P(RefusedFenceTest, OnOneThreadLeaksWhatThatThreadRetires) {
  SKIP_WITHOUT_FILTERS();
  SKIP_WITHOUT_MEMBARRIER();
  const Outcome outcome = RunAgain("one_thread", GetParam());
  EXPECT_TRUE(outcome.ExitedWith(0)) << outcome.status;
  EXPECT_THAT(outcome.said, MatchesRegex(Refusal(Error())));
}

TEST_P(RefusedFenceTest, LateSynchronizeDies) {
  SKIP_WITHOUT_FILTERS();
  SKIP_WITHOUT_MEMBARRIER();
  const Outcome outcome = RunAgain("synchronize", GetParam());
  EXPECT_TRUE(WIFSIGNALED(outcome.status)) << outcome.status;
  EXPECT_THAT(outcome.said, MatchesRegex(Refusal(Error()) + kDeath));
}

TEST(WantOfMemoryTest, IsNoRefusal) {
  SKIP_WITHOUT_FILTERS();
  SKIP_WITHOUT_MEMBARRIER();
  const Outcome outcome = RunAgain("memory", "ENOMEM");
  EXPECT_TRUE(outcome.ExitedWith(0)) << outcome.status;
  EXPECT_EQ(outcome.said, "");
}

// As on the vendor's kernel: the environment keeps the library from asking.
TEST(KillingFilterTest, IsNeverMetWithFullFences) {
  SKIP_WITHOUT_FILTERS();
  const Outcome outcome = RunAgain("early", "kill", "SYNC_ATOMIC_FENCES=full ");
  EXPECT_TRUE(outcome.ExitedWith(0)) << outcome.status;
  EXPECT_EQ(outcome.said, "");
}

TEST(UnregisteredTest, LateRefusalLeaksWhatIsRetiredAndSaysSoOnce) {
  const Outcome outcome =
      RunAgain("late", "unregistered", "SYNC_ATOMIC_FENCES=full ");
  EXPECT_TRUE(outcome.ExitedWith(0)) << outcome.status;
  EXPECT_THAT(outcome.said, MatchesRegex(Refusal(kAnyError)));
}

TEST(UnregisteredTest, LateSynchronizeDies) {
  const Outcome outcome =
      RunAgain("synchronize", "unregistered", "SYNC_ATOMIC_FENCES=full ");
  EXPECT_TRUE(WIFSIGNALED(outcome.status)) << outcome.status;
  EXPECT_THAT(outcome.said, MatchesRegex(Refusal(kAnyError) + kDeath));
}

}  // namespace
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::program = argv[0];
  if (argc == 4 && std::strcmp(argv[1], sync_atomic::kChild) == 0) {
    return sync_atomic::Child(argv[2], argv[3]);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
