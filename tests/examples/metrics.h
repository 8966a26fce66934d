// SPDX-License-Identifier: Apache-2.0

// Registry: counters, gauges and histograms with labels, which any threads
// change and one exports, in the text format that Prometheus reads.
//
//   metrics::Registry registry;
//   atomic::Counter& served = registry.AddCounter(
//       "http_requests_total", "Requests served.", {{"code", "200"}});
//   served.Add(1);                       // on any thread: no lock, no map
//   std::string page = registry.Text();  // GET /metrics
//
// A metric is looked up once, and stays where it is for as long as the
// registry. The families are an immutable map in a ValueOf: a page is made of
// one snapshot, and a new metric is another map.

#ifndef SYNC_ATOMIC_TESTS_EXAMPLES_METRICS_H_
#define SYNC_ATOMIC_TESTS_EXAMPLES_METRICS_H_

#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/histogram.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/value_of.h"

namespace metrics {

using Labels = std::map<std::string, std::string>;

// The shortest decimal that reads back.
inline std::string Number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  std::ostringstream text;
  text << atomic::Float64(number);
  return text.str();
}

// {code="200",path="/"}; nothing without labels.
inline std::string Text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    absl::StrAppend(&text, text.empty() ? "{" : ",", name, "=\"",
                    absl::StrReplaceAll(
                        value, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                    "\"");
  }
  if (!text.empty()) text += '}';
  return text;
}

// One metric of a family, that of some labels.
struct Metric {
  virtual ~Metric() = default;
  virtual void Print(absl::string_view name, const Labels& labels,
                     std::string& page) const = 0;
};

struct CounterMetric : Metric {
  void Print(absl::string_view name, const Labels& labels,
             std::string& page) const override {
    absl::StrAppend(&page, name, Text(labels), " ", counter.Load(), "\n");
  }
  atomic::Counter counter;
};

struct GaugeMetric : Metric {
  void Print(absl::string_view name, const Labels& labels,
             std::string& page) const override {
    absl::StrAppend(&page, name, Text(labels), " ", Number(gauge.Load()), "\n");
  }
  atomic::Float64 gauge;
};

struct HistogramMetric : Metric {
  explicit HistogramMetric(std::vector<double> bounds)
      : histogram(std::move(bounds)) {}
  void Print(absl::string_view name, const Labels& labels,
             std::string& page) const override {
    const atomic::HistogramData data = histogram.Collect();
    for (std::size_t i = 0; i < data.counts.size(); ++i) {
      Labels with_bound = labels;
      with_bound["le"] =
          i < data.bounds.size() ? Number(data.bounds[i]) : "+Inf";
      absl::StrAppend(&page, name, "_bucket", Text(with_bound), " ",
                      data.CountUpTo(i), "\n");
    }
    absl::StrAppend(&page, name, "_sum", Text(labels), " ", Number(data.sum),
                    "\n", name, "_count", Text(labels), " ", data.count, "\n");
  }
  atomic::Histogram histogram;
};

class Registry {
 public:
  // Each returns the metric of these labels, which is made at the first call.
  // A name is of one type.
  atomic::Counter& AddCounter(const std::string& name, const std::string& help,
                              const Labels& labels = {}) {
    return Add(name, "counter", help, labels, std::make_shared<CounterMetric>())
        .counter;
  }
  atomic::Float64& AddGauge(const std::string& name, const std::string& help,
                            const Labels& labels = {}) {
    return Add(name, "gauge", help, labels, std::make_shared<GaugeMetric>())
        .gauge;
  }
  atomic::Histogram& AddHistogram(const std::string& name,
                                  const std::string& help,
                                  std::vector<double> bounds,
                                  const Labels& labels = {}) {
    return Add(name, "histogram", help, labels,
               std::make_shared<HistogramMetric>(std::move(bounds)))
        .histogram;
  }

  std::string Text() const;

 private:
  struct Family {
    std::string type;
    std::string help;
    std::map<Labels, std::shared_ptr<Metric>> metrics;
  };
  using Families = std::map<std::string, Family>;

  template <class M>
  M& Add(const std::string& name, const std::string& type,
         const std::string& help, const Labels& labels,
         const std::shared_ptr<M>& made) {
    return static_cast<M&>(Insert(name, type, help, labels, made));
  }
  Metric& Insert(const std::string& name, const std::string& type,
                 const std::string& help, const Labels& labels,
                 const std::shared_ptr<Metric>& made);

  atomic::ValueOf<Families> families_{Families()};
};

}  // namespace metrics

#endif  // SYNC_ATOMIC_TESTS_EXAMPLES_METRICS_H_
