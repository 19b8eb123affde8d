// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "base/metrics.hpp"
#include "log/log.hpp"
#include "loop/disk_thread.hpp"
#include "tls/identity.hpp"

namespace cs {

/// The TLS identity in use, which reload() replaces. Its expiry is a metric. Main thread only, except get().
class ReloadableIdentity {
 public:
  /// Reads the files. Throws StartupError if one is invalid.
  ReloadableIdentity(TlsFiles files, Metrics& metrics);

  /// The identity for new connections; never null. Any thread.
  [[nodiscard]] std::shared_ptr<const TlsIdentity> get() const;

  /// Rereads the files on a separate thread. If they are invalid or are still being read, the identity stays, and the
  /// error is logged and counted.
  void reload();

 private:
  void use(std::shared_ptr<const TlsIdentity> identity);

  const TlsFiles files_;
  const Log log_;
  Metric& failed_;
  Metric& expiry_;

  mutable std::mutex mutex_;
  std::shared_ptr<const TlsIdentity> identity_;  // guarded by mutex_

  std::atomic<bool> is_reading_ = false;  // a reload is reading the files
  DiskThread reader_{"certificates"};     // last member: its jobs use all others
};

}  // namespace cs
