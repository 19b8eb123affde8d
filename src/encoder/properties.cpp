// SPDX-License-Identifier: MIT
#include "encoder/properties.hpp"

#include "log/log.hpp"

namespace cs {
namespace {

/// Returns the reason of a failure; empty: the property is set.
const char* set_property(GstElement* element, const Property& property) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), property.name);
  if (spec == nullptr) return "no such property";
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_PARAM_SPEC_VALUE_TYPE(spec));
  const bool read = gst_value_deserialize_with_pspec(&value, property.value.c_str(), spec) != FALSE;
  if (read) g_object_set_property(G_OBJECT(element), property.name, &value);
  g_value_unset(&value);
  return read ? "" : "invalid value";
}

}  // namespace

void set_properties(GstElement* element, std::initializer_list<Property> properties) {
  for (const Property& property : properties)
    if (const char* why_not = set_property(element, property); *why_not != '\0')
      make_log("encoder")->debug("encoder {}: {}={} is not set: {}", GST_OBJECT_NAME(gst_element_get_factory(element)),
                                 property.name, property.value, why_not);
}

}  // namespace cs
