// SPDX-License-Identifier: Apache-2.0

// The workloads that maps are measured in, as lines such as
// M1/Map/number/1000/threads:2, and what they count.
//
//   M1      load_ns: look-ups of keys that are there
//   M2      op_ns: 99 look-ups to an upsert
//   M3      op_ns: 90 look-ups, 9 upserts, and an erasure
//   M4      insert_ns: insertions into an empty map, until it is full;
//           entry_bytes: what the heap gave for an entry
//   M5      store_ns: upserts, while another thread iterates all entries again
//           and again; entry_ns, for each of these
//   M6      load_ns, store_ns: look-ups, while another thread upserts
//   Growth  p50_ns, p999_ns, max_ns: single insertions into a map that grows
//
// The third word is what keys and values are: "number", 8 bytes each; "string",
// 20 bytes and 8; "wide", 8 bytes and 64. The fourth is the number of entries.
// Keys are random, and come in random order.
//
// A subject is a class template of keys and values, with
//
//   static constexpr const char* kName = "Map";
//   static constexpr bool kOurs = true;
//   // Which workloads it takes part in, beyond M1, M2, M4 and M6.
//   static constexpr bool kErases = true;
//   static constexpr bool kIterates = true;
//   // False for what only one thread at a time may use.
//   static constexpr bool kShared = true;
//
//   // A thread takes part. Made and ended on that thread, outside of what is
//   // measured.
//   class Thread { explicit Thread(Subject& subject); };
//
//   // f(const V&) if the key is there; the value stays alive meanwhile.
//   template <class F> void Find(Thread&, const K& key, F f);
//   void Upsert(Thread&, const K& key, const V& value);
//   void Erase(Thread&, const K& key);
//   // f(const V&) for each entry.
//   template <class F> void ForEach(Thread&, F f);

#ifndef SYNC_ATOMIC_BENCHMARKS_MAP_WORKLOADS_H_
#define SYNC_ATOMIC_BENCHMARKS_MAP_WORKLOADS_H_

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
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

namespace sync_atomic {
namespace benchmarks {

// --- Keys and values -------------------------------------------------------

struct WideValue {
  // NOLINTNEXTLINE(google-explicit-constructor): stands for a number
  WideValue(std::uint64_t number = 0) { numbers[0] = number; }
  std::uint64_t numbers[8] = {};
};

inline std::uint64_t NumberIn(std::uint64_t value) { return value; }
inline std::uint64_t NumberIn(const WideValue& value) {
  return value.numbers[0];
}

template <class K>
K RandomKey(std::mt19937_64& random) {
  if constexpr (std::is_same_v<K, std::string>) {
    // 20 digits.
    std::string digits = std::to_string(random());
    return std::string(20 - digits.size(), '0') + digits;
  } else {
    return random();
  }
}

template <class K>
struct MapKeys {
  // So many to look up that no predictor remembers their order.
  static constexpr std::size_t kFewestLooks = 1 << 16;

  explicit MapKeys(std::size_t count) {
    std::mt19937_64 random(count);
    for (std::size_t i = 0; i < count; ++i) all.push_back(RandomKey<K>(random));
    const std::size_t looks = std::max(count, kFewestLooks);
    for (std::size_t i = 0; i < looks; ++i) {
      order.push_back(all[random() % count]);
    }
  }

  std::vector<K> all;
  std::vector<K> order;
};

// Goes through the keys in their random order, again and again.
template <class K>
class MapWalk {
 public:
  // Threads begin at different places.
  MapWalk(const MapKeys<K>& keys, std::size_t thread)
      : begin_(keys.order.data()),
        end_(begin_ + keys.order.size()),
        next_(begin_ + keys.order.size() / 2 * thread) {}

  ABSL_ATTRIBUTE_ALWAYS_INLINE const K& Next() {
    if (next_ == end_) next_ = begin_;
    return *next_++;
  }

 private:
  const K* begin_;
  const K* end_;
  const K* next_;
};

// --- Roles -----------------------------------------------------------------

// A map with all keys in it.
template <class Subject, class K>
struct FullMap {
  explicit FullMap(std::size_t count) : keys(count) {
    typename Subject::Thread thread(subject);
    for (const K& key : keys.all) subject.Upsert(thread, key, 1);
  }

  MapKeys<K> keys;
  Subject subject;
};

// Look-ups, then upserts, then erasures: so many of each, again and again.
template <class Subject, class K>
Window::Role Mixes(FullMap<Subject, K>& map, std::size_t number, int loads,
                   int stores, int erasures) {
  return [&map, number, loads, stores, erasures](Stopwatch& stopwatch) {
    typename Subject::Thread thread(map.subject);
    stopwatch.Repeat(
        [&subject = map.subject, &thread, walk = MapWalk<K>(map.keys, number),
         loads, stores, erasures]() mutable {
          for (int i = loads; i > 0; --i) {
            subject.Find(thread, walk.Next(),
                         [](const auto& value) { Use(NumberIn(value)); });
          }
          for (int i = stores; i > 0; --i) {
            subject.Upsert(thread, walk.Next(), 2);
          }
          if constexpr (Subject::kErases) {
            for (int i = erasures; i > 0; --i) {
              subject.Erase(thread, walk.Next());
            }
          }
        },
        loads + stores + erasures);
  };
}

// Iterates all entries; an operation is one of these.
template <class Subject, class K>
Window::Role Iterates(FullMap<Subject, K>& map) {
  return [&map](Stopwatch& stopwatch) {
    typename Subject::Thread thread(map.subject);
    stopwatch.Repeat(
        [&subject = map.subject, &thread] {
          subject.ForEach(thread,
                          [](const auto& value) { Use(NumberIn(value)); });
        },
        static_cast<int>(map.keys.all.size()));
  };
}

// --- Lines -----------------------------------------------------------------

// Bytes that the heap has given out.
inline double HeapBytes() {
#if defined(__GLIBC__) && \
    (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
#else
  return 0;
#endif
}

// The lines of one kind of keys and values.
template <template <class, class> class SubjectOf, class K, class V>
class MapLines {
 public:
  using Subject = SubjectOf<K, V>;

  explicit MapLines(std::string kind) : kind_(std::move(kind)) {}

  void AddLooks(std::size_t count) const {
    for (const int threads : ThreadCounts()) {
      if (threads > 1 && !Subject::kShared) break;
      AddWindow("M1", count, threads, {"load_ns"}, [threads](Full& map) {
        std::vector<Window::Role> roles;
        roles.reserve(static_cast<std::size_t>(threads));
        for (int i = 0; i < threads; ++i) {
          roles.push_back(Mixes(map, static_cast<std::size_t>(i), 1, 0, 0));
        }
        return roles;
      });
    }
  }

  void AddMixes(std::size_t count) const {
    if (!Subject::kShared || Cores() < 2) return;
    AddWindow("M2", count, 2, {"op_ns"}, [](Full& map) {
      return std::vector<Window::Role>{Mixes(map, 0, 99, 1, 0),
                                       Mixes(map, 1, 99, 1, 0)};
    });
    if (Subject::kErases) {
      AddWindow("M3", count, 2, {"op_ns"}, [](Full& map) {
        return std::vector<Window::Role>{Mixes(map, 0, 90, 9, 1),
                                         Mixes(map, 1, 90, 9, 1)};
      });
    }
  }

  void AddInsertions(std::size_t count) const {
    AddLine(Name("M4", count, 1), [count](benchmark::State& state) {
      const MapKeys<K> keys(count);
      const OnCore on_core(0);
      const double heap = HeapBytes();
      const auto subject = std::make_unique<Subject>();
      typename Subject::Thread thread(*subject);
      const Usage before = Usage::OfThread();
      for (const K& key : keys.all) subject->Upsert(thread, key, 1);
      const Usage used = Usage::OfThread() - before;
      Report(state, Subject::kOurs, used.lost() > used.wall / 50);
      const auto inserted = static_cast<double>(count);
      state.counters["insert_ns"] = static_cast<double>(used.wall) / inserted;
      state.counters["entry_bytes"] =
          std::max((HeapBytes() - heap) / inserted, 0.0);
    });
  }

  void AddIteration(std::size_t count) const {
    if constexpr (Subject::kIterates && Subject::kShared) {
      if (Cores() < 2) return;
      AddWindow("M5", count, 2, {"store_ns", "entry_ns"}, [](Full& map) {
        return std::vector<Window::Role>{Mixes(map, 0, 0, 1, 0), Iterates(map)};
      });
    }
  }

  void AddWriter(std::size_t count) const {
    if (!Subject::kShared || Cores() < 2) return;
    AddWindow("M6", count, 2, {"load_ns", "store_ns"}, [](Full& map) {
      return std::vector<Window::Role>{Mixes(map, 0, 1, 0, 0),
                                       Mixes(map, 1, 0, 1, 0)};
    });
  }

  // Ten million with a window of 0.2 seconds, and fewer with a shorter one.
  void AddGrowth() const {
    AddLine("Growth/" + std::string(Subject::kName) + "/" + kind_,
            [](benchmark::State& state) {
              const auto count = static_cast<std::size_t>(
                  5e7 * std::min(window_length.count(), 0.2));
              std::mt19937_64 random(1);
              const OnCore on_core(0);
              const auto subject = std::make_unique<Subject>();
              typename Subject::Thread thread(*subject);
              Tail tail(&InterruptionsOfThread);
              for (std::size_t i = 0; i < count; ++i) {
                const K key = RandomKey<K>(random);
                const std::int64_t begin = Nanoseconds(CLOCK_MONOTONIC);
                subject->Upsert(thread, key, 1);
                tail.Add(Nanoseconds(CLOCK_MONOTONIC) - begin);
              }
              // What was interrupted is dropped by the tail itself.
              Report(state, Subject::kOurs, false);
              state.counters["p50_ns"] = tail.median();
              state.counters["p999_ns"] = tail.p999();
              state.counters["max_ns"] = tail.most();
            });
  }

 private:
  using Full = FullMap<Subject, K>;

  std::string Name(const char* workload, std::size_t count, int threads) const {
    return std::string(workload) + "/" + Subject::kName + "/" + kind_ + "/" +
           std::to_string(count) + "/threads:" + std::to_string(threads);
  }

  // A counter for each role, or one for all.
  template <class Roles>
  void AddWindow(const char* workload, std::size_t count, int threads,
                 const std::vector<std::string>& counters, Roles roles) const {
    AddLine(Name(workload, count, threads),
            [count, counters, roles](benchmark::State& state) {
              Full map(count);
              const Window window(roles(map));
              Report(state, Subject::kOurs, window.disturbed());
              if (counters.size() == 1) {
                state.counters[counters[0]] = window.nanoseconds();
                return;
              }
              for (std::size_t i = 0; i < counters.size(); ++i) {
                state.counters[counters[i]] = window.nanoseconds(i);
              }
            });
  }

  std::string kind_;
};

template <template <class, class> class SubjectOf>
void AddMapWorkloads() {
  const MapLines<SubjectOf, std::uint64_t, std::uint64_t> numbers("number");
  for (const std::size_t count : {1'000, 100'000, 1'000'000}) {
    numbers.AddLooks(count);
  }
  numbers.AddMixes(1'000);
  numbers.AddMixes(100'000);
  numbers.AddInsertions(100'000);
  numbers.AddInsertions(1'000'000);
  numbers.AddIteration(100'000);
  numbers.AddWriter(1'000);
  numbers.AddGrowth();
  const MapLines<SubjectOf, std::string, std::uint64_t> strings("string");
  strings.AddLooks(100'000);
  strings.AddInsertions(100'000);
  const MapLines<SubjectOf, std::uint64_t, WideValue> wide("wide");
  wide.AddLooks(100'000);
  wide.AddInsertions(100'000);
}

}  // namespace benchmarks
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_BENCHMARKS_MAP_WORKLOADS_H_
