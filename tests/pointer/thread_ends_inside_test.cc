// SPDX-License-Identifier: Apache-2.0

// A thread that ends where it runs code of others: in a deleter, a destructor
// or in Synchronize. It leaves nothing held, and nobody waits for it; the rest
// of what it was disposing of goes to others. And what a deleter throws.
//
// pthread_exit and cancellation unwind the thread's stack with glibc, and do
// not elsewhere: a deleter that leaves its stack for good shows the second
// kind.

#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::Throw;

// Runs f on a thread that may end in the middle of it.
void OnAThreadThatEnds(const std::function<void()>& f) {
  { const PinGuard makes_a_record_of_our_own; }
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void* run) -> void* {
                  (*static_cast<const std::function<void()>*>(run))();
                  return nullptr;
                },
                const_cast<std::function<void()>*>(&f)),
            0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
}

// Retires some, of which the deleter of the first that is disposed of ends the
// thread.
void RetireSomeAndEnd(const std::function<void()>& end) {
  auto first = std::make_shared<bool>(true);
  const PinGuard pin;  // so that all are disposed of by one reclaim
  for (std::uint64_t i = 0; i < 10; ++i) {
    Retire(new Canary(i), [first, end](Canary* canary) {
      delete canary;
      if (*first) {
        *first = false;
        end();
      }
    });
  }
}

// Others are free to go on, and all has been destroyed.
void ExpectNothingIsLeft() {
  Synchronize();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  const ReclaimStats stats = GetReclaimStats();
  EXPECT_FALSE(stats.oldest_pin.has_value());
  EXPECT_EQ(stats.pending, 0u);
  EXPECT_EQ(stats.pending_bytes, 0u);
}

TEST(ThreadEndsInsideTest, ADeleterByPthreadExit) {
  OnAThreadThatEnds([] {
    Retire(new Canary(1));
    // Not from the end of a guard, which is noexcept.
    for (std::uint64_t i = 0; i < 10; ++i) {
      Retire(new Canary(i), [](Canary* canary) {
        delete canary;
        pthread_exit(nullptr);
      });
    }
  });
  ExpectNothingIsLeft();
}

TEST(ThreadEndsInsideTest, ADeleterByCancellation) {
  OnAThreadThatEnds([] {
    Retire(new Canary(1), [](Canary* canary) {
      delete canary;
      pthread_cancel(pthread_self());
      pthread_testcancel();
    });
  });
  ExpectNothingIsLeft();
}

// Of what it took over from a thread whose deleter blocks.
TEST(ThreadEndsInsideTest, ADeleterInATakeover) {
  std::atomic<int> deleted{0};
  std::atomic<bool> may_end{false};
  std::thread blocked([&] {
    const PinGuard pin;  // so that all are disposed of by one reclaim
    for (std::uint64_t i = 0; i < 10; ++i) {
      Retire(new Canary(i), [&](Canary* canary) {
        delete canary;
        switch (deleted++) {
          case 0:
            while (!may_end) std::this_thread::yield();
            break;
          case 1:
            pthread_exit(nullptr);
        }
      });
    }
  });
  while (deleted == 0) std::this_thread::yield();
  OnAThreadThatEnds([] { Reclaim(); });
  EXPECT_EQ(deleted, 2);
  may_end = true;
  blocked.join();
  ExpectNothingIsLeft();
}

TEST(ThreadEndsInsideTest, TheRestGoesToTheNextThread) {
  std::atomic<bool> ended{false};
  OnAThreadThatEnds([&] {
    std::optional<PinGuard> pin(std::in_place);
    std::thread([&] {  // what it retires waits for the pin
      for (std::uint64_t i = 0; i < 10; ++i) {
        Retire(new Canary(i), [&](Canary* canary) {
          delete canary;
          if (!ended.exchange(true)) pthread_exit(nullptr);
        });
      }
      Reclaim();
    })
        .join();
    pin->Renew();
  });
  EXPECT_TRUE(ended);
  { const PinGuard next; }
  EXPECT_EQ(Canary::alive(), 0);
  ExpectNothingIsLeft();
}

struct EndsItsThread {
  ~EndsItsThread() noexcept(false) { pthread_exit(nullptr); }
  Canary canary{1};
};

TEST(ThreadEndsInsideTest, ADestructorThatMayThrow) {
  OnAThreadThatEnds([] {
    ValueOf<EndsItsThread> cell;
    cell.Emplace();
    cell.Clear();
  });
  OnAThreadThatEnds([] { Retire(new EndsItsThread); });
  ExpectNothingIsLeft();
}

// The deleter goes on on the thread's own stack, and the one that it was called
// on is never gone on with.
TEST(ThreadEndsInsideTest, ADeleterWithoutUnwinding) {
  if (testing::kThreadSanitizer || testing::kAddressSanitizer) {
    GTEST_SKIP() << "sanitizers don't know of stacks that are left";
  }
  static ucontext_t own, other;
  static std::vector<char> stack(256 << 10);
  OnAThreadThatEnds([] {
    ASSERT_EQ(getcontext(&other), 0);
    other.uc_stack.ss_sp = stack.data();
    other.uc_stack.ss_size = stack.size();
    other.uc_link = nullptr;
    makecontext(
        &other, [] { RetireSomeAndEnd([] { setcontext(&own); }); }, 0);
    ASSERT_EQ(swapcontext(&own, &other), 0);
  });
  ExpectNothingIsLeft();
}

TEST(ThreadEndsInsideTest, ASynchronizeThatWaitsForAPin) {
  if (testing::kAddressSanitizer) {
    GTEST_SKIP() << "it isn't told that a cancelled thread left its frames";
  }
  std::atomic<bool> pinned{false}, let_go{false}, waits{false};
  std::thread pin([&] {
    const PinGuard guard;
    pinned.store(true);
    while (!let_go.load()) std::this_thread::yield();
  });
  while (!pinned.load()) std::this_thread::yield();
  pthread_t thread;
  struct Shared {
    std::atomic<bool>* waits;
  } shared = {&waits};
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void* with) -> void* {
                  Retire(new Canary(1));
                  static_cast<Shared*>(with)->waits->store(true);
                  Synchronize();
                  ADD_FAILURE() << "it was to be cancelled";
                  return nullptr;
                },
                &shared),
            0);
  while (!waits.load()) std::this_thread::yield();
  ASSERT_EQ(pthread_cancel(thread), 0);
  void* result = nullptr;
  ASSERT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  let_go.store(true);
  pin.join();
  ExpectNothingIsLeft();
}

// --- Exceptions --------------------------------------------------------------

TEST(ThrowingDeathTest, ADeleterThatThrowsEndsTheProgram) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  EXPECT_DEATH(
      {
        Retire(new int(1), [](int* p) {
          delete p;
          Throw(std::runtime_error("close failed"));
        });
        Reclaim();
      },
      "sync/atomic: a deleter or destructor .* threw .*: close failed");
}

// What can be thrown without a std::exception.
struct Odd {
  static const char* what() { return "odd"; }
};

TEST(ThrowingDeathTest, SoDoesOneThatThrowsSomethingElse) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  EXPECT_DEATH(
      {
        const bool passed = testing::Throws<Odd>([] {
          Retire(new int(1), [](int* p) {
            delete p;
            Throw(Odd());
          });
          Reclaim();
        });
        std::_Exit(passed ? 0 : 1);
      },
      "sync/atomic: .* threw .*: not a std::exception");
}

struct ThrowsAtItsEnd : Retirable {
  // NOLINTNEXTLINE(bugprone-exception-escape): it is what is tested
  ~ThrowsAtItsEnd() noexcept(false) { Throw(std::runtime_error("no end")); }
};

TEST(ThrowingDeathTest, ADestructorThatThrowsEndsTheProgram) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  EXPECT_DEATH(
      {
        Retire(new ThrowsAtItsEnd);
        Reclaim();
      },
      "sync/atomic: .* threw .*: no end");
  EXPECT_DEATH(
      {
        ValueOf<ThrowsAtItsEnd> cell;
        cell.Emplace();
        cell.Clear();
        Reclaim();
      },
      "sync/atomic: .* threw .*: no end");
}

}  // namespace
}  // namespace sync_atomic
