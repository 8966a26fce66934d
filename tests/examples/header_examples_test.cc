// SPDX-License-Identifier: Apache-2.0

// The examples that open the public headers, compiled and run. A header's
// example stands here line for line; `./dev lint` compares them.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "sync_atomic/atomic/atomic_for.h"
#include "sync_atomic/atomic/bool.h"
#include "sync_atomic/atomic/enum.h"
#include "sync_atomic/atomic/float64.h"
#include "sync_atomic/atomic/functions.h"
#include "sync_atomic/atomic/int64.h"
#include "sync_atomic/atomic/word.h"
#include "sync_atomic/pointer/counter.h"
#include "sync_atomic/pointer/functions.h"
#include "sync_atomic/pointer/hazard_pointer.h"
#include "sync_atomic/pointer/histogram.h"
#include "sync_atomic/pointer/owned_bytes.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/pointer.h"
#include "sync_atomic/pointer/protect.h"
#include "sync_atomic/pointer/rcu.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/value/atomic_shared_ptr.h"
#include "sync_atomic/value/derived.h"
#include "sync_atomic/value/map.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/stop.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"
#include "sync_atomic/value/watcher.h"

namespace {

namespace int64_h {

atomic::Int64 served;             // zero
void Handle() { served.Add(1); }  // on any thread
std::int64_t Served() { return served.Load(); }

TEST(HeaderExamplesTest, Int64) {
  Handle();
  Handle();
  EXPECT_EQ(Served(), 2);
}

}  // namespace int64_h

namespace preemption_h {

int appended = 0;
void Append(int entry) { appended += entry; }

TEST(HeaderExamplesTest, PreemptionHint) {
  const int entry = 3;
  const atomic::PinGuard pin(atomic::PreemptionHint::kShortSection);
  Append(entry);  // a few microseconds, without system calls
  EXPECT_EQ(appended, 3);
}

}  // namespace preemption_h

namespace stats_h {

int warnings = 0;
void Warn(std::int64_t, std::uint64_t) { ++warnings; }

TEST(HeaderExamplesTest, ReclaimStats) {
  const absl::Duration too_long = absl::Seconds(10);
  const atomic::ReclaimStats stats = atomic::GetReclaimStats();
  if (stats.oldest_pin && stats.oldest_pin->age > too_long) {
    Warn(stats.oldest_pin->thread, stats.pending);
  }
  EXPECT_EQ(warnings, 0);
}

}  // namespace stats_h

namespace owned_bytes_h {

struct Entry {
  int number;
};

struct Table {
  std::vector<Entry> entries;
  std::string name;
};
std::size_t RetiredBytes(const Table& t) {
  return atomic::OwnedBytes(t.entries) + atomic::OwnedBytes(t.name);
}

TEST(HeaderExamplesTest, OwnedBytes) {
  Table table;
  table.entries.resize(1000);
  table.name = "short";
  EXPECT_EQ(atomic::OwnedBytes(table), 1000 * sizeof(Entry));
}

}  // namespace owned_bytes_h

namespace hazard_pointer_h {

struct Node : atomic::hazard_pointer_obj_base<Node> {
  int data = 0;
};
std::atomic<Node*> head{new Node};

int Read() {
  atomic::hazard_pointer hazard = atomic::make_hazard_pointer();
  return hazard.protect(head)->data;
}
void Replace(Node* node) { head.exchange(node)->retire(); }

TEST(HeaderExamplesTest, HazardPointer) {
  auto* const node = new Node;
  node->data = 2;
  Replace(node);
  EXPECT_EQ(Read(), 2);
  head.exchange(nullptr)->retire();
}

}  // namespace hazard_pointer_h

namespace rcu_h {

struct Table : atomic::rcu_obj_base<Table> {
  int size = 0;
};
std::atomic<Table*> current{new Table};

int Read() {
  const std::scoped_lock region(atomic::rcu_default_domain());
  return current.load()->size;
}
void Replace(Table* table) { current.exchange(table)->retire(); }

TEST(HeaderExamplesTest, Rcu) {
  auto* const table = new Table;
  table->size = 2;
  Replace(table);
  EXPECT_EQ(Read(), 2);
  current.exchange(nullptr)->retire();
}

}  // namespace rcu_h

namespace counter_h {

atomic::Counter requests;           // zero
void Handle() { requests.Add(1); }  // on any thread
std::int64_t Requests() { return requests.Load(); }

TEST(HeaderExamplesTest, Counter) {
  Handle();
  Handle();
  EXPECT_EQ(Requests(), 2);
}

}  // namespace counter_h

namespace bool_h {

atomic::Bool draining;                  // false
void Drain() { draining.Store(true); }  // on any thread
bool Accepts() { return !draining.Load(); }

TEST(HeaderExamplesTest, Bool) {
  EXPECT_TRUE(Accepts());
  Drain();
  EXPECT_FALSE(Accepts());
}

}  // namespace bool_h

namespace enum_h {

enum class State { kIdle, kRunning, kStopped };
atomic::Enum<State> state;  // the one whose value is 0
bool Start() {              // true on one thread alone
  return state.CompareAndSwap(State::kIdle, State::kRunning);
}

enum class Option : unsigned { kNone = 0, kFast = 1, kQuiet = 2 };
atomic::Enum<Option> options;
void BeQuiet() { options.Or(Option::kQuiet); }

TEST(HeaderExamplesTest, Enum) {
  EXPECT_TRUE(Start());
  EXPECT_FALSE(Start());
  EXPECT_EQ(state.Load(), State::kRunning);
  BeQuiet();
  EXPECT_EQ(options.Load(), Option::kQuiet);
}

}  // namespace enum_h

namespace float64_h {

atomic::Float64 seconds;                        // 0.0
void Spend(double more) { seconds.Add(more); }  // on any thread
double Spent() { return seconds.Load(); }

TEST(HeaderExamplesTest, Float64) {
  Spend(0.5);
  Spend(0.25);
  EXPECT_EQ(Spent(), 0.75);
}

}  // namespace float64_h

namespace word_h {

struct Position {
  float x, y;
};
atomic::Word<Position> position;  // {0, 0}
void MoveRight(float by) {        // on any thread
  position.Update([=](Position p) { return Position{p.x + by, p.y}; });
}

TEST(HeaderExamplesTest, Word) {
  MoveRight(1);
  MoveRight(0.5);
  EXPECT_EQ(position.Load().x, 1.5);
  EXPECT_EQ(position.Load().y, 0);
}

}  // namespace word_h

namespace atomic_for_h {

using word_h::Position;

template <class T>
struct Gauge {
  atomic::AtomicFor<T> last;  // Int64, Float64, Bool, Word<Position> ...
  atomic::AtomicFor<T> most;
};

TEST(HeaderExamplesTest, AtomicFor) {
  Gauge<double> load;
  load.most.Max(1.5);
  EXPECT_EQ(load.most.Load(), 1.5);
  Gauge<Position> positions;
  positions.last.Store(Position{1, 2});
  EXPECT_EQ(positions.last.Load().y, 2);
}

}  // namespace atomic_for_h

namespace functions_h {

std::int64_t hits = 0;                      // shared
void Hit() { atomic::AddInt64(&hits, 1); }  // on any thread
std::int64_t Hits() { return atomic::LoadInt64(&hits); }

TEST(HeaderExamplesTest, Functions) {
  Hit();
  Hit();
  EXPECT_EQ(Hits(), 2);
}

}  // namespace functions_h

namespace pointer_functions_h {

struct Node {
  int number;
};

void* head = nullptr;  // shared
void Publish(Node* node) { atomic::StorePointer(&head, node); }
Node* Head() { return static_cast<Node*>(atomic::LoadPointer(&head)); }

TEST(HeaderExamplesTest, PointerFunctions) {
  EXPECT_EQ(Head(), nullptr);
  Node node = {1};
  Publish(&node);
  EXPECT_EQ(Head(), &node);
}

}  // namespace pointer_functions_h

namespace pointer_h {

struct Table {
  int rows;
};
int rows_used = 0;
void Use(const Table& table) { rows_used += table.rows; }

atomic::Pointer<const Table> current;  // null

void Replace(const Table* updated) {
  const Table* old = current.Swap(updated);
  atomic::Retire(old);  // deleted after its last reader
}

void Read() {
  atomic::PinGuard pin;
  const Table* table = current.Load();
  if (table != nullptr) Use(*table);  // alive until the end of `pin`
}

void ReadForLong() {
  atomic::Protected<const Table> table = current.Protect();
  if (table) Use(*table);  // alive until the end of `table`
}

TEST(HeaderExamplesTest, PointerPinProtectAndRetire) {
  Read();
  Replace(new Table{3});
  Read();
  Replace(new Table{4});
  ReadForLong();
  Replace(nullptr);
  ReadForLong();
  EXPECT_EQ(rows_used, 7);
}

}  // namespace pointer_h

namespace value_h {

struct Config {
  std::string address;
  int port;
};

atomic::Value current;
void Reload(Config config) { current.Store(std::move(config)); }
int Port() { return current.Load<Config>()->port; }  // on any thread

int served_on = 0;
void Serve(const std::string&, int port) { served_on = port; }
bool kept = false;
void KeepServing() { kept = true; }

TEST(HeaderExamplesTest, ValueAndSnapshot) {
  Reload(Config{"localhost", 80});
  EXPECT_EQ(Port(), 80);

  atomic::SnapshotOf<Config> config = current.Load<Config>();
  if (config) Serve(config->address, config->port);  // of one Config
  if (config == current.Load<Config>()) KeepServing();
  atomic::SnapshotOf<std::string> address = config.Project(&Config::address);

  EXPECT_EQ(served_on, 80);
  EXPECT_TRUE(kept);
  EXPECT_EQ(*address, "localhost");
}

}  // namespace value_h

namespace status_h {

struct Config {
  std::string address;
  int port;
};

absl::Status Reload(atomic::Value& current, Config config) {
  return current.TryStore(std::move(config));  // fails: another type
}

TEST(HeaderExamplesTest, Status) {
  atomic::Value current;
  EXPECT_TRUE(Reload(current, {"localhost", 80}).ok());
  atomic::Value number;
  number.Store(1);
  EXPECT_EQ(Reload(number, {"localhost", 80}).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace status_h

namespace stop_h {

struct Config {
  int port;
};

int used = 0;
void Use(const Config& config) { used = config.port; }

void Watch(const atomic::ValueOf<Config>& config,
           const atomic::StopToken& stop) {
  atomic::SnapshotOf<Config> seen = config.Load();
  while (config.WaitForChange(seen, absl::InfiniteDuration(), stop)) {
    seen = config.Load();
    if (seen) Use(*seen);
  }
}

TEST(HeaderExamplesTest, Stop) {
  atomic::ValueOf<Config> config;
  atomic::StopSource source;
  std::thread watcher([&] { Watch(config, source.token()); });
  source.RequestStop();
  watcher.join();
  config.Store({80});
  Watch(config, source.token());
  EXPECT_EQ(used, 0);
}

}  // namespace stop_h

namespace map_h {

struct Session {
  bool Serve() const { return true; }
};

atomic::Map<std::string, Session> sessions;
void Begin(const std::string& id) { sessions.Store(id, Session()); }
bool Serve(std::string_view id) {  // on any thread
  const atomic::SnapshotOf<Session> session = sessions.Load(id);
  return session && session->Serve();
}

TEST(HeaderExamplesTest, Map) {
  Begin("one");
  EXPECT_TRUE(Serve("one"));
  EXPECT_FALSE(Serve("two"));

  atomic::Map<std::string, int> requests;
  requests.Update("/", [](const int* n) { return n ? *n + 1 : 1; });
  EXPECT_EQ(*requests.Load("/"), 1);
}

}  // namespace map_h

namespace value_of_h {

class Codec {
 public:
  virtual ~Codec() = default;
  virtual int Encode(int n) const = 0;
};

class FastCodec : public Codec {
 public:
  int Encode(int n) const override { return n; }
};

class NegatingCodec : public Codec {
 public:
  int Encode(int n) const override { return -n; }
};

atomic::ValueOf<Codec> codec;
void UseFast() { codec.Store(FastCodec()); }
void Use(std::unique_ptr<Codec> other) { codec.Store(std::move(other)); }
int Encode(int n) { return codec.Load()->Encode(n); }  // on any thread

int sent = 0;
void Send(int n) { sent += n; }

TEST(HeaderExamplesTest, ValueOfAndReader) {
  UseFast();
  EXPECT_EQ(Encode(3), 3);
  Use(std::make_unique<NegatingCodec>());
  EXPECT_EQ(Encode(3), -3);

  const std::vector<int> batch = {1, 2, 3};
  atomic::ValueOf<Codec>::Reader reader(codec);
  for (const int n : batch) Send(reader.Load()->Encode(n));

  EXPECT_EQ(sent, -6);
}

}  // namespace value_of_h

namespace histogram_h {

atomic::Histogram latency({0.001, 0.01, 0.1, 1});  // seconds
void Handle(double seconds) { latency.Observe(seconds); }
std::uint64_t Fast() { return latency.Collect().CountUpTo(1); }  // <= 0.01

TEST(HeaderExamplesTest, Histogram) {
  for (const double seconds : {0.0005, 0.01, 0.02, 5.0}) Handle(seconds);
  EXPECT_EQ(Fast(), 2u);
}

}  // namespace histogram_h

namespace atomic_shared_ptr_h {

struct Session {
  int number = 7;
};

std::shared_ptr<Session> used;

atomic::AtomicSharedPtr<Session> current;
void Renew() { current.store(std::make_shared<Session>()); }
void Use(std::shared_ptr<Session> session);
void UseNow() { Use(current.load()); }           // a shared_ptr, counted
int Number() { return current.Load()->number; }  // counts nothing

void Use(std::shared_ptr<Session> session) { used = std::move(session); }

TEST(HeaderExamplesTest, AtomicSharedPtr) {
  Renew();
  UseNow();
  used->number = 8;
  EXPECT_EQ(Number(), 8);
}

}  // namespace atomic_shared_ptr_h

namespace watcher_h {

struct Config {
  int log_level = 0;
};

std::atomic<int> level{-1};
void SetLogLevel(int now) { level.store(now); }

TEST(HeaderExamplesTest, Watcher) {
  // clang-format off
  atomic::ValueOf<Config> config;
  atomic::Watcher<Config> log_level(  // a member of what it calls
      config, [](const atomic::SnapshotOf<Config>& old,
                 const atomic::SnapshotOf<Config>& now) {
        if (now && (!old || old->log_level != now->log_level)) {
          SetLogLevel(now->log_level);
        }
      });
  // clang-format on
  EXPECT_EQ(level.load(), -1);
  config.Store(Config{2});
  while (level.load() != 2) std::this_thread::yield();

  struct {
    std::function<void()> added;
    void Add(std::function<void()> call) { added = std::move(call); }
  } pool;
  const auto f = [](const atomic::SnapshotOf<Config>&,
                    const atomic::SnapshotOf<Config>&) {};
  atomic::Watcher<Config> watcher(
      config, f,
      [&pool](std::function<void()> call) { pool.Add(std::move(call)); });
  EXPECT_FALSE(pool.added);
}

}  // namespace watcher_h

namespace derived_h {

struct Config {
  int offset;
};
struct Hosts {
  std::vector<int> numbers;
};
struct Routes {
  std::vector<int> hops;
  int HopOf(int n) const { return hops[static_cast<std::size_t>(n)]; }
};
Routes MakeRoutes(const Config& c, const Hosts& h) {
  Routes routes;
  for (const int number : h.numbers) routes.hops.push_back(number + c.offset);
  return routes;
}

atomic::ValueOf<Config> config;
atomic::ValueOf<Hosts> hosts;
atomic::Derived<Routes> routes(&MakeRoutes, config, hosts);
int Hop(int n) { return routes.Load()->HopOf(n); }  // on any thread

TEST(HeaderExamplesTest, Derived) {
  config.Store(Config{10});
  hosts.Store(Hosts{{1, 2}});
  EXPECT_TRUE(routes.WaitUntilCurrent());
  EXPECT_EQ(Hop(1), 12);
}

}  // namespace derived_h

// IsNil is specialised in the library's namespace, at file scope.
struct Handle {
  int number;
  bool valid() const { return number >= 0; }
};

}  // namespace

template <>
struct sync_atomic::IsNil<Handle> {
  bool operator()(const Handle& handle) const { return !handle.valid(); }
};

namespace {

TEST(HeaderExamplesTest, IsNil) {
  EXPECT_TRUE(sync_atomic::IsNil<Handle>()(Handle{-1}));
  EXPECT_FALSE(sync_atomic::IsNil<Handle>()(Handle{0}));
}

}  // namespace
