// SPDX-License-Identifier: Apache-2.0

// ShardedSum: a sum with a shard for each processor, to which threads add
// without an atomic read-modify-write.
//
// A processor's shard is only written by the thread that it runs: it finds out
// where it runs, loads, adds and stores. It must not be interrupted in between.
// Linux sees to that: these are a restartable sequence (rseq(2)), which a
// thread that was descheduled or got a signal inside does not continue. It goes
// to an address of ours instead, and from there adds to a shard that all
// threads share, by an atomic read-modify-write. So do a thread that has no
// rseq, and a processor beyond ProcessorLimit().
//
// glibc registers each thread for that, from 2.35 on. Without it, on other
// processors than x86-64 and AArch64, and under ThreadSanitizer, which does not
// see what assembly does, each addition is an atomic read-modify-write, in the
// shard of the processor.
//
// Threads:  every member except Delete may run on any threads at once, and in
//           signal handlers. In the child of a vfork, nothing.
// Order:    Add is a release, and Load an acquire: Load counts each Add that
//           happens before it, and what happens before an Add that it counts
//           happens before what follows the Load.
// Progress: Add and Load are wait-free, where the target has a native
//           fetch-and-add. Make and Delete are lock-free.
// Memory:   Make's is reused after Delete, and never given back to the system.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_SHARDED_SUM_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_SHARDED_SUM_H_

#include <cstddef>
#include <cstdint>

#include "sync_atomic/atomic/internal/export.h"

namespace sync_atomic {
namespace internal {

class SYNC_ATOMIC_INTERNAL_EXPORT ShardedSum {
 public:
  // 0, or null without memory.
  static ShardedSum* Make();
  // Nobody may use it any more. What another copy of the library made stays.
  static void Delete(ShardedSum* sum);

  ShardedSum() = delete;
  ShardedSum(const ShardedSum&) = delete;
  ShardedSum& operator=(const ShardedSum&) = delete;

  // Sums wrap around.
  void Add(std::int64_t delta) {
    // A processor that has just stored what it loads again need not wait for
    // it, if the instructions in between are no other than adding a constant.
    if (__builtin_constant_p(delta) && delta == 1) {
      AddOne();
    } else {
      AddAny(delta);
    }
  }
  std::int64_t Load() const;

  // Whether shards belong to processors; the same each time.
  static bool HasOwners();

  // How many sums have their shards side by side.
  static constexpr std::size_t kSumsOfGroup = 16;

  // For tests: the shard of a processor, or that which all threads share.
  static constexpr int kCommon = -1;
  std::int64_t LoadShard(int shard) const;
  // For tests: how many there have been at the same time.
  static std::uint32_t made();

 private:
  void AddOne();
  void AddAny(std::int64_t delta);
  // What Add does if it cannot, or may not, be done by the processor alone.
  void AddShared(std::int64_t delta);

  std::int64_t* Shard(int shard) const {
    return const_cast<std::int64_t*>(&first_) +
           shard * static_cast<std::ptrdiff_t>(kSumsOfGroup);
  }

  // The shard of processor 0. The others lie around it, among those of other
  // sums.
  std::int64_t first_;
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_SHARDED_SUM_H_
