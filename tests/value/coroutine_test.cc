// SPDX-License-Identifier: Apache-2.0

// Coroutines: what may live while one is suspended, and goes on elsewhere.

#include <coroutine>
#include <exception>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::Canary;

// A coroutine that goes on, on whatever thread, whenever it is resumed.
class Coroutine {
 public:
  struct promise_type {
    Coroutine get_return_object() {
      return Coroutine(Handle::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  Coroutine(Coroutine&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  Coroutine(const Coroutine&) = delete;
  ~Coroutine() {
    if (handle_) handle_.destroy();
  }

  void Resume() { handle_.resume(); }
  bool done() const { return handle_.done(); }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Coroutine(Handle handle) : handle_(handle) {}
  Handle handle_;
};

// Keeps one of each in its frame while it is suspended; pins only in between.
Coroutine Read(const Value& value, const Pointer<Canary>& pointer, bool& sang) {
  const SnapshotOf<Canary> snapshot = value.Load<Canary>();
  const Protected<Canary> kept = pointer.Protect();
  co_await std::suspend_always();
  sang = snapshot->Sings() && kept->Sings();
  const PinGuard pin;
  sang = sang && value.LoadPinned<Canary>(pin)->number() == 2;
}

TEST(CoroutineTest, SnapshotsAndProtectedsGoOnOnAnotherThread) {
  Value value;
  value.Store(Canary(1));
  Pointer<Canary> pointer(new Canary(1));
  bool sang = false;
  {
    Coroutine reader = Read(value, pointer, sang);
    std::thread([&] {
      reader.Resume();
      value.Store(Canary(2));
      Retire(pointer.Swap(new Canary(2)));
      Reclaim();
      EXPECT_EQ(Canary::alive(), 4);  // the old ones, which it reads, too
      // The first thread lives on, so that the second has a record of its own.
      std::thread([&] {
        reader.Resume();
        EXPECT_EQ(Canary::alive(), 2);  // the old ones ended with that
      }).join();
      EXPECT_TRUE(reader.done());
    }).join();
  }
  EXPECT_TRUE(sang);
  delete pointer.Swap(nullptr);
}

}  // namespace
}  // namespace sync_atomic
