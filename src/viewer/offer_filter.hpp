// SPDX-License-Identifier: MIT
#pragma once

#include <gst/sdp/sdp.h>

#include <functional>
#include <string_view>

#include "viewer/offer.hpp"

namespace cs {

/// Takes out of an offer what is not for webrtcbin. Of attributes, parameters, kinds of feedback and SSRCs GStreamer
/// makes names, and GLib keeps every name as long as the process lives: those that nobody here asks for go, so that no
/// client fills the memory with names of its own. Whatever it offers beside the chosen video, audio to listen to for
/// instance, becomes "inactive": webrtcbin would take it, and what comes of it are source pads that lead nowhere, which
/// are errors. Of candidates, written as "candidate:…", go those that `takes` refuses; here, since GStreamer finds
/// lines in an SDP where others see none. Any thread.
void filter_offer(GstSDPMessage& offer, const OfferChoice& choice,
                  const std::function<bool(std::string_view candidate)>& takes);

}  // namespace cs
