// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/service_table.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync_atomic/tests/examples/shipped_services.h"

namespace hot_reload {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr absl::string_view kText =
    "# Two services\n"
    "\n"
    "http   80/tcp  www web  # the web\n"
    "  domain\t53/udp\r\n";

absl::StatusOr<ServiceTable> Parse(absl::string_view text,
                                   std::uint64_t version = 1) {
  return ServiceTable::Parse("file", text, version,
                             std::make_shared<TableCensus>());
}

// What Parse() says about a text that it must refuse.
std::string Refusal(absl::string_view text) {
  const absl::Status status = Parse(text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(ServiceTableTest, ParseTakesNamePortProtocolAndAliases) {
  const ServiceTable table = Parse(kText).value();
  ASSERT_EQ(table.services().size(), 2u);
  const Service& http = table.services()[0];
  EXPECT_EQ(http.name, "http");
  EXPECT_EQ(http.port, 80);
  EXPECT_EQ(http.protocol, "tcp");
  EXPECT_EQ(http.aliases, "www web");
  const Service& domain = table.services()[1];
  EXPECT_EQ(domain.name, "domain");
  EXPECT_EQ(domain.port, 53);
  EXPECT_EQ(domain.protocol, "udp");
  EXPECT_EQ(domain.aliases, "");
}

TEST(ServiceTableTest, LookupFindsNamesAndAliasesOfTheProtocolOnly) {
  const ServiceTable table = Parse(kText).value();
  EXPECT_EQ(table.Lookup("http", "tcp"), &table.services()[0]);
  EXPECT_EQ(table.Lookup("web", "tcp"), &table.services()[0]);
  EXPECT_EQ(table.Lookup("domain", "udp"), &table.services()[1]);
  EXPECT_EQ(table.Lookup("http", "udp"), nullptr);
  EXPECT_EQ(table.Lookup("gopher", "tcp"), nullptr);
}

TEST(ServiceTableTest, NamesAreAllThatLookupFinds) {
  EXPECT_THAT(Parse(kText).value().Names(),
              UnorderedElementsAre(Pair("http", "tcp"), Pair("www", "tcp"),
                                   Pair("web", "tcp"), Pair("domain", "udp")));
}

TEST(ServiceTableTest, TheFirstOfTwoLinesForOneNameCounts) {
  const ServiceTable table = Parse("web 80/tcp\nweb 81/tcp\n").value();
  EXPECT_EQ(table.Lookup("web", "tcp")->port, 80);
}

TEST(ServiceTableTest, PortsGoFrom0To65535) {
  const ServiceTable table = Parse("a 0/tcp\nb 65535/tcp").value();
  EXPECT_EQ(table.Lookup("a", "tcp")->port, 0);
  EXPECT_EQ(table.Lookup("b", "tcp")->port, 65535);
}

// Rejects: string_views into a std::string that keeps short texts in itself.
TEST(ServiceTableTest, AMovedTableKeepsItsShortText) {
  std::optional<ServiceTable> first = Parse("a 1/b").value();
  const ServiceTable second = *std::move(first);
  first = std::nullopt;
  const Service* const service = second.Lookup("a", "b");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->port, 1);
  EXPECT_TRUE(second.IsIntact());
}

TEST(ServiceTableTest, ParseSaysWhichLineIsWrongAndWhy) {
  EXPECT_EQ(Refusal("a 1/tcp\n\nhttp\n"),
            "file:3: \"http\" has no port; expected NAME PORT/PROTOCOL "
            "[ALIAS]... [# COMMENT]");
  EXPECT_EQ(Refusal("http eighty/tcp"),
            "file:1: \"eighty\" is no port; expected a number from 0 to 65535, "
            "as in NAME PORT/PROTOCOL [ALIAS]... [# COMMENT]");
  EXPECT_EQ(Refusal("http 80 tcp"),
            "file:1: \"80\" has no protocol; expected one like 80/tcp, as in "
            "NAME PORT/PROTOCOL [ALIAS]... [# COMMENT]");
}

TEST(ServiceTableTest, ParseRefusesPortsThatAreNoPlainNumbers) {
  for (absl::string_view port :
       {"", "-1", "+1", "65536", "99999999999", "1.5", "0x50", "80a"}) {
    SCOPED_TRACE(port);
    EXPECT_THAT(Refusal(absl::StrCat("a ", port, "/tcp")),
                HasSubstr("is no port"));
  }
}

TEST(ServiceTableTest, ParseRefusesProtocolsThatAreNoNames) {
  for (absl::string_view protocol : {"", "t/cp", "t,cp"}) {
    SCOPED_TRACE(protocol);
    EXPECT_THAT(Refusal(absl::StrCat("a 1/", protocol)),
                HasSubstr("has no protocol"));
  }
}

TEST(ServiceTableTest, ParseRefusesBinaryData) {
  EXPECT_EQ(Refusal(absl::string_view("a 1/tcp\n\x7f"
                                      "ELF\x02\0\0",
                                      15)),
            "file:2: \"\\177ELF\\002\\000\\000\" holds the control character "
            "\\177; expected text");
}

TEST(ServiceTableTest, ParseRefusesATextWithoutServices) {
  EXPECT_EQ(Refusal(""),
            "file:1: the file ends without a service; expected lines of the "
            "form NAME PORT/PROTOCOL [ALIAS]... [# COMMENT]");
  EXPECT_THAT(Refusal("# nothing\n# at all\n"), StartsWith("file:2:"));
}

TEST(ServiceTableTest, AMessageShowsTheStartOfALongWordOnly) {
  const std::string message = Refusal(std::string(1000, 'x'));
  EXPECT_THAT(message, HasSubstr(std::string(40, 'x') + "\"... has"));
  EXPECT_LT(message.size(), 200u);
}

TEST(ServiceTableTest, AChangedByteBreaksTheChecksums) {
  const ServiceTable table = Parse(kText).value();
  const Service& http = table.services()[0];
  const Service& domain = table.services()[1];
  ASSERT_TRUE(table.IsIntact());
  ASSERT_TRUE(ServiceTable::IsIntact(http, table.version()));
  // The characters are those of a std::string that is not const, in the table.
  ++*const_cast<char*>(http.name.data());
  EXPECT_FALSE(ServiceTable::IsIntact(http, table.version()));
  EXPECT_TRUE(ServiceTable::IsIntact(domain, table.version()));
  EXPECT_FALSE(table.IsIntact());
}

// Rejects: checksums that say nothing about the table they come from; a reader
// with half of an old table and half of a new one would pass.
TEST(ServiceTableTest, AServiceFitsOnlyItsOwnVersion) {
  const ServiceTable table = Parse(kText, 7).value();
  EXPECT_TRUE(ServiceTable::IsIntact(table.services()[0], 7));
  EXPECT_FALSE(ServiceTable::IsIntact(table.services()[0], 8));
}

// Rejects: a destructor that leaves the version behind, so that a reader of a
// freed table would find all in order. Looks for it among the bytes that
// remain.
TEST(ServiceTableTest, ADeadTableHasNoVersion) {
  constexpr std::uint64_t kVersion = 0x5ea15ea15ea15ea1;
  unsigned char version[sizeof(kVersion)];
  std::memcpy(version, &kVersion, sizeof(kVersion));
  alignas(ServiceTable) unsigned char memory[sizeof(ServiceTable)] = {};
  const auto has_version = [&] {
    return std::search(std::begin(memory), std::end(memory),
                       std::begin(version),
                       std::end(version)) != std::end(memory);
  };
  ServiceTable* const table =
      new (memory) ServiceTable(Parse(kText, kVersion).value());
  EXPECT_TRUE(has_version());
  table->~ServiceTable();
  EXPECT_FALSE(has_version());
}

TEST(TableCensusTest, ATableCountsFromItsParseToItsDeath) {
  const auto census = std::make_shared<TableCensus>();
  std::int64_t bytes = 0;
  {
    ServiceTable first = ServiceTable::Parse("file", kText, 1, census).value();
    EXPECT_EQ(census->alive(), 1);
    bytes = first.bytes();
    EXPECT_GE(bytes, static_cast<std::int64_t>(kText.size()));
    EXPECT_EQ(census->bytes(), bytes);
    const ServiceTable moved = std::move(first);
    EXPECT_EQ(census->alive(), 1);
    const ServiceTable second =
        ServiceTable::Parse("file", kText, 2, census).value();
    EXPECT_EQ(census->alive(), 2);
    EXPECT_EQ(census->bytes(), 2 * bytes);
  }
  EXPECT_EQ(census->alive(), 0);
  EXPECT_EQ(census->bytes(), 0);
  EXPECT_EQ(census->most_alive(), 2);
}

TEST(TableCensusTest, ATextThatIsRefusedLeavesNoTrace) {
  const auto census = std::make_shared<TableCensus>();
  EXPECT_FALSE(ServiceTable::Parse("file", "a 1/tcp\nb\n", 1, census).ok());
  EXPECT_EQ(census->alive(), 0);
  EXPECT_EQ(census->bytes(), 0);
  EXPECT_EQ(census->most_alive(), 0);
}

TEST(ShippedServicesTest, AreARealTable) {
  const absl::StatusOr<ServiceTable> table = Parse(kShippedServices);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_GE(table->services().size(), 100u);
  EXPECT_EQ(table->Lookup("ssh", "tcp")->port, 22);
  EXPECT_EQ(table->Lookup("www", "tcp")->port, 80);
}

}  // namespace
}  // namespace hot_reload
