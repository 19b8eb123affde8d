// SPDX-License-Identifier: MIT
#include "record/fragmented_mp4_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cs {

bool is_index(std::span<const std::byte> bytes) {
  return bytes.size() >= 8 &&
         (std::memcmp(bytes.data() + 4, "moov", 4) == 0 || std::memcmp(bytes.data() + 4, "moof", 4) == 0);
}

FragmentedMp4File::FragmentedMp4File(Store& store, FileKind kind, Metrics& metrics)
    : store_(store),
      kind_(kind),
      bytes_(metrics.get("recording_bytes_total")),
      files_(kind == FileKind::clip ? metrics.get("clips_saved_total") : metrics.get("recording_segments_total")) {}

FragmentedMp4File::~FragmentedMp4File() {
  close();
}

std::string FragmentedMp4File::name() const {
  const std::lock_guard lock(mutex_);
  return name_;
}

std::optional<StoreFailure> FragmentedMp4File::open() {
  auto made = store_.create(kind_, start_);
  if (const auto* failure = std::get_if<StoreFailure>(&made)) {
    failed_ = true;
    return *failure;
  }
  auto& file = std::get<Store::NewFile>(made);
  fd_ = std::move(file.fd);
  files_.add();
  const std::lock_guard lock(mutex_);
  name_ = file.name;
  return std::nullopt;
}

std::optional<StoreFailure> FragmentedMp4File::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (failed_) return store_.failure(name(), EIO);
  if (fd_.get() < 0)
    if (auto failure = open()) return failure;
  if (const int error = put(offset, bytes); error != 0) return give_up(error);
  bytes_.add(static_cast<std::int64_t>(bytes.size()));
  const std::uint64_t end = offset + bytes.size();
  if (const std::uint64_t size = size_.load(std::memory_order_relaxed); end > size) {
    store_.grown(end - size);
    size_.store(end, std::memory_order_relaxed);
  }
  if (!is_index(bytes)) return std::nullopt;
  playable_ = end;
  // Writes to a deleted file succeed, but their data is lost.
  struct stat about = {};
  const int known = DiskThread::call([fd = fd_.get(), &about] { return fstat(fd, &about); });
  if (known == 0 && about.st_nlink == 0) return give_up(ENOENT);
  return std::nullopt;
}

int FragmentedMp4File::put(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = DiskThread::call(
        [=, fd = fd_.get()] { return pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    if (put == 0) return EIO;
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return 0;
}

std::optional<StoreFailure> FragmentedMp4File::give_up(int error) {
  failed_ = true;
  const std::string name = this->name();
  if (playable_ == 0)
    store_.remove(name);
  else [[maybe_unused]]
    const int cut = DiskThread::call([fd = fd_.get(), length = static_cast<off_t>(playable_)] {
      return ftruncate(fd, length);  // if this fails, players skip the incomplete rest
    });
  close();
  return store_.failure(name, error);
}

void FragmentedMp4File::close() {
  failed_ = true;  // rejects later writes of the muxer
  if (fd_.get() < 0) return;
  store_.done(name());
  DiskThread::call([fd = fd_.release()] { return ::close(fd); });
}

}  // namespace cs
