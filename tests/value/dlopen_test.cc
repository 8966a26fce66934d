// SPDX-License-Identifier: Apache-2.0

// Libraries that are opened at run time and bring copies of this one along: a
// plugin that shows nothing but one function (hidden visibility), and one that
// shows everything. Both are opened for themselves alone (RTLD_LOCAL), by a
// program that shows nothing.

#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <new>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "sync_atomic/pointer/reclaim/process_domain.h"
#include "sync_atomic/tests/support/effort.h"
#include "sync_atomic/tests/support/plugin.h"
#include "sync_atomic/tests/support/run_together.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::kAddressSanitizer;
using ::sync_atomic::testing::kThreadSanitizer;
using ::sync_atomic::testing::Plugin;
using ::sync_atomic::testing::RunTogether;

// The paths of three libraries: plugin.cc with hidden visibility, and two of
// the same with default visibility.
std::string hidden, shown, shown_too;

// AddressSanitizer would say what a library leaks that is closed, which is in
// limitations.md: for it none is.
constexpr int kStaysOpen = kAddressSanitizer ? RTLD_NODELETE : 0;

class Library {
 public:
  explicit Library(const std::string& path)
      : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | kStaysOpen)) {
    if (handle_ == nullptr) std::fprintf(stderr, "%s\n", dlerror());
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { EXPECT_EQ(dlclose(handle_), 0); }

  const Plugin& plugin() const {
    return *reinterpret_cast<decltype(&sync_atomic_test_plugin)>(
        dlsym(handle_, "sync_atomic_test_plugin"))();
  }

 private:
  void* handle_;
};

bool IsLoaded(const std::string& path) {
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (handle != nullptr) dlclose(handle);
  return handle != nullptr;
}

constexpr char kMessage[] =
    "sync/atomic: use of a Value that another copy of the library in this "
    "process has stored to";

TEST(DlopenTest, ACopyWorksBesideAnother) {
  const Library library(hidden);
  EXPECT_NE(library.plugin().domain, &internal::process_domain);
  Value value;
  value.Store(1);
  const SnapshotOf<int> held = value.Load<int>();
  RunTogether(2, [&](int) { EXPECT_EQ(library.plugin().use(), 0); });
  EXPECT_EQ(library.plugin().use(), 0);
  EXPECT_EQ(*held, 1);
}

TEST(DlopenDeathTest, UseOfAnotherCopysValueDies) {
  const Library library(hidden);
  Value value;
  value.Store(1);
  for (const auto operate :
       {library.plugin().store, library.plugin().swap,
        library.plugin().compare_and_swap, library.plugin().clear}) {
    EXPECT_DEATH(operate(value), kMessage);
  }
  for (const auto load : {library.plugin().load, library.plugin().load_any,
                          library.plugin().load_pinned}) {
    EXPECT_DEATH(load(value), kMessage);
  }
  EXPECT_EQ(*value.Load<int>(), 1);
}

TEST(DlopenDeathTest, SoDoesUseOfWhatAnotherCopyHasStoredFirst) {
  const Library library(hidden);
  auto* const value = new Value;
  EXPECT_DEATH(
      {
        library.plugin().store(*value);
        value->Load();
      },
      kMessage);
  EXPECT_DEATH(
      {
        library.plugin().store(*value);
        value->Store(3);
      },
      kMessage);
  EXPECT_DEATH(
      {
        library.plugin().store(*value);
        delete value;
      },
      kMessage);
  delete value;
}

// A ValueOf is somebody's from the start, also while it is empty.
TEST(DlopenDeathTest, UseOfAnotherCopysValueOfDies) {
  const Library library(hidden);
  const Plugin& plugin = library.plugin();
  ValueOf<int> value;
  for (const bool empty : {true, false}) {
    if (!empty) value.Store(1);
    for (const auto operate :
         {plugin.store_of, plugin.swap_of, plugin.compare_and_swap_of,
          plugin.update_of, plugin.clear_of}) {
      EXPECT_DEATH(operate(value), kMessage);
    }
    for (const auto load :
         {plugin.load_of, plugin.load_pinned_of, plugin.read_of}) {
      EXPECT_DEATH(load(value), kMessage);
    }
  }
  EXPECT_EQ(*value.Load(), 1);
}

TEST(DlopenTest, ThreadsMayEndAfterTheLibraryThatTheyUsed) {
  if (kAddressSanitizer || kThreadSanitizer) {
    GTEST_SKIP() << "what a library leaks that is closed is in limitations.md";
  }
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> used{0};
    std::atomic<bool> closed{false};
    std::thread threads[2];
    {
      const Library library(hidden);
      for (std::thread& thread : threads) {
        thread = std::thread([&] {
          EXPECT_EQ(library.plugin().use(), 0);
          library.plugin().leave_something();
          used.fetch_add(1);
          while (!closed.load()) std::this_thread::yield();
        });
      }
      while (used.load() != 2) std::this_thread::yield();
      library.plugin().finish();
    }
    EXPECT_FALSE(IsLoaded(hidden));
    closed.store(true);
    for (std::thread& thread : threads) thread.join();
  }
}

// Two libraries that show everything share the variables of which the system
// has one copy (gcc's unique symbols), and then all of them; or none.
TEST(DlopenTest, LibrariesThatShowEverythingShareAllOrNothing) {
  const Library one(shown), two(shown_too);
  for (const Library* library : {&one, &two, &one}) {
    EXPECT_EQ(library->plugin().use(), 0);
    std::thread([&] { EXPECT_EQ(library->plugin().use(), 0); }).join();
  }
  if (one.plugin().domain != two.plugin().domain) return;
  // Not destroyed: the destructor would be the program's, of another copy.
  alignas(Value) unsigned char memory[sizeof(Value)];
  auto* const value = new (memory) Value;
  one.plugin().store(*value);
  two.plugin().load(*value);
  two.plugin().load_any(*value);
  two.plugin().swap(*value);
  one.plugin().load_pinned(*value);
  two.plugin().clear(*value);
  one.plugin().finish();
}

// Two libraries that share all but the class that a cell holds, which is hidden
// in each: it is the same class all the same.
TEST(DlopenTest, AHiddenClassIsTheSameInLibrariesThatShareTheDomain) {
  const Library one(shown), two(shown_too);
  alignas(void*) unsigned char cell[2 * sizeof(void*)];
  one.plugin().make_own(cell);
  EXPECT_EQ(one.plugin().use_own(cell), 0);
  if (one.plugin().domain == two.plugin().domain) {
    EXPECT_EQ(two.plugin().use_own(cell), 0);
  }
  EXPECT_EQ(one.plugin().use_own(cell), 0);
  one.plugin().finish();
}

}  // namespace
}  // namespace sync_atomic

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  // With a slash, so that it is not searched for.
  const std::string here = argv[0];
  const std::string program =
      here.find('/') == std::string::npos ? "./" + here : here;
  sync_atomic::hidden = program + ".hidden.so";
  sync_atomic::shown = program + ".shown.so";
  sync_atomic::shown_too = program + ".shown_too.so";
  return RUN_ALL_TESTS();
}
