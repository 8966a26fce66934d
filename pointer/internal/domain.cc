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
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <new>
#include <thread>

#include "absl/base/attributes.h"
#include "sync_atomic/pointer/internal/fence.h"
#include "sync_atomic/pointer/internal/policy.h"
#include "sync_atomic/pointer/internal/waiters.h"

namespace sync_atomic {
namespace internal {

ABSL_CONST_INIT HeavyFences heavy_fences;

#if defined(SYNC_ATOMIC_SHARED)
ABSL_CONST_INIT Domain<StdPolicy> process_domain;
ABSL_CONST_INIT ThreadRecord<StdPolicy> std_policy_sentinel_record{
    SentinelTag()};
__thread ThreadRecord<StdPolicy>* std_policy_this_record = nullptr;
__thread ThreadRecord<StdPolicy>* std_policy_fast_record =
    &std_policy_sentinel_record;
ABSL_CONST_INIT Waiters<StdPolicy> process_waiters;
#endif

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
  ThreadRecord<StdPolicy>* const self = StdPolicy::this_record();
  process_domain.AfterFork(self);
  process_waiters.AfterFork();
  ForgetOtherThreadsExecutors();
  if (self != nullptr) self->SetThreadId(ThreadId());
}

[[maybe_unused]] const bool watches_forks = [] {
  if (pthread_atfork(nullptr, nullptr, AfterFork) != 0) {
    Fatal("sync/atomic: no memory to watch for forks");
  }
  return true;
}();

// The calling thread is in the destructors of its keys, or beyond.
thread_local bool thread_is_ending = false;

// A thread's end is seen through a pthread key and not through a thread_local
// object: keys end after all thread_local objects, whose destructors may thus
// still use the library, and the key of the main thread never ends, so that
// the destructors of statics may, too.
//
// The key is made as the library is loaded, while there still are some: a
// process may use up all. It goes as the library is unloaded, since a thread
// that ends later must not call code that is gone, and so it does at the end of
// the process. Others may delete it, too. A thread that has no key then has
// nobody to see its end, and whoever needs its record looks for the thread.
void EndOfThread(void* record);

class ThreadKey {
 public:
  ThreadKey() { Make(); }
  ~ThreadKey() {
    const std::int64_t made = key_.exchange(kDeleted);
    if (made >= 0) pthread_key_delete(static_cast<pthread_key_t>(made));
  }

  // Has EndOfThread(&self) called. False: no key, or no memory.
  static bool Watch(ThreadRecord<StdPolicy>& self) {
    std::int64_t key = key_.load();
    if (key == kNone) key = Make();
    return key >= 0 &&
           pthread_setspecific(static_cast<pthread_key_t>(key), &self) == 0;
  }

 private:
  static constexpr std::int64_t kNone = -1, kDeleted = -2;

  static std::int64_t Make() {
    pthread_key_t made;
    if (pthread_key_create(&made, EndOfThread) != 0) return kNone;
    std::int64_t found = kNone;
    if (key_.compare_exchange_strong(found, static_cast<std::int64_t>(made))) {
      return static_cast<std::int64_t>(made);
    }
    pthread_key_delete(made);  // another thread was first
    return found;
  }

  // Used before it is constructed, and after its end.
  static std::atomic<std::int64_t> key_;
};
ABSL_CONST_INIT std::atomic<std::int64_t> ThreadKey::key_{kNone};
[[maybe_unused]] const ThreadKey thread_key;

void EndOfThread(void* record) {
  auto& self = *static_cast<ThreadRecord<StdPolicy>*>(record);
  thread_is_ending = true;
  // Still pinned by what a later key's destructor will let go of: look again in
  // the next round of destructors. After the last one whoever finds the pin in
  // the way looks for the thread.
  if (!process_domain.Unregister(self)) ThreadKey::Watch(self);
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

bool StdPolicy::WatchThreadExit(ThreadRecord<StdPolicy>& self) {
  self.SetThreadId(ThreadId());
  return ThreadKey::Watch(self);
}

bool StdPolicy::ThreadIsEnding() { return thread_is_ending; }

bool StdPolicy::ThreadIsGone([[maybe_unused]] std::int64_t thread) {
#if defined(__linux__) && defined(SYS_tgkill)
  const int kept = errno;
  const bool gone =
      syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH;
  errno = kept;
  return gone;
#else
  return false;
#endif
}

ThreadRecord<StdPolicy>* StdPolicy::NewRecords(std::size_t count) {
  using Record = ThreadRecord<StdPolicy>;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignof(Record), count * sizeof(Record)) != 0) {
    return nullptr;
  }
  auto* const records = static_cast<Record*>(memory);
  for (std::size_t i = 0; i < count; ++i) new (records + i) Record;
  return records;
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
