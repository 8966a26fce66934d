// SPDX-License-Identifier: Apache-2.0

// config_reload: a server that reloads its config while it serves, as in Go's
// ExampleValue_config.
//
// One thread reloads now and then; the others serve, and wait for nobody.

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/value/value.h"

namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(1);

std::string Upstream(int version) {
  return "upstream-" + std::to_string(version);
}

// [config]
struct Config {
  int version;
  std::string upstream;
};

Config LoadConfig() {  // a server reads a file here
  static int version = 0;
  ++version;
  return Config{version, Upstream(version)};
}

atomic::Value current;  // holds a Config

// The reloading thread.
void ReloadUntil(const absl::Notification& stop) {
  while (!stop.WaitForNotificationWithTimeout(kPeriod)) {
    current.Store(LoadConfig());
  }
}

struct Answer {
  int version;
  std::string upstream;
};

// Each worker, for each request: one Load, and then one config throughout.
Answer Serve() {
  const atomic::SnapshotOf<Config> config = current.Load<Config>();
  return Answer{config->version, config->upstream};
}
// [/config]

}  // namespace

int main() {
  constexpr int kWorkers = 4, kVersions = 5;
  current.Store(LoadConfig());  // before anybody serves
  absl::Notification stop;
  std::thread reloader([&stop] { ReloadUntil(stop); });

  atomic::Int64 mixed;
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&mixed] {
      Answer answer;
      do {
        answer = Serve();
        if (answer.upstream != Upstream(answer.version)) mixed.Add(1);
        std::this_thread::yield();
      } while (answer.version < kVersions);
    });
  }
  for (std::thread& worker : workers) worker.join();
  stop.Notify();
  reloader.join();
  std::printf("%d workers served until version %d of the config, or later\n",
              kWorkers, kVersions);
  std::printf("answers from parts of two configs: %d\n",
              static_cast<int>(mixed.Load()));
}

// Output:
// 4 workers served until version 5 of the config, or later
// answers from parts of two configs: 0
