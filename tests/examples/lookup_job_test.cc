// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/lookup_job.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sync_atomic/tests/examples/service_table.h"
#include "sync_atomic/tests/examples/table_file.h"

namespace hot_reload {
namespace {

constexpr absl::string_view kText = "http 80/tcp www\ndomain 53/udp\n";

// A cell that is surely right.
class MutexCell {
 public:
  void Store(ServiceTable table) {
    auto replaced = std::make_shared<const ServiceTable>(std::move(table));
    const std::lock_guard<std::mutex> lock(mutex_);
    table_.swap(replaced);
  }

  std::shared_ptr<const ServiceTable> Load() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return table_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ServiceTable> table_;
};

// A cell that serves tables with one wrong byte: in a name that is looked up
// under its alias.
class SpoilingCell : public MutexCell {
 public:
  void Store(ServiceTable table) {
    ++*const_cast<char*>(table.Lookup("www", "tcp")->name.data());
    MutexCell::Store(std::move(table));
  }
};

// A cell that gives the first table to whoever asks an odd time.
class StaleCell : public MutexCell {
 public:
  void Store(ServiceTable table) {
    MutexCell::Store(std::move(table));
    const std::lock_guard<std::mutex> lock(mutex_);
    if (first_ == nullptr) first_ = MutexCell::Load();
  }

  std::shared_ptr<const ServiceTable> Load() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ++loads_ % 2 == 1 ? first_ : MutexCell::Load();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::uint64_t loads_ = 0;
  std::shared_ptr<const ServiceTable> first_;
};

void Ignore(const JobReport&) {}

JobOptions ShortJob() {
  JobOptions options;
  options.readers = 2;
  options.reloads_per_second = 1000;
  options.duration = std::chrono::milliseconds(300);
  return options;
}

TEST(LookupJobTest, ARightCellHasNoTornReads) {
  TableFile file("name", std::string(kText));
  std::string text(kText);
  const JobReport report =
      LookupJob<MutexCell>(ShortJob(), &file, &text).Run(Ignore);
  EXPECT_EQ(report.torn_reads, 0u);
  EXPECT_GT(report.reloads, 0u);
  EXPECT_GT(report.lookups, 0u);
  EXPECT_GT(report.latencies.Percentile(50), 0u);
  EXPECT_GE(report.time, ShortJob().duration);
  EXPECT_GE(report.most_tables_alive, 2);
}

TEST(LookupJobTest, AWrongByteInATableIsSeen) {
  TableFile file("name", std::string(kText));
  std::string text(kText);
  JobOptions options = ShortJob();
  options.reloads_per_second = 0;
  const JobReport report =
      LookupJob<SpoilingCell>(options, &file, &text).Run(Ignore);
  // Once by each reader as a table, and then again and again as an answer.
  EXPECT_GT(report.torn_reads, 2u);
}

TEST(LookupJobTest, AnOldTableAfterANewerOneIsSeen) {
  TableFile file("name", std::string(kText));
  std::string text(kText);
  const JobReport report =
      LookupJob<StaleCell>(ShortJob(), &file, &text).Run(Ignore);
  EXPECT_GT(report.torn_reads, 0u);
}

TEST(LookupJobTest, TheReporterHearsFromTheJobAtTheEndAtLeast) {
  TableFile file("name", std::string(kText));
  std::string text(kText);
  int calls = 0;
  LookupJob<MutexCell>(ShortJob(), &file, &text)
      .Run([&calls](const JobReport& report) {
        ++calls;
        EXPECT_GE(report.time, ShortJob().duration);
      });
  EXPECT_EQ(calls, 1);
}

// The file changes before the job looks at it for the first time, which counts.
class LookupJobFileTest : public ::testing::Test {
 protected:
  ~LookupJobFileTest() override { std::filesystem::remove(path_); }

  // Runs a job on kText while its file holds `changed`; returns what it serves
  // at the end, and what it says.
  std::pair<std::string, std::string> TextAndMessagesAfter(
      absl::string_view changed) {
    std::ofstream(path_) << kText;
    TableFile file(path_);
    std::string text(kText);
    JobOptions options = ShortJob();
    options.reloads_per_second = 0;
    LookupJob<MutexCell> job(options, &file, &text);
    std::ofstream(path_) << changed;
    ::testing::internal::CaptureStderr();
    const JobReport report = job.Run(Ignore);
    EXPECT_EQ(report.torn_reads, 0u);
    reloads_ = report.reloads;
    return {text, ::testing::internal::GetCapturedStderr()};
  }

  const std::string path_ =
      (std::filesystem::path(::testing::TempDir()) /
       ::testing::UnitTest::GetInstance()->current_test_info()->name())
          .string();
  std::uint64_t reloads_ = 0;
};

TEST_F(LookupJobFileTest, AChangedFileIsServed) {
  const auto [text, messages] = TextAndMessagesAfter("smtp 25/tcp\n");
  EXPECT_EQ(text, "smtp 25/tcp\n");
  EXPECT_EQ(messages, path_ + ": reloaded, 1 services\n");
  EXPECT_EQ(reloads_, 1u);
}

TEST_F(LookupJobFileTest, ABrokenFileIsReportedOnceAndTheOldTableStays) {
  const auto [text, messages] = TextAndMessagesAfter("smtp 25/tcp\nsmtp\n");
  EXPECT_EQ(text, kText);
  EXPECT_EQ(messages, path_ +
                          ":2: \"smtp\" has no port; expected NAME "
                          "PORT/PROTOCOL [ALIAS]... [# COMMENT] (reload "
                          "failed; the old table stays)\n");
  EXPECT_EQ(reloads_, 0u);
}

}  // namespace
}  // namespace hot_reload
