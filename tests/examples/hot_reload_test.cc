// SPDX-License-Identifier: Apache-2.0

// The hot_reload program as its user sees it: what it prints, and its exit
// code. The one argument of this test is the path of the program.

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string* program = nullptr;

// The program while it runs, its stderr among its stdout.
class Program {
 public:
  explicit Program(absl::string_view arguments)
      : output_(popen(
            absl::StrCat("exec '", *program, "' ", arguments, " 2>&1").c_str(),
            "r")) {}

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (output_ != nullptr) pclose(output_);
  }

  // Reads lines up to one that contains `text`, and returns it; empty when the
  // program ended without.
  std::string ReadUntil(absl::string_view text) {
    std::string line;
    for (int c; (c = std::getc(output_)) != EOF;) {
      line.push_back(static_cast<char>(c));
      if (c != '\n') continue;
      if (absl::StrContains(line, text)) return line;
      line.clear();
    }
    return "";
  }

  std::string ReadAll() {
    std::string text;
    for (int c; (c = std::getc(output_)) != EOF;) {
      text.push_back(static_cast<char>(c));
    }
    return text;
  }

  // To be called last. -1 when a signal ended the program.
  int ExitCode() {
    const int status = pclose(output_);
    output_ = nullptr;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  FILE* output_;
};

class HotReloadTest : public ::testing::Test {
 protected:
  ~HotReloadTest() override { std::filesystem::remove(path_); }

  void Write(absl::string_view text) const { std::ofstream(path_) << text; }

  // Expects that the program refuses its arguments with this one message.
  static void ExpectBadInput(absl::string_view arguments,
                             absl::string_view message) {
    SCOPED_TRACE(arguments);
    Program refused(arguments);
    EXPECT_EQ(refused.ReadAll(), absl::StrCat(message, "\n"));
    EXPECT_EQ(refused.ExitCode(), 2);
  }

  const std::string path_ =
      (std::filesystem::path(::testing::TempDir()) /
       ::testing::UnitTest::GetInstance()->current_test_info()->name())
          .string();
};

TEST_F(HotReloadTest, ServesAndComparesWithoutATornRead) {
  Write("http 80/tcp www\nssh 22/tcp\n");
  Program served(absl::StrCat(path_, " --seconds=1 --readers=2"));
  const std::string output = served.ReadAll();
  EXPECT_THAT(output, AllOf(StartsWith(absl::StrCat(path_, ": 2 services")),
                            HasSubstr("bytes waiting to be freed\n"),
                            HasSubstr("\natomic::Value "),
                            HasSubstr("\nstd::atomic<std::shared_ptr> "),
                            HasSubstr("\nstd::shared_mutex + shared_ptr "),
                            EndsWith("\ntorn reads in all: 0\n")));
  EXPECT_EQ(served.ExitCode(), 0);
}

TEST_F(HotReloadTest, WithoutAFileThereIsATableToServe) {
  Program served("--seconds=0.1");
  EXPECT_THAT(served.ReadAll(), EndsWith("\ntorn reads in all: 0\n"));
  EXPECT_EQ(served.ExitCode(), 0);
}

TEST_F(HotReloadTest, AChangeIsServedAndABrokenOneKeepsTheOldTable) {
  Write("http 80/tcp\n");
  Program served(absl::StrCat(path_, " --seconds=4"));
  ASSERT_NE(served.ReadUntil("1 services"), "");
  Write("http 80/tcp\nssh\n");
  EXPECT_EQ(served.ReadUntil("reload failed"),
            absl::StrCat(path_,
                         ":2: \"ssh\" has no port; expected NAME "
                         "PORT/PROTOCOL [ALIAS]... [# COMMENT] (reload "
                         "failed; the old table stays)\n"));
  std::filesystem::remove(path_);
  EXPECT_THAT(served.ReadUntil("reload failed"),
              HasSubstr("No such file or directory"));
  Write("http 80/tcp\nssh 22/tcp\n");
  EXPECT_EQ(served.ReadUntil("reloaded"),
            absl::StrCat(path_, ": reloaded, 2 services\n"));
  // Each change is reported once, however often the table is replaced after.
  EXPECT_THAT(served.ReadAll(), AllOf(Not(HasSubstr(path_)),
                                      EndsWith("\ntorn reads in all: 0\n")));
  EXPECT_EQ(served.ExitCode(), 0);
}

TEST_F(HotReloadTest, AFileThatIsNoTableEndsWithCode2) {
  ExpectBadInput(path_, absl::StrCat(path_,
                                     ": No such file or directory; expected a "
                                     "table like /etc/services"));
  ExpectBadInput("/",
                 "/: this is a directory; expected a table like "
                 "/etc/services");
  Write("");
  ExpectBadInput(path_, absl::StrCat(path_,
                                     ":1: the file ends without a service; "
                                     "expected lines of the form NAME "
                                     "PORT/PROTOCOL [ALIAS]... [# COMMENT]"));
  Write("# comment\nhttp 80/tcp\nssh twenty-two/tcp\n");
  ExpectBadInput(path_, absl::StrCat(path_,
                                     ":3: \"twenty-two\" is no port; expected "
                                     "a number from 0 to 65535, as in NAME "
                                     "PORT/PROTOCOL [ALIAS]... [# COMMENT]"));
}

TEST_F(HotReloadTest, BadArgumentsEndWithCode2) {
  ExpectBadInput("--seconds=0", "--seconds=0; expected 0.01 to 86400");
  ExpectBadInput("--seconds=nan", "--seconds=nan; expected 0.01 to 86400");
  ExpectBadInput("--readers=-1", "--readers=-1; expected 1 to 1024");
  ExpectBadInput("--reloads_per_second=-1",
                 "--reloads_per_second=-1; expected 0 (only when FILE changes) "
                 "or 0.001 to 1000000");
  ExpectBadInput("a b c", "given 3 files (a, b, c); expected one at most");
}

// Abseil's own words here, but our code.
TEST_F(HotReloadTest, FlagsThatAbseilRefusesEndWithCode2) {
  for (absl::string_view arguments : {"--seconds=ten", "--no_such_flag"}) {
    SCOPED_TRACE(arguments);
    Program refused(arguments);
    EXPECT_THAT(refused.ReadAll(), StartsWith("ERROR: "));
    EXPECT_EQ(refused.ExitCode(), 2);
  }
}

TEST_F(HotReloadTest, HelpNamesTheFlags) {
  Program helped("--help");
  EXPECT_THAT(helped.ReadAll(),
              AllOf(HasSubstr("[FILE]"), HasSubstr("--seconds"),
                    HasSubstr("--readers"), HasSubstr("--reloads_per_second")));
  EXPECT_EQ(helped.ExitCode(), 0);
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "expected one argument, the path of hot_reload\n");
    return 2;
  }
  program = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
