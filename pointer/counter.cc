#include "sync_atomic/pointer/counter.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "absl/base/optimization.h"
#include "sync_atomic/pointer/internal/participant.h"
#include "sync_atomic/pointer/internal/processor.h"

namespace sync_atomic {

struct Counter::Shards {
  // A line of its own, and the next one too: processors fetch them in pairs.
  struct alignas(128) Shard {
    Int64 sum;
  };

  // A power of two, so that every number has its shard.
  static std::size_t Count() {
    static const std::size_t count = internal::NextPowerOfTwo(
        static_cast<std::size_t>(internal::ProcessorLimit()));
    return count;
  }

  std::size_t mask = Count() - 1;
  const std::unique_ptr<Shard[]> shards{new (std::nothrow) Shard[mask + 1]};
};

// What is added later, by the destructors of statics, finds one word again.
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

void Counter::AddToShard(std::int64_t delta) {
  Shards* spread = shards_.Load();
  if (ABSL_PREDICT_FALSE(spread == nullptr)) spread = Spread();
  if (ABSL_PREDICT_TRUE(spread != nullptr)) {
    const std::size_t i = internal::CurrentProcessorUnbounded() & spread->mask;
    spread->shards[i].sum.Add(delta);
  } else {
    first_.Add(delta);
  }
}

Counter::Shards* Counter::Spread() {
  std::unique_ptr<Shards> made(new (std::nothrow) Shards);
  if (made == nullptr || made->shards == nullptr) return nullptr;
  if (shards_.CompareAndSwap(nullptr, made.get())) return made.release();
  return shards_.Load();  // somebody else was first
}

}  // namespace sync_atomic
