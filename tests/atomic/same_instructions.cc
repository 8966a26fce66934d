// SPDX-License-Identifier: Apache-2.0

// Pairs of functions that do the same: ours_NAME calls our class, std_NAME
// std::atomic. same_instructions_test.py compiles this file and compares what a
// compiler makes of each pair.

#include <atomic>
#include <cstdint>

#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"

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

#define CHANGE(Class, T, order)                                  \
  PAIR(Class, T, Swap_##order, T, Swap(a, ORDER(order)),         \
       exchange(a, ORDER(order)))                                \
  PAIR(Class, T, CompareAndSwap_##order, bool,                   \
       CompareAndSwap(a, b, ORDER(order)),                       \
       compare_exchange_strong(a, b, ORDER(order)))              \
  PAIR(Class, T, CompareExchange_##order, bool,                  \
       CompareExchange(c, b, ORDER(order)),                      \
       compare_exchange_weak(c, b, ORDER(order)))                \
  PAIR(Class, T, Add_##order, T, Add(a, ORDER(order)),           \
       fetch_add(a, ORDER(order)) + a)                           \
  PAIR(Class, T, Sub_##order, T, Sub(a, ORDER(order)),           \
       fetch_sub(a, ORDER(order)) - a)                           \
  PAIR(Class, T, FetchAdd_##order, T, FetchAdd(a, ORDER(order)), \
       fetch_add(a, ORDER(order)))                               \
  PAIR(Class, T, And_##order, T, And(a, ORDER(order)),           \
       fetch_and(a, ORDER(order)))                               \
  PAIR(Class, T, Or_##order, T, Or(a, ORDER(order)),             \
       fetch_or(a, ORDER(order)))                                \
  PAIR(Class, T, Xor_##order, T, Xor(a, ORDER(order)),           \
       fetch_xor(a, ORDER(order)))

#define COMPARE(Class, T, success, failure)                           \
  PAIR(Class, T, CompareAndSwap_##success##_##failure, bool,          \
       CompareAndSwap(a, b, ORDER(success), ORDER(failure)),          \
       compare_exchange_strong(a, b, ORDER(success), ORDER(failure))) \
  PAIR(Class, T, CompareExchange_##success##_##failure, bool,         \
       CompareExchange(c, b, ORDER(success), ORDER(failure)),         \
       compare_exchange_weak(c, b, ORDER(success), ORDER(failure)))

// No order named: seq_cst in both.
#define UNORDERED(Class, T)                                    \
  PAIR(Class, T, Load, T, Load(), load())                      \
  PAIR(Class, T, Store, void, Store(a), store(a))              \
  PAIR(Class, T, Swap, T, Swap(a), exchange(a))                \
  PAIR(Class, T, CompareAndSwap, bool, CompareAndSwap(a, b),   \
       compare_exchange_strong(a, b))                          \
  PAIR(Class, T, CompareExchange, bool, CompareExchange(c, b), \
       compare_exchange_weak(c, b))                            \
  PAIR(Class, T, Add, T, Add(a), fetch_add(a) + a)             \
  PAIR(Class, T, Sub, T, Sub(a), fetch_sub(a) - a)             \
  PAIR(Class, T, FetchAdd, T, FetchAdd(a), fetch_add(a))       \
  PAIR(Class, T, And, T, And(a), fetch_and(a))                 \
  PAIR(Class, T, Or, T, Or(a), fetch_or(a))                    \
  PAIR(Class, T, Xor, T, Xor(a), fetch_xor(a))

#define PAIRS(Class, T)               \
  UNORDERED(Class, T)                 \
  LOAD(Class, T, relaxed)             \
  LOAD(Class, T, consume)             \
  LOAD(Class, T, acquire)             \
  LOAD(Class, T, seq_cst)             \
  STORE(Class, T, relaxed)            \
  STORE(Class, T, release)            \
  STORE(Class, T, seq_cst)            \
  CHANGE(Class, T, relaxed)           \
  CHANGE(Class, T, consume)           \
  CHANGE(Class, T, acquire)           \
  CHANGE(Class, T, release)           \
  CHANGE(Class, T, acq_rel)           \
  CHANGE(Class, T, seq_cst)           \
  COMPARE(Class, T, relaxed, relaxed) \
  COMPARE(Class, T, acquire, relaxed) \
  COMPARE(Class, T, acquire, acquire) \
  COMPARE(Class, T, release, relaxed) \
  COMPARE(Class, T, acq_rel, relaxed) \
  COMPARE(Class, T, acq_rel, acquire) \
  COMPARE(Class, T, seq_cst, relaxed) \
  COMPARE(Class, T, seq_cst, acquire) \
  COMPARE(Class, T, seq_cst, seq_cst) \
  WRONG(Class, T)

// Pairs that are not the same, to show that the comparison can fail. The last
// one's orders are the same instructions on x86.
#define WRONG(Class, T)                                                 \
  PAIR(Class, T, WRONG_order, void, Store(a, ORDER(release)), store(a)) \
  PAIR(Class, T, WRONG_result, T, Add(a), fetch_add(a))                 \
  PAIR(Class, T, WRONG_hidden_order, T, Add(a, ORDER(relaxed)),         \
       fetch_add(a) + a)

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

FUNCTIONS(Int32, , std::int32_t, std::int32_t)
FUNCTIONS(Uint64, , std::uint64_t, std::uint64_t)
FUNCTIONS(Uint32, _field, std::uint32_t, volatile std::uint32_t)
FUNCTIONS(Int64, _field, std::int64_t, long long)
FUNCTIONS(Uint64, _field, std::uint64_t, volatile unsigned long long)
