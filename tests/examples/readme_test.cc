// SPDX-License-Identifier: Apache-2.0

// The example of README.md, compiled and run.

#include <string>
#include <utility>

#include "gtest/gtest.h"
// [include]
#include "sync_atomic/value/value.h"
// [/include]

namespace {

std::string Forward(const std::string& upstream, int timeout_ms) {
  return upstream + " within " + std::to_string(timeout_ms);
}

// [readme]
struct Config {
  std::string upstream;
  int timeout_ms;
};
atomic::Value current;

void Reload(Config fresh) { current.Store(std::move(fresh)); }

// Called on any thread.
std::string Handle() {
  const auto config = current.Load<Config>();  // keeps this Config alive
  return Forward(config->upstream, config->timeout_ms);
}
// [/readme]

TEST(ReadmeTest, HandlesWithOneConfig) {
  Reload(Config{"a", 1});
  EXPECT_EQ(Handle(), "a within 1");
  Reload(Config{"b", 2});
  EXPECT_EQ(Handle(), "b within 2");
}

}  // namespace
