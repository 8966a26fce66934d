// SPDX-License-Identifier: Apache-2.0

// Linearizability: whether what threads saw of an object that they share can be
// explained by an order of all their operations, one after another, in which
// each that ended before another began comes before it.
//
//   Recorder<Model> recorder(kThreads);
//   RunTogether(kThreads, [&](int thread) {
//     recorder.Run(thread, call, [&] { return x.Swap(7); });  // some times
//   });
//   const History<Model> history = recorder.Take();
//   EXPECT_TRUE(IsLinearizable(history, initial)) << ToText(history);
//
// The object is a Model, which says what one operation does by itself:
//
//   struct Model {
//     using State = ...;
//     using Call = ...;    // an operation and its arguments
//     using Result = ...;  // what it returned
//     // Whether `call` may return `result` in `state`; makes that what it is
//     // afterwards, and anything if not.
//     static bool Explains(State& state, const Call& call,
//                          const Result& result);
//     // Differs for states that differ.
//     static std::uint64_t Key(const State& state);
//     static std::string ToText(const Call& call, const Result& result);
//   };
//
// The search is Wing and Gong's, with Lowe's memory of where it has been: depth
// first, and never twice from the same operations done and the same state. The
// operations of one thread are in order by themselves, so those done are a
// number for each thread, and where k threads overlap there are few of them:
// long histories cost no more than many short ones.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_LINEARIZABILITY_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_LINEARIZABILITY_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sync_atomic {
namespace testing {

// One operation that was done. The times are of one clock, whose times all
// differ.
template <class Model>
struct Operation {
  typename Model::Call call;
  typename Model::Result result;
  std::uint64_t begin;
  std::uint64_t end;
};

// For each thread what it did, in order.
template <class Model>
using History = std::vector<std::vector<Operation<Model>>>;

// Threads: each calls Run with its own number; all else is for one thread,
// before or after.
template <class Model>
class Recorder {
 public:
  explicit Recorder(int threads, std::size_t operations_each = 64)
      : history_(static_cast<std::size_t>(threads)) {
    for (auto& thread : history_) thread.reserve(operations_each);
  }

  // Does an operation and notes it. Nothing else should be done in `operation`:
  // the longer it takes, the more it may overlap with, and all that explains
  // more.
  template <class F>
  typename Model::Result Run(int thread, const typename Model::Call& call,
                             F operation) {
    const std::uint64_t begin = clock_.fetch_add(1);
    typename Model::Result result = operation();
    const std::uint64_t end = clock_.fetch_add(1);
    history_[static_cast<std::size_t>(thread)].push_back(
        {call, result, begin, end});
    return result;
  }

  History<Model> Take() { return std::move(history_); }

 private:
  std::atomic<std::uint64_t> clock_{0};
  History<Model> history_;
};

namespace internal {

template <class Model>
class LinearizabilityChecker {
 public:
  explicit LinearizabilityChecker(const History<Model>& history)
      : history_(history), done_(history.size()) {
    if (history.empty()) return;
    // All numbers of operations together make one number.
    bits_ = static_cast<int>(64 / history.size());
    for (const auto& thread : history) {
      const std::uint64_t size = thread.size();
      if (bits_ < 64 && size >> bits_ != 0) std::abort();
    }
  }

  // Whether the operations that are not done can follow in `state`.
  bool Search(const typename Model::State& state) {
    if (!seen_.emplace(Done(), Model::Key(state)).second) return false;
    // Whoever began after another had ended comes after it.
    std::uint64_t first_end = kNever;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (const auto* const next = Next(i)) {
        first_end = std::min(first_end, next->end);
      }
    }
    if (first_end == kNever) return true;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      const auto* const next = Next(i);
      if (next == nullptr || next->begin > first_end) continue;
      typename Model::State after = state;
      if (!Model::Explains(after, next->call, next->result)) continue;
      ++done_[i];
      if (Search(after)) return true;
      --done_[i];
    }
    return false;
  }

 private:
  static constexpr std::uint64_t kNever =
      std::numeric_limits<std::uint64_t>::max();

  // The next operation of thread i; null if all are done.
  const Operation<Model>* Next(std::size_t i) const {
    return done_[i] < history_[i].size() ? &history_[i][done_[i]] : nullptr;
  }

  std::uint64_t Done() const {
    std::uint64_t done = 0;
    for (const std::size_t of_thread : done_) {
      done = (bits_ < 64 ? done << bits_ : 0) | of_thread;
    }
    return done;
  }

  const History<Model>& history_;
  std::vector<std::size_t> done_;
  int bits_ = 64;
  // Where the search has been: what was done, and the state then.
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

}  // namespace internal

template <class Model>
bool IsLinearizable(const History<Model>& history,
                    const typename Model::State& initial) {
  return internal::LinearizabilityChecker<Model>(history).Search(initial);
}

// A line for each operation, in the order in which they began.
template <class Model>
std::string ToText(const History<Model>& history) {
  std::vector<std::pair<std::uint64_t, std::string>> lines;
  for (std::size_t i = 0; i < history.size(); ++i) {
    for (const Operation<Model>& operation : history[i]) {
      lines.emplace_back(operation.begin,
                         "thread " + std::to_string(i) + ", from " +
                             std::to_string(operation.begin) + " to " +
                             std::to_string(operation.end) + ": " +
                             Model::ToText(operation.call, operation.result));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string text = "no order of these operations explains them:\n";
  for (const auto& line : lines) text += line.second + "\n";
  return text;
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_LINEARIZABILITY_H_
