// SPDX-License-Identifier: Apache-2.0

// Each shard has two sets of counts. `begun` counts the observations that have
// begun, and its top bit says to which set they go:
//
//   Observe                        Collect, of each shard
//   `begun` += 1: the set          flip the top bit: the other set, and how
//   many count, add to the sum            had begun `done` of the set += 1 wait
//   until as many are done
//                                  read the set, move it into the other one
//
// An observation that began before the flip is done in what is read, and one
// that began later goes to the other set. A set that is not in use is all
// zeros, so `done` of the set in use counts all that were ever done.

#include "sync_atomic/pointer/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/internal/fatal.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/pointer/platform/processor.h"

namespace sync_atomic {
namespace {

constexpr std::size_t kCacheLine = 64;

std::vector<double> Checked(std::vector<double> bounds) {
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!std::isfinite(bounds[i])) {
      internal::Fatal("sync/atomic: Histogram with a bound that is not finite");
    }
    if (i > 0 && !(bounds[i - 1] < bounds[i])) {
      internal::Fatal(
          "sync/atomic: Histogram with bounds that do not increase strictly");
    }
  }
  return bounds;
}

}  // namespace

struct Histogram::Shards {
  // All words, of which each set and each shard has cache lines of its own:
  //   shard: begun, padding; set 0; set 1
  //   set:   done, sum, counts, padding
  static constexpr std::size_t kWordsOfLine = kCacheLine / sizeof(Uint64);
  static constexpr std::uint64_t kFlip = std::uint64_t{1} << 63;

  union Word {
    Word() : number() {}
    Uint64 number;
    Float64 real;
  };

  struct Set {
    Uint64& done() const { return words[0].number; }
    Float64& sum() const { return words[1].real; }
    Uint64& count(std::size_t range) const { return words[2 + range].number; }
    Word* words;
  };
  struct Shard {
    Uint64& begun() const { return words[0].number; }
    Set set(std::uint64_t flipped) const {
      return {words + kWordsOfLine + (flipped != 0 ? words_of_set : 0)};
    }
    Word* words;
    std::size_t words_of_set;
  };

  explicit Shards(std::size_t range_count)
      : ranges(range_count),
        words_of_set((2 + ranges + kWordsOfLine - 1) / kWordsOfLine *
                     kWordsOfLine),
        words_of_shard(kWordsOfLine + 2 * words_of_set),
        shards(static_cast<std::size_t>(internal::ProcessorLimit())),
        words(static_cast<Word*>(
            ::operator new (sizeof(Word) * words_of_shard * shards,
                            std::align_val_t{kCacheLine}))) {
    for (std::size_t i = 0; i < words_of_shard * shards; ++i) {
      new (words + i) Word;
      // All zeros are 0.0, too.
    }
  }
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;
  ~Shards() { ::operator delete (words, std::align_val_t{kCacheLine}); }

  Shard shard(std::size_t number) const {
    return {words + number * words_of_shard, words_of_set};
  }

  const std::size_t ranges;
  const std::size_t words_of_set;
  const std::size_t words_of_shard;
  const std::size_t shards;
  Word* const words;
  std::mutex collecting;
};

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(Checked(std::move(bounds))),
      shards_(new Shards(bounds_.size() + 1)) {}

Histogram::~Histogram() { delete shards_; }

void Histogram::Observe(double value) noexcept {
  // The first bound that is not below; a NaN is above all.
  const auto range = static_cast<std::size_t>(
      std::partition_point(
          bounds_.begin(), bounds_.end(),
          [value](double bound) { return !(value <= bound); }) -
      bounds_.begin());
  const Shards::Shard shard =
      shards_->shard(static_cast<std::size_t>(internal::CurrentProcessor()));
  const std::uint64_t begun = shard.begun().FetchAdd(1);
  const Shards::Set set = shard.set(begun & Shards::kFlip);
  set.count(range).Add(1);
  set.sum().Add(value);
  set.done().Add(1);
}

HistogramData Histogram::Collect() const {
  HistogramData data;
  data.bounds = bounds_;
  data.counts.resize(shards_->ranges);  // before anything is changed
  const std::lock_guard<std::mutex> lock(shards_->collecting);
  for (std::size_t i = 0; i < shards_->shards; ++i) {
    const Shards::Shard shard = shards_->shard(i);
    const std::uint64_t begun = shard.begun().FetchAdd(Shards::kFlip);
    const Shards::Set cold = shard.set(begun & Shards::kFlip);
    const Shards::Set hot = shard.set(~begun & Shards::kFlip);
    const std::uint64_t all = begun & ~Shards::kFlip;
    while (cold.done().Load() != all) std::this_thread::yield();
    for (std::size_t range = 0; range < shards_->ranges; ++range) {
      const std::uint64_t count = cold.count(range).Swap(0);
      data.counts[range] += count;
      hot.count(range).Add(count);
    }
    const double sum = cold.sum().Swap(0);
    data.sum += sum;
    hot.sum().Add(sum);
    cold.done().Store(0);
    hot.done().Add(all);
    data.count += all;
  }
  return data;
}

}  // namespace sync_atomic
