// SPDX-License-Identifier: Apache-2.0

// Operators of std::atomic that words do not have. The compiler quotes what to
// write instead, and the twin is that.
//
// Compiler: g++
// Compiler: clang++

#include <cstdint>

#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/word.h"
#include "sync_atomic/pointer/pointer.h"

struct Point {
  float x, y;
};
struct Node {
  int number;
};
enum class Option : unsigned { kNone = 0, kFast = 1, kQuiet = 2 };

atomic::Int64 x;
atomic::Int32 narrow;
atomic::Bool flag;
atomic::Enum<Option> options;
atomic::Float64 sum;
atomic::Word<Point> point;
atomic::Word<short> small;
atomic::Pointer<Node> p;
std::int64_t n, m;
double d;
bool b;
Node* node;

void Increment() {
#ifdef refused_increment
  // error: deleted
  // note: // write x.Add\(1\)
  ++x;
#else
  x.Add(1);
#endif
}

void PostIncrement() {
#ifdef refused_post_increment
  // error: deleted
  // note: // write x.FetchAdd\(1\)
  n = x++;
#else
  n = x.FetchAdd(1);
#endif
}

void Decrement() {
#ifdef refused_decrement
  // error: deleted
  // note: // write x.Sub\(1\)
  --x;
#else
  x.Sub(1);
#endif
}

void PostDecrement() {
#ifdef refused_post_decrement
  // error: deleted
  // note: // write x.FetchSub\(1\)
  n = x--;
#else
  n = x.FetchSub(1);
#endif
}

void ASum() {
#ifdef refused_a_sum
  // error: deleted
  // note: // write x.Add\(n\)
  x += n;
#else
  x.Add(n);
#endif
}

void ADifference() {
#ifdef refused_a_difference
  // error: deleted
  // note: // write x.Sub\(n\)
  x -= 2;
#else
  x.Sub(n);
#endif
}

void AProduct() {
#ifdef refused_a_product
  // error: deleted
  // note: // write x.Update\(f\)
  x *= 2;
#else
  x.Update([](std::int64_t old) { return old * 2; });
#endif
}

void AQuotient() {
#ifdef refused_a_quotient
  // error: deleted
  // note: // write x.Update\(f\)
  x /= n;
#else
  x.Update([](std::int64_t old) { return old / 2; });
#endif
}

void ARemainder() {
#ifdef refused_a_remainder
  // error: deleted
  // note: // write x.Update\(f\)
  x %= n;
#else
  x.Update([](std::int64_t old) { return old % 2; });
#endif
}

void ALeftShift() {
#ifdef refused_a_left_shift
  // error: deleted
  // note: // write x.Update\(f\)
  x <<= 1;
#else
  x.Update([](std::int64_t old) { return old << 1; });
#endif
}

void ARightShift() {
#ifdef refused_a_right_shift
  // error: deleted
  // note: // write x.Update\(f\)
  x >>= 1;
#else
  x.Update([](std::int64_t old) { return old >> 1; });
#endif
}

void AnAnd() {
#ifdef refused_an_and
  // error: deleted
  // note: // write x.And\(mask\)
  x &= m;
#else
  x.And(m);
#endif
}

void AnOr() {
#ifdef refused_an_or
  // error: deleted
  // note: // write x.Or\(mask\)
  x |= m;
#else
  x.Or(m);
#endif
}

void AXor() {
#ifdef refused_a_xor
  // error: deleted
  // note: // write x.Xor\(mask\)
  x ^= m;
#else
  x.Xor(m);
#endif
}

void AnAssignment() {
#ifdef refused_an_assignment
  // error: deleted
  // note: // write x.Store\(value\)
  x = 5;
#else
  x.Store(5);
#endif
}

void AnAssignmentOfAnotherType() {
#ifdef refused_an_assignment_of_another_type
  // error: deleted
  // note: // write x.Store\(value\)
  x = true;
#else
  x.Store(true);
#endif
}

void ACopyAssignment() {
#ifdef refused_a_copy_assignment
  // error: deleted
  // note: // write y.Store\(x.Load\(\)\)
  narrow = atomic::Int32(5);
#else
  narrow.Store(5);
#endif
}

void ACopy() {
#ifdef refused_a_copy
  // error: deleted
  // note: // write y\(x.Load\(\)\)
  atomic::Int64 copy(x);
  copy.Load();
#else
  atomic::Int64 copy(x.Load());
  copy.Load();
#endif
}

void ACast() {
#ifdef refused_a_cast
  // error: deleted
  // note: // write x.Load\(\)
  n = static_cast<std::int64_t>(x);
#else
  n = x.Load();
#endif
}

void ACondition() {
#ifdef refused_a_condition
  // error: deleted
  // note: // write x.Load\(\) != 0
  if (x) n = 1;
#else
  if (x.Load() != 0) n = 1;
#endif
}

void ANegation() {
#ifdef refused_a_negation
  // error: deleted
  // note: // write x.Load\(\) != 0
  b = !x;
#else
  b = x.Load() == 0;
#endif
}

void AConditionalExpression() {
#ifdef refused_a_conditional_expression
  // error: deleted
  // note: // write x.Load\(\) != 0
  n = x ? 1 : 2;
#else
  n = x.Load() != 0 ? 1 : 2;
#endif
}

void Plus() {
#ifdef refused_plus
  // error: deleted
  // note: // write x.Load\(\) \+ n
  n = x + 1;
#else
  n = x.Load() + 1;
#endif
}

void Minus() {
#ifdef refused_minus
  // error: deleted
  // note: // write x.Load\(\) - n
  n = x - n;
#else
  n = x.Load() - n;
#endif
}

void Times() {
#ifdef refused_times
  // error: deleted
  // note: // write x.Load\(\) \* n
  n = x * 2;
#else
  n = x.Load() * 2;
#endif
}

void Divided() {
#ifdef refused_divided
  // error: deleted
  // note: // write x.Load\(\) / n
  n = x / 2;
#else
  n = x.Load() / 2;
#endif
}

void Modulo() {
#ifdef refused_modulo
  // error: deleted
  // note: // write x.Load\(\) % n
  n = x % 2;
#else
  n = x.Load() % 2;
#endif
}

void BitsAnd() {
#ifdef refused_bits_and
  // error: deleted
  // note: // write x.Load\(\) & mask
  n = x & m;
#else
  n = x.Load() & m;
#endif
}

void BitsOr() {
#ifdef refused_bits_or
  // error: deleted
  // note: // write x.Load\(\) \| mask
  n = x | m;
#else
  n = x.Load() | m;
#endif
}

void BitsXor() {
#ifdef refused_bits_xor
  // error: deleted
  // note: // write x.Load\(\) \^ mask
  n = x ^ m;
#else
  n = x.Load() ^ m;
#endif
}

void Equal() {
#ifdef refused_equal
  // error: deleted
  // note: // write x.Load\(\) == y
  b = x == 1;
#else
  b = x.Load() == 1;
#endif
}

void Unequal() {
#ifdef refused_unequal
  // error: deleted
  // note: // write x.Load\(\) != y
  b = x != n;
#else
  b = x.Load() != n;
#endif
}

void Less() {
#ifdef refused_less
  // error: deleted
  // note: // write x.Load\(\) < y
  b = x < 1;
#else
  b = x.Load() < 1;
#endif
}

void LessOrEqual() {
#ifdef refused_less_or_equal
  // error: deleted
  // note: // write x.Load\(\) <= y
  b = x <= 1;
#else
  b = x.Load() <= 1;
#endif
}

void Greater() {
#ifdef refused_greater
  // error: deleted
  // note: // write x.Load\(\) > y
  b = x > 1;
#else
  b = x.Load() > 1;
#endif
}

void GreaterOrEqual() {
#ifdef refused_greater_or_equal
  // error: deleted
  // note: // write x.Load\(\) >= y
  b = x >= 1;
#else
  b = x.Load() >= 1;
#endif
}

void EqualOnTheRight() {
#ifdef refused_equal_on_the_right
  // error: deleted
  // note: // write y == x.Load\(\)
  b = 1 == x;
#else
  b = 1 == x.Load();
#endif
}

void UnequalOnTheRight() {
#ifdef refused_unequal_on_the_right
  // error: deleted
  // note: // write y != x.Load\(\)
  b = n != x;
#else
  b = n != x.Load();
#endif
}

void LessOnTheRight() {
#ifdef refused_less_on_the_right
  // error: deleted
  // note: // write y < x.Load\(\)
  b = 1 < x;
#else
  b = 1 < x.Load();
#endif
}

void LessOrEqualOnTheRight() {
#ifdef refused_less_or_equal_on_the_right
  // error: deleted
  // note: // write y <= x.Load\(\)
  b = 1 <= x;
#else
  b = 1 <= x.Load();
#endif
}

void GreaterOnTheRight() {
#ifdef refused_greater_on_the_right
  // error: deleted
  // note: // write y > x.Load\(\)
  b = 1 > x;
#else
  b = 1 > x.Load();
#endif
}

void GreaterOrEqualOnTheRight() {
#ifdef refused_greater_or_equal_on_the_right
  // error: deleted
  // note: // write y >= x.Load\(\)
  b = 1 >= x;
#else
  b = 1 >= x.Load();
#endif
}

void TwoWordsEqual() {
#ifdef refused_two_words_equal
  // error: deleted
  // note: // write x.Load\(\) == y
  b = x == x;
#else
  b = x.Load() == x.Load();
#endif
}

void TwoWordsOfDifferentTypes() {
#ifdef refused_two_words_of_different_types
  // error: deleted
  // note: // write x.Load\(\) == y
  b = x == narrow;
#else
  b = x.Load() == narrow.Load();
#endif
}

void ABoolAssigned() {
#ifdef refused_a_bool_assigned
  // error: deleted
  // note: // write x.Store\(value\)
  flag = true;
#else
  flag.Store(true);
#endif
}

void ABoolAsACondition() {
#ifdef refused_a_bool_as_a_condition
  // error: deleted
  // note: // write x.Load\(\)
  if (flag) n = 1;
#else
  if (flag.Load()) n = 1;
#endif
}

void ABoolNegated() {
#ifdef refused_a_bool_negated
  // error: deleted
  // note: // write x.Load\(\)
  b = !flag;
#else
  b = !flag.Load();
#endif
}

void ABoolAndAnother() {
#ifdef refused_a_bool_and_another
  // error: deleted
  // note: // write x.Load\(\)
  b = flag && b;
#else
  b = flag.Load() && b;
#endif
}

void ABoolOr() {
#ifdef refused_a_bool_or
  // error: deleted
  // note: // write x.Or\(mask\)
  flag |= b;
#else
  flag.Or(b);
#endif
}

void ABoolEqual() {
#ifdef refused_a_bool_equal
  // error: deleted
  // note: // write x.Load\(\) == y
  b = flag == true;
#else
  b = flag.Load() == true;
#endif
}

void OptionsOr() {
#ifdef refused_options_or
  // error: deleted
  // note: // write x.Or\(mask\)
  options |= Option::kFast;
#else
  options.Or(Option::kFast);
#endif
}

void OptionsAssigned() {
#ifdef refused_options_assigned
  // error: deleted
  // note: // write x.Store\(value\)
  options = Option::kFast;
#else
  options.Store(Option::kFast);
#endif
}

void OptionsEqual() {
#ifdef refused_options_equal
  // error: deleted
  // note: // write x.Load\(\) == y
  b = options == Option::kFast;
#else
  b = options.Load() == Option::kFast;
#endif
}

void AFloatSum() {
#ifdef refused_a_float_sum
  // error: deleted
  // note: // write x.Add\(n\)
  sum += 0.5;
#else
  sum.Add(0.5);
#endif
}

void AFloatDifference() {
#ifdef refused_a_float_difference
  // error: deleted
  // note: // write x.Sub\(n\)
  sum -= d;
#else
  sum.Sub(d);
#endif
}

void AFloatAssigned() {
#ifdef refused_a_float_assigned
  // error: deleted
  // note: // write x.Store\(value\)
  sum = d;
#else
  sum.Store(d);
#endif
}

void AFloatLess() {
#ifdef refused_a_float_less
  // error: deleted
  // note: // write x.Load\(\) < y
  b = sum < d;
#else
  b = sum.Load() < d;
#endif
}

void AFloatTimes() {
#ifdef refused_a_float_times
  // error: deleted
  // note: // write x.Load\(\) \* n
  d = sum * d;
#else
  d = sum.Load() * d;
#endif
}

void ASmallIntegerIncremented() {
#ifdef refused_a_small_integer_incremented
  // error: deleted
  // note: // write x.FetchAdd\(1\)
  small++;
#else
  small.FetchAdd(1);
#endif
}

void AStructAssigned() {
#ifdef refused_a_struct_assigned
  // error: deleted
  // note: // write x.Store\(value\)
  point = Point{1, 2};
#else
  point.Store(Point{1, 2});
#endif
}

void AStructCast() {
#ifdef refused_a_struct_cast
  // error: deleted
  // note: // write x.Load\(\)
  d = static_cast<Point>(point).x;
#else
  d = point.Load().x;
#endif
}

void APointerAssigned() {
#ifdef refused_a_pointer_assigned
  // error: deleted
  // note: // write x.Store\(value\)
  p = node;
#else
  p.Store(node);
#endif
}

void APointerAssignedNull() {
#ifdef refused_a_pointer_assigned_null
  // error: deleted
  // note: // write x.Store\(value\)
  p = nullptr;
#else
  p.Store(nullptr);
#endif
}

void APointerDereferenced() {
#ifdef refused_a_pointer_dereferenced
  // error: deleted
  // note: // write p.Protect\(\)->, or p.Load\(\)->
  n = p->number;
#else
  n = p.Load()->number;
#endif
}

void APointerStarred() {
#ifdef refused_a_pointer_starred
  // error: deleted
  // note: // write \*p.Protect\(\), or \*p.Load\(\)
  (*p);
#else
  n = (*p.Load()).number;
#endif
}

void APointerIndexed() {
#ifdef refused_a_pointer_indexed
  // error: deleted
  // note: // write p.Load\(\)\[i\]
  p[1];
#else
  n = p.Load()[1].number;
#endif
}

void APointerIncremented() {
#ifdef refused_a_pointer_incremented
  // error: deleted
  // note: // write p.FetchAdd\(1\) \+ 1
  ++p;
#else
  p.FetchAdd(1);
#endif
}

void APointerPostIncremented() {
#ifdef refused_a_pointer_post_incremented
  // error: deleted
  // note: // write p.FetchAdd\(1\)
  node = p++;
#else
  node = p.FetchAdd(1);
#endif
}

void APointerDecremented() {
#ifdef refused_a_pointer_decremented
  // error: deleted
  // note: // write p.FetchSub\(1\) - 1
  --p;
#else
  p.FetchSub(1);
#endif
}

void APointerPostDecremented() {
#ifdef refused_a_pointer_post_decremented
  // error: deleted
  // note: // write p.FetchSub\(1\)
  node = p--;
#else
  node = p.FetchSub(1);
#endif
}

void APointerAdvanced() {
#ifdef refused_a_pointer_advanced
  // error: deleted
  // note: // write p.FetchAdd\(n\) \+ n
  p += 2;
#else
  p.FetchAdd(2);
#endif
}

void APointerMovedBack() {
#ifdef refused_a_pointer_moved_back
  // error: deleted
  // note: // write p.FetchSub\(n\) - n
  p -= 2;
#else
  p.FetchSub(2);
#endif
}

void APointerPlus() {
#ifdef refused_a_pointer_plus
  // error: deleted
  // note: // write p.Load\(\) \+ n
  node = p + 1;
#else
  node = p.Load() + 1;
#endif
}

void APointerMinus() {
#ifdef refused_a_pointer_minus
  // error: deleted
  // note: // write p.Load\(\) - n
  node = p - 1;
#else
  node = p.Load() - 1;
#endif
}

void APointerAsACondition() {
#ifdef refused_a_pointer_as_a_condition
  // error: deleted
  // note: // write x.Load\(\) != 0
  if (p) n = 1;
#else
  if (p.Load() != nullptr) n = 1;
#endif
}

void APointerEqual() {
#ifdef refused_a_pointer_equal
  // error: deleted
  // note: // write x.Load\(\) == y
  b = p == nullptr;
#else
  b = p.Load() == nullptr;
#endif
}
