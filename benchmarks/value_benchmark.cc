// SPDX-License-Identifier: Apache-2.0

// What Value and ValueOf cost, by the size of what they hold, by the number of
// cells and of snapshots held; and how soon they free what was replaced. Bare
// is an atomic pointer: new, exchange and delete. Compare within one run only.
//
//   Size/Value/4096           load_ns; store_ns, of a copy of so many bytes
//   Cells/Value/1000          load_ns, of so many cells in random order
//   Snapshots/Value/20        load_ns, with so many snapshots held
//   ReclaimLatency/Value/...  p50_ns, p99_ns, max_ns from a store to the
//                             destructor of what it replaced, while another
//                             thread loads: with a store each 100 us (paced),
//                             and at full speed (full)

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "benchmark/benchmark.h"
#include "sync_atomic/benchmarks/core.h"
#include "sync_atomic/benchmarks/program.h"
#include "sync_atomic/benchmarks/subject.h"
#include "sync_atomic/benchmarks/tail.h"
#include "sync_atomic/benchmarks/usage.h"
#include "sync_atomic/benchmarks/window.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace benchmarks {
namespace {

// --- Cells -----------------------------------------------------------------

// One interface to all kinds: what BoxRef() returns keeps its object alive.
template <class T>
class BareCell {
 public:
  static constexpr const char* kName = "Bare";
  static constexpr bool kOurs = false;

  BareCell() = default;
  BareCell(const BareCell&) = delete;
  BareCell& operator=(const BareCell&) = delete;
  ~BareCell() { delete cell_.load(); }

  ABSL_ATTRIBUTE_ALWAYS_INLINE const T* BoxRef() const {
    return cell_.load(std::memory_order_acquire);
  }
  void Store(const T& object) { delete cell_.exchange(new T(object)); }

 private:
  std::atomic<T*> cell_{nullptr};
};

template <class T>
class ValueCell {
 public:
  static constexpr const char* kName = "Value";
  static constexpr bool kOurs = true;

  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> BoxRef() const {
    return cell_.template Load<T>();
  }
  void Store(const T& object) { cell_.Store(object); }
  template <class... A>
  void Emplace(A... arguments) {
    cell_.template Emplace<T>(arguments...);
  }

 private:
  Value cell_;
};

template <class T>
class ValueOfCell {
 public:
  static constexpr const char* kName = "ValueOf";
  static constexpr bool kOurs = true;

  ABSL_ATTRIBUTE_ALWAYS_INLINE SnapshotOf<T> BoxRef() const {
    return cell_.Load();
  }
  void Store(const T& object) { cell_.Store(object); }
  template <class... A>
  void Emplace(A... arguments) {
    cell_.Emplace(arguments...);
  }

 private:
  ValueOf<T> cell_;
};

template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline const T& In(const T* object) {
  return *object;
}
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline const T& In(const SnapshotOf<T>& object) {
  return *object.get();
}

// The line SERIES/CELL/X.
template <class Cell, class Measure>
void AddCellLine(const std::string& series, const std::string& x,
                 Measure measure) {
  AddLine(series + "/" + Cell::kName + "/" + x,
          [measure](benchmark::State& state) {
            Report(state, Cell::kOurs, measure(state));
            Reclaim();
          });
}

// --- Series ----------------------------------------------------------------

template <template <class> class Cell, std::size_t kBytes>
void AddSize() {
  using Object = std::array<std::int64_t, kBytes / sizeof(std::int64_t)>;
  AddCellLine<Cell<Object>>(
      "Size", std::to_string(kBytes), [](benchmark::State& state) {
        const auto object = std::make_unique<Object>();
        Cell<Object> cell;
        cell.Store(*object);
        const Window loads({[&cell](Stopwatch& stopwatch) {
          stopwatch.Repeat([&cell] { Use(In(cell.BoxRef())[0]); });
        }});
        const Window stores({[&cell, &object](Stopwatch& stopwatch) {
          stopwatch.Repeat([&cell, &object = *object] { cell.Store(object); });
        }});
        state.counters["load_ns"] = loads.nanoseconds();
        state.counters["store_ns"] = stores.nanoseconds();
        return loads.disturbed() || stores.disturbed();
      });
}

template <template <class> class Cell>
void AddSizes() {
  AddSize<Cell, 8>();
  AddSize<Cell, 64>();
  AddSize<Cell, 512>();
  AddSize<Cell, 4096>();
  AddSize<Cell, 65536>();
}

template <template <class> class Cell>
void AddCells() {
  for (const int count : {1, 10, 100, 1000}) {
    AddCellLine<Cell<Payload>>(
        "Cells", std::to_string(count), [count](benchmark::State& state) {
          std::vector<std::unique_ptr<Cell<Payload>>> cells;
          for (int i = 0; i < count; ++i) {
            cells.push_back(std::make_unique<Cell<Payload>>());
            cells.back()->Store(Payload());
          }
          std::shuffle(cells.begin(), cells.end(), std::mt19937());
          const Window window({[&cells, count](Stopwatch& stopwatch) {
            stopwatch.Repeat(
                [&cells] {
                  for (const auto& cell : cells) {
                    Use(In(cell->BoxRef()).numbers[0]);
                  }
                },
                count);
          }});
          state.counters["load_ns"] = window.nanoseconds();
          return window.disturbed();
        });
  }
}

// A thread has slots for eight; more are counted.
template <template <class> class Cell>
void AddSnapshots() {
  for (const std::size_t held : {1, 4, 7, 8, 12, 16, 20}) {
    AddCellLine<Cell<Payload>>(
        "Snapshots", std::to_string(held), [held](benchmark::State& state) {
          Cell<Payload> cell;
          cell.Store(Payload());
          const Window window({[&cell, held](Stopwatch& stopwatch) {
            std::vector<SnapshotOf<Payload>> snapshots;
            snapshots.reserve(held);
            while (snapshots.size() < held) snapshots.push_back(cell.BoxRef());
            stopwatch.Repeat([&cell] { Use(In(cell.BoxRef()).numbers[0]); });
          }});
          state.counters["load_ns"] = window.nanoseconds();
          return window.disturbed();
        });
  }
}

// --- Reclaim latency -------------------------------------------------------

// When an object was replaced, and destroyed.
struct Life {
  std::int64_t replaced = 0;
  std::int64_t destroyed = 0;
};

// Says when it is destroyed.
class Mortal {
 public:
  explicit Mortal(Life* life) : life_(life) {}
  Mortal(const Mortal&) = delete;
  Mortal& operator=(const Mortal&) = delete;
  ~Mortal() { life_->destroyed = Nanoseconds(CLOCK_MONOTONIC); }

  const Life* life() const { return life_; }

 private:
  Life* life_;
};

template <template <class> class Cell>
void AddReclaimLatency(const std::string& name, std::int64_t pause) {
  if (Cores() < 2) {
    std::fprintf(stderr, "skipped, for want of cores: ReclaimLatency\n");
    return;
  }
  AddCellLine<Cell<Mortal>>(
      "ReclaimLatency", name, [pause](benchmark::State& state) {
        std::deque<Life> lives(1);  // one for each object, in their order
        auto cell = std::make_unique<Cell<Mortal>>();
        cell->Emplace(&lives.back());
        const Window window({
            [&cell = *cell](Stopwatch& stopwatch) {
              stopwatch.Repeat([&cell] { Use(In(cell.BoxRef()).life()); });
            },
            [&cell = *cell, &lives, pause](Stopwatch& stopwatch) {
              std::int64_t next = Nanoseconds(CLOCK_MONOTONIC);
              stopwatch.Repeat([&cell, &lives, &next, pause] {
                const std::int64_t now = Nanoseconds(CLOCK_MONOTONIC);
                if (now < next) return;
                next += pause;
                lives.back().replaced = now;
                cell.Emplace(&lives.emplace_back());
              });
            },
        });
        cell.reset();
        Reclaim();

        // The last one was not replaced, and the first sixth was not measured.
        lives.pop_back();
        std::vector<std::int64_t> latencies;
        for (std::size_t i = lives.size() / 6; i < lives.size(); ++i) {
          if (lives[i].destroyed == 0) state.SkipWithError("not all was freed");
          latencies.push_back(lives[i].destroyed - lives[i].replaced);
        }
        state.counters["p50_ns"] = Quantile(latencies, 0.5);
        state.counters["p99_ns"] = Quantile(latencies, 0.99);
        state.counters["max_ns"] = Quantile(latencies, 1);
        return window.disturbed();
      });
}

}  // namespace

static void AddAll() {
  AddSizes<BareCell>();
  AddSizes<ValueCell>();
  AddSizes<ValueOfCell>();

  AddCells<BareCell>();
  AddCells<ValueCell>();
  AddCells<ValueOfCell>();

  AddSnapshots<ValueCell>();

  constexpr std::int64_t kPause = 100'000;
  AddReclaimLatency<ValueCell>("paced", kPause);
  AddReclaimLatency<ValueCell>("full", 0);
  AddReclaimLatency<ValueOfCell>("paced", kPause);
  AddReclaimLatency<ValueOfCell>("full", 0);
}

}  // namespace benchmarks
}  // namespace sync_atomic

int main(int argc, char** argv) {
  sync_atomic::benchmarks::AddAll();
  return sync_atomic::benchmarks::Run(argc, argv);
}
