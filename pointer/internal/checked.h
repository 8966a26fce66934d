// SPDX-License-Identifier: Apache-2.0

// The checked build: what is looked for, at some cost, where the macro
// SYNC_ATOMIC_CHECKED is defined, for the library and for all that uses it.
// docs/checked_build.md lists the messages.
//
// The other headers ask `if constexpr (kChecked)` at each place. Without the
// macro nothing of this is compiled. Files of the two kinds don't link: the
// policy, which nearly all symbols name, stands in a namespace that says which
// kind it is (the undefined symbols have checked_build or plain_build in them).
// It also says whether SYNC_ATOMIC_SHARED (export.h) is defined: a file that
// takes the shared library for a static one would have a domain of its own.
//
// Nothing here locks or allocates, so that a fork may find it at any step.
//
// Threads: all functions on any threads.

#ifndef SYNC_ATOMIC_POINTER_INTERNAL_CHECKED_H_
#define SYNC_ATOMIC_POINTER_INTERNAL_CHECKED_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#if defined(SYNC_ATOMIC_CHECKED) && defined(SYNC_ATOMIC_SHARED)
#define SYNC_ATOMIC_INTERNAL_BUILD checked_shared_build
#elif defined(SYNC_ATOMIC_CHECKED)
#define SYNC_ATOMIC_INTERNAL_BUILD checked_build
#elif defined(SYNC_ATOMIC_SHARED)
#define SYNC_ATOMIC_INTERNAL_BUILD shared_build
#else
#define SYNC_ATOMIC_INTERNAL_BUILD plain_build
#endif

#include "sync_atomic/atomic/internal/export.h"

namespace sync_atomic {
namespace internal {

#if defined(SYNC_ATOMIC_CHECKED)
inline constexpr bool kChecked = true;
#else
inline constexpr bool kChecked = false;
#endif

inline namespace SYNC_ATOMIC_INTERNAL_BUILD {

// --- Pins --------------------------------------------------------------------

// A PinGuard that began on the thread of this number ends on another one.
[[noreturn]] SYNC_ATOMIC_INTERNAL_EXPORT void DieOfMovedPin(
    std::int64_t began_on);

// What one pin has held back.
class SYNC_ATOMIC_INTERNAL_EXPORT HeldBack {
 public:
  // Adds to what the pin that began in epoch `since` held back before.
  void Add(std::uint64_t since, std::uint64_t objects, std::uint64_t bytes) {
    if (since_.exchange(since) != since) {
      objects_.store(0);
      bytes_.store(0);
    }
    objects_.fetch_add(objects);
    bytes_.fetch_add(bytes);
  }
  std::uint64_t objects() const { return objects_.load(); }
  std::uint64_t bytes() const { return bytes_.load(); }

 private:
  std::atomic<std::uint64_t> since_{0};
  std::atomic<std::uint64_t> objects_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

// From when on a pin is stuck: SetPinWatch() (stats.h).
SYNC_ATOMIC_INTERNAL_EXPORT void SetPinLimits(std::uint64_t bytes,
                                              std::uint64_t ms);

// Dies if the pin of `thread`, which has been in the way for `ms`, is stuck.
SYNC_ATOMIC_INTERNAL_EXPORT void CheckPin(std::int64_t thread, std::uint64_t ms,
                                          const HeldBack& held);

// --- Readers -----------------------------------------------------------------

// Who uses something that is one thread's at a time.
class SYNC_ATOMIC_INTERNAL_EXPORT OneThread {
 public:
  // Dies if another thread has used it since Forget().
  void Check();
  void Forget() { thread_.store(0); }

 private:
  std::atomic<std::uint64_t> thread_{0};  // a number of our own
  std::atomic<std::int64_t> id_{0};       // the system's
};

// --- Retire ------------------------------------------------------------------

// Remembers that the object is retired, at `key` for DeleteRetired() and
// CheckNotRetired(). Dies if it is already, or lies on the calling thread's
// stack or in static memory. `where` names the function, and so the type.
SYNC_ATOMIC_INTERNAL_EXPORT void CheckRetire(const volatile void* object,
                                             const volatile void* key,
                                             const char* where);

// The library is about to delete what was retired.
SYNC_ATOMIC_INTERNAL_EXPORT void BeginDelete(const volatile void* key);
// It has been deleted, or is about to be, so that the address may come back.
SYNC_ATOMIC_INTERNAL_EXPORT void ForgetRetired(const volatile void* key);

// Dies if something was retired that nobody has begun to delete.
SYNC_ATOMIC_INTERNAL_EXPORT void CheckNotRetired(const void* key);

// Takes memory whose object has been destroyed, and keeps it for a while, so
// that it is known if it is retired again.
SYNC_ATOMIC_INTERNAL_EXPORT void KeepDeleted(void* memory,
                                             const volatile void* key);

// Whether `delete` of a T is no more than ~T() and the heap's operator delete.
// Under AddressSanitizer, which reports such a use better, it does not matter.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYNC_ATOMIC_INTERNAL_FREES_AT_ONCE 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SYNC_ATOMIC_INTERNAL_FREES_AT_ONCE)
inline constexpr bool kKeepsDeleted = false;
#else
inline constexpr bool kKeepsDeleted = true;
#endif
template <class T, class = void>
inline constexpr bool kDeletesItself = false;
template <class T>
inline constexpr bool kDeletesItself<
    T, std::void_t<decltype(T::operator delete(std::declval<void*>()))>> = true;
template <class T, class = void>
inline constexpr bool kDeletesItselfBySize = false;
template <class T>
inline constexpr bool
    kDeletesItselfBySize<T, std::void_t<decltype(T::operator delete (
                                std::declval<void*>(), std::size_t{}))>> = true;
template <class T, class = void>
inline constexpr bool kDestroysItself = false;
#if defined(__cpp_lib_destroying_delete)
template <class T>
inline constexpr bool
    kDestroysItself<T, std::void_t<decltype(T::operator delete (
                           std::declval<T*>(), std::destroying_delete_t{}))>> =
        true;
#endif
template <class T>
inline constexpr bool kCanKeep =
    sizeof(T) <= 4096 &&
    alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__&& kKeepsDeleted &&
    !kDeletesItself<T> && !kDeletesItselfBySize<T> && !kDestroysItself<T> &&
    !(std::is_polymorphic_v<T> && !std::is_final_v<T>);

// Deletes what CheckRetire() was given.
template <class T>
void DeleteRetired(T* object, const volatile void* key) {
  BeginDelete(key);
  if constexpr (kCanKeep<std::remove_cv_t<T>>) {
    object->~T();
    KeepDeleted(const_cast<std::remove_cv_t<T>*>(object), key);
  } else {
    ForgetRetired(key);
    delete object;
  }
}

// --- Cells -------------------------------------------------------------------

// Whether a cell lives. A static one always does: it reads as empty.
class SYNC_ATOMIC_INTERNAL_EXPORT CellLife {
 public:
  constexpr CellLife() = default;
  CellLife(const CellLife&) = delete;
  CellLife& operator=(const CellLife&) = delete;
  ~CellLife();

  // Dies if the cell has ended.
  void Check() const {
    if (state_.load() != kAlive) DieOfEndedCell();
  }

 private:
  static constexpr std::uintptr_t kAlive = 0x5ec0de;
  static constexpr std::uintptr_t kEnded = 0xdead;

  [[noreturn]] static void DieOfEndedCell();

  std::atomic<std::uintptr_t> state_{kAlive};
};

}  // namespace SYNC_ATOMIC_INTERNAL_BUILD
}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_INTERNAL_CHECKED_H_
