// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/metrics.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/histogram.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/run_together.h"

namespace metrics {
namespace {

using ::sync_atomic::testing::Effort;
using ::sync_atomic::testing::RunTogether;

TEST(MetricsTest, ThePageIsInPrometheusFormat) {
  Registry registry;
  registry.AddCounter("requests_total", "Requests\nserved.", {{"code", "200"}})
      .Add(3);
  registry
      .AddCounter("requests_total", "Requests\nserved.",
                  {{"path", "a\"b\\c"}, {"code", "404"}})
      .Add(1);
  registry.AddGauge("temperature", "In degrees.").Store(21.1);
  atomic::Histogram& latency =
      registry.AddHistogram("latency_seconds", "Of requests.", {0.1, 1});
  for (const double seconds : {0.0625, 0.25, 0.5, 2.0}) {
    latency.Observe(seconds);
  }
  EXPECT_EQ(registry.Text(),
            "# HELP latency_seconds Of requests.\n"
            "# TYPE latency_seconds histogram\n"
            "latency_seconds_bucket{le=\"0.1\"} 1\n"
            "latency_seconds_bucket{le=\"1\"} 3\n"
            "latency_seconds_bucket{le=\"+Inf\"} 4\n"
            "latency_seconds_sum 2.8125\n"
            "latency_seconds_count 4\n"
            "# HELP requests_total Requests\\nserved.\n"
            "# TYPE requests_total counter\n"
            "requests_total{code=\"200\"} 3\n"
            "requests_total{code=\"404\",path=\"a\\\"b\\\\c\"} 1\n"
            "# HELP temperature In degrees.\n"
            "# TYPE temperature gauge\n"
            "temperature 21.1\n");
}

TEST(MetricsTest, AMetricIsMadeOnce) {
  Registry registry;
  atomic::Counter& one = registry.AddCounter("a", "", {{"l", "1"}});
  EXPECT_EQ(&registry.AddCounter("a", "", {{"l", "1"}}), &one);
  EXPECT_NE(&registry.AddCounter("a", "", {{"l", "2"}}), &one);
}

// The samples of a page.
std::map<std::string, double> Samples(const std::string& page) {
  std::map<std::string, double> samples;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.front() == '#') continue;
    const auto space = line.rfind(' ');
    samples[line.substr(0, space)] = std::stod(line.substr(space + 1));
  }
  return samples;
}

// While threads observe, count and add metrics, each page is of one time as far
// as a histogram goes, and no sample ever goes back.
TEST(MetricsTest, PagesUnderLoadAreConsistent) {
  const int rounds = Effort(10'000);
  constexpr int kThreads = 3;
  Registry registry;
  std::atomic<int> working{kThreads};
  RunTogether(kThreads + 1, [&](int thread) {
    if (thread < kThreads) {
      atomic::Histogram& latency =
          registry.AddHistogram("latency", "", {1, 2}, {{"path", "/"}});
      atomic::Float64& busy = registry.AddGauge("busy", "");
      for (int i = 0; i < rounds; ++i) {
        busy.Add(1);
        latency.Observe(i % 4);
        // One in 64 is looked up, the others kept what they found.
        if (i % 64 == 0) {
          registry
              .AddCounter("jobs", "", {{"kind", std::to_string(i / 64 % 4)}})
              .Add(64);
        }
        busy.Sub(1);
      }
      working.fetch_sub(1);
      return;
    }
    std::map<std::string, double> before;
    while (working.load() != 0) {
      std::map<std::string, double> now = Samples(registry.Text());
      for (const auto& [name, value] : before) {
        if (name == "busy") continue;
        ASSERT_GE(now[name], value) << name;
      }
      ASSERT_EQ(now["latency_bucket{le=\"+Inf\",path=\"/\"}"],
                now["latency_count{path=\"/\"}"]);
      before = now;
    }
  });
  const std::map<std::string, double> last = Samples(registry.Text());
  EXPECT_EQ(last.at("latency_count{path=\"/\"}"), rounds * kThreads);
  EXPECT_EQ(last.at("busy"), 0);
  double jobs = 0;
  for (const char* kind : {"0", "1", "2", "3"}) {
    const auto found = last.find("jobs{kind=\"" + std::string(kind) + "\"}");
    if (found != last.end()) jobs += found->second;
  }
  EXPECT_EQ(jobs, (rounds + 63) / 64 * 64 * kThreads);
}

// For a system that takes deltas: what each report takes is counted once.
TEST(MetricsTest, ReadAndResetLosesNothing) {
  const int rounds = Effort(50'000);
  constexpr int kThreads = 3;
  Registry registry;
  atomic::Counter& counter = registry.AddCounter("sent", "");
  std::atomic<int> working{kThreads};
  std::int64_t reported = 0;
  RunTogether(kThreads + 1, [&](int thread) {
    if (thread < kThreads) {
      for (int i = 0; i < rounds; ++i) counter.Add(1);
      working.fetch_sub(1);
      return;
    }
    while (working.load() != 0) reported += counter.Reset();
  });
  reported += counter.Reset();
  EXPECT_EQ(reported, std::int64_t{rounds} * kThreads);
}

}  // namespace
}  // namespace metrics
