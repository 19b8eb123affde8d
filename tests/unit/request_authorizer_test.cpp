// SPDX-License-Identifier: MIT
#include "server/request_authorizer.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <variant>

#include "access/base64url.hpp"
#include "access/link_token.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace cs {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";
const Moment kNow{.steady = TimePoint{} + 1h, .wall = std::chrono::sys_seconds{1'764'123'456s}};

HttpRequest request(const std::string& method, const std::string& path, const std::string& fields = "") {
  return std::get<HttpRequest>(
      parse_request(method + " " + path + " HTTP/1.1\r\nHost: cube.example:8080\r\n" + fields + "\r\n"));
}

const std::string kOwnPagesOnly = "Cross-Origin-Resource-Policy: same-origin\r\n";

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

std::string link(Role role, std::chrono::seconds lasts = 1h) {
  return *write_link_token({role, kNow.wall + lasts}, *link_key(kSecret));
}

struct Fixture {
  explicit Fixture(AccessConfig config = {.token = kSecret},
                   RequestAuthorizer::Reach reach = RequestAuthorizer::Reach::others)
      : authorizer(config, reach, RequestAuthorizer::Scheme::http, metrics) {}

  /// Returns the status of the reply. 0: the request is allowed.
  int status(const HttpRequest& asked, const std::string& address = "192.0.2.1", Moment now = kNow) {
    const auto decision = authorizer.authorize(asked, address, now);
    if (decision.reply && decision.reply->status >= 400) {
      EXPECT_THAT(decision.reply->text, testing::EndsWith(".\n"));
    }
    return decision.reply ? decision.reply->status : 0;
  }
  std::int64_t failures(const char* reason) {
    return metrics.get("net_auth_failures_total", {{"reason", reason}}).value();
  }

  Metrics metrics;
  RequestAuthorizer authorizer;
};

TEST(RequestAuthorizer, WithoutASecretEverythingIsAllowed) {
  Fixture open{AccessConfig{}};
  for (const char* path : {"/ws", "/whep", "/metrics", "/config.json", "/snapshot.png", "/api/recording"})
    for (const char* method : {"GET", "POST", "DELETE"}) EXPECT_EQ(open.status(request(method, path)), 0) << path;
  EXPECT_EQ(open.status(request("GET", "/ws", bearer("whatever"))), 0);
}

TEST(RequestAuthorizer, WithASecretOnlyThePageAndHealthChecksArePublic) {
  Fixture fixture;
  for (const char* path : {"/", "/index.html", "/session.js", "/style.css", "/healthz", "/readyz"})
    EXPECT_EQ(fixture.status(request("GET", path)), 0) << path;
  for (const char* path : {"/ws", "/whep", "/whep/0123", "/metrics", "/config.json", "/snapshot.jpg", "/api/status",
                           "/api/recording", "/nothing", "/healthz/", "//", "/%77s", "/../healthz"}) {
    const auto decision = fixture.authorizer.authorize(request("GET", path), "192.0.2.1", kNow);
    ASSERT_TRUE(decision.reply) << path;
    EXPECT_EQ(decision.reply->status, 401) << path;
    EXPECT_THAT(decision.reply->fields, HasSubstr("WWW-Authenticate: Bearer realm=\"cubestream\"\r\n"));
    EXPECT_EQ(fixture.status(request("GET", path, bearer(kSecret))), 0) << path;
  }
  EXPECT_GT(fixture.failures("missing"), 10);
  EXPECT_EQ(fixture.failures("wrong"), 0);
}

TEST(RequestAuthorizer, RoleDecidesWhatIsAllowed) {
  Fixture fixture;
  struct Case {
    const char* method;
    const char* path;
    Role least;
  };
  for (const Case& row :
       {Case{"GET", "/ws", Role::view}, Case{"POST", "/whep", Role::view}, Case{"DELETE", "/whep/0123", Role::view},
        Case{"GET", "/config.json", Role::view}, Case{"HEAD", "/snapshot.png", Role::view},
        Case{"GET", "/api/status", Role::view}, Case{"POST", "/api/recording", Role::control},
        Case{"DELETE", "/api/recording", Role::control}, Case{"POST", "/api/clip", Role::control},
        Case{"GET", "/metrics", Role::control}})
    for (const auto& [role, name] : kRoles)
      EXPECT_EQ(fixture.status(request(row.method, row.path, bearer(link(role)))), role >= row.least ? 0 : 403)
          << name << " " << row.path;
  EXPECT_EQ(fixture.failures("role"), 4);
}

TEST(RequestAuthorizer, TokenIsReadFromAuthorizationOrWebSocketProtocols) {
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const std::string protocol = "Sec-WebSocket-Protocol: cubestream, bearer." + base64url(kSecret) + "\r\n";
  EXPECT_EQ(token_of(request("GET", "/ws", "authorization: bearer  " + kSecret + " \r\n")), kSecret);
  EXPECT_EQ(token_of(request("GET", "/ws", upgrade + protocol)), kSecret);
  EXPECT_EQ(token_of(request("GET", "/ws", protocol)), "") << "not a WebSocket";
  EXPECT_EQ(token_of(request("GET", "/ws?token=" + kSecret, upgrade)), "");
  EXPECT_EQ(token_of(request("GET", "/ws", "Authorization: Basic " + kSecret + "\r\n")), "");
  EXPECT_EQ(token_of(request("GET", "/ws", "Authorization: Bearer\r\n")), "");
  EXPECT_NE(token_of(request("GET", "/ws", upgrade + "Sec-WebSocket-Protocol: bearer.!\r\n")), "") << "a wrong token";
  Fixture fixture;
  EXPECT_EQ(fixture.status(request("GET", "/ws", upgrade + protocol)), 0);
  EXPECT_EQ(fixture.status(request("GET", "/ws", upgrade + "Sec-WebSocket-Protocol: cubestream\r\n")), 401);
  EXPECT_EQ(fixture.status(request(
                "GET", "/ws", upgrade + bearer(kSecret) + "Sec-WebSocket-Protocol: " + std::string(127, 'x') + "\r\n")),
            400)
      << "longer than libwebsockets reads";
}

TEST(RequestAuthorizer, LongestTokensFitInWebSocketProtocols) {
  const std::string secret(80, 'x');
  Fixture fixture{{.token = secret}};
  for (const std::string& token : {secret, *write_link_token({Role::view, kNow.wall + 1h}, *link_key(secret))})
    EXPECT_EQ(fixture.status(request("GET", "/ws",
                                     "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                     "Sec-WebSocket-Protocol: cubestream, bearer." +
                                         base64url(token) + "\r\n")),
              0);
}

TEST(RequestAuthorizer, WrongAndExpiredTokensGetDifferentErrorsWithoutTheToken) {
  Fixture fixture;
  const auto wrong =
      fixture.authorizer.authorize(request("GET", "/config.json", bearer("guess-4711")), "192.0.2.1", kNow);
  EXPECT_EQ(wrong.reply->status, 401);
  EXPECT_THAT(wrong.reply->fields, HasSubstr("error=\"invalid_token\", error_description=\"wrong\""));
  EXPECT_THAT(wrong.reply->text + wrong.reply->fields + wrong.fields, Not(HasSubstr("4711")));
  const auto expired =
      fixture.authorizer.authorize(request("GET", "/config.json", bearer(link(Role::view, -1s))), "192.0.2.1", kNow);
  EXPECT_EQ(expired.reply->status, 401);
  EXPECT_THAT(expired.reply->text, HasSubstr("expired"));
  EXPECT_EQ(fixture.failures("wrong"), 1);
  EXPECT_EQ(fixture.failures("expired"), 1);
}

TEST(RequestAuthorizer, WrongTokensAreRateLimitedPerAddress) {
  Fixture fixture;
  const auto guess = request("GET", "/config.json", bearer("guess"));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(fixture.status(guess), 401) << i;
  const auto limited = fixture.authorizer.authorize(guess, "192.0.2.1", kNow);
  EXPECT_EQ(limited.reply->status, 429);
  EXPECT_THAT(limited.reply->fields, HasSubstr("Retry-After: 6\r\n"));
  const auto right = request("GET", "/config.json", bearer(kSecret));
  EXPECT_EQ(fixture.status(right), 429) << "the secret could be guessed";
  EXPECT_EQ(fixture.status(request("GET", "/config.json", bearer(link(Role::view)))), 0)
      << "a signed link cannot be guessed";
  EXPECT_EQ(fixture.status(request("GET", "/config.json")), 401) << "a missing token is not a guess";
  EXPECT_EQ(fixture.status(right, "192.0.2.2"), 0);
  const Moment later{.steady = kNow.steady + 6s, .wall = kNow.wall};
  EXPECT_EQ(fixture.status(right, "192.0.2.1", later), 0);
  EXPECT_EQ(fixture.failures("limited"), 2);
  EXPECT_EQ(fixture.failures("wrong"), 10);
}

TEST(RequestAuthorizer, ExpiredAndInsufficientLinksAreNotRateLimited) {
  Fixture fixture;
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(fixture.status(request("GET", "/ws", bearer(link(Role::view, -1h)))), 401);
    EXPECT_EQ(fixture.status(request("GET", "/metrics", bearer(link(Role::view)))), 403);
    EXPECT_EQ(fixture.status(request("GET", "/ws")), 401);
  }
  EXPECT_EQ(fixture.status(request("GET", "/ws", bearer(kSecret))), 0);
}

TEST(RequestAuthorizer, OtherOriginsOnlyGetThePage) {
  for (const AccessConfig& config : {AccessConfig{}, AccessConfig{.token = kSecret}}) {
    Fixture fixture{config};
    const std::string evil = "Origin: http://evil.example\r\n" + bearer(kSecret);
    for (const char* path : {"/ws", "/whep", "/api/status", "/snapshot.png", "/metrics", "/config.json"})
      for (const char* method : {"GET", "POST", "OPTIONS"}) {
        const auto decision = fixture.authorizer.authorize(request(method, path, evil), "192.0.2.1", kNow);
        EXPECT_EQ(decision.reply->status, 403) << path;
        EXPECT_EQ(decision.fields, kOwnPagesOnly);
      }
    EXPECT_EQ(fixture.status(request("GET", "/", evil)), 0);
    EXPECT_EQ(fixture.status(request("GET", "/ws", "Origin: http://cube.example:8080\r\n" + bearer(kSecret))), 0);
    EXPECT_EQ(fixture.metrics.get("net_origins_refused_total").value(), 18);
  }
}

TEST(RequestAuthorizer, EmbeddingByOtherOriginsIsRefused) {
  for (const AccessConfig& config : {AccessConfig{}, AccessConfig{.allowed_origins = {"https://dash.example"}},
                                     AccessConfig{.token = kSecret, .allowed_origins = {"https://dash.example"}}}) {
    Fixture fixture{config};
    const auto status_of = [&](const std::string& fields, const char* path = "/snapshot.png") {
      return fixture.status(request("GET", path, bearer(kSecret) + fields));
    };
    const std::string image = "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n";
    EXPECT_EQ(status_of("Sec-Fetch-Site: cross-site\r\n" + image), 403);
    EXPECT_EQ(status_of("Sec-Fetch-Site: same-site\r\n" + image), 403) << "another port of this machine";
    EXPECT_EQ(status_of("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: object\r\n"), 403);
    EXPECT_EQ(fixture.metrics.get("net_origins_refused_total").value(), 3);
    EXPECT_EQ(status_of("Sec-Fetch-Site: same-origin\r\n" + image), 0);
    EXPECT_EQ(status_of("Sec-Fetch-Site: none\r\nSec-Fetch-Dest: document\r\n"), 0) << "opened from the address bar";
    EXPECT_EQ(status_of("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: document\r\n"), 0) << "opened by a link";
    for (const char* path : {"/", "/session.js", "/healthz"})
      EXPECT_EQ(status_of("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: iframe\r\n", path), 0) << path;
    const int expected = config.allowed_origins.empty() ? 403 : 0;
    EXPECT_EQ(status_of("Origin: https://dash.example\r\nSec-Fetch-Site: cross-site\r\n" + image), expected);
  }
  Fixture all{{.allowed_origins = {"*"}}};
  EXPECT_EQ(all.status(request("GET", "/snapshot.png", "Sec-Fetch-Site: cross-site\r\n")), 0);
}

TEST(RequestAuthorizer, WithTlsTheOriginIsHttpsAtAnyPort) {
  Metrics metrics;
  RequestAuthorizer authorizer({}, RequestAuthorizer::Reach::others, RequestAuthorizer::Scheme::https, metrics);
  const auto refuses = [&](const std::string& origin, const std::string& host) {
    const auto head = "GET /ws HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin + "\r\n\r\n";
    return authorizer.authorize(std::get<HttpRequest>(parse_request(head)), "192.0.2.1", kNow).reply.has_value();
  };
  EXPECT_FALSE(refuses("https://cube.example:8443", "cube.example:8443"));
  EXPECT_FALSE(refuses("https://cube.example", "cube.example"));
  EXPECT_TRUE(refuses("http://cube.example:8443", "cube.example:8443"));
}

TEST(RequestAuthorizer, FirstForwardedProtoIsTheProtocolOfTheBrowser) {
  Fixture fixture{AccessConfig{}};
  const std::string origin = "Origin: https://cube.example:8080\r\n";
  EXPECT_EQ(fixture.status(request("GET", "/ws", origin)), 403);
  EXPECT_EQ(fixture.status(request("GET", "/ws", origin + "X-Forwarded-Proto: HTTPS, http\r\n")), 0);
  EXPECT_EQ(fixture.status(request("GET", "/ws", origin + "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n")),
            403);
}

TEST(RequestAuthorizer, AllowedOriginGetsCorsFields) {
  Fixture fixture{{.token = kSecret, .allowed_origins = {"https://dash.example"}}};
  const std::string dash = "Origin: https://dash.example\r\n";
  const auto decision =
      fixture.authorizer.authorize(request("GET", "/api/status", dash + bearer(kSecret)), "192.0.2.1", kNow);
  EXPECT_FALSE(decision.reply);
  EXPECT_EQ(decision.fields, "Access-Control-Allow-Origin: https://dash.example\r\nVary: Origin\r\n" + kOwnPagesOnly);
  EXPECT_EQ(fixture.authorizer.authorize(request("GET", "/api/status", bearer(kSecret)), "192.0.2.1", kNow).fields,
            "Vary: Origin\r\n" + kOwnPagesOnly);
  const auto asked = fixture.authorizer.authorize(
      request("OPTIONS", "/api/recording", dash + "Access-Control-Request-Method: POST\r\n"), "192.0.2.1", kNow);
  EXPECT_EQ(asked.reply->status, 204);
  EXPECT_THAT(asked.reply->fields, HasSubstr("Access-Control-Allow-Headers: authorization"));
  EXPECT_EQ(fixture.status(request("OPTIONS", "/whep", dash + "Access-Control-Request-Method: POST\r\n")), 0)
      << "the WHEP handler answers";
  EXPECT_EQ(fixture.status(request("GET", "/api/status", dash)), 401) << "without a token";
  Fixture all{{.allowed_origins = {"*"}}};
  EXPECT_EQ(all.authorizer.authorize(request("GET", "/whep", "Origin: null\r\n"), "192.0.2.1", kNow).fields,
            "Access-Control-Allow-Origin: *\r\nCross-Origin-Resource-Policy: cross-origin\r\n");
}

TEST(RequestAuthorizer, PublicFilesCanBeFramedByConfiguredPages) {
  const auto fields = [](Fixture& fixture, const char* path) {
    return fixture.authorizer.authorize(request("GET", path), "192.0.2.1", kNow).fields;
  };
  Fixture framed{{.frame_ancestors = {"self", "https://dash.example"}}};
  EXPECT_THAT(fields(framed, "/"), HasSubstr("Cross-Origin-Resource-Policy: cross-origin\r\n"));
  EXPECT_THAT(fields(framed, "/snapshot.png"), HasSubstr(kOwnPagesOnly));
  Fixture usual{{.frame_ancestors = {"self"}}};
  EXPECT_THAT(fields(usual, "/"), HasSubstr(kOwnPagesOnly));
}

TEST(RequestAuthorizer, OnLoopbackOtherHostNamesAreRefused) {
  Fixture fixture{{.allowed_origins = {"https://cube.example"}}, RequestAuthorizer::Reach::this_machine};
  const auto by = [](const std::string& host, const std::string& path = "/") {
    return std::get<HttpRequest>(parse_request("GET " + path + " HTTP/1.1\r\n" + host + "\r\n"));
  };
  for (const char* path : {"/", "/ws", "/healthz", "/api/status"}) {
    EXPECT_EQ(fixture.status(by("Host: evil.example:8080\r\n", path)), 421) << path;
    EXPECT_EQ(fixture.status(by("Host: localhost:8080\r\n", path)), 0) << path;
  }
  EXPECT_EQ(fixture.status(by("Host: cube.example\r\n")), 0);
  EXPECT_EQ(fixture.status(by("Host:\r\n")), 421);
  EXPECT_EQ(fixture.status(std::get<HttpRequest>(parse_request("GET / HTTP/1.0\r\n\r\n"))), 0) << "not a browser";
  EXPECT_EQ(fixture.metrics.get("net_hosts_refused_total").value(), 5);
  Fixture world{AccessConfig{}};
  EXPECT_EQ(world.status(by("Host: evil.example:8080\r\n")), 0)
      << "a server that is reachable from outside can have any name";
}

TEST(BrowserRules, FollowTheSettings) {
  const std::string usual = browser_rules({});
  EXPECT_THAT(usual, HasSubstr("default-src 'none'"));
  EXPECT_THAT(usual, Not(HasSubstr("unsafe")));
  EXPECT_THAT(usual, HasSubstr("frame-ancestors 'self'\r\n"));
  EXPECT_THAT(usual, HasSubstr("Cross-Origin-Embedder-Policy: require-corp\r\n"));
  EXPECT_THAT(browser_rules({.frame_ancestors = {"none"}}), HasSubstr("frame-ancestors 'none'\r\n"));
  EXPECT_THAT(browser_rules({.frame_ancestors = {"self", "https://dash.example"}}),
              HasSubstr("frame-ancestors 'self' https://dash.example\r\n"));
}

}  // namespace
}  // namespace cs
