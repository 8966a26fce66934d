// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/table_file.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace hot_reload {
namespace {

// Each test in an empty folder of its own.
class TableFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* const test =
        ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) / test->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(absl::string_view name) const {
    return (folder_ / std::string(name)).string();
  }

  void Write(absl::string_view name, absl::string_view text) const {
    std::ofstream(Path(name)) << text;
  }

  void Rename(absl::string_view from, absl::string_view to) const {
    std::filesystem::rename(Path(from), Path(to));
  }

  // A change is known to the system when it is done: no need to wait for it.
  static bool Changed(TableFile& file) {
    return file.WaitForChange(TableFile::Clock::now());
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(TableFileTest, ReadGivesTheWholeText) {
  const std::string text(100'000, 'x');
  Write("table", text);
  EXPECT_EQ(TableFile(Path("table")).Read().value(), text);
}

TEST_F(TableFileTest, ReadSaysWhyItCannot) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  Write("huge", "");
  std::filesystem::resize_file(Path("huge"), (64 << 20) + 1);
  const auto refusal = [this](absl::string_view name) {
    return std::string(TableFile(Path(name)).Read().status().message());
  };
  constexpr absl::string_view kExpected =
      "; expected a table like /etc/services";
  EXPECT_EQ(
      refusal("missing"),
      absl::StrCat(Path("missing"), ": No such file or directory", kExpected));
  EXPECT_EQ(refusal(""),
            absl::StrCat(Path(""), ": this is a directory", kExpected));
  EXPECT_EQ(refusal("pipe"),
            absl::StrCat(Path("pipe"), ": this is no regular file", kExpected));
  EXPECT_EQ(refusal("huge"),
            absl::StrCat(Path("huge"), ": the file is larger than 64 MiB",
                         kExpected));
}

TEST_F(TableFileTest, AFileThatIsLeftAloneDoesNotChange) {
  Write("table", "old");
  TableFile file(Path("table"));
  ASSERT_TRUE(file.watch_status().ok()) << file.watch_status();
  EXPECT_FALSE(Changed(file));
  Write("another", "new");
  EXPECT_FALSE(Changed(file));
}

TEST_F(TableFileTest, AFileWrittenInPlaceChangesOnce) {
  Write("table", "old");
  TableFile file(Path("table"));
  Write("table", "new");
  EXPECT_TRUE(Changed(file));
  EXPECT_EQ(file.Read().value(), "new");
  EXPECT_FALSE(Changed(file));
}

// Rejects: a watch that fires while a writer is half way.
TEST_F(TableFileTest, AFileChangesWhenItsWriterIsDone) {
  Write("table", "old");
  TableFile file(Path("table"));
  std::ofstream writer(Path("table"));
  writer << "half" << std::flush;
  EXPECT_FALSE(Changed(file));
  writer << " and half";
  writer.close();
  EXPECT_TRUE(Changed(file));
}

// Rejects: a watch on the file itself, which stays with the old one.
TEST_F(TableFileTest, AFileReplacedByRenamesChangesEachTime) {
  Write("table", "old");
  TableFile file(Path("table"));
  for (absl::string_view text : {"new", "newer"}) {
    Write("table.new", text);
    EXPECT_FALSE(Changed(file));
    Rename("table.new", "table");
    EXPECT_TRUE(Changed(file));
    EXPECT_EQ(file.Read().value(), text);
  }
}

// As some editors save: the old file becomes the backup, then a new one comes.
TEST_F(TableFileTest, SeveralStepsOfOneSaveAreOneChange) {
  Write("table", "old");
  TableFile file(Path("table"));
  Rename("table", "table~");
  Write("table", "new");
  EXPECT_TRUE(Changed(file));
  EXPECT_EQ(file.Read().value(), "new");
  EXPECT_FALSE(Changed(file));
}

TEST_F(TableFileTest, AFileThatGoesAwayAndComesBackChangesTwice) {
  Write("table", "old");
  TableFile file(Path("table"));
  std::filesystem::remove(Path("table"));
  EXPECT_TRUE(Changed(file));
  EXPECT_EQ(file.Read().status().code(), absl::StatusCode::kNotFound);
  Write("table", "new");
  EXPECT_TRUE(Changed(file));
  EXPECT_EQ(file.Read().value(), "new");
}

TEST_F(TableFileTest, AFileBehindALinkChangesWithItsTarget) {
  std::filesystem::create_directory(Path("data"));
  Write("data/table", "old");
  std::filesystem::create_symlink("data/table", Path("link"));
  TableFile file(Path("link"));
  Write("data/table", "new");
  EXPECT_TRUE(Changed(file));
  EXPECT_EQ(file.Read().value(), "new");
}

// As container systems mount settings: a link to a folder is replaced as a
// whole.
TEST_F(TableFileTest, AFileChangesWhenALinkOnItsWayLeadsElsewhere) {
  for (absl::string_view version : {"1", "2"}) {
    std::filesystem::create_directory(Path(version));
    Write(absl::StrCat(version, "/table"), version);
  }
  std::filesystem::create_symlink("1", Path("current"));
  std::filesystem::create_symlink("current/table", Path("table"));
  TableFile file(Path("table"));
  std::filesystem::create_symlink("2", Path("next"));
  EXPECT_FALSE(Changed(file));
  Rename("next", "current");
  EXPECT_TRUE(Changed(file));
  EXPECT_EQ(file.Read().value(), "2");
  Write("2/table", "3");
  EXPECT_TRUE(Changed(file));
}

TEST_F(TableFileTest, AFileInAFolderThatIsMissingIsNotWatched) {
  EXPECT_FALSE(TableFile(Path("missing/table")).watch_status().ok());
}

TEST_F(TableFileTest, ABuiltInTextNeverChanges) {
  TableFile file("name", "text");
  EXPECT_EQ(file.name(), "name");
  EXPECT_TRUE(file.watch_status().ok());
  EXPECT_EQ(file.Read().value(), "text");
  EXPECT_FALSE(file.WaitForChange(TableFile::Clock::now() +
                                  std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace hot_reload
