// SPDX-License-Identifier: Apache-2.0

// What must not be done with a Value.

#include <array>
#include <chrono>
#include <string>

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"

struct Config {
  int port;
};

atomic::Value cell;
int numbers[2] = {1, 2};

void StringLiteral() {
#ifdef a_string_literal_is_stored
  // error: does not hold a C array or a string literal
  cell.Store("text");
#else
  cell.Store(std::string("text"));
#endif
}

void Array() {
#ifdef a_c_array_is_stored
  // error: does not hold a C array or a string literal
  cell.Store(numbers);
#else
  cell.Store(std::array<int, 2>{1, 2});
#endif
}

void SwappedLiteral() {
#ifdef a_string_literal_is_swapped_in
  // error: does not hold a C array or a string literal
  cell.Swap("text");
#else
  cell.Swap(std::string("text"));
#endif
}

void MadeOfALiteral() {
#ifdef a_string_literal_is_the_first_value
  // error: does not hold a C array or a string literal
  atomic::Value made("text");
#else
  atomic::Value made(std::string("text"));
#endif
}

void MadeOfASnapshot() {
#ifdef a_snapshot_is_the_first_value
  // error: a Value holds values: store what the snapshot holds
  atomic::Value made(cell.Load<Config>());
#else
  atomic::Value made(*cell.Load<Config>());
#endif
}

void StoredSnapshot() {
#ifdef a_snapshot_is_stored
  // error: a Value holds values: store what the snapshot holds
  cell.Store(cell.Load());
#else
  cell.Store(cell.Load().Get<Config>());
#endif
}

void StoredTypedSnapshot() {
#ifdef a_typed_snapshot_is_stored
  // error: a Value holds values: store what the snapshot holds
  cell.Store(cell.Load<Config>());
#else
  cell.Store(*cell.Load<Config>());
#endif
}

void StoredEmpty() {
#ifdef empty_is_stored
  // error: a Value holds values: store what the snapshot holds
  cell.Store(atomic::Empty());
#else
  cell.Clear();
#endif
}

void SwappedEmpty() {
#ifdef null_is_swapped_in_for_another_type
  // error: no match
  cell.CompareAndSwap(Config(), nullptr);
#else
  cell.CompareAndSwap(cell.Load(), atomic::Empty());
#endif
}

void SwappedSnapshot() {
#ifdef a_snapshot_is_swapped_in
  // error: a Value holds values: store what the snapshot holds
  cell.CompareAndSwap(cell.Load(), cell.Load());
#else
  cell.CompareAndSwap(cell.Load(), cell.Load().Get<Config>());
#endif
}

void SwappedTypedSnapshot() {
#ifdef a_typed_snapshot_is_swapped_in
  // error: a Value holds values: store what the snapshot holds
  cell.Swap(cell.Load<Config>());
#else
  cell.Swap(*cell.Load<Config>());
#endif
}

void TwoTypes() {
#ifdef two_types_are_compared_and_swapped
  // error: no matching (member )?function
  cell.CompareAndSwap(1, 2.0);
#else
  cell.CompareAndSwap(1, 2);
#endif
}

void LiteralForAString() {
#ifdef a_string_is_compared_and_swapped_with_a_literal
  // error: no matching (member )?function
  cell.CompareAndSwap(std::string("old"), "new");
#else
  cell.CompareAndSwap(std::string("old"), std::string("new"));
#endif
}

void ZeroForNull() {
#ifdef a_zero_is_taken_for_a_null_pointer
  // error: no matching (member )?function
  cell.CompareAndSwap(0, 2.0);
#else
  cell.CompareAndSwap(nullptr, 2.0);
#endif
}

void WithoutEquality() {
#ifdef values_without_equality_are_compared
  // error: no match for|invalid operands
  cell.CompareAndSwap(Config{1}, Config{2});
#else
  cell.CompareAndSwap(cell.Load(), Config{2});
#endif
}

void LoadedReference() {
#ifdef a_reference_is_loaded
  // error: T is a plain type
  cell.Load<const int&>();
#else
  cell.Load<int>();
#endif
}

void LoadedConst() {
#ifdef a_constant_is_loaded
  // error: T is a plain type
  cell.Load<const int>();
#else
  cell.Load<int>();
#endif
}

void CopyOfAValue() {
#ifdef a_value_is_copied
  // error: deleted
  atomic::Value copy(cell);
#else
  atomic::Snapshot copy(cell.Load());
#endif
}

void PinnedForAMoment() {
#ifdef a_temporary_pin_is_given
  // error: deleted
  const Config* config = cell.LoadPinned<Config>(atomic::PinGuard());
#else
  const atomic::PinGuard pin;
  const Config* config = cell.LoadPinned<Config>(pin);
#endif
  static_cast<void>(config);
}

void ChangedContent() {
#ifdef the_content_is_changed
  // error: assignment of member|cannot assign|read-only
  cell.Load<Config>()->port = 1;
#else
  cell.Store(Config{1});
#endif
}

void StatusWithoutItsHeader() {
#ifdef a_try_form_is_called_without_status_h
  // error: the Try forms need #include .*sync_atomic/value/status.h
  static_cast<void>(cell.TryStore(Config{1}));
#else
  cell.Store(Config{1});
#endif
}

void NumberForATimeout() {
#ifdef a_timeout_has_no_unit
  // error: the timeout is an absl::Duration, a std::chrono::duration
  cell.WaitForChange(cell.Load(), 5);
#else
  cell.WaitForChange(cell.Load(), std::chrono::seconds(5));
#endif
}
