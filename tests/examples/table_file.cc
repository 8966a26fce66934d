// SPDX-License-Identifier: Apache-2.0

#include "sync_atomic/tests/examples/table_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace hot_reload {
namespace {

using std::chrono::milliseconds;

// Far above any table of services, and far below what would hurt.
constexpr std::size_t kLargestFile = std::size_t{64} << 20;

// One save in an editor is several events: the old file is renamed, a new one
// is written, and so on. They belong to one change while they follow each other
// this closely; but a file that never rests is read at last too.
constexpr milliseconds kPauseBetweenChanges(20);
constexpr milliseconds kLongestChange(200);

absl::Status Unreadable(absl::string_view file, absl::StatusCode code,
                        absl::string_view reason) {
  return absl::Status(code,
                      absl::StrCat(file, ": ", reason,
                                   "; expected a table like /etc/services"));
}

std::string ErrorText(int error) {
  return std::generic_category().message(error);
}

// The path with all symbolic links followed; empty when it leads nowhere.
std::string Resolve(const std::string& path) {
  std::error_code error;
  return std::filesystem::canonical(path, error).string();
}

}  // namespace

TableFile::TableFile(std::string path) : name_(std::move(path)) {
  inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_ < 0) {
    watch_status_ = absl::ErrnoToStatus(errno, "inotify_init1");
    return;
  }
  Watch(name_);
  resolved_path_ = Resolve(name_);
  if (!resolved_path_.empty()) Watch(resolved_path_);
}

TableFile::TableFile(std::string name, std::string built_in_text)
    : name_(std::move(name)), built_in_text_(std::move(built_in_text)) {}

TableFile::~TableFile() {
  if (inotify_ >= 0) close(inotify_);
}

absl::StatusOr<std::string> TableFile::Read() const {
  if (!built_in_text_.empty()) return built_in_text_;

  // Without O_NONBLOCK a named pipe would keep us here until somebody writes.
  const int file = open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return Unreadable(name_, absl::ErrnoToStatusCode(errno), ErrorText(errno));
  }
  const absl::Cleanup close_file = [file] { close(file); };

  struct stat attributes;
  if (fstat(file, &attributes) != 0) {
    return Unreadable(name_, absl::ErrnoToStatusCode(errno), ErrorText(errno));
  }
  if (!S_ISREG(attributes.st_mode)) {
    return Unreadable(name_, absl::StatusCode::kInvalidArgument,
                      S_ISDIR(attributes.st_mode) ? "this is a directory"
                                                  : "this is no regular file");
  }

  std::string text;
  char block[1 << 14];
  while (true) {
    const ssize_t count = read(file, block, sizeof(block));
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Unreadable(name_, absl::ErrnoToStatusCode(errno),
                        ErrorText(errno));
    }
    text.append(block, static_cast<std::size_t>(count));
    if (text.size() > kLargestFile) {
      return Unreadable(name_, absl::StatusCode::kResourceExhausted,
                        "the file is larger than 64 MiB");
    }
  }
}

bool TableFile::WaitForChange(Clock::time_point deadline) {
  do {
    if (!WaitForEvents(deadline)) return false;
  } while (!TakeEvents());

  const Clock::time_point latest = Clock::now() + kLongestChange;
  while (Clock::now() < latest &&
         WaitForEvents(Clock::now() + kPauseBetweenChanges)) {
    TakeEvents();
  }
  return true;
}

// Watches the folder of `path` for what happens to a file of that name.
void TableFile::Watch(const std::string& path) {
  const std::filesystem::path file(path);
  const std::filesystem::path folder =
      file.has_parent_path() ? file.parent_path() : ".";
  names_.insert(file.filename().string());
  if (inotify_add_watch(inotify_, folder.c_str(),
                        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                            IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR) < 0) {
    watch_status_ = absl::ErrnoToStatus(errno, folder.string());
  }
}

// True when there are events to take, false at the deadline.
bool TableFile::WaitForEvents(Clock::time_point deadline) {
  while (true) {
    const auto left =
        std::max(std::chrono::duration_cast<std::chrono::nanoseconds>(
                     deadline - Clock::now()),
                 std::chrono::nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec timeout = {};
    timeout.tv_sec = static_cast<std::time_t>(seconds.count());
    timeout.tv_nsec = static_cast<long>((left - seconds).count());
    // A negative descriptor is one that has no events: this only waits then.
    pollfd events = {inotify_, POLLIN, 0};
    const int ready = ppoll(&events, 1, &timeout, nullptr);
    if (ready > 0) return true;
    if (ready == 0 && Clock::now() >= deadline) return false;
  }
}

// Takes all events that wait. True when one of them is about our file.
bool TableFile::TakeEvents() {
  bool ours = false;
  char events[1 << 12];
  ssize_t size;
  while ((size = read(inotify_, events, sizeof(events))) > 0) {
    for (const char* next = events; next < events + size;) {
      inotify_event event;
      std::memcpy(&event, next, sizeof(event));
      next += sizeof(event);
      // An event without a name is about the folder as a whole.
      ours = ours || event.len == 0 || names_.contains(absl::string_view(next));
      next += event.len;
    }
  }

  // A link on the way to our file, or a folder of it, may lead elsewhere now.
  std::string resolved_path = Resolve(name_);
  if (resolved_path != resolved_path_ && !resolved_path.empty()) {
    resolved_path_ = std::move(resolved_path);
    Watch(resolved_path_);
    ours = true;
  }
  return ours;
}

}  // namespace hot_reload
