// SPDX-License-Identifier: MIT

/// The address of something that lies beside the page, for a proxy may have put it into a folder.
export function beside(name, protocol = location.protocol) {
  const url = new URL(name, location.href);
  url.protocol = protocol;
  url.search = url.hash = '';
  return url.href;
}
