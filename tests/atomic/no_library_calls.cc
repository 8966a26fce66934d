// SPDX-License-Identifier: Apache-2.0

// Each operation of each typed atomic, and the free functions:
// no_library_calls_test.py looks what a compiler calls for them.

#include <atomic>
#include <cstdint>

#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"

namespace sync_atomic {

enum class Byte : std::uint8_t {};
enum class Short : std::int16_t {};
enum class Int {};
enum class Long : std::int64_t {};

namespace internal {

#define WORD(Self, T) template class Word<Self, T>
WORD(Bool, bool);
WORD(Enum<Byte>, Byte);
WORD(Enum<Short>, Short);
WORD(Enum<Int>, Int);
WORD(Enum<Long>, Long);
WORD(Float64, double);

#define INTEGER(Self, T) \
  WORD(Self, T);         \
  template class Integer<Self, T>
INTEGER(Int32, std::int32_t);
INTEGER(Int64, std::int64_t);
INTEGER(Uint32, std::uint32_t);
INTEGER(Uint64, std::uint64_t);
INTEGER(Uintptr, std::uintptr_t);

#define PLAIN(T)                                  \
  template T LoadPlain<const T>(const T*);        \
  template void StorePlain<T>(T*, T);             \
  template T SwapPlain<T>(T*, T);                 \
  template bool CompareAndSwapPlain<T>(T*, T, T); \
  template T AddPlain<T>(T*, T);                  \
  template T AndPlain<T>(T*, T);                  \
  template T OrPlain<T>(T*, T)
PLAIN(std::int32_t);
PLAIN(std::uint32_t);
PLAIN(std::int64_t);
PLAIN(std::uint64_t);

}  // namespace internal

bool Toggled(Bool& x) { return x.Toggle(); }
double Sum(Float64& x) { return x.Add(1); }
std::int64_t Doubled(Int64& x) {
  return x.Update([](std::int64_t old) { return old * 2; });
}

// What no processor changes in one step, to show that calls are seen.
#ifdef WRONG
struct Three {
  std::uint64_t numbers[3];
};
Three Load(const std::atomic<Three>& x) { return x.load(); }
#endif

}  // namespace sync_atomic
