// Value operations: what can be done to a Value, and what that means for a
// plain variable that is empty or holds an item. Each operation is a row of a
// table: its name, the call, and its meaning.
//
// history_test.cc compares what threads saw with the meanings, property_test.cc
// what one thread did step by step.

#ifndef SYNC_ATOMIC_TESTS_VALUE_VALUE_OPERATIONS_H_
#define SYNC_ATOMIC_TESTS_VALUE_VALUE_OPERATIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/value/value.h"

namespace sync_atomic {
namespace testing {

// ---- What is stored
// ------------------------------------------------------------

// Payloads: made from a number, and able to tell whether they are still so.

struct CanaryPayload {
  explicit CanaryPayload(std::uint32_t number) : canary(number) {}
  bool IsOf(std::uint32_t number) const {
    return canary.Sings() && canary.number() == number;
  }
  Canary canary;
};

struct TextPayload {
  explicit TextPayload(std::uint32_t number) : text(number % 100, 'x') {}
  bool IsOf(std::uint32_t number) const {
    return text == TextPayload(number).text;
  }
  std::string text;
};

struct LargePayload {
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

// ---- What operations mean
// --------------------------------------------------------

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

struct ValueArguments {
  Content item;                // to be stored
  std::uint32_t expected_key;  // of an equal item
  // What the caller's snapshots hold.
  std::uint32_t held_number = 0;
  std::uint32_t held_typed_number = 0;
};

struct ValueResult {
  bool done = true;  // false: it compared, and found something else
  Content seen;      // if it returned any

  friend bool operator==(const ValueResult& a, const ValueResult& b) {
    return a.done == b.done && a.seen == b.seen;
  }
};

// Each operation on a plain Content.
namespace meaning {

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
inline Result CompareHeldAndSwap(Content& x, const Arguments& with) {
  return StoreIf(x.number == with.held_number, x, with);
}
inline Result CompareHeldTypedAndSwap(Content& x, const Arguments& with) {
  return StoreIf(x.number == with.held_typed_number, x, with);
}
inline Result Clear(Content& x, const Arguments&) {
  x = {};
  return {};
}

}  // namespace meaning

// ---- The table
// -------------------------------------------------------------------

// The snapshots that a thread holds; Load and its kin replace them.
template <class T>
struct Held {
  Snapshot any;
  SnapshotOf<T> typed;
};

template <class Payload>
struct ValueOperation {
  using T = Item<Payload>;

  const char* name;
  ValueResult (*run)(Value& x, const ValueArguments& with, Held<T>& held);
  ValueResult (*meaning)(Content& x, const ValueArguments& with);

  static const std::vector<ValueOperation>& All() {
    using Arguments = ValueArguments;
    using Result = ValueResult;
    static const auto make = [](const Arguments& with) {
      return T(with.item.number, with.item.key);
    };
    static const std::vector<ValueOperation> all = {
        {"Load",
         [](Value& x, const Arguments&, Held<T>& held) {
           held.any = x.Load();
           return Result{true, ContentOf(held.any.template TryGet<T>())};
         },
         meaning::Load},
        {"Load<T>",
         [](Value& x, const Arguments&, Held<T>& held) {
           held.typed = x.Load<T>();
           return Result{true, ContentOf(held.typed.get())};
         },
         meaning::Load},
        {"LoadPinned",
         [](Value& x, const Arguments&, Held<T>&) {
           const PinGuard pin;
           return Result{true, ContentOf(x.LoadPinned<T>(pin))};
         },
         meaning::Load},
        {"Store",
         [](Value& x, const Arguments& with, Held<T>&) {
           x.Store(make(with));
           return Result();
         },
         meaning::Store},
        {"Swap",
         [](Value& x, const Arguments& with, Held<T>&) {
           const Snapshot old = x.Swap(make(with));
           return Result{true, ContentOf(old.TryGet<T>())};
         },
         meaning::Swap},
        {"CompareAndSwap",
         [](Value& x, const Arguments& with, Held<T>&) {
           const T expected(kBroken, with.expected_key);
           return Result{x.CompareAndSwap(expected, make(with)), {}};
         },
         meaning::CompareAndSwap},
        {"CompareAndSwap with Empty",
         [](Value& x, const Arguments& with, Held<T>&) {
           return Result{x.CompareAndSwap(Empty(), make(with)), {}};
         },
         meaning::CompareEmptyAndSwap},
        {"CompareAndSwap with nullptr",
         [](Value& x, const Arguments& with, Held<T>&) {
           return Result{x.CompareAndSwap(nullptr, make(with)), {}};
         },
         meaning::CompareEmptyAndSwap},
        {"CompareAndSwap with Snapshot",
         [](Value& x, const Arguments& with, Held<T>& held) {
           return Result{x.CompareAndSwap(held.any, make(with)), {}};
         },
         meaning::CompareHeldAndSwap},
        {"CompareAndSwap with SnapshotOf",
         [](Value& x, const Arguments& with, Held<T>& held) {
           return Result{x.CompareAndSwap(held.typed, make(with)), {}};
         },
         meaning::CompareHeldTypedAndSwap},
        {"Clear",
         [](Value& x, const Arguments&, Held<T>&) {
           x.Clear();
           return Result();
         },
         meaning::Clear},
    };
    return all;
  }
};

// ---- The model
// -------------------------------------------------------------------

// A Value as a Model of linearizability.h.
template <class Payload>
struct ValueModel {
  using T = Item<Payload>;

  using State = Content;
  struct Call {
    const ValueOperation<Payload>* operation;
    ValueArguments with;
  };
  using Result = ValueResult;

  // A call, by somebody who holds these.
  static Call With(const Held<T>& held, Call call) {
    call.with.held_number = ContentOf(held.any.template TryGet<T>()).number;
    call.with.held_typed_number = ContentOf(held.typed.get()).number;
    return call;
  }

  static Result Run(Value& x, const Call& call, Held<T>& held) {
    return call.operation->run(x, call.with, held);
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
           std::to_string(call.with.held_number) + " and " +
           std::to_string(call.with.held_typed_number) + ", was " +
           (result.done ? "done and saw " : "not done and saw ") +
           ToText(result.seen);
  }
};

}  // namespace testing
}  // namespace sync_atomic

#endif  // SYNC_ATOMIC_TESTS_VALUE_VALUE_OPERATIONS_H_
