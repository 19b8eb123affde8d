// SPDX-License-Identifier: MIT
#include "service/listener_setup.hpp"

#include <utility>

#include "log/log.hpp"
#include "network/listener.hpp"
#include "network/peer.hpp"
#include "signalling/page_config.hpp"

namespace cs {

ListenerSetup::ListenerSetup(const Settings& settings, Fd inherited, Room room, Metrics& metrics)
    : inherited_(std::move(inherited)) {
  // Also exported without TLS, so that the same alerts work for every setup.
  for (const char* name : {"tls_connections", "tls_reloads_failed_total", "tls_certificate_expiry_timestamp_seconds"})
    static_cast<void>(metrics.get(name));
  if (settings.tls.empty()) return;
  const bool from_systemd = inherited_.get() >= 0;
  Fd listener = from_systemd ? std::move(inherited_) : listen_on(settings.host, settings.port);
  host_ = from_systemd ? host_of(listener) : settings.host;
  port_ = port_of(listener);
  is_on_loopback_ = is_on_loopback(listener);
  const auto network = [trusted = std::move(room.trusted_proxies)](const std::string& address) {
    return client_network(address, trusted);
  };
  tls_.emplace(TlsTerminator::Config{.listener = std::move(listener),
                                     .files = settings.tls,
                                     .limits = {room.max_connections, room.max_per_address, network}},
               metrics);
  make_log("tls")->info("listening on {}{}", host_and_port(host_, port_),
                        from_systemd ? ", a socket from systemd: CS_HOST and CS_PORT are not used" : "");
}

std::optional<TlsUpstream> ListenerSetup::tls_upstream() const {
  if (!tls_) return std::nullopt;
  return TlsUpstream{.client_behind = [this](int port) { return tls_->client_behind(port); },
                     .is_on_loopback = is_on_loopback_};
}

std::string ListenerSetup::page_address(const std::string& host, int port) const {
  return tls_ ? cs::page_address(host_, port_, "https") : cs::page_address(host, port, "http");
}

void ListenerSetup::reload() {
  if (tls_) return tls_->reload();
  make_log("main")->info("SIGHUP: nothing to reload, since CS_TLS_CERT is not set");
}

}  // namespace cs
