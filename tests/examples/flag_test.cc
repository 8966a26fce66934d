// SPDX-License-Identifier: Apache-2.0

// A flag that many threads read: a plain flag of Abseil's, whose changes are
// stored into a word.

#include "absl/flags/flag.h"

#include <cstdint>
#include <string>

#include "absl/flags/reflection.h"
#include "gtest/gtest.h"
#include "sync_atomic/atomic/int32.h"

// [flag]
atomic::Int32 max_clients;  // what threads read: one instruction

ABSL_FLAG(std::int32_t, max_clients, 100, "How many clients are served")
    .OnUpdate([] { max_clients.Store(absl::GetFlag(FLAGS_max_clients)); });
// [/flag]

namespace {

TEST(FlagTest, TheWordHasTheDefaultFromTheStart) {
  EXPECT_EQ(max_clients.Load(), 100);
}

TEST(FlagTest, TheWordFollowsTheFlag) {
  absl::FlagSaver saver;
  absl::SetFlag(&FLAGS_max_clients, 5);
  EXPECT_EQ(max_clients.Load(), 5);

  std::string error;
  absl::CommandLineFlag* const flag = absl::FindCommandLineFlag("max_clients");
  ASSERT_NE(flag, nullptr);
  EXPECT_TRUE(flag->ParseFrom("7", &error)) << error;
  EXPECT_EQ(max_clients.Load(), 7);
}

}  // namespace
