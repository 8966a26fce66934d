// SPDX-License-Identifier: Apache-2.0

// Feature flags that a file sets, and that change while the service runs:
// docs/service.md.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/tests/examples/table_file.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/stop.h"
#include "sync_atomic/value/value_of.h"
#include "sync_atomic/value/watcher.h"

namespace {

using ::hot_reload::TableFile;

// [flags]
// What a file says, as "name on" and "name off", one a line. Immutable.
struct Flags {
  std::int64_t version = 0;
  std::map<std::string, bool, std::less<>> on;

  bool IsOn(absl::string_view name) const {
    const auto found = on.find(name);
    return found != on.end() && found->second;
  }
};

absl::StatusOr<Flags> Parse(absl::string_view file, absl::string_view text) {
  Flags flags;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    const std::pair<std::string, std::string> words =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (words.second != "on" && words.second != "off") {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ":", number, ": \"", line,
                       R"("; expected a name, and "on" or "off")"));
    }
    flags.on[words.first] = words.second == "on";
  }
  return flags;
}
// [/flags]

// [service]
// Reads the file, and again whenever it changes; a file that is not valid is
// told to `report`, and the flags stay. Its end waits for its thread.
class FeatureFlags {
 public:
  using Report = std::function<void(const absl::Status&)>;

  FeatureFlags(const std::string& file, Report report)
      : file_(file), report_(std::move(report)) {
    Reload();
    thread_ = std::thread([this, stop = stop_.token()] {
      while (!stop.stop_requested()) {
        const auto soon =
            TableFile::Clock::now() + std::chrono::milliseconds(20);
        if (file_.WaitForChange(soon)) Reload();
      }
    });
  }
  ~FeatureFlags() {
    stop_.RequestStop();
    thread_.join();
  }

  // On any thread, as often as need be. A request that asks for more than one
  // flag takes one snapshot: the flags of it belong together.
  atomic::SnapshotOf<Flags> Load() const { return current_.Load(); }
  bool IsOn(absl::string_view name) const {
    const atomic::SnapshotOf<Flags> flags = Load();
    return flags && flags->IsOn(name);
  }

  // For who watches or waits for them.
  const atomic::ValueOf<Flags>& cell() const { return current_; }

 private:
  void Reload() {
    absl::StatusOr<Flags> flags = Validated();
    if (!flags.ok()) {
      report_(flags.status());
      return;
    }
    flags->version = ++version_;
    current_.Store(*std::move(flags));
  }
  absl::StatusOr<Flags> Validated() const {
    const absl::StatusOr<std::string> text = file_.Read();
    if (!text.ok()) return text.status();
    return Parse(file_.name(), *text);
  }

  TableFile file_;
  const Report report_;
  std::int64_t version_ = 0;  // of the thread that reloads
  atomic::ValueOf<Flags> current_;
  atomic::StopSource stop_;
  std::thread thread_;
};
// [/service]

class FeatureFlagsTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) const {
    const std::string made = path_ + ".new";
    std::ofstream(made) << text;
    ASSERT_EQ(std::rename(made.c_str(), path_.c_str()), 0);
  }
  static void AwaitVersion(const FeatureFlags& flags, std::int64_t version) {
    atomic::SnapshotOf<Flags> now = flags.Load();
    while (!now || now->version < version) {
      flags.cell().WaitForChange(now, std::chrono::seconds(1));
      now = flags.Load();
    }
  }

  const std::string path_ = ::testing::TempDir() + "feature_flags";
};

TEST_F(FeatureFlagsTest, ParseSaysWhichLineIsWrong) {
  EXPECT_EQ(Parse("f", "a on\n# no\n\nb yes\n").status().message(),
            R"(f:4: "b yes"; expected a name, and "on" or "off")");
  const absl::StatusOr<Flags> flags = Parse("f", "a on\nb off\n");
  ASSERT_TRUE(flags.ok());
  EXPECT_TRUE(flags->IsOn("a"));
  EXPECT_FALSE(flags->IsOn("b"));
  EXPECT_FALSE(flags->IsOn("c"));
}

TEST_F(FeatureFlagsTest, AFileThatIsNotValidLeavesTheFlags) {
  Write("dark on\n");
  atomic::Int64 reports;
  const FeatureFlags flags(path_, [&](const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    reports.Add(1);
  });
  EXPECT_TRUE(flags.IsOn("dark"));
  Write("dark perhaps\n");
  while (reports.Load() == 0) std::this_thread::yield();
  EXPECT_TRUE(flags.IsOn("dark"));
  EXPECT_EQ(flags.Load()->version, 1);
  Write("dark off\n");
  AwaitVersion(flags, 2);
  EXPECT_FALSE(flags.IsOn("dark"));
}

// Two flags that the file always sets to the same are never seen to differ, and
// a watcher sees versions that grow, up to the last.
TEST_F(FeatureFlagsTest, ReadersAndWatchersSeeWholeVersions) {
  constexpr int kVersions = 20;
  Write("a off\nb off\n");
  const FeatureFlags flags(
      path_, [](const absl::Status& status) { ADD_FAILURE() << status; });
  atomic::Int64 seen, fell, torn;
  {
    // [watch]
    const atomic::Watcher<Flags> watcher(
        flags.cell(), [&](const atomic::SnapshotOf<Flags>& old,
                          const atomic::SnapshotOf<Flags>& now) {
          if (old && now->version <= old->version) fell.Add(1);
          seen.Store(now->version);
        });
    // [/watch]
    std::atomic<bool> stop{false};
    std::thread reader([&] {
      while (!stop.load()) {
        const atomic::SnapshotOf<Flags> now = flags.Load();
        if (now->IsOn("a") != now->IsOn("b")) torn.Add(1);
      }
    });
    for (int version = 2; version <= kVersions; ++version) {
      Write(version % 2 == 0 ? "a on\nb on\n" : "a off\nb off\n");
      AwaitVersion(flags, version);
    }
    while (seen.Load() < kVersions) std::this_thread::yield();
    stop.store(true);
    reader.join();
  }
  EXPECT_EQ(torn.Load(), 0);
  EXPECT_EQ(fell.Load(), 0);
}

}  // namespace
