// SPDX-License-Identifier: MIT
#include "source/producer_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/error.hpp"

namespace cs {
namespace {

using testing::HasSubstr;

class ProducerSocket : public testing::Test {
 protected:
  ProducerSocket() {
    std::string name = (std::filesystem::temp_directory_path() / "cubestream-socket-XXXXXX").string();
    folder = mkdtemp(name.data());
    path = folder + "/frames.sock";
  }
  ~ProducerSocket() override { std::filesystem::remove_all(folder); }

  std::string folder;
  std::string path;
};

std::string refusal_of(const std::string& path) {
  try {
    static_cast<void>(listen_for_producers(path));
    return "no error";
  } catch (const StartupError& error) {
    return error.what();
  }
}

/// What `question` answers as an unprivileged user, in a process of its own. Not even root may write to the folders
/// of others then.
std::string as_nobody(const std::function<std::string()>& question) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(1);
    const std::string answer = question();
    _exit(write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string answer(4096, '\0');
  const ssize_t got = read(ends[0], answer.data(), answer.size());
  close(ends[0]);
  int status = 1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  answer.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return answer;
}

TEST_F(ProducerSocket, AnOldSocketIsReplacedAndAUsedOneIsNot) {
  { const Fd old = listen_for_producers(path); }
  EXPECT_EQ(producer_socket_obstacle(path), "");
  const Fd used = listen_for_producers(path);
  EXPECT_GE(used.get(), 0);
  EXPECT_EQ(producer_socket_path(used), path);
  EXPECT_THAT(refusal_of(path), HasSubstr("another cubestreamd listens there"));
}

TEST_F(ProducerSocket, AProcessThatListensIsNotDisturbedByTheQuestion) {
  const Fd used = listen_for_producers(path);
  EXPECT_TRUE(is_producer_socket_in_use(path));
  EXPECT_NE(producer_socket_obstacle(path), "");
  EXPECT_EQ(accept(used.get(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(ProducerSocket, TheQuestionLeavesNothingBehind) {
  EXPECT_EQ(producer_socket_obstacle(folder + "/new/frames.sock"), "");
  EXPECT_FALSE(is_producer_socket_in_use(path));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(ProducerSocket, WhatIsInTheWayIsNamedWithARemedy) {
  std::ofstream(folder + "/file") << "text";
  EXPECT_THAT(refusal_of(folder + "/no/such/frames.sock"),
              testing::AllOf(HasSubstr(folder + "/no: No such file"), HasSubstr("set CS_SCENE_SOCKET")));
  EXPECT_THAT(refusal_of("/" + std::string(200, 'x')), HasSubstr("longer than 107 bytes"));
  EXPECT_THAT(refusal_of(folder), HasSubstr("a file of another kind"));
  EXPECT_THAT(refusal_of(folder + "/file/frames.sock"), HasSubstr("file is not a folder"));
  EXPECT_THAT(refusal_of("/proc/frames.sock"), HasSubstr("set CS_SCENE_SOCKET"));
}

TEST_F(ProducerSocket, AFolderThatThisUserCannotWriteIsNamed) {
  std::filesystem::permissions(folder, std::filesystem::perms(0555));
  EXPECT_THAT(as_nobody([this] { return producer_socket_obstacle(path); }),
              testing::AllOf(HasSubstr("cannot write to the folder " + folder), HasSubstr("cubestream-frames.socket")));
}

TEST_F(ProducerSocket, ASocketWithoutAPathIsShownWithAnAt) {
  EXPECT_EQ(producer_socket_path(Fd()), "");
  const Fd unbound(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  EXPECT_EQ(producer_socket_path(unbound), "");
  const sa_family_t family = AF_UNIX;
  ASSERT_EQ(bind(unbound.get(), reinterpret_cast<const sockaddr*>(&family), sizeof family), 0);  // the kernel chooses
  EXPECT_EQ(producer_socket_path(unbound).front(), '@');
}

}  // namespace
}  // namespace cs
