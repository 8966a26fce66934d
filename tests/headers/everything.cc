// SPDX-License-Identifier: Apache-2.0

// Every public header, each public template instantiated as a whole, and the
// functions that such an instantiation leaves out used. Compiled with many
// warnings by warnings_test.py, and after the macros of others by macros.cc.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sync_atomic/atomic/atomic_for.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"
#include "sync_atomic/atomic/word.h"
#include "sync_atomic/pointer/background_reclaimer.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/functions.h"
#include "sync_atomic/pointer/hazard_pointer.h"
#include "sync_atomic/pointer/histogram.h"
#include "sync_atomic/pointer/owned_bytes.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/preemption.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/rcu.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/sync_atomic.h"
#include "sync_atomic/value/atomic_shared_ptr.h"
#include "sync_atomic/value/derived.h"
#include "sync_atomic/value/map.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/stop.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"
#include "sync_atomic/value/watcher.h"

namespace strangers {

enum class Color : std::uint8_t { kRed, kGreen };
struct Table {
  int size;
  int entries[4];
  friend bool operator==(const Table& a, const Table& b) {
    return a.size == b.size;
  }
};
struct Small {
  float x, y;
};
struct StrangeBase {
  int base = 0;
};
struct StrangeDerived : StrangeBase {
  int derived = 0;
};
struct StrangeNode : sync_atomic::Retirable {
  std::string name;
};
struct StrangeHazard : sync_atomic::hazard_pointer_obj_base<StrangeHazard> {
  int number = 0;
};
struct StrangeTable
    : sync_atomic::rcu_obj_base<StrangeTable, void (*)(StrangeTable*)> {
  int number = 0;
};
struct alignas(128) StrangeWide {
  char bytes[128];
  friend bool operator==(const StrangeWide&, const StrangeWide&) {
    return true;
  }
};

}  // namespace strangers

template class sync_atomic::hazard_pointer_obj_base<strangers::StrangeHazard>;
template class sync_atomic::rcu_obj_base<strangers::StrangeTable,
                                         void (*)(strangers::StrangeTable*)>;
template void sync_atomic::rcu_retire(int*, std::default_delete<int>,
                                      sync_atomic::rcu_domain&);
template void sync_atomic::rcu_retire(const int*, void (*)(const int*),
                                      sync_atomic::rcu_domain&);
template class sync_atomic::Enum<strangers::Color>;
template class sync_atomic::Word<strangers::Color>;
template class sync_atomic::Word<strangers::Small>;
template class sync_atomic::Word<bool>;
template class sync_atomic::Word<char>;
template class sync_atomic::Word<unsigned short>;
template class sync_atomic::Word<float>;
template class sync_atomic::Pointer<int>;
template class sync_atomic::Pointer<const strangers::Table>;
template class sync_atomic::Pointer<void>;
template class sync_atomic::Protected<strangers::Table>;
template class sync_atomic::Protected<void>;
template class sync_atomic::SnapshotOf<int>;
template class sync_atomic::SnapshotOf<strangers::Table>;
template class sync_atomic::ValueOf<int>;
template class sync_atomic::ValueOf<std::string>;
template class sync_atomic::ValueOf<strangers::Table>;
template class sync_atomic::ValueOf<strangers::StrangeWide>;
template class sync_atomic::AtomicSharedPtr<strangers::Table>;
template class sync_atomic::AtomicSharedPtr<void>;
template class sync_atomic::AtomicSharedPtr<int[]>;
template class sync_atomic::Watcher<strangers::Table>;
template class sync_atomic::Derived<strangers::Table>;
template class sync_atomic::Map<int, int>;
template class sync_atomic::Map<std::string, strangers::Table>;
template class sync_atomic::Map<strangers::Color, strangers::StrangeWide>;
template void sync_atomic::Retire(int*);
template void sync_atomic::Retire(const strangers::Table*);
template void sync_atomic::Retire(strangers::StrangeNode*);
template void sync_atomic::Retire(void*, void (*)(void*));

namespace strangers {

int UseWords();
int UsePointers();
int UseValues();
int UseMaps();
int UseWatchers();

template <class Word, class T>
T UseWord(Word& word, T one) {
  word.Store(one);
  T found = word.Load();
  word.Swap(one);
  word.CompareAndSwap(one, one);
  word.CompareExchange(found, one);
  word.CompareExchangeStrong(found, one);
  word.Update([](T old) { return old; });
  word.NotifyOne();
  word.NotifyAll();
  static_cast<void>(word.WaitFor(found, std::chrono::nanoseconds(1)));
  static_cast<void>(word.WaitFor(found, absl::ZeroDuration()));
  static_cast<void>(
      word.WaitUntil(found, std::chrono::steady_clock::time_point()));
  std::ostringstream text;
  text << word;
  return found;
}

template <class Word, class T>
T UseBits(Word& word, T one) {
  word.And(one);
  word.Or(one);
  word.Xor(one);
  return UseWord(word, one);
}

template <class Word, class T>
T UseInteger(Word& word, T one) {
  word.Add(one);
  word.Sub(one);
  word.FetchAdd(one);
  word.FetchSub(one);
  word.Max(one);
  word.Min(one);
  return UseBits(word, one);
}

int UseWords() {
  sync_atomic::Int32 int32;
  sync_atomic::Int64 int64;
  sync_atomic::Uint32 uint32;
  sync_atomic::Uint64 uint64;
  sync_atomic::Uintptr uintptr;
  sync_atomic::Float64 float64;
  sync_atomic::Bool truth;
  sync_atomic::Enum<Color> color;
  UseInteger(int32, std::int32_t{1});
  UseInteger(int64, std::int64_t{1});
  UseInteger(uint32, std::uint32_t{1});
  UseInteger(uint64, std::uint64_t{1});
  UseInteger(uintptr, std::uintptr_t{1});
  sync_atomic::Word<short> narrow;
  sync_atomic::AtomicFor<long long> wide;
  sync_atomic::Word<Small> position;
  UseInteger(narrow, short{1});
  UseInteger(wide, 1LL);
  UseWord(position, Small{1, 2});
  float64.Sub(1.0);
  float64.Max(1.0);
  float64.Min(1.0);
  UseWord(float64, float64.Add(1.0));
  truth.Toggle();
  UseBits(truth, true);
  UseBits(color, Color::kGreen);
  std::int32_t plain = 0;
  sync_atomic::AddInt32(&plain, 1);
  volatile unsigned long long field = 0;
  sync_atomic::StoreUint64(&field, 1);
  sync_atomic::SwapUint64(&field, 2);
  sync_atomic::CompareAndSwapUint64(&field, 2, 3);
  sync_atomic::AddUint64(&field, sync_atomic::LoadUint64(&field));
  sync_atomic::AndUint64(&field, 1);
  sync_atomic::OrUint64(&field, 1);
  sync_atomic::Counter counter;
  counter.Add(1);
  sync_atomic::Histogram histogram({0.5, 1});
  histogram.Observe(0.25);
  static_cast<void>(histogram.Collect().CountUpTo(1));
  return sync_atomic::LoadInt32(&plain) + static_cast<int>(counter.Load());
}

int UsePointers() {
  int one = 1;
  sync_atomic::Pointer<int> pointer(&one);
  UseWord(pointer, &one);
  pointer.FetchSub(0);
  pointer.FetchAdd(0);
  void* plain = &one;
  sync_atomic::StorePointer(&plain, sync_atomic::LoadPointer(&plain));
  const sync_atomic::BackgroundReclaimer reclaimer(std::chrono::seconds(1));
  const sync_atomic::PinGuard pin;
  const sync_atomic::PinGuard hinted(sync_atomic::PreemptionHint::kNone);
  const sync_atomic::Protected<int> held = pointer.Protect();
  sync_atomic::ProcPin();
  sync_atomic::ProcUnpin();
  sync_atomic::Retire(new StrangeNode);
  sync_atomic::Retire(new Table{});
  sync_atomic::Retire(new Table{}, [](Table* table) { delete table; });
  sync_atomic::Reclaim();
  const std::atomic<StrangeHazard*> source{nullptr};
  const sync_atomic::Pointer<StrangeHazard> ours;
  sync_atomic::hazard_pointer hazard = sync_atomic::make_hazard_pointer();
  StrangeHazard* found = hazard.protect(source);
  static_cast<void>(hazard.try_protect(found, source));
  static_cast<void>(hazard.try_protect(found = hazard.protect(ours), ours));
  hazard.reset_protection(found);
  sync_atomic::hazard_pointer empty(std::move(hazard));
  swap(empty, hazard);
  (new StrangeHazard)->retire();
  (new StrangeTable)->retire([](StrangeTable* table) { delete table; });
  sync_atomic::rcu_default_domain().lock();
  sync_atomic::rcu_default_domain().unlock();
  sync_atomic::rcu_synchronize();
  sync_atomic::rcu_barrier();
  sync_atomic::SetRetireLimits(2048, 1 << 18);
  sync_atomic::SetReclaimExecutor(nullptr);
  return *held + pin.processor() +
         static_cast<int>(sync_atomic::GetReclaimStats().reclaims);
}

int UseValues() {
  sync_atomic::Value value;
  value.Store(std::string("one"));
  value.Emplace<std::string>("two");
  value.Clear();
  value.Store(Table{});
  value.Emplace<Table>(Table{});
  static_cast<void>(value.CompareAndSwap(Table{}, Table{}));
  static_cast<void>(value.Update<Table>([](const Table& t) { return t; }));
  static_cast<void>(value.Swap(Table{}));
  static_cast<void>(value.TryLoad<Table>().ok());
  value.Clear();
  static_cast<void>(value.TryStore(1).ok());
  static_cast<void>(value.TryLoad<std::string>().ok());
  static_cast<void>(value.CompareAndSwap(std::string("a"), std::string("b")));
  static_cast<void>(
      value.Update<std::string>([](const std::string& s) { return s; }));
  static_cast<void>(value.Read<std::string>([](const std::string* s) {
    return s == nullptr ? 0 : sync_atomic::OwnedBytes(std::make_pair(*s, 1));
  }));
  const sync_atomic::Snapshot snapshot = value.Load();
  static_cast<void>(value.WaitForChange(snapshot, absl::ZeroDuration()));
  const Table one{};
  const auto same = [](const Table& t) { return t; };
  const auto make = [&] { return one; };
  sync_atomic::Value made(Table{});
  sync_atomic::Value in_place(std::in_place_type<Table>);
  static_cast<void>(made.UpdateOrInit<Table>(same, make));
  static_cast<void>(made.TryUpdateOrInit<Table>(same, make).ok());
  static_cast<void>(
      made.TryUpdate<Table>(
              [](const Table& t) -> absl::StatusOr<Table> { return t; })
          .ok());
  const sync_atomic::SnapshotOf<Table> typed(made.Load());
  static_cast<void>(made.CompareAndSwap(typed, sync_atomic::Empty()));
  static_cast<void>(made.CompareAndSwap(one, sync_atomic::Empty()));
  static_cast<void>(made.StoreAndWait(one));
  static_cast<void>(made.SwapAndWait(sync_atomic::Empty()).is_unread);
  static_cast<void>(made.Load().TryAs<Table>() == made.Load().As<Table>());
  static_cast<void>(made.Load().Share<Table>());
  std::ostringstream text;
  text << typed << made.Load() << std::hash<sync_atomic::Snapshot>()(snapshot);
  sync_atomic::StopSource source;
  source.RequestStop();
  static_cast<void>(made.WaitForChange(
      typed, std::chrono::steady_clock::time_point(), source.token()));

  sync_atomic::ValueOf<Table> cell{{1, {}}};
  sync_atomic::ValueOf<Table> of_snapshot(cell.Load());
  static_cast<void>(
      cell.WaitForChange(typed, std::chrono::seconds(0), source.token()));
  static_cast<void>(cell.UpdateOrInit(same, make));
  static_cast<void>(cell.TryUpdateOrInit(same, make).ok());
  static_cast<void>(
      cell.TryUpdate([](const Table& t) { return absl::StatusOr<Table>(t); })
          .ok());
  cell.Store(typed);
  static_cast<void>(cell.Swap(typed) == nullptr);
  static_cast<void>(cell.CompareAndSwap(typed, typed));
  static_cast<void>(cell.CompareAndSwap(one, sync_atomic::Empty()));
  static_cast<void>(cell.StoreAndWait({2, {}}, absl::ZeroDuration()));
  static_cast<void>(cell.SwapAndWait(typed, absl::ZeroDuration()).old);
  static_cast<void>(std::hash<sync_atomic::SnapshotOf<Table>>()(typed));
  const sync_atomic::SnapshotOf<StrangeBase> base =
      sync_atomic::ValueOf<StrangeDerived>(std::in_place).Load();
  text << base;
  cell.Store(Table{});
  cell.Emplace(Table{});
  cell.Store(std::make_unique<Table>());
  cell.Store(std::make_shared<Table>());
  static_cast<void>(cell.Swap(Table{}));
  static_cast<void>(cell.Read([](const Table* table) { return table->size; }));
  static_cast<void>(cell.TryStore(Table{}).ok());
  static_cast<void>(cell.CompareAndSwap(Table{}, Table{}));
  static_cast<void>(cell.Update([](const Table& table) { return table; }));
  sync_atomic::ValueOf<Table>::Reader reader(cell);
  const auto entries = cell.Load().Project(&Table::entries);
  const std::shared_ptr<const int[4]> shared = entries.Share();
  const sync_atomic::PinGuard pin;
  return reader.Load()->size + shared[0] + cell.LoadPinned(pin)->size +
         static_cast<int>(snapshot.Get<std::string>().size());
}

int UseWatchers() {
  sync_atomic::AtomicSharedPtr<Table> shared(std::make_shared<Table>());
  std::shared_ptr<Table> held = shared;
  static_cast<void>(shared.compare_exchange_weak(held, nullptr));
  const auto snapshot = shared.Load();
  if (snapshot) return snapshot->size + (*snapshot).size;
  using Tables = sync_atomic::SnapshotOf<Table>;
  const auto see = [](const Tables&, const Tables&) {};
  const auto run = [](const std::function<void()>& call) { call(); };
  sync_atomic::ValueOf<Table> cell{{1, {}}};
  const sync_atomic::Value value{Table{1, {}}};
  const sync_atomic::Watcher<Table> watcher(cell, see);
  const sync_atomic::Watcher<Table> executed(cell, see, run);
  const sync_atomic::Watcher<Table> of_value(value, see);
  const sync_atomic::Watcher<Table> of_value_executed(value, see, run);
  const sync_atomic::Derived<int> size([](const Table& t) { return t.size; },
                                       cell);
  const sync_atomic::Derived<int> maybe(
      [](const Table& t, int) -> absl::StatusOr<int> { return t.size; }, cell,
      size.cell());
  static_cast<void>(maybe.WaitUntilCurrent(absl::ZeroDuration()));
  static_cast<void>(maybe.WaitUntilCurrent(std::chrono::nanoseconds(0)));
  static_cast<void>(maybe.WaitUntilCurrent());
  const sync_atomic::PinGuard pin;
  return *size.Load() + *maybe.LoadPinned(pin) +
         maybe.Read([](const int* n) { return *n; });
}

int UseMaps() {
  sync_atomic::Map<std::string, Table> map;
  const Table table = {1, {}};
  map.Store("a", table);
  map.Emplace(std::string("b"), table);
  const auto old = map.Swap("a", table);
  map.CompareAndSwap("a", table, table);
  map.CompareAndSwap("a", old, Table());
  map.CompareAndDelete("a", table);
  map.CompareAndDelete("a", old);
  map.LoadOrStore("a", table);
  map.LoadOrCompute("a", [&] { return table; });
  map.Update("a", [](const Table* t) { return t == nullptr ? Table() : *t; });
  map.Update("a", [](const Table* t) -> sync_atomic::MapChange<Table> {
    if (t == nullptr) return sync_atomic::MapLeave();
    return sync_atomic::MapDelete();
  });
  int sum = 0;
  map.Range([&](const std::string&, const sync_atomic::SnapshotOf<Table>& t) {
    sum += t->size;
    return true;
  });
  const sync_atomic::PinGuard pin;
  const Table* const found = map.LoadPinned("a", pin);
  if (found == nullptr && !map.Load("a") && !map.Contains("a")) ++sum;
  map.Delete("a");
  map.LoadAndDelete("b");
  map.Reserve(10);
  map.Clear();
  return sum + static_cast<int>(map.Size());
}

}  // namespace strangers
