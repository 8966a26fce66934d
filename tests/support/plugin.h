// SPDX-License-Identifier: Apache-2.0

// Plugin and TypePlugin: what tests/value/plugin.cc and type_plugin.cc, built
// as libraries of their own, give to dlopen_test.cc and type_identity_test.cc.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_PLUGIN_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_PLUGIN_H_

#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace testing {

// A class that each library keeps to itself, also one that shows the rest.
struct __attribute__((visibility("hidden"))) Own {
  int number;
};

// Functions of a plugin, on cells of the caller's.
struct Plugin {
  const void* domain;
  void (*store)(Value& value);
  void (*swap)(Value& value);
  void (*compare_and_swap)(Value& value);
  void (*load)(const Value& value);
  void (*load_any)(const Value& value);
  void (*load_pinned)(const Value& value);
  void (*clear)(Value& value);
  // The same with a ValueOf.
  void (*store_of)(ValueOf<int>& value);
  void (*swap_of)(ValueOf<int>& value);
  void (*compare_and_swap_of)(ValueOf<int>& value);
  void (*update_of)(ValueOf<int>& value);
  void (*load_of)(const ValueOf<int>& value);
  void (*load_pinned_of)(const ValueOf<int>& value);
  void (*read_of)(const ValueOf<int>& value);
  void (*clear_of)(ValueOf<int>& value);
  // Makes a ValueOf<Own> there: a void*, since each library has its own.
  void (*make_own)(void* memory);
  // Uses it and leaves it empty; how often something was wrong.
  int (*use_own)(void* value);
  // Uses everything on cells of its own; how many values were not alive.
  int (*use)();
  // Lets the calling thread retire what waits.
  void (*leave_something)();
  // To be called last.
  void (*finish)();
};

// Values of types of a plugin's own.
struct TypePlugin {
  enum Name { kShown, kHidden, kLocal };
  struct Kind {
    // Makes a Value that holds one.
    Value* (*make)();
    bool (*is_in)(const Value& value);
  };

  const void* domain;
  Kind kinds[3];
  void (*destroy)(Value* value);
};

}  // namespace testing
}  // namespace sync_atomic

extern "C" __attribute__((visibility("default")))
const sync_atomic::testing::Plugin*
sync_atomic_test_plugin();

extern "C" __attribute__((visibility("default")))
const sync_atomic::testing::TypePlugin*
sync_atomic_test_type_plugin();

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_PLUGIN_H_
