// SPDX-License-Identifier: Apache-2.0

// The operators of std::atomic, which words do not have: each access to shared
// memory is a call. Both compilers quote the line of a deleted function that is
// called, and so each says at its end what to write instead.
//
// They are deleted, and not merely missing, for that line; and not marked
// unavailable, with which g++ 12 calls the type assignable.

#ifndef SYNC_ATOMIC_ATOMIC_INTERNAL_REFUSED_H_
#define SYNC_ATOMIC_ATOMIC_INTERNAL_REFUSED_H_

#include <type_traits>

namespace sync_atomic {
namespace internal {

// Each word's base.
class AnyWord {};

// bool, if U is no word: of two words the first one's operators are meant.
template <class U>
using If = std::enable_if_t<!std::is_base_of_v<AnyWord, U>, bool>;

// `S` is the public class.
template <class S>
class RefusedComparisons : public AnyWord {
  template <class U>
  friend bool operator==(const S&, const U&) = delete;  // write x.Load() == y
  template <class U>
  friend bool operator!=(const S&, const U&) = delete;  // write x.Load() != y
  template <class U>
  friend bool operator<(const S&, const U&) = delete;  // write x.Load() < y
  template <class U>
  friend bool operator<=(const S&, const U&) = delete;  // write x.Load() <= y
  template <class U>
  friend bool operator>(const S&, const U&) = delete;  // write x.Load() > y
  template <class U>
  friend bool operator>=(const S&, const U&) = delete;  // write x.Load() >= y

  template <class U>
  friend If<U> operator==(const U&, const S&) = delete;  // write y == x.Load()
  template <class U>
  friend If<U> operator!=(const U&, const S&) = delete;  // write y != x.Load()
  template <class U>
  friend If<U> operator<(const U&, const S&) = delete;  // write y < x.Load()
  template <class U>
  friend If<U> operator<=(const U&, const S&) = delete;  // write y <= x.Load()
  template <class U>
  friend If<U> operator>(const U&, const S&) = delete;  // write y > x.Load()
  template <class U>
  friend If<U> operator>=(const U&, const S&) = delete;  // write y >= x.Load()
};

// Of numbers. `S` is the public class, and `T` what it holds.
template <class S, class T>
class RefusedSums {
 public:
  template <class U>
  S& operator+=(const U&) = delete;  // write x.Add(n)
  template <class U>
  S& operator-=(const U&) = delete;  // write x.Sub(n)
  template <class U>
  S& operator*=(const U&) = delete;  // write x.Update(f)
  template <class U>
  S& operator/=(const U&) = delete;  // write x.Update(f)

 private:
  template <class U>
  friend T operator+(const S&, const U&) = delete;  // write x.Load() + n
  template <class U>
  friend T operator-(const S&, const U&) = delete;  // write x.Load() - n
  template <class U>
  friend T operator*(const S&, const U&) = delete;  // write x.Load() * n
  template <class U>
  friend T operator/(const S&, const U&) = delete;  // write x.Load() / n
};

// Of integers alone.
template <class S, class T>
class RefusedSteps {
 public:
  S& operator++() = delete;    // write x.Add(1)
  T operator++(int) = delete;  // write x.FetchAdd(1)
  S& operator--() = delete;    // write x.Sub(1)
  T operator--(int) = delete;  // write x.FetchSub(1)
  template <class U>
  S& operator%=(const U&) = delete;  // write x.Update(f)
  template <class U>
  S& operator<<=(const U&) = delete;  // write x.Update(f)
  template <class U>
  S& operator>>=(const U&) = delete;  // write x.Update(f)

 private:
  template <class U>
  friend T operator%(const S&, const U&) = delete;  // write x.Load() % n
};

// Of sets of bits.
template <class S, class T>
class RefusedBits {
 public:
  template <class U>
  S& operator&=(const U&) = delete;  // write x.And(mask)
  template <class U>
  S& operator|=(const U&) = delete;  // write x.Or(mask)
  template <class U>
  S& operator^=(const U&) = delete;  // write x.Xor(mask)

 private:
  template <class U>
  friend T operator&(const S&, const U&) = delete;  // write x.Load() & mask
  template <class U>
  friend T operator|(const S&, const U&) = delete;  // write x.Load() | mask
  template <class U>
  friend T operator^(const S&, const U&) = delete;  // write x.Load() ^ mask
};

// Of pointers.
template <class S, class T>
class RefusedPointers {
 public:
  T* operator->() const = delete;   // write p.Protect()->, or p.Load()->
  void operator*() const = delete;  // write *p.Protect(), or *p.Load()
  S& operator++() = delete;         // write p.FetchAdd(1) + 1
  T* operator++(int) = delete;      // write p.FetchAdd(1)
  S& operator--() = delete;         // write p.FetchSub(1) - 1
  T* operator--(int) = delete;      // write p.FetchSub(1)
  template <class U>
  S& operator+=(const U&) = delete;  // write p.FetchAdd(n) + n
  template <class U>
  S& operator-=(const U&) = delete;  // write p.FetchSub(n) - n
  template <class U>
  void operator[](const U&) const = delete;  // write p.Load()[i]

 private:
  template <class U>
  friend T* operator+(const S&, const U&) = delete;  // write p.Load() + n
  template <class U>
  friend T* operator-(const S&, const U&) = delete;  // write p.Load() - n
};

}  // namespace internal
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_ATOMIC_INTERNAL_REFUSED_H_
