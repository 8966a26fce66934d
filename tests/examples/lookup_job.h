// SPDX-License-Identifier: Apache-2.0

// LookupJob: readers look up services in a table as fast as they can while a
// writer replaces that table, at a fixed rate and when its file changes.
//
//   LookupJob<ValueCell> job(options, &file, &text);
//   JobReport report = job.Run([](const JobReport& so_far) { ... });
//
// What holds the table is a Cell, so that the same job runs on several kinds:
//
//   void Store(ServiceTable table);  // the writer; the first one before
//   readers auto Load() const;               // readers; a smart pointer that
//   keeps the
//                                    // table alive for as long as it is held
//
// Threads:   Run() makes them all, and calls back on the thread that called it.

#ifndef SYNC_ATOMIC_TESTS_EXAMPLES_LOOKUP_JOB_H_
#define SYNC_ATOMIC_TESTS_EXAMPLES_LOOKUP_JOB_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/notification.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/tests/examples/latency_histogram.h"
#include "sync_atomic/tests/examples/service_table.h"
#include "sync_atomic/tests/examples/table_file.h"

namespace hot_reload {

using Clock = std::chrono::steady_clock;

struct JobOptions {
  int readers = 1;
  double reloads_per_second = 0;  // 0: only when the file changes
  Clock::duration duration = std::chrono::seconds(1);
};

// Where a job stands.
struct JobReport {
  std::chrono::duration<double> time{0};
  std::uint64_t lookups = 0;
  std::uint64_t reloads = 0;
  std::uint64_t torn_reads = 0;
  Latencies latencies;  // of one lookup in kLookupsPerSample
  std::int64_t tables_alive = 0;
  std::int64_t most_tables_alive = 0;
  std::int64_t bytes_waiting = 0;  // of tables replaced but not freed yet

  // What came on top of `earlier`; the last three are states and stay.
  JobReport Since(const JobReport& earlier) const {
    JobReport difference = *this;
    difference.time -= earlier.time;
    difference.lookups -= earlier.lookups;
    difference.reloads -= earlier.reloads;
    difference.torn_reads -= earlier.torn_reads;
    difference.latencies.Exclude(earlier.latencies);
    return difference;
  }

  // Adds another job of the same kind that ran at another time.
  void Include(const JobReport& other) {
    time += other.time;
    lookups += other.lookups;
    reloads += other.reloads;
    torn_reads += other.torn_reads;
    latencies.Include(other.latencies);
    most_tables_alive = std::max(most_tables_alive, other.most_tables_alive);
  }
};

// Reading the clock twice takes longer than a lookup, so only one lookup in
// this many is timed. Its time includes one reading of the clock, some 20 ns.
inline constexpr int kLookupsPerSample = 64;

template <class Cell>
class LookupJob {
 public:
  // Serves `*text`, which is the content of `file` and a table without a fault.
  // When the file changes into another such text, so does `*text`.
  LookupJob(const JobOptions& options, TableFile* file, std::string* text)
      : options_(options),
        file_(file),
        text_(text),
        tallies_(static_cast<std::size_t>(options.readers)) {
    ServiceTable table = Parse(*text_).value();
    queries_ = table.Names();
    queries_.emplace_back("no-such-service", "tcp");
    Publish(std::move(table));
  }

  // Calls `each_second` with the report so far after each second, and at the
  // end.
  template <class EachSecond>
  JobReport Run(EachSecond each_second) {
    start_ = Clock::now();
    deadline_ = start_ + options_.duration;
    std::vector<std::thread> threads;
    for (std::size_t reader = 0; reader < tallies_.size(); ++reader) {
      threads.emplace_back([this, reader] { Read(reader); });
    }
    threads.emplace_back([this] { Write(); });

    for (Clock::time_point second = start_; second < deadline_;) {
      second = std::min(second + std::chrono::seconds(1), deadline_);
      std::this_thread::sleep_until(second);
      each_second(Report());
    }
    // Before the readers stop, so that they count for all of its time.
    JobReport report = Report();
    stop_.Notify();
    for (std::thread& thread : threads) thread.join();
    report.torn_reads = Report().torn_reads;
    return report;
  }

 private:
  using Query = std::pair<std::string, std::string>;  // name and protocol

  // What one reader counts. Two cache lines apart, because processors fetch
  // lines in pairs: no reader ever waits for the counts of another.
  struct alignas(128) Tally {
    atomic::Uint64 lookups;
    atomic::Uint64 torn_reads;
    LatencyHistogram latencies;
  };

  // On lines of its own too: some cells are written to by every reader.
  struct alignas(128) AloneCell : Cell {};

  void Read(std::size_t reader) {
    Tally& tally = tallies_[reader];
    std::size_t next = queries_.size() * reader / tallies_.size();
    std::uint64_t newest_version = 0;
    while (!stop_.HasBeenNotified()) {
      std::uint64_t torn_reads = SeesIntactTable(&newest_version) ? 0 : 1;
      for (int i = 0; i < kLookupsPerSample; ++i) {
        const Query& query = queries_[next];
        next = next + 1 < queries_.size() ? next + 1 : 0;
        if (i > 0) {
          torn_reads += SeesIntactAnswer(query) ? 0 : 1;
          continue;
        }
        const Clock::time_point before = Clock::now();
        torn_reads += SeesIntactAnswer(query) ? 0 : 1;
        tally.latencies.Add(
            static_cast<std::uint64_t>((Clock::now() - before).count()));
      }
      tally.lookups.Add(kLookupsPerSample);
      if (torn_reads > 0) tally.torn_reads.Add(torn_reads);
    }
  }

  // The lookup that is measured. The answer must fit the version that the table
  // had before the search, and the table must still have that version after it:
  // so neither half of one table and half of another passes, nor one that was
  // freed meanwhile. No answer is right too: the file may have lost the name.
  bool SeesIntactAnswer(const Query& query) const {
    const auto table = cell_->Load();
    const std::uint64_t version = table->version();
    const Service* const service = table->Lookup(query.first, query.second);
    return version != 0 && table->version() == version &&
           (service == nullptr || ServiceTable::IsIntact(*service, version));
  }

  // Checks all of a table, but only the first time that this reader meets its
  // version: it takes as long as some hundred lookups. An older table than one
  // seen before is as wrong as a torn one.
  bool SeesIntactTable(std::uint64_t* newest_version) const {
    const auto table = cell_->Load();
    const std::uint64_t version = table->version();
    if (version == *newest_version) return true;
    const bool is_newer = version > *newest_version;
    *newest_version = version;
    return is_newer && table->IsIntact() && table->version() == version;
  }

  void Write() {
    Clock::time_point next = Clock::time_point::max();
    Clock::duration period = {};
    if (options_.reloads_per_second > 0) {
      period = std::chrono::duration_cast<Clock::duration>(
          std::chrono::duration<double>(1 / options_.reloads_per_second));
      next = start_ + period;
    }
    while (true) {
      if (file_->WaitForChange(std::min(next, deadline_))) ReloadFromFile();
      const Clock::time_point now = Clock::now();
      if (now >= deadline_) return;
      if (now < next) continue;
      // The same text again, not the file: nobody but the writer of the file
      // knows when it is whole, and WaitForChange() says when that is.
      Publish(Parse(*text_).value());
      reloads_.Add(1);
      // A writer that is late does not hurry after what it missed.
      next = std::max(next + period, now);
    }
  }

  // Keeps serving the old table when the file can't be read or is no table.
  void ReloadFromFile() {
    absl::StatusOr<std::string> text = file_->Read();
    absl::StatusOr<ServiceTable> table =
        text.ok() ? Parse(*text) : absl::StatusOr<ServiceTable>(text.status());
    if (!table.ok()) {
      absl::FPrintF(stderr, "%s (reload failed; the old table stays)\n",
                    table.status().message());
      return;
    }
    absl::FPrintF(stderr, "%s: reloaded, %d services\n", file_->name(),
                  table->services().size());
    *text_ = *std::move(text);
    Publish(*std::move(table));
    reloads_.Add(1);
  }

  absl::StatusOr<ServiceTable> Parse(const std::string& text) {
    return ServiceTable::Parse(file_->name(), text, ++version_, census_);
  }

  void Publish(ServiceTable table) {
    const std::int64_t bytes = table.bytes();
    cell_->Store(std::move(table));
    bytes_in_use_.Store(bytes);
  }

  // The library has no public figure for what waits to be freed yet, so the
  // tables count themselves: all that are alive, less the one in use. A table
  // counts from when it is built, so for the moment until it is stored the new
  // one is taken for one that waits.
  JobReport Report() const {
    JobReport report;
    report.time = Clock::now() - start_;
    report.reloads = reloads_.Load();
    for (const Tally& tally : tallies_) {
      report.lookups += tally.lookups.Load();
      report.torn_reads += tally.torn_reads.Load();
      report.latencies.Include(tally.latencies);
    }
    report.tables_alive = census_->alive();
    report.most_tables_alive = census_->most_alive();
    report.bytes_waiting =
        std::max<std::int64_t>(0, census_->bytes() - bytes_in_use_.Load());
    return report;
  }

  const JobOptions options_;
  TableFile* const file_;
  std::string* const text_;     // the writer's while Run() lasts
  std::uint64_t version_ = 0;   // the writer's
  std::vector<Query> queries_;  // never changes
  // Shared with the tables, since some may be freed after the job is over.
  const std::shared_ptr<TableCensus> census_ = std::make_shared<TableCensus>();
  atomic::Int64 bytes_in_use_;
  atomic::Uint64 reloads_;
  const std::unique_ptr<AloneCell> cell_ = std::make_unique<AloneCell>();
  std::vector<Tally> tallies_;  // one a reader
  absl::Notification stop_;
  Clock::time_point start_;
  Clock::time_point deadline_;
};

}  // namespace hot_reload

#endif  // SYNC_ATOMIC_TESTS_EXAMPLES_LOOKUP_JOB_H_
