// SPDX-License-Identifier: Apache-2.0

// A service that reads its tables anew now and then. Without the background
// thread the tables that the last reload replaced would live on, and with them
// their memory, until the next reload.

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "sync_atomic/pointer/background_reclaimer.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/value/value_of.h"

namespace {

using Table = std::vector<int>;

int Serve() {
  std::vector<atomic::ValueOf<Table>> tables(100);
  for (int reload = 0; reload < 2; ++reload) {
    for (auto& table : tables) table.Store(Table(1000, reload));
  }
  // Nobody reads the first hundred any more. This thread does nothing for them.
  while (atomic::GetReclaimStats().pending != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::puts("all replaced tables are destroyed");
  return 0;
}

}  // namespace

int main() {
  const atomic::BackgroundReclaimer reclaimer;  // every 10 ms
  return Serve();
}
