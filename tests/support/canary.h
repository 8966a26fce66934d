// SPDX-License-Identifier: Apache-2.0

// Canary: an object that shows whether it is whole and alive, and how many of
// its kind are.

#ifndef SYNC_ATOMIC_TESTS_SUPPORT_CANARY_H_
#define SYNC_ATOMIC_TESTS_SUPPORT_CANARY_H_

#include <atomic>
#include <cstdint>

namespace sync_atomic {
namespace testing {

class Canary {
 public:
  explicit Canary(std::uint64_t number) : number_(number), check_(~number) {
    alive_.fetch_add(1);
  }
  Canary(const Canary& other) : Canary(other.number_) {}
  Canary& operator=(const Canary&) = delete;
  ~Canary() {
    // Through volatile, since a compiler drops stores to what is about to die.
    volatile std::uint64_t* const words[] = {&number_, &check_};
    for (volatile std::uint64_t* const word : words) *word = kDead;
    alive_.fetch_sub(1);
  }

  // Both halves belong together, and the object is not destroyed.
  bool Sings() const { return check_ == ~number_; }

  std::uint64_t number() const { return number_; }

  // How many there are in this process.
  static std::int64_t alive() { return alive_.load(); }

  friend bool operator==(const Canary& a, const Canary& b) {
    return a.number_ == b.number_;
  }

 private:
  static constexpr std::uint64_t kDead = 0xdeadbeefdeadbeef;
  static inline std::atomic<std::int64_t> alive_{0};

  std::uint64_t number_;
  std::uint64_t check_;
};

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_SUPPORT_CANARY_H_
