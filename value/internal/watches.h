// SPDX-License-Identifier: Apache-2.0

// Watch: what a Watcher or Derived is to the thread that serves all of them.
//
//   idle ──> offered ──> running ──> idle
//
// The thread sleeps until a watched cell changes (atomic/internal/waiters.h),
// and looks at the cells of each watch that is idle. One that is due is run, on
// this thread or by its executor. So the function of a watch is in one call at
// a time, and what is stored meanwhile comes together in the next.
//
// A watch is on the thread's list from StartWatch to EndWatch. It is counted:
// by its owner, by a call that is running or offered, and so survives the end
// of its owner in its own call.
//
// Threads: StartWatch, EndWatch and WaitForWatch on any threads.

#ifndef SYNC_ATOMIC_VALUE_INTERNAL_WATCHES_H_
#define SYNC_ATOMIC_VALUE_INTERNAL_WATCHES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "sync_atomic/atomic/internal/export.h"
#include "sync_atomic/atomic/internal/waiting.h"
#include "sync_atomic/atomic/platform/futex.h"

namespace sync_atomic {
namespace internal {

struct Watch;

// What an executor is given: runs the watch, at the first call of any copy. If
// all copies are destroyed before, the watch is offered again after the next
// change.
class WatchCall {
 public:
  SYNC_ATOMIC_INTERNAL_EXPORT void operator()() const;

 private:
  friend struct WatchService;
  struct Offer;

  explicit WatchCall(std::shared_ptr<Offer> offer) : offer_(std::move(offer)) {}

  std::shared_ptr<Offer> offer_;
};

// What differs between watches.
struct WatchKind {
  // Whether a cell has changed since the last run. Calls no code of others.
  bool (*is_due)(const Watch& watch);
  // Looks at the cells, and calls the function if one has changed.
  void (*run)(Watch& watch);
  // Hands the call to an executor; null: the thread itself runs it.
  void (*submit)(Watch& watch, const WatchCall& call);
  void (*destroy)(Watch* watch);
  // How the program ends if the function changes a cell that it watches; null:
  // it may.
  const char* may_not_store;
};

struct Watch {
  Watch(const WatchKind& its_kind, const void* const* its_addresses,
        std::size_t its_count)
      : kind(its_kind), addresses(its_addresses), count(its_count) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  const WatchKind& kind;
  // The addresses of the cells.
  const void* const* const addresses;
  const std::size_t count;

  // The rest belongs to watches.cc, under its lock.
  Watch* before = nullptr;
  Watch* after = nullptr;
  std::uint64_t looked_at = 0;  // by which round of the thread
  std::uint64_t runs_begun = 0;
  std::uint64_t runs_done = 0;
  int refs = 1;
  bool is_listed = false;
  bool is_ended = false;
  bool is_offered = false;     // an executor has it, or runs it
  bool is_submitting = false;  // an executor is being called
  bool is_running = false;
  std::atomic<std::uint32_t> moves{0};  // of the state, to sleep on
};

// Runs the watch, on the calling thread, and has it looked at from then on. If
// the function throws, the watch is destroyed.
SYNC_ATOMIC_INTERNAL_EXPORT void StartWatch(Watch& watch);

// Ends it. When it returns the function is in no call, and will be called no
// more, unless this is called from inside of it; it is then destroyed after
// that call.
SYNC_ATOMIC_INTERNAL_EXPORT void EndWatch(Watch& watch) noexcept;

// Whether EndWatch was called; for the watch's function alone.
SYNC_ATOMIC_INTERNAL_EXPORT bool HasEnded(const Watch& watch) noexcept;

// Waits until the watch has seen all changes that were made before the call.
// False: the deadline has passed.
SYNC_ATOMIC_INTERNAL_EXPORT bool WaitForWatch(Watch& watch,
                                              const Deadline& deadline);

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_VALUE_INTERNAL_WATCHES_H_
