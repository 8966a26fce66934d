// SPDX-License-Identifier: Apache-2.0

// The examples of docs/coming_from_go.md and docs/limitations.md, and README's
// of each kind of cell, compiled and run.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/uint32.h"
#include "sync_atomic/atomic/uint64.h"
#include "sync_atomic/atomic/uintptr.h"
#include "sync_atomic/pointer/functions.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace {

namespace words {

TEST(ComingFromGoTest, Words) {
  // [words]
  atomic::Int64 n;                          // var n atomic.Int64
  n.Store(7);                               // n.Store(7)
  const bool was = n.CompareAndSwap(7, 8);  // n.CompareAndSwap(7, 8)
  const auto sum = n.Add(2);                // n.Add(2): the new value
  const auto old = n.And(0xff);             // n.And(0xff): the old one

  std::int32_t plain = 0;       // var plain int32
  atomic::AddInt32(&plain, 1);  // atomic.AddInt32(&plain, 1)
  // [/words]
  EXPECT_TRUE(was);
  EXPECT_EQ(sum, 10);
  EXPECT_EQ(old, 10);
  EXPECT_EQ(plain, 1);
}

}  // namespace words

namespace value {

struct Config {
  std::string upstream;
  std::vector<std::string> hosts;
};

TEST(ComingFromGoTest, Value) {
  // [value]
  atomic::Value v;                       // var v atomic.Value
  v.Store(Config{"a", {"x", "y"}});      // v.Store(Config{...})
  const auto config = v.Load<Config>();  // v.Load().(Config)
  const std::string upstream = config->upstream;
  const atomic::Snapshot any = v.Load();       // v.Load()
  const Config* maybe = any.TryGet<Config>();  // c, ok := v.Load().(Config)
  // [/value]
  EXPECT_EQ(upstream, "a");
  ASSERT_NE(maybe, nullptr);
  EXPECT_EQ(maybe->hosts.size(), 2u);
}

TEST(ComingFromGoTest, Status) {
  atomic::Value v;
  v.Store(Config());
  // [status]
  const absl::Status status = v.TryStore(42);
  // "sync/atomic: store of inconsistently typed value into Value
  //  (holds Config, given int)", and v is unchanged
  // [/status]
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ComingFromGoTest, Lifetime) {
  atomic::Value v;
  v.Store(Config{"a", {"x"}});
  // [lifetime]
  // A part of the config, which keeps all of it alive:
  const auto hosts = v.Load<Config>().Project(&Config::hosts);
  v.Store(Config{"b", {}});
  const std::size_t count = hosts->size();  // of the first config
  // [/lifetime]
  EXPECT_EQ(count, 1u);
}

// docs/limitations.md: the range is a member of what a snapshot shows. Each
// form still reads the old hosts after a Store in its first iteration.
TEST(LimitationsTest, ARangeForNeedsANamedSnapshot) {
  atomic::Value current;
  current.Store(Config{"a", {"x", "y"}});
  std::string greeted;
  const auto Greet = [&](const std::string& host) {
    current.Store(Config{"b", {"z"}});
    current.Store(Config{"a", {"x", "y"}});
    greeted += host;
  };
  // [range-for]
  const atomic::SnapshotOf<Config> config = current.Load<Config>();
  for (const std::string& host : config->hosts) Greet(host);

  const auto hosts = current.Load<Config>().Project(&Config::hosts);
  for (const std::string& host : *hosts) Greet(host);
  // [/range-for]
  EXPECT_EQ(greeted, "xyxy");
}

}  // namespace value

namespace waiting {

TEST(ComingFromGoTest, Waiting) {
  // [waiting]
  atomic::ValueOf<std::string> name;
  auto seen = name.Load();  // empty
  name.Store("first");
  const bool changed = name.WaitForChange(seen, absl::Seconds(1));
  // [/waiting]
  EXPECT_TRUE(changed);
}

}  // namespace waiting

namespace which {

struct Table {
  int size = 1;
};

TEST(WhichOneTest, EachReads) {
  // [which]
  atomic::Int32 limit(5);
  int n = limit.Load();  // a number

  static const Table kDefault;
  atomic::Pointer<const Table> table;  // owns nothing
  table.Store(&kDefault);
  n += table.Protect()->size;  // protects one object
  {
    const atomic::PinGuard pin;  // protects everything reachable
    n += table.Load()->size;
  }

  atomic::Value any;  // any one type, fixed by the first Store
  any.Store(Table{2});
  n += any.Load<Table>()->size;

  atomic::ValueOf<Table> typed;  // this type, or a derived one
  typed.Store(Table{3});
  n += typed.Load()->size;

  atomic::ValueOf<Table>::Reader reader(typed);  // for one thread, in a loop
  for (int i = 0; i < 3; ++i) n += reader.Load()->size;
  // [/which]
  EXPECT_EQ(n, 5 + 1 + 1 + 2 + 3 + 9);
}

}  // namespace which

// ---- The tables, row by row -------------------------------------------------

namespace rows {

// A type of words: zero at first, and not to be copied.
template <class Word>
void IsZero() {
  Word word;
  EXPECT_FALSE(word.Load());
  static_assert(!std::is_copy_constructible_v<Word>);
}

TEST(GoRowsTest, Words) {
  // [go-words]
  IsZero<atomic::Int32>();
  IsZero<atomic::Int64>();
  IsZero<atomic::Uint32>();
  IsZero<atomic::Uint64>();
  IsZero<atomic::Uintptr>();
  IsZero<atomic::Bool>();
  using T = int;
  IsZero<atomic::Pointer<T>>();
  IsZero<atomic::UnsafePointer>();

  {
    std::int32_t v = 1;
    EXPECT_EQ(atomic::AddInt32(&v, 1), 2);
  }
  const int v = 6, old = 6, updated = 12, d = 3, m = 0x7;
  atomic::Int64 x(5);
  EXPECT_EQ(x.Load(), 5);
  x.Store(v);
  EXPECT_EQ(x.Swap(v), 6);
  EXPECT_TRUE(x.CompareAndSwap(old, updated));
  EXPECT_FALSE(x.CompareAndSwap(old, updated));
  EXPECT_EQ(x.Add(d), 15);  // the new value
  EXPECT_EQ(x.And(m), 15);  // the old one
  EXPECT_EQ(x.Or(m), 7);    // the old one
  EXPECT_EQ(x.Load(), 7);
  // [/go-words]
  static_assert(alignof(atomic::Int64) == 8);
  static_assert(alignof(atomic::Uint64) == 8);
}

struct Interface {
  virtual ~Interface() = default;
  virtual int Number() const = 0;
};
template <int kNumber>
struct Derived : Interface {
  int Number() const override { return kNumber; }
};

TEST(GoRowsTest, Value) {
  using T = std::string;
  const auto timeout = absl::Seconds(1);
  // [go-value]
  atomic::Value v;
  const atomic::Snapshot seen = v.Load();
  EXPECT_FALSE(seen);  // an empty Snapshot
  v.Emplace<T>(1, 'e');
  EXPECT_TRUE(v.WaitForChange(seen, timeout));
  EXPECT_EQ(*v.Load<T>(), "e");
  {
    const auto f = [](const T& text) { return text + "f"; };
    EXPECT_EQ(*v.Update<T>(f), "ef");
  }
  {
    std::string read;
    const auto f = [&read](const T* text) { read = *text; };
    v.Read<T>(f);
    EXPECT_EQ(read, "ef");
  }
  bool found = false;
  {
    const auto s = v.Load();
    if (const T* x = s.TryGet<T>()) {
      v.Store(T("fg"));
      found = *x == "ef";
    }
    EXPECT_EQ(s.TryGet<int>(), nullptr);
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(**v.TryLoad<T>(), "fg");
  EXPECT_FALSE(v.TryLoad<int>().ok());
  const T x = "x", old = "x", updated = "y";
  v.Store(x);
  EXPECT_EQ(*v.Load<T>(), "x");
  EXPECT_EQ(v.Swap(x).Get<T>(), "x");
  EXPECT_TRUE(v.CompareAndSwap(old, updated));
  EXPECT_FALSE(v.CompareAndSwap(old, updated));
  EXPECT_TRUE(v.CompareAndSwap(v.Load(), updated));
  v.Clear();
  EXPECT_TRUE(v.CompareAndSwap(atomic::Empty(), updated));
  v.Clear();
  EXPECT_TRUE(v.CompareAndSwap(nullptr, updated));
  EXPECT_FALSE(v.TryStore(static_cast<int*>(nullptr)).ok());
  atomic::ValueOf<Interface> of;
  of.Store(Derived<1>());
  EXPECT_EQ(of.Load()->Number(), 1);
  of.Store(Derived<2>());
  EXPECT_EQ(of.Load()->Number(), 2);
  // [/go-value]
}

TEST(GoRowsTest, Lifetimes) {
  struct Config {
    int port;
  };
  // [go-lifetimes]
  atomic::Value v;
  v.Store(Config{1});
  const atomic::SnapshotOf<Config> kept = v.Load<Config>();
  v.Store(Config{2});
  EXPECT_EQ(kept->port, 1);

  atomic::Pointer<Config> p(new Config{3});
  EXPECT_EQ(p.Protect()->port, 3);
  {
    const atomic::PinGuard pin;
    EXPECT_EQ(p.Load()->port, 3);
  }
  atomic::ProcPin();
  EXPECT_TRUE(atomic::IsPinned());
  atomic::ProcUnpin();
  EXPECT_FALSE(atomic::IsPinned());
  const Config* const old = p.Swap(nullptr);
  atomic::Retire(old);

  atomic::ValueOf<std::string> name;
  const auto seen = name.Load();
  const auto timeout = absl::Milliseconds(1);
  EXPECT_FALSE(name.WaitForChange(seen, timeout));
  // [/go-lifetimes]
}

}  // namespace rows

}  // namespace
