// SPDX-License-Identifier: Apache-2.0

// Tail: how long an operation took each time, and what most of them, nearly all
// of them, and the slowest took.
//
// On a machine that does something else as well, the slowest are those in which
// the system gave the core to another thread. So samples are gathered in
// blocks, and a block in which that happened is dropped: what is left is what
// the operation itself takes at worst.

#ifndef SYNC_ATOMIC_BENCHMARKS_TAIL_H_
#define SYNC_ATOMIC_BENCHMARKS_TAIL_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace sync_atomic {
namespace benchmarks {

// The smallest of the samples than which so large a part of them, more than 0,
// is not larger. 0 of none.
inline double Quantile(std::vector<std::int64_t> samples, double part) {
  if (samples.empty()) return 0;
  const auto count = static_cast<double>(samples.size());
  const auto rank = static_cast<std::ptrdiff_t>(std::ceil(part * count)) - 1;
  std::nth_element(samples.begin(), samples.begin() + rank, samples.end());
  return static_cast<double>(samples[static_cast<std::size_t>(rank)]);
}

class Tail {
 public:
  // How often the thread has lost its core, or given it up.
  using Interruptions = std::function<std::int64_t()>;

  static constexpr std::size_t kBlock = 16;

  explicit Tail(Interruptions interruptions)
      : interruptions_(std::move(interruptions)), before_(interruptions_()) {
    block_.reserve(kBlock);
  }

  void Add(std::int64_t nanoseconds) {
    block_.push_back(nanoseconds);
    if (block_.size() < kBlock) return;
    const std::int64_t now = interruptions_();
    std::vector<std::int64_t>& to =
        std::exchange(before_, now) == now ? kept_ : dropped_;
    to.insert(to.end(), block_.begin(), block_.end());
    block_.clear();
  }

  // Of whole blocks.
  std::size_t kept() const { return kept_.size(); }
  std::size_t dropped() const { return dropped_.size(); }

  // Of what is kept; of the rest if that is nothing.
  double median() const { return Quantile(samples(), 0.5); }
  double p999() const { return Quantile(samples(), 0.999); }
  double most() const { return Quantile(samples(), 1); }

 private:
  const std::vector<std::int64_t>& samples() const {
    return kept_.empty() ? dropped_ : kept_;
  }

  Interruptions interruptions_;
  std::int64_t before_;
  std::vector<std::int64_t> block_;
  std::vector<std::int64_t> kept_;
  std::vector<std::int64_t> dropped_;
};

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_TAIL_H_
