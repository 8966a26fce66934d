// SPDX-License-Identifier: Apache-2.0

// TsanRelease, TsanAcquire: what ThreadSanitizer does not see by itself, since
// the library's own files are built without it while the program runs under
// it. What is in headers it sees: the program's files have that instrumented.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_TSAN_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_TSAN_H_

#include "sync_atomic/pointer/platform/built_with_tsan.h"

// ThreadSanitizer's own, where the program is linked with it.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreserved-identifier"
#endif
// NOLINTNEXTLINE: the name is ThreadSanitizer's
extern "C" [[gnu::weak]] void __tsan_release(void* address);
// NOLINTNEXTLINE: as above
extern "C" [[gnu::weak]] void __tsan_acquire(void* address);
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

namespace sync_atomic {
namespace internal {

// To be called before a release at the atomic that lies there.
inline void TsanRelease(const void* address) {
  if (__tsan_release != nullptr) {
    __tsan_release(const_cast<void*>(address));
  }
}

// To be called after an acquire.
inline void TsanAcquire(const void* address) {
  if (__tsan_acquire != nullptr) {
    __tsan_acquire(const_cast<void*>(address));
  }
}

// The same in headers, for what orders nothing that ThreadSanitizer sees: the
// system's word that a thread is gone, or assembly. Nothing in other builds.
inline void TsanDone([[maybe_unused]] const void* object) {
#if defined(SYNC_ATOMIC_INTERNAL_TSAN)
  TsanRelease(object);
#endif
}
inline void TsanSeen([[maybe_unused]] const void* object) {
#if defined(SYNC_ATOMIC_INTERNAL_TSAN)
  TsanAcquire(object);
#endif
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_TSAN_H_
