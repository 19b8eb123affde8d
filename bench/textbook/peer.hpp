// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/stream.hpp"
#include "gst/pipeline.hpp"
#include "ice/ice_agent.hpp"
#include "network/ip_address.hpp"
#include "session/promise.hpp"

namespace cs::bench {

/// One viewer as tutorials have it: a whole pipeline with an encoder of its own, `appsrc ! queue ! videoconvert !
/// x264enc tune=zerolatency speed-preset=ultrafast key-int-max=FPS ! h264parse ! rtph264pay ! webrtcbin`, all else as
/// the elements have it but for a profile that browsers take. Only ICE is cubestream's, since asking routers by UPnP
/// costs 200 ms. Main thread only, but for push().
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_answer;
    std::function<void(const Candidate&)> on_candidate;
    std::function<void(const std::string& why)> on_over;  ///< may let go of the peer
  };
  /// `viewers`: where they are.
  Peer(const std::string& name, const Stream& stream, int payload_type, IpAddress::Reach viewers, Handlers handlers,
       Loop& loop, Metrics& metrics);

  void answer(const std::string& offer_sdp);
  void add_candidate(const Candidate& candidate);

  /// Once it is connected; without it rtpsession warns of every packet.
  void settle_latency() { pipeline_.settle_latency(); }

  /// Encodes and sends the picture, behind those that wait. Any thread.
  void push(GstBuffer* picture);

 private:
  void set_local(const PromiseResult& made);

  const Handlers handlers_;
  Loop& loop_;
  Pipeline pipeline_;
  GstElement* source_;  // owned by the pipeline
  GstElement* bin_;     // owned by the pipeline
};

}  // namespace cs::bench
