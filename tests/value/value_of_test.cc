// SPDX-License-Identifier: Apache-2.0

// ValueOf<T>: what each operation keeps, returns and leaves. Its Reader is in
// reader_test.cc.

#include "sync_atomic/value/value_of.h"

#include <any>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/internal/checked.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/tests/support/canary.h"
#include "sync_atomic/tests/support/counting_allocator.h"
#include "sync_atomic/tests/support/exceptions.h"
#include "sync_atomic/value/snapshot.h"
#include "sync_atomic/value/status.h"

namespace sync_atomic {
namespace {

using ::sync_atomic::testing::allocated_bytes;
using ::sync_atomic::testing::Canary;
using ::sync_atomic::testing::CountedBytes;
using ::sync_atomic::testing::kExceptions;
using ::sync_atomic::testing::kLarge;
using ::sync_atomic::testing::LargeBytes;
using ::sync_atomic::testing::Throw;
using ::sync_atomic::testing::Throws;

// Shapes are equal that have as many sides.
class Shape {
 public:
  virtual ~Shape() = default;
  virtual int Sides() const = 0;
  friend bool operator==(const Shape& a, const Shape& b) {
    return a.Sides() == b.Sides();
  }
};
class Triangle : public Shape {
 public:
  int Sides() const override { return 3; }
};
class Polygon : public Shape {
 public:
  explicit Polygon(int sides) : sides_(sides) {}
  int Sides() const override { return sides_; }

 private:
  int sides_;
  Canary canary_{1};
};
// Only adopted: it can neither be copied nor moved.
class Fixed : public Polygon {
 public:
  explicit Fixed(int sides) : Polygon(sides) {}
  Fixed(const Fixed&) = delete;
  Fixed& operator=(const Fixed&) = delete;
};

// The sides of what the cell holds, 0 when empty.
int Sides(const ValueOf<Shape>& shape) {
  const SnapshotOf<Shape> held = shape.Load();
  return held ? held->Sides() : 0;
}

// Deletes, and counts what it deletes.
struct CountingDeleter {
  void operator()(const Shape* object) const {
    deleted->push_back(object);
    delete object;
  }
  std::vector<const void*>* deleted;
};

struct Config {
  std::string address;
  int port;
  friend bool operator==(const Config& a, const Config& b) {
    return a.address == b.address && a.port == b.port;
  }
};

ABSL_CONST_INIT ValueOf<Shape> global;

// Each test leaves nothing behind.
class ValueOfTest : public ::testing::Test {
 protected:
  void TearDown() override {
    Reclaim();
    EXPECT_EQ(Canary::alive(), 0);
  }
};
using ValueOfDeathTest = ValueOfTest;

TEST_F(ValueOfTest, IsTwoWords) {
  EXPECT_EQ(sizeof(ValueOf<std::string>),
            (internal::kChecked ? 3 : 2) * sizeof(void*));
}

TEST_F(ValueOfTest, IsEmptyAtFirst) {
  EXPECT_FALSE(global.Load());
  EXPECT_EQ(global.Load().get(), nullptr);
}

TEST_F(ValueOfTest, IsNotCopied) {
  EXPECT_FALSE(std::is_copy_constructible_v<ValueOf<int>>);
  EXPECT_FALSE(std::is_copy_assignable_v<ValueOf<int>>);
}

TEST_F(ValueOfTest, LoadsWhatWasStored) {
  ValueOf<Config> value;
  value.Store(Config{"a", 1});
  EXPECT_EQ(*value.Load(), (Config{"a", 1}));
  const Config b{"b", 2};
  value.Store(b);
  EXPECT_EQ(value.Load()->port, 2);
  EXPECT_EQ(value.Load().get()->address, "b");
}

// --- What is kept ------------------------------------------------------------

TEST_F(ValueOfTest, ADerivedClassStaysWhatItIs) {
  class Base {
   public:
    virtual ~Base() = default;
    virtual std::string Name() const { return "base"; }
  };
  class Derived : public Base {
   public:
    std::string Name() const override { return "derived"; }
  };
  ValueOf<Base> value;
  value.Store(Derived());
  EXPECT_EQ(value.Load()->Name(), "derived");
  value.Store(Base());
  EXPECT_EQ(value.Load()->Name(), "base");
  const Derived derived;
  value.Swap(derived);
  EXPECT_EQ(value.Load()->Name(), "derived");
  EXPECT_TRUE(value.CompareAndSwap(value.Load(), Base()));
  EXPECT_EQ(value.Load()->Name(), "base");
  value.Update([](const Base&) { return Derived(); });
  EXPECT_EQ(value.Load()->Name(), "derived");
}

TEST_F(ValueOfTest, EachStoreMayBringAnotherClassOfAnAbstractOne) {
  ValueOf<Shape> shape;
  shape.Store(Triangle());
  EXPECT_EQ(Sides(shape), 3);
  shape.Store(Polygon(5));
  EXPECT_EQ(Sides(shape), 5);
  shape.Store(std::make_unique<Fixed>(6));
  EXPECT_EQ(Sides(shape), 6);
  shape.Store(std::make_shared<Fixed>(7));
  EXPECT_EQ(Sides(shape), 7);
  shape.Emplace<Fixed>(8);
  EXPECT_EQ(Sides(shape), 8);
}

// The destructor that runs is the object's own, whatever T's is.
TEST_F(ValueOfTest, AnInterfaceNeedsNoPublicDestructor) {
  class Interface {
   public:
    virtual std::uint64_t Number() const = 0;

   protected:
    Interface() = default;
    Interface(const Interface&) = default;
    ~Interface() = default;
  };
  class Implementation final : public Interface {
   public:
    std::uint64_t Number() const override { return canary_.number(); }

   private:
    Canary canary_{7};
  };
  ValueOf<Interface> value;
  value.Store(Implementation());
  EXPECT_EQ(value.Load()->Number(), 7u);
  value.Store(std::make_unique<Implementation>());
  ValueOf<Interface>::Reader reader(value);
  EXPECT_EQ(reader.Load()->Number(), 7u);
}

// The way to a virtual base leads through the object itself, which must be
// there: clang's -O0 follows it, g++ knows it by heart.
TEST_F(ValueOfTest, TMayBeAVirtualBase) {
  class Diamond : public virtual Shape {
   public:
    int Sides() const override { return 4; }
  };
  class Nested : public Diamond, public virtual Shape {};
  ValueOf<Shape> shape;
  shape.Store(Diamond());
  EXPECT_EQ(Sides(shape), 4);
  shape.Store(Nested());
  EXPECT_EQ(Sides(shape), 4);
  shape.Store(std::make_unique<Nested>());
  EXPECT_EQ(Sides(shape), 4);
}

TEST_F(ValueOfTest, AnAddressOperatorOfItsOwnIsNotAsked) {
  struct Shy {
    int number;
    const Shy* operator&() const { return nullptr; }  // NOLINT: the point
  };
  ValueOf<Shy> value;
  value.Store(Shy{7});
  EXPECT_EQ(value.Load()->number, 7);
}

TEST_F(ValueOfTest, AllElseIsConvertedToT) {
  ValueOf<std::string> text;
  text.Store("a literal");
  EXPECT_EQ(*text.Load(), "a literal");
  const char* const pointer = "a pointer";
  text.Store(pointer);
  EXPECT_EQ(*text.Load(), "a pointer");
  EXPECT_EQ(*text.Swap("another"), "a pointer");
  EXPECT_TRUE(text.CompareAndSwap("another", "one more"));
  EXPECT_EQ(*text.Load(), "one more");
  ValueOf<double> number;
  number.Store(1);
  EXPECT_EQ(*number.Load(), 1.0);
  ValueOf<std::function<int()>> function;
  function.Store([] { return 4; });
  EXPECT_EQ((*function.Load())(), 4);
  ValueOf<std::string_view> view;
  view.Store("view");
  EXPECT_EQ(*view.Load(), "view");
  ValueOf<bool> flag;
  flag.Store(true);
  EXPECT_TRUE(flag.CompareAndSwap(true, false));
  EXPECT_FALSE(*flag.Load());
}

TEST_F(ValueOfTest, AnAnyHoldsWhateverItIsGiven) {
  ValueOf<std::any> any;
  any.Store(3);
  EXPECT_EQ(std::any_cast<int>(*any.Load()), 3);
  any.Store(std::any(std::string("text")));
  EXPECT_EQ(std::any_cast<std::string>(*any.Load()), "text");
  // That is no pointer to an any.
  any.Store(std::make_shared<int>(4));
  EXPECT_EQ(*std::any_cast<std::shared_ptr<int>>(*any.Load()), 4);
}

TEST_F(ValueOfTest, HoldsMoveOnlyTypes) {
  ValueOf<std::vector<std::unique_ptr<int>>> value;
  std::vector<std::unique_ptr<int>> numbers;
  numbers.push_back(std::make_unique<int>(7));
  value.Store(std::move(numbers));
  EXPECT_EQ(*value.Load()->front(), 7);
  EXPECT_EQ(*value.Swap(std::vector<std::unique_ptr<int>>())->front(), 7);
  EXPECT_TRUE(value.Load()->empty());
  EXPECT_TRUE(
      value.CompareAndSwap(value.Load(), std::vector<std::unique_ptr<int>>(2)));
  EXPECT_EQ(value.Load()->size(), 2u);
}

TEST_F(ValueOfTest, HoldsOverAlignedTypes) {
  struct alignas(128) Wide {
    virtual ~Wide() = default;
    int number = 1;
  };
  struct alignas(256) Wider : Wide {};
  const auto misalignment = [](const ValueOf<Wide>& value, std::size_t of) {
    return reinterpret_cast<std::uintptr_t>(value.Load().get()) % of;
  };
  ValueOf<Wide> value;
  value.Store(Wide());
  EXPECT_EQ(misalignment(value, 128), 0u);
  value.Store(Wider());
  EXPECT_EQ(misalignment(value, 256), 0u);
  value.Store(std::make_unique<Wider>());
  EXPECT_EQ(misalignment(value, 256), 0u);
}

TEST_F(ValueOfTest, HoldsLargeObjects) {
  using Large = std::array<char, 1 << 20>;
  ValueOf<Large> value;
  value.Store(Large{{'x'}});
  EXPECT_EQ((*value.Load())[0], 'x');
  value.Store(std::make_unique<Large>(Large{{'y'}}));
  EXPECT_EQ((*value.Load())[0], 'y');
}

TEST_F(ValueOfTest, HoldsATypeThatHoldsAValueOf) {
  struct Outer {
    std::shared_ptr<ValueOf<Canary>> inner =
        std::make_shared<ValueOf<Canary>>();
  };
  ValueOf<Outer> value;
  Outer outer;
  outer.inner->Store(Canary(5));
  value.Store(std::move(outer));
  EXPECT_EQ(value.Load()->inner->Load()->number(), 5u);
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ValueOfTest, EmplaceMakesATOrAnotherClass) {
  ValueOf<std::string> text;
  text.Emplace(3, 'x');
  EXPECT_EQ(*text.Load(), "xxx");
  text.Emplace();
  EXPECT_EQ(*text.Load(), "");
  ValueOf<Shape> shape;
  shape.Emplace<Polygon>(5);
  EXPECT_EQ(Sides(shape), 5);
}

TEST_F(ValueOfTest, EmplaceTakesBracesWhereOnlyTheyCompile) {
  ValueOf<Config> value;
  value.Emplace("a", 1);
  EXPECT_EQ(*value.Load(), (Config{"a", 1}));
  ValueOf<std::vector<int>> numbers;
  numbers.Emplace(3, 1);  // three ones
  EXPECT_EQ(numbers.Load()->size(), 3u);
}

// --- Adopting ----------------------------------------------------------------

TEST_F(ValueOfTest, AUniquePtrIsAdoptedWithItsObject) {
  ValueOf<Shape> shape;
  auto triangle = std::make_unique<Triangle>();
  const Shape* const object = triangle.get();
  shape.Store(std::move(triangle));
  EXPECT_EQ(triangle, nullptr);  // NOLINT(bugprone-use-after-move): the point
  EXPECT_EQ(shape.Load().get(), object);

  auto constant = std::make_unique<const Fixed>(5);
  const Shape* const fixed = constant.get();
  shape.Swap(std::move(constant));
  EXPECT_EQ(shape.Load().get(), fixed);

  std::unique_ptr<Shape> base = std::make_unique<Fixed>(6);
  const Shape* const last = base.get();
  EXPECT_TRUE(shape.CompareAndSwap(Polygon(5), std::move(base)));
  EXPECT_EQ(shape.Load().get(), last);
}

TEST_F(ValueOfTest, AnAdoptedObjectIsDeletedOnce) {
  std::vector<const void*> deleted;
  {
    ValueOf<Shape> shape;
    std::unique_ptr<Shape, CountingDeleter> pointer(new Polygon(5),
                                                    CountingDeleter{&deleted});
    const Shape* const object = pointer.get();
    shape.Store(std::move(pointer));
    SnapshotOf<Shape> held = shape.Load();
    shape.Clear();
    Reclaim();
    EXPECT_TRUE(deleted.empty());
    EXPECT_EQ(held->Sides(), 5);
    held = SnapshotOf<Shape>();
    EXPECT_EQ(deleted, std::vector<const void*>{object});
  }
  Reclaim();
  EXPECT_EQ(deleted.size(), 1u);
}

// A deleter may know more than its pointer's type.
TEST_F(ValueOfTest, ADeleterGetsThePointerThatItWasGiven) {
  struct Other {
    virtual ~Other() = default;
    int number = 0;
  };
  struct Both : Other, Triangle {};
  struct Deleter {
    void operator()(const Both* both) const {
      *deleted = both;
      delete both;
    }
    const Both** deleted;
  };
  const Both* deleted = nullptr;
  auto* const both = new Both;
  ValueOf<Shape> shape;
  shape.Store(std::unique_ptr<Both, Deleter>(both, Deleter{&deleted}));
  EXPECT_EQ(shape.Load().get(), static_cast<const Shape*>(both));
  EXPECT_NE(static_cast<const void*>(shape.Load().get()), both);
  shape.Clear();
  Reclaim();
  EXPECT_EQ(deleted, both);
}

TEST_F(ValueOfTest, ASharedPtrIsAdoptedWithItsShare) {
  ValueOf<Shape> shape;
  auto shared = std::make_shared<Fixed>(5);
  shape.Store(shared);
  EXPECT_EQ(shared.use_count(), 2);
  EXPECT_EQ(shape.Load().get(), shared.get());
  shape.Store(std::move(shared));
  EXPECT_EQ(shared, nullptr);  // NOLINT(bugprone-use-after-move): the point
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
  shape.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ValueOfTest, ASharedPtrToAPartKeepsTheWholeAlive) {
  struct Whole {
    Canary canary{1};
    Triangle part;
  };
  ValueOf<Shape> shape;
  {
    const auto whole = std::make_shared<Whole>();
    shape.Store(std::shared_ptr<Shape>(whole, &whole->part));
  }
  EXPECT_EQ(Canary::alive(), 1);
  EXPECT_EQ(Sides(shape), 3);
  shape.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ValueOfTest, APointerToSomethingElseIsAValueLikeAnyOther) {
  struct FromPointer {
    // NOLINTNEXTLINE(google-explicit-constructor): that is what is tested
    FromPointer(const std::shared_ptr<int>& pointer) : number(*pointer) {}
    // NOLINTNEXTLINE(google-explicit-constructor): that is what is tested
    FromPointer(const std::unique_ptr<int>& pointer) : number(*pointer) {}
    int number;
  };
  ValueOf<FromPointer> value;
  value.Store(std::make_shared<int>(3));
  EXPECT_EQ(value.Load()->number, 3);
  value.Store(std::make_unique<int>(4));
  EXPECT_EQ(value.Load()->number, 4);
  value.Store(std::make_unique<FromPointer>(std::make_shared<int>(5)));
  EXPECT_EQ(value.Load()->number, 5);
}

TEST_F(ValueOfTest, ACellOfPointersHoldsThePointerAlsoNull) {
  ValueOf<std::shared_ptr<int>> shared;
  const auto one = std::make_shared<int>(1);
  shared.Store(one);
  EXPECT_EQ(*shared.Load(), one);
  shared.Store(std::shared_ptr<int>());
  EXPECT_TRUE(shared.Load());
  EXPECT_EQ(*shared.Load(), nullptr);
  EXPECT_TRUE(shared.CompareAndSwap(std::shared_ptr<int>(), one));
  EXPECT_TRUE(shared.TryStore(nullptr).ok());
  EXPECT_EQ(*shared.Load(), nullptr);

  ValueOf<int*> pointer;
  int number = 1;
  pointer.Store(nullptr);
  EXPECT_TRUE(pointer.Load());
  EXPECT_EQ(*pointer.Load(), nullptr);
  pointer.Store(&number);
  EXPECT_EQ(*pointer.Load(), &number);
  EXPECT_FALSE(pointer.CompareAndSwap(nullptr, nullptr));  // it is not empty
  EXPECT_TRUE(pointer.CompareAndSwap(&number, nullptr));
  EXPECT_EQ(*pointer.Load(), nullptr);

  ValueOf<std::unique_ptr<int>> unique;
  unique.Store(std::make_unique<int>(2));
  EXPECT_EQ(**unique.Load(), 2);
  unique.Store(nullptr);
  EXPECT_EQ(*unique.Load(), nullptr);
  ValueOf<std::function<void()>> function;
  function.Store(nullptr);
  EXPECT_FALSE(*function.Load());
}

// --- Nil ---------------------------------------------------------------------

using NoShape = std::unique_ptr<Triangle>;

TEST_F(ValueOfDeathTest, ANullPointerToAdoptDies) {
  ValueOf<Shape> shape;
  EXPECT_DEATH(shape.Store(NoShape()),
               "sync/atomic: store of nil value into ValueOf "
               "\\(holds .*Shape, given std::unique_ptr<.*Triangle.*>\\)");
  EXPECT_DEATH(shape.Store(std::shared_ptr<Triangle>()),
               "sync/atomic: store of nil value into ValueOf "
               "\\(holds .*Shape, given std::shared_ptr<.*Triangle>\\)");
  EXPECT_DEATH(shape.Swap(NoShape()),
               "sync/atomic: swap of nil value into ValueOf \\(holds ");
  EXPECT_DEATH(shape.CompareAndSwap(Empty(), NoShape()),
               "sync/atomic: compare and swap of nil value into ValueOf ");
  EXPECT_DEATH(shape.CompareAndSwap(nullptr, NoShape()),
               "sync/atomic: compare and swap of nil value into ValueOf ");
  EXPECT_DEATH(shape.CompareAndSwap(SnapshotOf<Shape>(), NoShape()),
               "sync/atomic: compare and swap of nil value into ValueOf ");
  shape.Store(Triangle());
  EXPECT_DEATH(shape.CompareAndSwap(Triangle(), NoShape()),
               "sync/atomic: compare and swap of nil value into ValueOf ");
  EXPECT_DEATH(shape.Update([](const Shape&) { return NoShape(); }),
               "sync/atomic: update of nil value into ValueOf \\(holds ");
}

// Checks the status of a misuse with nil.
void ExpectNil(const absl::Status& status, const std::string& verb) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string message(status.message().data(), status.message().size());
  const std::string begin =
      "sync/atomic: " + verb + " of nil value into ValueOf (holds ";
  EXPECT_EQ(message.substr(0, begin.size()), begin);
  EXPECT_NE(message.find("Shape, given std::"), std::string::npos) << message;
}

TEST_F(ValueOfTest, TheTryFormsRefuseANullPointerToAdopt) {
  ValueOf<Shape> shape;
  // A share of something, with a null pointer.
  const auto owner = std::make_shared<int>(1);
  std::shared_ptr<Shape> null(owner, nullptr);
  for (const bool empty : {true, false}) {
    SCOPED_TRACE(empty);
    if (!empty) shape.Store(Triangle());
    const SnapshotOf<Shape> before = shape.Load();
    ExpectNil(shape.TryStore(std::move(null)), "store");
    ExpectNil(shape.TrySwap(std::move(null)).status(), "swap");
    for (const auto& status :
         {shape.TryCompareAndSwap(Empty(), std::move(null)).status(),
          shape.TryCompareAndSwap(nullptr, std::move(null)).status(),
          shape.TryCompareAndSwap(before, std::move(null)).status(),
          shape.TryCompareAndSwap(Triangle(), std::move(null)).status()}) {
      ExpectNil(status, "compare and swap");
    }
    EXPECT_EQ(shape.Load(), before);
    EXPECT_EQ(owner.use_count(), 2);  // the argument is as it was
  }
  ExpectNil(shape.TryUpdate([](const Shape&) { return NoShape(); }).status(),
            "update");
  EXPECT_EQ(Sides(shape), 3);
}

TEST_F(ValueOfTest, TheTryFormsDoWhatTheOthersDo) {
  ValueOf<Shape> shape;
  EXPECT_TRUE(shape.TryStore(Polygon(4)).ok());
  EXPECT_EQ((*shape.TrySwap(std::make_unique<Fixed>(5)))->Sides(), 4);
  EXPECT_TRUE(*shape.TryCompareAndSwap(Polygon(5), Polygon(6)));
  EXPECT_FALSE(*shape.TryCompareAndSwap(Polygon(5), Polygon(7)));
  EXPECT_FALSE(*shape.TryCompareAndSwap(Empty(), Polygon(7)));
  EXPECT_FALSE(*shape.TryCompareAndSwap(nullptr, Polygon(7)));
  EXPECT_TRUE(*shape.TryCompareAndSwap(shape.Load(), Polygon(8)));
  const absl::StatusOr<SnapshotOf<Shape>> updated =
      shape.TryUpdate([](const Shape& s) { return Polygon(s.Sides() + 1); });
  EXPECT_EQ((*updated)->Sides(), 9);
  EXPECT_EQ(*updated, shape.Load());
  shape.Clear();
  EXPECT_FALSE(*shape.TryUpdate([](const Shape&) { return Polygon(1); }));
}

// --- Reading -----------------------------------------------------------------

TEST_F(ValueOfTest, ReadGivesFTheValueOrNull) {
  ValueOf<Canary> value;
  const auto number = [](const Canary* canary) -> std::uint64_t {
    return canary == nullptr ? 0 : canary->number();
  };
  EXPECT_EQ(value.Read(number), 0u);
  value.Store(Canary(7));
  EXPECT_EQ(std::as_const(value).Read(number), 7u);
  bool sang = false;
  value.Read([&](const Canary* canary) {
    value.Clear();
    Reclaim();
    sang = canary->Sings();  // it stays alive while this runs
  });
  EXPECT_TRUE(sang);
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ValueOfTest, LoadPinnedBorrowsWhilePinned) {
  ValueOf<Shape> shape;
  std::optional<PinGuard> pin;
  pin.emplace();
  EXPECT_EQ(shape.LoadPinned(*pin), nullptr);
  for (const bool adopted : {false, true}) {
    if (adopted) {
      shape.Store(std::make_unique<Fixed>(5));
    } else {
      shape.Store(Polygon(5));
    }
    const Shape* const held = shape.LoadPinned(*pin);
    shape.Clear();
    Reclaim();
    EXPECT_EQ(shape.LoadPinned(*pin), nullptr);
    EXPECT_EQ(held->Sides(), 5);
  }
  EXPECT_EQ(Canary::alive(), 2);
  pin.reset();
  EXPECT_EQ(Canary::alive(), 0);
}

TEST_F(ValueOfTest, SnapshotsOutliveTheCell) {
  SnapshotOf<Shape> snapshot;
  {
    ValueOf<Shape> shape;
    shape.Store(std::make_unique<Fixed>(5));
    snapshot = shape.Load();
  }
  Reclaim();
  EXPECT_EQ(snapshot->Sides(), 5);
  EXPECT_EQ(Canary::alive(), 1);
  const std::shared_ptr<const Shape> share = snapshot.Share();
  snapshot = SnapshotOf<Shape>();
  EXPECT_EQ(share->Sides(), 5);
}

// Others may share the same object at this moment.
TEST_F(ValueOfTest, SharingDoesNotWriteToTheObject) {
  struct SharesItself : std::enable_shared_from_this<SharesItself> {
    Canary canary{1};
  };
  ValueOf<SharesItself> value;
  value.Store(SharesItself());
  std::weak_ptr<const SharesItself> weak;
  {
    const auto share = value.Load().Share();
    EXPECT_TRUE(share->weak_from_this().expired());
    weak = share;
    value.Clear();
    Reclaim();
    EXPECT_TRUE(share->canary.Sings());
  }
  EXPECT_EQ(Canary::alive(), 0);  // no weak_ptr is waited for
  EXPECT_TRUE(weak.expired());
}

TEST_F(ValueOfTest, ReadsAsEmptyAfterItsDestructor) {
  using Cell = ValueOf<Shape>;
  alignas(Cell) static unsigned char memory[sizeof(Cell)];
  auto* const shape = new (memory) Cell;
  shape->Store(Polygon(5));
  shape->~Cell();
  EXPECT_FALSE(shape->Load());
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
}

// --- Replacing ---------------------------------------------------------------

TEST_F(ValueOfTest, SwapReturnsThePreviousContent) {
  ValueOf<Shape> shape;
  EXPECT_FALSE(shape.Swap(Triangle()));
  EXPECT_EQ(shape.Swap(std::make_unique<Fixed>(5))->Sides(), 3);
  EXPECT_EQ(Sides(shape), 5);
}

TEST_F(ValueOfTest, SwapKeepsThePreviousContentAlive) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  {
    const SnapshotOf<Canary> previous = value.Swap(Canary(2));
    Reclaim();
    EXPECT_EQ(Canary::alive(), 2);
    EXPECT_TRUE(previous->Sings());
  }
  Reclaim();
  EXPECT_EQ(Canary::alive(), 1);
}

TEST_F(ValueOfTest, CompareAndSwapComparesByValue) {
  ValueOf<Shape> shape;
  EXPECT_FALSE(shape.CompareAndSwap(Triangle(), Polygon(4)));
  EXPECT_FALSE(shape.Load());
  shape.Store(Triangle());
  EXPECT_FALSE(shape.CompareAndSwap(Polygon(4), Polygon(5)));
  EXPECT_EQ(Sides(shape), 3);
  EXPECT_TRUE(shape.CompareAndSwap(Polygon(3), Polygon(5)));  // equal to it
  EXPECT_EQ(Sides(shape), 5);
}

// A number whose comparison lets somebody else in between.
struct Interrupted {
  int number;
  std::function<void()>* then = nullptr;
  friend bool operator==(const Interrupted& held, const Interrupted& expected) {
    if (expected.then != nullptr) {
      std::exchange(*expected.then, [] {})();
    }
    return held.number == expected.number;
  }
};

TEST_F(ValueOfTest, CompareAndSwapByValueFailsIfTheCellChangedMeanwhile) {
  ValueOf<Interrupted> value;
  value.Store(Interrupted{1});
  std::function<void()> store_another = [&] { value.Store(Interrupted{5}); };
  EXPECT_FALSE(
      value.CompareAndSwap(Interrupted{1, &store_another}, Interrupted{2}));
  EXPECT_EQ(value.Load()->number, 5);
  std::function<void()> clear = [&] { value.Clear(); };
  EXPECT_FALSE(value.CompareAndSwap(Interrupted{5, &clear}, Interrupted{2}));
  EXPECT_FALSE(value.Load());
}

TEST_F(ValueOfTest, CompareAndSwapByValueSucceedsIfAnEqualValueCameMeanwhile) {
  ValueOf<Interrupted> value;
  value.Store(Interrupted{1});
  std::function<void()> store_equal = [&] { value.Store(Interrupted{1}); };
  EXPECT_TRUE(
      value.CompareAndSwap(Interrupted{1, &store_equal}, Interrupted{2}));
  EXPECT_EQ(value.Load()->number, 2);
}

TEST_F(ValueOfTest, CompareAndSwapOnEmptyStoresOnce) {
  for (int form = 0; form < 3; ++form) {
    SCOPED_TRACE(form);
    ValueOf<int> value;
    const auto swap = [&](int desired) {
      switch (form) {
        case 0:
          return value.CompareAndSwap(Empty(), desired);
        case 1:
          return value.CompareAndSwap(nullptr, desired);
        default:
          return value.CompareAndSwap(SnapshotOf<int>(), desired);
      }
    };
    EXPECT_TRUE(swap(1));
    EXPECT_FALSE(swap(2));
    EXPECT_EQ(*value.Load(), 1);
    value.Clear();
    EXPECT_TRUE(swap(3));
    EXPECT_FALSE(swap(4));
    EXPECT_EQ(*value.Load(), 3);
  }
}

TEST_F(ValueOfTest, CompareAndSwapTakesAZeroForANumber) {
  ValueOf<std::int64_t> number;
  EXPECT_FALSE(number.CompareAndSwap(0, 5));
  EXPECT_FALSE(number.Load());
  number.Store(0);
  EXPECT_TRUE(number.CompareAndSwap(0, 5));
  EXPECT_EQ(*number.Load(), 5);
  struct FromInt {
    // NOLINTNEXTLINE(google-explicit-constructor): that is what is tested
    FromInt(int of) : number(of) {}
    bool operator==(const FromInt& other) const {
      return number == other.number;
    }
    int number;
  };
  ValueOf<FromInt> value;
  EXPECT_FALSE(value.CompareAndSwap(0, 5));
  value.Store(0);
  EXPECT_TRUE(value.CompareAndSwap(0, 5));
  EXPECT_EQ(value.Load()->number, 5);
}

TEST_F(ValueOfTest, CompareAndSwapComparesSnapshotsByIdentity) {
  ValueOf<int> value;
  value.Store(1);
  const SnapshotOf<int> first = value.Load();
  value.Store(1);  // equal, but another
  EXPECT_FALSE(value.CompareAndSwap(first, 2));
  EXPECT_TRUE(value.CompareAndSwap(value.Load(), 2));
  EXPECT_EQ(*value.Load(), 2);
  EXPECT_EQ(*first, 1);
}

TEST_F(ValueOfTest, UpdateStoresWhatFMakesOfTheValue) {
  ValueOf<int> number;
  number.Store(1);
  const SnapshotOf<int> updated =
      number.Update([](const int& held) { return held + 1; });
  EXPECT_EQ(*updated, 2);
  EXPECT_EQ(updated, number.Load());
  ValueOf<Shape> shape;
  shape.Store(Triangle());
  EXPECT_EQ(shape
                .Update([](const Shape& held) {
                  return std::make_unique<Fixed>(held.Sides() + 1);
                })
                ->Sides(),
            4);
  shape.Update([](const Shape& held) { return Polygon(held.Sides() + 1); });
  EXPECT_EQ(Sides(shape), 5);
  // What it returns by reference is copied.
  const Triangle triangle;
  shape.Update([&](const Shape&) -> const Triangle& { return triangle; });
  EXPECT_EQ(Sides(shape), 3);
}

TEST_F(ValueOfTest, UpdateDoesNothingOnAnEmptyCell) {
  ValueOf<int> number;
  int calls = 0;
  const auto count = [&](int held) {
    ++calls;
    return held;
  };
  EXPECT_FALSE(number.Update(count));
  number.Store(1);
  number.Clear();
  EXPECT_FALSE(number.Update(count));
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(number.Load());
}

TEST_F(ValueOfTest, UpdateCallsFAgainIfAnotherStoreCameInBetween) {
  ValueOf<int> number;
  number.Store(1);
  std::vector<int> seen;
  number.Update([&](int held) {
    seen.push_back(held);
    if (seen.size() == 1) number.Store(10);
    return held + 1;
  });
  EXPECT_EQ(seen, (std::vector<int>{1, 10}));
  EXPECT_EQ(*number.Load(), 11);
  // It gives up on a cell that was cleared.
  EXPECT_FALSE(number.Update([&](int held) {
    number.Clear();
    return held;
  }));
  EXPECT_FALSE(number.Load());
}

TEST_F(ValueOfTest, UpdateKeepsItsResultAlive) {
  ValueOf<Canary> value;
  value.Store(Canary(1));
  {
    const SnapshotOf<Canary> updated = value.Update(
        [](const Canary& held) { return Canary(held.number() + 1); });
    value.Clear();
    Reclaim();
    EXPECT_EQ(Canary::alive(), 1);
    EXPECT_TRUE(updated->Sings());
    EXPECT_EQ(updated->number(), 2u);
  }
}

TEST_F(ValueOfTest, UpdateKeepsItsResultAliveWhereNoSlotIsFree) {
  ValueOf<Canary> value, other;
  value.Store(Canary(1));
  other.Store(Canary(7));
  const std::vector<SnapshotOf<Canary>> others = [&other] {
    std::vector<SnapshotOf<Canary>> loaded;
    for (int i = 0; i < 20; ++i) loaded.push_back(other.Load());
    return loaded;
  }();
  const SnapshotOf<Canary> updated = value.Update(
      [](const Canary& held) { return Canary(held.number() + 1); });
  value.Clear();
  Reclaim();
  EXPECT_EQ(Canary::alive(), 2);
  EXPECT_TRUE(updated->Sings());
  EXPECT_EQ(updated->number(), 2u);
}

TEST_F(ValueOfTest, ClearEmpties) {
  ValueOf<Canary> value;
  value.Clear();
  EXPECT_FALSE(value.Load());
  value.Store(Canary(1));
  value.Clear();
  value.Clear();
  EXPECT_FALSE(value.Load());
  Reclaim();
  EXPECT_EQ(Canary::alive(), 0);
  EXPECT_FALSE(value.Swap(Canary(2)));
  EXPECT_EQ(value.Load()->number(), 2u);
}

TEST_F(ValueOfTest, AThrowingCopyLeavesTheCellAsItWas) {
  if (!kExceptions) GTEST_SKIP() << "built without exceptions";
  struct Copied {
    explicit Copied(bool armed) : throws(armed) {}
    Copied(const Copied& other) : throws(other.throws) {
      if (throws) Throw(std::runtime_error("copy"));
    }
    bool throws;
    bool operator==(const Copied&) const { return true; }
  };
  const auto throws = [](const auto& f) {
    return Throws<std::runtime_error>(f);
  };
  const Copied armed(true), harmless(false);
  ValueOf<Copied> value;
  EXPECT_TRUE(throws([&] { value.Store(armed); }));
  EXPECT_FALSE(value.Load());
  value.Store(harmless);
  const SnapshotOf<Copied> before = value.Load();
  EXPECT_TRUE(throws([&] { value.Store(armed); }));
  EXPECT_TRUE(throws([&] { value.Emplace(armed); }));
  EXPECT_TRUE(throws([&] { value.Swap(armed); }));
  EXPECT_TRUE(throws([&] { value.CompareAndSwap(harmless, armed); }));
  EXPECT_TRUE(throws([&] { value.CompareAndSwap(before, armed); }));
  EXPECT_TRUE(throws([&] {
    value.Update([&](const Copied&) -> const Copied& { return armed; });
  }));
  EXPECT_TRUE(value.Load() == before);
}

// --- When what was replaced is destroyed -------------------------------------

TEST_F(ValueOfTest, ReplacedValuesAreDestroyedBeforeStoreReturns) {
  std::thread([] {  // that hasn't stored anything yet: it is quiet
    ValueOf<Shape> shape;
    shape.Store(Polygon(1));
    shape.Store(std::make_unique<Fixed>(2));
    EXPECT_EQ(Canary::alive(), 1);
  })
      .join();
  EXPECT_EQ(Canary::alive(), 0);
}

// Says that it weighs a mebibyte.
struct Heavy {
  Canary canary{1};
};
std::size_t RetiredBytes(const Heavy&) { return std::size_t{1} << 20; }
struct HeavyToo : Heavy {};

// A thread that stores a hundred times does not wait with what weighs so much.
template <class Store>
void ExpectNothingWaits(Store store) {
  std::thread([&] {
    ValueOf<Heavy> value;
    for (int i = 0; i < 100; ++i) {
      store(value);
      EXPECT_LE(Canary::alive(), 2);
    }
  }).join();
}

TEST_F(ValueOfTest, HeavyValuesAreNotLeftWaiting) {
  ExpectNothingWaits([](ValueOf<Heavy>& value) { value.Store(Heavy()); });
  ExpectNothingWaits([](ValueOf<Heavy>& value) { value.Store(HeavyToo()); });
}

TEST_F(ValueOfTest, NorAreHeavyObjectsThatWereAdopted) {
  ExpectNothingWaits(
      [](ValueOf<Heavy>& value) { value.Store(std::make_unique<Heavy>()); });
  ExpectNothingWaits(
      [](ValueOf<Heavy>& value) { value.Store(std::make_shared<HeavyToo>()); });
}

// More often than a thread reclaims at once for no other reason.
template <class Store>
void ExpectTheOldOneIsGone(Store store) {
  std::thread([&] {
    ValueOf<CountedBytes> value;
    for (int i = 0; i < 64; ++i) {
      store(value);
      EXPECT_EQ(allocated_bytes, kLarge);
    }
    value.Clear();
    EXPECT_EQ(allocated_bytes, 0u);
  }).join();
}

TEST_F(ValueOfTest, LargeVectorsAreNotLeftWaiting) {
  ExpectTheOldOneIsGone([](auto& value) { value.Store(LargeBytes()); });
  ExpectTheOldOneIsGone([](auto& value) { value.Emplace(LargeBytes()); });
}

TEST_F(ValueOfTest, NorAreLargeVectorsThatWereAdopted) {
  ExpectTheOldOneIsGone([](auto& value) {
    value.Store(std::make_unique<CountedBytes>(LargeBytes()));
  });
  ExpectTheOldOneIsGone([](auto& value) {
    value.Store(std::make_shared<CountedBytes>(LargeBytes()));
  });
}

// --- Before the constructor --------------------------------------------------

// A global with a dynamic constructor is all zeros until that has run, and
// other globals may look at it.
TEST(EarlyValueOfTest, ReadsAsEmptyBeforeItsConstructorHasRun) {
  alignas(ValueOf<int>) static unsigned char zeros[sizeof(ValueOf<int>)] = {};
  auto* const cell = reinterpret_cast<ValueOf<int>*>(zeros);
  ValueOf<int>::Reader reader(*cell);
  {
    const PinGuard pin;
    EXPECT_FALSE(cell->Load());
    EXPECT_EQ(cell->LoadPinned(pin), nullptr);
    EXPECT_TRUE(cell->Read([](const int* n) { return n == nullptr; }));
    EXPECT_EQ(reader.Load(), nullptr);
    cell->Clear();
  }
  new (zeros) ValueOf<int>;
  EXPECT_FALSE(cell->Load());
  EXPECT_EQ(reader.Load(), nullptr);
  cell->Store(1);
  EXPECT_EQ(*cell->Load(), 1);
  EXPECT_EQ(*reader.Load(), 1);
  reader.Release();
  cell->~ValueOf();
}

TEST(EarlyValueOfDeathTest, AStoreBeforeItsConstructorDies) {
  alignas(ValueOf<int>) static unsigned char zeros[sizeof(ValueOf<int>)] = {};
  EXPECT_DEATH(reinterpret_cast<ValueOf<int>*>(zeros)->Store(1),
               "sync/atomic: use of ValueOf before its constructor");
}

}  // namespace
}  // namespace sync_atomic
