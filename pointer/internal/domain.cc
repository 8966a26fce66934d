#include "sync_atomic/pointer/internal/domain.h"

#include <pthread.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <thread>

#include "absl/base/attributes.h"
#include "sync_atomic/pointer/internal/fence.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/waiters.h"

namespace sync_atomic {
namespace internal {

ABSL_CONST_INIT HeavyFences heavy_fences;

namespace {

// Early, while the process has one thread: see DecideFenceMode().
[[maybe_unused]] const FenceMode early_fence_mode = DecideFenceMode();

std::int64_t ThreadId() {
#if defined(__linux__)
  return syscall(SYS_gettid);
#else
  return 0;
#endif
}

// The child of a fork goes on with the one thread that forked.
void AfterFork() {
  registration_is_inherited.store(true);
  Participant<StdPolicy>* const self = StdPolicy::current();
  process_domain.AfterFork(self);
  process_waiters.AfterFork();
  if (self != nullptr) self->thread_id.store(ThreadId());
}

[[maybe_unused]] const bool watches_forks = [] {
  if (pthread_atfork(nullptr, nullptr, AfterFork) != 0) {
    Die("sync/atomic: no memory to watch for forks");
  }
  return true;
}();

// A thread's end is seen through a pthread key and not through a thread_local
// object: keys end after all thread_local objects, whose destructors may thus
// still use the library, and the key of the main thread never ends, so that
// the destructors of statics may, too.
void EndOfThread(void* record);

pthread_key_t ThreadKey() {
  static const pthread_key_t key = [] {
    pthread_key_t created;
    if (pthread_key_create(&created, EndOfThread) != 0) {
      Die("sync/atomic: no pthread key left to watch for the end of threads");
    }
    return created;
  }();
  return key;
}

// The key goes as the library is unloaded: a thread that ends later must not
// call code that is gone. It goes at the end of the process, too, and threads
// that end after that leave their records as they are.
ABSL_CONST_INIT std::atomic<bool> key_is_deleted{false};

bool WatchEnd(Participant<StdPolicy>& self) {
  return key_is_deleted.load() || pthread_setspecific(ThreadKey(), &self) == 0;
}

struct KeyDeleter {
  ~KeyDeleter() {
    const pthread_key_t key = ThreadKey();
    key_is_deleted.store(true);
    pthread_key_delete(key);
  }
};
[[maybe_unused]] const KeyDeleter key_deleter;

void EndOfThread(void* record) {
  auto& self = *static_cast<Participant<StdPolicy>*>(record);
  // Still pinned by what a later key's destructor will let go of: look again in
  // the next round of destructors.
  if (!process_domain.Leave(self)) WatchEnd(self);
}

}  // namespace

bool StdPolicy::HeavyFence() {
  const auto start = std::chrono::steady_clock::now();
  const bool fenced = internal::HeavyFence();
  const std::chrono::nanoseconds taken =
      std::chrono::steady_clock::now() - start;
  heavy_fences.count.fetch_add(1);
  heavy_fences.nanoseconds.fetch_add(static_cast<std::uint64_t>(taken.count()));
  return fenced;
}

void StdPolicy::Pause(int round, bool brief) {
  // A pin lasts for microseconds, or its thread is off the processor.
  constexpr int kYields = 100;
  if (brief || round < kYields) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

bool StdPolicy::SleepOn(const Atomic<std::uint32_t>& word, std::uint32_t value,
                        const Deadline& deadline) {
#if defined(__linux__) && defined(SYS_futex)
  // By longs on a 32-bit Linux, too, which has a second such call for clocks
  // beyond the year 2038.
  struct {
    long seconds;
    long nanoseconds;
  } until = {};
  if (deadline.has_value()) {
    // The steady clock is CLOCK_MONOTONIC, by which the kernel measures.
    const auto since = deadline->time_since_epoch();
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(since);
    until = {
        static_cast<long>(seconds.count()),
        static_cast<long>(std::chrono::nanoseconds(since - seconds).count())};
  }
  if (syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value,
              deadline.has_value() ? &until : nullptr, nullptr,
              FUTEX_BITSET_MATCH_ANY) == 0 ||
      errno == EAGAIN || errno == EINTR) {
    return true;
  }
  if (errno == ETIMEDOUT) return false;
#endif
  // Without such a call one looks now and then.
  if (word.load() != value) return true;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return !deadline.has_value() || std::chrono::steady_clock::now() < *deadline;
}

void StdPolicy::WakeAll([[maybe_unused]] const Atomic<std::uint32_t>& word) {
#if defined(__linux__) && defined(SYS_futex)
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, std::numeric_limits<int>::max(),
          nullptr, nullptr, 0);
#endif
}

bool StdPolicy::WatchThreadExit(Participant<StdPolicy>& self) {
  self.thread_id.store(ThreadId());
  return WatchEnd(self);
}

std::uint64_t StdPolicy::Milliseconds() {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
#else
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
#endif
}

template class Domain<StdPolicy>;

}  // namespace internal
}  // namespace sync_atomic
