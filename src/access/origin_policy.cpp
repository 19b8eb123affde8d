// SPDX-License-Identifier: MIT
#include "access/origin_policy.hpp"

#include <algorithm>

namespace cs {
namespace {

constexpr int kTlsPort = 443;

/// Whether `origin` is the origin of a page loaded from `host`. Without X-Forwarded-Proto, accepts https only on port
/// 443, for a TLS proxy that does not set the header.
bool is_own(const Origin& origin, const Authority& host, std::string_view forwarded_proto) {
  if (origin.host != host.host) return false;
  const bool may_be_tls =
      forwarded_proto.empty() ? host.port.value_or(kTlsPort) == kTlsPort : forwarded_proto == "https";
  const bool may_be_plain = forwarded_proto.empty() || forwarded_proto == "http";
  if (origin.scheme == "https" ? !may_be_tls : origin.scheme != "http" || !may_be_plain) return false;
  return origin.port == host.port.value_or(usual_port(origin.scheme));
}

}  // namespace

OriginPolicy::OriginPolicy(const std::vector<std::string>& allowed_origins) {
  for (const std::string& text : allowed_origins) {
    if (text == "*") allows_all_ = true;
    if (auto origin = Origin::parse(text)) allowed_.push_back(std::move(*origin));
  }
}

RequestOrigin OriginPolicy::classify(std::string_view origin, std::string_view host,
                                     std::string_view forwarded_proto) const {
  if (origin.empty()) return RequestOrigin::none;
  const auto from = Origin::parse(origin);
  const auto to = Authority::parse(host);
  if (from && to && is_own(*from, *to, forwarded_proto)) return RequestOrigin::own_page;
  const bool is_named = from && std::ranges::find(allowed_, *from) != allowed_.end();
  return is_named || allows_all_ ? RequestOrigin::allowed : RequestOrigin::other;
}

bool OriginPolicy::is_name_of_loopback(std::string_view host) const {
  const auto name = Authority::parse(host);
  if (!name) return false;
  return is_loopback_host(name->host) ||
         std::ranges::any_of(allowed_, [&](const Origin& origin) { return origin.host == name->host; });
}

}  // namespace cs
