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

std::string Handle() {  // on every thread, as often as you like
  const auto config = current.Load<Config>();
  return Forward(config->upstream, config->timeout_ms);  // of one Config
}
// [/readme]

TEST(ReadmeTest, HandlesWithOneConfig) {
  Reload(Config{"a", 1});
  EXPECT_EQ(Handle(), "a within 1");
  Reload(Config{"b", 2});
  EXPECT_EQ(Handle(), "b within 2");
}

}  // namespace
