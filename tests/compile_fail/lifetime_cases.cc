// SPDX-License-Identifier: Apache-2.0

// What must not be kept longer than what keeps it alive: clang reports it. g++
// has no such warning.
//
// Compiler: clang++ -Werror=dangling

#include <string>

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"

struct Config {
  std::string address;
  int port;
};

atomic::Value cell;
atomic::Pointer<Config> pointer;

int Serve(const Config& config);

// ---- On temporaries, for a full expression ---------------------------------

// All of these are allowed: what they return lives to the end of the full
// expression, and so does what it keeps alive.
int UseATemporary() {
  int sum = Serve(*cell.Load<Config>());
  sum += cell.Load<Config>()->port;
  sum += Serve(*cell.Load<Config>().get());
  sum += Serve(cell.Load().Get<Config>());
  sum += cell.Load().TryGet<Config>()->port;
  sum += Serve(*pointer.Protect());
  sum += pointer.Protect()->port;
  sum += Serve(*pointer.Protect().get());
  const Config copy = *cell.Load<Config>();
  const std::string address = cell.Load<Config>()->address;
  return sum + copy.port;
}

// ---- On temporaries, for longer --------------------------------------------

void Reference() {
#ifdef a_reference_outlives_its_snapshot
  // error: temporary bound to local reference 'config' will be destroyed
  const Config& config = *cell.Load<Config>();
#else
  const atomic::SnapshotOf<Config> snapshot = cell.Load<Config>();
  const Config& config = *snapshot;
#endif
}

void GetPointer() {
#ifdef a_pointer_outlives_its_snapshot
  // error: temporary whose address is used as value of local variable 'config'
  const Config* config = cell.Load<Config>().get();
#else
  const atomic::SnapshotOf<Config> snapshot = cell.Load<Config>();
  const Config* config = snapshot.get();
#endif
}

void Arrow() {
#ifdef an_arrow_outlives_its_snapshot
  // error: temporary whose address is used as value of local variable 'config'
  const Config* config = cell.Load<Config>().operator->();
#else
  const atomic::SnapshotOf<Config> snapshot = cell.Load<Config>();
  const Config* config = snapshot.operator->();
#endif
}

void Get() {
#ifdef what_was_got_outlives_its_snapshot
  // error: temporary bound to local reference 'config' will be destroyed
  const Config& config = cell.Load().Get<Config>();
#else
  const atomic::Snapshot snapshot = cell.Load();
  const Config& config = snapshot.Get<Config>();
#endif
}

void TryGet() {
#ifdef what_was_tried_to_get_outlives_its_snapshot
  // error: temporary whose address is used as value of local variable 'config'
  const Config* config = cell.Load().TryGet<Config>();
#else
  const atomic::Snapshot snapshot = cell.Load();
  const Config* config = snapshot.TryGet<Config>();
#endif
}

int TryGetInAnIf() {
#ifdef what_was_tried_to_get_in_an_if_outlives_its_snapshot
  // error: temporary whose address is used as value of local variable 'config'
  if (const Config* config = cell.Load().TryGet<Config>()) {
#else
  const atomic::Snapshot snapshot = cell.Load();
  if (const Config* config = snapshot.TryGet<Config>()) {
#endif
    return config->port;
  }
  return 0;
}

// Before C++23 a range-for ends the temporaries of its range, but for the last
// one, before its first round. clang sees that through * and Get, not through
// ->.
int RangeForOverAMember() {
  int sum = 0;
#ifdef a_range_for_outlives_its_snapshot
  // error: temporary implicitly bound to local reference will be destroyed
  for (const char c : (*cell.Load<Config>()).address) sum += c;
#else
  const atomic::SnapshotOf<Config> config = cell.Load<Config>();
  for (const char c : config->address) sum += c;
#endif
  return sum;
}

int RangeForOverWhatWasGot() {
  int sum = 0;
#ifdef a_range_for_over_what_was_got_outlives_its_snapshot
  // error: temporary implicitly bound to local reference will be destroyed
  for (const char c : cell.Load().Get<Config>().address) sum += c;
#else
  const atomic::Snapshot snapshot = cell.Load();
  for (const char c : snapshot.Get<Config>().address) sum += c;
#endif
  return sum;
}

void SwappedOut() {
#ifdef what_was_swapped_out_outlives_its_snapshot
  // error: temporary bound to local reference 'config' will be destroyed
  const Config& config = cell.Swap(Config{"", 1}).Get<Config>();
#else
  const atomic::Snapshot snapshot = cell.Swap(Config{"", 1});
  const Config& config = snapshot.Get<Config>();
#endif
}

void ProtectedReference() {
#ifdef a_reference_outlives_its_protection
  // error: temporary bound to local reference 'config' will be destroyed
  const Config& config = *pointer.Protect();
#else
  const atomic::Protected<Config> kept = pointer.Protect();
  const Config& config = *kept;
#endif
}

void ProtectedPointer() {
#ifdef a_pointer_outlives_its_protection
  // error: temporary whose address is used as value of local variable 'config'
  const Config* config = pointer.Protect().get();
#else
  const atomic::Protected<Config> kept = pointer.Protect();
  const Config* config = kept.get();
#endif
}

void ProtectedArrow() {
#ifdef an_arrow_outlives_its_protection
  // error: temporary whose address is used as value of local variable 'config'
  const Config* config = pointer.Protect().operator->();
#else
  const atomic::Protected<Config> kept = pointer.Protect();
  const Config* config = kept.operator->();
#endif
}

// ---- On locals -------------------------------------------------------------

#ifdef a_reference_to_a_local_snapshot_is_returned
// error: reference to stack memory associated with local variable 'snapshot'
const Config& Current() {
  const atomic::SnapshotOf<Config> snapshot = cell.Load<Config>();
  return *snapshot;
}
#else
atomic::SnapshotOf<Config> Current() {
  atomic::SnapshotOf<Config> snapshot = cell.Load<Config>();
  return snapshot;
}
#endif

#ifdef what_a_local_snapshot_got_is_returned
// error: reference to stack memory associated with local variable 'snapshot'
const Config& CurrentConfig() {
  const atomic::Snapshot snapshot = cell.Load();
  return snapshot.Get<Config>();
}
#else
Config CurrentConfig() {
  const atomic::Snapshot snapshot = cell.Load();
  return snapshot.Get<Config>();
}
#endif

#ifdef what_a_local_pin_keeps_alive_is_returned
// error: address of stack memory associated with local variable 'pin'
const Config* Pinned() {
  const atomic::PinGuard pin;
  return cell.LoadPinned<Config>(pin);
}
#else
const Config* Pinned(const atomic::PinGuard& pin) {
  return cell.LoadPinned<Config>(pin);
}
#endif

#ifdef what_a_local_protection_keeps_alive_is_returned
// error: address of stack memory associated with local variable 'kept'
const Config* Kept() {
  const atomic::Protected<Config> kept = pointer.Protect();
  return kept.get();
}
#else
atomic::Protected<Config> Kept() {
  atomic::Protected<Config> kept = pointer.Protect();
  return kept;
}
#endif
