// SPDX-License-Identifier: MIT
#include "encoder/frame_pool.hpp"

#include <string>

#include "base/error.hpp"

namespace cs {
namespace {

/// One frame waiting, one being encoded, one not released yet.
constexpr unsigned kPerEncoder = 3;

/// Clears new memory once, so that old heap data never becomes visible.
void clear_if_new(GstBuffer* buffer) {
  static const GQuark cleared = g_quark_from_static_string("cubestream-cleared");
  if (gst_mini_object_get_qdata(GST_MINI_OBJECT_CAST(buffer), cleared) != nullptr) return;
  gst_buffer_memset(buffer, 0, 0, gst_buffer_get_size(buffer));
  static char mark = 0;
  gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(buffer), cleared, &mark, nullptr);
}

/// A buffer of the pool, mapped for writing.
class PooledFrame final : public FrameMemory {
 public:
  PooledFrame(Ref<GstBuffer> buffer, Size size)
      : buffer_(std::move(buffer)),
        size_(size),
        is_mapped_(gst_buffer_map(buffer_.get(), &map_, GST_MAP_WRITE) != FALSE) {}
  ~PooledFrame() override {
    if (buffer_ && is_mapped_) gst_buffer_unmap(buffer_.get(), &map_);
  }
  PooledFrame(const PooledFrame&) = delete;
  PooledFrame& operator=(const PooledFrame&) = delete;

  Size size() const override { return size_; }
  std::span<std::byte> pixels() override { return std::as_writable_bytes(std::span(map_.data, map_.size)); }

  [[nodiscard]] bool is_mapped() const { return is_mapped_; }

  [[nodiscard]] Ref<GstBuffer> take() {
    gst_buffer_unmap(buffer_.get(), &map_);
    return std::move(buffer_);
  }

 private:
  Ref<GstBuffer> buffer_;
  const Size size_;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
  const bool is_mapped_;
};

}  // namespace

FramePool::FramePool(const FrameFormat& format, unsigned encoders, PixelFormat pixels)
    : size_(format.size), pool_(adopt(gst_buffer_pool_new())) {
  const auto caps = frame_caps(format, pixels);
  const auto bytes = static_cast<unsigned>(frame_bytes(format.size, pixels));
  GstStructure* config = gst_buffer_pool_get_config(pool_.get());
  gst_buffer_pool_config_set_params(config, caps.get(), bytes, 0, 1 + kPerEncoder * encoders);
  if (!gst_buffer_pool_set_config(pool_.get(), config) || !gst_buffer_pool_set_active(pool_.get(), TRUE))
    throw StartupError("cannot create a pool of frames of " + std::to_string(bytes) + " bytes");
}

FramePool::~FramePool() {
  gst_buffer_pool_set_active(pool_.get(), FALSE);
}

void FramePool::trim() {
  // Deactivating a pool frees its memory. Buffers in use delay this; they are freed by the next trim().
  gst_buffer_pool_set_active(pool_.get(), FALSE);
  gst_buffer_pool_set_active(pool_.get(), TRUE);
}

std::unique_ptr<FrameMemory> FramePool::acquire() {
  GstBufferPoolAcquireParams params = {};
  params.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
  GstBuffer* buffer = nullptr;
  if (gst_buffer_pool_acquire_buffer(pool_.get(), &buffer, &params) != GST_FLOW_OK) return nullptr;
  clear_if_new(buffer);
  auto frame = std::make_unique<PooledFrame>(adopt(buffer), size_);
  return frame->is_mapped() ? std::move(frame) : nullptr;
}

Ref<GstBuffer> take_buffer(Frame frame) {
  auto buffer = static_cast<PooledFrame&>(*frame.memory).take();
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(frame.captured_at.time_since_epoch()).count());
  return buffer;
}

Ref<GstCaps> frame_caps(const FrameFormat& format, PixelFormat pixels) {
  auto caps = adopt(gst_caps_from_string(pixels == PixelFormat::i420 ? "video/x-raw,format=I420,colorimetry=bt601"
                                                                     : "video/x-raw,format=RGBA"));
  gst_caps_set_simple(caps.get(), "width", G_TYPE_INT, format.size.width, "height", G_TYPE_INT, format.size.height,
                      "framerate", GST_TYPE_FRACTION, format.fps, 1, nullptr);
  return caps;
}

}  // namespace cs
