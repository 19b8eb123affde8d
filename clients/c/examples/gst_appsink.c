/* SPDX-License-Identifier: MIT
 * Shows a GStreamer pipeline, given on the command line; it ends in appsink. Frames are pushed as I420, in the size of
 * the pipeline. For GStreamer 1.20 and later; Debian 12 has no unixfdsink, so this is the way there.
 * gcc -O2 -I.. gst_appsink.c -o gst_appsink $(pkg-config --cflags --libs gstreamer-app-1.0 gstreamer-video-1.0)
 * Reconnects while the pipeline runs.
 * ./gst_appsink videotestsrc is-live=true ! video/x-raw,width=1280,height=720 ! videoconvert ! appsink
 * Quote each "!" in shells that expand it. The socket is that of CS_SCENE_SOCKET.
 */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "cubestream_frames.h"

/* Copies a sample into a slot and sends it. Returns 0 if the connection is over, or must end. */
static int show(cs_screen *screen, cs_options *options, GstSample *sample) {
  GstVideoInfo info;
  GstVideoFrame video;
  cs_frame frame;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample))) return 1;
  /* Asked once for each size of the pipeline. The daemon answers with that size, or ends the connection. */
  if (options->width != (uint32_t)info.width || options->height != (uint32_t)info.height) {
    options->width = (uint32_t)info.width;
    options->height = (uint32_t)info.height;
    if (cs_configure(screen, options) < 0) return 0;
  }
  frame = cs_begin(screen);
  if (!frame.data[0]) return cs_wait(screen, NULL, 0) >= 0; /* no slot is free: this frame is dropped */
  if (frame.width != options->width || frame.height != options->height) {
    fprintf(stderr, "gst_appsink: the daemon has changed to %ux%u, the pipeline gives %ux%u; add videoscale and caps\n",
            frame.width, frame.height, options->width, options->height);
    return 0;
  }
  if (!gst_video_frame_map(&video, &info, gst_sample_get_buffer(sample), GST_MAP_READ)) return 1;
  for (guint plane = 0; plane < 3; ++plane) {
    const guint8 *from = (const guint8 *)GST_VIDEO_FRAME_PLANE_DATA(&video, plane);
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&video, plane);
    const int rows = GST_VIDEO_FRAME_COMP_HEIGHT(&video, plane);
    const size_t row_bytes = (size_t)GST_VIDEO_FRAME_COMP_WIDTH(&video, plane);
    for (int y = 0; y < rows; ++y)
      memcpy(frame.data[plane] + (size_t)frame.stride[plane] * (size_t)y, from + (ptrdiff_t)stride * y, row_bytes);
  }
  gst_video_frame_unmap(&video);
  return cs_show(screen, &frame) >= 0;
}

/* Returns the only appsink of the pipeline, or NULL. The caller owns it. */
static GstAppSink *find_appsink(GstElement *pipeline) {
  GstIterator *sinks =
      GST_IS_BIN(pipeline) ? gst_bin_iterate_all_by_element_factory_name(GST_BIN(pipeline), "appsink") : NULL;
  GValue item = G_VALUE_INIT;
  GstAppSink *sink = NULL;
  if (!sinks) return NULL;
  if (gst_iterator_next(sinks, &item) == GST_ITERATOR_OK) {
    sink = GST_APP_SINK(g_value_dup_object(&item));
    g_value_unset(&item);
  }
  gst_iterator_free(sinks);
  return sink;
}

/* Returns 1, and prints why, if the pipeline gives no more frames. */
static int has_ended(GstElement *pipeline, GstAppSink *sink) {
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  gst_object_unref(bus);
  if (message) {
    GError *error = NULL;
    gst_message_parse_error(message, &error, NULL);
    fprintf(stderr, "gst_appsink: %s: %s\n", GST_OBJECT_NAME(message->src), error->message);
    g_error_free(error);
    gst_message_unref(message);
    return 1;
  }
  if (gst_app_sink_is_eos(sink)) fprintf(stderr, "gst_appsink: the pipeline has ended\n");
  return gst_app_sink_is_eos(sink);
}

/* Serves one connection until it or the pipeline ends. Returns 1 if the reason may pass. */
static int serve(cs_screen *screen, cs_options *options, GstElement *pipeline, GstAppSink *sink) {
  int works = 1, may_retry = 0;
  options->width = options->height = 0;
  while (works) {
    GstSample *sample = gst_app_sink_try_pull_sample(sink, GST_SECOND);
    const int wanted = cs_wait(screen, NULL, 0);
    works = wanted >= 0;
    if (sample && wanted > 0) works = show(screen, options, sample); /* without viewers, frames are dropped */
    may_retry = cs_may_retry(screen);
    if (sample) {
      gst_sample_unref(sample);
    } else if (has_ended(pipeline, sink)) {
      works = may_retry = 0;
    }
  }
  if (*cs_error(screen)) fprintf(stderr, "gst_appsink: %s\n", cs_error(screen));
  return may_retry;
}

int main(int argc, char **argv) {
  GError *error = NULL;
  gst_init(&argc, &argv);
  GstElement *pipeline = argc > 1 ? gst_parse_launchv((const gchar **)(argv + 1), &error) : NULL;
  GstAppSink *sink = pipeline ? find_appsink(pipeline) : NULL;
  if (!sink) {
    fprintf(stderr, "gst_appsink: %s\n", error ? error->message : "give a pipeline that ends in appsink");
    return 1;
  }
  GstCaps *caps = gst_caps_from_string("video/x-raw,format=I420,colorimetry=bt601");
  gst_app_sink_set_caps(sink, caps);
  gst_caps_unref(caps);
  gst_app_sink_set_max_buffers(sink, 1); /* only the newest frame counts */
  gst_app_sink_set_drop(sink, TRUE);

  const struct timespec pause = {1, 0};
  char reason[512];
  int may_retry = 1;
  cs_options options;
  memset(&options, 0, sizeof options);
  options.name = "gst_appsink";
  options.format = CS_I420;
  options.mode = CS_PUSH;
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  while (may_retry) {
    cs_screen *screen = cs_connect(&options, reason, sizeof reason);
    if (screen) {
      may_retry = serve(screen, &options, pipeline, sink);
    } else {
      may_retry = errno == EAGAIN && !has_ended(pipeline, sink);
      fprintf(stderr, "gst_appsink: %s\n", reason);
    }
    cs_close(screen);
    if (may_retry) nanosleep(&pause, NULL);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  return 1;
}
