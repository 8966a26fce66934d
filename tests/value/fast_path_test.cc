// SPDX-License-Identifier: Apache-2.0

// What the fast paths of readers execute, and where they write: no locked
// instruction, and nothing but the thread's own record and stack.

#include <array>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/platform/fence.h"
#include "sync_atomic/pointer/platform/rseq.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/reclaim/std_policy.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/single_step.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace sync_atomic {
namespace {

constexpr std::size_t kPage = 4096;

// What is shared has pages of its own, which a test can make read-only.
struct alignas(kPage) Config {
  int number = 7;
};
struct alignas(kPage) Shared {
  Value value;
  Pointer<Config> pointer;
  ValueOf<Config> value_of;
};

Shared& shared() {
  static Shared* const shared = [] {
    auto* const made = new Shared;
    made->value.Store(Config());
    made->pointer.Store(new Config);
    made->value_of.Store(Config());
    return made;
  }();
  return *shared;
}

inline void Read(const Config& config) {
  const int number = config.number;
  asm volatile("" ::"r"(number));
}

struct Path {
  const char* name;
  void (*run)();

  friend std::ostream& operator<<(std::ostream& out, const Path& path) {
    return out << path.name;
  }
};

constexpr Path kPaths[] = {
    {"LoadOfT", [] { Read(*shared().value.Load<Config>()); }},
    {"Load", [] { Read(shared().value.Load().Get<Config>()); }},
    {"LoadMoved",
     [] {
       Snapshot loaded = shared().value.Load();
       const Snapshot moved = std::move(loaded);
       Read(moved.Get<Config>());
     }},
    {"LoadOfTTwice",
     [] {
       const auto first = shared().value.Load<Config>();
       const auto second = shared().value.Load<Config>();
       Read(*first);
       Read(*second);
     }},
    {"Protect", [] { Read(*shared().pointer.Protect()); }},
    {"Pin",
     [] {
       const PinGuard pin;
       Read(*shared().pointer.Load());
     }},
    {"NestedPin",
     [] {
       const PinGuard pin;
       const PinGuard nested;
       Read(*shared().pointer.Load());
     }},
    {"LoadPinned",
     [] {
       const PinGuard pin;
       Read(*shared().value.LoadPinned<Config>(pin));
     }},
    {"ValueOfLoad", [] { Read(*shared().value_of.Load()); }},
    {"ValueOfLoadPinned",
     [] {
       const PinGuard pin;
       Read(*shared().value_of.LoadPinned(pin));
     }},
    {"ReaderLoadsAnew",
     [] {
       ValueOf<Config>::Reader reader(shared().value_of);
       Read(*reader.Load());
     }},
    {"ReaderLoadsAgain",
     [] {
       ValueOf<Config>::Reader reader(shared().value_of);
       for (int i = 0; i < 3; ++i) Read(*reader.Load());
     }},
};

class FastPathTest : public ::testing::TestWithParam<Path> {
 protected:
  void SetUp() override {
    if (testing::kThreadSanitizer || testing::kAddressSanitizer) {
      GTEST_SKIP() << "a sanitizer adds code of its own";
    }
    GetParam().run();  // a thread's first use makes its record
  }

  static bool LightFenceIsCompilerOnly() {
    return internal::DecideFenceMode() == internal::FenceMode::kMembarrier;
  }
};

TEST_P(FastPathTest, ExecutesNoLockedInstruction) {
  if (!LightFenceIsCompilerOnly()) {
    GTEST_SKIP() << "readers need full fences here";
  }
  const auto executed = testing::SingleStep(GetParam().run);
  if (!executed) GTEST_SKIP() << "no process can be traced here";
  EXPECT_GT(executed->size(), 5u);
  RecordProperty("instructions", static_cast<int>(executed->size()));
  for (const std::uintptr_t address : *executed) {
    const auto* const code = reinterpret_cast<const std::uint8_t*>(address);
    if (!testing::Locks(code)) continue;
    char bytes[32];
    std::snprintf(bytes, sizeof(bytes), "%02x %02x %02x %02x", code[0], code[1],
                  code[2], code[3]);
    ADD_FAILURE() << "a locked instruction: " << bytes;
  }
}

#if defined(__x86_64__) || defined(__aarch64__)
// With full fences there is one behind what announces, and one behind what lets
// go of it.
TEST_P(FastPathTest, FencesTwiceWhereThatIsNotFree) {
  if (LightFenceIsCompilerOnly()) GTEST_SKIP() << "readers fence for free here";
  const auto executed = testing::SingleStep(GetParam().run);
  if (!executed) GTEST_SKIP() << "no process can be traced here";
  int fences = 0;
  for (const std::uintptr_t address : *executed) {
    fences += testing::Fences(reinterpret_cast<const std::uint8_t*>(address));
  }
  EXPECT_GE(fences, 2);
}
#endif

#if defined(__linux__)

struct Range {
  std::uintptr_t begin, end;
};

// All of this process's memory that it may write, but for its stack.
std::vector<Range> Writable() {
  std::vector<Range> found;
  const auto here = reinterpret_cast<std::uintptr_t>(&found);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    Range range;
    char access[5] = "";
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &range.begin,
                    &range.end, access) != 3) {
      continue;
    }
    const bool is_stack = range.begin <= here && here < range.end;
    if (access[1] == 'w' && !is_stack) found.push_back(range);
  }
  return found;
}

// The pages on which an object lies.
Range PagesOf(const volatile void* object, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(object);
  return {begin / kPage * kPage, (begin + size + kPage - 1) / kPage * kPage};
}

// Makes all of the range read-only but what lies in one of the others.
void MakeReadOnly(Range range, const std::vector<Range>& others) {
  if (range.begin >= range.end) return;
  for (const Range& other : others) {
    if (other.begin >= range.end || range.begin >= other.end) continue;
    MakeReadOnly({range.begin, other.begin}, others);
    MakeReadOnly({other.end, range.end}, others);
    return;
  }
  mprotect(reinterpret_cast<void*>(range.begin), range.end - range.begin,
           PROT_READ);
}

// Runs f in a copy of this process that may write its stack and its record, and
// returns how that process ended.
int RunWithoutWriting(void (*f)()) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    // Bound by the linker, which writes, before the rest.
    syscall(SYS_getpid);
    mprotect(nullptr, 0, PROT_READ);
    std::vector<Range> own = {
        PagesOf(internal::StdPolicy::this_record(),
                sizeof(*internal::StdPolicy::this_record()))};
    // Linux writes there whenever the thread goes on after another's turn.
    if (const volatile auto* const words = internal::ThreadRseq()) {
      own.push_back(PagesOf(words, sizeof(*words)));
    }
    const std::vector<Range> writable = Writable();
    for (const Range& range : writable) MakeReadOnly(range, own);
    f();
    syscall(SYS_exit_group, 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST_P(FastPathTest, WritesNothingThatIsShared) {
  EXPECT_EQ(RunWithoutWriting(GetParam().run), 0);
}

// What the test above rests on: a write to what is shared does not go unseen.
TEST(FastPathControlTest, AWriteToAPageOfItsOwnIsSeen) {
  if (testing::kThreadSanitizer || testing::kAddressSanitizer) {
    GTEST_SKIP() << "a sanitizer reports the write in its own way";
  }
  shared().value.Load();
  const int status = RunWithoutWriting(
      [] { shared().pointer.Store(shared().pointer.Load()); });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) << status;
}

#endif  // defined(__linux__)

#if defined(__x86_64__)
TEST(LocksTest, TellsLockedInstructionsFromOthers) {
  using Code = std::array<std::uint8_t, 8>;
  for (const Code& locked :
       {Code{0xf0, 0x48, 0x0f, 0xb1, 0x0e},  // lock cmpxchg %rcx,(%rsi)
        Code{0x66, 0xf0, 0xff, 0x07},        // lock incw (%rdi)
        Code{0x48, 0x87, 0x06},              // xchg %rax,(%rsi)
        Code{0x86, 0x07},                    // xchg %al,(%rdi)
        Code{0x0f, 0xae, 0xf0}}) {           // mfence
    EXPECT_TRUE(testing::Locks(locked.data()));
  }
  for (const Code& other :
       {Code{0x48, 0x89, 0x06},                    // mov %rax,(%rsi)
        Code{0x48, 0x87, 0xc6},                    // xchg %rax,%rsi
        Code{0x48, 0xc7, 0x06, 0xf0, 0, 0, 0},     // movq $0xf0,(%rsi)
        Code{0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0},  // mov %fs:...,%rax
        Code{0x0f, 0xae, 0xe8}}) {                 // lfence
    EXPECT_FALSE(testing::Locks(other.data()));
  }
}

TEST(FencesTest, TellsFullFencesFromOthers) {
  using Code = std::array<std::uint8_t, 8>;
  for (const Code& fence :
       {Code{0xf0, 0x48, 0x83, 0x0c, 0x24, 0},  // lock orq $0,(%rsp)
        Code{0xf0, 0x83, 0x0c, 0x24, 0},        // lock orl $0,(%rsp)
        Code{0x0f, 0xae, 0xf0}}) {              // mfence
    EXPECT_TRUE(testing::Fences(fence.data()));
  }
  for (const Code& other :
       {Code{0xf0, 0x48, 0x0f, 0xb1, 0x0e},     // lock cmpxchg %rcx,(%rsi)
        Code{0xf0, 0x48, 0x83, 0x0c, 0x24, 1},  // lock orq $1,(%rsp)
        Code{0x48, 0x83, 0x0c, 0x24, 0},        // orq $0,(%rsp)
        Code{0x0f, 0xae, 0xe8}}) {              // lfence
    EXPECT_FALSE(testing::Fences(other.data()));
  }
}
#endif

INSTANTIATE_TEST_SUITE_P(, FastPathTest, ::testing::ValuesIn(kPaths),
                         [](const auto& path) { return path.param.name; });

}  // namespace
}  // namespace sync_atomic
