// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/tests/support/plugin.h"
#include "sync_atomic/value/value.h"

namespace type_plugin {

struct Shown {};
struct __attribute__((visibility("hidden"))) Hidden {};

namespace {

using ::sync_atomic::Value;
using ::sync_atomic::testing::TypePlugin;

struct Local {};

template <class T>
constexpr TypePlugin::Kind kKind = {
    [] {
      auto* const value = new Value;
      value->Store(T());
      return value;
    },
    [](const Value& value) { return value.Load().TryGet<T>() != nullptr; },
};

constexpr TypePlugin kPlugin = {
    &sync_atomic::internal::process_domain,
    {kKind<Shown>, kKind<Hidden>, kKind<Local>},
    [](Value* value) { delete value; },
};

}  // namespace
}  // namespace type_plugin

const sync_atomic::testing::TypePlugin* sync_atomic_test_type_plugin() {
  return &type_plugin::kPlugin;
}
