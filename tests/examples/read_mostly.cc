// SPDX-License-Identifier: Apache-2.0

// read_mostly: a map that is read all the time and changed now and then, as in
// Go's ExampleValue_readMostly.
//
// Whoever changes it copies it, changes the copy and stores that. Readers take
// no lock, and go on with the map that they have loaded.

#include <cstddef>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/value/value.h"

namespace {

// [map]
using Map = std::map<std::string, std::string>;

atomic::Value current;  // holds a Map
std::mutex writing;     // taken by writers only

std::string Read(const std::string& key) {
  const atomic::SnapshotOf<Map> map = current.Load<Map>();
  const auto found = map->find(key);
  return found == map->end() ? "" : found->second;
}

void Insert(const std::string& key, std::string value) {
  // Else two of them might copy the same map, and one insertion be lost.
  const std::lock_guard<std::mutex> lock(writing);
  Map changed = *current.Load<Map>();
  changed[key] = std::move(value);
  current.Store(std::move(changed));
}
// [/map]

}  // namespace

int main() {
  constexpr int kWriters = 4, kReaders = 2, kKeys = 100;
  current.Store(Map());

  std::vector<std::thread> writers, readers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([writer] {
      for (int i = writer; i < kKeys; i += kWriters) {
        Insert(std::to_string(i), "value " + std::to_string(i));
      }
    });
  }
  atomic::Bool done;
  atomic::Int64 shrunk;
  for (int reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&] {
      std::size_t seen = 0;
      while (!done.Load()) {
        const std::size_t size = current.Load<Map>()->size();
        if (size < seen) shrunk.Add(1);
        seen = size;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done.Store(true);
  for (std::thread& reader : readers) reader.join();

  int found = 0;
  for (int i = 0; i < kKeys; ++i) {
    if (Read(std::to_string(i)) == "value " + std::to_string(i)) ++found;
  }
  std::printf("%d of %d keys found\n", found, kKeys);
  std::printf("%d times the map had shrunk\n", static_cast<int>(shrunk.Load()));
}

// Output:
// 100 of 100 keys found
// 0 times the map had shrunk
