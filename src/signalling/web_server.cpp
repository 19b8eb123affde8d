// SPDX-License-Identifier: MIT
#include "signalling/web_server.hpp"

#include <libwebsockets.h>

#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/thread_role.hpp"
#include "log/log.hpp"
#include "network/listener.hpp"
#include "signalling/web_server_loop.hpp"

namespace cs {

/// Wakes the net thread while its context exists. The context may end before this object. Any thread.
struct WebServer::Waker {
  void wake() {
    const std::lock_guard lock(mutex);
    if (context != nullptr) lws_cancel_service(context);
  }
  void set(lws_context* new_context) {
    const std::lock_guard lock(mutex);
    context = new_context;
  }

  std::mutex mutex;
  lws_context* context = nullptr;  // guarded by mutex
};

WebServer::WebServer(WebServerConfig config, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers,
                     Metrics& metrics, ApiInboxes api)
    : from_viewers_(from_viewers), api_(api), reports_(config.reports) {
  const bool is_behind = config.tls.has_value();
  const bool inherited = config.listener.get() >= 0;
  Fd listener = inherited ? std::move(config.listener) : listen_on(config.host, config.port);
  host_ = inherited ? host_of(listener) : config.host;
  port_ = port_of(listener);
  const bool is_open =
      config.access.token.empty() && !(config.tls ? config.tls->is_on_loopback : is_on_loopback(listener));

  // The net thread creates, uses and destroys the libwebsockets context. This thread only waits for it.
  const auto waker = std::make_shared<Waker>();
  std::promise<void> created;
  std::future<void> server_created = created.get_future();
  thread_ =
      std::jthread([waker, &to_viewers, &from_viewers, &metrics, api, config = std::move(config),
                    listener = std::move(listener), created = std::move(created)](const std::stop_token& stop) mutable {
        enter_thread(ThreadRole::net);
        std::optional<WebServerLoop> loop;
        try {
          loop.emplace(std::move(config), std::move(listener), to_viewers, from_viewers, api, metrics);
        } catch (...) {
          created.set_exception(std::current_exception());
          return;
        }
        waker->set(loop->context());
        created.set_value();
        loop->run(stop);
        waker->set(nullptr);
      });
  server_created.get();
  from_viewers_.set_wake([waker] { waker->wake(); });
  if (api_.answers != nullptr) api_.answers->set_wake([waker] { waker->wake(); });
  if (reports_ != nullptr) reports_->set_wake([waker] { waker->wake(); });
  if (!is_behind)
    make_log("net")->info("listening on {}{}", host_and_port(host_, port_),
                          inherited ? ", socket inherited from systemd: CS_HOST and CS_PORT are not used" : "");
  if (is_open)
    make_log("net")->warn(
        "no authentication configured: anyone who can reach this port can watch, record and use the API; set "
        "CS_AUTH_TOKEN, "
        "or listen on 127.0.0.1 only");
}

WebServer::~WebServer() {
  from_viewers_.set_wake({});
  if (api_.answers != nullptr) api_.answers->set_wake({});
  if (reports_ != nullptr) reports_->set_wake({});
}

}  // namespace cs
