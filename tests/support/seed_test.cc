// SPDX-License-Identifier: Apache-2.0

// The seeds: which there are, and that the same one gives the same numbers.

#include "sync_atomic/tests/support/seed.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace sync_atomic {
namespace testing {
namespace {

TEST(SeedTest, CountsFromOneIfNoneIsGiven) {
  const Seeds seeds(nullptr, 100);
  EXPECT_EQ(seeds.OfRound(0), 1u);
  EXPECT_EQ(seeds.OfRound(7), 8u);
}

TEST(SeedTest, CountsFromAnywhereIfRandomIsGiven) {
  const Seeds seeds("random", 100);
  EXPECT_EQ(seeds.OfRound(0), 100u);
  EXPECT_EQ(seeds.OfRound(7), 107u);
}

TEST(SeedTest, IsTheSameInEachRoundIfANumberIsGiven) {
  const Seeds seeds("18446744073709551615", 100);
  EXPECT_EQ(seeds.OfRound(0), 18446744073709551615u);
  EXPECT_EQ(seeds.OfRound(7), 18446744073709551615u);
}

TEST(SeedDeathTest, RefusesAllElse) {
  for (const char* const given : {"", "seed", "-1", " 1", "1 ", "0x1"}) {
    EXPECT_DEATH(Seeds(given, 100), "neither a number nor 'random'");
  }
}

TEST(SeedTest, SaysHowToRepeat) {
  EXPECT_EQ(HowToRepeat(17), "to run this again: SYNC_ATOMIC_SEED=17");
}

// Those of this seed, by any standard library.
TEST(RandomTest, GivesTheSameNumbersForTheSameSeed) {
  Random random(5489);
  EXPECT_EQ(random.Bits(), 14514284786278117030u);
  EXPECT_EQ(random.Below(10), 4620546740167642908u % 10);
}

}  // namespace
}  // namespace testing
}  // namespace sync_atomic
