// SPDX-License-Identifier: Apache-2.0

// The words that Linux shares with each thread ("restartable sequences"), and
// that glibc registers. Only glibc may: a second registration fails, and so we
// take what is there.

#ifndef SYNC_ATOMIC_POINTER_PLATFORM_RSEQ_H_
#define SYNC_ATOMIC_POINTER_PLATFORM_RSEQ_H_

#include <cstddef>
#include <cstdint>

namespace sync_atomic {
namespace internal {

#if defined(__linux__)
// glibc's, from 2.35 on, under names that we may use.
extern const std::ptrdiff_t glibc_rseq_offset __asm__("__rseq_offset")
    __attribute__((weak));
extern const unsigned int glibc_rseq_size __asm__("__rseq_size")
    __attribute__((weak));
#endif

// struct rseq of <linux/rseq.h>, which old toolchains have without its later
// fields.
struct Rseq {
  std::uint32_t cpu_id_start;
  std::uint32_t cpu_id;
  std::uint64_t rseq_cs;
  std::uint32_t flags;
  std::uint32_t node_id;
  std::uint32_t mm_cid;
  std::uint8_t slice_request;
  std::uint8_t slice_granted;
  std::uint8_t reserved[2];
  std::uint8_t end;
};
static_assert(offsetof(Rseq, mm_cid) == 24);
static_assert(offsetof(Rseq, slice_request) == 28);
static_assert(offsetof(Rseq, end) == 32);

// Other machines than these two have other ways to the thread, and do without.
#if defined(__linux__) && defined(__LP64__) && \
    (defined(__x86_64__) || defined(__aarch64__))
#define SYNC_ATOMIC_INTERNAL_RSEQ 1
#endif

#if defined(SYNC_ATOMIC_INTERNAL_RSEQ)
// What stands in front of each address at which the kernel may continue a
// thread that was in a restartable sequence: glibc has named it to the kernel.
#if defined(__x86_64__)
inline constexpr std::uint32_t kRseqSignature = 0x53053053;
#else
inline constexpr std::uint32_t kRseqSignature = 0xd428bc00;
#endif

// What stands so far from the calling thread's pointer.
inline void* AtThread(std::ptrdiff_t offset) {
  char* thread;
#if defined(__x86_64__)
  asm("movq %%fs:0, %0" : "=r"(thread));
#else
  asm("mrs %0, tpidr_el0" : "=r"(thread));
#endif
  return thread + offset;
}
// How many bytes of them mean something; 0 if there are none.
inline std::size_t RseqSize() {
  if (&glibc_rseq_size == nullptr) return 0;
  // The first kernels said 32 and meant 20.
  return glibc_rseq_size == 32 ? 20 : glibc_rseq_size;
}
// Where they begin; the same in each thread.
inline std::ptrdiff_t RseqOffset() { return glibc_rseq_offset; }
#else
inline void* AtThread(std::ptrdiff_t) { return nullptr; }
inline std::size_t RseqSize() { return 0; }
inline std::ptrdiff_t RseqOffset() { return 0; }
#endif

// The calling thread's words, or null.
inline volatile Rseq* ThreadRseq() {
  return RseqSize() == 0 ? nullptr
                         : static_cast<volatile Rseq*>(AtThread(RseqOffset()));
}

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_POINTER_PLATFORM_RSEQ_H_
