// SPDX-License-Identifier: Apache-2.0

// Word operations: what can be done to a typed atomic, and what that means on a
// plain variable. Each operation is a row of a table: its name, the call, and
// its meaning, which is written once for all words that have it.
//
// history_test.cc compares what threads saw with the meanings, property_test.cc
// what one thread did step by step.

#ifndef SYNC_ATOMIC_TESTS_ATOMIC_WORD_OPERATIONS_H_
#define SYNC_ATOMIC_TESTS_ATOMIC_WORD_OPERATIONS_H_

#include <atomic>  // memory_order
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"
#include "sync_atomic/atomic/word.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/tests/conformance/kinds.h"
#include "sync_atomic/tests/support/seed.h"

namespace sync_atomic {
namespace testing {

// By bits, as words are compared: a NaN equals itself, and 0.0 is not -0.0.
template <class T>
bool AreSame(T x, T y) {
  // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): as said.
  return std::memcmp(&x, &y, sizeof(T)) == 0;
}

// ---- What operations mean --------------------------------------------------

// What an operation returned, if anything.
template <class T>
struct WordResult {
  bool done = true;  // false: it compared, and found something else
  T value{};
};

// Each operation on a plain variable `x`, with the arguments `a` and `b`.
template <class T>
struct Meaning {
  using Result = WordResult<T>;

  static Result Load(T& x, T, T) { return {true, x}; }
  static Result Store(T& x, T a, T) {
    x = a;
    return {};
  }
  static Result Swap(T& x, T a, T) {
    const T old = x;
    x = a;
    return {true, old};
  }
  static Result CompareAndSwap(T& x, T a, T b) {
    if (!AreSame(x, a)) return {false, {}};
    x = b;
    return {};
  }
  // Returns what is expected from then on.
  static Result CompareExchange(T& x, T a, T b) {
    if (!AreSame(x, a)) return {false, x};
    x = b;
    return {true, a};
  }

  static Result Add(T& x, T a, T) { return {true, x = Sum(x, a)}; }
  static Result Sub(T& x, T a, T) {
    return {true, x = T(Unsigned(x) - Unsigned(a))};
  }
  static Result FetchAdd(T& x, T a, T) { return Old(x, Sum(x, a)); }
  static Result FetchSub(T& x, T a, T) {
    return Old(x, T(Unsigned(x) - Unsigned(a)));
  }
  static Result And(T& x, T a, T) {
    return Old(x, FromNumber(Number(x) & Number(a)));
  }
  static Result Or(T& x, T a, T) {
    return Old(x, FromNumber(Number(x) | Number(a)));
  }
  static Result Xor(T& x, T a, T) {
    return Old(x, FromNumber(Number(x) ^ Number(a)));
  }
  static Result Max(T& x, T a, T) { return Old(x, x < a ? a : x); }
  static Result Min(T& x, T a, T) { return Old(x, a < x ? a : x); }

  // Of floats: a NaN is as if it were not there.
  static Result Subtract(T& x, T a, T) { return {true, x = x - a}; }
  static Result FloatMax(T& x, T a, T) {
    return Old(x, IsNan(a) || x >= a ? x : a);
  }
  static Result FloatMin(T& x, T a, T) {
    return Old(x, IsNan(a) || x <= a ? x : a);
  }
  static Result Update(T& x, T a, T) { return {true, x = Updated(x, a)}; }

  static Result Toggle(T& x, T, T) { return Old(x, !x); }

  // What Update() stores.
  static T Updated(T x, T a) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      return T(3 * Unsigned(x) + Unsigned(a));
    } else {
      return AreSame(x, a) ? T() : a;
    }
  }

 private:
  static Result Old(T& x, T updated) {
    const T old = x;
    x = updated;
    return {true, old};
  }

  static bool IsNan(T x) { return !(x <= x); }

  // A set of bits as a number, and back.
  static std::int64_t Number(T x) { return static_cast<std::int64_t>(x); }
  static T FromNumber(std::int64_t number) { return static_cast<T>(number); }

  static auto Unsigned(T x) { return static_cast<std::make_unsigned_t<T>>(x); }
  static T Sum(T x, T a) {
    if constexpr (std::is_floating_point_v<T>) {
      return x + a;
    } else {
      return T(Unsigned(x) + Unsigned(a));
    }
  }
};

// ---- The tables ------------------------------------------------------------

template <class Word, class T>
struct WordOperation {
  const char* name;
  WordResult<T> (*run)(Word& x, T a, T b, std::memory_order order);
  WordResult<T> (*meaning)(T& x, T a, T b);
  bool compares = false;           // with `a`
  bool may_fail_for_none = false;  // although it is equal
};

template <class Word, class T>
using WordOperations = std::vector<WordOperation<Word, T>>;

// The nearest order that a load may have, or a store.
inline std::memory_order ForLoad(std::memory_order order) {
  return order == std::memory_order_release ||
                 order == std::memory_order_acq_rel
             ? std::memory_order_acquire
             : order;
}
inline std::memory_order ForStore(std::memory_order order) {
  return order == std::memory_order_acquire ||
                 order == std::memory_order_acq_rel
             ? std::memory_order_release
             : order;
}

// What a word of any type can do.
template <class Word, class T>
WordOperations<Word, T> OperationsOfAWord() {
  using M = Meaning<T>;
  using Result = WordResult<T>;
  using Order = std::memory_order;
  return {
      {"Load",
       [](Word& x, T, T, Order order) {
         return Result{true, x.Load(ForLoad(order))};
       },
       M::Load},
      {"Store",
       [](Word& x, T a, T, Order order) {
         x.Store(a, ForStore(order));
         return Result();
       },
       M::Store},
      {"Swap",
       [](Word& x, T a, T, Order order) {
         return Result{true, x.Swap(a, order)};
       },
       M::Swap},
      {"CompareAndSwap",
       [](Word& x, T a, T b, Order order) {
         return Result{x.CompareAndSwap(a, b, order), {}};
       },
       M::CompareAndSwap, /*compares=*/true},
      {"CompareAndSwap with two orders",
       [](Word& x, T a, T b, Order order) {
         return Result{x.CompareAndSwap(a, b, order, ForLoad(order)), {}};
       },
       M::CompareAndSwap, /*compares=*/true},
      {"CompareExchange",
       [](Word& x, T a, T b, Order order) {
         const bool done = x.CompareExchange(a, b, order);
         return Result{done, a};
       },
       M::CompareExchange, /*compares=*/true, /*may_fail_for_none=*/true},
      {"CompareExchange with two orders",
       [](Word& x, T a, T b, Order order) {
         const bool done = x.CompareExchange(a, b, order, ForLoad(order));
         return Result{done, a};
       },
       M::CompareExchange, /*compares=*/true, /*may_fail_for_none=*/true},
      {"CompareExchangeStrong",
       [](Word& x, T a, T b, Order order) {
         const bool done = x.CompareExchangeStrong(a, b, order);
         return Result{done, a};
       },
       M::CompareExchange, /*compares=*/true},
      {"CompareExchangeStrong with two orders",
       [](Word& x, T a, T b, Order order) {
         const bool done = x.CompareExchangeStrong(a, b, order, ForLoad(order));
         return Result{done, a};
       },
       M::CompareExchange, /*compares=*/true},
      {"Update",
       [](Word& x, T a, T, Order) {
         return Result{true,
                       x.Update([a](T old) { return M::Updated(old, a); })};
       },
       M::Update},
  };
}

template <class Operations>
Operations Together(Operations some, const Operations& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

// What a word can do whose values are sets of bits.
template <class Word, class T>
WordOperations<Word, T> OperationsOfBits() {
  using M = Meaning<T>;
  using Result = WordResult<T>;
  using Order = std::memory_order;
  return Together(OperationsOfAWord<Word, T>(),
                  {
                      {"And",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.And(a, order)};
                       },
                       M::And},
                      {"Or",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.Or(a, order)};
                       },
                       M::Or},
                      {"Xor",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.Xor(a, order)};
                       },
                       M::Xor},
                  });
}

template <class Word, class T>
WordOperations<Word, T> OperationsOfAnInteger() {
  using M = Meaning<T>;
  using Result = WordResult<T>;
  using Order = std::memory_order;
  return Together(OperationsOfBits<Word, T>(),
                  {
                      {"Add",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.Add(a, order)};
                       },
                       M::Add},
                      {"Sub",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.Sub(a, order)};
                       },
                       M::Sub},
                      {"FetchAdd",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.FetchAdd(a, order)};
                       },
                       M::FetchAdd},
                      {"FetchSub",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.FetchSub(a, order)};
                       },
                       M::FetchSub},
                      {"Max",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.Max(a, order)};
                       },
                       M::Max},
                      {"Min",
                       [](Word& x, T a, T, Order order) {
                         return Result{true, x.Min(a, order)};
                       },
                       M::Min},
                  });
}

template <class Word, class T>
WordOperations<Word, T> OperationsOfAFloat() {
  using M = Meaning<T>;
  using Result = WordResult<T>;
  using Order = std::memory_order;
  // Of two NaNs added, or of the difference of infinities, machines differ on
  // the bits.
  static constexpr auto kAddend = [](T a) {
    return std::isfinite(a) ? a : T{1.5};
  };
  return Together(
      OperationsOfAWord<Word, T>(),
      {
          {"Add",
           [](Word& x, T a, T, Order order) {
             return Result{true, x.Add(kAddend(a), order)};
           },
           [](T& x, T a, T) { return M::Add(x, kAddend(a), 0); }},
          {"Sub",
           [](Word& x, T a, T, Order order) {
             return Result{true, x.Sub(kAddend(a), order)};
           },
           [](T& x, T a, T) { return M::Subtract(x, kAddend(a), 0); }},
          {"Max",
           [](Word& x, T a, T, Order order) {
             return Result{true, x.Max(a, order)};
           },
           M::FloatMax},
          {"Min",
           [](Word& x, T a, T, Order order) {
             return Result{true, x.Min(a, order)};
           },
           M::FloatMin},
      });
}

// Go's free functions; `Kind` is one of kinds.h.
template <class Kind>
WordOperations<typename Kind::Word, typename Kind::T> OperationsOfFunctions() {
  using Word = typename Kind::Word;
  using T = typename Kind::T;
  using M = Meaning<T>;
  using Result = WordResult<T>;
  using Order = std::memory_order;
  WordOperations<Word, T> operations = {
      {"Load",
       [](Word& x, T, T, Order) {
         return Result{true, Kind::Load(&x)};
       },
       M::Load},
      {"Store",
       [](Word& x, T a, T, Order) {
         Kind::Store(&x, a);
         return Result();
       },
       M::Store},
      {"Swap",
       [](Word& x, T a, T, Order) {
         return Result{true, Kind::Swap(&x, a)};
       },
       M::Swap},
      {"CompareAndSwap",
       [](Word& x, T a, T b, Order) {
         return Result{Kind::CompareAndSwap(&x, a, b), {}};
       },
       M::CompareAndSwap, /*compares=*/true},
  };
  if constexpr (std::is_integral_v<T>) {
    return Together(operations, {
                                    {"Add",
                                     [](Word& x, T a, T, Order) {
                                       return Result{true, Kind::Add(&x, a)};
                                     },
                                     M::Add},
                                    {"And",
                                     [](Word& x, T a, T, Order) {
                                       return Result{true, Kind::And(&x, a)};
                                     },
                                     M::And},
                                    {"Or",
                                     [](Word& x, T a, T, Order) {
                                       return Result{true, Kind::Or(&x, a)};
                                     },
                                     M::Or},
                                });
  } else {
    return operations;
  }
}

// ---- The words -------------------------------------------------------------

// A word, its values, and what can be done to it. Some() are a few values that
// threads often agree on; Favourites() those where something may go wrong.

template <class Number>
struct IntegerValues {
  using T = Number;
  static std::vector<T> Some() {
    return {0, 1, 2, static_cast<T>(-1), std::numeric_limits<T>::max()};
  }
  static std::vector<T> Favourites() {
    std::vector<T> values = {0, std::numeric_limits<T>::min(),
                             std::numeric_limits<T>::max()};
    for (std::size_t bit = 0; bit < 8 * sizeof(T); ++bit) {
      const std::uint64_t power = std::uint64_t{1} << bit;
      for (const std::uint64_t near : {power, power - 1, -power, ~power}) {
        values.push_back(static_cast<T>(near));
      }
    }
    return values;
  }
  static T Any(Random& random) { return static_cast<T>(random.Bits()); }
};

template <class Atomic, class Number>
struct IntegerMethodsSubject : IntegerValues<Number> {
  using Word = Atomic;
  static auto Operations() { return OperationsOfAnInteger<Atomic, Number>(); }
};
struct Int32Subject : IntegerMethodsSubject<Int32, std::int32_t> {
  static constexpr char kName[] = "Int32";
};
struct Int64Subject : IntegerMethodsSubject<Int64, std::int64_t> {
  static constexpr char kName[] = "Int64";
};
struct Uint32Subject : IntegerMethodsSubject<Uint32, std::uint32_t> {
  static constexpr char kName[] = "Uint32";
};
struct Uint64Subject : IntegerMethodsSubject<Uint64, std::uint64_t> {
  static constexpr char kName[] = "Uint64";
};
struct UintptrSubject : IntegerMethodsSubject<Uintptr, std::uintptr_t> {
  static constexpr char kName[] = "Uintptr";
};

struct BoolSubject {
  static constexpr char kName[] = "Bool";
  using Word = Bool;
  using T = bool;
  static WordOperations<Bool, bool> Operations() {
    return Together(OperationsOfBits<Bool, bool>(),
                    {{"Toggle",
                      [](Bool& x, bool, bool, std::memory_order order) {
                        return WordResult<bool>{true, x.Toggle(order)};
                      },
                      Meaning<bool>::Toggle}});
  }
  static std::vector<bool> Some() { return {false, true}; }
  static std::vector<bool> Favourites() { return Some(); }
  static bool Any(Random& random) { return random.OneIn(2); }
};

enum class Level : std::int16_t {
  kLeast = -0x8000,
  kLow = -1,
  kNone = 0,
  kHigh = 1,
  kMost = 0x7fff
};

struct EnumSubject {
  static constexpr char kName[] = "Enum";
  using Word = Enum<Level>;
  using T = Level;
  static auto Operations() { return OperationsOfBits<Word, T>(); }
  static std::vector<Level> Some() {
    return {Level::kLeast, Level::kLow, Level::kNone, Level::kHigh,
            Level::kMost};
  }
  static std::vector<Level> Favourites() { return Some(); }
  static Level Any(Random& random) { return random.OneOf(Some()); }
};

template <class Number>
struct FloatValues {
  using T = Number;
  static std::vector<T> Some() { return {0, 1, 2, -1, T{0.5}}; }
  static std::vector<T> Favourites() {
    using Limits = std::numeric_limits<T>;
    return {T{0.0},
            T{-0.0},
            T{1.0},
            T{-1.0},
            static_cast<T>(0.1),
            1 + Limits::epsilon(),
            Limits::max(),
            Limits::lowest(),
            Limits::min(),
            Limits::denorm_min(),
            Limits::infinity(),
            -Limits::infinity(),
            Limits::quiet_NaN()};
  }
  static T Any(Random& random) {
    return static_cast<T>(random.Bits()) / (1 << 20);
  }
};

struct Float64Subject : FloatValues<double> {
  static constexpr char kName[] = "Float64";
  using Word = Float64;
  static auto Operations() { return OperationsOfAFloat<Float64, double>(); }
};

struct PointerSubject {
  static constexpr char kName[] = "Pointer";
  using Word = Pointer<int>;
  using T = int*;
  static WordOperations<Word, T> Operations() {
    using Result = WordResult<T>;
    using Order = std::memory_order;
    return Together(OperationsOfAWord<Word, T>(),
                    {
                        {"Protect",
                         [](Word& x, T, T, Order) {
                           return Result{true, x.Protect().get()};
                         },
                         Meaning<T>::Load},
                        {"FetchAdd",
                         [](Word& x, T a, T, Order order) {
                           return Result{true, x.FetchAdd(Step(a), order)};
                         },
                         [](T& x, T a, T) { return Moved(x, Step(a)); }},
                        {"FetchSub",
                         [](Word& x, T a, T, Order order) {
                           return Result{true, x.FetchSub(Step(a), order)};
                         },
                         [](T& x, T a, T) { return Moved(x, -Step(a)); }},
                    });
  }
  static std::vector<int*> Some() {
    static int numbers[3];
    return {nullptr, numbers, numbers + 1, numbers + 2};
  }
  static std::vector<int*> Favourites() { return Some(); }
  static int* Any(Random& random) { return random.OneOf(Some()); }

 private:
  // By how many elements to move. As a number: plain pointers must not leave
  // their array.
  static std::ptrdiff_t Step(T a) { return a == nullptr ? 0 : a - Some()[1]; }
  static WordResult<T> Moved(T& x, std::ptrdiff_t step) {
    const T old = x;
    x = reinterpret_cast<T>(reinterpret_cast<std::uintptr_t>(old) +
                            static_cast<std::uintptr_t>(step) * sizeof(int));
    return {true, old};
  }
};

template <class Number>
struct SmallIntegerSubject : IntegerValues<Number> {
  using Word = sync_atomic::Word<Number>;
  static auto Operations() { return OperationsOfAnInteger<Word, Number>(); }
};
struct WordOfInt8Subject : SmallIntegerSubject<std::int8_t> {
  static constexpr char kName[] = "WordOfInt8";
};
struct WordOfUint16Subject : SmallIntegerSubject<std::uint16_t> {
  static constexpr char kName[] = "WordOfUint16";
};
struct WordOfFloatSubject : FloatValues<float> {
  static constexpr char kName[] = "WordOfFloat";
  using Word = sync_atomic::Word<float>;
  static auto Operations() { return OperationsOfAFloat<Word, float>(); }
};
// As numbers, which the word must not go by.
struct Point {
  float x, y;
  friend bool operator==(Point a, Point b) { return a.x == b.x && a.y == b.y; }
  friend bool operator!=(Point a, Point b) { return !(a == b); }
};
struct WordOfPointSubject {
  static constexpr char kName[] = "WordOfPoint";
  using Word = sync_atomic::Word<Point>;
  using T = Point;
  static auto Operations() { return OperationsOfAWord<Word, Point>(); }
  static std::vector<Point> Some() { return {{0, 0}, {1, 2}, {2, 1}}; }
  static std::vector<Point> Favourites() {
    std::vector<Point> points;
    for (const float x : FloatValues<float>::Favourites()) {
      for (const float y : {x, 0.0F, 1.0F}) points.push_back({x, y});
    }
    return points;
  }
  static Point Any(Random& random) {
    const float x = FloatValues<float>::Any(random);
    return {x, FloatValues<float>::Any(random)};
  }
};

template <class Kind>
struct FunctionsSubject : IntegerValues<typename Kind::T> {
  static constexpr auto& kName = Kind::kName;
  using Word = typename Kind::Word;
  static auto Operations() { return OperationsOfFunctions<Kind>(); }
};
struct PointerFunctionsSubject {
  static constexpr auto& kName = PointerFunction::kName;
  using Word = void*;
  using T = void*;
  static auto Operations() { return OperationsOfFunctions<PointerFunction>(); }
  static std::vector<void*> Some() {
    const std::vector<int*> some = PointerSubject::Some();
    return {some.begin(), some.end()};
  }
  static std::vector<void*> Favourites() { return Some(); }
  static void* Any(Random& random) { return PointerSubject::Any(random); }
};

using WordSubjects = ::testing::Types<
    Int32Subject, Int64Subject, Uint32Subject, Uint64Subject, UintptrSubject,
    BoolSubject, EnumSubject, Float64Subject, PointerSubject, WordOfInt8Subject,
    WordOfUint16Subject, WordOfFloatSubject, WordOfPointSubject,
    FunctionsSubject<Int32Function>, FunctionsSubject<Int64Function>,
    FunctionsSubject<Uint32Function>, FunctionsSubject<Uint64Function>,
    FunctionsSubject<UintptrFunction>, FunctionsSubject<Int32FieldFunction>,
    FunctionsSubject<Uint64FieldFunction>, PointerFunctionsSubject>;

// ---- The model -------------------------------------------------------------

// A word as a Model of linearizability.h.
template <class Subject>
struct WordModel {
  using Word = typename Subject::Word;
  using T = typename Subject::T;

  using State = T;
  struct Call {
    const WordOperation<Word, T>* operation;
    T a;
    T b;
    std::memory_order order = std::memory_order_seq_cst;
  };
  using Result = WordResult<T>;

  static Result Run(Word& x, const Call& call) {
    return call.operation->run(x, call.a, call.b, call.order);
  }

  static bool Explains(T& x, const Call& call, const Result& result) {
    const T before = x;
    const Result expected = call.operation->meaning(x, call.a, call.b);
    if (result.done == expected.done && AreSame(result.value, expected.value)) {
      return true;
    }
    x = before;
    return call.operation->may_fail_for_none && !result.done &&
           AreSame(result.value, before);
  }

  static std::uint64_t Key(T x) {
    std::uint64_t key = 0;
    std::memcpy(&key, &x, sizeof(x));
    return key;
  }

  static std::string ToText(const Call& call, const Result& result) {
    using ::testing::PrintToString;
    return std::string(call.operation->name) + "(" + PrintToString(call.a) +
           ", " + PrintToString(call.b) + ") was " +
           (result.done ? "" : "not done, ") + PrintToString(result.value);
  }
};

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_ATOMIC_WORD_OPERATIONS_H_
