// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/support/plugin.h"

#include <cstdint>
#include <new>
#include <vector>

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace {

using ::sync_atomic::PinGuard;
using ::sync_atomic::SnapshotOf;
using ::sync_atomic::Value;
using ::sync_atomic::ValueOf;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::Own;
using ::sync_atomic::testing::Plugin;

int Use() {
  Value value;
  int dead = 0;
  std::vector<SnapshotOf<Canary>> held;
  for (std::uint64_t i = 0; i < 20; ++i) {
    value.Store(Canary(i));
    held.push_back(value.Load<Canary>());
    const PinGuard pin;
    value.Store(Canary(i));
    sync_atomic::Reclaim();
    dead += value.LoadPinned<Canary>(pin)->Sings() ? 0 : 1;
  }
  value.Clear();
  sync_atomic::Reclaim();
  for (const auto& one : held) dead += one->Sings() ? 0 : 1;
  return dead;
}

int UseOwn(void* cell) {
  auto& value = *static_cast<ValueOf<Own>*>(cell);
  int wrong = 0;
  const auto check = [&wrong](bool right) { wrong += right ? 0 : 1; };
  ValueOf<Own>::Reader reader(value);
  const auto check_empty = [&] {
    const PinGuard pin;
    check(!value.Load());
    check(value.LoadPinned(pin) == nullptr);
    check(reader.Load() == nullptr);
    check(!value.Update([](const Own& held) { return held; }));
  };
  check_empty();
  check(value.CompareAndSwap(nullptr, Own{7}));
  check(value.Load()->number == 7);
  check(reader.Load()->number == 7);
  check(value.Update([](const Own& held) { return Own{held.number + 1}; })
            ->number == 8);
  value.Clear();
  check_empty();
  return wrong;
}

constexpr Plugin kPlugin = {
    &sync_atomic::internal::process_domain,
    [](Value& value) { value.Store(2); },
    [](Value& value) { value.Swap(2); },
    [](Value& value) { value.CompareAndSwap(1, 2); },
    [](const Value& value) { value.Load<int>(); },
    [](const Value& value) { value.Load(); },
    [](const Value& value) {
      const PinGuard pin;
      value.LoadPinned<int>(pin);
    },
    [](Value& value) { value.Clear(); },
    [](ValueOf<int>& value) { value.Store(2); },
    [](ValueOf<int>& value) { value.Swap(2); },
    [](ValueOf<int>& value) { value.CompareAndSwap(1, 2); },
    [](ValueOf<int>& value) { value.Update([](int held) { return held; }); },
    [](const ValueOf<int>& value) { value.Load(); },
    [](const ValueOf<int>& value) {
      const PinGuard pin;
      value.LoadPinned(pin);
    },
    [](const ValueOf<int>& value) {
      ValueOf<int>::Reader reader(value);
      reader.Load();
    },
    [](ValueOf<int>& value) { value.Clear(); },
    [](void* memory) { new (memory) ValueOf<Own>; },
    UseOwn,
    Use,
    [] {
      for (std::uint64_t i = 0; i < 10; ++i) {
        sync_atomic::Retire(new Canary(i));
      }
    },
    [] {
      sync_atomic::Synchronize();
      sync_atomic::Reclaim();
    },
};

}  // namespace

const Plugin* sync_atomic_test_plugin() { return &kPlugin; }
