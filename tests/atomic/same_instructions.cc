// SPDX-License-Identifier: Apache-2.0

// Pairs of functions that do the same: ours_NAME calls our class, std_NAME
// std::atomic. same_instructions_test.py compiles this file and compares what a
// compiler makes of each pair.

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
#include "sync_atomic/atomic/word.h"

// All functions have the same parameters: only the calls differ.
#define PAIR(Class, T, name, Result, ours, theirs)                            \
  extern "C" Result ours_##Class##_##name(sync_atomic::Class& cell, T a, T b, \
                                          T& c) {                             \
    return cell.ours;                                                         \
  }                                                                           \
  extern "C" Result std_##Class##_##name(std::atomic<T>& cell, T a, T b,      \
                                         T& c) {                              \
    return cell.theirs;                                                       \
  }

#define ORDER(order) std::memory_order_##order

#define LOAD(Class, T, order) \
  PAIR(Class, T, Load_##order, T, Load(ORDER(order)), load(ORDER(order)))

#define STORE(Class, T, order)                                \
  PAIR(Class, T, Store_##order, void, Store(a, ORDER(order)), \
       store(a, ORDER(order)))

#define CHANGE(Class, T, order)                          \
  PAIR(Class, T, Swap_##order, T, Swap(a, ORDER(order)), \
       exchange(a, ORDER(order)))                        \
  PAIR(Class, T, CompareAndSwap_##order, bool,           \
       CompareAndSwap(a, b, ORDER(order)),               \
       compare_exchange_strong(a, b, ORDER(order)))      \
  PAIR(Class, T, CompareExchange_##order, bool,          \
       CompareExchange(c, b, ORDER(order)),              \
       compare_exchange_weak(c, b, ORDER(order)))        \
  PAIR(Class, T, CompareExchangeStrong_##order, bool,    \
       CompareExchangeStrong(c, b, ORDER(order)),        \
       compare_exchange_strong(c, b, ORDER(order)))

#define SUM(Class, T, order)                                     \
  PAIR(Class, T, Add_##order, T, Add(a, ORDER(order)),           \
       fetch_add(a, ORDER(order)) + a)                           \
  PAIR(Class, T, Sub_##order, T, Sub(a, ORDER(order)),           \
       fetch_sub(a, ORDER(order)) - a)                           \
  PAIR(Class, T, FetchAdd_##order, T, FetchAdd(a, ORDER(order)), \
       fetch_add(a, ORDER(order)))                               \
  PAIR(Class, T, FetchSub_##order, T, FetchSub(a, ORDER(order)), \
       fetch_sub(a, ORDER(order)))

#define BITS(Class, T, order)                          \
  PAIR(Class, T, And_##order, T, And(a, ORDER(order)), \
       fetch_and(a, ORDER(order)))                     \
  PAIR(Class, T, Or_##order, T, Or(a, ORDER(order)),   \
       fetch_or(a, ORDER(order)))                      \
  PAIR(Class, T, Xor_##order, T, Xor(a, ORDER(order)), \
       fetch_xor(a, ORDER(order)))

#define COMPARE(Class, T, success, failure)                           \
  PAIR(Class, T, CompareAndSwap_##success##_##failure, bool,          \
       CompareAndSwap(a, b, ORDER(success), ORDER(failure)),          \
       compare_exchange_strong(a, b, ORDER(success), ORDER(failure))) \
  PAIR(Class, T, CompareExchange_##success##_##failure, bool,         \
       CompareExchange(c, b, ORDER(success), ORDER(failure)),         \
       compare_exchange_weak(c, b, ORDER(success), ORDER(failure)))   \
  PAIR(Class, T, CompareExchangeStrong_##success##_##failure, bool,   \
       CompareExchangeStrong(c, b, ORDER(success), ORDER(failure)),   \
       compare_exchange_strong(c, b, ORDER(success), ORDER(failure)))

// No order named: seq_cst in both.
#define UNORDERED(Class, T)                                                \
  PAIR(Class, T, Load, T, Load(), load())                                  \
  PAIR(Class, T, Store, void, Store(a), store(a))                          \
  PAIR(Class, T, Swap, T, Swap(a), exchange(a))                            \
  PAIR(Class, T, CompareAndSwap, bool, CompareAndSwap(a, b),               \
       compare_exchange_strong(a, b))                                      \
  PAIR(Class, T, CompareExchange, bool, CompareExchange(c, b),             \
       compare_exchange_weak(c, b))                                        \
  PAIR(Class, T, CompareExchangeStrong, bool, CompareExchangeStrong(c, b), \
       compare_exchange_strong(c, b))

#define UNORDERED_SUM(Class, T)                          \
  PAIR(Class, T, Add, T, Add(a), fetch_add(a) + a)       \
  PAIR(Class, T, Sub, T, Sub(a), fetch_sub(a) - a)       \
  PAIR(Class, T, FetchAdd, T, FetchAdd(a), fetch_add(a)) \
  PAIR(Class, T, FetchSub, T, FetchSub(a), fetch_sub(a))

#define UNORDERED_BITS(Class, T)               \
  PAIR(Class, T, And, T, And(a), fetch_and(a)) \
  PAIR(Class, T, Or, T, Or(a), fetch_or(a))    \
  PAIR(Class, T, Xor, T, Xor(a), fetch_xor(a))

#define CHANGES(kind, Class, T)                                           \
  kind(Class, T, relaxed) kind(Class, T, consume) kind(Class, T, acquire) \
      kind(Class, T, release) kind(Class, T, acq_rel) kind(Class, T, seq_cst)

// What each word has.
#define WORDS(Class, T)               \
  UNORDERED(Class, T)                 \
  LOAD(Class, T, relaxed)             \
  LOAD(Class, T, consume)             \
  LOAD(Class, T, acquire)             \
  LOAD(Class, T, seq_cst)             \
  STORE(Class, T, relaxed)            \
  STORE(Class, T, release)            \
  STORE(Class, T, seq_cst)            \
  CHANGES(CHANGE, Class, T)           \
  COMPARE(Class, T, relaxed, relaxed) \
  COMPARE(Class, T, acquire, relaxed) \
  COMPARE(Class, T, acquire, acquire) \
  COMPARE(Class, T, release, relaxed) \
  COMPARE(Class, T, acq_rel, relaxed) \
  COMPARE(Class, T, acq_rel, acquire) \
  COMPARE(Class, T, seq_cst, relaxed) \
  COMPARE(Class, T, seq_cst, acquire) \
  COMPARE(Class, T, seq_cst, seq_cst)

#define BIT_WORDS(Class, T) \
  UNORDERED_BITS(Class, T)  \
  CHANGES(BITS, Class, T)

// What integers have, and with them pairs that are wrong.
#define PAIRS(Class, T)   \
  WORDS(Class, T)         \
  BIT_WORDS(Class, T)     \
  UNORDERED_SUM(Class, T) \
  CHANGES(SUM, Class, T)  \
  WRONG(Class, T)

// Pairs that are not the same, to show that the comparison can fail. The last
// one's orders are the same instructions on x86.
#define WRONG(Class, T)                                                 \
  PAIR(Class, T, WRONG_order, void, Store(a, ORDER(release)), store(a)) \
  PAIR(Class, T, WRONG_result, T, Add(a), fetch_add(a))                 \
  PAIR(Class, T, WRONG_hidden_order, T, Add(a, ORDER(relaxed)),         \
       fetch_add(a) + a)

namespace sync_atomic {

using Word8 = Word<std::int8_t>;
using Word16 = Word<std::uint16_t>;
enum class Color : std::uint32_t {};
using Enum32 = Enum<Color>;
// In a register, as the number that has its bits.
struct Two {
  std::int32_t first, second;
};
using WordTwo = Word<Two>;
struct Four {
  std::uint8_t numbers[4];
};
using WordFour = Word<Four>;

}  // namespace sync_atomic

// The free functions, on plain memory. `field` is in the name where that is of
// another type than the function's first.
#define FUNCTION(name, field, T, Plain, Result, theirs, ...)                  \
  extern "C" Result ours_##name##field(Plain& cell, T a, T b, T& c) {         \
    return sync_atomic::name(&cell __VA_ARGS__);                              \
  }                                                                           \
  extern "C" Result std_##name##field(std::atomic<T>& cell, T a, T b, T& c) { \
    return cell.theirs;                                                       \
  }
#define FUNCTIONS(kind, field, T, Plain)                         \
  FUNCTION(Load##kind, field, T, Plain, T, load())               \
  FUNCTION(Store##kind, field, T, Plain, void, store(a), , a)    \
  FUNCTION(Swap##kind, field, T, Plain, T, exchange(a), , a)     \
  FUNCTION(CompareAndSwap##kind, field, T, Plain, bool,          \
           compare_exchange_strong(a, b), , a, b)                \
  FUNCTION(Add##kind, field, T, Plain, T, fetch_add(a) + a, , a) \
  FUNCTION(And##kind, field, T, Plain, T, fetch_and(a), , a)     \
  FUNCTION(Or##kind, field, T, Plain, T, fetch_or(a), , a)

PAIRS(Int32, std::int32_t)
PAIRS(Int64, std::int64_t)
PAIRS(Uint32, std::uint32_t)
PAIRS(Uint64, std::uint64_t)
PAIRS(Word8, std::int8_t)
PAIRS(Word16, std::uint16_t)
WORDS(Float64, double)
WORDS(Bool, bool)
WORDS(Enum32, sync_atomic::Color)

// What std::atomic does not have of a T, beside what it has of a number U with
// the same bits, which comes in the same register.
#define MIXED(Class, T, Theirs, U, name, Result, ours, theirs)                \
  extern "C" Result ours_##Class##_##name(sync_atomic::Class& cell, T a, T b, \
                                          T& c) {                             \
    return cell.ours;                                                         \
  }                                                                           \
  extern "C" Theirs std_##Class##_##name(std::atomic<U>& cell, U a, U b,      \
                                         U& c) {                              \
    return theirs;                                                            \
  }
#define MIXED_BITS(Class, T, Theirs, U, order)                     \
  MIXED(Class, T, Theirs, U, And_##order, T, And(a, ORDER(order)), \
        Theirs(cell.fetch_and(a, ORDER(order))))                   \
  MIXED(Class, T, Theirs, U, Or_##order, T, Or(a, ORDER(order)),   \
        Theirs(cell.fetch_or(a, ORDER(order))))                    \
  MIXED(Class, T, Theirs, U, Xor_##order, T, Xor(a, ORDER(order)), \
        Theirs(cell.fetch_xor(a, ORDER(order))))
MIXED_BITS(Bool, bool, bool, std::uint8_t, seq_cst)
MIXED_BITS(Bool, bool, bool, std::uint8_t, relaxed)
MIXED(Bool, bool, bool, std::uint8_t, Toggle, bool, Toggle(),
      bool(cell.fetch_xor(1)))
MIXED_BITS(Enum32, sync_atomic::Color, std::uint32_t, std::uint32_t, seq_cst)
MIXED_BITS(Enum32, sync_atomic::Color, std::uint32_t, std::uint32_t, relaxed)

#define MIXED_WORD(Class, T, U)                                          \
  MIXED(Class, T, U, U, Load, T, Load(), cell.load())                    \
  MIXED(Class, T, void, U, Store, void, Store(a), cell.store(a))         \
  MIXED(Class, T, U, U, Swap, T, Swap(a), cell.exchange(a))              \
  MIXED(Class, T, bool, U, CompareAndSwap, bool, CompareAndSwap(a, b),   \
        cell.compare_exchange_strong(a, b))                              \
  MIXED(Class, T, bool, U, CompareExchange, bool, CompareExchange(c, b), \
        cell.compare_exchange_weak(c, b))                                \
  MIXED(Class, T, bool, U, CompareExchangeStrong, bool,                  \
        CompareExchangeStrong(c, b), cell.compare_exchange_strong(c, b))
MIXED_WORD(WordTwo, sync_atomic::Two, std::uint64_t)
MIXED_WORD(WordFour, sync_atomic::Four, std::uint32_t)

// Of what a Bool's longer loads would be.
PAIR(Bool, bool, WRONG_order, void, Store(a, ORDER(release)), store(a))
PAIR(Bool, bool, WRONG_result, bool, Load() == (a && b), load())

FUNCTIONS(Int32, , std::int32_t, std::int32_t)
FUNCTIONS(Uint64, , std::uint64_t, std::uint64_t)
FUNCTIONS(Uint32, _field, std::uint32_t, volatile std::uint32_t)
FUNCTIONS(Int64, _field, std::int64_t, long long)
FUNCTIONS(Uint64, _field, std::uint64_t, volatile unsigned long long)
