// SPDX-License-Identifier: MIT
#include "net/doors.hpp"

#include <libwebsockets.h>

#include <exception>
#include <future>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "base/thread_role.hpp"
#include "net/listener.hpp"
#include "net/server.hpp"

namespace cs {

Doors::Doors(DoorsConfig config, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers, Metrics& metrics,
             ApiInboxes api)
    : from_viewers_(from_viewers), api_(api) {
  const bool is_behind = config.tls.has_value();
  const bool inherited = config.listener.get() >= 0;
  Fd listener = inherited ? std::move(config.listener) : listen_on(config.host, config.port);
  host_ = inherited ? host_of(listener) : config.host;
  port_ = port_of(listener);
  const bool is_open =
      config.access.token.empty() && !(config.tls ? config.tls->is_on_loopback : is_on_loopback(listener));

  // Everything of libwebsockets happens on the net thread, its making and its end included; this thread only waits.
  std::promise<lws_context*> made;
  std::future<lws_context*> context_made = made.get_future();
  thread_ = std::jthread([&to_viewers, &from_viewers, &metrics, api, config = std::move(config),
                          listener = std::move(listener), made = std::move(made)](const std::stop_token& stop) mutable {
    enter_thread(ThreadRole::net);
    std::optional<Server> server;
    try {
      server.emplace(std::move(config), std::move(listener), to_viewers, from_viewers, api, metrics);
    } catch (...) {
      made.set_exception(std::current_exception());
      return;
    }
    made.set_value(server->context());
    server->run(stop);
  });
  lws_context* const context = context_made.get();
  from_viewers_.set_wake([context] { lws_cancel_service(context); });
  if (api_.answers != nullptr) api_.answers->set_wake([context] { lws_cancel_service(context); });
  if (!is_behind)
    make_log("net")->info("listening on {}{}", host_and_port(host_, port_),
                          inherited ? ", a socket of systemd's: CS_HOST and CS_PORT are not used" : "");
  if (is_open)
    make_log("net")->warn(
        "everybody who reaches this server may watch, record and ask: set CS_AUTH_TOKEN, or listen on 127.0.0.1 only");
}

Doors::~Doors() {
  from_viewers_.set_wake({});
  if (api_.answers != nullptr) api_.answers->set_wake({});
}

}  // namespace cs
