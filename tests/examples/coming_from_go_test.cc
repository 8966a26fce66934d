// The examples of docs/coming_from_go.md, docs/limitations.md and README's
// "Which one do I use", compiled and run.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int32.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
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
  //  (holds Config, given int)", and v is as it was
  // [/status]
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ComingFromGoTest, Lifetime) {
  atomic::Value v;
  v.Store(Config{"a", {"x"}});
  // [lifetime]
  // A part of the config, which keeps the whole alive:
  const auto hosts = v.Load<Config>().Project(&Config::hosts);
  v.Store(Config{"b", {}});
  const std::size_t count = hosts->size();  // of the first config
  // [/lifetime]
  EXPECT_EQ(count, 1u);
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
  n += table.Protect()->size;  // one object, alive meanwhile
  {
    const atomic::PinGuard pin;  // whatever is reached from here
    n += table.Load()->size;
  }

  atomic::Value any;  // any one type, fixed by the first Store
  any.Store(Table{2});
  n += any.Load<Table>()->size;

  atomic::ValueOf<Table> typed;  // this type, or one derived from it
  typed.Store(Table{3});
  n += typed.Load()->size;

  atomic::ValueOf<Table>::Reader reader(typed);  // one thread's, in a loop
  for (int i = 0; i < 3; ++i) n += reader.Load()->size;
  // [/which]
  EXPECT_EQ(n, 5 + 1 + 1 + 2 + 3 + 9);
}

}  // namespace which

}  // namespace
