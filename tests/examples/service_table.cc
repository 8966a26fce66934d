// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/service_table.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace hot_reload {
namespace {

constexpr absl::string_view kForm = "NAME PORT/PROTOCOL [ALIAS]... [# COMMENT]";
constexpr absl::string_view kBlanks = " \t\r\v\f";

// Text from a file, made fit for a message: short, and without bytes that a
// terminal would obey.
std::string Quoted(absl::string_view given) {
  constexpr std::size_t kLongest = 40;
  const bool cut = given.size() > kLongest;
  return absl::StrCat("\"", absl::CEscape(given.substr(0, kLongest)),
                      cut ? "\"..." : "\"");
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_iscntrl(byte) && !absl::ascii_isspace(byte);
}

bool IsPort(absl::string_view text, std::uint32_t* port) {
  return absl::c_all_of(text, absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, port) && *port <= 65535;
}

bool IsProtocol(absl::string_view text) {
  return !text.empty() && absl::c_all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

std::uint64_t ChecksumOf(const Service& service, std::uint64_t version) {
  return absl::HashOf(version, service.name, service.protocol, service.aliases,
                      service.port);
}

// Overwrites a member of an object that dies. The store is volatile because
// compilers leave out stores that no correct program can read.
void Spoil(std::uint64_t& member) {
  static_cast<volatile std::uint64_t&>(member) = 0;
}

}  // namespace

void TableCensus::Join(std::int64_t bytes) {
  bytes_.Add(bytes);
  const std::int64_t alive = alive_.Add(1);
  // No two threads raise it at once: only the writer of a service builds
  // tables.
  if (alive > most_alive_.Load()) most_alive_.Store(alive);
}

void TableCensus::Leave(std::int64_t bytes) {
  alive_.Add(-1);
  bytes_.Add(-bytes);
}

absl::StatusOr<ServiceTable> ServiceTable::Parse(
    absl::string_view file, absl::string_view text, std::uint64_t version,
    std::shared_ptr<TableCensus> census) {
  ServiceTable table(text, version);
  int line_number = 0;
  for (absl::string_view line :
       absl::StrSplit(absl::StripSuffix(*table.text_, "\n"), '\n')) {
    ++line_number;
    const absl::Status status = table.ParseLine(line);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s:%d: %s", file, line_number, status.message()));
    }
  }
  if (table.services_.empty()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s:%d: the file ends without a service; expected lines of the form %s",
        file, line_number, kForm));
  }
  table.Seal(std::move(census));
  return table;
}

ServiceTable::ServiceTable(absl::string_view text, std::uint64_t version)
    : text_(std::make_unique<std::string>(text)), version_(version) {}

ServiceTable::~ServiceTable() {
  if (census_ == nullptr) return;
  for (Service& service : services_) Spoil(service.checksum);
  Spoil(checksum_);
  Spoil(version_);
  census_->Leave(bytes_);
}

absl::Status ServiceTable::ParseLine(absl::string_view line) {
  const auto control = absl::c_find_if(line, IsControl);
  if (control != line.end()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s holds the control character \\%03o; expected text",
                        Quoted(line), static_cast<unsigned char>(*control)));
  }

  const absl::string_view content = line.substr(0, line.find('#'));
  const std::vector<absl::string_view> fields =
      absl::StrSplit(content, absl::ByAnyChar(kBlanks), absl::SkipEmpty());
  if (fields.empty()) return absl::OkStatus();
  if (fields.size() == 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s has no port; expected %s", Quoted(fields[0]), kForm));
  }

  const std::pair<absl::string_view, absl::string_view> port_and_protocol =
      absl::StrSplit(fields[1], absl::MaxSplits('/', 1));
  std::uint32_t port = 0;
  if (!IsPort(port_and_protocol.first, &port)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s is no port; expected a number from 0 to 65535, as in %s",
        Quoted(port_and_protocol.first), kForm));
  }
  if (!IsProtocol(port_and_protocol.second)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s has no protocol; expected one like 80/tcp, as in %s",
        Quoted(fields[1]), kForm));
  }

  Service service;
  service.name = fields[0];
  service.port = static_cast<std::uint16_t>(port);
  service.protocol = port_and_protocol.second;
  if (fields.size() > 2) {
    const char* const end = fields.back().data() + fields.back().size();
    service.aliases = absl::string_view(
        fields[2].data(), static_cast<std::size_t>(end - fields[2].data()));
  }
  service.checksum = ChecksumOf(service, version_);

  const auto position = static_cast<std::uint32_t>(services_.size());
  services_.push_back(service);
  index_.try_emplace(Key(service.name, service.protocol), position);
  for (std::size_t i = 2; i < fields.size(); ++i) {
    index_.try_emplace(Key(fields[i], service.protocol), position);
  }
  return absl::OkStatus();
}

void ServiceTable::Seal(std::shared_ptr<TableCensus> census) {
  services_.shrink_to_fit();
  checksum_ = Checksum();
  // The index has a slot and a byte of its own for each place.
  bytes_ = static_cast<std::int64_t>(
      sizeof(ServiceTable) + sizeof(std::string) + text_->capacity() +
      services_.capacity() * sizeof(Service) +
      index_.capacity() * (sizeof(decltype(index_)::value_type) + 1));
  census_ = std::move(census);
  census_->Join(bytes_);
}

const Service* ServiceTable::Lookup(absl::string_view name,
                                    absl::string_view protocol) const {
  const auto found = index_.find(Key(name, protocol));
  return found == index_.end() ? nullptr : &services_[found->second];
}

std::vector<std::pair<std::string, std::string>> ServiceTable::Names() const {
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto& [key, position] : index_) {
    names.emplace_back(key.first, key.second);
  }
  return names;
}

bool ServiceTable::IsIntact(const Service& service, std::uint64_t version) {
  return service.checksum == ChecksumOf(service, version);
}

bool ServiceTable::IsIntact() const {
  return absl::c_all_of(services_,
                        [this](const Service& service) {
                          return IsIntact(service, version_);
                        }) &&
         Checksum() == checksum_;
}

std::uint64_t ServiceTable::Checksum() const {
  std::uint64_t checksum = absl::HashOf(version_, services_.size());
  for (const Service& service : services_) {
    checksum = absl::HashOf(checksum, service.checksum);
  }
  return checksum;
}

}  // namespace hot_reload
