// SPDX-License-Identifier: Apache-2.0

// What must not be done with the integer classes, and what to write instead.

#include <cstdint>

#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"

atomic::Int64 x;
std::int64_t number;
void TakesANumber(std::int64_t);
void TakesAnInt32(atomic::Int32&);
void TakesAUintptr(atomic::Uintptr&);
atomic::Int32 narrow;
atomic::Uint64 unsigned_number;
atomic::Uintptr address;

void CopyConstruction() {
#ifdef an_atomic_is_copied
  // error: deleted
  atomic::Int64 copy(x);
#else
  atomic::Int64 copy(x.Load());
#endif
}

void CopyAssignment(atomic::Int64& y) {
#ifdef an_atomic_is_assigned
  // error: deleted
  y = x;
#else
  y.Store(x.Load());
#endif
}

void Assignment() {
#ifdef a_number_is_assigned
  // error: deleted
  x = number;
#else
  x.Store(number);
#endif
}

void ConversionFromANumber() {
#ifdef a_number_becomes_an_atomic
  // error: conversion from
  atomic::Int64 y = number;
#else
  atomic::Int64 y(number);
#endif
}

void ConversionToANumber() {
#ifdef an_atomic_becomes_a_number
  // error: cannot convert|no viable conversion|no matching function
  TakesANumber(x);
#else
  TakesANumber(x.Load());
#endif
}

void Increment() {
#ifdef an_atomic_is_incremented
  // error: deleted
  x++;
#else
  x.Add(1);
#endif
}

void CompoundAssignment() {
#ifdef an_atomic_is_added_to
  // error: deleted
  x += 2;
#else
  x.Add(2);
#endif
}

bool Comparison() {
#ifdef an_atomic_is_compared
  // error: deleted
  return x == 1;
#else
  return x.Load() == 1;
#endif
}

void AnotherWidth() {
#ifdef an_int64_is_taken_for_an_int32
  // error: invalid initialization|no matching function
  TakesAnInt32(x);
#else
  TakesAnInt32(narrow);
#endif
}

void TheSameNumbers() {
#ifdef a_uint64_is_taken_for_a_uintptr
  // error: invalid initialization|no matching function
  TakesAUintptr(unsigned_number);
#else
  TakesAUintptr(address);
#endif
}

void LiteralOfAnotherType() {
#ifdef a_pointer_is_stored_as_a_number
  // error: invalid conversion|cannot initialize a parameter
  x.Store(&number);
#else
  x.Store(number);
#endif
}

void ExpectedByValue() {
#ifdef compare_exchange_is_given_a_constant
  // error: cannot bind non-const|no matching
  while (!x.CompareExchange(1, 2)) {
  }
#else
  std::int64_t expected = 1;
  while (!x.CompareExchange(expected, 2)) {
  }
#endif
}
