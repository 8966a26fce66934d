// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/metrics.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sync_atomic/value/snapshot.h"

namespace metrics {

// [text]
std::string Registry::Text() const {
  std::string page;
  const atomic::SnapshotOf<Families> families = families_.Load();
  for (const auto& [name, family] : *families) {
    absl::StrAppend(
        &page, "# HELP ", name, " ",
        absl::StrReplaceAll(family.help, {{"\\", "\\\\"}, {"\n", "\\n"}}),
        "\n# TYPE ", name, " ", family.type, "\n");
    for (const auto& [labels, metric] : family.metrics) {
      metric->Print(name, labels, page);
    }
  }
  return page;
}
// [/text]

// [add]
// Another thread may add the same meanwhile: what is in the map is used.
Metric& Registry::Insert(const std::string& name, const std::string& type,
                         const std::string& help, const Labels& labels,
                         const std::shared_ptr<Metric>& made) {
  const atomic::SnapshotOf<Families> families =
      families_.Update([&](Families copy) {
        Family& family = copy[name];
        family.type = type;
        family.help = help;
        family.metrics.try_emplace(labels, made);
        return copy;
      });
  return *families->at(name).metrics.at(labels);
}
// [/add]

}  // namespace metrics
