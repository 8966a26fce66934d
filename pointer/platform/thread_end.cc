// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/platform/thread_end.h"

#include <pthread.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "absl/base/attributes.h"

namespace sync_atomic {
namespace internal {
namespace {

// The calling thread is in the destructors of its keys, or beyond.
thread_local bool thread_is_ending = false;

void EndOfThread(void* record) {
  thread_is_ending = true;
  // Still in use by what a later key's destructor will release. After the last
  // round a thread that finds the record in its way looks for the owner.
  if (!AtThreadEnd(record)) CallAtThreadEnd(record);
}

// The key is made as the library is loaded, while there still are some: a
// process may use up all. It goes as the library is unloaded, since a thread
// that ends later must not call code that is gone, and so it does at the end of
// the process. Others may delete it, too. A thread that has no key then has
// nothing that sees its end, and a thread that needs its record looks for it.
class ThreadKey {
 public:
  ThreadKey() { Make(); }
  ~ThreadKey() {
    const std::int64_t made = key_.exchange(kDeleted);
    if (made >= 0) pthread_key_delete(static_cast<pthread_key_t>(made));
  }

  static bool Set(void* record) {
    std::int64_t key = key_.load();
    if (key == kNone) key = Make();
    return key >= 0 &&
           pthread_setspecific(static_cast<pthread_key_t>(key), record) == 0;
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

}  // namespace

bool CallAtThreadEnd(void* record) { return ThreadKey::Set(record); }

bool ThreadIsEnding() { return thread_is_ending; }

std::int64_t ThreadId() {
#if defined(__linux__)
  return syscall(SYS_gettid);
#else
  return 0;
#endif
}

bool ThreadIsGone([[maybe_unused]] std::int64_t thread) {
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

}  // namespace internal
}  // namespace sync_atomic
