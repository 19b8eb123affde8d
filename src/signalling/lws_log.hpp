// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// Redirects the log of libwebsockets to the logger "net". Net thread only.
void capture_lws_log();

}  // namespace cs
