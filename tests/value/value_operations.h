// SPDX-License-Identifier: Apache-2.0

// Value operations: what can be done to a Value or a ValueOf, and what that
// means for a plain variable that is empty or holds an item. Each operation is
// a row of a table: its name, the call, and its meaning.
//
// history_test.cc compares what threads saw with the meanings, property_test.cc
// what one thread did step by step.

#ifndef SYNC_ATOMIC_TESTS_VALUE_VALUE_OPERATIONS_H_
#define SYNC_ATOMIC_TESTS_VALUE_VALUE_OPERATIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/seed.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace sync_atomic {
namespace testing {

// ---- What is stored --------------------------------------------------------

// Payloads: made from a number, and able to tell whether they are still so.

struct CanaryPayload {
  static constexpr char kName[] = "Canary";
  explicit CanaryPayload(std::uint32_t number) : canary(number) {}
  bool IsOf(std::uint32_t number) const {
    return canary.Sings() && canary.number() == number;
  }
  Canary canary;
};

struct TextPayload {
  static constexpr char kName[] = "Text";
  explicit TextPayload(std::uint32_t number) : text(number % 100, 'x') {}
  bool IsOf(std::uint32_t number) const {
    return text == TextPayload(number).text;
  }
  std::string text;
};

struct LargePayload {
  static constexpr char kName[] = "Large";
  explicit LargePayload(std::uint32_t number) { numbers.fill(number); }
  bool IsOf(std::uint32_t number) const {
    for (const std::uint32_t each : numbers) {
      if (each != number) return false;
    }
    return true;
  }
  std::array<std::uint32_t, 256> numbers;
};

// Equal keys make items equal; the number says which item it is.
template <class Payload>
struct Item {
  Item(std::uint32_t number_arg, std::uint32_t key_arg)
      : number(number_arg), key(key_arg), payload(number_arg) {}

  friend bool operator==(const Item& a, const Item& b) {
    return a.key == b.key;
  }

  std::uint32_t number;
  std::uint32_t key;
  Payload payload;
};

// An item of a class of its own, which a ValueOf keeps as it is.
template <class Payload>
struct SpecialItem : Item<Payload> {
  using Item<Payload>::Item;
  std::uint32_t more[4] = {};
};

}  // namespace testing

// Item 0 is never stored.
template <class Payload>
struct IsNil<testing::Item<Payload>> {
  bool operator()(const testing::Item<Payload>& item) const {
    return item.number == 0;
  }
};

namespace testing {

// ---- What operations mean --------------------------------------------------

// What a cell holds. An item's number is never 0.
struct Content {
  std::uint32_t number = 0;  // empty
  std::uint32_t key = 0;

  bool empty() const { return number == 0; }
  friend bool operator==(const Content& a, const Content& b) {
    return a.number == b.number && a.key == b.key;
  }
};

// The number of an item that is not as it was made: nothing explains that.
inline constexpr std::uint32_t kBroken = 0xffffffff;

template <class Payload>
Content ContentOf(const Item<Payload>* item) {
  if (item == nullptr) return {};
  const bool is_whole = item->payload.IsOf(item->number);
  return {is_whole ? item->number : kBroken, item->key};
}

template <class Payload>
Content ContentOf(const Snapshot& snapshot) {
  return ContentOf(snapshot.TryGet<Item<Payload>>());
}
template <class Payload>
Content ContentOf(const SnapshotOf<Item<Payload>>& snapshot) {
  return ContentOf(snapshot.get());
}

struct ValueArguments {
  Content item;                // to be stored
  std::uint32_t expected_key;  // of an equal item
  // What the caller's snapshots hold: the Snapshot and the SnapshotOf.
  std::uint32_t held_any = 0;
  std::uint32_t held = 0;
};

struct ValueResult {
  bool done = true;  // false: it compared, and found something else
  Content seen;      // if it returned any

  friend bool operator==(const ValueResult& a, const ValueResult& b) {
    return a.done == b.done && a.seen == b.seen;
  }
};

// Keys are 0, 1 and so on.
inline constexpr std::uint32_t kKeys = 2;

// Each operation on a plain Content.
namespace meaning {

// What Update() makes of a key.
inline std::uint32_t UpdatedKey(std::uint32_t key) { return (key + 1) % kKeys; }

using Arguments = ValueArguments;
using Result = ValueResult;

inline Result Load(Content& x, const Arguments&) { return {true, x}; }
inline Result Store(Content& x, const Arguments& with) {
  x = with.item;
  return {};
}
inline Result Swap(Content& x, const Arguments& with) {
  return {true, std::exchange(x, with.item)};
}
inline Result StoreIf(bool condition, Content& x, const Arguments& with) {
  if (condition) x = with.item;
  return {condition, {}};
}
inline Result CompareAndSwap(Content& x, const Arguments& with) {
  return StoreIf(!x.empty() && x.key == with.expected_key, x, with);
}
inline Result CompareEmptyAndSwap(Content& x, const Arguments& with) {
  return StoreIf(x.empty(), x, with);
}
inline Result CompareHeldAnyAndSwap(Content& x, const Arguments& with) {
  return StoreIf(x.number == with.held_any, x, with);
}
inline Result CompareHeldAndSwap(Content& x, const Arguments& with) {
  return StoreIf(x.number == with.held, x, with);
}
inline Result Update(Content& x, const Arguments& with) {
  if (!x.empty()) x = {with.item.number, UpdatedKey(x.key)};
  return {true, x};
}
inline Result WaitForChange(Content& x, const Arguments& with) {
  return {x.number != with.held, {}};
}
inline Result Clear(Content& x, const Arguments&) {
  x = {};
  return {};
}
// Whatever has no effect, and whatever is refused.
inline Result Nothing(Content&, const Arguments&) { return {}; }
inline Result Refuse(Content&, const Arguments&) { return {false, {}}; }

}  // namespace meaning

// ---- The tables ------------------------------------------------------------

// What a thread holds of a cell; Load and its kin replace it.
template <class Cell, class T>
struct Held {
  Snapshot any;
  SnapshotOf<T> typed;
};
template <class T>
struct Held<ValueOf<T>, T> {
  Snapshot any;  // of a ValueOf there are none
  SnapshotOf<T> typed;
  std::optional<typename ValueOf<T>::Reader> reader;
};

template <class Cell, class T>
struct ValueOperation {
  const char* name;
  ValueResult (*run)(Cell& x, const ValueArguments& with, Held<Cell, T>& held);
  ValueResult (*meaning)(Content& x, const ValueArguments& with);
};

template <class Cell, class T>
using ValueOperations = std::vector<ValueOperation<Cell, T>>;

// The few calls that a Value is told the type in.
template <class T>
SnapshotOf<T> LoadFrom(const Value& x) {
  return x.Load<T>();
}
template <class T>
SnapshotOf<T> LoadFrom(const ValueOf<T>& x) {
  return x.Load();
}
template <class T, class F>
auto ReadFrom(const Value& x, F f) {
  return x.Read<T>(f);
}
template <class T, class F>
auto ReadFrom(const ValueOf<T>& x, F f) {
  return x.Read(f);
}
template <class T>
const T* LoadPinnedFrom(const Value& x, const PinGuard& pin) {
  return x.LoadPinned<T>(pin);
}
template <class T>
const T* LoadPinnedFrom(const ValueOf<T>& x, const PinGuard& pin) {
  return x.LoadPinned(pin);
}
template <class T, class F>
SnapshotOf<T> UpdateIn(Value& x, F f) {
  return x.Update<T>(f);
}
template <class T, class F>
SnapshotOf<T> UpdateIn(ValueOf<T>& x, F f) {
  return x.Update(f);
}
template <class T, class F>
absl::StatusOr<SnapshotOf<T>> TryUpdateIn(Value& x, F f) {
  return x.TryUpdate<T>(f);
}
template <class T, class F>
absl::StatusOr<SnapshotOf<T>> TryUpdateIn(ValueOf<T>& x, F f) {
  return x.TryUpdate(f);
}

template <class T>
T MakeItem(const ValueArguments& with) {
  return T(with.item.number, with.item.key);
}
template <class T>
T ExpectedItem(const ValueArguments& with) {
  return T(kBroken, with.expected_key);
}
// What a Try form answers if it was refused, for `reason`.
inline ValueResult Refused(const absl::Status& status,
                           absl::StatusCode reason) {
  return {status.code() != reason, {}};
}

// What both kinds of cells can do.
template <class Cell, class Payload>
ValueOperations<Cell, Item<Payload>> OperationsOfACell() {
  using T = Item<Payload>;
  using With = ValueArguments;
  using Result = ValueResult;
  using Holds = Held<Cell, T>;
  return {
      {"Load",
       [](Cell& x, const With&, Holds& held) {
         held.typed = LoadFrom<T>(x);
         return Result{true, ContentOf(held.typed)};
       },
       meaning::Load},
      {"Read",
       [](Cell& x, const With&, Holds&) {
         return Result{true, ReadFrom<T>(x, [](const T* item) {
                         return ContentOf(item);
                       })};
       },
       meaning::Load},
      {"LoadPinned",
       [](Cell& x, const With&, Holds&) {
         const PinGuard pin;
         return Result{true, ContentOf(LoadPinnedFrom<T>(x, pin))};
       },
       meaning::Load},
      {"Store",
       [](Cell& x, const With& with, Holds&) {
         x.Store(MakeItem<T>(with));
         return Result();
       },
       meaning::Store},
      {"TryStore",
       [](Cell& x, const With& with, Holds&) {
         return Result{x.TryStore(MakeItem<T>(with)).ok(), {}};
       },
       meaning::Store},
      {"Emplace",
       [](Cell& x, const With& with, Holds&) {
         x.template Emplace<T>(with.item.number, with.item.key);
         return Result();
       },
       meaning::Store},
      {"Swap",
       [](Cell& x, const With& with, Holds&) {
         return Result{true, ContentOf<Payload>(x.Swap(MakeItem<T>(with)))};
       },
       meaning::Swap},
      {"TrySwap",
       [](Cell& x, const With& with, Holds&) {
         return Result{
             true, ContentOf<Payload>(x.TrySwap(MakeItem<T>(with)).value())};
       },
       meaning::Swap},
      {"CompareAndSwap",
       [](Cell& x, const With& with, Holds&) {
         return Result{
             x.CompareAndSwap(ExpectedItem<T>(with), MakeItem<T>(with)), {}};
       },
       meaning::CompareAndSwap},
      {"TryCompareAndSwap",
       [](Cell& x, const With& with, Holds&) {
         return Result{
             x.TryCompareAndSwap(ExpectedItem<T>(with), MakeItem<T>(with))
                 .value(),
             {}};
       },
       meaning::CompareAndSwap},
      {"CompareAndSwap with Empty",
       [](Cell& x, const With& with, Holds&) {
         return Result{x.CompareAndSwap(Empty(), MakeItem<T>(with)), {}};
       },
       meaning::CompareEmptyAndSwap},
      {"TryCompareAndSwap with Empty",
       [](Cell& x, const With& with, Holds&) {
         return Result{x.TryCompareAndSwap(Empty(), MakeItem<T>(with)).value(),
                       {}};
       },
       meaning::CompareEmptyAndSwap},
      {"CompareAndSwap with nullptr",
       [](Cell& x, const With& with, Holds&) {
         return Result{x.CompareAndSwap(nullptr, MakeItem<T>(with)), {}};
       },
       meaning::CompareEmptyAndSwap},
      {"CompareAndSwap with SnapshotOf",
       [](Cell& x, const With& with, Holds& held) {
         return Result{x.CompareAndSwap(held.typed, MakeItem<T>(with)), {}};
       },
       meaning::CompareHeldAndSwap},
      {"TryCompareAndSwap with SnapshotOf",
       [](Cell& x, const With& with, Holds& held) {
         return Result{
             x.TryCompareAndSwap(held.typed, MakeItem<T>(with)).value(), {}};
       },
       meaning::CompareHeldAndSwap},
      {"Update",
       [](Cell& x, const With& with, Holds& held) {
         held.typed = UpdateIn<T>(x, [&with](const T& old) {
           return T(with.item.number, meaning::UpdatedKey(old.key));
         });
         return Result{true, ContentOf(held.typed)};
       },
       meaning::Update},
      {"TryUpdate",
       [](Cell& x, const With& with, Holds& held) {
         held.typed =
             TryUpdateIn<T>(x, [&with](const T& old) {
               return T(with.item.number, meaning::UpdatedKey(old.key));
             }).value();
         return Result{true, ContentOf(held.typed)};
       },
       meaning::Update},
      {"WaitForChange",
       [](Cell& x, const With&, Holds& held) {
         return Result{x.WaitForChange(held.typed, absl::ZeroDuration()), {}};
       },
       meaning::WaitForChange},
      {"Clear",
       [](Cell& x, const With&, Holds&) {
         x.Clear();
         return Result();
       },
       meaning::Clear},
  };
}

template <class Operations>
Operations Together(Operations some, const Operations& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

template <class Payload>
ValueOperations<Value, Item<Payload>> OperationsOfAValue() {
  using T = Item<Payload>;
  using With = ValueArguments;
  using Result = ValueResult;
  using Holds = Held<Value, T>;
  return Together(
      OperationsOfACell<Value, Payload>(),
      {
          {"Load of a Snapshot",
           [](Value& x, const With&, Holds& held) {
             held.any = x.Load();
             return Result{true, ContentOf<Payload>(held.any)};
           },
           meaning::Load},
          {"TryLoad",
           [](Value& x, const With&, Holds& held) {
             held.typed = x.TryLoad<T>().value();
             return Result{true, ContentOf(held.typed)};
           },
           meaning::Load},
          {"TryRead",
           [](Value& x, const With&, Holds&) {
             return Result{true, x.TryRead<T>([](const T* item) {
                                    return ContentOf(item);
                                  }).value()};
           },
           meaning::Load},
          {"TryLoadPinned",
           [](Value& x, const With&, Holds&) {
             const PinGuard pin;
             return Result{true, ContentOf(x.TryLoadPinned<T>(pin).value())};
           },
           meaning::Load},
          {"TryEmplace",
           [](Value& x, const With& with, Holds&) {
             return Result{
                 x.TryEmplace<T>(with.item.number, with.item.key).ok(), {}};
           },
           meaning::Store},
          {"CompareAndSwap with Snapshot",
           [](Value& x, const With& with, Holds& held) {
             return Result{x.CompareAndSwap(held.any, MakeItem<T>(with)), {}};
           },
           meaning::CompareHeldAnyAndSwap},
          {"TryCompareAndSwap with Snapshot",
           [](Value& x, const With& with, Holds& held) {
             return Result{
                 x.TryCompareAndSwap(held.any, MakeItem<T>(with)).value(), {}};
           },
           meaning::CompareHeldAnyAndSwap},
          {"CompareAndSwap with nil",
           [](Value& x, const With& with, Holds&) {
             return Result{x.CompareAndSwap(T(0, 0), MakeItem<T>(with)), {}};
           },
           meaning::CompareEmptyAndSwap},
          {"TryStore of nil",
           [](Value& x, const With&, Holds&) {
             return Refused(x.TryStore(T(0, 0)),
                            absl::StatusCode::kInvalidArgument);
           },
           meaning::Refuse},
          {"TrySwap of nil",
           [](Value& x, const With&, Holds&) {
             return Refused(x.TrySwap(T(0, 0)).status(),
                            absl::StatusCode::kInvalidArgument);
           },
           meaning::Refuse},
          {"TryCompareAndSwap with Empty, of nil",
           [](Value& x, const With&, Holds&) {
             return Refused(x.TryCompareAndSwap(Empty(), T(0, 0)).status(),
                            absl::StatusCode::kInvalidArgument);
           },
           meaning::Refuse},
      });
}

template <class Payload>
ValueOperations<ValueOf<Item<Payload>>, Item<Payload>> OperationsOfAValueOf() {
  using T = Item<Payload>;
  using Special = SpecialItem<Payload>;
  using Cell = ValueOf<T>;
  using With = ValueArguments;
  using Result = ValueResult;
  using Holds = Held<Cell, T>;
  return Together(
      OperationsOfACell<Cell, Payload>(),
      {
          {"Load of a Reader",
           [](Cell& x, const With&, Holds& held) {
             if (!held.reader) held.reader.emplace(x);
             return Result{true, ContentOf(held.reader->Load())};
           },
           meaning::Load},
          {"Release of a Reader",
           [](Cell&, const With&, Holds& held) {
             if (held.reader) held.reader->Release();
             return Result();
           },
           meaning::Nothing},
          {"Store of a derived class",
           [](Cell& x, const With& with, Holds&) {
             x.Store(MakeItem<Special>(with));
             return Result();
           },
           meaning::Store},
          {"Emplace of a derived class",
           [](Cell& x, const With& with, Holds&) {
             x.template Emplace<Special>(with.item.number, with.item.key);
             return Result();
           },
           meaning::Store},
          {"Store of a unique_ptr",
           [](Cell& x, const With& with, Holds&) {
             x.Store(std::make_unique<Special>(MakeItem<Special>(with)));
             return Result();
           },
           meaning::Store},
          {"TryStore of a null unique_ptr",
           [](Cell& x, const With&, Holds&) {
             return Refused(x.TryStore(std::unique_ptr<T>()),
                            absl::StatusCode::kInvalidArgument);
           },
           meaning::Refuse},
          {"Swap with a shared_ptr",
           [](Cell& x, const With& with, Holds&) {
             return Result{
                 true,
                 ContentOf(x.Swap(std::make_shared<T>(MakeItem<T>(with))))};
           },
           meaning::Swap},
          {"CompareAndSwap with a unique_ptr",
           [](Cell& x, const With& with, Holds&) {
             return Result{
                 x.CompareAndSwap(ExpectedItem<T>(with),
                                  std::make_unique<T>(MakeItem<T>(with))),
                 {}};
           },
           meaning::CompareAndSwap},
          {"CompareAndSwap with SnapshotOf and a shared_ptr",
           [](Cell& x, const With& with, Holds& held) {
             return Result{
                 x.CompareAndSwap(held.typed, std::make_shared<Special>(
                                                  MakeItem<Special>(with))),
                 {}};
           },
           meaning::CompareHeldAndSwap},
          {"Update to a unique_ptr",
           [](Cell& x, const With& with, Holds& held) {
             held.typed = x.Update([&with](const T& old) {
               return std::make_unique<T>(with.item.number,
                                          meaning::UpdatedKey(old.key));
             });
             return Result{true, ContentOf(held.typed)};
           },
           meaning::Update},
      });
}

// ---- The cells -------------------------------------------------------------

template <class P>
struct ValueSubject {
  using Payload = P;
  using Cell = Value;
  static auto Operations() { return OperationsOfAValue<Payload>(); }
};
template <class P>
struct ValueOfSubject {
  using Payload = P;
  using Cell = ValueOf<Item<Payload>>;
  static auto Operations() { return OperationsOfAValueOf<Payload>(); }
};

struct SubjectName {
  template <class Subject>
  static std::string GetName(int) {
    using Payload = typename Subject::Payload;
    return std::is_same_v<Subject, ValueSubject<Payload>>
               ? std::string("Value_") + Payload::kName
               : std::string("ValueOf_") + Payload::kName;
  }
};

// ---- The model -------------------------------------------------------------

// A cell as a Model of linearizability.h.
template <class Subject>
struct ValueModel {
  using Cell = typename Subject::Cell;
  using Payload = typename Subject::Payload;
  using T = Item<Payload>;
  using Operation = ValueOperation<Cell, T>;
  using Holds = Held<Cell, T>;

  using State = Content;
  struct Call {
    const Operation* operation;
    ValueArguments with;
  };
  using Result = ValueResult;

  static const std::vector<Operation>& Operations() {
    static const std::vector<Operation> operations = Subject::Operations();
    return operations;
  }

  // A random call that stores the item `number`, if any. Keys are few, so that
  // items are often equal.
  static Call AnyCall(Random& random, std::uint32_t number) {
    const auto any_key = [&random] {
      return static_cast<std::uint32_t>(random.Below(kKeys));
    };
    Call call = {&random.OneOf(Operations()), {}};
    call.with.item = {number, any_key()};
    call.with.expected_key = any_key();
    return call;
  }

  static Call Load() { return {&Operations().front(), {}}; }

  // Does it; `call` then says also what was held.
  static Result Run(Cell& x, const Call& call, Holds& held) {
    return call.operation->run(x, call.with, held);
  }
  static Call With(const Holds& held, Call call) {
    call.with.held_any = ContentOf<Payload>(held.any).number;
    call.with.held = ContentOf(held.typed).number;
    return call;
  }

  static bool Explains(Content& x, const Call& call, const Result& result) {
    return call.operation->meaning(x, call.with) == result;
  }

  static std::uint64_t Key(const Content& x) {
    return std::uint64_t{x.number} << 32 | x.key;
  }

  static std::string ToText(const Content& x) {
    if (x.empty()) return "nothing";
    if (x.number == kBroken) return "a broken item";
    return "item " + std::to_string(x.number) + " with key " +
           std::to_string(x.key);
  }

  static std::string ToText(const Call& call, const Result& result) {
    return std::string(call.operation->name) + ", given " +
           ToText(call.with.item) + ", expecting key " +
           std::to_string(call.with.expected_key) + ", holding " +
           std::to_string(call.with.held_any) + " and " +
           std::to_string(call.with.held) + ", was " +
           (result.done ? "done and saw " : "not done and saw ") +
           ToText(result.seen);
  }
};

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_VALUE_VALUE_OPERATIONS_H_
