// SPDX-License-Identifier: MIT
#pragma once

#include <gst/sdp/sdp.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "viewer/offer.hpp"

namespace cs {

/// Makes of an offer what webrtcbin is told: nothing that nobody here asks for, and nothing that it would read in
/// another way than choose() did.
///
/// Of attributes, parameters, kinds of feedback and SSRCs GStreamer makes names, and GLib keeps every name as long as
/// the process lives: those that are not known go, so that no client fills the memory with names of its own. The chosen
/// video becomes "recvonly". Whatever is offered beside it, audio to listen to for instance, becomes "inactive":
/// webrtcbin would take it, and what comes of it are source pads that lead nowhere, which are errors. Other video loses
/// the payload type that is sent, or webrtcbin would send into the first section that has it. Of candidates, written as
/// "candidate:…", stays what is `taken`; here, since GStreamer finds lines in an SDP where others see none. Any
/// thread.
void filter_offer(GstSDPMessage& offer, const OfferChoice& choice,
                  const std::function<std::optional<std::string>(std::string_view candidate)>& taken);

}  // namespace cs
