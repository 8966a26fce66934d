// SPDX-License-Identifier: Apache-2.0

// Built without -fsanitize=thread: what checks is not itself checked.

#include "sync_atomic/tests/models/machine.h"

#include <signal.h>
#include <sys/personality.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace sync_atomic {
namespace models {
namespace {

struct Entry {
  const char* name;
  int threads;
  std::vector<Fences> fences;
  Model* (*make)();
};

std::vector<Entry>& entries() {
  static auto* const entries = new std::vector<Entry>;
  return *entries;
}

const char* NameOf(Fences fences) {
  switch (fences) {
    case Fences::kMembarrier:
      return "membarrier";
    case Fences::kFull:
      return "full";
    case Fences::kNone:
      return "none";
  }
  return "";
}

// The model that is being run.
const Entry* running = nullptr;
Fences running_fences = Fences::kFull;
unsigned long long execution = 0;
const char* complaint = "";

// Whose turn it is, if not Relacy's current thread's.
constexpr int kRelacys = -1;
int acting = kRelacys;

// --- Plain memory ------------------------------------------------------------

constexpr std::size_t kGranule = 8;
constexpr std::size_t kArena = std::size_t{256} << 10;

enum class Kind : unsigned char { kFree, kPlain, kUnchecked };

// What Relacy keeps for an rl::var: when each thread last read and wrote it.
struct Granule {
  Kind kind;
  std::array<rl::timestamp_t, kMaxThreads> read, written;
};

struct Block {
  std::size_t start, size;
  bool used;
};

alignas(4096) char arena[kArena];
Granule granules[kArena / kGranule];
std::size_t arena_used = 0;
std::vector<Block, rl::raw_allocator<Block>> blocks;

bool IsInArena(const void* address) {
  return address >= arena && address < arena + kArena;
}

// Fails the execution, and does not return.
void Fail(rl::test_result_e result, const char* what) {
  complaint = what;
  rl::ctx().fail_test(what, result, RL_INFO);
}

// What the last checked access did, for the report.
const void* accessed_from = nullptr;

void Access(const void* address, std::size_t size, bool writes,
            const void* from) {
  if (!IsInArena(address)) return;
  accessed_from = from;
  rl::thread_info_base& self = *rl::ctx().threadx_;
  const std::size_t start = static_cast<const char*>(address) - arena;
  for (std::size_t i = start / kGranule; i <= (start + size - 1) / kGranule;
       ++i) {
    Granule& granule = granules[i];
    if (granule.kind == Kind::kUnchecked) continue;
    if (granule.kind == Kind::kFree) {
      Fail(rl::test_result_access_to_freed_memory, "use after free");
    }
    for (int thread = 0; thread < kMaxThreads; ++thread) {
      const rl::timestamp_t seen = self.acq_rel_order_[thread];
      if (seen < granule.written[thread] ||
          (writes && seen < granule.read[thread])) {
        Fail(rl::test_result_data_race, "data race");
      }
    }
    (writes ? granule.written : granule.read)[self.index_] =
        ++self.own_acq_rel_order_;
  }
}

void SetKind(std::size_t start, std::size_t size, Kind kind) {
  for (std::size_t i = start / kGranule; i < (start + size) / kGranule; ++i) {
    granules[i].kind = kind;
  }
}

void ResetArena() {
  std::memset(static_cast<void*>(granules), 0,
              arena_used / kGranule * sizeof(Granule));
  arena_used = 0;
  blocks.clear();
}

// --- Threads -----------------------------------------------------------------

using ThreadInfo = rl::thread_info<kMaxThreads>;
using Clock = std::array<rl::timestamp_t, kMaxThreads>;

ThreadInfo* started[kMaxThreads];
Clock told_by_membarrier;

void Join(rl::timestamp_t* into, const rl::timestamp_t* from) {
  for (int i = 0; i < kMaxThreads; ++i) into[i] = std::max(into[i], from[i]);
}

// How often threads change in this execution: at one step in so many.
unsigned patience = 1;

class Suite : public rl::test_suite<Suite, kMaxThreads> {
 public:
  Suite() {
    ResetArena();
    std::fill(std::begin(started), std::end(started), nullptr);
    told_by_membarrier = {};
    ++execution;
    acting = 0;
    constexpr unsigned kPatience[] = {1, 2, 4, 16};
    patience = kPatience[rl::rand(4)];
    model_ = running->make();
  }
  void before() {
    model_->Before();
    acting = kRelacys;
  }
  void thread(unsigned index) {
    started[index] = static_cast<ThreadInfo*>(rl::ctx().threadx_);
    // A thread that starts late has run what the kernel asked of it before.
    Join(started[index]->acq_rel_order_, told_by_membarrier.data());
    if (static_cast<int>(index) < running->threads) {
      model_->Thread(static_cast<int>(index));
    }
  }
  void after() {
    acting = 0;
    model_->After();
  }
  ~Suite() { delete model_; }

 private:
  Model* model_;
};

// --- Running -----------------------------------------------------------------

void Crashed(int) {
  char text[256];
  const int size = std::snprintf(
      text, sizeof text, "FOUND %s/%s after %llu executions: crash\n",
      running->name, NameOf(running_fences), execution);
  const auto written = write(STDOUT_FILENO, text, static_cast<size_t>(size));
  _exit(written == size ? 1 : 2);
}

bool Run(const Entry& entry, Fences fences, unsigned long long executions,
         bool history) {
  running = &entry;
  running_fences = fences;
  execution = 0;
  complaint = "";
  rl::ostringstream silence;
  rl::test_params params;
  params.iteration_count = executions;
  params.execution_depth_limit = 20'000;
  params.progress_stream = &silence;
  params.output_stream = history ? &std::cout : &silence;
  params.collect_history = history;
  const auto start = std::chrono::steady_clock::now();
  rl::ostringstream state;
  const rl::test_result_e result =
      rl::run_test<Suite, rl::random_scheduler<kMaxThreads>>(params, state,
                                                             false);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  const bool passed = result == rl::test_result_success;
  if (passed) {
    std::printf("OK    %s/%s: %llu executions, %.1f s\n", entry.name,
                NameOf(fences), executions, seconds);
  } else {
    std::printf("FOUND %s/%s after %llu executions: %s\n", entry.name,
                NameOf(fences), execution,
                *complaint != 0 ? complaint : rl::test_result_str(result));
    if (history) std::printf("the last access came from %p\n", accessed_from);
  }
  std::fflush(stdout);
  return passed;
}

}  // namespace

Listed::Listed(const char* name, int threads, std::vector<Fences> fences,
               Model* (*make)()) {
  entries().push_back({name, threads, std::move(fences), make});
}

void Check(bool holds, const char* otherwise) {
  if (!holds) Fail(rl::test_result_user_assert_failed, otherwise);
}

int ThreadIndex() {
  return acting == kRelacys ? rl::ctx().threadx_->index_ : acting;
}
int ExchangeThread(int thread) { return std::exchange(acting, thread); }

Fences fences() { return running_fences; }

void CompilerFence() {
  const Step step;
  rl::ctx().sched();
}

void LightFence() {
  if (running_fences != Fences::kFull) return CompilerFence();
  const Step step;
  rl::atomic_thread_fence(rl::mo_seq_cst, RL_INFO);
}

void HeavyFence() {
  if (running_fences == Fences::kNone) return LightFence();
  const auto full_fence = [] {
    const Step step;
    rl::atomic_thread_fence(rl::mo_seq_cst, RL_INFO);
  };
  full_fence();
  if (running_fences == Fences::kFull) return;

  // All that the caller has done comes before all that another thread does from
  // its own fence on, and what that thread has done until then comes before
  // what the caller does next. The others' fences have no order among them.
  auto& self = *static_cast<ThreadInfo*>(rl::ctx().threadx_);
  Clock told, heard{};
  std::copy_n(self.acq_rel_order_, kMaxThreads, told.begin());
  Join(told_by_membarrier.data(), told.data());
  const unsigned first = rl::rand(kMaxThreads);
  for (unsigned i = 0; i < kMaxThreads; ++i) {
    ThreadInfo* const other = started[(first + i) % kMaxThreads];
    if (other == nullptr || other == &self) continue;
    {
      const Step step;
      rl::ctx().sched();
    }
    other->atomic_thread_fence_acquire();
    Join(heard.data(), other->acq_rel_order_);
    Join(other->acq_rel_order_, told.data());
    other->atomic_thread_fence_release();
  }
  Join(self.acq_rel_order_, heard.data());
  full_fence();
}

void Pause() { rl::ctx().yield(1, RL_INFO); }

void* Allocate(std::size_t size, std::size_t alignment) {
  size = (size + kGranule - 1) / kGranule * kGranule;
  // Now and then an address is used again.
  Block* found = nullptr;
  for (Block& block : blocks) {
    if (!block.used && block.size == size && block.start % alignment == 0 &&
        rl::rand(2) == 0) {
      found = &block;
      break;
    }
  }
  if (found == nullptr) {
    const std::size_t start =
        (arena_used + alignment - 1) / alignment * alignment;
    if (start + size > kArena) std::abort();
    arena_used = start + size;
    blocks.push_back({start, size, true});
    found = &blocks.back();
  }
  found->used = true;
  for (std::size_t i = found->start / kGranule;
       i < (found->start + size) / kGranule; ++i) {
    granules[i] = Granule{Kind::kPlain, {}, {}};
  }
  return arena + found->start;
}

void Deallocate(void* memory) {
  if (memory == nullptr) return;
  const std::size_t start = static_cast<char*>(memory) - arena;
  for (Block& block : blocks) {
    if (block.start != start) continue;
    if (!block.used) Fail(rl::test_result_double_free, "freed twice");
    // Whoever frees must come after all who read.
    Access(memory, block.size, /*writes=*/true, __builtin_return_address(0));
    SetKind(start, block.size, Kind::kFree);
    block.used = false;
    return;
  }
  std::abort();
}

void LeaveUnchecked(const void* start, std::size_t size) {
  if (!IsInArena(start)) return;
  SetKind(static_cast<const char*>(start) - arena, size, Kind::kUnchecked);
}

void* Model::operator new(std::size_t size) { return Allocate(size, 64); }
void Model::operator delete(void* model) { Deallocate(model); }

Step::Step() : alone_(patience > 1 && rl::rand(patience) != 0) {
  if (alone_) rl::ctx().disable_preemption();
}
Step::~Step() {
  if (alone_) rl::ctx().enable_preemption();
}

// models [--executions=N] [--history] [NAME or NAME/FENCES...]
int Main(int argc, char** argv) {
  unsigned long long executions = 1000;
  bool history = false;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::string kExecutions = "--executions=";
    if (argument.rfind(kExecutions, 0) == 0) {
      executions = std::stoull(argument.substr(kExecutions.size()));
    } else if (argument == "--history") {
      history = true;
    } else {
      wanted.push_back(argument);
    }
  }
  // Addresses decide in which order a table is walked; with the same ones each
  // time, each run is the same.
  if (const int now = personality(0xffffffff);
      now != -1 && (now & ADDR_NO_RANDOMIZE) == 0 &&
      personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) != -1) {
    execv("/proc/self/exe", argv);
  }
  signal(SIGSEGV, Crashed);
  signal(SIGABRT, Crashed);

  std::sort(entries().begin(), entries().end(),
            [](const Entry& a, const Entry& b) {
              return std::strcmp(a.name, b.name) < 0;
            });
  int ran = 0, failed = 0;
  for (const Entry& entry : entries()) {
    for (const Fences fences : entry.fences) {
      const std::string name = entry.name;
      const std::string full_name = name + "/" + NameOf(fences);
      if (!wanted.empty() &&
          std::find(wanted.begin(), wanted.end(), name) == wanted.end() &&
          std::find(wanted.begin(), wanted.end(), full_name) == wanted.end()) {
        continue;
      }
      ++ran;
      if (!Run(entry, fences, executions, history)) ++failed;
    }
  }
  if (ran == 0) {
    std::fprintf(stderr, "models: no such model\n");
    return 2;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace models
}  // namespace sync_atomic

int main(int argc, char** argv) {
  return sync_atomic::models::Main(argc, argv);
}

// What needs a greater alignment than malloc's gets checked memory: the records
// of threads, and the boxes of the models' values.
void* operator new(std::size_t size, std::align_val_t alignment) {
  return sync_atomic::models::Allocate(size,
                                       static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  return sync_atomic::models::Allocate(size,
                                       static_cast<std::size_t>(alignment));
}
void operator delete(void* memory, std::align_val_t) noexcept {
  sync_atomic::models::Deallocate(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  sync_atomic::models::Deallocate(memory);
}
void operator delete(void* memory, std::align_val_t,
                     const std::nothrow_t&) noexcept {
  sync_atomic::models::Deallocate(memory);
}

// What the compiler calls before each plain access in what is built with
// -fsanitize=thread. The real run-time library is not linked.
#define SYNC_ATOMIC_MODELS_ACCESS(size)                         \
  extern "C" void __tsan_read##size(void* address) {            \
    sync_atomic::models::Access(address, size, false,           \
                                __builtin_return_address(0));   \
  }                                                             \
  extern "C" void __tsan_write##size(void* address) {           \
    sync_atomic::models::Access(address, size, true,            \
                                __builtin_return_address(0));   \
  }                                                             \
  extern "C" void __tsan_unaligned_read##size(void* address) {  \
    sync_atomic::models::Access(address, size, false,           \
                                __builtin_return_address(0));   \
  }                                                             \
  extern "C" void __tsan_unaligned_write##size(void* address) { \
    sync_atomic::models::Access(address, size, true,            \
                                __builtin_return_address(0));   \
  }
SYNC_ATOMIC_MODELS_ACCESS(1)
SYNC_ATOMIC_MODELS_ACCESS(2)
SYNC_ATOMIC_MODELS_ACCESS(4)
SYNC_ATOMIC_MODELS_ACCESS(8)
SYNC_ATOMIC_MODELS_ACCESS(16)
extern "C" void __tsan_read_range(void* address, std::size_t size) {
  sync_atomic::models::Access(address, size, false,
                              __builtin_return_address(0));
}
extern "C" void __tsan_write_range(void* address, std::size_t size) {
  sync_atomic::models::Access(address, size, true, __builtin_return_address(0));
}
// What boxes weigh (BoxWeights), and what free lists may keep, decide nothing
// that a model is about.
extern "C" std::uint64_t __tsan_atomic64_load(
    const volatile std::uint64_t* word, int) {
  return *word;
}
extern "C" int __tsan_atomic64_compare_exchange_weak(
    volatile std::uint64_t* word, std::uint64_t* expected,
    std::uint64_t desired, int, int) {
  if (*word != *expected) {
    *expected = *word;
    return 0;
  }
  *word = desired;
  return 1;
}
extern "C" std::uint64_t __tsan_atomic64_fetch_add(volatile std::uint64_t* word,
                                                   std::uint64_t delta, int) {
  const std::uint64_t old = *word;
  *word = old + delta;
  return old;
}
extern "C" std::uint64_t __tsan_atomic64_fetch_sub(volatile std::uint64_t* word,
                                                   std::uint64_t delta, int) {
  const std::uint64_t old = *word;
  *word = old - delta;
  return old;
}
// The pointer to an object's virtual functions: the models' own objects alone
// have any.
extern "C" void __tsan_vptr_update(void**, void*) {}
extern "C" void __tsan_vptr_read(void**) {}
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void*) {}
extern "C" void __tsan_func_exit() {}
