// SPDX-License-Identifier: MIT
#include "service/api_dispatcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "loop/loop.hpp"

using testing::HasSubstr;

namespace cs {
namespace {

class ApiDispatcherTest : public testing::Test {
 protected:
  ApiDispatcherTest() { enter_thread(ThreadRole::main); }

  void ask(std::uint64_t number, const std::string& path) {
    ASSERT_TRUE(
        questions.try_push({.number = number, .method = ApiMethod::get, .path = path, .query = "", .body = ""}));
  }
  ApiAnswer answer() {
    while (answers.size() == 0) g_main_context_iteration(nullptr, TRUE);
    return *answers.pop();
  }

  Metrics metrics;
  Loop loop{metrics};
  Inbox<ApiQuestion> questions{8, 0, metrics.get("refused")};
  Inbox<ApiAnswer> answers{8, 0, metrics.get("refused")};
  std::optional<ApiResponder> kept;
  std::optional<ApiDispatcher> dispatcher{
      std::in_place,
      std::vector<ApiDispatcher::Row>{
          {{.path = "/now", .methods = {ApiMethod::get}},
           [](const ApiQuestion&, const ApiResponder& respond) {
             respond(api_words(200, "here"));
             respond(api_words(200, "again"));
           }},
          {{.path = "/later", .methods = {ApiMethod::post}},
           [this](const ApiQuestion&, const ApiResponder& respond) { kept = respond; }},
          {{.path = "/never", .methods = {ApiMethod::get}}, [](const ApiQuestion&, const ApiResponder&) {}},
          {{.path = "/throws", .methods = {ApiMethod::get}},
           [](const ApiQuestion&, const ApiResponder&) { throw StartupError("the handler fails"); }}},
      questions, answers};
};

TEST_F(ApiDispatcherTest, ListsItsEndpoints) {
  const auto endpoints = dispatcher->endpoints();
  ASSERT_EQ(endpoints.size(), 4U);
  EXPECT_EQ(endpoints[1].path, "/later");
  EXPECT_THAT(endpoints[1].methods, testing::ElementsAre(ApiMethod::post));
}

TEST_F(ApiDispatcherTest, SendsOnlyTheFirstAnswer) {
  ask(7, "/now");
  const ApiAnswer first = answer();
  EXPECT_EQ(first.number, 7U);
  EXPECT_EQ(*first.reply.body, "here\n");
  EXPECT_EQ(answers.size(), 0U);
}

TEST_F(ApiDispatcherTest, CanAnswerLater) {
  ask(8, "/later");
  ask(9, "/now");
  EXPECT_EQ(answer().number, 9U);
  (*kept)(api_words(200, "at last"));
  EXPECT_EQ(*answer().reply.body, "at last\n");
  kept.reset();
  EXPECT_EQ(answers.size(), 0U);
}

TEST_F(ApiDispatcherTest, ARequestWithoutAnAnswerGetsA503) {
  ask(10, "/never");
  const ApiAnswer sorry = answer();
  EXPECT_EQ(sorry.number, 10U);
  EXPECT_EQ(sorry.reply.status, 503);
  EXPECT_THAT(*sorry.reply.body, HasSubstr("could not answer"));
  ask(11, "/later");
  ask(12, "/now");
  EXPECT_EQ(answer().number, 12U);
  dispatcher.reset();
  kept.reset();
  EXPECT_EQ(answer().number, 11U) << "also after the dispatcher is destroyed";
}

TEST_F(ApiDispatcherTest, AHandlerThatThrowsFailsOnlyItsOwnRequest) {
  ask(13, "/throws");
  ask(14, "/now");
  const ApiAnswer sorry = answer();
  EXPECT_EQ(sorry.number, 13U);
  EXPECT_EQ(sorry.reply.status, 503);
  EXPECT_THAT(*sorry.reply.body, HasSubstr("could not answer"));
  ASSERT_EQ(answers.size(), 1U) << "the next request is answered in the same loop iteration";
  const ApiAnswer next = answer();
  EXPECT_EQ(next.number, 14U);
  EXPECT_EQ(next.reply.status, 200);
  EXPECT_EQ(metrics.get("main_exceptions_total").value(), 1);
}

}  // namespace
}  // namespace cs
