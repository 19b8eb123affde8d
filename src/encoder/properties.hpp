// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <initializer_list>
#include <string>

namespace cs {

/// A property of an element and its value, as gst-launch-1.0 would take it.
struct Property {
  const char* name;
  std::string value;
};

/// Sets those that the element has: versions of an element and graphics cards differ. What it does not know is skipped,
/// and named at debug. Any thread, one at a time for an element.
void set_properties(GstElement* element, std::initializer_list<Property> properties);

}  // namespace cs
