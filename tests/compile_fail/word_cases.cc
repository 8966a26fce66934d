// SPDX-License-Identifier: Apache-2.0

// What is no Word<T>, and why, in the words of the message.
//
// Compiler: g++
// Compiler: clang++

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "sync_atomic/atomic/atomic_for.h"
#include "sync_atomic/atomic/word.h"

struct Point {
  float x, y;
};
struct Padded {
  char letter;
  std::int32_t number;
};
struct Unknown {
  Unknown() : number(0) {}
  float number;
};
struct Large {
  std::int64_t first, second;
};
struct Three {
  char letters[3];
};
struct Copied {
  Copied() = default;
  Copied(const Copied& other) : number(other.number) {}
  std::int32_t number = 0;
};

void Padding() {
#ifdef a_word_has_padding
  // error: Word<T>: T has padding, or may have
  atomic::Word<Padded> word;
#else
  atomic::Word<Point> word;
#endif
}

void PaddingOfWhatIsUnknown() {
#ifdef a_word_may_have_padding
  // error: Word<T>: T has padding, or may have
  atomic::Word<Unknown> word;
#else
  atomic::Word<Point> word;
#endif
}

void Sizes() {
#ifdef a_word_has_sixteen_bytes
  // error: Word<T>: T has not 1, 2, 4 or 8 bytes. Use a Value
  atomic::Word<Large> word;
#else
  atomic::Word<Point> word;
#endif
}

void OddSizes() {
#ifdef a_word_has_three_bytes
  // error: Word<T>: T has not 1, 2, 4 or 8 bytes
  atomic::Word<Three> word;
#else
  atomic::Word<std::array<char, 4> > word;
#endif
}

void Copies() {
#ifdef a_word_is_not_trivially_copyable
  // error: Word<T>: T is not trivially copyable. Use a Value
  atomic::Word<Copied> word;
#else
  atomic::Word<Point> word;
#endif
}

void Strings() {
#ifdef a_word_is_a_string
  // error: Word<T>: T is not trivially copyable. Use a Value
  atomic::Word<std::string> word;
#else
  atomic::Word<Point> word;
#endif
}

void Pointers() {
#ifdef a_word_is_a_pointer
  // error: Word<T>: for a pointer there is Pointer<T> .sync_atomic/pointer
  atomic::Word<int*> word;
#else
  atomic::Word<int> word;
#endif
}

void PointersOfGenericCode() {
#ifdef atomic_for_a_pointer
  // error: Word<T>: for a pointer there is Pointer<T> .sync_atomic/pointer
  atomic::AtomicFor<int*> word;
#else
  atomic::AtomicFor<int> word;
#endif
}

void LongDoubles() {
#ifdef a_word_is_a_long_double
  // error: Word<T>: a long double is too large, or has padding
  atomic::Word<long double> word;
#else
  atomic::Word<double> word;
#endif
}

void Constants() {
#ifdef a_word_is_const
  // error: Word<T>: T is the type of a value: not const
  atomic::Word<const int> word;
#else
  atomic::Word<int> word;
#endif
}

void Arrays() {
#ifdef a_word_is_an_array
  // error: Word<T>: T is the type of a value: .* no array .std::array
  atomic::Word<char[4]> word;
#else
  atomic::Word<std::array<char, 4> > word;
#endif
}

void OperatorsOfAStruct(atomic::Word<Point>& word) {
#ifdef a_struct_is_added_to
  // error: no member named|has no member
  word.Add(Point{1, 2});
#else
  word.Update([](Point p) { return Point{p.x + 1, p.y + 2}; });
#endif
}

enum Unfixed { kA = 1, kB = 2 };
enum Fixed : int { kC = 1, kD = 2 };

void Flags(atomic::Enum<Unfixed>& unfixed, atomic::Enum<Fixed>& fixed) {
#ifdef flags_of_an_enumeration_without_a_type
  // error: And, Or and Xor of an Enum<E>: write .enum E : int
  unfixed.Or(kB);
#else
  fixed.Or(kD);
#endif
  unfixed.Store(kA);
}

void Clocks(atomic::Word<int>& word) {
#ifdef wait_until_a_time_of_the_wall_clock
  // error: the time is a std::chrono::steady_clock::time_point
  word.WaitUntil(0, std::chrono::system_clock::now());
#else
  word.WaitUntil(0, std::chrono::steady_clock::now());
#endif
}

void Numbers(atomic::Word<int>& word) {
#ifdef wait_for_a_number
  // error: the timeout is an absl::Duration, a std::chrono::duration
  word.WaitFor(0, 5);
#else
  word.WaitFor(0, std::chrono::seconds(5));
#endif
}
