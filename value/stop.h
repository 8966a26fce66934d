// SPDX-License-Identifier: Apache-2.0

// StopSource, StopToken: a request to stop waiting for a cell.
//
//   void Watch(const atomic::ValueOf<Config>& config,
//              const atomic::StopToken& stop) {
//     atomic::SnapshotOf<Config> seen = config.Load();
//     while (config.WaitForChange(seen, absl::InfiniteDuration(), stop)) {
//       seen = config.Load();
//       if (seen) Use(*seen);
//     }
//   }
//
// Do not use them in C++20 where the thread is a std::jthread: its
// std::stop_token is taken as well.
//
// Threads:   all members on any threads at once, except that each object is
//            assigned to by one thread alone.
// Order:     what was done before RequestStop happens before a stop_requested()
//            that returns true, and before a wait that returns for it.
// Progress:  RequestStop is lock-free and wakes all threads that wait for any
//            cell or word; those that wait for something else sleep again. All
//            else is wait-free.
// Ownership: the source and its tokens share one flag, on the heap, and are
//            copied freely; each may outlive the others.
// Errors:    none; the constructor of a source may throw std::bad_alloc.

#ifndef SYNC_ATOMIC_VALUE_STOP_H_
#define SYNC_ATOMIC_VALUE_STOP_H_

#include <atomic>
#include <memory>
#include <utility>

#include "sync_atomic/atomic/internal/waiting.h"
#include "sync_atomic/atomic/names.h"
#include "sync_atomic/value/internal/stop.h"

#if __cplusplus > 201703L && __has_include(<stop_token>)
#include <stop_token>
#endif

namespace sync_atomic {

// Whether the source was asked to stop. Of no source: never.
class StopToken {
 public:
  StopToken() = default;

  bool stop_requested() const noexcept {
    return requested_ != nullptr && requested_->load();
  }

 private:
  friend class StopSource;
  using Flag = std::shared_ptr<std::atomic<bool>>;

  explicit StopToken(Flag requested) : requested_(std::move(requested)) {}

  Flag requested_;
};

class StopSource {
 public:
  StopSource() : requested_(new std::atomic<bool>(false)) {}

  StopToken token() const { return StopToken(requested_); }

  bool stop_requested() const noexcept { return requested_->load(); }

  // Ends the waits that were given a token of this source, also later ones.
  void RequestStop() noexcept {
    requested_->store(true);
    internal::NotifyEverybody();
  }

 private:
  StopToken::Flag requested_;
};

namespace internal {

template <>
class WakesOnStop<StopToken> {
 public:
  explicit WakesOnStop(const StopToken&) {}  // RequestStop() itself wakes
};

#if defined(__cpp_lib_jthread)
template <>
class WakesOnStop<std::stop_token> {
  struct Wake {
    void operator()() const noexcept { internal::NotifyEverybody(); }
  };

 public:
  explicit WakesOnStop(const std::stop_token& token) : wake_(token, Wake()) {}

 private:
  std::stop_callback<Wake> wake_;
};
#endif

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_STOP_H_
