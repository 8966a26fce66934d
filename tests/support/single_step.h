// SPDX-License-Identifier: Apache-2.0

// SingleStep: the instructions that a function executes, one by one, and which
// of them lock. For Linux on x86-64 and AArch64.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_SINGLE_STEP_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_SINGLE_STEP_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <vector>

#if defined(__linux__)
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#endif

namespace sync_atomic {
namespace testing {

// True if the instruction at `at` is a full fence, as compilers write it.
inline bool Fences([[maybe_unused]] const std::uint8_t* at) {
#if defined(__x86_64__)
  constexpr std::uint8_t kMfence[] = {0x0f, 0xae, 0xf0};
  constexpr std::uint8_t kLockedOr[] = {0x83, 0x0c, 0x24, 0};  // 0 to the stack
  if (std::equal(std::begin(kMfence), std::end(kMfence), at)) return true;
  if (*at++ != 0xf0) return false;
  if ((*at & 0xf0) == 0x40) ++at;
  return std::equal(std::begin(kLockedOr), std::end(kLockedOr), at);
#elif defined(__aarch64__)
  std::uint32_t word;
  std::memcpy(&word, at, sizeof(word));
  return (word & 0xfffff0ff) == 0xd50330bf;  // dmb
#else
  return false;
#endif
}

// True if the instruction at `at` reads and writes memory in one locked step,
// or is a full fence.
inline bool Locks([[maybe_unused]] const std::uint8_t* at) {
#if defined(__x86_64__)
  const auto is_prefix = [](std::uint8_t byte) {
    return byte == 0x66 || byte == 0xf2 || byte == 0xf3 || byte == 0x64 ||
           byte == 0x65 || (byte & 0xe7) == 0x26;
  };
  while (is_prefix(*at)) ++at;
  if (*at == 0xf0) return true;    // lock
  if ((*at & 0xf0) == 0x40) ++at;  // REX
  const bool in_memory = (at[1] & 0xc0) != 0xc0;
  if (at[0] == 0x86 || at[0] == 0x87) return in_memory;  // xchg
  return Fences(at);
#elif defined(__aarch64__)
  std::uint32_t word;
  std::memcpy(&word, at, sizeof(word));
  if ((word & 0x3ffffc00) == 0x38bfc000) return false;  // ldapr
  return (word & 0x3f800000) == 0x08000000 ||  // exclusive load or store
         (word & 0x3fa07c00) == 0x08a07c00 ||  // cas
         (word & 0x3f200c00) == 0x38200000 ||  // swp, ldadd and the like
         Fences(at);
#else
  return false;
#endif
}

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

namespace internal {

extern "C" __attribute__((noinline)) inline void single_step_begins() {
  asm volatile("" ::: "memory");
}
extern "C" __attribute__((noinline)) inline void single_step_ends() {
  // Not the same code as above, which linkers may fold.
  asm volatile("nop" ::: "memory");
}

// Where a stopped process is.
inline std::uintptr_t ProgramCounter(pid_t process) {
  user_regs_struct registers = {};
  iovec all = {&registers, sizeof(registers)};
  if (ptrace(PTRACE_GETREGSET, process, NT_PRSTATUS, &all) != 0) return 0;
#if defined(__x86_64__)
  return registers.rip;
#else
  return registers.pc;
#endif
}

}  // namespace internal

// The addresses of the instructions that f() executes in a copy of this
// process; nothing where processes can't be traced. Before each instruction,
// and after the last, at_step(copy) may look at the copy by ptrace.
template <class F, class AtStep>
std::optional<std::vector<std::uintptr_t>> SingleStep(F f, AtStep at_step) {
  using internal::ProgramCounter;
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    internal::single_step_begins();
    f();
    internal::single_step_ends();
    _exit(0);
  }
  if (child < 0) return std::nullopt;

  const auto begins =
      reinterpret_cast<std::uintptr_t>(&internal::single_step_begins);
  const auto ends =
      reinterpret_cast<std::uintptr_t>(&internal::single_step_ends);
  std::vector<std::uintptr_t> executed;
  bool inside = false, complete = false;
  int status = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    const std::uintptr_t at = ProgramCounter(child);
    if (at == 0) break;
    if (inside) at_step(child);
    if (inside && at == ends) {
      complete = true;
      break;
    }
    if (inside) executed.push_back(at);
    inside = inside || at == begins;
    if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) break;
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  if (!complete) return std::nullopt;
  return executed;
}

#else

template <class F, class AtStep>
std::optional<std::vector<std::uintptr_t>> SingleStep(F, AtStep) {
  return std::nullopt;
}

#endif

template <class F>
std::optional<std::vector<std::uintptr_t>> SingleStep(F f) {
  return SingleStep(f, [](auto) {});
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_SINGLE_STEP_H_
