// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/platform/sharded_sum.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/pointer/platform/built_with_tsan.h"
#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/pointer/platform/rseq.h"

namespace sync_atomic {
namespace internal {
namespace {

#if defined(SYNC_ATOMIC_INTERNAL_TSAN)
constexpr bool kRestarts = false;  // it sees no assembly
#else
constexpr bool kRestarts = true;
#endif

// ---- Where the shards are ----
//
// Sixteen sums, a group, have their shards for one processor in a pair of cache
// lines, since processors prefetch pairs; those for the next processor are in
// the next pair. The first pair is for the shards that all threads share.
//
// Groups lie in blocks, each twice as large as the one before, and a block's
// memory is taken from the system when it is first needed. There is nothing in
// it but shards, so that a page that no sum uses is never written. Sums are
// numbered through all blocks.

constexpr std::size_t kLines = ShardedSum::kSumsOfGroup * sizeof(std::int64_t);
constexpr int kLinesShift = 7;
static_assert(kLines == std::size_t{1} << kLinesShift);
constexpr std::size_t kSumsOfGroup = ShardedSum::kSumsOfGroup;
// Of the first block, unless a group is larger.
constexpr std::size_t kFirstBytes = std::size_t{64} << 10;
// The numbers of all sums in them fit into 32 bits.
constexpr std::size_t kBlocks = 20;
static_assert(kFirstBytes / (2 * kLines) * kSumsOfGroup <=
              (std::uint64_t{1} << 32 >> kBlocks));

std::atomic<char*> blocks[kBlocks];  // null at first

// ProcessorLimit(), without a call.
int Processors() {
  ABSL_CONST_INIT static std::atomic<int> limit{0};
  // Relaxed: it is always the same.
  int found = limit.load(std::memory_order_relaxed);
  if (ABSL_PREDICT_FALSE(found == 0)) {
    found = ProcessorLimit();
    limit.store(found);
  }
  return found;
}

std::size_t GroupBytes() {
  return kLines * (1 + static_cast<std::size_t>(Processors()));
}
std::size_t BlockBytes(std::size_t block) {
  const std::size_t group = GroupBytes();
  return (std::max(kFirstBytes / group, std::size_t{1}) * group) << block;
}
std::size_t SumsOf(std::size_t block) {
  return BlockBytes(block) / GroupBytes() * kSumsOfGroup;
}

// Null without memory.
char* Block(std::size_t block) {
  char* found = blocks[block].load();
  if (found != nullptr) return found;
  const int kept = errno;
  void* const made = mmap(nullptr, BlockBytes(block), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  errno = kept;
  if (made == MAP_FAILED) return nullptr;
  if (blocks[block].compare_exchange_strong(found, static_cast<char*>(made))) {
    return static_cast<char*>(made);
  }
  munmap(made, BlockBytes(block));
  return found;  // another thread was first
}

// The common shard of the sum with this number; null without memory.
std::int64_t* CommonShard(std::size_t number) {
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const std::size_t sums = SumsOf(block);
    if (number < sums) {
      char* const start = Block(block);
      if (start == nullptr) return nullptr;
      return reinterpret_cast<std::int64_t*>(start + number / kSumsOfGroup *
                                                         GroupBytes()) +
             number % kSumsOfGroup;
    }
    number -= sums;
  }
  return nullptr;
}

// ---- Which sums there are ----

// How many numbers are taken.
ABSL_CONST_INIT std::atomic<std::uint32_t> numbers{0};

// Those that are free again, a stack. Its word holds one more than the number
// of the topmost sum, whose common shard has the same of the next, and above
// that how often one was put there: if the same one is put there again while a
// thread takes it, the word differs.
ABSL_CONST_INIT std::atomic<std::uint64_t> free_sums{0};
constexpr std::uint64_t kTop = 0xffff'ffff;

// ---- Adding to a processor's own shard ----

#if defined(SYNC_ATOMIC_INTERNAL_RSEQ)

// Where each thread has its Rseq; 0 where shards have no owners, or nobody has
// asked yet. How many shards have owners; 0 likewise.
ABSL_CONST_INIT std::atomic<std::ptrdiff_t> rseq_offset{0};
ABSL_CONST_INIT std::atomic<std::uint32_t> owners{0};

// To be called where an Add finds no owners, too: another copy of the library
// may have made the sum.
void FindOwners() {
  if (!ShardedSum::HasOwners()) return;
  owners.store(static_cast<std::uint32_t>(Processors()));
  rseq_offset.store(RseqOffset());
}

// Adds to the shard of the processor that runs this thread; `first` is that of
// processor 0. False: nothing has been added.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool AddToOwn(std::int64_t* first,
                                                  std::int64_t delta) {
  // Relaxed: both are always the same once they are set, and if either is not,
  // nothing is added here.
  const std::ptrdiff_t offset = rseq_offset.load(std::memory_order_relaxed);
  if (ABSL_PREDICT_FALSE(offset == 0)) return false;
  // Relaxed: as above.
  const std::uint32_t limit = owners.load(std::memory_order_relaxed);
  auto* const rseq = static_cast<volatile Rseq*>(AtThread(offset));
  // What stands between 2 and 3 is done without interruption, or not to the
  // end: the kernel then goes on at 4, which it only does where the signature
  // that glibc named to it stands before. It looks for that at 1, which the
  // thread has told it by the last instruction before 2. No instruction after
  // the one that stores the sum is in there, or what was added would be added
  // again.
  //
  // A thread without rseq finds a number there that is no processor's.
  //
  // EDGE counted: release: what was done before the addition, and all that was
  // added to the shard before it, is done. Pairs with Load(). Weaker: a thread
  // that has seen an addition misses what was done before it, or an earlier
  // addition. Test: CounterStressTest.WhatWasDoneBeforeACountedAddIsSeen.
#if defined(__x86_64__)
  asm goto(
      ".pushsection .data.rel.ro.sync_atomic, \"aw\", @progbits\n\t"
      ".balign 32\n"
      "1:\n\t"
      ".long 0, 0\n\t"
      ".quad 2f, 3f - 2f, 4f\n\t"
      ".popsection\n\t"
      "leaq 1b(%%rip), %%rax\n\t"
      "movq %%rax, %c[descriptor](%[rseq])\n"
      "2:\n\t"
      "movl %c[processor](%[rseq]), %%eax\n\t"
      "cmpl %[limit], %%eax\n\t"
      "jae %l[not_here]\n\t"
      "shlq %[shift], %%rax\n\t"
      "addq %[first], %%rax\n\t"
      "addq %[delta], (%%rax)\n"
      "3:\n\t"
      ".pushsection .text.unlikely, \"ax\", @progbits\n\t"
      ".byte 0x0f, 0xb9, 0x3d\n\t"  // an instruction that traps, with
      ".long %c[signature]\n"       // the signature as its operand
      "4:\n\t"
      "jmp %l[not_here]\n\t"
      ".popsection"
      :
      : [descriptor] "i"(offsetof(Rseq, rseq_cs)),
        [processor] "i"(offsetof(Rseq, cpu_id)), [rseq] "r"(rseq),
        [limit] "r"(limit), [shift] "i"(kLinesShift), [first] "r"(first),
        [delta] "er"(delta), [signature] "i"(kRseqSignature)
      : "rax", "cc", "memory"
      : not_here);
#else
  asm goto(
      ".pushsection .data.rel.ro.sync_atomic, \"aw\", %%progbits\n\t"
      ".balign 32\n"
      "1:\n\t"
      ".long 0, 0\n\t"
      ".quad 2f, 3f - 2f, 4f\n\t"
      ".popsection\n\t"
      "adrp x9, 1b\n\t"
      "add x9, x9, :lo12:1b\n\t"
      "str x9, [%[rseq], %[descriptor]]\n"
      "2:\n\t"
      "ldr w9, [%[rseq], %[processor]]\n\t"
      "cmp w9, %w[limit]\n\t"
      "b.hs %l[not_here]\n\t"
      "add x9, %[first], x9, lsl %[shift]\n\t"
      "ldr x10, [x9]\n\t"
      "add x10, x10, %[delta]\n\t"
      "stlr x10, [x9]\n"
      "3:\n\t"
      ".pushsection .text.unlikely, \"ax\", %%progbits\n\t"
      ".inst %c[signature]\n"  // an instruction that traps
      "4:\n\t"
      "b %l[not_here]\n\t"
      ".popsection"
      :
      : [descriptor] "i"(offsetof(Rseq, rseq_cs)),
        [processor] "i"(offsetof(Rseq, cpu_id)), [rseq] "r"(rseq),
        [limit] "r"(limit), [shift] "i"(kLinesShift), [first] "r"(first),
        [delta] "rI"(delta), [signature] "i"(kRseqSignature)
      : "x9", "x10", "cc", "memory"
      : not_here);
#endif
  // The kernel would look at it whenever it runs the thread again, until it has
  // found the thread elsewhere once; and this code may be unloaded meanwhile.
  rseq->rseq_cs = 0;
  return true;
not_here:
  rseq->rseq_cs = 0;
  return false;
}

#else

void FindOwners() {}
bool AddToOwn(std::int64_t*, std::int64_t) { return false; }

#endif

}  // namespace

bool ShardedSum::HasOwners() { return kRestarts && RseqSize() != 0; }

ShardedSum* ShardedSum::Make() {
  FindOwners();
  const auto with_common_shard = [](std::int64_t* common) {
    return reinterpret_cast<ShardedSum*>(common + kSumsOfGroup);
  };
  std::uint64_t free = free_sums.load();
  while ((free & kTop) != 0) {
    std::int64_t* const common =
        CommonShard(static_cast<std::size_t>((free & kTop) - 1));
    // Of a sum that another thread has taken meanwhile, whatever it counts.
    const std::uint64_t next = static_cast<std::uint64_t>(LoadInt64(common));
    if (free_sums.compare_exchange_weak(free, (free & ~kTop) | (next & kTop))) {
      StoreInt64(common, 0);
      return with_common_shard(common);
    }
  }
  std::uint32_t number = numbers.load();
  std::int64_t* common;
  do {
    common = CommonShard(number);
    if (common == nullptr) return nullptr;
  } while (!numbers.compare_exchange_weak(number, number + 1));
  return with_common_shard(common);
}

void ShardedSum::Delete(ShardedSum* sum) {
  // Zeros are not written again: a page that no processor has added to stays
  // the system's.
  std::int64_t* const common = sum->Shard(kCommon);
  std::int64_t* const end = sum->Shard(Processors());
  for (std::int64_t* shard = common; shard != end; shard += kSumsOfGroup) {
    if (LoadInt64(shard) != 0) StoreInt64(shard, 0);
  }
  const auto at = reinterpret_cast<std::uintptr_t>(common);
  std::uint64_t number = 0;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const auto start = reinterpret_cast<std::uintptr_t>(blocks[block].load());
    if (start != 0 && at >= start && at - start < BlockBytes(block)) {
      const std::size_t group = (at - start) / GroupBytes();
      number += group * kSumsOfGroup +
                (at - start) % GroupBytes() / sizeof(std::int64_t);
      std::uint64_t free = free_sums.load();
      do {
        StoreInt64(common, static_cast<std::int64_t>(free & kTop));
      } while (!free_sums.compare_exchange_weak(
          free, ((free & ~kTop) + kTop + 1) | (number + 1)));
      return;
    }
    number += SumsOf(block);
  }
}

std::int64_t ShardedSum::Load() const {
  const std::int64_t* const end = Shard(Processors());
  std::uint64_t sum = 0;
  for (auto* shard = Shard(kCommon); shard != end; shard += kSumsOfGroup) {
    // EDGE counted: the other side of AddToOwn(): acquire.
    sum += static_cast<std::uint64_t>(LoadInt64(shard));
  }
  return static_cast<std::int64_t>(sum);
}

std::int64_t ShardedSum::LoadShard(int shard) const {
  return LoadInt64(Shard(shard));
}

std::uint32_t ShardedSum::made() { return numbers.load(); }

// Of their own, so that no other function has the sequence inlined: a sequence
// in a function that several files have, of which the linker keeps one, could
// not be named by what stands elsewhere.
ABSL_ATTRIBUTE_NOINLINE void ShardedSum::AddOne() {
  if (ABSL_PREDICT_FALSE(!AddToOwn(&first_, 1))) AddShared(1);
}

ABSL_ATTRIBUTE_NOINLINE void ShardedSum::AddAny(std::int64_t delta) {
  if (ABSL_PREDICT_FALSE(!AddToOwn(&first_, delta))) AddShared(delta);
}

void ShardedSum::AddShared(std::int64_t delta) {
  if (HasOwners()) {
    FindOwners();
    AddInt64(Shard(kCommon), delta);
  } else {
    // CurrentProcessor(), without a call.
    const auto limit = static_cast<unsigned>(Processors());
    const unsigned number = CurrentProcessorUnbounded();
    AddInt64(Shard(static_cast<int>(number < limit ? number : number % limit)),
             delta);
  }
}

}  // namespace internal
}  // namespace sync_atomic
