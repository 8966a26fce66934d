// SPDX-License-Identifier: Apache-2.0

// What the shared library has one of for the whole process, whatever the
// visibility that it and its users are compiled with.
//
// Where everything is linked statically such variables are inline, and each
// image (the program, a plug-in with a copy of its own) has what the system's
// rules for inline variables give it. With SYNC_ATOMIC_SHARED, which CMake and
// pkg-config define for users of the shared library, they are that library's.
// A file that is compiled otherwise than the library does not link (checked.h).

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_EXPORT_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_EXPORT_H_

#if defined(SYNC_ATOMIC_SHARED)

// Before what the library exports: functions, and types whose members it does.
#define SYNC_ATOMIC_INTERNAL_EXPORT [[gnu::visibility("default")]]
// Before a variable of the process, and of the thread. __thread, since an
// extern thread_local is asked at each use whether it has been constructed.
#define SYNC_ATOMIC_INTERNAL_PROCESS SYNC_ATOMIC_INTERNAL_EXPORT extern
#define SYNC_ATOMIC_INTERNAL_THREAD SYNC_ATOMIC_INTERNAL_EXPORT extern __thread
// After it: its first value, in braces, unless it is all zeros.
#define SYNC_ATOMIC_INTERNAL_INITIALLY(...)

#else

#define SYNC_ATOMIC_INTERNAL_EXPORT
#define SYNC_ATOMIC_INTERNAL_PROCESS inline
#define SYNC_ATOMIC_INTERNAL_THREAD inline thread_local
#define SYNC_ATOMIC_INTERNAL_INITIALLY(...) __VA_ARGS__

#endif

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_EXPORT_H_
