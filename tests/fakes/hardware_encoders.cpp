// SPDX-License-Identifier: MIT
// GStreamer plug-in with fake hardware encoders that fail as real drivers do. The variable FAKE_ENCODERS lists their
// names and behaviour: "nvh264enc=crash,vah264enc=works". Each is x264enc in a bin that accepts NV12 only.
//
//   works          no fault
//   no-device      an error in the change to READY, with a message
//   error          an error at the first frame
//   hang-start     hangs in the change to READY
//   hang           hangs at the first frame
//   crash          SIGSEGV at the first frame
//   delta-first    the first access unit is not a keyframe
//   deaf           ignores keyframe requests
//   late           delays its output by one frame
//   cabac          the PPS claims CABAC, which Constrained Baseline does not allow
//   fails-after-N  an error at frame N
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace {

std::map<std::string, std::string> configured_encoders() {
  std::map<std::string, std::string> result;
  const char* variable = std::getenv("FAKE_ENCODERS");
  std::string text = variable == nullptr ? "" : variable;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    const std::size_t equals = std::min(item.find('='), item.size());
    if (equals < item.size()) result[item.substr(0, equals)] = item.substr(equals + 1);
    begin = end + 1;
  }
  return result;
}

constexpr const char* kTypePrefix = "CsFake_";

struct Fake {
  GstBin bin;
  GstElement* encoder;
  GstPad* inner_sink;
  char behaviour[32];
  guint frames;
  gboolean repeated;
  gboolean dropped;
  GstBuffer* held;
};

struct FakeClass {
  GstBinClass bin;
};

GstBinClass* parent_class = nullptr;

bool is(const Fake* self, const char* behaviour) {
  return std::strcmp(self->behaviour, behaviour) == 0;
}

[[noreturn]] void hang() {
  for (;;) pause();
}

GstPadProbeReturn on_frame(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto* self = static_cast<Fake*>(data);
  const guint number = self->frames++;
  if (number == 0 && is(self, "hang")) hang();
  if (number == 0 && is(self, "crash")) raise(SIGSEGV);
  const bool due = std::strncmp(self->behaviour, "fails-after-", 12) == 0 &&
                   number == static_cast<guint>(std::atoi(self->behaviour + 12));
  if (due || (number == 0 && is(self, "error"))) {
    GST_ELEMENT_ERROR(self, STREAM, ENCODE, ("The driver is out of order."), ("picture %u", number));
    return GST_PAD_PROBE_DROP;
  }
  if (is(self, "delta-first") &&
      !self->repeated) {  // encode it twice; the first access unit is dropped after the encoder
    self->repeated = TRUE;
    GstBuffer* copy = gst_buffer_copy(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_BUFFER_PTS(copy) -= GST_MSECOND;
    gst_pad_chain(pad, copy);
  }
  return GST_PAD_PROBE_OK;
}

/// The parameter sets: the start of a keyframe up to its slice.
GstBuffer* parameter_sets(GstBuffer* keyframe) {
  GstMapInfo map;
  gst_buffer_map(keyframe, &map, GST_MAP_READ);
  gsize end = 0;
  while (end + 3 < map.size &&
         (map.data[end] != 0 || map.data[end + 1] != 0 || map.data[end + 2] != 1 || (map.data[end + 3] & 0x1f) != 5))
    ++end;
  GstBuffer* sets = gst_buffer_new_memdup(map.data, end);
  gst_buffer_unmap(keyframe, &map);
  return sets;
}

GstPadProbeReturn on_unit(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) {
  auto* self = static_cast<Fake*>(data);
  if (is(self, "delta-first") && !self->dropped) {
    self->dropped = TRUE;
    self->held = parameter_sets(GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_DROP;
  }
  if (is(self, "delta-first") && self->held != nullptr) {
    const GstClockTime time = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
    GstBuffer* unit = gst_buffer_append(self->held, GST_PAD_PROBE_INFO_BUFFER(info));
    GST_BUFFER_PTS(unit) = time;
    GST_PAD_PROBE_INFO_DATA(info) = unit;
    self->held = nullptr;
  }
  if (is(self, "late")) {
    GstBuffer* now = GST_PAD_PROBE_INFO_BUFFER(info);
    if (self->held == nullptr) {
      self->held = now;
      GST_PAD_PROBE_INFO_DATA(info) = nullptr;
      return GST_PAD_PROBE_HANDLED;
    }
    GST_PAD_PROBE_INFO_DATA(info) = self->held;
    self->held = now;
  }
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn on_event(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) {
  const bool asks = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CUSTOM_UPSTREAM;
  return asks && is(static_cast<Fake*>(data), "deaf") ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/// Sets the CABAC flag in each picture parameter set. Constrained Baseline does not allow CABAC.
GstPadProbeReturn forge_cabac(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) {
  if (!is(static_cast<Fake*>(data), "cabac")) return GST_PAD_PROBE_OK;
  GstBuffer* unit = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = unit;
  GstMapInfo map;
  gst_buffer_map(unit, &map, GST_MAP_READWRITE);
  for (gsize i = 0; i + 6 < map.size; ++i)
    if (map.data[i] == 0 && map.data[i + 1] == 0 && map.data[i + 2] == 1 && (map.data[i + 3] & 0x1f) == 8)
      map.data[i + 4] |= 0x20;  // after the two ids, which are zero and one bit long
  gst_buffer_unmap(unit, &map);
  return GST_PAD_PROBE_OK;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = reinterpret_cast<Fake*>(element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (is(self, "hang-start")) hang();
    if (is(self, "no-device")) {
      GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ_WRITE, ("Cannot open the device."), ("/dev/fake"));
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  return GST_ELEMENT_CLASS(parent_class)->change_state(element, transition);
}

void set_property(GObject* object, guint /*id*/, const GValue* value, GParamSpec* /*spec*/) {
  g_object_set(reinterpret_cast<Fake*>(object)->encoder, "bitrate", g_value_get_uint(value), nullptr);
}

void get_property(GObject* object, guint /*id*/, GValue* value, GParamSpec* /*spec*/) {
  g_object_get_property(G_OBJECT(reinterpret_cast<Fake*>(object)->encoder), "bitrate", value);
}

void finalize(GObject* object) {
  auto* self = reinterpret_cast<Fake*>(object);
  if (self->held != nullptr) gst_buffer_unref(self->held);
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

void class_init(gpointer klass, gpointer /*data*/) {
  parent_class = static_cast<GstBinClass*>(g_type_class_peek_parent(klass));
  auto* element = static_cast<GstElementClass*>(klass);
  G_OBJECT_CLASS(klass)->set_property = set_property;
  G_OBJECT_CLASS(klass)->get_property = get_property;
  G_OBJECT_CLASS(klass)->finalize = finalize;
  element->change_state = change_state;
  g_object_class_install_property(
      G_OBJECT_CLASS(klass), 1, g_param_spec_uint("bitrate", "Bitrate", "kbit/s", 1, 1000000, 2000, G_PARAM_READWRITE));
  const auto add = [&](const char* name, GstPadDirection direction, const char* caps) {
    gst_element_class_add_pad_template(
        element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, gst_caps_from_string(caps)));
  };
  add("sink", GST_PAD_SINK, "video/x-raw,format=NV12");
  add("src", GST_PAD_SRC,
      "video/x-h264,stream-format=byte-stream,alignment=au,"
      "profile={(string)high,(string)main,(string)constrained-baseline}");
  gst_element_class_set_static_metadata(element, "Fake encoder", "Codec/Encoder/Video/Hardware", "misbehaves", "tests");
}

void instance_init(GTypeInstance* instance, gpointer /*klass*/) {
  auto* self = reinterpret_cast<Fake*>(instance);
  const auto behaviours = configured_encoders();
  const auto found = behaviours.find(G_OBJECT_TYPE_NAME(instance) + std::strlen(kTypePrefix));
  g_strlcpy(self->behaviour, found == behaviours.end() ? "works" : found->second.c_str(), sizeof self->behaviour);
  self->encoder = gst_element_factory_make("x264enc", "x264");
  gst_util_set_object_arg(G_OBJECT(self->encoder), "tune", "zerolatency");
  gst_util_set_object_arg(G_OBJECT(self->encoder), "speed-preset", "ultrafast");
  g_object_set(self->encoder, "key-int-max", 1 << 30, "threads", 1, nullptr);
  gst_bin_add(GST_BIN(self), self->encoder);

  auto* klass = GST_ELEMENT_GET_CLASS(instance);
  const auto expose = [&](const char* name) {
    GstPad* inner = gst_element_get_static_pad(self->encoder, name);
    GstPad* ghost = gst_ghost_pad_new_from_template(name, inner, gst_element_class_get_pad_template(klass, name));
    gst_element_add_pad(GST_ELEMENT(self), ghost);
    gst_object_unref(inner);
    return inner;
  };
  gst_pad_add_probe(expose("sink"), GST_PAD_PROBE_TYPE_BUFFER, on_frame, self, nullptr);
  GstPad* source = expose("src");
  gst_pad_add_probe(source, GST_PAD_PROBE_TYPE_BUFFER, on_unit, self, nullptr);
  gst_pad_add_probe(source, GST_PAD_PROBE_TYPE_BUFFER, forge_cabac, self, nullptr);
  gst_pad_add_probe(source, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_event, self, nullptr);
}

gboolean plugin_init(GstPlugin* plugin) {
  // The registry scans the plug-in again when the variable changes.
  gst_plugin_add_dependency_simple(plugin, "FAKE_ENCODERS", nullptr, nullptr, GST_PLUGIN_DEPENDENCY_FLAG_NONE);
  for (const auto& [name, behaviour] : configured_encoders()) {
    GTypeInfo info = {};
    info.class_size = sizeof(FakeClass);
    info.class_init = class_init;
    info.instance_size = sizeof(Fake);
    info.instance_init = instance_init;
    const GType type =
        g_type_register_static(GST_TYPE_BIN, (kTypePrefix + name).c_str(), &info, static_cast<GTypeFlags>(0));
    if (!gst_element_register(plugin, name.c_str(), GST_RANK_NONE, type)) return FALSE;
  }
  return TRUE;
}

}  // namespace

#define PACKAGE "cubestream"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, csfakes, "encoders that misbehave", plugin_init, "1", "MIT/X11",
                  "cubestream", "https://example.org/")
