// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <initializer_list>
#include <string>

namespace cs {

/// A property of an element, with its value in the syntax of gst-launch-1.0.
struct Property {
  const char* name;
  std::string value;
};

/// Sets the properties that the element supports; versions of an element and graphics cards differ. Skips the others
/// and logs them at debug level. Any thread, one at a time per element.
void set_properties(GstElement* element, std::initializer_list<Property> properties);

}  // namespace cs
