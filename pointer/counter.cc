// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/counter.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "sync_atomic/pointer/platform/processor.h"
#include "sync_atomic/pointer/platform/tsan.h"
#include "sync_atomic/pointer/reclaim/thread_record.h"

namespace sync_atomic {

namespace {

// A power of two, so that each processor number has a shard.
std::size_t ShardCount() {
  static const std::size_t count = internal::NextPowerOfTwo(
      static_cast<std::size_t>(internal::ProcessorLimit()));
  return count;
}

}  // namespace

Counter::Shards::~Shards() { delete[] shards; }

// Additions after this, by destructors of statics, use the one word again.
Counter::~Counter() { delete shards_.Swap(nullptr); }

std::int64_t Counter::Load() const {
  std::int64_t sum = first_.Load();
  if (const Shards* const spread = shards_.Load()) {
    for (std::size_t i = 0; i <= spread->mask; ++i) {
      sum = Plus(sum, spread->shards[i].sum.Load());
    }
  }
  return sum;
}

void Counter::AddSpread(std::int64_t delta) {
  const Shards* const spread = Spread();
  (spread == nullptr ? first_ : spread->Own()).Add(delta);
}

Counter::Shards* Counter::Spread() {
  const std::size_t count = ShardCount();
  std::unique_ptr<Shards> made(
      new (std::nothrow) Shards{new (std::nothrow) Shards::Shard[count],
                                count - 1, internal::ProcessorNumberOffset()});
  if (made == nullptr || made->shards == nullptr) return nullptr;
  internal::TsanRelease(&shards_);
  if (shards_.CompareAndSwap(nullptr, made.get())) return made.release();
  return shards_.Load();  // another thread was first
}

}  // namespace sync_atomic
