// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Asks the service that listens on that host and port whether it is well, as the HEALTHCHECK of a container does.
/// Empty: it is; else a sentence that says why not. Takes some seconds at most. `by_tls`: it speaks HTTPS. Any thread.
[[nodiscard]] std::string health_complaint(const std::string& host, int port, bool by_tls = false);

}  // namespace cs
