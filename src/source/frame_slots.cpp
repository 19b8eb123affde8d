// SPDX-License-Identifier: MIT
#include "source/frame_slots.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace cs {
namespace {

[[noreturn]] void fail(const char* what, int error) {
  throw StartupError(std::string("cannot ") + what +
                     " memory for the frames of the program that draws: " + std::strerror(error));
}

Fd sealed_memory(std::uint64_t bytes) {
  Fd fd(memfd_create("cubestream-frame", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd.get() < 0) fail("create", errno);
  // Allocates the pages: a page that cannot be allocated later would be a SIGBUS.
  if (const int error = posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes)); error != 0) fail("allocate", error);
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) fail("seal", errno);
  return fd;
}

}  // namespace

FrameSlots::FrameSlots(std::uint32_t generation, const ProducerFrames& frames)
    : generation_(generation), frames_(frames), layout_(slot_layout(frames)) {
  for (Slot& slot : slots_) {
    slot.fd = sealed_memory(layout_.bytes);
    void* const memory = mmap(nullptr, layout_.bytes, PROT_READ, MAP_SHARED, slot.fd.get(), 0);
    if (memory == MAP_FAILED) fail("map", errno);
    slot.memory = {static_cast<const std::byte*>(memory), layout_.bytes};
  }
}

FrameSlots::Slot::~Slot() {
  if (!memory.empty()) munmap(const_cast<std::byte*>(memory.data()), memory.size());
}

void FrameSlots::free_pages() const {
  constexpr std::uint64_t kLargestPage = 65'536;
  const std::uint64_t whole_pages = (layout_.bytes + kLargestPage - 1) / kLargestPage * kLargestPage;
  // Cannot fail for a memfd; if it did, only the producer's memory would stay.
  for (const Slot& slot : slots_)
    static_cast<void>(
        fallocate(slot.fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(whole_pages)));
}

std::array<int, kFrameSlots> FrameSlots::descriptors() const {
  std::array<int, kFrameSlots> result{};
  for (std::size_t i = 0; i < result.size(); ++i) result.at(i) = slots_.at(i).fd.get();
  return result;
}

}  // namespace cs
