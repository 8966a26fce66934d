// SPDX-License-Identifier: Apache-2.0

// A small Go program, ported: docs/service.md has both.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/map.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value.h"

namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

// [port]
struct Config {
  std::int64_t limit;  // of requests to one path
  std::set<std::string> paths;
};

class Server {
 public:
  void SetConfig(Config config) { config_.Store(std::move(config)); }

  bool Handle(const std::string& path) {
    const auto config = config_.Load().As<Config>();
    const auto hits = hits_.LoadOrCompute(
        path, [] { return std::make_shared<atomic::Int64>(); });
    if (config->paths.count(path) == 0 ||
        (*hits.actual)->Add(1) > config->limit) {
      refused_.Add(1);
      return false;
    }
    served_.Add(1);
    return true;
  }

  std::int64_t served() const { return served_.Load(); }
  std::int64_t refused() const { return refused_.Load(); }

 private:
  atomic::Value config_;  // a Config
  atomic::Map<std::string, std::shared_ptr<atomic::Int64>> hits_;
  atomic::Int64 served_, refused_;
};
// [/port]

TEST(GoPortTest, EachPathIsServedUpToTheLimit) {
  const int each = Effort(20'000);
  constexpr int kThreads = 3;
  // Fewer than there are requests for either path.
  const std::int64_t limit = each / 2;
  Server server;
  server.SetConfig({limit, {"/a", "/b"}});
  RunTogether(kThreads, [&](int thread) {
    for (int i = 0; i < each; ++i) {
      server.Handle((i + thread) % 2 == 0 ? "/a" : "/b");
      server.Handle("/c");
      // The same configuration again: no reader sees half of it.
      if (i % 1000 == 0) server.SetConfig({limit, {"/a", "/b"}});
    }
  });
  const std::int64_t requests = std::int64_t{2} * kThreads * each;
  EXPECT_EQ(server.served() + server.refused(), requests);
  EXPECT_EQ(server.served(), 2 * limit);
  EXPECT_EQ(server.Handle("/c"), false);
  server.SetConfig({requests, {"/c"}});
  EXPECT_TRUE(server.Handle("/c"));
  EXPECT_FALSE(server.Handle("/a"));
}

}  // namespace
