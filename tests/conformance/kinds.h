// SPDX-License-Identifier: Apache-2.0

// Kinds: one way to say "load", "swap", "add" ... for each way to call them, so
// that a test is written once. A kind is a type together with its operations:
// Go's free functions on plain memory, or the methods of a typed atomic.
//
//   typename Kind::Word x{};
//   Kind::Store(&x, v);  // StoreInt32(&x, v), or x.Store(v)
//
// Every kind can load, store, swap and compare-and-swap; those of integers can
// also add, and, or.

#ifndef SYNC_ATOMIC_TESTS_CONFORMANCE_KINDS_H_
#define SYNC_ATOMIC_TESTS_CONFORMANCE_KINDS_H_

#include <atomic>  // memory_order
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"
#include "sync_atomic/pointer/functions.h"
#include "sync_atomic/pointer/pointer.h"

namespace sync_atomic {
namespace testing {

// Free functions. That these compile is a test of Go's 39 signatures: a
// function of any other type is no such argument.
template <class V, V (*kLoad)(const V*), void (*kStore)(V*, V),
          V (*kSwap)(V*, V), bool (*kCompareAndSwap)(V*, V, V)>
struct WordFunctions {
  using T = V;
  using Word = V;
  static T Load(const Word* x) { return kLoad(x); }
  static void Store(Word* x, T value) { kStore(x, value); }
  static T Swap(Word* x, T value) { return kSwap(x, value); }
  static bool CompareAndSwap(Word* x, T expected, T desired) {
    return kCompareAndSwap(x, expected, desired);
  }
  static T LoadAcquire(const Word* x) { return kLoad(x); }
  static void StoreRelease(Word* x, T value) { kStore(x, value); }
};

template <class V, V (*kLoad)(const V*), void (*kStore)(V*, V),
          V (*kSwap)(V*, V), bool (*kCompareAndSwap)(V*, V, V),
          V (*kAdd)(V*, V), V (*kAnd)(V*, V), V (*kOr)(V*, V)>
struct IntegerFunctions
    : WordFunctions<V, kLoad, kStore, kSwap, kCompareAndSwap> {
  static V Add(V* x, V delta) { return kAdd(x, delta); }
  static V And(V* x, V mask) { return kAnd(x, mask); }
  static V Or(V* x, V mask) { return kOr(x, mask); }
};

// Their templates for fields of other types: V is no std::uint64_t, or the
// field is volatile.
#define SYNC_ATOMIC_FIELD_FUNCTIONS(kind)                            \
  template <class V>                                                 \
  struct kind##Field {                                               \
    using T = V;                                                     \
    using Word = volatile V;                                         \
    static T Load(const Word* x) { return Load##kind(x); }           \
    static void Store(Word* x, T value) { Store##kind(x, value); }   \
    static T Swap(Word* x, T value) { return Swap##kind(x, value); } \
    static bool CompareAndSwap(Word* x, T expected, T desired) {     \
      return CompareAndSwap##kind(x, expected, desired);             \
    }                                                                \
    static T LoadAcquire(const Word* x) { return Load(x); }          \
    static void StoreRelease(Word* x, T value) { Store(x, value); }  \
    static T Add(Word* x, T delta) { return Add##kind(x, delta); }   \
    static T And(Word* x, T mask) { return And##kind(x, mask); }     \
    static T Or(Word* x, T mask) { return Or##kind(x, mask); }       \
  };
SYNC_ATOMIC_FIELD_FUNCTIONS(Int32)
SYNC_ATOMIC_FIELD_FUNCTIONS(Uint32)
SYNC_ATOMIC_FIELD_FUNCTIONS(Int64)
SYNC_ATOMIC_FIELD_FUNCTIONS(Uint64)
SYNC_ATOMIC_FIELD_FUNCTIONS(Uintptr)
#undef SYNC_ATOMIC_FIELD_FUNCTIONS

// Methods.
template <class Atomic, class V>
struct WordMethods {
  using T = V;
  using Word = Atomic;
  static T Load(const Word* x) { return x->Load(); }
  static void Store(Word* x, T value) { x->Store(value); }
  static T Swap(Word* x, T value) { return x->Swap(value); }
  static bool CompareAndSwap(Word* x, T expected, T desired) {
    return x->CompareAndSwap(expected, desired);
  }
  static T LoadAcquire(const Word* x) {
    return x->Load(std::memory_order_acquire);
  }
  static void StoreRelease(Word* x, T value) {
    x->Store(value, std::memory_order_release);
  }
};

template <class Atomic, class V>
struct IntegerMethods : WordMethods<Atomic, V> {
  static V Add(Atomic* x, V delta) { return x->Add(delta); }
  static V And(Atomic* x, V mask) { return x->And(mask); }
  static V Or(Atomic* x, V mask) { return x->Or(mask); }
};

// ---- The kinds -------------------------------------------------------------

struct Int32Function
    : IntegerFunctions<std::int32_t, LoadInt32, StoreInt32, SwapInt32,
                       CompareAndSwapInt32, AddInt32, AndInt32, OrInt32> {
  static constexpr char kName[] = "Int32Function";
};
struct Int32Method : IntegerMethods<Int32, std::int32_t> {
  static constexpr char kName[] = "Int32Method";
};
struct Uint32Function
    : IntegerFunctions<std::uint32_t, LoadUint32, StoreUint32, SwapUint32,
                       CompareAndSwapUint32, AddUint32, AndUint32, OrUint32> {
  static constexpr char kName[] = "Uint32Function";
};
struct Uint32Method : IntegerMethods<Uint32, std::uint32_t> {
  static constexpr char kName[] = "Uint32Method";
};
struct Int64Function
    : IntegerFunctions<std::int64_t, LoadInt64, StoreInt64, SwapInt64,
                       CompareAndSwapInt64, AddInt64, AndInt64, OrInt64> {
  static constexpr char kName[] = "Int64Function";
};
struct Int64Method : IntegerMethods<Int64, std::int64_t> {
  static constexpr char kName[] = "Int64Method";
};
struct Uint64Function
    : IntegerFunctions<std::uint64_t, LoadUint64, StoreUint64, SwapUint64,
                       CompareAndSwapUint64, AddUint64, AndUint64, OrUint64> {
  static constexpr char kName[] = "Uint64Function";
};
struct Uint64Method : IntegerMethods<Uint64, std::uint64_t> {
  static constexpr char kName[] = "Uint64Method";
};
struct UintptrFunction
    : IntegerFunctions<std::uintptr_t, LoadUintptr, StoreUintptr, SwapUintptr,
                       CompareAndSwapUintptr, AddUintptr, AndUintptr,
                       OrUintptr> {
  static constexpr char kName[] = "UintptrFunction";
};
struct UintptrMethod : IntegerMethods<Uintptr, std::uintptr_t> {
  static constexpr char kName[] = "UintptrMethod";
};
struct Int32FieldFunction : Int32Field<std::int32_t> {
  static constexpr char kName[] = "Int32FieldFunction";
};
struct Uint32FieldFunction : Uint32Field<char32_t> {
  static constexpr char kName[] = "Uint32FieldFunction";
};
struct Int64FieldFunction : Int64Field<long long> {
  static constexpr char kName[] = "Int64FieldFunction";
};
struct Uint64FieldFunction : Uint64Field<unsigned long long> {
  static constexpr char kName[] = "Uint64FieldFunction";
};
struct UintptrFieldFunction : UintptrField<std::size_t> {
  static constexpr char kName[] = "UintptrFieldFunction";
};
struct PointerFunction : WordFunctions<void*, LoadPointer, StorePointer,
                                       SwapPointer, CompareAndSwapPointer> {
  static constexpr char kName[] = "PointerFunction";
};
struct PointerMethod : WordMethods<Pointer<unsigned char>, unsigned char*> {
  static constexpr char kName[] = "PointerMethod";
};
struct UnsafePointerMethod : WordMethods<UnsafePointer, void*> {
  static constexpr char kName[] = "UnsafePointerMethod";
};
// Go's tests leave its Bool out.
struct BoolMethod : WordMethods<Bool, bool> {
  static constexpr char kName[] = "BoolMethod";
};

using Kinds32 =
    ::testing::Types<Int32Function, Int32Method, Uint32Function, Uint32Method>;
using Kinds64 = ::testing::Types<Int64Function, Int64Method, Uint64Function,
                                 Uint64Method, UintptrFunction, UintptrMethod>;
using IntegerKinds =
    ::testing::Types<Int32Function, Int32Method, Uint32Function, Uint32Method,
                     Int64Function, Int64Method, Uint64Function, Uint64Method,
                     UintptrFunction, UintptrMethod, Int32FieldFunction,
                     Uint32FieldFunction, Int64FieldFunction,
                     Uint64FieldFunction, UintptrFieldFunction>;
// Those that have room for two halves.
using WideKinds =
    ::testing::Types<Int32Function, Int32Method, Uint32Function, Uint32Method,
                     Int64Function, Int64Method, Uint64Function, Uint64Method,
                     UintptrFunction, UintptrMethod, PointerFunction,
                     PointerMethod, UnsafePointerMethod>;
using AllKinds =
    ::testing::Types<Int32Function, Int32Method, Uint32Function, Uint32Method,
                     Int64Function, Int64Method, Uint64Function, Uint64Method,
                     UintptrFunction, UintptrMethod, Int32FieldFunction,
                     Uint32FieldFunction, Int64FieldFunction,
                     Uint64FieldFunction, UintptrFieldFunction, PointerFunction,
                     PointerMethod, UnsafePointerMethod, BoolMethod>;

// Suites print as GoAtomicTest/Int32Method rather than GoAtomicTest/1.
struct KindName {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::kName;
  }
};

// ---- What the tests need of a kind -----------------------------------------

// A value from its bits, and back.
template <class T>
T FromBits(std::uint64_t bits) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(static_cast<std::uintptr_t>(bits));
  } else {
    return static_cast<T>(bits);
  }
}
template <class T>
std::uint64_t ToBits(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uintptr_t>(value);
  } else {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
}

// Words whose halves are equal: who sees others has seen a write in two parts.
template <class T>
T Twins(std::uint64_t half) {
  constexpr int kBits = 4 * sizeof(T);
  half &= (std::uint64_t{1} << kBits) - 1;
  return FromBits<T>(half << kBits | half);
}
template <class T>
bool AreTwins(T value) {
  constexpr int kBits = 4 * sizeof(T);
  const std::uint64_t bits = ToBits(value);
  return bits >> kBits == (bits & ((std::uint64_t{1} << kBits) - 1));
}

// A word between two others of its size, which must stay as they are: a write
// that is too wide changes one of them.
template <class Kind>
struct Guarded {
  using T = typename Kind::T;
  using Magic = std::conditional_t<
      sizeof(T) == 8, std::uint64_t,
      std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint8_t>>;
  static constexpr auto kMagic = static_cast<Magic>(
      sizeof(T) == 8 ? std::uint64_t{0xdeddeadbeefbeef} : 0xdedbeef);

  explicit Guarded(T value) { Kind::Store(&x, value); }
  ~Guarded() {
    EXPECT_EQ(before, kMagic) << "the word before was written to";
    EXPECT_EQ(after, kMagic) << "the word after was written to";
  }

  Magic before = kMagic;
  // i386 aligns plain 64-bit words to 4, and Go's functions want 8.
  alignas(sizeof(typename Kind::Word)) typename Kind::Word x{};
  Magic after = kMagic;
};

// Values of a kind, each different from the one before: each bit by itself, all
// of them, none, and a mix. Of pointers ten globals, the heap, and null.
template <class T>
std::vector<T> Samples() {
  std::vector<T> samples;
  if constexpr (std::is_same_v<T, bool>) {
    samples = {true, false, true};
  } else if constexpr (std::is_pointer_v<T>) {
    static unsigned char globals[10];
    static const auto heap = std::make_unique<unsigned char>();
    for (unsigned char& global : globals) samples.push_back(&global);
    samples.push_back(heap.get());
    samples.push_back(nullptr);
  } else {
    for (std::size_t bit = 0; bit < 8 * sizeof(T); ++bit) {
      samples.push_back(static_cast<T>(std::uint64_t{1} << bit));
    }
    samples.push_back(static_cast<T>(~std::uint64_t{0}));
    samples.push_back(0);
    samples.push_back(static_cast<T>(0x0123456789abcdef));
  }
  return samples;
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_CONFORMANCE_KINDS_H_
