// SPDX-License-Identifier: Apache-2.0

// ServiceTable: a file like /etc/services as an immutable table, looked up by
// the name of a service and its protocol.
//
//   absl::StatusOr<ServiceTable> table =
//       ServiceTable::Parse("/etc/services", text, /*version=*/1, census);
//   const Service* service = table->Lookup("www", "tcp");  // http, port 80
//
// The table is the value that the hot_reload example replaces while others read
// it, so it is made to give away whoever breaks that: each service carries a
// checksum that only fits its own version of the table, the table carries one
// over all services, and a table that dies spoils both. A reader that mixes two
// tables, or reads one that is already freed, sees a checksum that is wrong.
//
// Threads:   any number may read a table; nobody changes one.
// Ownership: the table owns its text; a Service points into it.
// Errors:    a malformed text is an absl::Status that says "FILE:LINE: what was
//            given and what was expected".

#ifndef SYNC_ATOMIC_TESTS_EXAMPLES_SERVICE_TABLE_H_
#define SYNC_ATOMIC_TESTS_EXAMPLES_SERVICE_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sync_atomic/atomic/int64.h"

namespace hot_reload {

// One line of the file.
struct Service {
  absl::string_view name;
  absl::string_view protocol;
  absl::string_view aliases;  // as the line has them, between blanks
  std::uint16_t port = 0;
  std::uint64_t checksum = 0;
};

// Counts the tables that are alive, and their bytes. A table joins when it is
// built and leaves when it is destroyed, on whatever thread that happens; one
// that was moved from counts no more. The difference between this and the one
// table that is in use is what was replaced but not freed yet.
class TableCensus {
 public:
  void Join(std::int64_t bytes);
  void Leave(std::int64_t bytes);

  std::int64_t alive() const { return alive_.Load(); }
  std::int64_t bytes() const { return bytes_.Load(); }
  std::int64_t most_alive() const { return most_alive_.Load(); }

 private:
  atomic::Int64 alive_;
  atomic::Int64 bytes_;
  atomic::Int64 most_alive_;
};

class ServiceTable {
 public:
  // Reads lines of the form "NAME PORT/PROTOCOL [ALIAS]... [# comment]". `file`
  // is only what messages call the text. Of two lines for one name and protocol
  // the first counts, as it does for getservbyname(3).
  static absl::StatusOr<ServiceTable> Parse(
      absl::string_view file, absl::string_view text, std::uint64_t version,
      std::shared_ptr<TableCensus> census);

  ServiceTable(ServiceTable&&) = default;
  ServiceTable& operator=(ServiceTable&&) = delete;
  ~ServiceTable();

  // The service of that name or alias; null when there is none.
  const Service* Lookup(absl::string_view name,
                        absl::string_view protocol) const;

  // In the order of the file.
  const std::vector<Service>& services() const { return services_; }

  // Each name and alias with its protocol: all that Lookup() finds, as copies
  // and in no order.
  std::vector<std::pair<std::string, std::string>> Names() const;

  // As given to Parse(); 0 once the table is destroyed.
  std::uint64_t version() const { return version_; }

  // What the table occupies: its text, its services and their index.
  std::int64_t bytes() const { return bytes_; }

  // True when `service` is what the table of that version was built with.
  static bool IsIntact(const Service& service, std::uint64_t version);

  // True when all services of this table are, and none is missing.
  bool IsIntact() const;

 private:
  using Key = std::pair<absl::string_view, absl::string_view>;

  ServiceTable(absl::string_view text, std::uint64_t version);

  absl::Status ParseLine(absl::string_view line);
  void Seal(std::shared_ptr<TableCensus> census);  // no change after this
  std::uint64_t Checksum() const;

  // All string_views point into this. It is on the heap on its own because a
  // short std::string would take its characters along when it is moved.
  std::unique_ptr<std::string> text_;
  std::vector<Service> services_;
  absl::flat_hash_map<Key, std::uint32_t> index_;  // into services_
  std::uint64_t version_;
  std::uint64_t checksum_ = 0;
  std::int64_t bytes_ = 0;
  std::shared_ptr<TableCensus> census_;  // null until sealed, and moved from
};

}  // namespace hot_reload

#endif  // SYNC_ATOMIC_TESTS_EXAMPLES_SERVICE_TABLE_H_
