// SPDX-License-Identifier: Apache-2.0

// TableFile: a file that is read now, and again whenever it changes.
//
//   TableFile file("/etc/services");
//   absl::StatusOr<std::string> text = file.Read();
//   while (file.WaitForChange(deadline)) text = file.Read();
//
// It watches folders, not the file: editors and package managers write a new
// file and rename it over the old one, and a watch on the old one would never
// hear of that. A file that is written in place counts as changed when the
// writer closes it, so that nobody reads half of a new text. Where the path is
// a symbolic link, the folder that it leads to is watched as well. Linux:
// inotify.
//
// Threads:   one at a time.
// Errors:    Read() says "FILE: what was wrong; what was expected".

#ifndef SYNC_ATOMIC_TESTS_EXAMPLES_TABLE_FILE_H_
#define SYNC_ATOMIC_TESTS_EXAMPLES_TABLE_FILE_H_

#include <chrono>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hot_reload {

class TableFile {
 public:
  using Clock = std::chrono::steady_clock;

  explicit TableFile(std::string path);

  // A text that is part of the program: there is no file, and it never changes.
  TableFile(std::string name, std::string built_in_text);

  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;
  ~TableFile();

  const std::string& name() const { return name_; }

  // Says why changes will not be seen, if so.
  const absl::Status& watch_status() const { return watch_status_; }

  absl::StatusOr<std::string> Read() const;

  // True when the file was written, replaced or removed since the last call
  // that said so, which includes changes before this call; false when nothing
  // happened until `deadline`.
  bool WaitForChange(Clock::time_point deadline);

 private:
  void Watch(const std::string& path);
  bool WaitForEvents(Clock::time_point deadline);
  bool TakeEvents();

  const std::string name_;
  const std::string built_in_text_;
  int inotify_ = -1;  // stays -1 where there is nothing to watch
  absl::Status watch_status_;
  std::string resolved_path_;               // name_ without its links
  absl::flat_hash_set<std::string> names_;  // of the file in its folders
};

}  // namespace hot_reload

#endif  // SYNC_ATOMIC_TESTS_EXAMPLES_TABLE_FILE_H_
