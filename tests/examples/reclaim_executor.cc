// SPDX-License-Identifier: Apache-2.0

// reclaim_executor: a large table is destroyed on a thread that has the time,
// and not on the reader's that held it last.
//
// A table of 100 MB in many small pieces takes a while to destroy. Whoever lets
// go of it last does that, and that may be a reader in a hurry. With an
// executor the reader hands it over.
//
// Prints on which thread each of two tables was destroyed, without and with an
// executor; fails if it was another than that.

#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/value.h"

namespace {

// Which thread this is, for people.
thread_local const char* thread_name = "main";

constexpr std::size_t kPieces = 100'000, kPieceSize = 1000;

// Says where it is destroyed.
class Table {
 public:
  explicit Table(std::string* destroyed_on) : destroyed_on_(destroyed_on) {
    pieces_.reserve(kPieces);
    for (std::size_t i = 0; i < kPieces; ++i) {
      pieces_.push_back(std::make_unique<char[]>(kPieceSize));
    }
  }
  Table(Table&& other) noexcept
      : pieces_(std::move(other.pieces_)),
        destroyed_on_(std::exchange(other.destroyed_on_, nullptr)) {}
  ~Table() {
    if (destroyed_on_ != nullptr) *destroyed_on_ = thread_name;
  }

  std::size_t size() const { return pieces_.size() * kPieceSize; }

 private:
  std::vector<std::unique_ptr<char[]>> pieces_;
  std::string* destroyed_on_;
};

// [executor]
// A thread that runs what it is given, in turn, and all of it before it ends.
class Janitor {
 public:
  Janitor() : thread_([this] { Run(); }) {}
  ~Janitor() {
    Add(nullptr);
    thread_.join();
  }
  void Add(std::function<void()> job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
    added_.notify_one();
  }

 private:
  void Run() {
    thread_name = "janitor";
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex_);
      added_.wait(lock, [this] { return !jobs_.empty(); });
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      if (job == nullptr) return;
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::function<void()>> jobs_;
  std::thread thread_;  // the last: it uses the others
};
// [/executor]

// [set]
// While it exists, values are destroyed on the janitor's thread.
class UseJanitor {
 public:
  UseJanitor() {
    atomic::SetReclaimExecutor([this](std::function<void()> destroy) {
      janitor_.Add(std::move(destroy));
    });
  }
  // Resets the executor first: no call of it is running after that. Then the
  // janitor ends, after it has run what it was given.
  ~UseJanitor() { atomic::SetReclaimExecutor(nullptr); }

 private:
  Janitor janitor_;
};
// [/set]

// On which thread a table is destroyed that a reader held last.
std::string DestroyedOn(const std::function<void()>& wait) {
  std::string destroyed_on;
  atomic::Value current;
  current.Store(Table(&destroyed_on));
  std::thread([&] {
    thread_name = "reader";
    const atomic::SnapshotOf<Table> table = current.Load<Table>();
    current.Clear();  // a writer would do that
    std::printf("a reader reads %zu bytes\n", table->size());
  }).join();
  wait();
  std::printf("destroyed by the %s\n", destroyed_on.c_str());
  return destroyed_on;
}

}  // namespace

int main() {
  const bool by_reader = DestroyedOn([] {}) == "reader";

  auto janitor = std::make_unique<UseJanitor>();
  const bool by_janitor = DestroyedOn([&] { janitor.reset(); }) == "janitor";
  return by_reader && by_janitor ? 0 : 1;
}
