// SPDX-License-Identifier: MIT
#include "check/frame_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "check/socket_holders.hpp"
#include "source/producer_socket.hpp"

namespace cs {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class FrameSocket : public testing::Test {
 protected:
  FrameSocket() {
    std::string name = (std::filesystem::temp_directory_path() / "cubestream-check-XXXXXX").string();
    folder = mkdtemp(name.data());
    settings.scene_socket = folder + "/frames.sock";
    prctl(PR_GET_NAME, own_name);
  }
  ~FrameSocket() override {
    prctl(PR_SET_NAME, own_name);
    std::filesystem::remove_all(folder);
  }

  std::string folder;
  Settings settings;
  char own_name[16] = {};
};

TEST_F(FrameSocket, IsOkIfItCanBeMadeAndIsNotMade) {
  const Check check = check_frame_socket(settings, Fd());
  EXPECT_NE(check.result, CheckResult::failed);
  EXPECT_THAT(check.sentence, AllOf(StartsWith("can be made at " + settings.scene_socket + "; allowed to draw: user "),
                                    HasSubstr(" and group "), HasSubstr("mode 0660")));
  EXPECT_THAT(check.sentence, HasSubstr("as far as they may enter " + folder + " (user ")) << "it has the mode 0700";
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(FrameSocket, FailsWithARemedyIfItCannotBeMade) {
  settings.scene_socket = folder + "/no/such/frames.sock";
  const Check missing = check_frame_socket(settings, Fd());
  EXPECT_EQ(missing.result, CheckResult::failed);
  EXPECT_THAT(missing.sentence,
              AllOf(StartsWith("cannot be made at "), HasSubstr("No such file"), HasSubstr("set CS_SCENE_SOCKET")));
  settings.scene_socket = "/" + std::string(200, 'x');
  EXPECT_THAT(check_frame_socket(settings, Fd()).sentence, HasSubstr("longer than 107 bytes"));
  settings.scene_socket = folder;
  EXPECT_THAT(check_frame_socket(settings, Fd()).sentence, HasSubstr("a file of another kind"));
}

TEST_F(FrameSocket, AProgramThatListensAlreadyIsNamedAndNotDisturbed) {
  prctl(PR_SET_NAME, "other program");
  const Fd listener = listen_for_producers(settings.scene_socket);
  const Check check = check_frame_socket(settings, Fd());
  EXPECT_EQ(check.result, CheckResult::failed);
  EXPECT_THAT(check.sentence, StartsWith("other program (process " + std::to_string(getpid()) + ") listens at "));
  EXPECT_EQ(accept(listener.get(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(FrameSocket, IsOkIfSystemdListens) {
  prctl(PR_SET_NAME, "systemd");
  const Fd listener = listen_for_producers(settings.scene_socket);
  chmod(settings.scene_socket.c_str(), 0666);
  const Check check = check_frame_socket(settings, Fd());
  EXPECT_EQ(check.result, CheckResult::ok);
  EXPECT_THAT(check.sentence, AllOf(StartsWith("systemd listens at "), HasSubstr("every user of this machine")));
}

TEST_F(FrameSocket, OneThatIsPassedIsDescribed) {
  const Fd passed = listen_for_producers(settings.scene_socket);
  chmod(settings.scene_socket.c_str(), 0600);
  settings.scene_socket = "/somewhere/else";
  const Check check = check_frame_socket(settings, passed);
  EXPECT_EQ(check.result, CheckResult::ok);
  EXPECT_THAT(check.sentence,
              AllOf(StartsWith("systemd passes the socket " + folder + "/frames.sock; "), HasSubstr("mode 0600")));
  EXPECT_THAT(check.sentence, testing::Not(HasSubstr(" and group ")));
}

TEST_F(FrameSocket, OneThatIsPassedButCannotBeReachedFails) {
  const Fd passed = listen_for_producers(settings.scene_socket);
  std::filesystem::remove(settings.scene_socket);
  const Check removed = check_frame_socket(settings, passed);
  EXPECT_EQ(removed.result, CheckResult::failed);
  EXPECT_THAT(removed.sentence, HasSubstr("restart cubestream-frames.socket"));
  const Fd nameless(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  EXPECT_THAT(check_frame_socket(settings, nameless).sentence, HasSubstr("ListenSequentialPacket= with a path"));
}

TEST_F(FrameSocket, AGroupThatDoesNotExistIsAWarning) {
  constexpr gid_t kNoGroup = 3999999999;
  const Check check = check_socket_owners("/frames.sock", "is there", {.user = 0, .group = kNoGroup, .mode = 0140660});
  EXPECT_EQ(check.result, CheckResult::warning);
  EXPECT_THAT(check.sentence,
              AllOf(StartsWith("is there; allowed to draw: user root and group 3999999999, by mode 0660"),
                    HasSubstr("does not exist")));
  EXPECT_EQ(check_socket_owners("/frames.sock", "", {.user = 0, .group = kNoGroup, .mode = 0600}).result,
            CheckResult::ok);
}

TEST_F(FrameSocket, HasHoldersWhileItIsOpen) {
  EXPECT_TRUE(holders_of_socket(settings.scene_socket).empty());
  {
    const Fd listener = listen_for_producers(settings.scene_socket);
    const auto holders = holders_of_socket(settings.scene_socket);
    ASSERT_EQ(holders.size(), 1U);
    EXPECT_EQ(holders.front().pid, getpid());
  }
  EXPECT_TRUE(holders_of_socket(settings.scene_socket).empty());
}

}  // namespace
}  // namespace cs
