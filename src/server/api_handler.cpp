// SPDX-License-Identifier: MIT
#include "server/api_handler.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cs {
namespace {

constexpr std::size_t kMaxAsked = 64;

struct MethodRow {
  ApiMethod method;
  std::string_view name;
};
constexpr std::array kMethods = {MethodRow{ApiMethod::get, "GET, HEAD"}, MethodRow{ApiMethod::post, "POST"},
                                 MethodRow{ApiMethod::erase, "DELETE"}};

std::optional<ApiMethod> api_method(Method method) {
  switch (method) {
    case Method::get:
    case Method::head:
      return ApiMethod::get;
    case Method::post:
      return ApiMethod::post;
    case Method::erase:
      return ApiMethod::erase;
    default:
      return std::nullopt;
  }
}

std::string allowed(const ApiEndpoint& endpoint) {
  std::string list;
  for (const auto& [method, name] : kMethods)
    if (std::ranges::find(endpoint.methods, method) != endpoint.methods.end())
      list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

Reply to_reply(const ApiReply& answer) {
  Reply reply;
  reply.status = answer.status;
  reply.owned_type = answer.content_type;
  reply.owner = answer.body;
  if (answer.body) reply.page = *answer.body;
  for (const auto& [name, value] : answer.fields) reply.add_field(name, value);
  return reply;
}

}  // namespace

ApiHandler::ApiHandler(std::vector<ApiEndpoint> endpoints, Inbox<ApiQuestion>* questions, Metrics& metrics)
    : endpoints_(std::move(endpoints)), questions_(questions), refused_(metrics.get("net_api_refused_total")) {}

RequestHandler::HeadAction ApiHandler::on_head(const HttpRequest& request) {
  const ApiEndpoint& endpoint = *find(request.path);
  const auto method = api_method(request.method);
  if (!method || std::ranges::find(endpoint.methods, *method) == endpoint.methods.end()) {
    const std::string methods = allowed(endpoint);
    Reply reply = refuse(405, "This method is not allowed; allowed methods: " + methods + ".\n");
    reply.add_field("Allow", methods);
    return reply;
  }
  if (request.query.size() > endpoint.max_query_bytes) return refuse(414, "The query string is too long.\n");
  if (request.body != HttpRequest::Body::none) {
    if (endpoint.max_body_bytes == 0) return refuse(400, "A request to this endpoint must not have a body.\n");
    return WantsBody{endpoint.max_body_bytes};
  }
  auto action = ask(request, {});
  if (auto* reply = std::get_if<Reply>(&action)) return std::move(*reply);
  return std::get<Later>(action);
}

RequestHandler::BodyAction ApiHandler::on_body(const HttpRequest& request, std::string body,
                                               const ConnectionEnds& /*from*/) {
  return ask(request, std::move(body));
}

RequestHandler::BodyAction ApiHandler::ask(const HttpRequest& request, std::string body) {
  ApiQuestion question{.number = last_number_ + 1,
                       .method = *api_method(request.method),
                       .path = request.path,
                       .query = request.query,
                       .body = std::move(body)};
  if (questions_ == nullptr || asked_.size() >= kMaxAsked || !questions_->try_push(std::move(question)))
    return refuse(503, "The server is busy; try again in a moment.\n");
  ++last_number_;
  asked_[last_number_] = {.etag_known = request.field("if-none-match")};
  return Later{last_number_};
}

std::optional<Reply> ApiHandler::on_answer(ApiAnswer answer) {
  const auto found = asked_.find(answer.number);
  if (found == asked_.end()) return std::nullopt;
  const Asked asked = std::move(found->second);
  asked_.erase(found);
  if (!asked.is_waited_for) return std::nullopt;
  Reply reply = to_reply(answer.reply);
  for (const auto& [name, value] : answer.reply.fields)
    if (name == "ETag" && asked.etag_known.find(value) != asked.etag_known.npos) {
      reply.status = 304;
      reply.with_body = false;
    }
  return reply;
}

Reply ApiHandler::on_timeout(std::uint64_t number) {
  on_hang_up(number);
  return refuse(504, "The server did not answer in time; try again in a moment.\n");
}

void ApiHandler::on_hang_up(std::uint64_t number) {
  if (const auto asked = asked_.find(number); asked != asked_.end()) asked->second.is_waited_for = false;
}

Reply ApiHandler::end(std::uint64_t number) {
  on_hang_up(number);
  return refuse(503, "The server is shutting down.\n");
}

std::vector<std::uint64_t> ApiHandler::waiting() const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, asked] : asked_)
    if (asked.is_waited_for) numbers.push_back(number);
  return numbers;
}

const ApiEndpoint* ApiHandler::find(std::string_view path) const {
  const auto found = std::ranges::find(endpoints_, path, &ApiEndpoint::path);
  return found == endpoints_.end() ? nullptr : &*found;
}

Reply ApiHandler::refuse(int status, std::string sentence) {
  refused_.add();
  return refusal(status, std::move(sentence));
}

}  // namespace cs
