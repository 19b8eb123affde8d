// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "gst/ref.hpp"
#include "rtp/inbound_filter.hpp"
#include "rtp/peer_liveness.hpp"

namespace cs {

/// Tells `liveness` each packet that leaves `pad`, single ones and those in buffer lists, which nicesrc pushes since
/// libnice 0.1.23, and drops what `filter` does not accept. Both are called on the pad's streaming thread.
void watch_packets(GstPad* pad, std::shared_ptr<PeerLiveness> liveness, std::shared_ptr<InboundFilter> filter);

/// Lets `filter` cut down each decrypted RTCP packet that passes `pad`, and drops those of which nothing is left. It is
/// called on the pad's streaming thread.
void filter_rtcp(GstPad* pad, std::shared_ptr<InboundFilter> filter);

}  // namespace cs
