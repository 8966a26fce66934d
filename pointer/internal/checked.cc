// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/internal/checked.h"

#if defined(SYNC_ATOMIC_CHECKED)

#include <pthread.h>
#if defined(__linux__)
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
#define SYNC_ATOMIC_INTERNAL_FINDS_OBJECTS 1
#endif
#endif
#endif

#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <utility>

#include "absl/base/attributes.h"
#include "sync_atomic/atomic/internal/fatal.h"

namespace sync_atomic {
namespace internal {
inline namespace SYNC_ATOMIC_INTERNAL_BUILD {
namespace {

// Allocates nothing.
[[noreturn]] ABSL_PRINTF_ATTRIBUTE(1, 2) void DieOf(const char* format, ...) {
  char text[1024];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  Fatal(text);
}

long long ThreadId() {
#if defined(__linux__)
  return syscall(SYS_gettid);
#else
  return 0;
#endif
}

const void* Plain(const volatile void* address) {
  return const_cast<const void*>(address);
}

// --- Where an address lies ---------------------------------------------------

// In a program or a library. Only glibc says so without a lock, which the child
// of a fork might find taken for good.
bool IsStatic([[maybe_unused]] const void* address) {
#if defined(SYNC_ATOMIC_INTERNAL_FINDS_OBJECTS)
  dl_find_object found;
  return _dl_find_object(const_cast<void*>(address), &found) == 0;
#else
  return false;
#endif
}

// In a frame of the calling thread that has not ended.
ABSL_ATTRIBUTE_NOINLINE bool IsOnStack([[maybe_unused]] const void* address) {
#if defined(__linux__)
  struct Bounds {
    std::uintptr_t low = 0, high = 0;
  };
  thread_local const Bounds bounds = [] {
    Bounds found;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return found;
    void* low = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
      found.low = reinterpret_cast<std::uintptr_t>(low);
      found.high = found.low + size;
    }
    pthread_attr_destroy(&attributes);
    return found;
  }();
  // A fibre has another stack, of which nothing is known.
  const auto frame =
      reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  return bounds.low <= frame && frame <= at && at < bounds.high;
#else
  return false;
#endif
}

// --- What is retired ---------------------------------------------------------

// The addresses of what is retired, in buckets; the low bit says that it is
// being deleted, or has been and its memory is kept. What finds its bucket full
// is not watched.
constexpr int kBucketBits = 12;
constexpr std::size_t kBucketSize = 64;
constexpr std::uintptr_t kDeleted = 1;

using Entry = std::atomic<std::uintptr_t>;
ABSL_CONST_INIT Entry retired[std::size_t{1} << kBucketBits][kBucketSize] = {};

std::uintptr_t KeyOf(const volatile void* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

Entry (&BucketOf(std::uintptr_t key))[kBucketSize] {
  return retired[(key * std::uint64_t{0x9e3779b97f4a7c15}) >>
                 (64 - kBucketBits)];
}

// The entry of `key` other than `but`; null if there is none.
Entry* Find(std::uintptr_t key, const Entry* but = nullptr) {
  for (Entry& entry : BucketOf(key)) {
    if (&entry != but && (entry.load() & ~kDeleted) == key) return &entry;
  }
  return nullptr;
}

[[noreturn]] void DieOfSecondRetire(const Entry& entry,
                                    const volatile void* object,
                                    const char* where) {
  DieOf("sync/atomic: %p is retired twice%s, in %s", Plain(object),
        (entry.load() & kDeleted) != 0 ? " (it has been deleted)" : "", where);
}

// Blocks that are kept, the oldest of which goes for the next.
struct Kept {
  std::atomic<bool> busy{false};
  void* memory = nullptr;
  const volatile void* key = nullptr;
};
constexpr std::size_t kKept = 64;
ABSL_CONST_INIT std::atomic<std::size_t> next_kept{0};
ABSL_CONST_INIT Kept kept[kKept] = {};

}  // namespace

void CheckRetire(const volatile void* object, const volatile void* key,
                 const char* where) {
  if (IsOnStack(Plain(object)) || IsStatic(Plain(object))) {
    DieOf("sync/atomic: %p is retired, but is not on the heap, in %s",
          Plain(object), where);
  }
  const std::uintptr_t wanted = KeyOf(key);
  if ((wanted & kDeleted) != 0) return;  // never from operator new
  if (const Entry* const entry = Find(wanted)) {
    DieOfSecondRetire(*entry, object, where);
  }
  for (Entry& entry : BucketOf(wanted)) {
    std::uintptr_t none = 0;
    if (!entry.compare_exchange_strong(none, wanted)) continue;
    // Of two at once, the later one sees the earlier.
    if (const Entry* const other = Find(wanted, &entry)) {
      DieOfSecondRetire(*other, object, where);
    }
    return;
  }
}

void BeginDelete(const volatile void* key) {
  if (Entry* const entry = Find(KeyOf(key))) entry->fetch_or(kDeleted);
}

void ForgetRetired(const volatile void* key) {
  if (Entry* const entry = Find(KeyOf(key))) entry->store(0);
}

void CheckNotRetired(const void* key) {
  const Entry* const entry = Find(KeyOf(key));
  if (entry == nullptr || (entry->load() & kDeleted) != 0) return;
  DieOf("sync/atomic: the Retirable at %p is deleted, but has been retired",
        key);
}

void KeepDeleted(void* memory, const volatile void* key) {
  Kept& place = kept[next_kept.fetch_add(1) % kKept];
  // Another thread may be here, 64 objects further: then nothing is kept. It
  // may also have been lost by a fork.
  if (!place.busy.exchange(true)) {
    std::swap(place.memory, memory);
    std::swap(place.key, key);
    place.busy.store(false);
  }
  if (memory == nullptr) return;
  ForgetRetired(key);
  ::operator delete(memory);
}

// --- Pins --------------------------------------------------------------------

namespace {

ABSL_CONST_INIT std::atomic<std::uint64_t> max_held_bytes{std::uint64_t{256}
                                                          << 20};
ABSL_CONST_INIT std::atomic<std::uint64_t> max_pinned_ms{10'000};

}  // namespace

void DieOfMovedPin(std::int64_t began_on) {
  DieOf("sync/atomic: a PinGuard that began on thread %lld ends on thread %lld",
        static_cast<long long>(began_on), ThreadId());
}

void SetPinLimits(std::uint64_t bytes, std::uint64_t ms) {
  max_held_bytes.store(bytes);
  max_pinned_ms.store(ms);
}

void CheckPin(std::int64_t thread, std::uint64_t ms, const HeldBack& held) {
  if (held.bytes() <= max_held_bytes.load() || ms <= max_pinned_ms.load()) {
    return;
  }
  const std::time_t began =
      std::time(nullptr) - static_cast<std::time_t>(ms / 1000);
  std::tm parts;
  char since[32] = "";
  if (gmtime_r(&began, &parts) != nullptr) {
    std::strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S UTC", &parts);
  }
  DieOf(
      "sync/atomic: thread %lld has been pinned since %s, %llu ms ago or more, "
      "and holds back %llu objects, %llu bytes (SetPinWatch)",
      static_cast<long long>(thread), since,
      static_cast<unsigned long long>(ms),
      static_cast<unsigned long long>(held.objects()),
      static_cast<unsigned long long>(held.bytes()));
}

// --- Readers -----------------------------------------------------------------

void OneThread::Check() {
  // Not the system's number, which changes in the child of a fork.
  static std::atomic<std::uint64_t> threads{0};
  thread_local const std::uint64_t self = threads.fetch_add(1) + 1;
  std::uint64_t user = 0;
  if (thread_.compare_exchange_strong(user, self)) {
    id_.store(ThreadId());
  } else if (user != self) {
    DieOf(
        "sync/atomic: a Reader is used by thread %lld, and was by thread %lld "
        "without a Release",
        ThreadId(), static_cast<long long>(id_.load()));
  }
}

// --- Cells -------------------------------------------------------------------

CellLife::~CellLife() {
  if (!IsStatic(this)) state_.store(kEnded);
}

void CellLife::DieOfEndedCell() {
  DieOf("sync/atomic: a Value or ValueOf is used after its end");
}

}  // namespace SYNC_ATOMIC_INTERNAL_BUILD
}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_CHECKED
