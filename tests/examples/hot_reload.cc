// SPDX-License-Identifier: Apache-2.0

// hot_reload: a lookup service over a real table that is reloaded while it is
// read.
//
//   hot_reload [FILE] [--seconds=10] [--readers=N] [--reloads_per_second=100]
//
// FILE has the format of /etc/services, which is the default; if there is no
// such file, a table in the program is used. Readers look up services as fast
// as they can. A writer replaces the table at a fixed rate, and whenever FILE
// changes on disk: edit it while this runs. If FILE is invalid then, an error
// is printed, and the old table stays.
//
// In the first half of the time the service runs on atomic::Value, and prints a
// line each second. In the second half the same job runs on atomic::Value and
// on the standard library's alternatives, in turn, for the table at the end.
//
// Exit code: 0; 1 if a reader saw a torn table; 2 for a bad FILE or flag.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "sync_atomic/tests/examples/lookup_job.h"
#include "sync_atomic/tests/examples/service_table.h"
#include "sync_atomic/tests/examples/shipped_services.h"
#include "sync_atomic/tests/examples/table_file.h"
#include "sync_atomic/value/value.h"

namespace hot_reload {
namespace {

// A reader for each processor: the writer rests most of the time. Two at least,
// since what readers do to each other is half of the story.
int DefaultReaders() {
  return std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace hot_reload

ABSL_FLAG(double, seconds, 10, "how long to run, all in all");
ABSL_FLAG(int, readers, hot_reload::DefaultReaders(),
          "threads that look up services");
ABSL_FLAG(double, reloads_per_second, 100,
          "how often to replace the table; 0: only when FILE changes");

namespace hot_reload {
namespace {

constexpr int kExitTornReads = 1;
constexpr int kExitBadInput = 2;

// The three ways to hold a table that is read while it is replaced. This is the
// whole of it with the library:
class ValueCell {
 public:
  void Store(ServiceTable table) { table_.Store(std::move(table)); }

  atomic::SnapshotOf<ServiceTable> Load() const {
    return table_.Load<ServiceTable>();
  }

 private:
  atomic::Value table_;
};

#if defined(__cpp_lib_atomic_shared_ptr)
class AtomicSharedPtrCell {
 public:
  void Store(ServiceTable table) {
    table_.store(std::make_shared<const ServiceTable>(std::move(table)));
  }

  std::shared_ptr<const ServiceTable> Load() const { return table_.load(); }

 private:
  std::atomic<std::shared_ptr<const ServiceTable>> table_;
};
#endif

class SharedMutexCell {
 public:
  void Store(ServiceTable table) {
    auto replaced = std::make_shared<const ServiceTable>(std::move(table));
    const std::lock_guard<std::shared_mutex> lock(mutex_);
    table_.swap(replaced);  // which is freed after the lock is given back
  }

  std::shared_ptr<const ServiceTable> Load() const {
    const std::shared_lock<std::shared_mutex> lock(mutex_);
    return table_;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const ServiceTable> table_;
};

// The figures that a live line and a row of the final table share.
constexpr absl::string_view kFigureNames =
    "  lookups/s  reloads   p50 ns   p99 ns     max ns";

std::string Figures(const JobReport& report) {
  return absl::StrFormat(
      "%9.3f M%9d%9d%9d%11d",
      static_cast<double>(report.lookups) / report.time.count() / 1e6,
      report.reloads, report.latencies.Percentile(50),
      report.latencies.Percentile(99), report.latencies.Percentile(100));
}

// stdout may be a pipe; a live line that waits in a buffer is not live.
void PrintLine(absl::string_view line) {
  absl::PrintF("%s\n", line);
  std::fflush(stdout);
}

JobReport RunLive(const JobOptions& options, TableFile* file,
                  std::string* text) {
  PrintLine(absl::StrCat("second", kFigureNames,
                         "  tables alive  bytes waiting to be freed"));
  LookupJob<ValueCell> job(options, file, text);
  JobReport earlier;
  return job.Run([&earlier](const JobReport& so_far) {
    PrintLine(absl::StrFormat("%6.1f%s%14d%27d", so_far.time.count(),
                              Figures(so_far.Since(earlier)),
                              so_far.tables_alive, so_far.bytes_waiting));
    earlier = so_far;
  });
}

template <class Cell>
JobReport RunOnce(const JobOptions& options, TableFile* file,
                  std::string* text) {
  LookupJob<Cell> job(options, file, text);
  return job.Run([](const JobReport&) {});
}

// A row of the final table.
struct Contender {
  absl::string_view name;
  JobReport (*run)(const JobOptions&, TableFile*, std::string*);
  absl::string_view why_not;  // said where `run` is null
  JobReport sum;
};

std::vector<Contender> Contenders() {
  std::vector<Contender> contenders = {
      {"atomic::Value", RunOnce<ValueCell>, "", {}},
      {"std::atomic<std::shared_ptr>",
       nullptr,
       "not in this standard library",
       {}},
      {"std::shared_mutex + shared_ptr", RunOnce<SharedMutexCell>, "", {}},
  };
#if defined(__cpp_lib_atomic_shared_ptr)
  contenders[1].run = RunOnce<AtomicSharedPtrCell>;
#endif
#if defined(ABSL_HAVE_THREAD_SANITIZER) && defined(__GLIBCXX__)
  // It is right to report libstdc++ here: a reader gives its lock back with a
  // relaxed operation, so in the language nothing orders its reading of the
  // pointer before the next write. (On x86 the processor does.)
  contenders[1].run = nullptr;
  contenders[1].why_not = "not under ThreadSanitizer";
#endif
  return contenders;
}

// Runs the job on the contenders in turn, several times, so that whatever else
// keeps the machine busy keeps it busy for all of them. Returns the count of
// torn reads.
std::uint64_t Compare(JobOptions options, TableFile* file, std::string* text) {
  constexpr int kRounds = 3;
  std::vector<Contender> contenders = Contenders();
  options.duration /= kRounds * static_cast<std::int64_t>(contenders.size());
  for (int round = 0; round < kRounds; ++round) {
    for (Contender& contender : contenders) {
      if (contender.run == nullptr) continue;
      contender.sum.Include(contender.run(options, file, text));
    }
  }

  PrintLine(absl::StrFormat("\n%-31s%s  tables at most  torn reads",
                            "the same job on", kFigureNames));
  std::uint64_t torn_reads = 0;
  for (const Contender& contender : contenders) {
    const JobReport& sum = contender.sum;
    torn_reads += sum.torn_reads;
    PrintLine(absl::StrFormat(
        "%-31s%s", contender.name,
        contender.run == nullptr
            ? absl::StrCat("  ", contender.why_not)
            : absl::StrFormat("%s%16d%12d", Figures(sum), sum.most_tables_alive,
                              sum.torn_reads)));
  }
  return torn_reads;
}

int BadInput(absl::string_view message) {
  absl::FPrintF(stderr, "%s\n", message);
  return kExitBadInput;
}

int Run(std::unique_ptr<TableFile> file) {
  absl::StatusOr<std::string> text = file->Read();
  if (!text.ok()) return BadInput(text.status().message());
  const absl::StatusOr<ServiceTable> table = ServiceTable::Parse(
      file->name(), *text, /*version=*/1, std::make_shared<TableCensus>());
  if (!table.ok()) return BadInput(table.status().message());
  if (!file->watch_status().ok()) {
    absl::FPrintF(stderr, "%s: changes will not be seen: %s\n", file->name(),
                  file->watch_status().message());
  }

  // Half of the time live, half of it to compare.
  const std::chrono::duration<double> half(absl::GetFlag(FLAGS_seconds) / 2);
  JobOptions options;
  options.readers = absl::GetFlag(FLAGS_readers);
  options.reloads_per_second = absl::GetFlag(FLAGS_reloads_per_second);
  options.duration = std::chrono::duration_cast<Clock::duration>(half);
  PrintLine(
      absl::StrFormat("%s: %d services, readers: %d, reloads a second: %g\n"
                      "%g s live on atomic::Value, then %g s to compare. "
                      "Times are of one lookup in %d.\n",
                      file->name(), table->services().size(), options.readers,
                      options.reloads_per_second, half.count(), half.count(),
                      kLookupsPerSample));

  std::uint64_t torn_reads = RunLive(options, file.get(), &*text).torn_reads;
  torn_reads += Compare(options, file.get(), &*text);
  PrintLine(absl::StrFormat("\ntorn reads in all: %d", torn_reads));
  return torn_reads == 0 ? 0 : kExitTornReads;
}

// What is wrong with the values of the flags; empty when nothing is. Written so
// that it also catches what is not a number.
std::string FaultOfFlags() {
  const double seconds = absl::GetFlag(FLAGS_seconds);
  if (!(seconds >= 0.01 && seconds <= 86400)) {
    return absl::StrFormat("--seconds=%g; expected 0.01 to 86400", seconds);
  }
  const int readers = absl::GetFlag(FLAGS_readers);
  if (readers < 1 || readers > 1024) {
    return absl::StrFormat("--readers=%d; expected 1 to 1024", readers);
  }
  const double rate = absl::GetFlag(FLAGS_reloads_per_second);
  if (!(rate == 0 || (rate >= 0.001 && rate <= 1e6))) {
    return absl::StrFormat(
        "--reloads_per_second=%g; expected 0 (only when FILE changes) or 0.001 "
        "to 1000000",
        rate);
  }
  return "";
}

// Abseil ends a program with code 1 for a flag that it does not know or can't
// read, and for --help as well. Here 1 says that a read was torn, so while the
// flags are parsed, this is called on the way out and chooses the code.
bool parsing_flags = false;
bool help_wanted = false;

void ExitWhileParsingFlags() {
  if (!parsing_flags) return;
  std::fflush(nullptr);
  std::_Exit(help_wanted ? 0 : kExitBadInput);
}

// The arguments that are no flags, without the name of the program.
std::vector<std::string> ParseFlags(int argc, char** argv) {
  absl::SetProgramUsageMessage(absl::StrCat(
      "looks up services in a table that is reloaded while it is read\n",
      argv[0], " [FILE] [--seconds=N] [--readers=N] [--reloads_per_second=N]\n",
      "FILE has the format of /etc/services, which is the default."));
  help_wanted = std::any_of(argv + 1, argv + argc, [](absl::string_view text) {
    return absl::StartsWith(absl::StripPrefix(text, "-"), "-help");
  });
  std::atexit(ExitWhileParsingFlags);
  parsing_flags = true;
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  parsing_flags = false;
  return std::vector<std::string>(arguments.begin() + 1, arguments.end());
}

std::unique_ptr<TableFile> DefaultFile() {
  constexpr char kSystemServices[] = "/etc/services";
  if (access(kSystemServices, F_OK) == 0) {
    return std::make_unique<TableFile>(kSystemServices);
  }
  return std::make_unique<TableFile>(
      "the shipped table (no /etc/services here)", kShippedServices);
}

int Main(int argc, char** argv) {
  const std::vector<std::string> arguments = ParseFlags(argc, argv);
  if (arguments.size() > 1) {
    return BadInput(absl::StrCat("given ", arguments.size(), " files (",
                                 absl::StrJoin(arguments, ", "),
                                 "); expected one at most"));
  }
  const std::string fault = FaultOfFlags();
  if (!fault.empty()) return BadInput(fault);
  return Run(arguments.empty() ? DefaultFile()
                               : std::make_unique<TableFile>(arguments[0]));
}

}  // namespace
}  // namespace hot_reload

int main(int argc, char** argv) { return hot_reload::Main(argc, argv); }
