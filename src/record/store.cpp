// SPDX-License-Identifier: MIT
#include "record/store.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "record/retention.hpp"

namespace cs {
namespace {

constexpr int kTries = 20;  // to find an unused file name
constexpr mode_t kMode = 0640;

std::string remedy_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space, or lower CS_RECORD_MAX_MB";
    case ENOENT:
    case ENOTDIR:
      return "; create the directory, mount its file system, or change CS_RECORD_DIR";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; give the service's user write permission, or change CS_RECORD_DIR";
    default:
      return "";
  }
}

std::vector<KeptFile> our_files(const std::string& directory) {
  std::vector<KeptFile> files;
  std::error_code ignored;  // create() reports what is wrong with the directory
  for (auto entry = std::filesystem::directory_iterator(directory, ignored);
       entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    struct stat about = {};
    if (!is_our_file(name) || lstat(entry->path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    files.push_back({.name = name, .bytes = static_cast<std::uint64_t>(about.st_size), .in_use = false});
  }
  return files;
}

}  // namespace

Store::Store(Config config, Metrics& metrics)
    : config_(std::move(config)), log_(make_log("record")), deleted_(metrics.get("recording_files_deleted_total")) {}

std::variant<Store::NewFile, StoreFailure> Store::create(FileKind kind, std::chrono::system_clock::time_point start) {
  for (int i = 0; i < kTries; ++i) {
    // A name is taken if the wall clock was set back, or if two clips begin at the same time.
    const std::string name = file_name(kind, start + std::chrono::milliseconds(i));
    const std::string path = config_.directory + "/" + name;
    Fd fd(DiskThread::call([&path] {
      const int made = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode);
      if (made >= 0) flock(made, LOCK_EX | LOCK_NB);  // other servers may use the same directory
      return made;
    }));
    if (fd.get() < 0 && errno == EEXIST) continue;
    if (fd.get() < 0) return failure("", errno);
    writing_.insert(name);
    delete_oldest();
    return NewFile{std::move(fd), name};
  }
  return failure("", EEXIST);
}

void Store::grown(std::uint64_t bytes) {
  total_ += bytes;
  if (total_ > config_.max_bytes) delete_oldest();
}

void Store::done(const std::string& name) {
  writing_.erase(name);
}

void Store::remove(const std::string& name) {
  DiskThread::call([path = config_.directory + "/" + name] { return unlink(path.c_str()); });
}

StoreFailure Store::failure(const std::string& name, int error) const {
  return {error, fmt::format("cannot write {}{}{}: {}{}", config_.directory, name.empty() ? "" : "/", name,
                             std::generic_category().message(error), remedy_for(error))};
}

void Store::delete_oldest() {
  std::vector<KeptFile> files = DiskThread::call([directory = config_.directory] { return our_files(directory); });
  for (KeptFile& file : files) file.in_use = writing_.contains(file.name);
  total_ = 0;
  for (const KeptFile& file : files) total_ += file.bytes;
  for (const std::string& name : choose_to_delete(files, config_.max_bytes)) {
    if (!delete_unless_locked(name)) continue;
    for (const KeptFile& file : files)
      if (file.name == name) total_ -= file.bytes;
    deleted_.add();
    log_->info("deleted {}, the oldest file, to stay within CS_RECORD_MAX_MB", name);
  }
}

bool Store::delete_unless_locked(const std::string& name) const {
  return DiskThread::call([path = config_.directory + "/" + name] {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (fd.get() >= 0 && flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
    return unlink(path.c_str()) == 0;
  });
}

}  // namespace cs
