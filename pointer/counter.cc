// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/counter.h"

#include <cstdint>

#include "sync_atomic/pointer/platform/sharded_sum.h"
#include "sync_atomic/pointer/platform/tsan.h"

namespace sync_atomic {

// Additions after this, by destructors of statics, begin again with one word.
Counter::~Counter() {
  const std::uintptr_t state = state_.Load();
  if (state <= kFewAdds) return;
  one_word_.Store(Load());
  state_.Store(0);
  Shards::Delete(ShardsIn(state));
}

std::int64_t Counter::LoadWithShards(std::int64_t before) const {
  const Shards* const shards = ShardsIn(state_.Load());
  for (;;) {
    const std::int64_t sum = Plus(before, shards->Load());
    // A Reset in between may have returned what was counted here, and more may
    // have been added since: together, what there never was at one time.
    const std::int64_t after = one_word_.Load();
    if (after == before) return sum;
    before = after;
  }
}

std::int64_t Counter::ResetAll() {
  std::int64_t before = one_word_.Load();
  for (;;) {
    const std::uintptr_t state = state_.Load();
    const std::int64_t in_shards =
        state <= kFewAdds ? 0 : ShardsIn(state)->Load();
    // Fails if another Reset has returned any of this.
    if (one_word_.CompareExchange(before, Minus(0, in_shards))) {
      return Plus(before, in_shards);
    }
  }
}

void Counter::AddInOneWord(std::uintptr_t state, std::int64_t delta) {
  const std::int64_t sum = one_word_.Load();
  if (!one_word_.CompareAndSwap(sum, Plus(sum, delta))) {
    // A thread that meets another one here allocates the shards.
    if (Shards* const shards = MakeShards()) {
      shards->Add(delta);
    } else {
      one_word_.Add(delta);
    }
  } else if (Shards::HasOwners()) {
    // Then shards are faster for a single thread, too. If there is no memory
    // for them, that is asked again after as many more.
    if (state < kFewAdds) {
      state_.CompareAndSwap(state, state + 1);
    } else if (MakeShards() == nullptr) {
      state_.CompareAndSwap(state, 0);
    }
  }
}

Counter::Shards* Counter::MakeShards() {
  Shards* const made = Shards::Make();
  if (made == nullptr) return nullptr;
  internal::TsanRelease(&state_);
  std::uintptr_t state = state_.Load();
  while (state <= kFewAdds) {
    if (state_.CompareExchange(state, reinterpret_cast<std::uintptr_t>(made))) {
      return made;
    }
  }
  Shards::Delete(made);  // another thread was first
  return ShardsIn(state);
}

}  // namespace sync_atomic
