// SPDX-License-Identifier: Apache-2.0

// SYNC_ATOMIC_INTERNAL_TSAN: defined if this file is built with
// ThreadSanitizer.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_BUILT_WITH_TSAN_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_BUILT_WITH_TSAN_H_

#if defined(__SANITIZE_THREAD__)
#define SYNC_ATOMIC_INTERNAL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SYNC_ATOMIC_INTERNAL_TSAN 1
#endif
#endif

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_BUILT_WITH_TSAN_H_
