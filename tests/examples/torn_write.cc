// SPDX-License-Identifier: Apache-2.0

// torn_write: why two words need one commit point.
//
// A writer keeps storing pairs of equal numbers, and a reader loads pairs. In
// the first part a pair is two words, written one after the other: the reader
// sees halves of two different pairs. In the second part the pair is kept in a
// Value, which changes by one word: the reader never does.
//
// Prints how often it happened; fails if the Value tore, or if the two words
// never did, since then this shows nothing.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>

#include "absl/strings/str_format.h"
#include "sync_atomic/value/value.h"

namespace {

constexpr std::uint64_t kStores = 1'000'000;
// How often the first part may be repeated until it has torn.
constexpr int kTries = 20;

struct Seen {
  std::uint64_t loads = 0;
  std::uint64_t torn = 0;
};

// Runs store(1) ... store(kStores) on another thread, and meanwhile load(),
// which says whether it got halves of different pairs.
template <class Store, class Load>
Seen Race(Store store, Load load) {
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t i = 1; i <= kStores; ++i) store(i);
    done.store(true);
  });
  Seen seen;
  do {
    ++seen.loads;
    if (load()) ++seen.torn;
  } while (!done.load());
  writer.join();
  return seen;
}

// [two-words]
// Each word is atomic, and so no load and no store is a data race; the pair is
// not.
struct TwoWords {
  std::atomic<std::uint64_t> first{0}, second{0};

  void Store(std::uint64_t number) {
    first.store(number);
    second.store(number);  // a reader may come before this
  }
  bool IsTorn() const { return first.load() != second.load(); }
};
// [/two-words]

// [one-commit-point]
struct Pair {
  std::uint64_t first, second;
};

struct OneCommitPoint {
  atomic::Value pair;

  void Store(std::uint64_t number) { pair.Store(Pair{number, number}); }
  bool IsTorn() const {
    const atomic::SnapshotOf<Pair> seen = pair.Load<Pair>();
    return seen && seen->first != seen->second;
  }
};
// [/one-commit-point]

template <class Cell>
Seen RaceOn(Cell& cell) {
  return Race([&](std::uint64_t number) { cell.Store(number); },
              [&] { return cell.IsTorn(); });
}

void Print(const char* what, const Seen& seen) {
  absl::PrintF(
      "%-36s %10d loads, %8d torn: %9.1f in a million\n", what, seen.loads,
      seen.torn,
      1e6 * static_cast<double>(seen.torn) / static_cast<double>(seen.loads));
}

}  // namespace

int main() {
  TwoWords words;
  Seen unprotected;
  for (int i = 0; i < kTries && unprotected.torn == 0; ++i) {
    unprotected = RaceOn(words);
  }
  Print("two words, one after the other", unprotected);

  OneCommitPoint value;
  const Seen through_value = RaceOn(value);
  Print("atomic::Value", through_value);

  if (unprotected.torn == 0) {
    std::fprintf(stderr, "torn_write: two words were never seen torn\n");
    return 1;
  }
  if (through_value.torn != 0) {
    std::fprintf(stderr, "torn_write: a Value was seen torn\n");
    return 1;
  }
  return 0;
}
