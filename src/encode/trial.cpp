// SPDX-License-Identifier: MIT
#include "encode/trial.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "base/error.hpp"
#include "encode/encoder.hpp"
#include "encode/picture_pool.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kPatience{5};  // 8K in software takes one

/// The first message of an error that GStreamer put on the bus, which nobody drains while the main loop stands still.
std::string bus_error(const Encoder& encoder) {
  const auto bus = adopt(gst_element_get_bus(encoder.pipeline()));
  const auto message = adopt(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  if (!message) return "it yielded nothing within 5 s";
  GError* raw_error = nullptr;
  gst_message_parse_error(message.get(), &raw_error, nullptr);
  return adopt(raw_error)->message;
}

}  // namespace

std::string trial_failure(const EncoderRow& row, const Stream& stream) {
  const std::string name = "encoder \"" + std::string(row.factory) + "\" does not work: ";
  std::promise<bool> keyframe;
  bool told = false;  // the streaming thread's
  const auto output = [&](const AccessUnit& unit) {
    if (!std::exchange(told, true)) keyframe.set_value(unit.keyframe);
  };
  try {
    PicturePool pool(stream.format, 1);
    Encoder encoder(row, stream, output, [](const std::string&) {});
    auto memory = pool.acquire();
    if (!memory) return name + "no memory for a picture";
    std::ranges::fill(memory->pixels(), std::byte{0});
    const auto picture = take_buffer({std::move(memory), Clock::now()});
    auto result = keyframe.get_future();
    if (!encoder.push(picture.get(), false)) return name + bus_error(encoder);
    if (result.wait_for(kPatience) != std::future_status::ready) return name + bus_error(encoder);
    return result.get() ? "" : name + "its first picture is no keyframe";
  } catch (const Fatal& fatal) {
    return fatal.what();
  }
}

}  // namespace cs
