// SPDX-License-Identifier: Apache-2.0

// What must not be done with a ValueOf, and with functions that read.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/value/derived.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"
#include "sync_atomic/value/watcher.h"

struct Codec {
  virtual ~Codec() = default;
  virtual int Encode(int n) const = 0;
};
struct FastCodec : Codec {
  int Encode(int n) const override { return n; }
  int level = 0;
};
struct Other {};

atomic::Value cell;
atomic::ValueOf<Codec> codec;
atomic::ValueOf<FastCodec> fast;
atomic::ValueOf<std::string> text;

void ReferenceOutOfARead() {
#ifdef a_read_returns_a_reference
  // error: f returns by value
  cell.Read<FastCodec>(
      [](const FastCodec* c) -> const int& { return c->level; });
#else
  cell.Read<FastCodec>([](const FastCodec* c) { return c->level; });
#endif
}

void ReferenceOutOfATryRead() {
#ifdef a_try_read_returns_a_reference
  // error: f returns by value
  static_cast<void>(cell.TryRead<FastCodec>(
      [](const FastCodec* c) -> const int& { return c->level; }));
#else
  static_cast<void>(
      cell.TryRead<FastCodec>([](const FastCodec* c) { return c->level; }));
#endif
}

void ReferenceOutOfATypedRead() {
#ifdef a_typed_read_returns_a_reference
  // error: f returns by value
  fast.Read([](const FastCodec* c) -> const int& { return c->level; });
#else
  fast.Read([](const FastCodec* c) { return c->level; });
#endif
}

void ProjectionByValue() {
#ifdef a_projection_is_no_part
  // error: f refers to a part of the value
  fast.Load().Project([](const FastCodec& c) { return c.level; });
#else
  fast.Load().Project([](const FastCodec& c) -> const int& { return c.level; });
#endif
}

void UpdateToAnotherType() {
#ifdef an_update_makes_another_type
  // error: f\(const T&\) returns a T
  cell.Update<std::string>([](const std::string&) { return Other(); });
#else
  cell.Update<std::string>([](const std::string&) { return "converts"; });
#endif
}

void StoredEmpty() {
#ifdef empty_is_stored_to_a_value_of
  // error: write Clear\(\)
  text.Store(atomic::Empty());
#else
  text.Clear();
#endif
}

bool ComparedWithZero() {
#ifdef a_snapshot_is_compared_with_zero
  // error: no match|invalid operands
  return text.Load() == 0;
#else
  return text.Load() == nullptr;
#endif
}

void ConvertedToADerivedClass() {
#ifdef a_snapshot_is_that_of_a_derived_class
  // error: conver
  atomic::SnapshotOf<FastCodec> derived = codec.Load();
#else
  atomic::SnapshotOf<Codec> base = fast.Load();
#endif
}

void TypedWithoutACall() {
#ifdef a_snapshot_gets_a_type_unseen
  // error: conver
  atomic::SnapshotOf<FastCodec> typed = cell.Load();
#else
  atomic::SnapshotOf<FastCodec> typed(cell.Load());
#endif
}

void StoredSnapshotOfAnother() {
#ifdef the_snapshot_of_a_base_is_stored
  // error: ValueOf<T> stores a T, a class derived from T
  fast.Store(codec.Load());
#else
  codec.Store(fast.Load());
#endif
}

bool WaitByTheWallClock() {
  using std::chrono::seconds;
#ifdef a_wait_lasts_until_a_time_of_day
  // error: the time is a std::chrono::steady_clock::time_point
  const auto until = std::chrono::system_clock::now() + seconds(1);
#else
  const auto until = std::chrono::steady_clock::now() + seconds(1);
#endif
  return text.WaitForChange(text.Load(), until);
}

bool WaitUntilAStranger() {
#ifdef a_wait_is_stopped_by_a_stranger
  // error: give it a StopToken or a std::stop_token
  return text.WaitForChange(text.Load(), std::chrono::seconds(1), Other());
#else
  return text.WaitForChange(text.Load(), std::chrono::seconds(1));
#endif
}

void DecliningUpdate() {
#ifdef an_update_declines_that_cannot
  // error: ValueOf<T> stores a T, a class derived from T
  text.Update([](const std::string&) -> absl::StatusOr<std::string> {
    return absl::NotFoundError("none");
  });
#else
  text.TryUpdate([](const std::string&) -> absl::StatusOr<std::string> {
        return absl::NotFoundError("none");
      })
      .IgnoreError();
#endif
}

void StrangerStored() {
#ifdef a_stranger_is_stored
  // error: ValueOf<T> stores a T, a class derived from T
  codec.Store(Other());
#else
  codec.Store(FastCodec());
#endif
}

void StrangerAdopted() {
#ifdef a_stranger_is_adopted
  // error: ValueOf<T> stores a T, a class derived from T
  codec.Store(std::make_unique<Other>());
#else
  codec.Store(std::make_unique<FastCodec>());
#endif
}

void BaseStoredAsDerived() {
#ifdef a_base_is_adopted_as_a_derived_class
  // error: ValueOf<T> stores a T, a class derived from T
  fast.Store(std::unique_ptr<Codec>());
#else
  codec.Store(std::unique_ptr<Codec>(std::make_unique<FastCodec>()));
#endif
}

void LiteralStored() {
#ifdef a_number_is_stored_as_text
  // error: ValueOf<T> stores a T, a class derived from T
  text.Store(Other());
#else
  text.Store("converts");
#endif
}

void ConvertedToACell() {
#ifdef a_first_value_is_converted
  // error: conver
  atomic::ValueOf<std::string> made = std::string("text");
#else
  atomic::ValueOf<std::string> made(std::string("text"));
#endif
}

void MadeOfAStranger() {
#ifdef a_strangers_value_is_the_first
  // error: no match
  atomic::ValueOf<Codec> made{Other()};
#else
  atomic::ValueOf<Codec> made{FastCodec()};
#endif
}

void Deduced() {
#ifdef the_type_of_a_cell_is_deduced
  // error: deduc|no viable constructor
  atomic::ValueOf made(1);
#else
  atomic::ValueOf<int> made(1);
#endif
}

void ArraysHeld() {
#ifdef an_array_is_held
  // error: hold a C array as a std::array
  atomic::ValueOf<int[2]> array;
#else
  atomic::ValueOf<int> array;
#endif
  static_cast<void>(array);
}

void SnapshotsHeld() {
#ifdef a_snapshot_is_held
  // error: hold what the snapshot holds
  atomic::ValueOf<atomic::Snapshot> snapshots;
#else
  atomic::ValueOf<int> snapshots;
#endif
  static_cast<void>(snapshots);
}

void CopyOfAValueOf() {
#ifdef a_value_of_is_copied
  // error: deleted
  atomic::ValueOf<std::string> copy(text);
#else
  atomic::SnapshotOf<std::string> copy(text.Load());
#endif
}

void PinnedForAMoment() {
#ifdef a_temporary_pin_is_given
  // error: deleted
  const Codec* pinned = codec.LoadPinned(atomic::PinGuard());
#else
  const atomic::PinGuard pin;
  const Codec* pinned = codec.LoadPinned(pin);
#endif
  static_cast<void>(pinned);
}

void ReaderOfAMoment() {
#ifdef a_reader_outlives_its_cell
  // error: deleted
  atomic::ValueOf<Codec>::Reader reader{atomic::ValueOf<Codec>()};
#else
  atomic::ValueOf<Codec>::Reader reader{codec};
#endif
}

void ChangedContent() {
#ifdef the_content_is_changed
  // error: assignment of member|cannot assign|read-only
  fast.Load()->level = 1;
#else
  fast.Store(FastCodec());
#endif
}

using Texts = atomic::SnapshotOf<std::string>;

void WatcherOfAMoment() {
  const auto see = [](const Texts&, const Texts&) {};
#ifdef a_watcher_outlives_its_cell
  // error: deleted
  const atomic::Watcher<std::string> watcher(atomic::ValueOf<std::string>(),
                                             see);
#else
  const atomic::Watcher<std::string> watcher(text, see);
#endif
}

void WatcherOfValues() {
#ifdef a_watcher_takes_values
  // error: f takes two SnapshotOf<T>
  const auto see = [](const std::string&, const std::string&) {};
#else
  const auto see = [](const Texts&, const Texts&) {};
#endif
  const atomic::Watcher<std::string> watcher(text, see);
}

void DerivedOfSnapshots() {
#ifdef a_derived_takes_snapshots
  // error: f takes the values of the cells, each as a const T&
  const auto size = [](const Texts& t) { return t->size(); };
#else
  const auto size = [](const std::string& t) { return t.size(); };
#endif
  const atomic::Derived<std::size_t> derived(size, text);
}

void DerivedOfNothing() {
#ifdef a_derived_has_no_sources
  // error: of some cells
  const atomic::Derived<int> derived([] { return 1; });
#else
  const atomic::Derived<int> derived([](const std::string&) { return 1; },
                                     text);
#endif
}
