// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// Lets libwebsockets' own complaints go through our log under the name "net". Net thread only.
void capture_lws_log();

}  // namespace cs
