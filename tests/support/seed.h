// SPDX-License-Identifier: Apache-2.0

// Seed: where a test's random numbers come from, and how to get them again.
//
//   for (int round = 0; round < Effort(1'000); ++round) {
//     const std::uint64_t seed = SeedOfRound(round);
//     SCOPED_TRACE(HowToRepeat(seed));
//     Random random(seed);
//     ...
//
// The environment variable SYNC_ATOMIC_SEED chooses:
//
//   unset    the rounds' seeds are 1, 2, 3 ...: the same in each run. CI runs
//            so: what fails there fails because of what has changed, and a
//            mutant that is found by its seed is found each time.
//   random   the seeds start anywhere. Who looks for new bugs runs so, as long
//            as he likes; a correct library passes with any seed.
//   a number each round has this seed. A failure says which it was. What
//            threads do is then the same in each round; how they overlap is
//            not, which is why it is tried in all rounds.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_SEED_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_SEED_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace sync_atomic {
namespace testing {

// The same numbers for the same seed, with every standard library: whose
// distributions differ, and whose engines do not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Bits() { return engine_(); }

  // One of 0 ... n - 1.
  std::size_t Below(std::size_t n) {
    return static_cast<std::size_t>(engine_() % n);
  }

  // True once in n times.
  bool OneIn(std::size_t n) { return Below(n) == 0; }

  template <class Container>
  decltype(auto) OneOf(const Container& container) {
    return container[Below(container.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// How SYNC_ATOMIC_SEED is read; a class of its own so that it can be tested.
class Seeds {
 public:
  // `given` is null if the variable is unset; `anywhere` is where random ones
  // start.
  Seeds(const char* given, std::uint64_t anywhere) {
    if (given == nullptr) return;
    if (std::string_view(given) == "random") {
      first_ = anywhere;
      return;
    }
    char* end = nullptr;
    first_ = std::strtoull(given, &end, 10);
    differ_ = false;
    if (*given < '0' || *given > '9' || *end != '\0') {
      std::fprintf(stderr,
                   "SYNC_ATOMIC_SEED is '%s', and neither a number nor "
                   "'random'\n",
                   given);
      std::abort();
    }
  }

  std::uint64_t OfRound(int round) const {
    return differ_ ? first_ + static_cast<std::uint64_t>(round) : first_;
  }

 private:
  std::uint64_t first_ = 1;
  bool differ_ = true;
};

inline std::uint64_t SeedOfRound(int round) {
  static const Seeds seeds(
      std::getenv("SYNC_ATOMIC_SEED"),
      (std::uint64_t{std::random_device()()} << 32) + std::random_device()());
  return seeds.OfRound(round);
}

inline std::string HowToRepeat(std::uint64_t seed) {
  return "to run this again: SYNC_ATOMIC_SEED=" + std::to_string(seed);
}

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_SEED_H_
