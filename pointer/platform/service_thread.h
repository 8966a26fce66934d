// SPDX-License-Identifier: Apache-2.0

// StartServiceThread: starts a thread of the library's own. It takes no signals
// of the program's: all are blocked.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_SERVICE_THREAD_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_SERVICE_THREAD_H_

#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): pthread_sigmask

#include "sync_atomic/atomic/internal/fatal.h"

namespace sync_atomic {
namespace internal {

// Without a thread the program ends with `refused`.
inline pthread_t StartServiceThread(void* (*run)(void*), void* argument,
                                    const char* refused) {
  pthread_t id;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // the thread inherits it
  const int error = pthread_create(&id, nullptr, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) Fatal(refused);
#if defined(__linux__)
  pthread_setname_np(id, "sync_atomic");
#endif
  return id;
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_SERVICE_THREAD_H_
