// SPDX-License-Identifier: Apache-2.0

// What must not be done with the free functions, Pointer and PointerCast.

#include <cstdint>

#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/pointer/functions.h"
#include "sync_atomic/pointer/pointer.h"

struct Node {
  std::int32_t number;
};
struct SameAsNode {
  std::int32_t number;
};
struct Wider {
  std::int32_t number, more;
};
struct alignas(16) Aligned {
  std::int32_t numbers[4];
};
struct Unaligned {
  std::int32_t numbers[4];
};

enum Kind { kFirst };

std::int32_t narrow;
std::int64_t wide;
std::uint32_t no_sign;
const std::int32_t constant = 1;
atomic::Int32 typed;
Node node;
Node* node_pointer;
void* untyped;

void AnotherWidth() {
#ifdef add_int32_of_an_int64
  // error: no matching function
  atomic::AddInt32(&wide, 1);
#else
  atomic::AddInt32(&narrow, 1);
#endif
}

void AnotherSign() {
#ifdef add_int32_of_a_uint32
  // error: no matching function
  atomic::AddInt32(&no_sign, 1);
#else
  atomic::AddUint32(&no_sign, 1);
#endif
}

void StoreToAConstant() {
#ifdef a_constant_is_stored_to
  // error: no matching function
  atomic::StoreInt32(&constant, 1);
#else
  atomic::LoadInt32(&constant);
#endif
}

void FunctionOnATypedAtomic() {
#ifdef a_function_is_given_a_typed_atomic
  // error: no matching function
  atomic::AddInt32(&typed, 1);
#else
  typed.Add(1);
#endif
}

void FunctionOnABool(volatile bool* flag, volatile std::uint32_t* word) {
#ifdef a_function_is_given_a_bool
  // error: no matching function
  atomic::LoadUint32(flag);
#else
  atomic::LoadUint32(word);
#endif
}

void FunctionOnAnEnumeration(volatile Kind* kind, volatile int* word) {
#ifdef a_function_is_given_an_enumeration
  // error: no matching function
  atomic::LoadInt32(kind);
#else
  atomic::LoadInt32(word);
#endif
}

void StoreToAVolatileConstant(const volatile int* read, volatile int* word) {
#ifdef a_volatile_constant_is_stored_to
  // error: no matching function
  atomic::StoreInt32(read, 1);
#else
  atomic::StoreInt32(word, 1);
#endif
}

void FieldOfAnotherSign(volatile unsigned long long* field) {
#ifdef add_int64_of_a_volatile_unsigned
  // error: no matching function
  atomic::AddInt64(field, 1);
#else
  atomic::AddUint64(field, 1);
#endif
}

void PointerArithmeticOfVoid(atomic::Pointer<void>& any,
                             atomic::Pointer<Node>& p) {
#ifdef a_pointer_to_void_is_moved
  // error: no matching member function|no matching function
  any.FetchAdd(1);
#else
  p.FetchAdd(1);
#endif
  any.Load();
}

void TypedPointer() {
#ifdef load_pointer_of_a_typed_pointer
  // error: invalid conversion|cannot initialize a parameter
  atomic::LoadPointer(&node_pointer);
#else
  atomic::LoadPointer(&untyped);
#endif
}

void AnotherPointer(atomic::Pointer<Node>& p) {
#ifdef a_pointer_holds_another_type
  // error: cannot convert|cannot initialize
  p.Store(reinterpret_cast<Wider*>(&node));
#else
  p.Store(&node);
#endif
}

void AnotherPointerClass(atomic::Pointer<Node>& p) {
#ifdef a_pointer_is_taken_for_an_unsafe_one
  // error: invalid initialization|cannot bind|no viable|non-const lvalue
  atomic::UnsafePointer& q = p;
#else
  atomic::Pointer<Node>& q = p;
#endif
  q.Load();
}

void CopyOfAPointer(atomic::Pointer<Node>& p) {
#ifdef a_pointer_is_copied
  // error: deleted
  atomic::Pointer<Node> copy(p);
#else
  atomic::Pointer<Node> copy(p.Load());
#endif
}

void AnotherSize() {
#ifdef a_pointer_cast_to_another_size
  // error: PointerCast: the two types differ in layout
  atomic::PointerCast<Wider>(&node);
#else
  atomic::PointerCast<SameAsNode>(&node);
#endif
}

void AnotherAlignment(Aligned* aligned) {
#ifdef a_pointer_cast_to_another_alignment
  // error: PointerCast: the two types differ in layout
  atomic::PointerCast<Unaligned>(aligned);
#else
  atomic::PointerCast<Aligned>(aligned);
#endif
}

void WithoutConst(const Node* p) {
#ifdef a_pointer_cast_takes_away_const
  // error: casts away|invalid 'static_cast' from type 'const
  atomic::PointerCast<SameAsNode>(p);
#else
  atomic::PointerCast<const SameAsNode>(p);
#endif
}

void VoidWithoutConst(const Node* p) {
#ifdef a_pointer_cast_to_void_takes_away_const
  // error: casts away|invalid 'static_cast' from type 'const
  atomic::PointerCast<void>(p);
#else
  atomic::PointerCast<const void>(p);
#endif
}
