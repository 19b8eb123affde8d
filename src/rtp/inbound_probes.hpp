// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "gst/ref.hpp"
#include "rtp/inbound_filter.hpp"
#include "rtp/peer_liveness.hpp"

namespace cs {

/// Reports each packet that leaves `pad` to `liveness` and drops the packets that `filter` does not accept. Handles
/// single packets and buffer lists, which nicesrc pushes since libnice 0.1.23. Both objects are used on the pad's
/// streaming thread.
void watch_packets(GstPad* pad, std::shared_ptr<PeerLiveness> liveness, std::shared_ptr<InboundFilter> filter);

/// Filters each decrypted RTCP packet that passes `pad` and drops it when nothing is left. `filter` is used on the
/// pad's streaming thread.
void filter_rtcp(GstPad* pad, std::shared_ptr<InboundFilter> filter);

}  // namespace cs
