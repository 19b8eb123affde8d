// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/stream.hpp"
#include "gst/pipeline.hpp"
#include "ice/ice_agent.hpp"
#include "loop/loop.hpp"
#include "network/ip_address.hpp"
#include "webrtc/promise.hpp"

namespace cs::bench {

/// One viewer as in tutorials: a pipeline with its own encoder, `appsrc ! queue ! videoconvert ! x264enc
/// tune=zerolatency speed-preset=ultrafast key-int-max=FPS ! h264parse ! rtph264pay ! webrtcbin`, with default
/// properties except a profile that browsers support. ICE is configured as in cubestream, because UPnP requests to
/// routers cost 200 ms. Main thread only, except push().
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_answer;
    std::function<void(const Candidate&)> on_candidate;
    std::function<void(const std::string& why)> on_over;  ///< may release the peer
  };
  /// `viewers`: the address range in which the viewers are.
  Peer(const std::string& name, const Stream& stream, int payload_type, IpAddress::Reach viewers, Handlers handlers,
       Loop& loop, Metrics& metrics);

  void answer(const std::string& offer_sdp);
  void add_candidate(const Candidate& candidate);

  /// Call once connected; otherwise rtpsession warns about every packet.
  void settle_latency() { pipeline_.settle_latency(); }

  /// Queues the frame for encoding and sending. Any thread.
  void push(GstBuffer* frame);

 private:
  void set_local(const PromiseResult& made);

  const Handlers handlers_;
  Loop& loop_;
  Pipeline pipeline_;
  GstElement* source_;  // owned by the pipeline
  GstElement* bin_;     // owned by the pipeline
};

}  // namespace cs::bench
