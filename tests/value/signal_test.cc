// SPDX-License-Identifier: Apache-2.0

// Real signals: a handler that pins and loads, while the thread that it
// interrupts does everything, and others replace what it reads.

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <thread>

#include "absl/base/attributes.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;

thread_local volatile std::sig_atomic_t in_handler = 0;
std::atomic<int> handled{0};
std::atomic<int> failed{0};

// Knows whether it is destroyed in a handler.
struct Watchful {
  explicit Watchful(std::uint64_t number) : canary(number) {}
  ~Watchful() {
    if (in_handler != 0) failed.fetch_add(1);
  }
  Watchful(const Watchful&) = default;
  Watchful& operator=(const Watchful&) = delete;
  Canary canary;
};

ABSL_CONST_INIT Value value;
ABSL_CONST_INIT Pointer<Watchful> pointer;

void Handle(int) {
  in_handler = 1;
  {
    const PinGuard pin{InSignalHandler()};
    for (int i = 0; i < 10; ++i) {
      const Watchful* const stored = value.LoadPinned<Watchful>(pin);
      if (stored != nullptr && !stored->canary.Sings()) failed.fetch_add(1);
      if (!pointer.Load()->canary.Sings()) failed.fetch_add(1);
    }
  }
  in_handler = 0;
  handled.fetch_add(1);
}

TEST(SignalStressTest, HandlersReadWholeValuesAndRunNoDestructors) {
  const int signals = testing::Effort(2'000);
  struct sigaction action = {};
  action.sa_handler = Handle;
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  value.Store(Watchful(1));
  pointer.Store(new Watchful(1));

  std::atomic<bool> begun{false};
  std::atomic<bool> done{false};
  std::thread interrupted([&] {
    value.Load();
    begun.store(true);
    for (std::uint64_t i = 0; !done.load(); ++i) {
      value.Store(Watchful(i));
      const SnapshotOf<Watchful> held = value.Load<Watchful>();
      if (!held->canary.Sings()) failed.fetch_add(1);
      const Protected<Watchful> protect = pointer.Protect();
      if (!protect->canary.Sings()) failed.fetch_add(1);
      Retire(pointer.Swap(new Watchful(i)));
      const PinGuard pin;
      if (!value.LoadPinned<Watchful>(pin)->canary.Sings()) failed.fetch_add(1);
      if (i % 64 == 0) Reclaim();
    }
  });
  std::thread writer([&] {
    for (std::uint64_t i = 0; !done.load(); ++i) {
      value.Store(Watchful(i));
      Retire(pointer.Swap(new Watchful(i)));
    }
  });
  while (!begun.load()) std::this_thread::yield();
  for (int i = 0; i < signals; ++i) {
    ASSERT_EQ(pthread_kill(interrupted.native_handle(), SIGUSR1), 0);
    while (handled.load() <= i) std::this_thread::yield();
  }
  done.store(true);
  interrupted.join();
  writer.join();
  EXPECT_EQ(failed.load(), 0);
  delete pointer.Swap(nullptr);
  value.Clear();
  Synchronize();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST(SignalDeathTest, AGuardInAHandlerDiesOnAThreadThatIsNew) {
  EXPECT_DEATH(
      std::thread([] { const PinGuard pin{InSignalHandler()}; }).join(),
      "sync/atomic: PinGuard in a signal handler on a thread that has "
      "not used the library");
}

}  // namespace
}  // namespace sync_atomic
