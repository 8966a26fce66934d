// SPDX-License-Identifier: Apache-2.0

// A type, or 51 with -DMANY, each stored to a cell and loaded from it: a Value,
// or a ValueOf with -DVALUE_OF. size_test.py looks how much code that makes.

#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

#if defined(VALUE_OF)
#define CELL(type) sync_atomic::ValueOf<type>
#define LOAD(cell, type) cell.Load()
#else
#define CELL(type) sync_atomic::Value
#define LOAD(cell, type) cell.Load<type>()
#endif

#define TYPE(n)                                     \
  struct Type##n {                                  \
    int number;                                     \
    int others[3];                                  \
  };                                                \
  void Store##n(CELL(Type##n) & cell, int number);  \
  int Load##n(const CELL(Type##n) & cell);          \
  void Store##n(CELL(Type##n) & cell, int number) { \
    cell.Store(Type##n{number, {}});                \
  }                                                 \
  int Load##n(const CELL(Type##n) & cell) {         \
    return LOAD(cell, Type##n)->number;             \
  }
#define TEN(n) \
  TYPE(n##0)   \
  TYPE(n##1)   \
  TYPE(n##2)   \
  TYPE(n##3) TYPE(n##4) TYPE(n##5) TYPE(n##6) TYPE(n##7) TYPE(n##8) TYPE(n##9)

TYPE(50)
#if defined(MANY)
TEN(0) TEN(1) TEN(2) TEN(3) TEN(4)
#endif
