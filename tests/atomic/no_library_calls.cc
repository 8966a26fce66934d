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
#include "sync_atomic/atomic/word.h"

namespace sync_atomic {

enum class Byte : std::uint8_t {};
enum class Short : std::int16_t {};
enum class Int {};
enum class Long : std::int64_t {};

struct Four {
  std::uint8_t numbers[4];
};
struct Eight {
  float x, y;
};

template class Enum<Byte>;
template class Enum<Short>;
template class Enum<Int>;
template class Enum<Long>;
template class Word<bool>;
template class Word<Byte>;
template class Word<std::int8_t>;
template class Word<std::uint16_t>;
template class Word<std::int32_t>;
template class Word<std::uint64_t>;
template class Word<float>;
template class Word<double>;
template class Word<Four>;
template class Word<Eight>;

namespace internal {

template class BoolWord<Bool>;
template class Floating<Float64, double>;
template class Integer<Int32, std::int32_t>;
template class Integer<Int64, std::int64_t>;
template class Integer<Uint32, std::uint32_t>;
template class Integer<Uint64, std::uint64_t>;
template class Integer<Uintptr, std::uintptr_t>;
template class Bitwise<Bool, bool>;
template class Bitwise<Enum<Short>, Short>;
template class Bitwise<Int64, std::int64_t>;
template class Bitwise<Word<std::int8_t>, std::int8_t>;
template class WordBase<Bool, bool>;
template class WordBase<Enum<Byte>, Byte>;
template class WordBase<Float64, double>;
template class WordBase<Int32, std::int32_t>;
template class WordBase<Int64, std::int64_t>;
template class WordBase<Word<std::uint16_t>, std::uint16_t>;
template class WordBase<Word<Eight>, Eight>;

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
struct Large {
  std::uint64_t numbers[3];
};
Large Load(const std::atomic<Large>& x) { return x.load(); }
#endif

}  // namespace sync_atomic
