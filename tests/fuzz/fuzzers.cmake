# SPDX-License-Identifier: MIT
# The fuzzers. Each is a file NAME.cpp with its inputs in corpus/NAME.
set(CUBESTREAM_FUZZERS candidate request_authorizer h264 http_body http_request
  input link_token log messages offer producer sdp_fragment settings stun unixfd unixfd_session whep)
