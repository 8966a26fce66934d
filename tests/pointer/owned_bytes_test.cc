// SPDX-License-Identifier: Apache-2.0

// What values weigh: OwnedBytes of each kind of container, beside what its
// allocator was asked for; what says so itself; and where nothing is asked.

#include "sync_atomic/pointer/owned_bytes.h"

#include <array>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

// Abseil 20220623's has a name twice, where it is used.
#pragma GCC diagnostic ignored "-Wshadow"
#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/fixed_array.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/container/node_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/cord.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "sync_atomic/pointer/pin.h"
#include "sync_atomic/pointer/reclaim/container.h"
#include "sync_atomic/pointer/reclaim/footprint.h"
#include "sync_atomic/pointer/retire.h"
#include "sync_atomic/pointer/stats.h"
#include "sync_atomic/tests/support/counting_allocator.h"
#include "sync_atomic/value/value.h"
#include "sync_atomic/value/value_of.h"

namespace strangers {

// Not std's.
namespace std {
template <class T>
struct vector {
  using value_type = T;
  ::std::size_t capacity() const { return 1000; }
};
}  // namespace std

struct Entry {
  int number = 0;
};
// For the vectors of Entries, in place of what is known of vectors.
inline ::std::size_t RetiredBytes(const ::std::vector<Entry>& entries) {
  return 3 + entries.size();
}

// Opaque.
struct Silent {
  ::std::vector<int> numbers;
  ::std::string name;
};
struct Names : ::std::vector<::std::string> {};

struct Table : Silent {};
inline ::std::size_t RetiredBytes(const Table& table) {
  return atomic::OwnedBytes(table.numbers) + atomic::OwnedBytes(table.name);
}

class Hidden;

}  // namespace strangers

namespace sync_atomic {
namespace {

using ::strangers::Entry;
using ::strangers::Names;
using ::strangers::Silent;
using ::strangers::Table;
using ::sync_atomic::testing::allocated_bytes;
using ::sync_atomic::testing::CountingAllocator;

// --- Containers --------------------------------------------------------------

// As compilers and libraries write the same name: with g++ and libstdc++, in
// its debug mode, with libc++ in either clang, and with Abseil's inline
// namespaces.
TEST(ContainerTest, IsKnownByItsName) {
  using internal::ContainerNamed;
  using internal::Storage;
  for (const char* const name :
       {"std::vector<int>", "std::vector<int, std::allocator<int>>",
        "std::__1::vector<char>", "std::__debug::vector<bool>",
        "std::__8::vector<std::map<int, int> >"}) {
    EXPECT_EQ(ContainerNamed(name).storage, Storage::kVector) << name;
  }
  for (const char* const name :
       {"std::basic_string<char>", "std::__cxx11::basic_string<wchar_t>",
        "std::string", "std::__1::u16string", "absl::InlinedVector<int, 3>",
        "absl::lts_20220623::InlinedVector<int, 3>"}) {
    EXPECT_EQ(ContainerNamed(name).storage, Storage::kRow) << name;
  }
  for (const char* const name :
       {"absl::Cord", "absl::lts_20220623::Cord", "absl::debian3::Cord"}) {
    EXPECT_EQ(ContainerNamed(name).storage, Storage::kRope) << name;
  }
  for (const char* const name :
       {"vector<int>", "mine::vector<int>", "mine::std::vector<int>",
        "mystd::vector<int>", "std::array<int, 3>", "std::vectors<int>",
        "std::_vector<int>", "Cord", "std::Cord", "absl::vector<int>",
        "absl::Cordial", "int", "", "std::",
        "std::shared_ptr<std::vector<int>>", "std::basic_string_view<char>"}) {
    EXPECT_EQ(ContainerNamed(name).storage, Storage::kUnknown) << name;
  }
}

// Fills each with 1000 elements.
struct PushBack {
  template <class C>
  static void Fill(C& c) {
    for (int i = 0; i < 1000; ++i) c.push_back(static_cast<char>(i));
  }
};
struct Push {
  template <class C>
  static void Fill(C& c) {
    for (int i = 0; i < 1000; ++i) c.push(i);
  }
};
struct Insert {
  template <class C>
  static void Fill(C& c) {
    for (int i = 0; i < 1000; ++i) c.insert(i);
  }
};
struct InsertPair {
  template <class C>
  static void Fill(C& c) {
    for (int i = 0; i < 1000; ++i) c.insert({i, i});
  }
};
template <class C, class F>
struct Filled {
  using Container = C;
  using Filler = F;
};

template <class T>
using A = CountingAllocator<T>;
using Pairs = A<std::pair<const int, int>>;
using Hash = std::hash<int>;
using AbslHash = absl::Hash<int>;
using Equal = std::equal_to<int>;
using Less = std::less<int>;

template <class Case>
class OwnedBytesOfContainerTest : public ::testing::Test {};
using Cases = ::testing::Types<
    Filled<std::basic_string<char, std::char_traits<char>, A<char>>, PushBack>,
    Filled<std::basic_string<wchar_t, std::char_traits<wchar_t>, A<wchar_t>>,
           PushBack>,
    Filled<std::vector<int, A<int>>, PushBack>,
    Filled<std::vector<bool, A<bool>>, PushBack>,
    Filled<std::deque<int, A<int>>, PushBack>,
    Filled<std::list<int, A<int>>, PushBack>,
    Filled<std::stack<int, std::deque<int, A<int>>>, Push>,
    Filled<std::queue<int, std::deque<int, A<int>>>, Push>,
    Filled<std::priority_queue<int, std::vector<int, A<int>>>, Push>,
    Filled<std::map<int, int, Less, Pairs>, InsertPair>,
    Filled<std::multimap<int, int, Less, Pairs>, InsertPair>,
    Filled<std::set<int, Less, A<int>>, Insert>,
    Filled<std::multiset<int, Less, A<int>>, Insert>,
    Filled<std::unordered_map<int, int, Hash, Equal, Pairs>, InsertPair>,
    Filled<std::unordered_multimap<int, int, Hash, Equal, Pairs>, InsertPair>,
    Filled<std::unordered_set<int, Hash, Equal, A<int>>, Insert>,
    Filled<std::unordered_multiset<int, Hash, Equal, A<int>>, Insert>,
    Filled<absl::InlinedVector<int, 3, A<int>>, PushBack>,
    Filled<absl::flat_hash_map<int, int, AbslHash, Equal, Pairs>, InsertPair>,
    Filled<absl::flat_hash_set<int, AbslHash, Equal, A<int>>, Insert>,
    Filled<absl::node_hash_map<int, int, AbslHash, Equal, Pairs>, InsertPair>,
    Filled<absl::node_hash_set<int, AbslHash, Equal, A<int>>, Insert>,
    Filled<absl::btree_map<int, int, Less, Pairs>, InsertPair>,
    Filled<absl::btree_multimap<int, int, Less, Pairs>, InsertPair>,
    Filled<absl::btree_set<int, Less, A<int>>, Insert>,
    Filled<absl::btree_multiset<int, Less, A<int>>, Insert>>;
TYPED_TEST_SUITE(OwnedBytesOfContainerTest, Cases, );

TYPED_TEST(OwnedBytesOfContainerTest, AreAboutWhatIsAllocated) {
  using Container = typename TypeParam::Container;
  EXPECT_FALSE(internal::kHasConstantFootprint<Container>);
  const std::size_t before = allocated_bytes;
  Container container;
  const std::size_t empty = OwnedBytes(container);
  TypeParam::Filler::Fill(container);
  const double allocated = static_cast<double>(allocated_bytes - before);
  EXPECT_GE(static_cast<double>(OwnedBytes(container)), 0.7 * allocated);
  EXPECT_LE(static_cast<double>(OwnedBytes(container)), 1.2 * allocated);
  EXPECT_LE(empty, 2 * sizeof(void*));  // for a bucket in the object
}

TEST(OwnedBytesTest, OfAFixedArrayAreItsElements) {
  using Array = absl::FixedArray<int, 8, A<int>>;
  EXPECT_EQ(OwnedBytes(Array(8)), 0u);
  EXPECT_EQ(OwnedBytes(Array(9)), 9 * sizeof(int));
}

TEST(OwnedBytesTest, OfAValarrayAreItsElements) {
  EXPECT_EQ(OwnedBytes(std::valarray<int>(9)), 9 * sizeof(int));
}

TEST(OwnedBytesTest, OfACordAreItsSize) {
  const std::string text(1000, 'x');
  EXPECT_EQ(OwnedBytes(absl::Cord("short")), 0u);
  EXPECT_EQ(OwnedBytes(absl::Cord(text.c_str())), 1000u);
}

TEST(OwnedBytesTest, OfElementsInTheObjectAreNone) {
  EXPECT_EQ(OwnedBytes(std::string()), 0u);
  EXPECT_EQ(OwnedBytes(std::string("short")), 0u);
  EXPECT_EQ(OwnedBytes(std::wstring(L"s")), 0u);
  EXPECT_EQ(OwnedBytes(absl::InlinedVector<int, 3>{1, 2, 3}), 0u);
}

TEST(OwnedBytesTest, OfCapacityCountAsWell) {
  std::vector<int> numbers;
  numbers.reserve(1000);
  EXPECT_EQ(OwnedBytes(numbers), 1000 * sizeof(int));
  std::vector<bool> bits(1024);
  EXPECT_EQ(OwnedBytes(bits), 128u);
  std::string text;
  text.reserve(1000);
  EXPECT_GE(OwnedBytes(text), 1000u);
}

TEST(OwnedBytesTest, OfElementsAreNotCounted) {
  std::vector<std::string> names(10, std::string(1000, 'x'));
  EXPECT_EQ(OwnedBytes(names), 10 * sizeof(std::string));
}

// --- Pointers and parts ------------------------------------------------------

TEST(OwnedBytesTest, OfAUniquePtrAreTheObjectAndWhatItOwns) {
  EXPECT_EQ(OwnedBytes(std::make_unique<int>(1)), sizeof(int));
  EXPECT_EQ(OwnedBytes(std::unique_ptr<int>()), 0u);
  using Numbers = std::vector<int>;
  EXPECT_EQ(OwnedBytes(std::make_unique<const Numbers>(100)),
            sizeof(Numbers) + 100 * sizeof(int));
  EXPECT_EQ(
      OwnedBytes(std::make_unique<std::unique_ptr<Numbers>>(
          std::make_unique<Numbers>(100))),
      sizeof(std::unique_ptr<Numbers>) + sizeof(Numbers) + 100 * sizeof(int));
}

TEST(OwnedBytesTest, OfPartsAreTheirSum) {
  const std::vector<int> numbers(100);
  const std::size_t one = 100 * sizeof(int);
  EXPECT_EQ(OwnedBytes(std::make_pair(numbers, 1)), one);
  EXPECT_EQ(OwnedBytes(std::make_pair(numbers, numbers)), 2 * one);
  EXPECT_EQ(OwnedBytes(std::make_tuple(1, numbers, "a", numbers, numbers)),
            3 * one);
  EXPECT_EQ(OwnedBytes(std::pair<const std::vector<int>, int>(numbers, 1)),
            one);
  EXPECT_EQ(OwnedBytes(std::make_optional(numbers)), one);
  EXPECT_EQ(OwnedBytes(std::optional<std::vector<int>>()), 0u);
}

TEST(OwnedBytesTest, OfReferencesAreNone) {
  std::vector<int> numbers(100);
  EXPECT_EQ(OwnedBytes(std::tie(numbers)), 0u);
  EXPECT_EQ(OwnedBytes(std::pair<const std::vector<int>&, std::vector<int>>(
                numbers, numbers)),
            100 * sizeof(int));
}

// --- What the type says ------------------------------------------------------

TEST(OwnedBytesTest, AreWhatRetiredBytesSays) {
  EXPECT_EQ(OwnedBytes(std::vector<Entry>(10)), 13u);
  EXPECT_EQ(OwnedBytes(std::make_unique<std::vector<Entry>>(10)),
            sizeof(std::vector<Entry>) + 13);
  Table table;
  table.numbers.resize(100);
  EXPECT_EQ(OwnedBytes(table), 100 * sizeof(int));
  EXPECT_EQ(OwnedBytes(std::make_optional(table)), 100 * sizeof(int));
}

TEST(OwnedBytesTest, OfOthersAreNone) {
  Silent silent;
  silent.numbers.resize(100);
  EXPECT_EQ(OwnedBytes(silent), 0u);
  Names names;
  names.resize(100);
  EXPECT_EQ(OwnedBytes(names), 0u);
  EXPECT_EQ(OwnedBytes(strangers::std::vector<int>()), 0u);
  const std::string text(100, 'x');
  EXPECT_EQ(OwnedBytes(std::string_view(text)), 0u);
  EXPECT_EQ(OwnedBytes(std::array<std::string, 1>{text}), 0u);
  EXPECT_EQ(OwnedBytes(std::make_shared<std::string>(text)), 0u);
}

// --- Where it costs nothing --------------------------------------------------

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

template <class... T>
constexpr int kConstant = (0 + ... + int{internal::kHasConstantFootprint<T>});

TEST(OwnedBytesTest, AreKnownToBeNoneAtCompileTime) {
  EXPECT_EQ((kConstant<int, int*, void, Silent, Names, strangers::Hidden>), 6);
  EXPECT_EQ((kConstant<std::string_view, absl::Span<int>, std::array<Names, 2>,
                       std::shared_ptr<Names>, std::function<void()>,
                       std::forward_list<int>, std::variant<int, std::string>,
                       std::map<int, int>::value_compare,
                       std::vector<int>::iterator>),
            9);
  EXPECT_EQ((kConstant<std::pair<int, int>, std::tuple<>, std::tuple<int, int>,
                       std::tuple<Names&>, std::optional<int>>),
            5);
  EXPECT_EQ(
      (kConstant<std::unique_ptr<int[]>, std::unique_ptr<strangers::Hidden>,
                 std::unique_ptr<std::FILE, CloseFile>>),
      3);
  EXPECT_EQ((kConstant<std::string, Table, std::vector<Entry>, absl::Cord,
                       std::unique_ptr<int>, std::pair<int, std::string>,
                       std::tuple<int, const std::string>,
                       std::optional<std::string>, const std::string>),
            0);
}

// --- Where it is asked -------------------------------------------------------

// What is pending after f, under a pin, and was not before.
template <class F>
std::size_t PendingBytesOf(F f) {
  std::size_t bytes;
  {
    const PinGuard pin;
    const auto before = GetReclaimStats().pending_bytes;
    f();
    bytes = static_cast<std::size_t>(GetReclaimStats().pending_bytes - before);
  }
  Synchronize();
  Reclaim();
  return bytes;
}

TEST(OwnedBytesTest, CountForValues) {
  Value value;
  value.Store(std::string(1000, 'x'));
  EXPECT_GE(PendingBytesOf([&] { value.Clear(); }), 1000u);
  ValueOf<std::string> cell;
  cell.Store(std::string(1000, 'x'));
  EXPECT_GE(PendingBytesOf([&] { cell.Clear(); }), 1000u);
  cell.Store("short");
  EXPECT_LT(PendingBytesOf([&] { cell.Clear(); }), 1000u);
}

TEST(OwnedBytesTest, CountForAdoptedObjects) {
  struct Shape {
    Shape() = default;
    virtual ~Shape() = default;
  };
  struct Large : Shape {
    char bytes[1000] = {};
  };
  ValueOf<Shape> shape;
  shape.Store(std::make_unique<Large>());
  EXPECT_GE(PendingBytesOf([&] { shape.Clear(); }), 1000u);
  ValueOf<std::string> cell;
  cell.Store(std::make_shared<std::string>(1000, 'x'));
  EXPECT_GE(PendingBytesOf([&] { cell.Clear(); }), 1000u);
}

TEST(OwnedBytesTest, DoNotCountForRetire) {
  EXPECT_LT(
      PendingBytesOf([] { Retire(new std::string(std::string(1000, 'x'))); }),
      1000u);
  // Nor where the deleter has a state, so that it needs a node.
  EXPECT_LT(PendingBytesOf([] {
              int deleted = 0;
              Retire(new std::string(std::string(1000, 'x')),
                     [deleted](std::string* p) mutable {
                       ++deleted;
                       delete p;
                     });
            }),
            1000u);
  const auto table = [] {
    auto* const result = new Table;
    result->name = std::string(1000, 'x');
    return result;
  };
  EXPECT_GE(PendingBytesOf([&] { Retire(table()); }), 1000u);
}

}  // namespace
}  // namespace sync_atomic

namespace strangers {
class Hidden {};
}  // namespace strangers
