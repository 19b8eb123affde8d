// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Requests /healthz of the service on that host and port, for the HEALTHCHECK of a container. Returns the reason if
/// the service is not healthy, else an empty string. Blocks for a few seconds at most. `by_tls`: use HTTPS. Any thread.
[[nodiscard]] std::string health_complaint(const std::string& host, int port, bool by_tls = false);

}  // namespace cs
